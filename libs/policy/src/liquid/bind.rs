//! What names in a template stand for: `body` and `context`, as `facts/apim.md` §2.6 has them.

use std::collections::HashMap;
use std::rc::Rc;

use postern_dotnet::date::{DateTime, DateTimeKind, TimeSpan};
use postern_dotnet::json::{self, JToken, LoadSettings, Scalar};
use postern_dotnet::number::{Number, NumberType};
use postern_dotnet::work::{Pace, Paced, in_one_go};
use postern_dotnet::xml::{LoadOptions, Loading, XNode};
use postern_dotnet::{Exception, Text};

use super::data::{Data, Map, OWN_TEXT};
use crate::exchange::{Exchange, Side, UrlParts};
use crate::expression::display;
use crate::expression::library::dates::DateTimeValue;
use crate::expression::library::json::wrapper::TokenValue;
use crate::expression::machine::{Host, Machine};
use crate::expression::value::Value;
use crate::policies::Format;
use crate::url;
use crate::variables::Variables;

/// Documents are not looked into deeper than this: conversion recurses, and nobody writes a template for more.
const DATA_DEPTH_MAX: usize = 128;

/// How the body is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding {
    /// Whose body it is.
    pub(crate) side: Side,
    /// `xsi:nil` is nil, otherwise an empty text.
    pub(crate) nil_is_null: bool,
    /// Texts of JSON that look like dates are dates.
    pub(crate) parse_date: bool,
    /// The template looks at the body.
    pub(crate) uses_body: bool,
}

/// What names stand for, but for the body, and the clock.
#[derive(Debug)]
pub(crate) struct Scope {
    body: BodyText,
    context: Data,
    pub(crate) now: DateTime,
}

/// The body as its type says.
#[derive(Debug, Clone)]
enum BodyText {
    Nothing,
    Json(Text, LoadSettings),
    Xml(Text, Binding),
}

/// Looks at everything that a template may name. The error: a variable is nested too deeply.
pub(crate) fn scope(exchange: &mut dyn Exchange, variables: &mut Variables, binding: Binding) -> Result<Scope, String> {
    let body = if binding.uses_body { body(exchange, binding) } else { BodyText::Nothing };
    let variables = variables_data(exchange, variables)?;
    let mut context = vec![("Request", request(exchange)), ("Variables", variables)];
    if exchange.has_response() {
        let status = Data::Integer(i64::from(exchange.status()));
        let headers = headers(exchange, Side::Response);
        let method = Data::text(&String::from_utf8_lossy(exchange.method()));
        context
            .push(("Response", Data::members(vec![("StatusCode", status), ("Method", method), ("Headers", headers)])));
    }
    let ticks = i64::try_from(exchange.unix_time().as_nanos() / 100).unwrap_or(i64::MAX);
    let now = DateTime::UNIX_EPOCH.add_span(TimeSpan::from_ticks(ticks));
    let now = now.unwrap_or(DateTime::MAX.with_kind(DateTimeKind::Utc));
    Ok(Scope { body, context: Data::members(context), now })
}

fn body(exchange: &dyn Exchange, binding: Binding) -> BodyText {
    let Some(bytes) = exchange.content(binding.side).filter(|bytes| !bytes.trim_ascii().is_empty()) else {
        return BodyText::Nothing;
    };
    let content_type = exchange.header(binding.side, "Content-Type").unwrap_or_default();
    let text = || Text::from(String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)));
    if Format::Json.is_of(content_type) {
        return BodyText::Json(text(), LoadSettings { parse_dates: binding.parse_date, ..LoadSettings::default() });
    }
    if Format::Xml.is_of(content_type) { BodyText::Xml(text(), binding) } else { BodyText::Nothing }
}

impl Scope {
    /// The root of all names. The error: the body is not what its type says.
    pub(crate) async fn root(&self, pace: &Pace) -> Result<Data, String> {
        let failed = |exception: Exception| exception.message.to_string();
        let body = match self.body.clone() {
            BodyText::Nothing => Data::Nil,
            BodyText::Json(text, settings) => {
                let token = pace.run(json::Loading::new(text, settings, None)).await.map_err(failed)?;
                in_pieces(pace, &token, 0).await?
            }
            BodyText::Xml(text, binding) => {
                let document = pace.run(Loading::document(text, LoadOptions::None)).await.map_err(failed)?;
                match document.root() {
                    Some(root) => {
                        let name = root.name().map_or_else(String::new, |name| name.local().to_string());
                        Data::members(vec![(&name, element_data(pace, &root, binding, 0).await?)])
                    }
                    None => Data::Nil,
                }
            }
        };
        Ok(Data::members(vec![("body", body), ("context", self.context.clone())]))
    }
}

