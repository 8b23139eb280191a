//! One worker's idle connections to backends.
//!
//! What must hold: those used last are taken first, so that those that are not needed age and are closed; none is handed
//! out that the backend closed or that received something unasked (it would answer the wrong request), as far as a look at
//! most [`UPSTREAM_LOOK_VALID`] ago tells; a swap of the configuration leaves the pools as they are, since the key is the
//! upstream's stable id (same scheme, host, port and TLS policy).
//!
//! A look at each connection before its request was 3 % of a request's time. So one system call looks at those that will be
//! taken next; nginx and HAProxy hear of such connections from their next `epoll_wait`, which is later.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

use crate::io::Socket;
use crate::limits::{UPSTREAM_LOOK_VALID, UPSTREAMS_PER_LOOK};

/// An upstream's id is a hash already.
#[derive(Debug, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = id;
    }
}

#[derive(Debug)]
struct Idle {
    /// In a box: on its way from here through an exchange and back it would be copied ten times.
    socket: Box<Socket>,
    since: Instant,
}

#[derive(Debug, Default)]
struct Pool {
    idle: Vec<Idle>,
    /// Taken out of `idle`, found to be silent when last looked at.
    quiet: Vec<Idle>,
    looked: Option<Instant>,
    /// Made at the first TLS connection; keeps the session tickets.
    tls: Option<Arc<ClientConfig>>,
}

impl Pool {
    fn take(&mut self, now: Instant) -> Option<Box<Socket>> {
        let valid = self.looked.is_some_and(|looked| now.saturating_duration_since(looked) <= UPSTREAM_LOOK_VALID);
        if !valid {
            self.idle.append(&mut self.quiet);
        }
        while self.quiet.is_empty() && !self.idle.is_empty() {
            self.look();
            self.looked = Some(now);
        }
        self.quiet.pop().map(|idle| idle.socket)
    }

    /// Moves those used last to `quiet`, and closes what is not.
    fn look(&mut self) {
        let start = self.idle.len().saturating_sub(UPSTREAMS_PER_LOOK);
        let bits = Socket::quiet(self.idle[start..].iter().map(|idle| &*idle.socket));
        let looked_at = self.idle.drain(start..).enumerate();
        self.quiet.extend(looked_at.filter_map(|(place, idle)| (bits >> place & 1 == 1).then_some(idle)));
    }

    fn sweep(&mut self, now: Instant, timeout: Duration) {
        self.idle.append(&mut self.quiet);
        self.idle.retain(|idle| now.saturating_duration_since(idle.since) < timeout);
        let mut kept = Vec::with_capacity(self.idle.len());
        while !self.idle.is_empty() {
            self.look();
            kept.extend(self.quiet.drain(..).rev());
        }
        kept.reverse();
        self.idle = kept;
    }

    fn clear(&mut self) {
        self.idle.clear();
        self.quiet.clear();
    }
}

/// All pools of a worker.
#[derive(Debug)]
pub(crate) struct Pools {
    by_upstream: RefCell<HashMap<u64, Pool, BuildHasherDefault<IdHasher>>>,
    idle_max: usize,
}

impl Pools {
    /// `idle_max`: idle connections that are kept for one upstream.
    pub(crate) fn new(idle_max: usize) -> Self {
        Self { by_upstream: RefCell::default(), idle_max }
    }

    /// An idle connection that is open and silent at `now`. Others that are found on the way are closed.
    pub(crate) fn take(&self, upstream: u64, now: Instant) -> Option<Box<Socket>> {
        self.by_upstream.borrow_mut().get_mut(&upstream)?.take(now)
    }

    /// Keeps a connection on which nothing is under way. `now` may be as old as the last tick.
    pub(crate) fn put(&self, upstream: u64, socket: Box<Socket>, now: Instant) {
        let mut pools = self.by_upstream.borrow_mut();
        let pool = pools.entry(upstream).or_default();
        if pool.idle.len() + pool.quiet.len() < self.idle_max {
            pool.idle.push(Idle { socket, since: now });
        }
    }

    /// The TLS settings of an upstream, made once.
    ///
    /// # Errors
    /// What `make` says.
    pub(crate) fn tls<E>(
        &self,
        upstream: u64,
        make: impl FnOnce() -> Result<Arc<ClientConfig>, E>,
    ) -> Result<Arc<ClientConfig>, E> {
        let mut pools = self.by_upstream.borrow_mut();
        let pool = pools.entry(upstream).or_default();
        if let Some(config) = &pool.tls {
            return Ok(Arc::clone(config));
        }
        let config = make()?;
        pool.tls = Some(Arc::clone(&config));
        Ok(config)
    }

    /// Closes what has been idle for `timeout`, and what the backend closed or sent something on.
    pub(crate) fn sweep(&self, now: Instant, timeout: Duration) {
        for pool in self.by_upstream.borrow_mut().values_mut() {
            pool.sweep(now, timeout);
        }
    }

