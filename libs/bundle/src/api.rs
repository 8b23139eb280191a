//! An API revision with its operations.

use serde::{Deserialize, Serialize};

use crate::schema::SchemaName;
use crate::service::PolicySource;

/// One revision of one API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Api {
    /// Resource name as the source has it: the bare name for the current revision, `name;rev=n` for the others.
    pub name: String,
    /// Name for people.
    pub display_name: String,
    /// Path prefix below the gateway's host, without leading and trailing slash, not percent-decoded; may be empty and may
    /// contain slashes.
    pub path: String,
    /// How this API is versioned; `None` = it belongs to no version set.
    pub version: Option<ApiVersion>,
    /// Revision number as text (`"1"`): reachable at `path;rev=n`.
    pub revision: String,
    /// Whether this revision answers at the plain path.
    pub is_current: bool,
    /// APIM's `type`: `http`, `soap`, `websocket`, `graphql`, `odata`, `grpc`; in lower case.
    pub kind: String,
    /// Schemes callers may use: `http`, `https`, `ws`, `wss`; in lower case.
    pub protocols: Vec<String>,
    /// Base URL of the backend, absolute; `None` when only policies choose the backend.
    pub service_url: Option<String>,
    /// Whether a call needs a subscription key (products may still open it).
    pub subscription_required: bool,
    /// Where the subscription key is looked for.
    pub subscription_key: KeyNames,
    /// What is known of a GraphQL API.
    pub graphql: Option<Graphql>,
    /// The model of an OData API as CSDL XML, checked; `None` = not known, or an API of another kind.
    pub odata: Option<String>,
    /// Policy at API scope.
    pub policy: Option<PolicySource>,
    /// The operations, sorted by name.
    pub operations: Vec<Operation>,
}

impl Api {
    /// The name without `;rev=n`: what products and subscriptions refer to.
    pub fn base_name(&self) -> &str {
        base_name(&self.name)
    }
}

/// The API name without its revision suffix.
pub(crate) fn base_name(name: &str) -> &str {
    name.split(';').next().unwrap_or(name)
}

/// A GraphQL API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graphql {
    /// Its schema, checked; `None` = not known.
    pub schema: Option<String>,
    /// How its fields are resolved; `None` = a backend executes the queries.
    pub resolvers: Option<Vec<GraphqlResolver>>,
}

/// How a field of a GraphQL API is resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphqlResolver {
    /// Resource name.
    pub name: String,
    /// The object type.
    pub type_name: String,
    /// The field.
    pub field: String,
    /// The data source.
    pub policy: PolicySource,
}

/// Header and query parameter that carry the subscription key (`subscriptionKeyParameterNames`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyNames {
    /// Header name; looked at first.
    pub header: String,
    /// Query parameter name; looked at only when the header is absent.
    pub query: String,
}

impl Default for KeyNames {
    fn default() -> Self {
        KeyNames { header: "Ocp-Apim-Subscription-Key".to_owned(), query: "subscription-key".to_owned() }
    }
}

/// Membership of a version set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiVersion {
    /// Name of the version set.
    pub set: String,
    /// `apiVersion`; empty = the unversioned original, chosen when a request names no version.
    pub value: String,
    /// Where a request names the version.
    pub scheme: VersionScheme,
}

/// `versioningScheme` of a version set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VersionScheme {
    /// The path segment after the API's path.
    Segment,
    /// The value of this header (`versionHeaderName`).
    Header(String),
    /// The value of this query parameter (`versionQueryName`).
    Query(String),
}

/// One operation of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Resource name.
    pub name: String,
    /// Name for people.
    pub display_name: String,
    /// HTTP method, in upper case.
    pub method: String,
    /// Template relative to the API's path, with a leading slash: `/orders/{id}?expand={e}`, `/*`, `/files/{*rest}`.
    pub url_template: String,
    /// The placeholders of the template.
    pub template_parameters: Vec<Parameter>,
    /// Policy at operation scope.
    pub policy: Option<PolicySource>,
    /// The described request.
    pub request: Request,
    /// Described responses: what `mock-response` answers with, and what responses are checked against.
    pub responses: Vec<Response>,
}

/// A described request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Parameters of the query that are not in the URL template.
    pub query: Vec<Parameter>,
    /// Headers.
    pub headers: Vec<Parameter>,
    /// One entry per content type.
    pub representations: Vec<Representation>,
}

/// A placeholder of a URL template, another parameter of the query, or a header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name; of a placeholder what is between the braces, without `*`.
    pub name: String,
    /// ARM's `type` (`string`, `integer`, …); empty when unknown.
    pub kind: String,
    /// Whether a request must carry it: always for path parameters; a query parameter of the template may be optional.
    pub required: bool,
    /// Allowed values; empty = any.
    pub values: Vec<String>,
    /// Its schema, where that says more.
    pub schema: Option<SchemaName>,
}

/// A described response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Status code, 100..=599.
    pub status: u16,
    /// Headers.
    pub headers: Vec<Parameter>,
    /// One entry per content type.
    pub representations: Vec<Representation>,
}

/// A body in one content type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Representation {
    /// Media type as written.
    pub content_type: String,
    /// Its schema.
    pub schema: Option<SchemaName>,
    /// Named examples, in the order of the definition.
    pub examples: Vec<Example>,
    /// A body made up from the schema, used when there is no example.
    pub sample: Option<String>,
}

/// A named example body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its name (`default` when the definition names none).
    pub name: String,
    /// The body.
    pub value: String,
}
