//! Everything a gateway's configuration is compiled from, from whichever source it came.
//!
//! What always holds: a name stands for one resource; putting it again replaces it, so sources merge by putting the later
//! one after the earlier; each resource knows where it came from, so that a diagnostic can name the file or the ARM id.
//! References between resources (a link to an API that is not there) are not checked here: the compiler does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::policy::{PolicyFormat, PolicyFragmentProperties, PolicyProperties, PolicyScope};
use crate::{
    ApiName, ApiProperties, AuthorityProperties, BackendProperties, CertificateProperties, GatewayProperties,
    GroupProperties, HostnameProperties, LoggerProperties, Name, NamedValueProperties, OperationProperties,
    ProductProperties, ResolverProperties, ResourceId, SchemaProperties, SchemaText, ServiceProperties,
    SubscriptionProperties, UserProperties, VersionSetProperties,
};

/// Where a resource was read from: a file path relative to its source, or an ARM id. Diagnostics print it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(pub String);

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Origin {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Properties with the place they came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource<P> {
    pub properties: P,
    pub origin: Origin,
}

/// A policy document as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyText {
    pub text: String,
    pub format: PolicyFormat,
}

/// A fragment document as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FragmentText {
    pub text: String,
    pub format: PolicyFormat,
    pub description: Option<String>,
}

/// Why a document was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// The document does not have the shape of its kind. Nothing was changed.
    #[error("{origin}: {id} is not a valid resource: {reason}")]
    Shape { id: String, origin: Origin, reason: String },
}

/// What [`Inventory::put`] did with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Taken,
    /// A kind gateways are not compiled from.
    Ignored,
}

/// All resources of one configuration. Maps are ordered by name, so that compiling is deterministic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    pub service: Option<Resource<ServiceProperties>>,
    pub apis: BTreeMap<Name, Resource<ApiProperties>>,
    /// Keyed by (API id with its revision, operation).
    pub operations: BTreeMap<(Name, Name), Resource<OperationProperties>>,
    /// Keyed by (API id with its revision, schema).
    pub api_schemas: BTreeMap<(Name, Name), Resource<SchemaText>>,
    pub version_sets: BTreeMap<Name, Resource<VersionSetProperties>>,
    pub products: BTreeMap<Name, Resource<ProductProperties>>,
    /// (product, API).
    pub product_apis: BTreeMap<(Name, Name), Origin>,
    /// (product, group).
    pub product_groups: BTreeMap<(Name, Name), Origin>,
    pub groups: BTreeMap<Name, Resource<GroupProperties>>,
    pub users: BTreeMap<Name, Resource<UserProperties>>,
    /// (user, group): who asks always has the user.
    pub user_groups: BTreeMap<(Name, Name), Origin>,
    pub subscriptions: BTreeMap<Name, Resource<SubscriptionProperties>>,
    pub named_values: BTreeMap<Name, Resource<NamedValueProperties>>,
    pub backends: BTreeMap<Name, Resource<BackendProperties>>,
    /// Schemas of the service.
    pub schemas: BTreeMap<Name, Resource<SchemaText>>,
    pub certificates: BTreeMap<Name, Resource<CertificateProperties>>,
    pub loggers: BTreeMap<Name, Resource<LoggerProperties>>,
    pub fragments: BTreeMap<Name, Resource<FragmentText>>,
    pub policies: BTreeMap<PolicyScope, Resource<PolicyText>>,
    pub gateways: BTreeMap<Name, Resource<GatewayProperties>>,
    /// (gateway, API).
    pub gateway_apis: BTreeMap<(Name, Name), Origin>,
    /// (gateway, host name).
    pub gateway_hostnames: BTreeMap<(Name, Name), Resource<HostnameProperties>>,
    /// (gateway, certificate).
    pub gateway_authorities: BTreeMap<(Name, Name), Resource<AuthorityProperties>>,
    /// Keyed by (API id with its revision, resolver).
    pub resolvers: BTreeMap<(Name, Name), Resource<ResolverProperties>>,
}

impl Inventory {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the `properties` of the resource `id` (relative or full ARM id), replacing what stood there.
    pub fn put(&mut self, id: &str, properties: Value, origin: impl Into<Origin>) -> Result<Put, InventoryError> {
        let Some(key) = ResourceId::parse(id) else { return Ok(Put::Ignored) };
        self.put_key(key, properties, origin.into())?;
        Ok(Put::Taken)
    }

