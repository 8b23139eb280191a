//! `mock-response`: answers with an example of the operation instead of calling the backend; no further section runs.
//!
//! `<mock-response status-code="200" content-type="application/json" index="1"/>` – all optional; inbound, outbound, on-error. Without
//! `content-type` the first type declared for the status is used; `index` counts the examples from 1 (0 is taken as the first). Without an
//! example one is made from the schema, and without a schema the response is empty.

use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional,
};
use crate::exchange::Side;
use crate::policies::IN_OUT_ERR;
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "mock-response",
        attributes: &[
            optional("status-code", Expression::Forbidden, ValueRule::Integer(200, 999)),
            optional("content-type", Expression::Forbidden, ValueRule::FieldText),
            optional("index", Expression::Forbidden, ValueRule::Integer(0, u32::MAX as u64)),
        ],
        content: Content::Empty,
    },
    sections: IN_OUT_ERR,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Late,
    build: |element, _| MockResponse::from(element).and_then(Built::policy),
};

#[derive(Debug)]
struct MockResponse {
    status: u16,
    content_type: Option<Box<str>>,
    /// Counted from 0.
    index: Option<u32>,
}

impl MockResponse {
    fn from(element: &Element) -> Option<MockResponse> {
        Some(MockResponse {
            status: u16::try_from(element.number("status-code").unwrap_or(200)).ok()?,
            content_type: element.owned("content-type").filter(|content_type| !content_type.is_empty()),
            index: element.number("index").and_then(|index| u32::try_from(index.saturating_sub(1)).ok()),
        })
    }
}

impl Policy for MockResponse {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let PolicyContext { exchange, state, .. } = context;
        exchange.begin_response();
        exchange.set_status(self.status, "");
        let scratch = &mut state.scratch;
        scratch.clear();
        // The example is lent by the exchange, which is about to change: both parts go through the scratch buffer.
        let Some(example) = exchange.mock_example(self.status, self.content_type.as_deref(), self.index) else {
            return Step::Respond;
        };
        let split = example.content_type.len();
        scratch.extend_from_slice(example.content_type.as_bytes());
        scratch.extend_from_slice(example.body);
        let (content_type, body) = scratch.split_at(split);
        exchange.set_header(Side::Response, "Content-Type", content_type);
        exchange.set_body(Side::Response, body);
        scratch.clear();
        Step::Respond
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    fn operation() -> MemoryExchange {
        let example = |status, content_type: &str, body: &str| (status, content_type.to_owned(), body.into());
        MemoryExchange {
            examples: vec![
                example(200, "application/json", "{\"n\":1}"),
                example(200, "application/json", "{\"n\":2}"),
                example(200, "text/xml", "<n/>"),
                example(404, "application/problem+json", "{}"),
            ],
            ..MemoryExchange::get("/")
        }
    }

    #[test]
    fn the_example_is_chosen_by_status_content_type_and_index() {
        for (attributes, status, content_type, body) in [
            ("", 200, &["application/json"][..], "{\"n\":1}"),
            ("status-code='200' content-type='application/json'", 200, &["application/json"], "{\"n\":1}"),
            ("content-type='application/json' index='2'", 200, &["application/json"], "{\"n\":2}"),
            ("content-type='application/json' index='0'", 200, &["application/json"], "{\"n\":1}"),
            ("content-type='text/xml'", 200, &["text/xml"], "<n/>"),
            ("status-code='404'", 404, &["application/problem+json"], "{}"),
            ("index='7'", 200, &[], ""),
            ("content-type='text/plain'", 200, &[], ""),
            ("status-code='500'", 500, &[], ""),
        ] {
            let expected = [
                Expect::Response(status, body),
                Expect::ResponseHeader("Content-Type", content_type),
                Expect::EffectCount(0),
            ];
            check(&format!("<mock-response {attributes}/>"), operation(), &expected);
        }
    }

    #[test]
    fn no_further_policy_runs_and_sections_are_checked() {
        let outbound = "<policies><outbound><mock-response/><set-status code='500'/></outbound></policies>";
        let expected = [Expect::Response(200, "{\"n\":1}"), Expect::ResponseHeader("Server", &[])];
        check(outbound, operation(), &expected);
        let backend = "<policies><backend><mock-response/></backend></policies>";
        check(backend, operation(), &[Expect::Codes(&["wrong-section"])]);
        let error = "<policies><inbound><ip-filter action='allow'><address>10.0.0.1</address></ip-filter></inbound>\
                     <on-error><mock-response status-code='404'/></on-error></policies>";
        check(error, operation(), &[Expect::Response(404, "{}")]);
    }

    #[test]
    fn wrong_values_are_refused() {
        for attributes in ["status-code='99'", "status-code='x'", "index='-1'", "content-type='a\nb'"] {
            check(&format!("<mock-response {attributes}/>"), operation(), &[Expect::Codes(&["value-invalid"])]);
        }
        check("<mock-response status-code='@(200)'/>", operation(), &[Expect::Codes(&["expression-not-allowed"])]);
    }
}
