//! `catch … when`: the clauses of all calls under way are asked before any of them is left, the innermost first, as .NET does. So filters run, and
//! see the variables, before the `finally` blocks between them and the `throw`.
//!
//! A clause is asked by the code of its handler up to [`Instruction::Matched`](crate::expression::code::Instruction::Matched), in a frame on top of
//! everything that has the locals of the frame the clause belongs to. Natives in between take no exceptions away, so the search goes through
//! them. One deviation from .NET: filters are asked in one turn and may not pause, so all that are asked
//! for an exception have the steps of one turn.

use std::rc::Rc;
use std::sync::Arc;

use postern_dotnet::Exception;

use super::run::{Flow, Turn, run};
use super::state::Frame;
use super::{Limit, Machine, Thrown};
use crate::expression::code::{Handler, HandlerKind};
use crate::expression::exception::ExceptionObject;
use crate::expression::limits;
use crate::expression::value::Value;

/// What is known about exceptions under way.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// Some code has filters.
    pub(super) is_needed: bool,
    found: Vec<Found>,
    /// For each filter under way the height of the stack and the number of cells below it.
    filters: Vec<(usize, usize)>,
}

/// An exception whose handler was looked for.
#[derive(Debug)]
struct Found {
    exception: Arc<Exception>,
    /// `None`: nobody takes it.
    clause: Option<Clause>,
    /// The frame and the beginning of the `finally` block that runs on its way.
    runs: Option<(usize, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clause {
    frame: usize,
    handler: u32,
    /// Where its body begins.
    body: u32,
}

impl Search {
    /// No exception is under way, and nothing is known of the code to come. Most evaluations leave nothing to be forgotten.
    #[inline]
    pub(super) fn forget(&mut self) {
        self.is_needed = false;
        if !self.found.is_empty() || !self.filters.is_empty() {
            self.found.clear();
            self.filters.clear();
        }
    }

    /// What is thrown anew is looked for anew, though it was under way before.
    pub(super) fn begin(&mut self, thrown: Thrown) -> Thrown {
        if let Thrown::Exception(exception) = &thrown {
            self.found.retain(|found| !Arc::ptr_eq(&found.exception, exception));
        }
        thrown
    }

    /// Height of the stack and number of cells below the filter that is asked.
    pub(super) fn below(&self) -> (usize, usize) {
        self.filters.last().copied().unwrap_or_default()
    }

    fn of(&mut self, exception: &Arc<Exception>) -> Option<&mut Found> {
        self.found.iter_mut().rev().find(|found| Arc::ptr_eq(&found.exception, exception))
    }

    /// An exception has come to its clause. Those whose `finally` blocks it cut short are forgotten with it.
    fn arrived(&mut self, exception: &Arc<Exception>, frame: usize, handler: &Handler) {
        // A `try` at the beginning of the block is inside of it.
        let is_left =
            |(of, place): (usize, u32)| of > frame || of == frame && handler.start < place && place < handler.end;
        self.found.retain(|found| !Arc::ptr_eq(&found.exception, exception) && !found.runs.is_some_and(is_left));
    }
}

/// Looks for the clause that takes an exception, unless it is known.
pub(super) fn look_for(machine: &mut Machine<'_>, exception: &Arc<Exception>) -> Result<(), Thrown> {
    // What a filter throws is false, whoever would take it further down.
    let is_in_filter = machine.state.frames.last().is_some_and(|frame| frame.is_filter);
    if !machine.state.search.is_needed || is_in_filter || machine.state.search.of(exception).is_some() {
        return Ok(());
    }
    let place = machine.state.thrown.clone();
    // They cannot pause, so they get no more than a turn, whatever natives may take.
    let kept = machine.steps_left.saturating_sub(limits::TURN_STEPS_MAX);
    machine.steps_left -= kept;
    let clause = ask_all(machine, exception);
    machine.steps_left += kept;
    let clause = clause?;
    machine.state.thrown = place;
    let found = &mut machine.state.search.found;
    if found.len() >= limits::EXCEPTIONS_MAX {
        found.remove(0);
    }
    found.push(Found { exception: Arc::clone(exception), clause, runs: None });
    Ok(())
}

fn ask_all(machine: &mut Machine<'_>, exception: &Arc<Exception>) -> Result<Option<Clause>, Thrown> {
    for index in (0..machine.state.frames.len()).rev() {
        machine.charge(1)?;
        let Some(frame) = machine.state.frames.get(index) else { break };
        if frame.is_filter {
            break;
        }
        let (code, at) = (Rc::clone(&frame.code), frame.next.saturating_sub(1));
        let Some(function) = code.function_at(at) else { continue };
        for handler in
            function.handlers.iter().filter(|handler| handler.kind == HandlerKind::Catch && handler.covers(at))
        {
            if let Some(body) = ask(machine, index, handler, exception)? {
                return Ok(Some(Clause { frame: index, handler: handler.target, body }));
            }
        }
    }
    Ok(None)
}

/// Asks the clauses of one `try`. Gives the body of the one that takes the exception.
fn ask(
    machine: &mut Machine<'_>,
    index: usize,
    handler: &Handler,
    exception: &Arc<Exception>,
) -> Result<Option<u32>, Thrown> {
    machine.charge(2)?;
    let Some(frame) = machine.state.frames.get(index) else { return Ok(None) };
    let (code, base, cells) = (Rc::clone(&frame.code), frame.base, frame.cells);
    machine.set_local(base, handler.slot, Value::object(ExceptionObject(Arc::clone(exception))));
    let state = &mut *machine.state;
    let floor = state.frames.len();
    if floor >= limits::FRAMES_MAX || state.stack.len() >= limits::STACK_VALUES_MAX {
        return Err(Thrown::Limit(Limit::Depth));
    }
    let below = (state.stack.len(), state.cells.len());
    state.search.filters.push(below);
    let found = state.search.found.len();
    state.frames.push(Frame { code, next: handler.target, is_filter: true, base, cells });
    let result = machine.nested(|machine| run(machine, floor, Turn::Nested));
    let state = &mut *machine.state;
    state.frames.truncate(floor);
    state.stack.truncate(below.0);
    state.cells.truncate(below.1);
    state.search.filters.pop();
    state.search.found.truncate(found);
    match result {
        Ok(Flow::Done(Value::UInt(body))) => Ok(Some(body)),
        Ok(_) | Err(Thrown::Exception(_)) => Ok(None),
        Err(limit) => Err(limit),
    }
}

/// Ends the asking if that is what the frame on top does.
pub(super) fn end(machine: &mut Machine<'_>) -> bool {
    let frames = &mut machine.state.frames;
    let is_filter = frames.last().is_some_and(|frame| frame.is_filter);
    if is_filter {
        frames.pop();
    }
    is_filter
}

/// The handler of the top frame that the exception goes to next, and where that begins.
pub(super) fn handler(machine: &mut Machine<'_>, exception: &Arc<Exception>) -> Option<(Handler, u32)> {
    let state = &mut *machine.state;
    let index = state.frames.len().checked_sub(1)?;
    let frame = state.frames.get(index)?;
    let at = frame.next.saturating_sub(1);
    let handlers = &frame.code.function_at(at)?.handlers;
    let mut around = handlers.iter().filter(|handler| handler.covers(at));
    if frame.is_filter {
        return around.find(|handler| handler.kind == HandlerKind::Filter).map(|handler| (*handler, handler.target));
    }
    let Some(found) = state.search.of(exception) else {
        return around.find(|handler| handler.kind != HandlerKind::Filter).map(|handler| (*handler, handler.target));
    };
    for handler in around {
        let clause = found.clause.filter(|clause| clause.frame == index && clause.handler == handler.target);
        match (handler.kind, clause) {
            (HandlerKind::Finally, _) => {
                found.runs = Some((index, handler.target));
                return Some((*handler, handler.target));
            }
            (HandlerKind::Catch, Some(clause)) => {
                state.search.arrived(exception, index, handler);
                return Some((*handler, clause.body));
            }
            _ => {}
        }
    }
    None
}
