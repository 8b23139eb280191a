//! The proxies that Postern is compared with: how each is configured and started.
//!
//! A peer does comparable work: it checks the key in the header, writes one access log line per request, adds the
//! X-Forwarded fields and reuses upstream connections. Where its own way differs, the cheaper one for the peer is
//! taken (no path rewriting, nginx's log buffered). The `-plain` variants neither check nor log.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde::Serialize;

use super::pin::Core;
use super::server::{Server, find_program, free_address};
use super::{KEY_HEADER, SUBSCRIPTION_KEY};
use crate::runtime::Driver;

/// What can stand in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Proxy {
    #[value(skip)]
    Postern,
    Nginx,
    Haproxy,
    Relay,
    /// nginx that writes every line of its access log by itself, as it does unless told to buffer
    NginxUnbuffered,
    /// nginx without key check and access log
    NginxPlain,
    /// HAProxy without key check and access log
    HaproxyPlain,
    /// The load generator straight to the origin: how much the load side could do at all
    Direct,
}

impl Proxy {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Proxy::Postern => "postern",
            Proxy::Nginx => "nginx",
            Proxy::Haproxy => "haproxy",
            Proxy::Relay => "relay",
            Proxy::NginxUnbuffered => "nginx-unbuffered",
            Proxy::NginxPlain => "nginx-plain",
            Proxy::HaproxyPlain => "haproxy-plain",
            Proxy::Direct => "direct",
        }
    }

    /// The program that must be installed, for the proxies that are not our own.
    fn program(self) -> Option<&'static str> {
        match self {
            Proxy::Nginx | Proxy::NginxUnbuffered | Proxy::NginxPlain => Some("nginx"),
            Proxy::Haproxy | Proxy::HaproxyPlain => Some("haproxy"),
            Proxy::Postern | Proxy::Relay | Proxy::Direct => None,
        }
    }

    fn extras(self) -> Extras {
        match self {
            Proxy::NginxPlain | Proxy::HaproxyPlain => Extras::Plain,
            Proxy::NginxUnbuffered => Extras::KeyAndUnbufferedLog,
            _ => Extras::KeyAndLog,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extras {
    KeyAndLog,
    KeyAndUnbufferedLog,
    Plain,
}

/// A running server that the load generator can be pointed at.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) proxy: Proxy,
    pub(crate) address: SocketAddr,
    /// Process whose tree's CPU time counts.
    pub(crate) pid: u32,
    /// Requests without the key must be refused.
    pub(crate) checks_key: bool,
    /// Access log, emptied between runs; it must have grown after the warm-up.
    pub(crate) access_log: Option<PathBuf>,
    /// Ended when the target is dropped; the origin itself belongs to the laboratory.
    pub(crate) _server: Option<Server>,
}

/// Outcome of starting a proxy: a machine without one of them still measures the others.
#[derive(Debug)]
pub(crate) enum Start {
    Running(Target),
    Missing(String),
}

/// Where a peer runs and what it stands in front of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) core: Core,
    pub(crate) origin: SocketAddr,
    /// Our own binary, for the relay.
    pub(crate) own_program: &'a Path,
}

/// Starts a peer, or says why it is missing.
pub(crate) fn start(proxy: Proxy, driver: Driver, place: Place<'_>) -> Result<Start> {
    if let Some(program) = proxy.program() {
        let Some(path) = find_program(program) else {
            return Ok(Start::Missing(format!("{program} is not installed")));
        };
        return start_foreign(proxy, &path, place).map(Start::Running);
    }
    match proxy {
        Proxy::Relay => start_relay(driver, place).map(Start::Running),
        other => bail!("{} is not started as a peer", other.name()),
    }
}

