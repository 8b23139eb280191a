//! A port at which nobody listens, and which nobody else gets meanwhile.

use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// Holds a port without listening: connections to it are refused. A port that was only let go may be another test's a moment later.
#[derive(Debug)]
pub struct Nobody {
    /// Keeps the port.
    _socket: Socket,
    address: SocketAddr,
}

impl Nobody {
    /// At a port that the system chooses.
    #[must_use]
    pub fn new() -> Nobody {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        Nobody { _socket: socket, address }
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Default for Nobody {
    fn default() -> Nobody {
        Nobody::new()
    }
}
