//! All open sockets of one worker, so that they can be found when it drains or after it panicked.

use std::cell::RefCell;
use std::rc::Rc;

use crate::worker::Watch;

/// A list with free places; a socket's index stays its own until it leaves.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    places: RefCell<Vec<Option<Rc<Watch>>>>,
    free: RefCell<Vec<usize>>,
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

    pub(crate) fn shut_down_all(&self) {
        self.places.borrow().iter().flatten().for_each(|watch| watch.shut_down());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
