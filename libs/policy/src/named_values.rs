//! `{{named-value}}` references: replaced textually before a document is read, also inside code.
//!
//! Liquid writes its own outputs with the same braces, so the bodies of elements with `template="liquid"` are left alone. So are C#'s
//! doubled braces: what stands between the braces must look like a name. Comments are left alone too: nothing depends on them.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Findings};
use crate::limits;

/// Replaces every reference by the value `lookup` gives. Values are not searched for further references.
///
/// # Errors
/// One diagnostic per reference without a value, at its place in `text`; or one when the result would be too large.
pub fn substitute_named_values(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, Vec<Diagnostic>> {
    let mut findings = Findings::new(text);
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for reference in references(text) {
        out.push_str(&text[copied..reference.range.start]);
        copied = reference.range.end;
        match lookup(reference.name) {
            Some(value) => out.push_str(&value),
            None => {
                let message = format!("named value `{}` does not exist", reference.name);
                findings.error(
                    u32::try_from(reference.range.start).unwrap_or(u32::MAX),
                    "named-value-not-found",
                    message,
                );
            }
        }
        if out.len() > limits::SUBSTITUTED_BYTES_MAX {
            let message =
                format!("with named values the document has more than {} bytes", limits::SUBSTITUTED_BYTES_MAX);
            findings.error(u32::try_from(reference.range.start).unwrap_or(u32::MAX), "document-too-large", message);
            break;
        }
    }
    out.push_str(&text[copied..]);
    let diagnostics = findings.into_list();
    if diagnostics.is_empty() { Ok(out) } else { Err(diagnostics) }
}

/// The names referred to, each once, in order of appearance.
#[must_use]
pub fn named_value_references(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for reference in references(text) {
        if !names.iter().any(|name| name == reference.name) {
            names.push(reference.name.to_owned());
        }
    }
    names
}

struct Reference<'t> {
    name: &'t str,
    /// With the braces.
    range: Range<usize>,
}

fn references(text: &str) -> impl Iterator<Item = Reference<'_>> {
    let kept = kept_as_written(text);
    let mut position = 0;
    let mut next_kept = 0;
    std::iter::from_fn(move || {
        loop {
            let start = position + text.get(position..)?.find("{{")?;
            while kept.get(next_kept).is_some_and(|range| range.end <= start) {
                next_kept += 1;
            }
            if let Some(range) = kept.get(next_kept).filter(|range| range.contains(&start)) {
                position = range.end;
                continue;
            }
            let inside = &text[start + 2..];
            match name(inside) {
                Some((name, length)) => {
                    position = start + 2 + length;
                    return Some(Reference { name, range: start..position });
                }
                // Only one brace on: `{{{name}}}` is a reference in braces.
                None => position = start + 1,
            }
        }
    })
}

/// A name and its closing braces at the start of `text`: letters, digits, `.`, `-`, `_`, with blanks around it.
fn name(text: &str) -> Option<(&str, usize)> {
    let mut window = limits::NAMED_VALUE_NAME_BYTES_MAX.min(text.len());
    while !text.is_char_boundary(window) {
        window -= 1;
    }
    let lead = text.len() - text.trim_start_matches([' ', '\t']).len();
    let body = text.get(lead..window.max(lead))?;
    let length = body.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))).unwrap_or(body.len());
    let name = body.get(..length).filter(|name| !name.is_empty())?;
    let behind = text[lead + length..].trim_start_matches([' ', '\t']);
    behind.strip_prefix("}}").map(|rest| (name, text.len() - rest.len()))
}

/// Comments and bodies of Liquid templates, in order.
fn kept_as_written(text: &str) -> Vec<Range<usize>> {
    let mut kept = Vec::new();
    let mut position = 0;
    while let Some(start) = text.get(position..).and_then(|rest| rest.find('<')).map(|at| position + at) {
        let rest = &text[start..];
        let range = if rest.starts_with("<!--") {
            Some(start..rest.find("-->").map_or(text.len(), |length| start + length + 3))
        } else {
            liquid_body(rest).map(|body| start + body.start..start + body.end)
        };
        position = range.as_ref().map_or(start + 1, |range| range.end);
        kept.extend(range);
    }
    kept
}

/// The body of the element at the start of `text`, if its tag says `template="liquid"`.
fn liquid_body(text: &str) -> Option<Range<usize>> {
    let name_end = text[1..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).map(|end| end + 1)?;
    let name = text.get(1..name_end).filter(|name| !name.is_empty())?;
    let window = text.as_bytes().get(name_end..text.len().min(name_end + limits::TEMPLATE_TAG_BYTES_MAX))?;
    let tag_end = name_end + memchr::memchr(b'>', window)?;
    let tag = &text[name_end..tag_end];
    if tag.ends_with('/') || !says_liquid(tag) {
        return None;
    }
    let body = tag_end + 1;
    let end = text[body..].find(&format!("</{name}")).map_or(text.len(), |length| body + length);
    Some(body..end)
}

