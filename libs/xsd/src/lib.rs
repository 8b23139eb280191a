//! XML Schema 1.0: schemas compiled once, documents checked against them, with the messages of .NET's `XmlSchemaValidationException`.
//!
//! A set of documents (`Source`) becomes `Schemas`: `read` turns the markup into components, `simple` knows the data types, `model` compiles
//! content models. `validate` walks a `Document` in one pass. What must hold: nothing is ever fetched, a schema that another one includes or
//! imports is one of the set or is not there; nothing recurses over a document; no schema and no document makes it panic, or work or allocate
//! beyond `limits.rs`. Rules about schemas that no document can notice (that a restriction really restricts, `final`) are not checked.
#![forbid(unsafe_code)]

mod budget;
mod component;
mod document;
mod limits;
mod model;
mod read;
mod simple;
mod validate;
mod wildcard;

pub use component::Schemas;
pub use document::{Document, ElementIndex, Loading};
pub use read::{Finding, Source};
pub use validate::{Checking, NamedType, Violation};
