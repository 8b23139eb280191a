//! The generation in force, and how the next one takes its place.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use postern_bundle::{
    AgentMessage, Applied, Bundle, Commit, Diagnostic, Hash, PartKey, Rejected, RejectedReason, Severity, Staging,
    StagingError,
};

use crate::limits::{APPLY_WAIT, DIAGNOSTICS_MAX};
use crate::observe::series::SeriesTable;
use crate::observe::state::{Configuration, ProcessState, unix_s};
use crate::snapshot::Snapshot;
use crate::supervisor::Event;

/// What the control thread knows of the configuration: the bundle in force, for deltas on top of it, and its snapshot, for
/// the parts that the next one reuses.
#[derive(Debug)]
pub(super) struct Current {
    state: Arc<ProcessState>,
    events: Sender<Event>,
    bundle: Option<Bundle>,
    snapshot: Option<Arc<Snapshot>>,
    /// Snapshots that requests may still run on. Kept until they do not, so that their memory is given back by this
    /// thread and never by a worker between two requests.
    retired: Vec<Arc<Snapshot>>,
    /// Outlives snapshots: the numbers counted under its ids stay.
    series: Arc<SeriesTable>,
    staging: Staging,
}

impl Current {
    pub(super) fn new(state: Arc<ProcessState>, events: Sender<Event>) -> Self {
        Self {
            state,
            events,
            bundle: None,
            snapshot: None,
            retired: Vec::new(),
            series: Arc::default(),
            staging: Staging::new(),
        }
    }

    /// Generation and root hash in force.
    pub(super) fn in_force(&self) -> Option<(u64, Hash)> {
        self.bundle.as_ref().map(|bundle| (bundle.generation(), bundle.root_hash()))
    }

    /// Gives back the memory of snapshots that no request runs on any more. To be called now and then.
    pub(super) fn release(&mut self) {
        self.retired.retain(|snapshot| Arc::strong_count(snapshot) > 1);
    }

    /// Forgets what the agent sent but did not commit.
    pub(super) fn abort(&mut self) {
        self.staging.abort();
    }

    /// Takes one step of a generation. `Err` means that this generation is lost; the one in force stays.
    pub(super) fn stage(&mut self, message: AgentMessage) -> Result<Option<Applied>, Rejected> {
        let staged = match message {
            AgentMessage::Begin(begin) => self.staging.begin(begin, self.bundle.as_ref()),
            AgentMessage::Put(put) => self.staging.put(put),
            AgentMessage::Drop(key) => self.staging.drop_part(&key),
            AgentMessage::Commit(commit) => return self.commit(commit).map(Some),
            AgentMessage::Hello(_) | AgentMessage::Ping(_) | AgentMessage::Unconfigure(_) => Ok(()),
        };
        staged.map(|()| None).map_err(|error| self.refuse(0, &error))
    }

    fn refuse(&mut self, generation: u64, error: &StagingError) -> Rejected {
        self.staging.abort();
        self.rejected(generation, error.reason(), error.to_string())
    }

    fn rejected(&self, generation: u64, reason: RejectedReason, message: String) -> Rejected {
        self.state.rejected.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(generation, ?reason, message, "configuration rejected; the one in force stays");
        Rejected { generation, reason, message, diagnostics: Vec::new() }
    }

    fn commit(&mut self, commit: Commit) -> Result<Applied, Rejected> {
        let started = Instant::now();
        let generation = commit.generation;
        let bundle = self.staging.commit(commit).map_err(|error| self.refuse(generation, &error))?;
        let previous = self.snapshot.as_deref();
        // The compiler never panics on what it is given; should it do so all the same, the gateway goes on serving.
        let built = catch_unwind(AssertUnwindSafe(|| Snapshot::build(previous, &bundle, &mut self.series)));
        let Ok((snapshot, found)) = built else {
            let message = "the gateway failed to compile this configuration (a defect of the gateway)".to_owned();
            return Err(self.rejected(generation, RejectedReason::Invalid, message));
        };
        let mut diagnostics: Vec<Diagnostic> = found.into_iter().map(Diagnostic::bounded).collect();
        diagnostics.truncate(DIAGNOSTICS_MAX);
        if snapshot.left_out().contains(&PartKey::Service) {
            return Err(self.refuse_service(generation, diagnostics));
        }
        let snapshot = Arc::new(snapshot);
        self.publish(&snapshot, &bundle, started, &diagnostics);
        let apply_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let root_hash = bundle.root_hash();
        log_applied(&snapshot, apply_us, &diagnostics);
        self.bundle = Some(bundle);
        self.retired.extend(self.snapshot.replace(snapshot));
        Ok(Applied { generation, root_hash, apply_us, diagnostics })
    }

