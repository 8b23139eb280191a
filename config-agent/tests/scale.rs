//! A large service: 100,000 subscriptions, 20,000 operations. What one change costs is shown in parts, not in time; the time is
//! printed for whoever looks (`cargo nextest run -p postern-agent --no-capture large`).
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use postern_agent::{
    compile::{Compiler, Input},
    source::Dirty,
};
use postern_bundle::{EncodedPart, PartKey, limits};
use postern_model::{Inventory, ResourceId};
use serde_json::{Value, json};

const SUBSCRIPTIONS: usize = 100_000;
const APIS: usize = 1_000;
const OPERATIONS_PER_API: usize = 20;

fn put(inventory: &mut Inventory, id: &str, properties: Value) {
    inventory.put(id, properties, id).unwrap();
}

fn policy(value: &str) -> Value {
    let text = format!(
        r#"<policies><inbound><base /><set-header name="X-Env" exists-action="override"><value>{value}{{{{suffix}}}}</value></set-header></inbound></policies>"#
    );
    json!({ "format": "rawxml", "value": text })
}

fn large_service() -> Inventory {
    let mut inventory = Inventory::new();
    put(&mut inventory, "/namedValues/suffix", json!({ "displayName": "suffix", "value": "-1" }));
    put(&mut inventory, "/products/all", json!({ "displayName": "All", "state": "published" }));
    for api in 0..APIS {
        let name = format!("/apis/api{api:04}");
        put(&mut inventory, &name, json!({ "path": format!("p{api}"), "serviceUrl": "https://b.example.com" }));
        put(&mut inventory, &format!("/products/all/apis/api{api:04}"), json!({}));
        put(&mut inventory, &format!("{name}/policies/policy"), policy("a"));
        for operation in 0..OPERATIONS_PER_API {
            let properties = json!({ "displayName": "Get", "method": "GET", "urlTemplate": format!("/r{operation}/{{id}}"),
                "templateParameters": [{ "name": "id", "type": "string", "required": true }] });
            put(&mut inventory, &format!("{name}/operations/op{operation}"), properties);
        }
    }
    for subscription in 0..SUBSCRIPTIONS {
        let key = format!("{subscription:032x}");
        let properties = json!({ "scope": "/products/all", "state": "active", "displayName": "Someone", "primaryKey": key,
            "secondaryKey": format!("{key}s"), "ownerId": "/users/1", "createdDate": "2026-01-01T00:00:00Z" });
        put(&mut inventory, &format!("/subscriptions/s{subscription:06}"), properties);
    }
    inventory
}

struct Service {
    inventory: Inventory,
    compiler: Compiler,
    parts: BTreeMap<PartKey, EncodedPart>,
}

impl Service {
    /// Compiles after `id` changed; the keys of the parts that are not as they were.
    fn compile(&mut self, dirty: &Dirty, what: &str) -> Vec<PartKey> {
        let input = Input { inventory: &self.inventory, problems: Vec::new(), gateway: None, identity: None, dirty };
        let started = Instant::now();
        let compiled = self.compiler.compile(&input);
        eprintln!("{what}: {} ms", started.elapsed().as_millis());
        assert_eq!(compiled.findings, []);
        let parts = compiled.parts.unwrap();
        let changed =
            parts.iter().filter(|(key, part)| self.parts.get(*key).map(EncodedPart::hash) != Some(part.hash()));
        let changed = changed.map(|(key, _)| key.clone()).collect();
        self.parts = parts;
        changed
    }

    fn change(&mut self, id: &str, properties: Value) -> Vec<PartKey> {
        put(&mut self.inventory, id, properties);
        let ids = BTreeSet::from([ResourceId::parse(id).unwrap()]);
        self.compile(&Dirty { all: false, ids }, id)
    }
}

#[test]
fn a_change_in_a_large_service_changes_the_parts_it_concerns() {
    let inventory = large_service();
    let mut service = Service { inventory, compiler: Compiler::default(), parts: BTreeMap::new() };
    let all = service.compile(&Dirty::everything(), "everything, the first time");
    assert_eq!(all.len(), 1 + APIS + 1 + usize::from(limits::SHARDS));
    assert_eq!(service.compile(&Dirty::everything(), "everything again"), []);
    assert_eq!(service.change("/apis/api0500/policies/policy", policy("b")), [PartKey::Api("api0500".to_owned())]);
    let changed = service.change(
        "/subscriptions/s012345",
        json!({ "scope": "/products/all", "state": "suspended", "primaryKey": "k", "secondaryKey": "l" }),
    );
    assert!(matches!(changed.as_slice(), [PartKey::Subscriptions(_)]));
    // Every API uses the named value.
    let changed = service.change("/namedValues/suffix", json!({ "displayName": "suffix", "value": "-2" }));
    assert_eq!(changed.len(), APIS);
    // A new API touches no subscription: none is for it.
    let changed = service.change("/apis/new", json!({ "path": "new", "serviceUrl": "https://b.example.com" }));
    assert_eq!(changed, [PartKey::Api("new".to_owned())]);
}
