//! Routing: host, API path prefix with version and revision, operation by method and URL template.
//!
//! The rules, and which of them APIM documents, are in `docs/decisions/0002-path-normalisation-and-matching.md`. One
//! request is matched in one pass over flat tables: [`RouteTable::find`] normalises the path (`path`), finds the API
//! (`prefixes`) and the operation (`operations`), and leaves the outcome in a reusable [`RouteMatch`].

mod hosts;
pub mod limits;
mod literals;
mod method;
mod not_found;
mod operations;
mod path;
mod prefixes;
mod query;
#[cfg(test)]
pub(crate) mod random;
mod segment;
mod table;
mod template;

pub use not_found::NotFound;
pub use operations::{Hidden, OperationTable, TableError};
pub use path::PathError;
pub use prefixes::ApiIndex;
pub use table::{ApiRoutes, OperationIndex, RouteMatch, RouteRequest, RouteTable};
pub use template::{Template, TemplateError};

pub(crate) use hosts::Hosts;
pub(crate) use prefixes::{Builder as PrefixBuilder, Place, PlaceError, Prefixes, VersionPlace};
pub(crate) use query::{Decoded, value as query_value};
