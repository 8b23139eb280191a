//! The machine that runs compiled expressions, as natives see it: budgets, delegates, the exchange.
//!
//! What must hold: nothing that code does takes more than its budget of steps and memory, no call nests deeper than [`limits`] says, and
//! after at most a turn's steps the caller gets control back ([`Evaluation`]). A spent budget is not an exception: no `catch` sees it and no
//! `finally` runs.

mod arithmetic;
mod call;
mod dynamic;
mod evaluation;
mod iterator;
mod numeric;
mod objects;
mod operands;
mod operation;
mod reference;
mod run;
mod search;
mod state;
mod text;
mod unwind;

use std::any::Any;
use std::sync::Arc;

use postern_dotnet::{Exception, Text, garbage};

use self::state::State;
use super::boxed::Boxed;
use super::code::Code;
use super::limits;
use super::span::Span;
use super::value::Value;
use crate::exchange::Exchange;
use crate::last_error::LastError;
use crate::variables::Variables;

pub(super) use self::arithmetic::{BinaryFn, UnaryFn, binary_function, unary_function};
pub use self::evaluation::{Evaluation, Progress};
pub(super) use self::numeric::convert as convert_number;
pub(super) use self::state::{Loaded, VariableCell};

/// Fewer steps are not worth a turn.
const PAUSED_STEPS_MIN: u64 = 10_000;

/// Bytes of new memory that are filled in one step, which includes that texts are copied once more when they are done.
const FILLED_BYTES_PER_STEP: usize = 16;

/// What stops an evaluation.
#[derive(Debug, Clone)]
pub enum Thrown {
    /// An exception: `catch` may see it.
    Exception(Arc<Exception>),
    /// A limit: ends the whole expression.
    Limit(Limit),
}

/// Which limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Too many steps.
    Steps,
    /// Too long, by the clock.
    Time,
    /// Too much memory.
    Memory,
    /// Calls nested too deeply.
    Depth,
    /// A native gives the rest of its work to the next turn ([`Machine::pause`]). Only natives, walks and runs between it and the turn see this.
    Turn,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Limit::Steps => "The expression took too many steps.",
            Limit::Time => "The expression took longer than 5 seconds.",
            Limit::Memory => "The expression took too much memory.",
            Limit::Depth => "The calls of the expression were nested too deeply.",
            Limit::Turn => "The expression did not come to an end.",
        })
    }
}

impl Thrown {
    /// Whether it is the end of a turn, and nothing was lost.
    #[must_use]
    pub fn is_turn(&self) -> bool {
        matches!(self, Thrown::Limit(Limit::Turn))
    }
}

impl From<Exception> for Thrown {
    fn from(exception: Exception) -> Thrown {
        Thrown::Exception(Arc::new(exception))
    }
}

/// What an expression may reach outside itself: `context` is made of it.
pub struct Host<'h> {
    /// Request and response.
    pub exchange: &'h mut (dyn Exchange + 'h),
    /// `context.Variables`.
    pub variables: &'h mut Variables,
    /// `context.LastError`.
    pub last_error: Option<&'h LastError>,
}

/// One evaluation, or one turn of it.
pub struct Machine<'h> {
    /// The world.
    pub host: Host<'h>,
    /// Steps until something must happen: the end of the turn or of the evaluation.
    steps_left: u64,
    /// With fewer steps left than this, the run yields where it can.
    yield_below: u64,
    /// Memory that may still be taken before what is kept is counted again.
    memory_left: usize,
    /// What the thread held before the evaluation took anything, if somebody counts.
    bytes_before: Option<i64>,
    /// Natives under way that called back into code, or walk over sequences made of each other.
    depth: u32,
    /// What is under way may pause: everything between it and the turn keeps what it did.
    may_pause: bool,
    state: Box<State>,
}

