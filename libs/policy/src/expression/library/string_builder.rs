//! `System.Text.StringBuilder`.

mod changing;
mod rare;

use std::any::Any;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use postern_dotnet::text::{self, StringComparison, from_units, length, slice, unit_at};
use postern_dotnet::{Exception, ExceptionType, Text};

use self::changing::{SEARCHED_PER_STEP, change, change_part, occurrences, replace_char_in_turns, replace_in_turns};
use super::linq::{Source, walk_over};
use super::pieces::ONE_GO_BYTES_MAX;
use super::string::{charge_walk, format_composite};
use super::values::{int, named_type, unit, units};
use super::{ClassBuilder, Library};
use crate::expression::array::Array;
use crate::expression::display::to_text;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{List as _, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Bytes that are walked over in one step where positions are counted in UTF-16 units.
const WALKED_BYTES_PER_STEP: usize = 10;

/// A text that grows, and how many UTF-16 units it may have (.NET lets it run over that as far as the block it writes to has room; here it is exact).
#[derive(Debug)]
pub(super) struct Builder(RefCell<String>, usize);

/// Units that a builder may have unless it says so itself: what memory allows is less.
const UNITS_MAX: usize = i32::MAX as usize;

impl Builder {
    pub(super) fn new(text: impl Into<String>) -> Builder {
        Builder(RefCell::new(text.into()), UNITS_MAX)
    }

    /// Adds a text that was paid for.
    pub(super) fn add(&self, text: &str) -> Result<(), Exception> {
        self.check_room(text, || Exception::argument_out_of_range("valueCount", rare::LONGER))?;
        self.0.borrow_mut().push_str(text);
        Ok(())
    }

    /// Replaces the content.
    fn put(&self, text: Text) -> Result<(), Exception> {
        if self.1 < UNITS_MAX && length(&text) > self.1 {
            return Err(Exception::argument_out_of_range("requiredLength", rare::FULL));
        }
        self.0.replace(text.into());
        Ok(())
    }

    fn check_room(&self, text: &str, full: impl FnOnce() -> Exception) -> Result<(), Exception> {
        // Nobody sets the bound, so nobody pays for counting.
        let fits = self.1 == UNITS_MAX || length(&self.0.borrow()) + length(text) <= self.1;
        if fits { Ok(()) } else { Err(full()) }
    }
}

impl Default for Builder {
    fn default() -> Builder {
        Builder::new(String::new())
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
        let text = self.0.borrow();
        machine.charge_memory(text.len())?;
        Ok(Text::new(&*text))
    }
}

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare("sealed class System.Text.StringBuilder")
        .constructor("()", |_| Ok(Value::object(Builder::default())))
        .constructor("(int capacity)", |call| {
            if call.int(0) < 0 {
                return Err(Exception::negative("capacity", call.int(0).into()).into());
            }
            Ok(Value::object(Builder::default()))
        })
        .constructor("(string value)", from_text)
        .constructor("(string value, int capacity)", from_text)
        .getter("int Length", |call| {
            let this = call.this::<Builder>()?;
            call.machine.charge(this.0.borrow().len() / 64)?;
            charge_walk(call.machine, &this.0.borrow());
            Ok(int(length(&this.0.borrow())))
        })
        .setter("int Length", set_length)
        .getter("int Capacity", |call| Ok(int(call.this::<Builder>()?.0.borrow().capacity().max(16))))
        .indexer("char this[int index]", |call| {
            let this = call.this::<Builder>()?;
            call.machine.charge(this.0.borrow().len() / 64)?;
            charge_walk(call.machine, &this.0.borrow());
            let found = usize::try_from(call.int(1)).ok().and_then(|index| unit_at(&this.0.borrow(), index));
            Ok(Value::Char(found.ok_or_else(outside)?))
        })
        .index_setter("char this[int index]", |call| {
            let this = call.this::<Builder>()?;
            let size = this.0.borrow().len();
            call.machine.charge(size)?;
            call.machine.charge_memory(2 * size)?;
            let mut units = text::char_array(&this.0.borrow());
            let place = usize::try_from(call.int(1)).ok().and_then(|index| units.get_mut(index));
            *place.ok_or_else(outside)? = unit(call, 2);
            this.0.replace(from_units(&units).into());
            Ok(Value::Null)
        })
        .method("string ToString()", |call| Ok(Value::String(call.this::<Builder>()?.to_text(call.machine)?)))
        .method("string ToString(int startIndex, int length)", |call| {
            let this = call.this::<Builder>()?;
            call.machine.charge(this.0.borrow().len() / WALKED_BYTES_PER_STEP)?;
            let part = text::substring(&this.0.borrow(), call.int(1), call.int(2))?;
            super::values::text(call, part)
        });
    let builder = rare::declare_inserts(rare::declare_sizes(builder));
    declare_changes(declare_formats(declare_appends(builder)));
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
            let whole = other.map(|other| other.0.borrow().clone()).unwrap_or_default();
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
            let piece = piece.repeat(count);
            let longer = || Exception::argument_out_of_range("repeatCount", rare::LONGER);
            call.this::<Builder>()?.check_room(&piece, longer)?;
            push(call, &piece)
        })
        .method("StringBuilder Append(string value, int startIndex, int count)", |call| {
            let text = call.text(1).cloned().unwrap_or_default();
            call.machine.charge(text.len() / WALKED_BYTES_PER_STEP)?;
            let part = text::substring(&text, call.int(2), call.int(3))?;
            push(call, &part)
        })
}

