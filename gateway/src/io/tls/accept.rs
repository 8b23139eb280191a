//! The server's handshake: the caller's first message says which host it wants, and that decides on the certificate.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use monoio::io::{OwnedReadHalf, OwnedWriteHalf};
use monoio::net::TcpStream;
use rustls::server::{AcceptedAlert, Acceptor, ClientHello};
use rustls::{Connection, ServerConfig};
use rustls_pki_types::CertificateDer;

use super::inlet::Inlet;
use super::{Session, TlsReader, TlsWriter};
use crate::io::buffers::Buffers;
use crate::io::socket::write_plain;

/// What a handshake brought besides the connection.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The caller's certificates, its own first; empty when it showed none.
    pub(crate) certificates: Vec<CertificateDer<'static>>,
}

/// Does the handshake with the settings that `choose` picks.
///
/// # Errors
/// `InvalidData` with what `rustls` says, or the connection's own error.
pub(in crate::io) async fn accept(
    read: OwnedReadHalf<TcpStream>,
    mut write: OwnedWriteHalf<TcpStream>,
    buffers: &Rc<Buffers>,
    choose: impl FnOnce(&ClientHello<'_>) -> Arc<ServerConfig>,
) -> io::Result<(TlsReader, TlsWriter, Accepted)> {
    let mut inlet = Inlet::new(read, buffers);
    let connection = match greet(&mut inlet, choose).await {
        Ok(connection) => connection,
        Err(Refused::Io(error)) => return Err(error),
        Err(Refused::Tls(error, alert)) => {
            send(&mut write, alert, buffers).await;
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
    };
    let session = Session::new(connection, write, buffers);
    session.shake_hands(&mut inlet).await?;
    let certificates = session.connection.borrow().peer_certificates().map(<[_]>::to_vec).unwrap_or_default();
    let reader = TlsReader { session: Rc::clone(&session), inlet };
    Ok((reader, TlsWriter { session }, Accepted { certificates }))
}

/// Why there is no connection; the caller is told with an alert if it speaks TLS at all.
enum Refused {
    Io(io::Error),
    Tls(rustls::Error, Box<AcceptedAlert>),
}

/// Reads until the caller's first message is complete. `rustls` bounds its length.
async fn greet(
    inlet: &mut Inlet,
    choose: impl FnOnce(&ClientHello<'_>) -> Arc<ServerConfig>,
) -> Result<Connection, Refused> {
    let mut acceptor = Acceptor::default();
    loop {
        if inlet.is_empty() {
            inlet.fill().await.map_err(Refused::Io)?;
            if inlet.has_ended() {
                return Err(Refused::Io(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        inlet.take(|mut rest| acceptor.read_tls(&mut rest)).map_err(Refused::Io)?;
        let refused = |(error, alert)| Refused::Tls(error, Box::new(alert));
        let Some(accepted) = acceptor.accept().map_err(refused)? else { continue };
        let config = choose(&accepted.client_hello());
        return accepted.into_connection(config).map(Connection::from).map_err(refused);
    }
}

/// The error itself matters more than whether the alert arrives.
async fn send(write: &mut OwnedWriteHalf<TcpStream>, mut alert: Box<AcceptedAlert>, buffers: &Buffers) {
    let mut bytes = buffers.small();
    if alert.write_all(&mut bytes).is_ok() {
        let end = bytes.len();
        let (_, _, returned) = write_plain(write, bytes, 0, end).await;
        bytes = returned;
    }
    buffers.give_back(bytes);
}
