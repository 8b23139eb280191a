//! The resources: one row each, with its rules. A further resource is a further row, and a behaviour only if it has one.

use super::property::{Property, Shape};

/// One kind of resource.
#[derive(Debug)]
pub struct Kind {
    /// ARM type below the service; its words are the collection segments of the path.
    pub name: &'static str,
    /// What messages call it.
    pub title: &'static str,
    pub name_chars_max: usize,
    pub methods: Methods,
    pub behaviour: Behaviour,
    pub source: Source,
    pub properties: &'static [Property],
    /// Properties `$filter` may use, besides `name`.
    pub filters: &'static [&'static str],
}

/// Which methods an entity of the kind has. The list (GET on the collection) is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Methods {
    /// GET, HEAD, PUT, PATCH, DELETE.
    All,
    /// GET, HEAD, PUT, DELETE.
    NoPatch,
    /// HEAD, PUT, DELETE: an association, shown as what it points to. The answer to HEAD is this status.
    Association(u16),
    /// GET on collection and entity only.
    ReadOnly,
    /// GET on the collection only.
    ListOnly,
}

/// What is special about a kind; `kinds` has one file for each that does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Plain,
    Api,
    Operation,
    Release,
    Policy,
    PolicyFragment,
    VersionSet,
    Product,
    ProductApi,
    ApiLink,
    Subscription,
    NamedValue,
    Backend,
    ApiSchema,
    Schema,
    Certificate,
    Logger,
    Gateway,
    GatewayApi,
    GatewayHostname,
    GatewayAuthority,
    Instance,
    Resolver,
    Group,
    ProductGroup,
    GroupLink,
    GroupUser,
    User,
    UserSubscription,
}

/// Where the entities of a collection come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Rows of that collection.
    Rows,
    /// What rows of that collection name.
    Linked,
    ApiRevisions,
    ApiProducts,
    ApiLinks,
    GroupLinks,
    ProductSubscriptions,
    UserGroups,
    UserSubscriptions,
    Instances,
    /// Nothing: the collection exists so that clients that look at all of them go on.
    Nothing,
}

impl Kind {
    const fn new(
        name: &'static str,
        title: &'static str,
        behaviour: Behaviour,
        properties: &'static [Property],
    ) -> Self {
        Self {
            name,
            title,
            name_chars_max: 80,
            methods: Methods::All,
            behaviour,
            source: Source::Rows,
            properties,
            filters: &[],
        }
    }

    const fn methods(self, methods: Methods) -> Self {
        Self { methods, ..self }
    }

    const fn long_names(self) -> Self {
        Self { name_chars_max: 256, ..self }
    }

    const fn source(self, source: Source) -> Self {
        Self { source, ..self }
    }

    const fn filters(self, filters: &'static [&'static str]) -> Self {
        Self { filters, ..self }
    }

    /// Collection words of the path.
    pub fn words(&self) -> impl DoubleEndedIterator<Item = &'static str> {
        self.name.split('/')
    }

    /// Full ARM type.
    pub fn arm_type(&self) -> String {
        format!("Microsoft.ApiManagement/service/{}", self.name)
    }
}

/// The row with that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
}

const POLICY: &[Property] = &[
    Property::new("format", Shape::OneOf(&["xml", "rawxml", "xml-link", "rawxml-link"])).default("\"xml\""),
    Property::text("value", 1, usize::MAX).required(),
];

const FRAGMENT: &[Property] = &[
    Property::new("format", Shape::OneOf(&["xml", "rawxml"])).default("\"xml\""),
    Property::text("value", 1, usize::MAX).required(),
    Property::text("description", 0, 1000),
    Property::text("provisioningState", 0, 100).read_only(),
];

