//! `int.CreateChecked(5L)`, `byte.CreateSaturating(300)`, `int.CreateTruncating(1UL << 40)`: a number or `char` as a number of another type.

use postern_dotnet::Decimal;
use postern_dotnet::number::{self, Number, NumberType, Overflow};

use super::Library;
use super::numbers::each_number;
use super::values::{from_number, number_at};
use crate::expression::native::Call;
use crate::expression::value::Value;

macro_rules! creation {
    ($library:ident, $($name:literal $keyword:literal $of:ident)*) => { $(
        $library
            .declare(concat!("struct System.", $name))
            .method(
                concat!("static ", $keyword, " CreateChecked<TOther>(TOther value) where TOther : INumberBase<TOther>"),
                |call| Ok(from_number(number::cast(argument(call), NumberType::$of, Overflow::Throw)?)),
            )
            .method(
                concat!("static ", $keyword, " CreateSaturating<TOther>(TOther value) where TOther : INumberBase<TOther>"),
                |call| Ok(from_number(saturating(argument(call), NumberType::$of))),
            )
            .method(
                concat!("static ", $keyword, " CreateTruncating<TOther>(TOther value) where TOther : INumberBase<TOther>"),
                |call| Ok(from_number(truncating(argument(call), NumberType::$of))),
            );
    )* };
}

pub(super) fn declare(library: &mut Library) {
    each_number!(creation, library);
}

fn argument(call: &Call<'_, '_>) -> Number {
    match *call.argument(0) {
        Value::Char(unit) => Number::UInt16(unit),
        _ => number_at(call, 0),
    }
}

/// The number, or the one of the type that is nearest to it; what is no number is zero.
fn saturating(number: Number, to: NumberType) -> Number {
    if let Ok(same) = number::cast(number, to, Overflow::Throw) {
        return same;
    }
    let float = match number {
        Number::Single(value) => f64::from(value),
        Number::Double(value) => value,
        Number::Decimal(value) if value.is_sign_negative() => -1.0,
        Number::Decimal(_) => 1.0,
        other => {
            if other.integer().is_some_and(|value| value < 0) {
                -1.0
            } else {
                1.0
            }
        }
    };
    match to {
        // .NET's zero of this case has a decimal place.
        NumberType::Decimal if float.is_nan() => Number::Decimal(Decimal::new(0, 1)),
        _ if float.is_nan() => to.number(0).unwrap_or(number),
        _ if float < 0.0 => to.min_value(),
        _ => to.max_value(),
    }
}

/// The lowest bits of a whole number; of others what saturation gives.
fn truncating(number: Number, to: NumberType) -> Number {
    match number.integer().map(|_| number::cast(number, to, Overflow::Wrap)) {
        Some(Ok(bits)) => bits,
        _ => saturating(number, to),
    }
}
