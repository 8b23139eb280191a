//! The allocator, and the few system calls on raw descriptors that no safe wrapper covers. The only folder that may hold `unsafe`.
//!
//! monoio's streams give a `RawFd` and no `BorrowedFd`. Every function here takes a descriptor that the caller keeps open
//! for the call; none of them keeps it.
#![allow(unsafe_code, reason = "descriptors of monoio's streams have to be borrowed by number")]

pub(crate) mod allocator;

use std::os::fd::{BorrowedFd, RawFd};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{RecvFlags, Shutdown};

/// What a look at a socket's receive queue tells, without taking anything from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peek {
    /// Open, and nothing was received.
    Quiet,
    /// Bytes are waiting.
    Data,
    /// The peer closed, or the connection broke.
    Closed,
}

/// Looks whether a connected socket has data or was closed. Never waits.
pub(crate) fn peek(fd: RawFd) -> Peek {
    let mut byte = [0u8; 1];
    match rustix::net::recv(borrow(fd), &mut byte, RecvFlags::PEEK | RecvFlags::DONTWAIT) {
        Ok((0, _)) => Peek::Closed,
        Ok(_) => Peek::Data,
        Err(Errno::AGAIN | Errno::INTR) => Peek::Quiet,
        Err(_) => Peek::Closed,
    }
}

/// Which of these connections broke or ended in both directions; a peer that only ended its own is still there. Never waits.
pub(crate) fn broken(fds: &[RawFd]) -> Vec<bool> {
    const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    let borrowed: Vec<BorrowedFd<'_>> = fds.iter().map(|fd| borrow(*fd)).collect();
    // What is asked for is nothing: the end of a connection is told unasked.
    let mut polled: Vec<_> = borrowed.iter().map(|fd| PollFd::new(fd, PollFlags::empty())).collect();
    if rustix::event::poll(&mut polled, Some(&AT_ONCE)).is_err() {
        return vec![false; fds.len()];
    }
    polled.iter().map(|fd| fd.revents().intersects(PollFlags::HUP | PollFlags::ERR)).collect()
}

/// Ends a connection in both directions, so that reads and writes in flight complete. The descriptor stays open.
pub(crate) fn shut_down(fd: RawFd) {
    // ENOTCONN says that the peer was first; there is nothing left to do then.
    let _ = rustix::net::shutdown(borrow(fd), Shutdown::Both);
}

/// Sends FIN; the peer can still send.
pub(crate) fn finish_writing(fd: RawFd) {
    let _ = rustix::net::shutdown(borrow(fd), Shutdown::Write);
}

/// Lets reads in flight end as if the peer had closed; writing goes on.
pub(crate) fn finish_reading(fd: RawFd) {
    let _ = rustix::net::shutdown(borrow(fd), Shutdown::Read);
}

/// Keeps a descriptor from leaking into a child process. monoio's accept does not set the flag.
pub(crate) fn set_close_on_exec(fd: RawFd) {
    let _ = rustix::io::fcntl_setfd(borrow(fd), rustix::io::FdFlags::CLOEXEC);
}

fn borrow<'a>(fd: RawFd) -> BorrowedFd<'a> {
    // SAFETY: every caller owns the open stream that `fd` was read from for the whole call (see the module's head), and
    // `Watch` forgets a descriptor before its stream closes it.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Lets the end of a connection be a TCP reset.
#[cfg(test)]
pub(crate) fn reset_at_end(stream: &std::net::TcpStream) {
    socket2::SockRef::from(stream).set_linger(Some(std::time::Duration::ZERO)).unwrap();
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;

    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (near, listener.accept().unwrap().0)
    }

    fn peek_until_changed(stream: &TcpStream) -> Peek {
        loop {
            match peek(stream.as_raw_fd()) {
                Peek::Quiet => std::thread::yield_now(),
                other => return other,
            }
        }
    }

    #[test]
    fn a_reset_is_a_broken_connection_and_a_half_closed_one_is_not() {
        let (open, _open) = pair();
        let (half, half_far) = pair();
        finish_writing(half_far.as_raw_fd());
        let (near, far) = pair();
        reset_at_end(&far);
        drop(far);
        assert_eq!(peek_until_changed(&half), Peek::Closed);
        assert_eq!(broken(&[open.as_raw_fd(), near.as_raw_fd(), half.as_raw_fd()]), [false, true, false]);
        assert!(broken(&[]).is_empty());
    }

    #[test]
    fn an_open_and_silent_socket_is_quiet() {
        let (near, _far) = pair();
        assert_eq!(peek(near.as_raw_fd()), Peek::Quiet);
    }

    #[test]
    fn waiting_bytes_are_seen_and_stay() {
        let (near, mut far) = pair();
        far.write_all(b"x").unwrap();
        assert_eq!(peek_until_changed(&near), Peek::Data);
        assert_eq!(peek(near.as_raw_fd()), Peek::Data);
    }

    #[test]
    fn a_closed_peer_is_seen() {
        let (near, far) = pair();
        drop(far);
        assert_eq!(peek_until_changed(&near), Peek::Closed);
    }

    #[test]
    fn shutting_down_is_seen_by_both_sides() {
        let (near, far) = pair();
        shut_down(near.as_raw_fd());
        assert_eq!(peek_until_changed(&far), Peek::Closed);
        assert_eq!(peek(near.as_raw_fd()), Peek::Closed);
    }
}
