//! The part of one API revision, with its operations and policies.

use std::collections::BTreeMap;

use postern_bundle::{
    Api, ApiVersion, Diagnostic, Example, KeyNames, Operation, Parameter, Representation, Request, Response,
    SchemaName, VersionScheme,
};
use postern_model::openapi;
use postern_model::{
    ApiProperties, Inventory, Name, OperationProperties, PolicyScope, VersioningScheme, id::last_segment,
    inventory::Resource,
};
use postern_policy::ScopeName;
use serde_json::Value;

use super::{
    backends::check_url,
    file_of, graphql, odata,
    policies::{Fragments, PolicyChecker, Uses, Written},
    values::NamedValues,
};

/// What the compiler found out about an API.
pub(super) struct ApiOutcome {
    /// The API; `None` when something in it must not be used.
    pub(super) api: Option<Api>,
    /// Findings in any of its documents.
    pub(super) findings: Vec<Diagnostic>,
    /// What it depends on besides itself.
    pub(super) uses: Uses,
}

/// Compiles one API.
pub(super) fn compile(
    inventory: &Inventory,
    name: &Name,
    resource: &Resource<ApiProperties>,
    checker: &mut PolicyChecker,
    values: &NamedValues,
    fragments: &Fragments,
) -> ApiOutcome {
    let mut build = Build {
        inventory,
        name,
        checker,
        values,
        fragments,
        documents: BTreeMap::new(),
        findings: Vec::new(),
        uses: Uses::default(),
    };
    let api = build.api(resource);
    let usable = !build.findings.iter().any(Diagnostic::is_error);
    ApiOutcome { api: api.filter(|_| usable), findings: build.findings, uses: build.uses }
}

pub(super) struct Build<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) name: &'a Name,
    pub(super) checker: &'a mut PolicyChecker,
    pub(super) values: &'a NamedValues,
    pub(super) fragments: &'a Fragments,
    /// Schema documents that were needed; `None`: not JSON.
    documents: BTreeMap<Name, Option<Value>>,
    pub(super) findings: Vec<Diagnostic>,
    pub(super) uses: Uses,
}

