//! System.Text.RegularExpressions.
//!
//! An own matcher, because what expressions see has no counterpart in Rust's crates: all captures of a group, .NET's numbering of groups,
//! positions in UTF-16 units, right-to-left matching, balancing groups and the texts of errors. A pattern goes through `parse` (grammar),
//! `tree`, `program` (instructions) and `machine` (backtracking with a stack and limits). A [`Regex`] is immutable and shared by `Arc`;
//! results hold their input and share it.

mod capture;
mod category;
mod class;
mod finder;
mod fold;
mod limits;
mod machine;
mod options;
mod parse;
mod pattern;
mod program;
mod replacement;
mod replacing;
mod split;
mod tree;

#[cfg(test)]
mod tests;

pub use capture::{Capture, Group, Match, Matches};
pub use finder::{Finder, Next};
pub use machine::Steps;
pub use options::RegexOptions;
pub use pattern::Regex;
pub use replacing::Replacing;
