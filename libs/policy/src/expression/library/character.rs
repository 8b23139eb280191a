//! `System.Char`.

use postern_dotnet::text::{self, from_units, unit_at};
use postern_dotnet::{Exception, ExceptionType};

use super::values::{constant, hash, unit};
use super::{ClassBuilder, Library};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

/// A test, on a `char` and on a position of a text.
macro_rules! tests {
    ($builder:expr, $($name:literal $test:path;)*) => {
        $builder
            $(.method(concat!("static bool ", $name, "(char c)"), |call| Ok($test(unit(call, 0)).into()))
            .method(concat!("static bool ", $name, "(string s, int index)"), |call| Ok($test(in_text(call)?).into())))*
    };
}

pub(super) fn declare(library: &mut Library) {
    library.enumeration(CATEGORY, CATEGORIES);
    let builder = library.declare("struct System.Char").constructor("()", |_| Ok(Value::Char(0)));
    let builder = tests!(
        builder,
        "IsLetter" text::is_letter;
        "IsDigit" text::is_digit;
        "IsLetterOrDigit" text::is_letter_or_digit;
        "IsNumber" text::is_number;
        "IsUpper" text::is_upper;
        "IsLower" text::is_lower;
        "IsWhiteSpace" text::is_white_space;
        "IsPunctuation" text::is_punctuation;
        "IsSymbol" text::is_symbol;
        "IsSeparator" text::is_separator;
        "IsControl" text::is_control;
        "IsSurrogate" text::is_surrogate;
        "IsHighSurrogate" is_high_surrogate;
        "IsLowSurrogate" is_low_surrogate;
    );
    declare_conversions(declare_ranges(builder));
}

const CATEGORY: &str = "System.Globalization.UnicodeCategory";

const CATEGORIES: &[(&str, i64)] = &[
    ("UppercaseLetter", 0),
    ("LowercaseLetter", 1),
    ("TitlecaseLetter", 2),
    ("ModifierLetter", 3),
    ("OtherLetter", 4),
    ("NonSpacingMark", 5),
    ("SpacingCombiningMark", 6),
    ("EnclosingMark", 7),
    ("DecimalDigitNumber", 8),
    ("LetterNumber", 9),
    ("OtherNumber", 10),
    ("SpaceSeparator", 11),
    ("LineSeparator", 12),
    ("ParagraphSeparator", 13),
    ("Control", 14),
    ("Format", 15),
    ("Surrogate", 16),
    ("PrivateUse", 17),
    ("ConnectorPunctuation", 18),
    ("DashPunctuation", 19),
    ("OpenPunctuation", 20),
    ("ClosePunctuation", 21),
    ("InitialQuotePunctuation", 22),
    ("FinalQuotePunctuation", 23),
    ("OtherPunctuation", 24),
    ("MathSymbol", 25),
    ("CurrencySymbol", 26),
    ("ModifierSymbol", 27),
    ("OtherSymbol", 28),
    ("OtherNotAssigned", 29),
];

fn category(unit: u16) -> Value {
    constant(CATEGORY, text::unicode_category(unit))
}

const fn is_high_surrogate(unit: u16) -> bool {
    matches!(unit, 0xD800..=0xDBFF)
}

const fn is_low_surrogate(unit: u16) -> bool {
    matches!(unit, 0xDC00..=0xDFFF)
}

fn declare_ranges(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .getter("static char MaxValue", |_| Ok(Value::Char(u16::MAX)))
        .getter("static char MinValue", |_| Ok(Value::Char(0)))
        .method("static bool IsAscii(char c)", |call| Ok((unit(call, 0) < 0x80).into()))
        .method("static bool IsAsciiDigit(char c)", |call| Ok(ascii(call).is_some_and(|c| c.is_ascii_digit()).into()))
        .method("static bool IsAsciiLetter(char c)", |call| {
            Ok(ascii(call).is_some_and(|c| c.is_ascii_alphabetic()).into())
        })
        .method("static bool IsAsciiLetterOrDigit(char c)", |call| {
            Ok(ascii(call).is_some_and(|c| c.is_ascii_alphanumeric()).into())
        })
        .method("static bool IsAsciiLetterUpper(char c)", |call| {
            Ok(ascii(call).is_some_and(|c| c.is_ascii_uppercase()).into())
        })
        .method("static bool IsAsciiLetterLower(char c)", |call| {
            Ok(ascii(call).is_some_and(|c| c.is_ascii_lowercase()).into())
        })
        .method("static bool IsBetween(char c, char minInclusive, char maxInclusive)", |call| {
            Ok((unit(call, 1)..=unit(call, 2)).contains(&unit(call, 0)).into())
        })
        .method("static bool IsSurrogatePair(char highSurrogate, char lowSurrogate)", |call| {
            Ok((is_high_surrogate(unit(call, 0)) && is_low_surrogate(unit(call, 1))).into())
        })
        .method("static bool IsSurrogatePair(string s, int index)", |call| {
            let text = call.required_text(0, "s")?;
            call.machine.charge(text.len() / 16)?;
            let units: Vec<u16> = text.encode_utf16().collect();
            let index = usize::try_from(call.int(1)).ok().filter(|index| *index < units.len());
            let index = index.ok_or_else(|| Exception::argument_out_of_range("index", "Specified argument was out of the range of valid values."))?;
            let is_pair = matches!(units.get(index..index + 2), Some([high, low]) if is_high_surrogate(*high) && is_low_surrogate(*low));
            Ok(is_pair.into())
        })
        .method("static double GetNumericValue(string s, int index)", |call| Ok(text::numeric_value(in_text(call)?).into()))
        .method("static bool IsAsciiHexDigitLower(char c)", |call| {
            Ok(ascii(call).is_some_and(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()).into())
        })
        .method("static bool IsAsciiHexDigitUpper(char c)", |call| {
            Ok(ascii(call).is_some_and(|c| c.is_ascii_hexdigit() && !c.is_ascii_lowercase()).into())
        })
        .method("static bool IsAsciiHexDigit(char c)", |call| {
            Ok(ascii(call).is_some_and(|c| c.is_ascii_hexdigit()).into())
        })
}

