//! APIOps directories of both forms compile to the bundle the documentation promises.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use postern_agent::{
    compile::compile,
    source::apiops::{Reader, Reading, Tree},
};
use postern_bundle::*;
use postern_model::Name;

fn fixture(form: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(form)
}

fn read(root: &Path) -> Reading {
    Reader::new().read(&Tree::list(root, None).unwrap()).unwrap()
}

fn compiled(root: &Path, gateway: Option<&str>) -> (Bundle, Vec<Diagnostic>) {
    let reading = read(root);
    let gateway = gateway.map(Name::from);
    let (bundle, findings) = compile(&reading.inventory, gateway.as_ref(), &reading.problems);
    (bundle.unwrap(), findings)
}

fn part(bundle: &Bundle, key: &PartKey) -> Part {
    bundle.get(key).unwrap_or_else(|| panic!("{key} is missing")).decode(key).unwrap()
}

fn api(bundle: &Bundle, name: &str) -> Api {
    match part(bundle, &PartKey::Api(name.to_owned())) {
        Part::Api(api) => api,
        other => panic!("{other:?}"),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the v7 tree to change.
fn workbench() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture("v7"), folder.path());
    folder
}

#[test]
fn both_forms_describe_the_same_bundle_without_findings() {
    let (v6, findings_v6) = compiled(&fixture("v6"), None);
    let (v7, findings_v7) = compiled(&fixture("v7"), None);
    assert_eq!((findings_v6, findings_v7), (vec![], vec![]));
    assert_eq!(v6.root_hash(), v7.root_hash());
    let keys: Vec<String> = v7.parts().keys().map(ToString::to_string).collect();
    let shard = format!("/subscriptions#{}", shard_of("ann"));
    let expected = [
        "/",
        "/policyFragments/trace-id",
        "/loggers/insights",
        "/backends/orders-store",
        "/apis/echo",
        "/apis/orders",
        "/apis/orders;rev=2",
        "/products/gold",
        shard.as_str(),
    ];
    assert_eq!(keys, expected);
}

