//! `publish-to-dapr`: publishes a message over the Dapr sidecar of the gateway.
//!
//! `<publish-to-dapr pubsub-name="p" topic="t" ignore-error="false" response-variable-name="v" timeout="5" template="none"
//! content-type="application/json">message</publish-to-dapr>` – `topic` required; without `pubsub-name` it is `pubsub-name/topic-name`; inbound,
//! outbound, on-error. Names are sent as single ones: `/` in them is encoded, and empty ones, `.` and `..` are refused. `timeout` from 1 to 240 seconds. `template="liquid"` makes the message, as in `set-body`.

use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, TextRule, ValueRule, optional,
    required,
};
use crate::policies::dapr::{Dapr, What};
use crate::policies::{IN_OUT_ERR, log_to_eventhub, path_name};

const TEXT: Content = Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text });

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "publish-to-dapr",
        attributes: &[
            optional("pubsub-name", Expression::Allowed, ValueRule::NonEmpty),
            required("topic", Expression::Allowed, ValueRule::NonEmpty),
            optional("ignore-error", Expression::Allowed, ValueRule::Boolean),
            optional("response-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("timeout", Expression::Allowed, ValueRule::Integer(1, 240)),
            optional("template", Expression::Forbidden, ValueRule::OneOf(&["liquid", "none"])),
            optional("content-type", Expression::Allowed, ValueRule::FieldText),
        ],
        content: TEXT,
    },
    sections: IN_OUT_ERR,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| {
        let what = What::Publish {
            pubsub: match element.attribute("pubsub-name") {
                Some(_) => Some(path_name::given(element, "pubsub-name", builder)?),
                None => None,
            },
            topic: path_name::given(element, "topic", builder)?,
            message: log_to_eventhub::message(element, builder)?,
        };
        let names_both = element.literal("topic").is_none_or(|topic| topic.trim_matches('/').contains('/'));
        if element.attribute("pubsub-name").is_none() && !names_both {
            let message = "without `pubsub-name`, `topic` must be `pubsub-name/topic-name`, or Dapr does not find it";
            builder.warning(element.offset, "value-suspect", message, Some("add pubsub-name=\"…\"".to_owned()));
        }
        Built::policy(Dapr::from(element, builder, what)?)
    },
};
