//! From an API of the bundle to what requests need of it, as far as that does not depend on the service, its products or
//! its fragments.

use std::sync::{Arc, OnceLock};

use postern_bundle::{Api as BundleApi, Diagnostic, Operation as BundleOperation, PolicySource, VersionScheme};
use postern_http::HeaderId;
use postern_policy::DocumentKind;

use crate::observe::access_log::names_in_json;
use crate::observe::series::SeriesTable;
use crate::route::{ApiRoutes, Decoded, OperationTable, Place, Template, VersionPlace};

use super::api::{ApiDefinition, Operation};
use super::contract::Documents;
use super::graphql::GraphqlDefinition;
use super::odata::OdataDefinition;
use super::source::Source;
use super::upstream::Upstream;

/// Builds the definition; `None` when the API cannot be served at all. `old` is its definition in the snapshot before,
/// whose parsed documents are used again.
pub(super) fn define(
    api: BundleApi,
    documents: Documents,
    old: Option<&ApiDefinition>,
    series: &mut Arc<SeriesTable>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ApiDefinition> {
    let scope = format!("/apis/{}", api.name);
    let policy = api.policy.as_ref().map(|policy| parse(policy, &scope, old.and_then(|old| old.policy.as_ref())));
    diagnostics.extend(policy.iter().flat_map(|source| source.diagnostics.iter().cloned()));
    let base_id = api.base_name().into();
    let path = public_path(&api).into();
    let upstream = upstream(api.service_url.as_deref(), &scope, diagnostics);
    let (operations, templates) = operations(api.operations, (&api.name, &api.revision), &scope, old, diagnostics);
    let pairs = operations.iter().zip(&templates).map(|(operation, template)| (&*operation.method, template));
    let (table, hidden) = match OperationTable::build(pairs) {
        Ok(built) => built,
        Err(error) => {
            diagnostics.push(Diagnostic::error("operations", &*scope, error.to_string()));
            return None;
        }
    };
    for hidden in hidden {
        let name = |index: u32| operations.get(index as usize).map_or("", |operation| &*operation.id);
        diagnostics.push(Diagnostic::warning(
            "operation-hidden",
            format!("{scope}/operations/{}", name(hidden.operation)),
            format!("operation `{}` has the same method and URL template and answers instead", name(hidden.by)),
        ));
    }
    let graphql = match api.graphql {
        Some(graphql) => {
            let old = old.and_then(|old| old.graphql.as_ref());
            Some(GraphqlDefinition::new(graphql, &scope, old, diagnostics)?)
        }
        None => None,
    };
    let odata = match &api.odata {
        Some(text) => Some(OdataDefinition::new(text, &scope, old.and_then(|old| old.odata.as_ref()), diagnostics)?),
        None => None,
    };
    let operations = with_series(operations, &api.name, series);
    let routes = ApiRoutes { operations: table, series: operations.iter().map(|operation| operation.series).collect() };
    Some(ApiDefinition {
        base_id,
        path,
        id: api.name.into(),
        name: api.display_name.into(),
        version: api.version.map(|version| version.value).unwrap_or_default().into(),
        revision: api.revision.into(),
        is_current: api.is_current,
        kind: api.kind.into(),
        protocols: api.protocols.into_iter().map(Into::into).collect(),
        key_query_folded: Decoded::new(api.subscription_key.query.as_bytes())
            .map(|byte| byte.to_ascii_lowercase())
            .collect(),
        key_header_id: HeaderId::of(api.subscription_key.header.as_bytes()),
        key_header: api.subscription_key.header.into(),
        key_query: api.subscription_key.query.into(),
        subscription_required: api.subscription_required,
        service_url: api.service_url.unwrap_or_default().into(),
        upstream,
        policy,
        operations,
        documents,
        xml: OnceLock::new(),
        routes: Arc::new(routes),
        graphql,
        odata,
    })
}

/// The API's own backend, if it has one that can be used.
fn upstream(url: Option<&str>, scope: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Arc<Upstream>> {
    match Upstream::parse(url.filter(|url| !url.trim().is_empty())?) {
        Ok(upstream) => Some(Arc::new(upstream)),
        Err(error) => {
            let message = format!("`serviceUrl` cannot be used: {error}");
            diagnostics.push(Diagnostic::error("service-url", scope, message));
            None
        }
    }
}

/// Where the API answers.
pub(super) fn place(api: &BundleApi) -> Place {
    let version = api.version.as_ref().and_then(|version| {
        let place = match &version.scheme {
            VersionScheme::Segment => return None,
            VersionScheme::Header(name) => VersionPlace::Header(name.as_str().into()),
            VersionScheme::Query(name) => VersionPlace::query(name),
        };
        Some((place, version.value.as_str().into()))
    });
    Place {
        path: public_path(api).into(),
        version,
        revision: api.revision.as_str().into(),
        is_current: api.is_current,
        websocket: api.kind == "websocket",
    }
}

fn public_path(api: &BundleApi) -> String {
    let segment = api.version.as_ref().filter(|version| version.scheme == VersionScheme::Segment);
    let path = api.path.trim_matches('/');
    match segment.map_or("", |version| version.value.trim_matches('/')) {
        "" => path.to_owned(),
        version if path.is_empty() => version.to_owned(),
        version => format!("{path}/{version}"),
    }
}

fn parse(policy: &PolicySource, resource: &str, known: Option<&Arc<Source>>) -> Arc<Source> {
    Source::parse(policy, DocumentKind::Policy, &format!("{resource}/policies/policy"), known)
}

/// The operations whose templates can be matched, with these templates.
fn operations(
    from: Vec<BundleOperation>,
    (api, revision): (&str, &str),
    scope: &str,
    old: Option<&ApiDefinition>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Operation>, Vec<Template>) {
    let mut operations = Vec::with_capacity(from.len());
    let mut templates = Vec::with_capacity(from.len());
    let mut own_programs = 0..;
    for operation in from {
        let resource = || format!("{scope}/operations/{}", operation.name);
        let optional = |name: &str| {
            operation.template_parameters.iter().any(|parameter| parameter.name == name && !parameter.required)
        };
        let template = match Template::parse(&operation.url_template, &optional) {
            Ok(template) => template,
            Err(error) => {
                let message = format!("`urlTemplate` cannot be matched: {error}");
                diagnostics.push(Diagnostic::error("url-template", resource(), message));
                continue;
            }
        };
        let policy = operation.policy.as_ref().map(|policy| {
            let known = old.and_then(|old| known_policy(old, &operation.name));
            parse(policy, &resource(), known)
        });
        diagnostics.extend(policy.iter().flat_map(|source| source.diagnostics.iter().cloned()));
        operations.push(Operation {
            parameters: template.parameters().into(),
            query_names: query_names(&operation.url_template),
            own_program: policy.as_ref().and_then(|_| own_programs.next()),
            policy,
            names_in_json: names_in_json(api, revision, &operation.name),
            id: operation.name.into(),
            name: operation.display_name.into(),
            method: operation.method.to_ascii_uppercase().into(),
            url_template: operation.url_template.into(),
            template_parameters: operation.template_parameters.into(),
            request: operation.request,
            responses: operation.responses.into(),
            contract: Default::default(),
            series: Default::default(),
        });
        templates.push(template);
    }
    (operations, templates)
}

/// Operations are sorted by name in the bundle.
fn known_policy<'a>(old: &'a ApiDefinition, name: &str) -> Option<&'a Arc<Source>> {
    let index = old.operations.binary_search_by(|known| (*known.id).cmp(name)).ok()?;
    old.operations[index].policy.as_ref()
}

fn with_series(mut operations: Vec<Operation>, api: &str, series: &mut Arc<SeriesTable>) -> Box<[Operation]> {
    for operation in &mut operations {
        operation.series = SeriesTable::assign(series, api, &operation.id);
    }
    operations.into()
}

fn query_names(template: &str) -> Box<[Box<str>]> {
    let query = template.split_once('?').map_or("", |(_, query)| query);
    let name = |part: &str| part.split('=').next().unwrap_or(part).into();
    query.split('&').filter(|part| !part.is_empty()).map(name).collect()
}
