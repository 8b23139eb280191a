//! A gateway of its own for a test.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::binaries::binary;
use crate::client::{Client, Response};
use crate::driver::Driver;
use crate::metrics::Metrics;
use crate::process::Process;
use crate::push::Pusher;
use crate::service::Configuration;
use crate::tls::Caller;
use crate::wait;

/// APIM's health path, on the API port and on the operator listener.
pub const STATUS_PATH: &str = "/status-0123456789abcdef";

/// How a gateway is started.
#[derive(Debug, Clone)]
pub struct Options {
    pub driver: Driver,
    pub workers: usize,
    /// More flags.
    pub arguments: Vec<OsString>,
    pub environment: Vec<(String, OsString)>,
    /// Bound HTTP address of a predecessor; `None` lets the system choose a port.
    pub http: Option<SocketAddr>,
    /// How many files it may open; `None`: as many as the test.
    pub open_files: Option<u32>,
}

impl Options {
    pub fn new(driver: Driver) -> Self {
        Options { driver, workers: 2, arguments: Vec::new(), environment: Vec::new(), http: None, open_files: None }
    }

    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    #[must_use]
    pub fn open_files(mut self, count: u32) -> Self {
        self.open_files = Some(count);
        self
    }

    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }
}

/// The program, through a shell where it is to have a limit of its own.
fn command(options: &Options) -> Command {
    let program = binary("postern-gateway");
    let Some(open_files) = options.open_files else { return Command::new(program) };
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -n {open_files} && exec \"$0\" \"$@\"")).arg(program);
    command
}

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    pub process: Process,
    pub http: SocketAddr,
    /// Present with the flag `--https`.
    pub https: Option<SocketAddr>,
    pub operator: SocketAddr,
    pub socket: PathBuf,
    pub access_log: PathBuf,
    pub ready: Value,
    pusher: Option<Pusher>,
    generation: u64,
    _folder: Option<TempDir>,
}

impl Gateway {
    /// Starts a gateway that has no configuration, in a folder of its own.
    pub fn unconfigured(options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut gateway = Self::in_folder(options, folder.path());
        gateway._folder = Some(folder);
        gateway
    }

    /// Starts a gateway whose socket and logs are in `folder`.
    pub fn in_folder(options: &Options, folder: &Path) -> Self {
        let socket = folder.join("gateway.sock");
        let access_log = folder.join("access.log");
        let mut command = command(options);
        let http = options.http.map_or_else(|| "127.0.0.1:0".to_owned(), |address| address.to_string());
        command.arg("--http").arg(http).arg("--operator").arg("127.0.0.1:0");
        command.arg("--socket").arg(&socket).arg("--workers").arg(options.workers.to_string());
        command.arg("--driver").arg(options.driver.name()).arg("--access-log").arg(&access_log);
        command.args(&options.arguments).envs(options.environment.iter().map(|(name, value)| (name, value)));
        let before = std::fs::metadata(folder.join("gateway.out")).map_or(0, |metadata| metadata.len());
        let mut process = Process::start("gateway", &mut command, folder);
        let ready = process.ready_line(before);
        assert_eq!(ready["driver"], options.driver.name(), "this machine must offer both drivers: {ready}");
        assert_eq!(ready["workers"], options.workers, "{ready}");
        let address = |name: &str| ready[name].as_str().unwrap().parse().unwrap();
        Gateway {
            http: address("http"),
            https: ready["https"].as_str().map(|address| address.parse().unwrap()),
            operator: address("operator"),
            process,
            socket,
            access_log,
            ready,
            pusher: None,
            generation: 0,
            _folder: None,
        }
    }

    /// SIGTERM, and waits until no new connection is taken; requests under way go on.
    pub fn begin_drain(&self) {
        self.process.signal(Signal::TERM);
        wait::until("no new connections", || Client::try_connect(self.http).is_err().then_some(()));
    }

    /// Starts a gateway with two workers and this configuration in force.
    pub fn with(driver: Driver, configuration: &Configuration) -> Self {
        Self::with_options(&Options::new(driver), configuration)
    }

    pub fn with_options(options: &Options, configuration: &Configuration) -> Self {
        let mut gateway = Self::unconfigured(options);
        gateway.push(configuration);
        gateway
    }

    /// Puts a configuration in force on every worker.
    ///
    /// # Panics
    /// When the gateway refuses it or finds an error in it.
    pub fn push(&mut self, configuration: &Configuration) {
        self.generation += 1;
        let bundle = configuration.bundle(self.generation);
        let socket = self.socket.clone();
        let pusher = self.pusher.get_or_insert_with(|| Pusher::connect(&socket));
        let applied = pusher.push(&bundle);
        assert_eq!(applied.diagnostics, [], "the configuration has mistakes");
        assert_eq!(applied.generation, self.generation);
    }

    /// The control connection, made on first use.
    pub fn pusher(&mut self) -> &mut Pusher {
        let socket = self.socket.clone();
        self.pusher.get_or_insert_with(|| Pusher::connect(&socket))
    }

    /// Ends the control connection, as an agent that is gone.
    pub fn disconnect_pusher(&mut self) {
        self.pusher = None;
    }

    pub fn client(&self) -> Client {
        Client::connect(self.http)
    }

    /// A connection with TLS, asking for the host `name`.
    ///
    /// # Panics
    /// When the gateway has no HTTPS listener or the handshake fails.
    pub fn tls_client(&self, name: &str, caller: &Caller) -> Client {
        self.try_tls_client(name, caller).unwrap()
    }

    /// The same; a handshake that fails is the caller's to judge.
    pub fn try_tls_client(&self, name: &str, caller: &Caller) -> std::io::Result<Client> {
        Client::try_connect_tls(self.https.unwrap(), name, caller.config())
    }

    /// One request on a connection of its own.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.client().get(path, headers)
    }

    pub fn metrics(&self) -> Metrics {
        Metrics::scrape(self.operator)
    }

    /// The state page of the operator listener.
    pub fn status(&self) -> Response {
        Client::connect(self.operator).get(STATUS_PATH, &[])
    }

    /// Whole lines of the access log so far, parsed.
    pub fn log_records(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.access_log).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// Waits for the access log's records of requests whose URL contains `part`.
    pub fn wait_for_log(&self, part: &str, count: usize) -> Vec<Value> {
        crate::wait::until(&format!("{count} access log records of {part:?}"), || {
            let mut records = self.log_records();
            records.retain(|record| record["url"].as_str().is_some_and(|url| url.contains(part)));
            (records.len() >= count).then_some(records)
        })
    }
}
