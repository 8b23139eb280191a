//! Changes in the middle of a builder, and `Replace`.

use postern_dotnet::text::{self, StringComparison, length};
use postern_dotnet::work::{Paced, Work};
use postern_dotnet::{Exception, Text};

use super::Builder;
use super::blocks::{Blocks, Part};
use crate::expression::library::ClassBuilder;
use crate::expression::library::pieces::{ONE_GO_BYTES_MAX, work};
use crate::expression::library::string::{charge_walk, replacing_char};
use crate::expression::library::values::unit;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare_replacements(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("StringBuilder Replace(string oldValue, string newValue)", |call| {
            let (old, new) = (call.required_text(1, "oldValue")?, call.text(2).cloned().unwrap_or_default());
            let this = call.this::<Builder>()?;
            if this.text.borrow().len() > ONE_GO_BYTES_MAX {
                return replace_in_turns(call, old, new);
            }
            call.machine.charge(this.text.borrow().len() / SEARCHED_PER_STEP)?;
            let growth = occurrences(&this.text.borrow(), &old).saturating_mul(new.len());
            change(
                call,
                growth,
                |text| text::replace(text, &old, &new, StringComparison::Ordinal),
                |blocks, before, after| note_replaced(blocks, (before, after), (&old, &new), 0),
            )
        })
        .method("StringBuilder Replace(string oldValue, string newValue, int startIndex, int count)", |call| {
            let (old, new) = (call.required_text(1, "oldValue")?, call.text(2).cloned().unwrap_or_default());
            let growth = |part: &str| occurrences(part, &old).saturating_mul(new.len());
            let start = usize::try_from(call.int(3)).unwrap_or(0);
            change_part(
                call,
                growth,
                |part| text::replace(part, &old, &new, StringComparison::Ordinal),
                |blocks, before, after| note_replaced(blocks, (before, after), (&old, &new), start),
            )
        })
        .method("StringBuilder Replace(char oldChar, char newChar, int startIndex, int count)", |call| {
            let (old, new) = (unit(call, 1), unit(call, 2));
            change_part(call, |_| 0, |part| Ok(text::replace_char(part, old, new)), |_, _, _| {})
        })
        .method("StringBuilder Replace(char oldChar, char newChar)", |call| {
            let (old, new) = (unit(call, 1), unit(call, 2));
            if call.this::<Builder>()?.text.borrow().len() > ONE_GO_BYTES_MAX {
                return replace_char_in_turns(call, old, new);
            }
            change(call, 0, |text| Ok(text::replace_char(text, old, new)), |_, _, _| {})
        })
}

/// Bytes that are copied, and counted where positions are those of units, in one step, as often as a change takes.
const CHANGED_PER_STEP: usize = 8;

/// Replaces the content by what is made of it; `growth` bytes at most are added. `note` takes it down, with what was there before.
pub(super) fn change(
    call: &mut Call<'_, '_>,
    growth: usize,
    of: impl FnOnce(&str) -> Result<Text, Exception>,
    note: impl FnOnce(&mut Blocks, &str, &str),
) -> Result<Value, Thrown> {
    let this = call.this::<Builder>()?;
    let size = this.text.borrow().len();
    call.machine.charge(size / CHANGED_PER_STEP)?;
    charge_walk(call.machine, &this.text.borrow());
    call.machine.charge_memory(growth)?;
    let changed = of(&this.text.borrow())?;
    this.put(changed, note)?;
    Ok(call.take(0))
}

/// Takes down that texts were replaced, in a part that begins at a unit.
pub(super) fn note_replaced(
    blocks: &mut Blocks,
    (before, after): (&str, &str),
    (old, new): (&str, &str),
    start: usize,
) {
    let (old_length, new_length) = (length(old), length(new));
    if old_length == new_length {
        return;
    }
    let part = Part { start, before: length(before), after: length(after) };
    blocks.replace((old_length, new_length), part, || {
        let (mut at, mut units) = (0, start);
        let matches = before.match_indices(old).map(|(place, _)| {
            units += length(before.get(at..place).unwrap_or_default());
            at = place;
            units
        });
        matches.collect()
    });
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
        machine.charge_memory(this.text.borrow().len())?;
        Ok(of(Text::new(this.text.borrow().as_str())))
    })??;
    call.machine.charge(replaced.len() / MOVED_PER_STEP)?;
    this.put(replaced, |blocks, before, after| {
        // Where it was replaced matters for later changes only, and looking for it again would take long.
        let part = Part { start: 0, before: length(before), after: length(after) };
        blocks.replace((0, 0), part, Vec::new);
    })?;
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
/// that are added at most; `note` takes it down.
pub(super) fn change_part(
    call: &mut Call<'_, '_>,
    growth: impl FnOnce(&str) -> usize,
    of: impl FnOnce(&str) -> Result<Text, Exception>,
    note: impl FnOnce(&mut Blocks, &str, &str),
) -> Result<Value, Thrown> {
    let (this, start, count) = (call.this::<Builder>()?, call.int(3), call.int(4));
    let size = this.text.borrow().len();
    call.machine.charge(1 + size / MOVED_PER_STEP)?;
    charge_walk(call.machine, &this.text.borrow());
    call.machine.charge(usize::try_from(count).unwrap_or(0).min(size) / REPLACED_PER_STEP)?;
    let message = "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
    let part = text::substring(&this.text.borrow(), start, count);
    let part = part.map_err(|_| Exception::argument_out_of_range("startIndex", message))?;
    call.machine.charge_memory(growth(&part))?;
    let replaced = of(&part)?;
    note(&mut this.blocks.borrow_mut(), &part, &replaced);
    let range = usize::try_from(start).unwrap_or(0)..usize::try_from(start.saturating_add(count)).unwrap_or(0);
    if this.text.borrow().is_ascii() && range.end <= size {
        this.text.borrow_mut().replace_range(range, &replaced);
        return Ok(call.take(0));
    }
    // Whoever cuts a pair of units gets what .NET's two halves are here.
    call.machine.charge(size / REPLACED_PER_STEP)?;
    let changed = text::insert(&text::remove(&this.text.borrow(), start, count)?, start, &replaced)?;
    this.text.replace(changed.into());
    Ok(call.take(0))
}
