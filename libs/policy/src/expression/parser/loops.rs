//! Loops.

use super::scan::Question;
use super::{Parsed, Parser};
use crate::expression::ast::{Designation, ExprId, ForInitializer, StmtKind};
use crate::expression::token::Kind;

impl Parser<'_> {
    /// `while (…) …`
    pub(super) fn while_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        let condition = self.condition()?;
        Ok(StmtKind::While { condition, body: self.embedded()? })
    }

    /// `do … while (…);`
    pub(super) fn do_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        let body = self.embedded()?;
        self.expect(Kind::While)?;
        let condition = self.condition()?;
        self.expect(Kind::Semicolon)?;
        Ok(StmtKind::Do { body, condition })
    }

    /// `for (…; …; …) …`
    pub(super) fn for_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        self.expect(Kind::OpenParen)?;
        let initializer = if self.at_declaration() {
            ForInitializer::Variables(self.variables(Self::type_or_ref)?)
        } else {
            ForInitializer::Expressions(self.expressions_until(Kind::Semicolon)?)
        };
        self.expect(Kind::Semicolon)?;
        let condition = if self.at(Kind::Semicolon) { None } else { Some(self.expression()?) };
        self.expect(Kind::Semicolon)?;
        let iterators = self.expressions_until(Kind::CloseParen)?;
        self.expect(Kind::CloseParen)?;
        Ok(StmtKind::For { initializer, condition, iterators, body: self.embedded()? })
    }

    /// `a, b, c` in front of `end`, which is not taken.
    fn expressions_until(&mut self, end: Kind) -> Parsed<Box<[ExprId]>> {
        let mut expressions = Vec::new();
        if !self.at(end) {
            expressions.push(self.expression()?);
            while self.eat(Kind::Comma) {
                expressions.push(self.expression()?);
            }
        }
        Ok(expressions.into_boxed_slice())
    }

    /// `foreach (var x in y) …`
    pub(super) fn foreach_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        self.expect(Kind::OpenParen)?;
        let (of, variable) = if self.at(Kind::OpenParen) && self.behind_bracket(self.position) == Some(Kind::In) {
            (None, Designation::Expression(self.nested(Self::primary)?))
        } else {
            let of = self.type_of(Question::Nullable)?;
            if !matches!(self.kind(), Kind::Identifier | Kind::OpenParen) {
                return Err(self.error("CS0230", "Type and identifier are both required in a foreach statement"));
            }
            (Some(of), self.designation()?)
        };
        self.expect(Kind::In)?;
        let collection = self.expression()?;
        self.expect(Kind::CloseParen)?;
        Ok(StmtKind::ForEach { of, variable, collection, body: self.embedded()? })
    }
}
