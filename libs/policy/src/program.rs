//! The effective policy of an operation, compiled once: flat lists of instructions, one per section.
//!
//! Instructions point at parsed policies that all programs share, and equal sections of one compilation share their list, so that many
//! operations under one API cost little more than one.

use std::sync::Arc;

use crate::document::PolicyNode;
use crate::effect::ForwardOptions;
use crate::exchange::BackendTarget;
use crate::policy::PolicyKind;
use crate::section::{ScopeName, Section};

/// One step of a program.
#[derive(Debug, Clone)]
pub(crate) struct Instruction {
    pub(crate) node: Arc<PolicyNode>,
    pub(crate) scope: ScopeName,
    /// Where a jump of this instruction goes: index in its section.
    pub(crate) target: u32,
}

/// An immutable program; shared by every request of its operation.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) sections: [Arc<[Instruction]>; 4],
    pub(crate) scope_digests: [u128; 4],
    pub(crate) forward_only: Option<ForwardOptions>,
    pub(crate) traits: ProgramTraits,
}

/// What is known of a program before any request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProgramTraits {
    /// Some policy asks for counting.
    pub counts: bool,
    /// Some `forward-request` buffers the request body.
    pub buffers_request_body: bool,
    /// `cors` is configured: [`Run::preflight`](crate::Run::preflight) may answer.
    pub cors: bool,
}

impl Program {
    /// Whether the section has nothing to run; the host need not enter it.
    #[must_use]
    pub fn is_empty(&self, section: Section) -> bool {
        self.sections[section.index()].is_empty()
    }

    /// The options, when the backend section is one `forward-request` and nothing else. The host may then forward without running the
    /// section: with `inbound` and `outbound` empty too, such a program costs nothing. Never given for `fail-on-error-status-code`.
    #[must_use]
    pub fn forward_only(&self) -> Option<&ForwardOptions> {
        self.forward_only.as_ref()
    }

    /// What is known before any request.
    #[must_use]
    pub fn traits(&self) -> ProgramTraits {
        self.traits
    }

    /// Every backend a literal `set-backend-service` names, in program order, for resolving them beforehand.
    pub fn backends(&self) -> impl Iterator<Item = &BackendTarget> {
        self.sections.iter().flat_map(|section| section.iter()).filter_map(|instruction| {
            match instruction.node.policy.kind() {
                PolicyKind::Backend(target) => Some(target),
                _ => None,
            }
        })
    }

    pub(crate) fn instructions(&self, section: Section) -> &[Instruction] {
        &self.sections[section.index()]
    }
}
