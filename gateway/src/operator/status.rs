//! The state of the process as one JSON object, for people and tools.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::observe::state::{ProcessState, WorkerState};
use crate::worker::Driver;

/// The answer to `GET /status`.
pub(super) fn status(state: &ProcessState) -> String {
    let configuration = state.configuration().clone();
    let ready = state.readiness.is_ready();
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let workers: Vec<_> =
        state.workers.iter().enumerate().map(|(index, worker)| worker_status(index, worker)).collect();
    let status = json!({
        "status": if ready { "ready" } else { "not ready" },
        "state": state.readiness.state().name(),
        "reason": (!ready).then(|| state.readiness.reason().to_string()),
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "startedAt": rfc3339(state.started_unix_s),
        "uptimeSeconds": state.started.elapsed().as_secs(),
        "driver": state.driver().map(Driver::name),
        "agentConnected": state.agent_connected.load(Ordering::Relaxed),
        "configuration": configuration.generation.map(|generation| json!({
            "generation": generation,
            "rootHash": configuration.root_hash.map(|hash| hash.to_string()),
            "appliedAt": rfc3339(configuration.applied_unix_s),
            "applyMicroseconds": u64::try_from(configuration.apply_time.as_micros()).unwrap_or(u64::MAX),
            "apis": configuration.apis,
            "operations": configuration.operations,
            "subscriptions": configuration.subscriptions,
        })),
        "generationsApplied": count(&state.applied),
        "generationsRejected": count(&state.rejected),
        "workers": workers,
        "accessLog": {
            "written": count(&state.log.written),
            "dropped": count(&state.log.dropped),
            "failed": count(&state.log.failed),
        },
        "diagnostics": configuration.diagnostics,
    });
    status.to_string()
}

fn worker_status(index: usize, worker: &WorkerState) -> Value {
    let (connections, backend_connections) = worker.metrics.open();
    json!({
        "index": index,
        "alive": worker.alive.load(Ordering::Relaxed),
        "restarts": worker.restarts.load(Ordering::Relaxed),
        "driver": worker.metrics.driver().map(Driver::name),
        "generation": worker.metrics.generation(),
        "connections": connections,
        "backendConnections": backend_connections,
    })
}

fn rfc3339(unix_s: u64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(i64::try_from(unix_s).ok()?).ok()?;
    time.format(&Rfc3339).ok()
}
