//! A query whose text has been read: one or more operations and the fragments they use. It may be checked without a schema as far as that goes.

use std::collections::{HashMap, HashSet};

use apollo_compiler::Node;
use apollo_compiler::ast::{
    Definition, Document, Field, FragmentDefinition, OperationDefinition, OperationType, Selection,
};
use apollo_compiler::parser::Parser;

use crate::error::{GraphqlError, Location};
use crate::limits;
use crate::schema::Schema;

/// A query that has been read.
#[derive(Debug, Clone)]
pub struct Query {
    pub(crate) document: Document,
    depth: usize,
    kind: OperationType,
}

impl Query {
    /// Reads a query, finds the operation that is to run and measures the depth.
    ///
    /// # Errors
    /// The text is wrong or beyond a limit, fragments are missing or use themselves, or it is not clear which operation is meant.
    pub fn parse(text: &str, operation_name: Option<&str>) -> Result<Query, Vec<GraphqlError>> {
        if text.trim().is_empty() {
            return Err(vec![GraphqlError::new("GraphQL query is missing.")]);
        }
        let mut parser = Parser::new().recursion_limit(limits::NESTING_MAX).token_limit(limits::QUERY_TOKENS_MAX);
        let document = parser.parse_ast(text, "query").map_err(|found| GraphqlError::list(&found.errors))?;
        let one = |error: GraphqlError| vec![error];
        check_kinds(&document).map_err(one)?;
        let kind = operation(&document, operation_name).map_err(one)?.operation_type;
        let depth = depth(&document).map_err(one)?;
        Ok(Query { document, depth, kind })
    }

    /// How deep fields are nested, at most: 1 for `{ a }`. What is below `__schema` and `__type` does not count.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the operation to run is a subscription.
    #[must_use]
    pub fn is_subscription(&self) -> bool {
        self.kind == OperationType::Subscription
    }

    /// Whether the operation to run is a mutation.
    #[must_use]
    pub fn is_mutation(&self) -> bool {
        self.kind == OperationType::Mutation
    }

    /// Checks the query against a schema.
    ///
    /// # Errors
    /// What does not agree, at least one error.
    pub fn check(&self, schema: &Schema) -> Result<(), Vec<GraphqlError>> {
        match self.document.to_executable_validate(&schema.inner) {
            Ok(_) => Ok(()),
            Err(found) => Err(self.without_consequences(GraphqlError::list(&found.errors))),
        }
    }

    /// Leaves out that a field has no selection where it has one: what is wrong in that selection is said in an error of its own.
    fn without_consequences(&self, mut errors: Vec<GraphqlError>) -> Vec<GraphqlError> {
        let is_of_selection = |error: &GraphqlError| error.message.contains("must have a selection of subfields");
        if errors.len() > 1 && errors.iter().any(is_of_selection) {
            let mut parents = HashSet::new();
            for definition in &self.document.definitions {
                let selections = match definition {
                    Definition::OperationDefinition(operation) => &operation.selection_set,
                    Definition::FragmentDefinition(fragment) => &fragment.selection_set,
                    _ => continue,
                };
                self.parents(selections, &mut parents);
            }
            errors.retain(|error| !is_of_selection(error) || !error.locations.iter().any(|at| parents.contains(at)));
        }
        errors
    }

    /// Where fields with selections stand. Recurses no deeper than the query, which is bounded.
    fn parents(&self, selections: &[Selection], found: &mut HashSet<Location>) {
        for selection in selections {
            let inside = match selection {
                Selection::Field(field) => {
                    if !field.selection_set.is_empty() {
                        let place = GraphqlError::at(String::new(), field.location(), &self.document.sources);
                        found.extend(place.locations);
                    }
                    &field.selection_set
                }
                Selection::InlineFragment(fragment) => &fragment.selection_set,
                Selection::FragmentSpread(_) => continue,
            };
            self.parents(inside, found);
        }
    }

    /// The text of the query.
    #[must_use]
    pub fn text(&self) -> String {
        self.document.to_string()
    }
}

/// Only operations and fragments may stand in a query.
fn check_kinds(document: &Document) -> Result<(), GraphqlError> {
    for definition in &document.definitions {
        if !definition.is_executable_definition() {
            let name = definition.name().map_or("schema", |name| name.as_str());
            let message = format!("The \"{name}\" definition is not executable.");
            return Err(GraphqlError::at(message, definition.location(), &document.sources));
        }
    }
    Ok(())
}

pub(crate) fn operations(document: &Document) -> impl Iterator<Item = &Node<OperationDefinition>> {
    document.definitions.iter().filter_map(Definition::as_operation_definition)
}

