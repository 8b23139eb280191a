//! `forward-request`: sends the request to the backend. Without it in the effective backend section nothing is forwarded, and
//! the outbound section has a response of 200 without a body.
//!
//! `<forward-request http-version="1|2|2or1" timeout="300" | timeout-ms="…" continue-timeout="…" follow-redirects="false"
//! buffer-request-body="false" buffer-response="true" fail-on-error-status-code="false"/>` – all optional, `timeout` and `timeout-ms`
//! exclude each other; backend. Times are for the response's head. With `fail-on-error-status-code` a status from 400 to 599 runs
//! `on-error`; the backend's response stays what the caller gets unless `on-error` changes it. A GraphQL API that has resolvers or no service is
//! no matter of a backend: its query is executed, and the answer is the response. A body goes on while it arrives and is not kept; where a
//! second request, as one of `retry`, would need it again, the policy fails with `RequestBodyConsumed` unless the first one had
//! `buffer-request-body`.
//! Deviation: requests go out with HTTP/1.1 whatever `http-version` says; with `2` and `2or1` a warning says so.

use std::borrow::Cow;
use std::sync::Arc;

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional,
};
use crate::document::{Place, PolicyNode};
use crate::effect::{Effect, ForwardOptions, Outcome};
use crate::graphql;
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
    evaluation: Evaluation::LateIf(is_consistent),
    build,
};

#[derive(Debug)]
struct ForwardRequest {
    options: ForwardOptions,
}

/// Whether the attributes go together; and a warning of the version that cannot be had.
fn is_consistent(element: &Element, builder: &mut Builder<'_, '_>) -> bool {
    let version = element.attribute("http-version");
    if let Some(version) = version.filter(|version| version.value.is_literal() && version.value.text.trim() != "1") {
        let message = "HTTP/2 to backends is not available yet; requests are sent with HTTP/1.1";
        builder.warning(version.offset, "http2-missing", message, None);
    }
    let is_good = element.attribute("timeout").is_none() || element.attribute("timeout-ms").is_none();
    if !is_good {
        let message = "`<forward-request>` takes `timeout` or `timeout-ms`, not both";
        builder.error(element.offset, "attribute-conflict", message);
    }
    is_good
}

