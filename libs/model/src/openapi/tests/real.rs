//! A document of a public API that was not written for us: `scripts/demo/blockfrost/ORIGIN.md`.

use std::path::Path;

use super::*;

pub(super) fn blockfrost() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/demo/blockfrost/openapi.yaml");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn all_operations_of_a_real_document_are_read() {
    let api = import(&blockfrost(), &ImportOptions { expect: Expect::OpenApi3, ..Default::default() }).unwrap();
    assert_eq!(api.operations.len(), 129);
    assert_eq!(api.service_url.as_deref(), Some("https://cardano-mainnet.blockfrost.io/api/v0"));
    assert_eq!(api.display_name, "Blockfrost.io ~ API Documentation");
    assert_eq!(api.license.unwrap()["name"], "MIT");

    let find = |name: &str| api.operations.iter().find(|operation| operation.name == name).unwrap();
    let block = find("get-blocks-hash-or-number");
    assert_eq!(block.url_template, "/blocks/{hash_or_number}");
    assert_eq!(block.template_parameters[0].name, "hash_or_number");
    let ok = &block.responses[0];
    assert_eq!((ok.status_code, ok.representations[0].content_type.as_str()), (200, "application/json"));
    assert_eq!(ok.representations[0].examples["default"]["value"]["height"], 15_243_593);
    assert_eq!(
        find("get-health").responses[0].representations[0].examples["default"]["value"],
        json!({"is_healthy": true})
    );
    assert!(block.responses.iter().any(|response| response.status_code == 404), "shared responses are followed");
}

#[test]
fn the_same_document_as_json_gives_the_same_api() {
    let yaml: Value = serde_yaml_ng::from_str(&blockfrost()).unwrap();
    let from_yaml = import(&blockfrost(), &ImportOptions::default()).unwrap();
    let from_json = import(&yaml.to_string(), &ImportOptions::default()).unwrap();
    assert_eq!(from_yaml, from_json);
}

#[test]
fn every_operation_of_a_real_document_has_a_name_of_its_own() {
    let api = import(&blockfrost(), &ImportOptions::default()).unwrap();
    let mut names: Vec<_> = api.operations.iter().map(|operation| operation.name.to_lowercase()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 129);
    assert!(names.iter().all(|name| name.len() <= 80 && !name.is_empty()));
}
