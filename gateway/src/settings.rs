//! What an operator can set: read from a TOML file, the environment and flags (in this order, the last one wins).
//!
//! What must hold: a value that exists here is checked; a value that is wrong stops the start with a message that names
//! the setting and the place it came from. Every setting is one row of [`table::SETTINGS`], from which its flag, its
//! variable and the help are derived. APIM's own names are accepted as they are.

mod load;
mod table;
mod value;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

pub use load::{Loaded, Place, SettingsError, load};

use crate::limits;
use crate::observe::access_log::{LogFormat, LogLevel};
use crate::observe::log_writer::LogDestination;

/// Everything the gateway process is told by its operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where callers connect (cleartext HTTP).
    pub http: SocketAddr,
    /// Where callers connect with TLS; `None`: nowhere.
    pub https: Option<SocketAddr>,
    /// Metrics and status; loopback unless told otherwise.
    pub operator: SocketAddr,
    /// The Unix socket on which the agent delivers configuration.
    pub socket: PathBuf,
    pub workers: NonZeroUsize,
    pub pin: Pin,
    pub driver: DriverChoice,
    /// Time that requests under way get after SIGTERM.
    pub drain_timeout: Duration,
    /// The `region` of access-log records; APIM's self-hosted gateways say `Anywhere`.
    pub region: String,
    /// Whether a caller's `X-Forwarded-Proto` is believed.
    pub forwarded_proto: bool,
    pub client_tls: ClientTls,
    pub server_tls: ServerTls,
    /// Where counters of quotas are kept over restarts; `None`: they are not.
    pub state_dir: Option<PathBuf>,
    /// Where a Dapr sidecar listens on this machine.
    pub dapr_port: u16,
    /// Bytes of the built-in cache; 0 keeps nothing.
    pub cache_bytes_max: usize,
    pub access_log: AccessLogSettings,
    pub events: EventSettings,
    pub limits: RequestLimits,
}

/// Whether workers are bound to cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// When there are no more workers than cores.
    Auto,
    /// Worker n to core n (modulo their number).
    Cores,
    None,
}

/// Which I/O driver workers are to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriverChoice {
    /// io_uring, or epoll where a ring cannot be had.
    Auto,
    IoUring,
    Epoll,
}

/// TLS towards backends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    pub tls12: bool,
    pub tls13: bool,
    /// IANA names, in order of preference; `None` for the library's defaults.
    pub suites: Option<Vec<String>>,
    /// Further certificate authorities (PEM), besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// TLS towards callers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerTls {
    /// Certificate chain and private key (PEM) for callers that ask for no configured host name; `None`: one is made.
    pub files: Option<(PathBuf, PathBuf)>,
    /// Whether these callers are asked for a certificate.
    pub negotiate_client_certificate: bool,
    /// Certificate revocation lists (PEM) of authorities of callers' certificates.
    pub revocation_file: Option<PathBuf>,
    /// IANA names, in order of preference; `None` for the library's defaults.
    pub suites: Option<Vec<String>>,
}

/// One line per request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogSettings {
    pub destination: LogDestination,
    pub format: LogFormat,
    pub level: LogLevel,
}

/// The process's own events, on stderr.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSettings {
    /// A filter as tracing-subscriber reads it: `info`, or `info,postern_gateway::control=debug`.
    pub filter: String,
    pub json: bool,
    pub color: bool,
}

/// Bounds of one request and of the connections around it. The reasons are at the defaults, in [`crate::limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// First byte of a request → end of its head; also connection → first byte.
    pub head_timeout: Duration,
    /// Connection → end of the TLS handshake.
    pub handshake_timeout: Duration,
    /// A caller's connection between two requests.
    pub keep_alive_timeout: Duration,
    /// No byte of a body moved, in either direction.
    pub body_timeout: Duration,
    /// TCP (and TLS) connect to one backend address.
    pub connect_timeout: Duration,
    /// The whole exchange; `None` for no limit.
    pub total_timeout: Option<Duration>,
    /// A pooled connection to a backend.
    pub upstream_idle_timeout: Duration,
    /// Pooled idle connections per worker and backend address.
    pub upstream_idle_per_address: usize,
    /// Callers' connections per worker.
    pub connections_max: usize,
    pub line_bytes_max: usize,
    pub head_bytes_max: usize,
    pub header_count_max: usize,
    /// Request bodies; `None` for no limit (bodies stream).
    pub body_bytes_max: Option<u64>,
    /// Bodies that a policy makes the gateway hold in memory.
    pub buffered_body_bytes_max: usize,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            head_timeout: limits::HEAD_TIMEOUT,
            handshake_timeout: limits::HANDSHAKE_TIMEOUT,
            keep_alive_timeout: limits::KEEP_ALIVE_TIMEOUT,
            body_timeout: limits::BODY_TIMEOUT,
            connect_timeout: limits::CONNECT_TIMEOUT,
            total_timeout: None,
            upstream_idle_timeout: limits::UPSTREAM_IDLE_TIMEOUT,
            upstream_idle_per_address: limits::UPSTREAM_IDLE_PER_ADDRESS,
            connections_max: limits::CONNECTIONS_MAX,
            line_bytes_max: limits::LINE_BYTES_MAX,
            head_bytes_max: limits::HEAD_BYTES_MAX,
            header_count_max: limits::HEADER_COUNT_MAX,
            body_bytes_max: None,
            buffered_body_bytes_max: limits::BUFFERED_BODY_BYTES_MAX,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            http: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8080),
            https: None,
            operator: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8090),
            socket: PathBuf::from("/run/postern/gateway.sock"),
            workers: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            pin: Pin::Auto,
            driver: DriverChoice::Auto,
            drain_timeout: limits::DRAIN_TIMEOUT,
            region: "Anywhere".to_owned(),
            forwarded_proto: false,
            client_tls: ClientTls { tls12: true, tls13: true, suites: None, ca_file: None },
            server_tls: ServerTls::default(),
            state_dir: None,
            dapr_port: postern_policy::DAPR_PORT,
            cache_bytes_max: limits::CACHE_BYTES_MAX,
            access_log: AccessLogSettings {
                destination: LogDestination::Stdout,
                format: LogFormat::Json,
                level: LogLevel::Info,
            },
            events: EventSettings { filter: "info".to_owned(), json: false, color: false },
            limits: RequestLimits::default(),
        }
    }
}

#[cfg(test)]
mod tests;
