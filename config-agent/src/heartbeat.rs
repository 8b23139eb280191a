//! Tells management how the gateway is: at once when something changes, and every minute.

use std::time::Duration;

use postern_model::feed::Heartbeat;
use tokio::{sync::watch, time::Instant};
use tracing::{debug, warn};

use crate::{limits, report::Report, source::endpoint::EndpointClient};

/// Who sends.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Tells apart the agents of one gateway resource; the same after a restart.
    pub instance: String,
    /// Host name.
    pub host: String,
    /// When the agent started, RFC 3339.
    pub started_at: String,
}

/// Sends heartbeats to the endpoint that is source number `index`, until no report can come any more.
pub async fn run(client: EndpointClient, index: usize, identity: Identity, mut reports: watch::Receiver<Report>) {
    let mut interval = limits::HEARTBEAT_INTERVAL;
    let mut failed = false;
    // The first report is the default one: nothing is known yet. The agent's own comes at once.
    if reports.changed().await.is_err() {
        return;
    }
    loop {
        let heartbeat = heartbeat(&reports.borrow_and_update().clone(), index, &identity);
        let sent = Instant::now();
        match client.heartbeat(&heartbeat).await {
            Ok(reply) => {
                failed = false;
                let asked = Duration::from_secs(u64::from(reply.interval_seconds));
                if !asked.is_zero() {
                    interval = asked.min(limits::HEARTBEAT_INTERVAL);
                }
                debug!(state = ?heartbeat.state, "heartbeat sent");
            }
            Err(failure) if failed => debug!(%failure, "heartbeat cannot be sent"),
            Err(failure) => {
                failed = true;
                warn!(url = %client.url(), %failure, "heartbeat cannot be sent");
            }
        }
        tokio::time::sleep_until(sent + limits::HEARTBEAT_SPACING).await;
        // After a failure the state is told as soon as management is back, not a minute later.
        let pause = if failed { limits::BACKOFF_FIRST * 5 } else { interval };
        tokio::select! {
            changed = reports.changed() => if changed.is_err() { return },
            () = tokio::time::sleep_until(sent + pause) => {}
        }
    }
}

fn heartbeat(report: &Report, index: usize, identity: &Identity) -> Heartbeat {
    Heartbeat {
        instance: identity.instance.clone(),
        host: Some(identity.host.clone()),
        started_at: Some(identity.started_at.clone()),
        continuation: report.continuations.get(index).cloned().flatten(),
        ..report.heartbeat.clone()
    }
}
