//! One worker's idle connections to backends.
//!
//! What must hold: the connection used last is taken first, so that those that are not needed age and are closed; none is
//! handed out that the backend closed or that received something unasked (it would answer the wrong request); a swap of
//! the configuration leaves the pools as they are, since the key is the upstream's stable id (same scheme, host, port and
//! TLS policy).

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

use crate::io::Socket;

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
    socket: Socket,
    since: Instant,
}

#[derive(Debug, Default)]
struct Pool {
    idle: Vec<Idle>,
    /// Made at the first TLS connection; keeps the session tickets.
    tls: Option<Arc<ClientConfig>>,
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

    /// An idle connection that is open and silent. Others that are found on the way are closed.
    pub(crate) fn take(&self, upstream: u64) -> Option<Socket> {
        let mut pools = self.by_upstream.borrow_mut();
        let pool = pools.get_mut(&upstream)?;
        while let Some(Idle { socket, .. }) = pool.idle.pop() {
            if socket.is_quiet() {
                return Some(socket);
            }
        }
        None
    }

    /// Keeps a connection on which nothing is under way. `now` may be as old as the last tick.
    pub(crate) fn put(&self, upstream: u64, socket: Socket, now: Instant) {
        let mut pools = self.by_upstream.borrow_mut();
        let pool = pools.entry(upstream).or_default();
        if pool.idle.len() < self.idle_max {
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
            pool.idle.retain(|idle| now.saturating_duration_since(idle.since) < timeout && idle.socket.is_quiet());
        }
    }

    /// Closes all idle connections, when the worker drains.
    pub(crate) fn clear(&self) {
        self.by_upstream.borrow_mut().values_mut().for_each(|pool| pool.idle.clear());
    }
}
