//! A body that is checked against XML Schema: the check goes on in turns, and finds its schema anew in each.

use std::sync::Arc;

use super::subject::Subject;
use crate::contract::{NotChecked, Schema, XmlCheck};
use crate::exchange::{Exchange, Side};
use crate::policies::in_turns::Turns;
use crate::policies::validation::{Action, Problem};
use crate::policy::PolicyContext;

/// Which schema a body is checked against.
#[derive(Debug)]
pub(super) enum Which {
    /// One of the service.
    Global { id: Box<str>, reference: Box<str> },
    /// What the operation says of the media type.
    Body,
}

impl Which {
    /// Calls with the schema; `None`: nothing is said.
    pub(super) fn with_schema<T>(
        &self,
        exchange: &dyn Exchange,
        side: Side,
        media_type: &str,
        call: impl FnOnce(Option<&Arc<Schema>>) -> T,
    ) -> T {
        match self {
            Which::Global { id, reference } => {
                match (exchange.global_definition(id, reference), exchange.global_schema(id)) {
                    (Some(schema), _) => call(Some(schema)),
                    (None, Some(document)) => call(Some(&Arc::new(Schema::referred(document, reference)))),
                    (None, None) => call(None),
                }
            }
            Which::Body => {
                let contract = exchange.contract();
                let body = contract.and_then(|contract| contract.body(side, exchange.status(), media_type));
                call(body.and_then(|body| body.schema.as_ref()))
            }
        }
    }
}

/// A check under way.
#[derive(Debug)]
pub(super) struct XmlRun {
    side: Side,
    media_type: Box<str>,
    which: Which,
    action: Action,
    check: XmlCheck,
}

impl XmlRun {
    pub(super) fn new(subject: &Subject<'_>, is_soap: bool, which: Which, action: Action) -> XmlRun {
        let check = XmlCheck::new(subject.text, is_soap);
        XmlRun { side: subject.side, media_type: subject.media_type.into(), which, action, check }
    }
}

impl Turns for XmlRun {
    /// What is wrong with the body.
    type Output = Vec<(Problem, Action)>;

    fn turn(&mut self, context: &mut PolicyContext<'_>, steps: &mut u64) -> Option<Vec<(Problem, Action)>> {
        let exchange = &*context.exchange;
        let XmlRun { side, media_type, which, action, check } = self;
        let subject = Subject { side: *side, media_type, text: "" };
        let problems = which.with_schema(exchange, *side, media_type, |schema| {
            // What nothing is said of is checked against all schemas of XML that the API has.
            let all = match which {
                Which::Body => exchange.contract().and_then(|contract| contract.xml.as_deref()),
                Which::Global { .. } => None,
            };
            // An OpenAPI import names definitions of JSON for XML, too, which say nothing of it.
            let says_nothing = |schema: &&Schema| matches!(which, Which::Body) && schema.is_json();
            let schema = schema.map(|schema| &**schema).filter(|schema| !says_nothing(schema)).or(all);
            let done = check.go_on(schema, steps)?;
            Some(match (done, schema) {
                (Ok(violations), schema) => {
                    let name = schema.map(|schema| format!(" {}", schema.name())).unwrap_or_default();
                    let with_place = violations.iter().map(|one| {
                        subject.incorrect(
                            &name,
                            &format!("{} Line: {}, Position: {}", one.message, one.line, one.position),
                        )
                    });
                    with_place.collect()
                }
                (Err(NotChecked::Unreadable(message)), schema) => {
                    let name = schema.map(|schema| format!(" {}", schema.name())).unwrap_or_default();
                    vec![subject.incorrect(&name, &message)]
                }
                (Err(NotChecked::NoSchema(reason)), Some(schema)) => vec![subject.without_schema(schema, &reason)],
                (Err(NotChecked::NoSchema(_)), None) => Vec::new(),
            })
        })?;
        Some(problems.into_iter().map(|problem: Problem| (problem, *action)).collect())
    }
}
