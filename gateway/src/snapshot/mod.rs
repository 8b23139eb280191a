//! The configuration a request runs on: routes, programs, subscriptions, backends.
//!
//! What must hold: a snapshot never changes; a request reads it through references only, without touching a reference
//! counter, a lock or the allocator. [`Snapshot::build`] shares every part whose hash did not change with the snapshot
//! before it, so an apply costs what changed.

mod api;
mod authorities;
mod build;
mod certificates;
mod contract;
mod definition;
#[cfg(test)]
pub(crate) mod fixture;
mod graphql;
mod hostnames;
mod link;
mod odata;
mod product;
mod source;
mod subscriptions;
mod upstream;
mod users;
mod via;

use std::collections::HashMap;
use std::sync::Arc;

use postern_bundle::{Diagnostic, Hash, Logger, PartKey, Subscription};
use postern_policy::contract::SchemaDocument;
use postern_policy::{BackendTarget, DeploymentDetails, Program};

use crate::route::{ApiIndex, ApiRoutes, Hosts, OperationIndex, Place, Prefixes, RouteTable};

pub use api::{Api, Operation, ProductIndex};
pub use authorities::Authorities;
pub use certificates::Certificates;
pub use hostnames::{Hostname, Hostnames};
pub use product::Product;
pub use subscriptions::SubscriptionIndex;
pub use upstream::{Credentials, Scheme, TlsPolicy, Upstream, UpstreamError, without_user_info};
pub use users::User;
pub use via::{ClientIdentity, Proxy, Via};

use api::ApiDefinition;
use link::CheckedProduct;
use source::Source;
use subscriptions::Subscriptions;
use users::Users;

/// One generation of the configuration, ready to serve.
#[derive(Debug)]
pub struct Snapshot {
    generation: u64,
    root_hash: Hash,
    service: Arc<Service>,
    /// `None` only when the service's policy has errors; then no API is served.
    service_program: Option<Arc<Program>>,
    refusal: Arc<Program>,
    fragments: Arc<HashMap<Box<str>, Fragment>>,
    certificates: Arc<Certificates>,
    hostnames: Arc<Hostnames>,
    authorities: Arc<Authorities>,
    schemas: Arc<Schemas>,
    loggers: Arc<Loggers>,
    backends: Arc<HashMap<Box<str>, BackendSlot>>,
    products: Vec<Arc<CheckedProduct>>,
    /// By API name without revision: indexes into `products`.
    memberships: Arc<HashMap<Box<str>, Vec<u32>>>,
    slots: Vec<Arc<ApiSlot>>,
    /// The slots' APIs that can be served; [`ApiIndex`] counts here.
    apis: Arc<[Arc<Api>]>,
    routes: Arc<[Arc<ApiRoutes>]>,
    hosts: Hosts,
    prefixes: Arc<Prefixes>,
    place_diagnostics: Arc<[Diagnostic]>,
    subscriptions: Subscriptions,
    users: Users,
    operation_count: usize,
    left_out: Vec<PartKey>,
}

/// The service itself.
#[derive(Debug)]
pub struct Service {
    hash: Option<Hash>,
    /// Name of the API Management service; may be empty.
    pub name: Box<str>,
    /// Name of the gateway resource; empty when the bundle was not made for one.
    pub gateway: Box<str>,
    /// Name of its location; may be empty.
    pub region: Box<str>,
    hosts: Vec<String>,
    policy: Option<Arc<Source>>,
}

#[derive(Debug, Clone)]
struct Fragment {
    hash: Hash,
    source: Arc<Source>,
}

/// Schemas of the service.
#[derive(Debug, Default)]
struct Schemas {
    /// Address of all of them.
    hash: Option<Hash>,
    documents: contract::GlobalDocuments,
}

/// Loggers of the service.
#[derive(Debug, Default)]
struct Loggers {
    /// Address of all of them.
    hash: Option<Hash>,
    /// By lower-case id.
    by_id: HashMap<Box<str>, Logger>,
}

#[derive(Debug, Clone)]
struct BackendSlot {
    hash: Hash,
    /// It shows a certificate, so it is made anew with the certificates.
    has_certificate: bool,
    upstream: Result<Arc<Upstream>, UpstreamError>,
}

/// An API of the bundle and what became of it.
#[derive(Debug)]
struct ApiSlot {
    name: Box<str>,
    hash: Hash,
    place: Option<Place>,
    definition: Option<Arc<ApiDefinition>>,
    definition_diagnostics: Arc<[Diagnostic]>,
    products: Box<[Arc<CheckedProduct>]>,
    /// Lower-case ids of all fragments its own documents include.
    fragments: Arc<[Box<str>]>,
    api: Option<Arc<Api>>,
    link_diagnostics: Box<[Diagnostic]>,
}

