//! `rewrite-uri`: replaces path and query sent to the backend by a template, filled with the operation's URL template parameters.
//!
//! `<rewrite-uri template="/path/{param}?a={b}" copy-unmatched-params="true"/>` – `template` required; inbound. Query parameters of the
//! request that the operation's URL template does not name are copied behind the template's own unless `copy-unmatched-params` is false;
//! one that the template sets itself is not copied. A parameter that the operation does not have is an error (500), and so is a path
//! that would climb upwards through a parameter's value (400).

use std::borrow::Cow;

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional, required,
};
use crate::exchange::Exchange;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;
use crate::url;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "rewrite-uri",
        attributes: &[
            required("template", Expression::Allowed, ValueRule::NonEmpty),
            optional("copy-unmatched-params", Expression::Allowed, ValueRule::Boolean),
        ],
        content: Content::Empty,
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Late,
    build,
};

#[derive(Debug)]
struct RewriteUri {
    path: Box<[Piece]>,
    query: Box<[Piece]>,
    copy_unmatched_params: bool,
}

/// A part of a template.
#[derive(Debug)]
enum Piece {
    /// Percent-encoded text.
    Literal(Box<[u8]>),
    /// The value of a URL template parameter.
    Parameter(Box<str>),
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let attribute = element.attribute("template")?;
    let template = attribute.value.text.trim();
    let (path, query) = template.split_once('?').unwrap_or((template, ""));
    let slash = if path.starts_with('/') { "" } else { "/" };
    let pieces = |text: &str, push: fn(&mut Vec<u8>, &[u8])| pieces(text, push);
    match (pieces(&format!("{slash}{path}"), url::push_path), pieces(query, url::push_query)) {
        (Some(path), Some(query)) => {
            let copy_unmatched_params = element.flag("copy-unmatched-params", true);
            Built::policy(RewriteUri { path, query, copy_unmatched_params })
        }
        _ => {
            let message = "a parameter in `template` must be written `{name}`, with both braces and a name";
            builder.error(attribute.value.offset, "value-invalid", message);
            None
        }
    }
}

/// Cuts a template at its `{name}`s. `None`: braces do not match or a name is missing.
fn pieces(template: &str, push: fn(&mut Vec<u8>, &[u8])) -> Option<Box<[Piece]>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find(['{', '}']) {
        let (literal, behind) = rest.split_at(start);
        push_literal(&mut pieces, literal, push);
        let (name, behind) = behind.strip_prefix('{')?.split_once('}')?;
        // `{*rest}` is how a URL template writes the parameter `rest`; `*` alone is the wildcard's own name.
        let name = name.strip_prefix('*').filter(|name| !name.is_empty()).unwrap_or(name);
        if name.trim().is_empty() || name.contains('{') {
            return None;
        }
        pieces.push(Piece::Parameter(name.trim().into()));
        rest = behind;
    }
    push_literal(&mut pieces, rest, push);
    Some(pieces.into())
}

fn push_literal(pieces: &mut Vec<Piece>, text: &str, push: fn(&mut Vec<u8>, &[u8])) {
    if !text.is_empty() {
        let mut literal = Vec::with_capacity(text.len());
        push(&mut literal, text.as_bytes());
        pieces.push(Piece::Literal(literal.into()));
    }
}

/// Appends the pieces. The error is the name of a parameter the operation does not have.
fn fill<'p>(
    pieces: &'p [Piece],
    exchange: &dyn Exchange,
    push: fn(&mut Vec<u8>, &[u8]),
    out: &mut Vec<u8>,
) -> Result<(), &'p str> {
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => out.extend_from_slice(literal),
            Piece::Parameter(name) => push(out, exchange.matched_parameter(name).ok_or(&**name)?),
        }
    }
    Ok(())
}

impl RewriteUri {
    /// Appends the request's query parameters that neither the operation's template nor this one names.
    fn copy_unmatched(&self, exchange: &dyn Exchange, out: &mut Vec<u8>, start: usize) {
        if !self.copy_unmatched_params {
            return;
        }
        let own = out.len();
        for parameter in url::parameters(exchange.query()) {
            let named = exchange.is_template_query_parameter(parameter.name)
                || url::parameters(&out[start..own]).any(|other| url::same_name(other.name, parameter.name));
            if !named {
                if out.len() > start {
                    out.push(b'&');
                }
                out.extend_from_slice(parameter.text);
            }
        }
    }
}

fn missing_parameter(name: &str) -> Step {
    Step::Fail(Box::new(Failure {
        reason: "TemplateParameterNotFound".into(),
        message: Cow::Owned(format!("Template parameter {name} is not defined by the operation.")),
        response: DefaultResponse::Internal,
    }))
}

