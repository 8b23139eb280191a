//! The allocator, and the few system calls on raw descriptors that no safe wrapper covers. The only folder that may hold `unsafe`.
//!
//! monoio's streams give a `RawFd` and no `BorrowedFd`. Every function here takes a descriptor that the caller keeps open
//! for the call; none of them keeps it.
#![allow(unsafe_code, reason = "descriptors of monoio's streams have to be borrowed by number")]

pub(crate) mod allocator;

use std::os::fd::{BorrowedFd, RawFd};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::Shutdown;
use smallvec::SmallVec;

/// How long a look waits.
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// Which of these connections are open and have received nothing: bit i stands for `fds[i]`, 32 at most. One system call, and none takes its
/// socket's lock. Never waits.
pub(crate) fn quiet(fds: &[RawFd]) -> u32 {
    debug_assert!(fds.len() <= 32, "one bit for each");
    let borrowed: SmallVec<[BorrowedFd<'_>; 32]> = fds.iter().map(|fd| borrow(*fd)).collect();
    let mut polled: SmallVec<[PollFd<'_>; 32]> =
        borrowed.iter().map(|fd| PollFd::new(fd, PollFlags::IN | PollFlags::RDHUP)).collect();
    if rustix::event::poll(&mut polled, Some(&AT_ONCE)).is_err() {
        return 0;
    }
    polled.iter().rev().fold(0, |bits, fd| (bits << 1) | u32::from(fd.revents().is_empty()))
}

/// Which of these connections broke or ended in both directions; a peer that only ended its own is still there. Never waits.
pub(crate) fn broken(fds: &[RawFd]) -> Vec<bool> {
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

    fn until_not_quiet(stream: &TcpStream) {
        while quiet(&[stream.as_raw_fd()]) == 1 {
            std::thread::yield_now();
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
        until_not_quiet(&half);
        assert_eq!(broken(&[open.as_raw_fd(), near.as_raw_fd(), half.as_raw_fd()]), [false, true, false]);
        assert!(broken(&[]).is_empty());
    }

    #[test]
    fn open_and_silent_sockets_are_quiet_and_those_with_bytes_and_those_that_ended_are_not() {
        let (silent, _silent_far) = pair();
        let (mut near, mut far) = pair();
        let (ended, ended_far) = pair();
        let (half, half_far) = pair();
        far.write_all(b"x").unwrap();
        drop(ended_far);
        finish_writing(half_far.as_raw_fd());
        [&near, &ended, &half].into_iter().for_each(until_not_quiet);
        let fds = [&silent, &near, &ended, &half, &silent].map(AsRawFd::as_raw_fd);
        assert_eq!(quiet(&fds), 0b10001);
        let mut byte = [0];
        std::io::Read::read_exact(&mut near, &mut byte).unwrap();
        assert_eq!((byte, quiet(&fds)), (*b"x", 0b10011), "looking took nothing");
    }

    #[test]
    fn thirty_two_sockets_have_a_bit_each() {
        let pairs: Vec<_> = (0..32).map(|_| pair()).collect();
        let fds: Vec<_> = pairs.iter().map(|(near, _)| near.as_raw_fd()).collect();
        assert_eq!(quiet(&fds), u32::MAX);
        assert_eq!(quiet(&[]), 0);
    }

    #[test]
    fn shutting_down_is_seen_by_both_sides() {
        let (near, far) = pair();
        shut_down(near.as_raw_fd());
        until_not_quiet(&far);
        assert_eq!(quiet(&[near.as_raw_fd()]), 0);
    }
}
