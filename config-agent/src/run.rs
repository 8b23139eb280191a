//! `postern-agent run`: starts the tasks, then takes events one by one until it is told to stop.

use std::{future::pending, io::Write, time::Duration};

use anyhow::Context;
use postern_bundle::Hash;
use sd_notify::NotifyState;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
    task::JoinSet,
};
use tracing::{error, info, warn};

use crate::{
    agent::{Agent, Outputs},
    backoff::Backoff,
    backup::{self, Backup},
    files, heartbeat, limits, push,
    report::Report,
    settings::Settings,
    source::{
        Source, SourceAddress, Update, Updates,
        apiops::ApiopsSource,
        endpoint::{EndpointClient, EndpointOptions, EndpointSource},
    },
    token::TokenSource,
};

/// How long a backup waits for sources that neither answer nor fail.
const BACKUP_GRACE: Duration = Duration::from_secs(2);

/// How often the state is looked at without an event: the pace of the watchdog.
const TICK: Duration = Duration::from_secs(5);

/// Everything that can wake the agent.
enum Event {
    Update(usize, Update),
    Gateway(push::Event),
    GraceOver,
    Tick,
    Stop(&'static str),
}

/// Runs until SIGTERM or SIGINT.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    // Fails only when one is installed already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    check_token(&settings)?;
    let mut tasks = JoinSet::new();
    let (update_sender, updates) = mpsc::channel(limits::QUEUE_LENGTH);
    let (report, reports) = watch::channel(Report::default());
    start_sources(&settings, &update_sender, &reports, &mut tasks)?;
    drop(update_sender);
    let (backup_sender, kept) = start_backup(&settings);
    let backup_task = kept.map(|(backup, receiver, last)| (tokio::spawn(backup::keep(backup, receiver)), last));
    let socket = settings.socket.clone();
    let outputs =
        Outputs { report, backup: backup_sender, ready: Box::new(move |generation| ready(&socket, generation)) };
    let names = settings.sources.iter().map(ToString::to_string).collect();
    let mut agent = Agent::new(names, settings.gateway.clone(), outputs);
    let (backup_task, last) = backup_task.unzip();
    if let Some(bundle) = last.flatten() {
        agent.start_from_backup(bundle);
    }
    let (gateway_sender, gateway) = mpsc::channel(limits::QUEUE_LENGTH);
    tasks.spawn(push::run(settings.socket.clone(), gateway_sender));
    info!(socket = %settings.socket.display(), sources = settings.sources.len(), "agent started");
    let reason = serve(&mut agent, Wakers { updates, gateway }).await?;
    info!(reason, "agent stopping");
    notify(&[NotifyState::Stopping]);
    // The senders are in the agent: without it the last backup is written and the tasks end.
    drop(agent);
    tasks.abort_all();
    if let Some(task) = backup_task {
        task.await.context("the backup task failed")?;
    }
    Ok(())
}

struct Wakers {
    updates: mpsc::Receiver<(usize, Update)>,
    gateway: mpsc::Receiver<push::Event>,
}

/// The loop. Returns the name of the signal that ended it.
async fn serve(agent: &mut Agent, mut wakers: Wakers) -> anyhow::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be handled")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be handled")?;
    let mut tick = tokio::time::interval(watchdog_interval());
    let grace = tokio::time::sleep(BACKUP_GRACE);
    tokio::pin!(grace);
    let mut grace_over = false;
    let mut status = String::new();
    notify(&[NotifyState::Ready]);
    loop {
        let event = tokio::select! {
            biased;
            _ = terminate.recv() => Event::Stop("SIGTERM"),
            _ = interrupt.recv() => Event::Stop("SIGINT"),
            event = next(&mut wakers.gateway) => Event::Gateway(event),
            (index, update) = next(&mut wakers.updates) => Event::Update(index, update),
            () = &mut grace, if !grace_over => Event::GraceOver,
            _ = tick.tick() => Event::Tick,
        };
        match event {
            Event::Stop(signal) => return Ok(signal),
            Event::Tick => notify(&[NotifyState::Watchdog]),
            Event::GraceOver => {
                grace_over = true;
                agent.on_grace_over();
                agent.settle();
            }
            Event::Gateway(event) => {
                agent.on_gateway(event);
                agent.settle();
            }
            Event::Update(index, update) => {
                agent.on_update(index, update);
                // What came meanwhile is compiled together.
                while let Ok((index, update)) = wakers.updates.try_recv() {
                    agent.on_update(index, update);
                }
                agent.settle();
            }
        }
        let now = agent.status();
        if now != status {
            notify(&[NotifyState::Status(&now)]);
            status = now;
        }
    }
}

/// The next value; never, when all senders are gone (a source that ended).
async fn next<T>(receiver: &mut mpsc::Receiver<T>) -> T {
    match receiver.recv().await {
        Some(value) => value,
        None => pending().await,
    }
}

