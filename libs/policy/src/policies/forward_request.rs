//! `forward-request`: sends the request to the backend. Without it in the effective backend section nothing is forwarded.
//!
//! `<forward-request http-version="1|2|2or1" timeout="300" | timeout-ms="…" continue-timeout="…" follow-redirects="false"
//! buffer-request-body="false" buffer-response="true" fail-on-error-status-code="false"/>` – all optional, `timeout` and `timeout-ms`
//! exclude each other; backend. Times are for the response's head. With `fail-on-error-status-code` a status from 400 to 599 runs
//! `on-error`; the backend's response stays what the caller gets unless `on-error` changes it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::definition::{ANY_SCOPE, Built, Content, Definition, ElementRule, Expression, Once, ValueRule, optional};
use crate::diagnostic::Findings;
use crate::document::{Place, PolicyNode};
use crate::effect::{BackendHttpVersion, Effect, ForwardFailure, ForwardOptions, Outcome};
use crate::limits;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "forward-request",
        attributes: &[
            optional("http-version", Expression::Forbidden, ValueRule::OneOf(&["1", "2", "2or1"])),
            optional("timeout", Expression::Allowed, ValueRule::Integer(1, limits::FORWARD_TIMEOUT_SECONDS_MAX)),
            optional(
                "timeout-ms",
                Expression::Allowed,
                ValueRule::Integer(1, limits::FORWARD_TIMEOUT_SECONDS_MAX * 1000),
            ),
            optional(
                "continue-timeout",
                Expression::Allowed,
                ValueRule::Integer(0, limits::FORWARD_TIMEOUT_SECONDS_MAX),
            ),
            optional("follow-redirects", Expression::Allowed, ValueRule::Boolean),
            optional("buffer-request-body", Expression::Forbidden, ValueRule::Boolean),
            optional("buffer-response", Expression::Forbidden, ValueRule::Boolean),
            optional("fail-on-error-status-code", Expression::Forbidden, ValueRule::Boolean),
        ],
        content: Content::Empty,
    },
    sections: Sections::BACKEND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    build,
};

#[derive(Debug)]
struct ForwardRequest {
    options: ForwardOptions,
}

fn build(element: &Element, findings: &mut Findings<'_>) -> Option<Built> {
    let defaults = ForwardOptions::default();
    let timeout_ms = match (element.number("timeout"), element.number("timeout-ms")) {
        (Some(_), Some(_)) => {
            let message = "`<forward-request>` takes `timeout` or `timeout-ms`, not both";
            findings.error(element.offset, "attribute-conflict", message);
            return None;
        }
        (Some(seconds), None) => seconds * 1000,
        (None, Some(milliseconds)) => milliseconds,
        (None, None) => defaults.timeout_ms,
    };
    let http_version = match element.literal("http-version") {
        Some("2") => BackendHttpVersion::Http2,
        Some(version) if version.eq_ignore_ascii_case("2or1") => BackendHttpVersion::Http2Or1,
        _ => BackendHttpVersion::Http1,
    };
    Built::policy(ForwardRequest {
        options: ForwardOptions {
            timeout_ms,
            continue_timeout_ms: element.number("continue-timeout").map(|seconds| seconds * 1000),
            http_version,
            follow_redirects: element.flag("follow-redirects", defaults.follow_redirects),
            buffer_request_body: element.flag("buffer-request-body", defaults.buffer_request_body),
            buffer_response: element.flag("buffer-response", defaults.buffer_response),
            fail_on_error_status_code: element.flag("fail-on-error-status-code", defaults.fail_on_error_status_code),
        },
    })
}

/// What the global scope's backend section holds when nobody wrote one.
pub(crate) fn default_forward() -> Arc<PolicyNode> {
    Arc::new(PolicyNode {
        element: DEFINITION.rule.element,
        id: None,
        path: "forward-request[1]".into(),
        place: Place { line: 1, column: 1 },
        sections: DEFINITION.sections,
        scopes: DEFINITION.scopes,
        policy: Box::new(ForwardRequest { options: ForwardOptions::default() }),
    })
}

impl Policy for ForwardRequest {
    fn start(&self, _context: &mut PolicyContext<'_>) -> Step {
        Step::Perform(Effect::Forward(self.options))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Forwarded if self.options.fail_on_error_status_code => {
                let status = context.exchange.status();
                if (400..=599).contains(&status) { Step::Fail(Box::new(error_status(status))) } else { Step::Next }
            }
            Outcome::Forwarded => Step::Next,
            Outcome::ForwardFailed(failure) => Step::Fail(Box::new(failed(failure))),
            Outcome::Counted(_) => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Forward(&self.options)
    }
}

fn error_status(status: u16) -> Failure {
    Failure {
        reason: "BackendErrorStatusCode".into(),
        message: Cow::Owned(format!("The backend responded with status code {status}.")),
        response: DefaultResponse::AsIs,
    }
}

fn failed(failure: ForwardFailure) -> Failure {
    let internal = |reason: &'static str, message: Cow<'static, str>| Failure {
        reason: reason.into(),
        message,
        response: DefaultResponse::Internal,
    };
    match failure {
        ForwardFailure::Timeout => internal("Timeout", "The backend did not respond in time.".into()),
        ForwardFailure::Connection(message) => internal("BackendConnectionFailure", message.into()),
        ForwardFailure::ClientGone => internal("ClientConnectionFailure", "The client closed the connection.".into()),
        ForwardFailure::Other { status: 500, error } => {
            Failure { response: DefaultResponse::Internal, ..stated(500, error) }
        }
        ForwardFailure::Other { status, error } => stated(status, error),
    }
}

fn stated(status: u16, error: crate::last_error::LastError) -> Failure {
    let response = DefaultResponse::Message { status, message: error.message.clone() };
    Failure { reason: error.reason, message: error.message, response }
}