const API: &[Property] = &[
    Property::text("displayName", 1, 300).required(),
    Property::text("apiRevision", 1, 100).default("\"1\""),
    Property::text("description", 0, usize::MAX),
    Property::flag("subscriptionRequired").default("true"),
    Property::text("serviceUrl", 0, 2000),
    Property::text("path", 0, 400).required(),
    Property::new("protocols", Shape::SomeOf(&["http", "https", "ws", "wss"])).default("[\"https\"]"),
    Property::new("authenticationSettings", Shape::Object),
    Property::new("subscriptionKeyParameterNames", Shape::Object)
        .default("{\"header\":\"Ocp-Apim-Subscription-Key\",\"query\":\"subscription-key\"}"),
    Property::new("type", Shape::OneOf(API_TYPES)),
    Property::new("apiType", Shape::OneOf(API_TYPES)).transient(),
    Property::text("apiVersion", 0, 100),
    Property::flag("isCurrent").default("true"),
    Property::flag("isOnline").read_only(),
    Property::text("apiRevisionDescription", 0, 256),
    Property::text("apiVersionDescription", 0, 256),
    Property::text("apiVersionSetId", 0, 2000),
    Property::new("apiVersionSet", Shape::Object),
    Property::text("termsOfServiceUrl", 0, 2000),
    Property::new("contact", Shape::Object),
    Property::new("license", Shape::Object),
    Property::text("sourceApiId", 0, 2000),
    Property::text("provisioningState", 0, 100).read_only(),
    Property::text("format", 1, 100).transient(),
    Property::text("value", 0, usize::MAX).transient(),
    Property::new("wsdlSelector", Shape::Object).transient(),
    Property::new("translateRequiredQueryParameters", Shape::OneOf(&["template", "query"])).transient(),
];

const API_TYPES: &[&str] = &["http", "soap", "websocket", "graphql", "odata", "grpc"];

const OPERATION: &[Property] = &[
    Property::text("displayName", 1, 300).required(),
    Property::text("method", 1, 100).required(),
    Property::text("urlTemplate", 1, 1000).required(),
    Property::new("templateParameters", Shape::Objects).default("[]"),
    Property::text("description", 0, 1000),
    Property::new("request", Shape::Object),
    Property::new("responses", Shape::Objects).default("[]"),
    Property::text("policies", 0, usize::MAX),
];

const VERSION_SET: &[Property] = &[
    Property::text("displayName", 1, 100).required(),
    Property::new("versioningScheme", Shape::OneOf(&["Segment", "Query", "Header"])).required(),
    Property::text("versionQueryName", 1, 100),
    Property::text("versionHeaderName", 1, 100),
    Property::text("description", 0, usize::MAX),
];

const PRODUCT: &[Property] = &[
    Property::text("displayName", 1, 300).required(),
    Property::text("description", 0, 1000),
    Property::text("terms", 0, usize::MAX),
    Property::flag("subscriptionRequired").default("true"),
    Property::flag("approvalRequired"),
    Property::new("subscriptionsLimit", Shape::Number(0, u32::MAX as i64)),
    Property::new("state", Shape::OneOf(&["notPublished", "published"])).default("\"notPublished\""),
];

const SUBSCRIPTION: &[Property] = &[
    Property::text("scope", 1, 2000).required(),
    Property::text("displayName", 1, 100).required(),
    Property::text("ownerId", 0, 2000),
    Property::new("state", Shape::OneOf(&["suspended", "active", "expired", "submitted", "rejected", "cancelled"]))
        .default("\"submitted\""),
    Property::new("createdDate", Shape::Time).read_only(),
    Property::new("startDate", Shape::Time),
    Property::new("expirationDate", Shape::Time),
    Property::new("endDate", Shape::Time),
    Property::new("notificationDate", Shape::Time),
    Property::text("primaryKey", 1, 256).secret(),
    Property::text("secondaryKey", 1, 256).secret(),
    Property::text("stateComment", 0, 4000),
    Property::flag("allowTracing").default("false"),
];

const NAMED_VALUE: &[Property] = &[
    Property::text("displayName", 1, 256).required(),
    Property::text("value", 1, 4096).secret(),
    Property::new("tags", Shape::Texts),
    Property::flag("secret").default("false"),
    Property::new("keyVault", Shape::Object),
    Property::text("provisioningState", 0, 100).read_only(),
];

