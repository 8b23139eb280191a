//! What helper threads have to say to a worker: over a channel of its own, with a byte to its wake-up socket.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::client::resolve::Answer;
use crate::effect::offload::Ticket;

/// An answer.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Of the resolver.
    Name(Answer),
    /// Of the threads for long work: a job is done.
    Offloaded(Ticket),
}

/// A worker's end for answers.
#[derive(Debug, Clone)]
pub(crate) struct ReplyTo {
    pub(crate) replies: Sender<Reply>,
    pub(crate) wake: Arc<UnixStream>,
}

impl ReplyTo {
    /// Sends an answer. One to a worker that is gone is dropped.
    pub(crate) fn send(&self, reply: Reply) {
        if self.replies.send(reply).is_ok() {
            // A full socket buffer means that the worker is going to wake up anyway.
            let _ = (&*self.wake).write_all(&[1]);
        }
    }
}
