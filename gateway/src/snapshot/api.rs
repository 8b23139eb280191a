//! An API revision as requests see it.

use std::sync::{Arc, OnceLock};

use postern_bundle::{Parameter, Request, Response};
use postern_http::HeaderId;
use postern_odata::Model;
use postern_policy::contract::{Contract, Schema};
use postern_policy::{ApiDetails, BackendTarget, GraphqlApi, OperationDetails, Program};

use crate::observe::series::SeriesId;
use crate::route::{ApiRoutes, OperationIndex};

use super::contract::{Documents, GlobalSchemas};
use super::graphql::GraphqlDefinition;
use super::odata::OdataDefinition;
use super::product::Product;
use super::source::Source;
use super::upstream::{Upstream, UpstreamError};

/// A product's place in the list of one API's products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProductIndex(pub(crate) u32);

/// One revision of one API with the programs of all its contexts.
#[derive(Debug)]
pub struct Api {
    pub(super) definition: Arc<ApiDefinition>,
    /// Products that contain it, in the order of their names.
    pub(super) products: Box<[Arc<Product>]>,
    /// The published product that needs no subscription.
    pub(super) open_product: Option<ProductIndex>,
    /// Programs without a product, then those in the context of each product.
    pub(super) contexts: Box<[ContextPrograms]>,
    /// Backends that its policies name by URL.
    pub(super) urls: LiteralUrls,
    /// What is known of it as a GraphQL API.
    pub(super) graphql: Option<Arc<GraphqlApi>>,
    /// Schemas of the service that its policies name.
    pub(super) schemas: GlobalSchemas,
}

/// What an API is, apart from the service and the products around it.
#[derive(Debug)]
pub(super) struct ApiDefinition {
    pub(super) id: Box<str>,
    pub(super) base_id: Box<str>,
    pub(super) name: Box<str>,
    /// With the version segment.
    pub(super) path: Box<str>,
    pub(super) version: Box<str>,
    pub(super) revision: Box<str>,
    pub(super) is_current: bool,
    pub(super) kind: Box<str>,
    pub(super) protocols: Box<[Box<str>]>,
    pub(super) key_header: Box<str>,
    pub(super) key_header_id: HeaderId,
    pub(super) key_query: Box<str>,
    /// `key_query` as names of a request's query are compared.
    pub(super) key_query_folded: Box<[u8]>,
    pub(super) subscription_required: bool,
    pub(super) service_url: Box<str>,
    pub(super) upstream: Option<Arc<Upstream>>,
    pub(super) policy: Option<Arc<Source>>,
    pub(super) operations: Box<[Operation]>,
    pub(super) documents: Documents,
    /// All documents of XML Schema together; made when a policy checks messages.
    pub(super) xml: OnceLock<Option<Arc<Schema>>>,
    pub(super) routes: Arc<ApiRoutes>,
    pub(super) graphql: Option<GraphqlDefinition>,
    pub(super) odata: Option<OdataDefinition>,
}

/// An operation of an API.
#[derive(Debug)]
pub struct Operation {
    pub(super) id: Box<str>,
    pub(super) name: Box<str>,
    /// For the access log.
    pub(super) names_in_json: Box<[u8]>,
    pub(super) method: Box<str>,
    pub(super) url_template: Box<str>,
    /// Those of the path, then those of the query.
    pub(super) parameters: Box<[Box<str>]>,
    /// Names of the template's query parameters, as written there.
    pub(super) query_names: Box<[Box<str>]>,
    pub(super) template_parameters: Box<[Parameter]>,
    pub(super) request: Request,
    pub(super) responses: Box<[Response]>,
    /// What messages are checked against; made when a policy checks them.
    pub(super) contract: OnceLock<Box<Contract>>,
    pub(super) series: SeriesId,
    pub(super) policy: Option<Arc<Source>>,
    /// Place in [`ContextPrograms::operations`]; `None` runs the API's program.
    pub(super) own_program: Option<u32>,
}

