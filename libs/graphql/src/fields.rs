//! Keeping a document whole after fields were taken out: what selects nothing, is never used or passes a variable nobody reads goes too, since
//! a server refuses it.

use std::collections::{HashMap, HashSet};

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Definition, DirectiveList, Document, Selection, Value};

/// Removes fragments in `empty` and whatever becomes empty by that, then fragments and variables nobody uses. `false`: some operation has
/// nothing left to select.
pub(crate) fn remove_unused(document: &mut Document, mut empty: HashSet<Name>) -> bool {
    // Each round empties at least one more fragment, or is the last.
    loop {
        let before = empty.len();
        for definition in &mut document.definitions {
            match definition {
                Definition::OperationDefinition(operation) => prune(&mut operation.make_mut().selection_set, &empty),
                Definition::FragmentDefinition(fragment) => {
                    let fragment = fragment.make_mut();
                    prune(&mut fragment.selection_set, &empty);
                    if fragment.selection_set.is_empty() {
                        empty.insert(fragment.name.clone());
                    }
                }
                _ => {}
            }
        }
        if empty.len() == before {
            break;
        }
    }
    let selects = |definition: &Definition| match definition {
        Definition::OperationDefinition(operation) => !operation.selection_set.is_empty(),
        _ => true,
    };
    if !document.definitions.iter().all(selects) {
        return false;
    }
    let uses: HashMap<Name, Uses> = document
        .definitions
        .iter()
        .filter_map(Definition::as_fragment_definition)
        .map(|fragment| (fragment.name.clone(), Uses::of(&fragment.directives, &fragment.selection_set)))
        .collect();
    let mut used = HashSet::new();
    for definition in &mut document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            let operation = operation.make_mut();
            let (fragments, variables) = Uses::of(&operation.directives, &operation.selection_set).all(&uses);
            operation.variables.retain(|variable| variables.contains(&variable.name));
            used.extend(fragments);
        }
    }
    document.definitions.retain(|definition| match definition {
        Definition::FragmentDefinition(fragment) => used.contains(&fragment.name),
        _ => true,
    });
    true
}

/// Recursion is bounded by the parser's limit on nesting.
fn prune(selections: &mut Vec<Selection>, empty: &HashSet<Name>) {
    selections.retain_mut(|selection| match selection {
        Selection::Field(field) => {
            if field.selection_set.is_empty() {
                return true;
            }
            let field = field.make_mut();
            prune(&mut field.selection_set, empty);
            !field.selection_set.is_empty()
        }
        Selection::InlineFragment(inline) => {
            let inline = inline.make_mut();
            prune(&mut inline.selection_set, empty);
            !inline.selection_set.is_empty()
        }
        Selection::FragmentSpread(spread) => !empty.contains(&spread.fragment_name),
    });
}

/// What a selection set names.
#[derive(Default)]
struct Uses {
    fragments: HashSet<Name>,
    variables: HashSet<Name>,
}

impl Uses {
    fn of(directives: &DirectiveList, selections: &[Selection]) -> Uses {
        let mut uses = Uses::default();
        uses.directives(directives);
        uses.selections(selections);
        uses
    }

    fn selections(&mut self, selections: &[Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.arguments(&field.arguments);
                    self.directives(&field.directives);
                    self.selections(&field.selection_set);
                }
                Selection::InlineFragment(inline) => {
                    self.directives(&inline.directives);
                    self.selections(&inline.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.directives);
                    self.fragments.insert(spread.fragment_name.clone());
                }
            }
        }
    }

    fn directives(&mut self, directives: &DirectiveList) {
        directives.iter().for_each(|directive| self.arguments(&directive.arguments));
    }

    fn arguments(&mut self, arguments: &[Node<Argument>]) {
        arguments.iter().for_each(|argument| self.value(&argument.value));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => {
                self.variables.insert(name.clone());
            }
            Value::List(values) => values.iter().for_each(|value| self.value(value)),
            Value::Object(members) => members.iter().for_each(|(_, value)| self.value(value)),
            _ => {}
        }
    }

    /// With what the fragments use in turn; each is looked at once.
    fn all(self, known: &HashMap<Name, Uses>) -> (HashSet<Name>, HashSet<Name>) {
        let (mut fragments, mut variables) = (HashSet::new(), self.variables);
        let mut open: Vec<Name> = self.fragments.into_iter().collect();
        while let Some(name) = open.pop() {
            if let Some(uses) = known.get(&name) {
                variables.extend(uses.variables.iter().cloned());
                open.extend(uses.fragments.iter().filter(|name| !fragments.contains(*name)).cloned());
            }
            fragments.insert(name);
        }
        (fragments, variables)
    }
}
