//! One caller's connection: request after request, in order, until one side ends it.
//!
//! What must hold: a panic ends this connection and nothing else; what follows a request in the inbox is kept for the next
//! one; a connection whose request was not read to its end is closed, never used again (its rest would be taken for a
//! request); an idle connection holds no more than its small inbox (under TLS, its session and one small buffer besides).

mod handshake;
mod panic;
mod peer;

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use postern_http::{Parsed, RequestError, RequestHead};

use crate::exchange::{self, Fate, Scratch};
use crate::io::{Socket, yield_now};
use crate::observe::metrics::Counter;
use crate::worker::{Context, Cut};

pub(crate) use panic::catch as catch_panic;
pub(crate) use peer::Peer;

/// First size of an inbox; nearly every head fits, and it is what an idle connection costs. No power of two: see `SMALL_BYTES` of [`crate::io`].
const INBOX_BYTES: usize = 1792;
/// Requests served without a wait in between before others get their turn.
const BURST_MAX: u32 = 32;
/// How long we read on, after our last word, what a caller still sends, so that the kernel does not take our answer back
/// with a reset.
const LINGER: Duration = Duration::from_secs(2);
/// How much of that we take.
const LINGER_BYTES: usize = 1024 * 1024;
/// How long the first request of a connection is waited for that was opened before listening ended, while the worker drains.
const QUEUED_PATIENCE: Duration = Duration::from_millis(500);

/// What callers of a listener speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    Cleartext,
    Tls,
}

/// The caller's side of an exchange.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) socket: Socket,
    pub(crate) peer: Peer,
    /// What was received and not yet consumed; a request head begins at its start.
    pub(crate) inbox: Vec<u8>,
}

impl Connection {
    fn new(socket: Socket, peer: Peer) -> Self {
        Self { socket, peer, inbox: Vec::with_capacity(INBOX_BYTES) }
    }
}

/// Serves a connection to its end.
pub(crate) async fn run(context: Rc<Context>, socket: Socket, peer: SocketAddr, security: Security) {
    if let Err(panic) = catch_panic(|| serve(&context, socket, peer, security)).await {
        context.metrics.count(Counter::Panics);
        tracing::error!(panic = panic::message(&*panic), %peer, "a connection's task panicked; the connection is closed");
    }
    context.metrics.count(Counter::ConnectionsClosed);
    context.connection_closed();
}

async fn serve(context: &Rc<Context>, socket: Socket, address: SocketAddr, security: Security) {
    let mut connection = match security {
        Security::Cleartext => Connection::new(socket, Peer::new(address)),
        // In a box, so that connections without TLS are not larger for it.
        Security::Tls => match Box::pin(handshake::shake_hands(context, socket, address)).await {
            Some((socket, peer)) => Connection::new(socket, peer),
            None => return,
        },
    };
    let task = poll_fn(|task| Poll::Ready(task.waker().clone())).await;
    connection.socket.watch().set_task(task);
    match converse(context, &mut connection).await {
        Ending::Abort => {}
        Ending::Linger => linger(context, &mut connection).await,
        Ending::Quiet if connection.socket.is_tls() => part(context, &mut connection).await,
        Ending::Quiet => {}
    }
}

/// How a connection comes to its end.
enum Ending {
    /// The caller may still be reading our last answer, or sending.
    Linger,
    /// Nothing is under way.
    Quiet,
    /// The caller is gone, or must not take what it got for complete.
    Abort,
}

async fn converse(context: &Rc<Context>, connection: &mut Connection) -> Ending {
    let mut patience = context.settings.limits.head_timeout;
    if context.is_draining() {
        // Opened before listening ended, so its caller is owed an answer; its request is most likely here already.
        patience = patience.min(QUEUED_PATIENCE);
    }
    let mut burst = 0;
    loop {
        if connection.inbox.is_empty() {
            burst = 0;
            if !wait_for_request(context, connection, patience).await {
                return Ending::Quiet;
            }
        }
        burst += 1;
        if burst > BURST_MAX {
            burst = 0;
            yield_now().await;
        }
        let mut scratch = context.take_scratch();
        let fate = serve_one(context, connection, &mut scratch).await;
        context.give_back_scratch(scratch);
        match fate {
            Fate::KeepAlive if !(context.is_draining() && connection.inbox.is_empty()) => {}
            Fate::KeepAlive => return Ending::Quiet,
            Fate::Close => return Ending::Linger,
            Fate::Abort => return Ending::Abort,
        }
        patience = context.settings.limits.keep_alive_timeout;
    }
}

