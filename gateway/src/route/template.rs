//! URL templates of operations: `/orders/{id}/lines/{a}.{b}?expand={e}`, `/files/{*rest}`, `/*`.
//!
//! What must hold: a template that parses can be matched without surprises: every literal is stored as decoded, folded
//! octets, a wildcard is the last segment, parameter names are unique over path and query, and the counts are within
//! `limits`.

use super::limits::{TEMPLATE_BYTES_MAX, TEMPLATE_PARAMETERS_MAX, TEMPLATE_SEGMENTS_MAX};
use super::segment::Folded;

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub(super) segments: Vec<Segment>,
    pub(super) query: Vec<QueryPart>,
    /// Names of the parameters: those of the path from left to right, then those of the query.
    pub(super) parameters: Vec<Box<str>>,
}

/// One segment of a template's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// Decoded, folded octets.
    Literal(Box<[u8]>),
    /// `{id}`: any one segment, not empty.
    Parameter,
    /// Literals with parameters between them: `{name}.{extension}`, `x-{id}`, `Orders({id})`.
    Pattern(Pattern),
    /// `*` or `{*rest}`: all that is left, also nothing.
    Wildcard,
}

/// A segment of several parts. `literals` has one element more than there are parameters; only the first and the last may
/// be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) literals: Box<[Box<[u8]>]>,
}

/// One `name=value` of a template's query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueryPart {
    /// Decoded and folded, like the names of a request's query when they are compared.
    pub(super) name: Box<[u8]>,
    pub(super) value: QueryValue,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum QueryValue {
    /// The request must say exactly this (decoded, case ignored).
    Literal(Box<[u8]>),
    /// Any value; absent is a mismatch.
    Required,
    /// Any value; may be absent (`templateParameters[].required` is false).
    Optional,
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("the template is longer than {TEMPLATE_BYTES_MAX} bytes")]
    TooLong,
    #[error("the template has more than {TEMPLATE_SEGMENTS_MAX} segments")]
    TooManySegments,
    #[error("the template has more than {TEMPLATE_PARAMETERS_MAX} parameters")]
    TooManyParameters,
    #[error("a brace is not closed or opened in `{segment}`")]
    Brace { segment: String },
    #[error("a parameter in `{segment}` has no name")]
    NoName { segment: String },
    #[error("parameter `{name}` occurs twice")]
    DuplicateParameter { name: String },
    #[error("two parameters in `{segment}` have nothing between them")]
    AdjacentParameters { segment: String },
    #[error("a wildcard must be the whole last segment, `{segment}` is not")]
    WildcardNotLast { segment: String },
    #[error("segment `{segment}` can never be requested: dot segments are resolved before matching")]
    DotSegment { segment: String },
    #[error("query part `{part}` is neither `name=literal` nor `name={{parameter}}`")]
    Query { part: String },
}

impl Template {
    /// Reads a template. `optional` tells which query parameters a request may leave out.
    ///
    /// # Errors
    /// When the text is not a template, or outside the limits.
    pub fn parse(text: &str, optional: &dyn Fn(&str) -> bool) -> Result<Self, TemplateError> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(TemplateError::TooLong);
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let mut names = Names::default();
        let mut segments = Vec::new();
        // Empty segments are dropped as they are in requests, so `/a/`, `a` and `/a` are one template.
        let mut pieces = path.split('/').filter(|piece| !piece.is_empty()).peekable();
        while let Some(piece) = pieces.next() {
            if segments.len() == TEMPLATE_SEGMENTS_MAX {
                return Err(TemplateError::TooManySegments);
            }
            let segment = parse_segment(piece, &mut names)?;
            if segment == Segment::Wildcard && pieces.peek().is_some() {
                return Err(TemplateError::WildcardNotLast { segment: piece.to_owned() });
            }
            segments.push(segment);
        }
        let query = query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| parse_query_part(part, optional, &mut names))
            .collect::<Result<_, _>>()?;
        Ok(Self { segments, query, parameters: names.0 })
    }

    /// Names of the parameters: path from left to right, then query.
    pub fn parameters(&self) -> &[Box<str>] {
        &self.parameters
    }
}

#[derive(Default)]
struct Names(Vec<Box<str>>);

impl Names {
    fn add(&mut self, name: &str, segment: &str) -> Result<(), TemplateError> {
        if name.is_empty() || name.contains(['{', '}']) {
            return Err(TemplateError::NoName { segment: segment.to_owned() });
        }
        if self.0.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(TemplateError::DuplicateParameter { name: name.to_owned() });
        }
        if self.0.len() == TEMPLATE_PARAMETERS_MAX {
            return Err(TemplateError::TooManyParameters);
        }
        self.0.push(name.into());
        Ok(())
    }
}

