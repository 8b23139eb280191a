//! What is wrong with code that is C# in form: several independent errors, each with the code, the place and the words of the C# compiler.

use crate::expression::compiled::CompileError;
use crate::expression::limits;
use crate::expression::newer::Newer;
use crate::expression::span::Span;

/// Something cannot be bound and an error has been reported about it. Whoever gets it says no more: no cascades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported;

/// What binding gives.
pub(super) type Bind<T> = Result<T, Reported>;

/// All that was reported so far.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    pub(super) errors: Vec<CompileError>,
    pub(super) warnings: Vec<CompileError>,
    /// Trials that are under way: what they find is not reported.
    silent: u32,
    /// Errors that the innermost trial found.
    unreported: u32,
}

impl Diagnostics {
    /// Reports an error.
    pub(super) fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> Reported {
        self.error_with(code, span, message, || None)
    }

    /// Reports an error, with what may have been meant; that is looked for only if the error is shown.
    pub(super) fn error_with(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        suggestion: impl FnOnce() -> Option<String>,
    ) -> Reported {
        if self.silent > 0 {
            self.unreported += 1;
        } else if self.errors.len() < limits::ERRORS_MAX {
            self.errors.push(CompileError { code, span, message: message.into(), suggestion: suggestion() });
        }
        Reported
    }

    /// Reports a warning.
    pub(super) fn warn(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        if self.silent == 0 && self.warnings.len() < limits::ERRORS_MAX {
            self.warnings.push(CompileError { code, span, message: message.into(), suggestion: None });
        }
    }

    /// Reports a construct that the original's C# does not have.
    pub(super) fn newer(&mut self, construct: Newer, span: Span) {
        if self.silent == 0 {
            self.warnings.push(construct.warning(span).into());
        }
    }

    /// From now on nothing is reported, until the trial ends.
    pub(super) fn start_trial(&mut self) -> u32 {
        self.silent += 1;
        std::mem::take(&mut self.unreported)
    }

    /// Ends the trial that [`start_trial`](Diagnostics::start_trial) began and gave `outer` for; whether it was without errors.
    pub(super) fn end_trial(&mut self, outer: u32) -> bool {
        self.silent = self.silent.saturating_sub(1);
        std::mem::replace(&mut self.unreported, outer) == 0
    }
}
