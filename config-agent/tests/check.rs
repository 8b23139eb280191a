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

/// Severity and code, file, scope, line, column and suggestion.
type Unknown = (String, String, String, u64, u64, String);

/// What does not exist.
fn unknown(json: &Value) -> Vec<Unknown> {
    json["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["code"].as_str().unwrap().ends_with("-unknown"))
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
            let number = |name: &str| one[name].as_u64().unwrap();
            let severity = text("severity");
            (
                format!("{severity} {}", text("code")),
                text("file"),
                text("scope"),
                number("line"),
                number("column"),
                text("suggestion"),
            )
        })
        .collect()
}

#[test]
fn resources_that_a_policy_names_and_that_do_not_exist_are_told_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, content: &str| file(folder.path(), name, content);
    let policies = |inbound: &str| format!("<policies>\n  <inbound>\n    {inbound}\n  </inbound>\n</policies>\n");
    at("apis/orders/apiInformation.json", r#"{"properties":{"path":"orders"}}"#);
    let specification = r#"{"openapi":"3.0.1","info":{"title":"a","version":"1"},"paths":{"/a":{"get":{"operationId":"list","responses":{}}}}}"#;
    at("apis/orders/specification.json", specification);
    at("backends/billing/backendInformation.json", r#"{"properties":{"url":"http://a.test","protocol":"http"}}"#);
    at(
        "named values/id/namedValueInformation.json",
        r#"{"properties":{"displayName":"id","value":"nowhere-to-be-found"}}"#,
    );
    let fine = "<set-backend-service backend-id=\"Billing\" /><rate-limit calls=\"1\" renewal-period=\"1\">\
                <api id=\"ORDERS\" calls=\"1\" renewal-period=\"1\"><operation id=\"list\" calls=\"1\" renewal-period=\"1\" /></api></rate-limit>";
    let api = at("apis/orders/policy.xml", &policies(&format!("{fine}<set-backend-service backend-id=\"biling\" />")));
    let operation = at(
        "apis/orders/operations/list/policy.xml",
        &policies("<set-backend-service backend-id=\"{{id}}\" /><authentication-certificate certificate-id=\"c\" />"),
    );
    at("products/gold/productInformation.json", r#"{"properties":{"displayName":"gold","state":"published"}}"#);
    let product = at(
        "products/gold/policy.xml",
        &policies(
            "<rate-limit calls=\"1\" renewal-period=\"1\"><api id=\"order\" calls=\"1\" renewal-period=\"1\" />\
             <api id=\"orders\" calls=\"1\" renewal-period=\"1\"><operation id=\"lst\" calls=\"1\" renewal-period=\"1\" /></api></rate-limit>",
        ),
    );
    at("policy fragments/log/policyFragmentInformation.json", r#"{"properties":{"description":"d"}}"#);
    let fragment = at(
        "policy fragments/log/policy.xml",
        "<fragment>\n<log-to-eventhub logger-id=\"hub\">m</log-to-eventhub></fragment>",
    );
    let global =
        at("policy.xml", &policies("<base /><llm-content-safety backend-id=\"safety\" shield-prompt=\"true\" />"));
    let output = check(&["--json", folder.path().to_str().unwrap()]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = unknown(&json);
    let row = |code: &str, file: &str, scope: &str, id: &str, suggestion: &str| {
        let text = fs::read_to_string(file).unwrap();
        let before = &text[..text.find(&format!("id=\"{id}\"")).unwrap() + "id=\"".len()];
        let line = before.matches('\n').count() as u64 + 1;
        let column = before.rsplit('\n').next().unwrap().len() as u64 + 1;
        (code.to_owned(), file.to_owned(), scope.to_owned(), line, column, suggestion.to_owned())
    };
    let operation_scope = "/apis/orders/operations/list/policies/policy";
    let mut expected = [
        row("error backend-unknown", &api, "/apis/orders/policies/policy", "biling", "did you mean `billing`?"),
        row("error backend-unknown", &operation, operation_scope, "{{id}}", ""),
        row("warning certificate-unknown", &operation, operation_scope, "c", ""),
        row("warning api-unknown", &product, "/products/gold/policies/policy", "order", "did you mean `orders`?"),
        row("warning operation-unknown", &product, "/products/gold/policies/policy", "lst", "did you mean `list`?"),
        row("error logger-unknown", &fragment, "/policyFragments/log", "hub", ""),
        row("error backend-unknown", &global, "/policies/policy", "safety", ""),
    ];
    expected.sort_by(|a, b| (&a.1, a.3, a.4).cmp(&(&b.1, b.3, b.4)));
    assert_eq!(found, expected, "{json:#}");
}

#[test]
fn fragments_and_named_values_that_do_not_exist_are_answered_with_similar_ones() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, content: &str| file(folder.path(), name, content);
    at("named values/calls/namedValueInformation.json", r#"{"properties":{"displayName":"calls-max","value":"1"}}"#);
    at("policy fragments/common/policyFragmentInformation.json", r#"{"properties":{"description":"d"}}"#);
    at("policy fragments/common/policy.xml", "<fragment><set-variable name=\"a\" value=\"b\" /></fragment>");
    for (policy, code, suggestion) in [
        ("<include-fragment fragment-id=\"comon\" />", "fragment-not-found", "did you mean `common`?"),
        ("<include-fragment fragment-id=\"elsewhere\" />", "fragment-not-found", ""),
        ("<set-variable name=\"a\" value=\"{{calls-mx}}\" />", "named-value-not-found", "did you mean `calls-max`?"),
    ] {
        at("policy.xml", &GOOD.replace("<base />", policy));
        let output = check(&["--json", folder.path().to_str().unwrap()]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = json["diagnostics"].as_array().unwrap().iter().find(|one| one["code"] == code).unwrap();
        assert_eq!(
            (found["suggestion"].as_str().unwrap_or_default(), found["severity"].as_str()),
            (suggestion, Some("error"))
        );
    }
}

#[test]
fn an_api_of_type_websocket_is_told_not_to_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let information = |kind: &str| {
        format!(r#"{{"properties":{{"path":"chat","displayName":"Chat","type":"{kind}","serviceUrl":"ws://b.test"}}}}"#)
    };
    for (kind, expected) in [("websocket", true), ("WebSocket", true), ("graphql", false)] {
        file(folder.path(), "apis/chat/apiInformation.json", &information(kind));
        let output = text(&check(&[folder.path().to_str().unwrap()]));
        let is_told = output.contains("apis/chat/apiInformation.json:0:0: warning[websocket-unserved]: ");
        assert_eq!(is_told, expected, "{kind}: {output}");
    }
}

#[test]
fn a_response_that_no_policy_stores_is_told_where_a_document_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let returned = "<return-response response-variable-name=\"existing context variable\" />";
    let set = "<send-request response-variable-name=\"existing context variable\"><set-url>http://a.test</set-url></send-request>";
    for (document, expected) in [
        (format!("<policies><inbound>\n  {returned}</inbound></policies>"), Some(":2:44: warning[variable-unset]: ")),
        (format!("<policies><inbound>{set}</inbound><outbound>{returned}</outbound></policies>"), None),
        // What includes fragments, and fragments, get their variables from elsewhere.
        (format!("<policies><inbound><include-fragment fragment-id=\"f\" />{returned}</inbound></policies>"), None),
        (format!("<fragment>{returned}</fragment>"), None),
    ] {
        let path = file(folder.path(), "policy.xml", &document);
        let output = check(&[&path]);
        assert_eq!(output.status.code(), Some(0));
        let expected = expected.map(|expected| format!("{path}{expected}"));
        let first = text(&output).lines().next().unwrap().to_owned();
        assert!(
            first.starts_with(expected.as_deref().unwrap_or("1 files, 0 errors, 0 warnings")),
            "{document}: {first}"
        );
    }
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

#[test]
fn a_named_value_that_stands_for_policies_is_a_warning_where_the_document_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (name, section, errors) in [
        ("same.xml", "<inbound>{{policies}}</inbound>", 0),
        ("own.xml", "<inbound>\n    <base />\n\n    {{policies}}\n  </inbound>", 0),
        ("first.xml", "<inbound>\n    {{policies}}\n    <base /></inbound>", 0),
        ("text.xml", "<inbound>\n    policies\n  </inbound><!-- {{policies}} -->", 1),
    ] {
        let document = file(folder.path(), name, &format!("<policies>\n  {section}\n</policies>\n"));
        let output = check(&[&document]);
        let severity = if errors == 0 { "warning" } else { "error" };
        assert!(text(&output).contains(&format!("{severity}[text-not-allowed]")), "{name}: {}", text(&output));
        assert_eq!(output.status.code(), Some(errors), "{name}");
    }
}

#[test]
fn documents_in_utf_16_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.xml");
    let wide = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n{GOOD}");
    fs::write(&path, wide.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    let output = check(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}
