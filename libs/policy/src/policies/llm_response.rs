//! What the policies for language models do besides what stands in documents: a program that has one of them gets these at the start of its
//! `inbound` and `outbound` sections. Documents cannot name them.

use std::sync::Arc;

use super::llm_content_safety;
use crate::definition::ANY_SCOPE;
use crate::document::{Place, PolicyNode};
use crate::effect::{Effect, Outcome};
use crate::exchange::Side;
use crate::llm::LlmState;
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::section::Sections;

fn node(element: &'static str, sections: Sections, policy: Box<dyn Policy>) -> Arc<PolicyNode> {
    Arc::new(PolicyNode {
        element,
        id: None,
        path: format!("{element}[1]").into(),
        place: Place { line: 1, column: 1 },
        sections,
        scopes: ANY_SCOPE,
        expressions: Box::default(),
        policy,
    })
}

/// In front of `inbound`.
pub(crate) fn llm_request() -> Vec<Arc<PolicyNode>> {
    vec![node("llm-token-limit", Sections::INBOUND, Box::new(Readable))]
}

/// In front of `outbound`. Counting first: an answer that is then held back has cost its tokens.
pub(crate) fn llm_response() -> Vec<Arc<PolicyNode>> {
    vec![
        node("llm-token-limit", Sections::OUTBOUND, Box::new(Account)),
        node("llm-content-safety", Sections::OUTBOUND, llm_content_safety::of_completions()),
    ]
}

/// Sees to it that the answer can be read: it must not come compressed.
#[derive(Debug)]
struct Readable;

impl Policy for Readable {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        context.exchange.remove_header(Side::Request, "Accept-Encoding");
        Step::Next
    }
}

/// Counts what the answer took.
#[derive(Debug)]
struct Account;

fn step(effect: Option<Effect>) -> Step {
    effect.map_or(Step::Next, Step::Perform)
}

impl Policy for Account {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        step(context.state.account(context.exchange, LlmState::begin))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        if let Outcome::ForwardFailed(failure) = outcome {
            return Step::Fail(Box::new(Failure::forward(failure)));
        }
        step(context.state.account(context.exchange, |llm, telling| llm.resume(outcome, telling)))
    }
}
