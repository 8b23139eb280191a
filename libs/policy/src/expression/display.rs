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
        Value::SByte(value) => Text::from(value.to_string()),
        Value::Byte(value) => Text::from(value.to_string()),
        Value::Short(value) => Text::from(value.to_string()),
        Value::UShort(value) => Text::from(value.to_string()),
        Value::Int(value) => Text::from(value.to_string()),
        Value::UInt(value) => Text::from(value.to_string()),
        Value::Long(value) => Text::from(value.to_string()),
        Value::ULong(value) => Text::from(value.to_string()),
        Value::Float(value) => Text::from(number::format(Number::Single(*value), "")?),
        Value::Double(value) => Text::from(number::format(Number::Double(*value), "")?),
        Value::Decimal(value) => Text::from(number::format(Number::Decimal(*value), "")?),
        Value::String(text) => text.clone(),
        Value::Object(object) => object.to_text(machine)?,
    })
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
