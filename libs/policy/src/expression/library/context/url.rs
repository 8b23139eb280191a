//! `IUrl`: the request's URLs, and that of the API's backend.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use postern_dotnet::Text;

use super::maps::{lossy, percent_decoded};
use super::{Library, Part, PartObject, context_type, part};
use crate::exchange::{Exchange, UrlParts};
use crate::expression::array::Array;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Dictionary, Enumerator, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::url;

/// A URL in parts, wherever they are.
pub(super) struct Url<'a>(UrlParts<'a>);

/// The URL of a part: `Url`, `OriginalUrl` or one of their queries.
pub(super) fn of_part(part: Part, exchange: &dyn Exchange) -> Url<'_> {
    match part {
        Part::OriginalUrl | Part::OriginalQuery => Url(exchange.original_url()),
        _ => Url(exchange.backend_url()),
    }
}

impl Url<'_> {
    fn default_port(&self) -> u16 {
        if self.0.scheme == "https" { 443 } else { 80 }
    }

    /// `IUrl.ToString()`: the whole URL; the port if it is not the scheme's own.
    pub(super) fn text(&self) -> Text {
        let UrlParts { scheme, host, port, path, query } = &self.0;
        let port = if *port == self.default_port() { String::new() } else { format!(":{port}") };
        let mark = if query.is_empty() { "" } else { "?" };
        Text::from(format!("{scheme}://{host}{port}{}{mark}{}", lossy(path), lossy(query)))
    }

    /// The values of a query parameter, decoded, or `None` without it. Names compare without case.
    pub(super) fn parameter(&self, name: &str) -> Option<Vec<Text>> {
        let mut values = Vec::new();
        for parameter in url::parameters(self.0.query) {
            if percent_decoded(parameter.name).eq_ignore_ascii_case(name) {
                values.push(Text::from(value_of(parameter.text)));
            }
        }
        (!values.is_empty()).then_some(values)
    }

    /// The names of the query's parameters, each once, in order.
    pub(super) fn parameter_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for parameter in url::parameters(self.0.query) {
            let name = percent_decoded(parameter.name);
            if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                names.push(name);
            }
        }
        names
    }
}

/// The value of `name=value`, decoded as a form is: `+` is a blank.
fn value_of(pair: &[u8]) -> String {
    let value = pair.iter().position(|byte| *byte == b'=').map_or(&[][..], |at| &pair[at + 1..]);
    if value.contains(&b'+') {
        let spaced: Vec<u8> = value.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        return percent_decoded(&spaced);
    }
    percent_decoded(value)
}

/// `IApi.ServiceUrl`: a URL of the configuration.
pub(super) fn parsed(text: &Text) -> Value {
    if text.is_empty() { Value::Null } else { Value::object(FixedUrl(text.clone())) }
}

/// A URL that is text.
struct FixedUrl(Text);

impl FixedUrl {
    fn url(&self) -> Url<'_> {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("http", &self.0));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port.parse().ok()),
            _ => (authority, None),
        };
        let path = if path.is_empty() { "/" } else { path };
        let port = port.unwrap_or(if scheme == "https" { 443 } else { 80 });
        Url(UrlParts { scheme, host, port, path: Cow::Borrowed(path.as_bytes()), query: query.as_bytes() })
    }
}

impl Object for FixedUrl {
    fn of(&self) -> Type {
        context_type("IUrl")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(self.url().text())
    }
}

/// Its `Query`.
struct FixedQuery(Rc<FixedUrl>);

impl Object for FixedQuery {
    fn of(&self) -> Type {
        PartObject(Part::Query).of()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(super::maps::Walk::new(self)))
    }

    fn dictionary(&self) -> Option<&dyn Dictionary> {
        Some(self)
    }
}

impl Dictionary for FixedQuery {
    fn get(&self, _machine: &Machine<'_>, key: &Value) -> Option<Value> {
        let Value::String(name) = key else { return None };
        self.0.url().parameter(name).map(|values| Value::object(Array::texts(values)))
    }

    fn keys(&self, _machine: &Machine<'_>) -> Vec<Value> {
        self.0.url().parameter_names().into_iter().map(Value::from).collect()
    }
}

/// A member of `this`.
fn member(call: &Call<'_, '_>, get: impl FnOnce(&Url<'_>) -> Value) -> Result<Value, Thrown> {
    if let Some(fixed) = call.argument(0).downcast_ref::<FixedUrl>() {
        return Ok(get(&fixed.url()));
    }
    let which = super::this_part(call).unwrap_or(Part::Url);
    Ok(get(&of_part(which, call.machine.host.exchange)))
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.IUrl")
        .getter("string Host", |call| member(call, |url| Value::from(url.0.host)))
        .getter("string Path", |call| member(call, |url| Value::String(lossy(&url.0.path))))
        .getter("int Port", |call| member(call, |url| i32::from(url.0.port).into()))
        .getter("string Scheme", |call| member(call, |url| Value::from(url.0.scheme)))
        .getter("string QueryString", |call| {
            member(call, |url| match url.0.query {
                [] => Value::String(Text::default()),
                query => Value::from(format!("?{}", lossy(query))),
            })
        })
        .getter("IReadOnlyDictionary<string, string[]> Query", |call| {
            if let Some(fixed) = call.object::<FixedUrl>(0) {
                return Ok(Value::object(FixedQuery(fixed)));
            }
            Ok(part(match super::this_part(call) {
                Some(Part::OriginalUrl) => Part::OriginalQuery,
                _ => Part::Query,
            }))
        });
}