/// Whether a tag has the attribute `template="liquid"`.
fn says_liquid(tag: &str) -> bool {
    tag.match_indices("template").any(|(at, attribute)| {
        let before = tag[..at].chars().next_back();
        let value = tag[at + attribute.len()..].trim_start().strip_prefix('=').map_or("", str::trim_start);
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let inside = quote.and_then(|quote| value[1..].split(quote).next());
        before.is_some_and(char::is_whitespace)
            && inside.is_some_and(|inside| inside.trim().eq_ignore_ascii_case("liquid"))
    })
}

#[cfg(test)]
mod tests {
    use super::{named_value_references, substitute_named_values};
    use crate::limits;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "a" => Some("1".to_owned()),
            "my.value-2_x" => Some("{{a}}".to_owned()),
            "big" => Some("x".repeat(limits::SUBSTITUTED_BYTES_MAX)),
            _ => None,
        }
    }

    #[test]
    fn references_are_replaced_wherever_they_stand() {
        for (text, expected) in [
            ("<x y=\"{{a}}\">{{ a }}</x>", "<x y=\"1\">1</x>"),
            ("@(\"{{a}}\" + {{a}})", "@(\"1\" + 1)"),
            ("{{my.value-2_x}}", "{{a}}"),
            ("{{{a}}}", "{1}"),
            ("{{a}}{{a}}", "11"),
            // Not names: initialisers, escaped braces of format strings, half a reference, other characters.
            ("new D {{\"k\", 1}, {\"l\", 2}}", "new D {{\"k\", 1}, {\"l\", 2}}"),
            ("$\"{{ {x} }}\" {{ }} {{a {{a} {{a b}}", "$\"{{ {x} }}\" {{ }} {{a {{a} {{a b}}"),
            ("{{\na\n}}", "{{\na\n}}"),
            ("é{{a}}é", "é1é"),
        ] {
            assert_eq!(substitute_named_values(text, &lookup).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn liquid_templates_and_comments_are_left_alone() {
        for (text, expected) in [
            ("<set-body template=\"liquid\">{{a}}</set-body>{{a}}", "<set-body template=\"liquid\">{{a}}</set-body>1"),
            ("<publish-to-dapr topic=\"{{x}}\" template = 'Liquid'>{{a}}</publish-to-dapr>", ""),
            ("<set-body template=\"none\">{{a}}</set-body>", "<set-body template=\"none\">1</set-body>"),
            ("<rewrite-uri template=\"liquid/{{a}}\"/>{{a}}", "<rewrite-uri template=\"liquid/1\"/>1"),
            ("<set-body template=\"liquid\"/>{{a}}", "<set-body template=\"liquid\"/>1"),
            ("<!-- {{x}} -->{{a}}", "<!-- {{x}} -->1"),
            ("<set-body template=\"liquid\">{{a}}", "<set-body template=\"liquid\">{{a}}"),
        ] {
            match substitute_named_values(text, &lookup) {
                Ok(result) => assert_eq!(result, expected, "{text}"),
                Err(diagnostics) => {
                    assert_eq!((diagnostics.len(), expected), (1, ""), "{text}");
                    assert!(
                        diagnostics[0].message.contains("`x`"),
                        "only the tag's own reference counts: {diagnostics:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_reference_without_value_is_reported_at_its_place() {
        let diagnostics = substitute_named_values("{{a}}\n é{{nope}} {{nope}}", &lookup).unwrap_err();
        let places: Vec<_> = diagnostics.iter().map(|d| (d.code, d.line, d.column, d.message.as_str())).collect();
        assert_eq!(
            places,
            [
                ("named-value-not-found", 2, 3, "named value `nope` does not exist"),
                ("named-value-not-found", 2, 12, "named value `nope` does not exist"),
            ]
        );
    }

    #[test]
    fn the_result_is_bounded() {
        assert!(substitute_named_values("{{big}}", &lookup).is_ok());
        assert_eq!(substitute_named_values("x{{big}}", &lookup).unwrap_err()[0].code, "document-too-large");
    }

    #[test]
    fn names_are_listed_once_in_order_and_bounded_in_length() {
        assert_eq!(named_value_references("{{b}} {{a}} {{b}} <!-- {{c}} -->"), ["b", "a"]);
        let long = |length: usize| format!("{{{{{}}}}}", "n".repeat(length));
        assert_eq!(named_value_references(&long(limits::NAMED_VALUE_NAME_BYTES_MAX)).len(), 1);
        assert_eq!(named_value_references(&long(limits::NAMED_VALUE_NAME_BYTES_MAX + 1)).len(), 0);
    }
}
