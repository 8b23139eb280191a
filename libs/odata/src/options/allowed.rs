//! Which options may stand on which resource (Protocol section 11.2, URL Conventions section 4).
//!
//! Versions are not told apart: a request without `OData-Version` may well be of a caller that knows 4.01.

use super::SystemOption::{
    self, Apply, Compute, Count, DeltaToken, Expand, Filter, Format, Id, Index, InlineCount, OrderBy, SchemaVersion,
    Search, Select, Skip, SkipToken, Top,
};
use crate::path::Resource;

/// What select instances of a collection.
const OF_COLLECTION: [SystemOption; 10] =
    [Filter, OrderBy, Top, Skip, Count, InlineCount, Search, Apply, SkipToken, DeltaToken];

impl SystemOption {
    pub(crate) fn may_stand_on(self, resource: &Resource) -> bool {
        let of_collection = OF_COLLECTION.contains(&self) || self == Index;
        let of_instance = matches!(self, Select | Expand | Compute);
        // These stand everywhere.
        if matches!(self, Format | SchemaVersion) {
            return true;
        }
        match resource {
            Resource::Unknown => self != SystemOption::Levels,
            Resource::Service | Resource::Metadata | Resource::Batch | Resource::Raw => false,
            Resource::EntityId { is_cast } => self == Id || *is_cast && matches!(self, Select | Expand),
            Resource::Crossjoin(_) => of_collection || of_instance,
            Resource::Structured { many: true } => of_collection || of_instance,
            // An expanded property has pages and changes of its own.
            Resource::Structured { many: false } => of_instance || matches!(self, SkipToken | DeltaToken),
            Resource::Primitive { many } => *many && (of_collection || self == Compute),
            // Order and pages do not change a count, and callers leave them in.
            Resource::Count => matches!(self, Filter | Search | Apply | OrderBy | Top | Skip | Expand | Compute),
            Resource::Reference { many } => self == Id || *many && of_collection,
            // An action that returns nothing has nothing to be shaped.
            Resource::Nothing => false,
        }
    }
}
