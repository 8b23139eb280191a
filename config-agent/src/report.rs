//! What the agent says about itself and its gateway: to management in heartbeats, to systemd in one line.

use postern_bundle::{Diagnostic, GatewayHello, Hash, Health, Severity};
use postern_model::feed::{GatewayState, Heartbeat, HeartbeatDiagnostic};

use crate::{agent::distinct, limits, source::Failure};

/// The content of a heartbeat, without what differs from endpoint to endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Everything but `instance`, `host` and `continuation`.
    pub heartbeat: Heartbeat,
    /// Continuation of the configuration in force, by source.
    pub continuations: Vec<Option<String>>,
}

/// What a report is made from.
pub(crate) struct ReportInput<'a> {
    pub(crate) hello: Option<&'a GatewayHello>,
    pub(crate) health: Option<&'a Health>,
    pub(crate) generation: Option<u64>,
    pub(crate) root_hash: Option<Hash>,
    pub(crate) up_to_date: bool,
    pub(crate) from_backup: bool,
    pub(crate) refused: Option<&'a str>,
    pub(crate) failures: Vec<(&'a str, &'a Failure)>,
    pub(crate) why_nothing: Option<String>,
    pub(crate) api_count: usize,
    pub(crate) left_out_count: usize,
    pub(crate) kept_count: usize,
    pub(crate) findings: &'a [Diagnostic],
    pub(crate) gateway_findings: &'a [Diagnostic],
    pub(crate) continuations: Vec<Option<String>>,
}

impl ReportInput<'_> {
    /// The heartbeat.
    pub(crate) fn report(&self) -> Report {
        let (state, reason) = self.state();
        let all = self.findings.iter().chain(self.gateway_findings).cloned();
        let heartbeat = Heartbeat {
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            gateway_version: self.hello.map(|hello| hello.version.clone()),
            state,
            reason,
            generation: self.generation,
            root_hash: self.root_hash.map(|hash| hash.to_string()),
            driver: self.health.map(|health| health.driver.clone()).filter(|driver| !driver.is_empty()),
            workers: self.health.and_then(|health| u32::try_from(health.workers.len()).ok()),
            diagnostics: bounded(distinct(all)),
            ..Heartbeat::default()
        };
        Report { heartbeat, continuations: self.continuations.clone() }
    }

    /// One line for people.
    pub(crate) fn status_line(&self) -> String {
        let (state, reason) = self.state();
        let state = match state {
            GatewayState::Ready => "ready",
            GatewayState::Degraded => "degraded",
            GatewayState::NotReady => "not ready",
            GatewayState::Unknown => "gateway not connected",
        };
        let generation = self.generation.map(|generation| format!(", generation {generation}")).unwrap_or_default();
        let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        // A line break would begin another systemd assignment.
        format!("{state}{generation}, {} APIs{reason}", self.api_count).replace(char::is_control, " ")
    }

    fn state(&self) -> (GatewayState, Option<String>) {
        if self.hello.is_none() {
            return (GatewayState::Unknown, Some("the gateway is not connected".to_owned()));
        }
        let not_ready = self.health.filter(|health| !health.ready && health.generation == self.generation);
        if self.root_hash.is_none() || not_ready.is_some() {
            let own = self.why_nothing.clone();
            let said = not_ready.and_then(|health| health.reason.clone());
            return (GatewayState::NotReady, Some(own.or(said).unwrap_or_else(|| "no configuration yet".to_owned())));
        }
        let mut reasons = Vec::new();
        if self.left_out_count > 0 {
            let total = self.api_count + self.left_out_count;
            reasons.push(format!("{} of {total} APIs left out", self.left_out_count));
        }
        if self.kept_count > 0 {
            let count = self.kept_count;
            reasons
                .push(format!("{count} of {} APIs kept at their last good form", self.api_count + self.left_out_count));
        }
        if let Some(message) = self.refused {
            reasons.push(format!("the gateway rejected the newest configuration: {message}"));
        } else if self.from_backup {
            reasons.push("serving from the backup".to_owned());
        }
        let silent = self.health.map_or(0, |health| health.workers.iter().filter(|worker| !worker.alive).count());
        if silent > 0 {
            reasons.push(format!("{silent} workers of the gateway do not answer"));
        }
        reasons.extend(self.failures.iter().map(|(source, failure)| format!("{source}: {failure}")));
        let errors = self.findings.iter().chain(self.gateway_findings).any(|finding| finding.is_error());
        if reasons.is_empty() && errors {
            reasons.push("parts of the configuration have errors".to_owned());
        }
        if reasons.is_empty() && (self.up_to_date || self.generation.is_some()) {
            return (GatewayState::Ready, None);
        }
        (GatewayState::Degraded, Some(reasons.join("; ")))
    }
}

/// Errors first, and no more than management takes.
fn bounded(mut diagnostics: Vec<Diagnostic>) -> Vec<HeartbeatDiagnostic> {
    diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
    let mut bytes = 0;
    let fits = |diagnostic: &Diagnostic| {
        bytes += diagnostic.message.len() + diagnostic.scope.len() * 2 + 200;
        bytes <= limits::HEARTBEAT_TEXT_BYTES_MAX
    };
    diagnostics
        .into_iter()
        .map(Diagnostic::bounded)
        .take(limits::HEARTBEAT_DIAGNOSTICS_MAX)
        .scan(fits, |fits, diagnostic| fits(&diagnostic).then_some(diagnostic))
        .map(heartbeat_diagnostic)
        .collect()
}

fn heartbeat_diagnostic(diagnostic: Diagnostic) -> HeartbeatDiagnostic {
    HeartbeatDiagnostic {
        severity: severity(diagnostic.severity).to_owned(),
        code: diagnostic.code,
        message: diagnostic.message,
        document: Some(diagnostic.file.unwrap_or_else(|| diagnostic.scope.clone())),
        scope: diagnostic.scope,
        line: diagnostic.line,
        column: diagnostic.column,
        suggestion: diagnostic.suggestion,
    }
}

/// `error` or `warning`.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
