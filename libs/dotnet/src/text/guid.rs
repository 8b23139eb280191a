//! `System.Guid`: five ways to write it, and the reading of all of them.

use std::fmt;

use crate::Exception;
use crate::number::NumberType;

/// A 128-bit identifier. Its order is that of its text, as `Guid.CompareTo` has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Guid(
    /// In the order of the text; .NET's `ToByteArray` reverses the first three groups.
    [u8; 16],
);

impl fmt::Debug for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.dashed())
    }
}

const UNRECOGNIZED: &str = "Unrecognized Guid format.";
const LENGTH: &str = "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).";
const DASHES: &str = "Dashes are in the wrong position for GUID parsing.";
const INVALID: &str = "Guid string should only contain hexadecimal characters.";
const FORMATS: &str =
    "Format string can be only \"D\", \"d\", \"N\", \"n\", \"P\", \"p\", \"B\", \"b\", \"X\" or \"x\".";

/// Lengths of the five groups, in digits.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// Digits of the eleven fields of the `X` format.
const FIELDS: [usize; 11] = [8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2];

impl Guid {
    /// `Guid.Empty`.
    pub const EMPTY: Guid = Guid([0; 16]);

    /// `Guid.NewGuid()` from random bytes: version 4.
    #[must_use]
    pub fn from_random(mut bytes: [u8; 16]) -> Guid {
        bytes[6] = bytes[6] & 0x0F | 0x40;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        Guid(bytes)
    }

    /// `new Guid(byte[])`.
    ///
    /// # Errors
    /// `ArgumentException` unless there are 16 bytes.
    pub fn from_byte_array(bytes: &[u8]) -> Result<Guid, Exception> {
        let bytes = <[u8; 16]>::try_from(bytes);
        bytes
            .map(|bytes| Guid(swap(bytes)))
            .map_err(|_| Exception::argument("b", "Byte array for Guid must be exactly 16 bytes long."))
    }

    /// `ToByteArray()`.
    #[must_use]
    pub fn to_byte_array(self) -> [u8; 16] {
        swap(self.0)
    }

    /// The bytes in the order of the text.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    fn dashed(self) -> String {
        let digits = self.digits();
        let mut text = String::with_capacity(36);
        let mut start = 0;
        for length in GROUPS {
            if start > 0 {
                text.push('-');
            }
            text.push_str(digits.get(start..start + length).unwrap_or_default());
            start += length;
        }
        text
    }

    fn digits(self) -> String {
        super::hex::to_hex(&self.0).to_ascii_lowercase()
    }

    /// `ToString(format)`: `D` (default), `N`, `B`, `P`, `X`.
    ///
    /// # Errors
    /// `FormatException`.
    pub fn format(self, format: &str) -> Result<String, Exception> {
        match format {
            "" | "D" | "d" => Ok(self.dashed()),
            "N" | "n" => Ok(self.digits()),
            "B" | "b" => Ok(format!("{{{}}}", self.dashed())),
            "P" | "p" => Ok(format!("({})", self.dashed())),
            "X" | "x" => Ok(self.fields()),
            _ => Err(Exception::format(FORMATS)),
        }
    }

    fn fields(self) -> String {
        let digits = self.digits();
        let mut start = 0;
        let fields = FIELDS.map(|length| {
            start += length;
            format!("0x{}", digits.get(start - length..start).unwrap_or_default())
        });
        let (head, tail) = fields.split_at(3);
        format!("{{{},{{{}}}}}", head.join(","), tail.join(","))
    }

    /// `Guid.Parse`: any of the five forms, with white space around.
    ///
    /// # Errors
    /// `FormatException`.
    pub fn parse(text: &str) -> Result<Guid, Exception> {
        let text = text.trim();
        if text.len() < 32 {
            return Err(Exception::format(UNRECOGNIZED));
        }
        let bytes = text.as_bytes();
        match bytes.first() {
            Some(b'(') => enclosed(text, '(', ')'),
            Some(b'{') if bytes.get(9) == Some(&b'-') => enclosed(text, '{', '}'),
            Some(b'{') => hexadecimal(text),
            _ if bytes.get(8) == Some(&b'-') => dashed(text),
            _ => plain(text),
        }
    }

    /// `Guid.ParseExact`.
    ///
    /// # Errors
    /// `FormatException`.
    pub fn parse_exact(text: &str, format: &str) -> Result<Guid, Exception> {
        let text = text.trim();
        match format {
            "D" | "d" => dashed(text),
            "N" | "n" => plain(text),
            "B" | "b" => enclosed(text, '{', '}'),
            "P" | "p" => enclosed(text, '(', ')'),
            "X" | "x" => hexadecimal(text),
            _ => Err(Exception::format(FORMATS)),
        }
    }
}

