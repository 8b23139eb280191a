//! `log-to-eventhub`: an event for a logger.
//!
//! `<log-to-eventhub logger-id="l" partition-id="p" | partition-key="k">message</log-to-eventhub>` – `logger-id` required and literal; all sections.
//! Messages are cut at 200 KB. The request does not wait: events are sent later, several at once, and counted when they cannot be delivered.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, TextRule, ValueRule, optional,
    required,
};
use crate::effect::{Effect, Event, Outcome};
use crate::given::{Given, Wanted};
use crate::limits;
use crate::policy::{Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "log-to-eventhub",
        attributes: &[
            required("logger-id", Expression::Forbidden, ValueRule::NonEmpty),
            optional("partition-id", Expression::Forbidden, ValueRule::NonEmpty),
            optional("partition-key", Expression::Allowed, ValueRule::NonEmpty),
        ],
        content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text }),
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

#[derive(Debug)]
struct LogToEventhub {
    logger: Box<str>,
    partition_id: Option<Box<str>>,
    partition_key: Option<Given<Box<str>>>,
    message: Given<Box<str>>,
}

/// A message: bytes, or text trimmed.
pub(super) fn message(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Given<Box<str>>> {
    match element.text.is_literal() {
        true => Some(Given::Literal(element.text.text.trim().into())),
        false => builder.expression(&element.text, Wanted::Body).map(Given::Expression),
    }
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    if element.attribute("partition-id").is_some() && element.attribute("partition-key").is_some() {
        let message = "`<log-to-eventhub>` takes `partition-id` or `partition-key`, not both";
        builder.error(element.offset, "attribute-conflict", message);
        return None;
    }
    Built::policy(LogToEventhub {
        logger: element.owned("logger-id")?,
        partition_id: element.owned("partition-id"),
        partition_key: builder.text_attribute(element, "partition-key")?,
        message: message(element, builder)?,
    })
}

impl Policy for LogToEventhub {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let mut message = self.message.body(context.values).into_owned();
        message.truncate(limits::EVENT_BYTES_MAX);
        // An empty key is none.
        let key = self.partition_key.as_ref().map(|key| key.text(context.values)).filter(|key| !key.is_empty());
        let key = key.map(Into::into);
        let settings = [("partition-id", self.partition_id.clone()), ("partition-key", key)];
        let settings = settings.into_iter().filter_map(|(name, value)| Some((name.into(), value?)));
        Step::Perform(Effect::Emit(Box::new(Event {
            source: DEFINITION.rule.element.into(),
            target: self.logger.clone(),
            settings: settings.collect(),
            properties: Vec::new(),
            message,
        })))
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Logger(&self.logger)
    }

    /// Whatever becomes of the event, the request goes on.
    fn resume(&self, _context: &mut PolicyContext<'_>, _outcome: Outcome) -> Step {
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, Event, ForwardOptions};
    use crate::testing::{Expect, MemoryExchange, check};

    fn emitted(settings: &[(&str, &str)], message: &[u8]) -> [Effect; 2] {
        let settings = settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let event = Event {
            source: "log-to-eventhub".into(),
            target: "l".into(),
            settings,
            message: message.to_vec(),
            ..Event::default()
        };
        [Effect::Emit(Box::new(event)), Effect::Forward(ForwardOptions::default())]
    }

    #[test]
    fn the_message_goes_to_the_logger_cut_at_200_kb() {
        for (policy, effects) in [
            ("<log-to-eventhub logger-id='l'> text </log-to-eventhub>", emitted(&[], b"text")),
            (
                "<log-to-eventhub logger-id='l' partition-id='3'>@(\"a\" + 1)</log-to-eventhub>",
                emitted(&[("partition-id", "3")], b"a1"),
            ),
            (
                "<log-to-eventhub logger-id='l' partition-key='@(\"k\")'>@(new byte[] { 0, 255 })</log-to-eventhub>",
                emitted(&[("partition-key", "k")], &[0, 255]),
            ),
            ("<log-to-eventhub logger-id='l' partition-key='@(\"\")'>a</log-to-eventhub>", emitted(&[], b"a")),
            (
                "<log-to-eventhub logger-id='l'>@(new string('x', 300000))</log-to-eventhub>",
                emitted(&[], &[b'x'; 204_800]),
            ),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(&[]), Expect::Effects(&effects)]);
        }
    }

    #[test]
    fn the_logger_is_required_and_literal() {
        for (policy, codes) in [
            ("<log-to-eventhub>a</log-to-eventhub>", &["attribute-missing"][..]),
            ("<log-to-eventhub logger-id='@(1)'>a</log-to-eventhub>", &["expression-not-allowed"]),
            ("<log-to-eventhub logger-id='l' partition-id='@(1)'>a</log-to-eventhub>", &["expression-not-allowed"]),
            (
                "<log-to-eventhub logger-id='l' partition-id='1' partition-key='k'>a</log-to-eventhub>",
                &["attribute-conflict"],
            ),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
