//! `send-service-bus-message`: a message for a queue or topic.
//!
//! `<send-service-bus-message queue-name="q" | topic-name="t" namespace="n" client-id="c" message-id session-id time-to-live ignore-error>
//! <message-properties><message-property name="n">v</message-property>+</message-properties>?<payload>p</payload></send-service-bus-message>` –
//! queue or topic and `payload` required; inbound, outbound, on-error. The gateway shows itself with its managed identity (`client-id`, else the
//! system's). As with `log-to-eventhub` the request does not wait, so what becomes of the message is counted and never an error: `ignore-error` has
//! no effect. Without `namespace` messages go to the gateway's log, which a warning says.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional, required,
};
use crate::effect::{Effect, Event, Outcome};
use crate::given::{Given, GivenPair};
use crate::limits;
use crate::policies::{IN_OUT_ERR, log_to_eventhub};
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;

const TEXT: Content = Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text });
static PROPERTY: ElementRule = ElementRule {
    element: "message-property",
    attributes: &[required("name", Expression::Allowed, ValueRule::NonEmpty)],
    content: TEXT,
};
static PROPERTIES: ElementRule = ElementRule {
    element: "message-properties",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &PROPERTY, occurs: Occurs::Some }]),
};
static PAYLOAD: ElementRule = ElementRule { element: "payload", attributes: &[], content: TEXT };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "send-service-bus-message",
        attributes: &[
            optional("queue-name", Expression::Allowed, ValueRule::NonEmpty),
            optional("topic-name", Expression::Allowed, ValueRule::NonEmpty),
            optional("namespace", Expression::Allowed, ValueRule::NonEmpty),
            optional("client-id", Expression::Allowed, ValueRule::NonEmpty),
            optional("message-id", Expression::Allowed, ValueRule::NonEmpty),
            optional("session-id", Expression::Allowed, ValueRule::NonEmpty),
            optional("time-to-live", Expression::Allowed, ValueRule::NonEmpty),
            optional("ignore-error", Expression::Allowed, ValueRule::Boolean),
        ],
        content: Content::Children(&[
            ChildRule { rule: &PROPERTIES, occurs: Occurs::Optional },
            ChildRule { rule: &PAYLOAD, occurs: Occurs::One },
        ]),
    },
    sections: IN_OUT_ERR,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

#[derive(Debug)]
struct SendServiceBusMessage {
    target: Given<Box<str>>,
    /// What the attributes say.
    settings: Vec<GivenPair>,
    /// Of the message.
    properties: Vec<GivenPair>,
    payload: Given<Box<str>>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let target = match (element.attribute("queue-name"), element.attribute("topic-name")) {
        (Some(queue), None) => builder.text(&queue.value)?,
        (None, Some(topic)) => builder.text(&topic.value)?,
        (queue, _) => {
            let code = if queue.is_some() { "attribute-conflict" } else { "attribute-missing" };
            builder.error(
                element.offset,
                code,
                "`<send-service-bus-message>` needs either `queue-name` or `topic-name`",
            );
            return None;
        }
    };
    if element.attribute("namespace").is_none() {
        let message = "without `namespace` it is not known where the message is to go: it goes to the gateway's log";
        builder.warning(element.offset, "namespace-missing", message, None);
    }
    let mut settings = Vec::new();
    for name in ["namespace", "client-id", "message-id", "session-id", "time-to-live"] {
        if let Some(value) = builder.text_attribute(element, name)? {
            settings.push((Given::Literal(name.into()), value));
        }
    }
    let mut properties = Vec::new();
    for property in element.children_named("message-properties").flat_map(|list| &list.children) {
        let name = builder.text_attribute(property, "name")??;
        properties.push((name, builder.text(&property.text)?));
    }
    let payload = log_to_eventhub::message(element.child("payload")?, builder)?;
    Built::policy(SendServiceBusMessage { target, settings, properties, payload })
}

impl Policy for SendServiceBusMessage {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let values = context.values;
        let mut message = self.payload.body(values).into_owned();
        message.truncate(limits::EVENT_BYTES_MAX);
        let text = |given: &Given<Box<str>>| -> Box<str> { given.text(values).into() };
        let texts = |pairs: &[GivenPair]| pairs.iter().map(|(name, value)| (text(name), text(value))).collect();
        Step::Perform(Effect::Emit(Box::new(Event {
            source: DEFINITION.rule.element.into(),
            target: text(&self.target),
            settings: texts(&self.settings),
            properties: texts(&self.properties),
            message,
        })))
    }

    fn resume(&self, _context: &mut PolicyContext<'_>, _outcome: Outcome) -> Step {
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, Event, ForwardOptions};
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn payload_and_properties_go_to_the_queue_or_topic() {
        let policy = |target: &str| {
            format!(
                "<send-service-bus-message {target} session-id='s'><message-properties><message-property name='p'>@(1 + 1)</message-property>\
                 </message-properties><payload>@(\"a\" + \"b\")</payload></send-service-bus-message>"
            )
        };
        let event = Event {
            source: "send-service-bus-message".into(),
            target: "q1".into(),
            settings: vec![("session-id".into(), "s".into())],
            properties: vec![("p".into(), "2".into())],
            message: b"ab".to_vec(),
        };
        let effects = [Effect::Emit(Box::new(event)), Effect::Forward(ForwardOptions::default())];
        for target in ["queue-name='q1'", "topic-name='@(\"q\" + 1)'"] {
            let expected = [Expect::Codes(&["namespace-missing"]), Expect::Effects(&effects)];
            check(&policy(target), MemoryExchange::get("/"), &expected);
        }
    }

    #[test]
    fn target_and_payload_are_required() {
        for (policy, codes) in [
            ("<send-service-bus-message queue-name='q'/>", &["element-missing"][..]),
            ("<send-service-bus-message><payload>a</payload></send-service-bus-message>", &["attribute-missing"]),
            (
                "<send-service-bus-message queue-name='q' topic-name='t'><payload>a</payload></send-service-bus-message>",
                &["attribute-conflict"],
            ),
            (
                "<policies><backend><send-service-bus-message queue-name='q'><payload>a</payload></send-service-bus-message></backend></policies>",
                &["wrong-section"],
            ),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
