//! One of everything, for the tests of this crate.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use std::sync::Arc;

use postern_bundle::*;

pub(crate) fn api(name: &str, policy: &str) -> (PartKey, Part) {
    let operation = Operation {
        name: "get-order".to_owned(),
        display_name: "Get an order".to_owned(),
        method: "GET".to_owned(),
        url_template: "/orders/{id}".to_owned(),
        template_parameters: vec![Parameter {
            name: "id".to_owned(),
            kind: "string".to_owned(),
            required: true,
            values: vec!["a".to_owned()],
            schema: None,
        }],
        policy: None,
        request: Request::default(),
        responses: vec![Response {
            status: 200,
            headers: Vec::new(),
            representations: vec![Representation {
                content_type: "application/json".to_owned(),
                schema: Some(SchemaName { document: "s".to_owned(), name: "Order".to_owned() }),
                examples: vec![Example { name: "default".to_owned(), value: "{}".to_owned() }],
                sample: None,
            }],
        }],
    };
    let api = Api {
        name: name.to_owned(),
        display_name: name.to_owned(),
        path: name.to_owned(),
        version: Some(ApiVersion {
            set: "orders".to_owned(),
            value: "v1".to_owned(),
            scheme: VersionScheme::Header("Api-Version".to_owned()),
        }),
        revision: "1".to_owned(),
        is_current: true,
        kind: "http".to_owned(),
        protocols: vec!["https".to_owned()],
        service_url: Some("http://backend.example:8080/v1".to_owned()),
        subscription_required: true,
        subscription_key: KeyNames::default(),
        graphql: None,
        odata: None,
        policy: Some(PolicySource::new(policy)),
        operations: vec![operation],
    };
    (PartKey::Api(name.to_owned()), Part::Api(api))
}

pub(crate) fn subscription(name: &str, key: &str) -> Subscription {
    Subscription {
        name: name.to_owned(),
        display_name: String::new(),
        scope: SubscriptionScope::Product("gold".to_owned()),
        state: SubscriptionState::Active,
        primary_key: Some(Secret::new(key)),
        secondary_key: None,
        owner: Some("ann".to_owned()),
        allow_tracing: false,
        created_s: Some(1_700_000_000),
        start_s: None,
        expiration_s: None,
    }
}

pub(crate) fn parts() -> Vec<(PartKey, Part)> {
    let fragment = Fragment { name: "auth".to_owned(), policy: PolicySource::new("<fragment />") };
    let backend = Backend {
        name: "orders".to_owned(),
        url: "https://orders.internal".to_owned(),
        tls: BackendTls::default(),
        credentials: BackendCredentials {
            headers: vec![("x-token".to_owned(), vec![Secret::new("backend-secret")])],
            query: Vec::new(),
            authorization: Some(("Basic".to_owned(), Secret::new("YTpi"))),
            certificate: Some("client".to_owned()),
        },
    };
    let product = Product {
        name: "gold".to_owned(),
        display_name: "Gold".to_owned(),
        subscription_required: true,
        approval_required: false,
        subscriptions_limit: None,
        groups: Vec::new(),
        state: ProductState::Published,
        policy: None,
        apis: vec!["orders".to_owned()],
    };
    let certificate = Certificate {
        name: "client".to_owned(),
        thumbprint: "00".repeat(20),
        data: Secret::new("MIIC"),
        password: Secret::new("pfx-secret"),
    };
    let hub = EventHub {
        endpoint: "https://hub.test".to_owned(),
        hub: "events".to_owned(),
        credential: HubCredential::Key { name: "send".to_owned(), key: Secret::new("hub-secret") },
    };
    let logger = Logger { name: "log".to_owned(), target: LoggerTarget::EventHub(hub) };
    let schema = SchemaDocument { name: "s".to_owned(), is_json: true, text: "{}".to_owned() };
    let schemas = ApiSchemas { api: "orders".to_owned(), documents: vec![schema.clone()] };
    let mut parts = vec![
        (PartKey::Certificate("client".to_owned()), Part::Certificate(certificate)),
        (PartKey::Logger("log".to_owned()), Part::Logger(logger)),
        (PartKey::Schema("s".to_owned()), Part::Schema(schema)),
        (PartKey::ApiSchemas("orders".to_owned()), Part::ApiSchemas(schemas)),
        (PartKey::Service, Part::Service(Service { name: "contoso".to_owned(), ..Service::default() })),
        (PartKey::Fragment("auth".to_owned()), Part::Fragment(fragment)),
        (PartKey::Backend("orders".to_owned()), Part::Backend(backend)),
        api("orders", "<policies />"),
        (PartKey::Product("gold".to_owned()), Part::Product(product)),
        (PartKey::Subscriptions(7), Part::Subscriptions(vec![subscription("s1", "0123456789abcdef")])),
    ];
    parts.sort_by(|(a, _), (b, _)| a.cmp(b));
    parts
}

pub(crate) fn bundle(generation: u64) -> Bundle {
    Bundle::from_parts(generation, parts()).unwrap()
}

/// The messages that make `next` out of `base`, as an agent sends them.
pub(crate) fn push(base: Option<&Bundle>, next: &Bundle) -> Vec<AgentMessage> {
    let delta = next.delta_from(base);
    let mut messages =
        vec![AgentMessage::Begin(Begin { generation: next.generation(), base: base.map(Bundle::root_hash) })];
    messages.extend(
        delta
            .put
            .into_iter()
            .map(|(key, part)| AgentMessage::Put(Put { key, hash: part.hash(), bytes: Arc::clone(part.bytes()) })),
    );
    messages.extend(delta.drop.into_iter().map(AgentMessage::Drop));
    messages.push(AgentMessage::Commit(Commit { generation: next.generation(), root_hash: next.root_hash() }));
    messages
}

/// What a gateway does with the messages of a connection.
pub(crate) fn stage(
    staging: &mut Staging,
    current: Option<&Bundle>,
    messages: Vec<AgentMessage>,
) -> Result<Option<Bundle>, StagingError> {
    let mut committed = None;
    for message in messages {
        match message {
            AgentMessage::Begin(begin) => staging.begin(begin, current)?,
            AgentMessage::Put(put) => staging.put(put)?,
            AgentMessage::Drop(key) => staging.drop_part(&key)?,
            AgentMessage::Commit(commit) => committed = Some(staging.commit(commit)?),
            _ => {}
        }
    }
    Ok(committed)
}