fn declare_formats(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("StringBuilder AppendLine()", |call| push(call, "\n"))
        .method("StringBuilder AppendLine(string value)", |call| {
            let line = format!("{}\n", call.text(1).cloned().unwrap_or_default());
            push(call, &line)
        })
        .method("StringBuilder AppendFormat(string format, object arg0)", append_format)
        .method("StringBuilder AppendFormat(string format, object arg0, object arg1)", append_format)
        .method("StringBuilder AppendFormat(string format, object arg0, object arg1, object arg2)", append_format)
        .method("StringBuilder AppendFormat(string format, params object[] args)", |call| {
            let pattern = call.required_text(1, "format")?;
            let array = call.object::<Array>(2).ok_or_else(|| Exception::argument_null("args"))?;
            call.machine.charge(array.len())?;
            let text = format_composite(&pattern, &array.to_vec(), call.machine)?;
            push(call, &text)
        })
        .method("StringBuilder AppendFormat(IFormatProvider provider, string format, object arg0)", append_format_for)
        .method("StringBuilder AppendFormat(IFormatProvider provider, string format, object arg0, object arg1)", append_format_for)
        .method(
            "StringBuilder AppendFormat(IFormatProvider provider, string format, object arg0, object arg1, object arg2)",
            append_format_for,
        )
        .method("StringBuilder AppendFormat(IFormatProvider provider, string format, params object[] args)", |call| {
            let pattern = call.required_text(2, "format")?;
            let array = call.object::<Array>(3).ok_or_else(|| Exception::argument_null("args"))?;
            let text = format_composite(&pattern, &array.to_vec(), call.machine)?;
            push(call, &text)
        })
        .method("StringBuilder AppendJoin(string separator, params object[] values)", append_join)
        .method("StringBuilder AppendJoin(string separator, params string[] values)", append_join)
        .method("StringBuilder AppendJoin(char separator, params object[] values)", append_join)
        .method("StringBuilder AppendJoin(char separator, params string[] values)", append_join)
        .method("StringBuilder AppendJoin<T>(char separator, IEnumerable<T> values)", append_join)
        .method("StringBuilder AppendJoin<T>(string separator, IEnumerable<T> values)", append_join)
}

