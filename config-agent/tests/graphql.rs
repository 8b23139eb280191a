//! APIs of type `graphql`: schema and resolvers come into the API's part as far as they can be used.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use std::fs;

use postern_agent::{
    compile::compile,
    source::apiops::{Reader, Tree},
};
use postern_bundle::{Api, Bundle, Diagnostic, Part, PartKey, Severity};
use postern_model::Inventory;
use serde_json::{Value, json};

const SCHEMA: &str = "type Query { users: [User] } type User { name: String }";
const RESOLVER: &str = "<http-data-source><http-request><set-url>{{url}}</set-url></http-request></http-data-source>";

type Resources<'a> = &'a [(&'a str, Value)];

fn inventory(resources: &[(&str, Value)]) -> Inventory {
    let mut inventory = Inventory::new();
    for (id, properties) in resources {
        inventory.put(id, properties.clone(), *id).unwrap();
    }
    inventory
        .put("/namedValues/url", json!({ "displayName": "url", "value": "http://a.test" }), "/namedValues/url")
        .unwrap();
    inventory
}

fn api(bundle: Option<&Bundle>) -> Option<Api> {
    let key = PartKey::Api("people".to_owned());
    match bundle?.get(&key)?.decode(&key).unwrap() {
        Part::Api(api) => Some(api),
        _ => None,
    }
}

fn compiled(resources: &[(&str, Value)]) -> (Option<Api>, Vec<(Severity, String)>) {
    let (bundle, findings) = compile(&inventory(resources), None, &[]);
    let codes = |finding: Diagnostic| (finding.severity, finding.code);
    (api(bundle.as_ref()), findings.into_iter().map(codes).collect())
}

fn people(service: Option<&str>) -> (&'static str, Value) {
    let mut properties = json!({ "path": "people", "type": "graphql", "displayName": "People" });
    if let Some(service) = service {
        properties["serviceUrl"] = json!(service);
    }
    ("/apis/people", properties)
}

fn schema(text: &str) -> (&'static str, Value) {
    let content_type = "application/vnd.ms-azure-apim.graphql.schema";
    ("/apis/people/schemas/graphql", json!({ "contentType": content_type, "document": { "value": text } }))
}

fn resolver(path: &str) -> (&'static str, Value) {
    ("/apis/people/resolvers/users", json!({ "displayName": "Users", "path": path }))
}

fn policy(text: &str) -> (&'static str, Value) {
    ("/apis/people/resolvers/users/policies/policy", json!({ "format": "rawxml", "value": text }))
}

#[test]
fn a_synthetic_api_has_its_schema_its_resolvers_and_two_operations() {
    let (api, findings) = compiled(&[people(None), schema(SCHEMA), resolver("Query/users"), policy(RESOLVER)]);
    let api = api.unwrap();
    assert_eq!(findings, []);
    let operations: Vec<_> =
        api.operations.iter().map(|one| (one.method.as_str(), one.url_template.as_str())).collect();
    assert_eq!(operations, [("GET", "/"), ("POST", "/")]);
    let graphql = api.graphql.unwrap();
    assert_eq!(graphql.schema.as_deref(), Some(SCHEMA));
    let resolvers = graphql.resolvers.unwrap();
    let found: Vec<_> =
        resolvers.iter().map(|one| (one.type_name.as_str(), one.field.as_str(), one.policy.text.clone())).collect();
    assert_eq!(found, [("Query", "users", RESOLVER.replace("{{url}}", "http://a.test"))]);
}

#[test]
fn only_an_api_with_a_service_and_without_resolvers_is_passed_through() {
    let service = Some("http://b.test");
    for (service, with_resolver, is_executed) in
        [(None, false, true), (None, true, true), (service, false, false), (service, true, true)]
    {
        let mut resources = vec![people(service), schema(SCHEMA)];
        if with_resolver {
            resources.extend([resolver("Query/users"), policy(RESOLVER)]);
        }
        let graphql = compiled(&resources).0.unwrap().graphql.unwrap();
        assert_eq!(graphql.resolvers.is_some(), is_executed, "{service:?} {with_resolver}");
    }
    let http = ("/apis/people", json!({ "path": "people", "serviceUrl": "http://b.test" }));
    assert_eq!(compiled(&[http, schema(SCHEMA)]).0.unwrap().graphql, None);
}

#[test]
fn what_cannot_be_used_is_told_and_a_broken_schema_or_resolver_takes_the_api_out() {
    use Severity::{Error, Warning};
    let cases: [(Resources<'_>, bool, &[(Severity, &str)]); 7] = [
        (&[people(None)], true, &[(Warning, "graphql-schema-missing")]),
        (&[people(None), schema("type Query { a: B }")], false, &[(Error, "graphql-schema-invalid")]),
        (
            &[people(None), schema(SCHEMA), resolver("Query/user"), policy(RESOLVER)],
            true,
            &[(Warning, "resolver-unlinked")],
        ),
        (
            &[people(None), schema(SCHEMA), resolver("users"), policy(RESOLVER)],
            true,
            &[(Warning, "resolver-path-invalid")],
        ),
        (&[people(None), schema(SCHEMA), resolver("Query/users")], true, &[(Warning, "resolver-without-policy")]),
        (
            &[people(None), schema(SCHEMA), resolver("Query/users"), policy("<sql-data-source/>")],
            false,
            &[(Error, "data-source-not-supported")],
        ),
        (
            &[people(None), schema(SCHEMA), resolver("Query/users"), policy("<policies/>")],
            false,
            &[(Error, "root-element")],
        ),
    ];
    for (resources, is_served, expected) in cases {
        let (api, findings) = compiled(resources);
        let findings: Vec<_> = findings.iter().map(|(severity, code)| (*severity, code.as_str())).collect();
        assert_eq!(api.is_some(), is_served, "{resources:?} {findings:?}");
        for expected in expected {
            assert!(findings.contains(expected), "{expected:?}: {findings:?}");
        }
    }
}

#[test]
fn a_specification_in_graphql_is_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let api_folder = folder.path().join("apis/people");
    fs::create_dir_all(&api_folder).unwrap();
    let information = json!({ "properties": { "path": "people", "type": "graphql", "serviceUrl": "http://b.test" } });
    fs::write(api_folder.join("apiInformation.json"), information.to_string()).unwrap();
    fs::write(api_folder.join("specification.graphql"), SCHEMA).unwrap();
    let reading = Reader::new().read(&Tree::list(folder.path(), None).unwrap()).unwrap();
    let (bundle, findings) = compile(&reading.inventory, None, &reading.problems);
    assert_eq!(findings, []);
    assert_eq!(api(bundle.as_ref()).unwrap().graphql.unwrap().schema.as_deref(), Some(SCHEMA));
}
