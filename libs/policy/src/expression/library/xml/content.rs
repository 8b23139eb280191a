//! "Content": what constructors and `Add` take. Nodes, attributes, plain values, and sequences of them.

use postern_dotnet::number::{Number, NumberType};
use postern_dotnet::xml::{Content, convert};
use postern_dotnet::{Exception, Text};

use super::super::dates::{DateTimeOffsetValue, DateTimeValue, TimeSpanValue};
use super::super::values::number;
use super::values::{attribute_of, charge_copy, node_of};
use crate::expression::display;
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::sequence;
use crate::expression::value::Value;

/// The content of a call: its argument at `index`.
pub(super) fn content(call: &mut Call<'_, '_>, index: usize) -> Result<Content, Thrown> {
    let value = call.take(index);
    from_value(call.machine, &value, 0)
}

fn from_value(machine: &mut Machine<'_>, value: &Value, depth: u32) -> Result<Content, Thrown> {
    if depth > CALL_DEPTH_MAX {
        return Err(Thrown::Limit(Limit::Depth));
    }
    machine.charge(1)?;
    if value.is_null() {
        return Ok(Content::Nothing);
    }
    if let Some(node) = node_of(value) {
        // It is copied if it has a parent, also one that it gets before it is added.
        charge_copy(machine, node)?;
        return Ok(Content::Node(node.clone()));
    }
    if let Some(attribute) = attribute_of(value) {
        return Ok(Content::Attribute(attribute.clone()));
    }
    let is_sequence = match value {
        Value::Object(object) => std::rc::Rc::clone(object).enumerate().is_some(),
        _ => false,
    };
    if !is_sequence {
        return plain_text(machine, value).map(Content::Text);
    }
    let mut items = Vec::new();
    for item in sequence::collect(value, machine)? {
        items.push(from_value(machine, &item, depth + 1)?);
    }
    Ok(Content::Many(items))
}

/// `XContainer.GetStringValue`: a plain value as XML writes it.
///
/// # Errors
/// `ArgumentException` for nodes and attributes.
pub(super) fn plain_text(machine: &mut Machine<'_>, value: &Value) -> Result<Text, Thrown> {
    if node_of(value).is_some() || attribute_of(value).is_some() {
        return Err(
            Exception::new(postern_dotnet::ExceptionType::Argument, "An XObject cannot be used as a value.").into()
        );
    }
    if let Value::Bool(value) = value {
        return Ok(Text::new_static(convert::boolean_text(*value)));
    }
    if let Some(number @ (Number::Single(_) | Number::Double(_) | Number::Decimal(_))) = number(value) {
        return Ok(Text::from(convert::number_text(number)?));
    }
    if let Some(value) = value.downcast_ref::<DateTimeValue>() {
        return Ok(Text::from(convert::date_text(value.0)?));
    }
    if let Some(value) = value.downcast_ref::<DateTimeOffsetValue>() {
        return Ok(Text::from(convert::date_offset_text(value.0)?));
    }
    if let Some(value) = value.downcast_ref::<TimeSpanValue>() {
        return Ok(Text::from(convert::duration_text(value.0)));
    }
    let text = display::to_text(value, machine)?;
    machine.charge_memory(text.len())?;
    Ok(text)
}

/// The plain text of an argument that must not be null.
///
/// # Errors
/// `ArgumentNullException` for `value`.
pub(super) fn required_plain(call: &mut Call<'_, '_>, index: usize) -> Result<Text, Thrown> {
    optional_plain(call, index)?.ok_or_else(|| Exception::argument_null("value").into())
}

/// The plain text of an argument; `None` for null.
pub(super) fn optional_plain(call: &mut Call<'_, '_>, index: usize) -> Result<Option<Text>, Thrown> {
    let value = call.take(index);
    if value.is_null() {
        return Ok(None);
    }
    plain_text(call.machine, &value).map(Some)
}

/// A number in a text, as XML has it.
pub(super) fn parse_number(of: NumberType, text: &str) -> Result<Value, Exception> {
    convert::parse_number(of, text).map(super::super::values::from_number)
}
