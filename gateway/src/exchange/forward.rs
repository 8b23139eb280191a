//! The effect every request is about: send it to the backend and get the head of its response.
//!
//! What must hold: a request is sent a second time only when a second processing does no harm (reused connection, nothing
//! answered, idempotent method, body in hand), and never with the promise of a body that went to an earlier backend; path
//! and query go out as they were matched; what policies set wins over what was received.

use std::rc::Rc;
use std::time::{Duration, Instant};

use postern_http::{
    Authority, BodyDecoder, BodyLength, ForwardHeaders, Method, RequestLine, Trust, Version, WriteError,
    write_request_head,
};
use postern_policy::{
    Exchange as _, ForwardFailure, ForwardOptions, LastError, Outcome as EffectOutcome, Program, Run, Section, Side,
};

use super::call::{Answer, Call, CallError};
use super::intake::Intake;
use super::serve::After;
use super::upload::{Plan, UploadError};
use super::{Backend, Content, Exchange, Response, Source, Target, body, redirect};
use crate::client::{self, ConnectError};
use crate::io::{Socket, goes_apart};
use crate::observe::metrics::{Counter, Outcome};
use crate::snapshot::Upstream;
use crate::worker::Cut;

/// A caller that waits for `100 Continue` gets it from us when the backend has not said so by then.
const CONTINUE_TIMEOUT: Duration = Duration::from_secs(1);
/// Redirects followed for one request (`follow-redirects`); browsers stop at 20 as well.
const REDIRECTS_MAX: u32 = 20;

/// The backend section of a program that does nothing but forward, without the policy machine.
pub(super) async fn forward_only(
    exchange: &mut Exchange<'_>,
    run: &mut Run,
    program: &Program,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    options: &ForwardOptions,
) -> After {
    let Err(failure) = forward(exchange, socket, intake, options).await else { return After::Section };
    // Only now the machine is needed: it knows the error response and `LastError` of the policy.
    run.enter(Section::Backend);
    let _ = run.advance(program, exchange);
    let _ = run.resume(program, exchange, EffectOutcome::ForwardFailed(failure));
    exchange.judge_failure(run);
    After::Error
}

/// Sends the request and makes the backend's response the exchange's response.
pub(super) async fn forward(
    exchange: &mut Exchange<'_>,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    options: &ForwardOptions,
) -> Result<(), ForwardFailure> {
    discard_backend(exchange);
    let now = Instant::now();
    exchange.times.attempt_began = now;
    exchange.times.backend_began.get_or_insert(now);
    let result = forward_and_follow(exchange, socket, intake, options).await;
    exchange.times.backend_ended = Some(Instant::now());
    if let Err(failure) = &result {
        tracing::debug!(?failure, url = %String::from_utf8_lossy(&exchange.work.url), "no response from the backend");
    }
    result
}

/// What an earlier `forward-request` brought is given up.
fn discard_backend(exchange: &mut Exchange<'_>) {
    if let Some(backend) = exchange.backend.take() {
        exchange.context.buffers.give_back(backend.received);
    }
}

async fn forward_and_follow(
    exchange: &mut Exchange<'_>,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    options: &ForwardOptions,
) -> Result<(), ForwardFailure> {
    if options.buffer_request_body {
        Box::pin(buffer_body(exchange, socket, intake)).await?;
        exchange.times.attempt_began = Instant::now();
    }
    let mut redirects = 0;
    loop {
        forward_once(exchange, socket, intake, options).await?;
        let follow = options.follow_redirects && redirects < REDIRECTS_MAX;
        if !follow || !redirect::turn_to(exchange, intake) {
            return Ok(());
        }
        redirects += 1;
        exchange.times.attempt_began = Instant::now();
        discard_backend(exchange);
    }
}

/// Which body goes with the request, and when.
enum Sending<'i> {
    /// With the head.
    InHand(&'i [u8]),
    /// As it arrives, in this framing.
    Streamed(BodyLength),
}

