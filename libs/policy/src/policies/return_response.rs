//! `return-response`: ends the pipeline with a response of its own; no further section runs.
//!
//! `<return-response response-variable-name="v"><set-status/>?<set-header/>*<set-body/>?</return-response>` – all sections. Starts from
//! `200 OK` without body, or from the response in the variable (stored by `send-request`) if there is one: documents in use name variables
//! that no policy sets, or that a failed `send-request` left null. A Liquid template in `set-body` works; in the
//! original it gets an empty string.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional,
};
use crate::effect::{HttpResponse, Outcome};
use crate::exchange::{Exchange, Side};
use crate::expression::library::context::StoredResponse;
use crate::expression::value::Value;
use crate::policies::in_turns;
use crate::policies::set_body::{self, Begun, Filling, SetBody};
use crate::policies::set_header::{self, SetHeader};
use crate::policies::set_status::{self, SetStatus};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};

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
    evaluation: Evaluation::Own,
    build,
};

#[derive(Debug)]
struct ReturnResponse {
    variable: Option<Box<str>>,
    status: Option<SetStatus>,
    headers: Box<[SetHeader]>,
    body: Option<SetBody>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let mut headers = Vec::new();
    for header in element.children_named("set-header") {
        headers.extend(SetHeader::from(header, builder)?);
    }
    let status = match element.child("set-status") {
        Some(status) => Some(SetStatus::from(status, builder)?),
        None => None,
    };
    let body = match element.child("set-body") {
        Some(body) => Some(SetBody::from(body, builder)?),
        None => None,
    };
    Built::policy(ReturnResponse {
        variable: element.owned("response-variable-name"),
        status,
        headers: headers.into(),
        body,
    })
}

impl ReturnResponse {
    /// `body`: made before the response that it may look at is gone. The error: it could not be made.
    fn respond(&self, context: &mut PolicyContext<'_>, body: Option<Result<Vec<u8>, String>>) -> Step {
        match self.apply(context, body) {
            Ok(()) => Step::Respond,
            Err(message) => Step::Fail(Box::new(Failure::unusable_value(message))),
        }
    }

    fn apply(&self, context: &mut PolicyContext<'_>, body: Option<Result<Vec<u8>, String>>) -> Result<(), String> {
        let body = body.transpose()?;
        context.exchange.begin_response();
        if let Some(variable) = &self.variable {
            match context.state.variables.get(variable) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    let stored = value.downcast_ref::<StoredResponse>();
                    let stored = stored.ok_or_else(|| format!("the variable `{variable}` holds no response"))?;
                    become_response(context.exchange, &stored.response, &stored.body());
                }
            }
        }
        if let Some(status) = &self.status {
            status.apply(context.exchange, context.values)?;
        }
        for header in &self.headers {
            header.apply(context.exchange, Side::Response, &mut context.state.scratch, context.values)?;
        }
        if let Some(body) = body {
            context.exchange.put_body(Side::Response, body);
        }
        Ok(())
    }
}

/// Headers of a received message that say how it was framed; the new one has its own.
pub(crate) const FRAMING: &[&str] =
    &["Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Trailer"];

/// Makes a response that a policy received the exchange's.
pub(super) fn become_response(exchange: &mut dyn Exchange, response: &HttpResponse, body: &[u8]) {
    exchange.begin_response();
    exchange.set_status(response.status, &response.reason);
    for (name, value) in &response.headers {
        if !FRAMING.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            exchange.append_header(Side::Response, name, value);
        }
    }
    exchange.set_body(Side::Response, body);
}

