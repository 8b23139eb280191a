//! One gateway process from start to end, in order: settings, events, sockets, workers, control, operator, ready line,
//! supervision, drain, exit.

pub mod bind;
pub mod notify;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use crossbeam_channel::Sender;
use serde_json::json;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR2};
use signal_hook::iterator::Signals;

use crate::control::{self, ControlSocket};
use crate::observe::log_writer::LogWriter;
use crate::observe::state::ProcessState;
use crate::operator;
use crate::process::bind::bind_all;
use crate::settings::{EventSettings, Loaded, Settings, load};
use crate::supervisor::{Drained, Event, Parts, Signal, Supervisor};
use crate::worker::{Driver, Listeners, Shared};

/// Set to `1` to make SIGUSR2 let worker 0 panic: for tests of the supervisor, never in production.
pub const TEST_HOOKS_VARIABLE: &str = "POSTERN_TEST_HOOKS";

/// Time the access log gets to write what is queued when everything else has ended.
const LOG_FINISH: Duration = Duration::from_secs(2);

/// Exit code for settings that are not understood (as for a wrong command line); other failures give 1.
const EXIT_SETTINGS: u8 = 2;

/// Runs the gateway with this command line and environment until it is told to stop.
pub fn run(arguments: impl IntoIterator<Item = OsString>, variables: &[(String, String)]) -> ExitCode {
    let settings = match load(arguments, variables) {
        Ok(Loaded::Run(settings)) => settings,
        Ok(Loaded::Print(text)) => {
            print(&text);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            complain(&error);
            return ExitCode::from(EXIT_SETTINGS);
        }
    };
    start_events(&settings.events);
    let test_hooks = variables.iter().any(|(name, value)| name == TEST_HOOKS_VARIABLE && value == "1");
    match serve(*settings, test_hooks) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn serve(settings: Settings, test_hooks: bool) -> Result<Drained> {
    let settings = Arc::new(settings);
    raise_file_limit();
    // Before any socket: from now on a signal is an orderly stop.
    let signals = signals(test_hooks).context("signals cannot be handled")?;

    let workers = settings.workers.get();
    let (listeners, http, https) = listen(&settings, workers)?;
    let operator_listener = std::net::TcpListener::bind(settings.operator)
        .with_context(|| format!("cannot listen on {} (operator)", settings.operator))?;
    let operator = operator_listener.local_addr()?;
    let socket = ControlSocket::bind(&settings.socket)
        .with_context(|| format!("cannot listen on {} (socket)", settings.socket.display()))?;

    let access_log = &settings.access_log;
    let log = LogWriter::start(&access_log.destination, access_log.format, access_log.level, &settings.region)
        .context("the access log cannot be opened")?;
    let state = Arc::new(ProcessState::new(workers, Arc::default(), Arc::clone(log.counts())));
    let shared =
        Shared::start(&settings, Arc::clone(&state.emitted)).context("what workers share cannot be started")?;
    let of_process = Arc::clone(&shared);
    let parts = Parts { settings: Arc::clone(&settings), shared, state: Arc::clone(&state), log, listeners };
    let supervisor = Supervisor::start(parts)?;

    control::start(socket, Arc::clone(&state), supervisor.sender()).context("the control thread cannot be started")?;
    operator::start(operator_listener, Arc::clone(&state)).context("the operator thread cannot be started")?;
    forward_signals(signals, supervisor.sender()).context("the signal thread cannot be started")?;

    print_ready(&settings, &state, (http, https), operator)?;
    supervisor.systemd().ready(&state);
    tracing::info!(%http, https = https.map(tracing::field::display), %operator, socket = %settings.socket.display(), workers, "gateway started");

    let (drained, log) = supervisor.run();
    log.finish(LOG_FINISH);
    of_process.quotas.finish();
    control::remove(&settings.socket);
    tracing::info!(?drained, "gateway stopped");
    // Not by returning: threads still hold runtimes, which must not be dropped with I/O under way.
    io::stdout().flush()?;
    std::process::exit(0)
}

/// Binds the callers' ports; second and third: their addresses.
fn listen(settings: &Settings, workers: usize) -> Result<(Vec<Listeners>, SocketAddr, Option<SocketAddr>)> {
    let bind =
        |address, what| bind_all(address, workers).with_context(|| format!("cannot listen on {address} ({what})"));
    let http = bind(settings.http, "http")?;
    let https = settings.https.map(|address| bind(address, "https")).transpose()?;
    let first = http.first().context("there is no listener")?.local_addr()?;
    let first_tls = https.as_ref().and_then(|listeners| listeners.first()).map(TcpListener::local_addr).transpose()?;
    let mut https = https.into_iter().flatten();
    let listeners = http.into_iter().map(|http| Listeners { http, https: https.next() }).collect();
    Ok((listeners, first, first_tls))
}

/// Events go to stderr; stdout belongs to the ready line and the access log.
fn start_events(events: &EventSettings) {
    let filter = tracing_subscriber::EnvFilter::try_new(&events.filter).unwrap_or_default();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Fails when a test has set a subscriber before: then that one is used.
    let _ = if events.json {
        builder.json().try_init()
    } else {
        builder.with_ansi(events.color && io::stderr().is_terminal()).try_init()
    };
}

/// Each request needs two descriptors: take all that the system allows.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
        Ok(()) => tracing::debug!(from = ?limit.current, to = ?limit.maximum, "open file limit raised"),
        Err(error) => tracing::warn!(%error, "open file limit not raised"),
    }
}

fn signals(test_hooks: bool) -> io::Result<Signals> {
    let mut handled = vec![SIGTERM, SIGINT, SIGHUP];
    handled.extend(test_hooks.then_some(SIGUSR2));
    Signals::new(handled)
}

fn forward_signals(mut signals: Signals, events: Sender<Event>) -> io::Result<()> {
    let forward = move || {
        for signal in signals.forever() {
            let signal = match signal {
                SIGHUP => Signal::Reopen,
                SIGUSR2 => Signal::PanicWorker,
                _ => Signal::Stop,
            };
            if events.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("signals".into()).spawn(forward)?;
    Ok(())
}

/// The one line that scripts wait for.
fn print_ready(
    settings: &Settings,
    state: &ProcessState,
    (http, https): (SocketAddr, Option<SocketAddr>),
    operator: SocketAddr,
) -> io::Result<()> {
    let mut line = json!({
        "ready": true,
        "component": "gateway",
        "http": http.to_string(),
        "operator": operator.to_string(),
        "socket": settings.socket.display().to_string(),
        "driver": state.driver().map_or("none", Driver::name),
        "workers": state.workers.len(),
        "pid": std::process::id(),
    });
    if let Some(https) = https {
        line["https"] = https.to_string().into();
    }
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

#[expect(clippy::print_stdout, reason = "help and version are asked for on stdout")]
fn print(text: &str) {
    print!("{text}");
}

/// An error that ends the process, with its causes, on one line.
fn complain(error: &dyn std::error::Error) {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    eprintln!("postern-gateway: {}", text.trim_end());
}