fn start_foreign(proxy: Proxy, program: &Path, place: Place<'_>) -> Result<Target> {
    let name = proxy.name();
    let folder = place.folder.join(name);
    fs::create_dir(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let address = free_address()?;
    let configuration = folder.join("configuration");
    let keyed = proxy.extras() != Extras::Plain;
    let mut command = Command::new(program);
    let text = match proxy {
        Proxy::Nginx | Proxy::NginxUnbuffered | Proxy::NginxPlain => {
            command.arg("-p").arg(&folder).arg("-e").arg(folder.join("error.log")).arg("-c").arg(&configuration);
            nginx_configuration(&folder, address, place.origin, proxy.extras())
        }
        _ => {
            command.arg("-db").arg("-f").arg(&configuration);
            haproxy_configuration(address, place.origin, proxy.extras())
        }
    };
    fs::write(&configuration, text).with_context(|| format!("writing {}", configuration.display()))?;
    let mut server = Server::start(name, &mut command, place.core, place.folder)?;
    server.wait_for_listener(address)?;
    let log = match proxy {
        Proxy::Nginx | Proxy::NginxUnbuffered => Some(folder.join("access.log")),
        Proxy::Haproxy => Some(server.output().to_owned()),
        _ => None,
    };
    Ok(Target { proxy, address, pid: server.pid(), checks_key: keyed, access_log: log, _server: Some(server) })
}

fn start_relay(driver: Driver, place: Place<'_>) -> Result<Target> {
    let mut command = Command::new(place.own_program);
    command.args(["relay", "--listen", "127.0.0.1:0", "--driver", driver.as_str(), "--to"]);
    command.arg(place.origin.to_string());
    let mut server = Server::start("relay", &mut command, place.core, place.folder)?;
    let address = address_in(&server.wait_for_ready_line()?)?;
    let pid = server.pid();
    Ok(Target { proxy: Proxy::Relay, address, pid, checks_key: false, access_log: None, _server: Some(server) })
}

/// The bound HTTP address in a ready line of our own programs.
pub(crate) fn address_in(ready: &serde_json::Value) -> Result<SocketAddr> {
    let address = ready["http"].as_str().with_context(|| format!("no http address in the ready line {ready}"))?;
    address.parse().with_context(|| format!("the ready line's http address {address:?}"))
}

/// One worker, keep-alive without end on both sides, 256 idle upstream connections, log lines in 64 KB writes.
fn nginx_configuration(folder: &Path, listen: SocketAddr, origin: SocketAddr, extras: Extras) -> String {
    let folder = folder.display();
    // As root nginx would hand its worker to a system user that cannot write into our folder.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let header = KEY_HEADER.to_ascii_lowercase().replace('-', "_");
    let (map, refuse, log) = match extras {
        Extras::Plain => (String::new(), "", "access_log off;".to_owned()),
        Extras::KeyAndLog | Extras::KeyAndUnbufferedLog => {
            let buffer = if extras == Extras::KeyAndLog { " buffer=64k flush=1s" } else { "" };
            (
                format!("map $http_{header} $key_known {{ default 0; \"{SUBSCRIPTION_KEY}\" 1; }}"),
                "if ($key_known = 0) { return 401; }",
                format!(
                    r#"log_format json escape=json '{{"time":"$time_iso8601","caller":"$remote_addr","method":"$request_method","path":"$uri","status":$status,"bytes":$body_bytes_sent,"total_s":$request_time,"backend_s":"$upstream_response_time","backend":"$upstream_addr"}}';
    access_log {folder}/access.log json{buffer};"#
                ),
            )
        }
    };
    format!(
        r#"{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {map}
    {log}
    keepalive_requests 1000000000;
    upstream origin {{
        server {origin};
        keepalive 256;
        keepalive_requests 1000000000;
    }}
    server {{
        listen {listen} backlog=4096;
        location / {{
            {refuse}
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $host;
            proxy_pass http://origin;
        }}
    }}
}}
"#
    )
}

/// One thread, shared upstream connections, one log line per write to its standard output (a file): HAProxy has no
/// buffered file log, and a `ring` section that forwards in batches cost the same when tried.
fn haproxy_configuration(listen: SocketAddr, origin: SocketAddr, extras: Extras) -> String {
    let (target, log, refuse) = match extras {
        Extras::Plain => ("", "", String::new()),
        Extras::KeyAndLog | Extras::KeyAndUnbufferedLog => (
            "log stdout format raw local0 info",
            r#"log global
    log-format "{\"time\":\"%tr\",\"caller\":\"%ci\",\"method\":\"%HM\",\"path\":\"%HP\",\"status\":%ST,\"bytes\":%B,\"total_ms\":%Ta,\"backend_ms\":%Tr,\"backend\":\"%s\"}""#,
            format!(
                "acl key_known req.hdr({KEY_HEADER}) -m str {SUBSCRIPTION_KEY}
    http-request deny deny_status 401 unless key_known"
            ),
        ),
    };
    format!(
        r#"global
    nbthread 1
    maxconn 4096
    {target}
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 60s
    option forwardfor
    {log}
frontend callers
    bind {listen} backlog 4096
    {refuse}
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Host %[req.hdr(Host)]
    default_backend origin
backend origin
    http-reuse always
    server origin {origin}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    /// A listener that answers every connection's first request with `x` bytes of nothing.
    fn tiny_origin() -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 4096];
                let _ = std::io::Read::read(&mut stream, &mut request);
                let response = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
                let _ = std::io::Write::write_all(&mut stream, response);
            }
        });
        address
    }

    #[test]
    fn installed_peers_check_the_key_and_log_and_plain_ones_do_neither() {
        let folder = tempfile::tempdir().unwrap();
        let core = super::super::pin::usable_cores().unwrap()[0];
        let origin = tiny_origin();
        for proxy in [Proxy::Nginx, Proxy::NginxUnbuffered, Proxy::Haproxy, Proxy::NginxPlain, Proxy::HaproxyPlain] {
            let place = Place { folder: folder.path(), core, origin, own_program: Path::new("unused") };
            // A machine without the peer has nothing to test here.
            let Start::Running(mut target) = start(proxy, Driver::Auto, place).unwrap() else { continue };
            let refused = if target.checks_key { (401, None) } else { (200, Some(2)) };
            let cases = [(None, refused), (Some("wrong"), refused), (Some(SUBSCRIPTION_KEY), (200, Some(2)))];
            for (key, (status, body_bytes)) in cases {
                let header = key.map(|key| (KEY_HEADER, key));
                let answer = check::get(target.address, "/bench/items/1", header).unwrap();
                assert_eq!(answer.status, status, "{proxy:?} {key:?}");
                assert!(body_bytes.is_none_or(|bytes| bytes == answer.body_bytes), "{proxy:?} {key:?}");
            }
            assert_eq!(target.access_log.is_some(), target.checks_key, "{proxy:?}");
            if let (Some(log), Some(server)) = (target.access_log.clone(), target._server.as_mut()) {
                let lines = server.wait_for("three log lines", || {
                    let lines = fs::read_to_string(&log).ok()?;
                    (lines.matches("/bench/items/1").count() >= 3).then_some(lines)
                });
                for line in lines.unwrap().lines() {
                    serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
                }
            }
        }
    }
}
