//! `Char.IsLetter`, `IsDigit`, `IsWhiteSpace` and the others, on UTF-16 units: half of a pair is a surrogate and nothing else.

use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};

fn category(unit: u16) -> Category {
    char::from_u32(unit.into()).map_or(Category::Surrogate, |c| c.general_category())
}

/// `Char.GetUnicodeCategory`: the number behind the name in `UnicodeCategory`.
#[must_use]
pub fn unicode_category(unit: u16) -> i64 {
    match category(unit) {
        Category::UppercaseLetter => 0,
        Category::LowercaseLetter => 1,
        Category::TitlecaseLetter => 2,
        Category::ModifierLetter => 3,
        Category::OtherLetter => 4,
        Category::NonspacingMark => 5,
        Category::SpacingMark => 6,
        Category::EnclosingMark => 7,
        Category::DecimalNumber => 8,
        Category::LetterNumber => 9,
        Category::OtherNumber => 10,
        Category::SpaceSeparator => 11,
        Category::LineSeparator => 12,
        Category::ParagraphSeparator => 13,
        Category::Control => 14,
        Category::Format => 15,
        Category::Surrogate => 16,
        Category::PrivateUse => 17,
        Category::ConnectorPunctuation => 18,
        Category::DashPunctuation => 19,
        Category::OpenPunctuation => 20,
        Category::ClosePunctuation => 21,
        Category::InitialPunctuation => 22,
        Category::FinalPunctuation => 23,
        Category::OtherPunctuation => 24,
        Category::MathSymbol => 25,
        Category::CurrencySymbol => 26,
        Category::ModifierSymbol => 27,
        Category::OtherSymbol => 28,
        Category::Unassigned => 29,
    }
}

/// `Char.IsLetter`.
#[must_use]
pub fn is_letter(unit: u16) -> bool {
    use Category::{LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter};
    matches!(category(unit), UppercaseLetter | LowercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter)
}

/// `Char.IsDigit`: decimal digits of any script.
#[must_use]
pub fn is_digit(unit: u16) -> bool {
    category(unit) == Category::DecimalNumber
}

/// `Char.IsLetterOrDigit`.
#[must_use]
pub fn is_letter_or_digit(unit: u16) -> bool {
    is_letter(unit) || is_digit(unit)
}

/// `Char.IsNumber`: digits, letters that are numbers, fractions and the like.
#[must_use]
pub fn is_number(unit: u16) -> bool {
    matches!(category(unit), Category::DecimalNumber | Category::LetterNumber | Category::OtherNumber)
}

/// `Char.IsUpper`.
#[must_use]
pub fn is_upper(unit: u16) -> bool {
    category(unit) == Category::UppercaseLetter
}

/// `Char.IsLower`.
#[must_use]
pub fn is_lower(unit: u16) -> bool {
    category(unit) == Category::LowercaseLetter
}

/// `Char.IsWhiteSpace`.
#[must_use]
pub fn is_white_space(unit: u16) -> bool {
    // The two definitions list the same characters.
    char::from_u32(unit.into()).is_some_and(char::is_whitespace)
}

/// `Char.IsPunctuation`.
#[must_use]
pub fn is_punctuation(unit: u16) -> bool {
    use Category::{
        ClosePunctuation, ConnectorPunctuation, DashPunctuation, FinalPunctuation, InitialPunctuation, OpenPunctuation,
        OtherPunctuation,
    };
    matches!(
        category(unit),
        ConnectorPunctuation
            | DashPunctuation
            | OpenPunctuation
            | ClosePunctuation
            | InitialPunctuation
            | FinalPunctuation
            | OtherPunctuation
    )
}

/// `Char.IsSymbol`.
#[must_use]
pub fn is_symbol(unit: u16) -> bool {
    use Category::{CurrencySymbol, MathSymbol, ModifierSymbol, OtherSymbol};
    matches!(category(unit), MathSymbol | CurrencySymbol | ModifierSymbol | OtherSymbol)
}

/// `Char.IsSeparator`.
#[must_use]
pub fn is_separator(unit: u16) -> bool {
    matches!(category(unit), Category::SpaceSeparator | Category::LineSeparator | Category::ParagraphSeparator)
}

/// `Char.IsControl`.
#[must_use]
pub fn is_control(unit: u16) -> bool {
    category(unit) == Category::Control
}

/// `Char.IsSurrogate`.
#[must_use]
pub const fn is_surrogate(unit: u16) -> bool {
    matches!(unit, 0xD800..=0xDFFF)
}

/// `Char.GetNumericValue`: -1 for what is no number. Knows decimal digits and Latin-1; other numbers (Ⅷ, ፲) are -1, unlike in .NET.
#[must_use]
pub fn numeric_value(unit: u16) -> f64 {
    match unit {
        0xB2 => 2.0,
        0xB3 => 3.0,
        0xB9 => 1.0,
        0xBC => 0.25,
        0xBD => 0.5,
        0xBE => 0.75,
        _ if is_digit(unit) => {
            // The ten digits of a script start at a code point that ends in 0 or 6.
            let low = unit & 0xF;
            let start = if low >= 10 || !is_digit(unit - low) { 6 } else { 0 };
            f64::from(low.saturating_sub(start))
        }
        _ => -1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Class = (&'static str, fn(u16) -> bool, &'static str, &'static str);

    #[test]
    fn classes_follow_the_unicode_categories() {
        let cases: [Class; 9] = [
            ("letter", is_letter, "aZéß中ª", "1 _-\u{0301}Ⅷ"),
            ("digit", is_digit, "09٣", "½²a"),
            ("number", is_number, "0½²Ⅷ", "a "),
            ("upper", is_upper, "AÉ", "aǅ1"),
            ("white space", is_white_space, " \t\n\u{A0}\u{2003}\u{85}", "a\u{200B}\u{180E}"),
            ("punctuation", is_punctuation, "!_-(),.\"«", "+<$^|~a"),
            ("symbol", is_symbol, "+<$^|~€", "!a"),
            ("separator", is_separator, " \u{A0}\u{2028}", "\t\n"),
            ("control", is_control, "\0\n\u{7F}\u{9F}", " a"),
        ];
        for (name, is, members, others) in cases {
            assert!(members.encode_utf16().all(is), "{name}");
            assert!(!others.encode_utf16().any(is), "{name}");
        }
        assert!(is_surrogate(0xD83D) && !is_letter(0xD83D));
    }

    #[test]
    fn digits_of_any_script_have_a_value() {
        for (c, value) in [('7', 7.0), ('٣', 3.0), ('९', 9.0), ('०', 0.0), ('½', 0.5), ('x', -1.0)] {
            let unit = c.encode_utf16(&mut [0; 2])[0];
            assert!((numeric_value(unit) - value).abs() < 1e-9, "{c}");
        }
    }
}
