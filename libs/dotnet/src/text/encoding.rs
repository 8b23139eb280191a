//! `System.Text.Encoding`: bytes of text and text of bytes, with replacement for what does not fit.

use crate::{Exception, Text};

/// The encodings that .NET has without further packages. UTF-7 is left out, as .NET itself advises against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `Encoding.UTF8`.
    Utf8,
    /// `Encoding.ASCII`: everything else is `?`.
    Ascii,
    /// `Encoding.Unicode`: UTF-16, little end first.
    Unicode,
    /// `Encoding.BigEndianUnicode`.
    BigEndianUnicode,
    /// `Encoding.UTF32`: little end first.
    Utf32,
    /// `Encoding.Latin1`: everything else is `?`; .NET would take similar letters for some.
    Latin1,
}

impl Encoding {
    /// Every encoding.
    pub const ALL: &'static [Encoding] = &[
        Encoding::Utf8,
        Encoding::Ascii,
        Encoding::Unicode,
        Encoding::BigEndianUnicode,
        Encoding::Utf32,
        Encoding::Latin1,
    ];

    /// `Encoding.GetEncoding(name)`.
    ///
    /// # Errors
    /// `ArgumentException` for a name that is not known.
    pub fn from_name(name: &str) -> Result<Encoding, Exception> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "unicode-1-1-utf-8" | "unicode-2-0-utf-8" | "x-unicode-1-1-utf-8" | "x-unicode-2-0-utf-8" => {
                Ok(Encoding::Utf8)
            }
            "us-ascii" | "ascii" | "us" | "ansi_x3.4-1968" | "iso-ir-6" | "iso646-us" | "cp367" | "ibm367" => {
                Ok(Encoding::Ascii)
            }
            "utf-16" | "utf-16le" | "unicode" | "ucs-2" | "iso-10646-ucs-2" => Ok(Encoding::Unicode),
            "utf-16be" | "unicodefffe" => Ok(Encoding::BigEndianUnicode),
            "utf-32" | "utf-32le" => Ok(Encoding::Utf32),
            "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "l1" | "cp819" | "ibm819" | "iso-ir-100" => {
                Ok(Encoding::Latin1)
            }
            _ => {
                let message = format!(
                    "'{name}' is not a supported encoding name. For information on defining a custom encoding, see the documentation for \
                     the Encoding.RegisterProvider method."
                );
                Err(Exception::argument("name", &message))
            }
        }
    }

    /// `WebName`.
    #[must_use]
    pub const fn web_name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Ascii => "us-ascii",
            Encoding::Unicode => "utf-16",
            Encoding::BigEndianUnicode => "utf-16BE",
            Encoding::Utf32 => "utf-32",
            Encoding::Latin1 => "iso-8859-1",
        }
    }

    /// `CodePage`.
    #[must_use]
    pub const fn code_page(self) -> i32 {
        match self {
            Encoding::Utf8 => 65001,
            Encoding::Ascii => 20127,
            Encoding::Unicode => 1200,
            Encoding::BigEndianUnicode => 1201,
            Encoding::Utf32 => 12000,
            Encoding::Latin1 => 28591,
        }
    }

    /// `EncodingName`.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "Unicode (UTF-8)",
            Encoding::Ascii => "US-ASCII",
            Encoding::Unicode => "Unicode",
            Encoding::BigEndianUnicode => "Unicode (Big-Endian)",
            Encoding::Utf32 => "Unicode (UTF-32)",
            Encoding::Latin1 => "Western European (ISO)",
        }
    }

    /// `GetPreamble`: the byte order mark.
    #[must_use]
    pub const fn preamble(self) -> &'static [u8] {
        match self {
            Encoding::Utf8 => &[0xEF, 0xBB, 0xBF],
            Encoding::Unicode => &[0xFF, 0xFE],
            Encoding::BigEndianUnicode => &[0xFE, 0xFF],
            Encoding::Utf32 => &[0xFF, 0xFE, 0, 0],
            Encoding::Ascii | Encoding::Latin1 => &[],
        }
    }

    /// `GetBytes(string)`.
    #[must_use]
    pub fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Ascii if text.is_ascii() => text.as_bytes().to_vec(),
            // One mark for every unit: a surrogate pair makes two.
            Encoding::Ascii => text.encode_utf16().map(|unit| low_byte(unit, 0x7F)).collect(),
            Encoding::Latin1 => text.encode_utf16().map(|unit| low_byte(unit, 0xFF)).collect(),
            Encoding::Unicode => wide(text.encode_utf16().map(u16::to_le_bytes), 2 * text.len()),
            Encoding::BigEndianUnicode => wide(text.encode_utf16().map(u16::to_be_bytes), 2 * text.len()),
            Encoding::Utf32 => wide(text.chars().map(|c| u32::from(c).to_le_bytes()), 4 * text.len()),
        }
    }

    /// `GetString(bytes)`; a byte order mark stays in the text.
    #[must_use]
    pub fn text(self, bytes: &[u8]) -> Text {
        match self {
            Encoding::Utf8 => String::from_utf8_lossy(bytes).into(),
            Encoding::Ascii | Encoding::Latin1 if bytes.is_ascii() => {
                std::str::from_utf8(bytes).unwrap_or_default().into()
            }
            Encoding::Ascii => bytes
                .iter()
                .map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' })
                .collect::<String>()
                .into(),
            Encoding::Latin1 => bytes.iter().copied().map(char::from).collect::<String>().into(),
            Encoding::Unicode => utf16(bytes, u16::from_le_bytes),
            Encoding::BigEndianUnicode => utf16(bytes, u16::from_be_bytes),
            Encoding::Utf32 => utf32(bytes),
        }
    }

    /// `GetByteCount(string)`.
    #[must_use]
    pub fn byte_count(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Ascii | Encoding::Latin1 => super::units::length(text),
            Encoding::Unicode | Encoding::BigEndianUnicode => 2 * super::units::length(text),
            Encoding::Utf32 => 4 * text.chars().count(),
        }
    }
}

