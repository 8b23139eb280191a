//! `Convert.ToInt32(string, base)` and `Convert.ToString(int, base)`.

use super::number_type::{Number, NumberType};
use crate::{Exception, ExceptionType};

/// Reads digits of base 2, 8, 10 or 16. Outside base 10 they are the bit pattern, so `FFFFFFFF` is the `int` -1.
///
/// # Errors
/// As .NET: `ArgumentException` for the base or a minus sign, `FormatException`, `OverflowException`.
pub fn parse_radix(of: NumberType, text: &str, radix: i32) -> Result<Number, Exception> {
    let bits = of.integer_bits().unwrap_or(64);
    if !matches!(radix, 2 | 8 | 10 | 16) {
        return Err(Exception::new(ExceptionType::Argument, "Invalid Base."));
    }
    if text.is_empty() {
        // .NET passes its message where the parameter's name belongs.
        let message = "Specified argument was out of the range of valid values. (Parameter 'Index was out of range. Must be \
                       non-negative and less than the size of the collection.')";
        return Err(Exception::new(ExceptionType::ArgumentOutOfRange, message));
    }
    let mut digits = text;
    let mut negative = false;
    if let Some(rest) = text.strip_prefix('-') {
        if radix != 10 {
            return Err(Exception::new(
                ExceptionType::Argument,
                "String cannot contain a minus sign if the base is not 10.",
            ));
        }
        if !of.is_signed() {
            let message = "The string was being parsed as an unsigned number and could not have a negative sign.";
            return Err(Exception::new(ExceptionType::Overflow, message));
        }
        negative = true;
        digits = rest;
    } else if let Some(rest) = text.strip_prefix('+') {
        digits = rest;
    }
    if radix == 16 {
        let prefixed = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
        digits = prefixed.unwrap_or(digits);
    }
    let base = radix.unsigned_abs();
    let length = digits.chars().take_while(|c| c.is_digit(base)).count();
    let value = accumulate(of, digits.get(..length).unwrap_or_default(), base)?;
    if length == 0 {
        return Err(Exception::format("Could not find any recognizable digits."));
    }
    if length < digits.len() {
        return Err(Exception::format("Additional non-parsable characters are at the end of the string."));
    }
    let value = if negative { -value } else { value };
    let pattern = radix != 10 && of.is_signed() && value >> (bits - 1) == 1;
    of.number(if pattern { value - (1 << bits) } else { value }).ok_or_else(|| of.overflow())
}

fn accumulate(of: NumberType, digits: &str, base: u32) -> Result<i128, Exception> {
    // Narrow types are read as 32 bits first, and fail with the name of what was read.
    let wide = of.integer_bits() == Some(64);
    let signed = base == 10 && of.is_signed();
    let read_as = match (wide, signed) {
        (true, true) => NumberType::Int64,
        (true, false) => NumberType::UInt64,
        (false, true) => NumberType::Int32,
        (false, false) => NumberType::UInt32,
    };
    let bits = if wide { 64 } else { 32 };
    // One more than the largest: the sign is applied later.
    let max = if signed { 1_i128 << (bits - 1) } else { (1_i128 << bits) - 1 };
    let mut value: i128 = 0;
    for digit in digits.chars() {
        value = value * i128::from(base) + i128::from(digit.to_digit(base).unwrap_or(0));
        if value > max {
            return Err(read_as.overflow());
        }
    }
    Ok(value)
}

/// The bit pattern in base 2, 8 or 16 (small letters), or the number in base 10.
///
/// # Errors
/// `ArgumentException` for another base.
pub fn radix_text(number: Number, radix: i32) -> Result<String, Exception> {
    let value = number.integer().unwrap_or_default();
    let bits = number.of().integer_bits().unwrap_or(64);
    let pattern = value & ((1_i128 << bits) - 1);
    match radix {
        2 => Ok(format!("{pattern:b}")),
        8 => Ok(format!("{pattern:o}")),
        10 => Ok(value.to_string()),
        16 => Ok(format!("{pattern:x}")),
        _ => Err(Exception::new(ExceptionType::Argument, "Invalid Base.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_outside_base_ten_are_a_bit_pattern() {
        let cases = [
            (NumberType::Int32, "FF", 16, Number::Int32(255)),
            (NumberType::Int32, "0xff", 16, Number::Int32(255)),
            (NumberType::Int32, "FFFFFFFF", 16, Number::Int32(-1)),
            (NumberType::Int32, "-2147483648", 10, Number::Int32(i32::MIN)),
            (NumberType::Int32, "1010", 2, Number::Int32(10)),
            (NumberType::Int32, "17", 8, Number::Int32(15)),
            (NumberType::Byte, "+7f", 16, Number::Byte(127)),
            (NumberType::SByte, "80", 16, Number::SByte(-128)),
            (NumberType::Int64, "8000000000000000", 16, Number::Int64(i64::MIN)),
        ];
        for (of, text, radix, expected) in cases {
            assert_eq!(parse_radix(of, text, radix), Ok(expected), "{text}");
        }
    }

    #[test]
    fn failures_have_the_messages_of_dotnet() {
        let cases = [
            (NumberType::Int32, "G", 16, "Could not find any recognizable digits."),
            (NumberType::Int32, "1G", 16, "Additional non-parsable characters are at the end of the string."),
            (NumberType::Int32, "12", 3, "Invalid Base."),
            (NumberType::Int32, "-1", 16, "String cannot contain a minus sign if the base is not 10."),
            (NumberType::Int32, "100000000", 16, "Value was either too large or too small for a UInt32."),
            (NumberType::Int32, "2147483648", 10, "Value was either too large or too small for an Int32."),
            (NumberType::Byte, "100", 16, "Value was either too large or too small for an unsigned byte."),
            (
                NumberType::Byte,
                "-1",
                10,
                "The string was being parsed as an unsigned number and could not have a negative sign.",
            ),
        ];
        for (of, text, radix, message) in cases {
            assert_eq!(
                parse_radix(of, text, radix).map_err(|e| e.message.into_owned()),
                Err(message.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn text_in_a_base_shows_the_bit_pattern() {
        assert_eq!(radix_text(Number::Int32(-1), 16).as_deref(), Ok("ffffffff"));
        assert_eq!(radix_text(Number::Int16(-1), 2).as_deref(), Ok("1111111111111111"));
        assert_eq!(radix_text(Number::Int32(-8), 10).as_deref(), Ok("-8"));
        assert_eq!(radix_text(Number::Byte(10), 8).as_deref(), Ok("12"));
    }
}
