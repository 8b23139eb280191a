//! Threads for what a worker must not do itself: work that takes long and cannot pause.
//!
//! What must hold: a worker never waits for these threads, only the exchange that asked does; one that has gone is not worked for; a job that
//! panics does not take its thread with it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use postern_policy::Offload;

use crate::io::Notify;
use crate::worker::{Reply, ReplyTo};

/// Jobs that wait for a thread; each keeps a body or texts in memory.
const WAITING_MAX: usize = 4096;

/// Threads for jobs of one kind, so that none waits for those of another. They end when this is dropped.
#[derive(Debug)]
pub struct Threads {
    jobs: Sender<Asked>,
}

#[derive(Debug)]
struct Asked {
    job: Offload,
    ticket: Ticket,
    reply_to: ReplyTo,
}

/// Which of a worker's jobs is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ticket(u64);

/// More jobs wait than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

impl Threads {
    /// So many threads, named by what they do.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(kind: &str, count: usize) -> io::Result<Self> {
        let (jobs, receiver) = bounded(WAITING_MAX);
        for index in 0..count {
            let receiver = receiver.clone();
            thread::Builder::new().name(format!("{kind}-{index}")).spawn(move || serve(&receiver))?;
        }
        Ok(Self { jobs })
    }
}

fn serve(jobs: &Receiver<Asked>) {
    for Asked { job, ticket, reply_to } in jobs {
        if !job.is_abandoned() && catch_unwind(AssertUnwindSafe(|| job.run())).is_err() {
            tracing::error!("a job of a policy panicked");
        }
        // What the job holds is given up here, not by the worker, if nobody waits any more.
        drop(job);
        reply_to.send(Reply::Offloaded(ticket));
    }
}

/// One worker's jobs under way. What is done comes in through [`Offloads::learn`].
#[derive(Debug)]
pub(crate) struct Offloads {
    reply_to: ReplyTo,
    next: Cell<u64>,
    waiting: RefCell<HashMap<Ticket, Rc<Waiting>>>,
}

#[derive(Debug, Default)]
struct Waiting {
    is_done: Cell<bool>,
    done: Notify,
}

/// Forgets a job whose asker is gone.
struct Entry<'a> {
    offloads: &'a Offloads,
    ticket: Ticket,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.offloads.waiting.borrow_mut().remove(&self.ticket);
    }
}

impl Offloads {
    pub(crate) fn new(reply_to: ReplyTo) -> Self {
        Self { reply_to, next: Cell::new(0), waiting: RefCell::default() }
    }

    /// Has a job done, and comes back when it is (or has panicked).
    ///
    /// # Errors
    /// Too many jobs wait: it has not been taken.
    pub(crate) async fn run(&self, threads: &Threads, job: Offload) -> Result<(), Busy> {
        let ticket = Ticket(self.next.get());
        self.next.set(ticket.0.wrapping_add(1));
        let waiting: Rc<Waiting> = Rc::default();
        self.waiting.borrow_mut().insert(ticket, Rc::clone(&waiting));
        let entry = Entry { offloads: self, ticket };
        let asked = Asked { job, ticket, reply_to: self.reply_to.clone() };
        threads.jobs.try_send(asked).map_err(|_| Busy)?;
        while !waiting.is_done.get() {
            waiting.done.notified().await;
        }
        drop(entry);
        Ok(())
    }

    /// Lets the one go on whose job is done.
    pub(crate) fn learn(&self, ticket: Ticket) {
        let waiting = self.waiting.borrow().get(&ticket).cloned();
        if let Some(waiting) = waiting {
            waiting.is_done.set(true);
            waiting.done.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use postern_policy::Job;

    use super::*;

    /// Runs a closure, once.
    struct Call(Mutex<Option<Box<dyn FnOnce() + Send>>>);

    impl std::fmt::Debug for Call {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str("Call")
        }
    }

    impl Job for Call {
        fn run(&self) {
            let call = self.0.lock().unwrap().take();
            if let Some(call) = call {
                call();
            }
        }
    }

    fn call(call: impl FnOnce() + Send + 'static) -> Arc<dyn Job> {
        Arc::new(Call(Mutex::new(Some(Box::new(call)))))
    }

    #[test]
    fn what_panics_takes_nothing_with_it_and_what_nobody_waits_for_is_not_done() {
        const THREADS: usize = 2;
        let threads = Threads::start("test", THREADS).unwrap();
        let (replies, receiver) = crossbeam_channel::unbounded();
        let (wake, _woken) = UnixStream::pair().unwrap();
        let reply_to = ReplyTo { replies, wake: Arc::new(wake) };
        let (done, was_done) = bounded(1);
        let abandoned = {
            let done = done.clone();
            call(move || done.send("abandoned").unwrap())
        };
        let kept = call(move || done.send("kept").unwrap());
        let mut panicking: Vec<Arc<dyn Job>> = Vec::new();
        for number in 0..2 * THREADS as u64 {
            panicking.push(call(|| panic!("as meant")));
            let job = Offload::new(Arc::clone(panicking.last().unwrap()));
            threads.jobs.send(Asked { job, ticket: Ticket(number), reply_to: reply_to.clone() }).unwrap();
        }
        threads
            .jobs
            .send(Asked { job: Offload::new(abandoned), ticket: Ticket(8), reply_to: reply_to.clone() })
            .unwrap();
        threads.jobs.send(Asked { job: Offload::new(Arc::clone(&kept)), ticket: Ticket(9), reply_to }).unwrap();
        let mut answers: Vec<u64> = Vec::new();
        for _ in 0..2 * THREADS + 2 {
            let Ok(Reply::Offloaded(Ticket(ticket))) = receiver.recv_timeout(Duration::from_secs(30)) else {
                panic!("no answer")
            };
            answers.push(ticket);
        }
        answers.sort_unstable();
        assert_eq!(answers, [0, 1, 2, 3, 8, 9]);
        assert_eq!(was_done.try_iter().collect::<Vec<_>>(), ["kept"]);
    }
}
