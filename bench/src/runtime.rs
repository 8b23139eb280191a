//! One monoio runtime per thread, on io_uring where the ring can be built and on epoll where not.
//!
//! The ring flags are the ones that the gateway uses (COOP_TASKRUN and SINGLE_ISSUER), because the relay is the floor
//! of the gateway's own runtime.

use std::future::Future;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::thread;

use anyhow::{Context, Result};
use clap::ValueEnum;
use monoio::{IoUringDriver, LegacyDriver, Runtime, RuntimeBuilder};
use rustix::process::{Resource, Rlimit};
use serde::Serialize;
use socket2::{Domain, Protocol, Socket, Type};

use crate::limits::{LISTEN_BACKLOG, RING_ENTRIES};

/// Which system interface carries the socket operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Driver {
    /// io_uring, or epoll when the ring cannot be built
    Auto,
    #[value(name = "io_uring")]
    IoUring,
    Epoll,
}

impl Driver {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Driver::Auto => "auto",
            Driver::IoUring => "io_uring",
            Driver::Epoll => "epoll",
        }
    }
}

/// A runtime of this thread. SINGLE_ISSUER binds the ring to the thread that builds it.
enum Built {
    Ring(Runtime<IoUringDriver>),
    Epoll(Runtime<LegacyDriver>),
}

impl Built {
    fn new(driver: Driver) -> Result<Self> {
        match driver {
            Driver::Epoll => Ok(Built::Epoll(epoll()?)),
            Driver::IoUring => Ok(Built::Ring(ring()?)),
            Driver::Auto => match ring() {
                Ok(runtime) => Ok(Built::Ring(runtime)),
                Err(error) => {
                    eprintln!("postern-bench: no io_uring ({error:#}), using epoll");
                    Ok(Built::Epoll(epoll()?))
                }
            },
        }
    }

    fn driver(&self) -> Driver {
        match self {
            Built::Ring(_) => Driver::IoUring,
            Built::Epoll(_) => Driver::Epoll,
        }
    }

    fn block_on<F: Future>(&mut self, future: F) -> F::Output {
        match self {
            Built::Ring(runtime) => runtime.block_on(future),
            Built::Epoll(runtime) => runtime.block_on(future),
        }
    }
}

fn ring() -> Result<Runtime<IoUringDriver>> {
    let mut flags = io_uring::IoUring::builder();
    flags.setup_coop_taskrun().setup_single_issuer();
    let builder = RuntimeBuilder::<IoUringDriver>::new().with_entries(RING_ENTRIES).uring_builder(flags);
    builder.build().context("building the io_uring runtime")
}

fn epoll() -> Result<Runtime<LegacyDriver>> {
    RuntimeBuilder::<LegacyDriver>::new().build().context("building the epoll runtime")
}

#[derive(Debug, Serialize)]
struct Ready<'a> {
    ready: bool,
    component: &'a str,
    http: SocketAddr,
    driver: &'a str,
    workers: usize,
    pid: u32,
}

/// Runs `serve` on `workers` threads, each with its own runtime and its own SO_REUSEPORT listener on `address`, and
/// prints the ready line. Returns only when a worker fails.
pub(crate) fn serve<S, F>(component: &str, address: SocketAddr, workers: usize, driver: Driver, serve: S) -> Result<()>
where
    S: Fn(monoio::net::TcpListener) -> F + Clone + Send + 'static,
    F: Future<Output = ()>,
{
    let listeners = bind(address, workers)?;
    let bound = listeners.first().context("at least one worker")?.local_addr()?;
    // The probe tells the driver before any worker runs; a ring that builds once builds again on the same machine.
    let driver = Built::new(driver)?.driver();
    let mut threads = Vec::with_capacity(workers);
    for listener in listeners {
        let serve = serve.clone();
        threads.push(thread::spawn(move || -> Result<()> {
            let mut runtime = Built::new(driver)?;
            runtime.block_on(async move {
                let listener = monoio::net::TcpListener::from_std(listener).context("registering the listener")?;
                serve(listener).await;
                Ok(())
            })
        }));
    }
    let (driver, pid) = (driver.as_str(), std::process::id());
    print_ready(&Ready { ready: true, component, http: bound, driver, workers, pid })?;
    for thread in threads {
        thread.join().map_err(|_| anyhow::anyhow!("a worker thread panicked"))??;
    }
    Ok(())
}

/// Binds one listener per worker to the same address; with port 0 the first one chooses the port.
fn bind(address: SocketAddr, workers: usize) -> Result<Vec<TcpListener>> {
    let mut address = address;
    let mut listeners = Vec::with_capacity(workers);
    for _ in 0..workers {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into()).with_context(|| format!("binding {address}"))?;
        socket.listen(LISTEN_BACKLOG).with_context(|| format!("listening on {address}"))?;
        let listener = TcpListener::from(socket);
        address = listener.local_addr()?;
        listeners.push(listener);
    }
    Ok(listeners)
}

fn print_ready(ready: &Ready<'_>) -> Result<()> {
    let mut line = serde_json::to_string(ready)?;
    line.push('\n');
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

/// Lifts the soft limit of open files to the hard one; servers started by `compare` inherit it.
pub(crate) fn raise_open_file_limit() {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    // A lower limit only means fewer connections; the failure would then show as an accept error.
    let _ = rustix::process::setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
