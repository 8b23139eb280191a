//! The agent's state and what it decides: which configuration should be in force, and what to tell the gateway, the backup and
//! management.
//!
//! What always holds:
//! - A gateway that serves something is never told to serve nothing, and never given a configuration that is only complete because a
//!   source was away: what it has is better.
//! - The backup holds only what the gateway took.
//! - Nothing here waits: events come in, channels take what follows. The loop is in `run.rs`.

use std::collections::BTreeMap;

use postern_bundle::{
    Applied, Bundle, Diagnostic, GatewayHello, GatewayMessage, Hash, Health, Rejected, RejectedReason,
};
use postern_model::{Inventory, Name};
use tokio::sync::{mpsc, watch};
use tracing::{debug, error, info, warn};

use crate::{
    compile::{Compiled, Compiler, Input},
    events, push,
    report::{Report, ReportInput},
    source::{Dirty, SourceState, Update},
};

/// Where decisions go.
pub struct Outputs {
    /// What management is told.
    pub report: watch::Sender<Report>,
    /// What is kept for times without a source; `None` without a backup folder.
    pub backup: Option<watch::Sender<Option<Bundle>>>,
    /// Told once, with its number, when the first generation is in force.
    pub ready: Box<dyn FnMut(u64) + Send>,
}

/// The agent.
pub struct Agent {
    sources: Vec<Slot>,
    gateway_filter: Option<Name>,
    compiler: Compiler,
    dirty: Dirty,
    desired: Option<Desired>,
    /// What is wrong with the configuration, from the last compile.
    findings: Vec<Diagnostic>,
    counts: Counts,
    link: Option<Link>,
    /// The bundle behind the root hash the gateway last said it runs on.
    in_force: Option<Bundle>,
    /// A root hash the gateway turned down for its content, and why.
    refused: Option<(Hash, String)>,
    /// A backup may be pushed: the sources had their chance.
    grace_over: bool,
    ready: bool,
    last_generation: u64,
    outputs: Outputs,
}

struct Slot {
    name: String,
    state: SourceState,
    /// Continuation of the configuration the gateway runs on.
    applied: Option<String>,
}

/// What should be in force.
struct Desired {
    bundle: Bundle,
    origin: DesiredOrigin,
    /// Where each source stood.
    continuations: Vec<Option<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DesiredOrigin {
    /// Every source was read.
    Sources,
    /// A source was never read.
    Partial,
    Backup,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    apis: usize,
    left_out: usize,
    kept: usize,
}

/// A connected gateway.
struct Link {
    commands: mpsc::UnboundedSender<push::Command>,
    hello: GatewayHello,
    root_hash: Option<Hash>,
    generation: Option<u64>,
    in_flight: Option<Bundle>,
    /// What was wrong with it, told ahead of the answer to its commit.
    lost: Option<RejectedReason>,
    /// Send everything next time.
    resync: bool,
    /// The reason it was last given for having no configuration.
    unconfigured: Option<String>,
    health: Option<Health>,
    /// What it found when it applied the generation in force.
    findings: Vec<Diagnostic>,
}

impl Agent {
    /// An agent with these sources, by the name to show for each.
    pub fn new(sources: Vec<String>, gateway_filter: Option<Name>, outputs: Outputs) -> Agent {
        let slot = |name| Slot { name, state: SourceState::default(), applied: None };
        Agent {
            sources: sources.into_iter().map(slot).collect(),
            gateway_filter,
            compiler: Compiler::default(),
            dirty: Dirty::default(),
            desired: None,
            findings: Vec::new(),
            counts: Counts::default(),
            link: None,
            in_force: None,
            refused: None,
            grace_over: false,
            ready: false,
            last_generation: 0,
            outputs,
        }
    }

    /// Takes the backup as what should be in force until a source says otherwise.
    pub fn start_from_backup(&mut self, bundle: Bundle) {
        info!(generation = bundle.generation(), parts = bundle.parts().len(), "backup loaded");
        self.last_generation = bundle.generation();
        self.compiler.seed(&bundle);
        let continuations = vec![None; self.sources.len()];
        self.desired = Some(Desired { bundle, origin: DesiredOrigin::Backup, continuations });
    }

    /// A source said something. Call [`Agent::settle`] when there is nothing more to take at the moment.
    pub fn on_update(&mut self, index: usize, update: Update) {
        let Some(slot) = self.sources.get_mut(index) else { return };
        let before = slot.state.failure.clone();
        let touched = slot.state.apply(update);
        match (&before, &slot.state.failure) {
            (before, Some(failure)) if before.as_ref() != Some(failure) => {
                error!(source = %slot.name, code = failure.kind.code(), reason = %failure.message, "source cannot be read");
            }
            (Some(_), None) => info!(source = %slot.name, "source can be read again"),
            _ => {}
        }
        self.dirty.extend(touched);
    }

