//! Ids of resources relative to their service: `/apis/echo/operations/get`.
//!
//! [`ResourceId`] is the list of resources a gateway is compiled from; [`ResourceId::parse`] reads relative and full
//! ARM ids alike. What it does not know is not an error: newer resource kinds pass by.

use std::fmt;

use crate::limits::ID_BYTES_MAX;
use crate::policy::PolicyScope;
use crate::{ApiName, Name};

const SERVICE_MARK: &str = "/providers/microsoft.apimanagement/service/";

/// The part of a full ARM id behind the service name, with its leading slash; empty for the service itself.
/// A relative id is returned as it is.
pub fn relative(id: &str) -> &str {
    let folded = id.to_ascii_lowercase();
    let Some(mark) = folded.find(SERVICE_MARK) else { return id };
    let rest = id.get(mark + SERVICE_MARK.len()..).unwrap_or_default();
    match rest.find('/') {
        Some(slash) => rest.get(slash..).unwrap_or_default(),
        None => "",
    }
}

/// The last segment of an id: the name of the resource.
pub fn last_segment(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Which resource an id names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceId {
    /// The service itself (the empty id or `/`).
    Service,
    Policy(PolicyScope),
    Api(Name),
    Operation(Name, Name),
    /// API, schema.
    ApiSchema(Name, Name),
    VersionSet(Name),
    Product(Name),
    /// Product, API.
    ProductApi(Name, Name),
    /// Product, group.
    ProductGroup(Name, Name),
    Group(Name),
    User(Name),
    /// Group, user.
    GroupUser(Name, Name),
    Subscription(Name),
    NamedValue(Name),
    Backend(Name),
    /// A schema of the service.
    Schema(Name),
    Certificate(Name),
    Logger(Name),
    PolicyFragment(Name),
    Gateway(Name),
    /// Gateway, API.
    GatewayApi(Name, Name),
    /// Gateway, host name.
    GatewayHostname(Name, Name),
    /// Gateway, certificate.
    GatewayAuthority(Name, Name),
    /// API, resolver.
    Resolver(Name, Name),
}

impl ResourceId {
    /// Reads a relative or full ARM id. `None` for kinds a gateway is not compiled from, and for ids beyond the limit.
    pub fn parse(id: &str) -> Option<Self> {
        if id.len() > ID_BYTES_MAX {
            return None;
        }
        let segments: Vec<&str> = relative(id).split('/').filter(|segment| !segment.is_empty()).collect();
        let words: Vec<String> = segments.iter().step_by(2).map(|word| word.to_ascii_lowercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let names: Vec<Name> = segments.iter().skip(1).step_by(2).map(|name| Name::from(*name)).collect();
        let known = match (words.as_slice(), names.as_slice()) {
            ([], []) => Self::Service,
            (["policies"], [_]) => Self::Policy(PolicyScope::Global),
            (["apis"], [api]) => Self::Api(api.clone()),
            (["apis", "policies"], [api, _]) => Self::Policy(PolicyScope::Api(api.clone())),
            (["apis", "operations"], [api, operation]) => Self::Operation(api.clone(), operation.clone()),
            (["apis", "operations", "policies"], [api, operation, _]) => {
                Self::Policy(PolicyScope::Operation(api.clone(), operation.clone()))
            }
            (["apis", "schemas"], [api, schema]) => Self::ApiSchema(api.clone(), schema.clone()),
            (["apiversionsets"], [set]) => Self::VersionSet(set.clone()),
            (["products"], [product]) => Self::Product(product.clone()),
            (["products", "policies"], [product, _]) => Self::Policy(PolicyScope::Product(product.clone())),
            (["products", "apis"], [product, api]) => Self::ProductApi(product.clone(), api.clone()),
            (["products", "groups"], [product, group]) => Self::ProductGroup(product.clone(), group.clone()),
            (["groups"], [group]) => Self::Group(group.clone()),
            (["groups", "users"], [group, user]) => Self::GroupUser(group.clone(), user.clone()),
            (["users"], [user]) => Self::User(user.clone()),
            (["subscriptions"], [subscription]) => Self::Subscription(subscription.clone()),
            (["namedvalues"], [value]) => Self::NamedValue(value.clone()),
            (["backends"], [backend]) => Self::Backend(backend.clone()),
            (["schemas"], [schema]) => Self::Schema(schema.clone()),
            (["certificates"], [certificate]) => Self::Certificate(certificate.clone()),
            (["loggers"], [logger]) => Self::Logger(logger.clone()),
            (["policyfragments"], [fragment]) => Self::PolicyFragment(fragment.clone()),
            (["gateways"], [gateway]) => Self::Gateway(gateway.clone()),
            (["gateways", "apis"], [gateway, api]) => Self::GatewayApi(gateway.clone(), api.clone()),
            (["gateways", "hostnameconfigurations"], [gateway, name]) => {
                Self::GatewayHostname(gateway.clone(), name.clone())
            }
            (["gateways", "certificateauthorities"], [gateway, certificate]) => {
                Self::GatewayAuthority(gateway.clone(), certificate.clone())
            }
            (["apis", "resolvers"], [api, resolver]) => Self::Resolver(api.clone(), resolver.clone()),
            (["apis", "resolvers", "policies"], [api, resolver, _]) => {
                Self::Policy(PolicyScope::Resolver(api.clone(), resolver.clone()))
            }
            _ => return None,
        };
        Some(known)
    }

    /// The API this resource belongs to, without revision; `None` for what belongs to no API.
    pub fn api(&self) -> Option<Name> {
        let (Self::Api(name)
        | Self::Operation(name, _)
        | Self::ApiSchema(name, _)
        | Self::Resolver(name, _)
        | Self::Policy(PolicyScope::Api(name) | PolicyScope::Operation(name, _) | PolicyScope::Resolver(name, _))) =
            self
        else {
            return None;
        };
        Some(ApiName::parse(name.as_str()).base)
    }
}

impl fmt::Display for ResourceId {
    /// The relative id; parsing it gives the same value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service => f.write_str("/"),
            Self::Policy(scope) => fmt::Display::fmt(scope, f),
            Self::Api(api) => write!(f, "/apis/{api}"),
            Self::Operation(api, operation) => write!(f, "/apis/{api}/operations/{operation}"),
            Self::ApiSchema(api, schema) => write!(f, "/apis/{api}/schemas/{schema}"),
            Self::VersionSet(set) => write!(f, "/apiVersionSets/{set}"),
            Self::Product(product) => write!(f, "/products/{product}"),
            Self::ProductApi(product, api) => write!(f, "/products/{product}/apis/{api}"),
            Self::ProductGroup(product, group) => write!(f, "/products/{product}/groups/{group}"),
            Self::Group(group) => write!(f, "/groups/{group}"),
            Self::GroupUser(group, user) => write!(f, "/groups/{group}/users/{user}"),
            Self::User(user) => write!(f, "/users/{user}"),
            Self::Subscription(subscription) => write!(f, "/subscriptions/{subscription}"),
            Self::NamedValue(value) => write!(f, "/namedValues/{value}"),
            Self::Backend(backend) => write!(f, "/backends/{backend}"),
            Self::Schema(schema) => write!(f, "/schemas/{schema}"),
            Self::Certificate(certificate) => write!(f, "/certificates/{certificate}"),
            Self::Logger(logger) => write!(f, "/loggers/{logger}"),
            Self::PolicyFragment(fragment) => write!(f, "/policyFragments/{fragment}"),
            Self::Gateway(gateway) => write!(f, "/gateways/{gateway}"),
            Self::GatewayApi(gateway, api) => write!(f, "/gateways/{gateway}/apis/{api}"),
            Self::GatewayHostname(gateway, name) => write!(f, "/gateways/{gateway}/hostnameConfigurations/{name}"),
            Self::GatewayAuthority(gateway, certificate) => {
                write!(f, "/gateways/{gateway}/certificateAuthorities/{certificate}")
            }
            Self::Resolver(api, resolver) => write!(f, "/apis/{api}/resolvers/{resolver}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ResourceId, last_segment, relative};

    const SERVICE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.ApiManagement/service/svc";

    #[test]
    fn every_kind_reads_back_from_its_relative_and_its_full_id() {
        for id in [
            "/",
            "/policies/policy",
            "/apis/a;rev=2",
            "/apis/a/policies/policy",
            "/apis/a/operations/b",
            "/apis/a/operations/b/policies/policy",
            "/apis/a/schemas/b",
            "/schemas/a",
            "/certificates/a",
            "/loggers/a",
            "/apiVersionSets/a",
            "/products/a",
            "/products/a/policies/policy",
            "/products/a/apis/b",
            "/products/a/groups/b",
            "/groups/a",
            "/groups/a/users/b",
            "/users/a",
            "/subscriptions/a",
            "/namedValues/a",
            "/backends/a",
            "/policyFragments/a",
            "/gateways/a",
            "/gateways/a/apis/b",
            "/gateways/a/hostnameConfigurations/b",
            "/gateways/a/certificateAuthorities/b",
            "/apis/a/resolvers/b",
            "/apis/a/resolvers/b/policies/policy",
        ] {
            let parsed = ResourceId::parse(id).expect(id);
            assert_eq!(parsed.to_string(), id);
            assert_eq!(ResourceId::parse(&format!("{}{id}", SERVICE.to_uppercase())), Some(parsed), "{id}");
        }
    }

    #[test]
    fn unknown_kinds_and_half_ids_are_none() {
        for id in ["/apis", "/tags/a", "/apis/a/releases/b", "/apis/a/operations", "x"] {
            assert_eq!(ResourceId::parse(id), None, "{id}");
        }
        assert_eq!(ResourceId::parse(&format!("/apis/{}", "a".repeat(crate::limits::ID_BYTES_MAX))), None);
    }

    #[test]
    fn everything_under_an_api_belongs_to_its_base_name() {
        let id = ResourceId::parse("/apis/Echo;rev=3/operations/get/policies/policy").expect("reads");
        assert_eq!(id.api().expect("of an api"), "echo");
        assert_eq!(relative(SERVICE), "");
        assert_eq!(last_segment("/apis/echo/"), "echo");
    }
}
