//! The loop that runs instructions.
//!
//! The frequent instructions are here, everything else in [`operation`](super::operation): this function runs once for each nesting of
//! natives and code, so its piece of the thread's stack stays small.

use std::rc::Rc;

use super::call;
use super::iterator;
use super::operands::{compare_ints, is_text, text_steps};
use super::operation;
use super::search;
use super::text;
use super::unwind::{self, AfterFinally};
use super::{Limit, Loaded, Machine, Thrown};
use crate::expression::code::{Instruction, Tables};
use crate::expression::exception::ExceptionObject;
use crate::expression::library::Constant;
use crate::expression::library::context::part_at;
use crate::expression::value::Value;

/// Whether a run may stop in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing but code is under way: the run yields at the end of the turn.
    Yielding,
    /// A native waits for the result.
    Nested,
}

/// How a run stopped.
#[derive(Debug)]
pub(super) enum Flow {
    Done(Value),
    Yielded,
    /// An iterator yields a value. Its frame is still there.
    Produced(Value),
}

/// Where a run is: what instructions refer to.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'c> {
    pub(super) code: &'c Loaded,
    pub(super) base: usize,
    pub(super) cells: usize,
}

impl<'c> Cursor<'c> {
    pub(super) fn tables(self) -> &'c Tables {
        &self.code.tables
    }
}

/// Runs the frames above `floor` until they are done.
pub(super) fn run(machine: &mut Machine<'_>, floor: usize, turn: Turn) -> Result<Flow, Thrown> {
    loop {
        match execute(machine, floor, turn) {
            Ok(Some(flow)) => return Ok(flow),
            // Another frame is on top.
            Ok(None) => {}
            Err(thrown) => unwind::catch(machine, floor, thrown)?,
        }
    }
}

/// Keeps the frame's position up to date and passes an error on.
macro_rules! attempt {
    ($machine:ident, $next:ident, $result:expr) => {
        match $result {
            Ok(value) => value,
            Err(thrown) => {
                save($machine, $next);
                return Err(thrown.into());
            }
        }
    };
}

/// Yields before the instruction at hand if the turn is over.
macro_rules! yield_if_over {
    ($machine:ident, $turn:ident, $next:ident) => {
        if $turn == Turn::Yielding && $machine.steps_left < $machine.yield_below {
            save($machine, $next - 1);
            return Ok(Some(Flow::Yielded));
        }
    };
}

/// Does what may end the turn in the middle: then the run comes back to the instruction at hand.
macro_rules! pausing {
    ($machine:ident, $turn:ident, $next:ident, $result:expr) => {{
        $machine.may_pause = $turn == Turn::Yielding;
        let result = $result;
        $machine.may_pause = false;
        if let Err(Thrown::Limit(Limit::Turn)) = result {
            save($machine, $next - 1);
            return Ok(Some(Flow::Yielded));
        }
        result?
    }};
}

