//! Answers that need no configuration: refused requests, the status endpoint, and "not configured".

use std::rc::Rc;
use std::time::Instant;

use postern_http::{ConnectionHeader, HeaderEdits, LocalResponse, Method, RequestError, Version, write_local_response};
use postern_policy::write_error_body;

use super::intake::{Intake, Rest};
use super::{Fate, Scratch};
use crate::connection::Connection;
use crate::observe::access_log::AccessRecord;
use crate::observe::metrics::{Counter, Outcome, RequestSample};
use crate::observe::readiness::{INTERNAL_STATUS_PATH, STATUS_PATH};
use crate::observe::series::SeriesId;
use crate::worker::{Context, Cut, micros};

/// Why a request's head was not accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    status: u16,
    reason: &'static str,
}

impl Refusal {
    /// The head did not arrive within the head timeout.
    pub(crate) const TOO_SLOW: Self = Self { status: 408, reason: "The request head did not arrive in time." };
    /// CONNECT: what follows its head is a tunnel's payload and must not be taken for requests.
    pub(super) const NO_TUNNELS: Self = Self { status: 501, reason: "Tunnels are not supported." };
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self { status: error.status(), reason: error.reason() }
    }
}

/// One answer that does not come from an exchange.
struct Answer<'a> {
    status: u16,
    body: &'a [u8],
    outcome: Outcome,
    keep_alive: bool,
    head: Option<&'a postern_http::RequestHead>,
}

/// Answers a request whose head is malformed, too long or late, and closes.
pub(crate) async fn refuse(context: &Rc<Context>, connection: &mut Connection, refusal: Refusal) -> Fate {
    let counter = if refusal.status == 408 { Counter::RequestTimeouts } else { Counter::ProtocolErrors };
    context.metrics.count(counter);
    let mut body = Vec::new();
    write_error_body(&mut body, refusal.status, refusal.reason);
    let answer =
        Answer { status: refusal.status, body: &body, outcome: Outcome::ClientError, keep_alive: false, head: None };
    send(context, connection, &answer).await
}

/// Whether the request is for the gateway itself (apim.md section 7.4). Costs a look at the first bytes.
pub(super) fn is_status_request(connection: &Connection, scratch: &Scratch) -> bool {
    let path = scratch.head.path.of(&connection.inbox);
    matches!(path.get(1), Some(b's' | b'i'))
        && (path == STATUS_PATH.as_bytes() || path == INTERNAL_STATUS_PATH.as_bytes())
        && matches!(scratch.head.method, Method::Get | Method::Head)
}

/// The status endpoint.
pub(super) async fn status(context: &Rc<Context>, connection: &mut Connection, scratch: &mut Scratch) -> Fate {
    let (status, body) = context.readiness.status_body();
    answer_head(context, connection, scratch, status, body.as_bytes(), Outcome::Local).await
}

/// There is no configuration to serve.
pub(super) async fn unavailable(context: &Rc<Context>, connection: &mut Connection, scratch: &mut Scratch) -> Fate {
    let body = context.readiness.unavailable_body();
    answer_head(context, connection, scratch, 503, body.as_bytes(), Outcome::GatewayError).await
}

async fn answer_head(
    context: &Rc<Context>,
    connection: &mut Connection,
    scratch: &mut Scratch,
    status: u16,
    body: &[u8],
    outcome: Outcome,
) -> Fate {
    scratch.work.reset();
    let head = &scratch.head;
    let rest = {
        let mut intake = Intake::new(head, &connection.inbox);
        match intake.skip() {
            Ok(true) => intake.rest(),
            _ => Rest::Unknown,
        }
    };
    let keep_alive = head.keep_alive && !context.is_draining() && !matches!(rest, Rest::Unknown);
    let answer = Answer { status, body, outcome, keep_alive, head: Some(head) };
    let fate = send(context, connection, &answer).await;
    super::serve::take_up(&mut connection.inbox, rest, fate)
}

async fn send(context: &Rc<Context>, connection: &mut Connection, answer: &Answer<'_>) -> Fate {
    let began = Instant::now();
    let response = LocalResponse {
        status: answer.status,
        reason: b"",
        headers: &[(b"Content-Type", b"application/json"), (b"Date", &context.clock.date())],
        edits: &HeaderEdits::default(),
        body: answer.body,
        head_only: answer.head.is_some_and(|head| head.method == Method::Head),
        tells_length: true,
        connection: match (answer.keep_alive, answer.head.map(|head| head.version)) {
            (true, Some(Version::Http10)) => ConnectionHeader::KeepAlive,
            (true, _) => ConnectionHeader::Implicit,
            (false, _) => ConnectionHeader::Close,
        },
    };
    let mut buffer = context.buffers.small();
    if write_local_response(&mut buffer, &response).is_err() {
        return Fate::Abort;
    }
    connection.socket.arm(&context.wheel, context.settings.limits.body_timeout, Cut::Both);
    let (result, buffer) = connection.socket.writer.write_all(buffer).await;
    connection.socket.disarm();
    record(context, connection, answer, began, buffer.len());
    context.buffers.give_back(buffer);
    match result {
        Err(_) => Fate::Abort,
        Ok(()) if answer.keep_alive => Fate::KeepAlive,
        Ok(()) => Fate::Close,
    }
}

fn record(context: &Context, connection: &Connection, answer: &Answer<'_>, began: Instant, sent: usize) {
    let total_us = micros(began.elapsed());
    context.metrics.request(&RequestSample {
        series: SeriesId::UNMATCHED,
        status: answer.status,
        outcome: answer.outcome,
        total_us,
        backend_us: None,
    });
    let bytes = &connection.inbox;
    context.log.borrow_mut().record(&AccessRecord {
        unix_us: context.clock.unix_us(began),
        total_us,
        request_id: context.next_request_id(),
        caller_ip: connection.peer.text(),
        method: answer.head.map_or(&[], |head| head.method_range.of(bytes)),
        scheme: connection.peer.scheme(),
        host: answer.head.map_or(&[], |head| head.authority.of(bytes)),
        target: answer.head.map_or(&[], |head| head.target_range.of(bytes)),
        status: answer.status,
        request_bytes: answer.head.map_or(0, |head| head.len as u64),
        response_bytes: sent as u64,
        client_protocol: answer.head.map(|head| head.version),
        ..AccessRecord::default()
    });
}
