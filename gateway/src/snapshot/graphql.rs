//! GraphQL APIs: their schemas, read once, and the documents and programs of their resolvers.

use std::sync::Arc;

use postern_bundle::{Diagnostic, Graphql, Hash};
use postern_graphql::Schema;
use postern_policy::DocumentKind;

use super::source::Source;

/// A GraphQL API, apart from the fragments its resolvers include.
#[derive(Debug)]
pub(super) struct GraphqlDefinition {
    pub(super) schema: Option<Arc<Schema>>,
    /// Of the schema's text.
    hash: Hash,
    pub(super) resolvers: Option<Box<[Resolver]>>,
}

/// A resolver with its document.
#[derive(Debug)]
pub(super) struct Resolver {
    pub(super) name: Box<str>,
    pub(super) type_name: Box<str>,
    pub(super) field: Box<str>,
    pub(super) policy: Arc<Source>,
}

impl GraphqlDefinition {
    /// `old` is what was there before: what did not change is used again. `None`: the schema cannot be read, so the API must not be served.
    pub(super) fn new(
        graphql: Graphql,
        scope: &str,
        old: Option<&GraphqlDefinition>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<GraphqlDefinition> {
        let hash = Hash::of(graphql.schema.as_deref().unwrap_or_default().as_bytes());
        let known = old.filter(|old| old.hash == hash && old.schema.is_some() == graphql.schema.is_some());
        let schema = match (known, &graphql.schema) {
            (Some(known), _) => known.schema.clone(),
            (None, None) => None,
            (None, Some(text)) => match Schema::parse(text) {
                Ok(schema) => Some(Arc::new(schema)),
                Err(problems) => {
                    let message = problems.into_iter().next().map(|problem| problem.message).unwrap_or_default();
                    let message = format!("the GraphQL schema cannot be used: {message}");
                    diagnostics.push(Diagnostic::error("graphql-schema", scope, message));
                    return None;
                }
            },
        };
        let resolvers = graphql.resolvers.map(|resolvers| {
            let resolver = |resolver: postern_bundle::GraphqlResolver| {
                let scope = format!("{scope}/resolvers/{}/policies/policy", resolver.name);
                let known = old.and_then(|old| old.resolvers.iter().flatten().find(|old| *old.name == *resolver.name));
                let known = known.map(|known| &known.policy);
                let policy = Source::parse(&resolver.policy, DocumentKind::Resolver, &scope, known);
                diagnostics.extend(policy.diagnostics.iter().cloned());
                let (name, type_name, field) = (resolver.name.into(), resolver.type_name.into(), resolver.field.into());
                Resolver { name, type_name, field, policy }
            };
            resolvers.into_iter().map(resolver).collect()
        });
        Some(GraphqlDefinition { schema, hash, resolvers })
    }

    /// The documents of the resolvers.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.resolvers.iter().flatten().map(|resolver| &resolver.policy)
    }
}