async fn forward_once(
    exchange: &mut Exchange<'_>,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    options: &ForwardOptions,
) -> Result<(), ForwardFailure> {
    let chosen;
    let upstream = match &exchange.target {
        Target::Configured(upstream) => *upstream,
        Target::Url(upstream) => {
            chosen = Rc::clone(upstream);
            &*chosen
        }
        Target::Unusable(why) => return Err(ForwardFailure::Connection((*why).to_owned())),
    };
    let over = exchange.via.as_ref().map(|via| Box::new(upstream.over(via)));
    let upstream = over.as_deref().unwrap_or(upstream);
    let sending = plan_body(exchange, intake)?;
    let (backend_socket, answer) = attempt(exchange, socket, intake, options, upstream, &sending).await?;
    exchange.backend_status = Some(exchange.response_head.status);
    exchange.response = Response {
        source: Source::Backend,
        content: Content::Backend,
        status: exchange.response_head.status,
        status_set: false,
    };
    exchange.outcome = Outcome::Forwarded;
    if exchange.work.is_changed {
        exchange.work.changes.response_content = None;
        exchange.work.changes.response_edits.clear();
    }
    exchange.backend = Some(Backend {
        socket: backend_socket,
        upstream: upstream.id,
        received: answer.received,
        upload: answer.upload,
        body_read: None,
    });
    Ok(())
}

fn plan_body<'i>(exchange: &Exchange<'_>, intake: &mut Intake<'i>) -> Result<Sending<'i>, ForwardFailure> {
    if exchange.replaced.body {
        return Ok(Sending::InHand(&[]));
    }
    if intake.is_gone() {
        return Err(gone());
    }
    let max = exchange.context.settings.limits.body_bytes_max;
    if let (BodyLength::Exact(length), Some(max)) = (intake.length(), max)
        && length > max
    {
        return Err(too_large());
    }
    Ok(match (intake.take_complete(), intake.length()) {
        (Some(body), _) => Sending::InHand(body),
        (None, BodyLength::Exact(length)) => Sending::Streamed(BodyLength::Exact(length)),
        (None, _) => Sending::Streamed(BodyLength::Chunked),
    })
}

/// Writes request line, headers and a complete body to `out`, but for one of policies that [`goes_apart`].
fn compose(
    exchange: &mut Exchange<'_>,
    upstream: &Upstream,
    sending: &Sending<'_>,
    expects_continue: bool,
    out: &mut Vec<u8>,
) -> Result<(), WriteError> {
    let path_start = compose_url(exchange, upstream);
    for (name, value) in &upstream.credentials.headers {
        if let Err(error) = exchange.work.change().request_edits.set(name.as_bytes(), value) {
            exchange.fault = Some(format!("the credential header {name} of the backend cannot be set: {error}"));
        }
    }
    let own_body = exchange.replaced.body;
    let body = match sending {
        Sending::InHand(_) if own_body => BodyLength::Exact(exchange.work.changes.request_body.len() as u64),
        // A request that came with a length of zero goes out with one.
        Sending::InHand([]) if exchange.head.body == BodyLength::None => BodyLength::None,
        Sending::InHand(body) => BodyLength::Exact(body.len() as u64),
        Sending::Streamed(framing) => *framing,
    };
    let settings = &exchange.context.settings;
    let headers = ForwardHeaders {
        host: match exchange.edits(Side::Request).added(b"host") {
            Some(host) => Authority::of(host)?,
            None => upstream.host_header.get(),
        },
        body,
        expect_continue: expects_continue && matches!(sending, Sending::Streamed(_)),
        upgrade: false,
        forwarded_for: Some(exchange.peer.text()),
        forwarded_proto: Some(exchange.peer.scheme().as_str().as_bytes()),
        forwarded_host: Some(exchange.head.authority.of(exchange.bytes)),
        trust: if settings.forwarded_proto { Trust::Keep } else { Trust::Replace },
    };
    let method: &[u8] = exchange.method();
    let path_and_query = exchange.work.url.get(path_start..).unwrap_or_default();
    let line = RequestLine { method, path_and_query };
    write_request_head(out, exchange.bytes, exchange.head, &line, exchange.edits(Side::Request), &headers)?;
    match sending {
        Sending::InHand(_) if own_body && goes_apart(&exchange.work.changes.request_body) => {}
        Sending::InHand(_) if own_body => out.extend_from_slice(&exchange.work.changes.request_body),
        Sending::InHand(body) => out.extend_from_slice(body),
        Sending::Streamed(_) => {}
    }
    Ok(())
}