fn parse_segment(text: &str, names: &mut Names) -> Result<Segment, TemplateError> {
    if text == "*" {
        names.add("*", text)?;
        return Ok(Segment::Wildcard);
    }
    if let Some(name) = text.strip_prefix("{*").and_then(|rest| rest.strip_suffix('}')) {
        names.add(name, text)?;
        return Ok(Segment::Wildcard);
    }
    let mut literals: Vec<Box<[u8]>> = Vec::new();
    let mut rest = text;
    while let Some((literal, tail)) = rest.split_once('{') {
        let brace = || TemplateError::Brace { segment: text.to_owned() };
        if literal.contains('}') {
            return Err(brace());
        }
        let (name, tail) = tail.split_once('}').ok_or_else(brace)?;
        if name.starts_with('*') {
            return Err(TemplateError::WildcardNotLast { segment: text.to_owned() });
        }
        if literal.is_empty() && !literals.is_empty() {
            return Err(TemplateError::AdjacentParameters { segment: text.to_owned() });
        }
        names.add(name.trim(), text)?;
        literals.push(octets(literal));
        rest = tail;
    }
    if rest.contains('}') {
        return Err(TemplateError::Brace { segment: text.to_owned() });
    }
    if literals.is_empty() {
        let literal = octets(text);
        if matches!(&*literal, b"." | b"..") {
            return Err(TemplateError::DotSegment { segment: text.to_owned() });
        }
        return Ok(Segment::Literal(literal));
    }
    literals.push(octets(rest));
    if literals.len() == 2 && literals.iter().all(|literal| literal.is_empty()) {
        return Ok(Segment::Parameter);
    }
    Ok(Segment::Pattern(Pattern { literals: literals.into() }))
}

fn parse_query_part(
    part: &str,
    optional: &dyn Fn(&str) -> bool,
    names: &mut Names,
) -> Result<QueryPart, TemplateError> {
    let wrong = || TemplateError::Query { part: part.to_owned() };
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    if name.is_empty() || name.contains(['{', '}']) {
        return Err(wrong());
    }
    let value = match value.strip_prefix('{') {
        Some(rest) => {
            let parameter = rest.strip_suffix('}').ok_or_else(wrong)?.trim();
            names.add(parameter, part)?;
            if optional(parameter) { QueryValue::Optional } else { QueryValue::Required }
        }
        None if value.contains(['{', '}']) => return Err(wrong()),
        None => QueryValue::Literal(query_octets(value)),
    };
    Ok(QueryPart { name: query_octets(name), value })
}

/// Decoded, folded octets of a literal; characters that a URL cannot carry are taken as their UTF-8 octets.
pub(super) fn octets(literal: &str) -> Box<[u8]> {
    Folded::new(literal.as_bytes()).collect()
}

/// As [`octets`], with `+` as a space.
fn query_octets(text: &str) -> Box<[u8]> {
    super::query::Decoded::new(text.as_bytes()).map(|byte| byte.to_ascii_lowercase()).collect()
}

impl Pattern {
    /// Finds the parameters in a segment: leftmost occurrence of each literal, the last literal at the end, no parameter
    /// empty. `found` gets the byte range of each within the segment.
    pub(super) fn find(&self, segment: &[u8], mut found: impl FnMut(usize, usize)) -> bool {
        let [first, middle @ .., last] = &*self.literals else { return false };
        let Some(mut start) = literal_at(segment, 0, first) else { return false };
        for literal in middle {
            let Some((at, end)) = find_literal(segment, start, literal) else { return false };
            found(start, at);
            start = end;
        }
        if last.is_empty() {
            found(start, segment.len());
            return start < segment.len();
        }
        // Anchored at the end: the last place where it fits exactly.
        let mut from = start;
        while let Some((at, end)) = find_literal(segment, from, last) {
            if end == segment.len() {
                found(start, at);
                return true;
            }
            from = at;
        }
        false
    }

    /// How specific it is: octets that are fixed. More comes first.
    pub(super) fn fixed_octets(&self) -> usize {
        self.literals.iter().map(|literal| literal.len()).sum()
    }
}

/// The end of `literal` when it stands at `at`.
fn literal_at(segment: &[u8], at: usize, literal: &[u8]) -> Option<usize> {
    let mut octets = Folded::from(segment, at);
    for &expected in literal {
        if octets.next()? != expected {
            return None;
        }
    }
    Some(octets.at())
}

