//! How paths of members go on: `/Property`, `/Namespace.Type`, `/any(…)`, `(key)`.

use super::{Parser, Scope};
use crate::error::{Fault, Parsed};
use crate::limits;
use crate::types::{Item, Ty, is_compatible};

impl Parser<'_> {
    /// Everything behind a value that belongs to it.
    pub(super) fn tail(&mut self, first: Ty) -> Parsed<Ty> {
        let mut ty = first;
        for _ in 0..limits::SEGMENTS_MAX {
            let is_entities = match (ty.item, self.context.model) {
                (Item::Structured(id), Some(model)) => ty.many && model.is_entity(id),
                (Item::Unknown, _) => true,
                _ => false,
            };
            if is_entities && self.cursor.peek() == Some('(') {
                self.key_of(ty)?;
                ty = ty.element();
                continue;
            }
            if !self.cursor.eat("/") {
                return Ok(ty);
            }
            let (next, is_last) = self.segment(ty)?;
            if is_last {
                return Ok(next);
            }
            ty = next;
        }
        Err(self.fault(format!("a path with more than {} segments", limits::SEGMENTS_MAX)))
    }

    /// A segment, and whether nothing may follow it.
    fn segment(&mut self, ty: Ty) -> Parsed<(Ty, bool)> {
        let start = self.cursor.position();
        match self.cursor.peek() {
            Some('$') => return self.dollar_segment(ty, start),
            Some('@') => {
                self.annotation()?;
                return Ok((Ty::UNKNOWN, false));
            }
            _ => {}
        }
        let Some(name) = self.cursor.qualified()? else { return Err(self.cursor.expected("a name")) };
        let is_call = self.cursor.peek() == Some('(');
        if is_call && matches!(name, "any" | "all") {
            if !ty.may_be_collection() {
                let message = format!("`{name}` stands behind a collection, not a value of type {}", self.describe(ty));
                return Err(Fault::new(start, message));
            }
            return self.lambda(name, ty.element()).map(|ty| (ty, true));
        }
        if is_call && name == "aggregate" && ty.may_be_collection() {
            return self.aggregate_function(ty).map(|ty| (ty, true));
        }
        let is_property = !name.contains('.') && !matches!(ty.item, Item::Bare);
        let may_have_members = !ty.many || self.scope.is_aggregating;
        let member = self.member_of(ty, name).filter(|_| is_property);
        // A function, unless it is a navigation property with a key behind it.
        if is_call && !member.is_some_and(|member| member.many) {
            return self.call(name, Some(ty), start).map(|ty| (ty, false));
        }
        match member {
            Some(member) if may_have_members => return Ok((Ty { many: member.many || ty.many, ..member }, false)),
            Some(_) => {
                let message = format!("`{name}` is a property of the elements of a collection: use `any` or `all`");
                return Err(Fault::new(start, message));
            }
            None => {}
        }
        if let Some(cast) = self.cast_of(ty, name) {
            return Ok((cast, false));
        }
        if self.is_custom_aggregate(name) {
            return Ok((Ty::UNKNOWN, true));
        }
        Err(self.unknown(ty, name, start))
    }

    fn dollar_segment(&mut self, ty: Ty, start: usize) -> Parsed<(Ty, bool)> {
        self.cursor.advance(1);
        let name = self.cursor.identifier()?.unwrap_or_default();
        if !matches!(name, "count" | "filter") {
            return Err(Fault::new(start, format!("`${name}` cannot stand in the path of an expression")));
        }
        if !ty.may_be_collection() {
            let message = format!("`${name}` stands behind a collection, not a value of type {}", self.describe(ty));
            return Err(Fault::new(start, message));
        }
        if name == "filter" {
            self.cursor.expect("(")?;
            let scope = Scope { names: self.scope.names.clone(), ..self.scope.within(ty) };
            self.scoped(scope, Self::condition)?;
            self.cursor.close()?;
            return Ok((ty, false));
        }
        if self.cursor.eat("(") {
            let scope = Scope { names: self.scope.names.clone(), ..self.scope.within(ty) };
            self.scoped(scope, Self::count_options)?;
        }
        Ok((Ty::NUMBER, true))
    }

    /// The key of an element of a collection of entities.
    fn key_of(&mut self, ty: Ty) -> Parsed<()> {
        let start = self.cursor.position();
        let given = self.key()?;
        let (Item::Structured(id), Some(model)) = (ty.item, self.context.model) else { return Ok(()) };
        let Some(key) = model.key(id) else { return Ok(()) };
        for (name, ty) in &given {
            let wanted = match name {
                // The only one, or one of several whose others follow from where the path comes.
                None => key.first().map(|(_, ty)| *ty).filter(|_| key.len() == 1),
                Some(name) => match key.iter().find(|(known, _)| *known == *name) {
                    Some((_, ty)) => Some(*ty),
                    None if model.may_have_alternate_keys() => None,
                    None => return Err(Fault::new(start, format!("`{name}` is no property of the key"))),
                },
            };
            if wanted.is_some_and(|wanted| !is_compatible(wanted, *ty)) {
                return Err(Fault::new(start, format!("the key cannot be of type {}", self.describe(*ty))));
            }
        }
        Ok(())
    }

    /// `(1)` or `(A=1,B='x')`: values with the names of their properties or parameters. A value without a name is the only one, and a literal
    /// or an alias.
    pub(super) fn key(&mut self) -> Parsed<Vec<(Option<Box<str>>, Ty)>> {
        self.cursor.expect("(")?;
        self.cursor.space();
        let mut key: Vec<(Option<Box<str>>, Ty)> = Vec::new();
        if self.cursor.eat(")") {
            return Ok(key);
        }
        loop {
            self.bounded(key.len())?;
            let start = self.cursor;
            let name: Option<Box<str>> = self.cursor.identifier()?.map(Box::from);
            if name.is_some() && self.cursor.eat("=") {
                if key.iter().any(|(known, _)| *known == name) {
                    let name = name.unwrap_or_default();
                    return Err(Fault::new(start.position(), format!("`{name}` is given twice")));
                }
                key.push((name, self.expression()?));
            } else {
                self.cursor = start;
                if !key.is_empty() {
                    return Err(self.cursor.expected("a name and a value"));
                }
                key.push((None, self.key_value()?));
                break;
            }
            if !self.cursor.comma() {
                break;
            }
        }
        self.cursor.close()?;
        Ok(key)
    }

    fn key_value(&mut self) -> Parsed<Ty> {
        if self.cursor.peek() == Some('@') {
            self.annotation()?;
            return Ok(Ty::UNKNOWN);
        }
        match self.literal()? {
            Some(ty) => Ok(ty),
            None => Err(self.cursor.expected("a literal")),
        }
    }
}
