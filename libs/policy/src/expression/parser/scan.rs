//! Looking ahead: is this a type or an expression, a cast or parentheses, a type argument list or a comparison?
//!
//! Nothing is built and nothing is reported here. A scan goes at most [`limits::TYPE_SCAN_DEPTH_MAX`] deep.

use super::Parser;
use crate::expression::ast::PredefinedType;
use crate::expression::limits;
use crate::expression::token::Kind;

/// A type that may stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scanned {
    /// Index of the first token behind it.
    pub(super) end: usize,
    /// Whether it cannot be an expression.
    pub(super) is_certain: bool,
}

/// How a `?` behind a type is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// The type is nullable.
    Nullable,
    /// Behind `is` and `as` it may start a conditional: then an expression follows.
    MaybeConditional,
}

impl Parser<'_> {
    /// The type at token `at`, if there may be one.
    pub(super) fn scan_type(&self, at: usize, question: Question) -> Option<Scanned> {
        self.scan_type_at(at, question, 0)
    }

    fn scan_type_at(&self, at: usize, question: Question, depth: u32) -> Option<Scanned> {
        if depth > limits::TYPE_SCAN_DEPTH_MAX {
            return None;
        }
        let mut scanned = match self.token_at(at).kind {
            Kind::Identifier => Scanned { end: self.scan_name(at, depth)?, is_certain: false },
            Kind::OpenParen => Scanned { end: self.scan_tuple(at, depth)?, is_certain: false },
            kind => predefined(kind).map(|_| Scanned { end: at + 1, is_certain: true })?,
        };
        loop {
            if self.question_is_nullable(scanned.end, question) {
                scanned = Scanned { end: scanned.end + 1, is_certain: true };
            } else if let Some(end) = self.scan_rank(scanned.end) {
                scanned = Scanned { end, is_certain: true };
            } else {
                return Some(scanned);
            }
        }
    }

    /// Whether the token `at` is a `?` that belongs to the type in front of it.
    pub(super) fn question_is_nullable(&self, at: usize, question: Question) -> bool {
        self.token_at(at).kind == Kind::Question
            && (question == Question::Nullable || !starts_expression(self.token_at(at + 1).kind))
    }

    /// `[`, commas, `]`.
    pub(super) fn scan_rank(&self, at: usize) -> Option<usize> {
        if self.token_at(at).kind != Kind::OpenBracket {
            return None;
        }
        let mut end = at + 1;
        while self.token_at(end).kind == Kind::Comma {
            end += 1;
        }
        (self.token_at(end).kind == Kind::CloseBracket).then_some(end + 1)
    }

    /// `A::B<C>.D`
    fn scan_name(&self, at: usize, depth: u32) -> Option<usize> {
        let mut end = at + 1;
        if self.token_at(end).kind == Kind::ColonColon {
            end += 2;
        }
        loop {
            if let Some(behind) = self.scan_arguments(end, depth + 1) {
                end = behind;
            }
            if self.token_at(end).kind == Kind::Dot && self.token_at(end + 1).kind == Kind::Identifier {
                end += 2;
            } else {
                return Some(end);
            }
        }
    }

    /// `<A, B>`
    fn scan_arguments(&self, at: usize, depth: u32) -> Option<usize> {
        if self.token_at(at).kind != Kind::Less {
            return None;
        }
        let mut end = at + 1;
        loop {
            end = self.scan_type_at(end, Question::Nullable, depth)?.end;
            match self.token_at(end).kind {
                Kind::Comma => end += 1,
                Kind::Greater => return Some(end + 1),
                _ => return None,
            }
        }
    }

    /// `(A, B b)`
    pub(super) fn scan_tuple(&self, at: usize, depth: u32) -> Option<usize> {
        let mut end = at + 1;
        let mut count = 0;
        loop {
            end = self.scan_type_at(end, Question::Nullable, depth + 1)?.end;
            count += 1;
            if self.token_at(end).kind == Kind::Identifier {
                end += 1;
            }
            match self.token_at(end).kind {
                Kind::Comma => end += 1,
                Kind::CloseParen if count > 1 => return Some(end + 1),
                _ => return None,
            }
        }
    }

    /// Whether the `<` at the position starts type arguments of an expression's name: they end, and what follows cannot follow a comparison.
    pub(super) fn at_type_arguments(&self) -> bool {
        let Some(end) = self.scan_arguments(self.position, 0) else { return false };
        matches!(
            self.token_at(end).kind,
            Kind::OpenParen
                | Kind::CloseParen
                | Kind::OpenBracket
                | Kind::CloseBracket
                | Kind::OpenBrace
                | Kind::CloseBrace
                | Kind::HoleClose
                | Kind::HoleFormat
                | Kind::Colon
                | Kind::Semicolon
                | Kind::Comma
                | Kind::Dot
                | Kind::Question
                | Kind::QuestionQuestion
                | Kind::EqualsEquals
                | Kind::NotEquals
                | Kind::Bar
                | Kind::BarBar
                | Kind::Ampersand
                | Kind::AndAnd
                | Kind::Caret
                | Kind::Less
                | Kind::LessEquals
                | Kind::GreaterEquals
                | Kind::Is
                | Kind::As
                | Kind::End
        )
    }

    /// Whether the `(` at the position starts a cast (C# specification, "Cast expressions").
    pub(super) fn at_cast(&self) -> bool {
        let Some(scanned) = self.scan_type(self.position + 1, Question::Nullable) else { return false };
        if self.token_at(scanned.end).kind != Kind::CloseParen {
            return false;
        }
        scanned.is_certain || self.may_follow_cast(scanned.end + 1)
    }

    /// Whether the token `at` makes a cast of the parenthesized name in front of it.
    fn may_follow_cast(&self, at: usize) -> bool {
        match self.token_at(at).kind {
            Kind::Exclamation | Kind::Tilde | Kind::OpenParen => true,
            Kind::As | Kind::Is | Kind::Switch | Kind::In => false,
            Kind::Identifier => !self.is_query_word(at) && !self.is_word(at, "when"),
            kind => matches!(kind, Kind::Literal | Kind::InterpolatedStart) || kind.is_keyword(),
        }
    }

    /// The token behind `ref` and `readonly`, if they stand at token `at`.
    pub(super) fn behind_ref(&self, at: usize) -> usize {
        match (self.token_at(at).kind, self.token_at(at + 1).kind) {
            (Kind::Ref, Kind::Readonly) => at + 2,
            (Kind::Ref, _) => at + 1,
            _ => at,
        }
    }

    /// Whether a declaration (`T name`) starts at the position.
    pub(super) fn at_declaration(&self) -> bool {
        self.scan_type(self.behind_ref(self.position), Question::Nullable)
            .is_some_and(|scanned| self.token_at(scanned.end).kind == Kind::Identifier)
    }

    /// Whether `var (a, b)` with an `=` or `in` behind it starts at the position.
    pub(super) fn at_deconstruction(&self) -> bool {
        self.at_word("var")
            && self.kind_ahead(1) == Kind::OpenParen
            && self.behind_bracket(self.position + 1).is_some_and(|kind| matches!(kind, Kind::Equals | Kind::In))
    }

    /// What stands behind the bracket that closes the one at `opener`.
    pub(super) fn behind_bracket(&self, opener: usize) -> Option<Kind> {
        let closer = self.closers.get(opener).copied().filter(|&closer| closer != 0)?;
        Some(self.token_at(closer as usize + 1).kind)
    }

    /// Whether a lambda starts at the position.
    pub(super) fn at_lambda(&self) -> bool {
        match self.kind() {
            Kind::Identifier => self.kind_ahead(1) == Kind::FatArrow,
            Kind::OpenParen => self.behind_bracket(self.position) == Some(Kind::FatArrow),
            _ => false,
        }
    }

    /// Whether a query starts at the position.
    pub(super) fn at_query(&self) -> bool {
        self.at_word("from")
            && (self.kind_ahead(1) == Kind::Identifier && self.kind_ahead(2) == Kind::In
                || self.scan_type(self.position + 1, Question::Nullable).is_some_and(|scanned| {
                    self.token_at(scanned.end).kind == Kind::Identifier
                        && self.token_at(scanned.end + 1).kind == Kind::In
                }))
    }

    /// Whether the token `at` is a keyword of the query it stands in.
    pub(super) fn is_query_word(&self, at: usize) -> bool {
        const WORDS: [&str; 13] = [
            "from",
            "where",
            "select",
            "group",
            "into",
            "orderby",
            "join",
            "let",
            "in",
            "on",
            "equals",
            "by",
            "ascending",
        ];
        self.queries > 0 && (self.is_word(at, "descending") || WORDS.iter().any(|word| self.is_word(at, word)))
    }
}

