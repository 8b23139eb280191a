//! A new connection to a backend: resolve, connect to one address after the other, TLS.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use monoio::net::TcpStream;
use rustls_pki_types::ServerName;

use super::{proxy, tls};
use crate::io::{Direction, Socket};
use crate::observe::metrics::Counter;
use crate::snapshot::{Scheme, Upstream};
use crate::worker::Context;

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum ConnectError {
    Name { host: Box<str>, message: Rc<str> },
    Address { address: SocketAddr, error: io::Error },
    TimedOut { after: Duration },
    Tls { host: Box<str>, message: String },
    Proxy { host: Box<str>, message: String },
}

impl fmt::Display for ConnectError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { host, message } => write!(out, "the name {host} could not be resolved: {message}"),
            Self::Address { address, error } => write!(out, "connecting to {address} failed: {error}"),
            Self::TimedOut { after } => write!(out, "no connection within {} ms", after.as_millis()),
            Self::Proxy { host, message } => write!(out, "no tunnel through the proxy {host}: {message}"),
            Self::Tls { host, message } => write!(out, "the TLS handshake with {host} failed: {message}"),
        }
    }
}

/// Connects within the connect timeout, which covers name, TCP and TLS.
pub(crate) async fn connect(context: &Context, upstream: &Upstream) -> Result<Socket, ConnectError> {
    let limit = context.settings.limits.connect_timeout;
    let result = match monoio::time::timeout(limit, establish(context, upstream, limit)).await {
        Ok(result) => result,
        Err(_) => Err(ConnectError::TimedOut { after: limit }),
    };
    if result.is_err() {
        context.metrics.count(Counter::UpstreamConnectErrors);
    }
    result
}

async fn establish(context: &Context, upstream: &Upstream, limit: Duration) -> Result<Socket, ConnectError> {
    let began = Instant::now();
    let (host, port) = match &upstream.proxy {
        Some(proxy) => (&proxy.host, proxy.port),
        None => (&upstream.host, upstream.port),
    };
    let addresses =
        context.names.look_up(host).await.map_err(|message| ConnectError::Name { host: host.clone(), message })?;
    let mut last = None;
    for (index, address) in addresses.iter().enumerate() {
        let address = SocketAddr::new(*address, port);
        // Every further address gets its share of what is left, so that one that swallows packets leaves time for them.
        let left = limit.saturating_sub(began.elapsed());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        match monoio::time::timeout(share, TcpStream::connect_addr(address)).await {
            Ok(Ok(stream)) => return secure(context, upstream, wrap(context, stream)).await,
            Ok(Err(error)) => last = Some(ConnectError::Address { address, error }),
            Err(_) => last = Some(ConnectError::TimedOut { after: limit }),
        }
    }
    Err(last.unwrap_or(ConnectError::TimedOut { after: limit }))
}

fn wrap(context: &Context, stream: TcpStream) -> Socket {
    // Without it a request in two writes waits for the backend's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    context.metrics.count(Counter::UpstreamConnects);
    Socket::new(stream, Direction::Upstream, &context.sockets, &context.metrics)
}

async fn secure(context: &Context, upstream: &Upstream, mut socket: Socket) -> Result<Socket, ConnectError> {
    if upstream.scheme == Scheme::Http {
        return Ok(socket);
    }
    if let Some(by) = &upstream.proxy {
        let failed = |error: io::Error| ConnectError::Proxy { host: by.host.clone(), message: error.to_string() };
        proxy::tunnel(context, upstream, by, &mut socket).await.map_err(failed)?;
    }
    let failed = |message: String| ConnectError::Tls { host: upstream.host.clone(), message };
    let config = context
        .pools
        .tls(upstream.id, || context.shared.tls.client_config(&upstream.tls, &context.settings.client_tls))
        .map_err(|error: tls::TlsError| failed(error.to_string()))?;
    let name = ServerName::try_from(upstream.host.to_string()).map_err(|error| failed(error.to_string()))?;
    socket.connect_tls(config, name, &context.buffers).await.map_err(|error| failed(error.to_string()))
}
