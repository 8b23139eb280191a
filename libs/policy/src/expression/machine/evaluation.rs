//! An evaluation that gives control back after a bounded time, and what it keeps in between.

use std::sync::Arc;
use std::time::Duration;

use postern_dotnet::garbage;

use super::run::{Flow, Turn, run};
use super::state::State;
use super::{Host, Limit, Machine, Thrown, call};
use crate::expression::code::Code;
use crate::expression::limits;
use crate::expression::span::Span;
use crate::expression::value::Value;
use crate::turn_length::TurnLength;

/// Runs one expression after the other; reuses its memory, so that evaluating allocates nothing by itself. It holds nothing of the request:
/// the host is lent for each turn.
///
/// ```text
/// evaluation.start(&code)?;
/// loop {
///     match evaluation.step(host())? {
///         Progress::Done(value) => break value,
///         Progress::Yielded => let_others_run(),
///     }
/// }
/// ```
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Lent to the machine during a turn.
    state: Option<Box<State>>,
    pub(super) steps_left: u64,
    memory_left: usize,
    /// What the evaluation kept when its last turn ended, in bytes.
    kept_bytes: usize,
    /// What its turns took. The first one is not timed: most code needs no other.
    spent: Duration,
    turn: TurnLength,
}

/// What a turn came to.
#[derive(Debug)]
pub enum Progress {
    /// The result.
    Done(Value),
    /// The turn's steps are spent: [`step`](Evaluation::step) again.
    Yielded,
}

impl Evaluation {
    /// Nothing is running.
    #[must_use]
    pub fn new() -> Evaluation {
        Evaluation::default()
    }

    /// Begins with full budgets. What was running before is dropped.
    pub fn start(&mut self, code: &Arc<Code>) {
        let mut state = self.state.take().unwrap_or_default();
        state.unwind(0);
        state.thrown = None;
        state.paused.clear();
        state.end_exceptions();
        self.steps_left = limits::STEPS_MAX;
        self.memory_left = limits::MEMORY_BYTES_MAX;
        self.kept_bytes = 0;
        self.spent = Duration::ZERO;
        self.turn = TurnLength::default();
        state.starting = Some(state.load(code));
        self.state = Some(state);
    }

    /// Steps that are left of the budget.
    #[cfg(test)]
    pub(crate) fn steps_left(&self) -> u64 {
        self.steps_left
    }

    /// Runs for a turn.
    ///
    /// # Errors
    /// What the code throws and does not catch; a limit.
    pub fn step(&mut self, host: Host<'_>) -> Result<Progress, Thrown> {
        garbage::collect(limits::FREED_PER_TURN);
        let is_first = self.state.as_ref().is_some_and(|state| state.starting.is_some());
        if !is_first && garbage::is_waiting() {
            // What was dropped goes before more is made, or memory would fill with it.
            return Ok(Progress::Yielded);
        }
        let began = if is_first { None } else { Some(host.exchange.elapsed()) };
        let kept = i64::try_from(self.kept_bytes).unwrap_or(i64::MAX);
        let bytes_before = host.exchange.thread_bytes().map(|bytes| bytes.saturating_sub(kept));
        let granted = self.steps_left.min(limits::TURN_STEPS_MAX + limits::NESTED_STEPS_MAX);
        let mut machine = Machine {
            host,
            steps_left: granted,
            // Near the end of the whole budget there is nothing left to yield for.
            yield_below: if granted > limits::NESTED_STEPS_MAX { granted.saturating_sub(self.turn.steps()) } else { 0 },
            memory_left: self.memory_left,
            bytes_before,
            depth: 0,
            may_pause: false,
            state: self.state.take().unwrap_or_default(),
        };
        let mut result = turn(&mut machine);
        if let Ok(Progress::Yielded) = &result {
            self.kept_bytes = machine.kept_bytes().unwrap_or(0);
            if let Some(began) = began {
                let took = machine.host.exchange.elapsed().saturating_sub(began);
                self.turn.took(took);
                self.spent += took;
            }
            if self.spent > limits::TIME_MAX {
                result = Err(Thrown::Limit(Limit::Time));
            }
        }
        self.steps_left -= granted - machine.steps_left;
        self.memory_left = machine.memory_left;
        match &result {
            Ok(Progress::Yielded) => {}
            Ok(Progress::Done(value)) => machine.state.finish(Some(value)),
            Err(_) => machine.state.finish(None),
        }
        self.state = Some(machine.state);
        result
    }

    /// Where the exception was thrown that ended the last evaluation.
    #[must_use]
    pub fn thrown_at(&self) -> Option<Span> {
        self.state.as_ref().and_then(|state| state.thrown.as_ref()).map(|(_, span)| *span)
    }

    /// The request whose expressions were evaluated has ended, and with it every value. Delegates and queries that were results cannot be
    /// used any more.
    pub fn end_request(&mut self) {
        if let Some(state) = &mut self.state {
            state.unwind(0);
            state.thrown = None;
            state.paused.clear();
            state.empty_cells();
        }
    }
}

fn turn(machine: &mut Machine<'_>) -> Result<Progress, Thrown> {
    if let Some(code) = machine.state.starting.take() {
        call::enter(machine, code, 0, 0)?;
    }
    Ok(match run(machine, 0, Turn::Yielding)? {
        Flow::Done(value) | Flow::Produced(value) => Progress::Done(value.into_unboxed()),
        Flow::Yielded => Progress::Yielded,
    })
}