/// The first occurrence of `literal` that leaves at least one octet between `start` and itself.
fn find_literal(segment: &[u8], start: usize, literal: &[u8]) -> Option<(usize, usize)> {
    let mut octets = Folded::from(segment, start);
    while octets.next().is_some() {
        let at = octets.at();
        if let Some(end) = literal_at(segment, at, literal) {
            return Some((at, end));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Template, TemplateError> {
        Template::parse(text, &|_| false)
    }

    #[test]
    fn a_template_is_read_into_segments_query_and_parameter_names() {
        let names = |text: &str| parse(text).unwrap().parameters.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names("/customers/{cid}/orders/{oid}/?date={date}"), ["cid", "oid", "date"]);
        assert_eq!(names("/*"), ["*"]);
        assert_eq!(names("/files/{*rest}"), ["rest"]);
        assert_eq!(names("/{name}.{extension}"), ["name", "extension"]);
        assert_eq!(names("resource"), Vec::<String>::new());
        assert_eq!(parse("/a/b/").unwrap(), parse("a//b").unwrap());
        assert_eq!(parse("/Caf%C3%A9").unwrap(), parse("/caf\u{e9}").unwrap());
        assert_eq!(parse("/").unwrap().segments, []);
        let optional = Template::parse("/a?x={x}&y={y}&z=Z", &|name| name == "y").unwrap();
        let values: Vec<_> = optional.query.iter().map(|part| part.value.clone()).collect();
        assert_eq!(values, [QueryValue::Required, QueryValue::Optional, QueryValue::Literal(b"z".as_slice().into())]);
    }

    #[test]
    fn what_cannot_be_matched_is_refused() {
        let table = [
            ("/a/*/b", TemplateError::WildcardNotLast { segment: "*".into() }),
            ("/{*a}/b", TemplateError::WildcardNotLast { segment: "{*a}".into() }),
            ("/x{*a}", TemplateError::WildcardNotLast { segment: "x{*a}".into() }),
            ("/{a", TemplateError::Brace { segment: "{a".into() }),
            ("/a}", TemplateError::Brace { segment: "a}".into() }),
            ("/{}", TemplateError::NoName { segment: "{}".into() }),
            ("/{a}/{A}", TemplateError::DuplicateParameter { name: "A".into() }),
            ("/{a}?b={a}", TemplateError::DuplicateParameter { name: "a".into() }),
            ("/{a}{b}", TemplateError::AdjacentParameters { segment: "{a}{b}".into() }),
            ("/a/../b", TemplateError::DotSegment { segment: "..".into() }),
            ("/a/%2e", TemplateError::DotSegment { segment: "%2e".into() }),
            ("/a?{b}=c", TemplateError::Query { part: "{b}=c".into() }),
            ("/a?b=x{c}", TemplateError::Query { part: "b=x{c}".into() }),
        ];
        for (text, error) in table {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn limits_hold_at_their_edge() {
        let segments = |count| "/a".repeat(count);
        assert!(parse(&segments(TEMPLATE_SEGMENTS_MAX)).is_ok());
        assert_eq!(parse(&segments(TEMPLATE_SEGMENTS_MAX + 1)), Err(TemplateError::TooManySegments));
        let parameters = |count: usize| (0..count).map(|i| format!("/{{p{i}}}")).collect::<String>();
        assert!(parse(&parameters(TEMPLATE_PARAMETERS_MAX)).is_ok());
        assert_eq!(parse(&parameters(TEMPLATE_PARAMETERS_MAX + 1)), Err(TemplateError::TooManyParameters));
        let long = |bytes| format!("/{}", "a".repeat(bytes - 1));
        assert!(parse(&long(TEMPLATE_BYTES_MAX)).is_ok());
        assert_eq!(parse(&long(TEMPLATE_BYTES_MAX + 1)), Err(TemplateError::TooLong));
    }

    #[test]
    fn a_pattern_takes_the_leftmost_literals_and_no_empty_parameter() {
        let table: [(&str, &str, Option<&[&str]>); 12] = [
            ("{a}.{b}", "x.y", Some(&["x", "y"])),
            ("{a}.{b}", "x.y.z", Some(&["x", "y.z"])),
            ("{a}.{b}", ".y", None),
            ("{a}.{b}", "x.", None),
            ("x-{id}", "X-7", Some(&["7"])),
            ("x-{id}", "x-", None),
            ("Orders({id})", "orders(7)", Some(&["7"])),
            ("Orders({id})", "orders%287%29", Some(&["7"])),
            ("{a}.json", "x.json.json", Some(&["x.json"])),
            ("{a}.json", "x.jsonx", None),
            ("{a}-{b}.csv", "p-q-r.csv", Some(&["p", "q-r"])),
            ("{a}:activate", "a%3Aactivate", Some(&["a"])),
        ];
        for (template, segment, expected) in table {
            let parsed = parse(template).unwrap();
            let [Segment::Pattern(pattern)] = &parsed.segments[..] else { panic!("{template}") };
            let mut values = Vec::new();
            let matched = pattern.find(segment.as_bytes(), |start, end| values.push(&segment[start..end]));
            assert_eq!(matched.then_some(&values[..]), expected, "{template} {segment}");
        }
    }
}
