//! The machine that runs a program for one request: `enter` a section, `advance` until it ends, `resume` after each effect.
//!
//! A [`Run`] is small, lives as long as the connection and is reused: its buffers keep their capacity, so a request allocates nothing.

mod fork;

use std::borrow::Cow;

use postern_dotnet::garbage;
use smallvec::SmallVec;

use crate::builder::PolicyExpression;
use crate::counted_quotas::CountedQuotas;
use crate::deferred::Deferred;
use crate::effect::{Advance, Effect, ForwardFailure, Outcome, PutNearest, Quota};
use crate::exchange::{Exchange, Side, TraceEvent, TraceSeverity};
use crate::expression::errand;
use crate::expression::limits::FREED_PER_TURN;
use crate::expression::value::Value;
use crate::expression::{Bodies, Evaluation, Host, Progress};
use crate::graphql::GraphqlState;
use crate::last_error::LastError;
use crate::llm::LlmState;
use crate::llm::account::Telling;
use crate::llm::meter::Meter;
use crate::policies::{PendingValue, Recording, ResponseKey, Retry, SemanticKey, Underway, cors};
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::program::{Instruction, Program};
use crate::response;
use crate::section::{ScopeName, Section};
use crate::variables::Variables;

use fork::{Fork, Turn};

/// State of one request's way through its program.
#[derive(Debug)]
pub struct Run {
    /// Whether anything was run since the last reset. A request without policies leaves everything below as it was, and does not look at it
    /// (docs/decisions/0013).
    used: bool,
    section: Section,
    /// Index of the next instruction, or of the one waiting for an outcome.
    next: u32,
    phase: Phase,
    last_error: Option<Box<LastError>>,
    state: RunState,
    evaluation: Evaluation,
    /// Values of the current policy's expressions.
    values: Vec<Value>,
    /// The parts of a `wait` being run at the same time.
    fork: Option<Box<Fork>>,
    /// The response came from the cache, and `outbound` is run from behind its `cache-store`.
    is_cached: bool,
    /// What `context.LastError` was before the failure that a `retry` looks at.
    error_before: Option<Box<LastError>>,
}

/// How far the next instruction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Its expressions from this one on are to be evaluated.
    Values(usize),
    /// The evaluation of this expression goes on.
    Evaluating(usize),
    /// It has started and waits for an outcome.
    Started,
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
    /// The policy made by [`Late`](crate::late::Late) that waits for an outcome.
    pub(crate) late: Option<Box<dyn Policy>>,
    /// What the current policy works on in turns.
    pub(crate) underway: Option<Underway>,
    /// The loops being run, innermost last.
    pub(crate) retries: SmallVec<[Retry; 1]>,
    /// The places of `limit-concurrency` being held, innermost last.
    pub(crate) places: SmallVec<[u128; 1]>,
    /// What is counted when the response is known.
    pub(crate) deferred: Vec<Deferred>,
    pub(crate) quotas: CountedQuotas,
    /// Under which key `cache-store` puts the response; set by a `cache-lookup` that found nothing.
    pub(crate) response_key: Option<ResponseKey>,
    /// The `cache-value` blocks being run, innermost last.
    pub(crate) pending_values: SmallVec<[PendingValue; 1]>,
    /// The request as one to a language model; read by the first policy that looks at it as such.
    pub(crate) llm: Option<Box<LlmState>>,
    /// Under which meaning `llm-semantic-cache-store` puts the response; set by a lookup that found nothing.
    pub(crate) semantic_key: Option<Box<SemanticKey>>,
    /// The streamed answer that `llm-semantic-cache-store` keeps when it has been sent.
    pub(crate) recording: Option<Box<Recording>>,
    /// Keeps it.
    pub(crate) recorded: Option<Box<PutNearest>>,
    pub(crate) graphql: GraphqlState,
}

impl RunState {
    /// Goes on with the account of a request to a language model, if it is one.
    pub(crate) fn account(
        &mut self,
        exchange: &mut dyn Exchange,
        go_on: impl FnOnce(&mut LlmState, &mut Telling<'_>) -> Option<Effect>,
    ) -> Option<Effect> {
        let RunState { llm, variables, final_headers, .. } = self;
        go_on(llm.as_mut()?, &mut Telling { exchange, variables, headers: final_headers })
    }
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
        Run {
            used: false,
            section: Section::Inbound,
            next: 0,
            phase: Phase::Values(0),
            last_error: None,
            state: RunState::default(),
            evaluation: Evaluation::default(),
            values: Vec::new(),
            fork: None,
            is_cached: false,
            error_before: None,
        }
    }

