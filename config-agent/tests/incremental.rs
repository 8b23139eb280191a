//! What is remembered between compiles only saves time: after any sequence of changes the result is that of a fresh compile.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use postern_agent::{
    compile::{Compiler, Input, compile},
    source::{Change, SourceState, Update},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

fn policy(body: &str) -> Value {
    json!({ "format": "rawxml", "value": format!("<policies><inbound>{body}</inbound></policies>") })
}

fn header(value: &str) -> String {
    format!(r#"<set-header name="X" exists-action="override"><value>{value}</value></set-header>"#)
}

fn schema(field: &str) -> Value {
    let text = format!("type Query {{ {field}: Int }}");
    json!({ "contentType": "application/vnd.ms-azure-apim.graphql.schema", "document": { "value": text } })
}

fn resolver(host: &str) -> Value {
    let url = format!("<set-url>http://{host}.example.com</set-url>");
    json!({ "format": "rawxml", "value": format!("<http-data-source><http-request>{url}</http-request></http-data-source>") })
}

/// Resources of a small service, each with the forms it may take. All forms are good, alone and together with any others that
/// are there; what some of them need is always there.
fn universe() -> Vec<(&'static str, Vec<Value>)> {
    let api = |path: &str| json!({ "path": path, "serviceUrl": "http://b.example.com" });
    let versioned = json!({ "path": "o", "apiVersion": "v1", "apiVersionSetId": "/apiVersionSets/set" });
    let operation = |template: &str| json!({ "method": "GET", "urlTemplate": template });
    let subscription = |scope: &str, key: &str| json!({ "scope": scope, "state": "active", "primaryKey": key });
    vec![
        ("/apis/Orders", vec![api("orders"), api("orders2"), versioned]),
        ("/apis/orders", vec![api("orders3")]),
        ("/apis/Orders;rev=2", vec![api("orders")]),
        ("/apis/Orders/operations/get", vec![operation("/a"), operation("/b")]),
        ("/apis/Orders/policies/policy", vec![policy(&header("1")), policy(&header("{{value}}"))]),
        ("/apis/Orders/operations/get/policies/policy", vec![policy(r#"<include-fragment fragment-id="part" />"#)]),
        ("/apis/echo", vec![api("echo"), api("echo2")]),
        ("/apis/people", vec![json!({ "path": "people", "type": "graphql" })]),
        ("/apis/people/schemas/s", vec![schema("a"), schema("b")]),
        ("/apis/people/resolvers/a", vec![json!({ "path": "Query/a" }), json!({ "path": "Query/b" })]),
        ("/apis/people/resolvers/a/policies/policy", vec![resolver("{{value}}"), resolver("x")]),
        ("/apis/echo/policies/policy", vec![policy(r#"<base /><include-fragment fragment-id="Part" />"#)]),
        ("/products/gold", vec![json!({ "state": "published" }), json!({ "subscriptionRequired": false })]),
        ("/products/Gold/apis/ORDERS", vec![json!({})]),
        ("/products/gold/apis/echo", vec![json!({})]),
        ("/products/gold/policies/policy", vec![policy(&header("{{value}}"))]),
        ("/policies/policy", vec![policy(""), policy(&header("{{value}}"))]),
        (
            "/backends/store",
            vec![json!({ "url": "http://store.example.com" }), json!({ "url": "http://{{value}}.example.com" })],
        ),
        ("/subscriptions/ann", vec![subscription("/products/GOLD", "a"), subscription("/apis/orders", "b")]),
        ("/subscriptions/bob", vec![subscription("/apis", "c"), subscription("/apis/ECHO", "d")]),
        ("/subscriptions/Bob", vec![subscription("/", "e")]),
        ("/gateways/edge", vec![json!({ "locationData": { "name": "Ulm" } }), json!({})]),
    ]
}

/// Always there, in changing forms.
fn needed() -> Vec<(&'static str, Vec<Value>)> {
    let fragment =
        |value: &str| json!({ "format": "rawxml", "value": format!("<fragment>{}</fragment>", header(value)) });
    vec![
        (
            "/namedValues/value",
            vec![json!({ "displayName": "value", "value": "x" }), json!({ "displayName": "value", "value": "y" })],
        ),
        ("/policyFragments/part", vec![fragment("1"), fragment("2"), fragment("{{value}}")]),
        (
            "/apiVersionSets/set",
            vec![
                json!({ "versioningScheme": "Segment" }),
                json!({ "versioningScheme": "Header", "versionHeaderName": "V" }),
            ],
        ),
    ]
}

fn pick<T: Clone>(random: &mut StdRng, from: &[T]) -> T {
    from[random.random_range(0..from.len())].clone()
}

fn change(random: &mut StdRng) -> Change {
    let (optional, needed) = (universe(), needed());
    let index = random.random_range(0..optional.len() + needed.len());
    let (id, forms) = optional.get(index).or_else(|| needed.get(index - optional.len())).unwrap();
    if index < optional.len() && random.random_bool(0.35) {
        return Change::Delete { id: (*id).to_owned() };
    }
    Change::Put { id: (*id).to_owned(), properties: pick(random, forms) }
}

#[test]
fn after_any_changes_the_bundle_is_that_of_a_fresh_compile() {
    for seed in 0..40 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut state = SourceState::default();
        let mut compiler = Compiler::default();
        let first =
            needed().into_iter().map(|(id, forms)| Change::Put { id: id.to_owned(), properties: forms[0].clone() });
        let mut changes: Vec<Change> = first.collect();
        for step in 0..60 {
            let shown = format!("seed {seed}, step {step}: {changes:?}");
            let dirty = state.apply(Update::Changes { changes, continuation: String::new() });
            let inventory = state.inventory.as_ref().unwrap();
            let input =
                Input { inventory, problems: state.problems().collect(), gateway: None, identity: None, dirty: &dirty };
            let compiled = compiler.compile(&input);
            let (fresh, findings) = compile(inventory, None, &[]);
            assert_eq!(compiled.findings, findings, "{shown}");
            let fresh = fresh.unwrap();
            let parts = compiled.parts.unwrap();
            let differing: Vec<_> = fresh.parts().iter().filter(|(key, part)| parts.get(*key) != Some(*part)).collect();
            assert!(differing.is_empty() && parts.len() == fresh.parts().len(), "{shown}: {differing:?}");
            changes = (0..random.random_range(1..4)).map(|_| change(&mut random)).collect();
        }
    }
}
