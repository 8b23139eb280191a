//! One core's share of the gateway: its own runtime, listener, route table, pools, buffers and counters.
//!
//! What must hold: nothing in here is shared with another worker, but for what arrives through the mailbox and for
//! [`Shared`], whose parts are lock-free on the path of a request. A configuration is swapped between requests and
//! never within one.

mod active;
mod context;
mod deadline;
mod mailbox;
mod replies;
mod run;

use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use core_affinity::CoreId;
use crossbeam_channel::Receiver;

use crate::observe::access_log::AccessLog;
use crate::observe::metrics::WorkerMetrics;
use crate::observe::readiness::Readiness;
use crate::route::RouteTable;
use crate::settings::{DriverChoice, Settings};
use crate::snapshot::Snapshot;

pub(crate) use active::Active;
pub(crate) use context::{Context, micros};
pub(crate) use deadline::{Cut, Watch, Wheel};
pub use mailbox::{WorkerHandle, mailbox};
pub(crate) use replies::{Reply, ReplyTo};
pub use run::run;

/// What the control side asks of a worker. Handled between two turns of the worker's loop.
#[derive(Debug)]
pub enum Message {
    /// Serve this configuration from the next request on.
    Publish { snapshot: Arc<Snapshot>, table: Box<RouteTable> },
    /// Nothing may be served any more: answer 503 with this reason.
    Unconfigure { reason: Arc<str> },
    /// Stop accepting, answer what is under way, then return; at the deadline return all the same.
    Drain { deadline: Instant },
    /// Panic in the worker's own loop. For tests of the supervisor.
    Panic,
}

/// The I/O driver a worker ended up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    IoUring,
    Epoll,
}

impl Driver {
    /// `io_uring` or `epoll`, as shown in status, metrics and the ready line.
    pub fn name(self) -> &'static str {
        match self {
            Self::IoUring => "io_uring",
            Self::Epoll => "epoll",
        }
    }
}

/// Grows while the worker's loop turns: at least once in [`crate::limits::HEARTBEAT`].
#[derive(Debug, Default)]
pub struct Heartbeat(AtomicU64);

impl Heartbeat {
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Threads that check and read bodies, at least; one more for every four workers above eight.
const BODY_THREADS_MIN: usize = 2;
/// Threads for transformations that recurse deeply; each may take seconds and a stack of 256 MiB.
const TRANSFORMATION_THREADS: usize = 2;
/// Threads that count tokens. Each does tens of megabytes a second.
const TOKEN_THREADS: usize = 2;

/// What all workers of a process use together.
#[derive(Debug)]
pub struct Shared {
    pub counters: crate::effect::counters::Counters,
    pub keys: crate::effect::keys::Keys,
    pub places: crate::effect::places::Places,
    pub quotas: crate::effect::quotas::Quotas,
    pub cache: crate::effect::cache::Cache,
    /// What `emit-metric` emits; shown by the process.
    pub emitted: Arc<crate::observe::emitted::Emitted>,
    pub resolver: crate::client::resolve::Resolver,
    pub tls: crate::client::tls::Contexts,
    /// TLS towards callers; `None` without an HTTPS listener.
    pub server_tls: Option<crate::listener::tls::Tls>,
    pub tokens: crate::effect::tokens::Tokens,
    /// Tokens of language models.
    pub spending: crate::effect::spending::Spending,
    /// Check and read bodies.
    pub body_threads: crate::effect::offload::Threads,
    /// Transform documents with stylesheets that need a large stack.
    pub transformation_threads: crate::effect::offload::Threads,
    /// Count tokens.
    pub token_threads: crate::effect::offload::Threads,
}

impl Shared {
    /// Starts the threads of the resolver, of the quotas and for long work.
    ///
    /// # Errors
    /// When a thread cannot be started, or the folder for state or the certificate for callers cannot be used.
    pub fn start(settings: &Settings, emitted: Arc<crate::observe::emitted::Emitted>) -> std::io::Result<Arc<Self>> {
        let server_tls = settings.https.map(|_| crate::listener::tls::Tls::start(&settings.server_tls)).transpose();
        let server_tls = server_tls.map_err(std::io::Error::other)?;
        let tls = crate::client::tls::Contexts::default();
        if server_tls.is_some() {
            // Read now: a worker that needs them for a caller's certificate must not wait for the disk.
            tls.roots(&settings.client_tls);
        }
        Ok(Arc::new(Self {
            counters: crate::effect::counters::Counters::new(),
            keys: crate::effect::keys::Keys::default(),
            places: crate::effect::places::Places::default(),
            quotas: crate::effect::quotas::Quotas::start(settings.state_dir.as_deref())?,
            cache: crate::effect::cache::Cache::built_in(settings.cache_bytes_max),
            emitted,
            resolver: crate::client::resolve::Resolver::start()?,
            tls,
            server_tls,
            tokens: crate::effect::tokens::Tokens::from_environment(),
            spending: crate::effect::spending::Spending::default(),
            body_threads: crate::effect::offload::Threads::start(
                "bodies",
                (settings.workers.get() / 4).max(BODY_THREADS_MIN),
            )?,
            transformation_threads: crate::effect::offload::Threads::start("transform", TRANSFORMATION_THREADS)?,
            token_threads: crate::effect::offload::Threads::start("tokens", TOKEN_THREADS)?,
        }))
    }
}

/// A worker's own listening sockets, bound with SO_REUSEPORT.
#[derive(Debug)]
pub struct Listeners {
    pub http: TcpListener,
    pub https: Option<TcpListener>,
}

impl Listeners {
    /// Duplicates of the descriptors.
    ///
    /// # Errors
    /// When there are no descriptors left.
    pub fn try_clone(&self) -> std::io::Result<Self> {
        let https = self.https.as_ref().map(TcpListener::try_clone).transpose()?;
        Ok(Self { http: self.http.try_clone()?, https })
    }
}

/// Everything a worker is started with. A restarted worker gets the same listeners (duplicates of their descriptors), the
/// same metrics and a new mailbox.
#[derive(Debug)]
pub struct WorkerConfig {
    /// 0-based; part of the metrics and of thread names.
    pub index: usize,
    /// The core to pin to; `None` leaves the thread to the scheduler.
    pub core: Option<CoreId>,
    pub driver: DriverChoice,
    pub listeners: Listeners,
    pub mailbox: Receiver<Message>,
    /// Readable when the mailbox has something.
    pub wake: UnixStream,
    pub metrics: Arc<WorkerMetrics>,
    pub log: AccessLog,
    pub readiness: Arc<Readiness>,
    pub settings: Arc<Settings>,
    pub shared: Arc<Shared>,
    pub heartbeat: Arc<Heartbeat>,
    /// Told once, when the worker accepts connections or why it cannot.
    pub started: crossbeam_channel::Sender<Result<Driver, String>>,
}

/// How a worker's loop ended. A panic of the loop itself unwinds out of [`run`] instead.
#[derive(Debug, PartialEq, Eq)]
pub enum WorkerExit {
    /// Everything under way was answered after [`Message::Drain`].
    Drained,
    /// The drain deadline passed with this many connections left.
    DrainDeadline { connections: usize },
    /// The runtime or the listener could not be set up; said to [`WorkerConfig::started`] too.
    Failed,
}