impl Policy for ReturnResponse {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        match self.body.as_ref().map(|body| body.begin(context)) {
            Some(Begun::Filling(filling)) => in_turns::keep(context, filling),
            Some(Begun::Made(body)) => self.respond(context, Some(body)),
            None => self.respond(context, None),
        }
    }

    fn resume(&self, context: &mut PolicyContext<'_>, _outcome: Outcome) -> Step {
        in_turns::go_on::<Filling>(context, |context, body| self.respond(context, Some(body.map(String::into_bytes))))
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        self.body.as_ref().and_then(|body| body.body_needed(section))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn the_response_starts_from_an_empty_200_and_ends_the_pipeline() {
        let policy = "<policies><inbound><return-response/><set-variable name='a' value='1'/></inbound>\
                      <outbound><set-variable name='b' value='1'/></outbound><on-error><set-variable name='c' value='1'/></on-error></policies>";
        let expected = [
            Expect::Response(200, ""),
            Expect::EffectCount(0),
            Expect::LastError(None),
            Expect::Variable("a", None),
            Expect::Variable("b", None),
            Expect::Variable("c", None),
        ];
        check(policy, MemoryExchange::get("/"), &expected);
    }

    #[test]
    fn status_headers_and_body_are_its_own() {
        let response = "<return-response><set-status code='401' reason='Unauthorized'/>\
                        <set-header name='WWW-Authenticate'><value>Bearer error=\"x\"</value></set-header>\
                        <set-header name='X'><value>1</value></set-header><set-body>no</set-body></return-response>";
        for section in ["inbound", "backend", "outbound"] {
            let policy = format!("<policies><{section}>{response}</{section}></policies>");
            let expected = [
                Expect::Response(401, "no"),
                Expect::ReasonPhrase("Unauthorized"),
                Expect::ResponseHeader("WWW-Authenticate", &["Bearer error=\"x\""]),
                Expect::ResponseHeader("X", &["1"]),
                Expect::ResponseHeader("Server", &[]),
                Expect::RequestHeader("X", &[]),
            ];
            check(&policy, MemoryExchange::get("/"), &expected);
        }
    }

    #[test]
    fn in_on_error_it_replaces_the_default_response() {
        let policy = "<policies><inbound><ip-filter action='allow'><address>10.0.0.1</address></ip-filter></inbound>\
                      <on-error><return-response><set-status code='418' reason='Teapot'/></return-response></on-error></policies>";
        let expected = [Expect::Response(418, ""), Expect::ResponseHeader("Content-Type", &[])];
        check(policy, MemoryExchange::get("/"), &expected);
    }

    #[test]
    fn children_are_counted_and_their_order_is_remarked_upon() {
        for (children, codes) in [
            ("<set-body>a</set-body><set-status code='200' reason='OK'/>", &["child-order"][..]),
            ("<set-status code='200'/><set-status code='201'/>", &["element-twice"]),
            ("<set-body>a</set-body><set-body>b</set-body>", &["element-twice"]),
            ("<set-method>GET</set-method>", &["unknown-element"]),
            ("<set-status code='1'/>", &["value-invalid"]),
            ("<set-body template='liquid'>{% a %}</set-body>", &["template-invalid"]),
            ("<set-header name='Connection'><value>close</value></set-header>", &["header-not-modifiable"]),
        ] {
            check(
                &format!("<return-response>{children}</return-response>"),
                MemoryExchange::get("/"),
                &[Expect::Codes(codes)],
            );
        }
    }

    #[test]
    fn without_a_response_in_the_variable_it_starts_from_an_empty_200() {
        let own = "<set-header name='X'><value>1</value></set-header><set-body>no</set-body>";
        let of = |inside: &str| format!("<return-response response-variable-name='r'>{inside}</return-response>");
        let null = "<set-variable name='r' value='@((IResponse)null)'/>";
        for (policy, body, codes) in [
            (of(""), "", &["variable-unset"][..]),
            (of(own), "no", &["variable-unset"]),
            // Names of variables are case-sensitive.
            (null.replace("'r'", "'R'") + &of(""), "", &["variable-unset"]),
            (null.to_owned() + &of(own), "no", &[]),
            ("<choose><when condition='@(false)'>".to_owned() + null + "</when></choose>" + &of(""), "", &[]),
        ] {
            let expected = [Expect::Codes(codes), Expect::Response(200, body), Expect::LastError(None)];
            check(&policy, MemoryExchange::get("/"), &expected);
        }
        let policy = "<set-variable name='r' value='text'/><return-response response-variable-name='r'/>";
        let message = "The value of an expression cannot be used: the variable `r` holds no response";
        let expected = [Expect::LastError(Some(("ExpressionValueEvaluationFailure", message)))];
        check(policy, MemoryExchange::get("/"), &expected);
    }
}