fn operation<'d>(document: &'d Document, name: Option<&str>) -> Result<&'d OperationDefinition, GraphqlError> {
    let mut all = operations(document);
    if let Some(name) = name {
        let found = all.find(|operation| operation.name.as_ref().is_some_and(|known| known == name));
        return found
            .map(|found| &**found)
            .ok_or_else(|| GraphqlError::new(format!("Unknown operation named \"{name}\".")));
    }
    let first = all.next().ok_or_else(|| GraphqlError::new("Must provide an operation."))?;
    match all.next() {
        Some(_) => Err(GraphqlError::new("Must provide operation name if query contains multiple operations.")),
        None => Ok(first),
    }
}

/// Whether a field at the root leads into the introspection system.
pub(crate) fn is_introspection(field: &Field) -> bool {
    field.name == "__schema" || field.name == "__type"
}

/// Measures nesting; each fragment once.
struct Measure<'d> {
    document: &'d Document,
    fragments: HashMap<&'d str, (&'d Node<FragmentDefinition>, State)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done(Depth),
}

/// How far down selections go.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Depth {
    /// Without the introspection system.
    counted: usize,
    all: usize,
}

fn depth(document: &Document) -> Result<usize, GraphqlError> {
    let mut measure = Measure { document, fragments: HashMap::new() };
    for fragment in document.definitions.iter().filter_map(Definition::as_fragment_definition) {
        if measure.fragments.insert(fragment.name.as_str(), (fragment, State::New)).is_some() {
            let message = format!("There can be only one fragment named \"{}\".", fragment.name);
            return Err(GraphqlError::at(message, fragment.location(), &document.sources));
        }
    }
    let names: Vec<&str> = measure.fragments.keys().copied().collect();
    let mut deepest = Depth::default();
    for operation in operations(document) {
        deepest = deepest.max(measure.selections(&operation.selection_set, 0)?);
    }
    // Those nobody uses are checked too: what runs on them later need not care.
    for name in names {
        measure.fragment(name, 0, None)?;
    }
    if deepest.all > limits::DEPTH_MAX {
        return Err(too_deep());
    }
    Ok(deepest.counted)
}

fn too_deep() -> GraphqlError {
    GraphqlError::new(format!("The query is nested deeper than {} levels.", limits::DEPTH_MAX))
}

impl Depth {
    fn max(self, other: Depth) -> Depth {
        Depth { counted: self.counted.max(other.counted), all: self.all.max(other.all) }
    }
}

/// Deepest recursion of the measurement: fields, inline fragments and fragments on the way down.
const STEPS_MAX: usize = 2 * limits::NESTING_MAX;

