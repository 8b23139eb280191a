//! Reading of a resolver's document: a data source, whose parts are read like the sections of a policy document.

use super::{Context, Document, Parser};
use crate::definition;
use crate::diagnostic::{nearest, quote};
use crate::policies;
use crate::reader::Element;
use crate::section::Section;

/// What the parts of a data source hold, as the original takes it.
const PARTS: &[(&str, Section, &[&str])] = &[
    (
        "http-request",
        Section::Inbound,
        &[
            "get-authorization-context",
            "set-backend-service",
            "set-method",
            "set-url",
            "include-fragment",
            "set-header",
            "set-body",
            "authentication-certificate",
        ],
    ),
    ("backend", Section::Backend, &["forward-request"]),
    (
        "http-response",
        Section::Outbound,
        &["set-body", "xml-to-json", "find-and-replace", "publish-event", "include-fragment"],
    ),
];

/// Data sources that the gateway has no client for.
const NOT_YET: &[&str] = &["sql-data-source", "cosmosdb-data-source"];

impl Parser<'_, '_> {
    /// Reads a data source.
    pub(super) fn resolver(&mut self, root: &Element, document: &mut Document) {
        if NOT_YET.contains(&root.name.as_str()) {
            let message = format!("`<{}>` is not supported: fields are resolved from HTTP services only", root.name);
            let suggestion = Some("use <http-data-source> with a service in front of the database".to_owned());
            return self.findings.error_with(root.offset, "data-source-not-supported", message, suggestion);
        }
        if root.name != policies::HTTP_DATA_SOURCE.element {
            let message = format!("a resolver must be a data source, found {}", quote(&root.name));
            let names = NOT_YET.iter().copied().chain([policies::HTTP_DATA_SOURCE.element]);
            let suggestion = nearest(&root.name, names).map(|name| format!("did you mean `<{name}>`?"));
            return self.findings.error_with(root.offset, "root-element", message, suggestion);
        }
        definition::check(root, policies::HTTP_DATA_SOURCE, self.findings);
        for (name, section, known) in PARTS {
            let Some(part) = root.child(name) else { continue };
            self.check_no_attributes(part);
            self.check_elements(part, known);
            let context = Context { is_resolver: true, ..Context::top(Some(*section)) };
            document.sections[section.index()] = Some(self.items(part, &part.children, &context));
        }
        if let Some(request) = root.child("http-request") {
            self.check_request(request);
        }
    }

    /// What the original does not take here works all the same.
    fn check_elements(&mut self, part: &Element, known: &[&str]) {
        for child in part.children.iter().filter(|child| !known.contains(&child.name.as_str())) {
            let found = policies::find_in_resolver(&child.name);
            if found.is_some() && child.name != "base" {
                let message = format!("`<{}>` in `<{}>` works here only", child.name, part.name);
                let suggestion = Some(format!("the original takes {}", known.join(", ")));
                self.findings.warning(child.offset, "resolver-element", message, suggestion);
            }
        }
    }

    fn check_request(&mut self, request: &Element) {
        let has = |names: &[&str]| request.children.iter().any(|child| names.contains(&child.name.as_str()));
        if !has(&["set-url", "set-backend-service", "include-fragment"]) {
            let message = "`<http-request>` needs an element `<set-url>`";
            let suggestion = Some("add <set-url>…</set-url>".to_owned());
            self.findings.error_with(request.offset, "element-missing", message, suggestion);
        }
    }

    /// Says that a resolver must not hold `<base>`: nothing is around it.
    pub(super) fn base_in_resolver(&mut self, element: &Element) {
        let message = "a resolver must not hold `<base>`: no scope is around it";
        self.findings.error(element.offset, "not-in-resolver", message);
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;
    use crate::document::{DocumentKind, parse_document};

    #[test]
    fn a_resolver_is_a_data_source_with_its_parts() {
        use Severity::{Error, Warning};
        let url = "<set-url>http://a.test</set-url>";
        for (text, expected) in [
            (
                format!(
                    "<http-data-source><http-request><set-method>GET</set-method>{url}</http-request></http-data-source>"
                ),
                vec![],
            ),
            (
                format!(
                    "<http-data-source><http-request>{url}<set-header name='A'><value>@((string)context.GraphQL.Arguments[\"a\"])</value></set-header>\
                     </http-request><backend><forward-request timeout='3'/></backend><http-response><set-body>@(context.Response.Body.As<string>())</set-body>\
                     <find-and-replace from='a' to='b'/></http-response></http-data-source>"
                ),
                vec![],
            ),
            (
                format!(
                    "<http-data-source><http-request>{url}</http-request><http-response><publish-event><targets>\
                     <graphql-subscription id='s'/></targets></publish-event></http-response></http-data-source>"
                ),
                vec![(Warning, "subscriptions-missing")],
            ),
            ("<sql-data-source/>".to_owned(), vec![(Error, "data-source-not-supported")]),
            (
                "<cosmosdb-data-source><connection-info/></cosmosdb-data-source>".to_owned(),
                vec![(Error, "data-source-not-supported")],
            ),
            ("<policies/>".to_owned(), vec![(Error, "root-element")]),
            ("<http-data-source/>".to_owned(), vec![(Error, "element-missing")]),
            ("<http-data-source><http-request/></http-data-source>".to_owned(), vec![(Error, "element-missing")]),
            (
                format!("<http-data-source><http-request>{url}<base/></http-request></http-data-source>"),
                vec![(Error, "not-in-resolver")],
            ),
            (
                format!(
                    "<http-data-source><http-request>{url}<set-variable name='a' value='b'/></http-request></http-data-source>"
                ),
                vec![(Warning, "resolver-element")],
            ),
            (
                format!("<http-data-source><http-request>{url}<nothing/></http-request></http-data-source>"),
                vec![(Warning, "unknown-policy")],
            ),
            (
                format!(
                    "<http-data-source><http-request>{url}</http-request><backend>{url}</backend></http-data-source>"
                ),
                vec![(Warning, "resolver-element"), (Error, "wrong-section")],
            ),
            (
                format!("<http-data-source><http-request>{url}</http-request><http-responses/></http-data-source>"),
                vec![(Error, "unknown-element")],
            ),
        ] {
            let (_, found) = parse_document(&text, DocumentKind::Resolver);
            let codes: Vec<_> = found.iter().map(|found| (found.severity, found.code)).collect();
            assert_eq!(codes, expected, "{text}\n{found:#?}");
        }
        let (_, found) =
            parse_document("<policies><inbound><set-url>http://a</set-url></inbound></policies>", DocumentKind::Policy);
        assert_eq!(found[0].code, "unknown-policy");
    }
}
