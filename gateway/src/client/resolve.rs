//! Name resolution on threads of its own: `getaddrinfo` blocks, for many seconds when a name server is away.
//!
//! Workers ask with [`Resolver::ask`] and are told over their own channel and wake-up socket.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::worker::{Reply, ReplyTo};

/// So many lookups run at once; a name server that does not answer holds one each.
const THREADS: usize = 4;
/// Addresses of one name that are tried. More would only make a failing connect longer.
pub(crate) const ADDRESSES_MAX: usize = 8;

/// What a lookup brought: addresses in the system's order of preference, or the system's message.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) host: Box<str>,
    pub(crate) result: Result<Vec<IpAddr>, String>,
}

#[derive(Debug)]
struct Query {
    host: Box<str>,
    reply_to: ReplyTo,
}

/// The resolver threads of the process. They end when this is dropped.
#[derive(Debug)]
pub struct Resolver {
    queries: Sender<Query>,
}

impl Resolver {
    /// # Errors
    /// When a thread cannot be started.
    pub fn start() -> io::Result<Self> {
        let (queries, receiver) = unbounded();
        for index in 0..THREADS {
            let receiver = receiver.clone();
            thread::Builder::new().name(format!("resolver-{index}")).spawn(move || serve(&receiver))?;
        }
        Ok(Self { queries })
    }

    /// Queues a lookup. The answer always comes, unless the worker is gone.
    pub(crate) fn ask(&self, host: &str, reply_to: &ReplyTo) {
        // The threads live as long as `self`, so there is always a receiver.
        let _ = self.queries.send(Query { host: host.into(), reply_to: reply_to.clone() });
    }
}

fn serve(queries: &Receiver<Query>) {
    for Query { host, reply_to } in queries {
        let result = look_up(&host);
        reply_to.send(Reply::Name(Answer { host, result }));
    }
}

fn look_up(host: &str) -> Result<Vec<IpAddr>, String> {
    let found = (host, 0).to_socket_addrs().map_err(|error| error.to_string())?;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address.ip()) {
            addresses.push(address.ip());
        }
    }
    addresses.truncate(ADDRESSES_MAX);
    if addresses.is_empty() { Err("the name has no address".to_owned()) } else { Ok(addresses) }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn localhost_is_answered_over_the_channel_and_the_wake_up_socket() {
        let resolver = Resolver::start().unwrap();
        let (replies, receiver) = unbounded();
        let (wake, mut woken) = UnixStream::pair().unwrap();
        resolver.ask("localhost", &ReplyTo { replies, wake: Arc::new(wake) });
        let mut byte = [0u8; 1];
        woken.read_exact(&mut byte).unwrap();
        let Ok(Reply::Name(answer)) = receiver.recv() else { panic!("no answer") };
        assert_eq!(&*answer.host, "localhost");
        assert!(answer.result.unwrap().iter().all(IpAddr::is_loopback));
    }

    #[test]
    fn a_name_that_cannot_exist_is_an_error() {
        // RFC 6761 section 6.4: "invalid" never resolves.
        assert!(look_up("no-such-host.invalid").is_err());
    }
}
