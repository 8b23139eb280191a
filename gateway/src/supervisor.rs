//! Keeps the workers alive: starts one thread each, starts them again when they end unasked, hands every worker the
//! configuration in force, and tells systemd that all is well only while every worker's heart beats.
//!
//! What must hold: this thread alone owns the mailboxes, so whatever reaches a worker went through [`Supervisor::run`].
//! A restarted worker gets the same listening sockets (duplicates of their descriptors), so connections waiting in their queues
//! are not reset, and the configuration in force as its first message.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use core_affinity::CoreId;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::limits;
use crate::observe::log_writer::LogWriter;
use crate::observe::readiness::State;
use crate::observe::state::ProcessState;
use crate::process::notify::Systemd;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::worker::{self, Driver, Listeners, Message, Shared, WorkerConfig, WorkerExit, WorkerHandle};

/// All that wakes the supervisor.
#[derive(Debug)]
pub enum Event {
    /// Serve this from now on.
    Publish(Arc<Snapshot>),
    /// Serve nothing, and say why.
    Unconfigure(Arc<str>),
    /// A worker's thread came to its end.
    WorkerEnded {
        index: usize,
        ending: Ending,
    },
    Signal(Signal),
}

/// How a worker's thread ended.
#[derive(Debug)]
pub enum Ending {
    Exit(WorkerExit),
    Panic(String),
}

/// What the operator or the init system asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM, SIGINT: finish what is under way, then go. A second one goes at once.
    Stop,
    /// SIGHUP: open the access log again.
    Reopen,
    /// SIGUSR2 with `POSTERN_TEST_HOOKS=1`: let worker 0 panic.
    PanicWorker,
}

/// Why the workers could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("worker {index} could not be given its socket or mailbox")]
    Prepare {
        index: usize,
        #[source]
        source: std::io::Error,
    },
    #[error("the thread of worker {index} could not be started")]
    Thread {
        index: usize,
        #[source]
        source: std::io::Error,
    },
    #[error("worker {index} could not start: {reason}")]
    Worker { index: usize, reason: String },
    #[error("worker {index} did not start within {} s", limits::WORKER_START.as_secs())]
    Silent { index: usize },
}

/// What the supervisor and its workers work with.
#[derive(Debug)]
pub struct Parts {
    pub settings: Arc<Settings>,
    pub shared: Arc<Shared>,
    pub state: Arc<ProcessState>,
    pub log: LogWriter,
    /// One set per worker, all of the same ports.
    pub listeners: Vec<Listeners>,
}

/// How the process went down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// Every request under way was answered.
    Completely,
    /// The deadline passed (or a second signal came) first.
    Partly,
}

/// What workers are to serve.
#[derive(Debug, Clone)]
enum Publication {
    Nothing,
    Snapshot(Arc<Snapshot>),
    Unconfigured(Arc<str>),
}

#[derive(Debug)]
struct Slot {
    /// Dropped when draining begins, so that the worker's own close really ends listening.
    listeners: Option<Listeners>,
    core: Option<CoreId>,
    handle: Option<WorkerHandle>,
    started: Instant,
    backoff: Duration,
    restart_at: Option<Instant>,
    beats: u64,
    beat_at: Instant,
}

/// Owner of the workers.
#[derive(Debug)]
pub struct Supervisor {
    parts: Parts,
    slots: Vec<Slot>,
    publication: Publication,
    events: Receiver<Event>,
    sender: Sender<Event>,
    systemd: Systemd,
}