    /// A run that begins with copies of variables.
    pub(crate) fn with_variables(variables: &Variables) -> Run {
        let mut run = Run::new();
        run.used = true;
        run.state.variables = variables.clone();
        run
    }

    /// Forgets the previous request; keeps buffers.
    pub fn reset(&mut self) {
        garbage::collect(FREED_PER_TURN);
        if !self.used {
            return;
        }
        self.enter(Section::Inbound);
        self.used = false;
        self.last_error = None;
        self.state.variables.clear();
        self.evaluation.end_request();
        self.state.final_headers.clear();
        self.state.backend_id_scope = None;
        self.state.cors_decided = false;
        self.state.deferred.clear();
        self.state.quotas.clear();
        self.state.response_key = None;
        self.state.llm = None;
        self.state.semantic_key = None;
        self.state.recording = None;
        self.state.recorded = None;
        self.state.graphql.clear();
        self.is_cached = false;
        self.error_before = None;
    }

    /// Goes to the start of a section.
    pub fn enter(&mut self, section: Section) {
        self.used = true;
        self.section = section;
        self.next = 0;
        self.phase = Phase::Values(0);
        self.values.clear();
        self.state.retries.clear();
        self.state.places.clear();
        self.state.late = None;
        self.state.underway = None;
        self.fork = None;
        self.state.pending_values.clear();
    }

    /// The section entered last.
    #[must_use]
    pub fn section(&self) -> Section {
        self.section
    }

    /// The error that led to `on-error`.
    #[must_use]
    pub fn last_error(&self) -> Option<&LastError> {
        if self.used { self.last_error.as_deref() } else { None }
    }

    /// `context.Variables`.
    #[must_use]
    pub fn variables(&self) -> &Variables {
        &self.state.variables
    }

    /// Runs policies until the section ends or something is needed from the host.
    pub fn advance(&mut self, program: &Program, exchange: &mut dyn Exchange) -> Advance {
        self.used = true;
        // The section may change under way: a response from the cache goes on in `outbound`.
        loop {
            let instructions = program.instructions(self.section);
            if self.must_turn() {
                match self.turn() {
                    Turn::Run => continue,
                    Turn::Outcome(outcome) => return self.resume(program, exchange, outcome),
                    Turn::Perform(effect) => return Advance::Perform(effect),
                }
            }
            let Some(instruction) = instructions.get(self.next as usize) else {
                return if self.is_cached { Advance::Respond } else { Advance::SectionEnd };
            };
            match self.prepare(instruction, exchange) {
                Ok(None) => {}
                Ok(Some(effect)) => return Advance::Perform(effect),
                Err(failure) => {
                    self.fail_at(*failure, instruction, exchange);
                    return Advance::Failed;
                }
            }
            let step = instruction.node.policy.start(&mut self.context(program, instruction, exchange));
            let step = if_possible(step, exchange);
            if let Step::Fork { any } = step {
                self.fork(self.next, instructions, any);
            } else if let Some(advance) = self.take(step, program, instruction, exchange) {
                return advance;
            }
        }
    }

    /// Hands in the outcome of the effect that was asked for, and goes on.
    pub fn resume(&mut self, program: &Program, exchange: &mut dyn Exchange, outcome: Outcome) -> Advance {
        let outcome = match outcome {
            Outcome::Parallel(outcomes) if self.fork.is_some() => {
                self.deliver(outcomes);
                return self.advance(program, exchange);
            }
            outcome => outcome,
        };
        let instructions = program.instructions(self.section);
        if let Some(instruction) = instructions.get(self.next as usize) {
            let step = match (self.phase, outcome) {
                (Phase::Started, outcome) => {
                    instruction.node.policy.resume(&mut self.context(program, instruction, exchange), outcome)
                }
                // A body that an expression or the policy needs could not be read.
                (_, Outcome::ForwardFailed(failure)) => Step::Fail(Box::new(Failure::forward(failure))),
                _ => return self.advance(program, exchange),
            };
            let step = if_possible(step, exchange);
            if let Some(advance) = self.take(step, program, instruction, exchange) {
                return advance;
            }
        }
        self.advance(program, exchange)
    }

