//! Keys, in parentheses and in segments.

use super::group::Group;
use super::walk::{At, Place, Walk};
use crate::error::{Fault, Parsed};
use crate::literal::is_key_segment;
use crate::types::{Item, Ty, is_compatible};

impl Walk<'_> {
    /// How many values a key has; 0: not known.
    pub(super) fn key_length(&self, ty: Ty) -> usize {
        self.key_of(ty).map_or(0, <[_]>::len)
    }

    fn key_of(&self, ty: Ty) -> Option<&[(Box<str>, Ty)]> {
        match (ty.item, self.context.model) {
            (Item::Structured(id), Some(model)) => model.key(id),
            _ => None,
        }
    }

    /// A key in parentheses behind a collection of entities.
    pub(super) fn check_key(&self, place: Place, group: &Group<'_>) -> Parsed<()> {
        let ty = place.ty;
        if !ty.is_unknown() && (!ty.many || !self.is_entity(ty)) {
            return Err(Fault::new(0, format!("a value of type {} has no key", self.describe(ty))));
        }
        let key = self.key_of(ty);
        let name = || self.describe(ty.element());
        match (group, key) {
            (Group::Empty, _) => Err(Fault::new(0, "the key is empty")),
            (Group::Value(value), Some([(_, wanted)])) => self.check_value(*wanted, *value),
            (Group::Value(_), Some(key)) if !place.is_navigation => {
                Err(Fault::new(0, format!("the key of {} has {} values", name(), key.len())))
            }
            (Group::Value(_), _) | (_, None) => Ok(()),
            (Group::Named(named), Some(key)) => {
                for (given, value) in named {
                    match key.iter().find(|(known, _)| **known == **given) {
                        Some((_, wanted)) => self.check_value(*wanted, *value)?,
                        None if self.is_alternate_key(ty, given) => return Ok(()),
                        None => return Err(Fault::new(0, format!("`{given}` is not in the key of {}", name()))),
                    }
                }
                if named.len() < key.len() && !place.is_navigation {
                    return Err(Fault::new(0, format!("the key of {} has {} values", name(), key.len())));
                }
                Ok(())
            }
        }
    }

    fn is_alternate_key(&self, ty: Ty, name: &str) -> bool {
        let (Item::Structured(id), Some(model)) = (ty.item, self.context.model) else { return true };
        // Alternate keys have aliases of their own, which only annotations know.
        model.may_have_alternate_keys() && (model.property(id, name).is_some() || model.key(id).is_some())
    }

    fn check_value(&self, wanted: Ty, value: Ty) -> Parsed<()> {
        if value.item != Item::Null && is_compatible(wanted, value) {
            return Ok(());
        }
        let (wanted, value) = (self.describe(wanted), self.describe(value));
        Err(Fault::new(0, format!("a value of type {wanted} is expected in the key, not {value}")))
    }

    /// A segment that is a value of a key.
    pub(super) fn key_segment(&self, place: Place, text: &str) -> Parsed<At> {
        let ty = place.ty;
        let wanted = self.key_of(ty);
        if let Some(wanted) = wanted {
            // Behind a navigation property, values may be left out, so any of them may be meant.
            let fits = match wanted.get(place.key_values) {
                _ if place.is_navigation => wanted.iter().any(|(_, ty)| is_key_segment(text, *ty)),
                Some((_, ty)) => is_key_segment(text, *ty),
                None => false,
            };
            if !fits {
                let name = self.describe(ty.element());
                return Err(Fault::new(0, format!("`{text}` is no member of {name}, nor a value of its key")));
            }
        }
        let given = place.key_values + 1;
        let is_whole = wanted.is_none_or(|wanted| given >= wanted.len());
        Ok(if is_whole { At::of(ty.element()) } else { At::Value(Place { key_values: given, ..place }) })
    }
}