/// Writes the absolute URL to `work.url`; where its path begins.
fn compose_url(exchange: &mut Exchange<'_>, upstream: &Upstream) -> usize {
    let mut url = std::mem::take(&mut exchange.work.url);
    url.clear();
    url.extend_from_slice(&upstream.origin);
    let path_start = url.len();
    url.extend_from_slice(&upstream.base_path);
    url.extend_from_slice(if exchange.replaced.path { &exchange.work.changes.path } else { exchange.received_path() });
    if url.len() == path_start {
        url.push(b'/');
    }
    let query = exchange.query();
    if !query.is_empty() || (exchange.head.has_query && !exchange.replaced.query) {
        url.push(b'?');
        url.extend_from_slice(query);
    }
    if !upstream.credentials.query.is_empty() {
        url.push(if query.is_empty() { b'?' } else { b'&' });
        url.extend_from_slice(&upstream.credentials.query);
    }
    exchange.work.url = url;
    path_start
}

/// Sends the request, on a pooled connection if there is one, and once more on a new one if that one had died.
async fn attempt(
    exchange: &mut Exchange<'_>,
    caller: &mut Socket,
    intake: &mut Intake<'_>,
    options: &ForwardOptions,
    upstream: &Upstream,
    sending: &Sending<'_>,
) -> Result<(Box<Socket>, Answer), ForwardFailure> {
    let context = exchange.context;
    let limits = &context.settings.limits;
    let timeout = context.within_total(exchange.times.began, Duration::from_millis(options.timeout_ms));
    let method = Method::of(exchange.method());
    let stream = match sending {
        Sending::Streamed(to) => Some(*to),
        Sending::InHand(_) => None,
    };
    let mut pooled = context.pools.take(upstream.id, exchange.times.attempt_began);
    loop {
        let reused = pooled.is_some();
        let mut backend = match pooled.take() {
            Some(socket) => {
                context.metrics.count(Counter::UpstreamReuses);
                socket
            }
            // In a box, as everything that is large and seldom: see decisions/0013.
            None => {
                let socket = Box::pin(client::connect(context, upstream)).await;
                Box::new(socket.map_err(|error| connect_failure(&error))?)
            }
        };
        let mut request = context.buffers.small();
        compose(exchange, upstream, sending, intake.expects_continue(), &mut request)
            .map_err(|error| internal(format!("the request cannot be written: {error}")))?;
        client::proxy::address(&mut request, upstream);
        let is_apart = exchange.replaced.body && goes_apart(&exchange.work.changes.request_body);
        let mut call = Call {
            context,
            caller: &mut *caller,
            backend: &mut backend,
            intake: &mut *intake,
            stream: stream.map(|to| Plan {
                from: exchange.head.body,
                to,
                backend_patience: timeout,
                bytes_max: limits.body_bytes_max,
            }),
            body: if is_apart { std::mem::take(&mut exchange.work.change().request_body) } else { Vec::new() },
            caller_version: exchange.head.version,
            method,
            timeout,
            continue_timeout: options.continue_timeout_ms.map_or(CONTINUE_TIMEOUT, Duration::from_millis),
        };
        let answer = call.run(request, exchange.response_head).await;
        if is_apart {
            // For another attempt, and for policies.
            exchange.work.change().request_body = call.body;
        }
        match answer {
            Ok(answer) => return Ok((backend, answer)),
            Err(CallError::Unanswered(_)) if reused && stream.is_none() && is_idempotent(method) => {
                context.metrics.count(Counter::UpstreamRetries);
            }
            Err(error) => return Err(call_failure(error)),
        }
    }
}

/// RFC 9110 section 9.2.2: may be repeated by a proxy of its own accord.
fn is_idempotent(method: Method) -> bool {
    matches!(method, Method::Get | Method::Head | Method::Put | Method::Delete | Method::Options | Method::Trace)
}

