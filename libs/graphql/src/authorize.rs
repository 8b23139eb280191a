//! Which fields of a query a caller may have: rules by `/Type/field`, applied to every operation and fragment of the document.
//!
//! Where a rule might concern a field but it cannot be told, it does: without a schema the type of a nested field is not known, and a field of
//! an interface is a field of each type that implements it.

use std::collections::HashSet;

use apollo_compiler::ast::{Definition, Field, OperationType, Selection};
use apollo_compiler::parser::SourceMap;

use crate::error::GraphqlError;
use crate::fields::remove_unused;
use crate::limits;
use crate::query::{Query, is_introspection};
use crate::schema::Schema;

/// What a rule says about the fields of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The field may be had.
    Allow,
    /// The field is taken out of the query.
    Remove,
    /// The query is refused.
    Reject,
    /// The rule says nothing.
    Ignore,
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule<'a> {
    /// `/Type/field`, or `/field` of an operation; a `*` at the end stands for anything. `/__*` is the introspection system.
    pub path: &'a str,
    /// What it says.
    pub action: Action,
}

/// What the rules left of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorized {
    /// All of it.
    Whole,
    /// All but these fields.
    Without(Vec<GraphqlError>),
    /// Nothing to run.
    Nothing(Vec<GraphqlError>),
    /// It is refused.
    Rejected(GraphqlError),
}

impl Query {
    /// Applies rules to every field, the first that says something; fields without a rule may be had. What is taken out is gone from the
    /// query afterwards, with fragments and variables that only it used.
    pub fn authorize(&mut self, schema: Option<&Schema>, rules: &[Rule<'_>]) -> Authorized {
        if rules.is_empty() {
            return Authorized::Whole;
        }
        let sources = self.document.sources.clone();
        let mut walk = Walk { schema, rules, sources: &sources, removed: Vec::new(), rejected: None };
        let mut empty = HashSet::new();
        for definition in &mut self.document.definitions {
            match definition {
                Definition::OperationDefinition(operation) => {
                    let parent = walk.root(operation.operation_type);
                    walk.selections(&mut operation.make_mut().selection_set, &parent);
                }
                Definition::FragmentDefinition(fragment) => {
                    let parent = walk.named(fragment.type_condition.as_str());
                    let fragment = fragment.make_mut();
                    walk.selections(&mut fragment.selection_set, &parent);
                    if fragment.selection_set.is_empty() {
                        empty.insert(fragment.name.clone());
                    }
                }
                _ => {}
            }
        }
        let Walk { removed, rejected, .. } = walk;
        if let Some(error) = rejected {
            return Authorized::Rejected(error);
        }
        if removed.is_empty() {
            return Authorized::Whole;
        }
        if remove_unused(&mut self.document, empty) {
            Authorized::Without(removed)
        } else {
            Authorized::Nothing(removed)
        }
    }
}

/// What is known of the type whose fields are selected.
enum Parent {
    /// Its name and those of the types that its values may have.
    Types {
        names: Vec<String>,
        is_root: bool,
    },
    /// Some type of the introspection system.
    Introspection,
    Unknown,
}

struct Walk<'a> {
    schema: Option<&'a Schema>,
    rules: &'a [Rule<'a>],
    sources: &'a SourceMap,
    removed: Vec<GraphqlError>,
    rejected: Option<GraphqlError>,
}