impl Build<'_> {
    fn api(&mut self, resource: &Resource<ApiProperties>) -> Option<Api> {
        let properties = &resource.properties;
        let name = self.name;
        let version = self.version(resource);
        let service_url = properties.service_url.clone().filter(|url| !url.is_empty());
        if let Some(Err(reason)) = service_url.as_deref().map(check_url) {
            let url = service_url.as_deref().unwrap_or_default();
            self.error(resource, "service-url-invalid", format!("serviceUrl {url:?} {reason}"));
        }
        let policy = self.policy(&PolicyScope::Api(name.clone()), ScopeName::Api);
        let operations: Vec<Operation> = self
            .inventory
            .operations_of(name)
            .filter_map(|(operation, resource)| self.operation(operation, resource))
            .collect();
        self.orphan_policies();
        let kind = properties.api_type.as_deref().unwrap_or("http").to_ascii_lowercase();
        if kind == "websocket" {
            let message = "APIs of type websocket are not served: a handshake is answered 404";
            self.warning(resource, "websocket-unserved", message.to_owned());
        }
        let graphql = (kind == "graphql").then(|| self.graphql(service_url.is_some()));
        let is_odata = kind == "odata";
        let odata = if is_odata { self.odata() } else { None };
        let operations = match operations {
            none if none.is_empty() && graphql.is_some() => graphql::operations(),
            none if none.is_empty() && is_odata => odata::operations(),
            operations => operations,
        };
        let version = version.ok()?;
        Some(Api {
            name: name.as_str().to_owned(),
            display_name: properties.display_name.clone().unwrap_or_else(|| name.as_str().to_owned()),
            path: properties.path().to_owned(),
            version,
            revision: properties.revision().to_owned(),
            is_current: properties.is_current(name),
            kind,
            protocols: lower_case(properties.protocols.as_deref()),
            service_url,
            subscription_required: properties.subscription_required(),
            subscription_key: KeyNames {
                header: properties.key_header().to_owned(),
                query: properties.key_query().to_owned(),
            },
            graphql,
            odata,
            policy,
            operations,
        })
    }

    /// `Err` when the version set cannot be used; the finding is recorded.
    fn version(&mut self, resource: &Resource<ApiProperties>) -> Result<Option<ApiVersion>, ()> {
        let Some(set) = resource.properties.version_set() else { return Ok(None) };
        let Some((set, found)) = self.inventory.version_sets.get_key_value(&set) else {
            self.error(resource, "version-set-unknown", format!("the version set {set} does not exist"));
            return Err(());
        };
        let properties = &found.properties;
        let named = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
        let scheme = match properties.versioning_scheme.unwrap_or_default() {
            VersioningScheme::Segment => Some(VersionScheme::Segment),
            VersioningScheme::Header => named(&properties.version_header_name).map(VersionScheme::Header),
            VersioningScheme::Query => named(&properties.version_query_name).map(VersionScheme::Query),
        };
        let Some(scheme) = scheme else {
            let message = format!("the version set {set} does not name its header or query parameter");
            self.error(resource, "version-set-incomplete", message);
            return Err(());
        };
        let value = resource.properties.api_version.clone().unwrap_or_default();
        Ok(Some(ApiVersion { set: set.as_str().to_owned(), value, scheme }))
    }

    fn policy(&mut self, scope: &PolicyScope, kind: ScopeName) -> Option<postern_bundle::PolicySource> {
        let policy = self.inventory.policies.get(scope)?;
        let id = scope.id();
        let written = Written { text: &policy.properties.text, origin: &policy.origin, id: &id };
        let checked = self.checker.policy(&written, kind, self.values, self.fragments);
        self.findings.extend(checked.findings);
        self.uses.extend(checked.uses);
        checked.source
    }

    fn operation(&mut self, name: &Name, resource: &Resource<OperationProperties>) -> Option<Operation> {
        let properties = &resource.properties;
        let policy = self.policy(&PolicyScope::Operation(self.name.clone(), name.clone()), ScopeName::Operation);
        let method = properties.method.as_deref().unwrap_or_default();
        if !is_method(method) {
            let id = format!("/apis/{}/operations/{name}", self.name);
            let finding =
                Diagnostic::error("operation-method-invalid", id.clone(), format!("{method:?} is not an HTTP method"));
            self.findings.push(Diagnostic { file: file_of(&resource.origin, &id), ..finding });
            return None;
        }
        let template = properties.url_template.as_deref().unwrap_or("/");
        let url_template = if template.starts_with('/') { template.to_owned() } else { format!("/{template}") };
        Some(Operation {
            name: name.as_str().to_owned(),
            display_name: properties.display_name.clone().unwrap_or_else(|| name.as_str().to_owned()),
            method: method.to_ascii_uppercase(),
            url_template,
            template_parameters: properties.template_parameters.iter().flatten().map(parameter).collect(),
            policy,
            request: properties.request.as_ref().map(request).unwrap_or_default(),
            responses: properties.responses.iter().flatten().map(|described| self.response(described)).collect(),
        })
    }

    /// A response; what has no example gets one made of its schema, which is what `mock-response` answers with then.
    fn response(&mut self, described: &postern_model::operation::Response) -> Response {
        let mut response = response(described);
        for body in &mut response.representations {
            let Some(schema) = body.schema.as_ref().filter(|_| openapi::is_json(&body.content_type)) else { continue };
            if body.examples.is_empty() && body.sample.is_none() {
                let name = schema.name.clone();
                let document = self.document(&schema.document);
                let made = document.and_then(|document| openapi::sample_of(document, &name));
                body.sample = made.map(|sample| sample.to_string());
            }
        }
        response
    }

    /// A schema document of the API, read once; an empty name means the first.
    fn document(&mut self, name: &str) -> Option<&Value> {
        let (name, resource) = self
            .inventory
            .schemas_of(self.name)
            .find(|(known, resource)| resource.properties.is_json && (name.is_empty() || **known == name))?;
        let read = || serde_json::from_str(&resource.properties.text).ok();
        self.documents.entry(name.clone()).or_insert_with(read).as_ref()
    }

    /// An operation policy whose operation the API does not have would silently never run.
    fn orphan_policies(&mut self) {
        let first = PolicyScope::Operation(self.name.clone(), Name::default());
        let of_api = |scope: &PolicyScope| matches!(scope, PolicyScope::Operation(api, _) if api == self.name);
        let policies = self.inventory.policies.range(first..).take_while(|(scope, _)| of_api(scope));
        for (scope, policy) in policies {
            let PolicyScope::Operation(api, operation) = scope else { continue };
            if !self.inventory.operations.contains_key(&(api.clone(), operation.clone())) {
                let message = format!("the API has no operation {operation}: this policy never runs");
                let finding = Diagnostic::warning("operation-unknown", scope.id(), message);
                self.findings.push(Diagnostic { file: file_of(&policy.origin, &scope.id()), ..finding });
            }
        }
    }

    fn error(&mut self, resource: &Resource<ApiProperties>, code: &str, message: String) {
        let id = format!("/apis/{}", self.name);
        let file = file_of(&resource.origin, &id);
        self.findings.push(Diagnostic { file, ..Diagnostic::error(code, id, message) });
    }

    fn warning(&mut self, resource: &Resource<ApiProperties>, code: &str, message: String) {
        let id = format!("/apis/{}", self.name);
        let file = file_of(&resource.origin, &id);
        self.findings.push(Diagnostic { file, ..Diagnostic::warning(code, id, message) });
    }
}

