//! `return-response`: ends the pipeline with a response of its own; no further section runs.
//!
//! `<return-response response-variable-name="v"><set-status/>?<set-header/>*<set-body/>?</return-response>` – all sections. Starts from
//! `200 OK` without body. `response-variable-name` (a response stored by `send-request`) comes with that policy.

use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Expression, Occurs, Once, ValueRule, optional,
};
use crate::diagnostic::Findings;
use crate::exchange::Side;
use crate::policies::set_body::{self, SetBody};
use crate::policies::set_header::{self, SetHeader};
use crate::policies::set_status::{self, SetStatus};
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "return-response",
        attributes: &[optional("response-variable-name", Expression::Forbidden, ValueRule::NonEmpty)],
        content: Content::Children(&[
            ChildRule { rule: &set_status::RULE, occurs: Occurs::Optional },
            ChildRule { rule: &set_header::RULE, occurs: Occurs::Any },
            ChildRule { rule: &set_body::RULE, occurs: Occurs::Optional },
        ]),
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    build,
};

#[derive(Debug)]
struct ReturnResponse {
    status: Option<SetStatus>,
    headers: Box<[SetHeader]>,
    body: Option<SetBody>,
}

fn build(element: &Element, findings: &mut Findings<'_>) -> Option<Built> {
    if let Some(attribute) = element.attribute("response-variable-name") {
        let message = "`response-variable-name` needs `send-request`, which is not supported yet";
        findings.error(attribute.offset, "attribute-not-supported", message);
        return None;
    }
    let headers = element.children_named("set-header").filter_map(|header| SetHeader::from(header, findings)).collect();
    let body = match element.child("set-body") {
        Some(body) => Some(SetBody::from(body, findings)?),
        None => None,
    };
    Built::policy(ReturnResponse { status: element.child("set-status").and_then(SetStatus::from), headers, body })
}

impl Policy for ReturnResponse {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        context.exchange.begin_response();
        if let Some(status) = &self.status {
            status.apply(context.exchange);
        }
        for header in &self.headers {
            header.apply(context.exchange, Side::Response, &mut context.state.scratch);
        }
        if let Some(body) = &self.body {
            body.apply(context.exchange, Side::Response);
        }
        Step::Respond
    }
}
