//! The rules a policy element is checked by: sections, scopes, attributes, children, text. Each policy states its own in a table next to
//! its code; this file knows how to apply them. Always holds: a policy is built only from an element without errors.

use crate::builder::Builder;
use crate::diagnostic::{Findings, nearest, quote};
use crate::policy::Policy;
use crate::reader::{Attribute, Element, Value};
use crate::section::{ScopeName, Sections};

/// Everything there is to say about one policy element.
pub(crate) struct Definition {
    pub(crate) rule: ElementRule,
    pub(crate) sections: Sections,
    /// Scopes whose documents may hold it.
    pub(crate) scopes: &'static [ScopeName],
    /// At most one in a section of a document.
    pub(crate) once: Once,
    /// Who looks after expressions in the element.
    pub(crate) evaluation: Evaluation,
    /// Makes the policy from an element that satisfies `rule`. `None`: a problem was reported.
    pub(crate) build: fn(&Element, &mut Builder<'_, '_>) -> Option<Built>,
}

/// All scopes.
pub(crate) const ANY_SCOPE: &[ScopeName] =
    &[ScopeName::Global, ScopeName::Product, ScopeName::Api, ScopeName::Operation];

/// How often a policy may stand in one section of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Once {
    PerSection,
    Any,
}

/// Who looks after the expressions of a policy's element.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Evaluation {
    /// The policy: it gives them to its [`Builder`] and finds their values in its context.
    Own,
    /// [`Late`](crate::late::Late): the policy is built anew from their values each time. `build` sees literals only.
    Late,
    /// The same, for a policy with rules that hold whatever the values are: the function looks at the element as it is written. `false`: an
    /// error was reported.
    LateIf(fn(&Element, &mut Builder<'_, '_>) -> bool),
}

/// What became of an element.
pub(crate) enum Built {
    Policy(Box<dyn Policy>),
    /// `<base/>`.
    Base,
    /// `include-fragment`.
    Include(Box<str>),
    /// Has no effect; the reason has been reported.
    Nothing,
}

impl Built {
    pub(crate) fn policy(policy: impl Policy + 'static) -> Option<Built> {
        Some(Built::Policy(Box::new(policy)))
    }
}

/// Rules of one element, a policy or a part of one.
pub(crate) struct ElementRule {
    pub(crate) element: &'static str,
    pub(crate) attributes: &'static [AttributeRule],
    pub(crate) content: Content,
}

/// Rules of one attribute.
pub(crate) struct AttributeRule {
    pub(crate) name: &'static str,
    pub(crate) presence: Presence,
    pub(crate) expression: Expression,
    pub(crate) value: ValueRule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
}

/// Whether APIM allows a policy expression at this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expression {
    Allowed,
    Forbidden,
}

/// What a literal value may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ValueRule {
    /// Anything, also nothing.
    Text,
    /// At least one character that is not white space.
    NonEmpty,
    /// `true` or `false`.
    Boolean,
    /// A decimal number from … to ….
    Integer(u64, u64),
    /// One of these words, without case.
    OneOf(&'static [&'static str]),
    /// A header field name or method: a token of RFC 9110 section 5.6.2.
    Token,
    /// Text without control characters, as a header value or reason phrase (RFC 9110 section 5.5).
    FieldText,
}

