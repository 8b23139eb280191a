//! Statements that start with a keyword, but for loops: choices, jumps, exceptions and resources.

use super::pattern::Place;
use super::scan::Question;
use super::{Parsed, Parser};
use crate::expression::ast::{Catch, ExprId, StmtId, StmtKind, SwitchLabel, SwitchSection, UsingResource};
use crate::expression::error::SyntaxError;
use crate::expression::newer::Newer;
use crate::expression::token::Kind;

impl Parser<'_> {
    /// The statement that `kind` starts, if it is a keyword that starts one.
    pub(super) fn keyword_statement(&mut self, start: u32, kind: Kind) -> Parsed<Option<StmtId>> {
        let statement = match kind {
            Kind::Semicolon => {
                self.bump();
                StmtKind::Empty
            }
            Kind::If => self.if_statement()?,
            Kind::Switch => self.switch_statement()?,
            Kind::While => self.while_statement()?,
            Kind::Do => self.do_statement()?,
            Kind::For => self.for_statement()?,
            Kind::Foreach => self.foreach_statement()?,
            Kind::Break => self.jump(StmtKind::Break)?,
            Kind::Continue => self.jump(StmtKind::Continue)?,
            Kind::Goto => self.goto_statement()?,
            Kind::Return => StmtKind::Return(self.value_and_semicolon()?),
            Kind::Throw => StmtKind::Throw(self.value_and_semicolon()?),
            Kind::Try => self.try_statement()?,
            Kind::Using => self.using_statement()?,
            Kind::Lock => {
                self.bump();
                let object = self.condition()?;
                StmtKind::Lock { object, body: self.embedded()? }
            }
            Kind::Checked if self.kind_ahead(1) == Kind::OpenBrace => {
                self.bump();
                StmtKind::Checked(self.block()?)
            }
            Kind::Unchecked if self.kind_ahead(1) == Kind::OpenBrace => {
                self.bump();
                StmtKind::Unchecked(self.block()?)
            }
            Kind::Else => return Err(self.error("CS8641", "'else' cannot start a statement")),
            Kind::Catch | Kind::Finally => return Err(self.error("CS1003", "Syntax error, 'try' expected")),
            _ => return Ok(None),
        };
        self.push_statement(start, statement).map(Some)
    }

    /// `(x)` behind a keyword.
    pub(super) fn condition(&mut self) -> Parsed<ExprId> {
        if !self.at(Kind::OpenParen) {
            return Err(self.expected(Kind::OpenParen));
        }
        self.bump();
        let value = self.expression()?;
        self.expect(Kind::CloseParen)?;
        Ok(value)
    }

    fn if_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        let condition = self.condition()?;
        let then = self.embedded()?;
        let otherwise = if self.eat(Kind::Else) { Some(self.embedded()?) } else { None };
        Ok(StmtKind::If { condition, then, otherwise })
    }

    fn switch_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        let value = self.condition()?;
        self.expect(Kind::OpenBrace)?;
        let mut sections = Vec::new();
        while self.at_label() {
            sections.push(self.switch_section()?);
        }
        self.expect(Kind::CloseBrace)?;
        Ok(StmtKind::Switch { value, sections: sections.into_boxed_slice() })
    }

    fn at_label(&self) -> bool {
        self.at(Kind::Case) || self.at(Kind::Default) && self.kind_ahead(1) == Kind::Colon
    }

    fn switch_section(&mut self) -> Parsed<SwitchSection> {
        let mut labels = Vec::new();
        while self.at_label() {
            let label = if self.eat(Kind::Default) {
                SwitchLabel::Default
            } else {
                self.bump();
                let pattern = self.whole_pattern(Place::Label)?;
                let guard = if self.eat_word("when") { Some(self.expression()?) } else { None };
                SwitchLabel::Case { pattern, guard }
            };
            self.expect(Kind::Colon)?;
            labels.push(label);
        }
        let mut body = Vec::new();
        while !self.at_label() && !matches!(self.kind(), Kind::CloseBrace | Kind::End) {
            body.push(self.statement()?);
        }
        Ok(SwitchSection { labels: labels.into_boxed_slice(), body: body.into_boxed_slice() })
    }

    fn jump(&mut self, kind: StmtKind) -> Parsed<StmtKind> {
        self.bump();
        self.expect(Kind::Semicolon)?;
        Ok(kind)
    }

    fn goto_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        let kind = if self.eat(Kind::Case) {
            StmtKind::GotoCase(self.expression()?)
        } else if self.eat(Kind::Default) {
            StmtKind::GotoDefault
        } else {
            StmtKind::Goto(self.identifier()?)
        };
        self.expect(Kind::Semicolon)?;
        Ok(kind)
    }

    /// Behind `return` and `throw`.
    fn value_and_semicolon(&mut self) -> Parsed<Option<ExprId>> {
        let is_return = self.bump().kind == Kind::Return;
        let value = match self.kind() {
            Kind::Semicolon => None,
            _ if is_return => Some(self.expression_or_ref()?),
            _ => Some(self.expression()?),
        };
        self.expect(Kind::Semicolon)?;
        Ok(value)
    }

    fn try_statement(&mut self) -> Parsed<StmtKind> {
        self.bump();
        let body = self.block()?;
        let mut catches = Vec::new();
        while self.at(Kind::Catch) {
            if catches.last().is_some_and(|catch: &Catch| catch.of.is_none() && catch.filter.is_none()) {
                let message = "Catch clauses cannot follow the general catch clause of a try statement";
                return Err(SyntaxError::new("CS1017", self.token().span, message));
            }
            catches.push(self.catch()?);
        }
        let finally = if self.eat(Kind::Finally) { Some(self.block()?) } else { None };
        if catches.is_empty() && finally.is_none() {
            return Err(self.error("CS1524", "Expected catch or finally"));
        }
        Ok(StmtKind::Try { body, catches: catches.into_boxed_slice(), finally })
    }

    fn catch(&mut self) -> Parsed<Catch> {
        let start = self.start();
        self.bump();
        let (mut of, mut name, mut filter) = (None, None, None);
        if self.eat(Kind::OpenParen) {
            of = Some(self.type_of(Question::Nullable)?);
            if self.at(Kind::Identifier) {
                name = Some(self.identifier()?);
            }
            self.expect(Kind::CloseParen)?;
        }
        if self.eat_word("when") {
            filter = Some(self.condition()?);
        }
        let body = self.block()?;
        Ok(Catch { of, name, filter, body, span: self.span_from(start) })
    }

    fn using_statement(&mut self) -> Parsed<StmtKind> {
        let keyword = self.bump();
        if !self.at(Kind::OpenParen) {
            self.newer(Newer::UsingDeclaration, keyword.span);
            let variables = self.variables(|parser| parser.type_of(Question::Nullable))?;
            self.expect(Kind::Semicolon)?;
            return Ok(StmtKind::UsingLocal(variables));
        }
        self.bump();
        let resource = if self.at_declaration() {
            UsingResource::Variables(self.variables(|parser| parser.type_of(Question::Nullable))?)
        } else {
            UsingResource::Value(self.expression()?)
        };
        self.expect(Kind::CloseParen)?;
        Ok(StmtKind::Using { resource, body: self.embedded()? })
    }
}
