//! `$expand`: navigation properties, and options of what they lead to.

use super::SystemOption::{Apply, Compute, Count, Expand, Filter, Levels, OrderBy, Search, Select, Skip, Top};
use crate::error::{Fault, Parsed};
use crate::expression::Parser;
use crate::limits;
use crate::types::{Edm, Item, Ty};
use crate::version::Version;

/// What a name in a path of `$expand` is.
enum Step {
    /// A complex property or a type: the path goes on.
    On(Ty),
    /// A navigation property: what can follow is a type.
    Navigation(Ty),
    /// A stream: nothing follows.
    Stream,
}

impl Parser<'_> {
    pub(super) fn expand(&mut self, on: Ty) -> Parsed<()> {
        loop {
            self.expand_item(on.element())?;
            if !self.cursor.comma() {
                return Ok(());
            }
        }
    }

    fn expand_item(&mut self, on: Ty) -> Parsed<()> {
        if self.cursor.eat("$value") {
            return Ok(());
        }
        let mut ty = on;
        for index in 0..limits::SEGMENTS_MAX {
            if self.cursor.eat("*") {
                return self.expand_all();
            }
            match self.expand_step(ty, index == 0)? {
                Step::Stream => return Ok(()),
                Step::Navigation(found) => {
                    let goes_on = self.expand_navigation(found)?;
                    let Some(next) = goes_on else { return Ok(()) };
                    ty = next;
                }
                Step::On(next) => {
                    ty = next;
                    if !self.cursor.eat("/") {
                        return Err(self.cursor.expected("`/` and a navigation property"));
                    }
                }
            }
        }
        Err(self.fault(format!("a path with more than {} segments", limits::SEGMENTS_MAX)))
    }

    /// Behind `*`: references, or how many levels.
    fn expand_all(&mut self) -> Parsed<()> {
        if self.cursor.eat("/$ref") {
            return Ok(());
        }
        if self.cursor.eat("(") {
            return self.nested_options(&[Levels], false, Ty::UNKNOWN);
        }
        Ok(())
    }

    fn expand_step(&mut self, ty: Ty, is_first: bool) -> Parsed<Step> {
        let start = self.cursor.position();
        if self.cursor.peek() == Some('@') {
            self.annotation()?;
            return Ok(Step::Navigation(Ty::UNKNOWN));
        }
        let Some(name) = self.cursor.qualified()? else { return Err(self.cursor.expected("a navigation property")) };
        let variable = self.scope.names.iter().rev().find(|(known, _)| **known == *name).map(|(_, ty)| *ty);
        if let Some(found) = variable.filter(|_| is_first) {
            return Ok(Step::Navigation(found));
        }
        let property = match (ty.item, self.context.model) {
            (Item::Structured(id), Some(model)) => model.property(id, name),
            _ => None,
        };
        if let Some(property) = property {
            return match property.ty.item {
                _ if property.is_navigation => Ok(Step::Navigation(property.ty)),
                Item::Primitive(Edm::Stream) => Ok(Step::Stream),
                Item::Structured(_) | Item::Unknown => Ok(Step::On(property.ty.element())),
                _ => Err(Fault::new(start, format!("`{name}` is no navigation property"))),
            };
        }
        if name.contains('.') || self.member_of(ty, name).is_none() {
            return match self.cast_of(ty, name) {
                Some(cast) => Ok(Step::On(cast)),
                None => {
                    let message = format!("the type {} has no navigation property `{name}`", self.describe(ty));
                    Err(Fault::new(start, message))
                }
            };
        }
        Ok(Step::Navigation(Ty::UNKNOWN))
    }

    /// What follows a navigation property: a type, `$ref`, `$count`, options. Some: the path goes on behind the slash.
    fn expand_navigation(&mut self, found: Ty) -> Parsed<Option<Ty>> {
        let mut ty = found;
        loop {
            if self.cursor.eat("/$ref") {
                let allowed = [Filter, Search, OrderBy, Skip, Top, Count];
                return self.expand_options(&allowed, false, ty).map(|()| None);
            }
            if self.cursor.eat("/$count") {
                return self.expand_options(&[Filter, Search], false, ty).map(|()| None);
            }
            let mut ahead = self.cursor;
            if !ahead.eat("/") {
                let allowed = [Filter, Search, OrderBy, Skip, Top, Count, Select, Expand, Compute, Levels, Apply];
                return self.expand_options(&allowed, true, ty).map(|()| None);
            }
            // Up to version 3, and where nothing is known, another property may follow.
            let behind_slash = ahead;
            let start = ahead.position();
            let name = ahead.qualified()?;
            let is_path = ty.is_unknown() && !name.is_some_and(|name| name.contains('.'));
            if self.context.version == Version::Legacy || is_path {
                self.cursor = behind_slash;
                return Ok(Some(ty.element()));
            }
            let Some(name) = name else { return Err(ahead.expected("a type")) };
            let Some(cast) = self.cast_of(ty, name) else {
                let message =
                    format!("`{name}` is no type of {}: expand it in parentheses", self.describe(ty.element()));
                return Err(Fault::new(start, message));
            };
            ty = cast;
            self.cursor = ahead;
        }
    }

    fn expand_options(&mut self, allowed: &[super::SystemOption], with_aliases: bool, ty: Ty) -> Parsed<()> {
        if !self.cursor.eat("(") {
            return Ok(());
        }
        let scope = self.scope.within(ty);
        self.scoped(scope, |parser| parser.nested_options(allowed, with_aliases, ty))
    }
}
