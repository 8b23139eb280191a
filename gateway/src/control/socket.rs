//! The Unix socket itself: where it lies, who may open it, who did.

use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;

/// A listening control socket, readable and writable by its owner only.
#[derive(Debug)]
pub struct ControlSocket {
    pub(super) listener: UnixListener,
}

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    #[error("another gateway listens there")]
    InUse,
    #[error("there is a file of another kind at this path")]
    NotASocket,
    #[error("the folder cannot be made")]
    Folder(#[source] io::Error),
    #[error("the socket a dead gateway left behind cannot be removed")]
    Stale(#[source] io::Error),
    #[error("the socket cannot be made")]
    Bind(#[source] io::Error),
}

impl ControlSocket {
    /// Makes the socket, and its folder when that is missing. A socket that a dead gateway left behind is replaced; one
    /// that a living gateway listens on is not. To be called before other threads make files: it sets the umask for a
    /// moment, so that the socket is closed to others from its first instant on.
    ///
    /// # Errors
    /// See [`SocketError`].
    pub fn bind(path: &Path) -> Result<Self, SocketError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
            std::fs::DirBuilder::new().recursive(true).mode(0o755).create(folder).map_err(SocketError::Folder)?;
        }
        clear(path)?;
        let before = rustix::process::umask(Mode::from_raw_mode(0o177));
        let listener = UnixListener::bind(path);
        rustix::process::umask(before);
        let listener = listener.map_err(SocketError::Bind)?;
        listener.set_nonblocking(true).map_err(SocketError::Bind)?;
        Ok(Self { listener })
    }

    /// The next connection that is waiting and may be here; `None` when there is none.
    pub(super) fn accept(&self) -> Option<UnixStream> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(error) => {
                    tracing::warn!(%error, "connection on the control socket not accepted");
                    return None;
                }
            };
            match check_peer(&stream) {
                Ok(()) => return Some(stream),
                Err(reason) => tracing::warn!(reason, "connection on the control socket refused"),
            }
        }
    }
}

/// Removes the socket at the end of the process; somebody else's file stays.
pub fn remove(path: &Path) {
    let is_socket = path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_socket());
    if is_socket && let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(%error, path = %PathBuf::from(path).display(), "control socket not removed");
    }
}

fn clear(path: &Path) -> Result<(), SocketError> {
    let Ok(metadata) = path.symlink_metadata() else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(SocketError::NotASocket);
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(SocketError::InUse),
        Err(_) => std::fs::remove_file(path).map_err(SocketError::Stale),
    }
}

/// The file's mode keeps others out already; this holds even where somebody widened it.
fn check_peer(stream: &UnixStream) -> Result<(), String> {
    let peer = rustix::net::sockopt::socket_peercred(stream).map_err(|error| error.to_string())?;
    let own = rustix::process::geteuid();
    if peer.uid == own || peer.uid.is_root() {
        return Ok(());
    }
    Err(format!("process {} runs as user {}, not as {}", peer.pid.as_raw_pid(), peer.uid.as_raw(), own.as_raw()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_its_owner_may_open_the_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run/postern/gateway.sock");
        let _socket = ControlSocket::bind(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_dead_gateways_socket_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.sock");
        drop(ControlSocket::bind(&path).unwrap());
        assert!(path.exists(), "a killed process leaves its socket");
        let socket = ControlSocket::bind(&path).unwrap();
        UnixStream::connect(&path).unwrap();
        assert!(socket.accept().is_some(), "our own user may connect");
        assert!(socket.accept().is_none());
    }

    #[test]
    fn a_living_gateways_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.sock");
        let _living = ControlSocket::bind(&path).unwrap();
        assert!(matches!(ControlSocket::bind(&path), Err(SocketError::InUse)));
    }

    #[test]
    fn a_file_that_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.sock");
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(ControlSocket::bind(&path), Err(SocketError::NotASocket)));
        remove(&path);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    }
}
