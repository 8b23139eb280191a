//! One coarse timer wheel per worker for the deadlines of sockets.
//!
//! A timer of the runtime costs an insert and a remove at every phase of every request. Here a phase stores one number in
//! its socket's [`Watch`]; the wheel looks at a socket only when the earliest deadline that it was queued for comes, and
//! queues it again when the deadline has moved on. At a deadline the socket is shut down, so that the read or write in
//! flight completes by itself: a read that is dropped in flight would lose what it received.
//!
//! What must hold: a descriptor is forgotten ([`Watch::close`]) before its stream closes it; a deadline fires never early
//! and at most [`TICK`] late (and the length of one turn of the worker's loop).

use std::cell::{Cell, RefCell};
use std::os::fd::RawFd;
use std::rc::Rc;
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::sys;

/// Grain of the wheel.
pub(crate) const TICK: Duration = Duration::from_millis(TICK_MS);
const TICK_MS: u64 = 100;
/// 51.2 s of slots; a later deadline is queued in the last slot and moved on from there.
const SLOTS: u64 = 512;
const NEVER: u64 = u64::MAX;
const CLOSED: RawFd = -1;

/// What a deadline cuts off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Reading: the peer was too slow to send, and can still be told so.
    Reading,
    /// Everything: the peer does not take what we send, or is not needed any more.
    Both,
}

/// The deadline of one socket.
#[derive(Debug)]
pub(crate) struct Watch {
    fd: Cell<RawFd>,
    deadline: Cell<u64>,
    queued: Cell<u64>,
    expired: Cell<bool>,
    cut: Cell<Cut>,
    work: Cell<Work>,
    /// The task that serves this caller, woken when the caller is gone; `None` for backends.
    task: RefCell<Option<Waker>>,
    gone: Cell<bool>,
}

/// Whether the peer of a socket is owed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Nothing, and it owes us nothing: such a connection may be closed at once when the worker drains.
    Idle,
    Busy,
    /// It was busy already when it was looked at last.
    Lasting,
}

impl Watch {
    pub(crate) fn new(fd: RawFd) -> Rc<Self> {
        Rc::new(Self {
            fd: Cell::new(fd),
            deadline: Cell::new(NEVER),
            queued: Cell::new(NEVER),
            expired: Cell::new(false),
            cut: Cell::new(Cut::Both),
            work: Cell::new(Work::Busy),
            task: RefCell::default(),
            gone: Cell::new(false),
        })
    }

    /// Whether the deadline passed and the socket was shut down for it.
    pub(crate) fn expired(&self) -> bool {
        self.expired.get()
    }

    /// No deadline from now on.
    pub(crate) fn disarm(&self) {
        self.deadline.set(NEVER);
    }

    /// Forgets the descriptor, which is about to be closed.
    pub(crate) fn close(&self) {
        self.fd.set(CLOSED);
        self.disarm();
        // It keeps the task, which keeps the socket, which keeps this.
        self.task.take();
    }

    pub(crate) fn set_idle(&self, idle: bool) {
        self.work.set(if idle { Work::Idle } else { Work::Busy });
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.work.get() == Work::Idle
    }

    /// Says which task serves this caller, so that the caller's end can be told to it ([`Watch::is_gone`]).
    pub(crate) fn set_task(&self, task: Waker) {
        *self.task.borrow_mut() = Some(task);
    }

    /// Whether the connection of this caller broke while its task waited for something else.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.get()
    }

    /// The descriptor of a caller that has waited for its answer since the last look at it: worth a system call.
    pub(crate) fn overdue(&self) -> Option<RawFd> {
        match self.work.get() {
            Work::Idle => None,
            Work::Busy => {
                self.work.set(Work::Lasting);
                None
            }
            Work::Lasting => {
                let is_served = self.fd.get() != CLOSED && !self.gone.get() && self.task.borrow().is_some();
                is_served.then_some(self.fd.get())
            }
        }
    }

    /// Lets the task that serves this caller end what it waits for.
    pub(crate) fn tell_gone(&self) {
        self.gone.set(true);
        if let Some(task) = &*self.task.borrow() {
            task.wake_by_ref();
        }
    }

    /// Shuts the socket down now.
    pub(crate) fn shut_down(&self) {
        if self.fd.get() != CLOSED {
            sys::shut_down(self.fd.get());
        }
    }

    /// Lets reading end now, as if the peer had closed.
    pub(crate) fn finish_reading(&self) {
        if self.fd.get() != CLOSED {
            sys::finish_reading(self.fd.get());
        }
    }

    fn expire(&self) {
        self.expired.set(true);
        self.disarm();
        match (self.cut.get(), self.fd.get()) {
            (_, CLOSED) => {}
            (Cut::Reading, fd) => sys::finish_reading(fd),
            (Cut::Both, fd) => sys::shut_down(fd),
        }
    }
}

