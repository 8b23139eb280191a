//! Between values and what natives work on: numbers, characters, bytes, texts; and payment for what a native makes.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use postern_dotnet::number::{Number, NumberType};
use postern_dotnet::text::{from_units, length};
use postern_dotnet::work::Paced;
use postern_dotnet::{Exception, Text};

use super::get;
use super::pieces::{ONE_GO_BYTES_MAX, work};
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::sequence;
use crate::expression::types::{self, Type};
use crate::expression::value::Value;

/// The type of a class without type parameters, looked up once.
macro_rules! named_type {
    ($full_name:literal) => {{
        static OF: std::sync::LazyLock<$crate::expression::types::Type> =
            std::sync::LazyLock::new(|| $crate::expression::types::Type::named($full_name));
        OF.clone()
    }};
}

pub(super) use named_type;

/// The number that a value is; `None` for anything else, `char` included.
pub(crate) fn number(value: &Value) -> Option<Number> {
    Some(match *value {
        Value::SByte(value) => Number::SByte(value),
        Value::Byte(value) => Number::Byte(value),
        Value::Short(value) => Number::Int16(value),
        Value::UShort(value) => Number::UInt16(value),
        Value::Int(value) => Number::Int32(value),
        Value::UInt(value) => Number::UInt32(value),
        Value::Long(value) => Number::Int64(value),
        Value::ULong(value) => Number::UInt64(value),
        Value::Float(value) => Number::Single(value),
        Value::Double(value) => Number::Double(value),
        Value::Decimal(value) => Number::Decimal(value),
        _ => return None,
    })
}

/// A number as a value.
pub(crate) fn from_number(number: Number) -> Value {
    match number {
        Number::SByte(value) => Value::SByte(value),
        Number::Byte(value) => Value::Byte(value),
        Number::Int16(value) => Value::Short(value),
        Number::UInt16(value) => Value::UShort(value),
        Number::Int32(value) => Value::Int(value),
        Number::UInt32(value) => Value::UInt(value),
        Number::Int64(value) => Value::Long(value),
        Number::UInt64(value) => Value::ULong(value),
        Number::Single(value) => Value::Float(value),
        Number::Double(value) => Value::Double(value),
        Number::Decimal(value) => Value::Decimal(value),
    }
}

/// The type of a number, as the language names it.
pub(crate) const fn number_type(of: NumberType) -> types::Number {
    match of {
        NumberType::SByte => types::Number::SByte,
        NumberType::Byte => types::Number::Byte,
        NumberType::Int16 => types::Number::Short,
        NumberType::UInt16 => types::Number::UShort,
        NumberType::Int32 => types::Number::Int,
        NumberType::UInt32 => types::Number::UInt,
        NumberType::Int64 => types::Number::Long,
        NumberType::UInt64 => types::Number::ULong,
        NumberType::Single => types::Number::Float,
        NumberType::Double => types::Number::Double,
        NumberType::Decimal => types::Number::Decimal,
    }
}

/// An argument as a number; zero if it is none.
pub(super) fn number_at(call: &Call<'_, '_>, index: usize) -> Number {
    number(call.argument(index)).unwrap_or(Number::Int32(0))
}

/// A `double` argument; a `float` is widened.
pub(super) fn double(call: &Call<'_, '_>, index: usize) -> f64 {
    match *call.argument(index) {
        Value::Double(value) => value,
        Value::Float(value) => value.into(),
        _ => 0.0,
    }
}

/// A `char` argument.
pub(super) fn unit(call: &Call<'_, '_>, index: usize) -> u16 {
    match *call.argument(index) {
        Value::Char(unit) => unit,
        _ => 0,
    }
}

/// A `char[]` argument, paid for; empty for null.
pub(super) fn units(call: &mut Call<'_, '_>, index: usize) -> Result<Vec<u16>, Thrown> {
    let Some(array) = call.object::<Array>(index) else { return Ok(Vec::new()) };
    call.machine.charge(array.len() / 4)?;
    Ok(array.to_units())
}

/// A `char[]`.
pub(super) fn char_array(units: impl IntoIterator<Item = u16>) -> Value {
    Value::object(Array::values(Type::Char, units.into_iter().map(Value::Char).collect()))
}

/// A copy of a `byte[]` argument, paid for, that must not be null.
pub(super) fn bytes(call: &mut Call<'_, '_>, index: usize, parameter: &str) -> Result<Vec<u8>, Thrown> {
    let array = call.object::<Array>(index).ok_or_else(|| Exception::argument_null(parameter))?;
    call.machine.charge(array.len() / 64)?;
    Ok(array.as_bytes().map(|bytes| bytes.to_vec()).unwrap_or_default())
}