    /// Evaluates the instruction's expressions and sees to the bodies they and the policy need. An effect: do it and come back.
    fn prepare(
        &mut self,
        instruction: &Instruction,
        exchange: &mut dyn Exchange,
    ) -> Result<Option<Effect>, Box<Failure>> {
        let expressions = &*instruction.node.expressions;
        loop {
            let (index, is_begun) = match self.phase {
                Phase::Values(index) => (index, false),
                Phase::Evaluating(index) => (index, true),
                Phase::Started => return Ok(None),
            };
            let Some(expression) = expressions.get(index) else { break };
            if !is_begun {
                if let Some(side) = missing_body(expression.code.bodies(), exchange) {
                    return Ok(Some(Effect::ReadContent(side)));
                }
                self.evaluation.start(expression.code.code());
                self.phase = Phase::Evaluating(index);
            }
            match self.evaluate(expression, exchange)? {
                Some(value) => self.values.push(value),
                None => return Ok(Some(next_turn())),
            }
            self.phase = Phase::Values(index + 1);
        }
        let policy = &instruction.node.policy;
        if let Some(side) = policy.needs_content(self.section)
            && exchange.content(side).is_none()
        {
            return Ok(Some(Effect::ReadContent(side)));
        }
        if let Some(side) = policy.needs_body(self.section)
            && exchange.body(side).is_none()
        {
            return Ok(Some(Effect::ReadBody(side)));
        }
        self.phase = Phase::Started;
        Ok(None)
    }

    /// Goes on with the evaluation of an expression. `None`: it wants to go on later, see [`next_turn`].
    fn evaluate(
        &mut self,
        expression: &PolicyExpression,
        exchange: &mut dyn Exchange,
    ) -> Result<Option<Value>, Box<Failure>> {
        let host = Host { exchange, variables: &mut self.state.variables, last_error: self.last_error.as_deref() };
        let progress = self.evaluation.step(host);
        match progress {
            Ok(Progress::Yielded) => Ok(None),
            Ok(Progress::Done(value)) => {
                let host =
                    Host { exchange, variables: &mut self.state.variables, last_error: self.last_error.as_deref() };
                expression.wanted.turn(value, host).map(Some).map_err(|thrown| Box::new(Failure::thrown(&thrown)))
            }
            Err(thrown) => Err(Box::new(Failure::thrown(&thrown))),
        }
    }

    /// Records an error that no policy raised (no operation, no access, forwarding without a policy) and builds the default response:
    /// `status` with the error's message, or for 500 the body that tells nothing. Enter `on-error` next, if the program has one.
    pub fn fail(&mut self, exchange: &mut dyn Exchange, status: u16, mut error: LastError) {
        self.used = true;
        error.section.get_or_insert(self.section);
        if status == 500 {
            response::internal_error(exchange, &mut self.state.scratch);
        } else {
            response::error(exchange, &mut self.state.scratch, status, &error.message);
        }
        self.last_error = Some(Box::new(error));
    }

    /// The caller is gone while the current policy waited: it fails with that, and what it waited for never comes. Enter `on-error` next, if the
    /// program has one.
    pub fn abandon(&mut self, program: &Program, exchange: &mut dyn Exchange) {
        let failure = Failure::forward(ForwardFailure::ClientGone);
        match program.instructions(self.section).get(self.next as usize) {
            Some(instruction) => self.fail_at(failure, instruction, exchange),
            None => self.fail(exchange, 500, LastError::new("gateway", failure.reason, failure.message)),
        }
    }