fn start_sources(
    settings: &Settings,
    updates: &mpsc::Sender<(usize, Update)>,
    reports: &watch::Receiver<Report>,
    tasks: &mut JoinSet<()>,
) -> anyhow::Result<()> {
    let identity = identity(settings);
    for (index, address) in settings.sources.iter().enumerate() {
        let updates = Updates::new(index, updates.clone());
        match address {
            SourceAddress::Apiops(root) => {
                let source = ApiopsSource::new(root.clone(), settings.overrides.clone());
                tasks.spawn(source.run(updates));
            }
            SourceAddress::Endpoint(url) => {
                let options = EndpointOptions {
                    url: url.clone(),
                    token: settings.token.clone(),
                    accept_invalid_certificates: settings.accept_invalid_certificates,
                    wait_s: limits::LONG_POLL_S,
                };
                let client = EndpointClient::new(options).context("the HTTP client cannot be set up")?;
                tasks.spawn(heartbeat::run(client.clone(), index, identity.clone(), reports.clone()));
                tasks.spawn(EndpointSource::new(client, Backoff::default()).run(updates));
            }
        }
    }
    Ok(())
}

/// Says early what will go wrong with the token, and refuses what can never work.
fn check_token(settings: &Settings) -> anyhow::Result<()> {
    if !settings.sources.iter().any(|source| matches!(source, SourceAddress::Endpoint(_))) {
        return Ok(());
    }
    let token = match settings.token.read() {
        Ok(token) => token,
        // A file may be written later; a text stays what it is.
        Err(failure) if matches!(settings.token, TokenSource::File(_)) => {
            error!(code = failure.kind.code(), reason = failure.message, "gateway token cannot be used yet");
            return Ok(());
        }
        Err(failure) => anyhow::bail!(failure),
    };
    if let Some(gateway) = settings.gateway.as_ref().filter(|gateway| **gateway != token.gateway()) {
        anyhow::bail!("the gateway token is for {:?}, but --gateway says {:?}", token.gateway(), gateway.as_str());
    }
    match token.expires_at() {
        Some(end) if end <= OffsetDateTime::now_utc() => {
            error!(code = "gateway-token-expired", gateway = token.gateway(), expired_at = %end, "gateway token is expired");
        }
        Some(end) if end - OffsetDateTime::now_utc() < limits::TOKEN_WARNING => {
            warn!(gateway = token.gateway(), expires_at = %end, "gateway token expires soon");
        }
        _ => {}
    }
    Ok(())
}

type Kept = (Backup, watch::Receiver<Option<postern_bundle::Bundle>>, Option<postern_bundle::Bundle>);

/// Opens the backup folder and reads what is there. A backup that cannot be used is said and done without.
fn start_backup(settings: &Settings) -> (Option<watch::Sender<Option<postern_bundle::Bundle>>>, Option<Kept>) {
    let Some(folder) = &settings.data else {
        warn!("no backup is kept: name a folder with --data");
        return (None, None);
    };
    let backup = match Backup::open(folder) {
        Ok(backup) => backup,
        Err(error) => {
            error!(%error, code = "backup-unusable", "no backup is kept");
            return (None, None);
        }
    };
    let last = match backup.read() {
        Ok(last) => last,
        Err(error) => {
            error!(%error, code = "backup-unusable", "there is no backup to start from");
            None
        }
    };
    let (sender, receiver) = watch::channel(None);
    (Some(sender), Some((backup, receiver, last)))
}

/// Who this agent is for management: the same after a restart, different for two agents of one machine.
fn identity(settings: &Settings) -> heartbeat::Identity {
    let read = |path: &str| files::read_text(path.as_ref(), limits::SMALL_FILE_BYTES_MAX).unwrap_or_default();
    let host = read("/proc/sys/kernel/hostname").trim().to_owned();
    let machine = read("/etc/machine-id");
    let socket = std::path::absolute(&settings.socket).unwrap_or_else(|_| settings.socket.clone());
    let parts = [machine.trim().as_bytes(), host.as_bytes(), socket.as_os_str().as_encoded_bytes()];
    let mut instance = Hash::of_chunks(parts.into_iter()).to_string();
    instance.truncate(16);
    let started_at = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    heartbeat::Identity { instance, host, started_at: started_at.format(&Rfc3339).unwrap_or_default() }
}

/// The ready line: for whoever started the agent and waits for a configured gateway.
#[allow(clippy::print_stdout, reason = "the ready line is the contract of the command")]
fn ready(socket: &std::path::Path, generation: u64) {
    let line = serde_json::json!({
        "ready": true,
        "component": "agent",
        "socket": socket.display().to_string(),
        "generation": generation,
        "pid": std::process::id(),
    });
    println!("{line}");
    // A closed standard output must not end the agent.
    let _ = std::io::stdout().flush();
}

/// Half of what systemd's watchdog allows, if it watches.
fn watchdog_interval() -> Duration {
    let mut limit_us = 0;
    let watched = sd_notify::watchdog_enabled(false, &mut limit_us) && limit_us > 0;
    if watched { Duration::from_micros(limit_us / 2).min(TICK) } else { TICK }
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        warn!(%error, "systemd cannot be notified");
    }
}
