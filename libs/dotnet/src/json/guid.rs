//! `Guid` and base64 as texts of values.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Exception;

/// `Guid.ToString()`.
pub(super) fn guid_text(value: u128) -> String {
    let digits = format!("{value:032x}");
    let mut text = String::with_capacity(36);
    for (index, digit) in digits.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// `new Guid(text)`, in the formats N, D, B and P.
///
/// # Errors
/// `FormatException`.
pub(super) fn parse_guid(text: &str) -> Result<u128, Exception> {
    const WRONG_LENGTH: &str = "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).";
    let text = text.trim();
    let inner = match (text.chars().next(), text.chars().next_back()) {
        (None, _) => return Err(Exception::format("Unrecognized Guid format.")),
        (Some('{'), Some('}')) | (Some('('), Some(')')) => text.get(1..text.len() - 1).unwrap_or_default(),
        (Some('{' | '('), _) => return Err(Exception::format(WRONG_LENGTH)),
        _ => text,
    };
    let digits = if inner.contains('-') || inner.len() != text.len() {
        let dashed: Vec<&str> = inner.split('-').collect();
        if inner.len() != 36 {
            return Err(Exception::format(WRONG_LENGTH));
        }
        if dashed.iter().map(|part| part.len()).ne([8, 4, 4, 4, 12]) {
            return Err(Exception::format("Dashes are in the wrong position for GUID parsing."));
        }
        dashed.concat()
    } else if inner.len() == 32 {
        inner.to_owned()
    } else {
        return Err(Exception::format(WRONG_LENGTH));
    };
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(Exception::format("Guid string should only contain hexadecimal characters."));
    }
    u128::from_str_radix(&digits, 16).map_err(|_| Exception::format("Unrecognized Guid format."))
}

/// `new Guid(bytes)`: the first three parts are little-endian.
///
/// # Errors
/// `ArgumentException` unless there are 16 bytes.
pub(super) fn guid_from_bytes(bytes: &[u8]) -> Result<u128, Exception> {
    let mut bytes: [u8; 16] =
        bytes.try_into().map_err(|_| Exception::argument("b", "Byte array for Guid must be exactly 16 bytes long."))?;
    for part in [0..4, 4..6, 6..8] {
        if let Some(part) = bytes.get_mut(part) {
            part.reverse();
        }
    }
    Ok(u128::from_be_bytes(bytes))
}

/// `Convert.ToBase64String(bytes)`.
pub(super) fn base64_text(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `Convert.FromBase64String(text)`: white space does not count.
///
/// # Errors
/// `FormatException`.
pub(super) fn bytes_from_base64(text: &str) -> Result<Rc<[u8]>, Exception> {
    const INVALID: &str = "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, or an illegal character among the padding characters. ";
    let packed: String = text.chars().filter(|one| !matches!(one, ' ' | '\t' | '\n' | '\r')).collect();
    STANDARD.decode(packed).map(Rc::from).map_err(|_| Exception::format(INVALID.trim_end()))
}