/// Reads the body to its end and holds it, within the limit: `buffer-request-body`, and policies that look at it.
pub(super) async fn buffer_body(
    exchange: &mut Exchange<'_>,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
) -> Result<(), ForwardFailure> {
    if exchange.replaced.body || matches!(intake.length(), BodyLength::None) {
        return Ok(());
    }
    if intake.is_gone() {
        return Err(gone());
    }
    let context = exchange.context;
    let limits = &context.settings.limits;
    if intake.expects_continue() && exchange.head.version == Version::Http11 {
        let (told, _) = socket.writer.write_all(postern_http::CONTINUE.to_vec()).await;
        told.map_err(|_| ForwardFailure::ClientGone)?;
    }
    let mut decoder = BodyDecoder::new(intake.length());
    let mut buffer = context.buffers.large();
    buffer.extend_from_slice(intake.received());
    intake.hand_over();
    let body = &mut exchange.work.change().request_body;
    body.clear();
    loop {
        let mut position = 0;
        let done = body::transcode(&mut decoder, &buffer, &mut position, BodyLength::UntilClose, body)
            .map_err(|error| call_failure(CallError::Upload(UploadError::Malformed(error))))?;
        if body.len() > limits.buffered_body_bytes_max {
            return Err(too_large());
        }
        if done {
            intake.finish(buffer.get(position..).unwrap_or_default().to_vec());
            break;
        }
        buffer.clear();
        socket.arm(&context.wheel, limits.body_timeout, Cut::Reading);
        let (result, returned) = socket.reader.read(buffer).await;
        buffer = returned;
        if !matches!(result, Ok(count) if count > 0) {
            let error = if socket.expired() { UploadError::CallerStalled } else { UploadError::CallerGone };
            return Err(call_failure(CallError::Upload(error)));
        }
    }
    socket.disarm();
    context.buffers.give_back(buffer);
    exchange.replaced.body = true;
    Ok(())
}

fn connect_failure(error: &ConnectError) -> ForwardFailure {
    ForwardFailure::Connection(error.to_string())
}

fn call_failure(error: CallError) -> ForwardFailure {
    match error {
        CallError::TimedOut => ForwardFailure::Timeout,
        CallError::Unanswered(error) => {
            ForwardFailure::Connection(format!("the backend closed the connection without an answer: {error}"))
        }
        CallError::BrokenOff => bad_gateway("the backend closed the connection within the head of its response"),
        CallError::Malformed(error) => bad_gateway(&format!("the backend's response is malformed: {error}")),
        CallError::TooManyInterim => bad_gateway("the backend sent too many interim responses"),
        CallError::UnaskedUpgrade => bad_gateway("the backend switched protocols unasked"),
        CallError::CallerGone => ForwardFailure::ClientGone,
        CallError::Upload(UploadError::CallerGone) => ForwardFailure::ClientGone,
        CallError::Upload(UploadError::CallerStalled) => {
            caller_failure(408, "The request body did not arrive in time.")
        }
        CallError::Upload(UploadError::Malformed(error)) => {
            caller_failure(400, &format!("The request body is malformed: {error}"))
        }
        CallError::Upload(UploadError::TooLarge) => too_large(),
        CallError::Upload(UploadError::Backend(error)) => {
            ForwardFailure::Connection(format!("the backend stopped taking the request body: {error}"))
        }
    }
}

/// A response that cannot be understood is a 502 (RFC 9110 section 15.6.3); APIM has no case of its own for it.
fn bad_gateway(message: &str) -> ForwardFailure {
    tracing::warn!(message, "bad response from a backend");
    ForwardFailure::Other {
        status: 502,
        error: LastError::new(
            "forward-request",
            "BackendConnectionFailure",
            "The backend's response could not be used.",
        ),
    }
}

fn caller_failure(status: u16, message: &str) -> ForwardFailure {
    ForwardFailure::Other {
        status,
        error: LastError::new("forward-request", "ClientConnectionFailure", message.to_owned()),
    }
}

pub(super) fn too_large() -> ForwardFailure {
    ForwardFailure::Other {
        status: 413,
        error: LastError::new("forward-request", "RequestBodyTooLarge", "The request body is too large."),
    }
}

/// The body was sent to a backend while it arrived, and nobody kept it.
fn gone() -> ForwardFailure {
    const MESSAGE: &str = "The request body was sent to a backend already and cannot be read again; \
                           `buffer-request-body=\"true\"` of `forward-request` keeps it.";
    ForwardFailure::Other { status: 500, error: LastError::new("forward-request", "RequestBodyConsumed", MESSAGE) }
}

fn internal(message: String) -> ForwardFailure {
    ForwardFailure::Other { status: 500, error: LastError::new("forward-request", "InternalError", message) }
}