fn declare_changes(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("StringBuilder Clear()", |call| {
            call.this::<Builder>()?.0.borrow_mut().clear();
            Ok(call.take(0))
        })
        .method("StringBuilder Insert(int index, string value, int count)", |call| {
            let index = call.int(1);
            let count = usize::try_from(call.int(3))
                .map_err(|_| Exception::argument_out_of_range("count", "Non-negative number required."))?;
            let value = call.text(2).cloned().unwrap_or_default();
            call.machine.charge_memory(value.len().saturating_mul(count))?;
            let value = value.repeat(count);
            call.this::<Builder>()?.check_room(&value, || {
                let message = "Insufficient memory to continue the execution of the program.";
                Exception::new(ExceptionType::OutOfMemory, message)
            })?;
            change(call, value.len(), |text| {
                let message = "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
                text::insert(text, index, &value).map_err(|_| Exception::argument_out_of_range("index", message))
            })
        })
        .method("StringBuilder Remove(int startIndex, int length)", |call| {
            let (start, count) = (call.int(1), call.int(2));
            change(call, 0, |text| {
                let message = "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
                text::remove(text, start, count).map_err(|_| Exception::argument_out_of_range("length", message))
            })
        })
        .method("StringBuilder Replace(string oldValue, string newValue)", |call| {
            let (old, new) = (call.required_text(1, "oldValue")?, call.text(2).cloned().unwrap_or_default());
            let this = call.this::<Builder>()?;
            if this.0.borrow().len() > ONE_GO_BYTES_MAX {
                return replace_in_turns(call, old, new);
            }
            call.machine.charge(this.0.borrow().len() / SEARCHED_PER_STEP)?;
            let growth = occurrences(&this.0.borrow(), &old).saturating_mul(new.len());
            change(call, growth, |text| text::replace(text, &old, &new, StringComparison::Ordinal))
        })
        .method("StringBuilder Replace(string oldValue, string newValue, int startIndex, int count)", |call| {
            let (old, new) = (call.required_text(1, "oldValue")?, call.text(2).cloned().unwrap_or_default());
            let growth = |part: &str| occurrences(part, &old).saturating_mul(new.len());
            change_part(call, growth, |part| text::replace(part, &old, &new, StringComparison::Ordinal))
        })
        .method("StringBuilder Replace(char oldChar, char newChar, int startIndex, int count)", |call| {
            let (old, new) = (unit(call, 1), unit(call, 2));
            change_part(call, |_| 0, |part| Ok(text::replace_char(part, old, new)))
        })
        .method("StringBuilder Replace(char oldChar, char newChar)", |call| {
            let (old, new) = (unit(call, 1), unit(call, 2));
            if call.this::<Builder>()?.0.borrow().len() > ONE_GO_BYTES_MAX {
                return replace_char_in_turns(call, old, new);
            }
            change(call, 0, |text| Ok(text::replace_char(text, old, new)))
        })
        .method("bool Equals(StringBuilder sb)", |call| {
            let (this, other) = (call.this::<Builder>()?, call.object::<Builder>(1));
            call.machine.charge(this.0.borrow().len() / 64)?;
            Ok(other.is_some_and(|other| *other.0.borrow() == *this.0.borrow()).into())
        })
}

fn outside() -> Exception {
    Exception::new(ExceptionType::IndexOutOfRange, "Index was outside the bounds of the array.")
}

fn from_text(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let text = call.text(0).cloned().unwrap_or_default();
    call.machine.charge_memory(text.len())?;
    Ok(Value::object(Builder::new(text)))
}

/// Appends and gives the builder back.
fn push(call: &mut Call<'_, '_>, text: &str) -> Result<Value, Thrown> {
    call.machine.charge_memory(text.len())?;
    call.this::<Builder>()?.add(text)?;
    Ok(call.take(0))
}

fn append(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let value = call.take(1);
    let text = to_text(&value, call.machine)?;
    rare::check_appended(call, &value, &text)?;
    push(call, &text)
}

fn append_format(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    append_formatted(call, 1)
}

/// With a provider in front.
fn append_format_for(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    append_formatted(call, 2)
}

/// `format`: the number of its argument; what is formatted stands behind it.
fn append_formatted(call: &mut Call<'_, '_>, format: usize) -> Result<Value, Thrown> {
    let pattern = call.required_text(format, "format")?;
    let arguments = call.arguments_from(format + 1);
    let text = format_composite(&pattern, &arguments, call.machine)?;
    push(call, &text)
}

fn append_join(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let separator = match call.argument(1) {
        Value::Char(unit) => from_units(&[*unit]),
        _ => call.text(1).cloned().unwrap_or_default(),
    };
    let this = call.this::<Builder>()?;
    walk_over(
        call,
        |call| Ok((Source::new(call.take(2)), false)),
        |machine, is_behind_another, value| {
            let text = machine.in_one_turn(|machine| to_text(value, machine))?;
            machine.charge_memory(text.len() + separator.len())?;
            if std::mem::replace(is_behind_another, true) {
                this.add(&separator)?;
            }
            this.add(&text)?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(call.take(0))
}

/// Cuts, or fills up with NULs.
fn set_length(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let Ok(wanted) = usize::try_from(call.int(1)) else {
        return Err(Exception::argument_out_of_range("value", "Length cannot be less than zero.").into());
    };
    let this = call.this::<Builder>()?;
    if wanted > this.1 {
        return Err(Exception::argument_out_of_range("value", rare::FULL).into());
    }
    call.machine.charge(this.0.borrow().len() / 16)?;
    let present = length(&this.0.borrow());
    if wanted > present {
        call.machine.charge_memory(wanted - present)?;
        this.0.borrow_mut().extend(std::iter::repeat_n('\0', wanted - present));
    } else {
        let cut = slice(&this.0.borrow(), 0, wanted);
        this.0.replace(cut.into());
    }
    Ok(Value::Null)
}
