//! Callers that are gone before they have their answer.
//!
//! What must hold: when a connection breaks, what its exchange waits for (a backend, a request of a policy, a pause) is given up within seconds, whatever
//! it is, and with it connections and places of `limit-concurrency`; `on-error` runs as for every error (facts/apim.md, section 4), for a bounded time; a caller that only
//! ended its sending half is still there. What is given up is dropped with its sockets, so no read in flight is lost to a connection that is used again.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use postern_policy::{Run, Section};

use super::intake::Intake;
use super::{Exchange, serve};
use crate::io::Socket;
use crate::limits::LAST_WORDS;
use crate::observe::metrics::Outcome;
use crate::worker::Watch;

/// Does `work` as long as the caller is there; `None`: it is gone, and `work` is to be dropped.
pub(super) fn while_there<'w, F: Future>(
    watch: &'w Watch,
    mut work: Pin<&'w mut F>,
) -> impl Future<Output = Option<F::Output>> + use<'w, F> {
    poll_fn(move |task| if watch.is_gone() { Poll::Ready(None) } else { work.as_mut().poll(task).map(Some) })
}

/// The policies were given up: the rest of the exchange.
pub(super) async fn give_up(exchange: &mut Exchange<'_>, run: &mut Run, socket: &mut Socket, intake: &mut Intake<'_>) {
    let is_forwarding = exchange.times.backend_began.is_some();
    drop_backend(exchange);
    exchange.places.give_all_back();
    if run.section() == Section::OnError {
        exchange.outcome = Outcome::ClientError;
        return;
    }
    if let Some(program) = exchange.program() {
        if is_forwarding && run.section() == Section::Inbound && program.forward_only().is_some() {
            // The machine had no part in it: it knows the name and place of the policy.
            run.enter(Section::Backend);
            let _ = run.advance(program, exchange);
        }
        run.abandon(program, exchange);
        exchange.judge_failure(run);
    }
    let last_words = Box::pin(serve::on_error(exchange, run, socket, intake));
    let _ = monoio::time::timeout(LAST_WORDS, last_words).await;
    exchange.outcome = Outcome::ClientError;
}

/// Ends the connection to the backend, whatever is on its way on it.
pub(super) fn drop_backend(exchange: &mut Exchange<'_>) {
    exchange.backend = None;
    if exchange.times.backend_began.is_some() {
        exchange.times.backend_ended.get_or_insert_with(Instant::now);
    }
}
