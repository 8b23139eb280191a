//! The tokens of C#.
//!
//! Contextual keywords (`var`, `when`, `from`, `nameof`, …) are identifiers here; the parser knows their contexts. `>>` and `>>=` are never
//! one token, because `List<List<int>>` is more frequent: the parser puts adjacent ones together.

use super::span::Span;

/// One token. `value` leads to what `kind` does not say: a name for identifiers, an entry of the literals for literals and texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
    pub(super) value: u32,
}

macro_rules! kinds {
    (keywords { $($keyword:ident $word:literal)* } marks { $($mark:ident $text:literal)* } others { $($other:ident $shown:literal)* }) => {
        /// What a token is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($keyword,)* $($mark,)* $($other,)* }

        impl Kind {
            /// The keyword that `word` is.
            pub(super) fn keyword(word: &str) -> Option<Kind> {
                match word { $($word => Some(Kind::$keyword),)* _ => None }
            }

            /// As a message names it.
            pub(super) fn text(self) -> &'static str {
                match self { $(Kind::$keyword => $word,)* $(Kind::$mark => $text,)* $(Kind::$other => $shown,)* }
            }

            /// Whether it is a reserved word.
            pub(super) fn is_keyword(self) -> bool {
                matches!(self, $(Kind::$keyword)|*)
            }
        }
    };
}

kinds! {
    keywords {
        Abstract "abstract" As "as" Base "base" Bool "bool" Break "break" Byte "byte" Case "case" Catch "catch" Char "char"
        Checked "checked" Class "class" Const "const" Continue "continue" Decimal "decimal" Default "default" Delegate "delegate"
        Do "do" Double "double" Else "else" Enum "enum" Event "event" Explicit "explicit" Extern "extern" False "false"
        Finally "finally" Fixed "fixed" Float "float" For "for" Foreach "foreach" Goto "goto" If "if" Implicit "implicit" In "in"
        Int "int" Interface "interface" Internal "internal" Is "is" Lock "lock" Long "long" Namespace "namespace" New "new"
        Null "null" Object "object" Operator "operator" Out "out" Override "override" Params "params" Private "private"
        Protected "protected" Public "public" Readonly "readonly" Ref "ref" Return "return" Sbyte "sbyte" Sealed "sealed"
        Short "short" Sizeof "sizeof" Stackalloc "stackalloc" Static "static" String "string" Struct "struct" Switch "switch"
        This "this" Throw "throw" True "true" Try "try" Typeof "typeof" Uint "uint" Ulong "ulong" Unchecked "unchecked"
        Unsafe "unsafe" Ushort "ushort" Using "using" Virtual "virtual" Void "void" Volatile "volatile" While "while"
    }
    marks {
        OpenBrace "{" CloseBrace "}" OpenBracket "[" CloseBracket "]" OpenParen "(" CloseParen ")" Dot "." Comma "," Colon ":"
        ColonColon "::" Semicolon ";" Plus "+" Minus "-" Star "*" Slash "/" Percent "%" Ampersand "&" Bar "|" Caret "^"
        Exclamation "!" Tilde "~" Equals "=" Less "<" Greater ">" Question "?" QuestionQuestion "??" QuestionQuestionEquals "??="
        PlusPlus "++" MinusMinus "--" AndAnd "&&" BarBar "||" Arrow "->" EqualsEquals "==" NotEquals "!=" LessEquals "<="
        GreaterEquals ">=" PlusEquals "+=" MinusEquals "-=" StarEquals "*=" SlashEquals "/=" PercentEquals "%="
        AmpersandEquals "&=" BarEquals "|=" CaretEquals "^=" LessLess "<<" LessLessEquals "<<=" FatArrow "=>" DotDot ".."
    }
    others {
        Identifier "identifier" Literal "literal"
        // `$"text{hole,alignment:format}text"`: InterpolatedStart InterpolatedText HoleOpen … [HoleFormat] HoleClose … InterpolatedEnd.
        InterpolatedStart "$\"" InterpolatedText "text" HoleOpen "{" HoleFormat ":" HoleClose "}" InterpolatedEnd "\""
        // Stands where the lexer stopped with an error; nothing but `End` follows.
        Error "error" End "end of the expression"
    }
}

impl Kind {
    /// Whether it closes what an opening bracket opened.
    pub(super) fn is_closer(self) -> bool {
        matches!(self, Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen)
    }

    /// Whether it opens a bracket.
    pub(super) fn is_opener(self) -> bool {
        matches!(self, Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen)
    }
}
