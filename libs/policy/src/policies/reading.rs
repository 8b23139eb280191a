//! Messages to and from language models, read by another thread if they are long: thirty thousand messages take a hundred milliseconds.

use std::fmt;
use std::sync::atomic::AtomicBool;

use super::elsewhere::{self, Task};
use crate::effect::{JobKind, Outcome};
use crate::exchange::Side;
use crate::limits::JSON_CHECKED_AT_ONCE_BYTES_MAX;
use crate::policy::{Failure, PolicyContext, Step};

/// What is made of a path and a body.
pub(super) type Read<T> = fn(&[u8], &[u8]) -> T;

/// A body that is read by another thread.
struct Reading<T> {
    path: Vec<u8>,
    body: Vec<u8>,
    read: Read<T>,
}

impl<T> fmt::Debug for Reading<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reading").finish_non_exhaustive()
    }
}

impl<T: fmt::Debug + Send + 'static> Task for Reading<T> {
    type Output = T;
    const KIND: JobKind = JobKind::Body;

    fn work(&self, _is_called_off: &AtomicBool) -> T {
        (self.read)(&self.path, &self.body)
    }

    fn bytes(&self) -> usize {
        self.body.len()
    }
}

/// A body that is read, or that another thread is asked to read.
pub(super) enum Begun<T> {
    Read(T),
    Asked(Step),
}

/// Reads the body of a message, which is in hand.
pub(super) fn begin<T: fmt::Debug + Send + 'static>(
    context: &mut PolicyContext<'_>,
    side: Side,
    path: Vec<u8>,
    read: Read<T>,
) -> Begun<T> {
    let body = context.exchange.content(side).unwrap_or_default();
    if body.len() <= JSON_CHECKED_AT_ONCE_BYTES_MAX {
        return Begun::Read(read(&path, body));
    }
    let body = body.to_vec();
    Begun::Asked(elsewhere::begin(context, Reading { path, body, read }))
}

/// What another thread has read; `None`: the policy waited for something else.
pub(super) fn end<T: fmt::Debug + Send + 'static>(
    context: &mut PolicyContext<'_>,
    outcome: &Outcome,
) -> Option<Result<T, Box<Failure>>> {
    elsewhere::end::<Reading<T>>(context, outcome)
}

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, JobKind, Outcome};
    use crate::run::Run;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    const LIMIT: &str = "<llm-token-limit counter-key='k' tokens-per-minute='1000000' estimate-prompt-tokens='true'/>";

    fn exchange(messages: usize) -> MemoryExchange {
        let message = r#"{"role":"user","content":"Hello"}"#;
        let body =
            format!(r#"{{"model":"gpt-4","messages":[{}{message}]}}"#, format!("{message},").repeat(messages - 1));
        MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") }
    }

    fn effects(policies: &str, messages: usize) -> Vec<Effect> {
        let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policies}</inbound></policies>"));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        drive(&program, &mut exchange(messages), &mut Run::new())
    }

    fn jobs(effects: &[Effect]) -> usize {
        effects.iter().filter(|effect| matches!(effect, Effect::Offload(job) if job.kind() == JobKind::Body)).count()
    }

    #[test]
    fn requests_of_many_messages_are_read_by_another_thread_once_and_counted_the_same() {
        let both = format!("<llm-emit-token-metric><dimension name='API ID'/></llm-emit-token-metric>{LIMIT}{LIMIT}");
        for (policies, messages, expected) in [(LIMIT, 3, 0), (LIMIT, 3000, 1), (&both, 3000, 1)] {
            let effects = effects(policies, messages);
            assert_eq!(jobs(&effects), expected, "{policies}");
            let counted = effects.iter().find_map(|effect| match effect {
                Effect::CountTokens(texts) => Some(&texts.texts),
                _ => None,
            });
            assert_eq!(counted, Some(&["Hello", "user"].repeat(messages).into_iter().map(str::to_owned).collect()));
            // A word is a token here; three frame each message, three begin the answer.
            let spent = effects.iter().find_map(|effect| match effect {
                Effect::SpendTokens(spend) => Some(spend.tokens),
                _ => None,
            });
            assert_eq!(spent, Some(5 * messages as u64 + 3));
        }
    }

    #[test]
    fn what_is_checked_or_looked_up_by_its_meaning_is_read_by_another_thread_too() {
        for policy in [
            "<llm-content-safety backend-id='b' shield-prompt='true'/>",
            "<llm-semantic-cache-lookup score-threshold='0.5' embeddings-backend-id='b'/>",
        ] {
            let sent = |messages| {
                let effects = effects(policy, messages);
                assert_eq!(jobs(&effects), usize::from(messages > 1000), "{policy}");
                effects.into_iter().find_map(|effect| match effect {
                    Effect::Send(request) => request.body,
                    _ => None,
                })
            };
            let (few, many) = (sent(2).unwrap(), sent(3000).unwrap());
            let count = |body: &[u8]| String::from_utf8_lossy(body).matches("Hello").count();
            assert_eq!((count(&few), count(&many)), (2, 3000), "{policy}");
        }
    }

    #[test]
    fn a_request_whose_reading_is_not_taken_fails() {
        let message = "More work waits for other threads than may: the gateway is overloaded.";
        for policy in [LIMIT, "<llm-content-safety backend-id='b' shield-prompt='true'/>"] {
            check(
                policy,
                exchange(3000).outcome(Outcome::NotTaken),
                &[Expect::LastError(Some(("Overloaded", message)))],
            );
        }
    }
}
