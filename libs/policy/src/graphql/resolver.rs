//! One resolver at work: its program is run section by section, and what it forwards is sent as a request of its own.

use postern_graphql::Resolve;

use super::GraphqlField;
use super::view::{Message, View};
use crate::effect::{Advance, Effect, ForwardFailure, Outcome};
use crate::exchange::Exchange;
use crate::program::Program;
use crate::run::Run;
use crate::section::Section;
use crate::variables::Variables;

/// The resolution of one field.
#[derive(Debug)]
pub(super) struct Task {
    field: Resolve,
    run: Box<Run>,
    message: Message,
    /// The request to the data source is under way.
    is_forwarding: bool,
    pub(super) state: TaskState,
}

/// What a task waits for.
#[derive(Debug)]
pub(super) enum TaskState {
    /// Its turn.
    Runnable,
    /// Its turn, with this outcome.
    Has(Outcome),
    /// Something from the host.
    Wants(Effect),
    /// The outcome.
    Asked,
    /// Nothing any more. The error is for the caller.
    Done(Result<(), String>),
}

impl Task {
    /// `variables` are those of the request that the query came with.
    pub(super) fn new(field: Resolve, variables: &Variables) -> Task {
        let mut run = Box::new(Run::with_variables(variables));
        run.enter(Section::Inbound);
        let message = Message::new(&field.arguments);
        Task { field, run, message, is_forwarding: false, state: TaskState::Runnable }
    }

    pub(super) fn type_name(&self) -> &str {
        &self.field.type_name
    }

    pub(super) fn field(&self) -> &str {
        &self.field.field
    }

    /// The path of the field and its result: the body of the response; nothing is null.
    pub(super) fn into_result(self) -> (String, Result<Vec<u8>, String>) {
        let result = match self.state {
            TaskState::Done(Ok(())) => Ok(self.message.response.map(|response| response.body).unwrap_or_default()),
            TaskState::Done(Err(message)) => Err(message),
            // Nobody asks a task that goes on.
            _ => Err(unresolved(&self.field)),
        };
        (self.field.path, result)
    }

    /// Runs the program until it ends or wants something.
    pub(super) fn go_on(&mut self, program: &Program, outer: &mut dyn Exchange) {
        let outcome = match std::mem::replace(&mut self.state, TaskState::Asked) {
            TaskState::Has(outcome) if self.is_forwarding => Some(self.forwarded(outcome)),
            TaskState::Has(outcome) => Some(outcome),
            _ => None,
        };
        let field = GraphqlField { arguments: &self.field.arguments, parent: &self.field.parent };
        let mut view = View { outer, message: &mut self.message, field };
        let mut advance = match outcome {
            Some(outcome) => self.run.resume(program, &mut view, outcome),
            None => self.run.advance(program, &mut view),
        };
        self.state = loop {
            match advance {
                Advance::SectionEnd => {
                    let next = match self.run.section() {
                        Section::Inbound => Section::Backend,
                        Section::Backend => Section::Outbound,
                        Section::Outbound | Section::OnError => break TaskState::Done(Ok(())),
                    };
                    // What the data source did not do is not to be taken for its result, unless a response policy looks at it.
                    let status = view.message.response.as_ref().map_or(200, |response| response.status);
                    if next == Section::Outbound && program.is_empty(next) && !(200..400).contains(&status) {
                        let message =
                            format!("{}.{}: the data source answered {status}", self.field.type_name, self.field.field);
                        view.trace("resolver", &message);
                        break TaskState::Done(Err(unresolved(&self.field)));
                    }
                    self.run.enter(next);
                    advance = self.run.advance(program, &mut view);
                }
                Advance::Respond => break TaskState::Done(Ok(())),
                Advance::Failed => {
                    let why = self.run.last_error().map_or("", |error| &error.message);
                    let message = format!("{}.{}: {why}", self.field.type_name, self.field.field);
                    view.trace("resolver", &message);
                    break TaskState::Done(Err(unresolved(&self.field)));
                }
                Advance::Perform(Effect::Forward(options)) => match view.message.request(&options) {
                    Some(request) => {
                        self.is_forwarding = true;
                        break TaskState::Wants(Effect::Send(Box::new(request)));
                    }
                    None => {
                        let failure = ForwardFailure::Connection("the request of the resolver has no URL".to_owned());
                        advance = self.run.resume(program, &mut view, Outcome::ForwardFailed(failure));
                    }
                },
                Advance::Perform(effect) => break TaskState::Wants(effect),
            }
        };
    }

    /// What became of the request, as `forward-request` is told it.
    fn forwarded(&mut self, outcome: Outcome) -> Outcome {
        self.is_forwarding = false;
        match outcome {
            Outcome::Sent(Ok(response)) => {
                self.message.answered(*response);
                Outcome::Forwarded
            }
            Outcome::Sent(Err(failure)) if failure.timed_out => Outcome::ForwardFailed(ForwardFailure::Timeout),
            Outcome::Sent(Err(failure)) => {
                Outcome::ForwardFailed(ForwardFailure::Connection(failure.message.into_string()))
            }
            other => other,
        }
    }
}

/// Why is the operator's to know, not the caller's.
fn unresolved(field: &Resolve) -> String {
    format!("The field \"{}\" of type \"{}\" could not be resolved.", field.field, field.type_name)
}
