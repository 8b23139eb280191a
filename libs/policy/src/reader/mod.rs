//! The reader of the policy dialect: text to a tree of elements with positions.
//!
//! The dialect looks like XML but is not: C# stands raw in attributes and text (`condition="@(a == "b" && c < d)"`), or entity-encoded,
//! or both in one file. A value that starts with `@(` or `@{` therefore ends where its brackets balance, with C#'s strings and comments
//! understood, and everything else is read as XML. Always holds: no input makes the reader panic, recurse without bound or read past
//! its limits; a document with a syntax error has no tree, because it would be a guess, but what follows the error is read for further ones.

mod body;
mod entity;
mod expression;
mod parse;
mod recover;
mod tag;
mod tree;
mod words;

pub(crate) use parse::{STYLESHEET, read};
pub(crate) use tree::{Attribute, Element, Form, Value};

#[cfg(test)]
mod tests;
