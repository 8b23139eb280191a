//! `set-header`: sets, adds to or removes a header of the message: the request's in inbound and backend, the response's in outbound and
//! on-error.
//!
//! `<set-header name="n" exists-action="override|skip|append|delete"><value>v</value>*</set-header>` – `name` required; all sections and
//! inside `return-response`. Several values become one comma-separated line, except for headers whose values may hold commas, which get a
//! line each. `Connection`, `Content-Length`, `Keep-Alive` and `Transfer-Encoding` cannot be modified and `Server` cannot be removed:
//! such a policy is skipped with a warning.

use std::borrow::Cow;

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once,
    TextRule, ValueRule, is_token_byte, optional, required,
};
use crate::diagnostic::quote;
use crate::exchange::{Exchange, Side};
use crate::expression::value::Value;
use crate::given::Given;
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

/// The `<value>` of `set-header`.
static VALUE: ElementRule = ElementRule {
    element: "value",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::FieldText }),
};
const ATTRIBUTES: &[AttributeRule] = &[
    required("name", Expression::Allowed, ValueRule::Token),
    optional("exists-action", Expression::Allowed, ValueRule::OneOf(ExistsAction::NAMES)),
];
const CONTENT: Content = Content::Children(&[ChildRule { rule: &VALUE, occurs: Occurs::Any }]);

pub(super) static RULE: ElementRule = ElementRule { element: "set-header", attributes: ATTRIBUTES, content: CONTENT };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "set-header", attributes: ATTRIBUTES, content: CONTENT },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| match SetHeader::from(element, builder)? {
        Some(policy) => Built::policy(policy),
        None => Some(Built::Nothing),
    },
};

/// `exists-action` of `set-header` and `set-query-parameter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExistsAction {
    Override,
    Skip,
    Append,
    Delete,
}

impl ExistsAction {
    pub(super) const NAMES: &'static [&'static str] = &["override", "skip", "append", "delete"];

    /// The attribute's value; `override` when it is missing.
    pub(super) fn of(element: &Element) -> ExistsAction {
        element.literal("exists-action").map_or(ExistsAction::Override, ExistsAction::parse)
    }

    /// Any other word is `override`.
    fn parse(text: &str) -> ExistsAction {
        let named = [("skip", ExistsAction::Skip), ("append", ExistsAction::Append), ("delete", ExistsAction::Delete)];
        let found = named.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
        found.map_or(ExistsAction::Override, |(_, action)| action)
    }
}

/// Headers the gateway owns.
const NOT_MODIFIABLE: &[&str] = &["Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding"];
/// Headers whose values may hold commas or dates: every value is a line of its own.
const LINE_PER_VALUE: &[&str] = &[
    "User-Agent",
    "WWW-Authenticate",
    "Proxy-Authenticate",
    "Cookie",
    "Set-Cookie",
    "Warning",
    "Date",
    "Expires",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "Last-Modified",
    "Retry-After",
];

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}

/// The header lines of a message that can be changed.
pub(super) trait Lines {
    fn has(&self, name: &str) -> bool;
    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8]));
    fn set(&mut self, name: &str, value: &[u8]);
    fn append(&mut self, name: &str, value: &[u8]);
    fn remove(&mut self, name: &str);
}

/// Those of one side of the exchange.
struct OfExchange<'e> {
    exchange: &'e mut dyn Exchange,
    side: Side,
}

impl Lines for OfExchange<'_> {
    fn has(&self, name: &str) -> bool {
        self.exchange.header(self.side, name).is_some()
    }

    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.exchange.header_values(self.side, name, visit);
    }

    fn set(&mut self, name: &str, value: &[u8]) {
        self.exchange.set_header(self.side, name, value);
    }

    fn append(&mut self, name: &str, value: &[u8]) {
        self.exchange.append_header(self.side, name, value);
    }

    fn remove(&mut self, name: &str) {
        self.exchange.remove_header(self.side, name);
    }
}

/// Those of a request that a policy sends.
impl Lines for Vec<(Box<str>, Vec<u8>)> {
    fn has(&self, name: &str) -> bool {
        self.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    fn values(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).for_each(|(_, value)| visit(value));
    }

    fn set(&mut self, name: &str, value: &[u8]) {
        Lines::remove(self, name);
        Lines::append(self, name, value);
    }

    fn append(&mut self, name: &str, value: &[u8]) {
        self.push((name.into(), value.to_vec()));
    }

    fn remove(&mut self, name: &str) {
        self.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }
}

#[derive(Debug)]
pub(super) struct SetHeader {
    name: Given<Box<str>>,
    action: Action,
    values: Box<[Given<Box<str>>]>,
}

#[derive(Debug)]
enum Action {
    Literal(ExistsAction),
    Given(Given<Box<str>>),
}

