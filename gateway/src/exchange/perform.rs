//! Effects: what policies ask for, done. The one place where effects are told apart.
//!
//! What must hold: what is large and seldom waits in a box, so that the task of a connection stays small (decisions/0013).

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use postern_policy::{
    CacheHit, CountRequest, CountSome, Effect, ForwardFailure, HttpRequest, HttpResponse, JobKind, Nearest, Offload,
    Outcome, QuotaRequest, QuotaResult, SendFailure, Side, TokenBalance, TokenLimit, TokenSpend,
};

use super::intake::Intake;
use super::{Exchange, content, forward, respond};
use crate::client;
use crate::effect::offload::Busy;
use crate::effect::{dropped, events, keys, tokens, vocabulary};
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
        Effect::Acquire { key, max } => Outcome::Acquired(exchange.places.take(key, max)),
        Effect::Lead { key } => Outcome::Led(exchange.places.lead(key)),
        Effect::Release { key } => {
            exchange.places.give_back(key);
            Outcome::Done
        }
        Effect::Emit(event) => {
            events::emit(exchange.context, exchange.active, *event);
            Outcome::Done
        }
        Effect::SpendTokens(spend) => Outcome::Spent(spend_tokens(exchange, &spend)),
        Effect::PutNearest(put) => {
            let evicted = exchange.context.shared.cache.put_nearest(*put);
            exchange.context.metrics.add(Counter::CacheEvictions, evicted);
            Outcome::Done
        }
        Effect::Offload(_)
        | Effect::Sleep(_)
        | Effect::ReadBody(_)
        | Effect::ReadContent(_)
        | Effect::Send(_)
        | Effect::Token(_)
        | Effect::Keys(_)
        | Effect::Parallel { .. }
        | Effect::Deliver(_)
        | Effect::CountTokens(_)
        | Effect::Nearest(_) => Box::pin(wait_for(exchange, socket, intake, effect)).await,
    }
}

/// Effects that wait for something else than the backend's answer.
async fn wait_for(
    exchange: &mut Exchange<'_>,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    effect: Effect,
) -> Outcome {
    let (context, active) = (exchange.context, exchange.active);
    match effect {
        Effect::Offload(job) => offload(context, job).await,
        Effect::Sleep(milliseconds) => {
            monoio::time::sleep(Duration::from_millis(milliseconds)).await;
            Outcome::Done
        }
        Effect::ReadBody(side) => match read_body(exchange, socket, intake, side).await {
            Ok(()) => Outcome::Done,
            Err(failure) => Outcome::ForwardFailed(failure),
        },
        Effect::ReadContent(side) => match read_content(exchange, socket, intake, side).await {
            Ok(()) => Outcome::Done,
            Err(failure) => Outcome::ForwardFailed(failure),
        },
        Effect::Keys(request) => Outcome::Keys(keys::keys(context, active, &request).await),
        Effect::Parallel { effects, any } => Outcome::Parallel(parallel(context, active, effects, any).await),
        Effect::Deliver(event) => Outcome::Delivered(events::deliver_now(context, active, *event).await),
        Effect::CountTokens(texts) => {
            Outcome::TokenCount(vocabulary::tokens(&context.offloads, &context.shared.token_threads, *texts).await)
        }
        Effect::Nearest(wanted) => Outcome::Cached(nearest(context, wanted).await),
        effect => independent(context, active, effect).await,
    }
}

/// Has a job done by the threads for its kind.
async fn offload(context: &Context, job: Offload) -> Outcome {
    let threads = match job.kind() {
        JobKind::Body => &context.shared.body_threads,
        JobKind::Transformation => &context.shared.transformation_threads,
    };
    match context.offloads.run(threads, job).await {
        Ok(()) => Outcome::Done,
        Err(Busy) => Outcome::NotTaken,
    }
}

/// What touches nothing of the exchange.
async fn independent(context: &Rc<Context>, active: &Rc<Active>, effect: Effect) -> Outcome {
    match effect {
        Effect::Send(request) => Outcome::Sent(send(context, active, request).await),
        Effect::Token(wanted) => Outcome::Token(tokens::token(context, active, &wanted).await),
        // Policies ask for nothing else in parallel.
        _ => Outcome::Done,
    }
}

/// An effect under way.
type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// All of them at the same time; with `any` the first one to end is enough, and the others are dropped.
async fn parallel(context: &Rc<Context>, active: &Rc<Active>, effects: Vec<Effect>, any: bool) -> Vec<Option<Outcome>> {
    let start = |effect| -> Option<Running<'_>> { Some(Box::pin(independent(context, active, effect))) };
    let mut running: Vec<_> = effects.into_iter().map(start).collect();
    let mut outcomes: Vec<Option<Outcome>> = running.iter().map(|_| None).collect();
    poll_fn(|waker| {
        let mut ended = 0;
        for (slot, outcome) in running.iter_mut().zip(&mut outcomes) {
            if let Some(future) = slot
                && let Poll::Ready(result) = future.as_mut().poll(waker)
            {
                *outcome = Some(result);
                *slot = None;
                if any {
                    return Poll::Ready(());
                }
            }
            ended += usize::from(slot.is_none());
        }
        if ended == running.len() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outcomes
}

/// Sends a request of a policy. One that nobody waits for goes on by itself, whatever becomes of the exchange.
async fn send(
    context: &Rc<Context>,
    active: &Rc<Active>,
    request: Box<HttpRequest>,
) -> Result<Box<HttpResponse>, SendFailure> {
    if !request.one_way {
        return client::send(context, active, *request).await;
    }
    let Some(place) = context.one_way.enter(request.body.as_ref().map_or(0, Vec::len)) else {
        context.metrics.count(Counter::OneWayDropped);
        let to = match &request.backend {
            Some(backend) => format!("one-way requests to the backend {backend}"),
            None => format!("one-way requests to {}", dropped::origin_of(&request.url)),
        };
        context.dropped.note(&to, Instant::now());
        return Ok(Box::default());
    };
    let (context, active) = (Rc::clone(context), Rc::clone(active));
    monoio::spawn(async move {
        let _place = place;
        if let Err(failure) = client::send(&context, &active, *request).await {
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

/// The same, and takes its content codings off.
async fn read_content(
    exchange: &mut Exchange<'_>,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    side: Side,
) -> Result<(), ForwardFailure> {
    read_body(exchange, socket, intake, side).await?;
    content::decode(exchange, side).await
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

fn spend_tokens(exchange: &Exchange<'_>, spend: &TokenSpend) -> TokenBalance {
    let context = exchange.context;
    let balance = context.shared.spending.spend(&context.shared.quotas, spend, context.clock.unix_s());
    if !balance.allowed {
        match spend.limit {
            TokenLimit::Rate(_) => context.metrics.rate_limited(exchange.found.series()),
            TokenLimit::Quota(_) => context.metrics.count(Counter::QuotaRejections),
        }
    }
    balance
}

/// Looks for what means the same, with a turn for the other requests after each step.
async fn nearest(context: &Context, wanted: Box<Nearest>) -> Option<CacheHit> {
    let mut search = context.shared.cache.nearest(wanted);
    while !search.step() {
        yield_now().await;
    }
    let found = search.found();
    context.metrics.count(if found.is_some() { Counter::CacheHits } else { Counter::CacheMisses });
    found
}

fn look_up(exchange: &Exchange<'_>, key: u128) -> Option<CacheHit> {
    let context = exchange.context;
    let found = context.shared.cache.get(key);
    context.metrics.count(if found.is_some() { Counter::CacheHits } else { Counter::CacheMisses });
    found
}