/// The type that a keyword names.
pub(super) fn predefined(kind: Kind) -> Option<PredefinedType> {
    Some(match kind {
        Kind::Bool => PredefinedType::Bool,
        Kind::Byte => PredefinedType::Byte,
        Kind::Sbyte => PredefinedType::SByte,
        Kind::Short => PredefinedType::Short,
        Kind::Ushort => PredefinedType::UShort,
        Kind::Int => PredefinedType::Int,
        Kind::Uint => PredefinedType::UInt,
        Kind::Long => PredefinedType::Long,
        Kind::Ulong => PredefinedType::ULong,
        Kind::Float => PredefinedType::Float,
        Kind::Double => PredefinedType::Double,
        Kind::Decimal => PredefinedType::Decimal,
        Kind::Char => PredefinedType::Char,
        Kind::String => PredefinedType::String,
        Kind::Object => PredefinedType::Object,
        Kind::Void => PredefinedType::Void,
        _ => return None,
    })
}

/// Whether an expression can start with `kind`.
pub(super) fn starts_expression(kind: Kind) -> bool {
    predefined(kind).is_some()
        || matches!(
            kind,
            Kind::Identifier
                | Kind::Literal
                | Kind::InterpolatedStart
                | Kind::OpenParen
                | Kind::New
                | Kind::Typeof
                | Kind::Sizeof
                | Kind::Default
                | Kind::Checked
                | Kind::Unchecked
                | Kind::Delegate
                | Kind::This
                | Kind::Base
                | Kind::Null
                | Kind::True
                | Kind::False
                | Kind::Throw
                | Kind::Plus
                | Kind::Minus
                | Kind::Exclamation
                | Kind::Tilde
                | Kind::PlusPlus
                | Kind::MinusMinus
        )
}
