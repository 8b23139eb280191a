//! `set-query-parameter`: sets, adds to or removes a parameter of the query sent to the backend.
//!
//! `<set-query-parameter name="n" exists-action="override|skip|append|delete"><value>v</value>*</set-query-parameter>` – `name` required;
//! all sections (it matters before the request is forwarded). Names compare without case; values are percent-encoded.

use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional, required,
};
use crate::policies::set_header::ExistsAction;
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;
use crate::url;

static VALUE: ElementRule = ElementRule {
    element: "value",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text }),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "set-query-parameter",
        attributes: &[
            required("name", Expression::Allowed, ValueRule::NonEmpty),
            optional("exists-action", Expression::Allowed, ValueRule::OneOf(ExistsAction::NAMES)),
        ],
        content: Content::Children(&[ChildRule { rule: &VALUE, occurs: Occurs::Any }]),
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Late,
    build: |element, _| SetQueryParameter::from(element).and_then(Built::policy),
};

#[derive(Debug)]
struct SetQueryParameter {
    /// Percent-encoded.
    name: Box<[u8]>,
    action: ExistsAction,
    /// `name=value&name=value`, percent-encoded.
    pairs: Box<[u8]>,
}

impl SetQueryParameter {
    fn from(element: &Element) -> Option<SetQueryParameter> {
        let mut name = Vec::new();
        url::encode_component(&mut name, element.literal("name")?);
        let mut pairs = Vec::new();
        for value in &element.children {
            if !pairs.is_empty() {
                pairs.push(b'&');
            }
            pairs.extend_from_slice(&name);
            pairs.push(b'=');
            url::encode_component(&mut pairs, value.text.text.trim());
        }
        Some(SetQueryParameter { name: name.into(), action: ExistsAction::of(element), pairs: pairs.into() })
    }

    /// The query with every parameter of this name removed; in the place of the first one, `replacement`.
    fn rewrite(&self, query: &[u8], replacement: &[u8], out: &mut Vec<u8>) {
        let mut replaced = false;
        for parameter in url::parameters(query) {
            if !url::same_name(parameter.name, &self.name) {
                push_pair(out, parameter.text);
            } else if !replaced {
                replaced = true;
                push_pair(out, replacement);
            }
        }
        if !replaced {
            push_pair(out, replacement);
        }
    }
}

fn push_pair(out: &mut Vec<u8>, pair: &[u8]) {
    if !out.is_empty() && !pair.is_empty() {
        out.push(b'&');
    }
    out.extend_from_slice(pair);
}

impl Policy for SetQueryParameter {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let query = context.exchange.query();
        let exists = url::parameters(query).any(|parameter| url::same_name(parameter.name, &self.name));
        let scratch = &mut context.state.scratch;
        scratch.clear();
        match self.action {
            ExistsAction::Skip if exists => return Step::Next,
            ExistsAction::Delete if !exists => return Step::Next,
            ExistsAction::Delete => self.rewrite(query, b"", scratch),
            ExistsAction::Override => self.rewrite(query, &self.pairs, scratch),
            ExistsAction::Append | ExistsAction::Skip => {
                scratch.extend_from_slice(query);
                push_pair(scratch, &self.pairs);
            }
        }
        context.exchange.set_query(scratch);
        scratch.clear();
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn each_exists_action_does_what_it_says() {
        for (query, name, attributes, values, expected) in [
            ("a=1&b=2&A=3", "a", "", "<value>9</value>", "/x?a=9&b=2"),
            ("b=2", "a", "exists-action='override'", "<value>9</value><value>8</value>", "/x?b=2&a=9&a=8"),
            ("a=1&b=2", "a", "exists-action='override'", "", "/x?b=2"),
            ("a=1", "a", "exists-action='skip'", "<value>9</value>", "/x?a=1"),
            ("a", "A", "exists-action='skip'", "<value>9</value>", "/x?a"),
            ("b=2", "a", "exists-action='skip'", "<value>9</value>", "/x?b=2&a=9"),
            ("a=1", "a", "exists-action='append'", "<value>9</value>", "/x?a=1&a=9"),
            ("", "a", "exists-action='append'", "<value>9</value>", "/x?a=9"),
            ("a=1&b=2&a=3", "a", "exists-action='delete'", "", "/x?b=2"),
            ("a=1", "a", "exists-action='delete'", "<value>9</value>", "/x"),
            ("b=%20+2", "a", "exists-action='delete'", "", "/x?b=%20+2"),
            ("x%5By%5D=1", "x[y]", "", "<value>a b&amp;c=ä</value>", "/x?x%5By%5D=a%20b%26c%3D%C3%A4"),
        ] {
            let policy = format!("<set-query-parameter name=\"{name}\" {attributes}>{values}</set-query-parameter>");
            check(&policy, MemoryExchange::get(&format!("/x?{query}")), &[Expect::Request("GET", expected)]);
        }
    }

    #[test]
    fn it_may_stand_in_the_backend_section() {
        let policy = "<policies><backend><set-query-parameter name='a'><value>1</value></set-query-parameter><forward-request/>\
                      </backend></policies>";
        check(policy, MemoryExchange::get("/x"), &[Expect::Request("GET", "/x?a=1"), Expect::EffectCount(1)]);
    }

    #[test]
    fn what_cannot_be_a_parameter_is_refused() {
        for (policy, code) in [
            ("<set-query-parameter/>", "attribute-missing"),
            ("<set-query-parameter name=' '/>", "value-invalid"),
            ("<set-query-parameter name='a' exists-action='add'/>", "value-invalid"),
            ("<set-query-parameter name='a'><value>@{return;}</value></set-query-parameter>", "expression-invalid"),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
