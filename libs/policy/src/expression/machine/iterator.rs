//! Iterators: local functions that `yield`. A call suspends them at once; each walk over what it gave resumes a copy of what it was suspended with.
//!
//! Where code yields, its frame has locals and cells but no operands: `yield` is a statement. A walk that is left inside of `try` runs the
//! `finally` blocks around: whoever drops it hands it to [`LeftWalks`], and the `foreach` or native that walked runs them at its end. What is
//! dropped anywhere else (the last variable that holds an enumerator) was not disposed of, as in .NET.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::run::{Cursor, Flow, Turn, run};
use super::state::{Frame, VariableCell};
use super::{Limit, Loaded, Machine, Thrown, search, unwind};
use crate::expression::code::{Handler, HandlerKind};
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

impl Suspended {
    fn is_in_try(&self) -> bool {
        let at = self.next.saturating_sub(1);
        let is_around = |handler: &Handler| handler.kind == HandlerKind::Finally && handler.covers(at);
        self.code.function_at(at).is_some_and(|function| function.handlers.iter().any(is_around))
    }
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
        Some(Box::new(Walk { suspended: Some(self.start.clone()), paused: None, left: None }))
    }
}

/// A walk; nothing is suspended while it runs and at its end.
struct Walk {
    suspended: Option<Suspended>,
    /// Calls that paused on the way to the next item.
    paused: Option<super::state::Suspended>,
    /// Where it goes when it is dropped, while it is inside of `try`.
    left: Option<Rc<LeftWalks>>,
}

impl Drop for Walk {
    fn drop(&mut self) {
        if let (Some(left), Some(suspended)) = (self.left.take(), self.suspended.take()) {
            left.add(suspended);
        }
    }
}

/// Walks that were left and have `finally` blocks to run.
#[derive(Default)]
pub(super) struct LeftWalks {
    waiting: RefCell<Vec<Suspended>>,
    is_closed: Cell<bool>,
}

impl std::fmt::Debug for LeftWalks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LeftWalks").field("waiting", &self.len()).finish_non_exhaustive()
    }
}

impl LeftWalks {
    pub(super) fn len(&self) -> usize {
        self.waiting.try_borrow().map_or(0, |waiting| waiting.len())
    }

    fn add(&self, suspended: Suspended) {
        if !self.is_closed.get()
            && let Ok(mut waiting) = self.waiting.try_borrow_mut()
        {
            waiting.push(suspended);
        }
    }

    /// The last of those that came behind `mark`: who walks over two sequences disposes of the second one first.
    fn take(&self, mark: usize) -> Option<Suspended> {
        let mut waiting = self.waiting.try_borrow_mut().ok()?;
        if mark < waiting.len() { waiting.pop() } else { None }
    }

    /// The evaluation has ended: nothing runs any more.
    pub(super) fn close(&self) {
        self.is_closed.set(true);
        let waiting = self.waiting.try_borrow_mut().map(|mut waiting| std::mem::take(&mut *waiting));
        drop(waiting);
    }
}

/// Ends a `foreach`: lets go of its walk and runs what that has left to do.
pub(super) fn end_walk(machine: &mut Machine<'_>, base: usize, slot: u32) -> Result<(), Thrown> {
    let mark = machine.state.left_count();
    machine.set_local(base, slot, Value::Null);
    if machine.state.left.is_none() { Ok(()) } else { dispose_left(machine, mark, Ok(Value::Null)).map(drop) }
}

/// Runs the `finally` blocks of the walks that were left since there were `mark` of them. What throws there takes the place of the result.
#[cold]
pub(super) fn dispose_left(
    machine: &mut Machine<'_>,
    mark: usize,
    mut result: Result<Value, Thrown>,
) -> Result<Value, Thrown> {
    if let Err(Thrown::Limit(_)) = &result {
        return result;
    }
    while let Some(suspended) = machine.state.left.as_ref().and_then(|left| left.take(mark)) {
        if let Err(Thrown::Exception(exception)) = &result {
            // Filters look at it before anything is left.
            search::look_for(machine, exception)?;
        }
        if let Err(thrown) = dispose(machine, suspended) {
            let is_limit = matches!(thrown, Thrown::Limit(_));
            result = Err(thrown);
            if is_limit {
                return result;
            }
        }
    }
    result
}

/// Runs the `finally` blocks that a walk is in.
fn dispose(machine: &mut Machine<'_>, suspended: Suspended) -> Result<(), Thrown> {
    machine.nested(|machine| {
        let floor = machine.state.frames.len();
        resume(machine, suspended)?;
        if unwind::leave_try(machine).is_none() {
            machine.state.unwind(floor);
            return Ok(());
        }
        run(machine, floor, Turn::Nested).map(drop)
    })
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
                    let is_in_try = self.suspended.as_ref().is_some_and(Suspended::is_in_try);
                    self.left = is_in_try.then(|| Rc::clone(machine.state.left.get_or_insert_default()));
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
    state.frames.push(Frame { code, next, is_filter: false, base, cells });
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