/// Programs of one API in one context (no product, or one product).
#[derive(Debug, Clone)]
pub(super) struct ContextPrograms {
    /// For operations without a policy of their own.
    pub(super) api: Arc<Program>,
    /// For the others, by [`Operation::own_program`].
    pub(super) operations: Box<[Arc<Program>]>,
}

impl Api {
    /// Resource name, with `;rev=n` unless it is the current revision.
    pub fn id(&self) -> &str {
        &self.definition.id
    }

    /// Resource name without revision: what products and subscriptions refer to.
    pub fn base_id(&self) -> &str {
        &self.definition.base_id
    }

    /// Display name.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// Public path with the version segment, no slashes at the ends; may be empty.
    pub fn path(&self) -> &str {
        &self.definition.path
    }

    /// Version identifier; empty when it has none.
    pub fn version(&self) -> &str {
        &self.definition.version
    }

    /// Revision number as text.
    pub fn revision(&self) -> &str {
        &self.definition.revision
    }

    /// Whether this revision answers at the plain path.
    pub fn is_current(&self) -> bool {
        self.definition.is_current
    }

    /// APIM's API type in lower case.
    pub fn kind(&self) -> &str {
        &self.definition.kind
    }

    /// Schemes callers may use.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        self.definition.protocols.iter().map(|protocol| &**protocol)
    }

    /// The same as a list.
    pub fn protocol_names(&self) -> &[Box<str>] {
        &self.definition.protocols
    }

    /// Header the subscription key is looked for in.
    pub fn key_header(&self) -> &str {
        &self.definition.key_header
    }

    pub(crate) fn key_header_id(&self) -> HeaderId {
        self.definition.key_header_id
    }

    /// Query parameter the subscription key is looked for in when the header is absent.
    pub fn key_query(&self) -> &str {
        &self.definition.key_query
    }

    pub(crate) fn key_query_folded(&self) -> &[u8] {
        &self.definition.key_query_folded
    }

    /// Whether calls need a key (an open product may still let them pass).
    pub fn subscription_required(&self) -> bool {
        self.definition.subscription_required
    }

    /// `serviceUrl` as configured; empty when only policies choose the backend.
    pub fn service_url(&self) -> &str {
        &self.definition.service_url
    }

    /// The backend when no policy chooses another one.
    pub fn upstream(&self) -> Option<&Arc<Upstream>> {
        self.definition.upstream.as_ref()
    }

    /// What is known of it as a GraphQL API.
    pub fn graphql(&self) -> Option<&Arc<GraphqlApi>> {
        self.graphql.as_ref()
    }

    /// What it consists of as an OData API.
    pub fn odata(&self) -> Option<&Model> {
        self.definition.odata.as_ref().map(|odata| &*odata.model)
    }

    /// An operation.
    ///
    /// # Panics
    /// When the index is not from a match of this API.
    pub fn operation(&self, operation: OperationIndex) -> &Operation {
        &self.definition.operations[operation.0 as usize]
    }

    /// All operations, in index order.
    pub fn operations(&self) -> &[Operation] {
        &self.definition.operations
    }

    /// What `context.Api` shows besides id and name.
    pub fn details(&self) -> ApiDetails<'_> {
        ApiDetails {
            path: self.path(),
            version: self.version(),
            revision: self.revision(),
            is_current_revision: self.is_current(),
            service_url: self.service_url(),
            key_header: self.key_header(),
            key_query: self.key_query(),
        }
    }

    /// A product by its place.
    pub fn product(&self, product: ProductIndex) -> Option<&Product> {
        self.products.get(product.0 as usize).map(|product| &**product)
    }

    /// The products that contain it, in index order.
    pub fn products(&self) -> impl Iterator<Item = (ProductIndex, &Product)> {
        self.products.iter().enumerate().map(|(index, product)| (ProductIndex(index as u32), &**product))
    }

    /// The published product without subscription requirement, which requests without a key run in.
    pub fn open_product(&self) -> Option<ProductIndex> {
        self.open_product
    }

    pub(super) fn program(&self, operation: Option<OperationIndex>, product: Option<ProductIndex>) -> &Arc<Program> {
        let context = &self.contexts[product.map_or(0, |product| product.0 as usize + 1)];
        match operation.and_then(|operation| self.operation(operation).own_program) {
            Some(own) => &context.operations[own as usize],
            None => &context.api,
        }
    }

    /// A schema of the service that a policy names literally.
    pub fn global_schema(&self, id: &str, reference: &str) -> Option<&Arc<Schema>> {
        let is_it =
            |known: &&(Box<str>, Box<str>, Arc<Schema>)| known.0.eq_ignore_ascii_case(id) && *known.1 == *reference;
        self.schemas.iter().find(is_it).map(|(.., schema)| schema)
    }

    pub(super) fn upstream_of_url(&self, url: &str) -> Option<&Arc<Upstream>> {
        self.urls.iter().find(|(known, _)| **known == *url).map(|(_, upstream)| upstream)
    }
}

