//! The machine that runs a program for one request: `enter` a section, `advance` until it ends, `resume` after each effect.
//!
//! A [`Run`] is small, lives as long as the connection and is reused: its buffers keep their capacity, so a request allocates nothing.

use std::borrow::Cow;

use crate::effect::{Advance, Effect, Outcome};
use crate::exchange::{Exchange, Side};
use crate::last_error::LastError;
use crate::policies::cors;
use crate::policy::{DefaultResponse, Failure, PolicyContext, Step};
use crate::program::{Instruction, Program};
use crate::response;
use crate::section::{ScopeName, Section};
use crate::variables::Variables;

/// State of one request's way through its program.
#[derive(Debug)]
pub struct Run {
    section: Section,
    /// Index of the next instruction, or of the one waiting for an outcome.
    next: u32,
    last_error: Option<Box<LastError>>,
    state: RunState,
}

/// What policies keep between each other within one request.
#[derive(Debug, Default)]
pub(crate) struct RunState {
    pub(crate) variables: Variables,
    /// Headers for whatever response leaves in the end.
    pub(crate) final_headers: FinalHeaders,
    /// The scope whose `set-backend-service` last chose a backend by id.
    pub(crate) backend_id_scope: Option<ScopeName>,
    /// A `cors` policy has accepted the request's origin; further ones do not apply.
    pub(crate) cors_decided: bool,
    /// Work space for building values; always left empty.
    pub(crate) scratch: Vec<u8>,
}

/// Header lines kept until the response is final.
#[derive(Debug, Default)]
pub(crate) struct FinalHeaders {
    bytes: Vec<u8>,
    lines: Vec<FinalHeader>,
}

#[derive(Debug, Clone, Copy)]
struct FinalHeader {
    name_end: u32,
    value_end: u32,
    append: bool,
}

impl FinalHeaders {
    /// Replaces the header in the final response.
    pub(crate) fn set(&mut self, name: &str, value: &[u8]) {
        self.push(name, value, false);
    }

    /// Adds a line to the final response.
    pub(crate) fn append(&mut self, name: &str, value: &[u8]) {
        self.push(name, value, true);
    }

    #[allow(clippy::cast_possible_truncation, reason = "a request's few header values are far below 4 GiB")]
    fn push(&mut self, name: &str, value: &[u8], append: bool) {
        self.bytes.extend_from_slice(name.as_bytes());
        let name_end = self.bytes.len() as u32;
        self.bytes.extend_from_slice(value);
        self.lines.push(FinalHeader { name_end, value_end: self.bytes.len() as u32, append });
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.lines.clear();
    }

    /// Puts the lines on the response and forgets them.
    pub(crate) fn apply(&mut self, exchange: &mut dyn Exchange) {
        let mut start = 0;
        for line in &self.lines {
            let (name_end, value_end) = (line.name_end as usize, line.value_end as usize);
            if let Ok(name) = std::str::from_utf8(&self.bytes[start..name_end]) {
                let value = &self.bytes[name_end..value_end];
                if line.append {
                    exchange.append_header(Side::Response, name, value);
                } else {
                    exchange.set_header(Side::Response, name, value);
                }
            }
            start = value_end;
        }
        self.clear();
    }
}

/// Answer of [`Run::preflight`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preflight {
    /// The exchange holds the answer to the preflight request; send it.
    Answered,
    /// No `cors` policy, or not a preflight request: go on (usually with 404).
    NotHandled,
}

impl Default for Run {
    fn default() -> Self {
        Run::new()
    }
}

impl Run {
    /// A run that has not entered any section. Does not allocate.
    #[must_use]
    pub fn new() -> Run {
        Run { section: Section::Inbound, next: 0, last_error: None, state: RunState::default() }
    }

    /// Forgets the previous request; keeps buffers.
    pub fn reset(&mut self) {
        self.section = Section::Inbound;
        self.next = 0;
        self.last_error = None;
        self.state.variables.clear();
        self.state.final_headers.clear();
        self.state.backend_id_scope = None;
        self.state.cors_decided = false;
    }

    /// Goes to the start of a section.
    pub fn enter(&mut self, section: Section) {
        self.section = section;
        self.next = 0;
    }

    /// The section entered last.
    #[must_use]
    pub fn section(&self) -> Section {
        self.section
    }

