//! Resource paths (ABNF section 1): from segment to segment, with what each stands for.

mod group;
mod key;
mod operation;
mod root;
mod segment;
mod walk;

pub(crate) use walk::{Segment, resource};

use crate::types::Ty;

/// What a path identifies, as far as query options depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Nothing is known of it.
    Unknown,
    /// The service document.
    Service,
    /// `$metadata`
    Metadata,
    /// `$batch`
    Batch,
    /// `$entity`, with a type behind it or not.
    EntityId { is_cast: bool },
    /// `$crossjoin(…)`: names of entity sets and what they hold.
    Crossjoin(Vec<(Box<str>, Ty)>),
    /// Entities or complex values.
    Structured { many: bool },
    /// Primitive values.
    Primitive { many: bool },
    /// `$count`
    Count,
    /// `$value`, streams.
    Raw,
    /// `$ref`
    Reference { many: bool },
    /// An action without a result.
    Nothing,
}
