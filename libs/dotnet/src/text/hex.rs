//! `Convert.ToHexString` and `Convert.FromHexString`.

use crate::Exception;

/// Two capital digits for each byte.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    // Arithmetic without a table, which the compiler turns into vector instructions.
    let digit = |value: u8| value + b'0' + u8::from(value > 9) * (b'A' - b'0' - 10);
    let mut digits = vec![0; bytes.len() * 2];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xF)]);
    }
    String::from_utf8(digits).unwrap_or_default()
}

/// Bytes of hexadecimal digits of either case.
///
/// # Errors
/// `FormatException`.
pub fn from_hex(text: &str) -> Result<Vec<u8>, Exception> {
    if !super::units::length(text).is_multiple_of(2) {
        return Err(Exception::format("The input is not a valid hex string as its length is not a multiple of 2."));
    }
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let (mut is_hex, mut digits) = (true, text.as_bytes());
    while let [high, low, rest @ ..] = digits {
        let (high, low) = (DIGIT[usize::from(*high)], DIGIT[usize::from(*low)]);
        is_hex &= (high | low) < 16;
        bytes.push(high << 4 | low);
        digits = rest;
    }
    // A character that is not ASCII has bytes that are no digits, and may leave one.
    if is_hex && digits.is_empty() {
        return Ok(bytes);
    }
    Err(Exception::format("The input is not a valid hex string as it contains a non-hex character."))
}

/// What each byte is as a digit; 255 for those that are none.
static DIGIT: [u8; 256] = {
    let mut table = [255; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = match byte as u8 {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            digit @ b'A'..=b'F' => digit - b'A' + 10,
            _ => 255,
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
        assert_eq!(to_hex(&[0x09, 0x9A, 0x90, 0xA9, 0xF0]), "099A90A9F0");
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
