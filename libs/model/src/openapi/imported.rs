//! What an import yields, in ARM's vocabulary: every struct serialises to the JSON of the ARM contract it is named
//! after (`OperationContract`, `ParameterContract`, …, api-version 2024-05-01), so that management can store it as it is.

use serde::Serialize;
use serde_json::{Map, Value};

/// The dialect a document was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Dialect {
    /// `swagger: "2.0"`
    Swagger2,
    /// `openapi: 3.0.x`
    OpenApi30,
    /// `openapi: 3.1.x`
    OpenApi31,
}

/// An API read from a document: the part of `ApiContract` that a document can say, its operations and its schemas.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedApi {
    pub dialect: Dialect,
    /// `info.title`, at most 300 characters (`displayName`). Never empty.
    pub display_name: String,
    /// `info.description`.
    pub description: Option<String>,
    /// `info.version`: information only, APIM does not turn it into an `apiVersion`.
    pub document_version: Option<String>,
    /// `info.termsOfService` (`termsOfServiceUrl`).
    pub terms_of_service_url: Option<String>,
    /// `info.contact` as ARM's `ApiContactInformation` (`name`, `url`, `email`).
    pub contact: Option<Value>,
    /// `info.license` as ARM's `ApiLicenseInformation` (`name`, `url`).
    pub license: Option<Value>,
    /// The first https server, path included, without a trailing slash; `None` when there is none, as APIM does
    /// (`serviceUrl`).
    pub service_url: Option<String>,
    /// Every server as an absolute URL with its variables filled in, in document order.
    pub servers: Vec<String>,
    /// Schemes of `servers` without repetition, `["https"]` when there are none (`protocols`).
    pub protocols: Vec<String>,
    /// Never two with the same `name` (compared without case) and never two with the same method and template.
    pub operations: Vec<ImportedOperation>,
    /// Reusable schemas as the document of an `ApiSchema` resource.
    pub schema: Option<ImportedSchema>,
    /// What was left out or read in a particular way; at most `WARNINGS_MAX`.
    pub warnings: Vec<Warning>,
}

/// One operation: `name` is the resource name, the rest is `OperationContract.properties`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedOperation {
    /// ARM resource name: the `operationId` when that is a valid name, else its normalised form.
    #[serde(skip)]
    pub name: String,
    /// Names of the document's tags, for the API's tag resources.
    #[serde(skip)]
    pub tags: Vec<String>,
    pub display_name: String,
    /// Upper case.
    pub method: String,
    /// Starts with `/`; carries required query parameters as `?a={a}&b={b}`.
    pub url_template: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub template_parameters: Vec<Parameter>,
    pub request: Request,
    /// By ascending status code.
    pub responses: Vec<Response>,
}

/// `ParameterContract`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub type_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    pub required: bool,
    /// Allowed values; empty means any.
    pub values: Vec<String>,
    /// Resource name of the schema document that `schema_name` is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_id: Option<&'static str>,
    /// Name of its schema, when that says more than `type_name` and `values`.
    #[serde(rename = "typeName", skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// `ParameterExampleContract` by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub examples: Map<String, Value>,
}

/// `RequestContract`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub query_parameters: Vec<Parameter>,
    pub headers: Vec<Parameter>,
    pub representations: Vec<Representation>,
}

/// `ResponseContract`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// 100 to 599.
    pub status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub representations: Vec<Representation>,
    pub headers: Vec<Parameter>,
}

/// `RepresentationContract`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Representation {
    pub content_type: String,
    /// Resource name of the schema document that `type_name` is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_id: Option<&'static str>,
    /// Name of its schema among the document's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub form_parameters: Vec<Parameter>,
    /// `ParameterExampleContract` by name, in document order: `{"name": {"value": …}}`. When the document gives none
    /// and the content is JSON, one made from the schema stands under `default`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub examples: Map<String, Value>,
}

/// The document's reusable schemas: `SchemaContract.properties`.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedSchema {
    /// `application/vnd.oai.openapi.components+json` or `application/vnd.ms-azure-apim.swagger.definitions+json`.
    pub content_type: &'static str,
    /// `{"components": {…}}` or `{"definitions": {…}}`: `SchemaContract.properties.document`.
    pub document: Value,
}

/// A part of the document that was left out or read in a particular way; the import as a whole succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// RFC 6901 pointer into the document.
    pub pointer: String,
    pub message: String,
}
