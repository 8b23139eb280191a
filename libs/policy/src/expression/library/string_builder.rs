//! `System.Text.StringBuilder`.

mod blocks;
mod changing;
mod formats;
mod rare;

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::text::{self, from_units, length, slice, unit_at};
use postern_dotnet::{Exception, ExceptionType, Text};

use self::blocks::{Appended, Blocks};
use self::changing::change;
use super::string::charge_walk;
use super::values::{int, named_type, unit, units};
use super::{ClassBuilder, Library};
use crate::expression::display::to_text;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Bytes that are walked over in one step where positions are counted in UTF-16 units.
const WALKED_BYTES_PER_STEP: usize = 10;

/// A text that grows.
#[derive(Debug)]
pub(super) struct Builder {
    text: RefCell<String>,
    blocks: RefCell<Blocks>,
}

/// Units that a builder may have unless it says so itself: what memory allows is less.
const UNITS_MAX: usize = i32::MAX as usize;

impl Builder {
    /// One with room for so many units, or what is usual for 0.
    pub(super) fn new(text: impl Into<String>, room: usize) -> Builder {
        let text = text.into();
        let blocks = Blocks::new(length(&text), room, UNITS_MAX);
        Builder { text: RefCell::new(text), blocks: RefCell::new(blocks) }
    }

    /// Adds a text that was paid for.
    pub(super) fn add(&self, text: &str) -> Result<(), Exception> {
        self.add_as(text, Appended::Text)
    }

    fn add_as(&self, text: &str, of: Appended) -> Result<(), Exception> {
        self.blocks.borrow_mut().append(length(text), of)?;
        self.text.borrow_mut().push_str(text);
        Ok(())
    }

    /// Replaces the content; `note` takes it down, with what was there before.
    fn put(&self, text: Text, note: impl FnOnce(&mut Blocks, &str, &str)) -> Result<(), Exception> {
        let mut blocks = self.blocks.borrow_mut();
        if blocks.most() < UNITS_MAX && length(&text) > blocks.most() {
            return Err(Exception::argument_out_of_range("requiredLength", rare::FULL));
        }
        note(&mut blocks, &self.text.borrow(), &text);
        self.text.replace(text.into());
        Ok(())
    }
}

impl Default for Builder {
    fn default() -> Builder {
        Builder::new(String::new(), 0)
    }
}

impl Object for Builder {
    fn of(&self) -> Type {
        named_type!("System.Text.StringBuilder")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        let text = self.text.borrow();
        machine.charge_memory(text.len())?;
        Ok(Text::new(&*text))
    }
}

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare("sealed class System.Text.StringBuilder")
        .constructor("()", |_| Ok(Value::object(Builder::default())))
        .constructor("(int capacity)", |call| {
            let room = rare::capacity(call, 0)?;
            Ok(Value::object(Builder::new(String::new(), room)))
        })
        .constructor("(string value)", from_text)
        .constructor("(string value, int capacity)", from_text)
        .getter("int Length", |call| {
            let this = call.this::<Builder>()?;
            call.machine.charge(this.text.borrow().len() / 64)?;
            charge_walk(call.machine, &this.text.borrow());
            Ok(int(length(&this.text.borrow())))
        })
        .setter("int Length", set_length)
        .getter("int Capacity", |call| Ok(int(call.this::<Builder>()?.blocks.borrow().capacity())))
        .indexer("char this[int index]", |call| {
            let this = call.this::<Builder>()?;
            call.machine.charge(this.text.borrow().len() / 64)?;
            charge_walk(call.machine, &this.text.borrow());
            let found = usize::try_from(call.int(1)).ok().and_then(|index| unit_at(&this.text.borrow(), index));
            Ok(Value::Char(found.ok_or_else(outside)?))
        })
        .index_setter("char this[int index]", |call| {
            let this = call.this::<Builder>()?;
            let size = this.text.borrow().len();
            call.machine.charge(size)?;
            call.machine.charge_memory(2 * size)?;
            let mut units = text::char_array(&this.text.borrow());
            let place = usize::try_from(call.int(1)).ok().and_then(|index| units.get_mut(index));
            *place.ok_or_else(not_there)? = unit(call, 2);
            this.text.replace(from_units(&units).into());
            Ok(Value::Null)
        })
        .method("string ToString()", |call| Ok(Value::String(call.this::<Builder>()?.to_text(call.machine)?)))
        .method("string ToString(int startIndex, int length)", |call| {
            let this = call.this::<Builder>()?;
            call.machine.charge(this.text.borrow().len() / WALKED_BYTES_PER_STEP)?;
            let part = text::substring(&this.text.borrow(), call.int(1), call.int(2))?;
            super::values::text(call, part)
        });
    let builder = rare::declare_inserts(rare::declare_sizes(builder));
    declare_changes(changing::declare_replacements(formats::declare_formats(declare_appends(builder))));
}

