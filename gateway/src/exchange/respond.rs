//! The response on its way to the caller: head and first bytes in one write, then the rest as it arrives.
//!
//! What must hold: the caller can tell a complete response from one that broke off (a body that ends early is never
//! closed properly); a backend connection goes back to its pool only when both messages on it are complete and nothing
//! came after; reading goes no faster than writing.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Instant;

use postern_http::{
    BodyDecoder, BodyError, BodyLength, ConnectionHeader, LocalResponse, Method, ResponseFraming, Version, WriteError,
    has_no_body, write_local_response, write_response_head,
};
use postern_policy::{ForwardFailure, Meter, Side, write_internal_error_body};

use super::intake::Intake;
use super::upload::{Upload, UploadError, Uploaded};
use super::{Backend, Content, Exchange, Fate, Source, body};
use crate::io::{LARGE_BYTES, Socket, Turns, goes_apart};
use crate::observe::metrics::Outcome;
use crate::worker::Cut;

/// Why a response did not get through.
enum Broken {
    Caller,
    Backend(String),
}

/// Sends the exchange's response.
pub(super) async fn respond(exchange: &mut Exchange<'_>, caller: &mut Socket, intake: &mut Intake<'_>) -> Fate {
    if let Some(fault) = exchange.fault.take() {
        tracing::error!(%fault, "a response could not be built");
        become_internal_error(exchange);
    }
    if let Some(backend) = &mut exchange.backend
        && let Err(broken) = settle_upload(caller, intake, backend).await
    {
        return break_off(exchange, broken);
    }
    // A body that is still on its way ends with the response, so the connection cannot be promised.
    let request_read = matches!(intake.skip(), Ok(true));
    let keep_alive = exchange.head.keep_alive && request_read && !exchange.context.is_draining();
    let result = match exchange.response.content {
        Content::Own => send_own(exchange, caller, keep_alive).await,
        Content::Backend => send_backend(exchange, caller, intake, keep_alive).await,
    };
    caller.disarm();
    match result {
        Ok(true) => Fate::KeepAlive,
        Ok(false) => Fate::Close,
        Err(broken) => break_off(exchange, broken),
    }
}

fn break_off(exchange: &mut Exchange<'_>, broken: Broken) -> Fate {
    exchange.outcome = match broken {
        Broken::Caller => Outcome::ClientError,
        Broken::Backend(reason) => {
            tracing::debug!(%reason, url = %String::from_utf8_lossy(&exchange.work.url), "a response broke off");
            Outcome::BackendError
        }
    };
    Fate::Abort
}

/// Looks whether an upload has ended by now, without waiting for it.
async fn settle_upload(caller: &mut Socket, intake: &mut Intake<'_>, backend: &mut Backend) -> Result<(), Broken> {
    if backend.upload.is_none() {
        return Ok(());
    }
    match alongside(pin!(std::future::ready(())), &mut backend.upload).await {
        ((), Some(uploaded)) => take_back(caller, intake, backend, uploaded),
        ((), None) => Ok(()),
    }
}

/// The 500 that tells nothing, in place of a response that cannot be sent.
fn become_internal_error(exchange: &mut Exchange<'_>) {
    use postern_policy::Exchange as _;
    let mut body = Vec::new();
    write_internal_error_body(&mut body, exchange.request_id());
    exchange.begin_response();
    exchange.set_status(500, "");
    exchange.set_header(Side::Response, "Content-Type", b"application/json");
    exchange.set_body(Side::Response, &body);
    exchange.outcome = Outcome::GatewayError;
}

fn connection_header(exchange: &Exchange<'_>, keep_alive: bool) -> ConnectionHeader {
    match (keep_alive, exchange.head.version) {
        (false, _) => ConnectionHeader::Close,
        (true, Version::Http11) => ConnectionHeader::Implicit,
        (true, Version::Http10) => ConnectionHeader::KeepAlive,
    }
}

