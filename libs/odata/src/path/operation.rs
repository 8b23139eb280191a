//! Functions and actions in paths.

use super::Resource;
use super::group::Group;
use super::walk::{At, Place, Walk};
use crate::error::{Fault, Parsed};
use crate::model::{Model, Operation};
use crate::types::{Item, Ty, is_compatible};

impl Walk<'_> {
    /// A function import: parameters, and a key of what it returns.
    pub(super) fn import(&self, name: &str, overloads: &[u32], groups: &[Group<'_>]) -> Parsed<At> {
        let Some(model) = self.context.model.filter(|_| !overloads.is_empty()) else { return Ok(At::of(Ty::UNKNOWN)) };
        let overloads: Vec<&Operation> = overloads.iter().filter_map(|index| model.operation(*index)).collect();
        self.function(name, &overloads, groups)
    }

    /// An operation by its name behind a value. `None`: there is none that is bound to it.
    pub(super) fn bound(&self, model: &Model, place: Place, name: &str, groups: &[Group<'_>]) -> Option<Parsed<At>> {
        let found = |on: Ty| -> Vec<&Operation> {
            model
                .overloads(name)
                .filter(|known| known.binding.is_some_and(|binding| model.binds(binding, on)))
                .collect()
        };
        let mut overloads = found(place.ty);
        // Behind `$each`, an operation is called on every element.
        if overloads.is_empty() && place.is_each {
            overloads = found(place.ty.element());
        }
        if overloads.is_empty() {
            return None;
        }
        if let Some(action) = overloads.iter().find(|known| !known.is_function) {
            if groups.is_empty() {
                return Some(Ok(At::End(action.returns.map_or(Resource::Nothing, |ty| self.kind_of(ty)))));
            }
            overloads.retain(|known| known.is_function);
            if overloads.is_empty() {
                return Some(Err(Fault::new(name.len(), "the parameters of an action stand in the body")));
            }
        }
        Some(self.function(name, &overloads, groups))
    }

    fn function(&self, name: &str, overloads: &[&Operation], groups: &[Group<'_>]) -> Parsed<At> {
        let (parameters, rest) = match groups.split_first() {
            None => (None, groups),
            Some((Group::Value(_), _)) => {
                return Err(Fault::new(name.len(), format!("the parameters of `{name}` have names")));
            }
            Some((Group::Empty, rest)) => (Some(&[][..]), rest),
            Some((Group::Named(named), rest)) => (Some(named.as_slice()), rest),
        };
        let Some(chosen) = overloads.iter().find(|known| takes(known, parameters)) else {
            return Err(Fault::new(name.len(), format!("the function `{name}` has no overload with these parameters")));
        };
        let returns = chosen.returns.unwrap_or(Ty::UNKNOWN);
        if !rest.is_empty() && !chosen.is_composable {
            return Err(Fault::new(name.len(), NOT_COMPOSABLE));
        }
        if chosen.is_composable {
            return self.keyed(Place::navigation(returns), rest);
        }
        Ok(At::Value(Place { is_result: true, ..Place::of(returns) }))
    }
}

/// Why nothing may follow a function.
pub(super) const NOT_COMPOSABLE: &str = "the function is not composable, so nothing can follow it";

/// Whether an overload can be called with parameters. `None`: they stand in the query.
fn takes(operation: &Operation, parameters: Option<&[(&str, Ty)]>) -> bool {
    let Some(given) = parameters else { return true };
    let is_complete = operation
        .parameters
        .iter()
        .all(|known| known.is_optional || given.iter().any(|(name, _)| **name == *known.name));
    let is_known = |(name, ty): &(&str, Ty)| {
        operation
            .parameters
            .iter()
            .any(|known| *known.name == **name && (ty.item == Item::Null || is_compatible(known.ty, *ty)))
    };
    is_complete && given.iter().all(is_known)
}