impl<'h> Machine<'h> {
    /// A machine with full budgets, which never yields.
    #[must_use]
    pub fn new(host: Host<'h>) -> Machine<'h> {
        Machine {
            host,
            steps_left: limits::STEPS_MAX,
            yield_below: 0,
            memory_left: limits::MEMORY_BYTES_MAX,
            bytes_before: None,
            depth: 0,
            may_pause: false,
            state: Box::default(),
        }
    }

    /// Runs code to its end, whatever time it takes within the budget. Servers use an [`Evaluation`].
    ///
    /// # Errors
    /// What the code throws and does not catch.
    pub fn evaluate(&mut self, code: &Arc<Code>) -> Result<Value, Thrown> {
        let floor = self.state.frames.len();
        let result = self.run_code(code, floor);
        if floor == 0 {
            self.state.finish(result.as_ref().ok());
        }
        result
    }

    fn run_code(&mut self, code: &Arc<Code>, floor: usize) -> Result<Value, Thrown> {
        let loaded = self.state.load(code);
        call::enter(self, loaded, 0, 0)?;
        match run::run(self, floor, run::Turn::Nested)? {
            run::Flow::Done(value) | run::Flow::Produced(value) => Ok(value.into_unboxed()),
            // Nested runs do not yield.
            run::Flow::Yielded => Err(Thrown::Limit(Limit::Steps)),
        }
    }

    /// A variable of the request as an object: code that compares references gets the same box each time.
    pub(super) fn variable_box(&self, name: &Text, value: Value) -> Value {
        if !self.state.compares_references {
            return value;
        }
        let Ok(mut boxes) = self.state.variable_boxes.try_borrow_mut() else { return value };
        if let Some((_, known)) =
            boxes.iter().find(|(known, value_before)| known == name && value_before.equals(&value))
        {
            return known.clone();
        }
        let made = Boxed::object(value);
        let is_box = matches!(&made, Value::Object(object) if object.boxed().is_some());
        if is_box && boxes.len() < limits::VARIABLE_BOXES_MAX {
            boxes.push((name.clone(), made.clone()));
        }
        made
    }

    /// Where the exception was thrown that ended the last evaluation.
    #[must_use]
    pub fn thrown_at(&self) -> Option<Span> {
        self.state.thrown.as_ref().map(|(_, span)| *span)
    }

    /// Pays for work: one step is about ten nanoseconds (an instruction, 64 bytes copied, an item walked over). Natives that do more than a
    /// constant amount of work pay for it before doing it.
    ///
    /// # Errors
    /// The budget is spent.
    #[inline]
    pub fn charge(&mut self, steps: usize) -> Result<(), Thrown> {
        match self.steps_left.checked_sub(steps as u64) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => {
                // What was too dear is not tried again in smaller pieces.
                self.steps_left = 0;
                Err(Thrown::Limit(Limit::Steps))
            }
        }
    }

    /// Pays for work that was more than what was paid before it: as far as the turn's steps go, so that the turn ends and nothing fails for it.
    #[inline]
    pub fn charge_more(&mut self, steps: usize) {
        let end_of_turn = self.yield_below.saturating_sub(1).min(self.steps_left);
        self.steps_left = self.steps_left.saturating_sub(steps as u64).max(end_of_turn);
    }

    /// Pays for memory that a result will take, and for filling it: new memory costs more than the copying.
    ///
    /// # Errors
    /// The budget is spent.
    #[inline]
    pub fn charge_memory(&mut self, bytes: usize) -> Result<(), Thrown> {
        self.charge(bytes / FILLED_BYTES_PER_STEP)?;
        self.take_memory(bytes)
    }

    /// The memory alone, for work that pays its steps as it goes. What was given back meanwhile is seen only where somebody counts
    /// ([`Exchange::thread_bytes`]); elsewhere an evaluation may take the whole once.
    ///
    /// # Errors
    /// The budget is spent.
    #[inline]
    pub fn take_memory(&mut self, bytes: usize) -> Result<(), Thrown> {
        match self.memory_left.checked_sub(bytes) {
            Some(left) => {
                self.memory_left = left;
                Ok(())
            }
            None => self.count_memory(bytes),
        }
    }

    /// Counts what the evaluation keeps: the rest of the whole may be taken.
    #[cold]
    fn count_memory(&mut self, bytes: usize) -> Result<(), Thrown> {
        // Documents that were dropped wait to be freed bit by bit.
        garbage::collect(limits::FREED_TO_COUNT);
        let kept = self.kept_bytes().and_then(|kept| limits::MEMORY_BYTES_MAX.checked_sub(kept.saturating_add(bytes)));
        self.memory_left = kept.unwrap_or(0);
        if kept.is_some() { Ok(()) } else { Err(Thrown::Limit(Limit::Memory)) }
    }

    /// Bytes that the evaluation has taken and not given back.
    fn kept_bytes(&self) -> Option<usize> {
        let kept = self.host.exchange.thread_bytes()?.saturating_sub(self.bytes_before?);
        Some(usize::try_from(kept).unwrap_or(0))
    }

