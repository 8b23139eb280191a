//! Requests that policies send (`send-request` and others): the same connections, names, TLS and pools as for backends, but the response is read
//! as a whole.
//!
//! What must hold: nothing of it touches the caller's connection; a response is complete or an error; it has a limit; of one that nobody waits for no
//! more than its head is kept.

use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use postern_http::{
    BodyDecoder, BodyError, BodyLength, Header, Method, Parsed, ResponseHead, content_codings, is_field_value,
    is_request_target, is_token,
};
use postern_policy::{HttpRequest, HttpResponse, SendFailure};

use super::connect;
use crate::io::{Socket, goes_apart};
use crate::limits::{UNWANTED_BYTES_MAX, UNWANTED_WAIT};
use crate::observe::metrics::Counter;
use crate::snapshot::{Upstream, Via, without_user_info};
use crate::worker::{Active, Context, Cut};

/// Interim responses before the final one; more is a server that plays games.
const INTERIM_MAX: u32 = 16;

/// Why there is no response.
enum Failed {
    /// The connection ended before the first byte of a response.
    Unanswered(String),
    Other(String),
}

/// A request on its way out: its bytes up to the body, and the body, which is empty when it is among them.
struct Outgoing {
    head: Vec<u8>,
    body: Vec<u8>,
}

/// Sends a request and reads its response; of a one-way request only the status.
pub(crate) async fn send(
    context: &Rc<Context>,
    active: &Active,
    mut request: HttpRequest,
) -> Result<Box<HttpResponse>, SendFailure> {
    let body = request.body.take_if(|body| goes_apart(body));
    let request = &request;
    let failed = |message: String| SendFailure { timed_out: false, message: message.into() };
    let url = without_user_info(&request.url);
    let (location, query) = url.split_once('?').map_or((&*url, None), |(url, query)| (url, Some(query)));
    let upstream = upstream_of(active, location, request).map_err(|error| {
        // Where a URL cannot be taken apart, what stands before an `@` may be a password.
        let shown = if url.contains('@') { "the URL" } else { location };
        failed(format!("{shown}: {error}"))
    })?;
    let head = compose(&upstream, query, request, body.as_deref()).map_err(failed)?;
    let outgoing = Outgoing { head, body: body.unwrap_or_default() };
    let limit = Duration::from_millis(request.timeout_ms);
    match monoio::time::timeout(limit, exchange(context, &upstream, request, outgoing)).await {
        Ok(Ok(response)) => Ok(Box::new(response)),
        Ok(Err(Failed::Unanswered(message) | Failed::Other(message))) => Err(failed(format!("{location}: {message}"))),
        Err(_) => Err(SendFailure {
            timed_out: true,
            message: format!("{location}: no response within {} ms", request.timeout_ms).into(),
        }),
    }
}

/// Where the request goes, and in which way.
fn upstream_of(active: &Active, location: &str, request: &HttpRequest) -> Result<Rc<Upstream>, String> {
    let upstream = match &request.backend {
        None => active.upstream_of(location)?,
        Some(id) => {
            let backend = active.snapshot.backend(id).ok_or_else(|| format!("the backend {id} does not exist"))?;
            let mut upstream = Upstream::clone(backend);
            let behind = location.trim_start_matches('/');
            if !behind.is_empty() {
                upstream.base_path = [&*upstream.base_path, b"/", behind.as_bytes()].concat().into();
            }
            Rc::new(upstream)
        }
    };
    if request.certificate.is_none() && request.proxy.is_none() {
        return Ok(upstream);
    }
    let via = Via::of(active.snapshot.certificates(), request.certificate.as_ref(), request.proxy.as_ref())?;
    Ok(Rc::new(upstream.over(&via)))
}

/// The request as bytes, but for a body that is sent apart. Everything comes from policies, whose expressions may compute anything: nothing goes out
/// that is not one message.
fn compose(
    upstream: &Upstream,
    query: Option<&str>,
    request: &HttpRequest,
    apart: Option<&[u8]>,
) -> Result<Vec<u8>, String> {
    if !is_token(request.method.as_bytes()) {
        return Err(format!("the method {:?} is not a token", request.method));
    }
    let mut target = if upstream.base_path.is_empty() { b"/".to_vec() } else { upstream.base_path.to_vec() };
    if let Some(query) = query {
        target.push(b'?');
        target.extend_from_slice(query.as_bytes());
    }
    if !upstream.credentials.query.is_empty() {
        target.push(if query.is_some() { b'&' } else { b'?' });
        target.extend_from_slice(&upstream.credentials.query);
    }
    if !is_request_target(&target) {
        return Err("the URL holds characters that must be percent-encoded".to_owned());
    }
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(request.method.as_bytes());
    out.push(b' ');
    out.extend_from_slice(&target);
    out.extend_from_slice(b" HTTP/1.1\r\n");
    let has = |wanted: &str| request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    if !has("Host") {
        field(&mut out, "Host", upstream.host_header.get().bytes())?;
    }
    for (name, value) in upstream.credentials.headers.iter().filter(|(name, _)| !has(name)) {
        field(&mut out, name, value)?;
    }
    for (name, value) in &request.headers {
        // Framing and the connection are the gateway's business.
        let own = ["Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer"];
        if !own.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            field(&mut out, name, value)?;
        }
    }
    let body = apart.or(request.body.as_deref());
    if body.is_some() || !matches!(&*request.method, "GET" | "HEAD" | "DELETE" | "OPTIONS" | "TRACE") {
        field(&mut out, "Content-Length", body.map_or(0, <[u8]>::len).to_string().as_bytes())?;
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(request.body.as_deref().unwrap_or_default());
    super::proxy::address(&mut out, upstream);
    Ok(out)
}