/// Waits for the first byte of a request. `false`: the caller closed, stayed silent too long, or reading was ended for the drain.
async fn wait_for_request(context: &Context, connection: &mut Connection, patience: Duration) -> bool {
    let watch = Rc::clone(connection.socket.watch());
    // Reading only: under TLS there is a last word to say.
    connection.socket.arm(&context.wheel, patience, Cut::Reading);
    watch.set_idle(true);
    let received = receive(connection).await;
    watch.set_idle(false);
    connection.socket.disarm();
    matches!(received, Ok(count) if count > 0)
}

async fn receive(connection: &mut Connection) -> io::Result<usize> {
    let inbox = std::mem::take(&mut connection.inbox);
    let (result, inbox) = connection.socket.reader.read(inbox).await;
    connection.inbox = inbox;
    result
}

async fn serve_one(context: &Rc<Context>, connection: &mut Connection, scratch: &mut Scratch) -> Fate {
    match read_head(context, connection, &mut scratch.head).await {
        Head::Complete => exchange::serve(context, connection, scratch).await,
        Head::Refused(error) => exchange::refuse(context, connection, error.into()).await,
        Head::TooSlow => exchange::refuse(context, connection, exchange::Refusal::TOO_SLOW).await,
        Head::Gone => Fate::Abort,
    }
}

enum Head {
    Complete,
    Refused(RequestError),
    TooSlow,
    Gone,
}

/// Reads until the inbox begins with a complete head.
async fn read_head(context: &Context, connection: &mut Connection, head: &mut RequestHead) -> Head {
    let mut armed = false;
    loop {
        match head.parse(&connection.inbox, &context.http_limits) {
            Ok(Parsed::Complete) => {
                connection.socket.disarm();
                return Head::Complete;
            }
            Ok(Parsed::Partial) => {}
            Err(error) => return Head::Refused(error),
        }
        if !armed {
            connection.socket.arm(&context.wheel, context.settings.limits.head_timeout, Cut::Reading);
            armed = true;
        }
        if connection.inbox.len() == connection.inbox.capacity() {
            // The parser refuses heads past its limit, so this doubles a few times at most.
            connection.inbox.reserve(connection.inbox.len());
        }
        let received = receive(connection).await;
        if connection.socket.expired() {
            head.reset();
            return Head::TooSlow;
        }
        if !matches!(received, Ok(count) if count > 0) {
            head.reset();
            return Head::Gone;
        }
    }
}

/// Tells the caller that the connection ends here and was not cut off (RFC 8446 section 6.1).
async fn part(context: &Context, connection: &mut Connection) {
    connection.socket.arm(&context.wheel, LINGER, Cut::Both);
    connection.socket.finish_writing().await;
}

/// Closes in a way that lets the caller read our answer even when it still sends.
async fn linger(context: &Context, connection: &mut Connection) {
    connection.socket.arm(&context.wheel, LINGER, Cut::Both);
    connection.socket.finish_writing().await;
    let mut taken = 0;
    while taken < LINGER_BYTES {
        let mut buffer = context.buffers.small();
        buffer.clear();
        let (result, buffer) = connection.socket.reader.read(buffer).await;
        context.buffers.give_back(buffer);
        match result {
            Ok(count) if count > 0 => taken += count,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of a connection's task. Measured at 4,112 with optimisation; what is seldom belongs in a box (decisions/0013).
    const TASK_BYTES_MAX: usize = 4608;

    fn size_of_future<A, B, C, D, F: Future>(_: impl FnOnce(A, B, C, D) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn the_task_of_a_connection_is_small() {
        let size = size_of_future(run);
        assert!(size <= TASK_BYTES_MAX, "{size} bytes");
    }
}
