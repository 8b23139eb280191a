//! `set-status`: changes the response's status line.
//!
//! `<set-status code="401" reason="Unauthorized"/>` – `code` required; all sections and inside `return-response`. `reason` is required in
//! the documentation, but documents in use leave it out; then the registered phrase of the code is sent.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional, required,
};
use crate::exchange::Exchange;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policies::set_header::on_one_line;
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static RULE: ElementRule = ElementRule {
    element: "set-status",
    attributes: &[
        // Final responses only: 1xx would break the framing of the connection (RFC 9110 section 15.2).
        required("code", Expression::Allowed, ValueRule::Integer(200, 999)),
        optional("reason", Expression::Allowed, ValueRule::FieldText),
    ],
    content: Content::Empty,
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: RULE.element, attributes: RULE.attributes, content: Content::Empty },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| SetStatus::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
pub(super) struct SetStatus {
    code: Given<u64>,
    reason: Given<Box<str>>,
}

impl SetStatus {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<SetStatus> {
        let code = builder.number_attribute(element, "code")??;
        let reason = builder.text_attribute(element, "reason")?.unwrap_or(Given::Literal(Box::default()));
        Some(SetStatus { code, reason })
    }

    /// The error: a computed code or reason that no response can have.
    pub(super) fn apply(&self, exchange: &mut dyn Exchange, values: &[Value]) -> Result<(), String> {
        let code = self.code.number(values);
        let reason = &*on_one_line(self.reason.text(values));
        match u16::try_from(code) {
            Ok(code @ 200..=999) if !reason.chars().any(char::is_control) => {
                exchange.set_status(code, reason);
                Ok(())
            }
            Ok(200..=999) => Err("the reason of `<set-status>` holds control characters".to_owned()),
            _ => Err(format!("the code of `<set-status>` must be from 200 to 999, found {code}")),
        }
    }
}

impl Policy for SetStatus {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        match self.apply(context.exchange, context.values) {
            Ok(()) => Step::Next,
            Err(message) => Step::Fail(Box::new(Failure::unusable_value(message))),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn code_and_reason_replace_the_status_line() {
        let policy = "<policies><outbound><set-status code=\"404\" reason=\"Gone fishing\"/></outbound></policies>";
        let expected = [Expect::Response(404, "from the backend"), Expect::ReasonPhrase("Gone fishing")];
        check(policy, MemoryExchange::get("/"), &expected);
    }

    #[test]
    fn without_reason_the_registered_phrase_is_sent() {
        let policy = "<policies><outbound><set-status code=\"404\"/></outbound></policies>";
        check(policy, MemoryExchange::get("/"), &[Expect::Response(404, "from the backend"), Expect::ReasonPhrase("")]);
    }

    #[test]
    fn what_is_no_final_status_is_refused() {
        for (attributes, codes) in [
            ("reason='x'", &["attribute-missing"][..]),
            ("code='199' reason='x'", &["value-invalid"]),
            ("code='1000' reason='x'", &["value-invalid"]),
            ("code='+200' reason='x'", &["value-invalid"]),
            ("code='two' reason='x'", &["value-invalid"]),
            ("code='200' reason='a\nb'", &["value-invalid"]),
        ] {
            check(&format!("<set-status {attributes}/>"), MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
        for code in [200, 999] {
            let policy = format!("<policies><outbound><set-status code='{code}' reason='x'/></outbound></policies>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Response(code, "from the backend")]);
        }
    }
}
