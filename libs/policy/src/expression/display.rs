//! `ToString()` of any value, with the invariant culture.

use postern_dotnet::Text;

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
        Value::Float(value) => Text::from(value.to_string()),
        Value::Double(value) => Text::from(value.to_string()),
        Value::Decimal(value) => Text::from(value.to_string()),
        Value::String(text) => text.clone(),
        Value::Object(object) => object.to_text(machine)?,
    })
}