/// A response whose body is in [`super::Work`].
async fn send_own(exchange: &mut Exchange<'_>, caller: &mut Socket, keep_alive: bool) -> Result<bool, Broken> {
    let mut out = exchange.context.buffers.small();
    if write_own(exchange, keep_alive, &mut out).is_err() {
        become_internal_error(exchange);
        // Nothing of this one comes from outside, so it can always be written.
        let _ = write_own(exchange, keep_alive, &mut out);
    }
    release_unread_backend(exchange);
    write(exchange, caller, out).await?;
    let has_body = exchange.head.method != Method::Head && !has_no_body(exchange.response.status);
    if has_body && goes_apart(&exchange.work.changes.response_body) {
        let body = std::mem::take(&mut exchange.work.change().response_body);
        caller.arm(&exchange.context.wheel, exchange.context.settings.limits.body_timeout, Cut::Both);
        let (result, body) = caller.writer.write_all(body).await;
        exchange.work.change().response_body = body;
        result.map_err(|_| Broken::Caller)?;
    }
    Ok(keep_alive)
}

/// Writes the head to `out`, and the body unless it [`goes_apart`].
fn write_own(exchange: &mut Exchange<'_>, keep_alive: bool, out: &mut Vec<u8>) -> Result<(), WriteError> {
    let connection = connection_header(exchange, keep_alive);
    let changes = &exchange.work.changes;
    let is_head = exchange.head.method == Method::Head;
    let head_only = is_head || goes_apart(&changes.response_body);
    // Where a policy made this one of the backend's body, which is empty for HEAD, nobody knows how long it would be for GET.
    let tells_length = !(is_head && exchange.backend.as_ref().is_some_and(|backend| backend.body_read.is_some()));
    match (&exchange.backend, exchange.response.source) {
        (Some(backend), Source::Backend) => {
            let status = exchange.response.status;
            let without_body = has_no_body(status);
            let length = changes.response_body.len() as u64;
            let framing = ResponseFraming {
                status,
                reason: reason(exchange, backend),
                body: if without_body { BodyLength::None } else { BodyLength::Exact(length) },
                tells_length,
                connection,
            };
            write_response_head(
                out,
                &backend.received,
                exchange.response_head,
                exchange.edits(Side::Response),
                &framing,
            )?;
            if !without_body && !head_only {
                out.extend_from_slice(&changes.response_body);
            }
            Ok(())
        }
        _ => write_local_response(
            out,
            &LocalResponse {
                status: exchange.response.status,
                reason: changes.reason.as_bytes(),
                headers: &[(b"Date", &exchange.context.clock.date())],
                edits: exchange.edits(Side::Response),
                body: &changes.response_body,
                head_only,
                tells_length,
                connection,
            },
        ),
    }
}

fn reason<'e>(exchange: &'e Exchange<'_>, backend: &'e Backend) -> &'e [u8] {
    if exchange.response.status_set {
        exchange.work.changes.reason.as_bytes()
    } else {
        exchange.response_head.reason.of(&backend.received)
    }
}

/// A backend whose body nobody wants: its connection is kept when the body is complete already.
fn release_unread_backend(exchange: &mut Exchange<'_>) {
    let Some(backend) = exchange.backend.take() else { return };
    if let Some(is_clean) = backend.body_read {
        return release(exchange, backend, is_clean);
    }
    let mut decoder = BodyDecoder::new(exchange.response_head.body);
    let mut position = exchange.response_head.len;
    let mut ignored = Vec::new();
    let to = BodyLength::UntilClose;
    let complete = body::transcode(&mut decoder, &backend.received, &mut position, to, &mut ignored) == Ok(true);
    let reusable = complete && position == backend.received.len();
    release(exchange, backend, reusable);
}

/// Back to the pool, or closed.
fn release(exchange: &Exchange<'_>, backend: Backend, clean: bool) {
    let context = exchange.context;
    backend.socket.disarm();
    context.buffers.give_back(backend.received);
    if clean && backend.upload.is_none() && exchange.response_head.keep_alive && !context.is_draining() {
        context.pools.put(backend.upstream, backend.socket, context.clock.coarse_now());
    }
}

/// Writes all of `out`, a buffer of the worker's.
async fn write(exchange: &Exchange<'_>, caller: &mut Socket, out: Vec<u8>) -> Result<(), Broken> {
    let context = exchange.context;
    caller.arm(&context.wheel, context.settings.limits.body_timeout, Cut::Both);
    let (result, out) = caller.writer.write_all(out).await;
    context.buffers.give_back(out);
    result.map_err(|_| Broken::Caller)
}