fn declare_conversions(builder: ClassBuilder<'_>) {
    builder
        .method("static char ToUpper(char c)", |call| Ok(cased(call, text::char_to_upper)))
        .method("static char ToUpper(char c, CultureInfo culture)", |call| Ok(cased(call, text::char_to_upper)))
        .method("static char ToUpperInvariant(char c)", |call| Ok(cased(call, text::char_to_upper)))
        .method("static char ToLower(char c)", |call| Ok(cased(call, text::char_to_lower)))
        .method("static char ToLower(char c, CultureInfo culture)", |call| Ok(cased(call, text::char_to_lower)))
        .method("static char ToLowerInvariant(char c)", |call| Ok(cased(call, text::char_to_lower)))
        .method("static UnicodeCategory GetUnicodeCategory(char c)", |call| Ok(category(unit(call, 0))))
        .method("static UnicodeCategory GetUnicodeCategory(string s, int index)", |call| Ok(category(in_text(call)?)))
        .method("static double GetNumericValue(char c)", |call| Ok(text::numeric_value(unit(call, 0)).into()))
        .method("static string ToString(char c)", |call| Ok(from_units(&[unit(call, 0)]).into()))
        .method("static string ConvertFromUtf32(int utf32)", from_code_point)
        .method("static int ConvertToUtf32(char highSurrogate, char lowSurrogate)", to_code_point)
        .method("static int ConvertToUtf32(string s, int index)", |call| {
            let text = call.required_text(0, "s")?;
            let first = in_text(call)?;
            let second = usize::try_from(call.int(1)).ok().and_then(|index| unit_at(&text, index + 1));
            match char::decode_utf16([first, second.unwrap_or(0)]).next() {
                Some(Ok(c)) => Ok(Value::Int(u32::from(c).cast_signed())),
                _ => {
                    let message = format!(
                        "Found a high surrogate char without a following low surrogate at index: {}. The input may not be in this \
                         encoding, or may not contain valid Unicode (UTF-16) characters.",
                        call.int(1)
                    );
                    Err(Exception::argument("s", &message).into())
                }
            }
        })
        .method("int CompareTo(object value)", |call| match call.argument(1) {
            Value::Null => Ok(Value::Int(1)),
            Value::Char(other) => Ok((i32::from(unit(call, 0)) - i32::from(*other)).into()),
            _ => Err(Exception::new(ExceptionType::Argument, "Object must be of type Char.").into()),
        })
        .method("static char Parse(string s)", |call| {
            let text = call.required_text(0, "s")?;
            let message = "String must be exactly one character long.";
            Ok(Value::Char(only_unit(&text).ok_or_else(|| Exception::format(message))?))
        })
        .method("static bool TryParse(string s, out char result)", |call| {
            let parsed = call.text(0).and_then(|text| only_unit(text));
            call.set_out(1, Value::Char(parsed.unwrap_or(0)));
            Ok(parsed.is_some().into())
        })
        .method("string ToString()", |call| Ok(from_units(&[unit(call, 0)]).into()))
        .method("string ToString(IFormatProvider provider)", |call| Ok(from_units(&[unit(call, 0)]).into()))
        .method("bool Equals(object obj)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
        .method("bool Equals(char obj)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
        .method("int GetHashCode()", |call| Ok(hash(call.argument(0))))
        .method("int CompareTo(char value)", |call| Ok((i32::from(unit(call, 0)) - i32::from(unit(call, 1))).into()));
}

fn ascii(call: &Call<'_, '_>) -> Option<u8> {
    u8::try_from(unit(call, 0)).ok()
}

/// The only unit of a text.
fn only_unit(text: &str) -> Option<u16> {
    let mut units = text.encode_utf16();
    units.next().filter(|_| units.next().is_none())
}

fn in_text(call: &Call<'_, '_>) -> Result<u16, Thrown> {
    let text = call.required_text(0, "s")?;
    let found = usize::try_from(call.int(1)).ok().and_then(|index| unit_at(&text, index));
    let message = "Specified argument was out of the range of valid values.";
    found.ok_or_else(|| Exception::argument_out_of_range("index", message).into())
}

fn cased(call: &Call<'_, '_>, of: fn(char) -> char) -> Value {
    let unit = unit(call, 0);
    // Half of a pair has no case.
    let mapped = char::from_u32(unit.into()).map(of).and_then(|c| u16::try_from(u32::from(c)).ok());
    Value::Char(mapped.unwrap_or(unit))
}

fn from_code_point(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let message = "A valid UTF32 value is between 0x000000 and 0x10ffff, inclusive, and should not include surrogate codepoint values \
                   (0x00d800 ~ 0x00dfff).";
    let c = u32::try_from(call.int(0)).ok().and_then(char::from_u32);
    let c = c.ok_or_else(|| Exception::argument_out_of_range("utf32", message))?;
    Ok(c.to_string().into())
}

fn to_code_point(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let decoded = char::decode_utf16([unit(call, 0), unit(call, 1)]).next();
    match decoded {
        Some(Ok(c)) if c.len_utf16() == 2 => Ok(Value::Int(u32::from(c).cast_signed())),
        _ => {
            let message = "A valid high surrogate character is between 0xd800 and 0xdbff, inclusive.";
            Err(Exception::new(ExceptionType::ArgumentOutOfRange, format!("{message} (Parameter 'highSurrogate')"))
                .into())
        }
    }
}
