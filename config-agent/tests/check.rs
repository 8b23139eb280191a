//! `postern-agent check` as a pipeline calls it.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

fn check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_postern-agent")).arg("check").args(arguments).env_clear().output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn file(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

const GOOD: &str = "<policies>\n  <inbound>\n    <base />\n  </inbound>\n</policies>\n";

#[test]
fn documents_and_directories_without_errors_pass() {
    let folder = tempfile::tempdir().unwrap();
    let policy = file(folder.path(), "good.xml", GOOD);
    let resolver = file(
        folder.path(),
        "resolver.xml",
        "<!-- of Query/users -->\n<http-data-source><http-request><set-url>http://a.test</set-url></http-request></http-data-source>\n",
    );
    let fragment = file(
        folder.path(),
        "fragment.xml",
        "<!-- <policies> -->\n<fragment>\n  <set-variable name=\"a\" value=\"b\" />\n</fragment>\n",
    );
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v7");
    let output = check(&[&policy, &fragment, &resolver, tree.to_str().unwrap()]);
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()), "{}", text(&output));
    assert!(text(&output).ends_with("0 errors, 0 warnings\n"), "{}", text(&output));
}

#[test]
fn an_error_has_file_line_column_code_and_message_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let broken =
        file(folder.path(), "broken.xml", "<policies>\n  <inbound>\n    <set-header />\n  </inbound>\n</policies>\n");
    let output = check(&[&broken]);
    assert_eq!(output.status.code(), Some(1));
    let line = text(&output).lines().next().unwrap().to_owned();
    assert!(line.starts_with(&format!("{broken}:3:5: error[")), "{line}");
    let output = check(&["--json", &broken]);
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = &json["diagnostics"][0];
    assert_eq!((&json["files"], json["errors"].as_u64() > Some(0)), (&Value::from(1), true));
    assert_eq!((&found["severity"], &found["line"], &found["column"]), (&"error".into(), &3.into(), &5.into()));
    assert!(found["file"] == broken && found["code"].is_string() && found["message"].is_string(), "{found}");
}

#[test]
fn all_errors_of_a_policy_are_told_at_once_in_the_order_of_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let content = "<policies><inbound><return-response>\n<set-status code=\"@(context.Frob)\" reason=\"@(1 +)\" />\n\
                   <set-header name=\"a\" exists-action=\"overide\" />\n<set-body>@(context.Requst.Method)</set-body>\n\
                   </return-response></inbound></policies>";
    let broken = file(folder.path(), "broken.xml", content);
    let output = text(&check(&[&broken]));
    let places: Vec<&str> = output.lines().filter_map(|line| line.strip_prefix(&broken)?.split(": ").next()).collect();
    assert_eq!(places, [":2:29", ":2:49", ":3:37", ":4:21"], "{output}");
    assert!(output.contains("did you mean `Request`?"), "{output}");
}

#[test]
fn findings_of_a_directory_name_the_file_below_it() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "apis/a/apiInformation.json", r#"{"properties":{"path":"a"}}"#);
    file(
        folder.path(),
        "apis/a/specification.json",
        r#"{"openapi":"3.0.1","info":{"title":"a","version":"1"},"paths":{}}"#,
    );
    let policy = file(folder.path(), "apis/a/policy.xml", "<policies>\n  <inbound>\n</policies>\n");
    let output = check(&[folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains(&format!("{policy}:")), "{}", text(&output));
}

#[test]
fn a_reference_to_a_value_that_is_not_there_is_no_error_in_a_document_alone() {
    let folder = tempfile::tempdir().unwrap();
    let document = GOOD.replace("<base />", "<rate-limit calls=\"{{calls}}\" renewal-period=\"60\" />");
    let alone = file(folder.path(), "alone.xml", &document);
    assert_eq!(check(&[&alone]).status.code(), Some(0));
    // In a directory the values are known, so a missing one is an error.
    file(folder.path(), "tree/policy.xml", &document);
    assert_eq!(check(&[folder.path().join("tree").to_str().unwrap()]).status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_is_another_exit_status() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("none.xml"), folder.path().to_owned()] {
        let output = check(&[path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        assert!(!output.stderr.is_empty());
    }
    assert_eq!(check(&[]).status.code(), Some(2));
}
