//! `send-request`: sends a request of its own and keeps the response in a variable.
//!
//! `<send-request mode="new|copy" response-variable-name="v" timeout="60" ignore-error="false"><set-url/>?<set-method/>?<set-header/>*<set-body/>?
//! <authentication-basic|authentication-certificate|authentication-managed-identity/>?<proxy/>?</send-request>` – all sections.
//! Without `response-variable-name`, which APIM's reference calls required and its examples leave out, the response is thrown away. `copy` starts from the current request (in outbound and on-error without its body), `new` from an empty GET.
//! Without a response `on-error` runs with reason `Timeout` or `BackendConnectionFailure`, or with `ignore-error` the variable is null.

mod request;
#[cfg(test)]
mod tests;

use crate::builder::Builder;
use crate::definition::{ANY_SCOPE, Built, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional};
use crate::effect::{Effect, Outcome, SendFailure};
use crate::exchange::Side;
use crate::expression::library::context::StoredResponse;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policies::in_turns::{self, Turns};
use crate::policies::set_body::{Begun, Filling};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};

use request::Request;
pub(crate) use request::encoded;
pub(super) use request::{CHILDREN, MODE, TIMEOUT};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "send-request",
        attributes: &[
            MODE,
            optional("response-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            TIMEOUT,
            optional("ignore-error", Expression::Allowed, ValueRule::Boolean),
        ],
        content: CHILDREN,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

/// `send-one-way-request`. `None`: a problem was reported.
pub(super) fn one_way(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    Built::policy(SendRequest { request: Request::from(element, builder)?, answer: None })
}

#[derive(Debug)]
struct SendRequest {
    request: Request,
    /// `None`: one way.
    answer: Option<Answer>,
}

/// What becomes of the response.
#[derive(Debug)]
pub(super) struct Answer {
    /// Where it is kept, if anywhere.
    pub(super) variable: Option<Box<str>>,
    pub(super) ignore_error: Given<bool>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let variable = element.owned("response-variable-name");
    if variable.is_none() {
        let message = "`<send-request>` has no `response-variable-name`, so nobody sees its response";
        let suggestion = "add response-variable-name=\"…\"".to_owned();
        builder.warning(element.offset, "attribute-missing", message, Some(suggestion));
    }
    let ignore_error = builder.flag_attribute(element, "ignore-error", false)?;
    let request = Request::from(element, builder)?;
    Built::policy(SendRequest { request, answer: Some(Answer { variable, ignore_error }) })
}

impl Answer {
    /// Keeps the response, or says why there is none.
    pub(super) fn take(
        &self,
        context: &mut PolicyContext<'_>,
        outcome: Result<Box<crate::effect::HttpResponse>, SendFailure>,
    ) -> Step {
        match outcome {
            Ok(response) => {
                self.keep(context, || Value::object(StoredResponse::new(*response)));
                Step::Next
            }
            Err(_) if self.ignore_error.flag(context.values) => {
                self.keep(context, || Value::Null);
                Step::Next
            }
            Err(failure) => Step::Fail(Box::new(Failure::send(&failure))),
        }
    }

    fn keep(&self, context: &mut PolicyContext<'_>, value: impl FnOnce() -> Value) {
        if let Some(variable) = &self.variable {
            context.state.variables.set(variable, value());
        }
    }
}

impl SendRequest {
    fn begin(&self, context: &mut PolicyContext<'_>, token: Option<Box<str>>) -> Step {
        match self.request.begin_body(context) {
            Some(Begun::Filling(filling)) => in_turns::keep(context, Composing { filling, token }),
            Some(Begun::Made(body)) => self.send(context, token.as_deref(), body.map(Some)),
            None => self.send(context, token.as_deref(), Ok(None)),
        }
    }

    /// `body`: its own, if it has one. The error: it could not be made.
    fn send(
        &self,
        context: &mut PolicyContext<'_>,
        token: Option<&str>,
        body: Result<Option<Vec<u8>>, String>,
    ) -> Step {
        match body.and_then(|body| self.request.compose(context, token, body, self.answer.is_none())) {
            Ok(request) if request.url.is_empty() => {
                self.failed(context, SendFailure { timed_out: false, message: "the request has no URL".into() })
            }
            Ok(request) => Step::Perform(Effect::Send(request)),
            Err(message) => Step::Fail(Box::new(Failure::unusable_value(message))),
        }
    }

    fn failed(&self, context: &mut PolicyContext<'_>, failure: SendFailure) -> Step {
        match &self.answer {
            Some(answer) => answer.take(context, Err(failure)),
            None => Step::Fail(Box::new(Failure::send(&failure))),
        }
    }
}

/// A request whose body a template makes.
struct Composing {
    filling: Filling,
    token: Option<Box<str>>,
}

impl Turns for Composing {
    /// The body, and the token.
    type Output = (Result<String, String>, Option<Box<str>>);

    fn turn(&mut self, context: &mut PolicyContext<'_>, steps: &mut u64) -> Option<Self::Output> {
        let made = self.filling.turn(context, steps)?;
        Some((made, self.token.take()))
    }
}

impl Policy for SendRequest {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        match self.request.token(context.values) {
            Some(effect) => Step::Perform(effect),
            None => self.begin(context, None),
        }
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match (outcome, &self.answer) {
            (Outcome::Done, _) => match in_turns::go_on::<Composing>(context) {
                Ok(Some((body, token))) => {
                    self.send(context, token.as_deref(), body.map(|body| Some(body.into_bytes())))
                }
                Ok(None) => Step::Perform(Effect::Yield),
                Err(failure) => Step::Fail(failure),
            },
            (Outcome::Token(Ok(token)), _) => self.begin(context, Some(token)),
            (Outcome::Token(Err(_)), _) if self.request.ignores_token_error(context.values) => {
                self.begin(context, None)
            }
            (Outcome::Token(Err(failure)), _) => self.failed(context, failure),
            (Outcome::Sent(result), Some(answer)) => answer.take(context, result),
            (Outcome::Sent(_), None) => Step::Next,
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }

    fn needs_body(&self, section: Section) -> Option<Side> {
        self.request.needs_body(section)
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        self.request.needs_content(section)
    }
}