    /// The gateway said something, came or went.
    pub fn on_gateway(&mut self, event: push::Event) {
        match event {
            push::Event::Connected { hello, link } => self.connected(hello, link),
            push::Event::Disconnected(reason) => {
                if self.link.take().is_some() {
                    warn!(reason, "gateway disconnected");
                } else {
                    debug!(reason, "gateway cannot be reached");
                }
            }
            push::Event::Message(GatewayMessage::Applied(applied)) => self.applied(applied),
            push::Event::Message(GatewayMessage::Rejected(rejected)) => self.rejected(&rejected),
            push::Event::Message(GatewayMessage::Health(health)) => self.health(health),
            push::Event::Message(GatewayMessage::Stats(stats)) => {
                debug!(requests = stats.requests(), connections = stats.connections_open, "gateway counters");
            }
            push::Event::Message(GatewayMessage::Hello(_) | GatewayMessage::Pong(_)) => {}
        }
    }

    /// The sources had their time to answer; a backup need not wait for them any longer.
    pub fn on_grace_over(&mut self) {
        self.grace_over = true;
    }

    /// Does what follows from everything that was taken in: compiles, pushes, reports.
    pub fn settle(&mut self) {
        if !self.dirty.is_empty() && self.may_compile() {
            self.compile();
        }
        self.push();
        self.unconfigure();
        self.publish();
    }

    /// One line for `systemctl status`.
    pub fn status(&self) -> String {
        self.report_input().status_line()
    }

    /// Whether the sources say enough. A source that never answered makes a partial configuration: only better than nothing.
    fn may_compile(&self) -> bool {
        let loaded = self.sources.iter().filter(|slot| slot.state.inventory.is_some()).count();
        let answered = self.sources.iter().all(|slot| slot.state.has_answered());
        let has_something = self.desired.is_some() || self.link.as_ref().is_some_and(|link| link.root_hash.is_some());
        let was_partial = self.desired.as_ref().is_some_and(|desired| desired.origin == DesiredOrigin::Partial);
        loaded == self.sources.len() || (loaded > 0 && answered && (!has_something || was_partial))
    }

    fn compile(&mut self) {
        let dirty = std::mem::take(&mut self.dirty);
        let started = std::time::Instant::now();
        let merged = merge(&self.sources);
        let inventory = match &merged {
            Some(merged) => merged,
            None => match self.sources.iter().find_map(|slot| slot.state.inventory.as_ref()) {
                Some(inventory) => inventory,
                None => return,
            },
        };
        let identity = self.sources.iter().find_map(|slot| slot.state.gateway.as_deref()).map(Name::from);
        let input = Input {
            inventory,
            problems: self.sources.iter().flat_map(|slot| slot.state.problems()).collect(),
            gateway: self.gateway_filter.as_ref(),
            identity: identity.as_ref(),
            dirty: &dirty,
        };
        let compiled = self.compiler.compile(&input);
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.take_compiled(compiled, elapsed_ms);
    }

    fn take_compiled(&mut self, compiled: Compiled, elapsed_ms: u64) {
        events::findings(&self.findings, &compiled.findings);
        self.findings = compiled.findings;
        self.counts = Counts { apis: compiled.api_count, left_out: compiled.left_out_count, kept: compiled.kept_count };
        let Some(parts) = compiled.parts else {
            error!("the configuration cannot be served");
            return;
        };
        let continuations = self.sources.iter().map(|slot| slot.state.continuation.clone()).collect();
        let bundle = match Bundle::from_encoded(self.last_generation.saturating_add(1), parts) {
            Ok(bundle) => bundle,
            Err(error) => {
                self.findings.push(Diagnostic::error("bundle-too-large", "/", error.to_string()));
                error!(%error, "the configuration cannot be served");
                return;
            }
        };
        let root_hash = bundle.root_hash();
        let same = self.desired.as_ref().filter(|desired| desired.bundle.root_hash() == root_hash);
        let bundle = match same {
            Some(desired) => desired.bundle.clone(),
            None => {
                self.last_generation = bundle.generation();
                bundle
            }
        };
        info!(
            generation = bundle.generation(),
            apis = self.counts.apis,
            left_out = self.counts.left_out,
            kept = self.counts.kept,
            changed = same.is_none(),
            elapsed_ms,
            "configuration compiled"
        );
        let complete = self.sources.iter().all(|slot| slot.state.inventory.is_some());
        let origin = if complete { DesiredOrigin::Sources } else { DesiredOrigin::Partial };
        self.desired = Some(Desired { bundle, origin, continuations });
    }

