//! `forward-request` of an API whose fields are resolved here: the query is executed, and its answer is the response.
//!
//! The fields that can be resolved at the same time are resolved in waves: their programs run until each waits for its data source, then all
//! requests of the wave are under way together.

use std::sync::Arc;

use postern_graphql::{Execution, GraphqlError, Progress, Query, errors_json};

use super::resolver::{Task, TaskState};
use super::{GraphqlApi, Resolvers, incoming};
use crate::effect::{Effect, Outcome};
use crate::exchange::{Exchange, Side};
use crate::limits::{GRAPHQL_REQUEST_BYTES_MAX, RESOLVERS_AT_ONCE, RESOLVERS_PER_TURN};
use crate::policy::{Failure, PolicyContext, Step};

/// A query being executed.
#[derive(Debug)]
pub(super) struct Executing {
    api: Arc<GraphqlApi>,
    /// `None`: the request's body is being read.
    execution: Option<Execution>,
    tasks: Vec<Task>,
    waiting: Waiting,
}

/// Who is to get the next outcome.
#[derive(Debug)]
enum Waiting {
    Nobody,
    One(usize),
    Wave(Vec<usize>),
}

/// Executes the request's query if its API is executed here. `None`: it is to be forwarded.
pub(crate) fn begin(context: &mut PolicyContext<'_>) -> Option<Step> {
    let api = Arc::clone(context.exchange.graphql().filter(|api| api.resolvers.is_some())?);
    let mut executing = Box::new(Executing { api, execution: None, tasks: Vec::new(), waiting: Waiting::Nobody });
    if context.exchange.content(Side::Request).is_none() {
        context.state.graphql.execution = Some(executing);
        return Some(Step::Perform(Effect::ReadContent(Side::Request)));
    }
    let step = executing.start(context);
    Some(keep(context, executing, step))
}

/// Goes on with the execution that [`begin`] began.
pub(crate) fn resume(context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
    let Some(mut executing) = context.state.graphql.execution.take() else {
        return Step::Fail(Box::new(Failure::wrong_outcome()));
    };
    let step = match (executing.execution.is_some(), outcome) {
        (false, Outcome::ForwardFailed(failure)) => Step::Fail(Box::new(Failure::forward(failure))),
        (false, _) => executing.start(context),
        (true, outcome) => {
            executing.deliver(outcome);
            executing.go_on(context)
        }
    };
    keep(context, executing, step)
}

fn keep(context: &mut PolicyContext<'_>, executing: Box<Executing>, step: Step) -> Step {
    if matches!(step, Step::Perform(_)) {
        context.state.graphql.execution = Some(executing);
    }
    step
}

impl Executing {
    fn start(&mut self, context: &mut PolicyContext<'_>) -> Step {
        let Some(schema) = &self.api.schema else {
            let error = GraphqlError::new("The API has no schema.");
            return respond(context.exchange, 500, errors_json(&[error]).as_bytes());
        };
        let request = incoming::read(context.exchange, GRAPHQL_REQUEST_BYTES_MAX).map_err(|error| vec![error]);
        let execution = request.and_then(|(form, request)| {
            let query = Query::parse(&request.query, request.operation_name.as_deref())?;
            // What changes something must not be done by following a link.
            if form == incoming::Form::Parameter && query.is_mutation() {
                return Err(vec![GraphqlError::new("A mutation must be sent with POST.")]);
            }
            Execution::new(schema, &query, &request)
        });
        match execution {
            Ok(execution) => {
                self.execution = Some(execution);
                self.go_on(context)
            }
            Err(errors) => respond(context.exchange, 400, errors_json(&errors).as_bytes()),
        }
    }

