//! Events of `log-to-eventhub` and `send-service-bus-message` on their way to Event Hubs and Service Bus, over their REST interfaces.
//!
//! What must hold: a request never waits for an event of a logger; each worker holds a bounded number of events and bytes, those being sent
//! among them, and what finds no room is counted; events of one target and partition leave in order, several in one request; no more than
//! [`EVENT_LANES_MAX`] of them are served at the same time; keys and tokens never get into a log. A message for a queue
//! or topic goes alone, and its request waits for it, [`DELIVERY_SECONDS_MAX`](crate::limits::DELIVERY_SECONDS_MAX) at most.

mod message;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use postern_bundle::{EventHub, HubCredential, LoggerTarget};
use postern_policy::{Event, HttpRequest, SendFailure, TokenRequest};

use self::message::Lane;
use super::tokens;
use crate::client;
use crate::io::Notify;
use crate::limits::{
    DELIVERY_SECONDS_MAX, EVENT_ATTEMPTS_MAX, EVENT_BATCH_BYTES_MAX, EVENT_BATCH_MAX, EVENT_LANES_MAX,
    EVENT_QUEUE_BYTES_MAX, EVENT_QUEUE_MAX,
};
use crate::observe::metrics::Counter;
use crate::worker::{Active, Context};

/// Longest wait for an answer.
const SEND_MS: u64 = 30_000;
/// Pause before the second attempt; doubled for each further one.
const PAUSE: Duration = Duration::from_millis(500);
/// What tokens of a managed identity are for.
const HUBS: &str = "https://eventhubs.azure.net";
const BUS: &str = "https://servicebus.azure.net";

/// The events of a worker that are not delivered yet.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// A lane that is here has a task that empties it, or waits for one.
    lanes: RefCell<HashMap<Lane, VecDeque<Event>, ahash::RandomState>>,
    /// Lanes that wait for a task, in their order.
    waiting: RefCell<VecDeque<Lane>>,
    /// Tasks that empty lanes.
    tasks: Cell<usize>,
    count: Cell<usize>,
    bytes: Cell<usize>,
    /// Told when the last event is delivered or given up.
    pub(crate) settled: Notify,
}

/// Events being sent, and the bytes of their messages.
#[derive(Debug, Default)]
struct Batch {
    events: Vec<Event>,
    bytes: usize,
}

impl Events {
    /// How many are not delivered yet.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }

    /// `Some(true)`: queued, and a task is to be started for the lane; `None`: no room.
    fn push(&self, lane: &Lane, event: Event) -> Option<bool> {
        let bytes = self.bytes.get() + event.message.len();
        if self.count.get() >= EVENT_QUEUE_MAX || bytes > EVENT_QUEUE_BYTES_MAX {
            return None;
        }
        self.count.set(self.count.get() + 1);
        self.bytes.set(bytes);
        let mut lanes = self.lanes.borrow_mut();
        let is_new = !lanes.contains_key(lane);
        lanes.entry(lane.clone()).or_default().push_back(event);
        if !is_new {
            return Some(false);
        }
        let has_task = self.tasks.get() < EVENT_LANES_MAX;
        if has_task {
            self.tasks.set(self.tasks.get() + 1);
        } else {
            self.waiting.borrow_mut().push_back(lane.clone());
        }
        Some(has_task)
    }

    /// The lane that has waited longest, for a task that has emptied its own; `None`: the task ends.
    fn next_lane(&self) -> Option<Lane> {
        let next = self.waiting.borrow_mut().pop_front();
        if next.is_none() {
            self.tasks.set(self.tasks.get().saturating_sub(1));
        }
        next
    }

    /// A batch is delivered or given up.
    fn settle(&self, batch: &Batch) {
        self.count.set(self.count.get().saturating_sub(batch.events.len()));
        self.bytes.set(self.bytes.get().saturating_sub(batch.bytes));
        if self.count.get() == 0 {
            self.settled.notify_all();
        }
    }

    /// The next events that can leave in one request, which count until they are settled; empty: none is left, and the lane is closed.
    fn take(&self, lane: &Lane) -> Batch {
        let mut lanes = self.lanes.borrow_mut();
        let mut taken: Vec<Event> = Vec::new();
        let mut bytes = 0;
        if let Some(queue) = lanes.get_mut(lane) {
            while let Some(next) = queue.front() {
                let fits = taken.len() < EVENT_BATCH_MAX && bytes + next.message.len() <= EVENT_BATCH_BYTES_MAX;
                let is_text = |event: &Event| std::str::from_utf8(&event.message).is_ok();
                // Batches are JSON: bytes that are no text go alone.
                let goes_along = fits && is_text(next) && taken.iter().all(is_text);
                if !taken.is_empty() && !goes_along {
                    break;
                }
                bytes += next.message.len();
                taken.extend(queue.pop_front());
            }
        }
        if taken.is_empty() {
            lanes.remove(lane);
        }
        Batch { events: taken, bytes }
    }
}