/// What may stand between the tags.
pub(crate) enum Content {
    Empty,
    Text(TextRule),
    /// Child elements and nothing else, in this order.
    Children(&'static [ChildRule]),
    /// Child elements and nothing else, mixed as one likes.
    ChildrenInAnyOrder(&'static [ChildRule]),
    /// Policies, read by the document's parser.
    Policies,
    /// Text, or exactly one `<value>` with the text.
    TextOrValue(TextRule),
    /// Text, or child elements in this order.
    TextOrChildren(TextRule, &'static [ChildRule]),
}

pub(crate) struct TextRule {
    pub(crate) expression: Expression,
    pub(crate) value: ValueRule,
}

/// A child element and how often it may stand.
pub(crate) struct ChildRule {
    pub(crate) rule: &'static ElementRule,
    pub(crate) occurs: Occurs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occurs {
    Optional,
    Any,
    One,
    Some,
}

/// Shorthand for tables.
pub(crate) const fn required(name: &'static str, expression: Expression, value: ValueRule) -> AttributeRule {
    AttributeRule { name, presence: Presence::Required, expression, value }
}

/// Shorthand for tables.
pub(crate) const fn optional(name: &'static str, expression: Expression, value: ValueRule) -> AttributeRule {
    AttributeRule { name, presence: Presence::Optional, expression, value }
}

/// Checks an element and everything in it. `false`: an error was reported.
pub(crate) fn check(element: &Element, rule: &ElementRule, findings: &mut Findings<'_>) -> bool {
    let attributes = check_attributes(element, rule, findings);
    let content = match &rule.content {
        Content::Empty => check_empty(element, findings),
        Content::Policies => true,
        Content::Text(text) => check_no_children(element, findings) && check_text(element, text, findings),
        Content::TextOrValue(text) => check_text_or_value(element, text, findings),
        Content::TextOrChildren(text, _) if element.children.is_empty() && element.has_text() => {
            check_text(element, text, findings)
        }
        Content::TextOrChildren(_, children) | Content::Children(children) => {
            check_order(element, children, findings);
            check_children(element, children, findings)
        }
        Content::ChildrenInAnyOrder(children) => check_children(element, children, findings),
    };
    attributes && content
}

fn check_attributes(element: &Element, rule: &ElementRule, findings: &mut Findings<'_>) -> bool {
    let mut good = true;
    for attribute in &element.attributes {
        // Every policy element may carry an id (apim.md §2.0); it comes back in LastError.PolicyId.
        if attribute.name == "id" && !rule.attributes.iter().any(|known| known.name == "id") {
            good &= check_value(
                &attribute.value,
                Expression::Forbidden,
                ValueRule::Text,
                &describe(attribute, element),
                findings,
            );
            continue;
        }
        match rule.attributes.iter().find(|known| known.name == attribute.name) {
            Some(known) => {
                let place = describe(attribute, element);
                good &= check_value(&attribute.value, known.expression, known.value, &place, findings);
            }
            None => {
                good = false;
                unknown_attribute(attribute, element, rule, findings);
            }
        }
    }
    for missing in rule.attributes {
        if missing.presence == Presence::Required && element.attribute(missing.name).is_none() {
            good = false;
            let message = format!("`<{}>` needs attribute `{}`", element.name, missing.name);
            findings.error_with(
                element.offset,
                "attribute-missing",
                message,
                Some(format!("add {}=\"…\"", missing.name)),
            );
        }
    }
    good
}

fn describe(attribute: &Attribute, element: &Element) -> String {
    format!("attribute `{}` of `<{}>`", attribute.name, element.name)
}

fn unknown_attribute(attribute: &Attribute, element: &Element, rule: &ElementRule, findings: &mut Findings<'_>) {
    if findings.is_full() {
        return;
    }
    let names = rule.attributes.iter().map(|known| known.name);
    let suggestion = match nearest(&attribute.name, names.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if rule.attributes.is_empty() => "remove it; the element has no attributes".to_owned(),
        None => format!("known attributes: {}", names.collect::<Vec<_>>().join(", ")),
    };
    let message = format!("`<{}>` has no attribute `{}`", element.name, attribute.name);
    findings.error_with(attribute.offset, "unknown-attribute", message, Some(suggestion));
}

/// Checks one value against its rule. `place` names it in messages.
fn check_value(
    value: &Value,
    expression: Expression,
    rule: ValueRule,
    place: &str,
    findings: &mut Findings<'_>,
) -> bool {
    if !value.is_literal() {
        if expression == Expression::Allowed {
            return true;
        }
        let message = format!("{place} must be a literal value; a policy expression is not allowed here");
        let suggestion = Some("write a literal value".to_owned());
        findings.error_with(value.offset, "expression-not-allowed", message, suggestion);
        return false;
    }
    match violation(&value.text, rule) {
        None => true,
        Some(Violation { expected, suggestion }) => {
            let message = format!("{place} must be {expected}, found {}", quote(&value.text));
            findings.error_with(value.offset, "value-invalid", message, suggestion);
            false
        }
    }
}

struct Violation {
    expected: String,
    suggestion: Option<String>,
}

fn violation(text: &str, rule: ValueRule) -> Option<Violation> {
    let trimmed = text.trim();
    let expected = match rule {
        ValueRule::Text => return None,
        ValueRule::NonEmpty if trimmed.is_empty() => "some text".to_owned(),
        ValueRule::Boolean if boolean(trimmed).is_none() => "`true` or `false`".to_owned(),
        ValueRule::Integer(low, high) if integer(trimmed).is_none_or(|number| number < low || number > high) => {
            if high == u64::MAX {
                format!("a whole number of at least {low}")
            } else {
                format!("a whole number from {low} to {high}")
            }
        }
        ValueRule::OneOf(words) if !words.iter().any(|word| word.eq_ignore_ascii_case(trimmed)) => {
            let suggestion = nearest(trimmed, words.iter().copied()).map(|word| format!("did you mean `{word}`?"));
            return Some(Violation { expected: format!("one of {}", words.join(", ")), suggestion });
        }
        ValueRule::Token if !is_token(trimmed) => "a name of letters, digits and !#$%&'*+-.^_`|~".to_owned(),
        ValueRule::FieldText if trimmed.chars().any(char::is_control) => {
            "on one line and free of control characters".to_owned()
        }
        _ => return None,
    };
    Some(Violation { expected, suggestion: None })
}

/// Numbers are read independently of any locale: decimal digits only.
fn integer(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn boolean(text: &str) -> Option<bool> {
    [("true", true), ("false", false)]
        .into_iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text))
        .map(|(_, value)| value)
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// A byte of a token, RFC 9110 section 5.6.2.
pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn check_empty(element: &Element, findings: &mut Findings<'_>) -> bool {
    if element.children.is_empty() && !element.has_text() {
        return true;
    }
    findings.error(element.offset, "content-not-allowed", format!("`<{}>` must be empty", element.name));
    false
}

fn check_no_children(element: &Element, findings: &mut Findings<'_>) -> bool {
    let Some(child) = element.children.first() else { return true };
    let message = format!("`<{}>` holds text only, found element `<{}>`", element.name, child.name);
    findings.error(child.offset, "unknown-element", message);
    false
}

fn check_text(element: &Element, rule: &TextRule, findings: &mut Findings<'_>) -> bool {
    check_value(&element.text, rule.expression, rule.value, &format!("the text of `<{}>`", element.name), findings)
}

fn check_text_or_value(element: &Element, rule: &TextRule, findings: &mut Findings<'_>) -> bool {
    match element.children.as_slice() {
        [] => check_text(element, rule, findings),
        [value] if value.name == "value" && value.children.is_empty() && !element.has_text() => {
            check_text(value, rule, findings)
        }
        [first, ..] => {
            let message = format!("`<{}>` holds text or one `<value>`, found element `<{}>`", element.name, first.name);
            findings.error(first.offset, "unknown-element", message);
            false
        }
    }
}

fn check_children(element: &Element, rules: &'static [ChildRule], findings: &mut Findings<'_>) -> bool {
    let mut good = true;
    if element.has_text() {
        let message = format!("`<{}>` holds elements only, found text {}", element.name, quote(&element.text.text));
        findings.error(element.text.offset, "text-not-allowed", message);
        good = false;
    }
    for child in &element.children {
        match rules.iter().find(|known| known.rule.element == child.name) {
            Some(known) => good &= check(child, known.rule, findings),
            None => {
                good = false;
                unknown_child(child, element, rules, findings);
            }
        }
    }
    check_counts(element, rules, findings) && good
}

/// The original's validator insists on the order; here any order works, so it is only remarked upon.
fn check_order(element: &Element, rules: &[ChildRule], findings: &mut Findings<'_>) {
    let mut furthest = 0;
    for child in &element.children {
        let Some(index) = rules.iter().position(|known| known.rule.element == child.name) else { continue };
        if index < furthest {
            let message = format!("`<{}>` should stand before `<{}>`", child.name, rules[furthest].rule.element);
            let order = rules.iter().map(|known| known.rule.element).collect::<Vec<_>>().join(", ");
            findings.warning(child.offset, "child-order", message, Some(format!("keep the order {order}")));
        }
        furthest = furthest.max(index);
    }
}

fn unknown_child(child: &Element, element: &Element, rules: &[ChildRule], findings: &mut Findings<'_>) {
    if findings.is_full() {
        return;
    }
    let names = rules.iter().map(|known| known.rule.element);
    let suggestion = match nearest(&child.name, names.clone()) {
        Some(name) => format!("did you mean `<{name}>`?"),
        None => format!("known elements: {}", names.collect::<Vec<_>>().join(", ")),
    };
    let message = format!("`<{}>` has no element `<{}>`", element.name, child.name);
    findings.error_with(child.offset, "unknown-element", message, Some(suggestion));
}

fn check_counts(element: &Element, rules: &[ChildRule], findings: &mut Findings<'_>) -> bool {
    let mut good = true;
    for rule in rules {
        let name = rule.rule.element;
        let mut found = element.children.iter().filter(|child| child.name == name);
        let (first, second) = (found.next(), found.next());
        if first.is_none() && matches!(rule.occurs, Occurs::One | Occurs::Some) {
            let message = format!("`<{}>` needs an element `<{name}>`", element.name);
            findings.error_with(element.offset, "element-missing", message, Some(format!("add <{name}>…</{name}>")));
            good = false;
        }
        if let Some(second) = second
            && matches!(rule.occurs, Occurs::One | Occurs::Optional)
        {
            findings.error(
                second.offset,
                "element-twice",
                format!("`<{}>` may hold only one `<{name}>`", element.name),
            );
            good = false;
        }
    }
    good
}

/// Reading of checked elements.
impl Element {
    /// A literal attribute, trimmed.
    pub(crate) fn literal(&self, name: &str) -> Option<&str> {
        self.attribute(name)
            .filter(|attribute| attribute.value.is_literal())
            .map(|attribute| attribute.value.text.trim())
    }

    /// An attribute checked as `Integer`.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.literal(name).and_then(integer)
    }

    /// An attribute checked as `Boolean`.
    pub(crate) fn flag(&self, name: &str, default: bool) -> bool {
        self.literal(name).and_then(boolean).unwrap_or(default)
    }

    /// An owned literal attribute.
    pub(crate) fn owned(&self, name: &str) -> Option<Box<str>> {
        self.literal(name).map(Box::from)
    }

    /// The children of one name.
    pub(crate) fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}
