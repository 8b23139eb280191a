//! Transformations over hierarchies, and those that nest or join.

use super::SystemOption::{Compute, Count, Expand, Filter, Levels, OrderBy, Search, Select, Skip, Top};
use crate::error::{Fault, Parsed};
use crate::expression::Parser;
use crate::types::Ty;

impl Parser<'_> {
    /// `nest(… as Name)`, `addnested(path, … as Name)`, `join(property as Name[, …])`.
    pub(super) fn joins(&mut self, name: &str) -> Parsed<()> {
        if name == "join" || name == "outerjoin" {
            self.path()?;
            self.alias_name()?;
            if self.cursor.comma() {
                // They are about the elements of the property.
                self.scope.this = Ty::UNKNOWN;
                self.transformations()?;
            }
            return Ok(());
        }
        if name == "addnested" {
            self.path()?;
            if !self.cursor.comma() {
                return Err(self.cursor.expected("a comma"));
            }
            // What follows is about the elements of the path.
            self.scope.this = Ty::UNKNOWN;
        }
        loop {
            let scope = self.scope.clone();
            self.scoped(scope, Self::transformations)?;
            self.alias_name()?;
            if !self.cursor.comma() {
                return Ok(());
            }
        }
    }

    /// A path of properties, whether they are collections or not.
    fn path(&mut self) -> Parsed<()> {
        let outer = std::mem::replace(&mut self.scope.is_aggregating, true);
        let result = if self.cursor.peek() == Some('@') { self.annotation() } else { self.first_member().map(|_| ()) };
        self.scope.is_aggregating = outer;
        result
    }

    /// `expand(Property, filter(…))`
    pub(super) fn expand_transformation(&mut self) -> Parsed<()> {
        let start = self.cursor.position();
        let Some(name) = self.cursor.identifier()? else { return Err(self.cursor.expected("a navigation property")) };
        let Some(ty) = self.named(name) else {
            return Err(Fault::new(
                start,
                format!("the type {} has no property `{name}`", self.describe(self.scope.this)),
            ));
        };
        while self.cursor.comma() {
            let scope = self.scope.within(ty);
            self.scoped(scope, Self::transformations)?;
        }
        let allowed = [Filter, Search, OrderBy, Skip, Top, Count, Select, Expand, Compute, Levels];
        if self.cursor.eat("(") {
            let scope = self.scope.within(ty);
            self.scoped(scope, |parser| parser.nested_options(&allowed, true, ty))?;
        }
        Ok(())
    }

    /// `$root/Set,Qualifier,path`: a hierarchy.
    pub(super) fn hierarchy_reference(&mut self) -> Parsed<()> {
        if !self.cursor.rest().starts_with("$root/") {
            return Err(self.cursor.expected("`$root/`"));
        }
        self.expression()?;
        if !self.cursor.comma() || self.cursor.identifier()?.is_none() {
            return Err(self.cursor.expected("the qualifier of a hierarchy"));
        }
        if !self.cursor.comma() {
            return Err(self.cursor.expected("a comma and a property"));
        }
        self.path()
    }

    /// What follows the name in `ancestors(…)`, `descendants(…)` and `traverse(…)`.
    pub(super) fn hierarchy(&mut self, name: &str) -> Parsed<()> {
        self.hierarchy_reference()?;
        if !self.cursor.comma() {
            return Err(self.cursor.expected("a comma"));
        }
        if name == "traverse" {
            if !self.cursor.eat("preorder") && !self.cursor.eat("postorder") {
                return Err(self.cursor.expected("`preorder` or `postorder`"));
            }
            while self.cursor.comma() {
                if self.begins_transformation() {
                    self.transformations()?;
                } else {
                    self.order_by()?;
                }
            }
            return Ok(());
        }
        self.transformations()?;
        if self.cursor.comma() {
            self.distance()?;
            if self.cursor.comma() && !self.cursor.eat("keep start") {
                return Err(self.cursor.expected("`keep start`"));
            }
        }
        Ok(())
    }

    /// How far, or what is kept.
    fn distance(&mut self) -> Parsed<()> {
        if self.cursor.eat("keep start") {
            return Ok(());
        }
        if self.cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
            return self.digits();
        }
        self.transformations()
    }

    fn begins_transformation(&self) -> bool {
        let mut ahead = self.cursor;
        let name = ahead.qualified().ok().flatten().unwrap_or_default();
        name == "identity"
            || matches!(name, "filter" | "search" | "orderby" | "top" | "skip") && ahead.peek() == Some('(')
    }
}
