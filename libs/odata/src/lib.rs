//! OData as the gateway needs it: models read from CSDL, and URLs checked against the URL conventions and such a model.
//!
//! [`Model`] is what a service consists of; [`check`] reads the path and the query of a request as OData 4.01 Part 2 and its ABNF define
//! them, with types and names as far as a model tells them. What must hold: nothing here does I/O or knows policies; no document and no URL
//! makes it panic, recurse without bound or take more than the limits of [`limits`] allow; what the model does not know for sure (open types,
//! types of other documents, results of `$apply`) is accepted.
#![forbid(unsafe_code)]

mod cursor;
mod error;
mod expression;
pub mod limits;
mod literal;
mod media;
mod model;
mod options;
mod path;
mod request;
mod types;
mod version;

pub use error::{OdataError, Place};
pub use media::check_media_type;
pub use model::{Model, ModelProblem};
pub use request::{Request, check};
pub use version::Version;
