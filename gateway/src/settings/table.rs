//! Every setting, one row each.
//!
//! A row `limits.head-timeout` is in the file `[limits] head-timeout`, in the environment
//! `POSTERN_GATEWAY_LIMITS_HEAD_TIMEOUT`, and the flag `--limits-head-timeout`. APIM's names are read from file and
//! environment exactly as APIM writes them.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::value::{address, bytes, bytes_within, duration, number_within, optional, switch, timeout, word};
use super::{DriverChoice, Pin, Settings};
use crate::limits::WORKERS_MAX;
use crate::observe::access_log::{LogFormat, LogLevel};
use crate::observe::log_writer::LogDestination;

/// One setting.
pub(super) struct Setting {
    pub(super) name: &'static str,
    /// Shown in the help, in place of the value.
    pub(super) value: &'static str,
    pub(super) help: &'static str,
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
}

/// Settings of our own, in the order of the help.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "http",
        value: "ADDR",
        help: "Where callers connect (0.0.0.0:8080); port 0 takes a free one",
        set: |settings, text| address(text).map(|value| settings.http = value),
    },
    Setting {
        name: "https",
        value: "ADDR|none",
        help: "Where callers connect with TLS (none); port 0 takes a free one",
        set: |settings, text| optional(text, address).map(|value| settings.https = value),
    },
    Setting {
        name: "operator",
        value: "ADDR",
        help: "Metrics and status (127.0.0.1:8090)",
        set: |settings, text| address(text).map(|value| settings.operator = value),
    },
    Setting {
        name: "socket",
        value: "PATH",
        help: "Unix socket for the agent (/run/postern/gateway.sock)",
        set: |settings, text| path(text).map(|value| settings.socket = value),
    },
    Setting {
        name: "workers",
        value: "N",
        help: "Worker threads (one per core)",
        set: |settings, text| {
            let workers = number_within(text, 1, WORKERS_MAX)?;
            settings.workers = NonZeroUsize::new(workers).unwrap_or(NonZeroUsize::MIN);
            Ok(())
        },
    },
    Setting {
        name: "driver",
        value: "auto|io_uring|epoll",
        help: "I/O driver (auto: io_uring where possible)",
        set: |settings, text| {
            let words =
                [("auto", DriverChoice::Auto), ("io_uring", DriverChoice::IoUring), ("epoll", DriverChoice::Epoll)];
            word(text, &words).map(|value| settings.driver = value)
        },
    },
    Setting {
        name: "pin",
        value: "auto|cores|none",
        help: "Bind each worker to a core (auto: unless there are more workers than cores)",
        set: |settings, text| {
            let words = [("auto", Pin::Auto), ("cores", Pin::Cores), ("none", Pin::None)];
            word(text, &words).map(|value| settings.pin = value)
        },
    },
    Setting {
        name: "drain-timeout",
        value: "TIME",
        help: "Time for requests under way after SIGTERM (30s)",
        set: |settings, text| duration(text).map(|value| settings.drain_timeout = value),
    },
    Setting {
        name: "region",
        value: "NAME",
        help: "Region shown in the access log (Anywhere)",
        set: |settings, text| {
            text.clone_into(&mut settings.region);
            Ok(())
        },
    },
    Setting {
        name: "access-log",
        value: "stdout|off|PATH",
        help: "Where one line per request goes (stdout)",
        set: |settings, text| {
            settings.access_log.destination = match text {
                "stdout" | "-" => LogDestination::Stdout,
                "off" | "none" => LogDestination::Off,
                _ => LogDestination::File(path(text)?),
            };
            Ok(())
        },
    },
    Setting {
        name: "access-log-format",
        value: "json|text",
        help: "Form of these lines (json)",
        set: |settings, text| {
            let words = [("json", LogFormat::Json), ("text", LogFormat::Text)];
            word(text, &words).map(|value| settings.access_log.format = value)
        },
    },
    Setting {
        name: "log-level",
        value: "LEVEL",
        help: "Events on stderr: error, warn, info, debug, trace, or a tracing filter (info)",
        set: |settings, text| {
            tracing_subscriber::EnvFilter::try_new(text).map_err(|_| {
                "a level or a filter such as info,postern_gateway::control=debug is expected".to_owned()
            })?;
            text.clone_into(&mut settings.events.filter);
            Ok(())
        },
    },
    Setting {
        name: "log-format",
        value: "text|json",
        help: "Form of events on stderr (text)",
        set: |settings, text| word(text, &[("text", false), ("json", true)]).map(|value| settings.events.json = value),
    },
    Setting {
        name: "client-tls.ca-file",
        value: "PATH",
        help: "Certificate authorities for backends (PEM), besides the system's",
        set: |settings, text| path(text).map(|value| settings.client_tls.ca_file = Some(value)),
    },
    Setting {
        name: "server-tls.certificate-file",
        value: "PATH",
        help: "Certificate chain (PEM) for callers that ask for no configured host name (one is made)",
        set: |settings, text| path(text).map(|value| settings.server_tls.files.get_or_insert_default().0 = value),
    },
    Setting {
        name: "server-tls.key-file",
        value: "PATH",
        help: "Its private key (PEM)",
        set: |settings, text| path(text).map(|value| settings.server_tls.files.get_or_insert_default().1 = value),
    },
    Setting {
        name: "server-tls.negotiate-client-certificate",
        value: "true|false",
        help: "Ask these callers for a certificate (false)",
        set: |settings, text| switch(text).map(|value| settings.server_tls.negotiate_client_certificate = value),
    },
    Setting {
        name: "server-tls.revocation-file",
        value: "PATH",
        help: "Certificate revocation lists (PEM) for callers' certificates",
        set: |settings, text| path(text).map(|value| settings.server_tls.revocation_file = Some(value)),
    },
    Setting {
        name: "state-dir",
        value: "PATH|none",
        help: "Folder that keeps the counters of quotas over restarts; one gateway each (none)",
        set: |settings, text| optional(text, path).map(|value| settings.state_dir = value),
    },
    Setting {
        name: "dapr.http-port",
        value: "N",
        help: "Port of the Dapr sidecar on this machine (3500)",
        set: |settings, text| {
            // Within the range of the type.
            number_within(text, 1, 65_535).map(|value| settings.dapr_port = u16::try_from(value).unwrap_or(u16::MAX))
        },
    },
    Setting {
        name: "cache.bytes-max",
        value: "SIZE",
        help: "The built-in cache of caching policies; 0 keeps nothing (64MiB)",
        set: |settings, text| bytes_within(text, 0, 1 << 40).map(|value| settings.cache_bytes_max = value),
    },
    Setting {
        name: "limits.head-timeout",
        value: "TIME",
        help: "A request's head must be complete within (30s)",
        set: |settings, text| timeout(text).map(|value| settings.limits.head_timeout = value),
    },
    Setting {
        name: "limits.handshake-timeout",
        value: "TIME",
        help: "A caller's TLS handshake must be complete within (10s)",
        set: |settings, text| timeout(text).map(|value| settings.limits.handshake_timeout = value),
    },
    Setting {
        name: "limits.keep-alive-timeout",
        value: "TIME",
        help: "An idle caller's connection is closed after (75s)",
        set: |settings, text| timeout(text).map(|value| settings.limits.keep_alive_timeout = value),
    },
    Setting {
        name: "limits.body-timeout",
        value: "TIME",
        help: "A body that does not move is given up after (60s)",
        set: |settings, text| timeout(text).map(|value| settings.limits.body_timeout = value),
    },
    Setting {
        name: "limits.connect-timeout",
        value: "TIME",
        help: "Connecting to a backend address is given up after (10s)",
        set: |settings, text| timeout(text).map(|value| settings.limits.connect_timeout = value),
    },
    Setting {
        name: "limits.total-timeout",
        value: "TIME|none",
        help: "A whole exchange must end within (none)",
        set: |settings, text| optional(text, timeout).map(|value| settings.limits.total_timeout = value),
    },
    Setting {
        name: "limits.upstream-idle-timeout",
        value: "TIME",
        help: "An idle connection to a backend is closed after (60s)",
        set: |settings, text| timeout(text).map(|value| settings.limits.upstream_idle_timeout = value),
    },
    Setting {
        name: "limits.upstream-idle-per-address",
        value: "N",
        help: "Idle connections kept per worker and backend address (1024)",
        set: |settings, text| {
            number_within(text, 0, 1 << 20).map(|value| settings.limits.upstream_idle_per_address = value)
        },
    },
    Setting {
        name: "limits.connections-max",
        value: "N",
        help: "Callers' connections per worker (65536)",
        set: |settings, text| number_within(text, 1, 1 << 24).map(|value| settings.limits.connections_max = value),
    },
    Setting {
        name: "limits.line-bytes-max",
        value: "SIZE",
        help: "One line of a head (8KiB)",
        set: |settings, text| bytes_within(text, 256, 1 << 20).map(|value| settings.limits.line_bytes_max = value),
    },
    Setting {
        name: "limits.head-bytes-max",
        value: "SIZE",
        help: "A whole head (32KiB)",
        set: |settings, text| bytes_within(text, 1024, 1 << 20).map(|value| settings.limits.head_bytes_max = value),
    },
    Setting {
        name: "limits.header-count-max",
        value: "N",
        help: "Headers of one head (100)",
        set: |settings, text| number_within(text, 8, 10_000).map(|value| settings.limits.header_count_max = value),
    },
    Setting {
        name: "limits.body-bytes-max",
        value: "SIZE|none",
        help: "A request body; larger ones get 413 (none)",
        set: |settings, text| optional(text, bytes).map(|value| settings.limits.body_bytes_max = value),
    },
    Setting {
        name: "limits.buffered-body-bytes-max",
        value: "SIZE",
        help: "A body that a policy needs as a whole (2MiB)",
        set: |settings, text| {
            bytes_within(text, 1024, 1 << 30).map(|value| settings.limits.buffered_body_bytes_max = value)
        },
    },
];

