//! Constants.

/// A literal with the type that C# gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `int`
    Int(i32),
    /// `uint`
    UInt(u32),
    /// `long`
    Long(i64),
    /// `ulong`
    ULong(u64),
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// `decimal`
    Decimal(Decimal),
    /// `char`, a UTF-16 unit.
    Char(u16),
    /// `string`. A lone surrogate written by an escape is U+FFFD here.
    String(Box<str>),
}

/// A non-negative `decimal` constant: `mantissa / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// Below 2^96.
    pub mantissa: u128,
    /// At most 28. Kept as written: `1.50m` has scale 2.
    pub scale: u8,
}

impl Decimal {
    const MANTISSA_MAX: u128 = (1 << 96) - 1;
    const SCALE_MAX: i64 = 28;

    /// From `12.5e-3`. Digits that do not fit behind the point are rounded half to even; `None` if those in front of it do not fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Decimal> {
        let (number, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit.wrapping_sub(b'0')).collect();
        let exponent: i64 = exponent.parse().unwrap_or(if exponent.starts_with('-') { -1_000_000 } else { 1_000_000 });
        let scale = (fraction.len() as i64).saturating_sub(exponent);
        Decimal::from_digits(&digits, scale)
    }

    /// `0.digits…` shifted so that `scale` of the digits stand behind the point.
    fn from_digits(digits: &[u8], scale: i64) -> Option<Decimal> {
        if digits.iter().all(|&digit| digit == 0) {
            return Some(Decimal { mantissa: 0, scale: scale.clamp(0, Self::SCALE_MAX) as u8 });
        }
        let mut mantissa = 0_u128;
        let mut taken = 0;
        for &digit in digits {
            let left = (digits.len() - taken) as i64;
            let next = mantissa * 10 + u128::from(digit);
            // Stop where the mantissa is full or the digits are finer than 28 places.
            if next > Self::MANTISSA_MAX || scale - left >= Self::SCALE_MAX {
                break;
            }
            mantissa = next;
            taken += 1;
        }
        let mut scale = scale - (digits.len() - taken) as i64;
        let dropped = digits.get(taken..).unwrap_or(&[]);
        if scale > Self::SCALE_MAX {
            return Some(Decimal { mantissa: 0, scale: Self::SCALE_MAX as u8 });
        }
        if scale < 0 && !dropped.is_empty() {
            return None;
        }
        while scale < 0 {
            mantissa = mantissa.checked_mul(10).filter(|&mantissa| mantissa <= Self::MANTISSA_MAX)?;
            scale += 1;
        }
        let mantissa = mantissa + u128::from(rounds_up(mantissa, dropped));
        if mantissa > Self::MANTISSA_MAX {
            // Rounding overflowed 96 bits: one digit less, if there is one behind the point to give up.
            return (scale > 0).then(|| Decimal { mantissa: mantissa / 10, scale: (scale - 1) as u8 });
        }
        Some(Decimal { mantissa, scale: scale as u8 })
    }
}

/// Half to even.
fn rounds_up(mantissa: u128, dropped: &[u8]) -> bool {
    match dropped.split_first() {
        None => false,
        Some((&5, rest)) if rest.iter().all(|&digit| digit == 0) => mantissa % 2 == 1,
        Some((&digit, _)) => digit >= 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(u128, u8)>) {
        let found = Decimal::parse(text).map(|decimal| (decimal.mantissa, decimal.scale));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_decimal_keeps_its_scale() {
        check("1", Some((1, 0)));
        check("1.50", Some((150, 2)));
        check("0.0", Some((0, 1)));
        check("1.5e3", Some((1500, 0)));
        check("12.5e-3", Some((125, 4)));
    }

    #[test]
    fn the_greatest_decimal_is_2_to_the_96_minus_1() {
        check("79228162514264337593543950335", Some(((1 << 96) - 1, 0)));
        check("79228162514264337593543950336", None);
        check("1e29", None);
        check("1e99999999999999999999", None);
    }

    #[test]
    fn digits_behind_the_28th_place_are_rounded_half_to_even() {
        check("0.00000000000000000000000000015", Some((2, 28)));
        check("0.00000000000000000000000000025", Some((2, 28)));
        check("0.000000000000000000000000000251", Some((3, 28)));
        check("0.000000000000000000000000000001", Some((0, 28)));
    }
}
