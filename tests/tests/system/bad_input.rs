//! Bad input to the control side gets a clear error and loses nothing (`facts/peers.md` C2, row 20).
//!
//! The gateway's driver plays no part here, so these run once.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use postern_tests::arm::{Arm, SERVICE, marking_policy};
use postern_tests::binaries::binary;
use postern_tests::chain::{Agent, Chain, GATEWAY, Management};
use postern_tests::client::{Client, Response};
use postern_tests::driver::Driver;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::origin::Origin;
use postern_tests::wait;
use serde_json::{Value, json};
use tempfile::TempDir;

fn management() -> (TempDir, Management) {
    let folder = tempfile::tempdir().unwrap();
    let management = Management::start(folder.path(), None);
    (folder, management)
}

/// An ARM error body with a code and a message; returns the code.
fn assert_arm_error(answer: &Response, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    let body = answer.json();
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
    assert!(!text("code").is_empty() && !text("message").is_empty(), "{body}");
    text("code")
}

fn put(arm: &Arm, path: &str, body: &[u8]) -> Response {
    arm.request("PUT", path, &[], body)
}

fn named_value(arm: &Arm) -> String {
    arm.get("/namedValues/v")["properties"]["value"].as_str().unwrap().to_owned()
}

#[test]
fn a_request_without_the_operators_token_is_401_and_changes_nothing() {
    let (_folder, management) = management();
    let arm = &management.arm;
    arm.put("/namedValues/v", &json!({ "displayName": "v", "value": "kept" }));
    let body = json!({ "properties": { "displayName": "v", "value": "lost" } }).to_string();
    for authorization in ["", "Bearer wrong", "Bearer", "Basic eA==", &format!("bearer{}", arm.token)] {
        let path = format!("{SERVICE}/namedValues/v?api-version=2024-05-01");
        let headers: Vec<(&str, &str)> =
            if authorization.is_empty() { Vec::new() } else { vec![("Authorization", authorization)] };
        let answer = Client::connect(arm.address).request("PUT", &path, &headers, body.as_bytes());
        assert_arm_error(&answer, 401);
    }
    assert_eq!(named_value(arm), "kept");
    let mode = std::fs::metadata(&management.token_file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn bodies_that_are_no_resource_are_400_and_change_nothing() {
    let (_folder, management) = management();
    let arm = &management.arm;
    arm.put("/namedValues/v", &json!({ "displayName": "v", "value": "kept" }));
    let bodies: [&[u8]; 10] = [
        b"{\"properties\": {\"displayName\": \"v\", \"value\": \"lo",
        b"{\"properties\": {\"displayName\": \"v\", \"value\": \"\xff\xfe\"}}",
        b"\xef\xbb\xbf\xff",
        b"null",
        b"[]",
        b"17",
        b"\"properties\"",
        b"{\"properties\": 17}",
        b"{\"properties\": {\"displayName\": 17, \"value\": \"lost\"}}",
        b"not json at all",
    ];
    for body in bodies {
        assert_arm_error(&put(arm, "/namedValues/v", body), 400);
    }
    assert_eq!(named_value(arm), "kept");
    let deep = format!("{{\"properties\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_arm_error(&put(arm, "/namedValues/v", deep.as_bytes()), 400);
    assert_eq!(named_value(arm), "kept");
}

#[test]
fn unknown_fields_are_kept_or_ignored_and_never_an_error() {
    let (_folder, management) = management();
    let arm = &management.arm;
    let body = json!({
        "properties": { "displayName": "v", "value": "new", "fromTheFuture": { "a": [1, 2] } },
        "alsoUnknown": true,
    });
    let answer = put(arm, "/namedValues/v", body.to_string().as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(named_value(arm), "new");
}

#[test]
fn a_stale_etag_is_412_and_changes_nothing() {
    let (_folder, management) = management();
    let arm = &management.arm;
    let first = arm.put("/namedValues/v", &json!({ "displayName": "v", "value": "one" }));
    let old = first.header("etag").unwrap().to_owned();
    arm.put("/namedValues/v", &json!({ "displayName": "v", "value": "two" }));
    let body = json!({ "properties": { "displayName": "v", "value": "three" } }).to_string();
    for method in ["PUT", "PATCH", "DELETE"] {
        let answer = arm.request(method, "/namedValues/v", &[("If-Match", &old)], body.as_bytes());
        assert_arm_error(&answer, 412);
        assert_eq!(named_value(arm), "two", "{method}");
    }
    let new = arm.request("GET", "/namedValues/v", &[], b"");
    let new = new.header("etag").unwrap();
    assert_eq!(arm.request("PUT", "/namedValues/v", &[("If-Match", new)], body.as_bytes()).status, 200);
    assert_eq!(named_value(arm), "three");
}

#[test]
fn policies_that_cannot_be_used_are_refused_with_their_place() {
    let (_folder, management) = management();
    let arm = &management.arm;
    arm.put("/gateways/edge", &json!({ "locationData": { "name": "here" } }));
    arm.put_api("edge", "shop", "http://127.0.0.1:9", false);
    let good = marking_policy("kept");
    arm.put_policy("/apis/shop", &good);
    let refused = |value: &str| {
        let body = json!({ "properties": { "format": "rawxml", "value": value } }).to_string();
        let answer = put(arm, "/apis/shop/policies/policy", body.as_bytes());
        assert_arm_error(&answer, 400);
        answer.text()
    };
    refused("");
    refused("<policies>");
    refused("<policies><inbound></policies>");
    refused("not xml");
    let wrong_attribute = "<policies>\n<inbound>\n  <base/>\n  <rate-limit calls=\"many\" renewal-period=\"60\"/>\n</inbound>\n</policies>";
    let told = refused(wrong_attribute);
    assert!(told.contains("rate-limit") || told.contains("calls"), "{told}");
    assert!(told.contains('4'), "the line: {told}");
    // 10 MB: too large whatever it says.
    let large = format!("<policies><inbound><!--{}--></inbound></policies>", "x".repeat(10 << 20));
    let body = json!({ "properties": { "format": "rawxml", "value": large } }).to_string();
    let mut client = Client::connect(arm.address);
    let authorization = format!("Bearer {}", arm.token);
    let head = format!(
        "PUT {SERVICE}/apis/shop/policies/policy?api-version=2024-05-01 HTTP/1.1\r\nHost: m\r\n\
         Authorization: {authorization}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    client.send(head.as_bytes());
    client.send_as_far_as_possible(body.as_bytes());
    let answer = client.read_response();
    assert!(matches!(answer.status, 400 | 413), "{}", answer.text());
    let kept = arm.get("/apis/shop/policies/policy?format=rawxml");
    assert_eq!(kept["properties"]["value"], good);
}

#[test]
fn a_body_cut_off_by_a_lost_connection_changes_nothing() {
    let (_folder, management) = management();
    let arm = &management.arm;
    arm.put("/namedValues/v", &json!({ "displayName": "v", "value": "kept" }));
    let mut client = Client::connect(arm.address);
    let head = format!(
        "PUT {SERVICE}/namedValues/v?api-version=2024-05-01 HTTP/1.1\r\nHost: m\r\nAuthorization: Bearer {}\r\n\
         Content-Length: 1000\r\n\r\n{{\"properties\": {{\"displayName\": \"v\", \"value\": \"lost\"",
        arm.token
    );
    client.send(head.as_bytes());
    client.reset();
    assert_eq!(named_value(arm), "kept");
}

#[test]
fn unknown_paths_methods_and_versions_get_arm_errors() {
    let (_folder, management) = management();
    let arm = &management.arm;
    assert_arm_error(&arm.request("GET", "/apis/none", &[], b""), 404);
    assert_arm_error(&arm.request("GET", "/nosuchcollection/x", &[], b""), 404);
    let answer = arm.request("PUT", "/apis/x y%00", &[], b"{\"properties\":{}}");
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    let authorization = format!("Bearer {}", arm.token);
    let elsewhere = SERVICE.replace("postern", "other");
    let path = format!("{elsewhere}/apis?api-version=2024-05-01");
    let answer = Client::connect(arm.address).get(&path, &[("Authorization", &authorization)]);
    assert_arm_error(&answer, 404);
}

#[test]
fn management_killed_in_the_middle_of_writes_keeps_what_it_confirmed() {
    let (folder, mut management) = management();
    let address = management.arm.address;
    for round in 0..3 {
        for n in 0..20 {
            management.arm.put(
                &format!("/namedValues/r{round}-{n}"),
                &json!({ "displayName": format!("r{round}-{n}"), "value": "x" }),
            );
        }
        management.process.kill();
        management = Management::start(folder.path(), Some(address));
        let list = management.arm.get("/namedValues");
        let count = list["count"].as_u64().unwrap_or_else(|| list["value"].as_array().unwrap().len() as u64);
        assert_eq!(count, (round + 1) * 20, "{list}");
    }
}

#[test]
fn the_configuration_endpoint_refuses_wrong_tokens_and_bad_queries() {
    let origin = Origin::start();
    let chain = Chain::start(Driver::Epoll, |arm| arm.put_api(GATEWAY, "shop", &origin.url(), false));
    let address = chain.arm().address;
    let feed = |authorization: &str, query: &str| {
        let headers: Vec<(&str, &str)> =
            if authorization.is_empty() { Vec::new() } else { vec![("Authorization", authorization)] };
        Client::connect(address).get(&format!("/configuration/v1/feed{query}"), &headers)
    };
    let key = chain.arm().post(&format!("/gateways/{GATEWAY}/listKeys"), &json!(null)).json();
    let expired = postern_tests::token::sign(GATEWAY, "202601010000", key["primary"].as_str().unwrap());
    let other = postern_tests::token::sign("other", "203001010000", key["primary"].as_str().unwrap());
    let right = format!("GatewayKey {}", chain.token);
    assert_eq!(assert_arm_error(&feed("", ""), 401), "GatewayTokenMissing");
    assert_eq!(assert_arm_error(&feed("GatewayKey nonsense", ""), 401), "GatewayTokenInvalid");
    assert_eq!(assert_arm_error(&feed(&format!("GatewayKey {other}"), ""), 401), "GatewayTokenInvalid");
    assert_eq!(assert_arm_error(&feed(&format!("GatewayKey {expired}"), ""), 401), "GatewayTokenExpired");
    assert_arm_error(&feed(&right, "?wait=soon"), 400);
    // A position nobody knows is answered with everything.
    let snapshot = feed(&right, "?after=nonsense");
    assert_eq!(snapshot.status, 200);
    let first: Value = serde_json::from_str(snapshot.text().lines().next().unwrap()).unwrap();
    assert_eq!((&first["kind"], &first["mode"]), (&json!("begin"), &json!("snapshot")));
    for body in ["", "{", "[]", "{\"instance\": 17}", "{\"instance\": \"a b\"}"] {
        let headers = [("Authorization", right.as_str()), ("Content-Type", "application/json")];
        let answer = Client::connect(address).request("POST", "/configuration/v1/heartbeat", &headers, body.as_bytes());
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.text());
    }
    assert_eq!(chain.gateway.get("/shop/x", &[]).status, 200);
}

#[test]
fn an_agent_outlives_a_gateway_that_talks_nonsense() {
    use postern_bundle::{AgentMessage, Decoder, Encoder, GatewayHello, GatewayMessage, PROTOCOL};
    use std::io::{Read, Write};
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    std::fs::create_dir(&tree).unwrap();
    let socket = folder.path().join("gateway.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut agent = Agent::start(folder.path(), &socket, &[format!("apiops:{}", tree.display())], None, None);
    let nonsense: [&[u8]; 5] =
        [b"HTTP/1.1 200 OK\r\n\r\n", &[0xff; 32], &[3, 0, 0, 0, 0x82], &[2, 0, 0, 0, 0x81, 0xff], b""];
    for bytes in nonsense {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(agent.process.is_running(), "{bytes:?}");
    }
    let (mut stream, _) = listener.accept().unwrap();
    let (version, pid) = ("0".to_owned(), 1);
    let hello = GatewayHello { protocol: PROTOCOL, version, pid, generation: None, root_hash: None };
    stream.write_all(&Encoder::frame(&GatewayMessage::Hello(hello)).unwrap()).unwrap();
    let mut messages = Decoder::<AgentMessage>::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the agent gave up: {}", agent.process.events());
        messages.push(&buffer[..count]);
        let mut committed = false;
        while let Some(message) = messages.next_message().unwrap() {
            committed |= matches!(message, AgentMessage::Commit(_));
        }
        if committed {
            return;
        }
    }
}

fn check(arguments: &[&str]) -> Output {
    Command::new(binary("postern-agent")).arg("check").args(arguments).output().unwrap()
}

#[test]
fn check_says_file_line_column_code_and_message() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = write("good.xml", marking_policy("1").as_bytes());
    let output = check(&[&good]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));

    let bad = write(
        "bad.xml",
        b"<policies>\n  <inbound>\n    <rate-limit calls=\"x\" renewal-period=\"60\" />\n  </inbound>\n</policies>",
    );
    let output = check(&[&bad, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["errors"], 1, "{report}");
    let found = &report["diagnostics"][0];
    assert_eq!((found["line"].as_u64(), &found["severity"]), (Some(3), &json!("error")), "{report}");
    assert!(found["column"].as_u64().is_some_and(|column| column >= 5), "{report}");
    assert!(found["file"].as_str().is_some_and(|file| file.ends_with("bad.xml")), "{report}");
    assert!(found["code"].is_string() && found["message"].is_string(), "{report}");
    let text = String::from_utf8(check(&[&bad]).stdout).unwrap();
    assert!(text.contains("bad.xml:3:"), "{text}");

    let expression = write(
        "expression.xml",
        b"<policies><inbound><set-header name=\"a\"><value>@(context.RequestId.ToString())</value></set-header>\
          </inbound></policies>",
    );
    let output = check(&[&expression, "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let wrong = write(
        "wrong.xml",
        b"<policies><inbound>\n<set-header name=\"a\"><value>@(context.Reqest.Method)</value></set-header></inbound></policies>",
    );
    let output = check(&[&wrong, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = &report["diagnostics"][0];
    assert_eq!(
        (&found["code"], found["line"].as_u64(), found["column"].as_u64()),
        (&json!("expression-invalid"), Some(2), Some(39))
    );
    assert!(found["message"].as_str().is_some_and(|message| message.starts_with("CS1061: ")), "{report}");

    let not_utf8 = write("latin1.xml", b"<policies><inbound><!-- \xe4 --></inbound></policies>");
    assert_ne!(check(&[&not_utf8]).status.code(), Some(0));
    let large = write(
        "large.xml",
        format!("<policies><inbound><!--{}--></inbound></policies>", "x".repeat(10 << 20)).as_bytes(),
    );
    assert_ne!(check(&[&large]).status.code(), Some(0));
    assert_eq!(check(&["/no/such/file.xml"]).status.code(), Some(2));
    assert_ne!(check(&[]).status.code(), Some(0));
}

#[test]
fn an_apiops_folder_full_of_mistakes_serves_what_is_right() {
    let origin = Origin::start();
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    let write = |name: &str, bytes: &[u8]| {
        let path = tree.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let information = |path: &str| {
        json!({ "properties": {
            "path": path, "displayName": path, "serviceUrl": origin.url(), "protocols": ["http"],
            "subscriptionRequired": false,
        }})
        .to_string()
    };
    let specification = "{\"openapi\":\"3.0.1\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/x\":{\"get\":{\"operationId\":\
                         \"get-x\",\"responses\":{\"200\":{\"description\":\"ok\"}}}}}}";
    for name in ["good", "bad-json", "bad-utf8", "bad-specification", "bad-policy", "huge-policy", "other"] {
        write(&format!("apis/{name}/apiInformation.json"), information(name).as_bytes());
        write(&format!("apis/{name}/specification.json"), specification.as_bytes());
    }
    write("apis/bad-json/apiInformation.json", b"{\"properties\": {\"path\": \"bad-js");
    write("apis/bad-utf8/apiInformation.json", b"{\"properties\": {\"path\": \"\xff\xfe\"}}");
    write("apis/bad-specification/specification.json", b"{\"openapi\": \"3.0.1\", \"paths\": [");
    write("apis/bad-policy/policy.xml", b"<policies><inbound><base/></inbound>");
    let huge = format!("<policies><inbound><!--{}--></inbound></policies>", "x".repeat(10 << 20));
    write("apis/huge-policy/policy.xml", huge.as_bytes());
    write("unknown folder/x/y.json", b"{}");
    write("apis/other/unknown.file", b"\xff");
    write("named values/broken/namedValueInformation.json", b"[");
    let gateway = Gateway::in_folder(&Options::new(Driver::Epoll), folder.path());
    let mut agent = Agent::start(folder.path(), &gateway.socket, &[format!("apiops:{}", tree.display())], None, None);
    agent.wait_until_ready();
    for (name, serves) in [
        ("good", true),
        ("other", true),
        ("bad-json", false),
        ("bad-utf8", false),
        ("bad-specification", false),
        ("bad-policy", false),
        ("huge-policy", false),
    ] {
        let answer = gateway.get(&format!("/{name}/x"), &[]);
        assert_eq!(answer.status == 200, serves, "{name}: {} {}", answer.head, answer.text());
    }
    assert_eq!(origin.seen().len(), 2);
    for told in ["bad-json", "bad-utf8", "bad-specification", "bad-policy", "huge-policy"] {
        agent.process.wait_for_event(told);
    }
    // Mended, all of it serves.
    for name in ["bad-json", "bad-utf8"] {
        write(&format!("apis/{name}/apiInformation.json"), information(name).as_bytes());
    }
    wait::until("the mended APIs", || {
        ["bad-json", "bad-utf8"].iter().all(|name| gateway.get(&format!("/{name}/x"), &[]).status == 200).then_some(())
    });
}
