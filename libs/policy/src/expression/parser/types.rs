//! Types.

use super::scan::{Question, predefined};
use super::{Parsed, Parser, Trailing};
use crate::expression::ast::{PredefinedType, SimpleName, TupleElementType, TypeId, TypeKind};
use crate::expression::error::SyntaxError;
use crate::expression::limits;
use crate::expression::token::Kind;

impl Parser<'_> {
    /// A type with all that may follow it: `A.B<C>?[]`.
    pub(super) fn type_of(&mut self, question: Question) -> Parsed<TypeId> {
        self.nested(|parser| {
            let start = parser.start();
            let mut of = parser.bare_type()?;
            loop {
                if parser.question_is_nullable(parser.position, question) {
                    parser.bump();
                    of = parser.push_type(start, TypeKind::Nullable(of))?;
                } else if parser.scan_rank(parser.position).is_some() {
                    of = parser.array_type(start, of)?;
                } else {
                    return Ok(of);
                }
            }
        })
    }

    /// The type of a local variable or of what a local function returns: `ref` and `readonly` may stand in front of it.
    pub(super) fn type_or_ref(&mut self) -> Parsed<TypeId> {
        let start = self.start();
        if !self.eat(Kind::Ref) {
            return self.type_of(Question::Nullable);
        }
        let is_readonly = self.eat(Kind::Readonly);
        let of = self.type_of(Question::Nullable)?;
        self.push_type(start, TypeKind::Ref { of, is_readonly })
    }

    /// Any number of `[,]` behind the element type; the first brackets are the outermost array.
    pub(super) fn array_type(&mut self, start: u32, element: TypeId) -> Parsed<TypeId> {
        let mut ranks = Vec::new();
        while self.scan_rank(self.position).is_some() {
            ranks.push(self.rank()?);
        }
        self.array_of(start, element, &ranks)
    }

    /// An array type with these ranks, outermost first.
    pub(super) fn array_of(&mut self, start: u32, element: TypeId, ranks: &[u8]) -> Parsed<TypeId> {
        let mut of = element;
        for &rank in ranks.iter().rev() {
            of = self.push_type(start, TypeKind::Array { element: of, rank })?;
        }
        Ok(of)
    }

    /// `[,]`: one more than its commas.
    pub(super) fn rank(&mut self) -> Parsed<u8> {
        let opener = self.expect(Kind::OpenBracket)?;
        let mut rank = 1;
        while self.eat(Kind::Comma) {
            rank += 1;
        }
        self.expect(Kind::CloseBracket)?;
        if rank > limits::ARRAY_RANK_MAX {
            return Err(SyntaxError::new("CS8078", opener.span, "An expression is too long or complex to compile"));
        }
        Ok(rank as u8)
    }

    /// A type without `?` and `[]`.
    pub(super) fn bare_type(&mut self) -> Parsed<TypeId> {
        let start = self.start();
        match self.kind() {
            Kind::Identifier => self.named_type(start),
            Kind::OpenParen => {
                self.bump();
                let elements = self.list(Kind::CloseParen, Trailing::Forbidden, |parser| {
                    let of = parser.type_of(Question::Nullable)?;
                    let name = if parser.at(Kind::Identifier) { Some(parser.identifier()?) } else { None };
                    Ok(TupleElementType { of, name })
                })?;
                if elements.len() < 2 {
                    let message = "Tuple must contain at least two elements";
                    return Err(SyntaxError::new("CS8124", self.span_from(start), message));
                }
                self.push_type(start, TypeKind::Tuple(elements))
            }
            kind => match predefined(kind) {
                // `void` is for local functions, which ask for it themselves.
                Some(PredefinedType::Void) | None => Err(self.type_expected()),
                Some(of) => {
                    self.bump();
                    self.push_type(start, TypeKind::Predefined(of))
                }
            },
        }
    }

    fn type_expected(&self) -> SyntaxError {
        match self.kind() {
            Kind::Void => {
                SyntaxError::new("CS1547", self.token().span, "Keyword 'void' cannot be used in this context")
            }
            _ => self.error("CS1031", "Type expected"),
        }
    }

    fn named_type(&mut self, start: u32) -> Parsed<TypeId> {
        if self.at_word("global") && self.kind_ahead(1) == Kind::ColonColon {
            self.bump();
            self.bump();
        } else if !matches!(self.kind_ahead(1), Kind::Less | Kind::Dot) {
            let contextual = match () {
                () if self.at_word("var") => Some(TypeKind::Var),
                () if self.at_word("dynamic") => Some(TypeKind::Dynamic),
                () => None,
            };
            if let Some(kind) = contextual {
                self.bump();
                return self.push_type(start, kind);
            }
        }
        let mut qualifier = None;
        loop {
            let name = self.identifier()?;
            let arguments = if self.at(Kind::Less) { self.type_arguments()? } else { Box::default() };
            let of = self.push_type(start, TypeKind::Named { qualifier, name: SimpleName { name, arguments } })?;
            if !self.eat(Kind::Dot) {
                return Ok(of);
            }
            qualifier = Some(of);
        }
    }

    /// `<A, B>`
    pub(super) fn type_arguments(&mut self) -> Parsed<Box<[TypeId]>> {
        self.expect(Kind::Less)?;
        let mut arguments = vec![self.type_of(Question::Nullable)?];
        while self.eat(Kind::Comma) {
            arguments.push(self.type_of(Question::Nullable)?);
        }
        self.expect(Kind::Greater)?;
        Ok(arguments.into_boxed_slice())
    }
}
