//! How the thread that takes from a channel sleeps while there is nothing in it.
//!
//! What must hold: an entry that was sent before [`Bell::ring`] is taken without a further ring. The channel's own waiting
//! spins and yields before it sleeps, which costs the worker on the same core two switches each time.

use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

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

    /// The next entry, by always the same thread, which waits no longer than `patience` for it.
    pub(super) fn next<T>(&self, entries: &Receiver<T>, patience: Option<Duration>) -> Next<T> {
        let sleeper = &*self.0;
        sleeper.thread.get_or_init(thread::current);
        let mut deadline = None;
        loop {
            match entries.try_recv() {
                Ok(entry) => return Next::Entry(entry),
                Err(TryRecvError::Disconnected) => return Next::End,
                Err(TryRecvError::Empty) => {}
            }
            // The flag is up through one more look: what comes after that look rings.
            if sleeper.is_asleep.swap(true, Ordering::Relaxed) {
                let Some(patience) = patience else {
                    thread::park();
                    fence(Ordering::SeqCst);
                    continue;
                };
                let now = Instant::now();
                let left = deadline.get_or_insert(now + patience).saturating_duration_since(now);
                if left.is_zero() {
                    return Next::Silence;
                }
                thread::park_timeout(left);
            }
            fence(Ordering::SeqCst);
        }
    }
}

/// What came of waiting.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<T> {
    Entry(T),
    /// Nothing in time.
    Silence,
    /// All senders went.
    End,
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
        let entries = std::iter::from_fn(|| match bell.next(&receive, None) {
            Next::Entry(number) => Some(number),
            Next::Silence | Next::End => None,
        });
        let sum: u64 = entries.sum();
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
                // With patience and without, in turn.
                for patience in [None, Some(Duration::from_secs(600))].into_iter().cycle() {
                    let Next::Entry(entry) = bell.next(&receive, patience) else { return };
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

    #[test]
    fn silence_is_told_once_patience_ends_and_what_comes_later_is_taken() {
        let (send, receive) = bounded(1);
        let (bell, patience) = (Bell::default(), Duration::from_millis(5));
        let began = Instant::now();
        assert_eq!(bell.next(&receive, Some(patience)), Next::Silence);
        assert!(began.elapsed() >= patience);
        send.send(1).unwrap();
        bell.ring();
        assert_eq!(bell.next(&receive, Some(patience)), Next::Entry(1));
        assert_eq!(bell.next(&receive, Some(Duration::ZERO)), Next::Silence);
        drop(send);
        assert_eq!(bell.next(&receive, None), Next::End);
    }
}
