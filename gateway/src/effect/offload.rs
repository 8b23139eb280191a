//! Threads for what a worker must not do itself: work that takes long and cannot pause.
//!
//! What must hold: a worker never waits for these threads, only the exchange that asked does; one that has gone is not worked for; a job that
//! panics does not take its thread with it; what waits takes no more memory than it may, and what is beyond is not taken.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use postern_policy::Offload;

use crate::io::Notify;
use crate::worker::{Reply, ReplyTo};

/// Jobs that wait for a thread.
const WAITING_MAX: usize = 4096;

/// Bytes of bodies and texts that the jobs keep, those under way included: 128 of the longest bodies, which two threads check in some
/// seconds. Longer than any single one is.
const WAITING_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Threads for jobs of one kind, so that none waits for those of another. They end when this is dropped.
#[derive(Debug)]
pub struct Threads {
    jobs: Sender<Asked>,
    /// Of the jobs that are not done.
    bytes: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Asked {
    job: Offload,
    ticket: Ticket,
    reply_to: ReplyTo,
    room: Room,
}

/// Bytes that a job keeps; given back when it is dropped.
#[derive(Debug)]
struct Room {
    bytes: usize,
    of: Arc<AtomicUsize>,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.of.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Which of a worker's jobs is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ticket(u64);

/// More jobs, or bytes of jobs, wait than may.
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
        Ok(Self { jobs, bytes: Arc::default() })
    }

    /// Room for a job's bytes.
    fn room(&self, bytes: usize) -> Result<Room, Busy> {
        let more = |taken: usize| taken.checked_add(bytes).filter(|taken| *taken <= WAITING_BYTES_MAX);
        match self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(_) => Ok(Room { bytes, of: Arc::clone(&self.bytes) }),
            Err(_) => Err(Busy),
        }
    }

    /// Has a job done, unless too much waits.
    fn ask(&self, job: Offload, ticket: Ticket, reply_to: ReplyTo) -> Result<(), Busy> {
        let room = self.room(job.bytes())?;
        self.jobs.try_send(Asked { job, ticket, reply_to, room }).map_err(|_| Busy)
    }
}

fn serve(jobs: &Receiver<Asked>) {
    for Asked { job, ticket, reply_to, room } in jobs {
        if !job.is_abandoned() && catch_unwind(AssertUnwindSafe(|| job.run())).is_err() {
            tracing::error!("a job of a policy panicked");
        }
        // What the job holds is given up here, not by the worker, if nobody waits any more.
        drop(job);
        drop(room);
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
    /// Too much waits: it has not been taken.
    pub(crate) async fn run(&self, threads: &Threads, job: Offload) -> Result<(), Busy> {
        let ticket = Ticket(self.next.get());
        self.next.set(ticket.0.wrapping_add(1));
        let waiting: Rc<Waiting> = Rc::default();
        self.waiting.borrow_mut().insert(ticket, Rc::clone(&waiting));
        let entry = Entry { offloads: self, ticket };
        threads.ask(job, ticket, self.reply_to.clone())?;
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
    use std::sync::Mutex;
    use std::time::Duration;

    use postern_policy::Job;

    use super::*;

    /// Runs a closure, once; keeps so many bytes.
    struct Call(Mutex<Option<Box<dyn FnOnce() + Send>>>, usize);

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

        fn bytes(&self) -> usize {
            self.1
        }
    }

    fn call(call: impl FnOnce() + Send + 'static) -> Arc<dyn Job> {
        Arc::new(Call(Mutex::new(Some(Box::new(call))), 1000))
    }

    fn reply_to() -> (ReplyTo, Receiver<Reply>, UnixStream) {
        let (replies, receiver) = crossbeam_channel::unbounded();
        let (wake, woken) = UnixStream::pair().unwrap();
        (ReplyTo { replies, wake: Arc::new(wake) }, receiver, woken)
    }

    #[test]
    fn jobs_are_taken_as_long_as_there_is_room_for_what_they_keep() {
        let threads = Threads::start("test", 1).unwrap();
        let (reply_to, receiver, _woken) = reply_to();
        let (go_on, may_go_on) = bounded::<()>(0);
        let keeping = |bytes: usize| Arc::new(Call(Mutex::new(None), bytes)) as Arc<dyn Job>;
        let ask = |ticket: u64, job: &Arc<dyn Job>| {
            threads.ask(Offload::new(Arc::clone(job)), Ticket(ticket), reply_to.clone())
        };
        let wait = move || may_go_on.recv().unwrap();
        // One is under way, and counts until it is done.
        let first: Arc<dyn Job> = Arc::new(Call(Mutex::new(Some(Box::new(wait))), WAITING_BYTES_MAX - 10));
        let (fits, one_more) = (keeping(10), keeping(1));
        assert_eq!(ask(0, &first), Ok(()));
        assert_eq!(ask(1, &keeping(11)), Err(Busy));
        assert_eq!(ask(2, &fits), Ok(()));
        assert_eq!(ask(3, &one_more), Err(Busy));
        assert_eq!(ask(4, &keeping(usize::MAX)), Err(Busy));
        go_on.send(()).unwrap();
        for ticket in [0, 2] {
            let Ok(Reply::Offloaded(Ticket(answered))) = receiver.recv_timeout(Duration::from_secs(30)) else {
                panic!("no answer")
            };
            assert_eq!(answered, ticket);
        }
        let whole = keeping(WAITING_BYTES_MAX);
        assert_eq!(ask(5, &whole), Ok(()));
    }

    #[test]
    fn what_panics_takes_nothing_with_it_and_what_nobody_waits_for_is_not_done() {
        const THREADS: usize = 2;
        let threads = Threads::start("test", THREADS).unwrap();
        let (reply_to, receiver, _woken) = reply_to();
        let ask = |job: Offload, number: u64| threads.ask(job, Ticket(number), reply_to.clone()).unwrap();
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
            ask(job, number);
        }
        ask(Offload::new(abandoned), 8);
        ask(Offload::new(Arc::clone(&kept)), 9);
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