    /// As [`Inventory::put`], for an id that is already read.
    pub fn put_key(&mut self, key: ResourceId, properties: Value, origin: Origin) -> Result<(), InventoryError> {
        let id = key.to_string();
        match key {
            ResourceId::Service => self.service = Some(typed(&id, properties, origin)?),
            ResourceId::Policy(scope) => {
                let read: Resource<PolicyProperties> = typed(&id, properties, origin)?;
                let text = text_of(&id, &read.origin, read.properties.value)?;
                let format = read.properties.format.unwrap_or_default();
                let resource = Resource { properties: PolicyText { text, format }, origin: read.origin };
                self.policies.insert(scope, resource);
            }
            ResourceId::PolicyFragment(name) => {
                let read: Resource<PolicyFragmentProperties> = typed(&id, properties, origin)?;
                let text = text_of(&id, &read.origin, read.properties.value)?;
                let format = read.properties.format.unwrap_or_default();
                let fragment = FragmentText { text, format, description: read.properties.description };
                replace(&mut self.fragments, name, Resource { properties: fragment, origin: read.origin });
            }
            ResourceId::Api(name) => replace(&mut self.apis, name, typed(&id, properties, origin)?),
            ResourceId::Operation(api, name) => {
                replace(&mut self.operations, (api, name), typed(&id, properties, origin)?);
            }
            ResourceId::ApiSchema(api, name) => {
                let read: Resource<SchemaProperties> = typed(&id, properties, origin)?;
                let schema = Resource { properties: read.properties.into_api_schema(), origin: read.origin };
                replace(&mut self.api_schemas, (api, name), schema);
            }
            ResourceId::Schema(name) => {
                let read: Resource<SchemaProperties> = typed(&id, properties, origin)?;
                let schema = Resource { properties: read.properties.into_global_schema(), origin: read.origin };
                replace(&mut self.schemas, name, schema);
            }
            ResourceId::Certificate(name) => replace(&mut self.certificates, name, typed(&id, properties, origin)?),
            ResourceId::Logger(name) => replace(&mut self.loggers, name, typed(&id, properties, origin)?),
            ResourceId::VersionSet(name) => replace(&mut self.version_sets, name, typed(&id, properties, origin)?),
            ResourceId::Product(name) => replace(&mut self.products, name, typed(&id, properties, origin)?),
            ResourceId::Subscription(name) => replace(&mut self.subscriptions, name, typed(&id, properties, origin)?),
            ResourceId::NamedValue(name) => replace(&mut self.named_values, name, typed(&id, properties, origin)?),
            ResourceId::Backend(name) => replace(&mut self.backends, name, typed(&id, properties, origin)?),
            ResourceId::Gateway(name) => replace(&mut self.gateways, name, typed(&id, properties, origin)?),
            ResourceId::ProductApi(product, api) => replace(&mut self.product_apis, (product, api), origin),
            ResourceId::ProductGroup(product, group) => replace(&mut self.product_groups, (product, group), origin),
            ResourceId::Group(name) => replace(&mut self.groups, name, typed(&id, properties, origin)?),
            ResourceId::User(name) => replace(&mut self.users, name, typed(&id, properties, origin)?),
            ResourceId::GroupUser(group, user) => replace(&mut self.user_groups, (user, group), origin),
            ResourceId::GatewayApi(gateway, api) => replace(&mut self.gateway_apis, (gateway, api), origin),
            ResourceId::GatewayHostname(gateway, name) => {
                replace(&mut self.gateway_hostnames, (gateway, name), typed(&id, properties, origin)?);
            }
            ResourceId::GatewayAuthority(gateway, name) => {
                replace(&mut self.gateway_authorities, (gateway, name), typed(&id, properties, origin)?);
            }
            ResourceId::Resolver(api, name) => {
                replace(&mut self.resolvers, (api, name), typed(&id, properties, origin)?);
            }
        }
        Ok(())
    }

