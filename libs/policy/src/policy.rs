//! The shape of a policy: plain synchronous code that changes the exchange, and asks its host for anything that takes time.

use std::borrow::Cow;
use std::fmt::Debug;

use crate::effect::{Effect, ForwardFailure, ForwardOptions, Outcome, SendFailure};
use crate::exchange::{BackendTarget, Exchange, Side};
use crate::expression::machine::Thrown;
use crate::expression::value::Value;
use crate::policies::cors::Cors;
use crate::program::SchemaNeeds;
use crate::run::RunState;
use crate::section::{ScopeName, Section};

/// What a policy wants next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Go on with the next policy.
    Next,
    /// Go on with the instruction that this one names as its target: the end of a branch or the start of a loop.
    Jump,
    /// The same for a loop that begins anew: the failure that ended it is forgotten.
    Repeat,
    /// The response is complete; nothing further runs.
    Respond,
    /// The response came from a cache: go on behind the policy of `outbound` that stores into it, and with nothing if there is none.
    Cached(CacheKind),
    /// Resume this policy with the outcome.
    Perform(Effect),
    /// Jump to `on-error`.
    Fail(Box<Failure>),
    /// The same with the failure that the loop around this policy has kept.
    FailAfterAll,
    /// Nothing further of the section runs.
    EndSection,
    /// Run the parts of a [`FlowKind::Parallel`](crate::document::FlowKind::Parallel) at the same time.
    Fork { any: bool },
}

/// An error raised by a policy: what `context.LastError` says and what the caller gets when `on-error` changes nothing.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) reason: Cow<'static, str>,
    pub(crate) message: Cow<'static, str>,
    pub(crate) response: DefaultResponse,
}

impl Failure {
    /// Whether a service did not answer, or not well, so that asking again may help: what `retry` takes as a response of 500.
    pub(crate) fn is_of_service(&self) -> bool {
        matches!(&*self.reason, "Timeout" | "BackendConnectionFailure" | "BackendErrorStatusCode")
    }

    /// An expression's value that the policy cannot use.
    pub(crate) fn unusable_value(message: impl std::fmt::Display) -> Failure {
        Failure {
            reason: "ExpressionValueEvaluationFailure".into(),
            message: format!("The value of an expression cannot be used: {message}").into(),
            response: DefaultResponse::Internal,
        }
    }

    /// A change that the host cannot make.
    pub(crate) fn impossible(fault: String) -> Failure {
        Failure { reason: "PolicyFailure".into(), message: fault.into(), response: DefaultResponse::Internal }
    }

    /// What an expression threw.
    pub(crate) fn thrown(thrown: &Thrown) -> Failure {
        let message = match thrown {
            Thrown::Exception(exception) => exception.message.to_string(),
            Thrown::Limit(limit) => limit.to_string(),
        };
        Failure {
            reason: "ExpressionValueEvaluationFailure".into(),
            message: format!("Expression evaluation failed. {message}").into(),
            response: DefaultResponse::Internal,
        }
    }

    /// No response from a backend, or a body that could not be read.
    pub(crate) fn forward(failure: ForwardFailure) -> Failure {
        let internal = |reason: &'static str, message: Cow<'static, str>| Failure {
            reason: reason.into(),
            message,
            response: DefaultResponse::Internal,
        };
        match failure {
            ForwardFailure::Timeout => internal("Timeout", "The backend did not respond in time.".into()),
            ForwardFailure::Connection(message) => internal("BackendConnectionFailure", message.into()),
            ForwardFailure::ClientGone => {
                internal("ClientConnectionFailure", "The client closed the connection.".into())
            }
            ForwardFailure::Other { status, error } => Failure {
                response: match status {
                    500 => DefaultResponse::Internal,
                    status => DefaultResponse::Message { status, message: error.message.clone() },
                },
                reason: error.reason,
                message: error.message,
            },
        }
    }

    /// A request of a policy that got no response.
    pub(crate) fn send(failure: &SendFailure) -> Failure {
        Failure {
            reason: if failure.timed_out { "Timeout" } else { "BackendConnectionFailure" }.into(),
            message: failure.message.to_string().into(),
            response: DefaultResponse::Internal,
        }
    }

    /// What another thread was asked for was not done.
    pub(crate) fn undone(outcome: &Outcome) -> Failure {
        let message = match outcome {
            Outcome::NotTaken => "More work waits for other threads than may: the gateway is overloaded.",
            _ => "The work of another thread broke off.",
        };
        let response = match outcome {
            Outcome::NotTaken => DefaultResponse::Message { status: 503, message: "Service unavailable".into() },
            _ => DefaultResponse::Internal,
        };
        let reason = if *outcome == Outcome::NotTaken { "Overloaded" } else { "InternalError" };
        Failure { reason: reason.into(), message: message.into(), response }
    }

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
    /// The values of the policy's expressions, in the order in which its [`Builder`](crate::builder::Builder) got them.
    pub(crate) values: &'a [Value],
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

    /// The content it works on must be in hand when it starts.
    fn needs_content(&self, _section: Section) -> Option<Side> {
        None
    }

    /// The body that it passes on as it is must be in hand when it starts.
    fn needs_body(&self, _section: Section) -> Option<Side> {
        None
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
    /// Answers requests that match no operation too.
    CrossDomain,
    Count,
    CacheStore(CacheKind),
    /// Has a second part when the model has answered: see [`llm_response`](crate::policies::llm_response).
    Llm,
    /// Messages are checked against schemas.
    Schemas(&'a SchemaNeeds),
    /// Names a certificate of the service.
    Certificate(&'a str),
    /// Names one by its thumbprint, as it is written.
    Thumbprint(&'a str),
    /// Names a logger.
    Logger(&'a str),
    Other,
}

/// What responses are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CacheKind {
    /// What the request says.
    Exact,
    /// What it means.
    Semantic,
}
