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

/// Resources, whether the API is served, and what is found.
type Case<'a> = (Resources<'a>, bool, &'a [(Severity, &'a str)]);

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
    let cases: [Case<'_>; 7] = [
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
fn rules_for_fields_of_interfaces_and_unions_are_told_with_their_places() {
    let types = "type Query { a: Animal p: Pet } interface Animal { x: Int } type Dog implements Animal { x: Int } union Pet = Dog";
    let rule = |path: &str| format!("<rule path='{path}' action='reject'/>");
    for (path, expected) in [
        ("/Animal/x", Some((2, 16))),
        ("/Animal/*", Some((2, 16))),
        ("/Pet/__typename", Some((2, 16))),
        ("/Dog/x", None),
        ("/Query/a", None),
        ("/a", None),
        ("/__*", None),
        ("/*", None),
    ] {
        let text = format!(
            "<policies><inbound><validate-graphql-request max-size='1'><authorize>\n   <rule path='{path}'/>{}</authorize>\
             </validate-graphql-request></inbound></policies>",
            rule("/Dog/x")
        );
        let policy = ("/apis/people/policies/policy", json!({ "format": "rawxml", "value": text }));
        let (_, findings) = compile(&inventory(&[people(None), schema(types), policy.clone()]), None, &[]);
        let of = |finding: &Diagnostic| (finding.severity, finding.code.clone(), finding.line, finding.column);
        let expected: Vec<_> = expected
            .map(|(line, column)| (Severity::Warning, "graphql-rule-abstract".to_owned(), line, column))
            .into_iter()
            .collect();
        assert_eq!(findings.iter().map(of).collect::<Vec<_>>(), expected, "{path}");
        // What the schema is not known for is not told.
        let (_, findings) = compile(&inventory(&[people(Some("http://b.test")), policy]), None, &[]);
        assert_eq!(findings, [], "{path}");
    }
}

#[test]
fn a_directory_has_resolvers_and_may_name_the_type_twice() {
    let folder = tempfile::tempdir().unwrap();
    let read = |types: serde_json::Value| {
        let resolver = folder.path().join("apis/people/resolvers/users");
        fs::create_dir_all(&resolver).unwrap();
        let mut information = json!({ "path": "people" });
        information.as_object_mut().unwrap().extend(types.as_object().unwrap().clone());
        let write = |path: &str, text: &str| fs::write(folder.path().join("apis/people").join(path), text).unwrap();
        write("apiInformation.json", &json!({ "properties": information }).to_string());
        write("specification.graphql", "type Query { users: String }");
        let properties = json!({ "properties": { "displayName": "users", "path": "Query/users" } });
        write("resolvers/users/resolverInformation.json", &properties.to_string());
        let policy =
            "<http-data-source><http-request><set-url>http://b.test</set-url></http-request></http-data-source>";
        write("resolvers/users/policy.xml", policy);
        let reading = Reader::new().read(&Tree::list(folder.path(), None).unwrap()).unwrap();
        let (bundle, findings) = compile(&reading.inventory, None, &reading.problems);
        (reading.file_count, api(bundle.as_ref()), findings)
    };
    for types in [
        json!({ "type": "graphql" }),
        json!({ "apiType": "graphql" }),
        json!({ "type": "graphql", "apiType": "graphql" }),
        json!({ "type": "graphql", "apiType": "GraphQL" }),
    ] {
        let (files, api, findings) = read(types.clone());
        assert_eq!((files, findings), (4, vec![]), "{types}");
        let graphql = api.unwrap().graphql.unwrap();
        let resolvers = graphql.resolvers.unwrap();
        let of = |resolver: &postern_bundle::GraphqlResolver| (resolver.type_name.clone(), resolver.field.clone());
        assert_eq!(resolvers.iter().map(of).collect::<Vec<_>>(), [("Query".to_owned(), "users".to_owned())]);
    }
    let (_, api, findings) = read(json!({ "type": "http", "apiType": "graphql" }));
    assert!(api.is_none() && findings.iter().any(postern_bundle::Diagnostic::is_error), "{findings:?}");
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
