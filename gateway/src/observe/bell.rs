//! How the thread that takes from a channel sleeps while there is nothing in it.
//!
//! What must hold: an entry that was sent before [`Bell::ring`] is taken without a further ring. The channel's own waiting
//! spins and yields before it sleeps, which costs the worker on the same core two switches each time.

use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};

use crossbeam_channel::{Receiver, TryRecvError};

#[derive(Debug, Default)]
struct Sleeper {
    thread: OnceLock<Thread>,
    is_asleep: AtomicBool,
}

/// A sender's end. Dropping it rings, so that the sleeper sees when the last sender went: a sender drops its channel first.
#[derive(Debug, Clone, Default)]
pub(super) struct Bell(Arc<Sleeper>);

impl Bell {
    /// Wakes the sleeper, if it sleeps. To be called after sending.
    pub(super) fn ring(&self) {
        // Either this sees that it sleeps or it sees the entry: see `next`.
        fence(Ordering::SeqCst);
        if self.0.is_asleep.load(Ordering::Relaxed)
            && self.0.is_asleep.swap(false, Ordering::Relaxed)
            && let Some(thread) = self.0.thread.get()
        {
            thread.unpark();
        }
    }

    /// The next entry, by always the same thread; `None` when all senders went.
    pub(super) fn next<T>(&self, entries: &Receiver<T>) -> Option<T> {
        let sleeper = &*self.0;
        sleeper.thread.get_or_init(thread::current);
        loop {
            match entries.try_recv() {
                Ok(entry) => return Some(entry),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            // The flag is up through one more look: what comes after that look rings.
            if sleeper.is_asleep.swap(true, Ordering::Relaxed) {
                thread::park();
            }
            fence(Ordering::SeqCst);
        }
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.ring();
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;

    #[test]
    fn every_entry_of_every_sender_is_taken_and_the_end_is_seen() {
        let (send, receive) = bounded(4);
        let bell = Bell::default();
        let senders: Vec<_> = (0..4)
            .map(|_| {
                let (send, bell) = (send.clone(), bell.clone());
                thread::spawn(move || {
                    for number in 0..2_000u64 {
                        send.send(number).unwrap();
                        bell.ring();
                    }
                    drop(send);
                })
            })
            .collect();
        drop(send);
        let sum: u64 = std::iter::from_fn(|| bell.next(&receive)).sum();
        assert_eq!(sum, 4 * (0..2_000).sum::<u64>());
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    }

    #[test]
    fn one_entry_at_a_time_to_a_sleeper_is_answered_each_time() {
        let (send, receive) = bounded(1);
        let (answer, answers) = bounded(1);
        let bell = Bell::default();
        let sleeper = {
            let bell = bell.clone();
            thread::spawn(move || {
                while let Some(entry) = bell.next(&receive) {
                    answer.send(entry).unwrap();
                }
            })
        };
        for number in 0..2_000 {
            send.send(number).unwrap();
            bell.ring();
            assert_eq!(answers.recv(), Ok(number));
        }
        drop(send);
        drop(bell);
        sleeper.join().unwrap();
    }
}