/// Runs the frame on top until it calls, returns, yields or throws.
#[allow(clippy::too_many_lines, reason = "the dispatch of an interpreter")]
fn execute(machine: &mut Machine<'_>, floor: usize, turn: Turn) -> Result<Option<Flow>, Thrown> {
    use Instruction as I;
    let Some(frame) = machine.state.frames.last() else { return Ok(Some(Flow::Done(Value::Null))) };
    // A reference of its own, so that what it points to stays in registers.
    let code = Rc::clone(&frame.code);
    let (base, mut next) = (frame.base, frame.next);
    let cursor = Cursor { code: &code, base, cells: frame.cells };
    let instructions: &[Instruction] = &code.instructions;
    loop {
        let Some(&instruction) = instructions.get(next as usize) else { return Ok(Some(Flow::Done(Value::Null))) };
        next += 1;
        match instruction {
            I::Null => machine.push(Value::Null),
            I::Bool(value) => machine.push(Value::Bool(value)),
            I::Int(value) => machine.push(Value::Int(value)),
            I::Text(index) => {
                let text = code.text_at(index);
                machine.push(Value::String(text));
            }
            I::Part(part) => machine.push(part_at(part)),
            I::Load(local) => {
                let value = machine.local(base, local).clone();
                machine.push(value);
            }
            I::LoadCell(cell) => {
                let cell = machine.state.cells.get(cursor.cells + cell as usize).and_then(Option::as_ref);
                let value = cell.map(|cell| cell.load()).unwrap_or_default();
                machine.push(value);
            }
            I::Store(local) => {
                let value = machine.pop();
                machine.set_local(base, local, value);
            }
            I::Keep(local) => {
                let value = machine.top().clone();
                machine.set_local(base, local, value);
            }
            I::Increase { local, by } => {
                if let Some(Value::Int(value)) = machine.state.stack.get_mut(base + local as usize) {
                    *value = value.wrapping_add(by);
                }
            }
            I::Pop => drop(machine.pop()),
            I::Jump(target) => next = target,
            I::Repeat { target, cost } => {
                yield_if_over!(machine, turn, next);
                attempt!(machine, next, machine.charge(cost as usize));
                next = target;
            }
            I::JumpIf { target, when } => {
                if machine.pop_bool() == when {
                    next = target;
                }
            }
            I::JumpIfNull { target, when } => {
                if machine.pop().is_null() == when {
                    next = target;
                }
            }
            I::SkipIfNull(target) => {
                if machine.top().is_null() {
                    next = target;
                }
            }
            I::KeepOrDrop { target, when_null } => {
                if machine.top().is_null() == when_null {
                    next = target;
                } else {
                    drop(machine.pop());
                }
            }
            I::JumpIfInts { operator, when, target } => {
                let (left, right) = machine.pop_ints();
                if compare_ints(operator, left, right) == when {
                    next = target;
                }
            }
            I::JumpIfInt { operator, when, value, target } => {
                let left = if let Value::Int(left) = machine.pop() { left } else { 0 };
                if compare_ints(operator, left, value) == when {
                    next = target;
                }
            }
            I::JumpIfTexts { equal, target } => {
                attempt!(machine, next, machine.charge_operands());
                if machine.pop_texts_equal() == equal {
                    next = target;
                }
            }
            I::JumpIfText { equal, text, target } => {
                let (value, text) = (machine.pop(), code.tables.texts.get(text as usize));
                attempt!(machine, next, machine.charge(text_steps(&value, text)));
                if is_text(&value, text) == equal {
                    next = target;
                }
            }
            I::JumpUnlessLocalText { local, text, target } => {
                let text = code.tables.texts.get(text as usize);
                let steps = text_steps(machine.local(base, local), text);
                attempt!(machine, next, machine.charge(steps));
                if !is_text(machine.local(base, local), text) {
                    next = target;
                }
            }
            I::JumpUnlessEqual(target) => {
                attempt!(machine, next, machine.charge_operands());
                if !machine.pop_equal() {
                    next = target;
                }
            }
            I::AddInts => machine.combine_ints(i32::wrapping_add),
            I::SubtractInts => machine.combine_ints(i32::wrapping_sub),
            I::MultiplyInts => machine.combine_ints(i32::wrapping_mul),
            I::AddInt(value) => {
                if let Some(Value::Int(top)) = machine.state.stack.last_mut() {
                    *top = top.wrapping_add(value);
                }
            }
            I::CompareInts(operator) => {
                let (left, right) = machine.pop_ints();
                machine.push(Value::Bool(compare_ints(operator, left, right)));
            }
            I::Binary { apply, .. } => {
                let right = machine.pop();
                let left = machine.pop();
                attempt!(machine, next, machine.charge_comparing(&left, &right));
                let value = attempt!(machine, next, apply(&left, &right));
                machine.push(value);
            }
            I::Not => {
                let value = machine.pop_bool();
                machine.push(Value::Bool(!value));
            }
            I::Native { native, count } | I::NativeOuts { native, count, .. } => {
                yield_if_over!(machine, turn, next);
                // The native may throw or call back: the frame must say where it is.
                save(machine, next);
                let outs = if let I::NativeOuts { outs, .. } = instruction { Some(outs) } else { None };
                pausing!(machine, turn, next, call::native(machine, cursor, native, count, outs));
            }
            I::Function(site) => {
                yield_if_over!(machine, turn, next);
                save(machine, next);
                call::function(machine, cursor, site)?;
                return Ok(None);
            }
            I::Invoke(count) => {
                yield_if_over!(machine, turn, next);
                save(machine, next);
                if pausing!(machine, turn, next, call::delegate(machine, count)) {
                    return Ok(None);
                }
            }
            I::Return => {
                let value = machine.pop();
                return Ok(call::leave(machine, value, floor).map(Flow::Done));
            }
            I::Iterate(of) => {
                save(machine, next);
                let sequence = iterator::suspend(machine, cursor, of)?;
                return Ok(call::leave(machine, sequence, floor).map(Flow::Done));
            }
            I::Yield => {
                save(machine, next);
                return Ok(Some(Flow::Produced(machine.pop())));
            }
            I::Next { slot, exit } => {
                save(machine, next);
                match pausing!(machine, turn, next, operation::next(machine, base, slot)) {
                    Some(item) => machine.push(item),
                    None => next = exit,
                }
            }
            I::JumpUnlessType { of, target } => {
                let value = machine.pop();
                if !operation::is_instance(&value, code.type_at(of)) {
                    next = target;
                }
            }
            I::JumpUnlessCaught { slot, target, of } => {
                if !unwind::is_caught(machine.local(base, slot), of) {
                    next = target;
                }
            }
            I::EndFinally(slot) => {
                save(machine, next);
                machine.charge(1)?;
                match unwind::end_finally(machine, base, slot)? {
                    AfterFinally::Next => {}
                    AfterFinally::Jump(target) => next = target,
                    AfterFinally::Leave => return Ok(call::leave(machine, Value::Null, floor).map(Flow::Done)),
                }
            }
            I::EndWalk(slot) => {
                save(machine, next);
                iterator::end_walk(machine, base, slot)?;
            }
            I::Matched => {
                if search::end(machine) {
                    return Ok(Some(Flow::Done(Value::UInt(next))));
                }
            }
            I::Unmatched(slot) => {
                if search::end(machine) {
                    return Ok(Some(Flow::Done(Value::Null)));
                }
                save(machine, next);
                return Err(ExceptionObject::thrown(machine.local(base, slot)));
            }
            I::Constant(index) => {
                let value = code.tables.constants.get(index as usize).map_or(Value::Null, constant);
                machine.push(value);
            }
            other => {
                yield_if_over!(machine, turn, next);
                save(machine, next);
                if turn == Turn::Yielding && matches!(other, I::Concat(_) | I::Interpolate(_)) {
                    pausing!(machine, turn, next, text::prepare(machine, cursor, &other));
                }
                operation::run(machine, cursor, &other)?;
            }
        }
    }
}