    /// The error that led to `on-error`.
    #[must_use]
    pub fn last_error(&self) -> Option<&LastError> {
        self.last_error.as_deref()
    }

    /// `context.Variables`.
    #[must_use]
    pub fn variables(&self) -> &Variables {
        &self.state.variables
    }

    /// Runs policies until the section ends or something is needed from the host.
    pub fn advance(&mut self, program: &Program, exchange: &mut dyn Exchange) -> Advance {
        let instructions = program.instructions(self.section);
        while let Some(instruction) = instructions.get(self.next as usize) {
            let step = instruction.node.policy.start(&mut self.context(program, instruction, exchange));
            if let Some(advance) = self.take(step, instruction, exchange) {
                return advance;
            }
        }
        Advance::SectionEnd
    }

    /// Hands in the outcome of the effect that was asked for, and goes on.
    pub fn resume(&mut self, program: &Program, exchange: &mut dyn Exchange, outcome: Outcome) -> Advance {
        let instructions = program.instructions(self.section);
        if let Some(instruction) = instructions.get(self.next as usize) {
            let step = instruction.node.policy.resume(&mut self.context(program, instruction, exchange), outcome);
            if let Some(advance) = self.take(step, instruction, exchange) {
                return advance;
            }
        }
        self.advance(program, exchange)
    }

    /// Records an error that no policy raised (no operation, no access, forwarding without a policy) and builds the default response:
    /// `status` with the error's message, or for 500 the body that tells nothing. Enter `on-error` next, if the program has one.
    pub fn fail(&mut self, exchange: &mut dyn Exchange, status: u16, mut error: LastError) {
        error.section.get_or_insert(self.section);
        if status == 500 {
            response::internal_error(exchange, &mut self.state.scratch);
        } else {
            response::error(exchange, &mut self.state.scratch, status, &error.message);
        }
        self.last_error = Some(Box::new(error));
    }

    /// Answers a CORS preflight request from the program's `cors` policies; nothing else of the program runs. Ask only when no
    /// operation for `OPTIONS` matched.
    pub fn preflight(&mut self, program: &Program, exchange: &mut dyn Exchange) -> Preflight {
        cors::preflight(program, exchange, &mut self.state)
    }

    /// Puts the headers on the response that policies want on whatever leaves (cors, rate-limit). Call once, when no policy will run any
    /// more and before the head is written.
    pub fn finish(&mut self, exchange: &mut dyn Exchange) {
        self.state.final_headers.apply(exchange);
    }

    fn context<'a>(
        &'a mut self,
        program: &Program,
        instruction: &Instruction,
        exchange: &'a mut dyn Exchange,
    ) -> PolicyContext<'a> {
        PolicyContext {
            exchange,
            section: self.section,
            scope: instruction.scope,
            scope_digest: program.scope_digests[instruction.scope as usize],
            state: &mut self.state,
        }
    }

    /// `None`: go on with the next instruction.
    fn take(&mut self, step: Step, instruction: &Instruction, exchange: &mut dyn Exchange) -> Option<Advance> {
        match step {
            Step::Next => {
                self.next += 1;
                None
            }
            Step::Respond => Some(Advance::Respond),
            Step::Perform(effect) => Some(Advance::Perform(effect)),
            Step::Fail(failure) => {
                self.fail_at(*failure, instruction, exchange);
                Some(Advance::Failed)
            }
        }
    }

    fn fail_at(&mut self, failure: Failure, instruction: &Instruction, exchange: &mut dyn Exchange) {
        let scratch = &mut self.state.scratch;
        match &failure.response {
            DefaultResponse::Message { status, message } => response::error(exchange, scratch, *status, message),
            DefaultResponse::Internal => response::internal_error(exchange, scratch),
            DefaultResponse::AsIs => {}
        }
        let node = &instruction.node;
        self.last_error = Some(Box::new(LastError {
            source: Cow::Borrowed(node.element),
            reason: failure.reason,
            message: failure.message,
            scope: Some(instruction.scope),
            section: Some(self.section),
            path: Some(node.path.clone()),
            policy_id: node.id.clone(),
        }));
    }
}

#[allow(dead_code, reason = "size check only")]
const fn effect_is_small() {
    assert!(size_of::<Effect>() <= 160, "an effect travels by value through every advance");
}
const _: () = effect_is_small();

#[cfg(test)]
mod tests;
