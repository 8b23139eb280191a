//! Work that takes long and cannot pause: the host does it on a thread of its own.

use std::fmt;
use std::sync::Arc;

/// Something to be done away from the worker. Whoever wants it keeps a reference and finds the result in it.
pub trait Job: fmt::Debug + Send + Sync {
    /// Does it. Called once.
    fn run(&self);

    /// Bytes that it keeps in memory while it waits.
    fn bytes(&self) -> usize;

    /// Which threads do it.
    fn kind(&self) -> JobKind {
        JobKind::Body
    }
}

/// Jobs that wait for the same threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// One reads a body: milliseconds, at most some tenths of a second.
    Body,
    /// One transforms a document on a stack of its own, of 256 MiB, which may take seconds.
    Transformation,
}

/// A reference to a [`Job`]; equal only to itself.
#[derive(Debug, Clone)]
pub struct Offload(Arc<dyn Job>);

impl Offload {
    /// Of this job.
    pub fn new(job: Arc<dyn Job>) -> Offload {
        Offload(job)
    }

    /// Which threads do the job.
    #[must_use]
    pub fn kind(&self) -> JobKind {
        self.0.kind()
    }

    /// Bytes that the job keeps in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }

    /// Does the job here and now.
    pub fn run(&self) {
        self.0.run();
    }

    /// Whether nobody else holds the job: nobody waits for its result any more.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

impl PartialEq for Offload {
    fn eq(&self, other: &Offload) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Offload {}