/// Takes an event: it is sent later, or becomes a line of the gateway's own log where it has no way out.
pub(crate) fn emit(context: &Rc<Context>, active: &Active, event: Event) {
    let Some(lane) = lane(active, &event) else { return log(&event) };
    match context.events.push(&lane, event) {
        None => context.metrics.count(Counter::EventsDropped),
        Some(false) => {}
        Some(true) => {
            let context = Rc::clone(context);
            monoio::spawn(async move { empty(&context, lane).await });
        }
    }
}

/// Sends a message and says what became of it; without a way out it is a line of the gateway's own log.
pub(crate) async fn deliver_now(context: &Rc<Context>, active: &Active, event: Event) -> Result<(), SendFailure> {
    let Some(lane) = lane(active, &event) else {
        log(&event);
        return Ok(());
    };
    let longest = Duration::from_secs(DELIVERY_SECONDS_MAX);
    let (timed_out, error) = match monoio::time::timeout(longest, deliver(context, &lane, &[event])).await {
        Ok(Ok(())) => {
            context.metrics.add(Counter::EventsSent, 1);
            return Ok(());
        }
        Ok(Err(error)) => (false, error),
        Err(_) => (true, format!("no answer within {DELIVERY_SECONDS_MAX} s")),
    };
    context.metrics.count(Counter::EventsDropped);
    Err(SendFailure { timed_out, message: format!("{lane} did not take the message: {error}").into() })
}

/// Where an event goes; `None`: to the log.
fn lane(active: &Active, event: &Event) -> Option<Lane> {
    match &*event.source {
        "log-to-eventhub" => match &active.snapshot.logger(&event.target)?.target {
            LoggerTarget::EventHub(_) => Some(Lane::hub(event)),
            LoggerTarget::ApplicationInsights { .. } | LoggerTarget::AzureMonitor => None,
        },
        _ => Lane::bus(event),
    }
}

fn log(event: &Event) {
    tracing::info!(
        target: "postern_gateway::events",
        policy = %event.source,
        logger = %event.target,
        properties = ?event.properties,
        message = %String::from_utf8_lossy(&event.message),
    );
}

/// Sends what is in a lane until nothing is left, and then what is in those that wait for a task.
async fn empty(context: &Rc<Context>, mut lane: Lane) {
    loop {
        let batch = context.events.take(&lane);
        if batch.events.is_empty() {
            match context.events.next_lane() {
                Some(next) => lane = next,
                None => return,
            }
            continue;
        }
        let count = batch.events.len() as u64;
        match deliver(context, &lane, &batch.events).await {
            Ok(()) => context.metrics.add(Counter::EventsSent, count),
            Err(error) => {
                context.metrics.add(Counter::EventsDropped, count);
                tracing::warn!(target = %lane, count, error, "events could not be delivered");
            }
        }
        context.events.settle(&batch);
    }
}

async fn deliver(context: &Rc<Context>, lane: &Lane, events: &[Event]) -> Result<(), String> {
    let mut error = String::new();
    for attempt in 0..EVENT_ATTEMPTS_MAX {
        if attempt > 0 {
            monoio::time::sleep(PAUSE * (1 << (attempt - 1).min(8))).await;
        }
        // Each time with the configuration in force: a key may have been changed since.
        let Some(active) = context.active() else { return Err("the gateway has no configuration".to_owned()) };
        let request = request(context, &active, lane, events).await?;
        match client::send(context, &active, request).await {
            Ok(response) if (200..300).contains(&response.status) => return Ok(()),
            Ok(response) => {
                error = format!("it answered {} {}", response.status, response.reason);
                // What is refused now will be refused again, unless it is busy or ill.
                if response.status < 500 && !matches!(response.status, 408 | 429) {
                    return Err(error);
                }
            }
            Err(failure) => error = failure.message.into(),
        }
    }
    Err(error)
}

async fn request(
    context: &Rc<Context>,
    active: &Rc<Active>,
    lane: &Lane,
    events: &[Event],
) -> Result<HttpRequest, String> {
    let (url, authorization) = match lane {
        Lane::Hub { logger, partition_id, .. } => {
            let known = active.snapshot.logger(logger).map(|logger| &logger.target);
            let Some(LoggerTarget::EventHub(hub)) = known else { return Err("its logger is gone".to_owned()) };
            (message::hub_url(hub, partition_id.as_deref()), hub_authorization(context, active, hub).await?)
        }
        Lane::Bus { endpoint, entity, client_id } => {
            (message::bus_url(endpoint, entity), identity(context, active, BUS, client_id.as_deref()).await?)
        }
    };
    let (mut headers, body) = message::compose(lane, events);
    headers.push(("Authorization".into(), authorization.into_bytes()));
    Ok(HttpRequest {
        method: "POST".into(),
        url: url.into(),
        headers,
        body: Some(body),
        timeout_ms: SEND_MS,
        ..HttpRequest::default()
    })
}

