//! What an API of type `graphql` has besides: its schema, its resolvers, and the two operations that all of them have.
//!
//! A schema that cannot be read keeps the API at its last good form: without it nothing would be checked any more.

use postern_bundle::{Diagnostic, Graphql, GraphqlResolver, Operation, Request};
use postern_graphql::Schema;
use postern_model::{Name, PolicyScope, ResolverProperties, inventory::Resource};
use postern_policy::NamedKind;

use super::{api::Build, file_of, names::Reference, placed, policies::Written};

/// A query comes in the body of POST or in the URL of GET.
pub(super) fn operations() -> Vec<Operation> {
    let operation = |method: &str| Operation {
        name: format!("graphql-{}", method.to_ascii_lowercase()),
        display_name: "GraphQL".to_owned(),
        method: method.to_owned(),
        url_template: "/".to_owned(),
        template_parameters: Vec::new(),
        policy: None,
        request: Request::default(),
        responses: Vec::new(),
    };
    vec![operation("GET"), operation("POST")]
}

impl Build<'_> {
    /// Schema and resolvers. An API without a service executes its queries here, and so does one that has resolvers.
    pub(super) fn graphql(&mut self, has_service: bool) -> Graphql {
        let (text, schema) = self.schema().unzip();
        let mut resolvers = Vec::new();
        let inventory = self.inventory;
        for (name, resource) in inventory.resolvers_of(self.name) {
            resolvers.extend(self.resolver(name, resource, schema.as_ref()));
        }
        if let Some(schema) = &schema {
            self.rules_of_abstract_types(schema);
        }
        let is_executed_here = !has_service || !resolvers.is_empty();
        if is_executed_here && schema.is_none() {
            let message = "the API has no schema, so no query can be executed";
            self.findings.push(Diagnostic::warning("graphql-schema-missing", format!("/apis/{}", self.name), message));
        }
        Graphql { schema: text, resolvers: is_executed_here.then_some(resolvers) }
    }

    /// Rules of `validate-graphql-request` are for fields of object types. One for a field of an interface or union holds for queries that ask
    /// the interface for it, and not for those that ask one of its types.
    fn rules_of_abstract_types(&mut self, schema: &Schema) {
        let rules = self.uses.named.iter().filter(|reference| reference.named.kind == NamedKind::GraphqlType);
        for Reference { named, scope, file } in rules.filter(|rule| schema.is_abstract(&rule.named.id)) {
            let message = format!(
                "`<{}>` names `{}`, an interface or union: queries that ask one of its types for the field are not held to it",
                named.element, named.id
            );
            self.findings.push(Diagnostic {
                file: file.clone(),
                line: named.line,
                column: named.column,
                suggestion: Some("write a rule for each object type".to_owned()),
                ..Diagnostic::warning("graphql-rule-abstract", scope.clone(), message)
            });
        }
    }

    /// The first schema that is GraphQL.
    fn schema(&mut self) -> Option<(String, Schema)> {
        let inventory = self.inventory;
        let (name, resource) = inventory.schemas_of(self.name).find(|(_, schema)| !schema.properties.is_json)?;
        let text = &resource.properties.text;
        match Schema::parse(text) {
            Ok(schema) => Some((text.clone(), schema)),
            Err(problems) => {
                let id = format!("/apis/{}/schemas/{name}", self.name);
                for problem in problems {
                    let finding = Diagnostic::error("graphql-schema-invalid", id.clone(), problem.message);
                    let file = file_of(&resource.origin, &id);
                    self.findings.push(placed(finding, file, (problem.line, problem.column)));
                }
                None
            }
        }
    }

    /// `None`: it resolves nothing, which has been said.
    fn resolver(
        &mut self,
        name: &Name,
        resource: &Resource<ResolverProperties>,
        schema: Option<&Schema>,
    ) -> Option<GraphqlResolver> {
        let id = format!("/apis/{}/resolvers/{name}", self.name);
        let mut warn = |code: &str, message: String| {
            let finding = Diagnostic::warning(code, id.clone(), message);
            self.findings.push(Diagnostic { file: file_of(&resource.origin, &id), ..finding });
        };
        let Some((of_type, field)) = resource.properties.field() else {
            warn("resolver-path-invalid", "the resolver's path is not Type/field: it resolves nothing".to_owned());
            return None;
        };
        if schema.is_some_and(|schema| !schema.has_field(of_type, field)) {
            warn(
                "resolver-unlinked",
                format!("the schema has no field {field} of type {of_type}: it resolves nothing"),
            );
            return None;
        }
        let scope = PolicyScope::Resolver(self.name.clone(), name.clone());
        let Some(policy) = self.inventory.policies.get(&scope) else {
            warn("resolver-without-policy", "the resolver has no policy: it resolves nothing".to_owned());
            return None;
        };
        let id = scope.id();
        let written = Written { text: &policy.properties.text, origin: &policy.origin, id: &id };
        let checked = self.checker.resolver(&written, self.values, self.fragments);
        self.findings.extend(checked.findings);
        self.uses.extend(checked.uses);
        let policy = checked.source?;
        let (name, type_name, field) = (name.as_str().to_owned(), of_type.to_owned(), field.to_owned());
        Some(GraphqlResolver { name, type_name, field, policy })
    }
}
