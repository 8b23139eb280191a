//! Configurations, written down in a few words.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use postern_bundle::{
    Api, Authority, Backend, Bundle, Certificate, EventHub, Fragment, Hostname, HubCredential, KeyNames, Logger,
    LoggerTarget, Operation, Part, PartKey, PolicySource, Product, ProductState, Secret, Service, Subscription,
    SubscriptionScope, SubscriptionState, shard_of,
};

/// Methods that [`open_api`] has an operation for.
pub const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// A whole configuration.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    pub service: Service,
    pub apis: Vec<Api>,
    pub products: Vec<Product>,
    pub subscriptions: Vec<Subscription>,
    pub backends: Vec<Backend>,
    pub fragments: Vec<Fragment>,
    /// Certificates, loggers, schemas.
    pub others: Vec<(PartKey, Part)>,
}

impl Configuration {
    /// One API, otherwise APIM's defaults.
    pub fn of(api: Api) -> Self {
        Configuration { apis: vec![api], ..Configuration::default() }
    }

    /// The bundle an agent would push.
    pub fn bundle(&self, generation: u64) -> Bundle {
        let mut parts = vec![(PartKey::Service, Part::Service(self.service.clone()))];
        parts.extend(self.apis.iter().map(|api| (PartKey::Api(api.name.clone()), Part::Api(api.clone()))));
        parts.extend(
            self.products.iter().map(|part| (PartKey::Product(part.name.clone()), Part::Product(part.clone()))),
        );
        parts.extend(
            self.backends.iter().map(|part| (PartKey::Backend(part.name.clone()), Part::Backend(part.clone()))),
        );
        parts.extend(
            self.fragments.iter().map(|part| (PartKey::Fragment(part.name.clone()), Part::Fragment(part.clone()))),
        );
        parts.extend(self.others.iter().cloned());
        let mut shards: BTreeMap<u16, Vec<Subscription>> = BTreeMap::new();
        for subscription in &self.subscriptions {
            shards.entry(shard_of(&subscription.name)).or_default().push(subscription.clone());
        }
        parts.extend(shards.into_iter().map(|(shard, mut members)| {
            members.sort_by(|a, b| a.name.cmp(&b.name));
            (PartKey::Subscriptions(shard), Part::Subscriptions(members))
        }));
        Bundle::from_parts(generation, parts).unwrap()
    }
}

/// An API at its own name that takes every path and needs no key.
pub fn open_api(name: &str, backend_url: &str) -> Api {
    Api {
        name: name.to_owned(),
        display_name: name.to_owned(),
        path: name.to_owned(),
        version: None,
        revision: "1".to_owned(),
        is_current: true,
        kind: "http".to_owned(),
        protocols: vec!["http".to_owned(), "https".to_owned()],
        service_url: Some(backend_url.to_owned()),
        subscription_required: false,
        subscription_key: KeyNames::default(),
        graphql: None,
        odata: None,
        policy: None,
        operations: METHODS.iter().map(|method| operation(method, "/*")).collect(),
    }
}

/// An API at its own name that takes every path with a subscription key.
pub fn keyed_api(name: &str, backend_url: &str) -> Api {
    Api { subscription_required: true, ..open_api(name, backend_url) }
}

/// An operation named after its method and template.
pub fn operation(method: &str, url_template: &str) -> Operation {
    let name: String = url_template.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = format!("{}{name}", method.to_lowercase());
    Operation {
        display_name: name.clone(),
        name,
        method: method.to_owned(),
        url_template: url_template.to_owned(),
        template_parameters: Vec::new(),
        policy: None,
        request: Default::default(),
        responses: Vec::new(),
    }
}

/// A published product that needs a key.
pub fn product(name: &str, apis: &[&str]) -> Product {
    Product {
        name: name.to_owned(),
        display_name: name.to_owned(),
        subscription_required: true,
        approval_required: false,
        subscriptions_limit: None,
        groups: Vec::new(),
        state: ProductState::Published,
        policy: None,
        apis: apis.iter().map(|&api| api.to_owned()).collect(),
    }
}

/// An active subscription; its secondary key is the primary one with `-2` at its end.
pub fn subscription(name: &str, scope: SubscriptionScope, key: &str) -> Subscription {
    Subscription {
        name: name.to_owned(),
        display_name: String::new(),
        scope,
        state: SubscriptionState::Active,
        primary_key: Some(Secret::new(key)),
        secondary_key: Some(Secret::new(format!("{key}-2"))),
        owner: None,
        allow_tracing: false,
        created_s: None,
        start_s: None,
        expiration_s: None,
    }
}

/// A policy document with statements in its inbound section and `<base/>` everywhere.
pub fn inbound(statements: &str) -> Option<PolicySource> {
    policy(statements, "<base/>", "")
}

/// A policy document with `<base/>` before the statements of inbound and outbound.
pub fn policy(inbound: &str, backend: &str, outbound: &str) -> Option<PolicySource> {
    Some(PolicySource::new(format!(
        "<policies><inbound><base/>{inbound}</inbound><backend>{backend}</backend>\
         <outbound><base/>{outbound}</outbound><on-error><base/></on-error></policies>"
    )))
}

/// A certificate of the service: in PEM, with or without private key.
pub fn certificate(name: &str, pem: &str) -> (PartKey, Part) {
    let data = Secret::new(STANDARD.encode(pem));
    let certificate = Certificate { name: name.to_owned(), thumbprint: String::new(), data, password: Secret::new("") };
    (PartKey::Certificate(name.to_owned()), Part::Certificate(certificate))
}

/// Makes a certificate of the service an authority of callers' certificates.
pub fn authority(certificate: &str, is_trusted: bool) -> (PartKey, Part) {
    let name = certificate.to_owned();
    (PartKey::Authority(name.clone()), Part::Authority(Authority { name, is_trusted }))
}

/// A host name of the gateway.
pub fn hostname(host: &str, certificate: &str, negotiate_client_certificate: bool) -> (PartKey, Part) {
    let (name, certificate) = (host.replace('*', "any"), certificate.to_owned());
    let part = Hostname { name: name.clone(), host: host.to_owned(), certificate, negotiate_client_certificate };
    (PartKey::Hostname(name), Part::Hostname(part))
}

/// A logger that sends to the hub `events` at `url`.
pub fn event_hub(name: &str, url: &str) -> (PartKey, Part) {
    let credential = HubCredential::Key { name: "send".to_owned(), key: Secret::new("a2V5") };
    let hub = EventHub { endpoint: url.to_owned(), hub: "events".to_owned(), credential };
    (
        PartKey::Logger(name.to_owned()),
        Part::Logger(Logger { name: name.to_owned(), target: LoggerTarget::EventHub(hub) }),
    )
}