/// Reads the backend's body to its end and holds it, within the limit, where policies can look at it.
pub(super) async fn buffer_body(
    exchange: &mut Exchange<'_>,
    caller: &mut Socket,
    intake: &mut Intake<'_>,
) -> Result<(), ForwardFailure> {
    if exchange.response.content == Content::Own {
        return Ok(());
    }
    let Some(mut backend) = exchange.backend.take() else { return Ok(()) };
    // The head stays where its ranges point; the body is read into a buffer of its own.
    let head = std::mem::take(&mut backend.received);
    let mut body = std::mem::take(&mut exchange.work.change().response_body);
    body.clear();
    let result = read_whole(exchange, caller, intake, &mut backend, &head, &mut body).await;
    let rest = std::mem::replace(&mut backend.received, head);
    exchange.context.buffers.give_back(rest);
    exchange.work.change().response_body = body;
    exchange.backend = Some(backend);
    result?;
    exchange.response.content = Content::Own;
    Ok(())
}

async fn read_whole(
    exchange: &Exchange<'_>,
    caller: &mut Socket,
    intake: &mut Intake<'_>,
    backend: &mut Backend,
    head: &[u8],
    body: &mut Vec<u8>,
) -> Result<(), ForwardFailure> {
    let from = exchange.response_head.body;
    let to = BodyLength::UntilClose;
    let mut download = Download {
        decoder: BodyDecoder::with_limits(from, &exchange.context.http_limits),
        position: exchange.response_head.len,
        to,
        verbatim: false,
        turns: Turns::default(),
        came_later: false,
        meter: None,
    };
    let broken = |broken: Broken| match broken {
        Broken::Caller => ForwardFailure::ClientGone,
        Broken::Backend(message) => ForwardFailure::Connection(message),
    };
    let malformed = |error: BodyError| ForwardFailure::Connection(error.reason().to_owned());
    let mut ended =
        body::transcode(&mut download.decoder, head, &mut download.position, to, body).map_err(malformed)?;
    let mut is_clean = ended && download.position == head.len();
    while !ended {
        let limit = exchange.context.settings.limits.buffered_body_bytes_max;
        if body.len() > limit {
            let message = format!("the response body is longer than {limit} bytes and a policy needs it as a whole");
            return Err(ForwardFailure::Connection(message));
        }
        if download.read(exchange, caller, intake, backend).await.map_err(broken)? == 0 {
            download.decoder.end_of_stream().map_err(malformed)?;
            is_clean = false;
            break;
        }
        ended = download.fill(backend, body).map_err(broken)?;
        is_clean = download.position == backend.received.len() && from != BodyLength::UntilClose;
    }
    backend.body_read = Some(is_clean);
    Ok(())
}

/// The backend's response, with what policies changed of its head.
async fn send_backend(
    exchange: &mut Exchange<'_>,
    caller: &mut Socket,
    intake: &mut Intake<'_>,
    keep_alive: bool,
) -> Result<bool, Broken> {
    let Some(mut backend) = exchange.backend.take() else { return Err(Broken::Backend("no response".to_owned())) };
    let from = exchange.response_head.body;
    // HEAD, or a status without content, whatever the backend sent: a policy may have changed either.
    let without_body = exchange.head.method == Method::Head || has_no_body(exchange.response.status);
    let to = match from {
        _ if has_no_body(exchange.response.status) => BodyLength::None,
        // The backend was asked with HEAD, the caller did not.
        BodyLength::None if !without_body => BodyLength::Exact(0),
        BodyLength::Chunked | BodyLength::UntilClose if exchange.head.version == Version::Http11 => BodyLength::Chunked,
        BodyLength::Chunked | BodyLength::UntilClose => BodyLength::UntilClose,
        known => known,
    };
    let keep_alive = keep_alive && to != BodyLength::UntilClose;
    let mut out = exchange.context.buffers.small();
    let framing = ResponseFraming {
        status: exchange.response.status,
        reason: reason(exchange, &backend),
        body: to,
        tells_length: true,
        connection: connection_header(exchange, keep_alive),
    };
    let edits = exchange.edits(Side::Response);
    if write_response_head(&mut out, &backend.received, exchange.response_head, edits, &framing).is_err() {
        exchange.backend = Some(backend);
        become_internal_error(exchange);
        return send_own(exchange, caller, keep_alive).await;
    }
    if without_body {
        // There may be a body all the same: then nobody gets it.
        exchange.backend = Some(backend);
        release_unread_backend(exchange);
        return write(exchange, caller, out).await.map(|()| keep_alive);
    }
    let mut download = Download {
        decoder: BodyDecoder::with_limits(from, &exchange.context.http_limits),
        position: exchange.response_head.len,
        to,
        verbatim: body::is_verbatim(from, to),
        turns: Turns::default(),
        came_later: false,
        meter: exchange.meter.take(),
    };
    let result = download.run(exchange, caller, intake, &mut backend, out).await;
    exchange.meter = download.meter.take();
    if download.came_later {
        exchange.times.backend_ended = Some(Instant::now());
    }
    let unfinished_upload = backend.upload.is_some();
    let clean = result.is_ok() && download.position == backend.received.len() && from != BodyLength::UntilClose;
    release(exchange, backend, clean);
    result.map(|()| keep_alive && !unfinished_upload)
}