const BACKEND: &[Property] = &[
    Property::text("title", 1, 300),
    Property::text("description", 1, 2000),
    Property::text("resourceId", 1, 2000),
    Property::new("properties", Shape::Object),
    Property::new("credentials", Shape::Object),
    Property::new("proxy", Shape::Object),
    Property::new("tls", Shape::Object),
    Property::new("circuitBreaker", Shape::Object),
    Property::new("pool", Shape::Object),
    Property::new("type", Shape::OneOf(&["Single", "Pool"])),
    Property::text("url", 1, 2000),
    Property::new("protocol", Shape::OneOf(&["http", "soap"])),
];

const GATEWAY: &[Property] = &[Property::new("locationData", Shape::Object), Property::text("description", 0, 1000)];

const HOSTNAME: &[Property] = &[
    Property::text("hostname", 1, 253).required(),
    Property::text("certificateId", 1, 2000).required(),
    Property::flag("negotiateClientCertificate").default("false"),
    Property::flag("tls10Enabled").default("false"),
    Property::flag("tls11Enabled").default("false"),
    Property::flag("http2Enabled").default("false"),
];

const AUTHORITY: &[Property] = &[Property::flag("isTrusted").default("false")];

const RELEASE: &[Property] = &[
    Property::text("apiId", 1, 2000).required(),
    Property::text("notes", 0, usize::MAX),
    Property::new("createdDateTime", Shape::Time).read_only(),
    Property::new("updatedDateTime", Shape::Time).read_only(),
];

const SCHEMA: &[Property] = &[
    Property::text("contentType", 1, 200).required(),
    Property::new("document", Shape::Object),
    Property::text("provisioningState", 0, 100).read_only(),
];

const RESOLVER: &[Property] =
    &[Property::text("displayName", 0, 300), Property::text("path", 1, 300), Property::text("description", 0, 1000)];
const GLOBAL_SCHEMA: &[Property] = &[
    Property::new("schemaType", Shape::OneOf(&["xml", "json"])).required(),
    Property::text("description", 0, usize::MAX),
    // Text or an object: `kinds::schema` looks.
    Property::new("value", Shape::Any),
    Property::new("document", Shape::Object),
    Property::text("provisioningState", 0, 100).read_only(),
];

const CERTIFICATE: &[Property] = &[
    Property::text("data", 1, usize::MAX).secret(),
    Property::text("password", 0, 1000).secret(),
    Property::new("keyVault", Shape::Object),
    Property::text("subject", 0, usize::MAX).read_only(),
    Property::text("thumbprint", 0, 100).read_only(),
    Property::new("expirationDate", Shape::Time).read_only(),
];

const LOGGER: &[Property] = &[
    Property::new("loggerType", Shape::OneOf(&["azureEventHub", "applicationInsights", "azureMonitor"])).required(),
    Property::text("description", 0, 256),
    Property::new("credentials", Shape::Object),
    Property::flag("isBuffered").default("true"),
    Property::text("resourceId", 0, 2000),
];

const GROUP: &[Property] = &[
    Property::text("displayName", 1, 300).required(),
    Property::text("description", 0, 1000),
    Property::flag("builtIn").read_only(),
    Property::new("type", Shape::OneOf(&["custom", "system", "external"])).default("\"custom\""),
    Property::text("externalId", 0, 2000),
];

const USER: &[Property] = &[
    Property::new("state", Shape::OneOf(&["active", "blocked", "pending", "deleted"])).default("\"active\""),
    Property::text("note", 0, 4000),
    Property::new("identities", Shape::Objects),
    Property::text("firstName", 1, 100).required(),
    Property::text("lastName", 1, 100).required(),
    Property::text("email", 1, 254).required(),
    Property::new("registrationDate", Shape::Time).read_only(),
    Property::new("groups", Shape::Objects).read_only(),
    Property::text("password", 0, 1000).transient(),
    Property::text("appType", 0, 100).transient(),
    Property::text("confirmation", 0, 100).transient(),
];

const ASSOCIATION: &[Property] = &[Property::text("provisioningState", 0, 100).transient()];

const API_LINK: &[Property] = &[Property::text("apiId", 1, 2000).required()];

const GROUP_LINK: &[Property] = &[Property::text("groupId", 1, 2000).required()];

const API_FILTERS: &[&str] =
    &["displayName", "description", "serviceUrl", "path", "apiVersion", "apiRevision", "isCurrent"];
