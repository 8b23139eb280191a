//! What the agent hears of the gateway: numbers and health.

use std::sync::atomic::Ordering;

use postern_bundle::{Health, Stats, WorkerHealth};

use crate::observe::metrics::{ApiSum, Counter, STATUS_CLASSES};
use crate::observe::readiness::State;
use crate::observe::state::ProcessState;
use crate::worker::Driver;

/// What has changed since the last report when this has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprint {
    state: State,
    generation: u64,
    restarts: u64,
    alive: Vec<bool>,
}

pub(super) fn fingerprint(state: &ProcessState) -> Fingerprint {
    Fingerprint {
        state: state.readiness.state(),
        generation: state.readiness.generation(),
        restarts: state.restarts(),
        alive: state.workers.iter().map(|worker| worker.alive.load(Ordering::Relaxed)).collect(),
    }
}

pub(super) fn health(state: &ProcessState) -> Health {
    let configuration = state.configuration().clone();
    let ready = state.readiness.is_ready();
    let workers = state.workers.iter().enumerate().map(|(index, worker)| WorkerHealth {
        index: u16::try_from(index).unwrap_or(u16::MAX),
        alive: worker.alive.load(Ordering::Relaxed),
        restarts: worker.restarts.load(Ordering::Relaxed),
    });
    Health {
        generation: configuration.generation,
        root_hash: configuration.root_hash,
        ready,
        reason: (!ready).then(|| state.readiness.reason().to_string()),
        driver: state.driver().map_or("none", Driver::name).to_owned(),
        uptime_s: state.started.elapsed().as_secs(),
        workers: workers.collect(),
        diagnostics: configuration.diagnostics,
    }
}

pub(super) fn stats(state: &ProcessState) -> Stats {
    let requests = state.requests();
    let mut requests_by_class = [0; STATUS_CLASSES.len()];
    for (class, outcomes) in requests_by_class.iter_mut().zip(requests) {
        *class = outcomes.iter().sum();
    }
    let series = state.configuration().series.clone();
    let mut rate_limited = 0;
    for (api, _) in series.apis() {
        let mut sum = ApiSum::default();
        state.workers.iter().for_each(|worker| worker.metrics.merge_api(api, &mut sum));
        rate_limited += sum.rate_limited;
    }
    Stats {
        generation: state.configuration().generation,
        requests_by_class,
        requests_aborted: state.total(Counter::RequestsAborted),
        rate_limited,
        connections_open: state.connections_open(),
        bytes_in: state.total(Counter::BytesReceived),
        bytes_out: state.total(Counter::BytesSent),
        access_log_dropped: state.log.dropped.load(Ordering::Relaxed) + state.log.failed.load(Ordering::Relaxed),
    }
}