const BACKEND_PROTOCOLS: &str = "Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.";

/// Applies a setting of APIM's self-hosted gateway; `None` when the name is none of its.
///
/// Names of things that are the agent's, or that this gateway has no use for, are known and do nothing here: the same
/// environment is meant to serve both processes.
pub(super) fn set_apim(settings: &mut Settings, name: &str, text: &str) -> Option<Result<(), String>> {
    if let Some(protocol) = name.strip_prefix(BACKEND_PROTOCOLS) {
        return Some(set_backend_protocol(settings, protocol, text));
    }
    Some(match name {
        "telemetry.logs.std" => set_std_logs(settings, text),
        "telemetry.logs.std.level" => set_std_level(settings, text),
        "telemetry.logs.std.color" => switch(text).map(|value| settings.events.color = value),
        "net.server.http.forwarded.proto.enabled" => switch(text).map(|value| settings.forwarded_proto = value),
        "net.client.tls.ciphers.allowed-suites" => {
            settings.client_tls.suites = Some(suites(text));
            Ok(())
        }
        "net.server.tls.ciphers.allowed-suites" => {
            settings.server_tls.suites = Some(suites(text));
            Ok(())
        }
        _ if is_apim_name(name) => Ok(()),
        _ => return None,
    })
}

/// APIM's names that mean nothing to this process.
fn is_apim_name(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "gateway.name",
        "certificates.local.ca.enabled",
        "logs.applicationinsights.endpoint",
        "neighborhood.host",
        "neighborhood.heartbeat.port",
        "policy.rate-limit.sync.port",
        "security.certificate-revocation.validation.enabled",
        "telemetry.logs.local",
    ];
    const FAMILIES: &[&str] = &[
        "config.service.",
        "k8s.ingress.",
        "observability.opentelemetry.",
        "runtime.deployment.",
        "telemetry.logs.local.",
        "telemetry.metrics.",
    ];
    NAMES.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// `none` silences stdout only: a log file that was asked for stays.