fn climbing_path() -> Step {
    Step::Fail(Box::new(Failure {
        reason: "TemplateParameterNotAllowed".into(),
        message: Cow::Borrowed("A template parameter's value would change the directory of the path."),
        response: DefaultResponse::Message { status: 400, message: Cow::Borrowed("Bad request") },
    }))
}

impl Policy for RewriteUri {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let PolicyContext { exchange, state, .. } = context;
        let scratch = &mut state.scratch;
        scratch.clear();
        if let Err(name) = fill(&self.path, &**exchange, url::push_path, scratch) {
            return missing_parameter(name);
        }
        if url::has_dot_segment(scratch) && self.path.iter().any(|piece| matches!(piece, Piece::Parameter(_))) {
            return climbing_path();
        }
        let path_end = scratch.len();
        if let Err(name) = fill(&self.query, &**exchange, url::push_query, scratch) {
            return missing_parameter(name);
        }
        self.copy_unmatched(&**exchange, scratch, path_end);
        exchange.set_query(&scratch[path_end..]);
        exchange.set_path(&scratch[..path_end]);
        scratch.clear();
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    fn request(target: &str) -> MemoryExchange {
        let parameter = |name: &str, value: &str| (name.to_owned(), value.into());
        MemoryExchange {
            matched_parameters: vec![
                parameter("id", "a%20b"),
                parameter("rest", "x/y"),
                parameter("*", "w"),
                parameter("b", "1+2"),
                parameter("up", ".."),
                parameter("odd", "q?\"{"),
            ],
            template_query_parameters: vec!["a".to_owned()],
            ..MemoryExchange::get(target)
        }
    }

    #[test]
    fn the_documented_examples_hold() {
        // Request /get?a=b&c=d, operation template /get?a={b}.
        check("<rewrite-uri template='/put'/>", request("/get?a=b&c=d"), &[Expect::Request("GET", "/put?c=d")]);
        let without = "<rewrite-uri template='/put' copy-unmatched-params='false'/>";
        check(without, request("/get?a=b&c=d"), &[Expect::Request("GET", "/put")]);
    }

    #[test]
    fn templates_are_filled_and_encoded() {
        for (template, target, expected) in [
            ("/x/{id}", "/", "/x/a%20b"),
            ("x/{ID}/{*rest}", "/", "/x/a%20b/x/y"),
            ("/{*}/{*rest}/", "/", "/w/x/y/"),
            ("/x?k={id}&l={b}", "/?c=d", "/x?k=a%20b&l=1+2&c=d"),
            ("/x?c=own", "/?c=d&e=f", "/x?c=own&e=f"),
            ("/x?C=own", "/?c=d", "/x?C=own"),
            ("/x y/ä?a b", "/", "/x%20y/%C3%A4?a%20b"),
            ("/{odd}?{odd}", "/", "/q%3F%22%7B?q?%22%7B"),
            ("/a/../b", "/", "/a/../b"),
            ("?q=1", "/", "/?q=1"),
            ("/x", "/?a=1&&c", "/x?c"),
        ] {
            check(
                &format!("<rewrite-uri template=\"{template}\"/>"),
                request(target),
                &[Expect::Request("GET", expected)],
            );
        }
    }

    #[test]
    fn a_parameter_the_operation_does_not_have_is_an_error() {
        for template in ["/x/{nope}", "/x?y={nope}"] {
            let expected = [
                Expect::LastError(Some((
                    "TemplateParameterNotFound",
                    "Template parameter nope is not defined by the operation.",
                ))),
                Expect::EffectCount(0),
                Expect::Request("GET", "/before?c=d"),
            ];
            check(&format!("<rewrite-uri template='{template}'/>"), request("/before?c=d"), &expected);
        }
    }

    #[test]
    fn a_parameter_cannot_climb_out_of_the_path() {
        let expected =
            [Expect::Response(400, "{ \"statusCode\": 400, \"message\": \"Bad request\" }"), Expect::EffectCount(0)];
        check("<rewrite-uri template='/safe/{up}/x'/>", request("/"), &expected);
    }

    #[test]
    fn wrong_templates_and_sections_are_refused() {
        for (policy, code) in [
            ("<rewrite-uri/>", "attribute-missing"),
            ("<rewrite-uri template=''/>", "value-invalid"),
            ("<rewrite-uri template='/{'/>", "value-invalid"),
            ("<rewrite-uri template='/{a'/>", "value-invalid"),
            ("<rewrite-uri template='/a}'/>", "value-invalid"),
            ("<rewrite-uri template='/{}'/>", "value-invalid"),
            ("<rewrite-uri template='/{a{b}}'/>", "value-invalid"),
            ("<rewrite-uri template='/' copy-unmatched-params='1'/>", "value-invalid"),
            ("<policies><outbound><rewrite-uri template='/'/></outbound></policies>", "wrong-section"),
        ] {
            check(policy, request("/"), &[Expect::Codes(&[code])]);
        }
    }
}
