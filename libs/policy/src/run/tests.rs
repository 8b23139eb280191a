//! The machine: sections, effects, errors.

use super::Run;
use crate::effect::{Advance, CountResult, Effect, Outcome};
use crate::exchange::Exchange;
use crate::last_error::LastError;
use crate::section::Section;
use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

const INTERNAL: &str = "{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"87aeb87f-192c-424c-84d1-32d5bbfec437\" }";

#[test]
fn sections_run_in_order_and_effects_suspend() {
    let set = |name: &str, section: &str, more: &str| {
        format!("<{section}><set-variable name='{name}' value='1'/>{more}</{section}>")
    };
    let text = format!(
        "<policies>{}{}{}</policies>",
        set("i", "inbound", "<rate-limit calls='1' renewal-period='1'/><set-variable name='i2' value='1'/>"),
        set("b", "backend", "<forward-request/><set-variable name='b2' value='1'/>"),
        set("o", "outbound", "")
    );
    let (program, diagnostics) = compile_one(&text);
    assert_eq!(diagnostics, []);
    let (mut run, mut exchange) = (Run::new(), MemoryExchange::get("/"));
    let counted = Outcome::Counted(CountResult { allowed: true, remaining: 0, retry_after_s: 0, which: 0 });
    let names = |run: &Run| run.variables().iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();

    run.enter(Section::Inbound);
    assert!(matches!(run.advance(&program, &mut exchange), Advance::Perform(Effect::Count(_))));
    assert_eq!(names(&run), ["i"]);
    assert!(matches!(run.resume(&program, &mut exchange, counted), Advance::SectionEnd));
    run.enter(Section::Backend);
    assert!(matches!(run.advance(&program, &mut exchange), Advance::Perform(Effect::Forward(_))));
    assert!(matches!(run.resume(&program, &mut exchange, Outcome::Forwarded), Advance::SectionEnd));
    run.enter(Section::Outbound);
    assert!(matches!(run.advance(&program, &mut exchange), Advance::SectionEnd));
    assert_eq!(names(&run), ["i", "i2", "b", "b2", "o"]);
    assert!(
        matches!(run.advance(&program, &mut exchange), Advance::SectionEnd),
        "advancing at the end stays at the end"
    );
}

#[test]
fn an_error_skips_the_rest_and_runs_on_error_over_the_default_response() {
    let text = "<policies><inbound><ip-filter id='f' action='allow'><address>10.0.0.1</address></ip-filter>\
                <set-variable name='rest' value='1'/></inbound><outbound><set-variable name='out' value='1'/></outbound>\
                <on-error><set-header name='X-E'><value>1</value></set-header><set-variable name='err' value='1'/></on-error></policies>";
    let expected = [
        Expect::Response(403, "{ \"statusCode\": 403, \"message\": \"Forbidden\" }"),
        Expect::ResponseHeader("X-E", &["1"]),
        Expect::Variable("rest", None),
        Expect::Variable("out", None),
        Expect::Variable("err", Some("1")),
        Expect::EffectCount(0),
    ];
    check(text, MemoryExchange::get("/"), &expected);
}

#[test]
fn on_error_may_change_status_and_body() {
    let text = "<policies><inbound><ip-filter action='allow'><address>10.0.0.1</address></ip-filter></inbound>\
                <on-error><set-status code='404' reason='Nothing here'/><set-body>no</set-body></on-error></policies>";
    check(text, MemoryExchange::get("/"), &[Expect::Response(404, "no"), Expect::ReasonPhrase("Nothing here")]);
}

#[test]
fn an_error_inside_on_error_ends_there() {
    let deny = "<ip-filter action='allow'><address>10.0.0.1</address></ip-filter>";
    let (program, diagnostics) = compile_one(&format!(
        "<policies><inbound>{deny}</inbound><on-error><set-variable name='before' value='1'/></on-error></policies>"
    ));
    assert_eq!(diagnostics, []);
    let (mut run, mut exchange) = (Run::new(), MemoryExchange::get("/"));
    run.enter(Section::Inbound);
    assert!(matches!(run.advance(&program, &mut exchange), Advance::Failed));
    run.enter(Section::OnError);
    assert!(matches!(run.advance(&program, &mut exchange), Advance::SectionEnd));
    assert_eq!(run.variables().text("before"), Some("1"));
}

