//! `BitConverter`: numbers as bytes, little end first as on every platform .NET runs gateways on.

use super::number_type::{Number, NumberType};
use crate::Exception;

/// `BitConverter.GetBytes`.
#[must_use]
pub fn to_bytes(number: Number) -> Vec<u8> {
    match number {
        Number::SByte(value) => value.to_le_bytes().to_vec(),
        Number::Byte(value) => vec![value],
        Number::Int16(value) => value.to_le_bytes().to_vec(),
        Number::UInt16(value) => value.to_le_bytes().to_vec(),
        Number::Int32(value) => value.to_le_bytes().to_vec(),
        Number::UInt32(value) => value.to_le_bytes().to_vec(),
        Number::Int64(value) => value.to_le_bytes().to_vec(),
        Number::UInt64(value) => value.to_le_bytes().to_vec(),
        Number::Single(value) => value.to_le_bytes().to_vec(),
        Number::Double(value) => value.to_le_bytes().to_vec(),
        Number::Decimal(value) => super::decimal::to_bits(value).iter().flat_map(|word| word.to_le_bytes()).collect(),
    }
}

/// `BitConverter.ToXxx(bytes, startIndex)` for the integer types, `float` and `double`.
///
/// # Errors
/// `ArgumentOutOfRangeException` if the start is outside, `ArgumentException` if too few bytes follow.
pub fn from_bytes(of: NumberType, bytes: &[u8], start: i32) -> Result<Number, Exception> {
    let size = match of {
        NumberType::Single => 4,
        NumberType::Double => 8,
        _ => of.integer_bits().unwrap_or(64) as usize / 8,
    };
    let rest = start_of(bytes, start, "startIndex")?;
    let Some(bytes) = rest.get(..size) else {
        let message =
            "The array starting from the specified index is not long enough to read a value of the specified type.";
        return Err(Exception::argument("value", message));
    };
    let pattern = bytes.iter().rev().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    Ok(match of {
        NumberType::Double => Number::Double(f64::from_bits(pattern)),
        #[allow(clippy::cast_possible_truncation, reason = "four bytes were read")]
        NumberType::Single => Number::Single(f32::from_bits(pattern as u32)),
        _ => super::cast::wrap(pattern.into(), of),
    })
}

fn start_of<'a>(bytes: &'a [u8], start: i32, parameter: &str) -> Result<&'a [u8], Exception> {
    let start = usize::try_from(start).ok().filter(|start| *start < bytes.len());
    let message = "Index was out of range. Must be non-negative and less than the size of the collection.";
    start.and_then(|start| bytes.get(start..)).ok_or_else(|| Exception::argument_out_of_range(parameter, message))
}

/// `BitConverter.ToString`: `01-AB-FF`.
#[must_use]
pub fn to_dashed_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 0xF)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ExceptionType;

    #[test]
    fn bytes_come_little_end_first_and_go_back() {
        assert_eq!(to_bytes(Number::Int32(1)), [1, 0, 0, 0]);
        assert_eq!(to_bytes(Number::Double(1.0)), [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]);
        assert_eq!(from_bytes(NumberType::Int16, &[0, 0xFE, 0xFF], 1), Ok(Number::Int16(-2)));
        assert_eq!(from_bytes(NumberType::Single, &[0, 0, 0x80, 0x3F], 0), Ok(Number::Single(1.0)));
        assert_eq!(to_dashed_hex(&[1, 0xAB, 0xFF]), "01-AB-FF");
    }

    #[test]
    fn too_few_bytes_are_refused() {
        assert_eq!(from_bytes(NumberType::Int32, &[1, 2, 3], 0).unwrap_err().of, ExceptionType::Argument);
        assert_eq!(from_bytes(NumberType::Int32, &[1, 2, 3, 4], 4).unwrap_err().of, ExceptionType::ArgumentOutOfRange);
        assert_eq!(from_bytes(NumberType::Int32, &[1, 2, 3, 4], -1).unwrap_err().of, ExceptionType::ArgumentOutOfRange);
    }
}