    /// Removes the resource and everything under it. Unknown and absent ids are no error.
    pub fn remove(&mut self, id: &str) {
        let Some(key) = ResourceId::parse(id) else { return };
        match key {
            ResourceId::Service => self.service = None,
            ResourceId::Policy(scope) => drop(self.policies.remove(&scope)),
            ResourceId::PolicyFragment(name) => drop(self.fragments.remove(&name)),
            ResourceId::Api(name) => self.remove_api(&name),
            ResourceId::Operation(api, name) => {
                self.policies.remove(&PolicyScope::Operation(api.clone(), name.clone()));
                self.operations.remove(&(api, name));
            }
            ResourceId::ApiSchema(api, name) => drop(self.api_schemas.remove(&(api, name))),
            ResourceId::Schema(name) => drop(self.schemas.remove(&name)),
            ResourceId::Certificate(name) => drop(self.certificates.remove(&name)),
            ResourceId::Logger(name) => drop(self.loggers.remove(&name)),
            ResourceId::VersionSet(name) => drop(self.version_sets.remove(&name)),
            ResourceId::Product(name) => {
                self.policies.remove(&PolicyScope::Product(name.clone()));
                self.product_apis.retain(|(product, _), _| *product != name);
                self.product_groups.retain(|(product, _), _| *product != name);
                self.products.remove(&name);
            }
            ResourceId::Subscription(name) => drop(self.subscriptions.remove(&name)),
            ResourceId::NamedValue(name) => drop(self.named_values.remove(&name)),
            ResourceId::Backend(name) => drop(self.backends.remove(&name)),
            ResourceId::Gateway(name) => {
                self.gateway_apis.retain(|(gateway, _), _| *gateway != name);
                self.gateway_hostnames.retain(|(gateway, _), _| *gateway != name);
                self.gateway_authorities.retain(|(gateway, _), _| *gateway != name);
                self.gateways.remove(&name);
            }
            ResourceId::ProductApi(product, api) => drop(self.product_apis.remove(&(product, api))),
            ResourceId::ProductGroup(product, group) => drop(self.product_groups.remove(&(product, group))),
            ResourceId::Group(name) => {
                self.user_groups.retain(|(_, group), _| *group != name);
                self.groups.remove(&name);
            }
            ResourceId::User(name) => drop(self.users.remove(&name)),
            ResourceId::GroupUser(group, user) => drop(self.user_groups.remove(&(user, group))),
            ResourceId::GatewayApi(gateway, api) => drop(self.gateway_apis.remove(&(gateway, api))),
            ResourceId::GatewayHostname(gateway, name) => drop(self.gateway_hostnames.remove(&(gateway, name))),
            ResourceId::GatewayAuthority(gateway, name) => drop(self.gateway_authorities.remove(&(gateway, name))),
            ResourceId::Resolver(api, name) => {
                self.policies.remove(&PolicyScope::Resolver(api.clone(), name.clone()));
                self.resolvers.remove(&(api, name));
            }
        }
    }

    /// The API, its operations and their policies. Links stay: they may name an API that comes back.
    fn remove_api(&mut self, api: &Name) {
        let names: Vec<Name> = self.operations_of(api).map(|(name, _)| name.clone()).collect();
        for name in names {
            self.policies.remove(&PolicyScope::Operation(api.clone(), name.clone()));
            self.operations.remove(&(api.clone(), name));
        }
        // A policy may be left whose operation never came.
        let is_of = |scope: &PolicyScope| match scope {
            PolicyScope::Operation(of, _) | PolicyScope::Api(of) | PolicyScope::Resolver(of, _) => of == api,
            PolicyScope::Global | PolicyScope::Product(_) => false,
        };
        self.policies.retain(|scope, _| !is_of(scope));
        self.resolvers.retain(|(of, _), _| of != api);
        let schemas: Vec<Name> = self.schemas_of(api).map(|(name, _)| name.clone()).collect();
        for name in schemas {
            self.api_schemas.remove(&(api.clone(), name));
        }
        self.apis.remove(api);
    }