/// RFC 9110 section 9.1: a method is a token.
fn is_method(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(token)
}

/// ARM's default is `https`.
fn lower_case(protocols: Option<&[String]>) -> Vec<String> {
    match protocols {
        None | Some([]) => vec!["https".to_owned()],
        Some(protocols) => protocols.iter().map(|protocol| protocol.to_ascii_lowercase()).collect(),
    }
}

fn parameter(parameter: &postern_model::operation::Parameter) -> Parameter {
    Parameter {
        name: parameter.name.clone(),
        kind: parameter.parameter_type.clone().unwrap_or_default(),
        required: parameter.required.unwrap_or(false),
        values: parameter.values.clone().unwrap_or_default(),
        schema: schema_name(parameter.schema_id.as_deref(), parameter.type_name.as_deref()),
    }
}

/// `schemaId` may be a full or relative id.
fn schema_name(document: Option<&str>, name: Option<&str>) -> Option<SchemaName> {
    let name = name.filter(|name| !name.is_empty())?.to_owned();
    Some(SchemaName { document: document.map_or("", last_segment).to_owned(), name })
}

fn parameters(list: Option<&Vec<postern_model::operation::Parameter>>) -> Vec<Parameter> {
    list.into_iter().flatten().map(parameter).collect()
}

fn request(request: &postern_model::operation::Request) -> Request {
    Request {
        query: parameters(request.query_parameters.as_ref()),
        headers: parameters(request.headers.as_ref()),
        representations: request.representations.iter().flatten().map(representation).collect(),
    }
}

fn response(response: &postern_model::operation::Response) -> Response {
    Response {
        status: response.status_code,
        headers: parameters(response.headers.as_ref()),
        representations: response.representations.iter().flatten().map(representation).collect(),
    }
}

fn representation(representation: &postern_model::operation::Representation) -> Representation {
    let examples = representation.examples.iter().flatten().filter_map(|(name, example)| {
        let value = match example.get("value")? {
            serde_json::Value::Null => return None,
            serde_json::Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        Some(Example { name: name.clone(), value })
    });
    Representation {
        content_type: representation.content_type.clone(),
        schema: schema_name(representation.schema_id.as_deref(), representation.type_name.as_deref()),
        examples: examples.collect(),
        sample: representation.sample.clone(),
    }
}
