//! Waking tasks of the same worker. Nothing here crosses threads.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// An event that several tasks can wait for; each [`Notify::notify_all`] lets all of them go on.
#[derive(Debug, Default)]
pub(crate) struct Notify {
    round: Cell<u64>,
    waiting: RefCell<Vec<Waker>>,
}

impl Notify {
    /// Waits for the next [`Notify::notify_all`] after this call.
    pub(crate) async fn notified(&self) {
        let round = self.round.get();
        poll_fn(|context| {
            if self.round.get() != round {
                return Poll::Ready(());
            }
            let mut waiting = self.waiting.borrow_mut();
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    pub(crate) fn notify_all(&self) {
        self.round.set(self.round.get().wrapping_add(1));
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}