impl Snapshot {
    /// What `context.Deployment` shows.
    pub fn deployment(&self) -> DeploymentDetails<'_> {
        DeploymentDetails {
            gateway_id: &self.service.gateway,
            instance_id: "",
            region: &self.service.region,
            service_id: &self.service.name,
            service_name: &self.service.name,
        }
    }

    /// A worker's copy of the route table.
    pub fn table(&self) -> RouteTable {
        RouteTable::new(self.hosts.clone(), (*self.prefixes).clone(), Arc::clone(&self.routes))
    }

    /// The bundle's generation.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The bundle's root hash.
    pub fn root_hash(&self) -> Hash {
        self.root_hash
    }

    /// The service.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// An API found by this snapshot's route table.
    ///
    /// # Panics
    /// When the index is from another snapshot.
    pub fn api(&self, api: ApiIndex) -> &Api {
        &self.apis[api.0 as usize]
    }

    /// How many APIs (revisions) are served.
    pub fn api_count(&self) -> usize {
        self.apis.len()
    }

    /// How many operations they have.
    pub fn operation_count(&self) -> usize {
        self.operation_count
    }

    /// How many subscriptions there are, in any state.
    pub fn subscription_count(&self) -> usize {
        self.subscriptions.count()
    }

    /// A product of an API.
    ///
    /// # Panics
    /// When the index is not one of that API's.
    pub fn product(&self, api: ApiIndex, product: ProductIndex) -> &Product {
        &self.api(api).products[product.0 as usize]
    }

    /// A subscription that the access decision named.
    pub fn subscription(&self, index: SubscriptionIndex) -> Option<&Subscription> {
        self.subscriptions.get(index)
    }

    /// The user of that name.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    /// The current revision of an API, by its name without revision; `None` when it is not served.
    pub fn current_api(&self, name: &str) -> Option<&Api> {
        self.apis.iter().map(|api| &**api).find(|api| api.is_current() && api.base_id() == name)
    }

    pub(crate) fn subscriptions_with_key<'a>(
        &'a self,
        key: &'a [u8],
    ) -> impl Iterator<Item = (SubscriptionIndex, &'a Subscription)> {
        self.subscriptions.with_key(key)
    }

    /// The program of an operation in a product's context; without an operation, the API's own (for its on-error).
    ///
    /// # Panics
    /// When an index is not from this snapshot.
    pub fn program(
        &self,
        api: ApiIndex,
        operation: Option<OperationIndex>,
        product: Option<ProductIndex>,
    ) -> &Arc<Program> {
        self.api(api).program(operation, product)
    }

    /// The global policy alone: for requests that match no API.
    pub fn service_program(&self) -> &Arc<Program> {
        self.service_program.as_ref().unwrap_or(&self.refusal)
    }

    /// A backend resource by name, ASCII case ignored.
    pub fn backend(&self, name: &str) -> Option<&Arc<Upstream>> {
        let slot = match self.backends.get(name) {
            Some(slot) => slot,
            None => {
                let (_, slot) = self.backends.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
                slot
            }
        };
        slot.upstream.as_ref().ok()
    }

    /// The service's certificates.
    pub fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// What callers over TLS are shown.
    pub fn hostnames(&self) -> &Hostnames {
        &self.hostnames
    }

    /// Who may issue certificates of callers.
    pub fn authorities(&self) -> &Arc<Authorities> {
        &self.authorities
    }

    /// A logger by id, without case.
    pub fn logger(&self, id: &str) -> Option<&Logger> {
        self.loggers.by_id.get(&*id.to_ascii_lowercase())
    }

    /// A schema of the service by id, without case.
    pub fn schema(&self, id: &str) -> Option<&Arc<SchemaDocument>> {
        self.schemas.documents.get(&*id.to_ascii_lowercase())
    }

    /// What a literal `set-backend-service` in one of the API's policies names, resolved when the snapshot was built.
    pub fn upstream(&self, api: ApiIndex, target: &BackendTarget) -> Option<&Arc<Upstream>> {
        match target {
            BackendTarget::BaseUrl(url) => self.api(api).upstream_of_url(url),
            BackendTarget::Id(name) => self.backend(name),
        }
    }

    /// Parts that could not be used, in key order. [`PartKey::Service`] among them means that nothing can be served.
    pub fn left_out(&self) -> &[PartKey] {
        &self.left_out
    }
}

#[cfg(test)]
mod tests;
