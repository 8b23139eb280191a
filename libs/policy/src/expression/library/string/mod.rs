//! `System.String`: members by subject.

mod comparing;
mod editing;
mod formatting;
mod joining;
mod rare;
mod searching;
mod splitting;

pub(super) use comparing::order_in_turns;
pub(super) use editing::replacing_char;
pub(super) use formatting::{format_composite, format_pieces};

use postern_dotnet::text::{StringComparison, from_units, length, unit_at};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::Library;
use super::collections::enumerator::start_of;
use super::pieces::{ONE_GO_BYTES_MAX, ONE_GO_LETTER_BYTES_MAX};
use super::values::{char_array, hash_of_this, int, part, text, unit, units, units_of};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    comparing::declare(library);
    editing::declare(library);
    formatting::declare(library);
    joining::declare(library);
    rare::declare(library);
    searching::declare(library);
    splitting::declare(library);
    library
        .declare("class System.String")
        .constructor("(char[] value)", |call| {
            let units = units(call, 0)?;
            call.machine.charge(units.len() / 4)?;
            text(call, from_units(&units))
        })
        .constructor("(char[] value, int startIndex, int length)", |call| {
            let units = units(call, 0)?;
            let units = part(&units, call.int(1), call.int(2), ("startIndex", "length"))?;
            text(call, from_units(units))
        })
        .constructor("(char c, int count)", repeat)
        .getter("static string Empty", |_| Ok("".into()))
        .getter("int Length", |call| {
            let text = this(call);
            // Counting units of text that is not ASCII walks over it.
            call.machine.charge(text.len() / 64)?;
            charge_walk(call.machine, &text);
            Ok(int(length(&text)))
        })
        .indexer("char this[int index]", |call| {
            let text = this(call);
            call.machine.charge(text.len() / 64)?;
            charge_walk(call.machine, &text);
            let unit = usize::try_from(call.int(1)).ok().and_then(|index| unit_at(&text, index));
            let message = "Index was outside the bounds of the array.";
            Ok(Value::Char(unit.ok_or_else(|| Exception::new(ExceptionType::IndexOutOfRange, message))?))
        })
        .method("static bool IsNullOrEmpty(string value)", |call| {
            Ok(call.text(0).is_none_or(|text| text.is_empty()).into())
        })
        .method("static bool IsNullOrWhiteSpace(string value)", |call| {
            let text = call.text(0).cloned();
            call.machine.charge(text.as_ref().map_or(0, |text| text.len() / 64))?;
            Ok(postern_dotnet::text::is_null_or_white_space(text.as_deref()).into())
        })
        .method("static string Copy(string str)", |call| {
            let copy = Text::new(call.required_text(0, "str")?);
            text(call, copy)
        })
        .method("static string Intern(string str)", |call| Ok(call.required_text(0, "str")?.interned().into()))
        .method("object Clone()", |call| Ok(call.take(0)))
        .method("string ToString()", |call| Ok(call.take(0)))
        .method("string ToString(IFormatProvider provider)", |call| Ok(call.take(0)))
        .method("IEnumerator<char> GetEnumerator()", |call| start_of(call, Type::Char))
        .method("int GetHashCode()", hash_of_this)
        .method("char[] ToCharArray()", |call| {
            let text = this(call);
            units_of(call.machine, &text)
        })
        .method("char[] ToCharArray(int startIndex, int length)", |call| {
            let text = this(call);
            call.machine.charge_memory(text.len() * size_of::<Value>())?;
            let units: Vec<u16> = text.encode_utf16().collect();
            Ok(char_array(range(&units, call.int(1), call.int(2), ("startIndex", "length"))?.iter().copied()))
        });
}

fn this(call: &Call<'_, '_>) -> Text {
    call.text(0).cloned().unwrap_or_default()
}

/// Pays more for a text that is not ASCII: it is walked over character by character.
pub(super) fn charge_walk(machine: &mut Machine<'_>, text: &str) {
    if text.len() > ASKED_BYTES_MIN && !text.is_ascii() {
        machine.charge_more(text.len() / 8);
    }
}

/// Texts up to this length are not asked whether they are ASCII.
const ASKED_BYTES_MIN: usize = 1024;

/// The text that `this` is, after paying for a walk over it.
fn walked(call: &mut Call<'_, '_>) -> Result<Text, Thrown> {
    let text = this(call);
    call.machine.charge(text.len() / 10)?;
    charge_walk(call.machine, &text);
    Ok(text)
}

/// How long a text may be that is searched or compared in one go.
pub(super) fn one_go_bytes_max(by: StringComparison) -> usize {
    if by == StringComparison::Ordinal { ONE_GO_BYTES_MAX } else { ONE_GO_LETTER_BYTES_MAX }
}

fn comparison(call: &Call<'_, '_>, index: usize) -> Result<StringComparison, Thrown> {
    Ok(StringComparison::from_value(call.constant(index))?)
}

/// A part of items given by start and count, with the messages of methods that check the start against the rest.
fn range<'a, T>(items: &'a [T], start: i32, count: i32, names: (&str, &str)) -> Result<&'a [T], Exception> {
    let negative = |value: i32, name: &str| usize::try_from(value).map_err(|_| Exception::negative(name, value.into()));
    let (first, length) = (negative(start, names.0)?, negative(count, names.1)?);
    let last = i64::try_from(items.len()).unwrap_or(i64::MAX) - i64::from(count);
    let part = first.checked_add(length).and_then(|end| items.get(first..end));
    part.ok_or_else(|| Exception::greater(names.0, start.into(), last))
}

fn repeat(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let Ok(count) = usize::try_from(call.int(1)) else {
        return Err(Exception::negative("count", call.int(1).into()).into());
    };
    let piece = from_units(&[unit(call, 0)]);
    call.machine.charge_memory(piece.len().saturating_mul(count))?;
    Ok(piece.repeat(count).into())
}

#[cfg(test)]
mod tests;
