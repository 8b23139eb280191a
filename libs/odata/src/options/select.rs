//! `$select`: properties, operations, and options of collections.

use super::SystemOption::{Compute, Count, Filter, OrderBy, Search, Select, Skip, Top};
use crate::error::{Fault, Parsed};
use crate::expression::Parser;
use crate::limits;
use crate::types::{Item, Ty};
use crate::version::Version;

impl Parser<'_> {
    pub(super) fn select(&mut self, on: Ty) -> Parsed<()> {
        loop {
            self.select_item(on.element())?;
            if !self.cursor.comma() {
                return Ok(());
            }
        }
    }

    fn select_item(&mut self, on: Ty) -> Parsed<()> {
        if self.cursor.eat("*") {
            return Ok(());
        }
        let mut ty = on;
        for index in 0..limits::SEGMENTS_MAX {
            let Some((next, is_last)) = self.select_segment(ty, index == 0)? else { return Ok(()) };
            ty = next;
            if self.cursor.eat("(") {
                return self.select_options(ty);
            }
            if !self.cursor.eat("/") {
                return Ok(());
            }
            if is_last {
                return Err(self.cursor.expected("the next property"));
            }
            // Behind a path, `*` is for versions before 4 and for complex properties.
            if self.cursor.eat("*") {
                return Ok(());
            }
        }
        Err(self.fault(format!("a path with more than {} segments", limits::SEGMENTS_MAX)))
    }

    /// One name, with the type of what it stands for and whether nothing may follow it. `None`: the item is complete.
    fn select_segment(&mut self, ty: Ty, is_first: bool) -> Parsed<Option<(Ty, bool)>> {
        let start = self.cursor.position();
        if self.cursor.peek() == Some('@') {
            self.annotation()?;
            return Ok(Some((Ty::UNKNOWN, false)));
        }
        let Some(name) = self.cursor.qualified()? else { return Err(self.cursor.expected("a name")) };
        // All operations of a schema.
        if self.cursor.eat(".*") {
            return Ok(None);
        }
        if !name.contains('.') {
            let found = if is_first { self.named(name) } else { self.member_of(ty, name) };
            if let Some(found) = found {
                return Ok(Some((found, self.ends_path(found))));
            }
        }
        if let Some(cast) = self.cast_of(ty, name) {
            // A name with dots may be an operation where nothing is known.
            if cast.is_unknown() && self.cursor.peek() == Some('(') {
                return self.parameter_names().map(|()| None);
            }
            return Ok(Some((cast, false)));
        }
        let is_operation = self.context.model.is_none_or(|model| {
            model.is_elsewhere(name)
                || model.overloads(name).any(|found| {
                    found.binding.is_some_and(|binding| {
                        model.binds(binding, ty) || model.binds(Ty { many: false, ..binding }, ty)
                    })
                })
        });
        if is_operation {
            if self.cursor.peek() == Some('(') {
                self.parameter_names()?;
            }
            return Ok(None);
        }
        Err(Fault::new(start, format!("the type {} has no property `{name}`", self.describe(ty))))
    }

    /// Behind primitive values, and from version 4 on behind navigation properties, nothing follows.
    fn ends_path(&self, ty: Ty) -> bool {
        match (ty.item, self.context.model) {
            (Item::Unknown, _) | (_, None) => false,
            (Item::Structured(id), Some(model)) => model.is_entity(id) && self.context.version != Version::Legacy,
            _ => true,
        }
    }

    /// `(Name,Name)`: which overload of a function.
    fn parameter_names(&mut self) -> Parsed<()> {
        self.cursor.expect("(")?;
        loop {
            if self.cursor.identifier()?.is_none() {
                return Err(self.cursor.expected("the name of a parameter"));
            }
            if !self.cursor.comma() {
                return self.cursor.close();
            }
        }
    }

    fn select_options(&mut self, ty: Ty) -> Parsed<()> {
        let is_single = |ty: Ty| !ty.many && matches!(ty.item, Item::Primitive(_) | Item::Enum(_));
        if is_single(ty) {
            return Err(self.fault("a single value has no options"));
        }
        let scope = self.scope.within(ty);
        let is_primitive = ty.many && matches!(ty.item, Item::Primitive(_) | Item::Enum(_));
        self.scoped(scope, |parser| {
            if is_primitive {
                return parser.nested_options(&[Filter, Search, Count, OrderBy, Skip, Top], false, ty);
            }
            parser.nested_options(&[Filter, Search, Count, OrderBy, Skip, Top, Compute, Select], true, ty)
        })
    }
}
