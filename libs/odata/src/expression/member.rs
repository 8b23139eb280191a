//! How paths of members begin.

use super::Parser;
use crate::error::{Fault, Parsed};
use crate::model::Member;
use crate::types::{Item, Ty};

impl Parser<'_> {
    /// A name: a function, a variable, a property, or a type whose members follow.
    pub(crate) fn first_member(&mut self) -> Parsed<Ty> {
        let start = self.cursor.position();
        let Some(name) = self.cursor.qualified()? else { return Err(self.cursor.expected("an expression")) };
        if self.cursor.peek() == Some('(') && !self.is_keyed(name) {
            if let Some(ty) = self.canonical(name, start)? {
                return Ok(ty);
            }
            if matches!(name, "any" | "all") {
                return Err(Fault::new(start, format!("`{name}` stands behind a collection and a slash")));
            }
            let ty = self.call(name, None, start)?;
            return self.tail(ty);
        }
        if !name.contains('.')
            && let Some(ty) = self.named(name)
        {
            return self.tail(ty);
        }
        if self.is_custom_aggregate(name) {
            return Ok(Ty::UNKNOWN);
        }
        if self.cursor.peek() == Some('/')
            && let Some(ty) = self.cast_of(self.scope.this, name)
        {
            return self.tail(ty);
        }
        Err(self.unknown(self.scope.this, name, start))
    }

    /// Whether a name that is no property can be aggregated here.
    pub(super) fn is_custom_aggregate(&self, name: &str) -> bool {
        self.scope.is_aggregating && self.context.model.is_some_and(|model| model.is_custom_aggregate(name))
    }

    pub(super) fn unknown(&self, ty: Ty, name: &str, position: usize) -> Fault {
        let message = match ty.item {
            Item::Structured(_) => format!("the type {} has no property `{name}`", self.describe(ty.element())),
            Item::Bare => format!("`{name}` is not known here"),
            _ => format!("a value of type {} has no property `{name}`", self.describe(ty)),
        };
        Fault::new(position, message)
    }

    /// Whether a name with a parenthesis is a collection with a key behind it.
    fn is_keyed(&self, name: &str) -> bool {
        let declared = match (self.scope.this.item, self.context.model) {
            (Item::Structured(id), Some(model)) => model.property(id, name),
            _ => None,
        };
        declared.is_some_and(|property| property.is_navigation && property.ty.many)
    }

    /// Behind `$root`: a member of the container.
    pub(super) fn root(&mut self) -> Parsed<Ty> {
        self.cursor.expect("/")?;
        let start = self.cursor.position();
        let Some(name) = self.cursor.qualified()? else { return Err(self.cursor.expected("a name")) };
        let member = self.context.model.map(|model| (model, model.member(name)));
        let ty = match member {
            None => {
                // A key or parameters: both are lists of literals or names with values.
                if self.cursor.peek() == Some('(') {
                    self.key()?;
                }
                Ty::UNKNOWN
            }
            Some((_, Some(Member::Set(ty) | Member::Singleton(ty)))) => *ty,
            Some((model, Some(Member::Function(overloads)))) => {
                let returns =
                    overloads.iter().find_map(|index| model.operation(*index)).and_then(|found| found.returns);
                if self.cursor.peek() == Some('(') {
                    self.key()?;
                }
                returns.unwrap_or(Ty::UNKNOWN)
            }
            Some((model, None)) if model.is_container_open() => Ty::UNKNOWN,
            Some(_) => return Err(Fault::new(start, format!("there is no `{name}`"))),
        };
        self.tail(ty)
    }
}
