//! A body that is checked against a schema of JSON. The check cannot pause: one of a long body is a job for another thread.

use std::sync::{Arc, OnceLock};

use super::subject::Subject;
use crate::contract::{Schema, Variant};
use crate::effect::Job;
use crate::exchange::Side;
use crate::policies::validation::{Action, Problem};

/// Checks a body, here and now. `None`: it is declared, without saying what it is.
pub(super) fn check(subject: &Subject<'_>, schema: Option<&Schema>, variant: Variant) -> Vec<Problem> {
    match schema {
        Some(schema) => subject.conforms(schema, variant),
        None => subject.is_well_formed(),
    }
}

/// What is checked, and what came of it.
#[derive(Debug)]
pub(crate) struct JsonRun {
    side: Side,
    media_type: Box<str>,
    text: Box<str>,
    schema: Option<Arc<Schema>>,
    variant: Variant,
    action: Action,
    found: OnceLock<Vec<(Problem, Action)>>,
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
            found: OnceLock::new(),
        }
    }

    /// What is wrong with the body; `None`: it was not checked.
    pub(super) fn found(&self) -> Option<&[(Problem, Action)]> {
        self.found.get().map(Vec::as_slice)
    }
}

impl Job for JsonRun {
    fn run(&self) {
        self.found.get_or_init(|| {
            let subject = Subject { side: self.side, media_type: &self.media_type, text: &self.text };
            let problems = check(&subject, self.schema.as_deref(), self.variant);
            problems.into_iter().map(|problem| (problem, self.action)).collect()
        });
    }

    fn bytes(&self) -> usize {
        self.text.len()
    }
}
