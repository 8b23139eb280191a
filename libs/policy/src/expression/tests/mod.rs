//! The parser against the corpus, against trees written by hand from the C# specification, and against mutilated code.

mod answers;
mod bounds;
mod corpus;
mod deep;
mod errors;
mod expressions;
mod hostile;
mod identity;
mod literals;
mod mutation;
mod newer;
mod patterns;
mod statements;
mod turns;

use super::dump::dump;
use super::{Form, parse};

/// Asserts the tree of an expression.
#[track_caller]
fn check(code: &str, expected: &str) {
    match parse(code, Form::Expression) {
        Ok(tree) => assert_eq!(dump(&tree), expected, "{code}"),
        Err(error) => panic!("{code}: {error} at {:?}", error.span),
    }
}

/// Asserts the tree of statements.
#[track_caller]
fn check_statements(code: &str, expected: &str) {
    match parse(code, Form::Statements) {
        Ok(tree) => assert_eq!(dump(&tree), expected, "{code}"),
        Err(error) => panic!("{code}: {error} at {:?}", error.span),
    }
}

/// Code and form of every corpus expression that parses.
pub(in crate::expression) fn corpus_entries() -> Vec<(String, Form)> {
    corpus::entries()
        .into_iter()
        .filter(|entry| entry.parses)
        .map(|entry| (corpus::with_named_values(&entry.code), entry.form))
        .collect()
}
