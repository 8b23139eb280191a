//! A gateway in front of a recording origin, and cases that are run against it.

use postern_tests::client::{Client, Fate, Response};
use postern_tests::driver::Driver;
use postern_tests::gateway::Gateway;
use postern_tests::origin::{Conversation, Origin, Seen, Then};
use postern_tests::service::{Configuration, open_api};
use postern_tests::wait;

/// What a second request hidden in a first one looks like. The origin must never see it.
pub(crate) const HIDDEN: &str = "GET /a/hidden HTTP/1.1\r\nHost: gateway.test\r\n\r\n";

/// The API `a` takes every path and forwards it without the prefix `/a`.
pub(crate) struct Front {
    pub(crate) gateway: Gateway,
    pub(crate) origin: Origin,
}

impl Front {
    /// The origin answers 200 `ok` after each request's body.
    pub(crate) fn start(driver: Driver) -> Self {
        Self::with(driver, |_, conversation| conversation.ok(b"ok"))
    }

    pub(crate) fn with(
        driver: Driver,
        answer: impl Fn(&Seen, &mut Conversation) -> Then + Send + Sync + 'static,
    ) -> Self {
        let origin = Origin::with(answer);
        let gateway = Gateway::with(driver, &Configuration::of(open_api("a", &origin.url())));
        Front { gateway, origin }
    }

    /// The exact bytes of a forwarded request: the caller's header lines in their order with the origin's Host in
    /// the place of the caller's, then what the gateway adds.
    pub(crate) fn forwarded(&self, request_line: &str, lines: &[&str], body: &str) -> String {
        self.forwarded_for("gateway.test", request_line, lines, body)
    }

    /// As [`Front::forwarded`], for a caller that named another host.
    pub(crate) fn forwarded_for(&self, host: &str, request_line: &str, lines: &[&str], body: &str) -> String {
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        format!(
            "{request_line} HTTP/1.1\r\nHost: {}\r\n{lines}X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n\
             X-Forwarded-Host: {host}\r\n\r\n{body}",
            self.origin.address()
        )
    }
}

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Expect {
    /// This status, the connection closed in order, and the origin saw nothing.
    Refused(u16),
    /// This status and the connection closed in order; of the request the origin saw nothing or an upload that broke
    /// off, never a whole request.
    BrokenOff(u16),
    /// 200; the origin saw exactly these bytes; the connection takes the next request.
    Served(String),
    /// As `Served`, and the connection is closed in order.
    ServedThenClosed(String),
    /// 200 for the first request, of which the origin saw exactly these bytes; what follows it gets this status and the
    /// connection is closed in order.
    ServedThenRefused(String, u16),
}

/// One request and what is to become of it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) what: String,
    pub(crate) request: Vec<u8>,
    pub(crate) expect: Expect,
}

impl Case {
    pub(crate) fn new(what: &str, request: impl Into<Vec<u8>>, expect: Expect) -> Self {
        Case { what: what.to_owned(), request: request.into(), expect }
    }
}

/// Runs every case on a connection of its own and reports all that failed.
pub(crate) fn run_cases(front: &Front, cases: &[Case]) {
    let mut failures = Vec::new();
    for case in cases {
        front.origin.clear();
        if let Err(failure) = run_case(front, case) {
            failures.push(format!("{}: {failure}", case.what));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
    let hidden = front.origin.seen().into_iter().find(|seen| seen.text().contains("hidden"));
    assert_eq!(hidden, None);
}

fn run_case(front: &Front, case: &Case) -> Result<(), String> {
    let mut client = front.gateway.client();
    client.send_as_far_as_possible(&case.request);
    let method = if case.request.starts_with(b"HEAD ") { "HEAD" } else { "GET" };
    let response = client.try_read_response_to(method).map_err(|error| format!("no response: {error}"))?;
    match &case.expect {
        Expect::Refused(status) => {
            refused(&response, *status, &mut client)?;
            probe(front)?;
            let seen: Vec<String> = front.origin.seen().iter().map(Seen::text).collect();
            let only_probe = seen.len() == 1 && seen[0].starts_with("GET /probe ");
            if only_probe { Ok(()) } else { Err(format!("the origin saw {seen:?}")) }
        }
        Expect::BrokenOff(status) => {
            refused(&response, *status, &mut client)?;
            // The origin learns of the end when its connection is closed, which may be after the caller's answer.
            wait::until("the upload broken off at the origin", || {
                front.origin.seen().iter().all(|seen| seen.stray).then_some(())
            });
            probe(front)
        }
        Expect::Served(bytes) => {
            ok(&response)?;
            client.send(b"GET /a/next HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
            let next = client.try_read_response_to("GET");
            let next = next.map_err(|error| format!("no second response after {:?}: {error}", response.head))?;
            ok(&next)?;
            saw(front, &[bytes, &front.forwarded("GET /next", &[], "")])
        }
        Expect::ServedThenClosed(bytes) => {
            ok(&response)?;
            closed(&mut client)?;
            saw(front, &[bytes])
        }
        Expect::ServedThenRefused(bytes, status) => {
            ok(&response)?;
            let next = client.try_read_response_to("GET").map_err(|error| format!("no second response: {error}"))?;
            refused(&next, *status, &mut client)?;
            saw(front, &[bytes])
        }
    }
}

fn ok(response: &Response) -> Result<(), String> {
    if response.status == 200 { Ok(()) } else { Err(format!("not 200: {} {}", response.head, response.text())) }
}

fn refused(response: &Response, status: u16, client: &mut Client) -> Result<(), String> {
    if response.status != status {
        return Err(format!("{} instead of {status}: {}", response.status, response.text()));
    }
    if response.header("connection") != Some("close") {
        return Err(format!("no `connection: close`: {}", response.head));
    }
    closed(client)
}

fn closed(client: &mut Client) -> Result<(), String> {
    let (rest, fate) = client.read_to_end();
    if rest.is_empty() && fate == Fate::Closed {
        return Ok(());
    }
    Err(format!("{fate:?} after {:?}", String::from_utf8_lossy(&rest)))
}

fn probe(front: &Front) -> Result<(), String> {
    ok(&front.gateway.get("/a/probe", &[]))
}

fn saw(front: &Front, expected: &[&String]) -> Result<(), String> {
    let seen = front.origin.seen();
    let texts: Vec<String> = seen.iter().map(Seen::text).collect();
    if texts.iter().eq(expected.iter().copied()) && !seen.iter().any(|seen| seen.stray) {
        return Ok(());
    }
    Err(format!("the origin saw\n  {texts:?} instead of\n  {expected:?}"))
}