/// Steps of a turn for a value.
const VALUE_STEPS: u64 = 20;

/// A JSON document. Recursion is bounded by its depth.
async fn in_pieces(pace: &Pace, token: &JToken, depth: usize) -> Result<Data, String> {
    if depth > DATA_DEPTH_MAX {
        return Err(too_deep());
    }
    pace.take(VALUE_STEPS).await;
    if let Some(scalar) = token.scalar() {
        return Ok(scalar_data(&scalar));
    }
    if token.is_object() {
        let mut entries = Vec::new();
        for property in token.properties() {
            let value = match property.property_value() {
                Some(value) => Box::pin(in_pieces(pace, &value, depth + 1)).await?,
                None => Data::Nil,
            };
            entries.push((Rc::from(property.name().unwrap_or_default().as_str()), value));
        }
        return Ok(Data::Map(Rc::new(Map { entries, folds_case: false })));
    }
    let mut items = Vec::new();
    for item in token.children() {
        items.push(Box::pin(in_pieces(pace, &item, depth + 1)).await?);
    }
    Ok(Data::list(items))
}

fn too_deep() -> String {
    format!("The body is nested more than {DATA_DEPTH_MAX} deep.")
}

/// A document that a variable holds.
fn token_data(token: &JToken) -> Result<Data, String> {
    let token = token.clone();
    in_one_go(Paced::new(|pace| async move { in_pieces(&pace, &token, 0).await }))
}

fn scalar_data(scalar: &Scalar) -> Data {
    match scalar {
        Scalar::Null | Scalar::NullString | Scalar::Undefined => Data::Nil,
        Scalar::Boolean(flag) => Data::Bool(*flag),
        Scalar::Date(date) => Data::Date(*date),
        Scalar::Number(number) => number_data(*number, &scalar.to_plain().unwrap_or_default()),
        other => Data::text(&other.to_plain().unwrap_or_default()),
    }
}

fn number_data(number: Number, text: &str) -> Data {
    match number.of() {
        NumberType::Single | NumberType::Double | NumberType::Decimal => {
            text.parse().map_or_else(|_| Data::text(text), Data::Float)
        }
        _ => text.parse().map_or_else(|_| Data::text(text), Data::Integer),
    }
}

/// An element without elements is its text; attributes are `@name`, several elements of a name a list.
async fn element_data(pace: &Pace, element: &XNode, binding: Binding, depth: usize) -> Result<Data, String> {
    if depth > DATA_DEPTH_MAX {
        return Err(too_deep());
    }
    pace.take(VALUE_STEPS).await;
    let attributes: Vec<_> =
        element.attributes().into_iter().filter(|attribute| !attribute.is_namespace_declaration()).collect();
    let is_nil = |attribute: &postern_dotnet::xml::XAttribute| {
        let name = attribute.name();
        &**name.local() == "nil" && name.namespace().ends_with("XMLSchema-instance") && attribute.value() == "true"
    };
    if attributes.iter().any(is_nil) {
        return Ok(if binding.nil_is_null { Data::Nil } else { Data::text("") });
    }
    let children = element.elements(None);
    if children.is_empty() && attributes.is_empty() {
        return Ok(Data::text(&element.value()));
    }
    let mut entries: Vec<(Rc<str>, Data)> = attributes
        .iter()
        .map(|attribute| (Rc::from(format!("@{}", attribute.name().local())), Data::text(&attribute.value())))
        .collect();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<(Rc<str>, Vec<Data>)> = Vec::new();
    for child in &children {
        let name = child.name().map_or_else(String::new, |name| name.local().to_string());
        let value = Box::pin(element_data(pace, child, binding, depth + 1)).await?;
        let place = *places.entry(name.clone()).or_insert_with(|| {
            groups.push((Rc::from(name), Vec::new()));
            groups.len() - 1
        });
        if let Some((_, values)) = groups.get_mut(place) {
            values.push(value);
        }
    }
    for (name, mut values) in groups {
        let value = if values.len() > 1 { Data::list(values) } else { values.pop().unwrap_or_default() };
        entries.push((name, value));
    }
    if children.is_empty() {
        entries.push((OWN_TEXT.into(), Data::text(&element.value())));
    }
    Ok(Data::Map(Rc::new(Map { entries, folds_case: true })))
}