async fn hub_authorization(context: &Rc<Context>, active: &Rc<Active>, hub: &EventHub) -> Result<String, String> {
    match &hub.credential {
        HubCredential::Key { name, key } => Ok(message::signature(hub, name, key.expose(), context.clock.unix_s())),
        HubCredential::Identity { client_id } => identity(context, active, HUBS, client_id.as_deref()).await,
    }
}

async fn identity(
    context: &Rc<Context>,
    active: &Rc<Active>,
    resource: &str,
    client_id: Option<&str>,
) -> Result<String, String> {
    let wanted = TokenRequest { resource: resource.into(), client_id: client_id.map(Into::into) };
    let token = tokens::token(context, active, &wanted).await.map_err(|failure| failure.message.to_string())?;
    Ok(format!("Bearer {token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(message: &[u8]) -> Event {
        Event { source: "log-to-eventhub".into(), target: "l".into(), message: message.to_vec(), ..Event::default() }
    }

    #[test]
    fn events_of_a_lane_leave_in_order_and_in_batches() {
        let events = Events::default();
        let lane = Lane::hub(&event(b""));
        assert_eq!(events.push(&lane, event(b"0")), Some(true));
        for number in 1..=EVENT_BATCH_MAX {
            assert_eq!(events.push(&lane, event(number.to_string().as_bytes())), Some(false));
        }
        let first = events.take(&lane);
        assert_eq!((first.events.len(), &*first.events[1].message), (EVENT_BATCH_MAX, &b"1"[..]));
        let second = events.take(&lane);
        assert_eq!(second.events.len(), 1);
        assert!(events.take(&lane).events.is_empty());
        assert_eq!(events.count(), EVENT_BATCH_MAX + 1, "what is being sent counts");
        events.settle(&first);
        events.settle(&second);
        assert_eq!((events.count(), events.bytes.get()), (0, 0));
        assert_eq!(events.push(&lane, event(b"x")), Some(true), "a closed lane is opened again");
    }

    #[test]
    fn bytes_that_are_no_text_and_large_events_go_alone() {
        let events = Events::default();
        let lane = Lane::hub(&event(b""));
        for message in [&b"a"[..], b"b", &[0xff], b"c"] {
            events.push(&lane, event(message));
        }
        events.push(&lane, event(&vec![b'x'; EVENT_BATCH_BYTES_MAX]));
        let sizes: Vec<usize> =
            std::iter::from_fn(|| Some(events.take(&lane).events.len()).filter(|len| *len > 0)).collect();
        assert_eq!(sizes, [2, 1, 1, 1]);
    }

    #[test]
    fn a_full_queue_takes_no_more() {
        let events = Events::default();
        let lane = Lane::hub(&event(b""));
        let large = vec![b'x'; 200 * 1024];
        let taken = (0..1000).take_while(|_| events.push(&lane, event(&large)).is_some()).count();
        assert_eq!(taken, EVENT_QUEUE_BYTES_MAX / large.len());
        let events = Events::default();
        let taken = (0..=EVENT_QUEUE_MAX).take_while(|_| events.push(&lane, event(b"")).is_some()).count();
        assert_eq!(taken, EVENT_QUEUE_MAX);
    }

    #[test]
    fn more_lanes_than_are_served_at_once_wait_for_a_task_in_their_order() {
        let events = Events::default();
        let lane = |number: usize| {
            let settings = vec![("partition-key".into(), number.to_string().into())];
            let event = Event { settings, ..event(b"x") };
            (Lane::hub(&event), event)
        };
        let started = (0..EVENT_LANES_MAX + 2).filter(|number| {
            let (lane, event) = lane(*number);
            events.push(&lane, event) == Some(true)
        });
        assert_eq!(started.count(), EVENT_LANES_MAX);
        assert_eq!(events.next_lane(), Some(lane(EVENT_LANES_MAX).0));
        assert_eq!(events.next_lane(), Some(lane(EVENT_LANES_MAX + 1).0));
        assert_eq!(events.next_lane(), None, "a task without a lane ends");
        let (lane, event) = lane(999);
        assert_eq!(events.push(&lane, event), Some(true), "and makes room for another");
    }
}
