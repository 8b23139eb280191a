//! Events of `log-to-eventhub` and `send-service-bus-message` on their way to Event Hubs and Service Bus, over their REST interfaces.
//!
//! What must hold: a request never waits for an event of a logger; each worker holds a bounded number of events and bytes, those being sent
//! among them, and what finds no room is counted and told; events of one target and partition leave in order, several in one request; a target that
//! does not answer delays no other (`queue.rs`); keys and tokens never get into a log. A message for a queue
//! or topic goes alone, and its request waits for it, [`DELIVERY_SECONDS_MAX`](crate::limits::DELIVERY_SECONDS_MAX) at most.

mod message;
mod queue;

use std::rc::Rc;
use std::time::{Duration, Instant};

use postern_bundle::{EventHub, HubCredential, LoggerTarget};
use postern_policy::{Event, HttpRequest, SendFailure, TokenRequest};

use self::message::Lane;
pub(crate) use self::queue::Events;
use self::queue::{Batch, Full};
use super::tokens;
use crate::client;
use crate::limits::{DELIVERY_SECONDS_MAX, EVENT_ATTEMPTS_MAX};
use crate::observe::metrics::Counter;
use crate::worker::{Active, Context};

/// Longest wait for an answer.
const SEND_MS: u64 = 30_000;
/// Pause before the second attempt; doubled for each further one.
const PAUSE: Duration = Duration::from_millis(500);
/// What tokens of a managed identity are for.
const HUBS: &str = "https://eventhubs.azure.net";
const BUS: &str = "https://servicebus.azure.net";

/// Takes an event: it is sent later, or becomes a line of the gateway's own log where it has no way out.
pub(crate) fn emit(context: &Rc<Context>, active: &Active, event: Event) {
    let Some(lane) = lane(active, &event) else { return log(&event) };
    if let Err(Full) = context.events.push(&lane, event) {
        context.metrics.count(Counter::EventsDropped);
        context.dropped.note(&format!("events for {lane}"), Instant::now());
        return;
    }
    serve_waiting(context);
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

/// Begins to send what may be sent now: a task for each request.
fn serve_waiting(context: &Rc<Context>) {
    while let Some((lane, batch)) = context.events.take() {
        let context = Rc::clone(context);
        monoio::spawn(async move {
            send(&context, &lane, &batch).await;
            context.events.settle(lane, &batch);
            serve_waiting(&context);
        });
    }
}

async fn send(context: &Rc<Context>, lane: &Lane, batch: &Batch) {
    let count = batch.events.len() as u64;
    match deliver(context, lane, &batch.events).await {
        Ok(()) => context.metrics.add(Counter::EventsSent, count),
        Err(error) => {
            context.metrics.add(Counter::EventsDropped, count);
            tracing::warn!(target = %lane, count, error, "events could not be delivered");
        }
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
