//! GraphQL as the gateway needs it: requests read and checked, fields allowed or taken out, queries executed over the results of resolvers.
//!
//! `apollo-compiler` knows the language; this crate bounds what foreign documents can make it do and hides it. What must hold: nothing here
//! does I/O or knows policies; no document makes it panic, recurse without bound or take more than the limits of [`limits`] allow.
#![forbid(unsafe_code)]

mod authorize;
mod coerce;
mod error;
mod execution;
mod fields;
pub mod limits;
mod query;
mod request;
mod schema;

pub use authorize::{Action, Authorized, Rule};
pub use error::{GraphqlError, add_errors, errors_json};
pub use execution::{Execution, Progress, Resolve};
pub use query::Query;
pub use request::Request;
pub use schema::{Schema, SchemaProblem};
