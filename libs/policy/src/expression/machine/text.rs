//! Strings made of pieces: `+` and interpolation.

use std::fmt::Write as _;

use postern_dotnet::Text;

use super::run::Cursor;
use super::{Machine, Thrown};
use crate::expression::code::{Instruction, Piece};
use crate::expression::display;
use crate::expression::value::Value;

/// Makes texts of those operands whose text may be long, before the instruction takes them: this may pause in between.
pub(super) fn prepare(machine: &mut Machine<'_>, cursor: Cursor<'_>, instruction: &Instruction) -> Result<(), Thrown> {
    let pieces = match *instruction {
        Instruction::Interpolate(pieces) => cursor.tables().pieces.get(pieces as usize),
        _ => None,
    };
    let holes = pieces.map(|pieces| pieces.iter().filter(|piece| matches!(piece, Piece::Hole { .. })));
    let count = match (&holes, instruction) {
        (Some(holes), _) => holes.clone().count(),
        (None, Instruction::Concat(count)) => *count as usize,
        _ => 0,
    };
    let mut holes = holes.into_iter().flatten();
    let first = machine.state.stack.len().saturating_sub(count);
    for index in first..first + count {
        let is_formatted = matches!(holes.next(), Some(Piece::Hole { format: Some(_), .. }));
        let value = machine.state.stack.get(index).filter(|value| matches!(value, Value::Object(_)) && !is_formatted);
        if let Some(value) = value.cloned() {
            let text = display::to_text_in_turns(&value, machine)?;
            if let Some(place) = machine.state.stack.get_mut(index) {
                *place = Value::String(text);
            }
        }
    }
    Ok(())
}

/// Joins the texts of the last `count` operands.
pub(super) fn concat(machine: &mut Machine<'_>, count: usize) -> Result<(), Thrown> {
    let first = machine.state.stack.len().saturating_sub(count);
    if machine.state.compares_references
        && let Some(only) = only_text(machine, first, count)?
    {
        machine.state.stack.truncate(first);
        machine.push(Value::String(only));
        return Ok(());
    }
    let mut text = machine.take_scratch();
    for index in first..first + count {
        // Taken out, because `ToString` may run code, which needs the stack.
        let value = machine.state.stack.get_mut(index).map(std::mem::take).unwrap_or_default();
        append(machine, &mut text, &value)?;
    }
    machine.state.stack.truncate(first);
    push_text(machine, text)
}

/// Most operands for which .NET looks whether one alone is not empty.
const CONCAT_MAX: usize = 4;

/// The text of the only operand that has one, which `+` gives as it is. Makes texts of all operands.
fn only_text(machine: &mut Machine<'_>, first: usize, count: usize) -> Result<Option<Text>, Thrown> {
    let (mut found, mut is_only) = (Text::default(), true);
    for index in first..first + count {
        let value = machine.state.stack.get_mut(index).map(std::mem::take).unwrap_or_default();
        let text = display::to_text(&value, machine)?;
        machine.charge(1)?;
        if !text.is_empty() {
            is_only &= found.is_empty();
            found = text.clone();
        }
        if let Some(place) = machine.state.stack.get_mut(index) {
            *place = Value::String(text);
        }
    }
    Ok((is_only && count <= CONCAT_MAX).then_some(found))
}

/// Fills an interpolated string.
pub(super) fn interpolate(machine: &mut Machine<'_>, cursor: Cursor<'_>, pieces: u32) -> Result<(), Thrown> {
    let Some(pieces) = cursor.tables().pieces.get(pieces as usize) else { return Ok(()) };
    let holes = pieces.iter().filter(|piece| matches!(piece, Piece::Hole { .. })).count();
    let first = machine.state.stack.len().saturating_sub(holes);
    let mut text = machine.take_scratch();
    let mut operand = first;
    for piece in pieces {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Hole { alignment, format } => {
                let value = machine.state.stack.get_mut(operand).map(std::mem::take).unwrap_or_default();
                operand += 1;
                let start = text.len();
                match format {
                    Some(format) => text.push_str(&display::format(&value, format, machine)?),
                    None => append(machine, &mut text, &value)?,
                }
                align(machine, &mut text, start, *alignment)?;
            }
        }
    }
    machine.state.stack.truncate(first);
    push_text(machine, text)
}

fn append(machine: &mut Machine<'_>, text: &mut String, value: &Value) -> Result<(), Thrown> {
    match value {
        Value::Null => {}
        Value::String(piece) => {
            machine.charge_memory(piece.len())?;
            text.push_str(piece);
        }
        Value::Int(value) => {
            let _ = write!(text, "{value}");
        }
        Value::Long(value) => {
            let _ = write!(text, "{value}");
        }
        Value::Bool(value) => text.push_str(if *value { "True" } else { "False" }),
        other => {
            let piece = display::to_text(other, machine)?;
            machine.charge_memory(piece.len())?;
            text.push_str(&piece);
        }
    }
    Ok(())
}

/// Fills up to a width, counted in UTF-16 units: on the left, or on the right for negative widths.
fn align(machine: &mut Machine<'_>, text: &mut String, start: usize, alignment: i32) -> Result<(), Thrown> {
    if alignment == 0 {
        return Ok(());
    }
    let width = alignment.unsigned_abs() as usize;
    let length = text.get(start..).map_or(0, |piece| piece.encode_utf16().count());
    let missing = width.saturating_sub(length);
    machine.charge_memory(missing)?;
    if alignment > 0 {
        text.insert_str(start, &" ".repeat(missing));
    } else {
        text.extend(std::iter::repeat_n(' ', missing));
    }
    Ok(())
}

fn push_text(machine: &mut Machine<'_>, text: String) -> Result<(), Thrown> {
    machine.charge_memory(text.len())?;
    let value = Value::String(Text::new(&text));
    machine.state.scratch = text;
    machine.push(value);
    Ok(())
}

impl Machine<'_> {
    /// An empty string with room; strings made inside each other get one of their own.
    fn take_scratch(&mut self) -> String {
        let mut text = std::mem::take(&mut self.state.scratch);
        text.clear();
        text
    }
}
