//! Work that takes long and cannot pause: the host does it on a thread of its own.

use std::fmt;
use std::sync::Arc;

/// Something to be done away from the worker. Whoever wants it keeps a reference and finds the result in it.
pub trait Job: fmt::Debug + Send + Sync {
    /// Does it. Called once.
    fn run(&self);
}

/// A reference to a [`Job`]; equal only to itself.
#[derive(Debug, Clone)]
pub struct Offload(Arc<dyn Job>);

impl Offload {
    /// Of this job.
    pub fn new(job: Arc<dyn Job>) -> Offload {
        Offload(job)
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