impl SetHeader {
    /// First `None`: a problem was reported; second: the policy has no effect, and a warning was reported.
    #[allow(clippy::option_option, reason = "a problem and nothing to do are two things")]
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Option<SetHeader>> {
        let name = builder.text_attribute(element, "name")??;
        let action = match element.attribute("exists-action") {
            Some(attribute) if !attribute.value.is_literal() => Action::Given(builder.text(&attribute.value)?),
            _ => Action::Literal(ExistsAction::of(element)),
        };
        if let (Some(name), Action::Literal(action)) = (name.literal(), &action)
            && let Some(message) = refusal(name, *action)
        {
            builder.warning(element.offset, "header-not-modifiable", message, None);
            return Some(None);
        }
        let values = element.children.iter().map(|value| builder.text(&value.text)).collect::<Option<Box<[_]>>>()?;
        Some(Some(SetHeader { name, action, values }))
    }

    /// The error: a computed name or value that no header can have.
    pub(super) fn apply(
        &self,
        exchange: &mut dyn Exchange,
        side: Side,
        scratch: &mut Vec<u8>,
        values: &[Value],
    ) -> Result<(), String> {
        self.apply_to(&mut OfExchange { exchange, side }, scratch, values)
    }

    /// The same for any header lines.
    pub(super) fn apply_to(
        &self,
        lines: &mut dyn Lines,
        scratch: &mut Vec<u8>,
        values: &[Value],
    ) -> Result<(), String> {
        let name = self.name.text(values).trim();
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(format!("{} is no name of a header", quote(name)));
        }
        let action = match &self.action {
            Action::Literal(action) => *action,
            Action::Given(given) => ExistsAction::parse(given.text(values)),
        };
        if refusal(name, action).is_some() {
            return Ok(());
        }
        if self.texts(values).any(|text| text.chars().any(|c| c.is_control() && !"\t\r\n".contains(c))) {
            return Err(format!("a value of header `{name}` holds control characters"));
        }
        match action {
            ExistsAction::Skip if lines.has(name) => {}
            ExistsAction::Override | ExistsAction::Skip => self.replace(lines, name, scratch, values),
            ExistsAction::Append if is_one_of(name, LINE_PER_VALUE) => {
                self.texts(values).for_each(|text| lines.append(name, text.as_bytes()));
            }
            ExistsAction::Append => self.extend(lines, name, scratch, values),
            ExistsAction::Delete => lines.remove(name),
        }
        Ok(())
    }

    /// The values. Lines of a text, such as that of an error, become one: the ends are written as spaces (RFC 9110 section 5.5).
    fn texts<'v>(&'v self, values: &'v [Value]) -> impl Iterator<Item = Cow<'v, str>> {
        self.values.iter().map(|value| on_one_line(value.text(values).trim()))
    }

    /// Without a value the header goes away.
    fn replace(&self, lines: &mut dyn Lines, name: &str, scratch: &mut Vec<u8>, values: &[Value]) {
        let mut texts = self.texts(values);
        let Some(first) = texts.next() else { return lines.remove(name) };
        if is_one_of(name, LINE_PER_VALUE) {
            lines.set(name, first.as_bytes());
            texts.for_each(|text| lines.append(name, text.as_bytes()));
            return;
        }
        scratch.clear();
        scratch.extend_from_slice(first.as_bytes());
        for text in texts {
            scratch.push(b',');
            scratch.extend_from_slice(text.as_bytes());
        }
        lines.set(name, scratch);
        scratch.clear();
    }

    /// Adds to the one comma-separated line.
    fn extend(&self, lines: &mut dyn Lines, name: &str, scratch: &mut Vec<u8>, values: &[Value]) {
        if self.values.is_empty() {
            return;
        }
        scratch.clear();
        lines.values(name, &mut |value| {
            scratch.extend_from_slice(value);
            scratch.push(b',');
        });
        for text in self.texts(values) {
            scratch.extend_from_slice(text.as_bytes());
            scratch.push(b',');
        }
        scratch.pop();
        lines.set(name, scratch);
        scratch.clear();
    }
}

/// The text without ends of lines.
pub(super) fn on_one_line(text: &str) -> Cow<'_, str> {
    const ENDS: [char; 2] = ['\r', '\n'];
    if text.contains(ENDS) { text.replace(ENDS, " ").into() } else { text.into() }
}

/// Why a header may not be changed like this.
fn refusal(name: &str, action: ExistsAction) -> Option<String> {
    if is_one_of(name, NOT_MODIFIABLE) {
        return Some(format!("header `{name}` belongs to the gateway; setting or removing it is skipped"));
    }
    if action == ExistsAction::Delete && name.eq_ignore_ascii_case("Server") {
        return Some("removing header `Server` is not supported and is skipped".to_owned());
    }
    None
}