    /// Whether the native under way is gone on with: it, or what it called, kept something when it paused.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        !self.state.paused.is_empty()
    }

    /// Whether it is gone on with in such a work: for natives that do one after the other.
    #[must_use]
    pub fn has_paused_in<T: 'static>(&self) -> bool {
        self.state.paused.last().is_some_and(|paused| paused.is::<T>())
    }

    /// What a native kept when it paused. It is called again with the arguments it has left behind. A native takes it before it does anything
    /// else: behind it is what those kept that it called.
    pub fn take_paused<T: 'static>(&mut self) -> Option<Box<T>> {
        if !self.has_paused_in::<T>() {
            return None;
        }
        self.state.paused.pop()?.downcast().ok()
    }

    /// Steps that the native under way should take before it pauses; `None` where it cannot (inside of a lambda that a native calls).
    #[must_use]
    pub fn steps_before_pause(&self) -> Option<u64> {
        // A turn that is nearly over does something all the same.
        self.may_pause.then(|| self.steps_left.saturating_sub(self.yield_below).max(PAUSED_STEPS_MIN))
    }

    /// Whether a native that can keep what it did should pause.
    #[must_use]
    pub fn is_turn_over(&self) -> bool {
        self.may_pause && self.steps_left < self.yield_below
    }

    /// Ends the turn if it is over: for walks over sequences, which keep all they did and are asked again. Who asks them inside
    /// [`nested_in_turns`](Machine::nested_in_turns) keeps what it did as well.
    ///
    /// # Errors
    /// The end of the turn.
    #[inline]
    pub fn end_turn(&self) -> Result<(), Thrown> {
        if self.is_turn_over() { Err(Thrown::Limit(Limit::Turn)) } else { Ok(()) }
    }

    /// Steps that the evaluation has left where it cannot yield.
    #[must_use]
    pub fn steps_left(&self) -> u64 {
        self.steps_left
    }

    /// Ends the turn in the middle of a native, which finds `work` in [`Machine::take_paused`] in the next one. A native that has called back into
    /// code, or changed anything, must not pause before it has kept that in `work`.
    #[must_use]
    pub fn pause(&mut self, work: Box<dyn Any>) -> Thrown {
        if !self.may_pause {
            return Thrown::Limit(Limit::Steps);
        }
        self.state.paused.push(work);
        Thrown::Limit(Limit::Turn)
    }

    /// Runs something that may run something of its kind inside itself: a sequence that walks over another one, text made of the text of
    /// parts. Such chains can be built as long as the budget lasts; this keeps them from using up the thread's stack.
    ///
    /// # Errors
    /// Too deep, or what `inner` throws.
    pub fn nested<T>(&mut self, inner: impl FnOnce(&mut Machine<'h>) -> Result<T, Thrown>) -> Result<T, Thrown> {
        let could_pause = std::mem::replace(&mut self.may_pause, false);
        let result = self.nested_in_turns(inner);
        self.may_pause = could_pause;
        result
    }

    /// The same for callers that keep what they did when `inner` ends the turn, and do nothing but call it again in the next one.
    ///
    /// # Errors
    /// Too deep, the end of the turn, or what `inner` throws.
    pub fn nested_in_turns<T>(
        &mut self,
        inner: impl FnOnce(&mut Machine<'h>) -> Result<T, Thrown>,
    ) -> Result<T, Thrown> {
        if self.depth >= limits::CALL_DEPTH_MAX {
            return Err(Thrown::Limit(Limit::Depth));
        }
        self.depth += 1;
        let could_pause = self.may_pause;
        let result = inner(self);
        self.may_pause = could_pause;
        self.depth -= 1;
        result
    }

    /// Runs something that must not pause: what calls it would lose what it did.
    ///
    /// # Errors
    /// What `inner` throws.
    pub fn in_one_turn<T>(&mut self, inner: impl FnOnce(&mut Machine<'h>) -> Result<T, Thrown>) -> Result<T, Thrown> {
        let could_pause = std::mem::replace(&mut self.may_pause, false);
        let result = inner(self);
        self.may_pause = could_pause;
        result
    }

    /// Calls a delegate.
    ///
    /// # Errors
    /// What its code throws; `NullReferenceException` for null.
    pub fn invoke(&mut self, delegate: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
        call::invoke(self, delegate, arguments)
    }

    /// Calls a delegate that may pause. The caller keeps what it did, and in the next turn calls the same with the same arguments before it does
    /// anything else.
    ///
    /// # Errors
    /// As [`invoke`](Machine::invoke), and the end of the turn.
    pub fn invoke_in_turns(&mut self, delegate: &Value, arguments: &[Value]) -> Result<Value, Thrown> {
        call::invoke_in_turns(self, delegate, arguments)
    }
}

#[cfg(test)]
mod tests;
