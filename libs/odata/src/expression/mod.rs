//! Expressions (ABNF section 4), with types as far as they are known.
//!
//! A parser by precedence that computes types and builds no tree: whether an expression is good is all that is asked. It never goes back
//! over more than one word, but for nested options, which are looked through once per level before they are read; it recurses only through
//! [`Parser::nested`], which counts levels.

mod call;
mod functions;
mod json;
mod lambda;
mod member;
mod operators;
mod primary;
mod tail;

use std::rc::Rc;

use crate::cursor::Cursor;
use crate::error::{Fault, Parsed};
use crate::limits;
use crate::model::Model;
use crate::types::{Item, Ty};
use crate::version::Version;

/// What all texts of one URL are read with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) model: Option<&'a Model>,
    pub(crate) version: Version,
}

/// What names mean.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    /// `$it`: an instance of the resource that the path identifies.
    pub(crate) it: Ty,
    /// `$this`: the instance that the option is evaluated on. Names without a prefix are its members.
    pub(crate) this: Ty,
    /// Variables of lambdas, computed properties, entity sets of `$crossjoin`; the last of a name counts.
    pub(crate) names: Vec<(Rc<str>, Ty)>,
    /// Within `aggregate`, paths go through collections.
    pub(crate) is_aggregating: bool,
}

impl Scope {
    pub(crate) fn of(ty: Ty) -> Scope {
        let this = ty.element();
        Scope { it: this, this, names: Vec::new(), is_aggregating: false }
    }

    /// The same around another instance: options of an expanded property.
    pub(crate) fn within(&self, ty: Ty) -> Scope {
        Scope { it: self.it, this: ty.element(), names: Vec::new(), is_aggregating: false }
    }
}

/// Reads one text.
pub(crate) struct Parser<'a> {
    pub(crate) cursor: Cursor<'a>,
    pub(crate) context: Context<'a>,
    pub(crate) scope: Scope,
    depth: usize,
    /// The text is one of several options with semicolons between them.
    pub(crate) is_among_options: bool,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, context: Context<'a>, scope: Scope) -> Parser<'a> {
        Parser { cursor: Cursor::new(text), context, scope, depth: 0, is_among_options: false }
    }

    /// Reads something that may contain itself.
    pub(crate) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= limits::NESTING_MAX {
            return Err(self.fault(format!("more than {} levels", limits::NESTING_MAX)));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads with other meanings of names.
    pub(crate) fn scoped<T>(&mut self, scope: Scope, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let outer = std::mem::replace(&mut self.scope, scope);
        let result = read(self);
        self.scope = outer;
        result
    }

    pub(crate) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.cursor.position(), message)
    }

    pub(crate) fn describe(&self, ty: Ty) -> String {
        match self.context.model {
            Some(model) => model.describe(ty),
            None => Model::default().describe(ty),
        }
    }

    /// An expression that is true or false.
    pub(crate) fn condition(&mut self) -> Parsed<()> {
        let start = self.cursor.position();
        let ty = self.expression()?;
        if ty.may_be_boolean() {
            return Ok(());
        }
        // What is no operator is more wrong than the type in front of it.
        if self.cursor.peek().is_some_and(|next| !matches!(next, ')' | ']' | '}' | ',' | ';' | ':')) {
            return Err(self.cursor.expected("an operator"));
        }
        Err(Fault::new(start, format!("a Boolean expression is expected, not a value of type {}", self.describe(ty))))
    }

    /// Fails where one more name would be too much.
    pub(crate) fn bounded(&self, names: usize) -> Parsed<()> {
        if names < limits::NAMES_MAX {
            return Ok(());
        }
        Err(self.fault(format!("more than {} names", limits::NAMES_MAX)))
    }

    /// What a name without a prefix stands for. `None`: nothing.
    pub(crate) fn named(&self, name: &str) -> Option<Ty> {
        let known = self.scope.names.iter().rev().find(|(known, _)| **known == *name).map(|(_, ty)| *ty);
        known.or_else(|| self.member_of(self.scope.this, name))
    }

    /// The type of a member of an instance; a member that an open type does not declare may be there. `None`: it has no such member.
    pub(crate) fn member_of(&self, ty: Ty, name: &str) -> Option<Ty> {
        match (ty.item, self.context.model) {
            (Item::Unknown, _) | (_, None) => Some(Ty::UNKNOWN),
            (Item::Structured(id), Some(model)) => match model.property(id, name) {
                Some(property) => Some(property.ty),
                None => model.is_open(id).then_some(Ty::UNKNOWN),
            },
            _ => None,
        }
    }

    /// The type that a name in a path stands for, if instances of another type can be cast to it.
    pub(crate) fn cast_of(&self, from: Ty, name: &str) -> Option<Ty> {
        let Some(model) = self.context.model else { return name.contains('.').then_some(Ty::UNKNOWN) };
        let item = model.type_named(name)?;
        let is_related = match (from.item, item) {
            (Item::Structured(from), Item::Structured(to)) => model.derives(to, from) || model.derives(from, to),
            (Item::Unknown, _) | (_, Item::Unknown) => true,
            // Values of primitive types are cast to type definitions.
            (Item::Primitive(from), Item::Primitive(to)) => from == to,
            _ => false,
        };
        is_related.then_some(Ty { item, many: from.many })
    }
}