/// Between the order of the text and that of .NET's byte array; both ways are the same.
fn swap(bytes: [u8; 16]) -> [u8; 16] {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    ORDER.map(|index| bytes[index])
}

fn enclosed(text: &str, open: char, close: char) -> Result<Guid, Exception> {
    match text.strip_prefix(open).and_then(|text| text.strip_suffix(close)) {
        Some(inner) if text.len() == 38 => dashed(inner),
        _ => Err(Exception::format(LENGTH)),
    }
}

fn dashed(text: &str) -> Result<Guid, Exception> {
    if text.len() != 36 {
        return Err(Exception::format(LENGTH));
    }
    if [8, 13, 18, 23].iter().any(|index| text.as_bytes().get(*index) != Some(&b'-')) {
        return Err(Exception::format(DASHES));
    }
    let mut start = 0;
    let mut digits = String::with_capacity(32);
    for (group, length) in GROUPS.into_iter().enumerate() {
        let part = text.get(start..start + length).ok_or_else(|| Exception::format(INVALID))?;
        digits.push_str(&group_digits(part, group < 3)?);
        start += length + 1;
    }
    plain(&digits)
}

/// A group of digits; a leftover of .NET's first version lets the first three start with `0x` or `+`.
fn group_digits(part: &str, prefix_allowed: bool) -> Result<String, Exception> {
    let mut digits = part;
    if prefix_allowed {
        digits = digits.strip_prefix('+').unwrap_or(digits);
        digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits);
    }
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Exception::format(INVALID));
    }
    Ok(format!("{digits:0>width$}", width = part.len()))
}

fn plain(text: &str) -> Result<Guid, Exception> {
    if text.len() != 32 {
        return Err(Exception::format(LENGTH));
    }
    let bytes = super::hex::from_hex(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Guid).ok_or_else(|| Exception::format(INVALID))
}

/// `{0xdddddddd,0xdddd,0xdddd,{0xdd,0xdd,…}}`, with white space anywhere.
fn hexadecimal(text: &str) -> Result<Guid, Exception> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let body = text.strip_prefix('{').ok_or_else(|| Exception::format("Expected {0xdddddddd, etc}."))?;
    let body = body.strip_suffix("}}").ok_or_else(|| Exception::format("Could not find the ending brace."))?;
    let parts: Vec<&str> = body.split(',').collect();
    if parts.len() != FIELDS.len() {
        let message = "Could not find a comma, or the length between the previous token and the comma was zero (i.e., '0x,'etc.).";
        return Err(Exception::format(message));
    }
    let mut digits = String::with_capacity(32);
    for (index, (part, length)) in parts.into_iter().zip(FIELDS).enumerate() {
        let part = if index == 3 {
            part.strip_prefix('{').ok_or_else(|| Exception::format("Expected {0xdddddddd, etc}."))?
        } else {
            part
        };
        let prefixed = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
        let value = prefixed.ok_or_else(|| Exception::format("Expected 0x prefix."))?;
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Exception::format(INVALID));
        }
        let value = value.trim_start_matches('0');
        if value.len() > length {
            let of = if length == 2 { NumberType::Byte } else { NumberType::UInt32 };
            return Err(Exception::format(of.overflow_message()));
        }
        digits.push_str(&format!("{value:0>length$}"));
    }
    plain(&digits)
}

#[cfg(test)]
mod tests;