pub(super) fn programs(contexts: &[ContextPrograms]) -> impl Iterator<Item = &Arc<Program>> {
    contexts.iter().flat_map(|context| std::iter::once(&context.api).chain(&context.operations))
}

/// URLs and what they are resolved to. An API names few, so they are searched one by one.
pub(super) type LiteralUrls = Box<[(Box<str>, Arc<Upstream>)]>;
/// A text that is no URL, and why.
pub(super) type WrongUrl = (Box<str>, UpstreamError);

/// The backends that programs name by URL; what is no URL is returned apart.
pub(super) fn literal_urls<'a>(programs: impl Iterator<Item = &'a Arc<Program>>) -> (LiteralUrls, Vec<WrongUrl>) {
    let mut known: Vec<(Box<str>, Arc<Upstream>)> = Vec::new();
    let mut wrong: Vec<WrongUrl> = Vec::new();
    for target in programs.flat_map(|program| program.backends()) {
        let BackendTarget::BaseUrl(url) = target else { continue };
        if known.iter().any(|(seen, _)| seen == url) || wrong.iter().any(|(seen, _)| seen == url) {
            continue;
        }
        match Upstream::parse(url) {
            Ok(upstream) => known.push((url.clone(), Arc::new(upstream))),
            Err(error) => wrong.push((url.clone(), error)),
        }
    }
    (known.into(), wrong)
}

impl Operation {
    /// Resource name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Display name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name and the API's as [`crate::observe::access_log::names_in_json`] writes them.
    pub(crate) fn names_in_json(&self) -> &[u8] {
        &self.names_in_json
    }

    /// Method in upper case; `*` stands for all.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The URL template as configured.
    pub fn url_template(&self) -> &str {
        &self.url_template
    }

    /// What `context.Operation` shows besides id and name.
    pub fn details(&self) -> OperationDetails<'_> {
        OperationDetails { method: self.method(), url_template: self.url_template() }
    }

    /// Names of the template's parameters: those of the path, then those of the query. The order of
    /// [`crate::route::RouteMatch::parameter`].
    pub fn parameters(&self) -> &[Box<str>] {
        &self.parameters
    }

    /// Whether the URL template names this query parameter (ASCII case ignored).
    pub fn is_query_parameter(&self, name: &[u8]) -> bool {
        self.query_names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name))
    }

    /// Where its requests are counted.
    pub fn series(&self) -> SeriesId {
        self.series
    }

    /// What messages are checked against; `None` unless a policy checks them.
    pub fn contract(&self) -> Option<&Contract> {
        self.contract.get().map(|contract| &**contract)
    }

    /// The described responses (`mock-response`).
    pub fn responses(&self) -> &[Response] {
        &self.responses
    }
}