fn field(out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), String> {
    if !is_token(name.as_bytes()) || !is_field_value(value) {
        return Err(format!("the header {name:?} cannot be sent"));
    }
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// On a pooled connection if there is one; once more on a new one if that one had died.
async fn exchange(
    context: &Rc<Context>,
    upstream: &Upstream,
    request: &HttpRequest,
    mut outgoing: Outgoing,
) -> Result<HttpResponse, Failed> {
    if let Some(socket) = context.pools.take(upstream.id, Instant::now()) {
        context.metrics.count(Counter::UpstreamReuses);
        let can_repeat = matches!(&*request.method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE");
        match converse(context, upstream, request, socket, &mut outgoing).await {
            Err(Failed::Unanswered(_)) if can_repeat => context.metrics.count(Counter::UpstreamRetries),
            result => return result,
        }
    }
    let socket = connect(context, upstream).await.map_err(|error| Failed::Other(error.to_string()))?;
    converse(context, upstream, request, Box::new(socket), &mut outgoing).await
}

async fn converse(
    context: &Rc<Context>,
    upstream: &Upstream,
    request: &HttpRequest,
    mut socket: Box<Socket>,
    outgoing: &mut Outgoing,
) -> Result<HttpResponse, Failed> {
    socket.arm(&context.wheel, Duration::from_millis(request.timeout_ms), Cut::Both);
    let mut written;
    (written, outgoing.head) = socket.writer.write_all(std::mem::take(&mut outgoing.head)).await;
    if written.is_ok() && !outgoing.body.is_empty() {
        (written, outgoing.body) = socket.writer.write_all(std::mem::take(&mut outgoing.body)).await;
    }
    written.map_err(|error| Failed::Unanswered(error.to_string()))?;
    let mut head = ResponseHead::default();
    let mut received = context.buffers.small();
    let method = Method::of(request.method.as_bytes());
    let mut interim = 0;
    loop {
        match head.parse(&received, method, &context.http_limits) {
            Ok(Parsed::Complete) if head.status == 101 => {
                return Err(Failed::Other("the server switched protocols unasked".to_owned()));
            }
            Ok(Parsed::Complete) if head.is_interim() => {
                interim += 1;
                if interim > INTERIM_MAX {
                    return Err(Failed::Other("the server sent too many interim responses".to_owned()));
                }
                received.drain(..head.len);
            }
            Ok(Parsed::Complete) => break,
            Ok(Parsed::Partial) => received = read_more(&mut socket, received).await?,
            Err(error) => return Err(Failed::Other(format!("the response is malformed: {error}"))),
        }
    }
    let (response, is_clean) = if request.one_way {
        let is_clean = discard(context, &mut socket, &head, &mut received).await;
        (HttpResponse { status: head.status, ..HttpResponse::default() }, is_clean)
    } else {
        let (body, is_clean) = read_body(context, &mut socket, &head, &received).await?;
        (response(context, &head, &received, body).await?, is_clean)
    };
    socket.disarm();
    context.buffers.give_back(received);
    if is_clean && head.keep_alive && !context.is_draining() {
        context.pools.put(upstream.id, socket, context.clock.coarse_now());
    }
    Ok(response)
}

/// One read behind what is there.
async fn read_more(socket: &mut Socket, mut received: Vec<u8>) -> Result<Vec<u8>, Failed> {
    let is_first = received.is_empty();
    if received.len() == received.capacity() {
        received.reserve(received.len().max(1));
    }
    let (result, received) = socket.reader.read(received).await;
    let ended = |error: io::Error| {
        if is_first { Failed::Unanswered(error.to_string()) } else { Failed::Other(error.to_string()) }
    };
    match result {
        Ok(0) => Err(ended(io::ErrorKind::UnexpectedEof.into())),
        Ok(_) => Ok(received),
        Err(error) => Err(ended(error)),
    }
}

/// Reads past a body that nobody wants, where that is little and comes at once: for the connection's sake. Whether it can be used again.
async fn discard(context: &Context, socket: &mut Socket, head: &ResponseHead, received: &mut Vec<u8>) -> bool {
    let is_long = matches!(head.body, BodyLength::Exact(length) if length > UNWANTED_BYTES_MAX as u64);
    if is_long || head.body == BodyLength::UntilClose || !head.keep_alive {
        return false;
    }
    socket.arm(&context.wheel, UNWANTED_WAIT, Cut::Both);
    let mut decoder = BodyDecoder::with_limits(head.body, &context.http_limits);
    let (mut position, mut taken) = (head.len, 0);
    loop {
        match skip(&mut decoder, received.get(position..).unwrap_or_default()) {
            Ok(Skipped::Body { has_rest }) => return !has_rest,
            Ok(Skipped::Part) => {}
            Err(_) => return false,
        }
        // With its framing: chunks may be all framing and no content.
        taken += received.len() - position;
        if taken > UNWANTED_BYTES_MAX {
            return false;
        }
        received.clear();
        position = 0;
        let result;
        (result, *received) = socket.reader.read(std::mem::take(received)).await;
        if !matches!(result, Ok(count) if count > 0) {
            return false;
        }
    }
}

/// What was read past.
enum Skipped {
    /// The rest of the body, and whether something follows it.
    Body {
        has_rest: bool,
    },
    Part,
}

fn skip(decoder: &mut BodyDecoder, mut received: &[u8]) -> Result<Skipped, BodyError> {
    loop {
        let decoded = decoder.decode(received)?;
        received = received.get(decoded.consumed..).unwrap_or_default();
        match (decoded.done, received.is_empty()) {
            (true, is_empty) => return Ok(Skipped::Body { has_rest: !is_empty }),
            (false, true) => return Ok(Skipped::Part),
            (false, false) => {}
        }
    }
}

/// The whole body, and whether the connection is clean behind it.
async fn read_body(
    context: &Context,
    socket: &mut Socket,
    head: &ResponseHead,
    received: &[u8],
) -> Result<(Vec<u8>, bool), Failed> {
    let limit = context.settings.limits.buffered_body_bytes_max;
    let mut decoder = BodyDecoder::with_limits(head.body, &context.http_limits);
    let mut body = Vec::new();
    let mut buffer = context.buffers.large();
    buffer.extend_from_slice(received.get(head.len..).unwrap_or_default());
    loop {
        let mut position = 0;
        let to = BodyLength::UntilClose;
        let done = crate::exchange::transcode(&mut decoder, &buffer, &mut position, to, &mut body)
            .map_err(|error| Failed::Other(format!("the response is malformed: {}", error.reason())))?;
        if body.len() > limit {
            return Err(Failed::Other(format!("the response is longer than {limit} bytes")));
        }
        if done {
            let is_clean = position == buffer.len();
            context.buffers.give_back(buffer);
            return Ok((body, is_clean));
        }
        buffer.clear();
        let (result, returned) = socket.reader.read(buffer).await;
        buffer = returned;
        match result {
            Ok(0) => {
                let broken = |error: BodyError| Failed::Other(error.reason().to_owned());
                decoder.end_of_stream().map_err(broken)?;
                return Ok((body, false));
            }
            Ok(_) => {}
            Err(error) => return Err(Failed::Other(error.to_string())),
        }
    }
}

/// The response as policies see it: its content codings are off, and the headers that told of them are gone.
async fn response(
    context: &Context,
    head: &ResponseHead,
    received: &[u8],
    mut body: Vec<u8>,
) -> Result<HttpResponse, Failed> {
    let is_named = |header: &Header, name: &str| header.name.of(received).eq_ignore_ascii_case(name.as_bytes());
    let named = head.headers.iter().filter(|header| is_named(header, "Content-Encoding"));
    let codings = content_codings(named.map(|header| header.value.of(received))).unwrap_or_default();
    // A part of a coded body cannot be decoded by itself.
    let is_coded = !codings.is_empty() && !body.is_empty() && head.status != 206;
    if is_coded {
        let limit = context.settings.limits.buffered_body_bytes_max;
        let decoded = crate::exchange::decode_all(codings, &body, limit).await;
        body = decoded.map_err(|error| Failed::Other(format!("the response cannot be read: {error}")))?;
    }
    let told = |header: &&Header| ["Content-Encoding", "Content-Length"].iter().any(|name| is_named(header, name));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned().into_boxed_str();
    let headers = head.headers.iter().filter(|header| !(is_coded && told(header)));
    let headers = headers.map(|header| (text(header.name.of(received)), header.value.of(received).to_vec())).collect();
    Ok(HttpResponse { status: head.status, reason: text(head.reason.of(received)), headers, body })
}
