//! What the agent knows from one source, and which resources an update touched.

use std::collections::{BTreeMap, BTreeSet};

use postern_bundle::Diagnostic;
use postern_model::{Inventory, InventoryError, ResourceId};

use super::{Change, Failure, Problem, Snapshot, Update};

/// The resources an update touched: what the compiler looks at again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dirty {
    /// Anything may have changed.
    pub all: bool,
    /// These changed, came or went.
    pub ids: BTreeSet<ResourceId>,
}

impl Dirty {
    /// Look at everything.
    pub fn everything() -> Dirty {
        Dirty { all: true, ids: BTreeSet::new() }
    }

    /// Whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        !self.all && self.ids.is_empty()
    }

    /// Adds what `other` touched.
    pub fn extend(&mut self, other: Dirty) {
        self.all |= other.all;
        self.ids.extend(other.ids);
    }
}

/// The last good state of one source.
#[derive(Debug, Default)]
pub struct SourceState {
    /// The resources; `None` until the source was read once.
    pub inventory: Option<Inventory>,
    /// What could not be read, by id.
    problems: BTreeMap<String, Problem>,
    /// Gateway resource the configuration is for.
    pub gateway: Option<String>,
    /// Where the source stands.
    pub continuation: Option<String>,
    /// Why it cannot be read at the moment.
    pub failure: Option<Failure>,
}

impl SourceState {
    /// Takes an update in; says what it touched.
    pub fn apply(&mut self, update: Update) -> Dirty {
        match update {
            Update::Failed(failure) => {
                self.failure = Some(failure);
                Dirty::default()
            }
            Update::Snapshot(snapshot) => {
                self.failure = None;
                self.replace(*snapshot)
            }
            Update::Changes { changes, continuation } => {
                self.failure = None;
                self.continuation = Some(continuation);
                let mut dirty = Dirty::default();
                for change in changes {
                    dirty.ids.extend(self.change(change));
                }
                dirty
            }
        }
    }

    /// What could not be read.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.values()
    }

    /// Whether the source has answered at least once, well or badly.
    pub fn has_answered(&self) -> bool {
        self.inventory.is_some() || self.failure.is_some()
    }

    fn replace(&mut self, snapshot: Snapshot) -> Dirty {
        let problems = snapshot.problems.into_iter().enumerate().map(|(index, problem)| match &problem.id {
            Some(id) => (id.to_string(), problem),
            // Problems without an id are all kept; the number only makes the key unique.
            None => (format!("#{index:06}"), problem),
        });
        let problems: BTreeMap<String, Problem> = problems.collect();
        let unchanged = self.inventory.as_ref() == Some(&snapshot.inventory)
            && self.problems == problems
            && self.gateway == snapshot.gateway;
        self.inventory = Some(snapshot.inventory);
        self.problems = problems;
        self.gateway = snapshot.gateway;
        self.continuation = snapshot.continuation;
        if unchanged { Dirty::default() } else { Dirty::everything() }
    }

    /// One line of a feed. A resource of the wrong shape leaves the one before it in place and becomes a problem.
    fn change(&mut self, change: Change) -> Option<ResourceId> {
        let inventory = self.inventory.get_or_insert_default();
        match change {
            Change::Put { id, properties } => {
                let key = ResourceId::parse(&id)?;
                let problem_key = key.to_string();
                match inventory.put_key(key.clone(), properties, id.as_str().into()) {
                    Ok(()) => drop(self.problems.remove(&problem_key)),
                    Err(error) => drop(self.problems.insert(problem_key, shape_problem(Some(key.clone()), &error))),
                }
                Some(key)
            }
            Change::Delete { id } => {
                let key = ResourceId::parse(&id)?;
                inventory.remove(&id);
                let gone = key.to_string();
                let below = format!("{gone}/");
                self.problems.retain(|id, _| *id != gone && !id.starts_with(&below));
                Some(key)
            }
        }
    }
}

/// The problem of a resource whose properties do not have the shape of its kind.
pub(super) fn shape_problem(id: Option<ResourceId>, error: &InventoryError) -> Problem {
    let InventoryError::Shape { id: scope, reason, origin } = error;
    let mut diagnostic = Diagnostic::error("resource-malformed", scope.clone(), reason.clone());
    if origin.0 != *scope {
        diagnostic.file = Some(origin.0.clone());
    }
    Problem { id, diagnostic }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put(id: &str, properties: serde_json::Value) -> Change {
        Change::Put { id: id.to_owned(), properties }
    }

    fn changes(changes: Vec<Change>) -> Update {
        Update::Changes { changes, continuation: "c".to_owned() }
    }

    #[test]
    fn changes_touch_the_resources_they_name_and_unknown_kinds_touch_nothing() {
        let mut state = SourceState::default();
        let dirty = state.apply(changes(vec![
            put("/apis/echo", json!({ "path": "echo" })),
            put("/tags/a", json!({})),
            Change::Delete { id: "/products/p".to_owned() },
        ]));
        let ids: Vec<String> = dirty.ids.iter().map(ToString::to_string).collect();
        assert_eq!(ids, ["/apis/echo", "/products/p"]);
        assert_eq!(state.continuation.as_deref(), Some("c"));
    }

    #[test]
    fn a_malformed_resource_keeps_the_one_before_and_is_a_problem_until_it_is_put_right() {
        let mut state = SourceState::default();
        state.apply(changes(vec![put("/apis/echo", json!({ "path": "echo" }))]));
        state.apply(changes(vec![put("/apis/Echo", json!({ "path": 7 }))]));
        assert_eq!(state.problems().count(), 1);
        assert_eq!(state.inventory.as_ref().unwrap().apis.values().next().unwrap().properties.path(), "echo");
        state.apply(changes(vec![put("/apis/Echo", json!({ "path": "new" }))]));
        assert_eq!(state.problems().count(), 0);
    }

    #[test]
    fn deleting_a_resource_forgets_its_problems_and_those_below_it() {
        let mut state = SourceState::default();
        state.apply(changes(vec![
            put("/apis/a", json!(1)),
            put("/apis/a/operations/b", json!(1)),
            put("/apis/ab", json!(1)),
        ]));
        state.apply(changes(vec![Change::Delete { id: "/apis/a".to_owned() }]));
        let left: Vec<&str> = state.problems().map(|problem| problem.diagnostic.scope.as_str()).collect();
        assert_eq!(left, ["/apis/ab"]);
    }

    #[test]
    fn an_equal_snapshot_touches_nothing_and_a_failure_keeps_what_is_known() {
        let mut state = SourceState::default();
        assert!(state.apply(Update::Snapshot(Box::default())).all);
        assert!(state.apply(Update::Snapshot(Box::default())).is_empty());
        let failure = Failure { kind: super::super::FailureKind::Unreachable, message: "no".to_owned() };
        assert!(state.apply(Update::Failed(failure)).is_empty());
        assert!(state.inventory.is_some() && state.failure.is_some());
    }
}