    fn deliver(&mut self, outcome: Outcome) {
        match (std::mem::replace(&mut self.waiting, Waiting::Nobody), outcome) {
            (Waiting::Nobody, _) => {}
            (Waiting::One(index), outcome) => {
                if let Some(task) = self.tasks.get_mut(index) {
                    task.state = TaskState::Has(outcome);
                }
            }
            (Waiting::Wave(indices), Outcome::Parallel(outcomes)) => {
                for (index, outcome) in indices.into_iter().zip(outcomes) {
                    if let Some(task) = self.tasks.get_mut(index) {
                        task.state = TaskState::Has(outcome.unwrap_or(Outcome::Done));
                    }
                }
            }
            // The host's bug: the tasks get what it said and fail by it.
            (Waiting::Wave(indices), outcome) => {
                for index in indices {
                    if let Some(task) = self.tasks.get_mut(index) {
                        task.state = TaskState::Has(outcome.clone());
                    }
                }
            }
        }
    }

    /// Rounds are bounded by the depth of queries, turns within one by its tasks.
    fn go_on(&mut self, context: &mut PolicyContext<'_>) -> Step {
        loop {
            if let Some(step) = self.run_tasks(context) {
                return step;
            }
            let (Some(execution), Some(schema)) = (&mut self.execution, &self.api.schema) else {
                return Step::Fail(Box::new(Failure::wrong_outcome()));
            };
            for task in self.tasks.drain(..) {
                let (path, result) = task.into_result();
                execution.answer(path, result.as_deref().map_err(String::clone));
            }
            let has_resolver = |of: &str, field: &str| resolver(&self.api, of, field).is_some();
            match execution.advance(schema, &has_resolver) {
                Progress::Done(answer) => return respond(context.exchange, 200, &answer),
                Progress::Resolve(fields) => {
                    let variables = &context.state.variables;
                    self.tasks = fields.into_iter().map(|field| Task::new(field, variables)).collect();
                }
            }
        }
    }

    /// Lets tasks run until enough of them wait. `None`: all are done.
    fn run_tasks(&mut self, context: &mut PolicyContext<'_>) -> Option<Step> {
        let mut wave = Vec::new();
        let mut turns = 0;
        for (index, task) in self.tasks.iter_mut().enumerate() {
            if matches!(task.state, TaskState::Runnable | TaskState::Has(_)) {
                if turns == RESOLVERS_PER_TURN && wave.is_empty() {
                    return Some(Step::Perform(Effect::Yield));
                }
                turns += 1;
                match resolver(&self.api, task.type_name(), task.field()) {
                    Some(program) => task.go_on(program, context.exchange),
                    None => task.state = TaskState::Done(Ok(())),
                }
            }
            match &task.state {
                TaskState::Wants(effect) if effect.is_independent() => wave.push(index),
                TaskState::Wants(_) => {
                    let TaskState::Wants(effect) = std::mem::replace(&mut task.state, TaskState::Asked) else {
                        continue;
                    };
                    self.waiting = Waiting::One(index);
                    return Some(Step::Perform(effect));
                }
                _ => {}
            }
            if wave.len() == RESOLVERS_AT_ONCE {
                break;
            }
        }
        if wave.is_empty() {
            return None;
        }
        let mut effects = Vec::with_capacity(wave.len());
        for index in &wave {
            if let Some(task) = self.tasks.get_mut(*index)
                && let TaskState::Wants(effect) = std::mem::replace(&mut task.state, TaskState::Asked)
            {
                effects.push(effect);
            }
        }
        self.waiting = Waiting::Wave(wave);
        Some(Step::Perform(Effect::Parallel { effects, any: false }))
    }
}

fn resolver<'a>(api: &'a GraphqlApi, type_name: &str, field: &str) -> Option<&'a crate::program::Program> {
    api.resolvers.as_ref().and_then(|resolvers: &Resolvers| resolvers.get(type_name, field))
}

/// Makes the answer the response.
fn respond(exchange: &mut dyn Exchange, status: u16, body: &[u8]) -> Step {
    exchange.begin_response();
    exchange.set_status(status, "");
    exchange.set_header(Side::Response, "Content-Type", b"application/json");
    exchange.set_body(Side::Response, body);
    Step::Next
}
