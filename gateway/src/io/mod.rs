//! Sockets as the rest of the gateway sees them: plain or TLS, read and written with buffers that are given away for the
//! time of the operation, with a deadline each.
//!
//! What must hold: a read or write in flight is never dropped while its connection is to be used further (io_uring would
//! lose what it received); every socket is in the worker's [`Sockets`] from its first to its last moment.

mod buffers;
mod notify;
mod socket;
mod sockets;
mod tls;
mod yielding;

pub(crate) use buffers::{Buffers, LARGE_BYTES};
pub(crate) use notify::Notify;
pub(crate) use socket::{Direction, Reader, Socket, Writer};
pub(crate) use sockets::Sockets;
pub(crate) use yielding::{Turns, set_knock, wake_yielded, yield_now};

/// Whether a body is written by itself, not copied behind its head: past this size copying costs more than another system call.
pub(crate) fn goes_apart(body: &[u8]) -> bool {
    /// Bytes: what buffers hold anyway.
    const COPIED_MAX: usize = LARGE_BYTES;
    body.len() > COPIED_MAX
}
