//! The effective policy of an operation, compiled once: flat lists of instructions, one per section.
//!
//! Instructions point at parsed policies that all programs share, and equal sections of one compilation share their list, so that many
//! operations under one API cost little more than one.

use std::sync::Arc;

use crate::contract::Variant;
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
    pub(crate) schemas: SchemaNeeds,
}

/// Which schemas a program checks messages against, for [`prepare`](crate::contract::prepare).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaNeeds {
    /// How bodies are checked against the operation's own schemas.
    pub bodies: Vec<Variant>,
    /// Bodies are checked against the operation's XML Schema.
    pub xml: bool,
    /// Parameters of the request are checked.
    pub parameters: bool,
    /// Headers of the response are checked.
    pub headers: bool,
    /// Schemas of the service that are named literally.
    pub globals: Vec<GlobalNeed>,
}

/// A schema of the service and how it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalNeed {
    /// `schema-id`
    pub id: Box<str>,
    /// `schema-ref`; empty without one.
    pub reference: Box<str>,
    /// How bodies of JSON are checked.
    pub variants: Vec<Variant>,
    /// Bodies of XML are checked.
    pub xml: bool,
}

impl SchemaNeeds {
    pub(crate) fn extend(&mut self, other: &SchemaNeeds) {
        self.bodies.extend(&other.bodies);
        self.xml |= other.xml;
        self.parameters |= other.parameters;
        self.headers |= other.headers;
        self.globals.extend(other.globals.iter().cloned());
    }

    /// Whether there are any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bodies.is_empty() && !self.xml && !self.parameters && !self.headers && self.globals.is_empty()
    }
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

    /// The schemas it checks with.
    #[must_use]
    pub fn schemas(&self) -> &SchemaNeeds {
        &self.schemas
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

    /// Ids of certificates that policies name literally.
    pub fn certificates(&self) -> impl Iterator<Item = &str> {
        self.policies().filter_map(|kind| match kind {
            PolicyKind::Certificate(id) => Some(id),
            _ => None,
        })
    }

    /// Thumbprints of certificates that policies name literally, as they are written.
    pub fn thumbprints(&self) -> impl Iterator<Item = &str> {
        self.policies().filter_map(|kind| match kind {
            PolicyKind::Thumbprint(thumbprint) => Some(thumbprint),
            _ => None,
        })
    }

    /// Ids of loggers that policies name.
    pub fn loggers(&self) -> impl Iterator<Item = &str> {
        self.policies().filter_map(|kind| match kind {
            PolicyKind::Logger(id) => Some(id),
            _ => None,
        })
    }

    fn policies(&self) -> impl Iterator<Item = PolicyKind<'_>> {
        self.sections.iter().flat_map(|section| section.iter()).map(|instruction| instruction.node.policy.kind())
    }

    pub(crate) fn instructions(&self, section: Section) -> &[Instruction] {
        &self.sections[section.index()]
    }
}
