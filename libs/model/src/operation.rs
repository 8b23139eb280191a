//! Operations of an API (`apis/{id}/operations/{id}`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Properties of an operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OperationProperties {
    pub display_name: Option<String>,
    pub description: Option<String>,
    /// HTTP method, any token.
    pub method: Option<String>,
    /// For example `/customers/{cid}/orders/{oid}?date={date}`.
    pub url_template: Option<String>,
    pub template_parameters: Option<Vec<Parameter>>,
    pub request: Option<Request>,
    pub responses: Option<Vec<Response>>,
}

/// A path, query, header or form parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Parameter {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema type: `string`, `integer`, `number`, `boolean`, `array`, `object`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub parameter_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
}

/// What an operation expects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Request {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_parameters: Option<Vec<Parameter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<Parameter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub representations: Option<Vec<Representation>>,
}

/// A response the operation may give.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Response {
    pub status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub representations: Option<Vec<Representation>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<Parameter>>,
}

/// A body in one content type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Representation {
    pub content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_parameters: Option<Vec<Parameter>>,
    /// Example name → example, in document order (`mock-response` counts them).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub examples: Option<Map<String, Value>>,
    /// Inline sample of older api-versions, used when there are no examples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
}

impl Representation {
    /// Example bodies as text, in document order: a string example is its text, anything else its JSON.
    pub fn example_bodies(&self) -> Vec<String> {
        let named = self.examples.iter().flat_map(Map::values).filter_map(|example| match example.get("value") {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Null) | None => None,
            Some(value) => Some(value.to_string()),
        });
        let mut bodies: Vec<String> = named.collect();
        if bodies.is_empty() {
            bodies.extend(self.sample.clone());
        }
        bodies
    }
}

#[cfg(test)]
mod tests {
    use super::OperationProperties;

    #[test]
    fn examples_come_in_document_order_as_text() {
        let text = r#"{"method":"GET","urlTemplate":"/a","responses":[{"statusCode":200,"representations":[
            {"contentType":"application/json","examples":{"z":{"value":{"b":1,"a":2}},"a":{"value":"plain"}}}]}]}"#;
        let operation: OperationProperties = serde_json::from_str(text).expect("reads");
        let responses = operation.responses.unwrap_or_default();
        let bodies = responses[0].representations.as_ref().map(|r| r[0].example_bodies());
        assert_eq!(bodies, Some(vec![r#"{"b":1,"a":2}"#.to_owned(), "plain".to_owned()]));
    }
}
