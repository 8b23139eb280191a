//! A GraphQL request as it comes over HTTP: a query, the operation of it to run, and variables.

use std::collections::HashSet;

use apollo_compiler::response::JsonMap;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::GraphqlError;

/// What the caller asks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The document.
    pub query: String,
    /// The operation to run, if the document has several.
    pub operation_name: Option<String>,
    pub(crate) variables: JsonMap,
    /// All members of the JSON object, as they are written.
    members: Vec<(String, Box<RawValue>)>,
}

impl Request {
    /// A request of its own text (`application/graphql`).
    #[must_use]
    pub fn from_text(query: &str) -> Request {
        Request { query: query.to_owned(), ..Request::default() }
    }

    /// The JSON of a POST request.
    ///
    /// # Errors
    /// It is no JSON object with a text `query`, or a member stands in it twice, so that another reader might see another request.
    pub fn from_json(body: &[u8]) -> Result<Request, GraphqlError> {
        let Members(members) = serde_json::from_slice(body)
            .map_err(|error| GraphqlError::new(format!("The request is not a JSON object: {error}.")))?;
        let mut request = Request::default();
        for (name, value) in &members {
            match name.as_str() {
                "query" => request.query = member::<Option<String>>(name, value)?.unwrap_or_default(),
                "operationName" => request.operation_name = member(name, value)?,
                "variables" => request.variables = member::<Option<JsonMap>>(name, value)?.unwrap_or_default(),
                _ => {}
            }
        }
        request.operation_name = request.operation_name.filter(|name| !name.is_empty());
        request.members = members;
        Ok(request)
    }

    /// The parameters of a GET request, decoded.
    ///
    /// # Errors
    /// The variables are no JSON object.
    pub fn from_parameters(
        query: &str,
        operation_name: Option<&str>,
        variables: Option<&str>,
    ) -> Result<Request, GraphqlError> {
        let variables = match variables.map(str::trim).filter(|variables| !variables.is_empty()) {
            None => JsonMap::default(),
            Some(variables) => serde_json::from_str::<Option<JsonMap>>(variables)
                .map_err(|error| GraphqlError::new(format!("`variables` is not a JSON object: {error}.")))?
                .unwrap_or_default(),
        };
        let operation_name = operation_name.filter(|name| !name.is_empty()).map(str::to_owned);
        Ok(Request { query: query.to_owned(), operation_name, variables, members: Vec::new() })
    }

    /// The JSON of the request with another query; everything else stays as it was written.
    #[must_use]
    pub fn json_with_query(&self, query: &str) -> String {
        let mut out = String::from("{");
        for (name, value) in &self.members {
            if out.len() > 1 {
                out.push(',');
            }
            out.push_str(&quoted(name));
            out.push(':');
            if name == "query" {
                out.push_str(&quoted(query));
            } else {
                out.push_str(value.get());
            }
        }
        out.push('}');
        out
    }
}

pub(crate) fn quoted(text: &str) -> String {
    // A string always serialises.
    serde_json::to_string(text).unwrap_or_default()
}

fn member<'a, T: Deserialize<'a>>(name: &str, value: &'a RawValue) -> Result<T, GraphqlError> {
    serde_json::from_str(value.get())
        .map_err(|error| GraphqlError::new(format!("Member `{name}` of the request cannot be read: {error}.")))
}

/// The members of an object in order, each once whatever its case: servers differ in which of two they take.
pub(crate) struct Members(pub(crate) Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(A::Error::custom("a member stands twice"));
            }
            members.push((name, map.next_value()?));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn a_request_is_one_object_with_every_member_once() {
        for (body, error) in [
            (r#"{"query":"{a}"}"#, None),
            (r#"{"query":"{a}","operationName":null,"variables":null,"extensions":{"x":[1]}}"#, None),
            (r#"{}"#, None),
            ("", Some("not a JSON object")),
            ("[]", Some("not a JSON object")),
            (r#"[{"query":"{a}"}]"#, Some("not a JSON object")),
            (r#"{"query":1}"#, Some("Member `query`")),
            (r#"{"query":"{a}","variables":[]}"#, Some("Member `variables`")),
            (r#"{"query":"{a}","query":"{b}"}"#, Some("twice")),
            (r#"{"query":"{a}","Query":"{b}"}"#, Some("twice")),
            (&format!(r#"{{"variables":{}}}"#, "[".repeat(10_000)), Some("not a JSON object")),
        ] {
            match (Request::from_json(body.as_bytes()), error) {
                (Ok(_), None) => {}
                (Err(found), Some(error)) => assert!(found.message.contains(error), "{}", found.message),
                (found, _) => panic!("{body}: {found:?}"),
            }
        }
    }

    #[test]
    fn another_query_leaves_the_rest_as_written() {
        let body = r#"{"variables":{"n":12345678901234567890123, "x":1.0},"query":"{a}","operationName":"o"}"#;
        let request = Request::from_json(body.as_bytes()).unwrap();
        assert_eq!(
            request.json_with_query("{ \"b\" }"),
            r#"{"variables":{"n":12345678901234567890123, "x":1.0},"query":"{ \"b\" }","operationName":"o"}"#
        );
    }
}
