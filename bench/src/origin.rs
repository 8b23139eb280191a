//! The load-test origin and demo backend, on monoio and monoio-http.
//!
//! Trusted input only: monoio-http panics on absurd header names, keeps whole bodies in memory and is lenient about
//! framing (`docs/decisions/`), so this server stands on loopback behind a proxy and nowhere else.

use std::io;
use std::net::SocketAddr;

use anyhow::Result;
use bytes::Bytes;
use clap::Args;
use monoio::io::stream::Stream;
use monoio::io::{AsyncWriteRent, AsyncWriteRentExt, Splitable};
use monoio::net::{TcpListener, TcpStream};
use monoio_http::common::body::BodyExt;
use monoio_http::common::error::HttpError;
use monoio_http::common::request::{Request, RequestHead};
use monoio_http::h1::codec::decoder::{FillPayload, RequestDecoder};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::limits::{ACCEPT_PAUSE, ECHO_BODY_BYTES_MAX, ORIGIN_BODY_BYTES_MAX};
use crate::runtime::{self, Driver};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Address to listen on; port 0 chooses one
    #[arg(long)]
    listen: SocketAddr,
    /// Bytes of the fixed body
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u64).range(0..=ORIGIN_BODY_BYTES_MAX))]
    body_bytes: u64,
    /// Answer every request with a JSON description of what arrived (demo backend)
    #[arg(long)]
    echo: bool,
    /// Threads, each with its own runtime and listener
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    #[arg(long, value_enum, default_value_t = Driver::Auto)]
    driver: Driver,
}

/// What is answered; the fixed answer is one encoded block, made once per process.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Fixed(&'static FixedAnswer),
    Echo,
}

#[derive(Debug)]
struct FixedAnswer {
    response: Vec<u8>,
    head_bytes: usize,
    /// The same response for a caller that asked for the connection to be closed.
    closing: Vec<u8>,
    closing_head_bytes: usize,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let answer = if options.echo {
        Answer::Echo
    } else {
        let body_bytes = usize::try_from(options.body_bytes)?;
        Answer::Fixed(Box::leak(Box::new(FixedAnswer::new(body_bytes))))
    };
    runtime::serve("origin", options.listen, usize::from(options.workers), options.driver, move |listener| {
        accept(listener, answer)
    })
}

async fn accept(listener: TcpListener, answer: Answer) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                monoio::spawn(async move {
                    // A caller that went away or sent nonsense ends its own connection only.
                    let _ = serve(stream, answer).await;
                });
            }
            Err(error) => {
                eprintln!("postern-bench: accept failed: {error}");
                std::thread::sleep(ACCEPT_PAUSE);
            }
        }
    }
}

async fn serve(stream: TcpStream, answer: Answer) -> Result<(), HttpError> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut requests = RequestDecoder::new(read);
    while let Some(request) = requests.next().await {
        let request = request?;
        let close = wants_close(&request);
        if expects_continue(&request) {
            send(&mut write, b"HTTP/1.1 100 Continue\r\n\r\n".as_slice()).await?;
        }
        match answer {
            Answer::Fixed(fixed) => send(&mut write, fixed.bytes(is_head(&request), close)).await?,
            Answer::Echo => {
                requests.fill_payload().await?;
                let (head, payload) = request.into_parts();
                let body = payload.bytes().await?;
                send(&mut write, echo(&head, &body, close)).await?;
            }
        }
        if close {
            break;
        }
    }
    write.shutdown().await?;
    Ok(())
}

async fn send(write: &mut impl AsyncWriteRent, bytes: impl monoio::buf::IoBuf) -> io::Result<()> {
    write.write_all(bytes).await.0.map(|_| ())
}

fn is_head(request: &Request) -> bool {
    request.method().as_str() == "HEAD"
}

/// RFC 9112 section 9.3: 1.1 keeps the connection unless told otherwise, 1.0 closes it unless told otherwise.
fn wants_close(request: &Request) -> bool {
    let has = |token: &str| {
        let values = request.headers().get_all("connection");
        values.iter().filter_map(|value| value.to_str().ok()).any(|value| lists_token(value, token))
    };
    // `Version::default()` is HTTP/1.1; the only other version that the decoder yields is 1.0.
    if request.version() == Default::default() { has("close") } else { !has("keep-alive") }
}

fn expects_continue(request: &Request) -> bool {
    request.headers().get("expect").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

fn lists_token(value: &str, token: &str) -> bool {
    value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token))
}

impl FixedAnswer {
    fn new(body_bytes: usize) -> Self {
        let body = vec![b'x'; body_bytes];
        let (response, head_bytes) = encode("text/plain", &body, false);
        let (closing, closing_head_bytes) = encode("text/plain", &body, true);
        FixedAnswer { response, head_bytes, closing, closing_head_bytes }
    }

    fn bytes(&'static self, head_only: bool, close: bool) -> &'static [u8] {
        let (response, head_bytes) = match close {
            false => (&self.response, self.head_bytes),
            true => (&self.closing, self.closing_head_bytes),
        };
        if head_only { &response[..head_bytes] } else { response }
    }
}

/// A 200 response in one block, and the length of its head.
fn encode(content_type: &str, body: &[u8], close: bool) -> (Vec<u8>, usize) {
    let connection = if close { "connection: close\r\n" } else { "" };
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n{connection}\r\n");
    let head_bytes = head.len();
    let mut response = head.into_bytes();
    response.extend_from_slice(body);
    (response, head_bytes)
}

#[derive(Debug, Serialize)]
struct Echo<'a> {
    backend: &'a str,
    method: &'a str,
    path: &'a str,
    query: &'a str,
    headers: Map<String, Value>,
    body_bytes: usize,
    body: String,
}

/// What the demo backend saw, so that a caller of the gateway sees what the gateway changed.
fn echo(request: &RequestHead, body: &Bytes, close: bool) -> Vec<u8> {
    let shown = &body[..body.len().min(ECHO_BODY_BYTES_MAX)];
    let echo = Echo {
        backend: "postern-bench origin",
        method: request.method.as_str(),
        path: request.uri.path(),
        query: request.uri.query().unwrap_or_default(),
        headers: headers(request),
        body_bytes: body.len(),
        body: String::from_utf8_lossy(shown).into_owned(),
    };
    // Strings and numbers only: encoding them cannot fail.
    let mut json = serde_json::to_vec_pretty(&echo).unwrap_or_default();
    json.push(b'\n');
    let (mut response, head_bytes) = encode("application/json", &json, close);
    if request.method.as_str() == "HEAD" {
        response.truncate(head_bytes);
    }
    response
}

/// Lower-case names in order of arrival; repeated values are joined with ", " (RFC 9110 section 5.3).
fn headers(request: &RequestHead) -> Map<String, Value> {
    let mut map = Map::new();
    for name in request.headers.keys() {
        let values = request.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let joined = values.collect::<Vec<_>>().join(", ");
        map.insert(name.as_str().to_owned(), Value::String(joined));
    }
    map
}
