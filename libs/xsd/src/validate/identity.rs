//! Identity constraints while a document is walked through.
//!
//! An element with constraints opens a scope for each. Elements that a selector finds are rows; what fields find in a row makes its key.

use std::collections::HashSet;

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use super::message::qualified;
use crate::budget::Budget;
use crate::component::{ConstraintId, ConstraintKind, Schemas};
use crate::document::Place;
use crate::limits;
use crate::simple::shortened;

/// A path of the subset that constraints use.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// It begins with `.//`.
    pub(crate) anywhere: bool,
    pub(crate) steps: Vec<Test>,
    /// Of a field: the attribute in the end.
    pub(crate) attribute: Option<Test>,
}

#[derive(Debug, Clone)]
pub(crate) enum Test {
    Any,
    Namespace(Text),
    Name(XName),
}

impl Test {
    fn takes(&self, name: &XName) -> bool {
        match self {
            Test::Any => true,
            Test::Namespace(namespace) => name.namespace() == namespace,
            Test::Name(own) => own == name,
        }
    }
}

impl Path {
    /// Whether it leads along these names.
    fn leads(&self, names: &[XName]) -> bool {
        let Some(skipped) = names.len().checked_sub(self.steps.len()) else { return false };
        (skipped == 0 || self.anywhere)
            && self.steps.iter().zip(names.iter().skip(skipped)).all(|(test, name)| test.takes(name))
    }
}

/// What a field found: the key, and how it was written.
type Field = Option<(String, String)>;

struct Row {
    /// Elements that were open around it.
    depth: usize,
    place: Place,
    fields: Vec<Field>,
}

struct Scope {
    id: ConstraintId,
    depth: usize,
    rows: Vec<Row>,
    keys: HashSet<String>,
    /// Of a `keyref`: the scope of what it refers to.
    refer: Option<usize>,
    /// Of what others refer to: what must be there in the end.
    wanted: Vec<(String, String, Place)>,
}

/// Where the value of the current element goes.
struct Capture {
    scope: usize,
    row: usize,
    field: usize,
    depth: usize,
}

/// Of a key that is looked up.
const STEPS_PER_KEY: u64 = 10;

/// What is found wrong, with its place.
type Found = Vec<(Place, String)>;

#[derive(Default)]
pub(super) struct Identities {
    names: Vec<XName>,
    scopes: Vec<Scope>,
    captures: Vec<Capture>,
    /// Whether the document has any: most have not.
    is_used: bool,
}

impl Identities {
    /// Whether anybody asks for values.
    pub(super) fn are_used(&self) -> bool {
        self.is_used
    }

    pub(super) fn enter(&mut self, name: &XName) {
        self.names.push(name.clone());
    }

    /// Opens the scopes of the element that was entered. As in .NET a `keyref` refers to a key of the same element or of one around it.
    pub(super) fn open(&mut self, schemas: &Schemas, constraints: &[ConstraintId], place: Place, found: &mut Found) {
        let first = self.scopes.len();
        let depth = self.names.len();
        for id in constraints {
            self.is_used = true;
            let (rows, keys, wanted) = (Vec::new(), HashSet::new(), Vec::new());
            self.scopes.push(Scope { id: *id, depth, rows, keys, refer: None, wanted });
        }
        for index in first..self.scopes.len() {
            let id = self.scopes.get(index).map_or(0, |scope| scope.id.0 as usize);
            let Some(constraint) = schemas.constraints.get(id) else { continue };
            if !matches!(constraint.kind, ConstraintKind::KeyRef(_)) {
                continue;
            }
            let refer = self.scopes.iter().rposition(|scope| Some(scope.id) == constraint.refer);
            if refer.is_none() {
                let name = self.names.last().map(qualified).unwrap_or_default();
                found.push((place, format!("The Keyref '{name}' cannot find the referred key or unique in scope.")));
            }
            if let Some(scope) = self.scopes.get_mut(index) {
                scope.refer = refer;
            }
        }
    }

    /// Makes rows and captures of the element that was entered.
    pub(super) fn select(&mut self, schemas: &Schemas, place: Place, budget: &Budget) {
        if !self.is_used {
            return;
        }
        let depth = self.names.len();
        for (index, scope) in self.scopes.iter_mut().enumerate() {
            budget.take(1 + scope.rows.len() as u64);
            let Some(constraint) = schemas.constraints.get(scope.id.0 as usize) else { continue };
            let inside = self.names.get(scope.depth..).unwrap_or_default();
            if constraint.selector.iter().any(|path| path.leads(inside)) {
                scope.rows.push(Row { depth, place, fields: vec![None; constraint.fields.len()] });
            }
            for (row, open) in scope.rows.iter().enumerate() {
                let inside = self.names.get(open.depth..).unwrap_or_default();
                for (field, (_, paths)) in constraint.fields.iter().enumerate() {
                    if paths.iter().any(|path| path.attribute.is_none() && path.leads(inside)) {
                        self.captures.push(Capture { scope: index, row, field, depth });
                    }
                }
            }
        }
    }

