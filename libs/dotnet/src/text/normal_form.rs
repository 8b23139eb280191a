//! `String.Normalize`.

use unicode_normalization::UnicodeNormalization;

use crate::{Exception, Text};

/// `Normalize(form)` with the values of `System.Text.NormalizationForm`: 1 C, 2 D, 5 KC, 6 KD.
///
/// # Errors
/// `ArgumentException` for another value.
pub fn normalize(text: &str, form: i64) -> Result<Text, Exception> {
    let normal: String = match form {
        1 => text.nfc().collect(),
        2 => text.nfd().collect(),
        5 => text.nfkc().collect(),
        6 => text.nfkd().collect(),
        _ => return Err(Exception::argument("normalizationForm", "Invalid or unsupported normalization form.")),
    };
    Ok(normal.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_join_and_part() {
        assert_eq!(normalize("e\u{301}", 1).as_deref(), Ok("é"));
        assert_eq!(normalize("é", 2).as_deref(), Ok("e\u{301}"));
        assert_eq!(normalize("ﬁ", 5).as_deref(), Ok("fi"));
        assert!(normalize("a", 3).is_err());
    }
}
