//! `check-header`: the request must carry a header, with one of the given values if any are given.
//!
//! `<check-header name="n" failed-check-httpcode="401" failed-check-error-message="m" ignore-case="true|false"><value>v</value>*
//! </check-header>` – all attributes required; inbound. The header must stand exactly once. Failure answers with the given status and
//! message.

use std::borrow::Cow;

use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, required,
};
use crate::exchange::Side;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

static VALUE: ElementRule = ElementRule {
    element: "value",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text }),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "check-header",
        attributes: &[
            required("name", Expression::Allowed, ValueRule::Token),
            required("failed-check-httpcode", Expression::Allowed, ValueRule::Integer(200, 999)),
            required("failed-check-error-message", Expression::Allowed, ValueRule::Text),
            required("ignore-case", Expression::Allowed, ValueRule::Boolean),
        ],
        content: Content::Children(&[ChildRule { rule: &VALUE, occurs: Occurs::Any }]),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Late,
    build: |element, _| CheckHeader::from(element).and_then(Built::policy),
};

#[derive(Debug)]
struct CheckHeader {
    name: Box<str>,
    status: u16,
    message: Box<str>,
    ignore_case: bool,
    values: Box<[Box<str>]>,
}

impl CheckHeader {
    fn from(element: &Element) -> Option<CheckHeader> {
        Some(CheckHeader {
            name: element.owned("name")?,
            status: u16::try_from(element.number("failed-check-httpcode")?).ok()?,
            message: element.owned("failed-check-error-message")?,
            ignore_case: element.flag("ignore-case", false),
            values: element.children.iter().map(|value| value.text.text.trim().into()).collect(),
        })
    }

    fn allows(&self, value: &[u8]) -> bool {
        self.values.is_empty() || self.values.iter().any(|allowed| self.equal(allowed, value))
    }

    /// Ordinal comparison; without case also for letters beyond ASCII, as .NET's invariant culture does.
    fn equal(&self, allowed: &str, value: &[u8]) -> bool {
        if !self.ignore_case {
            return allowed.as_bytes() == value;
        }
        match std::str::from_utf8(value) {
            Ok(value) => allowed.chars().flat_map(char::to_lowercase).eq(value.chars().flat_map(char::to_lowercase)),
            Err(_) => allowed.as_bytes().eq_ignore_ascii_case(value),
        }
    }

    fn failure(&self, reason: &'static str, message: String) -> Step {
        let response = DefaultResponse::Message { status: self.status, message: Cow::Owned(self.message.to_string()) };
        Step::Fail(Box::new(Failure { reason: reason.into(), message: message.into(), response }))
    }
}

impl Policy for CheckHeader {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let mut count = 0;
        let mut allowed = false;
        context.exchange.header_values(Side::Request, &self.name, &mut |value| {
            count += 1;
            allowed = self.allows(value);
        });
        match (count, allowed) {
            (1, true) => Step::Next,
            (0, _) => {
                let message = format!("Header {} was not found in the request. Access denied.", self.name);
                self.failure("HeaderNotFound", message)
            }
            _ => {
                let mut found = Vec::new();
                context.exchange.header_values(Side::Request, &self.name, &mut |value| {
                    found.push(String::from_utf8_lossy(value).into_owned());
                });
                let message =
                    format!("Header {} value of {} is not allowed. Access denied.", self.name, found.join(","));
                self.failure("HeaderValueNotAllowed", message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    fn policy(ignore_case: bool, values: &str) -> String {
        format!(
            "<check-header name=\"X-Key\" failed-check-httpcode=\"401\" failed-check-error-message=\"Not &quot;authorized&quot;\" \
             ignore-case=\"{ignore_case}\">{values}</check-header>"
        )
    }

    const BODY: &str = "{ \"statusCode\": 401, \"message\": \"Not \\\"authorized\\\"\" }";
    const VALUES: &str = "<value>abc</value><value>Üx</value>";

    #[test]
    fn one_of_the_values_lets_the_request_pass() {
        for (ignore_case, values, sent) in [
            (false, VALUES, "abc"),
            (true, VALUES, "ABC"),
            (true, VALUES, "üX"),
            (false, "", "anything"),
            (true, "<value> abc </value>", "abc"),
        ] {
            let request = MemoryExchange::get("/").header_line("x-key", sent);
            check(&policy(ignore_case, values), request, &[Expect::EffectCount(1), Expect::LastError(None)]);
        }
    }

    #[test]
    fn any_other_value_is_answered_with_status_and_message() {
        for (ignore_case, sent) in [(false, "ABC"), (false, "abcd"), (true, "xyz"), (false, "")] {
            let request = MemoryExchange::get("/").header_line("X-Key", sent);
            let message = format!("Header X-Key value of {sent} is not allowed. Access denied.");
            let expected = [
                Expect::Response(401, BODY),
                Expect::ResponseHeader("Content-Type", &["application/json"]),
                Expect::LastError(Some(("HeaderValueNotAllowed", &message))),
                Expect::EffectCount(0),
            ];
            check(&policy(ignore_case, VALUES), request, &expected);
        }
    }

    #[test]
    fn the_header_must_stand_exactly_once() {
        let missing =
            Expect::LastError(Some(("HeaderNotFound", "Header X-Key was not found in the request. Access denied.")));
        check(&policy(true, ""), MemoryExchange::get("/"), &[Expect::Response(401, BODY), missing]);
        let twice = MemoryExchange::get("/").header_line("X-Key", "abc").header_line("X-Key", "abc");
        let message = "Header X-Key value of abc,abc is not allowed. Access denied.";
        let expected = [Expect::Response(401, BODY), Expect::LastError(Some(("HeaderValueNotAllowed", message)))];
        check(&policy(true, VALUES), twice, &expected);
    }

    #[test]
    fn all_attributes_are_required_and_checked() {
        let full = [
            ("name", "X"),
            ("failed-check-httpcode", "403"),
            ("failed-check-error-message", "m"),
            ("ignore-case", "true"),
        ];
        let element = |attributes: Vec<(&str, &str)>| {
            let attributes: Vec<String> =
                attributes.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
            format!("<check-header {}/>", attributes.join(" "))
        };
        for left_out in 0..full.len() {
            let mut attributes = full.to_vec();
            attributes.remove(left_out);
            check(&element(attributes), MemoryExchange::get("/"), &[Expect::Codes(&["attribute-missing"])]);
        }
        for (index, value, code) in
            [(0, "a b", "value-invalid"), (1, "100", "value-invalid"), (3, "maybe", "value-invalid")]
        {
            let mut attributes = full.to_vec();
            attributes[index].1 = value;
            check(&element(attributes), MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
        let outbound = format!("<policies><outbound>{}</outbound></policies>", element(full.to_vec()));
        check(&outbound, MemoryExchange::get("/"), &[Expect::Codes(&["wrong-section"])]);
    }
}
