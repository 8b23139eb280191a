//! `Boolean.Parse` and `Boolean.ToString`.

use crate::Exception;

/// Reads `True` or `False` in any case, with white space or NULs around it.
///
/// # Errors
/// `FormatException`.
pub fn parse_boolean(text: &str) -> Result<bool, Exception> {
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if trimmed.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if trimmed.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(Exception::format(format!("String '{text}' was not recognized as a valid Boolean.")))
    }
}

/// `True` or `False`.
#[must_use]
pub const fn boolean_text(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_surrounding_white_space_do_not_matter() {
        for (text, value) in
            [("true", true), ("TRUE", true), (" False ", false), ("\0true\0", true), ("\tfalse\r\n", false)]
        {
            assert_eq!(parse_boolean(text), Ok(value), "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_text_as_given() {
        for text in ["", "1", "yes", "tru e"] {
            let message = format!("String '{text}' was not recognized as a valid Boolean.");
            assert_eq!(parse_boolean(text), Err(Exception::format(message)));
        }
    }
}
