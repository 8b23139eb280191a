//! Constructs of C# that are newer than Azure API Management, which compiles with C# 7.
//!
//! They are taken, since they can mean one thing only, with a warning: a document with one of them does not run in the original. Which version a
//! construct belongs to is what the real compiler says (`tests/csharp/cases/newer.txt`).

use super::compiled::CompileError;
use super::error::SyntaxError;
use super::span::Span;

/// A construct that C# 7.3 does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Newer {
    AndPattern,
    CoalescingAssignment,
    DiscardParameters,
    DiscardPattern,
    MixedDeconstruction,
    NestedPropertyPattern,
    NotPattern,
    NullableReference,
    OrPattern,
    ParenthesizedPattern,
    PositionalPattern,
    PropertyPattern,
    RelationalPattern,
    StaticLocalFunction,
    SwitchExpression,
    TargetTypedNew,
    TypePattern,
    UsingDeclaration,
    VerbatimInterpolation,
}

impl Newer {
    /// All of them, by version.
    #[cfg(test)]
    pub(crate) const ALL: [Newer; 19] = [
        Newer::SwitchExpression,
        Newer::PropertyPattern,
        Newer::PositionalPattern,
        Newer::DiscardPattern,
        Newer::CoalescingAssignment,
        Newer::UsingDeclaration,
        Newer::StaticLocalFunction,
        Newer::NullableReference,
        Newer::VerbatimInterpolation,
        Newer::NotPattern,
        Newer::AndPattern,
        Newer::OrPattern,
        Newer::RelationalPattern,
        Newer::TypePattern,
        Newer::ParenthesizedPattern,
        Newer::TargetTypedNew,
        Newer::DiscardParameters,
        Newer::NestedPropertyPattern,
        Newer::MixedDeconstruction,
    ];

    /// What it is called, the version of C# that brought it, and how it is written.
    pub(crate) fn described(self) -> (&'static str, u8, &'static str) {
        match self {
            Newer::SwitchExpression => ("A switch expression", 8, "x switch { 1 => \"a\", _ => \"b\" }"),
            Newer::PropertyPattern => ("A property pattern", 8, "x is { Length: 1 }"),
            Newer::PositionalPattern => ("A positional pattern", 8, "x is (1, 2)"),
            Newer::DiscardPattern => ("A discard pattern", 8, "case _:"),
            Newer::CoalescingAssignment => ("A coalescing assignment", 8, "x ??= \"a\";"),
            Newer::UsingDeclaration => ("A using declaration", 8, "using var x = y;"),
            Newer::StaticLocalFunction => ("A static local function", 8, "static int F() => 1;"),
            Newer::NullableReference => ("A nullable reference type", 8, "string? x"),
            Newer::VerbatimInterpolation => ("An interpolated string that begins with @$", 8, "@$\"{x}\""),
            Newer::NotPattern => ("A pattern with 'not'", 9, "x is not null"),
            Newer::AndPattern => ("A pattern with 'and'", 9, "x is T and not U"),
            Newer::OrPattern => ("A pattern with 'or'", 9, "x is 1 or 2"),
            Newer::RelationalPattern => ("A relational pattern", 9, "x is > 1"),
            Newer::TypePattern => ("A type as a pattern", 9, "case string:"),
            Newer::ParenthesizedPattern => ("A pattern in parentheses", 9, "x is (string s)"),
            Newer::TargetTypedNew => ("A new without a type", 9, "List<int> x = new();"),
            Newer::DiscardParameters => ("A lambda with several parameters _", 9, "(_, _) => 1"),
            Newer::NestedPropertyPattern => ("A property pattern that goes deeper", 10, "x is { A.B: 1 }"),
            Newer::MixedDeconstruction => ("A deconstruction into new and old variables", 10, "(var x, y) = z;"),
        }
    }

    /// The C# compiler's code.
    fn code(self) -> &'static str {
        if self == Newer::VerbatimInterpolation { "CS8401" } else { "CS8370" }
    }

    fn message(self) -> String {
        let (what, version, _) = self.described();
        format!("{what} is C# {version}; Azure API Management takes C# 7 and refuses it")
    }

    /// The warning about it at a place.
    pub(crate) fn warning(self, span: Span) -> SyntaxError {
        SyntaxError::new(self.code(), span, self.message())
    }
}

/// Warnings in the order of the code, each construct that is newer once.
pub(super) fn once(mut warnings: Vec<CompileError>) -> Vec<CompileError> {
    warnings.sort_by_key(|warning| warning.span.start);
    let mut told: Vec<String> = Vec::new();
    warnings.retain(|warning| {
        if !matches!(warning.code, "CS8370" | "CS8401") {
            return true;
        }
        let is_first = !told.contains(&warning.message);
        if is_first {
            told.push(warning.message.clone());
        }
        is_first
    });
    warnings
}