    fn connected(&mut self, hello: GatewayHello, commands: mpsc::UnboundedSender<push::Command>) {
        info!(
            gateway_version = hello.version,
            gateway_pid = hello.pid,
            generation = hello.generation,
            "gateway connected"
        );
        let (root_hash, generation) = (hello.root_hash, hello.generation);
        if self.in_force.as_ref().map(Bundle::root_hash) != root_hash {
            // What it runs on may still be something this agent has: the backup, or a push whose answer got lost.
            let known = self.desired.as_ref().map(|desired| &desired.bundle);
            self.in_force = known.filter(|bundle| Some(bundle.root_hash()) == root_hash).cloned();
        }
        self.last_generation = self.last_generation.max(generation.unwrap_or(0));
        self.link = Some(Link {
            commands,
            hello,
            root_hash,
            generation,
            in_flight: None,
            lost: None,
            resync: false,
            unconfigured: None,
            health: None,
            findings: Vec::new(),
        });
    }

    fn push(&mut self) {
        let (Some(link), Some(desired)) = (&mut self.link, &mut self.desired) else { return };
        let root_hash = desired.bundle.root_hash();
        if link.root_hash == Some(root_hash) {
            if !self.ready {
                self.ready = true;
                (self.outputs.ready)(link.generation.unwrap_or(desired.bundle.generation()));
            }
            for (slot, continuation) in self.sources.iter_mut().zip(&desired.continuations) {
                slot.applied.clone_from(continuation);
            }
            return;
        }
        let refused = self.refused.as_ref().is_some_and(|(hash, _)| *hash == root_hash);
        if link.in_flight.is_some() || refused {
            return;
        }
        // A gateway that serves something knows at least as much as an old backup or a part of the sources.
        let foreign = link.root_hash.is_some() && self.in_force.is_none();
        let hopeless = self.sources.iter().any(|slot| slot.state.failure.is_some());
        let wait = match desired.origin {
            DesiredOrigin::Sources => false,
            DesiredOrigin::Partial => foreign,
            DesiredOrigin::Backup => link.root_hash.is_some() || !(self.grace_over || hopeless),
        };
        if wait {
            return;
        }
        let behind = link.generation.is_some_and(|generation| generation >= desired.bundle.generation());
        if behind {
            self.last_generation = self.last_generation.max(link.generation.unwrap_or(0)).saturating_add(1);
            desired.bundle = desired.bundle.clone().with_generation(self.last_generation);
        }
        let known = self.in_force.clone().filter(|bundle| Some(bundle.root_hash()) == link.root_hash);
        let base = if link.resync { None } else { known };
        debug!(generation = desired.bundle.generation(), full = base.is_none(), "pushing");
        link.in_flight = Some(desired.bundle.clone());
        // A connection that ended meanwhile says so by an event of its own.
        let _ = link.commands.send(push::Command::Push { bundle: desired.bundle.clone(), base });
    }

    fn applied(&mut self, applied: Applied) {
        let Some(link) = &mut self.link else { return };
        link.generation = Some(applied.generation);
        link.root_hash = Some(applied.root_hash);
        link.resync = false;
        link.unconfigured = None;
        // What the compiler here said already, or the gateway the last time, is not said again.
        let mut said = distinct(self.findings.iter().chain(&link.findings).cloned());
        let known = said.len();
        said.extend(applied.diagnostics.iter().cloned());
        events::findings(&[], distinct(said.into_iter()).get(known..).unwrap_or_default());
        link.findings = applied.diagnostics;
        self.refused = None;
        info!(generation = applied.generation, apply_us = applied.apply_us, "generation in force");
        if let Some(bundle) = link.in_flight.take().filter(|bundle| bundle.root_hash() == applied.root_hash) {
            self.in_force = Some(bundle.clone());
            if let Some(backup) = &self.outputs.backup {
                backup.send_replace(Some(bundle));
            }
        }
    }