impl<'d> Measure<'d> {
    /// `steps`: how deep this recursion is.
    fn selections(&mut self, selections: &'d [Selection], steps: usize) -> Result<Depth, GraphqlError> {
        if steps > STEPS_MAX {
            return Err(too_deep());
        }
        let mut deepest = Depth::default();
        for selection in selections {
            let depth = match selection {
                Selection::Field(field) => {
                    let below = self.selections(&field.selection_set, steps + 1)?;
                    let counted = if is_introspection(field) { 0 } else { below.counted };
                    Depth { counted: counted + 1, all: below.all + 1 }
                }
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set, steps + 1)?,
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.fragment_name.as_str(), steps + 1, spread.location())?
                }
            };
            deepest = deepest.max(depth);
        }
        Ok(deepest)
    }

    fn fragment(
        &mut self,
        name: &str,
        steps: usize,
        place: Option<apollo_compiler::parser::SourceSpan>,
    ) -> Result<Depth, GraphqlError> {
        let sources = &self.document.sources;
        let Some((fragment, state)) = self.fragments.get_mut(name) else {
            return Err(GraphqlError::at(format!("Unknown fragment \"{name}\"."), place, sources));
        };
        match *state {
            State::Done(depth) => return Ok(depth),
            State::Open => {
                let message = format!("Cannot spread fragment \"{name}\" within itself.");
                return Err(GraphqlError::at(message, place, sources));
            }
            State::New => *state = State::Open,
        }
        let selections = &fragment.selection_set;
        let depth = self.selections(selections, steps)?;
        if let Some((_, state)) = self.fragments.get_mut(name) {
            *state = State::Done(depth);
        }
        Ok(depth)
    }
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::schema::Schema;

    fn depth(text: &str) -> Result<usize, String> {
        Query::parse(text, None).map(|query| query.depth()).map_err(|errors| errors[0].message.clone())
    }

    #[test]
    fn depth_counts_fields_through_fragments_but_not_introspection() {
        for (text, expected) in [
            ("{a}", 1),
            ("query Q($a: Int = 3) @x { a(b: [[1]], c: {d: {e: 1}}) { b c { d } } e }", 3),
            ("{ ... { a { ... on T { b } } } }", 2),
            ("{ a { ...F } } fragment F on T { b { ...G } } fragment G on T { c { d } }", 4),
            ("{ ...F } fragment F on T { a } fragment Unused on T { b { c { d } } }", 1),
            ("{ __schema { types { fields { type { name } } } } a { b } }", 2),
            ("{ a: __typename }", 1),
        ] {
            assert_eq!(depth(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_query_is_refused() {
        let deep = format!("{}a{}", "{a".repeat(70), "}".repeat(70));
        let chain: String = (0..3000).map(|n| format!("fragment F{n} on T {{ a {{ ...F{} }} }} ", n + 1)).collect();
        let short_chain: String =
            (0..100).map(|n| format!("fragment F{n} on T {{ a {{ ...F{} }} }} ", n + 1)).collect();
        for (text, message) in [
            ("", "GraphQL query is missing."),
            (" \n", "GraphQL query is missing."),
            ("{", "syntax error"),
            ("{}", "syntax error"),
            ("{a} trailing", "syntax error"),
            ("type A { b: Int }", "The \"A\" definition is not executable."),
            ("fragment F on T { a }", "Must provide an operation."),
            ("query A {a} query B {b}", "Must provide operation name if query contains multiple operations."),
            ("{ ...F }", "Unknown fragment \"F\"."),
            ("{ ...F } fragment F on T { a { ...F } }", "Cannot spread fragment \"F\" within itself."),
            ("{ ...F } fragment F on T { ...G } fragment G on T { ...F }", "Cannot spread fragment"),
            ("{ ...F } fragment F on T { a } fragment F on T { b }", "There can be only one fragment named \"F\"."),
            (&deep, "The query is nested deeper than 64 levels."),
            (
                &format!("{{ ...F0 }} {short_chain} fragment F100 on T {{ a }}"),
                "The query is nested deeper than 64 levels.",
            ),
            (&format!("{{ ...F0 }} {chain} fragment F3000 on T {{ a }}"), "limit"),
            (&format!("{{ a(b: {}1{}) }}", "[".repeat(50_000), "]".repeat(50_000)), "limit"),
            (&"{".repeat(100_000), "syntax error"),
            (&"{a".repeat(10_000), "limit"),
            (&format!("{{ a {} }}", "b ".repeat(20_000)), "limit"),
            (&format!("query Q($a: {}) {{ a }}", "[".repeat(50_000)), "limit"),
        ] {
            let found = depth(text).unwrap_err();
            let shown: String = text.chars().take(60).collect();
            assert!(found.contains(message), "{shown}: {found}");
        }
        assert!(Query::parse("query A {a} query B {b}", Some("B")).is_ok());
        assert_eq!(Query::parse("query A {a}", Some("B")).unwrap_err()[0].message, "Unknown operation named \"B\".");
    }

    #[test]
    fn a_wrong_field_is_no_lack_of_a_selection() {
        let schema = Schema::parse("type Query { a(n: Int): A } type A { b: String! }").unwrap();
        for (text, messages) in [
            ("{ a { c } }", &["Cannot query field \"c\" on type \"A\"."][..]),
            ("{ a { ... on A { c } } }", &["Cannot query field \"c\" on type \"A\"."]),
            ("{ a x: a { c } }", &["must have a selection of subfields", "Cannot query field \"c\" on type \"A\"."]),
        ] {
            let errors = Query::parse(text, None).unwrap().check(&schema).unwrap_err();
            let agree = errors.iter().zip(messages).all(|(error, message)| error.message.contains(message));
            assert!(agree && errors.len() == messages.len(), "{text}: {errors:?}");
        }
    }

    #[test]
    fn a_query_that_does_not_agree_with_the_schema_is_refused() {
        let schema = Schema::parse("type Query { a(n: Int): A } type A { b: String! }").unwrap();
        for (text, message) in [
            ("{ a(n: 1) { b } }", None),
            ("query($n: Int) { a(n: $n) { b } }", None),
            ("{ __schema { queryType { name } } }", None),
            ("{ x }", Some("Cannot query field \"x\" on type \"Query\".")),
            ("{ a }", Some("must have a selection of subfields. Did you mean \"a { ... }\"?")),
            ("{ a(n: \"1\") { b } }", Some("Int cannot represent")),
            ("{ a { b } a(n: 1) { b } }", Some("conflict")),
            ("mutation { a }", Some("")),
        ] {
            let query = Query::parse(text, None).unwrap();
            match (query.check(&schema), message) {
                (Ok(()), None) => {}
                (Err(errors), Some(message)) => assert!(errors[0].message.contains(message), "{errors:?}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
