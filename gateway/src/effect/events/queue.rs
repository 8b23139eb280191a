//! The events of a worker that are not delivered yet, and whose turn it is.
//!
//! What must hold: a target that does not answer takes neither all room nor all connections: it holds at most three quarters of the events and bytes and
//! [`EVENT_LANES_PER_TARGET_MAX`] connections, and a logger of which nothing is being sent gets one at once, whatever the others do; events of a lane leave in
//! order, and the lane goes to the end of its line after each request; what is being sent counts until it is settled.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

use postern_policy::Event;

use super::message::Lane;
use crate::io::Notify;
use crate::limits::{
    EVENT_BATCH_BYTES_MAX, EVENT_BATCH_MAX, EVENT_LANES_MAX, EVENT_LANES_PER_TARGET_MAX, EVENT_QUEUE_BYTES_MAX,
    EVENT_QUEUE_MAX, EVENT_QUEUE_RESERVE,
};

/// All targets that have events.
#[derive(Debug, Default)]
pub(crate) struct Events {
    targets: RefCell<HashMap<Box<str>, Target, ahash::RandomState>>,
    /// Those with lanes that wait, in their turn.
    turns: RefCell<VecDeque<Box<str>>>,
    /// Lanes of which something is being sent.
    sending: Cell<usize>,
    count: Cell<usize>,
    bytes: Cell<usize>,
    /// Told when the last event is delivered or given up.
    pub(crate) settled: Notify,
}

/// A logger, or a namespace with queues and topics.
#[derive(Debug, Default)]
struct Target {
    /// A lane that is here waits, or something of it is being sent.
    lanes: HashMap<Lane, VecDeque<Event>, ahash::RandomState>,
    waiting: VecDeque<Lane>,
    sending: usize,
    count: usize,
    bytes: usize,
}

impl Target {
    /// Whether one more of its lanes may be served, while so many are in all.
    fn may_send(&self, sending: usize, is_configured: bool) -> bool {
        // There are as many of these as the operator made, not as requests name.
        let is_first = self.sending == 0 && is_configured;
        is_first || (self.sending < EVENT_LANES_PER_TARGET_MAX && sending < EVENT_LANES_MAX)
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.count < EVENT_QUEUE_MAX - EVENT_QUEUE_MAX / EVENT_QUEUE_RESERVE
            && self.bytes + bytes <= EVENT_QUEUE_BYTES_MAX - EVENT_QUEUE_BYTES_MAX / EVENT_QUEUE_RESERVE
    }
}

/// Events being sent, and the bytes of their messages.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    bytes: usize,
}

/// There is no room for an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Events {
    /// How many are not delivered yet.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }

    /// Puts an event into its lane.
    pub(super) fn push(&self, lane: &Lane, event: Event) -> Result<(), Full> {
        let bytes = event.message.len();
        if self.count.get() >= EVENT_QUEUE_MAX || self.bytes.get() + bytes > EVENT_QUEUE_BYTES_MAX {
            return Err(Full);
        }
        let mut targets = self.targets.borrow_mut();
        if targets.get(lane.target()).is_some_and(|target| !target.has_room(bytes)) {
            return Err(Full);
        }
        let target = targets.entry(lane.target().into()).or_default();
        self.count.set(self.count.get() + 1);
        self.bytes.set(self.bytes.get() + bytes);
        target.count += 1;
        target.bytes += bytes;
        if let Some(queue) = target.lanes.get_mut(lane) {
            queue.push_back(event);
            return Ok(());
        }
        target.lanes.insert(lane.clone(), VecDeque::from([event]));
        self.wait_in_line(target, lane.clone());
        Ok(())
    }

    fn wait_in_line(&self, target: &mut Target, lane: Lane) {
        if target.waiting.is_empty() {
            self.turns.borrow_mut().push_back(lane.target().into());
        }
        target.waiting.push_back(lane);
    }

    /// The next events that can leave in one request, and their lane, which is [settled](Events::settle) afterwards. `None`: nothing may leave now.
    pub(super) fn take(&self) -> Option<(Lane, Batch)> {
        let (mut targets, mut turns) = (self.targets.borrow_mut(), self.turns.borrow_mut());
        for _ in 0..turns.len() {
            let name = turns.pop_front()?;
            let Some(target) = targets.get_mut(&name) else { continue };
            let is_configured = target.waiting.front().is_some_and(Lane::is_configured);
            if !target.may_send(self.sending.get(), is_configured) {
                turns.push_back(name);
                continue;
            }
            let Some(lane) = target.waiting.pop_front() else { continue };
            if !target.waiting.is_empty() {
                turns.push_back(name);
            }
            target.sending += 1;
            self.sending.set(self.sending.get() + 1);
            let batch = target.lanes.get_mut(&lane).map(first_of).unwrap_or_default();
            return Some((lane, batch));
        }
        None
    }

    /// A batch is delivered or given up. Its lane waits for its next turn, or is closed.
    pub(super) fn settle(&self, lane: Lane, batch: &Batch) {
        self.sending.set(self.sending.get().saturating_sub(1));
        self.count.set(self.count.get().saturating_sub(batch.events.len()));
        self.bytes.set(self.bytes.get().saturating_sub(batch.bytes));
        let mut targets = self.targets.borrow_mut();
        if let Some(target) = targets.get_mut(lane.target()) {
            target.sending = target.sending.saturating_sub(1);
            target.count = target.count.saturating_sub(batch.events.len());
            target.bytes = target.bytes.saturating_sub(batch.bytes);
            if target.lanes.get(&lane).is_some_and(|queue| !queue.is_empty()) {
                self.wait_in_line(target, lane);
            } else {
                target.lanes.remove(&lane);
                if target.lanes.is_empty() {
                    targets.remove(lane.target());
                }
            }
        }
        if self.count.get() == 0 {
            self.settled.notify_all();
        }
    }
}