impl Policy for SetHeader {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let side = context.side();
        match self.apply(context.exchange, side, &mut context.state.scratch, context.values) {
            Ok(()) => Step::Next,
            Err(message) => Step::Fail(Box::new(Failure::unusable_value(message))),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    fn request() -> MemoryExchange {
        MemoryExchange::get("/").header_line("X-A", "1").header_line("x-a", "2").header_line("User-Agent", "curl")
    }

    #[test]
    fn each_exists_action_does_what_it_says() {
        for (attributes, values, name, lines) in [
            ("", "<value>9</value>", "X-A", &["9"][..]),
            ("exists-action='override'", "<value>9</value><value>8</value>", "X-A", &["9,8"]),
            ("exists-action='override'", "<value>9</value>", "X-B", &["9"]),
            ("exists-action='override'", "", "X-A", &[]),
            ("exists-action='skip'", "<value>9</value>", "X-A", &["1", "2"]),
            ("exists-action='skip'", "<value>9</value>", "X-B", &["9"]),
            ("exists-action='append'", "<value>9</value><value>8</value>", "X-A", &["1,2,9,8"]),
            ("exists-action='append'", "<value>9</value>", "X-B", &["9"]),
            ("exists-action='append'", "", "X-A", &["1", "2"]),
            ("exists-action='delete'", "", "X-A", &[]),
            ("exists-action='delete'", "<value>9</value>", "X-A", &[]),
            ("exists-action='Override'", "<value> 9 </value>", "X-A", &["9"]),
        ] {
            let policy = format!("<set-header name=\"{name}\" {attributes}>{values}</set-header>");
            check(&policy, request(), &[Expect::RequestHeader(name, lines)]);
        }
    }

    #[test]
    fn headers_whose_values_hold_commas_get_a_line_per_value() {
        for name in super::LINE_PER_VALUE {
            let policy = format!("<set-header name=\"{name}\"><value>a, b</value><value>c</value></set-header>");
            check(&policy, request(), &[Expect::RequestHeader(name, &["a, b", "c"])]);
        }
        let policy =
            "<set-header name='user-agent' exists-action='append'><value>x</value><value>y</value></set-header>";
        check(policy, request(), &[Expect::RequestHeader("User-Agent", &["curl", "x", "y"])]);
    }

    #[test]
    fn the_section_decides_which_message_is_changed() {
        let set = "<set-header name='X'><value>v</value></set-header>";
        for (section, on_request, on_response) in
            [("inbound", &["v"][..], &[][..]), ("backend", &["v"], &[]), ("outbound", &[], &["v"])]
        {
            let rest = if section == "backend" { "<forward-request/>" } else { "" };
            let policy = format!("<policies><{section}>{set}{rest}</{section}></policies>");
            check(
                &policy,
                request(),
                &[Expect::RequestHeader("X", on_request), Expect::ResponseHeader("X", on_response)],
            );
        }
        let policy = format!(
            "<policies><inbound><check-header name='No' failed-check-httpcode='400' failed-check-error-message='m' ignore-case='true'/>\
             </inbound><on-error>{set}</on-error></policies>"
        );
        check(&policy, request(), &[Expect::ResponseHeader("X", &["v"]), Expect::RequestHeader("X", &[])]);
    }

    #[test]
    fn headers_of_the_gateway_are_not_modified() {
        for name in super::NOT_MODIFIABLE {
            for action in ["override", "append", "skip", "delete"] {
                let policy =
                    format!("<set-header name=\"{name}\" exists-action=\"{action}\"><value>1</value></set-header>");
                check(
                    &policy,
                    request(),
                    &[Expect::Codes(&["header-not-modifiable"]), Expect::RequestHeader(name, &[])],
                );
            }
        }
        check(
            "<policies><outbound><set-header name='server' exists-action='delete'/></outbound></policies>",
            request(),
            &[Expect::Codes(&["header-not-modifiable"]), Expect::ResponseHeader("Server", &["origin"])],
        );
        check(
            "<policies><outbound><set-header name='server'><value>mine</value></set-header></outbound></policies>",
            request(),
            &[Expect::ResponseHeader("Server", &["mine"])],
        );
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for (policy, code) in [
            ("<set-header><value>1</value></set-header>", "attribute-missing"),
            ("<set-header name='a b'/>", "value-invalid"),
            ("<set-header name=''/>", "value-invalid"),
            ("<set-header name='a' exists-action='replace'/>", "value-invalid"),
            ("<set-header name='a'><value>1\n2</value></set-header>", "value-invalid"),
            ("<set-header name='a'><values>1</values></set-header>", "unknown-element"),
            ("<set-header name='a'>1</set-header>", "text-not-allowed"),
            ("<set-header name='@(a)'/>", "expression-invalid"),
            ("<set-header name='a'><value>@(a)</value></set-header>", "expression-invalid"),
            ("<set-header name='a' exist-action='skip'/>", "unknown-attribute"),
        ] {
            check(policy, request(), &[Expect::Codes(&[code])]);
        }
    }
}