    /// Counts what can only be counted when the response is known. Call when no policy will run any more and before the response is sent;
    /// perform the effect and call again, until there is none. Whatever goes wrong here does not touch the response.
    pub fn settle(&mut self, exchange: &mut dyn Exchange) -> Option<Effect> {
        if let Some(effect) = self.state.graphql.tell_removed(exchange) {
            return Some(effect);
        }
        while let Some(first) = self.state.deferred.first() {
            let Some(expression) = first.expression(self.values.len()) else {
                let deferred = self.state.deferred.remove(0);
                let effect = deferred.effect(&self.values, &mut self.state);
                self.values.clear();
                self.phase = Phase::Values(0);
                match effect {
                    Some(effect) => return Some(effect),
                    None => continue,
                }
            };
            if !matches!(self.phase, Phase::Evaluating(_)) {
                if let Some(side) = missing_body(expression.code.bodies(), exchange) {
                    return Some(Effect::ReadContent(side));
                }
                self.evaluation.start(expression.code.code());
                self.phase = Phase::Evaluating(0);
            }
            match self.evaluate(&expression, exchange) {
                Ok(None) => return Some(next_turn()),
                Ok(Some(value)) => {
                    self.phase = Phase::Values(0);
                    self.values.push(value);
                }
                Err(failure) => {
                    exchange.trace_event(&TraceEvent {
                        source: "increment-condition",
                        severity: TraceSeverity::Error,
                        message: &failure.message,
                        metadata: &[],
                    });
                    self.phase = Phase::Values(0);
                    self.values.clear();
                    self.state.deferred.remove(0);
                }
            }
        }
        self.state.account(exchange, LlmState::settle)
    }

    /// As [`settle`](Run::settle), with the outcome of the effect it asked for last.
    pub fn settle_on(&mut self, exchange: &mut dyn Exchange, outcome: Outcome) -> Option<Effect> {
        let next = if self.state.deferred.is_empty() && self.state.llm.as_ref().is_some_and(|llm| llm.is_waiting()) {
            self.state.account(exchange, |llm, telling| llm.resume(outcome, telling))
        } else {
            self.settle(exchange)
        };
        next.or_else(|| self.state.recorded.take().map(Effect::PutNearest))
    }