impl Walk<'_> {
    fn root(&self, operation: OperationType) -> Parent {
        let usual = match operation {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let name = self.schema.and_then(|schema| schema.root(operation)).unwrap_or(usual);
        Parent::Types { names: vec![name.to_owned()], is_root: true }
    }

    fn named(&self, name: &str) -> Parent {
        if name.starts_with("__") {
            return Parent::Introspection;
        }
        let kinds = [OperationType::Query, OperationType::Mutation, OperationType::Subscription];
        let is_root = match self.schema {
            Some(schema) => kinds.into_iter().any(|kind| schema.root(kind) == Some(name)),
            None => ["Query", "Mutation", "Subscription"].contains(&name),
        };
        let possible = self.schema.map(|schema| schema.possible_types(name)).unwrap_or_default();
        let names = [name].into_iter().chain(possible).map(str::to_owned).collect();
        Parent::Types { names, is_root }
    }

    /// The type that a field has.
    fn below(&self, parent: &Parent, field: &Field) -> Parent {
        match parent {
            Parent::Introspection => Parent::Introspection,
            _ if is_introspection(field) => Parent::Introspection,
            Parent::Types { names, .. } => {
                let declared = names.first().map_or("", String::as_str);
                let found = self.schema.and_then(|schema| schema.type_of_field(declared, &field.name));
                found.map_or(Parent::Unknown, |name| self.named(name))
            }
            Parent::Unknown => Parent::Unknown,
        }
    }

    /// Recursion is bounded by the parser's limit on nesting.
    fn selections(&mut self, selections: &mut Vec<Selection>, parent: &Parent) {
        selections.retain_mut(|selection| match selection {
            _ if self.rejected.is_some() => true,
            Selection::Field(field) => {
                let path = match parent {
                    Parent::Types { names, .. } => {
                        format!("/{}/{}", names.first().map_or("", String::as_str), field.name)
                    }
                    Parent::Introspection | Parent::Unknown => format!("/{}", field.name),
                };
                match self.decide(parent, field) {
                    Action::Allow | Action::Ignore => {}
                    Action::Reject => {
                        let message = format!("Access to the field \"{path}\" is not allowed.");
                        self.rejected = Some(GraphqlError::at(message, field.location(), self.sources));
                        return true;
                    }
                    Action::Remove => {
                        if self.removed.len() < limits::ERRORS_MAX {
                            let message =
                                format!("The field \"{path}\" is not allowed and was removed from the request.");
                            self.removed.push(GraphqlError::at(message, field.location(), self.sources));
                        }
                        return false;
                    }
                }
                if field.selection_set.is_empty() {
                    return true;
                }
                let below = self.below(parent, field);
                let field = field.make_mut();
                self.selections(&mut field.selection_set, &below);
                !field.selection_set.is_empty()
            }
            Selection::InlineFragment(inline) => {
                let inline = inline.make_mut();
                match inline.type_condition.as_ref().map(|name| self.named(name.as_str())) {
                    Some(condition) => self.selections(&mut inline.selection_set, &condition),
                    None => self.selections(&mut inline.selection_set, parent),
                }
                !inline.selection_set.is_empty()
            }
            // Fragments are looked at where they are defined.
            Selection::FragmentSpread(_) => true,
        });
    }

    fn decide(&self, parent: &Parent, field: &Field) -> Action {
        if field.name == "__typename" {
            return Action::Allow;
        }
        let says = |rule: &&Rule<'_>| rule.action != Action::Ignore && concerns(rule.path, parent, field);
        self.rules.iter().find(says).map_or(Action::Allow, |rule| rule.action)
    }
}

