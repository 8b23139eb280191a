//! Exceptions on their way: which handler takes them, and what `finally` blocks do afterwards.
//!
//! One deviation from .NET: `when` filters run on the way out, behind the `finally` blocks of inner statements, not before them.

use std::sync::Arc;

use postern_dotnet::{Exception, ExceptionType};

use super::{Machine, Thrown};
use crate::expression::code::{Function, Handler};
use crate::expression::exception::ExceptionObject;
use crate::expression::value::Value;

/// Leads what was thrown to the innermost handler above `floor`; without one, or for limits, drops the frames and gives it back.
pub(super) fn catch(machine: &mut Machine<'_>, floor: usize, thrown: Thrown) -> Result<(), Thrown> {
    let Thrown::Exception(exception) = thrown else {
        machine.state.unwind(floor);
        return Err(thrown);
    };
    note_place(machine, &exception);
    while machine.state.frames.len() > floor {
        if let Some(handler) = handler(machine) {
            go_on(machine, handler, Arc::clone(&exception));
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

/// The innermost handler around the instruction that the top frame is at.
fn handler(machine: &Machine<'_>) -> Option<Handler> {
    let frame = machine.state.frames.last()?;
    let at = frame.next.saturating_sub(1);
    let function: &Function = frame.code.function_at(at)?;
    function.handlers.iter().find(|handler| handler.start <= at && at < handler.end).copied()
}

fn go_on(machine: &mut Machine<'_>, handler: Handler, exception: Arc<Exception>) {
    let state = &mut *machine.state;
    let Some(frame) = state.frames.last_mut() else { return };
    frame.next = handler.target;
    let base = frame.base;
    state.stack.truncate(base + handler.height as usize);
    machine.set_local(base, handler.slot, Value::object(ExceptionObject(exception)));
}

/// Whether `catch (of)` catches the exception in a local.
pub(super) fn is_caught(local: &Value, of: ExceptionType) -> bool {
    local.downcast_ref::<ExceptionObject>().is_some_and(|exception| exception.0.of.is(of))
}

/// What comes behind a `finally` block: the exception goes on its way, a jump is finished, or (`None`) the next instruction runs.
pub(super) fn end_finally(machine: &mut Machine<'_>, base: usize, slot: u32) -> Result<Option<u32>, Thrown> {
    match machine.local(base, slot) {
        Value::UInt(target) => Ok(Some(*target)),
        Value::Null => Ok(None),
        exception => Err(ExceptionObject::thrown(exception)),
    }
}
