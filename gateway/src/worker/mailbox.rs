//! The way into a worker: a channel, and a socket whose readability wakes the worker's loop.
//!
//! monoio's cross-thread wakers are off (they cost atomics at every turn), so a message is followed by one byte, which the
//! worker reads like any other I/O.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::Message;

/// The control side's end of a worker's mailbox.
#[derive(Debug)]
pub struct WorkerHandle {
    sender: Sender<Message>,
    wake: UnixStream,
}

impl WorkerHandle {
    /// Queues a message and wakes the worker. `false` when the worker is gone.
    pub fn send(&self, message: Message) -> bool {
        if self.sender.send(message).is_err() {
            return false;
        }
        // A full socket buffer means that wake-ups enough are on their way already.
        match (&self.wake).write_all(&[1]) {
            Ok(()) => true,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }
}

/// A new mailbox: the sender's half, and the two parts a [`super::WorkerConfig`] takes.
///
/// # Errors
/// When no socket pair can be had (descriptor limit).
pub fn mailbox() -> io::Result<(WorkerHandle, Receiver<Message>, UnixStream)> {
    let (sender, receiver) = unbounded();
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    Ok((WorkerHandle { sender, wake: ours }, receiver, theirs))
}