#[derive(Debug)]
struct Entry {
    watch: Rc<Watch>,
    /// The tick it was queued for; another value in the watch means that a later entry took over.
    tick: u64,
}

/// All deadlines of one worker.
#[derive(Debug)]
pub(crate) struct Wheel {
    start: Instant,
    tick: Cell<u64>,
    slots: RefCell<Vec<Vec<Entry>>>,
}

impl Wheel {
    pub(crate) fn new(now: Instant) -> Self {
        Self { start: now, tick: Cell::new(0), slots: RefCell::new((0..SLOTS).map(|_| Vec::new()).collect()) }
    }

    /// Sets the deadline of `watch` to `after` from now. Costs a few instructions unless it is the earliest so far.
    pub(crate) fn arm(&self, watch: &Rc<Watch>, after: Duration, cut: Cut) {
        watch.cut.set(cut);
        // In 64 bits: `as_millis` computes in 128.
        let after_ms = after.as_secs().saturating_mul(1_000).saturating_add(u64::from(after.subsec_millis()));
        let ticks = after_ms.div_ceil(TICK_MS);
        // One more, because the current tick is partly over.
        let deadline = self.tick.get().saturating_add(ticks).saturating_add(1);
        watch.deadline.set(deadline);
        if deadline < watch.queued.get() {
            self.queue(watch, deadline);
        }
    }

    fn queue(&self, watch: &Rc<Watch>, deadline: u64) {
        let tick = deadline.min(self.tick.get() + SLOTS - 1);
        watch.queued.set(tick);
        let mut slots = self.slots.borrow_mut();
        if let Some(slot) = slots.get_mut((tick % SLOTS) as usize) {
            slot.push(Entry { watch: Rc::clone(watch), tick });
        }
    }

    /// Fires everything that is due at `now`. Called about once per [`TICK`].
    pub(crate) fn advance(&self, now: Instant) {
        let target = u64::try_from((now - self.start).as_millis() / TICK.as_millis()).unwrap_or(NEVER);
        while self.tick.get() < target {
            let tick = self.tick.get() + 1;
            self.tick.set(tick);
            self.turn(tick);
        }
    }

    fn turn(&self, tick: u64) {
        let index = (tick % SLOTS) as usize;
        let Some(mut due) = self.slots.borrow_mut().get_mut(index).map(std::mem::take) else { return };
        for Entry { watch, tick: queued_for } in due.drain(..) {
            if watch.queued.get() != queued_for {
                continue;
            }
            watch.queued.set(NEVER);
            let deadline = watch.deadline.get();
            if deadline <= tick {
                watch.expire();
            } else if deadline != NEVER {
                self.queue(&watch, deadline);
            }
        }
        // The emptied block is kept: a slot is filled and emptied again every turn of the wheel.
        if let Some(slot) = self.slots.borrow_mut().get_mut(index)
            && slot.is_empty()
        {
            *slot = due;
        }
    }

