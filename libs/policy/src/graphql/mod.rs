//! GraphQL APIs: what is known of one, what policies keep of a GraphQL request, and the execution of queries whose fields resolvers resolve.
//!
//! The language is that of `postern-graphql`; here it meets policies. What must hold: a query is executed after the policies that check it, as
//! they left it; a resolver sees the request it is part of, and changes nothing of it.

mod execution;
pub(crate) mod incoming;
mod removed;
mod resolver;
mod view;

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use postern_graphql::{GraphqlError, Schema};

use crate::program::Program;

pub(crate) use execution::{begin, resume};
pub(crate) use removed::to_json;

/// A GraphQL API. Requests hold it while they look at it: one shared counter, which is little beside reading a query.
#[derive(Debug, Default)]
pub struct GraphqlApi {
    /// Its schema; `None`: not known, so requests are checked as far as that goes without one.
    pub schema: Option<Arc<Schema>>,
    /// The programs that resolve fields. With `None` requests are forwarded to a backend that executes them.
    pub resolvers: Option<Resolvers>,
}

/// Programs by the type and field that they resolve.
#[derive(Debug, Default)]
pub struct Resolvers(HashMap<Box<str>, HashMap<Box<str>, Arc<Program>>>);

impl Resolvers {
    /// Adds a program of [`Compiler::compile_resolver`](crate::Compiler::compile_resolver); a later one for the same field takes the place of the earlier.
    pub fn add(&mut self, type_name: &str, field: &str, program: Arc<Program>) {
        self.0.entry(type_name.into()).or_default().insert(field.into(), program);
    }

    /// The program of a field.
    #[must_use]
    pub fn get(&self, type_name: &str, field: &str) -> Option<&Program> {
        self.0.get(type_name)?.get(field).map(|program| &**program)
    }
}

/// The field that a resolver resolves, as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphqlField<'a> {
    /// `context.GraphQL.Arguments`
    pub arguments: &'a str,
    /// `context.GraphQL.Parent`
    pub parent: &'a str,
}

/// What policies keep of a GraphQL request.
#[derive(Debug, Default)]
pub(crate) struct GraphqlState {
    /// Every error found so far (`GraphQLErrors`).
    pub(crate) errors: Vec<GraphqlError>,
    /// Fields that were taken out of the query; the response has yet to tell.
    pub(crate) removed: Vec<GraphqlError>,
    /// The query being executed.
    execution: Option<Box<execution::Executing>>,
}

impl GraphqlState {
    pub(crate) fn clear(&mut self) {
        self.errors.clear();
        self.removed.clear();
        self.execution = None;
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.removed.is_empty()
    }

    /// Whether `forward-request` waits for an execution.
    pub(crate) fn is_executing(&self) -> bool {
        self.execution.is_some()
    }
}

#[cfg(test)]
mod tests;
