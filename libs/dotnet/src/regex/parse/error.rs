//! `RegexParseException`: what is wrong with a pattern and where.

use crate::{Exception, ExceptionType};

/// What is wrong, in the order and the words of .NET 8.
#[derive(Debug)]
pub(in crate::regex) enum ParseError {
    ConditionIsComment,
    ConditionReferenceMalformed(u32),
    ConditionIsNamed,
    ConditionHasTooManyBranches,
    ConditionReferenceUndefined(u32),
    GroupNameInvalid,
    GroupNumberZero,
    SubtractionNotLast,
    TooFewClosing,
    TooFewOpening,
    HexDigits,
    GroupingConstruct,
    PropertyIncomplete,
    PropertyMalformed,
    PropertyUnknown(String),
    NamedReferenceMalformed,
    ControlMissing,
    ControlUnrecognized,
    NestedQuantifier(char),
    QuantifierAfterNothing(char),
    NumberTooLarge,
    RangeReversed,
    QuantifierReversed,
    ShorthandInRange(char),
    NameUndefined(String),
    NumberUndefined(u32),
    EndingBackslash,
    EscapeUnrecognized(String),
    UnterminatedSet,
    UnterminatedComment,
}

impl ParseError {
    /// The exception for this error at an offset.
    pub(in crate::regex) fn at(&self, pattern: &[u16], offset: usize) -> Exception {
        let pattern = String::from_utf16_lossy(pattern);
        let message = format!("Invalid pattern '{pattern}' at offset {offset}. {}", self.text());
        Exception::new(ExceptionType::RegexParse, message)
    }

    fn text(&self) -> String {
        let fixed = match self {
            ParseError::ConditionIsComment => "Alternation conditions cannot be comments.",
            ParseError::ConditionIsNamed => "Alternation conditions do not capture and cannot be named.",
            ParseError::ConditionHasTooManyBranches => "Too many | in (?()|).",
            ParseError::GroupNameInvalid => "Invalid group name: Group names must begin with a word character.",
            ParseError::GroupNumberZero => "Capture number cannot be zero.",
            ParseError::SubtractionNotLast => "A subtraction must be the last element in a character class.",
            ParseError::TooFewClosing => "Not enough )'s.",
            ParseError::TooFewOpening => "Too many )'s.",
            ParseError::HexDigits => "Insufficient or invalid hexadecimal digits.",
            ParseError::GroupingConstruct => "Unrecognized grouping construct.",
            ParseError::PropertyIncomplete => "Incomplete \\p{X} character escape.",
            ParseError::PropertyMalformed => "Malformed \\p{X} character escape.",
            ParseError::NamedReferenceMalformed => "Malformed \\k<...> named back reference.",
            ParseError::ControlMissing => "Missing control character.",
            ParseError::ControlUnrecognized => "Unrecognized control character.",
            ParseError::NumberTooLarge => {
                "Quantifier and capture group numbers must be less than or equal to Int32.MaxValue."
            }
            ParseError::RangeReversed => "[x-y] range in reverse order.",
            ParseError::QuantifierReversed => "Illegal {x,y} with x > y.",
            ParseError::EndingBackslash => "Illegal \\ at end of pattern.",
            ParseError::UnterminatedSet => "Unterminated [] set.",
            ParseError::UnterminatedComment => "Unterminated (?#...) comment.",
            _ => return self.text_with_arguments(),
        };
        fixed.to_owned()
    }

    fn text_with_arguments(&self) -> String {
        match self {
            ParseError::ConditionReferenceMalformed(number) => {
                format!("Conditional alternation is missing a closing parenthesis after the group number {number}.")
            }
            ParseError::ConditionReferenceUndefined(number) => {
                format!("Conditional alternation refers to an undefined group number {number}.")
            }
            ParseError::PropertyUnknown(name) => format!("Unknown property '{name}'."),
            ParseError::NestedQuantifier(quantifier) => format!("Nested quantifier '{quantifier}'."),
            ParseError::QuantifierAfterNothing(quantifier) => format!("Quantifier '{quantifier}' following nothing."),
            ParseError::ShorthandInRange(class) => format!("Cannot include class \\{class} in character range."),
            ParseError::NameUndefined(name) => format!("Reference to undefined group name '{name}'."),
            ParseError::NumberUndefined(number) => format!("Reference to undefined group number {number}."),
            ParseError::EscapeUnrecognized(escape) => format!("Unrecognized escape sequence \\{escape}."),
            _ => String::new(),
        }
    }
}