#[test]
fn an_outcome_of_the_wrong_kind_is_an_internal_error() {
    let (program, _) =
        compile_one("<policies><inbound><rate-limit calls='1' renewal-period='1'/></inbound></policies>");
    for (section, outcome) in [
        (Section::Inbound, Outcome::Forwarded),
        (Section::Backend, Outcome::Counted(CountResult { allowed: true, remaining: 0, retry_after_s: 0, which: 0 })),
    ] {
        let (mut run, mut exchange) = (Run::new(), MemoryExchange::get("/"));
        run.enter(section);
        assert!(matches!(run.advance(&program, &mut exchange), Advance::Perform(_)));
        assert!(matches!(run.resume(&program, &mut exchange, outcome), Advance::Failed));
        assert_eq!((exchange.status, String::from_utf8(exchange.response_body).unwrap().as_str()), (500, INTERNAL));
    }
}

#[test]
fn errors_from_outside_the_program_get_their_default_response() {
    let not_found = LastError::new("configuration", "OperationNotFound", "Resource not found");
    let body = "{ \"statusCode\": 404, \"message\": \"Resource not found\" }";
    assert_eq!(body.len(), 54);
    let failed = LastError::new("x", "y", "secret detail");
    for (status, error, expected) in [(404, not_found, body), (500, failed, INTERNAL)] {
        let (mut run, mut exchange) = (Run::new(), MemoryExchange::get("/"));
        exchange.set_status(201, "Created");
        run.enter(Section::Backend);
        run.fail(&mut exchange, status, error.clone());
        assert_eq!(exchange.status, status);
        assert_eq!(exchange.response_body, expected.as_bytes());
        assert_eq!(exchange.response_headers, [("Content-Type".to_owned(), b"application/json".to_vec())]);
        assert_eq!(run.last_error(), Some(&LastError { section: Some(Section::Backend), ..error }));
    }
}

#[test]
fn the_access_denied_bodies_have_their_recorded_lengths() {
    for (message, length) in [
        (
            "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.",
            152,
        ),
        (
            "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.",
            143,
        ),
    ] {
        let mut body = Vec::new();
        crate::write_error_body(&mut body, 401, message);
        assert_eq!(body.len(), length);
    }
}

#[test]
fn a_reset_run_remembers_nothing() {
    let text = "<policies><inbound><set-variable name='a' value='1'/><cors><allowed-origins><origin>*</origin></allowed-origins>\
                <allowed-headers><header>*</header></allowed-headers></cors>\
                <ip-filter action='allow'><address>10.0.0.1</address></ip-filter></inbound></policies>";
    let (program, _) = compile_one(text);
    let mut run = Run::new();
    let mut exchange = MemoryExchange::get("/").header_line("Origin", "https://a");
    run.advance(&program, &mut exchange);
    assert!(run.last_error().is_some() && run.variables().get("a").is_some());
    run.reset();
    assert!(run.last_error().is_none() && run.variables().get("a").is_none());
    assert_eq!(run.section(), Section::Inbound);
    let mut other = MemoryExchange::get("/");
    run.finish(&mut other);
    assert!(other.response_headers.is_empty());
}

#[test]
fn two_requests_on_one_run_do_not_mix() {
    let text = "<policies><inbound><set-variable name='a' value='1'/></inbound></policies>";
    let (program, _) = compile_one(text);
    let (nothing, _) = compile_one("<policies/>");
    let mut run = Run::new();
    drive(&program, &mut MemoryExchange::get("/"), &mut run);
    run.reset();
    drive(&nothing, &mut MemoryExchange::get("/"), &mut run);
    assert_eq!(run.variables().iter().count(), 0);
}

#[test]
fn a_run_whose_caller_is_gone_fails_at_the_policy_that_waited() {
    let text = "<policies><inbound><retry condition='@(true)' count='9' interval='1'><send-request id='s' response-variable-name='r'>\
                <set-url>http://h/</set-url></send-request></retry></inbound>\
                <on-error><set-variable name='err' value='@(context.LastError.Reason)'/></on-error></policies>";
    let (program, diagnostics) = compile_one(text);
    assert_eq!(diagnostics, []);
    let (mut run, mut exchange) = (Run::new(), MemoryExchange::get("/"));
    run.enter(Section::Inbound);
    assert!(matches!(run.advance(&program, &mut exchange), Advance::Perform(Effect::Send(_))));
    run.abandon(&program, &mut exchange);
    let error = run.last_error().unwrap();
    assert_eq!((&*error.source, &*error.reason), ("send-request", "ClientConnectionFailure"));
    assert_eq!((error.section, error.policy_id.as_deref()), (Some(Section::Inbound), Some("s")));
    run.enter(Section::OnError);
    assert!(matches!(run.advance(&program, &mut exchange), Advance::SectionEnd));
    assert_eq!(run.variables().iter().filter(|(name, _)| *name == "err").count(), 1);
    // Where no policy waited.
    run.reset();
    run.enter(Section::Outbound);
    run.abandon(&program, &mut exchange);
    assert_eq!(run.last_error().map(|error| &*error.reason), Some("ClientConnectionFailure"));
}