fn declare_appends(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("StringBuilder Append(object value)", append)
        .method("StringBuilder Append(string value)", append)
        .method("StringBuilder Append(char value)", append)
        .method("StringBuilder Append(bool value)", append)
        .method("StringBuilder Append(int value)", append)
        .method("StringBuilder Append(long value)", append)
        .method("StringBuilder Append(double value)", append)
        .method("StringBuilder Append(decimal value)", append)
        .method("StringBuilder Append(byte value)", append)
        .method("StringBuilder Append(sbyte value)", append)
        .method("StringBuilder Append(short value)", append)
        .method("StringBuilder Append(ushort value)", append)
        .method("StringBuilder Append(uint value)", append)
        .method("StringBuilder Append(ulong value)", append)
        .method("StringBuilder Append(float value)", append)
        .method("StringBuilder Append(StringBuilder value)", append)
        .method("StringBuilder Append(StringBuilder value, int startIndex, int count)", |call| {
            let other = call.object::<Builder>(1);
            let whole = other.map(|other| other.text.borrow().clone()).unwrap_or_default();
            call.machine.charge(whole.len() / 16)?;
            let part = text::substring(&whole, call.int(2), call.int(3))?;
            push(call, &part)
        })
        .method("StringBuilder Append(char[] value, int startIndex, int charCount)", |call| {
            let units = units(call, 1)?;
            call.machine.charge(units.len() / 16)?;
            let chosen = super::values::part(&units, call.int(2), call.int(3), ("startIndex", "charCount"))?;
            let piece = from_units(chosen);
            push(call, &piece)
        })
        .method("StringBuilder Append(char[] value)", |call| {
            let text = from_units(&units(call, 1)?);
            push(call, &text)
        })
        .method("StringBuilder Append(char value, int repeatCount)", |call| {
            let Ok(count) = usize::try_from(call.int(2)) else {
                return Err(Exception::argument_out_of_range("repeatCount", "Non-negative number required.").into());
            };
            let piece = from_units(&[unit(call, 1)]);
            call.machine.charge_memory(piece.len().saturating_mul(count))?;
            push_as(call, &piece.repeat(count), Appended::Repeated)
        })
        .method("StringBuilder Append(string value, int startIndex, int count)", |call| {
            let text = call.text(1).cloned().unwrap_or_default();
            call.machine.charge(text.len() / WALKED_BYTES_PER_STEP)?;
            let part = text::substring(&text, call.int(2), call.int(3))?;
            push(call, &part)
        })
}

fn declare_changes(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("StringBuilder Clear()", |call| {
            let this = call.this::<Builder>()?;
            this.blocks.borrow_mut().set_units(0)?;
            this.text.borrow_mut().clear();
            Ok(call.take(0))
        })
        .method("StringBuilder Insert(int index, string value, int count)", |call| {
            let count = usize::try_from(call.int(3))
                .map_err(|_| Exception::argument_out_of_range("count", "Non-negative number required."))?;
            let value = call.text(2).cloned().unwrap_or_default();
            call.machine.charge_memory(value.len().saturating_mul(count))?;
            let value = value.repeat(count);
            let this = call.this::<Builder>()?;
            if this.blocks.borrow().units() + length(&value) > this.blocks.borrow().most() {
                let message = "Insufficient memory to continue the execution of the program.";
                return Err(Exception::new(ExceptionType::OutOfMemory, message).into());
            }
            rare::insert_text(call, &value)
        })
        .method("StringBuilder Remove(int startIndex, int length)", |call| {
            let (start, count) = (call.int(1), call.int(2));
            change(
                call,
                0,
                |text| {
                    let message = "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
                    text::remove(text, start, count).map_err(|_| Exception::argument_out_of_range("length", message))
                },
                |blocks, _, after| {
                    if after.is_empty() {
                        // Nothing is left to be too long.
                        drop(blocks.set_units(0));
                    } else {
                        blocks.remove(usize::try_from(start).unwrap_or(0), usize::try_from(count).unwrap_or(0));
                    }
                },
            )
        })
        .method("bool Equals(StringBuilder sb)", |call| {
            let (this, other) = (call.this::<Builder>()?, call.object::<Builder>(1));
            call.machine.charge(this.text.borrow().len() / 64)?;
            Ok(other.is_some_and(|other| *other.text.borrow() == *this.text.borrow()).into())
        })
}

fn outside() -> Exception {
    Exception::new(ExceptionType::IndexOutOfRange, "Index was outside the bounds of the array.")
}

/// The same of setting, which .NET says otherwise.
fn not_there() -> Exception {
    let message = "Index was out of range. Must be non-negative and less than the size of the collection.";
    Exception::argument_out_of_range("index", message)
}

fn from_text(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let text = call.text(0).cloned().unwrap_or_default();
    let room = if call.arguments.len() > 1 { rare::capacity(call, 1)? } else { 0 };
    call.machine.charge_memory(text.len())?;
    Ok(Value::object(Builder::new(text, room)))
}

/// Appends and gives the builder back.
fn push(call: &mut Call<'_, '_>, text: &str) -> Result<Value, Thrown> {
    push_as(call, text, Appended::Text)
}

fn push_as(call: &mut Call<'_, '_>, text: &str, of: Appended) -> Result<Value, Thrown> {
    call.machine.charge_memory(text.len())?;
    call.this::<Builder>()?.add_as(text, of)?;
    Ok(call.take(0))
}

fn append(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let value = call.take(1);
    let text = to_text(&value, call.machine)?;
    let of = match &value {
        Value::Char(_) => Appended::Character,
        value if value.downcast_ref::<Builder>().is_some() => Appended::Builder,
        _ => Appended::Text,
    };
    push_as(call, &text, of)
}

/// Cuts, or fills up with NULs.
fn set_length(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let Ok(wanted) = usize::try_from(call.int(1)) else {
        return Err(Exception::argument_out_of_range("value", "Length cannot be less than zero.").into());
    };
    let this = call.this::<Builder>()?;
    if wanted > this.blocks.borrow().most() {
        return Err(Exception::argument_out_of_range("value", rare::FULL).into());
    }
    call.machine.charge(this.text.borrow().len() / 16)?;
    let present = length(&this.text.borrow());
    call.machine.charge_memory(wanted.saturating_sub(present))?;
    this.blocks.borrow_mut().set_units(wanted)?;
    if wanted > present {
        this.text.borrow_mut().extend(std::iter::repeat_n('\0', wanted - present));
    } else {
        let cut = slice(&this.text.borrow(), 0, wanted);
        this.text.replace(cut.into());
    }
    Ok(Value::Null)
}