#[test]
fn an_api_has_what_its_files_and_its_specification_say() {
    let (bundle, _) = compiled(&fixture("v7"), None);
    let orders = api(&bundle, "orders");
    assert_eq!((orders.path.as_str(), orders.revision.as_str(), orders.is_current), ("orders", "1", true));
    let version = ApiVersion { set: "orders".to_owned(), value: "v1".to_owned(), scheme: VersionScheme::Segment };
    assert_eq!(orders.version, Some(version));
    assert_eq!(orders.subscription_key, KeyNames { header: "X-Key".to_owned(), query: "key".to_owned() });
    // apiInformation.json has none, so it is the first https server of the specification.
    assert_eq!(orders.service_url.as_deref(), Some("https://orders.example.com/api"));
    let operations: Vec<_> =
        orders.operations.iter().map(|o| (o.name.as_str(), o.method.as_str(), o.url_template.as_str())).collect();
    assert_eq!(operations, [("createOrder", "POST", "/orders"), ("getOrder", "GET", "/orders/{id}")]);
    let get = &orders.operations[1];
    assert_eq!(get.template_parameters[0].name, "id");
    assert!(get.template_parameters[0].required);
    assert_eq!(get.responses[0].representations[0].examples[0].value, r#"{"id":"A-1"}"#);
    // The folder of the policy is written in another case than the operation id.
    assert!(get.policy.as_ref().unwrap().text.contains("backend-id=\"orders-store\""));
    assert!(orders.policy.unwrap().text.contains("<value>t0ken</value>"));
}

#[test]
fn revisions_stand_beside_the_current_one() {
    let (bundle, _) = compiled(&fixture("v7"), None);
    let next = api(&bundle, "orders;rev=2");
    assert_eq!((next.revision.as_str(), next.is_current, next.base_name()), ("2", false, "orders"));
    assert_eq!(next.service_url.as_deref(), Some("https://orders-next.example.com"));
    assert_eq!(next.operations.len(), 1);
}

#[test]
fn products_subscriptions_and_backends_are_complete() {
    let (bundle, _) = compiled(&fixture("v7"), None);
    let Part::Product(gold) = part(&bundle, &PartKey::Product("gold".to_owned())) else { panic!() };
    assert_eq!(gold.apis, ["orders"]);
    assert_eq!((gold.subscription_required, gold.approval_required), (true, true));
    assert_eq!(gold.state, ProductState::Published);
    let Part::Subscriptions(list) = part(&bundle, &PartKey::Subscriptions(shard_of("ann"))) else { panic!() };
    assert_eq!(list[0].scope, SubscriptionScope::Product("gold".to_owned()));
    assert_eq!(list[0].state, SubscriptionState::Active);
    assert_eq!(list[0].primary_key, Some(Secret::new("ann-primary-key")));
    assert_eq!(list[0].owner.as_deref(), Some("ann"));
    let Part::Backend(store) = part(&bundle, &PartKey::Backend("orders-store".to_owned())) else { panic!() };
    assert_eq!(
        (store.url.as_str(), store.tls.validate_chain, store.tls.validate_name),
        ("https://store.example.com", true, false)
    );
    // Named values are filled in here as well.
    assert_eq!(store.credentials.headers, [("x-functions-key".to_owned(), vec![Secret::new("t0ken")])]);
    assert_eq!(store.credentials.authorization, Some(("Basic".to_owned(), Secret::new("dXNlcjpwYXNz"))));
}

#[test]
fn a_named_gateway_exposes_its_apis_with_all_revisions_and_no_other() {
    let (bundle, findings) = compiled(&fixture("v7"), Some("Edge"));
    assert_eq!(findings, []);
    let apis: Vec<&str> =
        bundle.parts().keys().filter(|key| matches!(key, PartKey::Api(_))).map(PartKey::name).collect();
    assert_eq!(apis, ["orders", "orders;rev=2"]);
    let Part::Service(service) = part(&bundle, &PartKey::Service) else { panic!() };
    assert_eq!((service.gateway.as_deref(), service.region.as_str()), (Some("edge"), "Plant 7"));
    let (none, _) = compiled(&fixture("v7"), Some("other"));
    assert!(!none.parts().keys().any(|key| matches!(key, PartKey::Api(_))));
}

#[test]
fn a_broken_policy_is_reported_at_its_place_and_leaves_out_only_its_api() {
    let folder = workbench();
    let policy = "<policies>\n  <inbound>\n    <base />\n    <set-header nam=\"x\" />\n  </inbound>\n</policies>\n";
    fs::write(folder.path().join("apis/orders/policy.xml"), policy).unwrap();
    let (bundle, findings) = compiled(folder.path(), None);
    assert!(bundle.get(&PartKey::Api("orders".to_owned())).is_none());
    for served in ["echo", "orders;rev=2"] {
        api(&bundle, served);
    }
    let found = findings.iter().find(|finding| finding.file.is_some()).unwrap();
    assert_eq!(found.severity, Severity::Error);
    assert_eq!(found.scope, "/apis/orders/policies/policy");
    assert_eq!(found.file.as_deref(), Some("apis/orders/policy.xml"));
    assert_eq!(found.line, 4);
    assert!(findings.iter().any(|finding| finding.code == "left-out" && finding.scope == "/apis/orders"));
}

#[test]
fn a_missing_value_is_reported_where_it_is_referred_to() {
    let folder = workbench();
    fs::remove_dir_all(folder.path().join("named values")).unwrap();
    let (_, findings) = compiled(folder.path(), None);
    let found = findings.iter().find(|finding| finding.scope == "/apis/orders/policies/policy").unwrap();
    // `      <value>{{backend-token}}</value>`
    assert_eq!((found.line, found.column), (6, 14));
}

#[test]
fn a_secret_value_comes_from_the_overrides() {
    let folder = workbench();
    let named = folder.path().join("named values/backend-token/namedValueInformation.json");
    fs::write(named, r#"{"properties":{"displayName":"backend-token","secret":true}}"#).unwrap();
    let overrides = folder.path().join("configuration.prod.yaml");
    let text = "namedValues:\n  - name: backend-token\n    properties:\n      value: from-vault\n";
    fs::write(&overrides, text).unwrap();
    let tree = Tree::list(folder.path(), Some(&overrides)).unwrap();
    let reading = Reader::new().read(&tree).unwrap();
    let (bundle, findings) = compile(&reading.inventory, None, &reading.problems);
    assert_eq!(findings, []);
    assert!(api(&bundle.unwrap(), "orders").policy.unwrap().text.contains("from-vault"));
    let (_, findings) = compiled(folder.path(), None);
    let found = findings.iter().find(|finding| finding.scope == "/apis/orders/policies/policy").unwrap();
    assert!(found.suggestion.as_ref().unwrap().contains("overrides"), "{found:?}");
}

#[test]
fn bad_files_are_named_with_their_place_and_cost_nothing_else() {
    let folder = workbench();
    let put = |path: &str, content: &[u8]| fs::write(folder.path().join(path), content).unwrap();
    put("apis/echo/apiInformation.json", b"{\n  \"properties\": {\n    \"path\": \"echo\",,\n");
    put("apis/orders;rev=2/specification.yaml", b"openapi: 3.0.1\npaths: [\n");
    put("backends/orders-store/backendInformation.json", b"{\"properties\":{\"url\":7}}");
    put("products/gold/policy.xml", b"<policies>\xff</policies>");
    let (bundle, findings) = compiled(folder.path(), None);
    api(&bundle, "orders");
    let found = |file: &str| {
        let finding = findings.iter().find(|finding| finding.file.as_deref() == Some(file));
        finding.unwrap_or_else(|| panic!("{file}: {findings:#?}"))
    };
    let json = found("apis/echo/apiInformation.json");
    assert_eq!((json.code.as_str(), json.line, json.column), ("json-invalid", 3, 20));
    assert_eq!(found("apis/orders;rev=2/specification.yaml").code, "specification-invalid");
    assert_eq!(found("backends/orders-store/backendInformation.json").code, "resource-malformed");
    assert_eq!(found("products/gold/policy.xml").code, "file-encoding");
}

#[test]
fn a_policy_of_ten_megabytes_is_refused_by_its_size() {
    let folder = workbench();
    let text = format!("<policies><inbound>{}</inbound></policies>", " ".repeat(10 * 1024 * 1024));
    fs::write(folder.path().join("apis/echo/policy.xml"), text).unwrap();
    let (bundle, findings) = compiled(folder.path(), None);
    let found = findings.iter().find(|finding| finding.file.as_deref() == Some("apis/echo/policy.xml")).unwrap();
    assert_eq!(found.code, "file-too-large");
    assert!(bundle.get(&PartKey::Api("echo".to_owned())).is_none());
    api(&bundle, "orders");
}

#[test]
fn files_that_end_too_early_look_half_written() {
    let folder = workbench();
    for path in ["apis/orders/policy.xml", "apis/orders/apiInformation.json", "apis/echo/specification.json"] {
        let file = folder.path().join(path);
        let whole = fs::read(&file).unwrap();
        for length in [0, 1, whole.len() / 2, whole.len() - 3] {
            fs::write(&file, &whole[..length]).unwrap();
            assert!(read(folder.path()).half_written.contains(path), "{path} cut to {length} bytes");
        }
        fs::write(&file, whole).unwrap();
    }
    assert!(read(folder.path()).half_written.is_empty());
}

#[allow(clippy::too_many_lines, reason = "one tree and what is said of it")]
#[test]
fn schemas_of_xml_that_cannot_be_used_are_named_with_file_line_and_column() {
    let folder = workbench();
    let root = folder.path();
    let xsd = |body: &str| {
        let text = format!("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n  {body}\n</xs:schema>");
        serde_json::to_string(&text).unwrap()
    };
    let of_api = |body: &str| {
        let text = xsd(body);
        format!(
            r#"{{"properties": {{"contentType": "application/vnd.ms-azure-apim.xsd+xml", "document": {{"value": {text}}}}}}}"#
        )
    };
    let global = |body: &str| format!(r#"{{"properties": {{"schemaType": "xml", "value": {}}}}}"#, xsd(body));
    let information = r#"{"properties": {"displayName": "Shop", "path": "shop"}}"#.to_owned();
    let specification = r#"{"openapi": "3.0.1", "info": {"title": "Shop", "version": "1"}, "paths": {}}"#.to_owned();
    for (path, text) in [
        ("apis/shop/apiInformation.json", information),
        ("apis/shop/specification.json", specification.clone()),
        (
            "apis/shop/schemas/good/schemaInformation.json",
            of_api("<xs:include schemaLocation='part'/><xs:element name='a' type='T'/>"),
        ),
        (
            "apis/shop/schemas/part/schemaInformation.json",
            of_api("<xs:simpleType name='T'><xs:restriction base='xs:int'/></xs:simpleType>"),
        ),
        ("apis/shop/schemas/bad/schemaInformation.json", of_api("<xs:element name='b' type='none'/>")),
        // Each is good alone, but bodies are checked against both.
        ("apis/clash/apiInformation.json", r#"{"properties": {"displayName": "Clash", "path": "clash"}}"#.to_owned()),
        ("apis/clash/specification.json", specification),
        ("apis/clash/schemas/a/schemaInformation.json", of_api("<xs:element name='a'/>")),
        ("apis/clash/schemas/b/schemaInformation.json", of_api("<xs:element name='a'/>")),
        ("schemas/good/globalSchemaInformation.json", global("<xs:element name='a'/>")),
        (
            "schemas/bad/globalSchemaInformation.json",
            global("<xs:include schemaLocation='/schemas/good'/><xs:element name='b' type='none'/>"),
        ),
    ] {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let (bundle, findings) = compiled(root, None);
    let told: Vec<(&str, &str, u32, u32, &str)> = findings
        .iter()
        .filter(|finding| finding.code == "schema-unusable")
        .map(|finding| {
            let file = finding.file.as_deref().unwrap_or_default();
            (finding.scope.as_str(), file, finding.line, finding.column, finding.message.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("/schemas/bad", "schemas/bad/globalSchemaInformation.json", 2, 48, "Type 'none' is not declared."),
            (
                "/apis/clash/schemas/b",
                "apis/clash/schemas/b/schemaInformation.json",
                2,
                4,
                "The global element 'a' has already been declared."
            ),
            (
                "/apis/shop/schemas/bad",
                "apis/shop/schemas/bad/schemaInformation.json",
                2,
                4,
                "Type 'none' is not declared."
            ),
        ]
    );
    // They are sent all the same: a policy that uses them says what is wrong.
    assert!(bundle.get(&PartKey::Schema("bad".to_owned())).is_some());
}

#[test]
fn schemas_come_from_the_specification_and_from_folders_and_named_certificates_are_missed() {
    let folder = workbench();
    let root = folder.path();
    let specification = r#"{"openapi": "3.0.1", "info": {"title": "Shop", "version": "1"}, "paths": {"/o": {"post": {"operationId": "make",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}}, "responses": {}}}}}"#;
    for (path, text) in [
        ("apis/shop/apiInformation.json", r#"{"properties": {"displayName": "Shop", "path": "shop"}}"#),
        ("apis/shop/specification.json", specification),
        (
            "apis/shop/schemas/own/schemaInformation.json",
            r#"{"properties": {"contentType": "application/vnd.oai.openapi.components+json", "document": {"components": {}}}}"#,
        ),
        (
            "schemas/global/globalSchemaInformation.json",
            r#"{"properties": {"schemaType": "json", "document": {"type": "array"}}}"#,
        ),
        (
            "backends/secure/backendInformation.json",
            r#"{"properties": {"url": "https://b.test", "protocol": "http", "credentials": {"certificateIds": ["/certificates/c"]}}}"#,
        ),
    ] {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let (bundle, findings) = compiled(root, None);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["backend-certificate-unknown", "left-out"]);
    assert_eq!(findings[0].message, "there is no certificate c");
    let key = PartKey::ApiSchemas("shop".to_owned());
    let Ok(Part::ApiSchemas(schemas)) = bundle.get(&key).unwrap().decode(&key) else { panic!("schemas of an API") };
    let names: Vec<&str> = schemas.documents.iter().map(|document| document.name.as_str()).collect();
    assert_eq!(names, ["imported", "own"]);
    let body = &api(&bundle, "shop").operations[0].request.representations[0];
    let schema = body.schema.as_ref().unwrap();
    assert_eq!(schema.document, "imported");
    let document: serde_json::Value = serde_json::from_str(&schemas.documents[0].text).unwrap();
    assert_eq!(document["components"]["schemas"][&schema.name]["required"], serde_json::json!(["id"]));
    assert!(bundle.get(&PartKey::Schema("global".to_owned())).is_some());
}
