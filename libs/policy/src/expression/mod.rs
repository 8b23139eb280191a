//! The language of policy expressions: the C# that stands in `@(…)` and `@{…}`.
//!
//! This is its front half: [`parse`] turns code into a [`Tree`](ast::Tree) or says where it stops being C#, as the C# compiler would
//! ([`SyntaxError`]). The language is C# 7 as APIM documents it, with the later forms that cannot be mistaken for something else, each with a
//! warning (`newer`). What always holds: no input makes it panic, recurse
//! without bound or take more than linear time in the length of the code (times the bounds of [`limits`]).

pub mod anonymous;
pub mod array;
pub mod ast;
pub mod binder;
pub mod bound;
mod boxed;
pub mod code;
mod compiled;
pub mod conversion;
pub mod delegate;
pub(crate) mod directive;
pub mod display;
mod dynamic;
pub mod emit;
pub mod enums;
pub(crate) mod errand;
mod error;
pub mod exception;
mod lexer;
pub mod library;
pub mod limits;
pub mod machine;
pub mod native;
pub(crate) mod newer;
pub mod object;
mod parser;
pub mod release;
pub mod sequence;
mod span;
mod token;
pub mod tuple;
pub mod type_object;
pub mod types;
pub mod value;

#[cfg(test)]
mod dump;
#[cfg(test)]
mod tests;

pub use compiled::{Bodies, CompileError, Expression, compile};
pub use error::SyntaxError;
pub use machine::{Evaluation, Host, Progress};
pub use parser::{Form, parse};
pub use span::{SourceMap, Span};
pub use types::Type;
pub use value::Value;
