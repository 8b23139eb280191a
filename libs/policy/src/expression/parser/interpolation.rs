//! Interpolated strings.

use super::{Parsed, Parser};
use crate::expression::ast::{ExprKind, InterpolationPart, Literal};
use crate::expression::error::SyntaxError;
use crate::expression::token::{Kind, Token};

impl Parser<'_> {
    /// The interpolated string at the position.
    pub(super) fn interpolated_string(&mut self) -> Parsed<ExprKind> {
        self.expect(Kind::InterpolatedStart)?;
        let mut parts = Vec::new();
        loop {
            let token = self.token();
            match token.kind {
                Kind::InterpolatedText => {
                    self.bump();
                    parts.push(InterpolationPart::Text(self.text_of(token)));
                }
                Kind::HoleOpen => parts.push(self.hole()?),
                Kind::InterpolatedEnd => {
                    self.bump();
                    return Ok(ExprKind::Interpolated(parts.into_boxed_slice()));
                }
                _ => return Err(self.expected(Kind::InterpolatedEnd)),
            }
        }
    }

    /// `{value,alignment:format}`
    fn hole(&mut self) -> Parsed<InterpolationPart> {
        self.expect(Kind::HoleOpen)?;
        let value = self.expression()?;
        let alignment = if self.eat(Kind::Comma) { Some(self.expression()?) } else { None };
        let token = self.token();
        let format = if self.eat(Kind::HoleFormat) { Some(self.text_of(token)) } else { None };
        if format.as_ref().is_some_and(|format| format.is_empty()) {
            return Err(SyntaxError::new("CS8089", token.span, "Empty format specifier"));
        }
        if !self.at(Kind::HoleClose) {
            return Err(self.error("CS1003", "Syntax error, '}' expected"));
        }
        self.bump();
        Ok(InterpolationPart::Hole { value, alignment, format })
    }

    fn text_of(&self, token: Token) -> Box<str> {
        match self.literal(token) {
            Literal::String(text) => text,
            _ => Box::default(),
        }
    }
}
