//! `$apply` (OData Extension for Data Aggregation): transformations one after another.
//!
//! What a transformation makes has a type that no model declares, so behind one that changes the type nothing is known of names any more.

use crate::error::{Fault, Parsed};
use crate::expression::{Parser, Scope};
use crate::limits;
use crate::types::{Item, Ty};

impl<'a> Parser<'a> {
    pub(super) fn apply(&mut self, on: Ty) -> Parsed<()> {
        let scope = Scope { names: self.scope.names.clone(), ..self.scope.within(on) };
        self.scoped(scope, Self::transformations)
    }

    pub(super) fn transformations(&mut self) -> Parsed<()> {
        self.nested(|parser| {
            for _ in 0..limits::SEGMENTS_MAX {
                if parser.transformation()? {
                    parser.scope.this = Ty::UNKNOWN;
                    parser.scope.it = Ty::UNKNOWN;
                }
                if !parser.cursor.eat("/") {
                    return Ok(());
                }
            }
            Err(parser.fault(format!("more than {} transformations", limits::SEGMENTS_MAX)))
        })
    }

    /// One transformation; returns whether it changes the type of the instances.
    fn transformation(&mut self) -> Parsed<bool> {
        let start = self.cursor.position();
        let Some(name) = self.cursor.qualified()? else { return Err(self.cursor.expected("a transformation")) };
        if name == "identity" {
            return Ok(false);
        }
        if name.contains('.') {
            let this = self.scope.this;
            let on = Ty { many: true, ..this };
            self.call(name, Some(on), start)?;
            return Ok(true);
        }
        self.cursor.expect("(")?;
        self.cursor.space();
        let changes = match name {
            "aggregate" => {
                self.aggregates()?;
                true
            }
            "groupby" => {
                self.group_by()?;
                true
            }
            "compute" => {
                self.compute()?;
                false
            }
            "concat" => {
                self.sequences(2)?;
                true
            }
            "filter" => {
                self.condition()?;
                false
            }
            "search" => {
                self.search()?;
                false
            }
            "orderby" => {
                self.order_by()?;
                false
            }
            "top" | "skip" => {
                self.digits()?;
                false
            }
            "topcount" | "topsum" | "toppercent" | "bottomcount" | "bottomsum" | "bottompercent" => {
                self.pair_of_expressions()?;
                false
            }
            // Of drafts of the specification, and of many services.
            "expand" => {
                self.expand_transformation()?;
                false
            }
            "nest" | "addnested" | "join" | "outerjoin" => {
                self.joins(name)?;
                true
            }
            "ancestors" | "descendants" | "traverse" => {
                self.hierarchy(name)?;
                true
            }
            _ => return Err(Fault::new(start, format!("`{name}` is no transformation"))),
        };
        self.cursor.close()?;
        Ok(changes)
    }

    /// Sequences of transformations with commas between them, each on the same input.
    pub(super) fn sequences(&mut self, min: usize) -> Parsed<()> {
        let mut count = 0;
        loop {
            let scope = self.scope.clone();
            self.scoped(scope, Self::transformations)?;
            count += 1;
            if !self.cursor.comma() {
                break;
            }
        }
        if count < min {
            return Err(self.cursor.expected("another sequence of transformations"));
        }
        Ok(())
    }

    fn pair_of_expressions(&mut self) -> Parsed<()> {
        self.expression()?;
        if !self.cursor.comma() {
            return Err(self.cursor.expected("a comma"));
        }
        self.expression().map(|_| ())
    }

    fn aggregates(&mut self) -> Parsed<()> {
        loop {
            self.aggregate(true)?;
            if !self.cursor.comma() {
                return Ok(());
            }
        }
    }

    /// Behind `/aggregate` in an expression, with the cursor at the parenthesis.
    pub(crate) fn aggregate_function(&mut self, on: Ty) -> Parsed<Ty> {
        self.cursor.expect("(")?;
        self.cursor.space();
        let scope = Scope { names: self.scope.names.clone(), ..self.scope.within(on) };
        self.nested(|parser| parser.scoped(scope, |parser| parser.aggregate(false)))?;
        self.cursor.close()?;
        Ok(Ty::UNKNOWN)
    }

    /// `Amount with sum from Time with average as Total`, `$count as N`, `CustomAggregate`.
    fn aggregate(&mut self, is_named: bool) -> Parsed<()> {
        let start = self.cursor.position();
        let outer = std::mem::replace(&mut self.scope.is_aggregating, true);
        let value = self.expression();
        self.scope.is_aggregating = outer;
        let ty = value?;
        let is_count = self.cursor.since(start).ends_with("$count");
        let has_method = self.method()?;
        // What is aggregated without a method is a custom aggregate, whose type no model declares.
        if !has_method && !is_count && !ty.is_unknown() {
            return Err(self.cursor.expected("`with` and a method"));
        }
        while self.cursor.operator(&["from"]).is_some() {
            self.grouping_properties()?;
            self.method()?;
        }
        if !is_named {
            return Ok(());
        }
        let mut ahead = self.cursor;
        if has_method || is_count || ahead.operator(&["as"]).is_some() {
            self.alias_name()?;
        }
        Ok(())
    }

    /// ` with sum`
    fn method(&mut self) -> Parsed<bool> {
        if self.cursor.operator(&["with"]).is_none() {
            return Ok(false);
        }
        let start = self.cursor.position();
        let name = self.cursor.qualified()?.unwrap_or_default();
        let is_method = matches!(name, "sum" | "min" | "max" | "average" | "countdistinct") || name.contains('.');
        if is_method { Ok(true) } else { Err(Fault::new(start, format!("`{name}` is no method of aggregation"))) }
    }

    fn group_by(&mut self) -> Parsed<()> {
        self.cursor.expect("(")?;
        self.cursor.space();
        loop {
            self.group_by_element()?;
            if !self.cursor.comma() {
                break;
            }
        }
        self.cursor.close()?;
        if self.cursor.comma() {
            let scope = self.scope.clone();
            self.scoped(scope, Self::transformations)?;
        }
        Ok(())
    }

    fn group_by_element(&mut self) -> Parsed<()> {
        let before = self.cursor;
        let word = self.cursor.identifier()?.unwrap_or_default();
        let is_call = self.cursor.eat("(");
        if word == "rollup" && is_call {
            self.cursor.space();
            // Properties of a hierarchy, or the qualifier of a named one, which only annotations know.
            let mut ahead = self.cursor;
            let is_named = ahead.identifier()?.is_some() && ahead.close().is_ok();
            if is_named {
                self.cursor = ahead;
                return Ok(());
            }
            if self.cursor.eat("$all") && !self.cursor.comma() {
                return Err(self.cursor.expected("a comma"));
            }
            self.grouping_properties()?;
            return self.cursor.close();
        }
        if word == "rolluprecursive" && is_call {
            self.cursor.space();
            self.hierarchy_reference()?;
            if self.cursor.comma() {
                self.transformations()?;
            }
            return self.cursor.close();
        }
        self.cursor = before;
        self.grouping_property()
    }

    fn grouping_properties(&mut self) -> Parsed<()> {
        loop {
            self.grouping_property()?;
            let mut ahead = self.cursor;
            if !ahead.comma() {
                return Ok(());
            }
            self.cursor = ahead;
        }
    }

    /// A path of single values.
    fn grouping_property(&mut self) -> Parsed<()> {
        let start = self.cursor.position();
        let ty = self.first_member()?;
        if ty.many && ty.item != Item::Unknown {
            return Err(Fault::new(start, "a collection cannot be grouped by"));
        }
        Ok(())
    }
}