    /// Without the service's own policy, which guards every API, none can be served: then rather what was there before.
    fn refuse_service(&self, generation: u64, diagnostics: Vec<Diagnostic>) -> Rejected {
        let first = diagnostics.iter().find(|found| found.severity == Severity::Error);
        let place = first.map_or_else(String::new, |found| {
            format!(": {} line {} column {}: {}", found.scope, found.line, found.column, found.message)
        });
        let message = format!("the policy of the whole service has errors{place}");
        if self.bundle.is_none() {
            self.state.readiness.set_unconfigured(format!("The configuration cannot be served: {message}").into());
        }
        Rejected { diagnostics, ..self.rejected(generation, RejectedReason::Invalid, message) }
    }

    /// Hands the snapshot to every worker and waits until all serve it.
    fn publish(&self, snapshot: &Arc<Snapshot>, bundle: &Bundle, started: Instant, diagnostics: &[Diagnostic]) {
        let generation = bundle.generation();
        // A worker counts its swaps, so that a generation number that comes twice is not mistaken for being in force.
        let before: Vec<u64> = self.state.workers.iter().map(|worker| worker.metrics.swaps()).collect();
        // Scrapes must know the new series before the first request is counted under one.
        self.state.configuration().series = Arc::clone(&self.series);
        // Fails only while the process shuts down.
        let _ = self.events.send(Event::Publish(Arc::clone(snapshot)));
        let in_force = || {
            let workers = self.state.workers.iter().zip(&before);
            workers
                .into_iter()
                .all(|(worker, before)| worker.metrics.swaps() > *before && worker.metrics.generation() == generation)
        };
        if !wait_for(in_force, APPLY_WAIT) {
            tracing::warn!(generation, "not every worker serves the new configuration yet");
        }
        *self.state.configuration() = Configuration {
            generation: Some(generation),
            root_hash: Some(bundle.root_hash()),
            applied_unix_s: unix_s(),
            apply_time: started.elapsed(),
            apis: snapshot.api_count(),
            operations: snapshot.operation_count(),
            subscriptions: snapshot.subscription_count(),
            diagnostics: diagnostics.to_vec(),
            series: Arc::clone(&self.series),
        };
        self.state.applied.fetch_add(1, Ordering::Relaxed);
        self.state.readiness.set_ready(generation);
    }

    /// Takes the configuration out of force; its secrets leave the memory when the last request on it has ended.
    pub(super) fn unconfigure(&mut self, reason: &str) {
        let reason: Arc<str> = if reason.is_empty() { "The agent has no configuration.".into() } else { reason.into() };
        tracing::warn!(%reason, "configuration withdrawn by the agent");
        self.staging.abort();
        self.bundle = None;
        self.retired.extend(self.snapshot.take());
        *self.state.configuration() = Configuration { series: Arc::clone(&self.series), ..Configuration::default() };
        self.state.readiness.set_unconfigured(Arc::clone(&reason));
        let _ = self.events.send(Event::Unconfigure(reason));
    }
}

/// Waits in small steps (workers swap within microseconds, unless they are busy) until `done`, for at most `limit`.
fn wait_for(done: impl Fn() -> bool, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    let mut step = Duration::from_micros(20);
    while !done() {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(step);
        step = (step * 2).min(Duration::from_millis(2));
    }
    true
}

fn log_applied(snapshot: &Snapshot, apply_us: u64, diagnostics: &[Diagnostic]) {
    let generation = snapshot.generation();
    let (apis, operations) = (snapshot.api_count(), snapshot.operation_count());
    tracing::info!(generation, apis, operations, apply_us, diagnostics = diagnostics.len(), "configuration in force");
    for diagnostic in diagnostics {
        let Diagnostic { severity, code, scope, line, column, message, .. } = diagnostic;
        tracing::warn!(?severity, code, scope, line, column, message, "in this configuration");
    }
}