/// A part of an array given by start and length, as methods with `index` and `count` check it.
pub(super) fn part<'a, T>(items: &'a [T], start: i32, count: i32, names: (&str, &str)) -> Result<&'a [T], Exception> {
    let part = part_of(items.len(), start, count, names)?;
    Ok(items.get(part).unwrap_or_default())
}

/// The same of an array of this length.
pub(super) fn part_of(length: usize, start: i32, count: i32, names: (&str, &str)) -> Result<Range<usize>, Exception> {
    let Ok(start) = usize::try_from(start) else {
        return Err(Exception::argument_out_of_range(names.0, "Non-negative number required."));
    };
    let Ok(count) = usize::try_from(count) else {
        return Err(Exception::argument_out_of_range(names.1, "Non-negative number required."));
    };
    let end = start.checked_add(count).filter(|end| *end <= length);
    let message = "Index and count must refer to a location within the buffer.";
    end.map(|end| start..end).ok_or_else(|| Exception::argument_out_of_range(names.0, message))
}

/// A part of a text in UTF-16 units, as methods with `index` and `count` check it. Paid for: the part, and where not every character is one byte the
/// walk over the text.
pub(super) fn part_units(
    call: &mut Call<'_, '_>,
    text: &str,
    (start, count): (i32, i32),
    names: (&str, &str),
) -> Result<Vec<u16>, Thrown> {
    call.machine.charge(1 + text.len() / ASCII_BYTES_PER_STEP)?;
    if text.is_ascii() {
        let range = part_of(text.len(), start, count, names)?;
        call.machine.charge(range.len() / UNITS_PER_STEP)?;
        return Ok(text.as_bytes().get(range).unwrap_or_default().iter().copied().map(u16::from).collect());
    }
    call.machine.charge(text.len() / BYTES_WALKED_PER_STEP)?;
    let range = part_of(length(text), start, count, names)?;
    Ok(text.encode_utf16().skip(range.start).take(range.len()).collect())
}

/// The same as a text: half of a pair of units is U+FFFD.
pub(super) fn part_text<'t>(
    call: &mut Call<'_, '_>,
    text: &'t str,
    (start, count): (i32, i32),
    names: (&str, &str),
) -> Result<Cow<'t, str>, Thrown> {
    call.machine.charge(1 + text.len() / ASCII_BYTES_PER_STEP)?;
    if text.is_ascii() {
        let range = part_of(text.len(), start, count, names)?;
        return Ok(Cow::Borrowed(text.get(range).unwrap_or_default()));
    }
    let units = part_units(call, text, (start, count), names)?;
    call.machine.charge(units.len() / UNITS_PER_STEP)?;
    Ok(Cow::Owned(from_units(&units).into()))
}

/// Bytes that are asked in one step whether they are ASCII, and walked over character by character; units that are made in one.
const ASCII_BYTES_PER_STEP: usize = 64;
const BYTES_WALKED_PER_STEP: usize = 4;
/// Bytes whose units are counted in one step.
const BYTES_COUNTED_PER_STEP: usize = 32;
const UNITS_PER_STEP: usize = 16;

/// The UTF-16 length of a text, paid for.
pub(super) fn paid_length(call: &mut Call<'_, '_>, text: &str) -> Result<usize, Thrown> {
    call.machine.charge(1 + text.len() / ASCII_BYTES_PER_STEP)?;
    if text.is_ascii() {
        return Ok(text.len());
    }
    call.machine.charge(text.len() / BYTES_COUNTED_PER_STEP)?;
    Ok(length(text))
}

/// `CopyTo(sourceIndex, char[] destination, destinationIndex, count)`, of texts and builders.
pub(super) fn copy_units(call: &mut Call<'_, '_>, source: &str) -> Result<Value, Thrown> {
    let to = call.object::<Array>(2).ok_or_else(|| Exception::argument_null("destination"))?;
    let at = |index: usize, name: &str| {
        usize::try_from(call.int(index)).map_err(|_| Exception::negative(name, call.int(index).into()))
    };
    let (count, from, start) = (at(4, "count")?, at(1, "sourceIndex")?, at(3, "destinationIndex")?);
    let (given_from, given_start, given_count) = (call.int(1), call.int(3), call.int(4));
    let left = |size: usize| i64::try_from(size).unwrap_or(i64::MAX) - i64::from(given_count);
    let size = paid_length(call, source)?;
    if from.checked_add(count).is_none_or(|end| end > size) {
        return Err(Exception::greater("sourceIndex", given_from.into(), left(size)).into());
    }
    if start.checked_add(count).is_none_or(|end| end > to.len()) {
        return Err(Exception::greater("destinationIndex", given_start.into(), left(to.len())).into());
    }
    let units = part_units(call, source, (given_from, given_count), ("sourceIndex", "count"))?;
    call.machine.charge(count)?;
    for (place, unit) in (start..).zip(units) {
        to.set(place, Value::Char(unit))?;
    }
    Ok(Value::Null)
}

