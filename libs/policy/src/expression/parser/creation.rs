//! `new`: objects, arrays, anonymous objects and what stands in their braces.

use super::{Parsed, Parser, Trailing};
use crate::expression::ast::{
    AnonymousMember, ArrayItem, ArrayItems, CollectionItem, ExprId, ExprKind, InitialValue, Initializer,
    MemberInitializer, MemberTarget, Name, TypeId, TypeKind,
};
use crate::expression::error::SyntaxError;
use crate::expression::limits;
use crate::expression::newer::Newer;
use crate::expression::token::Kind;

impl Parser<'_> {
    /// The `new` at the position, which is where `start` is.
    pub(super) fn creation(&mut self, start: u32) -> Parsed<ExprId> {
        self.expect(Kind::New)?;
        match self.kind() {
            Kind::OpenBrace => {
                self.bump();
                let members = self.list(Kind::CloseBrace, Trailing::Allowed, Self::anonymous_member)?;
                self.push(start, ExprKind::NewAnonymous(members))
            }
            Kind::OpenBracket => {
                let rank = self.rank()?;
                let items = self.array_items()?;
                self.push(start, ExprKind::NewImplicitArray { rank, items })
            }
            // An array of tuples: `new (int, string)[2]`.
            Kind::OpenParen if self.at_tuple_array() => self.nested(|parser| parser.object_or_array(start)),
            Kind::OpenParen => {
                self.newer(Newer::TargetTypedNew, self.span_from(start));
                self.object(start, None)
            }
            _ => self.nested(|parser| parser.object_or_array(start)),
        }
    }

    fn at_tuple_array(&self) -> bool {
        self.scan_tuple(self.position, 0).is_some_and(|end| self.token_at(end).kind == Kind::OpenBracket)
    }

    fn object_or_array(&mut self, start: u32) -> Parsed<ExprId> {
        let type_start = self.start();
        let mut of = self.bare_type()?;
        if self.at(Kind::Question) {
            self.bump();
            of = self.push_type(type_start, TypeKind::Nullable(of))?;
        }
        if self.at(Kind::OpenBracket) { self.array(start, type_start, of) } else { self.object(start, Some(of)) }
    }

    /// `(…) { … }`
    fn object(&mut self, start: u32, of: Option<TypeId>) -> Parsed<ExprId> {
        let arguments = if self.at(Kind::OpenParen) {
            self.arguments()?
        } else if self.at(Kind::OpenBrace) {
            Box::default()
        } else {
            let message = "A new expression requires an argument list or (), [], or {} after type";
            return Err(self.error("CS1526", message));
        };
        let initializer = if self.at(Kind::OpenBrace) { Some(Box::new(self.initializer()?)) } else { None };
        self.push(start, ExprKind::New { of, arguments, initializer })
    }

    /// `[n, m][] { … }` behind the type of the elements.
    fn array(&mut self, start: u32, type_start: u32, element: TypeId) -> Parsed<ExprId> {
        let brackets = self.start();
        let mut sizes: Box<[ExprId]> = Box::default();
        let mut ranks = Vec::new();
        if self.scan_rank(self.position).is_some() {
            ranks.push(self.rank()?);
        } else {
            self.expect(Kind::OpenBracket)?;
            sizes = self.list(Kind::CloseBracket, Trailing::Forbidden, Self::expression)?;
            let rank = u8::try_from(sizes.len()).ok().filter(|&rank| usize::from(rank) <= limits::ARRAY_RANK_MAX);
            ranks.push(rank.ok_or_else(|| super::too_complex(self.span_from(brackets)))?);
        }
        let first_brackets = self.span_from(brackets);
        while self.scan_rank(self.position).is_some() {
            ranks.push(self.rank()?);
        }
        if self.at(Kind::OpenBracket) {
            return Err(self.error("CS0178", "Invalid rank specifier: expected ',' or ']'"));
        }
        let of = self.array_of(type_start, element, &ranks)?;
        let items = if self.at(Kind::OpenBrace) { Some(self.array_items()?) } else { None };
        if sizes.is_empty() && items.is_none() {
            let message = "Array creation must have array size or array initializer";
            return Err(self.or_lexical(SyntaxError::new("CS1586", first_brackets, message)));
        }
        self.push(start, ExprKind::NewArray { of, sizes, items })
    }

    /// `{ 1, { 2, 3 } }`
    pub(super) fn array_items(&mut self) -> Parsed<ArrayItems> {
        self.nested(|parser| {
            let start = parser.start();
            parser.expect(Kind::OpenBrace)?;
            let items = parser.list(Kind::CloseBrace, Trailing::Allowed, |parser| {
                Ok(if parser.at(Kind::OpenBrace) {
                    ArrayItem::Nested(parser.array_items()?)
                } else {
                    ArrayItem::Value(parser.expression()?)
                })
            })?;
            Ok(ArrayItems { items, span: parser.span_from(start) })
        })
    }

    /// `{ A = 1 }` or `{ 1, { 2, 3 } }`
    fn initializer(&mut self) -> Parsed<Initializer> {
        self.nested(|parser| {
            parser.expect(Kind::OpenBrace)?;
            let sets = match parser.kind() {
                Kind::CloseBrace | Kind::OpenBracket => true,
                Kind::Identifier => parser.kind_ahead(1) == Kind::Equals,
                _ => false,
            };
            if sets {
                let members = parser.list(Kind::CloseBrace, Trailing::Allowed, Self::member_initializer)?;
                Ok(Initializer::Object(members))
            } else {
                let items = parser.list(Kind::CloseBrace, Trailing::Allowed, Self::collection_item)?;
                Ok(Initializer::Collection(items))
            }
        })
    }

    fn member_initializer(&mut self) -> Parsed<MemberInitializer> {
        let target = if self.at(Kind::OpenBracket) {
            MemberTarget::Index(self.index_arguments()?)
        } else {
            MemberTarget::Name(self.identifier()?)
        };
        self.expect(Kind::Equals)?;
        let value = if self.at(Kind::OpenBrace) {
            InitialValue::Nested(self.initializer()?)
        } else {
            InitialValue::Value(self.expression()?)
        };
        Ok(MemberInitializer { target, value })
    }

    fn collection_item(&mut self) -> Parsed<CollectionItem> {
        let start = self.start();
        let arguments = if self.eat(Kind::OpenBrace) {
            let arguments = self.list(Kind::CloseBrace, Trailing::Allowed, Self::expression)?;
            if arguments.is_empty() {
                return Err(SyntaxError::new("CS1920", self.span_from(start), "Element initializer cannot be empty"));
            }
            arguments
        } else {
            Box::new([self.expression()?])
        };
        Ok(CollectionItem { arguments, span: self.span_from(start) })
    }

    /// `A = 1`, `A` or `b.A`
    fn anonymous_member(&mut self) -> Parsed<AnonymousMember> {
        if self.at(Kind::Identifier) && self.kind_ahead(1) == Kind::Equals {
            let name = self.identifier()?;
            self.bump();
            return Ok(AnonymousMember { name, value: self.expression()? });
        }
        let start = self.start();
        let value = self.expression()?;
        match self.inferred_name(value) {
            Some(name) => Ok(AnonymousMember { name, value }),
            None => {
                let message = "Invalid anonymous type member declarator. Anonymous type members must be declared with a member \
                               assignment, simple name or member access";
                Err(SyntaxError::new("CS0746", self.span_from(start), message))
            }
        }
    }

    /// The name that a member or tuple element gets from its value.
    fn inferred_name(&self, value: ExprId) -> Option<Name> {
        let mut value = value;
        loop {
            match &self.expr(value).kind {
                ExprKind::Name(name) | ExprKind::Member { name, .. } | ExprKind::MemberBinding(name) => {
                    return Some(name.name);
                }
                ExprKind::ConditionalAccess { access, .. } => value = *access,
                _ => return None,
            }
        }
    }
}
