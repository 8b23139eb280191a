//! All open sockets of one worker, so that they can be found when it drains, after it panicked, and when callers are gone.

use std::cell::{Cell, RefCell};
use std::os::fd::RawFd;
use std::rc::Rc;

use crate::limits::LOOKED_AT_PER_TICK;
use crate::sys;
use crate::worker::Watch;

/// A list with free places; a socket's index stays its own until it leaves.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    places: RefCell<Vec<Option<Rc<Watch>>>>,
    free: RefCell<Vec<usize>>,
    /// Where the next look for callers that are gone begins.
    look_from: Cell<usize>,
}

impl Sockets {
    pub(crate) fn enter(&self, watch: Rc<Watch>) -> usize {
        let mut places = self.places.borrow_mut();
        match self.free.borrow_mut().pop() {
            Some(index) => {
                if let Some(place) = places.get_mut(index) {
                    *place = Some(watch);
                }
                index
            }
            None => {
                places.push(Some(watch));
                places.len() - 1
            }
        }
    }

    pub(crate) fn leave(&self, index: usize) {
        if self.places.borrow_mut().get_mut(index).and_then(Option::take).is_some() {
            self.free.borrow_mut().push(index);
        }
    }

    /// Ends reading from those whose peer is owed nothing: their tasks end them, under TLS with a last word.
    pub(crate) fn finish_idle(&self) {
        self.places.borrow().iter().flatten().filter(|watch| watch.is_idle()).for_each(|watch| watch.finish_reading());
    }

    /// Looks at the next part of the callers that wait for an answer, and tells the tasks of those that are gone. No request costs a system call for
    /// it: all that have waited since the last look are looked at with one. A caller that only ended its sending half waits for its answer.
    pub(crate) fn look_for_gone(&self) {
        let places = self.places.borrow();
        let from = self.look_from.get();
        let end = (from + LOOKED_AT_PER_TICK).min(places.len());
        self.look_from.set(if end == places.len() { 0 } else { end });
        let part = places.get(from..end).unwrap_or_default();
        let overdue = |watch: &Rc<Watch>| watch.overdue().map(|fd| (Rc::clone(watch), fd));
        let (watches, descriptors): (Vec<Rc<Watch>>, Vec<RawFd>) = part.iter().flatten().filter_map(overdue).unzip();
        drop(places);
        if watches.is_empty() {
            return;
        }
        let broken = sys::broken(&descriptors);
        watches.iter().zip(broken).filter(|(_, is_broken)| *is_broken).for_each(|(watch, _)| watch.tell_gone());
    }

    pub(crate) fn shut_down_all(&self) {
        self.places.borrow().iter().flatten().for_each(|watch| watch.shut_down());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_socket_is_looked_at_in_its_turn() {
        use std::net::{TcpListener, TcpStream};
        use std::os::fd::AsRawFd;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (far, _) = listener.accept().unwrap();
        sys::reset_at_end(&far);
        drop(far);
        let sockets = Sockets::default();
        for _ in 0..LOOKED_AT_PER_TICK + 1 {
            sockets.enter(Watch::new(-1));
        }
        let caller = Watch::new(near.as_raw_fd());
        caller.set_task(std::task::Waker::noop().clone());
        sockets.enter(Rc::clone(&caller));
        // Two rounds of two parts each: it is found the second time that it is waiting.
        for (look, is_gone) in [(1, false), (2, false), (3, false), (4, true)] {
            sockets.look_for_gone();
            assert_eq!(caller.is_gone(), is_gone, "look {look}");
        }
    }

    #[test]
    fn a_place_is_used_again_after_its_socket_left() {
        let sockets = Sockets::default();
        let first = sockets.enter(Watch::new(-1));
        let second = sockets.enter(Watch::new(-1));
        sockets.leave(first);
        sockets.leave(first);
        assert_eq!(sockets.enter(Watch::new(-1)), first);
        assert_ne!(sockets.enter(Watch::new(-1)), second);
    }
}