const PRODUCT_FILTERS: &[&str] = &["displayName", "description", "terms", "state", "subscriptionRequired"];
const GROUP_FILTERS: &[&str] = &["displayName", "description", "externalId"];
const USER_FILTERS: &[&str] = &["firstName", "lastName", "email", "state", "registrationDate", "note"];
const SUBSCRIPTION_FILTERS: &[&str] = &["displayName", "stateComment", "ownerId", "scope", "state"];

/// All kinds.
pub static KINDS: &[Kind] = &[
    Kind::new("policies", "Policy", Behaviour::Policy, POLICY).methods(Methods::NoPatch),
    Kind::new("apis", "API", Behaviour::Api, API).long_names().filters(API_FILTERS),
    Kind::new("apis/policies", "Policy", Behaviour::Policy, POLICY).methods(Methods::NoPatch),
    Kind::new("apis/operations", "Operation", Behaviour::Operation, OPERATION).long_names().filters(&[
        "displayName",
        "method",
        "description",
        "urlTemplate",
    ]),
    Kind::new("apis/operations/policies", "Policy", Behaviour::Policy, POLICY).methods(Methods::NoPatch),
    Kind::new("apis/resolvers", "Resolver", Behaviour::Resolver, RESOLVER).filters(&[
        "displayName",
        "path",
        "description",
    ]),
    Kind::new("apis/resolvers/policies", "Policy", Behaviour::Policy, POLICY).methods(Methods::NoPatch),
    Kind::new("apis/schemas", "Schema", Behaviour::ApiSchema, SCHEMA)
        .methods(Methods::NoPatch)
        .filters(&["contentType"]),
    Kind::new("apis/releases", "Release", Behaviour::Release, RELEASE).filters(&["notes"]),
    Kind::new("apis/revisions", "Revision", Behaviour::Plain, &[])
        .methods(Methods::ListOnly)
        .source(Source::ApiRevisions)
        .filters(&["apiRevision"]),
    Kind::new("apis/products", "Product", Behaviour::Product, &[])
        .methods(Methods::ListOnly)
        .source(Source::ApiProducts)
        .filters(PRODUCT_FILTERS),
    Kind::new("apiVersionSets", "API version set", Behaviour::VersionSet, VERSION_SET)
        .filters(&["displayName", "versioningScheme"]),
    Kind::new("products", "Product", Behaviour::Product, PRODUCT).long_names().filters(PRODUCT_FILTERS),
    Kind::new("products/policies", "Policy", Behaviour::Policy, POLICY).methods(Methods::NoPatch),
    Kind::new("products/apis", "API", Behaviour::ProductApi, ASSOCIATION)
        .long_names()
        .methods(Methods::Association(204))
        .source(Source::Linked)
        .filters(API_FILTERS),
    Kind::new("products/apiLinks", "API link", Behaviour::ApiLink, API_LINK)
        .long_names()
        .methods(Methods::NoPatch)
        .source(Source::ApiLinks)
        .filters(&["apiId"]),
    Kind::new("products/subscriptions", "Subscription", Behaviour::Subscription, &[])
        .long_names()
        .methods(Methods::ListOnly)
        .source(Source::ProductSubscriptions)
        .filters(SUBSCRIPTION_FILTERS),
    Kind::new("products/groups", "Group", Behaviour::ProductGroup, ASSOCIATION)
        .long_names()
        .methods(Methods::Association(204))
        .source(Source::Linked)
        .filters(GROUP_FILTERS),
    Kind::new("products/groupLinks", "Group link", Behaviour::GroupLink, GROUP_LINK)
        .long_names()
        .methods(Methods::NoPatch)
        .source(Source::GroupLinks)
        .filters(&["groupId"]),
    Kind::new("groups", "Group", Behaviour::Group, GROUP).long_names().filters(GROUP_FILTERS),
    Kind::new("groups/users", "User", Behaviour::GroupUser, ASSOCIATION)
        .methods(Methods::Association(204))
        .source(Source::Linked)
        .filters(USER_FILTERS),
    Kind::new("users", "User", Behaviour::User, USER).filters(USER_FILTERS),
    Kind::new("users/groups", "Group", Behaviour::Plain, &[])
        .methods(Methods::ListOnly)
        .source(Source::UserGroups)
        .filters(GROUP_FILTERS),
    Kind::new("users/subscriptions", "Subscription", Behaviour::UserSubscription, &[])
        .long_names()
        .methods(Methods::ReadOnly)
        .source(Source::UserSubscriptions)
        .filters(SUBSCRIPTION_FILTERS),
    Kind::new("policyFragments", "Policy fragment", Behaviour::PolicyFragment, FRAGMENT)
        .methods(Methods::NoPatch)
        .filters(&["description", "value"]),
    Kind::new("subscriptions", "Subscription", Behaviour::Subscription, SUBSCRIPTION)
        .long_names()
        .filters(SUBSCRIPTION_FILTERS),
    Kind::new("namedValues", "Named value", Behaviour::NamedValue, NAMED_VALUE)
        .long_names()
        .filters(&["displayName", "tags"]),
    Kind::new("backends", "Backend", Behaviour::Backend, BACKEND).filters(&["title", "url", "description", "protocol"]),
    Kind::new("schemas", "Schema", Behaviour::Schema, GLOBAL_SCHEMA).methods(Methods::NoPatch).filters(&["schemaType"]),
    Kind::new("certificates", "Certificate", Behaviour::Certificate, CERTIFICATE).methods(Methods::NoPatch).filters(&[
        "subject",
        "thumbprint",
        "expirationDate",
    ]),
    Kind::new("loggers", "Logger", Behaviour::Logger, LOGGER).filters(&["description", "loggerType", "resourceId"]),
    Kind::new("gateways", "Gateway", Behaviour::Gateway, GATEWAY).filters(&["description"]),
    Kind::new("gateways/apis", "API", Behaviour::GatewayApi, ASSOCIATION)
        .long_names()
        .methods(Methods::Association(200))
        .source(Source::Linked)
        .filters(API_FILTERS),
    Kind::new(
        "gateways/hostnameConfigurations",
        "Gateway hostname configuration",
        Behaviour::GatewayHostname,
        HOSTNAME,
    )
    .methods(Methods::NoPatch)
    .filters(&["hostname", "negotiateClientCertificate"]),
    Kind::new(
        "gateways/certificateAuthorities",
        "Gateway certificate authority",
        Behaviour::GatewayAuthority,
        AUTHORITY,
    )
    .methods(Methods::NoPatch)
    .filters(&["isTrusted"]),
    Kind::new("gateways/instances", "Gateway instance", Behaviour::Instance, &[])
        .methods(Methods::ReadOnly)
        .source(Source::Instances)
        .filters(&["state", "connected"]),
    Kind::new("workspaces", "Workspace", Behaviour::Plain, &[]).methods(Methods::ListOnly).source(Source::Nothing),
];

#[cfg(test)]
mod tests {
    use super::{KINDS, Methods, kind};

    #[test]
    fn every_kind_stands_once_and_under_a_parent_that_stands_before_it() {
        for (at, row) in KINDS.iter().enumerate() {
            assert!(KINDS[..at].iter().all(|other| other.name != row.name), "{}", row.name);
            if let Some((parent, _)) = row.name.rsplit_once('/') {
                assert!(kind(parent).is_some(), "{}", row.name);
            }
        }
    }

    #[test]
    fn defaults_are_json_and_fit_their_rule() {
        for row in KINDS {
            for property in row.properties {
                let Some(json) = property.default else { continue };
                let value: serde_json::Value = serde_json::from_str(json).expect(property.name);
                let sent = [(property.name.to_owned(), value)].into_iter().collect();
                assert!(super::super::property::accept(&[*property], sent).is_ok(), "{}/{}", row.name, property.name);
            }
        }
    }

    #[test]
    fn associations_answer_head_as_the_sdks_want_it() {
        assert_eq!(kind("products/apis").map(|row| row.methods), Some(Methods::Association(204)));
        assert_eq!(kind("GATEWAYS/APIS").map(|row| row.methods), Some(Methods::Association(200)));
    }
}
