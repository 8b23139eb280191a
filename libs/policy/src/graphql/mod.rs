//! GraphQL APIs: what is known of one, and what policies keep of a GraphQL request.
//!
//! The language is that of `postern-graphql`; here it meets policies. What must hold: nothing of a request's query is executed before the
//! policies that check it have run, and what they removed does not come back.

mod removed;

use std::fmt::Debug;

use postern_graphql::{GraphqlError, Schema};

pub(crate) use removed::to_json;

/// A GraphQL API.
#[derive(Debug, Default)]
pub struct GraphqlApi {
    /// Its schema; `None`: not known, so requests are checked as far as that goes without one.
    pub schema: Option<Schema>,
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
}

impl GraphqlState {
    pub(crate) fn clear(&mut self) {
        self.errors.clear();
        self.removed.clear();
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.removed.is_empty()
    }
}
