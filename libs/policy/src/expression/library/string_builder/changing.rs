//! Changes in the middle of a builder.

use postern_dotnet::text::{self, StringComparison};
use postern_dotnet::work::{Paced, Work};
use postern_dotnet::{Exception, Text};

use super::Builder;
use crate::expression::library::pieces::work;
use crate::expression::library::string::{charge_walk, replacing_char};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

/// Bytes that are copied, and counted where positions are those of units, in one step, as often as a change takes.
const CHANGED_PER_STEP: usize = 8;

/// Replaces the content by what is made of it; `growth` bytes at most are added.
pub(super) fn change(
    call: &mut Call<'_, '_>,
    growth: usize,
    of: impl FnOnce(&str) -> Result<Text, Exception>,
) -> Result<Value, Thrown> {
    let this = call.this::<Builder>()?;
    let size = this.0.borrow().len();
    call.machine.charge(size / CHANGED_PER_STEP)?;
    charge_walk(call.machine, &this.0.borrow());
    call.machine.charge_memory(growth)?;
    let changed = of(&this.0.borrow())?;
    this.put(changed)?;
    Ok(call.take(0))
}

/// `Replace` in a long builder.
pub(super) fn replace_in_turns(call: &mut Call<'_, '_>, old: Text, new: Text) -> Result<Value, Thrown> {
    in_turns(call, |text| text::replacing(text, old, new, StringComparison::Ordinal))
}

/// Replaces the content of a long builder by what a work makes of it.
pub(super) fn in_turns<W: Work<Output = Result<Text, Exception>> + 'static>(
    call: &mut Call<'_, '_>,
    of: impl FnOnce(Text) -> W,
) -> Result<Value, Thrown> {
    let this = call.this::<Builder>()?;
    let replaced = work(call.machine, |machine| {
        machine.charge_memory(this.0.borrow().len())?;
        Ok(of(Text::new(this.0.borrow().as_str())))
    })??;
    call.machine.charge(replaced.len() / MOVED_PER_STEP)?;
    this.put(replaced)?;
    Ok(call.take(0))
}

/// `Replace` of a character by another one in a long builder.
pub(super) fn replace_char_in_turns(call: &mut Call<'_, '_>, old: u16, new: u16) -> Result<Value, Thrown> {
    in_turns(call, |text| {
        let replacing = replacing_char(text, old, new);
        Paced::new(|pace| async move { Ok(pace.run(replacing).await) })
    })
}

/// Bytes that are searched for a text in one step, and moved.
pub(super) const SEARCHED_PER_STEP: usize = 64;
const MOVED_PER_STEP: usize = 64;
/// Bytes whose replacement is made in one step.
const REPLACED_PER_STEP: usize = 5;

/// How often a text has another one.
pub(super) fn occurrences(text: &str, wanted: &str) -> usize {
    if wanted.is_empty() { 0 } else { text.matches(wanted).count() }
}

/// Replaces the part from `startIndex` on of `count` units by what is made of it. Paid for: that part, and moving what is behind it. `growth`: bytes
/// that are added at most.
pub(super) fn change_part(
    call: &mut Call<'_, '_>,
    growth: impl FnOnce(&str) -> usize,
    of: impl FnOnce(&str) -> Result<Text, Exception>,
) -> Result<Value, Thrown> {
    let (this, start, count) = (call.this::<Builder>()?, call.int(3), call.int(4));
    let size = this.0.borrow().len();
    call.machine.charge(1 + size / MOVED_PER_STEP)?;
    charge_walk(call.machine, &this.0.borrow());
    call.machine.charge(usize::try_from(count).unwrap_or(0).min(size) / REPLACED_PER_STEP)?;
    let message = "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
    let part = text::substring(&this.0.borrow(), start, count);
    let part = part.map_err(|_| Exception::argument_out_of_range("startIndex", message))?;
    call.machine.charge_memory(growth(&part))?;
    let replaced = of(&part)?;
    let range = usize::try_from(start).unwrap_or(0)..usize::try_from(start.saturating_add(count)).unwrap_or(0);
    if this.0.borrow().is_ascii() && range.end <= size {
        this.0.borrow_mut().replace_range(range, &replaced);
        return Ok(call.take(0));
    }
    // Whoever cuts a pair of units gets what .NET's two halves are here.
    call.machine.charge(size / REPLACED_PER_STEP)?;
    let changed = text::insert(&text::remove(&this.0.borrow(), start, count)?, start, &replaced)?;
    this.0.replace(changed.into());
    Ok(call.take(0))
}