    /// Schemas of one API (id with its revision), by name.
    pub fn schemas_of<'a>(&'a self, api: &Name) -> impl Iterator<Item = (&'a Name, &'a Resource<SchemaText>)> + 'a {
        under(&self.api_schemas, api)
    }

    /// Operations of one API (id with its revision), by name.
    pub fn operations_of<'a>(
        &'a self,
        api: &Name,
    ) -> impl Iterator<Item = (&'a Name, &'a Resource<OperationProperties>)> + 'a {
        under(&self.operations, api)
    }

    /// Resolvers of one API (id with its revision), by name.
    pub fn resolvers_of<'a>(
        &'a self,
        api: &Name,
    ) -> impl Iterator<Item = (&'a Name, &'a Resource<ResolverProperties>)> + 'a {
        under(&self.resolvers, api)
    }

    /// APIs (base names) that a product contains, in name order.
    pub fn apis_of_product<'a>(&'a self, product: &Name) -> impl Iterator<Item = &'a Name> + 'a {
        under(&self.product_apis, product).map(|(api, _)| api)
    }

    /// Products that contain the API (base name), in name order.
    pub fn products_of<'a>(&'a self, api: &'a Name) -> impl Iterator<Item = &'a Name> + 'a {
        self.product_apis.keys().filter(move |(_, of)| of == api).map(|(product, _)| product)
    }

    /// Base names of the APIs the gateway exposes: those assigned to it, or all of them when no gateway is named.
    pub fn exposed_apis(&self, gateway: Option<&Name>) -> BTreeSet<Name> {
        match gateway {
            Some(gateway) => {
                let assigned = self.gateway_apis.keys().filter(|(of, _)| of == gateway);
                assigned.map(|(_, api)| ApiName::parse(api.as_str()).base).collect()
            }
            None => self.apis.keys().map(|api| ApiName::parse(api.as_str()).base).collect(),
        }
    }

    /// Ids and display names of groups, in the order of their names. A group that is not known by itself (APIOps trees without
    /// `groups`) is called by its id.
    fn named_groups<'a>(&self, names: impl Iterator<Item = &'a Name>) -> Vec<(String, String)> {
        let named = names.map(|name| {
            let known = self.groups.get_key_value(name);
            let id = known.map_or(name, |(id, _)| id).as_str().to_owned();
            let display_name = known.and_then(|(_, group)| group.properties.display_name.clone());
            (id.clone(), display_name.unwrap_or(id))
        });
        named.collect()
    }

    /// Groups a user is in, as [`Inventory::named_groups`].
    pub fn groups_of_user(&self, user: &Name) -> Vec<(String, String)> {
        self.named_groups(under(&self.user_groups, user).map(|(group, _)| group))
    }

    /// Groups that see a product, as [`Inventory::named_groups`].
    pub fn groups_of_product(&self, product: &Name) -> Vec<(String, String)> {
        self.named_groups(under(&self.product_groups, product).map(|(group, _)| group))
    }

    /// Named value of that display name (compared exactly, as policies write it).
    pub fn named_value(&self, display_name: &str) -> Option<&Resource<NamedValueProperties>> {
        self.named_values.values().find(|value| value.properties.display_name.as_deref() == Some(display_name))
    }

    /// Puts everything of `later` over what is here.
    pub fn merge(&mut self, later: Self) {
        self.service = later.service.or(self.service.take());
        overlay(&mut self.apis, later.apis);
        overlay(&mut self.operations, later.operations);
        overlay(&mut self.version_sets, later.version_sets);
        overlay(&mut self.products, later.products);
        overlay(&mut self.product_apis, later.product_apis);
        overlay(&mut self.product_groups, later.product_groups);
        overlay(&mut self.groups, later.groups);
        overlay(&mut self.users, later.users);
        overlay(&mut self.user_groups, later.user_groups);
        overlay(&mut self.subscriptions, later.subscriptions);
        overlay(&mut self.named_values, later.named_values);
        overlay(&mut self.backends, later.backends);
        overlay(&mut self.api_schemas, later.api_schemas);
        overlay(&mut self.schemas, later.schemas);
        overlay(&mut self.certificates, later.certificates);
        overlay(&mut self.loggers, later.loggers);
        overlay(&mut self.fragments, later.fragments);
        overlay(&mut self.policies, later.policies);
        overlay(&mut self.gateways, later.gateways);
        overlay(&mut self.gateway_apis, later.gateway_apis);
        overlay(&mut self.gateway_hostnames, later.gateway_hostnames);
        overlay(&mut self.gateway_authorities, later.gateway_authorities);
        overlay(&mut self.resolvers, later.resolvers);
    }
}

/// What stands under a name, by its own name.
fn under<'a, V>(all: &'a BTreeMap<(Name, Name), V>, of: &Name) -> impl Iterator<Item = (&'a Name, &'a V)> + use<'a, V> {
    let first = (of.clone(), Name::default());
    let of = of.clone();
    all.range((Bound::Included(first), Bound::Unbounded))
        .take_while(move |((parent, _), _)| *parent == of)
        .map(|((_, name), value)| (name, value))
}

/// Replaces key and value: the later spelling of a name is the one that stays.
fn replace<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: V) {
    map.remove(&key);
    map.insert(key, value);
}

fn overlay<K: Ord, V>(map: &mut BTreeMap<K, V>, later: BTreeMap<K, V>) {
    for (key, value) in later {
        replace(map, key, value);
    }
}

fn typed<P: DeserializeOwned>(id: &str, properties: Value, origin: Origin) -> Result<Resource<P>, InventoryError> {
    match serde_json::from_value(properties) {
        Ok(properties) => Ok(Resource { properties, origin }),
        Err(error) => Err(InventoryError::Shape { id: id.to_owned(), origin, reason: error.to_string() }),
    }
}

fn text_of(id: &str, origin: &Origin, value: Option<String>) -> Result<String, InventoryError> {
    value.ok_or_else(|| InventoryError::Shape {
        id: id.to_owned(),
        origin: origin.clone(),
        reason: "the policy has no value".to_owned(),
    })
}

#[cfg(test)]
mod tests;
