//! `context.LastError`: what went wrong, where, in the words of APIM.

use std::borrow::Cow;

use crate::section::{ScopeName, Section};

/// The error that sent a request to `on-error`; also written to the access log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LastError {
    /// Element name of the policy or name of the built-in step (`configuration`, `authorization`).
    pub source: Cow<'static, str>,
    /// Machine-readable code (`RateLimitExceeded`).
    pub reason: Cow<'static, str>,
    /// Description.
    pub message: Cow<'static, str>,
    /// Scope whose document holds the policy.
    pub scope: Option<ScopeName>,
    /// Section that was running.
    pub section: Option<Section>,
    /// Place inside the section (`choose[3]/when[2]`).
    pub path: Option<Box<str>>,
    /// The policy's `id` attribute.
    pub policy_id: Option<Box<str>>,
}

impl LastError {
    /// An error without a place.
    pub fn new(
        source: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> LastError {
        LastError { source: source.into(), reason: reason.into(), message: message.into(), ..LastError::default() }
    }
}