    #[cfg(test)]
    fn entries(&self) -> usize {
        self.slots.borrow().iter().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wheel() -> (Wheel, Instant) {
        let now = Instant::now();
        (Wheel::new(now), now)
    }

    #[test]
    fn a_deadline_fires_not_before_its_time_and_at_most_two_ticks_after() {
        for after_ms in [0u64, 1, 99, 100, 101, 1_000, 51_100, 51_300, 75_000, 300_000] {
            let (wheel, start) = wheel();
            let watch = Watch::new(CLOSED);
            wheel.arm(&watch, Duration::from_millis(after_ms), Cut::Both);
            let mut now_ms = 0;
            while !watch.expired() {
                now_ms += 50;
                wheel.advance(start + Duration::from_millis(now_ms));
                assert!(now_ms < after_ms + 1_000, "{after_ms} ms never fired");
            }
            assert!(now_ms >= after_ms && now_ms <= after_ms + 200, "{after_ms} ms fired at {now_ms}");
        }
    }

    #[test]
    fn a_deadline_that_moves_on_costs_no_further_entry() {
        let (wheel, start) = wheel();
        let watch = Watch::new(CLOSED);
        for second in 0..100u64 {
            wheel.advance(start + Duration::from_secs(second));
            wheel.arm(&watch, Duration::from_secs(30), Cut::Both);
            assert_eq!(wheel.entries(), 1);
        }
        assert!(!watch.expired());
    }

    #[test]
    fn an_earlier_deadline_takes_over() {
        let (wheel, start) = wheel();
        let watch = Watch::new(CLOSED);
        wheel.arm(&watch, Duration::from_secs(40), Cut::Both);
        wheel.arm(&watch, Duration::from_secs(1), Cut::Both);
        wheel.advance(start + Duration::from_secs(2));
        assert!(watch.expired());
    }

    #[test]
    fn a_disarmed_watch_never_fires_and_leaves_the_wheel() {
        let (wheel, start) = wheel();
        let watch = Watch::new(CLOSED);
        wheel.arm(&watch, Duration::from_secs(1), Cut::Both);
        watch.disarm();
        wheel.advance(start + Duration::from_secs(60));
        assert!(!watch.expired());
        assert_eq!((wheel.entries(), Rc::strong_count(&watch)), (0, 1));
    }

    #[test]
    fn a_long_pause_of_the_loop_fires_everything_that_came_due() {
        let (wheel, start) = wheel();
        let watches: Vec<_> = (0..1_000).map(|_| Watch::new(CLOSED)).collect();
        for (index, watch) in watches.iter().enumerate() {
            wheel.arm(watch, Duration::from_millis(index as u64 * 100), Cut::Both);
        }
        wheel.advance(start + Duration::from_secs(3_600));
        assert!(watches.iter().all(|watch| watch.expired()));
    }

    #[test]
    fn a_caller_is_looked_at_when_it_was_busy_at_two_looks_and_has_a_task() {
        let watch = Watch::new(7);
        watch.set_task(Waker::noop().clone());
        assert_eq!((watch.overdue(), watch.overdue(), watch.overdue()), (None, Some(7), Some(7)));
        watch.set_idle(true);
        assert_eq!((watch.overdue(), watch.overdue()), (None, None));
        watch.set_idle(false);
        assert_eq!((watch.overdue(), watch.overdue()), (None, Some(7)));
        watch.tell_gone();
        assert_eq!((watch.overdue(), watch.is_gone()), (None, true), "it is told once");
        let backend = Watch::new(7);
        assert_eq!((backend.overdue(), backend.overdue()), (None, None));
    }

    #[test]
    fn a_closed_watch_keeps_no_task() {
        let task = std::sync::Arc::new(Woken::default());
        let watch = Watch::new(7);
        watch.set_task(Waker::from(std::sync::Arc::clone(&task)));
        watch.tell_gone();
        assert_eq!(task.0.load(std::sync::atomic::Ordering::Relaxed), 1);
        watch.close();
        assert_eq!(std::sync::Arc::strong_count(&task), 1);
    }

    #[derive(Default)]
    struct Woken(std::sync::atomic::AtomicUsize);

    impl std::task::Wake for Woken {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }

    #[test]
    fn expiry_shuts_the_socket_down() {
        use std::os::fd::AsRawFd;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let near = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (wheel, start) = wheel();
        let watch = Watch::new(near.as_raw_fd());
        wheel.arm(&watch, Duration::ZERO, Cut::Both);
        wheel.advance(start + Duration::from_secs(1));
        assert_eq!(sys::quiet(&[near.as_raw_fd()]), 0, "it was shut down");
    }
}