fn build(element: &Element, _builder: &mut Builder<'_, '_>) -> Option<Built> {
    let defaults = ForwardOptions::default();
    let seconds = element.number("timeout").map(|seconds| seconds * 1000);
    let timeout_ms = seconds.or(element.number("timeout-ms")).unwrap_or(defaults.timeout_ms);
    Built::policy(ForwardRequest {
        options: ForwardOptions {
            timeout_ms,
            continue_timeout_ms: element.number("continue-timeout").map(|seconds| seconds * 1000),
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
        expressions: Box::default(),
        policy: Box::new(ForwardRequest { options: ForwardOptions::default() }),
    })
}

impl Policy for ForwardRequest {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        graphql::begin(context).unwrap_or(Step::Perform(Effect::Forward(self.options)))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        if context.state.graphql.is_executing() {
            return graphql::resume(context, outcome);
        }
        match outcome {
            Outcome::Forwarded if self.options.fail_on_error_status_code => {
                let status = context.exchange.status();
                if (400..=599).contains(&status) { Step::Fail(Box::new(error_status(status))) } else { Step::Next }
            }
            Outcome::Forwarded => Step::Next,
            Outcome::ForwardFailed(failure) => Step::Fail(Box::new(Failure::forward(failure))),
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
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

#[cfg(test)]
mod tests {
    use super::{Effect, ForwardOptions, Outcome};
    use crate::document::{DocumentKind, parse_document};
    use crate::effect::ForwardFailure;
    use crate::last_error::LastError;
    use crate::testing::{Expect, MemoryExchange, check, compile_one};

    fn document(attributes: &str) -> String {
        format!("<policies><backend><forward-request {attributes}/></backend></policies>")
    }

    #[test]
    fn attributes_become_options_and_defaults_are_those_of_apim() {
        let defaults = ForwardOptions {
            timeout_ms: 300_000,
            continue_timeout_ms: None,
            follow_redirects: false,
            buffer_request_body: false,
            buffer_response: true,
            fail_on_error_status_code: false,
        };
        for (attributes, options) in [
            ("", defaults),
            ("timeout='20'", ForwardOptions { timeout_ms: 20_000, ..defaults }),
            ("timeout-ms='20'", ForwardOptions { timeout_ms: 20, ..defaults }),
            ("timeout='86400'", ForwardOptions { timeout_ms: 86_400_000, ..defaults }),
            ("continue-timeout='3'", ForwardOptions { continue_timeout_ms: Some(3000), ..defaults }),
            ("http-version='1'", defaults),
            ("follow-redirects='true'", ForwardOptions { follow_redirects: true, ..defaults }),
            ("buffer-request-body='True'", ForwardOptions { buffer_request_body: true, ..defaults }),
            ("buffer-response='false'", ForwardOptions { buffer_response: false, ..defaults }),
            ("fail-on-error-status-code='true'", ForwardOptions { fail_on_error_status_code: true, ..defaults }),
        ] {
            check(&document(attributes), MemoryExchange::get("/"), &[Expect::Effects(&[Effect::Forward(options)])]);
        }
    }

    #[test]
    fn http_2_is_warned_of_where_it_is_asked_for_and_the_request_goes_out() {
        for (attributes, codes, timeout_ms) in [
            ("http-version='1' timeout='20'", &[][..], 20_000),
            ("timeout='20' http-version='2'", &["http2-missing"], 20_000),
            ("timeout='20' http-version='2or1'", &["http2-missing"], 20_000),
            ("timeout='@(20)' http-version='2OR1'", &["http2-missing"], 20_000),
        ] {
            let options = ForwardOptions { timeout_ms, ..ForwardOptions::default() };
            let expected = [Expect::Codes(codes), Expect::Effects(&[Effect::Forward(options)])];
            check(&document(attributes), MemoryExchange::get("/"), &expected);
        }
        let (_, found) = parse_document(&document("timeout='20'\n  http-version='2'"), DocumentKind::Policy);
        assert_eq!(found.iter().map(|found| (found.line, found.column)).collect::<Vec<_>>(), [(2, 3)]);
        assert_eq!(found[0].message, "HTTP/2 to backends is not available yet; requests are sent with HTTP/1.1");
    }

    #[test]
    fn wrong_attributes_and_sections_are_refused() {
        for (attributes, code) in [
            ("timeout='1' timeout-ms='1'", "attribute-conflict"),
            ("timeout='0'", "value-invalid"),
            ("timeout='86401'", "value-invalid"),
            ("timeout='1.5'", "value-invalid"),
            ("http-version='3'", "value-invalid"),
            ("buffer-response='no'", "value-invalid"),
            ("buffer-response='@(true)'", "expression-not-allowed"),
            ("time-out='1'", "unknown-attribute"),
        ] {
            check(&document(attributes), MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
        check("<forward-request/>", MemoryExchange::get("/"), &[Expect::Codes(&["wrong-section"])]);
    }

    #[test]
    fn without_it_the_request_is_not_forwarded_and_outbound_runs() {
        let policy = "<policies><backend/><outbound><set-variable name='a' value='1'/></outbound></policies>";
        check(
            policy,
            MemoryExchange::get("/"),
            &[Expect::EffectCount(0), Expect::Response(200, ""), Expect::Variable("a", Some("1"))],
        );
    }

    #[test]
    fn failures_run_on_error_and_the_caller_learns_nothing() {
        let body = "{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"87aeb87f-192c-424c-84d1-32d5bbfec437\" }";
        let other =
            |status| ForwardFailure::Other { status, error: LastError::new("", "BreakerOpen", "Service unavailable") };
        for (failure, reason, message, status, body) in [
            (ForwardFailure::Timeout, "Timeout", "The backend did not respond in time.", 500, body),
            (ForwardFailure::Connection("refused".to_owned()), "BackendConnectionFailure", "refused", 500, body),
            (ForwardFailure::ClientGone, "ClientConnectionFailure", "The client closed the connection.", 500, body),
            (other(500), "BreakerOpen", "Service unavailable", 500, body),
            (
                other(503),
                "BreakerOpen",
                "Service unavailable",
                503,
                "{ \"statusCode\": 503, \"message\": \"Service unavailable\" }",
            ),
        ] {
            let exchange = MemoryExchange::get("/").outcome(Outcome::ForwardFailed(failure));
            let policy = "<policies><on-error><set-header name='E'><value>1</value></set-header></on-error></policies>";
            let expected = [
                Expect::Response(status, body),
                Expect::LastError(Some((reason, message))),
                Expect::ResponseHeader("E", &["1"]),
                Expect::ResponseHeader("Content-Type", &["application/json"]),
            ];
            check(policy, exchange, &expected);
        }
    }

    #[test]
    fn an_error_status_fails_only_if_asked_for_and_keeps_the_backends_response() {
        for (status, fails) in [(399, false), (400, true), (503, true), (599, true), (600, false)] {
            for asked in [true, false] {
                let mut exchange = MemoryExchange::get("/");
                exchange.backend_response.0 = status;
                let policy = format!(
                    "<policies><backend><forward-request fail-on-error-status-code='{asked}'/></backend>\
                     <on-error><set-variable name='ran' value='1'/></on-error></policies>"
                );
                let ran = (asked && fails).then_some("1");
                check(&policy, exchange, &[Expect::Response(status, "from the backend"), Expect::Variable("ran", ran)]);
            }
        }
    }

    #[test]
    fn a_lone_forward_request_can_be_done_without_the_machine() {
        let forward_only = |text: &str| compile_one(text).0.forward_only().copied();
        assert_eq!(forward_only("<policies/>"), Some(ForwardOptions::default()));
        assert_eq!(forward_only(&document("timeout='1'")).map(|options| options.timeout_ms), Some(1000));
        assert_eq!(forward_only(&document("fail-on-error-status-code='true'")), None);
        assert_eq!(forward_only("<policies><backend/></policies>"), None);
        assert_eq!(
            forward_only("<policies><backend><set-method>GET</set-method><forward-request/></backend></policies>"),
            None
        );
        assert!(compile_one(&document("buffer-request-body='true'")).0.traits().buffers_request_body);
    }
}
