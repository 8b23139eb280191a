//! Members of StringBuilder for each type, for parts of arrays, and about the room it has.

use std::cell::RefCell;

use postern_dotnet::text::{self, from_units, length};
use postern_dotnet::{Exception, ExceptionType};

use super::changing::change;
use super::{Builder, UNITS_MAX};
use crate::expression::display::to_text;
use crate::expression::library::ClassBuilder;
use crate::expression::library::values::{self, int, units};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) const LONGER: &str = "The length cannot be greater than the capacity.";
pub(super) const FULL: &str = "capacity was less than the current size.";
const BEYOND: &str = "Capacity exceeds maximum capacity.";

/// Whether what is appended fits: a character and another builder have exceptions of their own.
pub(super) fn check_appended(call: &Call<'_, '_>, value: &Value, text: &str) -> Result<(), Thrown> {
    let full = || match value {
        Value::Char(_) => Exception::argument_out_of_range("requiredLength", FULL),
        value if value.downcast_ref::<Builder>().is_some() => Exception::argument_out_of_range("Capacity", BEYOND),
        _ => Exception::argument_out_of_range("valueCount", LONGER),
    };
    Ok(call.this::<Builder>()?.check_room(text, full)?)
}

/// A builder with a bound.
fn bounded(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let (capacity, most) = (call.int(0), call.int(1));
    if capacity > most {
        return Err(Exception::argument_out_of_range("capacity", BEYOND).into());
    }
    if most < 1 {
        let message = format!(
            "maxCapacity ('{most}') must be a non-negative and non-zero value. (Parameter 'maxCapacity')\nActual value was {most}."
        );
        return Err(Exception::new(ExceptionType::ArgumentOutOfRange, message).into());
    }
    if capacity < 0 {
        return Err(Exception::negative("capacity", capacity.into()).into());
    }
    Ok(Value::object(Builder(RefCell::default(), usize::try_from(most).unwrap_or(UNITS_MAX))))
}

fn check_capacity(call: &Call<'_, '_>) -> Result<(), Thrown> {
    let most = call.this::<Builder>()?.1;
    match usize::try_from(call.int(1)) {
        Ok(wanted) if wanted > most => Err(Exception::argument_out_of_range("value", BEYOND).into()),
        _ => Ok(()),
    }
}

pub(super) fn declare_inserts(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("StringBuilder Insert(int index, object value)", insert)
        .method("StringBuilder Insert(int index, string value)", insert)
        .method("StringBuilder Insert(int index, bool value)", insert)
        .method("StringBuilder Insert(int index, char value)", insert)
        .method("StringBuilder Insert(int index, sbyte value)", insert)
        .method("StringBuilder Insert(int index, byte value)", insert)
        .method("StringBuilder Insert(int index, short value)", insert)
        .method("StringBuilder Insert(int index, ushort value)", insert)
        .method("StringBuilder Insert(int index, int value)", insert)
        .method("StringBuilder Insert(int index, uint value)", insert)
        .method("StringBuilder Insert(int index, long value)", insert)
        .method("StringBuilder Insert(int index, ulong value)", insert)
        .method("StringBuilder Insert(int index, float value)", insert)
        .method("StringBuilder Insert(int index, double value)", insert)
        .method("StringBuilder Insert(int index, decimal value)", insert)
        .method("StringBuilder Insert(int index, char[] value)", |call| {
            let piece = from_units(&units(call, 2)?);
            insert_text(call, &piece)
        })
        .method("StringBuilder Insert(int index, char[] value, int startIndex, int charCount)", |call| {
            let units = units(call, 2)?;
            call.machine.charge(units.len() / 16)?;
            let piece = from_units(values::part(&units, call.int(3), call.int(4), ("startIndex", "charCount"))?);
            insert_text(call, &piece)
        })
}

fn insert(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let value = call.take(2);
    let value = to_text(&value, call.machine)?;
    insert_text(call, &value)
}

fn insert_text(call: &mut Call<'_, '_>, value: &str) -> Result<Value, Thrown> {
    let index = call.int(1);
    change(call, value.len(), |text| {
        let message =
            "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
        text::insert(text, index, value).map_err(|_| Exception::argument_out_of_range("index", message))
    })
}

/// What a builder has room for: it grows by itself, so these only look at what they are given.
pub(super) fn declare_sizes(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .constructor("(int capacity, int maxCapacity)", bounded)
        .constructor("(string value, int startIndex, int length, int capacity)", |call| {
            let part = text::substring(&call.text(0).cloned().unwrap_or_default(), call.int(1), call.int(2))?;
            call.machine.charge_memory(part.len())?;
            Ok(Value::object(Builder::new(part)))
        })
        .setter("int Capacity", |call| {
            let this = call.this::<Builder>()?;
            call.machine.charge(this.0.borrow().len() / 64)?;
            let present = i64::try_from(length(&this.0.borrow())).unwrap_or(i64::MAX);
            if i64::from(call.int(1)) < present {
                return Err(Exception::argument_out_of_range("value", FULL).into());
            }
            check_capacity(call)?;
            Ok(Value::Null)
        })
        .getter("int MaxCapacity", |call| Ok(int(call.this::<Builder>()?.1)))
        .method("int EnsureCapacity(int capacity)", |call| {
            let present = i32::try_from(call.this::<Builder>()?.0.borrow().capacity()).unwrap_or(i32::MAX);
            if call.int(1) < 0 {
                return Err(Exception::negative("capacity", call.int(1).into()).into());
            }
            check_capacity(call)?;
            Ok(Value::Int(present.max(call.int(1)).max(16)))
        })
        .method("void CopyTo(int sourceIndex, char[] destination, int destinationIndex, int count)", |call| {
            let this = call.this::<Builder>()?;
            let source = this.0.borrow();
            values::copy_units(call, &source)
        })
}
