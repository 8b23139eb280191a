//! The eleven numeric types: `int.Parse`, `5.ToString("D3")`, `double.IsNaN`, `decimal.Round` …

use postern_dotnet::number::{self, MidpointRounding, Number, NumberStyles, NumberType};
use postern_dotnet::{Decimal, Exception, ExceptionType};

use super::values::{double, from_number, hash, number_at, sign, text};
use super::{Library, compare, get};
use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List as _;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A macro with name, keyword and variant of each of the eleven numeric types behind its other arguments.
macro_rules! each_number {
    ($macro:ident, $($arguments:tt)*) => {
        $macro!(
            $($arguments)*,
            "SByte" "sbyte" SByte "Byte" "byte" Byte "Int16" "short" Int16 "UInt16" "ushort" UInt16 "Int32" "int" Int32 "UInt32" "uint" UInt32
            "Int64" "long" Int64 "UInt64" "ulong" UInt64 "Single" "float" Single "Double" "double" Double "Decimal" "decimal" Decimal
        )
    };
}

pub(super) use each_number;

/// Members that all have, with the type's keyword in the signatures.
macro_rules! declare_number {
    ($library:ident, $($name:literal $keyword:literal $of:ident)*) => { $({
        const OF: NumberType = NumberType::$of;
        $library
            .declare(concat!("struct System.", $name))
            .constructor("()", |_| Ok(zero(OF)))
            .getter(concat!("static ", $keyword, " MaxValue"), |_| Ok(from_number(OF.max_value())))
            .getter(concat!("static ", $keyword, " MinValue"), |_| Ok(from_number(OF.min_value())))
            .method(concat!("static ", $keyword, " Parse(string s)"), |call| {
                parse(call, OF, NumberStyles::default_of(OF))
            })
            .method(concat!("static ", $keyword, " Parse(string s, IFormatProvider provider)"), |call| {
                parse(call, OF, NumberStyles::default_of(OF))
            })
            .method(concat!("static ", $keyword, " Parse(string s, NumberStyles style)"), |call| {
                parse(call, OF, styles(call, 1))
            })
            .method(
                concat!("static ", $keyword, " Parse(string s, NumberStyles style, IFormatProvider provider)"),
                |call| parse(call, OF, styles(call, 1)),
            )
            .method(concat!("static bool TryParse(string s, out ", $keyword, " result)"), |call| {
                try_parse(call, OF, NumberStyles::default_of(OF), 1)
            })
            .method(
                concat!("static bool TryParse(string s, IFormatProvider provider, out ", $keyword, " result)"),
                |call| try_parse(call, OF, NumberStyles::default_of(OF), 2),
            )
            .method(
                concat!(
                    "static bool TryParse(string s, NumberStyles style, IFormatProvider provider, out ",
                    $keyword,
                    " result)"
                ),
                |call| try_parse(call, OF, styles(call, 1), 3),
            )
            .method("string ToString()", to_string)
            .method("string ToString(string format)", to_string)
            .method("string ToString(IFormatProvider provider)", to_string)
            .method("string ToString(string format, IFormatProvider provider)", to_string)
            .method("bool Equals(object obj)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
            .method(concat!("bool Equals(", $keyword, " obj)"), |call| {
                Ok(call.argument(0).equals(call.argument(1)).into())
            })
            .method("int GetHashCode()", |call| Ok(hash(call.argument(0))))
            .method("int CompareTo(object value)", compare_to_object)
            .method(concat!("int CompareTo(", $keyword, " value)"), |call| ordered(call));
    })* };
}

/// Tests that `float` and `double` have.
macro_rules! declare_float {
    ($library:ident, $name:literal, $keyword:literal, $of:ident, $float:ty) => {{
        $library
            .declare(concat!("struct System.", $name))
            .getter(concat!("static ", $keyword, " NaN"), |_| Ok(<$float>::NAN.into()))
            .getter(concat!("static ", $keyword, " PositiveInfinity"), |_| Ok(<$float>::INFINITY.into()))
            .getter(concat!("static ", $keyword, " NegativeInfinity"), |_| Ok(<$float>::NEG_INFINITY.into()))
            .getter(concat!("static ", $keyword, " Epsilon"), |_| Ok(<$float>::from_bits(1).into()))
            .method(concat!("static bool IsNaN(", $keyword, " d)"), |call| Ok(double(call, 0).is_nan().into()))
            .method(concat!("static bool IsInfinity(", $keyword, " d)"), |call| {
                Ok(double(call, 0).is_infinite().into())
            })
            .method(concat!("static bool IsFinite(", $keyword, " d)"), |call| Ok(double(call, 0).is_finite().into()))
            .method(concat!("static bool IsNegative(", $keyword, " d)"), |call| {
                Ok(double(call, 0).is_sign_negative().into())
            })
            .method(concat!("static bool IsInteger(", $keyword, " d)"), |call| {
                Ok((double(call, 0).fract() == 0.0).into())
            })
            .method(concat!("static bool IsPositiveInfinity(", $keyword, " d)"), |call| {
                Ok((double(call, 0) == f64::INFINITY).into())
            })
            .method(concat!("static bool IsNegativeInfinity(", $keyword, " d)"), |call| {
                Ok((double(call, 0) == f64::NEG_INFINITY).into())
            });
    }};
}

pub(super) fn declare(library: &mut Library) {
    library.flags(
        "System.Globalization.NumberStyles",
        &[
            ("None", 0),
            ("AllowLeadingWhite", 1),
            ("AllowTrailingWhite", 2),
            ("AllowLeadingSign", 4),
            ("Integer", 7),
            ("AllowTrailingSign", 8),
            ("AllowParentheses", 16),
            ("AllowDecimalPoint", 32),
            ("AllowThousands", 64),
            ("Number", 111),
            ("AllowExponent", 128),
            ("Float", 167),
            ("AllowCurrencySymbol", 256),
            ("Currency", 383),
            ("Any", 511),
            ("AllowHexSpecifier", 512),
            ("HexNumber", 515),
            ("AllowBinarySpecifier", 1024),
            ("BinaryNumber", 1027),
        ],
    );
    each_number!(declare_number, library);
    declare_float!(library, "Single", "float", Single, f32);
    declare_float!(library, "Double", "double", Double, f64);
    declare_decimal(library);
}

fn declare_decimal(library: &mut Library) {
    declare_rare(library);
    library
        .declare("struct System.Decimal")
        .constructor("(int value)", |call| {
            number::convert(number_at(call, 0), NumberType::Decimal).map(from_number).map_err(Into::into)
        })
        .constructor("(long value)", |call| {
            number::convert(number_at(call, 0), NumberType::Decimal).map(from_number).map_err(Into::into)
        })
        .constructor("(uint value)", |call| cast(call, NumberType::Decimal))
        .constructor("(ulong value)", |call| cast(call, NumberType::Decimal))
        .constructor("(float value)", |call| cast(call, NumberType::Decimal))
        .method("static float ToSingle(decimal d)", |call| cast(call, NumberType::Single))
        .method("static bool IsInteger(decimal value)", |call| Ok(decimal(call, 0).is_integer().into()))
        .method("static decimal FromOACurrency(long cy)", |call| {
            let Value::Long(value) = *call.argument(0) else { return Ok(Value::Null) };
            // Ten-thousandths; trailing zeros go, as in .NET.
            Ok(Decimal::new(value, 4).normalize().into())
        })
        .getter("byte Scale", |call| Ok(Value::Byte(u8::try_from(decimal(call, 0).scale()).unwrap_or(0))))
        .constructor("(double value)", |call| Ok(number::decimal_from_double(double(call, 0))?.into()))
        .constructor("(int[] bits)", from_bits)
        .constructor("(int lo, int mid, int hi, bool isNegative, byte scale)", |call| {
            let scale = number_at(call, 4).integer().and_then(|scale| u32::try_from(scale).ok()).unwrap_or(u32::MAX);
            Ok(number::decimal_from_parts(call.int(0), call.int(1), call.int(2), call.bool(3), scale)?.into())
        })
        .getter("static decimal Zero", |_| Ok(Decimal::ZERO.into()))
        .getter("static decimal One", |_| Ok(Decimal::ONE.into()))
        .getter("static decimal MinusOne", |_| Ok(Decimal::NEGATIVE_ONE.into()))
        .method("static decimal Add(decimal d1, decimal d2)", |call| two(call, number::decimal_add))
        .method("static decimal Subtract(decimal d1, decimal d2)", |call| two(call, number::decimal_subtract))
        .method("static decimal Multiply(decimal d1, decimal d2)", |call| two(call, number::decimal_multiply))
        .method("static decimal Divide(decimal d1, decimal d2)", |call| two(call, number::decimal_divide))
        .method("static decimal Remainder(decimal d1, decimal d2)", |call| two(call, number::decimal_remainder))
        .method("static decimal Negate(decimal d)", |call| Ok(from_number(number::negate(number_at(call, 0)))))
        .method("static int Compare(decimal d1, decimal d2)", |call| {
            Ok(sign(compare::compare(call.argument(0), call.argument(1))?))
        })
        .method("static bool Equals(decimal d1, decimal d2)", |call| {
            Ok(call.argument(0).equals(call.argument(1)).into())
        })
        .method("static decimal Floor(decimal d)", |call| Ok(from_number(number::floor(number_at(call, 0)))))
        .method("static decimal Ceiling(decimal d)", |call| Ok(from_number(number::ceiling(number_at(call, 0)))))
        .method("static decimal Truncate(decimal d)", |call| Ok(from_number(number::truncate(number_at(call, 0)))))
        .method("static decimal Round(decimal d)", |call| round(call, 0, 0))
        .method("static decimal Round(decimal d, int decimals)", |call| round(call, call.int(1), 0))
        .method("static decimal Round(decimal d, MidpointRounding mode)", |call| round(call, 0, call.constant(1)))
        .method("static decimal Round(decimal d, int decimals, MidpointRounding mode)", |call| {
            round(call, call.int(1), call.constant(2))
        })
        .method("static int[] GetBits(decimal d)", |call| {
            let words = number::decimal_to_bits(decimal(call, 0));
            Ok(Value::object(Array::values(Type::INT, words.into_iter().map(Value::Int).collect())))
        })
        .method("static byte ToByte(decimal value)", |call| cast(call, NumberType::Byte))
        .method("static sbyte ToSByte(decimal value)", |call| cast(call, NumberType::SByte))
        .method("static short ToInt16(decimal value)", |call| cast(call, NumberType::Int16))
        .method("static ushort ToUInt16(decimal value)", |call| cast(call, NumberType::UInt16))
        .method("static uint ToUInt32(decimal d)", |call| cast(call, NumberType::UInt32))
        .method("static ulong ToUInt64(decimal d)", |call| cast(call, NumberType::UInt64))
        .method("static int ToInt32(decimal d)", |call| cast(call, NumberType::Int32))
        .method("static long ToInt64(decimal d)", |call| cast(call, NumberType::Int64))
        .method("static double ToDouble(decimal d)", |call| Ok(number::decimal_to_double(decimal(call, 0)).into()));
}

fn declare_rare(library: &mut Library) {
    library
        .declare("struct System.Decimal")
        .method("static bool IsCanonical(decimal value)", |call| {
            let value = decimal(call, 0);
            Ok((value.scale() == 0 || value.mantissa() % 10 != 0).into())
        })
        .method("static long ToOACurrency(decimal value)", |call| {
            let cents = number::decimal_multiply(decimal(call, 0), Decimal::from(10_000))
                .and_then(|cents| number::round(Number::Decimal(cents), 0, MidpointRounding::from_value(0)?))
                .and_then(|cents| number::cast(cents, NumberType::Int64, number::Overflow::Throw));
            let message = "Value was either too large or too small for a Currency.";
            Ok(from_number(cents.map_err(|_| Exception::new(ExceptionType::Overflow, message))?))
        });
}

pub(super) fn zero(of: NumberType) -> Value {
    of.number(0).map_or_else(
        || match of {
            NumberType::Single => Value::Float(0.0),
            NumberType::Double => Value::Double(0.0),
            _ => Value::Decimal(Decimal::ZERO),
        },
        from_number,
    )
}

fn styles(call: &Call<'_, '_>, index: usize) -> NumberStyles {
    NumberStyles::from_bits(u32::try_from(call.constant(index)).unwrap_or(u32::MAX))
}

fn parse(call: &mut Call<'_, '_>, of: NumberType, styles: NumberStyles) -> Result<Value, Thrown> {
    let text = call.required_text(0, "s")?;
    call.machine.charge(text.len() / 8)?;
    Ok(from_number(number::parse(of, &text, styles)?))
}

fn try_parse(call: &mut Call<'_, '_>, of: NumberType, styles: NumberStyles, out: usize) -> Result<Value, Thrown> {
    let text = call.text(0).cloned();
    call.machine.charge(text.as_ref().map_or(0, |text| text.len() / 8))?;
    let parsed = match text {
        Some(text) => number::try_parse(of, &text, styles)?,
        None => None,
    };
    call.set_out(out, parsed.map_or_else(|| zero(of), from_number));
    Ok(parsed.is_some().into())
}

/// With and without a format: a null format is none.
fn to_string(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    // A custom format is read several times.
    let bytes = call.text(1).map_or(0, |format| format.len());
    call.machine.charge(bytes / 2)?;
    if bytes == 0 && !matches!(call.argument(0), Value::Float(_) | Value::Double(_) | Value::Decimal(_)) {
        let number = call.take(0);
        let shown = display::to_text(&number, call.machine)?;
        return text(call, shown);
    }
    let formatted = number::format(number_at(call, 0), call.text(1).map_or("", |format| format))?;
    text(call, formatted)
}

fn compare_to_object(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    if !call.argument(1).is_null() && call.argument(0).of() != call.argument(1).of() {
        let name = match get().class_of(&call.argument(0).of()) {
            Some((class, _)) => class.name.to_string(),
            None => String::new(),
        };
        return Err(Exception::new(ExceptionType::Argument, format!("Object must be of type {name}.")).into());
    }
    ordered(call)
}

/// `CompareTo`: the narrow types give the difference, the others its sign.
fn ordered(call: &Call<'_, '_>) -> Result<Value, Thrown> {
    let (left, right) = (call.argument(0), call.argument(1));
    let narrow = matches!(left, Value::SByte(_) | Value::Byte(_) | Value::Short(_) | Value::UShort(_));
    match (narrow, number_at(call, 0).integer(), number_at(call, 1).integer()) {
        (true, Some(a), Some(b)) if !right.is_null() => Ok(Value::Int(i32::try_from(a - b).unwrap_or(0))),
        _ => Ok(sign(compare::compare(left, right)?)),
    }
}

fn decimal(call: &Call<'_, '_>, index: usize) -> Decimal {
    match *call.argument(index) {
        Value::Decimal(value) => value,
        _ => Decimal::ZERO,
    }
}

fn two(call: &Call<'_, '_>, of: fn(Decimal, Decimal) -> Result<Decimal, Exception>) -> Result<Value, Thrown> {
    Ok(of(decimal(call, 0), decimal(call, 1))?.into())
}

fn cast(call: &Call<'_, '_>, to: NumberType) -> Result<Value, Thrown> {
    Ok(from_number(number::cast(number_at(call, 0), to, number::Overflow::Throw)?))
}

/// Rounds the first argument.
pub(super) fn round(call: &Call<'_, '_>, digits: i32, mode: i64) -> Result<Value, Thrown> {
    Ok(from_number(number::round(number_at(call, 0), digits, MidpointRounding::from_value(mode)?)?))
}

fn from_bits(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let array = call.object::<Array>(0).ok_or_else(|| Exception::argument_null("bits"))?;
    call.machine.charge(array.len())?;
    let items = array.to_vec();
    let words: Vec<i32> =
        items.iter().filter_map(|item| if let Value::Int(word) = item { Some(*word) } else { None }).collect();
    let message = "Decimal constructor requires an array or span of four valid decimal bytes.";
    let words = <[i32; 4]>::try_from(words).map_err(|_| Exception::new(ExceptionType::Argument, message))?;
    Ok(number::decimal_from_bits(words)?.into())
}
