//! The schema of a GraphQL API.

use apollo_compiler::ast::OperationType;
use apollo_compiler::collections::HashMap;
use apollo_compiler::parser::Parser;
use apollo_compiler::schema::{ExtendedType, Implementers};
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{Name, Schema as ApolloSchema};

use crate::limits;

/// A schema that has been checked.
#[derive(Debug)]
pub struct Schema {
    pub(crate) inner: Valid<ApolloSchema>,
    pub(crate) implementers: HashMap<Name, Implementers>,
}

/// Something wrong with a schema's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaProblem {
    /// What is wrong.
    pub message: String,
    /// Line, from 1; 0: not known.
    pub line: usize,
    /// Column, from 1; 0: not known.
    pub column: usize,
}

impl Schema {
    /// Reads and checks the text of a schema.
    ///
    /// # Errors
    /// What is wrong with it, at least one problem.
    pub fn parse(text: &str) -> Result<Schema, Vec<SchemaProblem>> {
        let mut parser = Parser::new().recursion_limit(limits::NESTING_MAX).token_limit(limits::SCHEMA_TOKENS_MAX);
        let parsed = parser.parse_schema(text, "schema.graphql").map_err(|found| problems(&found.errors))?;
        let inner = parsed.validate().map_err(|found| problems(&found.errors))?;
        let implementers = inner.implementers_map();
        Ok(Schema { inner, implementers })
    }

    /// Whether an object type has a field, so that a resolver can be for it.
    #[must_use]
    pub fn has_field(&self, type_name: &str, field: &str) -> bool {
        self.inner.get_object(type_name).is_some_and(|object| object.fields.contains_key(field))
    }

    /// Whether a type is an interface or union, whose values have other types.
    #[must_use]
    pub fn is_abstract(&self, type_name: &str) -> bool {
        matches!(self.inner.types.get(type_name), Some(ExtendedType::Interface(_) | ExtendedType::Union(_)))
    }

    /// The name of the type whose fields an operation selects.
    pub(crate) fn root(&self, operation: OperationType) -> Option<&str> {
        self.inner.root_operation(operation).map(Name::as_str)
    }

    /// The named type of a field.
    pub(crate) fn type_of_field(&self, type_name: &str, field: &str) -> Option<&str> {
        self.inner.type_field(type_name, field).ok().map(|field| field.ty.inner_named_type().as_str())
    }

    /// The object types that a value of a type may have.
    pub(crate) fn possible_types(&self, type_name: &str) -> Vec<&str> {
        match self.inner.types.get(type_name) {
            Some(ExtendedType::Interface(_)) => {
                let objects = self.implementers.get(type_name).map(|known| known.objects.iter());
                objects.into_iter().flatten().map(Name::as_str).collect()
            }
            Some(ExtendedType::Union(union)) => union.members.iter().map(|member| member.name.as_str()).collect(),
            _ => vec![],
        }
    }
}

fn problems(found: &DiagnosticList) -> Vec<SchemaProblem> {
    let problem = |error: apollo_compiler::response::GraphQLError| {
        let place = error.locations.first().copied();
        let (line, column) = place.map_or((0, 0), |place| (place.line, place.column));
        SchemaProblem { message: error.message, line, column }
    };
    found.iter().take(limits::ERRORS_MAX).map(|diagnostic| problem(diagnostic.to_json())).collect()
}

#[cfg(test)]
mod tests {
    use super::Schema;

    #[test]
    fn a_schema_is_checked_and_its_problems_have_places() {
        let schema =
            Schema::parse("interface N { id: ID! } type A implements N { id: ID! } type Query { n: N }").unwrap();
        assert!(schema.has_field("A", "id") && schema.has_field("Query", "n"));
        assert!(!schema.has_field("N", "id") && !schema.has_field("A", "x") && !schema.has_field("B", "id"));
        assert_eq!(schema.possible_types("N"), ["A"]);
        assert!(schema.is_abstract("N") && !schema.is_abstract("A") && !schema.is_abstract("B"));
        for (text, line) in
            [("type Query { a: B }", 1), ("type Query {\n a: Int\n a: Int }", 3), ("type Query {", 1), ("", 0)]
        {
            let problems = Schema::parse(text).unwrap_err();
            assert!(!problems.is_empty(), "{text}");
            if line > 0 {
                assert!(problems[0].line >= line, "{problems:?}");
            }
        }
        let deep = format!("type Query {{ a: {}Int{} }}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Schema::parse(&deep).is_err());
    }
}
