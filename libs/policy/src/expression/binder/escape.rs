//! Whether a reference may leave the function that is bound (C# specification, §9.7.2).

use crate::expression::bound::{BoundExpr, BoundKind, Local, Place};

use super::Binder;

impl Binder<'_> {
    /// Whether a place is a parameter of the function that is bound.
    pub(super) fn is_parameter(&mut self, place: &Place) -> bool {
        let count = self.frame().parameter_count;
        matches!(place, Place::Local(Local(local)) if (*local as usize) < count)
    }

    /// Whether what a reference leads to is there when the function that is bound has returned.
    pub(super) fn outlives(&mut self, reference: &BoundExpr) -> bool {
        match &reference.kind {
            BoundKind::Reference { place, .. } => self.place_outlives(place),
            BoundKind::Local(Local(local)) => {
                let function = self.frame().id;
                self.references.get(&(function.0, *local)).is_some_and(|how| how.may_return)
            }
            BoundKind::CallFunction { arguments, references, .. } => arguments
                .iter()
                .zip(references)
                .all(|(argument, is_reference)| !is_reference || self.outlives(argument)),
            BoundKind::Conditional { then, otherwise, .. } => self.outlives(then) && self.outlives(otherwise),
            BoundKind::Assign { value, .. } => self.outlives(value),
            _ => true,
        }
    }

    fn place_outlives(&mut self, place: &Place) -> bool {
        match place {
            Place::Local(_) | Place::Capture(_) => false,
            Place::TupleItem { tuple, .. } => self.place_outlives(tuple),
            Place::Dereference(reference) => self.outlives(reference),
            _ => true,
        }
    }
}