    /// Whether [`settle`](Run::settle) has something to do.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !self.used
            || self.state.deferred.is_empty()
                && self.state.graphql.is_settled()
                && self.state.llm.as_ref().is_none_or(|llm| llm.is_settled())
    }

    /// What has to read along while the response's body is sent; ask when everything is settled. Give it back with
    /// [`metered`](Run::metered).
    #[must_use]
    pub fn meter(&self, exchange: &dyn Exchange) -> Option<Meter> {
        if !self.used {
            return None;
        }
        let counting = self.state.llm.as_ref().and_then(|llm| llm.meter(exchange));
        match self.state.recording {
            Some(_) => Some(counting.unwrap_or_default().keeping_body()),
            None => counting,
        }
    }

    /// Counts what the meter saw of the response that has been sent, and keeps it if that is wanted and `is_whole`: its end was seen and sent. Perform
    /// the effect and go on with [`settle_on`](Run::settle_on).
    pub fn metered(&mut self, exchange: &mut dyn Exchange, mut meter: Meter, is_whole: bool) -> Option<Effect> {
        let body = meter.take_body().filter(|body| is_whole && !body.is_empty());
        self.state.recorded = self.state.recording.take().zip(body).map(|(recording, body)| recording.put(body));
        let next = self.state.account(exchange, |llm, telling| llm.metered(meter, telling));
        next.or_else(|| self.state.recorded.take().map(Effect::PutNearest))
    }

    /// Gets ready for [`settle`](Run::settle), wherever the run ended.
    pub fn begin_settling(&mut self) {
        self.values.clear();
        self.phase = Phase::Values(0);
    }

    /// The quotas that the bytes of this request count against; how many there were is known when the response is sent.
    #[must_use]
    pub fn bandwidth(&self) -> &[Quota] {
        if self.used { self.state.quotas.bandwidth() } else { &[] }
    }

    /// Answers a CORS preflight request from the program's `cors` policies; nothing else of the program runs. Ask only when no
    /// operation for `OPTIONS` matched.
    pub fn preflight(&mut self, program: &Program, exchange: &mut dyn Exchange) -> Preflight {
        self.used = true;
        cors::preflight(program, exchange, &mut self.state)
    }

    /// Answers a request that matches no operation if it is for the file of the program's `cross-domain`. Nothing else of the program runs.
    pub fn cross_domain(&mut self, program: &Program, exchange: &mut dyn Exchange) -> bool {
        self.used = true;
        program.instructions(Section::Inbound).iter().any(|instruction| {
            let policy = &instruction.node.policy;
            matches!(policy.kind(), PolicyKind::CrossDomain)
                && matches!(policy.start(&mut self.context(program, instruction, exchange)), Step::Respond)
        })
    }

    /// Puts the headers on the response that policies want on whatever leaves (cors, rate-limit). Call once, when no policy will run any
    /// more and before the head is written.
    pub fn finish(&mut self, exchange: &mut dyn Exchange) {
        if self.used {
            self.state.final_headers.apply(exchange);
        }
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
            values: &self.values,
        }
    }

    /// `None`: go on with the next instruction.
    fn take(
        &mut self,
        step: Step,
        program: &Program,
        instruction: &Instruction,
        exchange: &mut dyn Exchange,
    ) -> Option<Advance> {
        match step {
            Step::Next => {
                self.go_to(self.next + 1);
                None
            }
            Step::Jump => {
                self.go_to(instruction.target);
                None
            }
            Step::Repeat => {
                if let Some(retry) = self.state.retries.last_mut()
                    && std::mem::take(&mut retry.has_failed)
                {
                    self.last_error = self.error_before.take();
                }
                self.go_to(instruction.target);
                None
            }
            Step::EndSection => {
                self.fork = None;
                self.go_to(u32::MAX);
                None
            }
            // Only the head of a fork asks for one, when it starts.
            Step::Fork { .. } => {
                self.go_to(self.next + 1);
                None
            }
            Step::Respond => Some(Advance::Respond),
            Step::Perform(effect) if self.fork.is_some() && effect.is_independent() => {
                self.park(effect);
                None
            }
            Step::Cached(cache) => {
                let outbound = program.instructions(Section::Outbound);
                let stores = |instruction: &Instruction| match instruction.node.policy.kind() {
                    PolicyKind::CacheStore(of) => of == cache,
                    _ => false,
                };
                let Some(store) = outbound.iter().position(stores) else { return Some(Advance::Respond) };
                self.enter(Section::Outbound);
                self.is_cached = true;
                self.go_to(u32::try_from(store + 1).unwrap_or(u32::MAX));
                None
            }
            Step::Perform(effect) => Some(Advance::Perform(effect)),
            Step::Fail(failure) => {
                let end = if failure.is_of_service() { self.end_of_loop(program) } else { None };
                if end.is_some() {
                    self.error_before = self.last_error.take();
                }
                self.fail_at(*failure, instruction, exchange);
                let Some(end) = end else { return Some(Advance::Failed) };
                if let Some(retry) = self.state.retries.last_mut() {
                    retry.has_failed = true;
                }
                self.state.late = None;
                self.go_to(end);
                None
            }
            Step::FailAfterAll => Some(Advance::Failed),
        }
    }

    /// The end of the innermost `retry` being run, where its condition decides.
    fn end_of_loop(&self, program: &Program) -> Option<u32> {
        self.state.retries.last()?;
        let behind = program.instructions(self.section).iter().enumerate().skip(self.next as usize + 1);
        let mut ends = behind.filter(|(_, instruction)| {
            instruction.node.element == "retry" && (1..=self.next).contains(&instruction.target)
        });
        ends.next().and_then(|(index, _)| u32::try_from(index).ok())
    }

    fn go_to(&mut self, instruction: u32) {
        self.next = instruction;
        self.phase = Phase::Values(0);
        self.values.clear();
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

/// What an expression waits for that has yielded: another thread, or its turn.
fn next_turn() -> Effect {
    errand::take().map_or(Effect::Yield, Effect::Offload)
}

/// What follows a policy: what it wants, unless a change that it made cannot be made.
fn if_possible(step: Step, exchange: &mut dyn Exchange) -> Step {
    match exchange.take_fault() {
        None => step,
        Some(fault) => Step::Fail(Box::new(Failure::impossible(fault))),
    }
}

/// The body that must be read before an expression can be evaluated.
fn missing_body(needed: Bodies, exchange: &dyn Exchange) -> Option<Side> {
    let wanted = [(needed.request, Side::Request), (needed.response, Side::Response)];
    let mut missing = wanted.into_iter().filter(|(is_needed, side)| *is_needed && exchange.content(*side).is_none());
    missing.next().map(|(_, side)| side)
}

#[allow(dead_code, reason = "size check only")]
const fn effect_is_small() {
    assert!(size_of::<Effect>() <= 160, "an effect travels by value through every advance");
}
const _: () = effect_is_small();

#[cfg(test)]
mod tests;
