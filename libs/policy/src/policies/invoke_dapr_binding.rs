//! `invoke-dapr-binding`: calls a binding of the Dapr sidecar of the gateway.
//!
//! `<invoke-dapr-binding name="n" operation="o" ignore-error="false" response-variable-name="v" timeout="5" template="none"
//! content-type="application/json"><metadata><item key="k">v</item>+</metadata>?<data>d</data>?</invoke-dapr-binding>` – `name` required; inbound,
//! outbound, on-error. `/` in the name is encoded; empty ones, `.` and `..` are refused. `timeout` from 1 to 240 seconds. `template="liquid"` makes the data, as in `set-body`.

use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional, required,
};
use crate::policies::dapr::{Dapr, What};
use crate::policies::{IN_OUT_ERR, path_name};

const TEXT: Content = Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text });
static ITEM: ElementRule = ElementRule {
    element: "item",
    attributes: &[required("key", Expression::Allowed, ValueRule::NonEmpty)],
    content: TEXT,
};
static METADATA: ElementRule = ElementRule {
    element: "metadata",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &ITEM, occurs: Occurs::Some }]),
};
static DATA: ElementRule = ElementRule { element: "data", attributes: &[], content: TEXT };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "invoke-dapr-binding",
        attributes: &[
            required("name", Expression::Allowed, ValueRule::NonEmpty),
            optional("operation", Expression::Allowed, ValueRule::NonEmpty),
            optional("ignore-error", Expression::Allowed, ValueRule::Boolean),
            optional("response-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("timeout", Expression::Allowed, ValueRule::Integer(1, 240)),
            optional("template", Expression::Forbidden, ValueRule::OneOf(&["liquid", "none"])),
            optional("content-type", Expression::Allowed, ValueRule::FieldText),
        ],
        content: Content::Children(&[
            ChildRule { rule: &METADATA, occurs: Occurs::Optional },
            ChildRule { rule: &DATA, occurs: Occurs::Optional },
        ]),
    },
    sections: IN_OUT_ERR,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| {
        let mut metadata = Vec::new();
        for item in element.children_named("metadata").flat_map(|list| &list.children) {
            metadata.push((builder.text_attribute(item, "key")??, builder.text(&item.text)?));
        }
        let what = What::Binding {
            name: path_name::given(element, "name", builder)?,
            operation: builder.text_attribute(element, "operation")?,
            metadata,
            data: match element.child("data") {
                Some(data) => Some(builder.text(&data.text)?),
                None => None,
            },
        };
        Built::policy(Dapr::from(element, builder, what)?)
    },
};