impl Supervisor {
    /// Starts all workers and waits until each accepts connections.
    ///
    /// # Errors
    /// When one cannot start: then the process had better not pretend to serve.
    pub fn start(mut parts: Parts) -> Result<Self, StartError> {
        let (sender, events) = unbounded();
        let cores = cores(&parts.settings);
        let now = Instant::now();
        let listeners = std::mem::take(&mut parts.listeners);
        let slots = listeners.into_iter().enumerate().map(|(index, listeners)| Slot {
            listeners: Some(listeners),
            core: cores.get(index).copied(),
            handle: None,
            started: now,
            backoff: limits::RESTART_BACKOFF_MIN,
            restart_at: None,
            beats: 0,
            beat_at: now,
        });
        let mut supervisor = Self {
            slots: slots.collect(),
            parts,
            publication: Publication::Nothing,
            events,
            sender,
            systemd: Systemd::find(),
        };
        let mut starts = Vec::new();
        for index in 0..supervisor.slots.len() {
            starts.push((index, supervisor.start_worker(index)?));
        }
        for (index, started) in starts {
            match started.recv_timeout(limits::WORKER_START) {
                Ok(Ok(driver)) => tracing::debug!(worker = index, driver = driver.name(), "worker started"),
                Ok(Err(reason)) => return Err(StartError::Worker { index, reason }),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(StartError::Worker { index, reason: "its thread ended at once".to_owned() });
                }
                Err(RecvTimeoutError::Timeout) => return Err(StartError::Silent { index }),
            }
        }
        supervisor.check_hearts();
        Ok(supervisor)
    }

    /// Where to send events.
    pub fn sender(&self) -> Sender<Event> {
        self.sender.clone()
    }

    /// The link to systemd.
    pub fn systemd(&self) -> &Systemd {
        &self.systemd
    }

    /// Handles events until told to stop, then drains.
    pub fn run(mut self) -> (Drained, LogWriter) {
        loop {
            let wait = self.next_due().saturating_duration_since(Instant::now());
            match self.events.recv_timeout(wait) {
                Ok(Event::Publish(snapshot)) => self.publish(Publication::Snapshot(snapshot)),
                Ok(Event::Unconfigure(reason)) => self.publish(Publication::Unconfigured(reason)),
                Ok(Event::WorkerEnded { index, ending }) => self.worker_ended(index, &ending),
                Ok(Event::Signal(Signal::Reopen)) => self.parts.log.reopen(),
                Ok(Event::Signal(Signal::PanicWorker)) => self.send(0, Message::Panic),
                Ok(Event::Signal(Signal::Stop)) => return self.drain(),
                // The supervisor holds a sender itself: the channel never closes.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            self.restart_due();
            self.check_hearts();
            self.systemd.report(&self.parts.state);
        }
    }

    fn publish(&mut self, publication: Publication) {
        self.publication = publication;
        for index in 0..self.slots.len() {
            if let Some(message) = self.publication_message() {
                self.send(index, message);
            }
        }
    }

    /// What brings a worker to the configuration in force; each has its own copy of the route table.
    fn publication_message(&self) -> Option<Message> {
        match &self.publication {
            Publication::Nothing => None,
            Publication::Snapshot(snapshot) => {
                Some(Message::Publish { snapshot: Arc::clone(snapshot), table: Box::new(snapshot.table()) })
            }
            Publication::Unconfigured(reason) => Some(Message::Unconfigure { reason: Arc::clone(reason) }),
        }
    }

    /// A worker that is gone gets the state of things when it is started again.
    fn send(&self, index: usize, message: Message) {
        if let Some(handle) = self.slots.get(index).and_then(|slot| slot.handle.as_ref()) {
            handle.send(message);
        }
    }

    fn start_worker(&mut self, index: usize) -> Result<Receiver<Result<Driver, String>>, StartError> {
        let prepare = |source| StartError::Prepare { index, source };
        let first = self.publication_message();
        let slot = &mut self.slots[index];
        let Some(listeners) = &slot.listeners else {
            return Err(prepare(std::io::Error::other("the process is shutting down")));
        };
        let listeners = listeners.try_clone().map_err(prepare)?;
        let (handle, mailbox, wake) = worker::mailbox().map_err(prepare)?;
        let (started, when_started) = crossbeam_channel::bounded(1);
        let state = &self.parts.state.workers[index];
        let config = WorkerConfig {
            index,
            core: slot.core,
            driver: self.parts.settings.driver,
            listeners,
            mailbox,
            wake,
            metrics: Arc::clone(&state.metrics),
            log: self.parts.log.log(),
            readiness: Arc::clone(&self.parts.state.readiness),
            settings: Arc::clone(&self.parts.settings),
            shared: Arc::clone(&self.parts.shared),
            heartbeat: Arc::clone(&state.heartbeat),
            started,
        };
        if let Some(message) = first {
            handle.send(message);
        }
        let events = self.sender.clone();
        thread::Builder::new()
            .name(format!("worker-{index}"))
            .spawn(move || {
                let ending = run_worker(config);
                // Fails only when the supervisor is gone, and then nobody cares.
                let _ = events.send(Event::WorkerEnded { index, ending });
            })
            .map_err(|source| StartError::Thread { index, source })?;
        slot.handle = Some(handle);
        slot.started = Instant::now();
        slot.beat_at = slot.started;
        Ok(when_started)
    }

    fn worker_ended(&mut self, index: usize, ending: &Ending) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.handle = None;
        let now = Instant::now();
        if now.duration_since(slot.started) >= limits::RESTART_BACKOFF_RESET {
            slot.backoff = limits::RESTART_BACKOFF_MIN;
        }
        slot.restart_at = Some(now + slot.backoff);
        let restart_in_ms = u64::try_from(slot.backoff.as_millis()).unwrap_or(u64::MAX);
        slot.backoff = (slot.backoff * 2).min(limits::RESTART_BACKOFF_MAX);
        let state = &self.parts.state.workers[index];
        state.metrics.square();
        state.alive.store(false, Ordering::Relaxed);
        match ending {
            Ending::Panic(message) => tracing::error!(worker = index, message, restart_in_ms, "worker panicked"),
            Ending::Exit(exit) => tracing::error!(worker = index, ?exit, restart_in_ms, "worker ended unasked"),
        }
    }

    fn restart_due(&mut self) {
        let now = Instant::now();
        for index in 0..self.slots.len() {
            if self.slots[index].restart_at.is_none_or(|at| at > now) {
                continue;
            }
            self.slots[index].restart_at = None;
            match self.start_worker(index) {
                Ok(_) => {
                    self.parts.state.workers[index].restarts.fetch_add(1, Ordering::Relaxed);
                    tracing::info!(worker = index, "worker started again");
                }
                Err(error) => {
                    tracing::error!(worker = index, error = &error as &dyn std::error::Error, "worker not started");
                    self.slots[index].restart_at = Some(now + limits::RESTART_BACKOFF_MAX);
                }
            }
        }
    }

    /// Looks whether every heart beat since the last look.
    fn check_hearts(&mut self) {
        let now = Instant::now();
        for (index, (slot, worker)) in self.slots.iter_mut().zip(&self.parts.state.workers).enumerate() {
            let beats = worker.heartbeat.count();
            if slot.beats != beats {
                slot.beats = beats;
                slot.beat_at = now;
            }
            let alive = slot.handle.is_some() && now.duration_since(slot.beat_at) < limits::WORKER_STUCK;
            if worker.alive.swap(alive, Ordering::Relaxed) && !alive {
                tracing::error!(worker = index, "worker is stuck");
            }
        }
    }

    fn next_due(&self) -> Instant {
        let tick = Instant::now()
            + self.systemd.interval().map_or(limits::SUPERVISOR_TICK, |interval| interval.min(limits::SUPERVISOR_TICK));
        self.slots.iter().filter_map(|slot| slot.restart_at).fold(tick, Instant::min)
    }

    /// Lets every worker finish what is under way. Workers that died before are not started again.
    fn drain(mut self) -> (Drained, LogWriter) {
        let deadline = Instant::now() + self.parts.settings.drain_timeout;
        tracing::info!(connections = self.parts.state.connections_open(), "draining");
        self.parts.state.readiness.set_draining();
        self.systemd.stopping();
        for slot in &mut self.slots {
            slot.listeners = None;
        }
        for index in 0..self.slots.len() {
            self.send(index, Message::Drain { deadline });
        }
        let mut drained = Drained::Completely;
        while self.slots.iter().any(|slot| slot.handle.is_some()) {
            match self.events.recv_deadline(deadline + limits::DRAIN_GRACE) {
                Ok(Event::WorkerEnded { index, ending }) => {
                    self.slots[index].handle = None;
                    if !matches!(ending, Ending::Exit(WorkerExit::Drained)) {
                        tracing::warn!(worker = index, ?ending, "worker did not drain completely");
                        drained = Drained::Partly;
                    }
                }
                Ok(Event::Signal(Signal::Stop)) | Err(_) => {
                    drained = Drained::Partly;
                    break;
                }
                Ok(_) => {}
            }
        }
        (drained, self.parts.log)
    }

    /// Whether all workers are alive, as seen at the last look.
    pub fn all_alive(state: &ProcessState) -> bool {
        state.workers.iter().all(|worker| worker.alive.load(Ordering::Relaxed))
    }
}

