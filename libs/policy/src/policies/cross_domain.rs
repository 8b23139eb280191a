//! `cross-domain`: answers `/crossdomain.xml`, with which Flash and Silverlight clients ask who may call.
//!
//! `<cross-domain><cross-domain-policy>…</cross-domain-policy></cross-domain>` – inbound, global scope, once per section. Inside, in any
//! number: `<site-control permitted-cross-domain-policies>`, `<allow-access-from domain to-ports? secure?>` and
//! `<allow-http-request-headers-from domain headers secure?>`; they are sent as written. The file is answered although no API has it, to whoever asks.
//! Any other request goes on.

use std::fmt::Write as _;

use crate::definition::{
    Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule, optional,
    required,
};
use crate::exchange::Side;
use crate::policy::{Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::{ScopeName, Sections};

static SITE_CONTROL: ElementRule = ElementRule {
    element: "site-control",
    attributes: &[required("permitted-cross-domain-policies", Expression::Forbidden, ValueRule::NonEmpty)],
    content: Content::Empty,
};
static ACCESS: ElementRule = ElementRule {
    element: "allow-access-from",
    attributes: &[
        required("domain", Expression::Forbidden, ValueRule::NonEmpty),
        optional("to-ports", Expression::Forbidden, ValueRule::NonEmpty),
        optional("secure", Expression::Forbidden, ValueRule::Boolean),
    ],
    content: Content::Empty,
};
static HEADERS: ElementRule = ElementRule {
    element: "allow-http-request-headers-from",
    attributes: &[
        required("domain", Expression::Forbidden, ValueRule::NonEmpty),
        required("headers", Expression::Forbidden, ValueRule::NonEmpty),
        optional("secure", Expression::Forbidden, ValueRule::Boolean),
    ],
    content: Content::Empty,
};
static POLICY: ElementRule = ElementRule {
    element: "cross-domain-policy",
    attributes: &[],
    content: Content::ChildrenInAnyOrder(&[
        ChildRule { rule: &SITE_CONTROL, occurs: Occurs::Optional },
        ChildRule { rule: &ACCESS, occurs: Occurs::Any },
        ChildRule { rule: &HEADERS, occurs: Occurs::Any },
    ]),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "cross-domain",
        attributes: &[],
        content: Content::Children(&[ChildRule { rule: &POLICY, occurs: Occurs::One }]),
    },
    sections: Sections::INBOUND,
    scopes: &[ScopeName::Global],
    once: Once::PerSection,
    evaluation: Evaluation::Late,
    build: |element, _| Built::policy(CrossDomain { document: document(element.child("cross-domain-policy")?) }),
};

/// Where clients look.
const PATH: &[u8] = b"/crossdomain.xml";

fn document(policy: &Element) -> Box<str> {
    let mut text = "<?xml version=\"1.0\"?>\n<cross-domain-policy>\n".to_owned();
    for child in &policy.children {
        let _ = write!(text, "  <{}", child.name);
        for attribute in child.attributes.iter().filter(|attribute| attribute.name != "id") {
            let _ = write!(text, " {}=\"{}\"", attribute.name, escaped(&attribute.value.text));
        }
        text.push_str(" />\n");
    }
    text.push_str("</cross-domain-policy>");
    text.into()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[derive(Debug)]
struct CrossDomain {
    document: Box<str>,
}

impl Policy for CrossDomain {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        if &*context.exchange.original_url().path != PATH {
            return Step::Next;
        }
        context.exchange.begin_response();
        context.exchange.set_header(Side::Response, "Content-Type", b"text/x-cross-domain-policy");
        context.exchange.set_body(Side::Response, self.document.as_bytes());
        Step::Respond
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::CrossDomain
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::compile::{Scope, compile};
    use crate::document::{DocumentKind, parse_document};
    use crate::run::Run;
    use crate::section::ScopeName;
    use crate::testing::{Expect, MemoryExchange, check, drive};

    const INSIDE: &str = "<site-control permitted-cross-domain-policies='master-only'/>\
                          <allow-access-from domain='*.a.test' to-ports='80,443' secure='false'/>\
                          <allow-http-request-headers-from domain='&lt;*' headers='SOAPAction' secure='true'/>";

    fn answer(target: &str) -> (u16, String, Vec<String>) {
        let text = format!(
            "<policies><inbound><cross-domain><cross-domain-policy>{INSIDE}</cross-domain-policy></cross-domain></inbound></policies>"
        );
        let (document, diagnostics) = parse_document(&text, DocumentKind::Policy);
        assert!(diagnostics.is_empty(), "{diagnostics:#?}");
        let document = Arc::new(document);
        let scope = Scope { name: ScopeName::Global, entity: "", document: &document };
        let (program, diagnostics) = compile(&[scope], &|_| None);
        assert!(diagnostics.is_empty(), "{diagnostics:#?}");
        let mut exchange = MemoryExchange::get(target);
        drive(&program, &mut exchange, &mut Run::new());
        let content_type = exchange.lines(crate::exchange::Side::Response, "Content-Type");
        (exchange.status, String::from_utf8(exchange.response_body).unwrap(), content_type)
    }

    #[test]
    fn only_the_policy_file_is_answered() {
        let document = "<?xml version=\"1.0\"?>\n<cross-domain-policy>\n  <site-control permitted-cross-domain-policies=\"master-only\" />\n  \
                        <allow-access-from domain=\"*.a.test\" to-ports=\"80,443\" secure=\"false\" />\n  \
                        <allow-http-request-headers-from domain=\"&lt;*\" headers=\"SOAPAction\" secure=\"true\" />\n</cross-domain-policy>";
        let expected = (200, document.to_owned(), vec!["text/x-cross-domain-policy".to_owned()]);
        assert_eq!(answer("/crossdomain.xml"), expected);
        assert_eq!(answer("/crossdomain.xml/a").1, "from the backend");
    }

    #[test]
    fn place_and_content_are_checked() {
        for (inside, code) in [
            ("<cross-domain-policy/>", "wrong-scope"),
            ("", "element-missing"),
            ("<cross-domain-policy><allow/></cross-domain-policy>", "unknown-element"),
            ("<cross-domain-policy><allow-access-from/></cross-domain-policy>", "attribute-missing"),
        ] {
            let policy = format!("<cross-domain>{inside}</cross-domain>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
