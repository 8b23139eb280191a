//! The machine that runs compiled expressions, as natives see it: budgets, delegates, the exchange.
//!
//! What must hold: nothing that code does takes more than its budget of steps and memory, and no call nests deeper than
//! [`limits::CALL_DEPTH_MAX`](super::limits). A spent budget is not an exception: no `catch` sees it.

use std::rc::Rc;

use postern_dotnet::Exception;

use super::value::Value;
use crate::exchange::Exchange;
use crate::last_error::LastError;
use crate::variables::Variables;

/// What stops an evaluation.
#[derive(Debug, Clone)]
pub enum Thrown {
    /// An exception: `catch` may see it.
    Exception(Rc<Exception>),
    /// A limit: ends the whole expression.
    Limit(Limit),
}

/// Which limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Too many steps.
    Steps,
    /// Too much memory.
    Memory,
    /// Calls nested too deeply.
    Depth,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Limit::Steps => "The expression took too many steps.",
            Limit::Memory => "The expression took too much memory.",
            Limit::Depth => "The calls of the expression were nested too deeply.",
        })
    }
}

impl From<Exception> for Thrown {
    fn from(exception: Exception) -> Thrown {
        Thrown::Exception(Rc::new(exception))
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

/// One evaluation.
pub struct Machine<'h> {
    /// The world.
    pub host: Host<'h>,
    steps_left: u64,
    memory_left: usize,
}

impl<'h> Machine<'h> {
    /// A machine with full budgets.
    #[must_use]
    pub fn new(host: Host<'h>) -> Machine<'h> {
        Machine { host, steps_left: super::limits::STEPS_MAX, memory_left: super::limits::MEMORY_BYTES_MAX }
    }

    /// Pays for work: one step is about ten nanoseconds (an instruction, 64 bytes copied, an item walked over). Natives that do more than a
    /// constant amount of work pay for it before doing it.
    ///
    /// # Errors
    /// The budget is spent.
    pub fn charge(&mut self, steps: usize) -> Result<(), Thrown> {
        match self.steps_left.checked_sub(steps as u64) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => Err(Thrown::Limit(Limit::Steps)),
        }
    }

    /// Pays for memory that a result will take. Never given back within one evaluation.
    ///
    /// # Errors
    /// The budget is spent.
    pub fn charge_memory(&mut self, bytes: usize) -> Result<(), Thrown> {
        self.charge(bytes / 64)?;
        match self.memory_left.checked_sub(bytes) {
            Some(left) => {
                self.memory_left = left;
                Ok(())
            }
            None => Err(Thrown::Limit(Limit::Memory)),
        }
    }

    /// Calls a delegate.
    ///
    /// # Errors
    /// What its code throws; `NullReferenceException` for null.
    pub fn invoke(&mut self, delegate: &Value, _arguments: &[Value]) -> Result<Value, Thrown> {
        self.charge(1)?;
        let _ = delegate;
        Err(Exception::null_reference().into())
    }
}
