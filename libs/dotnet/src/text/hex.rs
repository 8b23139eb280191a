//! `Convert.ToHexString` and `Convert.FromHexString`.

use crate::Exception;

/// Two capital digits for each byte.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 0xF)]));
    }
    text
}

/// Bytes of hexadecimal digits of either case.
///
/// # Errors
/// `FormatException`.
pub fn from_hex(text: &str) -> Result<Vec<u8>, Exception> {
    if !super::units::length(text).is_multiple_of(2) {
        return Err(Exception::format("The input is not a valid hex string as its length is not a multiple of 2."));
    }
    let byte = |pair: &[u8]| pair.iter().try_fold(0, |value: u8, digit| Some(value << 4 | DIGIT[usize::from(*digit)]?));
    let bytes = text.as_bytes().chunks(2).map(byte).collect::<Option<Vec<u8>>>();
    bytes.ok_or_else(|| Exception::format("The input is not a valid hex string as it contains a non-hex character."))
}

/// What each byte is as a digit.
static DIGIT: [Option<u8>; 256] = {
    let mut table = [None; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = match byte as u8 {
            digit @ b'0'..=b'9' => Some(digit - b'0'),
            digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
            digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
            _ => None,
        };
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_digits_and_back() {
        assert_eq!(to_hex(&[0, 0xAB, 0xFF]), "00ABFF");
        assert_eq!(from_hex("00abFF"), Ok(vec![0, 0xAB, 0xFF]));
        assert_eq!(
            from_hex("0").unwrap_err().message,
            "The input is not a valid hex string as its length is not a multiple of 2."
        );
        assert_eq!(
            from_hex("0g").unwrap_err().message,
            "The input is not a valid hex string as it contains a non-hex character."
        );
    }
}