/// The bytes of units; `length`: at most how many there are.
fn wide<const N: usize>(units: impl Iterator<Item = [u8; N]>, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    for unit in units {
        bytes.extend_from_slice(&unit);
    }
    bytes
}

fn low_byte(unit: u16, max: u8) -> u8 {
    u8::try_from(unit).ok().filter(|byte| *byte <= max).unwrap_or(b'?')
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Text {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    let text = super::units::from_units(&units);
    if rest.is_empty() { text } else { format!("{text}{}", char::REPLACEMENT_CHARACTER).into() }
}

fn utf32(bytes: &[u8]) -> Text {
    let (words, rest) = bytes.as_chunks::<4>();
    let decode = |word: &[u8; 4]| char::from_u32(u32::from_le_bytes(*word)).unwrap_or(char::REPLACEMENT_CHARACTER);
    let mut text: String = words.iter().map(decode).collect();
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_bytes_and_back() {
        let cases: [(Encoding, &str, &[u8]); 6] = [
            (Encoding::Utf8, "é€", &[0xC3, 0xA9, 0xE2, 0x82, 0xAC]),
            (Encoding::Ascii, "a~", &[0x61, 0x7E]),
            (Encoding::Unicode, "a😀", &[0x61, 0, 0x3D, 0xD8, 0, 0xDE]),
            (Encoding::BigEndianUnicode, "aé", &[0, 0x61, 0, 0xE9]),
            (Encoding::Utf32, "😀", &[0x00, 0xF6, 0x01, 0x00]),
            (Encoding::Latin1, "aé", &[0x61, 0xE9]),
        ];
        for (encoding, text, bytes) in cases {
            assert_eq!(encoding.bytes(text), bytes, "{encoding:?}");
            assert_eq!(encoding.text(bytes), text, "{encoding:?}");
            assert_eq!(encoding.byte_count(text), bytes.len(), "{encoding:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_replaced() {
        assert_eq!(Encoding::Ascii.bytes("é😀"), b"???");
        assert_eq!(Encoding::Latin1.bytes("€"), b"?");
        assert_eq!(Encoding::Ascii.text(&[0x61, 0x80]), "a?");
        assert_eq!(Encoding::Utf8.text(&[0x61, 0xE2, 0x82, 0x62, 0xFF]), "a\u{FFFD}b\u{FFFD}");
        assert_eq!(Encoding::Unicode.text(&[0x3D, 0xD8, 0x61, 0, 7]), "\u{FFFD}a\u{FFFD}");
        assert_eq!(Encoding::Utf32.text(&[0, 0, 0, 0x80, 1]), "\u{FFFD}\u{FFFD}");
        assert_eq!(Encoding::Utf8.text(&[0xEF, 0xBB, 0xBF, 0x61]), "\u{FEFF}a");
    }

    #[test]
    fn encodings_are_found_by_any_of_their_names() {
        for encoding in Encoding::ALL {
            assert_eq!(Encoding::from_name(encoding.web_name()), Ok(*encoding));
        }
        assert_eq!(Encoding::from_name("Latin1"), Ok(Encoding::Latin1));
        assert!(
            Encoding::from_name("x-nope")
                .unwrap_err()
                .message
                .starts_with("'x-nope' is not a supported encoding name.")
        );
    }
}
