//! The TLS handshake of a caller's connection.
//!
//! What must hold: it ends within its deadline, whatever the caller sends or does not send; one that fails costs its
//! connection and nothing else.

use std::net::SocketAddr;
use std::rc::Rc;

use super::Peer;
use crate::io::Socket;
use crate::observe::metrics::Counter;
use crate::worker::{Context, Cut};

/// The connection after its handshake; `None`: there is none.
pub(super) async fn shake_hands(context: &Rc<Context>, socket: Socket, address: SocketAddr) -> Option<(Socket, Peer)> {
    let tls = context.shared.server_tls.as_ref()?;
    let watch = Rc::clone(socket.watch());
    socket.arm(&context.wheel, context.settings.limits.handshake_timeout, Cut::Both);
    let choose = |hello: &rustls::server::ClientHello<'_>| {
        let active = context.active();
        tls.choose(active.as_ref().map(|active| &*active.snapshot), hello)
    };
    match socket.accept_tls(choose, &context.buffers).await {
        Ok((socket, accepted)) => {
            socket.disarm();
            context.metrics.count(Counter::HandshakesCompleted);
            Some((socket, Peer::over_tls(address, accepted.certificates)))
        }
        Err(error) => {
            context.metrics.count(Counter::HandshakesFailed);
            // Scanners and broken callers must not fill the log.
            tracing::debug!(peer = %address, %error, timed_out = watch.expired(), "a TLS handshake failed");
            None
        }
    }
}
