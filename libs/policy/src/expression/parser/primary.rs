//! Primary expressions: names, literals, parentheses, and what can be hung on them with `.`, `(…)`, `[…]`, `?.`, `++`.

use super::scan::{Question, predefined};
use super::{Parsed, Parser, Trailing};
use crate::expression::ast::{
    Argument, Designation, ExprId, ExprKind, Literal, Name, ParameterPassing, PredefinedType, SimpleName, TupleItem,
    TypeId, UnaryOperator,
};
use crate::expression::error::SyntaxError;
use crate::expression::token::Kind;

impl Parser<'_> {
    /// A primary expression with all that hangs on it.
    pub(super) fn primary(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let first = self.operand()?;
        self.postfix(start, first)
    }

    fn postfix(&mut self, start: u32, first: ExprId) -> Parsed<ExprId> {
        let mut target = first;
        loop {
            let kind = match self.kind() {
                Kind::Dot => {
                    self.bump();
                    ExprKind::Member { target, name: self.simple_name()? }
                }
                Kind::OpenParen => ExprKind::Call { target, arguments: self.arguments()? },
                Kind::OpenBracket => ExprKind::Index { target, arguments: self.index_arguments()? },
                Kind::PlusPlus => self.post(target, UnaryOperator::PostIncrement),
                Kind::MinusMinus => self.post(target, UnaryOperator::PostDecrement),
                Kind::Question if matches!(self.kind_ahead(1), Kind::Dot | Kind::OpenBracket) => {
                    self.bump();
                    let access = self.nested(Self::conditional_access)?;
                    ExprKind::ConditionalAccess { target, access }
                }
                _ => return Ok(target),
            };
            target = self.push(start, kind)?;
        }
    }

    fn post(&mut self, operand: ExprId, operator: UnaryOperator) -> ExprKind {
        self.bump();
        ExprKind::Unary { operator, operand }
    }

    /// What stands behind the `?` of `a?.b`.
    fn conditional_access(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let kind = if self.eat(Kind::Dot) {
            ExprKind::MemberBinding(self.simple_name()?)
        } else {
            ExprKind::ElementBinding(self.index_arguments()?)
        };
        let binding = self.push(start, kind)?;
        self.postfix(start, binding)
    }

    fn operand(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let token = self.token();
        let kind = match token.kind {
            Kind::Literal => self.constant(self.literal(token)),
            Kind::Null => self.constant(Literal::Null),
            Kind::True => self.constant(Literal::Bool(true)),
            Kind::False => self.constant(Literal::Bool(false)),
            Kind::Identifier => return self.name_or_declaration(start),
            Kind::InterpolatedStart => self.interpolated_string()?,
            Kind::OpenParen => return self.parenthesized(start),
            Kind::New => return self.creation(start),
            Kind::Delegate => return self.anonymous_method(start),
            Kind::Typeof => ExprKind::TypeOf(self.type_in_parentheses()?),
            Kind::Sizeof => ExprKind::SizeOf(self.type_in_parentheses()?),
            Kind::Default if self.kind_ahead(1) == Kind::OpenParen => {
                ExprKind::Default(Some(self.type_in_parentheses()?))
            }
            Kind::Default => {
                self.bump();
                ExprKind::Default(None)
            }
            Kind::Checked => ExprKind::Checked(self.value_in_parentheses()?),
            Kind::Unchecked => ExprKind::Unchecked(self.value_in_parentheses()?),
            kind => match predefined(kind) {
                Some(of) if of != PredefinedType::Void && self.kind_ahead(1) == Kind::Dot => {
                    self.bump();
                    ExprKind::Predefined(of)
                }
                _ => return Err(self.no_operand()),
            },
        };
        self.push(start, kind)
    }

    fn constant(&mut self, literal: Literal) -> ExprKind {
        self.bump();
        ExprKind::Literal(literal)
    }

    fn no_operand(&self) -> SyntaxError {
        let at = |code, message| SyntaxError::new(code, self.token().span, message);
        match self.kind() {
            Kind::This => at("CS0027", "Keyword 'this' is not available in the current context"),
            Kind::Base => at("CS1511", "Keyword 'base' is not available in a static method"),
            Kind::Throw => at("CS8115", "A throw expression is not allowed in this context"),
            _ => self.invalid_term(),
        }
    }

    fn name_or_declaration(&mut self, start: u32) -> Parsed<ExprId> {
        if self.at_word("global") && self.kind_ahead(1) == Kind::ColonColon {
            self.bump();
            self.bump();
            let name = self.simple_name()?;
            return self.push(start, ExprKind::Global(name));
        }
        if self.at_deconstruction() {
            let of = self.type_of(Question::Nullable)?;
            let designation = self.designation()?;
            return self.push(start, ExprKind::Declaration { of, designation });
        }
        let name = self.simple_name()?;
        self.push(start, ExprKind::Name(name))
    }

    /// A name with type arguments, if what follows can only be those.
    pub(super) fn simple_name(&mut self) -> Parsed<SimpleName> {
        let name = self.identifier()?;
        let arguments =
            if self.at(Kind::Less) && self.at_type_arguments() { self.type_arguments()? } else { Box::default() };
        Ok(SimpleName { name, arguments })
    }

    fn parenthesized(&mut self, start: u32) -> Parsed<ExprId> {
        self.bump();
        let first = self.tuple_item(true)?;
        if first.name.is_none() && self.eat(Kind::CloseParen) {
            return self.push(start, ExprKind::Parenthesized(first.value));
        }
        let mut items = vec![first];
        while self.eat(Kind::Comma) {
            items.push(self.tuple_item(false)?);
        }
        self.expect(Kind::CloseParen)?;
        if items.len() < 2 {
            return Err(SyntaxError::new("CS8124", self.span_from(start), "Tuple must contain at least two elements"));
        }
        self.push(start, ExprKind::Tuple(items.into_boxed_slice()))
    }

    fn tuple_item(&mut self, is_first: bool) -> Parsed<TupleItem> {
        let name = self.argument_name()?;
        let declares = name.is_none()
            && self.scan_type(self.position, Question::Nullable).is_some_and(|scanned| {
                self.token_at(scanned.end).kind == Kind::Identifier
                    && match self.token_at(scanned.end + 1).kind {
                        Kind::Comma => true,
                        Kind::CloseParen => !is_first,
                        _ => false,
                    }
            });
        let value = if declares { self.nested(Self::declaration)? } else { self.expression()? };
        Ok(TupleItem { name, value })
    }

    /// `name:`
    fn argument_name(&mut self) -> Parsed<Option<Name>> {
        if self.at(Kind::Identifier) && self.kind_ahead(1) == Kind::Colon {
            let name = self.identifier()?;
            self.bump();
            return Ok(Some(name));
        }
        Ok(None)
    }

    /// `T x`, `var (a, b)`
    fn declaration(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let of = self.type_of(Question::Nullable)?;
        let designation = self.designation()?;
        self.push(start, ExprKind::Declaration { of, designation })
    }

    /// `x`, `_`, `(a, b)`
    pub(super) fn designation(&mut self) -> Parsed<Designation> {
        if self.at_word("_") {
            return Ok(Designation::Discard(self.bump().span));
        }
        if self.eat(Kind::OpenParen) {
            let names = self.list(Kind::CloseParen, Trailing::Forbidden, |parser| parser.nested(Self::designation))?;
            return Ok(Designation::Tuple(names));
        }
        Ok(Designation::Single(self.identifier()?))
    }

    /// `(a, name: b, out var c)`
    pub(super) fn arguments(&mut self) -> Parsed<Box<[Argument]>> {
        self.expect(Kind::OpenParen)?;
        self.list(Kind::CloseParen, Trailing::Forbidden, Self::argument)
    }

    /// `[a, b]`: at least one.
    pub(super) fn index_arguments(&mut self) -> Parsed<Box<[Argument]>> {
        self.expect(Kind::OpenBracket)?;
        if self.at(Kind::CloseBracket) {
            return Err(self.error("CS0443", "Syntax error; value expected"));
        }
        self.list(Kind::CloseBracket, Trailing::Forbidden, Self::argument)
    }

    fn argument(&mut self) -> Parsed<Argument> {
        let name = self.argument_name()?;
        let passing = self.passing();
        let declares = passing == ParameterPassing::Out && self.at_declaration();
        let value = if declares { self.nested(Self::declaration)? } else { self.expression()? };
        Ok(Argument { name, passing, value })
    }

    /// `out`, `ref`, `in` or nothing.
    pub(super) fn passing(&mut self) -> ParameterPassing {
        let passing = match self.kind() {
            Kind::Out => ParameterPassing::Out,
            Kind::Ref => ParameterPassing::Ref,
            Kind::In => ParameterPassing::In,
            _ => return ParameterPassing::Value,
        };
        self.bump();
        passing
    }

    /// The keyword at the position and `(T)`.
    fn type_in_parentheses(&mut self) -> Parsed<TypeId> {
        self.bump();
        self.expect(Kind::OpenParen)?;
        let of = self.type_of(Question::Nullable)?;
        self.expect(Kind::CloseParen)?;
        Ok(of)
    }

    /// The keyword at the position and `(x)`.
    fn value_in_parentheses(&mut self) -> Parsed<ExprId> {
        self.bump();
        self.expect(Kind::OpenParen)?;
        let value = self.expression()?;
        self.expect(Kind::CloseParen)?;
        Ok(value)
    }
}