    /// Closes all idle connections, when the worker drains.
    pub(crate) fn clear(&self) {
        self.by_upstream.borrow_mut().values_mut().for_each(Pool::clear);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{Ipv4Addr, TcpListener};
    use std::rc::Rc;

    use super::*;
    use crate::io::{Direction, Sockets};
    use crate::observe::metrics::WorkerMetrics;

    const UPSTREAM: u64 = 7;

    /// Connections to a listener, both ends in the same order.
    async fn connections(count: usize) -> (Vec<Socket>, Vec<std::net::TcpStream>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sockets, metrics) = (Rc::new(Sockets::default()), Arc::new(WorkerMetrics::default()));
        let (mut near, mut far) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let stream = monoio::net::TcpStream::connect(address).await.unwrap();
            near.push(Socket::new(stream, Direction::Upstream, &sockets, &metrics));
            far.push(listener.accept().unwrap().0);
        }
        (near, far)
    }

    fn block_on(test: impl Future<Output = ()>) {
        monoio::RuntimeBuilder::<monoio::LegacyDriver>::new().build().unwrap().block_on(test);
    }

    fn until_not_quiet(idle: &Idle) {
        while Socket::quiet(std::iter::once(&*idle.socket)) == 1 {
            std::thread::yield_now();
        }
    }

    fn pool(sockets: Vec<Socket>) -> Pool {
        let since = Instant::now();
        Pool {
            idle: sockets.into_iter().map(|socket| Idle { socket: Box::new(socket), since }).collect(),
            ..Pool::default()
        }
    }

    fn fds_of(sockets: &[Socket]) -> Vec<std::os::fd::RawFd> {
        sockets.iter().map(Socket::fd).collect()
    }

    #[test]
    fn those_used_last_are_taken_first_and_those_that_ended_or_speak_unasked_never() {
        block_on(async {
            let (near, mut far) = connections(2 * UPSTREAMS_PER_LOOK + 3).await;
            let fds = fds_of(&near);
            let mut pool = pool(near);
            let last = fds.len() - 1;
            far[last].write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
            far[last - 2].shutdown(std::net::Shutdown::Write).unwrap();
            [last, last - 2].into_iter().for_each(|place| until_not_quiet(&pool.idle[place]));
            let mut taken = Vec::new();
            while let Some(socket) = pool.take(Instant::now()) {
                taken.push(socket.fd());
            }
            let expected: Vec<_> = (0..fds.len())
                .rev()
                .filter(|place| ![last, last - 2].contains(place))
                .map(|place| fds[place])
                .collect();
            assert_eq!(taken, expected);
        });
    }

    #[test]
    fn a_look_is_believed_until_it_is_too_old() {
        block_on(async {
            let (near, mut far) = connections(3).await;
            let fds = fds_of(&near);
            let (mut pool, now) = (pool(near), Instant::now());
            assert_eq!(pool.take(now).map(|socket| socket.fd()), Some(fds[2]));
            far[1].write_all(b"x").unwrap();
            until_not_quiet(&pool.quiet[1]);
            let too_late = now + UPSTREAM_LOOK_VALID + Duration::from_nanos(1);
            assert_eq!(pool.take(too_late).map(|socket| socket.fd()), Some(fds[0]));
            assert!(pool.take(too_late).is_none());
        });
    }

    #[test]
    fn sweeping_closes_what_is_old_or_ended_and_keeps_the_order_of_the_others() {
        block_on(async {
            let (near, mut far) = connections(UPSTREAMS_PER_LOOK + 4).await;
            let fds = fds_of(&near);
            let mut pool = pool(near);
            let now = pool.idle[0].since + Duration::from_secs(60);
            pool.idle.iter_mut().skip(1).for_each(|idle| idle.since = now);
            drop(far.remove(2));
            until_not_quiet(&pool.idle[2]);
            pool.sweep(now, Duration::from_secs(60));
            let kept: Vec<_> = pool.idle.iter().map(|idle| idle.socket.fd()).collect();
            assert_eq!(kept, [&fds[1..2], &fds[3..]].concat());
        });
    }

    #[test]
    fn those_looked_at_count_as_kept() {
        block_on(async {
            let (near, _far) = connections(4).await;
            let pools = Pools::new(2);
            for socket in near {
                pools.put(UPSTREAM, Box::new(socket), Instant::now());
            }
            assert!(pools.take(UPSTREAM, Instant::now()).is_some());
            let (more, _far) = connections(2).await;
            for socket in more {
                pools.put(UPSTREAM, Box::new(socket), Instant::now());
            }
            let left = std::iter::from_fn(|| pools.take(UPSTREAM, Instant::now())).count();
            assert_eq!(left, 2);
        });
    }
}
