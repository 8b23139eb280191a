//! Schemas that bodies and parameters are checked against: of an API (`apis/{id}/schemas/{id}`) and of the service (`schemas/{id}`).

use serde::Deserialize;
use serde_json::Value;

/// Properties of a schema as the API has them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SchemaProperties {
    /// Of an API's schema: what the document is.
    pub content_type: Option<String>,
    /// Of the service's schema: `json` or `xml`.
    pub schema_type: Option<String>,
    /// Of an API's schema `{value}`, `{definitions}` or `{components}`; of the service's the schema itself.
    pub document: Option<Value>,
    /// Of the service's schema: the document as text or as an object.
    pub value: Option<Value>,
}

/// A schema document as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaText {
    pub text: String,
    /// JSON Schema or the schemas of an OpenAPI document; else XML Schema, GraphQL, protobuf.
    pub is_json: bool,
}

impl SchemaProperties {
    /// The document of an API's schema.
    pub fn into_api_schema(self) -> SchemaText {
        let kind = self.content_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        let is_json = !kind.contains("xml") && kind.contains("json");
        let document = self.document.unwrap_or_default();
        let text = match document.get("value") {
            // Beside nothing else: a schema may have a property of that name, but an API's document has not.
            Some(value) if document.as_object().is_some_and(|members| members.len() == 1) => as_text(value),
            _ => as_text(&document),
        };
        SchemaText { text, is_json }
    }

    /// The document of a schema of the service.
    pub fn into_global_schema(self) -> SchemaText {
        let is_json = self.schema_type.as_deref().is_none_or(|kind| !kind.eq_ignore_ascii_case("xml"));
        let document = self.document.filter(|document| !document.is_null()).or(self.value).unwrap_or_default();
        SchemaText { text: as_text(&document), is_json }
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SchemaProperties;

    #[test]
    fn documents_are_found_where_each_kind_has_them() {
        let read = |value| serde_json::from_value::<SchemaProperties>(value).expect("reads");
        let openapi = "application/vnd.oai.openapi.components+json";
        for (properties, text, is_json) in [
            (
                json!({"contentType": openapi, "document": {"components": {"schemas": {}}}}),
                r#"{"components":{"schemas":{}}}"#,
                true,
            ),
            (json!({"contentType": openapi, "document": {"value": "{}"}}), "{}", true),
            (
                json!({"contentType": "application/vnd.ms-azure-apim.xsd+xml", "document": {"value": "<s/>"}}),
                "<s/>",
                false,
            ),
        ] {
            let schema = read(properties).into_api_schema();
            assert_eq!((schema.text.as_str(), schema.is_json), (text, is_json));
        }
        for (properties, text, is_json) in [
            (json!({"schemaType": "json", "document": {"type": "object"}}), r#"{"type":"object"}"#, true),
            (json!({"schemaType": "json", "value": "{\"type\":\"object\"}"}), r#"{"type":"object"}"#, true),
            (json!({"schemaType": "xml", "value": "<s/>"}), "<s/>", false),
        ] {
            let schema = read(properties).into_global_schema();
            assert_eq!((schema.text.as_str(), schema.is_json), (text, is_json));
        }
    }
}
