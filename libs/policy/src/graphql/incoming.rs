//! The query of a request: in a JSON or text body, or in the URL of a GET request.

use postern_graphql::{GraphqlError, Request};

use crate::exchange::{Exchange, Side};
use crate::url;

/// Where the query stands in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Text,
    Parameter,
}

/// Reads the request, whose body must be in hand. `max`: its longest size in bytes.
pub(crate) fn read(exchange: &dyn Exchange, max: u64) -> Result<(Form, Request), GraphqlError> {
    let parameter = |name: &str| parameter(exchange.query(), name);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| GraphqlError::new("The request is not UTF-8."));
    let body = exchange.content(Side::Request).unwrap_or_default();
    let is_get = matches!(exchange.method(), b"GET" | b"HEAD");
    let size = if is_get { exchange.query().len() } else { body.len() };
    if size as u64 > max {
        let what = if is_get { "Request's query" } else { "Request's body" };
        let message = format!("{what} is {size} bytes long and it exceeds the limit of {max} bytes.");
        return Err(GraphqlError::new(message));
    }
    if is_get && body.is_empty() {
        let query = parameter("query")?.map(text).transpose()?.unwrap_or_default();
        let operation = parameter("operationName")?.map(text).transpose()?;
        let variables = parameter("variables")?.map(text).transpose()?;
        let request = Request::from_parameters(&query, operation.as_deref(), variables.as_deref())?;
        return Ok((Form::Parameter, request));
    }
    // Servers differ in which of two they take.
    for name in ["query", "operationName", "variables"] {
        if parameter(name)?.is_some() {
            let message = format!("The request must not have \"{name}\" in its URL besides a body.");
            return Err(GraphqlError::new(message));
        }
    }
    let content_type = exchange.header(Side::Request, "Content-Type").map(String::from_utf8_lossy).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/graphql") {
        return Ok((Form::Text, Request::from_text(&text(body.to_vec())?)));
    }
    Request::from_json(body).map(|request| (Form::Json, request))
}

/// A parameter of the URL, decoded.
fn parameter(query: &[u8], name: &str) -> Result<Option<Vec<u8>>, GraphqlError> {
    let mut found = url::parameters(query).filter(|known| url::same_name(known.name, name.as_bytes()));
    let Some(first) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(GraphqlError::new(format!("Parameter \"{name}\" stands twice.")));
    }
    Ok(Some(url::decode(first.text.get(first.name.len() + 1..).unwrap_or_default())))
}

/// Puts another query in the place of the request's.
pub(crate) fn rewrite(exchange: &mut dyn Exchange, form: Form, request: &Request, query: &str) {
    match form {
        Form::Json => exchange.set_body(Side::Request, request.json_with_query(query).as_bytes()),
        Form::Text => exchange.set_body(Side::Request, query.as_bytes()),
        Form::Parameter => {
            let mut made = Vec::new();
            for known in url::parameters(exchange.query()) {
                if !made.is_empty() {
                    made.push(b'&');
                }
                if url::same_name(known.name, b"query") {
                    made.extend_from_slice(b"query=");
                    url::encode_component(&mut made, query);
                } else {
                    made.extend_from_slice(known.text);
                }
            }
            exchange.set_query(&made);
        }
    }
}