/// Runs a worker and catches what its own loop did not.
fn run_worker(config: WorkerConfig) -> Ending {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| worker::run(config))) {
        Ok(exit) => Ending::Exit(exit),
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            Ending::Panic(text.unwrap_or_else(|| "a panic without a message".to_owned()))
        }
    }
}

/// The core of each worker; empty when workers are not pinned.
fn cores(settings: &Settings) -> Vec<CoreId> {
    use crate::settings::Pin;
    let workers = settings.workers.get();
    let available = core_affinity::get_core_ids().unwrap_or_default();
    let pin = match settings.pin {
        Pin::None => false,
        Pin::Cores => !available.is_empty(),
        // More workers than cores would pin two to one core while the scheduler could spread them.
        Pin::Auto => workers <= available.len(),
    };
    if pin { available.iter().copied().cycle().take(workers).collect() } else { Vec::new() }
}

/// One sentence on the state of the process, for `systemctl status`.
pub(crate) fn summary(state: &ProcessState) -> String {
    let workers = state.workers.len();
    let driver = state.driver().map_or("starting", Driver::name);
    match state.readiness.state() {
        State::Ready => {
            format!("serving configuration {} on {workers} workers ({driver})", state.readiness.generation())
        }
        _ => format!("not ready: {}", state.readiness.reason()),
    }
}

#[cfg(test)]
mod tests;