/// The first events of a lane that can leave in one request.
fn first_of(queue: &mut VecDeque<Event>) -> Batch {
    let is_text = |event: &Event| std::str::from_utf8(&event.message).is_ok();
    let mut batch = Batch::default();
    while let Some(next) = queue.front() {
        let fits = batch.events.len() < EVENT_BATCH_MAX && batch.bytes + next.message.len() <= EVENT_BATCH_BYTES_MAX;
        // Batches are JSON: bytes that are no text go alone.
        let goes_along = fits && is_text(next) && batch.events.iter().all(is_text);
        if !batch.events.is_empty() && !goes_along {
            break;
        }
        batch.bytes += next.message.len();
        batch.events.extend(queue.pop_front());
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(logger: &str, key: usize, message: &[u8]) -> (Lane, Event) {
        let event = Event {
            source: "log-to-eventhub".into(),
            target: logger.into(),
            message: message.to_vec(),
            settings: vec![("partition-key".into(), key.to_string().into())],
            ..Event::default()
        };
        (Lane::hub(&event), event)
    }

    fn push(events: &Events, logger: &str, key: usize, message: &[u8]) -> bool {
        let (lane, event) = event(logger, key, message);
        events.push(&lane, event).is_ok()
    }

    /// Everything that may leave now, by logger.
    fn take_all(events: &Events) -> Vec<(Lane, Batch)> {
        std::iter::from_fn(|| events.take()).collect()
    }

    fn loggers(taken: &[(Lane, Batch)]) -> Vec<&str> {
        taken.iter().map(|(lane, _)| lane.target()).collect()
    }

    #[test]
    fn events_of_a_lane_leave_in_order_in_batches_and_one_batch_at_a_time() {
        let events = Events::default();
        for number in 0..=EVENT_BATCH_MAX {
            assert!(push(&events, "l", 0, number.to_string().as_bytes()));
        }
        let (lane, first) = events.take().unwrap();
        assert_eq!((first.events.len(), &*first.events[1].message), (EVENT_BATCH_MAX, &b"1"[..]));
        assert!(events.take().is_none(), "the rest waits for the first");
        assert_eq!(events.count(), EVENT_BATCH_MAX + 1, "what is being sent counts");
        events.settle(lane, &first);
        let (lane, second) = events.take().unwrap();
        assert_eq!((second.events.len(), events.count()), (1, 1));
        events.settle(lane, &second);
        assert_eq!((events.count(), events.bytes.get(), events.sending.get()), (0, 0, 0));
        assert!(events.targets.borrow().is_empty() && events.turns.borrow().is_empty());
        assert!(push(&events, "l", 0, b"x") && events.take().is_some(), "a closed lane is opened again");
    }

    #[test]
    fn bytes_that_are_no_text_and_large_events_go_alone() {
        let events = Events::default();
        for message in [&b"a"[..], b"b", &[0xff], b"c", &vec![b'x'; EVENT_BATCH_BYTES_MAX]] {
            assert!(push(&events, "l", 0, message));
        }
        let sizes: Vec<usize> = std::iter::from_fn(|| {
            let (lane, batch) = events.take()?;
            events.settle(lane, &batch);
            Some(batch.events.len())
        })
        .collect();
        assert_eq!(sizes, [2, 1, 1, 1]);
    }

    #[test]
    fn a_full_queue_takes_no_more_and_one_logger_never_fills_it() {
        let fitting = |bytes: usize| bytes / (200 * 1024);
        let (all, most) = (fitting(EVENT_QUEUE_BYTES_MAX), fitting(EVENT_QUEUE_BYTES_MAX / 4 * 3));
        for (size, max, most) in [(0, EVENT_QUEUE_MAX, EVENT_QUEUE_MAX / 4 * 3), (200 * 1024, all, most)] {
            let events = Events::default();
            let message = vec![b'x'; size];
            let fill = |logger: &str| (0..=max).take_while(|_| push(&events, logger, 0, &message)).count();
            assert_eq!(fill("a"), most, "{size}");
            assert_eq!(fill("b"), max - most, "{size}");
            assert_eq!(fill("c"), 0);
            let taken = take_all(&events);
            assert_eq!(fill("a"), 0, "what is being sent counts");
            taken.into_iter().for_each(|(lane, batch)| events.settle(lane, &batch));
            assert!(fill("a") > 0, "what is settled makes room");
        }
    }

    #[test]
    fn loggers_that_hang_delay_none_that_does_not() {
        let events = Events::default();
        let hanging: Vec<String> = (0..4).map(|number| format!("hanging{number}")).collect();
        for logger in &hanging {
            for key in 0..EVENT_LANES_MAX {
                assert!(push(&events, logger, key, b"x"));
            }
        }
        let held = take_all(&events);
        let count = |logger: &str| held.iter().filter(|(lane, _)| lane.target() == logger).count();
        assert!(hanging.iter().all(|logger| (1..=EVENT_LANES_PER_TARGET_MAX).contains(&count(logger))));
        assert_eq!(held.len(), EVENT_LANES_MAX);
        assert!(push(&events, "healthy", 0, b"x") && push(&events, "healthy", 1, b"x"));
        let taken = take_all(&events);
        assert_eq!(loggers(&taken), ["healthy"]);
        for (lane, batch) in taken {
            events.settle(lane, &batch);
        }
        assert_eq!(loggers(&take_all(&events)), ["healthy"], "the next of its lanes is as good");
    }

    #[test]
    fn one_logger_holds_no_more_than_its_share_of_the_connections() {
        let events = Events::default();
        for key in 0..EVENT_LANES_MAX {
            assert!(push(&events, "l", key, b"x"));
        }
        assert_eq!(take_all(&events).len(), EVENT_LANES_PER_TARGET_MAX);
    }

    #[test]
    fn a_lane_that_always_has_more_lets_the_others_of_its_logger_have_their_turn() {
        let events = Events::default();
        for key in 0..=EVENT_LANES_PER_TARGET_MAX {
            for _ in 0..=EVENT_BATCH_MAX {
                assert!(push(&events, "l", key, b"x"));
            }
        }
        let mut taken = take_all(&events).into_iter();
        let (lane, batch) = taken.next().unwrap();
        events.settle(lane.clone(), &batch);
        let (next, _) = events.take().unwrap();
        assert_eq!(next, event("l", EVENT_LANES_PER_TARGET_MAX, b"").0);
        assert_ne!(next, lane);
    }

    #[test]
    fn namespaces_that_requests_name_share_the_bounded_number_of_connections() {
        let events = Events::default();
        for number in 0..=EVENT_LANES_MAX {
            let settings = vec![("namespace".into(), format!("ns{number}.example").into())];
            let event = Event { settings, target: "q".into(), ..Event::default() };
            assert_eq!(events.push(&Lane::bus(&event).unwrap(), event), Ok(()));
        }
        assert_eq!(take_all(&events).len(), EVENT_LANES_MAX);
    }
}
