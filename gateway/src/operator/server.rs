//! The thread of the operator listener: a small monoio runtime (epoll: a few requests a minute need no ring) with
//! monoio-http's decoder. Its input is trusted and bounded all the same.

use std::cell::Cell;
use std::io;
use std::net::TcpListener as StdTcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use monoio::io::stream::Stream;
use monoio::io::{AsyncWriteRent, AsyncWriteRentExt, Splitable};
use monoio::net::{TcpListener, TcpStream};
use monoio::time::timeout;
use monoio::{LegacyDriver, RuntimeBuilder};
use monoio_http::common::request::Request;
use monoio_http::h1::codec::decoder::RequestDecoder;

use super::answer::{Answer, answer};
use super::bounded::{Allowance, Bounded};
use crate::limits::{OPERATOR_CONNECTIONS_MAX, OPERATOR_IDLE, OPERATOR_WRITE};
use crate::observe::state::ProcessState;

/// Wait before the listener is served again after a failure.
const PAUSE: Duration = Duration::from_millis(100);

/// Starts the operator thread, which runs until the process ends.
///
/// # Errors
/// When the thread cannot be started.
pub fn start(listener: StdTcpListener, state: Arc<ProcessState>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let serve = move || {
        loop {
            // The process must not lose its metrics to one odd request.
            match catch_unwind(AssertUnwindSafe(|| run(&listener, &state))) {
                Ok(Err(error)) => tracing::error!(%error, "operator listener failed"),
                Ok(Ok(())) | Err(_) => tracing::error!("operator listener ended unasked"),
            }
            thread::sleep(PAUSE);
        }
    };
    thread::Builder::new().name("operator".into()).spawn(serve)?;
    Ok(())
}

fn run(listener: &StdTcpListener, state: &Arc<ProcessState>) -> io::Result<()> {
    let mut runtime = RuntimeBuilder::<LegacyDriver>::new().enable_timer().build()?;
    runtime.block_on(accept(listener.try_clone()?, Arc::clone(state)))
}

async fn accept(listener: StdTcpListener, state: Arc<ProcessState>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let open = Rc::new(Cell::new(0));
    loop {
        match listener.accept().await {
            // Past the bound the connection is closed by not keeping it.
            Ok(_) if open.get() >= OPERATOR_CONNECTIONS_MAX => {}
            Ok((stream, _)) => {
                open.set(open.get() + 1);
                let (open, state) = (Rc::clone(&open), Arc::clone(&state));
                monoio::spawn(async move {
                    // A peer that went away or sent nonsense ends its own connection only.
                    let _ = serve(stream, &state).await;
                    open.set(open.get() - 1);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "operator connection not accepted");
                monoio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, state: &ProcessState) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let allowance = Allowance::new();
    let mut requests = RequestDecoder::new(Bounded { inner: read, allowance: allowance.clone() });
    loop {
        let Ok(Some(request)) = timeout(OPERATOR_IDLE, requests.next()).await else { break };
        let Ok(request) = request else {
            let refusal = Answer { status: 400, content_type: "text/plain", body: "bad request\n".to_owned() };
            send(&mut write, refusal.into_bytes(false, true)).await?;
            break;
        };
        allowance.renew();
        let method = request.method().as_str();
        // A body would have to be read before the next request; nothing here takes one.
        let close = wants_close(&request) || has_body(&request);
        let bytes = answer(method, request.uri().path(), state).into_bytes(method == "HEAD", close);
        send(&mut write, bytes).await?;
        if close {
            break;
        }
    }
    write.shutdown().await
}

async fn send(write: &mut impl AsyncWriteRent, bytes: Vec<u8>) -> io::Result<()> {
    match timeout(OPERATOR_WRITE, write.write_all(bytes)).await {
        Ok((result, _)) => result.map(drop),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

fn has_body(request: &Request) -> bool {
    let length = request.headers().get("content-length").is_some_and(|length| length != "0");
    length || request.headers().contains_key("transfer-encoding")
}

/// RFC 9112 section 9.3: 1.1 keeps the connection unless told otherwise, 1.0 closes it unless told otherwise.
fn wants_close(request: &Request) -> bool {
    let has = |token: &str| {
        let values = request.headers().get_all("connection");
        let mut tokens = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        tokens.any(|item| item.trim().eq_ignore_ascii_case(token))
    };
    // `Version::default()` is HTTP/1.1; the only other version that the decoder yields is 1.0.
    if request.version() == Default::default() { has("close") } else { !has("keep-alive") }
}
