//! Accepting callers' connections on the worker's own listener.
//!
//! What must hold: the accept loop never spins on an error (no descriptors left, for example); a listener is not closed
//! while the process serves, because closing one resets what it had queued.

pub mod tls;

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::Duration;

use monoio::io::CancelHandle;
use monoio::net::{TcpListener, TcpStream};

use crate::connection::{self, Security};
use crate::io::{Direction, Socket};
use crate::observe::metrics::Counter;
use crate::sys;
use crate::worker::{Context, Driver};

/// First pause after an accept error; doubled up to [`PAUSE_MAX`] while errors go on.
const PAUSE_MIN: Duration = Duration::from_millis(10);
/// At the descriptor limit, a connection that ends is noticed this late.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// The worker's listener under its runtime.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: TcpListener,
    queue: Rc<StdTcpListener>,
    driver: Driver,
    security: Security,
}

/// The same socket, for what it still has queued when accepting has stopped.
#[derive(Debug)]
pub(crate) struct Queue {
    queue: Rc<StdTcpListener>,
    driver: Driver,
    security: Security,
}

impl Listener {
    pub(crate) fn new(listener: StdTcpListener, driver: Driver, security: Security) -> io::Result<Self> {
        // The ring must have a blocking descriptor (else it answers EAGAIN), epoll a non-blocking one.
        listener.set_nonblocking(driver == Driver::Epoll)?;
        let queue = Rc::new(listener.try_clone()?);
        Ok(Self { listener: TcpListener::from_std(listener)?, queue, driver, security })
    }

    pub(crate) fn queue(&self) -> Queue {
        Queue { queue: Rc::clone(&self.queue), driver: self.driver, security: self.security }
    }

    /// Accepts and starts connections until the worker drains and `handle` is cancelled.
    pub(crate) async fn accept_until_cancelled(&self, context: &Rc<Context>, handle: CancelHandle) {
        let pause = Cell::new(PAUSE_MIN);
        loop {
            match self.listener.cancelable_accept(handle.clone()).await {
                Ok((stream, peer)) => {
                    pause.set(PAUSE_MIN);
                    start(context, stream, peer, self.security);
                }
                Err(_) if context.is_draining() => return,
                // The caller was gone before we came to it.
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    context.metrics.count(Counter::AcceptErrors);
                    tracing::warn!(%error, "accepting connections pauses");
                    monoio::time::sleep(pause.get()).await;
                    pause.set((pause.get() * 2).min(PAUSE_MAX));
                }
            }
            if context.is_draining() {
                return;
            }
        }
    }
}

impl Queue {
    /// Starts the connections that callers had opened before accepting stopped, and ends listening.
    pub(crate) fn serve_rest(&self, context: &Rc<Context>) {
        if self.queue.set_nonblocking(true).is_err() {
            return;
        }
        while let Ok((stream, peer)) = self.queue.accept() {
            let adopted =
                stream.set_nonblocking(self.driver == Driver::Epoll).and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = adopted {
                start(context, stream, peer, self.security);
            }
        }
        // Ends listening for every duplicate of the descriptor, one that a leaked ring still holds included: later callers
        // are refused at once and do not wait in a queue that nobody serves.
        if let Err(error) = rustix::net::shutdown(&*self.queue, rustix::net::Shutdown::Read) {
            tracing::warn!(%error, "listening could not be ended");
        }
    }
}

/// accept(2): errors that belong to the connection that was to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

fn start(context: &Rc<Context>, stream: TcpStream, peer: SocketAddr, security: Security) {
    sys::set_close_on_exec(stream.as_raw_fd());
    if context.connections() >= context.settings.limits.connections_max {
        context.metrics.count(Counter::ConnectionsRefused);
        return;
    }
    // Responses of several writes must not wait for acknowledgements.
    let _ = stream.set_nodelay(true);
    context.metrics.count(Counter::ConnectionsAccepted);
    context.connection_opened();
    let socket = Socket::new(stream, Direction::Downstream, &context.sockets, &context.metrics);
    monoio::spawn(connection::run(Rc::clone(context), socket, peer, security));
}
