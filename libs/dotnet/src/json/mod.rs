//! Newtonsoft.Json 13: tokens with reference semantics, reading, writing, casts, JSONPath.
//!
//! What must hold: a [`JToken`] is a handle; copies of it are the same token. Nothing recurses along a document, so neither its depth nor
//! dropping it can exhaust the stack. Every failure is the exception of Newtonsoft.Json with its message. No borrow of a token's inside
//! outlives a call, so a caller may change a document while it walks over [`JToken::children`], which are a snapshot.

mod cast;
mod children;
mod clone;
mod compare;
mod equality;
mod indexer;
mod limits;
mod load;
mod members;
mod merge;
mod navigate;
mod object;
mod path;
mod places;
mod plain;
mod position;
mod reader;
mod scalar;
mod scalar_writer;
mod serialize;
#[cfg(test)]
mod tests;
mod token;
mod token_type;
mod walk;
mod words;
mod writer;

pub(crate) use reader::{Reader, Token};

pub use cast::{Simple, Target};
pub use clone::Copying;
pub use indexer::Key;
pub use merge::{MergeArrayHandling, MergeNullValueHandling, MergeSettings};
pub use path::Selection;
pub use places::LOCATED_BYTES_MAX;
pub use reader::{
    FloatParseHandling, LoadSettings, Loading, Located, Place, parse, parse_array, parse_object, parse_with,
};
pub use scalar::Scalar;
pub use scalar_writer::write_string;
pub use serialize::{ObjectWriter, Serialize, from_object, serialize};
pub use token::JToken;
pub use token_type::JTokenType;
pub use walk::{Children, Family};
pub use writer::{Formatting, NEW_LINE, Writing};
