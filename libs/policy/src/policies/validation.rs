//! What the `validate-…` policies of messages have in common: actions, the list of errors in a variable, and what `prevent` answers.
//!
//! `ignore` looks away, `detect` writes to the trace and the variable, `prevent` does that too and refuses: 400 for a request, 502 for a
//! response, whose caller is not told why.

use std::borrow::Cow;

use postern_dotnet::json::{self, write_string};

use crate::definition::ValueRule;
use crate::exchange::Side;
use crate::expression::library::json::wrapper::TokenValue;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policies::body_conversion::word;
use crate::policy::{DefaultResponse, Failure, PolicyContext};

/// What an action attribute may say.
pub(super) const ACTIONS: ValueRule = ValueRule::OneOf(&["ignore", "prevent", "detect"]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Ignore,
    Prevent,
    Detect,
}

/// An action that an attribute gives.
pub(super) fn action(given: &Given<Box<str>>, values: &[Value]) -> Result<Action, Box<Failure>> {
    // `allow` is what some documents write for a status code.
    let words = [
        ("ignore", Action::Ignore),
        ("prevent", Action::Prevent),
        ("detect", Action::Detect),
        ("allow", Action::Ignore),
    ];
    word(given, values, "action", &words)
}

/// Something that is not as it should be.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) name: String,
    /// `Type`
    pub(super) kind: &'static str,
    /// `ValidationRule`
    pub(super) rule: &'static str,
    pub(super) details: String,
    /// The details say what a caller must not read.
    pub(super) is_internal: bool,
}

impl Problem {
    /// Something wrong with the definition of the API rather than with the message.
    pub(super) fn of_definition(name: &str, kind: &'static str, rule: &'static str, details: String) -> Problem {
        Problem { name: name.to_owned(), kind, rule, details, is_internal: true }
    }

    /// Something wrong with the message.
    pub(super) fn of_message(name: &str, kind: &'static str, rule: &'static str, details: String) -> Problem {
        Problem { name: name.to_owned(), kind, rule, details, is_internal: false }
    }
}

/// The schema of the API is there, but has nothing by a name.
pub(super) const NO_DEFINITIONS: &str = "API's schema does not specify definitions.";

/// What the caller of a refused response reads.
const INTERNAL: &str = "The request could not be processed due to an internal error. Contact the API owner.";

/// Reports problems with their actions; the first to be prevented is the error.
pub(super) fn report(
    context: &mut PolicyContext<'_>,
    variable: Option<&str>,
    problems: &[(Problem, Action)],
) -> Result<(), Box<Failure>> {
    let shown = || problems.iter().filter(|(_, action)| *action != Action::Ignore);
    if shown().next().is_none() {
        return Ok(());
    }
    if let Some(variable) = variable {
        let records: Vec<String> = shown().map(|(problem, action)| record(problem, *action)).collect();
        if let Ok(list) = json::parse(&format!("[{}]", records.join(","))) {
            context.state.variables.set(variable, Value::object(TokenValue(list)));
        }
    }
    for (problem, _) in shown() {
        context.exchange.trace(problem.kind, &problem.details);
    }
    let Some((problem, _)) = shown().find(|(_, action)| *action == Action::Prevent) else { return Ok(()) };
    let message: Cow<'static, str> = problem.details.clone().into();
    Err(Box::new(match context.side() {
        Side::Request => Failure {
            reason: "Bad request".into(),
            message: message.clone(),
            response: DefaultResponse::Message {
                status: 400,
                message: if problem.is_internal { INTERNAL.into() } else { message },
            },
        },
        Side::Response => Failure {
            reason: "Response not allowed".into(),
            message,
            response: DefaultResponse::Message { status: 502, message: INTERNAL.into() },
        },
    }))
}

fn record(problem: &Problem, action: Action) -> String {
    let action = if action == Action::Prevent { "prevent" } else { "detect" };
    let fields = [
        ("Name", problem.name.as_str()),
        ("Type", problem.kind),
        ("ValidationRule", problem.rule),
        ("Details", &problem.details),
        ("Action", action),
    ];
    let mut out = String::new();
    for (name, value) in fields {
        out.push(if out.is_empty() { '{' } else { ',' });
        write_string(name, &mut out);
        out.push(':');
        write_string(value, &mut out);
    }
    out.push('}');
    out
}
