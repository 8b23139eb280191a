//! `trace`: a line for whoever looks into what happens: the trace of the request, and the gateway's own log.
//!
//! `<trace source="text" severity="verbose|information|error"><message>text</message><metadata name="n" value="v"/>*</trace>` – source and
//! message required; the message may also be the text of `trace` itself; severity is verbose unless given; source (unlike what the documentation
//! says), message, metadata names and values may be expressions, and a value may be empty; all sections. A further `<message>` adds a line, and one
//! with a `name` is told as metadata.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional, required,
};
use crate::exchange::{TraceEvent, TraceSeverity};
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

static MESSAGE: ElementRule = ElementRule {
    element: "message",
    attributes: &[optional("name", Expression::Allowed, ValueRule::NonEmpty)],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text }),
};
static METADATA: ElementRule = ElementRule {
    element: "metadata",
    attributes: &[
        required("name", Expression::Allowed, ValueRule::NonEmpty),
        required("value", Expression::Allowed, ValueRule::Text),
    ],
    content: Content::Empty,
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "trace",
        attributes: &[
            required("source", Expression::Allowed, ValueRule::NonEmpty),
            optional("severity", Expression::Forbidden, ValueRule::OneOf(&["verbose", "information", "error"])),
        ],
        content: Content::TextOrChildren(
            TextRule { expression: Expression::Allowed, value: ValueRule::Text },
            &[ChildRule { rule: &MESSAGE, occurs: Occurs::Some }, ChildRule { rule: &METADATA, occurs: Occurs::Any }],
        ),
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Late,
    build,
};

#[derive(Debug)]
struct Trace {
    source: Box<str>,
    severity: TraceSeverity,
    message: Box<str>,
    metadata: Box<[(Box<str>, Box<str>)]>,
}

fn build(element: &Element, _builder: &mut Builder<'_, '_>) -> Option<Built> {
    let severity = match element.literal("severity").map(str::to_ascii_lowercase).as_deref() {
        Some("information") => TraceSeverity::Information,
        Some("error") => TraceSeverity::Error,
        _ => TraceSeverity::Verbose,
    };
    let mut message = element.child("message").unwrap_or(element).text.text.trim().to_owned();
    let mut metadata: Vec<(Box<str>, Box<str>)> = Vec::new();
    for further in element.children_named("message").skip(1) {
        let text = further.text.text.trim();
        match further.owned("name") {
            Some(name) => metadata.push((name, text.into())),
            None => message.extend(["\n", text]),
        }
    }
    // Names are read like words, values are as they are written.
    let pair = |pair: &Element| Some((pair.owned("name")?, pair.attribute("value")?.value.text.as_str().into()));
    metadata.extend(element.children_named("metadata").filter_map(pair));
    Built::policy(Trace {
        source: element.owned("source")?,
        severity,
        message: message.into(),
        metadata: metadata.into(),
    })
}

impl Policy for Trace {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        context.exchange.trace_event(&TraceEvent {
            source: &self.source,
            severity: self.severity,
            message: &self.message,
            metadata: &self.metadata,
        });
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::run::Run;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    #[test]
    fn source_severity_message_and_metadata_are_told() {
        for (policy, expected) in [
            ("<trace source='s'><message>m</message></trace>", "Verbose s: m"),
            ("<trace source='s'> @(\"m\") </trace>", "Verbose s: m"),
            ("<trace source='@(context.Api.Id + 1)'><message>m</message></trace>", "Verbose echo1: m"),
            ("<trace source='s' severity='information'><message> m </message></trace>", "Information s: m"),
            (
                "<trace source='s'><message>m</message><message name='part'>@(context.Api.Id)</message><metadata name='a' value='1'/></trace>",
                "Verbose s: m part=echo a=1",
            ),
            ("<trace source='s'><message>m</message><message>@(\"n\")</message></trace>", "Verbose s: m\nn"),
            ("<trace source='s'><message>m</message><metadata name='a' value=''/></trace>", "Verbose s: m a="),
            ("<trace source='s'><message/><metadata name=' a ' value=' x '/></trace>", "Verbose s:  a= x "),
            (
                "<trace source='s' severity='Error'><message>@(context.Api.Id)</message><metadata name='a' value='1'/>\
                 <metadata name='b' value='@(1 + 1)'/><metadata name='@(context.Api.Id)' value='3'/></trace>",
                "Error s: echo a=1 b=2 echo=3",
            ),
        ] {
            for section in ["inbound", "backend", "outbound"] {
                let (program, diagnostics) =
                    compile_one(&format!("<policies><{section}>{policy}</{section}></policies>"));
                assert_eq!(diagnostics, []);
                let mut exchange = MemoryExchange::get("/");
                drive(&program, &mut exchange, &mut Run::new());
                assert_eq!(exchange.traced, [expected]);
            }
        }
    }

    #[test]
    fn source_and_message_are_required() {
        for (policy, codes) in [
            ("<trace/>", &["attribute-missing", "element-missing"][..]),
            ("<trace source='s' severity='warning'><message/></trace>", &["value-invalid"]),
            ("<trace source='s'><message/><metadata name='a'/></trace>", &["attribute-missing"]),
            ("<trace source='s'><message/><metadata name=' ' value='b'/></trace>", &["value-invalid"]),
            ("<trace source='s'><message/><metadata value='b'/></trace>", &["attribute-missing"]),
            ("<trace source='s'><message/><metadata name='a' value='b'>c</metadata></trace>", &["content-not-allowed"]),
            ("<trace source='s'><metadata name='a' value='b'/></trace>", &["element-missing"]),
            ("<trace source='s'><metadata name='a' value='b'/><message/></trace>", &["child-order"]),
            ("<trace source='s'><message/><metadta name='a' value='b'/></trace>", &["unknown-element"]),
            ("<trace source='s'><message><b/></message></trace>", &["unknown-element"]),
            ("<trace source='s'>text<metadata name='a' value='b'/></trace>", &["text-not-allowed", "element-missing"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
