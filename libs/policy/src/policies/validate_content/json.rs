//! A body that is checked against a schema of JSON. The check cannot pause: one of a long body is a job for another thread.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::subject::Subject;
use crate::contract::{Schema, Variant};
use crate::effect::JobKind;
use crate::exchange::Side;
use crate::policies::elsewhere::Task;
use crate::policies::validation::{Action, Problem};

/// Checks a body, here and now. `None`: it is declared, without saying what it is.
pub(super) fn check(subject: &Subject<'_>, schema: Option<&Schema>, variant: Variant) -> Vec<Problem> {
    match schema {
        Some(schema) => subject.conforms(schema, variant),
        None => subject.is_well_formed(),
    }
}

/// What is checked.
#[derive(Debug)]
pub(super) struct JsonRun {
    side: Side,
    media_type: Box<str>,
    text: Box<str>,
    schema: Option<Arc<Schema>>,
    variant: Variant,
    action: Action,
}

impl JsonRun {
    pub(super) fn new(subject: &Subject<'_>, schema: Option<Arc<Schema>>, variant: Variant, action: Action) -> JsonRun {
        JsonRun {
            side: subject.side,
            media_type: subject.media_type.into(),
            text: subject.text.into(),
            schema,
            variant,
            action,
        }
    }
}

impl Task for JsonRun {
    /// What is wrong with the body.
    type Output = Vec<(Problem, Action)>;
    const KIND: JobKind = JobKind::Body;

    fn work(&self, _is_called_off: &AtomicBool) -> Vec<(Problem, Action)> {
        let subject = Subject { side: self.side, media_type: &self.media_type, text: &self.text };
        let problems = check(&subject, self.schema.as_deref(), self.variant);
        problems.into_iter().map(|problem| (problem, self.action)).collect()
    }

    fn bytes(&self) -> usize {
        self.text.len()
    }
}
