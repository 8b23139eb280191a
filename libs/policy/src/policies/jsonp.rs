//! `jsonp`: wraps the response in a call of the function that a query parameter names.
//!
//! `<jsonp callback-parameter-name="cb"/>` – required; outbound. A request with `?cb=f` gets `f(<body>);` and `Content-Type:
//! application/javascript`; one without the parameter gets the response as it is. Names may be joined with dots (`angular.callbacks._0`).
//! Anything that is no JavaScript identifier is an error, `CallbackParameterInvalid`.

use std::borrow::Cow;

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, required,
};
use crate::exchange::Side;
use crate::given::Given;
use crate::policies::message_body::step;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};
use crate::url;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "jsonp",
        attributes: &[required("callback-parameter-name", Expression::Allowed, ValueRule::NonEmpty)],
        content: Content::Empty,
    },
    sections: Sections::OUTBOUND,
    scopes: ANY_SCOPE,
    once: Once::PerSection,
    evaluation: Evaluation::Own,
    build: |element, builder| Jsonp::from(element, builder).and_then(Built::policy),
};

/// Words that are no identifiers (ECMAScript section 12.7.2).
const RESERVED: &[&str] = &[
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "new",
    "null",
    "return",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

fn is_callback(text: &str) -> bool {
    text.split('.').all(|part| {
        let mut characters = part.chars();
        let starts = characters.next().is_some_and(|first| first.is_alphabetic() || first == '_' || first == '$');
        starts
            && characters.all(|other| other.is_alphanumeric() || other == '_' || other == '$')
            && !RESERVED.contains(&part)
    })
}

/// The value of a query parameter, decoded.
fn given(query: &[u8], name: &str) -> Option<Vec<u8>> {
    let found = url::parameters(query).find(|given| url::decode(given.name) == name.as_bytes())?;
    Some(url::decode(found.text.get(found.name.len() + 1..).unwrap_or_default()))
}

#[derive(Debug)]
struct Jsonp {
    parameter: Given<Box<str>>,
}

impl Jsonp {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Jsonp> {
        Some(Jsonp { parameter: builder.text_attribute(element, "callback-parameter-name")?? })
    }

    fn apply(&self, context: &mut PolicyContext<'_>) -> Result<(), Box<Failure>> {
        let name = self.parameter.text(context.values);
        let Some(given) = given(context.exchange.original_url().query, name) else { return Ok(()) };
        let callback = String::from_utf8(given).ok();
        let Some(callback) = callback.filter(|callback| is_callback(callback)) else {
            let message: Cow<'static, str> =
                format!("Value of callback parameter {name} is not a valid JavaScript identifier.").into();
            return Err(Box::new(Failure {
                reason: "CallbackParameterInvalid".into(),
                message: message.clone(),
                response: DefaultResponse::Message { status: 400, message },
            }));
        };
        let Some(body) = context.exchange.content(Side::Response) else { return Ok(()) };
        let made = [callback.as_bytes(), b"(", body, b");"].concat();
        context.exchange.set_body(Side::Response, &made);
        context.exchange.set_header(Side::Response, "Content-Type", b"application/javascript");
        Ok(())
    }
}

impl Policy for Jsonp {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        step(self.apply(context))
    }

    fn needs_content(&self, _section: Section) -> Option<Side> {
        Some(Side::Response)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    const POLICY: &str = "<policies><outbound><jsonp callback-parameter-name='cb'/></outbound></policies>";

    fn origin(target: &str) -> MemoryExchange {
        let headers = vec![("Content-Type".to_owned(), b"application/json".to_vec())];
        MemoryExchange { backend_response: (200, headers, b"{\"a\":1}".to_vec()), ..MemoryExchange::get(target) }
    }

    #[test]
    fn a_callback_wraps_the_response() {
        for (target, body, content_type) in [
            ("/?cb=f", "f({\"a\":1});", "application/javascript"),
            ("/?a=b&cb=jQuery1_$2", "jQuery1_$2({\"a\":1});", "application/javascript"),
            ("/?cb=angular.callbacks._0", "angular.callbacks._0({\"a\":1});", "application/javascript"),
            ("/?cb=%24f", "$f({\"a\":1});", "application/javascript"),
            ("/?callback=f", "{\"a\":1}", "application/json"),
            ("/", "{\"a\":1}", "application/json"),
        ] {
            let expected = [Expect::Response(200, body), Expect::ResponseHeader("Content-Type", &[content_type])];
            check(POLICY, origin(target), &expected);
        }
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        for callback in ["1f", "a-b", "alert(1)//", "", "a..b", "function", "a%20b", "%3Cscript%3E", "%ff"] {
            let message = "Value of callback parameter cb is not a valid JavaScript identifier.";
            let body = format!("{{ \"statusCode\": 400, \"message\": \"{message}\" }}");
            check(
                POLICY,
                origin(&format!("/?cb={callback}")),
                &[Expect::Response(400, &body), Expect::LastError(Some(("CallbackParameterInvalid", message)))],
            );
        }
    }

    #[test]
    fn places_and_names_are_checked() {
        for (policy, code) in [
            ("<jsonp callback-parameter-name='cb'/>", "wrong-section"),
            ("<policies><outbound><jsonp callback-parameter-name=' '/></outbound></policies>", "value-invalid"),
            ("<policies><outbound><jsonp/></outbound></policies>", "attribute-missing"),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
