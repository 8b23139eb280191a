//! `ToString()` of any value, with the invariant culture.

use postern_dotnet::Text;
use postern_dotnet::number::{self, Number};

use super::library::number_of;
use super::machine::{Machine, Thrown};
use super::value::Value;

/// `value.ToString()`; null is empty, as in `+` and interpolation.
///
/// # Errors
/// What the object's `ToString` throws.
pub fn to_text(value: &Value, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
    Ok(match value {
        Value::Null => Text::default(),
        Value::Bool(value) => Text::new_static(if *value { "True" } else { "False" }),
        Value::Char(unit) => Text::from(String::from_utf16_lossy(&[*unit])),
        Value::SByte(value) => integer(*value, *value),
        Value::Byte(value) => integer(*value, *value),
        Value::Short(value) => integer(*value, *value),
        Value::UShort(value) => integer(*value, *value),
        Value::Int(value) => integer(*value, *value),
        Value::UInt(value) => integer(*value, *value),
        Value::Long(value) => integer(*value, *value),
        Value::ULong(value) => integer(*value, *value),
        Value::Float(value) => Text::from(number::format(Number::Single(*value), "")?),
        Value::Double(value) => Text::from(number::format(Number::Double(*value), "")?),
        Value::Decimal(value) => Text::from(number::format(Number::Decimal(*value), "")?),
        Value::String(text) => text.clone(),
        Value::Object(object) => object.to_text(machine)?,
    })
}

/// Below it, .NET keeps the texts of whole numbers.
const KEPT_NUMBERS: u16 = 300;

fn integer(value: impl std::fmt::Display, number: impl TryInto<u16>) -> Text {
    match number.try_into() {
        Ok(number) if number < KEPT_NUMBERS => Text::kept(value.to_string(), number + 1),
        _ => Text::from(value.to_string()),
    }
}

/// The same for what is gone on with after a pause, and then asks for the same again.
///
/// # Errors
/// As [`to_text`], and the end of the turn.
pub fn to_text_in_turns(value: &Value, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
    match value {
        Value::Object(object) => object.to_text_in_turns(machine),
        value => to_text(value, machine),
    }
}

/// `value.ToString(format)` where the value is `IFormattable`, otherwise `value.ToString()`: a hole with a format clause.
///
/// # Errors
/// `FormatException`; what the object's `ToString` throws.
pub fn format(value: &Value, format: &str, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
    let value = value.unboxed();
    // A custom format is read for every digit.
    machine.charge(format.len() / 2)?;
    machine.take_memory(format.len())?;
    if let Some(number) = number_of(value) {
        return Ok(number::format(number, format)?.into());
    }
    if let Value::Object(object) = value
        && let Some(text) = object.format(format)
    {
        return Ok(text?);
    }
    to_text(value, machine)
}