    /// An attribute of the element that was entered.
    pub(super) fn attribute(
        &mut self,
        schemas: &Schemas,
        name: &XName,
        (key, shown): (&str, &str),
        place: Place,
        budget: &Budget,
        found: &mut Found,
    ) {
        if !self.is_used {
            return;
        }
        for scope in &mut self.scopes {
            budget.take(1 + scope.rows.len() as u64);
            let Some(constraint) = schemas.constraints.get(scope.id.0 as usize) else { continue };
            for row in &mut scope.rows {
                let inside = self.names.get(row.depth..).unwrap_or_default();
                for (field, (text, paths)) in row.fields.iter_mut().zip(&constraint.fields) {
                    let is_it = |path: &Path| {
                        path.attribute.as_ref().is_some_and(|attribute| attribute.takes(name)) && path.leads(inside)
                    };
                    if paths.iter().any(is_it) {
                        fill(field, key, shown, text, place, found);
                    }
                }
            }
        }
    }

    /// The element ends, with its value if it has one.
    pub(super) fn leave(&mut self, schemas: &Schemas, value: &Field, place: Place, budget: &Budget, found: &mut Found) {
        let depth = self.names.len();
        self.names.pop();
        if !self.is_used {
            return;
        }
        while self.captures.last().is_some_and(|capture| capture.depth == depth) {
            let Some(capture) = self.captures.pop() else { break };
            let Some(scope) = self.scopes.get_mut(capture.scope) else { continue };
            let Some(constraint) = schemas.constraints.get(scope.id.0 as usize) else { continue };
            let text = constraint.fields.get(capture.field).map_or("", |(text, _)| text.as_str());
            if let Some(field) = scope.rows.get_mut(capture.row).and_then(|row| row.fields.get_mut(capture.field))
                && let Some((key, shown)) = value
            {
                fill(field, key, shown, text, place, found);
            }
        }
        for index in (0..self.scopes.len()).rev() {
            budget.take(1);
            let Some(scope) = self.scopes.get_mut(index) else { break };
            let (refer, mut wanted) = (scope.refer, Vec::new());
            while scope.rows.last().is_some_and(|row| row.depth == depth) {
                let Some(row) = scope.rows.pop() else { break };
                wanted.extend(scope.finish(schemas, row, found));
            }
            if let Some(key) = refer.and_then(|refer| self.scopes.get_mut(refer)) {
                key.wanted.extend(wanted);
            }
        }
        self.close(schemas, depth, budget, found);
    }

    /// Closes the scopes of an element: what was referred to must be there.
    fn close(&mut self, schemas: &Schemas, depth: usize, budget: &Budget, found: &mut Found) {
        let first = self.scopes.iter().rposition(|scope| scope.depth != depth).map_or(0, |last| last + 1);
        for scope in self.scopes.drain(first..) {
            budget.take(scope.wanted.len() as u64 * STEPS_PER_KEY);
            let name = schemas.constraints.get(scope.id.0 as usize).map(|key| qualified(&key.name));
            let name = name.unwrap_or_default();
            for (key, shown, place) in scope.wanted {
                if !scope.keys.contains(&key) && found.len() < limits::VIOLATIONS_MAX {
                    let shown = shortened(&shown);
                    let message = format!("The key sequence '{shown}' in '{name}' Keyref fails to refer to some key.");
                    found.push((place, message));
                }
            }
        }
    }
}

fn fill(field: &mut Field, key: &str, shown: &str, text: &str, place: Place, found: &mut Found) {
    if field.is_some() {
        let text = text.rsplit([':', '/', '@']).next().unwrap_or_default();
        found.push((place, format!("The field '{text}' is expecting at the most one value.")));
        return;
    }
    *field = Some((key.to_owned(), shown.to_owned()));
}

impl Scope {
    /// Ends a row; of a `keyref` gives what it refers to.
    fn finish(&mut self, schemas: &Schemas, row: Row, found: &mut Found) -> Option<(String, String, Place)> {
        let constraint = schemas.constraints.get(self.id.0 as usize)?;
        let name = qualified(&constraint.name);
        let is_key = constraint.kind == ConstraintKind::Key;
        let count = row.fields.len();
        let fields: Vec<(String, String)> = row.fields.into_iter().flatten().collect();
        if fields.len() < count {
            if is_key {
                let message = format!(
                    "The identity constraint '{name}' validation has failed. Either a key is missing or the existing key has an empty node."
                );
                found.push((row.place, message));
            }
            return None;
        }
        let key = fields.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>().join("\u{1}");
        let shown = fields.iter().map(|(_, shown)| shown.as_str()).collect::<Vec<_>>().join(" ");
        if matches!(constraint.kind, ConstraintKind::KeyRef(_)) {
            return Some((key, shown, row.place));
        }
        if !self.keys.insert(key) {
            let shown = shortened(&shown);
            found.push((
                row.place,
                format!(
                    "There is a duplicate key sequence '{shown}' for the '{name}' key or unique identity constraint."
                ),
            ));
        }
        None
    }
}
