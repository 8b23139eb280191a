//! Integers beyond 64 bits, as decimal digits with `-` before negative ones: what `BigInteger` makes of formats, and its bytes. JSON bounds how
//! many digits there are.

use super::custom;
use super::digits::Digits;
use super::format::{Specifier, decimal_or_integer};
use crate::Exception;

/// `BigInteger.ToString(format)`. An empty format is `G`.
///
/// # Errors
/// `FormatException` where the format is none for integers.
pub fn format_long(value: &str, format: &str) -> Result<String, Exception> {
    let negative = value.starts_with('-');
    let digits = value.trim_start_matches('-');
    let Some(specifier) = Specifier::parse(format)? else {
        return Ok(custom::format(Digits::of_long(digits, negative), format));
    };
    let width = specifier.precision.unwrap_or(0);
    match specifier.upper() {
        // All digits, whatever the precision says.
        b'G' | b'R' => Ok(value.to_owned()),
        b'D' => Ok(format!("{}{digits:0>width$}", if negative { "-" } else { "" })),
        b'X' => {
            let text = hexadecimal(&long_bytes(value), width, negative);
            Ok(if specifier.letter == b'x' { text.to_ascii_lowercase() } else { text })
        }
        _ => decimal_or_integer(Digits::of_long(digits, negative), specifier),
    }
}

/// `BigInteger.ToByteArray()`: two's complement, the lowest byte first, as few as tell the sign.
#[must_use]
pub fn long_bytes(value: &str) -> Vec<u8> {
    let negative = value.starts_with('-');
    let mut bytes: Vec<u8> = Vec::new();
    for digit in value.bytes().filter(u8::is_ascii_digit) {
        let mut carry = u32::from(digit - b'0');
        for byte in &mut bytes {
            let sum = u32::from(*byte) * 10 + carry;
            (*byte, carry) = ((sum & 0xFF) as u8, sum >> 8);
        }
        if carry > 0 {
            bytes.push((carry & 0xFF) as u8);
        }
    }
    if negative {
        let mut carry = true;
        for byte in &mut bytes {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    let has_sign = bytes.last().is_some_and(|byte| (*byte >= 0x80) == negative);
    if !has_sign {
        bytes.push(if negative { 0xFF } else { 0 });
    }
    // A sign that the byte below tells as well.
    while let [.., below, last] = bytes.as_slice()
        && *last == if negative { 0xFF } else { 0 }
        && (*below >= 0x80) == negative
    {
        bytes.pop();
    }
    bytes
}

/// The digits of two's complement, the first one cut to what tells the sign.
fn hexadecimal(bytes: &[u8], width: usize, negative: bool) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for (index, byte) in bytes.iter().rev().enumerate() {
        if index == 0 && !(0x08..=0xF7).contains(byte) {
            text.push_str(&format!("{:X}", byte & 0x0F));
        } else {
            text.push_str(&format!("{byte:02X}"));
        }
    }
    let missing = width.saturating_sub(text.len());
    format!("{}{text}", if negative { "F" } else { "0" }.repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_as_few_as_tell_the_sign() {
        // As BigInteger.ToByteArray() gives them.
        for (value, bytes) in [
            ("0", &[0][..]),
            ("127", &[0x7F]),
            ("128", &[0x80, 0]),
            ("255", &[0xFF, 0]),
            ("256", &[0, 1]),
            ("-1", &[0xFF]),
            ("-128", &[0x80]),
            ("-129", &[0x7F, 0xFF]),
            ("-256", &[0, 0xFF]),
            ("18446744073709551616", &[0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("-18446744073709551616", &[0, 0, 0, 0, 0, 0, 0, 0, 0xFF]),
        ] {
            assert_eq!(long_bytes(value), bytes, "{value}");
        }
    }
}
