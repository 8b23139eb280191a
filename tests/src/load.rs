//! Keep-alive load from many connections, with every answer judged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::client::{Client, Response};
use crate::wait;

/// One answered request.
#[derive(Debug, Clone)]
pub struct Answered {
    /// When its last byte was sent.
    pub sent: Instant,
    /// When its response was read.
    pub answered: Instant,
    pub status: u16,
}

/// Connections that send one request after the other until they are stopped.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    threads: Vec<JoinHandle<Result<Vec<Answered>, String>>>,
}

impl Load {
    /// Starts `connections` callers of `path`; `check` says what is wrong with an answer.
    pub fn start(
        address: SocketAddr,
        connections: usize,
        path: &str,
        headers: &[(&str, &str)],
        check: impl Fn(&Response) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicU64::new(0));
        let check = Arc::new(check);
        let headers: Vec<(String, String)> =
            headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let threads = (0..connections).map(|index| {
            let (stop, answered, check) = (stop.clone(), answered.clone(), check.clone());
            let (path, headers) = (path.to_owned(), headers.clone());
            thread::spawn(move || {
                let headers: Vec<(&str, &str)> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let mut client = Client::connect(address);
                let mut all = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let sent = Instant::now();
                    let describe =
                        |error: &dyn std::fmt::Display| format!("connection {index}, request {}: {error}", all.len());
                    let response = client.try_request("GET", &path, &headers, b"").map_err(|error| describe(&error))?;
                    check(&response).map_err(|error| describe(&error))?;
                    all.push(Answered { sent, answered: Instant::now(), status: response.status });
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                Ok(all)
            })
        });
        let threads = threads.collect();
        Load { stop, answered, threads }
    }

    /// Answers so far.
    pub fn count(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Waits for this many more answers.
    pub fn wait_for_more(&self, count: u64) {
        let wanted = self.count() + count;
        wait::until(&format!("{wanted} answers"), || {
            let failed = self.threads.iter().any(JoinHandle::is_finished);
            (failed || self.count() >= wanted).then_some(())
        });
    }

    /// Ends the load; the answers in the order of their sending, or what went wrong first.
    pub fn finish(self) -> Result<Vec<Answered>, String> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for thread in self.threads {
            all.extend(thread.join().map_err(|_| "a caller panicked".to_owned())??);
        }
        all.sort_by_key(|answered| answered.sent);
        Ok(all)
    }
}

/// Accepts 200 only.
pub fn is_ok(response: &Response) -> Result<(), String> {
    if response.status == 200 { Ok(()) } else { Err(format!("{} {}", response.head, response.text())) }
}