    fn rejected(&mut self, rejected: &Rejected) {
        let Some(link) = &mut self.link else { return };
        if rejected.generation == 0 {
            // The answer to the commit is still to come; what came first is the real reason.
            warn!(reason = ?rejected.reason, detail = rejected.message, "gateway refuses the generation being sent");
            link.lost.get_or_insert(rejected.reason);
            return;
        }
        let bundle = link.in_flight.take();
        let reason = link.lost.take().unwrap_or(rejected.reason);
        error!(generation = rejected.generation, ?reason, detail = rejected.message, "gateway rejected a generation");
        let full_was_refused = link.resync && reason != RejectedReason::Invalid;
        if reason == RejectedReason::Invalid || full_was_refused {
            // The same content would be refused again: wait for a change.
            self.refused = bundle.map(|bundle| (bundle.root_hash(), rejected.message.clone()));
            events::findings(&[], &rejected.diagnostics);
            link.findings.clone_from(&rejected.diagnostics);
        } else {
            link.resync = true;
        }
    }

    fn health(&mut self, health: Health) {
        let Some(link) = &mut self.link else { return };
        if !health.diagnostics.is_empty() {
            link.findings.clone_from(&health.diagnostics);
        }
        link.health = Some(health);
    }

    /// Tells a gateway without configuration why it has none.
    fn unconfigure(&mut self) {
        let reason = self.why_nothing();
        let Some(link) = &mut self.link else { return };
        if link.root_hash.is_some() || link.in_flight.is_some() {
            return;
        }
        if let Some(reason) = reason.filter(|reason| link.unconfigured.as_ref() != Some(reason)) {
            warn!(reason, "the gateway has no configuration");
            let _ = link.commands.send(push::Command::Unconfigure(reason.clone()));
            link.unconfigured = Some(reason);
        }
    }

    /// Why there is nothing to serve; `None` while it is too early to say, or when there is something.
    fn why_nothing(&self) -> Option<String> {
        if let Some(desired) = &self.desired {
            let refused = self.refused.as_ref().filter(|(hash, _)| *hash == desired.bundle.root_hash());
            return refused.map(|(_, message)| format!("the gateway rejected the configuration: {message}"));
        }
        let failures = self
            .sources
            .iter()
            .filter_map(|slot| slot.state.failure.as_ref().map(|failure| format!("{}: {failure}", slot.name)));
        let failures: Vec<String> = failures.collect();
        if !failures.is_empty() {
            return Some(format!("no configuration and no backup: {}", failures.join("; ")));
        }
        let unusable = self.findings.iter().find(|finding| finding.code == "global-policy-unusable");
        unusable.map(|finding| finding.message.clone())
    }

    fn publish(&self) {
        let report = self.report_input().report();
        self.outputs.report.send_if_modified(|current| {
            let changed = *current != report;
            *current = report;
            changed
        });
    }

    fn report_input(&self) -> ReportInput<'_> {
        let link = self.link.as_ref();
        let desired_hash = self.desired.as_ref().map(|desired| desired.bundle.root_hash());
        ReportInput {
            hello: link.map(|link| &link.hello),
            health: link.and_then(|link| link.health.as_ref()),
            generation: link.and_then(|link| link.generation),
            root_hash: link.and_then(|link| link.root_hash),
            up_to_date: link.is_some_and(|link| link.root_hash.is_some() && link.root_hash == desired_hash),
            from_backup: self.desired.as_ref().is_some_and(|desired| desired.origin == DesiredOrigin::Backup),
            refused: self.refused.as_ref().map(|(_, message)| message.as_str()),
            failures: self
                .sources
                .iter()
                .filter_map(|slot| Some((slot.name.as_str(), slot.state.failure.as_ref()?)))
                .collect(),
            why_nothing: self.why_nothing(),
            api_count: self.counts.apis,
            left_out_count: self.counts.left_out,
            kept_count: self.counts.kept,
            findings: &self.findings,
            gateway_findings: link.map(|link| link.findings.as_slice()).unwrap_or_default(),
            continuations: self.sources.iter().map(|slot| slot.applied.clone()).collect(),
        }
    }
}

/// All sources in one inventory, the later ones over the earlier; `None` when only one has something, which can be used as it is.
fn merge(sources: &[Slot]) -> Option<Inventory> {
    let mut loaded = sources.iter().filter_map(|slot| slot.state.inventory.as_ref());
    let first = loaded.next()?;
    let mut rest = loaded.peekable();
    rest.peek()?;
    let mut merged = first.clone();
    rest.for_each(|later| merged.merge(later.clone()));
    Some(merged)
}

/// Diagnostics by what makes them the same to a reader.
pub(crate) fn distinct(diagnostics: impl Iterator<Item = Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = BTreeMap::new();
    let mut kept = Vec::new();
    for diagnostic in diagnostics {
        let scope = diagnostic.scope.trim_end_matches("/policies/policy").to_owned();
        let key = (scope, diagnostic.line, diagnostic.column, diagnostic.code.clone());
        if seen.insert(key, ()).is_none() {
            kept.push(diagnostic);
        }
    }
    kept
}
