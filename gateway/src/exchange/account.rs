//! The end of an exchange: metrics and its line in the access log.

use std::time::Instant;

use postern_http::{BodyLength, Version};
use postern_policy::{Exchange as _, LastError, Run};

use super::{Exchange, Fate};
use crate::io::Socket;
use crate::observe::access_log::{AccessRecord, LogError};
use crate::observe::metrics::{Counter, Outcome, RequestSample};
use crate::worker::micros;

/// What a caller's connection had moved at some moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traffic {
    received: u64,
    sent: u64,
}

impl Traffic {
    pub(super) fn of(socket: &Socket) -> Self {
        Self { received: socket.reader.total(), sent: socket.writer.total() }
    }
}

/// Counts and logs the exchange.
pub(super) fn account(exchange: &mut Exchange<'_>, run: &Run, before: Traffic, caller: &Socket, fate: Fate) {
    let ended = Instant::now();
    let times = exchange.times;
    let total_us = micros(ended.saturating_duration_since(times.began));
    let backend_ended = times.backend_ended.unwrap_or(ended);
    let backend_us = times.backend_began.map(|began| micros(backend_ended.saturating_duration_since(began)));
    let after = Traffic::of(caller);
    let response_bytes = after.sent.saturating_sub(before.sent);
    let received_later = after.received.saturating_sub(before.received);
    // A caller that is gone before the first byte got no status.
    let status = if fate == Fate::Abort && response_bytes == 0 { 0 } else { exchange.response.status };
    let context = exchange.context;
    if fate == Fate::Abort && exchange.outcome == Outcome::ClientError {
        context.metrics.count(Counter::RequestsAborted);
    }
    context.metrics.request(&RequestSample {
        series: exchange.found.series(),
        status,
        outcome: exchange.outcome,
        total_us,
        backend_us,
    });
    for quota in run.bandwidth() {
        let bytes = request_bytes(exchange, received_later).saturating_add(response_bytes);
        context.shared.quotas.add_bytes(quota, bytes, context.clock.unix_s());
    }
    let mut log = context.log.borrow_mut();
    if log.enabled() {
        let mut record = record(exchange, run, total_us, backend_us);
        if fate == Fate::Abort && exchange.outcome == Outcome::ClientError {
            record.last_error.get_or_insert(LogError { elapsed_us: total_us, ..CALLER_GONE });
        }
        record.status = status;
        record.response_bytes = response_bytes;
        record.request_bytes = request_bytes(exchange, received_later);
        log.record(&record);
    }
}

fn record<'e>(exchange: &'e Exchange<'_>, run: &'e Run, total_us: u64, backend_us: Option<u64>) -> AccessRecord<'e> {
    let bytes = exchange.bytes;
    let head = exchange.head;
    let snapshot = &exchange.active.snapshot;
    let product = exchange.found.api().zip(exchange.grant.product).map(|(api, product)| snapshot.product(api, product));
    AccessRecord {
        unix_us: exchange.context.clock.unix_us(exchange.times.began),
        total_us,
        backend_us: backend_us.unwrap_or(0),
        client_us: 0,
        request_id: exchange.request_id,
        caller_ip: exchange.peer.text(),
        region: &snapshot.service().region,
        method: head.method_range.of(bytes),
        scheme: exchange.peer.scheme(),
        host: head.authority.of(bytes),
        target: head.target_range.of(bytes),
        api: exchange.api_id(),
        api_revision: exchange.api.map_or("", |api| api.revision()),
        operation: exchange.operation_id(),
        names_in_json: exchange.operation.map_or(&[], |operation| operation.names_in_json()),
        product: product.map_or("", |product| product.id()),
        subscription: exchange.subscription_id().unwrap_or(""),
        client_protocol: Some(head.version),
        backend_protocol: backend_us.map(|_| Version::Http11),
        backend_method: if backend_us.is_some() { exchange.method() } else { b"" },
        backend_url: &exchange.work.url,
        backend_status: exchange.backend_status,
        key_query_name: exchange.api.map_or(b"", |api| api.key_query().as_bytes()),
        last_error: run.last_error().map(|error| log_error(error, total_us)),
        ..AccessRecord::default()
    }
}

/// In the log where no policy was under way that could have failed: while the response was sent. APIM's name for that is the source.
const CALLER_GONE: LogError<'static> = LogError {
    elapsed_us: 0,
    source: "transfer-response",
    reason: "ClientConnectionFailure",
    message: "The client closed the connection.",
    section: "",
    scope: "",
    policy_id: "",
};

/// Head and body as received.
fn request_bytes(exchange: &Exchange<'_>, received_later: u64) -> u64 {
    let head = exchange.head.len as u64;
    match exchange.head.body {
        BodyLength::None => head,
        BodyLength::Exact(length) => head + length,
        BodyLength::Chunked | BodyLength::UntilClose => exchange.bytes.len() as u64 + received_later,
    }
}

fn log_error(error: &LastError, elapsed_us: u64) -> LogError<'_> {
    LogError {
        elapsed_us,
        source: &error.source,
        reason: &error.reason,
        message: &error.message,
        section: error.section.map_or("", |section| section.as_str()),
        scope: error.scope.map_or("", |scope| scope.as_str()),
        policy_id: error.policy_id.as_deref().unwrap_or(""),
    }
}