fn save(machine: &mut Machine<'_>, next: u32) {
    if let Some(frame) = machine.state.frames.last_mut() {
        frame.next = next;
    }
}

/// A constant as a value.
pub(super) fn constant(constant: &Constant) -> Value {
    use crate::expression::types::Number;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "constants are within their type")]
    match constant {
        Constant::Null => Value::Null,
        Constant::Bool(value) => Value::Bool(*value),
        Constant::Char(value) => Value::Char(*value),
        Constant::Integer(of, value) => match of {
            Number::SByte => Value::SByte(*value as i8),
            Number::Byte => Value::Byte(*value as u8),
            Number::Short => Value::Short(*value as i16),
            Number::UShort => Value::UShort(*value as u16),
            Number::Int => Value::Int(*value as i32),
            Number::UInt => Value::UInt(*value as u32),
            Number::Long => Value::Long(*value as i64),
            Number::ULong => Value::ULong(*value as u64),
            Number::Float => Value::Float(*value as f32),
            Number::Double => Value::Double(*value as f64),
            Number::Decimal => {
                postern_dotnet::Decimal::try_from_i128_with_scale(*value, 0).map_or(Value::Null, Value::Decimal)
            }
        },
        Constant::Float(value) => Value::Float(*value),
        Constant::Double(value) => Value::Double(*value),
        Constant::Decimal(value) => Value::Decimal(*value),
        Constant::String(text) => Value::String(text.clone()),
        Constant::Enum(class, value) => crate::expression::enums::EnumValue::shared(*class, *value),
    }
}
