//! Exceptions on their way: which handler takes them, and what `finally` blocks do afterwards.
//!
//! Code without `when` asks the clauses of a `catch` when the exception comes there. With filters they are asked before anything is left
//! ([`search`]), and this only goes where the search led.

use std::sync::Arc;

use postern_dotnet::{Exception, ExceptionType};

use super::{Machine, Thrown, search};
use crate::expression::code::{Function, Handler, HandlerKind};
use crate::expression::exception::ExceptionObject;
use crate::expression::value::Value;

/// Leads what was thrown to the innermost handler above `floor`; without one, or for limits, drops the frames and gives it back.
pub(super) fn catch(machine: &mut Machine<'_>, floor: usize, thrown: Thrown) -> Result<(), Thrown> {
    let Thrown::Exception(exception) = thrown else {
        machine.state.unwind(floor);
        return Err(thrown);
    };
    note_place(machine, &exception);
    if machine.state.search.is_needed
        && let Err(limit) = search::look_for(machine, &exception)
    {
        machine.state.unwind(floor);
        return Err(limit);
    }
    while machine.state.frames.len() > floor {
        if let Some((handler, target)) = search::handler(machine, &exception) {
            go_on(machine, handler, target, Value::object(ExceptionObject(exception)));
            return Ok(());
        }
        let top = machine.state.frames.len() - 1;
        machine.state.unwind(top);
    }
    Err(Thrown::Exception(exception))
}

/// Remembers where an exception was first thrown: by the top frame now, unless it was under way already.
fn note_place(machine: &mut Machine<'_>, exception: &Arc<Exception>) {
    let state = &mut *machine.state;
    if state.thrown.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, exception)) {
        return;
    }
    if let Some(frame) = state.frames.last() {
        let span = frame.code.span(frame.next.saturating_sub(1));
        state.thrown = Some((Arc::clone(exception), span));
    }
}

/// Goes to a handler of the top frame, with what it finds in its local.
fn go_on(machine: &mut Machine<'_>, handler: Handler, target: u32, slot: Value) {
    let state = &mut *machine.state;
    let Some(frame) = state.frames.last_mut() else { return };
    frame.next = target;
    let base = frame.base;
    // A filter works above the frames that are still under way.
    let height = if frame.is_filter { state.search.below().0 } else { base + handler.height as usize };
    state.stack.truncate(height);
    machine.set_local(base, handler.slot, slot);
}

/// Whether `catch (of)` catches the exception in a local.
pub(super) fn is_caught(local: &Value, of: ExceptionType) -> bool {
    local.downcast_ref::<ExceptionObject>().is_some_and(|exception| exception.0.of.is(of))
}

/// Where code goes on behind a `finally` block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterFinally {
    Next,
    Jump(u32),
    /// The iterator is left: there is no block around any more.
    Leave,
}

/// What comes behind a `finally` block: the exception goes on its way, a jump is finished, or the next instruction runs.
pub(super) fn end_finally(machine: &mut Machine<'_>, base: usize, slot: u32) -> Result<AfterFinally, Thrown> {
    match machine.local(base, slot) {
        Value::UInt(target) => Ok(AfterFinally::Jump(*target)),
        Value::Null => Ok(AfterFinally::Next),
        Value::Bool(_) => Ok(leave_try(machine).map_or(AfterFinally::Leave, AfterFinally::Jump)),
        exception => Err(ExceptionObject::thrown(exception)),
    }
}

/// Leaves the innermost `try` with a `finally` block of the frame on top, which is an iterator that nobody walks over any more: goes to its
/// block, which leads to the one around.
pub(super) fn leave_try(machine: &mut Machine<'_>) -> Option<u32> {
    let frame = machine.state.frames.last()?;
    let at = frame.next.saturating_sub(1);
    let function: &Function = frame.code.function_at(at)?;
    let is_around = |handler: &&Handler| handler.kind == HandlerKind::Finally && handler.covers(at);
    let handler = function.handlers.iter().find(is_around).copied()?;
    go_on(machine, handler, handler.target, Value::Bool(true));
    Some(handler.target)
}
