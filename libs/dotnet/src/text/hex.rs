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
    let digits = text.chars().map(|c| c.to_digit(16)).collect::<Option<Vec<u32>>>();
    let digits = digits
        .ok_or_else(|| Exception::format("The input is not a valid hex string as it contains a non-hex character."))?;
    let byte = |pair: &[u32]| pair.iter().fold(0, |value, digit| value << 4 | digit);
    Ok(digits.chunks(2).map(|pair| u8::try_from(byte(pair)).unwrap_or(0)).collect())
}

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
