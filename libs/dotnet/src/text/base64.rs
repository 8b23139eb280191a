//! `Convert.ToBase64String` and `Convert.FromBase64String`.

use ::base64::Engine;
use ::base64::alphabet::STANDARD;
use ::base64::engine::general_purpose::PAD;
use ::base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use crate::Exception;

/// Characters of a line that `InsertLineBreaks` makes.
const LINE: usize = 76;

/// .NET ignores bits of the last character that belong to no byte.
const ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, PAD_LENIENT);
const PAD_LENIENT: GeneralPurposeConfig = PAD.with_decode_allow_trailing_bits(true);

/// `System.Base64FormattingOptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Base64FormattingOptions {
    /// One line.
    #[default]
    None = 0,
    /// CR LF after every 76 characters, but not at the end.
    InsertLineBreaks = 1,
}

/// Base64 with padding.
#[must_use]
pub fn to_base64(bytes: &[u8], options: Base64FormattingOptions) -> String {
    let text = ENGINE.encode(bytes);
    if options == Base64FormattingOptions::None || text.len() <= LINE {
        return text;
    }
    let lines: Vec<&str> =
        (0..text.len()).step_by(LINE).filter_map(|at| text.get(at..text.len().min(at + LINE))).collect();
    lines.join("\r\n")
}

/// Bytes of base64 with padding; space, tab, CR and LF are skipped wherever they stand.
///
/// # Errors
/// `FormatException`.
pub fn from_base64(text: &str) -> Result<Vec<u8>, Exception> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let decoded = if text.bytes().any(|byte| is_space(&byte)) {
        ENGINE.decode(text.bytes().filter(|byte| !is_space(byte)).collect::<Vec<u8>>())
    } else {
        ENGINE.decode(text)
    };
    let message = "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, or an \
                   illegal character among the padding characters.";
    decoded.map_err(|_| Exception::format(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_skipped_and_loose_bits_are_ignored() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("YQ==", b"a"),
            ("YR==", b"a"),
            (" Y W\r\nJj\t", b"abc"),
            ("YQ = =", b"a"),
            ("//+/", &[0xFF, 0xFF, 0xBF]),
        ] {
            assert_eq!(from_base64(text).as_deref(), Ok(bytes), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["YQ", "YQ=", "Y", "YQ===", "YQ==YQ==", "Y-_=", "YWJj!", "YWJ\u{A0}j", "="] {
            assert_eq!(from_base64(text).unwrap_err().of, crate::ExceptionType::Format, "{text:?}");
        }
    }

    #[test]
    fn lines_break_after_76_characters() {
        let bytes = [0_u8; 58];
        let text = to_base64(&bytes, Base64FormattingOptions::InsertLineBreaks);
        assert_eq!(text, format!("{}\r\nAA==", "A".repeat(76)));
        assert_eq!(to_base64(&bytes[..57], Base64FormattingOptions::InsertLineBreaks), "A".repeat(76));
        assert_eq!(to_base64(b"ab", Base64FormattingOptions::None), "YWI=");
    }
}
