//! `invoke-request`: sends a request; its response is kept in a variable or becomes the response, which ends the section.
//!
//! `<invoke-request method="m" url="u" backend-id="b" response-variable-name="v"><header name="n" value="v"/>*<body>b</body>?</invoke-request>` –
//! `url` or `backend-id` required; all sections. With `backend-id` the URL is what comes behind the backend's own. Microsoft does not document the policy.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional, required,
};
use crate::effect::{Effect, HttpRequest, Outcome};
use crate::given::{Given, GivenPair, Wanted};
use crate::policies::return_response::become_response;
use crate::policies::send_request::{Answer, encoded};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

static HEADER: ElementRule = ElementRule {
    element: "header",
    attributes: &[
        required("name", Expression::Allowed, ValueRule::Token),
        required("value", Expression::Allowed, ValueRule::FieldText),
    ],
    content: Content::Empty,
};
static BODY: ElementRule = ElementRule {
    element: "body",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text }),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "invoke-request",
        attributes: &[
            optional("method", Expression::Allowed, ValueRule::Token),
            optional("url", Expression::Allowed, ValueRule::NonEmpty),
            optional("backend-id", Expression::Allowed, ValueRule::NonEmpty),
            optional("response-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
        ],
        content: Content::Children(&[
            ChildRule { rule: &HEADER, occurs: Occurs::Any },
            ChildRule { rule: &BODY, occurs: Occurs::Optional },
        ]),
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

/// The same time as `send-request` has.
const TIMEOUT_MS: u64 = 60_000;

#[derive(Debug)]
struct InvokeRequest {
    method: Option<Given<Box<str>>>,
    url: Option<Given<Box<str>>>,
    backend: Option<Given<Box<str>>>,
    headers: Vec<GivenPair>,
    body: Option<Given<Box<str>>>,
    answer: Option<Answer>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    if element.attribute("url").is_none() && element.attribute("backend-id").is_none() {
        let message = "`<invoke-request>` needs attribute `url` or `backend-id`";
        builder.error(element.offset, "attribute-missing", message);
        return None;
    }
    let mut headers = Vec::new();
    for header in element.children_named("header") {
        let name = builder.text_attribute(header, "name")??;
        headers.push((name, builder.text_attribute(header, "value")??));
    }
    let body = match element.child("body") {
        Some(body) if body.text.is_literal() => Some(builder.exact_text(&body.text)?),
        Some(body) => Some(Given::Expression(builder.expression(&body.text, Wanted::Body)?)),
        None => None,
    };
    let answer = |variable| Answer { variable: Some(variable), ignore_error: Given::Literal(false) };
    Built::policy(InvokeRequest {
        method: builder.text_attribute(element, "method")?,
        url: builder.text_attribute(element, "url")?,
        backend: builder.text_attribute(element, "backend-id")?,
        headers,
        body,
        answer: element.owned("response-variable-name").map(answer),
    })
}

impl Policy for InvokeRequest {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let values = context.values;
        let text = |given: &Given<Box<str>>| -> Box<str> { given.text(values).trim().into() };
        let headers = self.headers.iter().map(|(name, value)| (text(name), text(value).as_bytes().to_vec()));
        Step::Perform(Effect::Send(Box::new(HttpRequest {
            method: self.method.as_ref().map_or_else(|| "GET".into(), text),
            url: self.url.as_ref().map_or_else(Box::default, |url| encoded(url.text(values)).into()),
            backend: self.backend.as_ref().map(text),
            headers: headers.collect(),
            body: self.body.as_ref().map(|body| body.body(values).into_owned()),
            timeout_ms: TIMEOUT_MS,
            ..HttpRequest::default()
        })))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match (outcome, &self.answer) {
            (Outcome::Sent(result), Some(answer)) => answer.take(context, result),
            (Outcome::Sent(Ok(response)), None) => {
                become_response(context.exchange, &response, &response.body);
                Step::EndSection
            }
            (Outcome::Sent(Err(failure)), None) => Step::Fail(Box::new(Failure::send(&failure))),
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, ForwardOptions, HttpRequest, HttpResponse, Outcome};
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn the_response_is_kept_or_ends_the_section() {
        let policy = |variable: &str| {
            format!(
                "<policies><outbound><invoke-request method='@(\"POST\")' url='/x' backend-id='b' {variable}>\
                 <header name='X-A' value='@(\"1\")'/><body>@(\"t\")</body></invoke-request><set-variable name='v' value='after'/></outbound></policies>"
            )
        };
        let request = HttpRequest {
            method: "POST".into(),
            url: "/x".into(),
            backend: Some("b".into()),
            headers: vec![("X-A".into(), b"1".to_vec())],
            body: Some(b"t".to_vec()),
            timeout_ms: 60_000,
            ..HttpRequest::default()
        };
        let effects = [Effect::Forward(ForwardOptions::default()), Effect::Send(Box::new(request))];
        let response = HttpResponse { status: 202, body: b"late".to_vec(), ..HttpResponse::default() };
        let exchange = || {
            MemoryExchange::get("/").outcome(Outcome::Forwarded).outcome(Outcome::Sent(Ok(Box::new(response.clone()))))
        };
        let expected = [
            Expect::Effects(&effects),
            Expect::Response(202, "late"),
            Expect::Variable("v", None),
            Expect::LastError(None),
        ];
        check(&policy(""), exchange(), &expected);
        let expected = [Expect::Response(200, "from the backend"), Expect::Variable("v", Some("after"))];
        check(&policy("response-variable-name='r'"), exchange(), &expected);
    }

    #[test]
    fn a_url_or_a_backend_is_required() {
        for (policy, codes) in [
            ("<invoke-request/>", &["attribute-missing"][..]),
            ("<invoke-request url='u' mode='new'/>", &["unknown-attribute"]),
            ("<invoke-request url='u'><header name='a'/></invoke-request>", &["attribute-missing"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
