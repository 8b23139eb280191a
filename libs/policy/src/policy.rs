//! The shape of a policy: plain synchronous code that changes the exchange, and asks its host for anything that takes time.

use std::borrow::Cow;
use std::fmt::Debug;

use crate::effect::{Effect, ForwardOptions, Outcome};
use crate::exchange::{BackendTarget, Exchange, Side};
use crate::policies::cors::Cors;
use crate::run::RunState;
use crate::section::{ScopeName, Section};

/// What a policy wants next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Go on with the next policy.
    Next,
    /// The response is complete; nothing further runs.
    Respond,
    /// Resume this policy with the outcome.
    Perform(Effect),
    /// Jump to `on-error`.
    Fail(Box<Failure>),
}

/// An error raised by a policy: what `context.LastError` says and what the caller gets when `on-error` changes nothing.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) reason: Cow<'static, str>,
    pub(crate) message: Cow<'static, str>,
    pub(crate) response: DefaultResponse,
}

impl Failure {
    /// The host answered with another outcome than the one the effect has: its bug, never the caller's.
    pub(crate) fn wrong_outcome() -> Failure {
        Failure {
            reason: "InternalError".into(),
            message: "The effect was answered with an outcome of another kind.".into(),
            response: DefaultResponse::Internal,
        }
    }
}

/// The response an error leaves behind.
#[derive(Debug)]
pub(crate) enum DefaultResponse {
    /// `{ "statusCode": N, "message": "…" }`.
    Message { status: u16, message: Cow<'static, str> },
    /// 500 with the request id, telling nothing.
    Internal,
    /// The policy has built it (or keeps the backend's).
    AsIs,
}

/// Everything a running policy can reach.
pub(crate) struct PolicyContext<'a> {
    pub(crate) exchange: &'a mut dyn Exchange,
    pub(crate) state: &'a mut RunState,
    pub(crate) section: Section,
    pub(crate) scope: ScopeName,
    /// Digest of scope name and entity id; part of every counter key.
    pub(crate) scope_digest: u128,
}

impl PolicyContext<'_> {
    /// The message that message-changing policies work on in this section.
    pub(crate) fn side(&self) -> Side {
        match self.section {
            Section::Inbound | Section::Backend => Side::Request,
            Section::Outbound | Section::OnError => Side::Response,
        }
    }
}

/// A parsed policy, shared by all programs that contain it.
pub(crate) trait Policy: Debug + Send + Sync {
    /// Runs the policy.
    fn start(&self, context: &mut PolicyContext<'_>) -> Step;

    /// Goes on after the effect that `start` asked for.
    fn resume(&self, _context: &mut PolicyContext<'_>, _outcome: Outcome) -> Step {
        Step::Next
    }

    /// What the compiler and the preflight logic want to know.
    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Other
    }
}

/// Policies that others must recognise.
pub(crate) enum PolicyKind<'a> {
    Forward(&'a ForwardOptions),
    Backend(&'a BackendTarget),
    Cors(&'a Cors),
    Count,
    Other,
}
