//! Small bundles for the tests of routing, access and snapshots.

use std::sync::Arc;

use postern_bundle::{
    Api, ApiVersion, Bundle, KeyNames, Operation, Parameter, Part, PartKey, PolicySource, Product, ProductState,
    Secret, Service, Subscription, SubscriptionScope, SubscriptionState, VersionScheme, shard_of,
};

use crate::observe::series::SeriesTable;

use super::Snapshot;

/// A bundle under construction.
#[derive(Default, Clone)]
pub(crate) struct Fixture {
    pub(crate) service: Option<Service>,
    pub(crate) apis: Vec<Api>,
    pub(crate) products: Vec<Product>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) others: Vec<(PartKey, Part)>,
}

impl Fixture {
    pub(crate) fn of(apis: impl IntoIterator<Item = Api>) -> Self {
        Self { apis: apis.into_iter().collect(), ..Self::default() }
    }

    pub(crate) fn bundle(&self, generation: u64) -> Bundle {
        let mut shards: std::collections::BTreeMap<u16, Vec<Subscription>> = Default::default();
        for subscription in &self.subscriptions {
            shards.entry(shard_of(&subscription.name)).or_default().push(subscription.clone());
        }
        let parts = std::iter::once((PartKey::Service, Part::Service(self.service.clone().unwrap_or_default())))
            .chain(self.apis.iter().map(|api| (PartKey::Api(api.name.clone()), Part::Api(api.clone()))))
            .chain(self.products.iter().map(|p| (PartKey::Product(p.name.clone()), Part::Product(p.clone()))))
            .chain(shards.into_iter().map(|(shard, list)| (PartKey::Subscriptions(shard), Part::Subscriptions(list))))
            .chain(self.others.iter().cloned());
        Bundle::from_parts(generation, parts).unwrap()
    }

    /// The snapshot; panics on diagnostics.
    #[track_caller]
    pub(crate) fn snapshot(&self) -> Snapshot {
        let (snapshot, diagnostics) = Snapshot::build(None, &self.bundle(1), &mut Arc::new(SeriesTable::default()));
        assert_eq!(diagnostics, [], "the bundle has no fault");
        snapshot
    }
}

/// A current, unversioned API that needs no subscription. Operations as `GET /a/{b}`; each is named after itself.
pub(crate) fn api(name: &str, path: &str, operations: &[&str]) -> Api {
    let mut operations: Vec<Operation> = operations.iter().map(|text| operation(text)).collect();
    operations.sort_by(|a, b| a.name.cmp(&b.name));
    Api {
        name: name.into(),
        display_name: format!("{name} API"),
        path: path.into(),
        version: None,
        revision: name.split_once(";rev=").map_or("1", |(_, revision)| revision).into(),
        is_current: !name.contains(";rev="),
        kind: "http".into(),
        protocols: vec!["http".into(), "https".into()],
        service_url: Some("http://backend.example/base".into()),
        subscription_required: false,
        subscription_key: KeyNames::default(),
        graphql: None,
        odata: None,
        policy: None,
        operations,
    }
}

pub(crate) fn operation(text: &str) -> Operation {
    let (method, template) = text.split_once(' ').unwrap();
    let optional = |name: &str| Parameter {
        name: name.into(),
        kind: String::new(),
        required: !name.starts_with("opt"),
        values: Vec::new(),
        schema: None,
    };
    let names = template.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    Operation {
        name: text.into(),
        display_name: text.into(),
        method: method.into(),
        url_template: template.into(),
        template_parameters: names.map(optional).collect(),
        policy: None,
        request: Default::default(),
        responses: Vec::new(),
    }
}

pub(crate) fn versioned(mut api: Api, scheme: VersionScheme, value: &str) -> Api {
    api.version = Some(ApiVersion { set: "set".into(), value: value.into(), scheme });
    api
}

pub(crate) fn product(name: &str, apis: &[&str]) -> Product {
    Product {
        name: name.into(),
        display_name: format!("{name} product"),
        subscription_required: true,
        approval_required: false,
        subscriptions_limit: None,
        groups: Vec::new(),
        state: ProductState::Published,
        policy: None,
        apis: apis.iter().map(|&api| api.to_owned()).collect(),
    }
}

pub(crate) fn open(mut product: Product) -> Product {
    product.subscription_required = false;
    product
}

/// An active subscription whose primary key is its name and whose secondary key is `<name>-2`.
pub(crate) fn subscription(name: &str, scope: SubscriptionScope) -> Subscription {
    Subscription {
        name: name.into(),
        display_name: String::new(),
        scope,
        state: SubscriptionState::Active,
        primary_key: Some(Secret::new(name)),
        secondary_key: Some(Secret::new(format!("{name}-2"))),
        owner: None,
        allow_tracing: false,
        created_s: None,
        start_s: None,
        expiration_s: None,
    }
}

pub(crate) fn policy(inbound: &str) -> Option<PolicySource> {
    Some(PolicySource::new(format!(
        "<policies><inbound><base />{inbound}</inbound><backend><base /></backend><outbound><base /></outbound>\
         <on-error><base /></on-error></policies>"
    )))
}

/// A policy at global scope, which has no parent.
pub(crate) fn global_policy(inbound: &str) -> Option<PolicySource> {
    Some(PolicySource::new(format!(
        "<policies><inbound>{inbound}</inbound><backend><forward-request /></backend><outbound /><on-error /></policies>"
    )))
}
