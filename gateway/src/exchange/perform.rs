//! Effects: what policies ask for, done. The one place where effects are told apart.

use std::rc::Rc;
use std::time::Duration;

use postern_policy::{
    CacheHit, CountRequest, CountSome, Effect, ForwardFailure, HttpRequest, HttpResponse, Outcome, QuotaRequest,
    QuotaResult, SendFailure, Side,
};

use super::intake::Intake;
use super::{Exchange, forward, respond};
use crate::client;
use crate::io::{Socket, yield_now};
use crate::observe::metrics::Counter;
use crate::worker::{Active, Context};

/// Does what a policy asked for.
pub(super) async fn perform(
    exchange: &mut Exchange<'_>,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    effect: Effect,
) -> Outcome {
    match effect {
        Effect::Forward(options) => match forward::forward(exchange, socket, intake, &options).await {
            Ok(()) => Outcome::Forwarded,
            Err(failure) => Outcome::ForwardFailed(failure),
        },
        Effect::Count(request) => Outcome::Counted(count(exchange, &request)),
        Effect::CountSome(count) => Outcome::Counted(count_some(exchange, &count)),
        Effect::Quota(request) => Outcome::QuotaCounted(count_quota(exchange, &request)),
        Effect::CacheGet { key } => Outcome::Cached(look_up(exchange, key)),
        Effect::CachePut { key, item, duration_s } => {
            let evicted = exchange.context.shared.cache.put(key, item, duration_s);
            exchange.context.metrics.add(Counter::CacheEvictions, evicted);
            Outcome::Done
        }
        Effect::CacheRemove { key } => {
            exchange.context.shared.cache.remove(key);
            Outcome::Done
        }
        Effect::Yield => {
            yield_now().await;
            Outcome::Done
        }
        Effect::Sleep(milliseconds) => {
            monoio::time::sleep(Duration::from_millis(milliseconds)).await;
            Outcome::Done
        }
        Effect::ReadBody(side) => match read_body(exchange, socket, intake, side).await {
            Ok(()) => Outcome::Done,
            Err(failure) => Outcome::ForwardFailed(failure),
        },
        Effect::Acquire { key, max } => Outcome::Acquired(exchange.places.take(key, max)),
        Effect::Release { key } => {
            exchange.places.give_back(key);
            Outcome::Done
        }
        Effect::Send(request) => Outcome::Sent(send(exchange.context, exchange.active, request).await),
    }
}

/// Sends a request of a policy. One that nobody waits for goes on by itself, whatever becomes of the exchange.
async fn send(
    context: &Rc<Context>,
    active: &Rc<Active>,
    request: Box<HttpRequest>,
) -> Result<Box<HttpResponse>, SendFailure> {
    if !request.one_way {
        return client::send(context, active, &request).await;
    }
    let (context, active) = (Rc::clone(context), Rc::clone(active));
    monoio::spawn(async move {
        if let Err(failure) = client::send(&context, &active, &request).await {
            tracing::debug!(message = %failure.message, "a one-way request got no response");
        }
    });
    Ok(Box::default())
}

/// Brings a body into memory, where policies can look at it.
async fn read_body(
    exchange: &mut Exchange<'_>,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    side: Side,
) -> Result<(), ForwardFailure> {
    match side {
        Side::Request => forward::buffer_body(exchange, socket, intake).await,
        Side::Response => respond::buffer_body(exchange, socket, intake).await,
    }
}

fn count(exchange: &Exchange<'_>, request: &CountRequest) -> postern_policy::CountResult {
    let context = exchange.context;
    let result = context.key_cache.borrow_mut().count(&context.shared.counters, request);
    if !result.allowed {
        context.metrics.rate_limited(exchange.found.series());
    }
    result
}

fn count_some(exchange: &Exchange<'_>, count: &CountSome) -> postern_policy::CountResult {
    let context = exchange.context;
    let result = context.key_cache.borrow_mut().count_some(&context.shared.counters, &count.limit, count.increment);
    if !result.allowed && !count.late {
        context.metrics.rate_limited(exchange.found.series());
    }
    result
}

fn count_quota(exchange: &Exchange<'_>, request: &QuotaRequest) -> QuotaResult {
    let context = exchange.context;
    let result = context.shared.quotas.count(request, context.clock.unix_s());
    if result.exceeded.is_some() {
        context.metrics.count(Counter::QuotaRejections);
    }
    result
}

fn look_up(exchange: &Exchange<'_>, key: u128) -> Option<CacheHit> {
    let context = exchange.context;
    let found = context.shared.cache.get(key);
    context.metrics.count(if found.is_some() { Counter::CacheHits } else { Counter::CacheMisses });
    found
}
