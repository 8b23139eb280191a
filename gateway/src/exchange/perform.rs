//! Effects: what policies ask for, done. The one place where effects are told apart.

use postern_policy::{CountRequest, Effect, Outcome};

use super::intake::Intake;
use super::{Exchange, forward};
use crate::io::Socket;

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