/// A response body under way.
struct Download {
    decoder: BodyDecoder,
    /// How much of the backend's buffer is used up.
    position: usize,
    to: BodyLength,
    verbatim: bool,
    turns: Turns,
    /// Whether some of it was not received with the head, so that the backend's time did not end with the head.
    came_later: bool,
    /// Is shown the body's bytes before they are sent.
    meter: Option<Box<Meter>>,
}

impl Download {
    /// Sends `out`, which holds the head, and the body.
    async fn run(
        &mut self,
        exchange: &Exchange<'_>,
        caller: &mut Socket,
        intake: &mut Intake<'_>,
        backend: &mut Backend,
        mut out: Vec<u8>,
    ) -> Result<(), Broken> {
        if self.verbatim && out.len() <= self.position {
            let start = self.put_before_body(exchange, backend, out);
            if self.pass(exchange, caller, backend, start).await? {
                return Ok(());
            }
            return self.pass_on(exchange, caller, intake, backend).await;
        }
        let mut done = self.fill(backend, &mut out)?;
        self.came_later = !done;
        write(exchange, caller, out).await?;
        if !done && self.verbatim {
            return self.pass_on(exchange, caller, intake, backend).await;
        }
        while !done {
            let mut out = exchange.context.buffers.large();
            done = self.receive(exchange, caller, intake, backend, &mut out).await?;
            write(exchange, caller, out).await?;
        }
        Ok(())
    }

    /// Puts a head that is not longer than the backend's where that stands, before the first bytes of the body, which need not be copied
    /// then; where it begins.
    fn put_before_body(&self, exchange: &Exchange<'_>, backend: &mut Backend, head: Vec<u8>) -> usize {
        let start = self.position.saturating_sub(head.len());
        if let Some(place) = backend.received.get_mut(start..self.position) {
            place.copy_from_slice(&head);
        }
        exchange.context.buffers.give_back(head);
        start
    }

    /// Appends what the backend's buffer holds of the body. `true`: it is complete.
    fn fill(&mut self, backend: &Backend, out: &mut Vec<u8>) -> Result<bool, Broken> {
        let meter = &mut self.meter;
        let see = |data: &[u8]| {
            if let Some(meter) = meter {
                meter.read(data);
            }
        };
        body::transcode_with(&mut self.decoder, &backend.received, &mut self.position, self.to, out, see)
            .map_err(|error| Broken::Backend(error.reason().to_owned()))
    }

