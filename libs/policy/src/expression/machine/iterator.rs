//! Iterators: local functions that `yield`. A call suspends them at once; each walk over what it gave resumes a copy of what it was suspended with.
//!
//! Where code yields, its frame has locals and cells but no operands: `yield` is a statement. One deviation from .NET: a walk that is not taken to
//! its end runs no `finally` blocks.

use std::any::Any;
use std::rc::Rc;

use super::run::{Cursor, Flow, Turn, run};
use super::state::{Frame, VariableCell};
use super::{Limit, Loaded, Machine, Thrown};
use crate::expression::library;
use crate::expression::limits;
use crate::expression::object::{Enumerator, Object};
use crate::expression::release::release_all;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A frame that is not on the stack.
#[derive(Clone)]
struct Suspended {
    code: Loaded,
    next: u32,
    locals: Vec<Value>,
    cells: Vec<Option<Rc<VariableCell>>>,
}

impl Drop for Suspended {
    fn drop(&mut self) {
        release_all(&mut self.locals);
    }
}

/// What a call of an iterator gives.
struct Sequence {
    of: Type,
    start: Suspended,
}

impl Object for Sequence {
    fn of(&self) -> Type {
        self.of.clone()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Walk { suspended: Some(self.start.clone()), paused: None }))
    }
}

/// A walk; nothing is suspended while it runs and at its end.
struct Walk {
    suspended: Option<Suspended>,
    /// Calls that paused on the way to the next item.
    paused: Option<super::state::Suspended>,
}

impl Enumerator for Walk {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        if self.suspended.is_none() && self.paused.is_none() {
            return Ok(None);
        }
        machine.nested_in_turns(|machine| {
            let (floor, base) = (machine.state.frames.len(), machine.state.stack.len());
            match (self.paused.take(), self.suspended.take()) {
                (Some(paused), _) => machine.state.resume(paused),
                (None, Some(suspended)) => resume(machine, suspended)?,
                (None, None) => return Ok(None),
            }
            match run(machine, floor, if machine.may_pause { Turn::Yielding } else { Turn::Nested })? {
                Flow::Done(_) => Ok(None),
                Flow::Produced(value) => {
                    self.suspended = take_frame(machine, base);
                    Ok(Some(value))
                }
                Flow::Yielded => {
                    self.paused = Some(machine.state.suspend(floor, 0));
                    Err(Thrown::Limit(Limit::Turn))
                }
            }
        })
    }
}

/// Makes a sequence of the frame on top, which the caller drops.
pub(super) fn suspend(machine: &mut Machine<'_>, cursor: Cursor<'_>, of: u32) -> Result<Value, Thrown> {
    let state = &machine.state;
    let next = state.frames.last().map_or(0, |frame| frame.next);
    let locals = state.stack.get(cursor.base..).unwrap_or_default().to_vec();
    let cells = state.cells.get(cursor.cells..).unwrap_or_default().to_vec();
    machine.charge_memory((locals.len() + cells.len() + 4) * size_of::<Value>())?;
    let start = Suspended { code: Rc::clone(cursor.code), next, locals, cells };
    let of = cursor.code.type_at(of);
    library::iterated(machine, Value::object(Sequence { of: of.clone(), start }), of)
}

/// Puts a frame back on the stack.
fn resume(machine: &mut Machine<'_>, mut suspended: Suspended) -> Result<(), Thrown> {
    machine.charge(suspended.locals.len() / 4 + 4)?;
    let operands = suspended.code.function_at(suspended.next).map_or(0, |function| function.operand_max);
    let room = suspended.locals.len() + operands as usize;
    let state = &mut *machine.state;
    if state.frames.len() >= limits::FRAMES_MAX || state.stack.len() + room > limits::STACK_VALUES_MAX {
        return Err(Thrown::Limit(Limit::Depth));
    }
    let (base, cells) = (state.stack.len(), state.cells.len());
    state.stack.reserve(room);
    state.stack.append(&mut suspended.locals);
    state.cells.append(&mut suspended.cells);
    let (code, next) = (Rc::clone(&suspended.code), suspended.next);
    state.frames.push(Frame { code, next, base, cells });
    Ok(())
}

/// Takes the frame on top, which has yielded, off the stack.
fn take_frame(machine: &mut Machine<'_>, base: usize) -> Option<Suspended> {
    let state = &mut *machine.state;
    let frame = state.frames.pop()?;
    let locals = state.stack.drain(base.min(state.stack.len())..).collect();
    let cells = state.cells.drain(frame.cells.min(state.cells.len())..).collect();
    Some(Suspended { code: frame.code, next: frame.next, locals, cells })
}
