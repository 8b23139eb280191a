//! Members of StringBuilder for each type, for parts of arrays, and about the room it has.

use std::cell::RefCell;

use postern_dotnet::text::{self, from_units, length};
use postern_dotnet::{Exception, ExceptionType};

use super::blocks::{Blocks, Following};
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
pub(super) const BEYOND: &str = "Capacity exceeds maximum capacity.";

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
    let room = self::capacity(call, 0)?;
    let blocks = Blocks::new(0, room, usize::try_from(most).unwrap_or(UNITS_MAX));
    Ok(Value::object(Builder { text: RefCell::default(), blocks: RefCell::new(blocks) }))
}

/// An argument that is a capacity.
pub(super) fn capacity(call: &Call<'_, '_>, index: usize) -> Result<usize, Exception> {
    usize::try_from(call.int(index)).map_err(|_| Exception::negative("capacity", call.int(index).into()))
}

fn check_capacity(call: &Call<'_, '_>) -> Result<(), Thrown> {
    let most = call.this::<Builder>()?.blocks.borrow().most();
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

/// Inserts a text at the unit that the first argument says.
pub(super) fn insert_text(call: &mut Call<'_, '_>, value: &str) -> Result<Value, Thrown> {
    let index = call.int(1);
    change(
        call,
        value.len() + Blocks::BYTES_EACH,
        |text| {
            let message =
                "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
            text::insert(text, index, value).map_err(|_| Exception::argument_out_of_range("index", message))
        },
        |blocks, _, _| blocks.insert(usize::try_from(index).unwrap_or(0), length(value), Following::Moves),
    )
}

/// What a builder has room for.
pub(super) fn declare_sizes(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .constructor("(int capacity, int maxCapacity)", bounded)
        .constructor("(string value, int startIndex, int length, int capacity)", |call| {
            let part = text::substring(&call.text(0).cloned().unwrap_or_default(), call.int(1), call.int(2))?;
            let room = capacity(call, 3)?;
            call.machine.charge_memory(part.len())?;
            Ok(Value::object(Builder::new(part, room)))
        })
        .setter("int Capacity", |call| {
            let this = call.this::<Builder>()?;
            let wanted = call.int(1);
            let Ok(room) = usize::try_from(wanted) else {
                return Err(Exception::negative("value", wanted.into()).into());
            };
            if room < this.blocks.borrow().units() {
                return Err(Exception::argument_out_of_range("value", FULL).into());
            }
            check_capacity(call)?;
            this.blocks.borrow_mut().set_capacity(room);
            Ok(Value::Null)
        })
        .getter("int MaxCapacity", |call| Ok(int(call.this::<Builder>()?.blocks.borrow().most())))
        .method("int EnsureCapacity(int capacity)", |call| {
            let (this, wanted) = (call.this::<Builder>()?, capacity(call, 1)?);
            check_capacity(call)?;
            let mut blocks = this.blocks.borrow_mut();
            if blocks.capacity() < wanted {
                blocks.set_capacity(wanted);
            }
            Ok(int(blocks.capacity()))
        })
        .method("void CopyTo(int sourceIndex, char[] destination, int destinationIndex, int count)", |call| {
            let this = call.this::<Builder>()?;
            let source = this.text.borrow();
            values::copy_units(call, &source)
        })
}