    /// Reads until there is something to send.
    async fn receive(
        &mut self,
        exchange: &Exchange<'_>,
        caller: &mut Socket,
        intake: &mut Intake<'_>,
        backend: &mut Backend,
        out: &mut Vec<u8>,
    ) -> Result<bool, Broken> {
        while out.is_empty() {
            if self.read(exchange, caller, intake, backend).await? == 0 {
                self.decoder.end_of_stream().map_err(|error| Broken::Backend(error.reason().to_owned()))?;
                if self.to == BodyLength::Chunked {
                    out.extend_from_slice(postern_http::LAST_CHUNK);
                }
                return Ok(true);
            }
            if self.fill(backend, out)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Bodies whose bytes go out as they come: straight from the buffer they were read into, to the end.
    async fn pass_on(
        &mut self,
        exchange: &Exchange<'_>,
        caller: &mut Socket,
        intake: &mut Intake<'_>,
        backend: &mut Backend,
    ) -> Result<(), Broken> {
        loop {
            if self.read(exchange, caller, intake, backend).await? == 0 {
                return self.decoder.end_of_stream().map_err(|error| Broken::Backend(error.reason().to_owned()));
            }
            if self.pass(exchange, caller, backend, self.position).await? {
                return Ok(());
            }
        }
    }

    /// Sends what the backend's buffer holds from `start` to the end of the body. `true`: it is complete.
    async fn pass(
        &mut self,
        exchange: &Exchange<'_>,
        caller: &mut Socket,
        backend: &mut Backend,
        start: usize,
    ) -> Result<bool, Broken> {
        let context = exchange.context;
        let (range, done) = body::pass(&mut self.decoder, &backend.received, &mut self.position)
            .map_err(|error| Broken::Backend(error.reason().to_owned()))?;
        self.came_later |= !done;
        if let Some(meter) = &mut self.meter {
            meter.read(backend.received.get(range.clone()).unwrap_or_default());
        }
        caller.arm(&context.wheel, context.settings.limits.body_timeout, Cut::Both);
        let received = std::mem::take(&mut backend.received);
        let (result, received) = caller.writer.write_range(received, start, range.end).await;
        backend.received = received;
        result.map_err(|_| Broken::Caller)?;
        Ok(done)
    }

    /// One read into the backend's buffer, from its start. 0: the backend closed.
    async fn read(
        &mut self,
        exchange: &Exchange<'_>,
        caller: &mut Socket,
        intake: &mut Intake<'_>,
        backend: &mut Backend,
    ) -> Result<usize, Broken> {
        self.turns.next().await;
        let context = exchange.context;
        let mut buffer = std::mem::take(&mut backend.received);
        if buffer.capacity() < LARGE_BYTES {
            context.buffers.give_back(buffer);
            buffer = context.buffers.large();
        }
        buffer.clear();
        self.position = 0;
        // The caller's patience is not the issue while the backend is silent.
        caller.disarm();
        backend.socket.arm(&context.wheel, context.settings.limits.body_timeout, Cut::Both);
        let mut reader = backend.socket.take_reader();
        let ((result, buffer), uploaded) = alongside(pin!(reader.read(buffer)), &mut backend.upload).await;
        backend.socket.put_back_reader(reader);
        backend.received = buffer;
        if let Some(uploaded) = uploaded {
            take_back(caller, intake, backend, uploaded)?;
        }
        match result {
            Err(_) | Ok(0) if backend.socket.expired() => Err(Broken::Backend("nothing came in time".to_owned())),
            Ok(count) => Ok(count),
            Err(error) => Err(Broken::Backend(error.to_string())),
        }
    }
}

fn take_back(
    caller: &mut Socket,
    intake: &mut Intake<'_>,
    backend: &mut Backend,
    uploaded: Uploaded,
) -> Result<(), Broken> {
    caller.put_back_reader(uploaded.reader);
    backend.socket.put_back_writer(uploaded.writer);
    match uploaded.result {
        Ok(()) => intake.finish(uploaded.left_over),
        // The response is what counts now; the connections are closed after it.
        Err(UploadError::Backend(_) | UploadError::TooLarge) => {}
        Err(_) => return Err(Broken::Caller),
    }
    Ok(())
}

/// Awaits `future` while the upload goes on. The upload's end, if it came, is the second.
async fn alongside<F: Future>(mut future: Pin<&mut F>, upload: &mut Option<Upload>) -> (F::Output, Option<Uploaded>) {
    if upload.is_none() {
        return (future.await, None);
    }
    let mut ended = None;
    let output = poll_fn(|task| {
        if let Some(running) = upload.as_mut()
            && let Poll::Ready(uploaded) = running.future().poll(task)
        {
            ended = Some(uploaded);
            *upload = None;
        }
        future.as_mut().poll(task)
    })
    .await;
    (output, ended)
}