fn set_std_logs(settings: &mut Settings, text: &str) -> Result<(), String> {
    let words = [("none", None), ("json", Some(LogFormat::Json)), ("text", Some(LogFormat::Text))];
    match word(text, &words)? {
        Some(format) => settings.access_log.format = format,
        None if settings.access_log.destination == LogDestination::Stdout => {
            settings.access_log.destination = LogDestination::Off;
        }
        None => {}
    }
    Ok(())
}

/// APIM has one level for events and access log alike.
fn set_std_level(settings: &mut Settings, text: &str) -> Result<(), String> {
    let words = [
        ("all", ("trace", LogLevel::Info)),
        ("debug", ("debug", LogLevel::Info)),
        ("info", ("info", LogLevel::Info)),
        ("warn", ("warn", LogLevel::Warning)),
        ("error", ("error", LogLevel::Error)),
        ("fatal", ("error", LogLevel::Off)),
    ];
    let (events, access) = word(text, &words)?;
    events.clone_into(&mut settings.events.filter);
    settings.access_log.level = access;
    Ok(())
}

fn set_backend_protocol(settings: &mut Settings, protocol: &str, text: &str) -> Result<(), String> {
    let enabled = switch(text)?;
    match protocol {
        "Tls13" => settings.client_tls.tls13 = enabled,
        "Tls12" => settings.client_tls.tls12 = enabled,
        "Tls11" | "Tls10" | "Ssl30" if enabled => {
            return Err("only TLS 1.2 and 1.3 are spoken to backends; older versions are broken".to_owned());
        }
        "Tls11" | "Tls10" | "Ssl30" => {}
        _ => return Err("Tls13, Tls12, Tls11, Tls10 or Ssl30 is expected at the end of the name".to_owned()),
    }
    Ok(())
}

fn suites(text: &str) -> Vec<String> {
    text.split(',').map(|suite| suite.trim().to_owned()).filter(|suite| !suite.is_empty()).collect()
}

fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("a path is expected".to_owned()) } else { Ok(PathBuf::from(text)) }
}