/// Whether a rule's path may mean a field.
fn concerns(path: &str, parent: &Parent, field: &Field) -> bool {
    let path = path.trim().trim_start_matches('/');
    let name = field.name.as_str();
    let (of_type, of_field) =
        path.split_once('/').map_or((None, path), |(of_type, of_field)| (Some(of_type), of_field));
    match parent {
        Parent::Types { names, is_root } => {
            names.iter().any(|of| fits(path, &format!("{of}/{name}"))) || (*is_root && fits(path, name))
        }
        Parent::Introspection => match of_type {
            None => path.ends_with('*') && (path.starts_with("__") || path == "*"),
            Some(of_type) => of_type.starts_with("__") && fits(of_field, name),
        },
        Parent::Unknown => match of_type {
            None => path.ends_with('*') && !path.starts_with("__"),
            Some(of_type) => !of_type.starts_with("__") && fits(of_field, name),
        },
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => pattern == text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Authorized, Rule};
    use crate::query::Query;
    use crate::schema::Schema;

    const SCHEMA: &str = "interface Node { id: ID! name: String } union Any = User | Mission
        type User implements Node { id: ID! name: String email: String friend: User }
        type Mission implements Node { id: ID! name: String }
        type Query { user(id: ID): User missions: [Mission] node: Node any: Any }
        type Mutation { deleteUser(id: ID): Boolean }";

    /// What is left of the query; an error starts with `!`, nothing at all is empty.
    fn left(text: &str, with_schema: bool, rules: &[(&str, Action)]) -> String {
        let schema = Schema::parse(SCHEMA).unwrap();
        let mut query = Query::parse(text, None).unwrap();
        query.check(&schema).unwrap();
        let rules: Vec<Rule<'_>> = rules.iter().map(|(path, action)| Rule { path, action: *action }).collect();
        match query.authorize(with_schema.then_some(&schema), &rules) {
            Authorized::Whole => text.to_owned(),
            Authorized::Without(_) => query.text().split_whitespace().collect::<Vec<_>>().join(" "),
            Authorized::Nothing(_) => String::new(),
            Authorized::Rejected(error) => format!("!{}", error.message),
        }
    }

    #[test]
    fn the_first_rule_that_says_something_decides() {
        use Action::{Allow, Ignore, Reject, Remove};
        let query = "{ user { id email } }";
        let rejected = "!Access to the field \"/User/email\" is not allowed.";
        for (rules, expected) in [
            (&[][..], query),
            (&[("/User/email", Allow)], query),
            (&[("/User/email", Remove)], "{ user { id } }"),
            (&[("/User/email", Reject)], rejected),
            (&[("/User/email", Ignore), ("/User/email", Remove)], "{ user { id } }"),
            (&[("/User/email", Allow), ("/User/email", Reject)], query),
            (&[("/User/*", Remove)], ""),
            (&[("/Query/user", Remove)], ""),
            (&[("/user", Remove)], ""),
            (&[("/User", Remove)], query),
            (&[("/user/email", Reject)], query),
            (&[("/Mission/email", Reject)], query),
            (&[("/__*", Reject)], query),
            (&[("/User/id", Remove), ("/User/email", Reject)], rejected),
        ] {
            assert_eq!(left(query, true, rules), expected, "{rules:?}");
        }
    }

    #[test]
    fn no_way_around_a_rule_leads_through_fragments_aliases_interfaces_or_introspection() {
        use Action::{Reject, Remove};
        for (query, path, expected) in [
            ("{ user { x: email id } }", "/User/email", "{ user { id } }"),
            ("{ user { ... { email } id } }", "/User/email", "{ user { id } }"),
            ("{ user { ...F id } } fragment F on User { email }", "/User/email", "{ user { id } }"),
            ("{ user { ...F } } fragment F on User { ...G } fragment G on User { email }", "/User/email", ""),
            ("{ node { ... on User { email } id } }", "/User/email", "{ node { id } }"),
            ("{ node { name id } }", "/User/name", "{ node { id } }"),
            ("{ node { ...F id } } fragment F on Node { name }", "/User/name", "{ node { id } }"),
            ("{ any { ... on Node { name } __typename } }", "/User/name", "{ any { __typename } }"),
            ("{ user { friend { friend { email } id } } }", "/User/email", "{ user { friend { id } } }"),
            (
                "query Q($a: ID, $b: Boolean!) { user(id: $a) { id } x: missions @skip(if: $b) { ...F } } fragment F on Mission { id }",
                "/Query/missions",
                "query Q($a: ID) { user(id: $a) { id } }",
            ),
            ("{ user { id } __schema { types { name } } }", "/__*", "{ user { id } }"),
            ("{ user { id __typename } __typename }", "/__*", "{ user { id __typename } __typename }"),
            ("{ ...F user { id } } fragment F on Query { __type(name: \"User\") { name } }", "/__*", "{ user { id } }"),
        ] {
            assert_eq!(left(query, true, &[(path, Remove)]), expected, "{query}");
        }
        let introspection = "{ __schema { types { ...T } } } fragment T on __Type { name }";
        assert!(left(introspection, true, &[("/__*", Reject)]).starts_with('!'));
        assert!(left(introspection, false, &[("/__*", Reject)]).starts_with('!'));
        let mutation = "mutation { deleteUser(id: 1) }";
        assert!(left(mutation, true, &[("/Mutation/deleteUser", Reject)]).starts_with('!'));
        assert!(left(mutation, false, &[("/Mutation/*", Reject)]).starts_with('!'));
        assert_eq!(left(mutation, false, &[("/Query/*", Reject)]), mutation);
    }

    #[test]
    fn without_a_schema_a_nested_field_may_be_of_any_type() {
        use Action::Remove;
        for (query, path, expected) in [
            ("{ user { email id } }", "/User/email", "{ user { id } }"),
            ("{ user { email id } }", "/Mission/email", "{ user { id } }"),
            ("{ user { email id } }", "/User/*", ""),
            ("{ node { ... on User { email } id } }", "/Mission/email", "{ node { ... on User { email } id } }"),
            ("{ user { id } }", "/__*", "{ user { id } }"),
            ("{ user { id } __schema { types { name } } }", "/__Type/name", "{ user { id } }"),
        ] {
            assert_eq!(left(query, false, &[(path, Remove)]), expected, "{query} {path}");
        }
    }
}