fn variables_data(exchange: &mut dyn Exchange, variables: &mut Variables) -> Result<Data, String> {
    let all: Vec<(Rc<str>, Value)> = variables.iter().map(|(name, value)| (Rc::from(name), value.clone())).collect();
    let mut entries = Vec::with_capacity(all.len());
    for (name, value) in all {
        let data = match &value {
            Value::Null => Data::Nil,
            Value::Bool(flag) => Data::Bool(*flag),
            Value::String(text) => Data::text(text),
            Value::Object(object) => {
                if let Some(token) = value.downcast_ref::<TokenValue>() {
                    token_data(&token.0)?
                } else if let Some(date) = value.downcast_ref::<DateTimeValue>() {
                    Data::Date(date.0)
                } else if let Some(list) = object.list() {
                    Data::list(
                        (0..list.len())
                            .map(|at| text_of(&list.get(at).unwrap_or_default(), exchange, variables))
                            .collect(),
                    )
                } else {
                    text_of(&value, exchange, variables)
                }
            }
            number => {
                let text = text_of(number, exchange, variables);
                if matches!(number, Value::Char(_)) { text } else { text.number().unwrap_or(text) }
            }
        };
        entries.push((name, data));
    }
    Ok(Data::Map(Rc::new(Map { entries, folds_case: false })))
}

/// `ToString()`; what cannot be converted is nothing.
fn text_of(value: &Value, exchange: &mut dyn Exchange, variables: &mut Variables) -> Data {
    let mut machine = Machine::new(Host { exchange, variables, last_error: None });
    display::to_text(value, &mut machine).map_or(Data::Nil, |text| Data::text(&text))
}

fn request(exchange: &dyn Exchange) -> Data {
    let method = Data::text(&String::from_utf8_lossy(exchange.method()));
    let mut matched = Vec::new();
    exchange.matched_parameters(&mut |name, value| {
        matched.push((Rc::from(name), Data::text(&String::from_utf8_lossy(&url::decode(value)))));
    });
    Data::members(vec![
        ("Url", url_data(&exchange.backend_url())),
        ("OriginalUrl", url_data(&exchange.original_url())),
        ("Method", method.clone()),
        ("OriginalMethod", method),
        ("IpAddress", exchange.caller_ip().map_or(Data::Nil, |ip| Data::text(&ip.to_string()))),
        ("MatchedParameters", Data::Map(Rc::new(Map { entries: matched, folds_case: true }))),
        ("HasBody", Data::Bool(exchange.has_body(Side::Request))),
        ("Headers", headers(exchange, Side::Request)),
    ])
}

fn url_data(parts: &UrlParts<'_>) -> Data {
    let (path, query) = (String::from_utf8_lossy(&parts.path), String::from_utf8_lossy(parts.query));
    let question = if query.is_empty() { "" } else { "?" };
    let usual = if parts.scheme == "https" { 443 } else { 80 };
    let port = if parts.port == usual { String::new() } else { format!(":{}", parts.port) };
    let whole = format!("{}://{}{port}{path}{question}{query}", parts.scheme, parts.host);
    let lines = url::parameters(parts.query).map(|given| {
        let value = given.text.get(given.name.len() + 1..).unwrap_or_default();
        (url::decode(given.name), url::decode(value))
    });
    Data::members(vec![
        ("Scheme", Data::text(parts.scheme)),
        ("Host", Data::text(parts.host)),
        ("Port", Data::text(&parts.port.to_string())),
        ("Path", Data::text(&path)),
        ("Query", grouped(lines)),
        ("QueryString", Data::text(&format!("{question}{query}"))),
        ("ToUri", Data::text(&whole)),
        ("ToString", Data::text(&whole)),
        (OWN_TEXT, Data::text(&whole)),
    ])
}

fn headers(exchange: &dyn Exchange, side: Side) -> Data {
    let mut lines = Vec::new();
    exchange.headers(side, &mut |name, value| lines.push((name.to_vec(), value.to_vec())));
    grouped(lines.into_iter())
}

/// Names with their value, or with a list if there are several.
fn grouped(lines: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) -> Data {
    let mut groups: Vec<(String, Vec<Data>)> = Vec::new();
    for (name, value) in lines {
        let (name, value) = (String::from_utf8_lossy(&name), Data::text(&String::from_utf8_lossy(&value)));
        match groups.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, values)) => values.push(value),
            None => groups.push((name.into_owned(), vec![value])),
        }
    }
    let entries = groups.into_iter().map(|(name, mut values)| {
        let value = if values.len() > 1 { Data::list(values) } else { values.pop().unwrap_or_default() };
        (Rc::from(name), value)
    });
    Data::Map(Rc::new(Map { entries: entries.collect(), folds_case: true }))
}
