//! The process as its observers see it: workers, configuration, agent. Written by the control side, read on scrape and for
//! health reports; never on the path of a request.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use postern_bundle::{Diagnostic, Hash};

use super::emitted::Emitted;
use super::log_writer::LogCounts;
use super::metrics::{Counter, RequestCounts, WorkerMetrics};
use super::readiness::Readiness;
use super::series::SeriesTable;
use crate::worker::{Driver, Heartbeat};

/// One worker, seen from outside.
#[derive(Debug, Default)]
pub struct WorkerState {
    pub metrics: Arc<WorkerMetrics>,
    pub heartbeat: Arc<Heartbeat>,
    /// Times its thread was started again after it ended unasked.
    pub restarts: AtomicU32,
    /// Whether its heart beats, as the supervisor saw it last.
    pub alive: AtomicBool,
}

/// The configuration in force.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// `None`: nothing is served.
    pub generation: Option<u64>,
    pub root_hash: Option<Hash>,
    /// When it came into force, seconds since 1970.
    pub applied_unix_s: u64,
    /// Commit → in force on every worker.
    pub apply_time: Duration,
    pub apis: usize,
    pub operations: usize,
    pub subscriptions: usize,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    pub series: Arc<SeriesTable>,
}

/// The process.
#[derive(Debug)]
pub struct ProcessState {
    pub started: Instant,
    pub started_unix_s: u64,
    pub workers: Vec<WorkerState>,
    pub readiness: Arc<Readiness>,
    pub log: Arc<LogCounts>,
    pub emitted: Arc<Emitted>,
    /// Generations applied and refused since the start.
    pub applied: AtomicU64,
    pub rejected: AtomicU64,
    pub agent_connected: AtomicBool,
    configuration: Mutex<Configuration>,
}

/// Seconds since 1970.
pub fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

impl ProcessState {
    pub fn new(workers: usize, readiness: Arc<Readiness>, log: Arc<LogCounts>) -> Self {
        Self {
            started: Instant::now(),
            started_unix_s: unix_s(),
            workers: (0..workers).map(|_| WorkerState::default()).collect(),
            readiness,
            log,
            emitted: Arc::default(),
            applied: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            agent_connected: AtomicBool::new(false),
            configuration: Mutex::default(),
        }
    }

    /// The configuration in force.
    pub fn configuration(&self) -> MutexGuard<'_, Configuration> {
        self.configuration.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether every worker serves this generation.
    pub fn all_serve(&self, generation: u64) -> bool {
        self.workers.iter().all(|worker| worker.metrics.generation() == generation)
    }

    /// The driver of the workers: the one all have, or epoll when some had to fall back to it.
    pub fn driver(&self) -> Option<Driver> {
        let drivers: Option<Vec<_>> = self.workers.iter().map(|worker| worker.metrics.driver()).collect();
        let all_uring = drivers?.iter().all(|&driver| driver == Driver::IoUring);
        Some(if all_uring { Driver::IoUring } else { Driver::Epoll })
    }

    /// A counter added up over workers.
    pub fn total(&self, counter: Counter) -> u64 {
        self.workers.iter().map(|worker| worker.metrics.value(counter)).sum()
    }

    /// Open callers' connections.
    pub fn connections_open(&self) -> u64 {
        self.workers.iter().map(|worker| worker.metrics.open().0).sum()
    }

    /// Requests added up over workers and series, by status class and outcome.
    pub fn requests(&self) -> RequestCounts {
        let series = Arc::clone(&self.configuration().series);
        let mut sum = RequestCounts::default();
        for (id, ..) in series.iter() {
            self.workers.iter().for_each(|worker| worker.metrics.merge_requests(id, &mut sum));
        }
        sum
    }

    /// Restarts added up over workers.
    pub fn restarts(&self) -> u64 {
        self.workers.iter().map(|worker| u64::from(worker.restarts.load(Ordering::Relaxed))).sum()
    }
}
