//! Listening sockets for callers: one per worker on one port.
//!
//! What must hold: each worker has its own accept queue (SO_REUSEPORT), and a second gateway on the same port is an error
//! at its start, although SO_REUSEPORT alone would let the two share callers silently.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Instant;

use socket2::{Domain, Protocol, Socket, Type};

use crate::limits::{BIND_PATIENCE, BIND_RETRY, LISTEN_BACKLOG};

/// Binds `count` listeners to one address; with port 0 all take the port that the first one was given.
///
/// # Errors
/// When the address is in use or may not be used.
pub fn bind_all(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    wait_until_free(address)?;
    let mut listeners = Vec::with_capacity(count);
    let mut address = address;
    for _ in 0..count {
        let listener = bind(address, true)?;
        address = listener.local_addr()?;
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Without SO_REUSEPORT the kernel says whether somebody listens here already. A predecessor that was killed may still:
/// its rings hold the listeners until the kernel has taken them apart in the background.
fn wait_until_free(address: SocketAddr) -> io::Result<()> {
    let deadline = Instant::now() + BIND_PATIENCE;
    loop {
        match bind(address, false) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                thread::sleep(BIND_RETRY);
            }
            Err(error) => return Err(error),
        }
    }
}

fn bind(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    if shared {
        socket.listen(LISTEN_BACKLOG)?;
    }
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }

    #[test]
    fn all_listeners_share_the_port_that_was_given_to_the_first() {
        let listeners = bind_all(any(), 3).unwrap();
        let ports: Vec<_> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        assert_eq!(ports.len(), 3);
        assert!(ports[0] != 0 && ports.iter().all(|port| *port == ports[0]));
        std::net::TcpStream::connect(listeners[0].local_addr().unwrap()).unwrap();
    }

    #[test]
    fn a_second_gateway_on_the_same_port_is_refused() {
        let listeners = bind_all(any(), 1).unwrap();
        let error = bind_all(listeners[0].local_addr().unwrap(), 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn a_port_is_free_again_at_once_when_its_gateway_is_gone() {
        let listeners = bind_all(any(), 2).unwrap();
        let address = listeners[0].local_addr().unwrap();
        // An accepted connection leaves the port in TIME_WAIT.
        let caller = std::net::TcpStream::connect(address).unwrap();
        drop(listeners);
        drop(caller);
        bind_all(address, 2).unwrap();
    }
}
