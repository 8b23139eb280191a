//! Patterns (`is`, `case`, switch expressions).

use super::expression::precedence;
use super::scan::{Question, Scanned};
use super::{Parsed, Parser, Trailing};
use crate::expression::ast::{
    Designation, ExprId, ExprKind, PatternId, PatternKind, PropertyPattern, RelationalOperator, SwitchArm, TypeId,
};
use crate::expression::newer::Newer;
use crate::expression::token::Kind;

/// Where a pattern stands: how far a constant in it may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind `is`, in an arm or in another pattern: `is 1 + 2`, but `is A && b` ends at the `&&`.
    Operand,
    /// Behind `case`: `case A | B:`.
    Label,
}

impl Parser<'_> {
    /// Any pattern.
    pub(super) fn pattern(&mut self, place: Place) -> Parsed<PatternId> {
        self.nested(|parser| {
            let start = parser.start();
            let mut left = parser.and_pattern(place)?;
            while parser.eat_newer("or", Newer::OrPattern) {
                let right = parser.nested(|parser| parser.and_pattern(place))?;
                left = parser.push_pattern(start, PatternKind::Or(left, right))?;
            }
            Ok(left)
        })
    }

    /// A pattern that is no part of another one. Elsewhere `_` comes with what is newer itself.
    pub(super) fn whole_pattern(&mut self, place: Place) -> Parsed<PatternId> {
        let pattern = self.pattern(place)?;
        let written = &self.patterns[pattern.0 as usize];
        if matches!(written.kind, PatternKind::Discard) {
            self.newer(Newer::DiscardPattern, written.span);
        }
        Ok(pattern)
    }

    fn and_pattern(&mut self, place: Place) -> Parsed<PatternId> {
        let start = self.start();
        let mut left = self.not_pattern(place)?;
        while self.eat_newer("and", Newer::AndPattern) {
            let right = self.nested(|parser| parser.not_pattern(place))?;
            left = self.push_pattern(start, PatternKind::And(left, right))?;
        }
        Ok(left)
    }

    fn not_pattern(&mut self, place: Place) -> Parsed<PatternId> {
        let start = self.start();
        if !self.eat_newer("not", Newer::NotPattern) {
            return self.simple_pattern(place);
        }
        let pattern = self.nested(|parser| parser.not_pattern(place))?;
        self.push_pattern(start, PatternKind::Not(pattern))
    }

    fn simple_pattern(&mut self, place: Place) -> Parsed<PatternId> {
        let start = self.start();
        let relational = match self.kind() {
            Kind::Less => Some(RelationalOperator::Less),
            Kind::Greater => Some(RelationalOperator::Greater),
            Kind::LessEquals => Some(RelationalOperator::LessEquals),
            Kind::GreaterEquals => Some(RelationalOperator::GreaterEquals),
            _ => None,
        };
        if let Some(operator) = relational {
            self.newer(Newer::RelationalPattern, self.token().span);
            self.bump();
            let value = self.nested(|parser| parser.binary(precedence::SHIFT))?;
            return self.push_pattern(start, PatternKind::Relational { operator, value });
        }
        match self.kind() {
            Kind::OpenBrace => self.property_pattern(start, None),
            Kind::OpenParen if !self.at_cast() => {
                self.bump();
                let patterns = self.list(Kind::CloseParen, Trailing::Forbidden, |parser| {
                    // `(Name: "x", Count: 2)`: elements are told apart by where they stand.
                    if parser.at(Kind::Identifier) && parser.kind_ahead(1) == Kind::Colon {
                        parser.bump();
                        parser.bump();
                    }
                    parser.pattern(place)
                })?;
                match *patterns {
                    [pattern] => {
                        let inner = &self.patterns[pattern.0 as usize];
                        if matches!(inner.kind, PatternKind::Declaration { .. } | PatternKind::Var(_)) {
                            self.newer(Newer::ParenthesizedPattern, self.span_from(start));
                        }
                        self.push_pattern(start, PatternKind::Parenthesized(pattern))
                    }
                    [] => Err(self.error("CS8504", "Pattern missing")),
                    _ => {
                        self.newer(Newer::PositionalPattern, self.span_from(start));
                        self.push_pattern(start, PatternKind::Positional(patterns))
                    }
                }
            }
            Kind::Identifier if self.at_word("_") && self.ends_pattern(self.position + 1) => {
                self.bump();
                self.push_pattern(start, PatternKind::Discard)
            }
            Kind::Identifier
                if self.at_word("var") && matches!(self.kind_ahead(1), Kind::Identifier | Kind::OpenParen) =>
            {
                self.bump();
                let designation = self.designation()?;
                if matches!(designation, Designation::Tuple(_)) {
                    self.newer(Newer::PositionalPattern, self.span_from(start));
                }
                self.push_pattern(start, PatternKind::Var(designation))
            }
            _ => match self.scan_type(self.position, Question::MaybeConditional) {
                Some(scanned) if self.is_type_pattern(scanned, place) => self.type_pattern(start, scanned),
                _ => self.constant_pattern(start, place),
            },
        }
    }

    /// Whether no operator follows that would make the pattern a constant expression.
    fn ends_pattern(&self, at: usize) -> bool {
        !matches!(self.token_at(at).kind, Kind::Dot | Kind::OpenParen | Kind::OpenBracket | Kind::ColonColon)
    }

    /// Whether what was scanned is a type or the name of a constant, and not the beginning of a longer constant.
    fn is_type_pattern(&self, scanned: Scanned, place: Place) -> bool {
        let next = self.token_at(scanned.end).kind;
        let continues = matches!(
            next,
            Kind::Dot
                | Kind::OpenParen
                | Kind::OpenBracket
                | Kind::Plus
                | Kind::Minus
                | Kind::Star
                | Kind::Slash
                | Kind::Percent
                | Kind::LessLess
        );
        let continues_label = matches!(
            next,
            Kind::Bar
                | Kind::Ampersand
                | Kind::Caret
                | Kind::Question
                | Kind::QuestionQuestion
                | Kind::EqualsEquals
                | Kind::NotEquals
                | Kind::AndAnd
                | Kind::BarBar
        );
        !(continues || place == Place::Label && continues_label)
    }

    fn type_pattern(&mut self, start: u32, scanned: Scanned) -> Parsed<PatternId> {
        let of = self.type_of(Question::MaybeConditional)?;
        if self.at(Kind::OpenBrace) {
            return self.property_pattern(start, Some(of));
        }
        let kind = if self.at_designation() {
            PatternKind::Declaration { of, designation: self.designation()? }
        } else if scanned.is_certain {
            PatternKind::Type(of)
        } else {
            PatternKind::Name(of)
        };
        self.push_pattern(start, kind)
    }

    /// Whether a variable's name follows, and not a word that goes on with the pattern or ends it.
    fn at_designation(&self) -> bool {
        self.at(Kind::Identifier)
            && !["and", "or", "when"].iter().any(|word| self.at_word(word))
            && !self.is_query_word(self.position)
    }

    fn constant_pattern(&mut self, start: u32, place: Place) -> Parsed<PatternId> {
        let value = self.nested(|parser| match place {
            Place::Operand => parser.binary(precedence::SHIFT),
            Place::Label => parser.conditional(),
        })?;
        self.push_pattern(start, PatternKind::Constant(value))
    }

    /// `{ A: 1, B.C: > 2 } x`
    fn property_pattern(&mut self, start: u32, of: Option<TypeId>) -> Parsed<PatternId> {
        let brace = self.expect(Kind::OpenBrace)?;
        self.newer(Newer::PropertyPattern, brace.span);
        let properties = self.list(Kind::CloseBrace, Trailing::Allowed, |parser| {
            let mut path = vec![parser.identifier()?];
            while parser.at(Kind::Dot) {
                parser.newer(Newer::NestedPropertyPattern, parser.token().span);
                parser.bump();
                path.push(parser.identifier()?);
            }
            parser.expect(Kind::Colon)?;
            Ok(PropertyPattern { path: path.into_boxed_slice(), pattern: parser.pattern(Place::Operand)? })
        })?;
        let designation: Option<Designation> = if self.at_designation() { Some(self.designation()?) } else { None };
        self.push_pattern(start, PatternKind::Properties { of, properties, designation })
    }

    /// `{ pattern when guard => value, … }` behind `value switch`.
    pub(super) fn switch_expression(&mut self, start: u32, value: ExprId) -> Parsed<ExprId> {
        self.expect(Kind::OpenBrace)?;
        let arms = self.list(Kind::CloseBrace, Trailing::Allowed, |parser| {
            let pattern = parser.pattern(Place::Operand)?;
            // Not any expression: `(x) => y` would be taken for a lambda.
            let guard = if parser.eat_word("when") {
                Some(parser.nested(|parser| parser.binary(precedence::COALESCE))?)
            } else {
                None
            };
            parser.expect(Kind::FatArrow)?;
            Ok(SwitchArm { pattern, guard, value: parser.expression_or_throw()? })
        })?;
        self.push(start, ExprKind::Switch { value, arms })
    }
}