/// A `byte[]`, paid for.
pub(super) fn byte_array(call: &mut Call<'_, '_>, bytes: Vec<u8>) -> Result<Value, Thrown> {
    call.machine.charge_memory(bytes.len())?;
    Ok(Value::object(Array::bytes(bytes)))
}

/// A `string`, paid for.
pub(super) fn text(call: &mut Call<'_, '_>, text: impl Into<Text>) -> Result<Value, Thrown> {
    let text = text.into();
    call.machine.charge_memory(text.len())?;
    Ok(Value::String(text))
}

/// The texts of a `string[]` or `IEnumerable<string>`; null items are empty.
pub(super) fn texts(call: &mut Call<'_, '_>, index: usize) -> Result<Vec<Text>, Thrown> {
    let items = sequence::collect(&call.take(index), call.machine)?;
    Ok(items.into_iter().map(|item| if let Value::String(text) = item { text } else { Text::default() }).collect())
}

/// A `string[]`, paid for.
pub(super) fn text_array<'a>(
    call: &mut Call<'_, '_>,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<Value, Thrown> {
    let mut values = Vec::new();
    for text in texts {
        call.machine.charge_memory(size_of::<Value>() + text.len())?;
        values.push(Value::from(text));
    }
    Ok(Value::object(Array::values(Type::String, values)))
}

/// Characters of a text as a `char[]`, paid for; those of a long text in pieces.
pub(super) fn units_of(machine: &mut Machine<'_>, text: &Text) -> Result<Value, Thrown> {
    if text.len() <= ONE_GO_BYTES_MAX {
        machine.charge_memory(text.len() * size_of::<Value>())?;
        return Ok(char_array(text.encode_utf16()));
    }
    let text = text.clone();
    let values = work(machine, |machine| {
        machine.take_memory(text.len() * size_of::<Value>())?;
        Ok(Paced::new(|pace| async move {
            let mut values = Vec::with_capacity(text.len());
            for unit in text.encode_utf16() {
                pace.take(UNIT_STEPS).await;
                values.push(Value::Char(unit));
            }
            values
        }))
    })?;
    Ok(Value::object(Array::values(Type::Char, values)))
}

/// Steps for a character of an array: it takes as much room as any value.
const UNIT_STEPS: u64 = 2;

/// A value of an enum, by the enum's full name.
pub(super) fn constant(full_name: &str, value: i64) -> Value {
    match get().class_by_full_name(full_name, 0) {
        Some(class) => Value::Object(Rc::new(EnumValue { class, value })),
        None => Value::Null,
    }
}

/// `int` of an unsigned size; sizes beyond are bounded by memory long before.
pub(super) fn int(size: usize) -> Value {
    Value::Int(i32::try_from(size).unwrap_or(i32::MAX))
}

/// `int` of an order, as `CompareTo` gives it.
pub(super) fn sign(order: std::cmp::Ordering) -> Value {
    Value::Int(order as i32)
}

/// `Equals` of the first two arguments, paid for.
pub(super) fn equal(call: &mut Call<'_, '_>) -> Result<bool, Thrown> {
    let steps = call.argument(0).comparing_steps().min(call.argument(1).comparing_steps());
    call.machine.charge(steps)?;
    Ok(call.argument(0).equals(call.argument(1)))
}

/// `GetHashCode()` of `this`, paid for.
pub(super) fn hash_of_this(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let steps = call.argument(0).hashing_steps();
    call.machine.charge(steps)?;
    Ok(hash(call.argument(0)))
}

/// `GetHashCode()`: a value's hash folded to an `int`.
#[allow(clippy::cast_possible_truncation, reason = "folding to 32 bits is the purpose")]
pub(super) fn hash(value: &Value) -> Value {
    let fold = |bits: u64| (bits ^ (bits >> 32)) as i32;
    Value::Int(match *value {
        Value::Bool(value) => value.into(),
        Value::Char(unit) => i32::from(unit) | (i32::from(unit) << 16),
        Value::SByte(value) => value.into(),
        Value::Byte(value) => value.into(),
        Value::Short(value) => value.into(),
        Value::UShort(value) => value.into(),
        Value::Int(value) => value,
        Value::UInt(value) => value.cast_signed(),
        Value::Long(value) => fold(value.cast_unsigned()),
        Value::ULong(value) => fold(value),
        // -0 hashes as 0.
        Value::Float(value) => (value + 0.0).to_bits().cast_signed(),
        Value::Double(value) => fold((value + 0.0).to_bits()),
        _ => fold(value.hash_code()),
    })
}
