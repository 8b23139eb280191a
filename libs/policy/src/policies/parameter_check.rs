//! What `validate-parameters` and `validate-headers` have in common: one parameter or header against its definition.

use std::borrow::Cow;

use crate::contract::{NoSchema, Parameter, ValueKind};
use crate::exchange::{Exchange, Side};
use crate::policies::validation::{NO_DEFINITIONS, Problem};

/// What kind of thing is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Path,
    Query,
    RequestHeader,
    ResponseHeader,
}

impl Kind {
    /// `Type` of the error.
    fn error_type(self) -> &'static str {
        match self {
            Kind::Path => "PathParameter",
            Kind::Query => "QueryParameter",
            Kind::RequestHeader => "RequestHeader",
            Kind::ResponseHeader => "ResponseHeader",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Kind::Path => "path parameter",
            Kind::Query => "query parameter",
            Kind::RequestHeader | Kind::ResponseHeader => "header",
        }
    }

    fn message(self) -> &'static str {
        if self == Kind::ResponseHeader { "Response" } else { "Request" }
    }
}

/// Headers that say how the message travels; no definition lists them.
const FRAMING: [&str; 4] = ["Host", "Content-Length", "Transfer-Encoding", "Connection"];

/// The values of a header's lines.
pub(super) fn lines<'a>(exchange: &dyn Exchange, side: Side, name: &str) -> Vec<Cow<'a, str>> {
    let mut lines = Vec::new();
    exchange.header_values(side, name, &mut |value| {
        lines.push(Cow::Owned(String::from_utf8_lossy(value).trim().to_owned()));
    });
    lines
}

/// Names of headers that are not among `known`, each once.
pub(super) fn unknown_headers(exchange: &dyn Exchange, side: Side, known: &[Parameter]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    exchange.headers(side, &mut |name, _| {
        let name = String::from_utf8_lossy(name);
        let is_known = known.iter().any(|known| known.name.eq_ignore_ascii_case(&name))
            || FRAMING.iter().any(|framing| framing.eq_ignore_ascii_case(&name))
            || names.iter().any(|known| known.eq_ignore_ascii_case(&name));
        if !is_known {
            names.push(name.into_owned());
        }
    });
    names
}

/// A name that the definition does not have.
pub(super) fn unspecified(kind: Kind, name: &str) -> Problem {
    let details = format!("Unspecified {} {name} is not allowed.", kind.title());
    Problem::of_message(name, kind.error_type(), "Unspecified", details)
}

/// What is wrong with the values that were given for a parameter.
pub(super) fn check(kind: Kind, parameter: &Parameter, given: &[Cow<'_, str>]) -> Vec<Problem> {
    let (name, title) = (&*parameter.name, kind.title());
    let incorrect = |details: String| vec![Problem::of_message(name, kind.error_type(), "IncorrectMessage", details)];
    if given.is_empty() {
        return match parameter.required {
            true => incorrect(format!("{} does not contain the required {title} {name}.", kind.message())),
            false => Vec::new(),
        };
    }
    let definition = &parameter.schema;
    let expected = match definition.value_kind() {
        Ok(expected) => expected,
        Err(reason) => return without_schema(kind, parameter, reason),
    };
    let value = match (expected, given) {
        (ValueKind::List(_), given) => expected.read_list(&given.iter().map(|text| &**text).collect::<Vec<_>>()),
        (expected, [only]) => expected.read(only),
        _ => return incorrect(format!("{} cannot contain multiple values for the {title} {name}.", kind.message())),
    };
    let value = match value {
        Ok(value) => value,
        Err(error) => {
            return incorrect(format!(
                "Value of the {title} {name} couldn't be parsed according to the definition. {error}"
            ));
        }
    };
    match definition.check_value(&value) {
        Err(reason) => without_schema(kind, parameter, reason),
        Ok(violations) => {
            let problem = |message: &str| {
                let details = format!("The value of the {title} {name} does not conform to the definition. {message}");
                Problem::of_message(name, kind.error_type(), "IncorrectMessage", details)
            };
            violations.iter().map(|violation| problem(&violation.with_place())).collect()
        }
    }
}

fn without_schema(kind: Kind, parameter: &Parameter, reason: &NoSchema) -> Vec<Problem> {
    let (name, title, definition) = (&*parameter.name, kind.title(), parameter.schema.name());
    let (rule, details) = match reason {
        NoSchema::NoDefinitions => {
            return vec![Problem::of_definition(name, "ApiSchema", "ApiSchema", NO_DEFINITIONS.to_owned())];
        }
        NoSchema::Missing => (
            "MissingDefinition",
            format!(
                "API's schema doesn't contain definition {definition}, which is associated with the {title} {name}."
            ),
        ),
        NoSchema::Unusable(message) => {
            let mut title = title.to_owned();
            if let Some(first) = title.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            ("ValidationError", format!("{title} {name} cannot be validated. {message}"))
        }
    };
    vec![Problem::of_definition(name, kind.error_type(), rule, details)]
}
