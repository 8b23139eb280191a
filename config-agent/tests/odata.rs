//! APIs of type `odata`: the model comes into the API's part if it can be used.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use postern_agent::compile::compile;
use postern_bundle::{Api, Diagnostic, Part, PartKey, Severity};
use postern_model::Inventory;
use serde_json::{Value, json};

const MODEL: &str = "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>
<Schema Namespace=\"N\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">
<EntityType Name=\"Product\"><Key><PropertyRef Name=\"ID\"/></Key><Property Name=\"ID\" Type=\"Edm.Int32\"/></EntityType>
<EntityContainer Name=\"C\"><EntitySet Name=\"Products\" EntityType=\"N.Product\"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>";

fn compiled(resources: &[(&str, Value)]) -> (Option<Api>, Vec<Diagnostic>) {
    let mut inventory = Inventory::new();
    for (id, properties) in resources {
        inventory.put(id, properties.clone(), *id).unwrap();
    }
    let (bundle, findings) = compile(&inventory, None, &[]);
    let key = PartKey::Api("shop".to_owned());
    let part = bundle.and_then(|bundle| bundle.get(&key).map(|part| part.decode(&key).unwrap()));
    let api = part.map(|part| match part {
        Part::Api(api) => api,
        other => panic!("{other:?}"),
    });
    (api, findings)
}

fn shop(kind: &str) -> (&'static str, Value) {
    ("/apis/shop", json!({ "path": "shop", "type": kind, "displayName": "Shop", "serviceUrl": "http://b.test" }))
}

fn schema(text: &str) -> (&'static str, Value) {
    let content_type = "application/vnd.ms-azure-apim.odata.schema";
    ("/apis/shop/schemas/odata", json!({ "contentType": content_type, "document": { "value": text } }))
}

#[test]
fn an_api_has_its_model_and_the_operations_of_every_service() {
    let (api, findings) = compiled(&[shop("odata"), schema(MODEL)]);
    let api = api.unwrap();
    assert_eq!((findings, api.odata.as_deref()), (vec![], Some(MODEL)));
    let operations: Vec<_> =
        api.operations.iter().map(|one| (one.method.as_str(), one.url_template.as_str())).collect();
    assert_eq!(operations, [("*", "/*"), ("*", "/")]);
    let own = ("/apis/shop/operations/list", json!({ "method": "GET", "urlTemplate": "/Products" }));
    let (api, _) = compiled(&[shop("odata"), schema(MODEL), own]);
    assert_eq!(api.unwrap().operations.len(), 1);
}

#[test]
fn an_api_of_another_kind_has_no_model() {
    assert_eq!(compiled(&[shop("http"), schema(MODEL)]).0.unwrap().odata, None);
}

#[test]
fn a_missing_or_broken_schema_is_told_and_the_api_is_served_without() {
    let (api, findings) = compiled(&[shop("odata")]);
    assert_eq!((api.unwrap().odata, findings.len()), (None, 1));
    assert_eq!((findings[0].severity, findings[0].code.as_str()), (Severity::Warning, "odata-schema-missing"));
    let broken = MODEL.replace("Edm.Int32", "N.Number").replace("\"N.Product\"", "\"N.Order\"");
    let (api, findings) = compiled(&[shop("odata"), schema(&broken)]);
    assert_eq!(api.unwrap().odata, None);
    let found: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Warning)
        .map(|finding| (finding.code.as_str(), finding.scope.as_str(), finding.line, finding.message.as_str()))
        .collect();
    let (code, place) = ("odata-schema-invalid", "/apis/shop/schemas/odata");
    assert_eq!(
        found[..2],
        [(code, place, 3, "there is no type `N.Number`"), (code, place, 4, "there is no type `N.Order`")]
    );
    // Other documents may stand beside it.
    let other = ("/apis/shop/schemas/a", json!({ "contentType": "text/plain", "document": { "value": "<schema/>" } }));
    let commented = format!("<?xml version='1.0'?>\n<!-- <a> -->{MODEL}");
    let (api, findings) = compiled(&[shop("odata"), other, schema(&commented)]);
    assert_eq!((api.unwrap().odata, findings), (Some(commented), vec![]));
    let (_, findings) = compiled(&[shop("odata"), schema("{")]);
    assert!(findings.iter().any(|finding| finding.code == "odata-schema-invalid"));
}
