//! `send-service-bus-message`: a message for a queue or topic.
//!
//! `<send-service-bus-message queue-name="q" | topic-name="t" namespace="n" client-id="c" message-id="guid" session-id="guid" time-to-live="time span"
//! response-variable-name="v" ignore-error="false"><message-properties><message-property name="n">v</message-property>+</message-properties>?
//! <payload>p</payload></send-service-bus-message>` – queue or topic and `payload` required; inbound, outbound, on-error. The gateway shows itself with
//! its managed identity (`client-id`, else the system's). Without `message-id` it makes one. The request waits until the service has the message; without
//! one that it takes, `on-error` runs, or with `ignore-error` the request goes on. The variable then holds a `JObject`: `MessageId`, `SessionId` and
//! `TimeToLive` of what was sent, or `Error` with `Reason` and `Message`. An id that is no GUID, a wrong time to live and a name that is
//! empty or has `.` or `..` as a segment are errors whatever `ignore-error` says. Without `namespace` messages go to the gateway's log, which a warning says.

use postern_dotnet::date::TimeSpan;
use postern_dotnet::text::Guid;
use serde_json::json;

use crate::builder::Builder;
use crate::cached::CachedValue;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional, required,
};
use crate::effect::{Effect, Event, Outcome, SendFailure};
use crate::given::{Given, GivenPair};
use crate::limits;
use crate::policies::in_turns::Underway;
use crate::policies::{IN_OUT_ERR, log_to_eventhub, path_name};
use crate::policy::{Failure, Policy, PolicyContext, Step};
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
            optional("response-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
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
    /// The attribute and the name it gives.
    target: (&'static str, Given<Box<str>>),
    /// What the attributes say.
    settings: Vec<GivenPair>,
    /// Of the message.
    properties: Vec<GivenPair>,
    payload: Given<Box<str>>,
    variable: Option<Box<str>>,
    ignore_error: Given<bool>,
}

/// An attribute and its value.
type Setting = (Box<str>, Box<str>);

const MESSAGE_ID: &str = "message-id";
const SESSION_ID: &str = "session-id";
const TIME_TO_LIVE: &str = "time-to-live";

/// What is wrong with the value of an attribute, if anything.
fn fault(name: &str, value: &str) -> Option<String> {
    match name {
        MESSAGE_ID | SESSION_ID if Guid::parse(value.trim()).is_err() => {
            Some(format!("attribute `{name}` must be a GUID, found `{value}`"))
        }
        TIME_TO_LIVE if !TimeSpan::parse(value).is_ok_and(|span| span.ticks() > 0) => {
            Some(format!("attribute `{name}` must be a time span above zero such as `00:10:00`, found `{value}`"))
        }
        _ => None,
    }
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let attribute = match (element.attribute("queue-name"), element.attribute("topic-name")) {
        (Some(_), None) => "queue-name",
        (None, Some(_)) => "topic-name",
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
    let target = (attribute, path_name::given(element, attribute, builder)?);
    if element.attribute("namespace").is_none() {
        let message = "without `namespace` it is not known where the message is to go: it goes to the gateway's log";
        builder.warning(element.offset, "namespace-missing", message, None);
    }
    let mut settings = Vec::new();
    for name in ["namespace", "client-id", MESSAGE_ID, SESSION_ID, TIME_TO_LIVE] {
        if let Some(value) = builder.text_attribute(element, name)? {
            if let (Some(attribute), Some(fault)) =
                (element.attribute(name), value.literal().and_then(|text| fault(name, text)))
            {
                builder.error(attribute.value.offset, "value-invalid", fault);
                return None;
            }
            settings.push((Given::Literal(name.into()), value));
        }
    }
    let mut properties = Vec::new();
    for property in element.children_named("message-properties").flat_map(|list| &list.children) {
        let name = builder.text_attribute(property, "name")??;
        properties.push((name, builder.text(&property.text)?));
    }
    let payload = log_to_eventhub::message(element.child("payload")?, builder)?;
    let variable = element.owned("response-variable-name");
    let ignore_error = builder.flag_attribute(element, "ignore-error", false)?;
    Built::policy(SendServiceBusMessage { target, settings, properties, payload, variable, ignore_error })
}

impl SendServiceBusMessage {
    /// The attributes' values, with an id in any case.
    fn settings(&self, context: &mut PolicyContext<'_>) -> Result<Vec<Setting>, Failure> {
        let mut settings: Vec<Setting> = Vec::new();
        for (name, value) in &self.settings {
            let (name, value) = (name.text(context.values), value.text(context.values));
            if let Some(fault) = fault(name, value) {
                return Err(Failure::unusable_value(fault));
            }
            let value = match (name, TimeSpan::parse(value)) {
                (TIME_TO_LIVE, Ok(span)) => span.to_string(),
                _ => value.trim().to_owned(),
            };
            settings.push((name.into(), value.into()));
        }
        if !settings.iter().any(|(name, _)| **name == *MESSAGE_ID) {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&context.exchange.random().to_le_bytes());
            bytes[8..].copy_from_slice(&context.exchange.random().to_le_bytes());
            settings.push((MESSAGE_ID.into(), Guid::from_random(bytes).format("D").unwrap_or_default().into()));
        }
        Ok(settings)
    }

    fn keep(&self, context: &mut PolicyContext<'_>, told: String) {
        if let Some(variable) = &self.variable {
            let value = CachedValue::Json(told.into()).to_value();
            context.state.variables.set(variable, value);
        }
    }
}

/// What the variable is to say when the message has been sent.
struct Sent(String);

/// What the variable says of a message that was sent.
fn sent(settings: &[Setting]) -> String {
    let value = |wanted: &str| settings.iter().find(|(name, _)| **name == *wanted).map(|(_, value)| value);
    json!({"MessageId": value(MESSAGE_ID), "SessionId": value(SESSION_ID), "TimeToLive": value(TIME_TO_LIVE)})
        .to_string()
}

/// What it says of one that was not.
fn failed(failure: &SendFailure) -> String {
    let failure = Failure::send(failure);
    json!({"Error": {"Reason": failure.reason, "Message": failure.message}}).to_string()
}

impl Policy for SendServiceBusMessage {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let (attribute, target) = &self.target;
        // Slashes may part the name: entities of a Service Bus have paths.
        let target: Box<str> = match path_name::checked(attribute, target.text(context.values)) {
            Ok(target) => target.into(),
            Err(fault) => return Step::Fail(Box::new(Failure::unusable_value(fault))),
        };
        let settings = match self.settings(context) {
            Ok(settings) => settings,
            Err(failure) => return Step::Fail(Box::new(failure)),
        };
        if self.variable.is_some() {
            context.state.underway = Some(Underway::new(Sent(sent(&settings))));
        }
        let values = context.values;
        let mut message = self.payload.body(values).into_owned();
        message.truncate(limits::EVENT_BYTES_MAX);
        let text = |given: &Given<Box<str>>| -> Box<str> { given.text(values).into() };
        let properties = self.properties.iter().map(|(name, value)| (text(name), text(value))).collect();
        Step::Perform(Effect::Deliver(Box::new(Event {
            source: DEFINITION.rule.element.into(),
            target,
            settings,
            properties,
            message,
        })))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        let failure = match outcome {
            Outcome::Delivered(Ok(())) => {
                if let Some(Sent(told)) = context.state.underway.take().and_then(Underway::into).map(|sent| *sent) {
                    self.keep(context, told);
                }
                return Step::Next;
            }
            Outcome::Delivered(Err(failure)) => failure,
            _ => return Step::Fail(Box::new(Failure::wrong_outcome())),
        };
        if self.ignore_error.flag(context.values) {
            self.keep(context, failed(&failure));
            return Step::Next;
        }
        Step::Fail(Box::new(Failure::send(&failure)))
    }
}

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, Event, ForwardOptions, Outcome, SendFailure};
    use crate::testing::{Expect, MemoryExchange, check};

    const ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

    fn message(attributes: &str) -> String {
        format!(
            "<send-service-bus-message queue-name='q1' message-id='{ID}' {attributes}><payload>a</payload></send-service-bus-message>\
             <set-variable name='seen' value='@(context.Variables.ContainsKey(\"v\") ? ((JObject)context.Variables[\"v\"]).ToString(Newtonsoft.Json.Formatting.None) : \"\")'/>"
        )
    }

    #[test]
    fn payload_and_properties_go_to_the_queue_or_topic() {
        let policy = |target: &str| {
            format!(
                "<send-service-bus-message {target} message-id='{ID}'><message-properties><message-property name='p'>@(1 + 1)</message-property>\
                 </message-properties><payload>@(\"a\" + \"b\")</payload></send-service-bus-message>"
            )
        };
        let event = Event {
            source: "send-service-bus-message".into(),
            target: "q1".into(),
            settings: vec![("message-id".into(), ID.into())],
            properties: vec![("p".into(), "2".into())],
            message: b"ab".to_vec(),
        };
        let effects = [Effect::Deliver(Box::new(event)), Effect::Forward(ForwardOptions::default())];
        for target in ["queue-name='q1'", "topic-name='@(\"q\" + 1)'"] {
            let expected = [Expect::Codes(&["namespace-missing"]), Expect::Effects(&effects)];
            check(&policy(target), MemoryExchange::get("/"), &expected);
        }
    }

    #[test]
    fn the_variable_tells_what_was_sent_or_what_went_wrong() {
        let warned = || Expect::Codes(&["namespace-missing"]);
        let failure = || Outcome::Delivered(Err(SendFailure { timed_out: true, message: "no answer".into() }));
        let sent = format!("{{\"MessageId\":\"{ID}\",\"SessionId\":null,\"TimeToLive\":\"00:10:00\"}}");
        let expected = [warned(), Expect::LastError(None), Expect::Variable("seen", Some(&sent))];
        check(&message("time-to-live='0:10' response-variable-name='v'"), MemoryExchange::get("/"), &expected);
        let told = "{\"Error\":{\"Reason\":\"Timeout\",\"Message\":\"no answer\"}}";
        for ignore in ["true", "@(1 == 1)"] {
            let policy = message(&format!("response-variable-name='v' ignore-error='{ignore}'"));
            let expected = [warned(), Expect::LastError(None), Expect::Variable("seen", Some(told))];
            check(&policy, MemoryExchange::get("/").outcome(failure()), &expected);
        }
        for attributes in ["", "ignore-error='false' response-variable-name='v'"] {
            let expected = [
                warned(),
                Expect::LastError(Some(("Timeout", "no answer"))),
                Expect::EffectCount(1),
                Expect::Variable("v", None),
            ];
            check(&message(attributes), MemoryExchange::get("/").outcome(failure()), &expected);
        }
    }

    #[test]
    fn ids_are_guids_and_a_time_to_live_is_a_time_span() {
        let (guid, span) = ("a GUID", "a time span above zero such as `00:10:00`");
        let wrong = [
            ("session-id", "s", guid),
            ("session-id", "", guid),
            ("time-to-live", "soon", span),
            ("time-to-live", "-00:01:00", span),
            ("time-to-live", "00:00:00", span),
        ];
        for (name, value, wanted) in wrong {
            if !value.is_empty() {
                let codes = ["namespace-missing", "value-invalid"];
                check(&message(&format!("{name}='{value}'")), MemoryExchange::get("/"), &[Expect::Codes(&codes)]);
            }
            let policy = message(&format!("{name}='@(\"{value}\" + \"\")' ignore-error='true'"));
            let message = format!(
                "The value of an expression cannot be used: attribute `{name}` must be {wanted}, found `{value}`"
            );
            let error = Some(("ExpressionValueEvaluationFailure", &*message));
            let expected = [Expect::Codes(&["namespace-missing"]), Expect::LastError(error), Expect::EffectCount(0)];
            check(&policy, MemoryExchange::get("/"), &expected);
        }
    }

    #[test]
    fn names_that_are_empty_or_climb_out_of_the_path_are_refused() {
        let dots = "must not have `.` or `..` as a name";
        for attribute in ["queue-name", "topic-name"] {
            for (name, rule) in
                [("..", dots), ("a/%2e%2e/b", dots), (" ", "must be some text"), ("//", "must be some text")]
            {
                let policy = |value: &str| {
                    format!(
                        "<send-service-bus-message {attribute}='{value}' namespace='n' ignore-error='true'><payload>a</payload></send-service-bus-message>"
                    )
                };
                let message = format!(
                    "The value of an expression cannot be used: attribute `{attribute}` {rule}, found `{name}`"
                );
                let error = Some(("ExpressionValueEvaluationFailure", &*message));
                let expected = [Expect::Codes(&[]), Expect::LastError(error), Expect::EffectCount(0)];
                check(&policy(&format!("@(\"{name}\" + \"\")")), MemoryExchange::get("/"), &expected);
                check(&policy(name), MemoryExchange::get("/"), &[Expect::Codes(&["value-invalid"])]);
            }
        }
    }

    #[test]
    fn a_message_without_an_id_gets_one() {
        let policy = "<send-service-bus-message queue-name='q' response-variable-name='v'><payload>a</payload></send-service-bus-message>\
                      <set-variable name='id' value='@(Guid.Parse((string)((JObject)context.Variables[\"v\"])[\"MessageId\"]) != Guid.Empty)'/>";
        let expected = [Expect::Codes(&["namespace-missing"]), Expect::Variable("id", Some("true"))];
        check(policy, MemoryExchange::get("/"), &expected);
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
