use serde_json::{Value, json};

use super::*;

fn full() -> AccessRecord<'static> {
    AccessRecord {
        // 2025-01-24T09:45:41.035Z
        unix_us: 1_737_711_941_035_999,
        total_us: 451_569_000,
        backend_us: 450_448_123,
        client_us: 9_000,
        request_id: 0x87aeb87f_192c_424c_84d1_32d5bbfec437,
        caller_ip: b"172.21.0.1",
        region: "",
        method: b"GET",
        scheme: Scheme::Http,
        host: b"localhost:8080",
        target: b"/timeout/?a=1",
        status: 200,
        request_bytes: 120,
        response_bytes: 592,
        api: "timeout-api",
        api_revision: "1",
        operation: "679264a1f549735d4dc99874",
        names_in_json: b"",
        product: "starter",
        subscription: "Tom",
        client_protocol: Some(Version::Http11),
        backend_protocol: Some(Version::Http11),
        backend_method: b"GET",
        backend_url: b"http://longrunning.api:8088/?a=1",
        backend_status: Some(200),
        key_query_name: b"subscription-key",
        last_error: None,
    }
}

fn write(format: LogFormat, record: &AccessRecord<'_>) -> String {
    let mut out = Vec::new();
    let (level, clock) = (record.level(), &mut Clock::default());
    match format {
        LogFormat::Json => write_line(&mut Line::<true> { out: &mut out }, record, level, "Anywhere", clock),
        LogFormat::Text => write_line(&mut Line::<false> { out: &mut out }, record, level, "Anywhere", clock),
    }
    String::from_utf8(out).expect("a log line is UTF-8")
}

fn parsed(record: &AccessRecord<'_>) -> Value {
    serde_json::from_str(&write(LogFormat::Json, record)).expect("a log line is JSON")
}

#[test]
fn a_json_line_has_the_fields_of_apims_gateway_log() {
    let expected = json!({
        "level": "Info", "timeGenerated": "2025-01-24T09:45:41.035Z", "category": "GatewayLogs",
        "isRequestSuccess": true, "totalTime": 451_569, "callerIpAddress": "172.21.0.1", "region": "Anywhere",
        "correlationId": "87aeb87f-192c-424c-84d1-32d5bbfec437", "method": "GET",
        "url": "http://localhost:8080/timeout/?a=1", "responseCode": 200, "requestSize": 120, "responseSize": 592,
        "cache": "none", "clientTime": 9, "clientProtocol": "HTTP/1.1", "apiId": "timeout-api", "apiRevision": "1",
        "operationId": "679264a1f549735d4dc99874", "productId": "starter", "apimSubscriptionId": "Tom",
        "backendTime": 450_448, "backendMethod": "GET", "backendUrl": "http://longrunning.api:8088/?a=1",
        "backendProtocol": "HTTP/1.1", "backendResponseCode": 200
    });
    assert_eq!(parsed(&full()), expected);
}

#[test]
fn the_text_form_is_the_one_seen_of_apims_gateway() {
    let line = write(LogFormat::Text, &full());
    assert!(line.starts_with(
        "[Info] 2025-01-24T09:45:41.035Z [GatewayLogs], isRequestSuccess: true, totalTime: 451569, \
         callerIpAddress: \"172.21.0.1\", region: \"Anywhere\", correlationId: \"87aeb87f-192c-424c-84d1-32d5bbfec437\", \
         method: \"GET\", url: \"http://localhost:8080/timeout/?a=1\", responseCode: 200, "
    ));
    assert!(line.ends_with("backendResponseCode: 200\n"));
}

#[test]
fn an_error_comes_with_its_source_and_reason() {
    let error = LogError {
        elapsed_us: 12_345,
        source: "rate-limit",
        reason: "RateLimitExceeded",
        message: "Rate limit is exceeded",
        section: "inbound",
        ..Default::default()
    };
    let line = parsed(&AccessRecord { status: 429, last_error: Some(error), ..full() });
    assert_eq!(line["level"], "Error");
    assert_eq!(line["isRequestSuccess"], false);
    let expected = json!({"elapsed": 12, "source": "rate-limit", "reason": "RateLimitExceeded",
        "message": "Rate limit is exceeded", "section": "inbound"});
    assert_eq!(line["lastError"], expected);
    let text = write(LogFormat::Text, &AccessRecord { last_error: Some(error), ..full() });
    assert!(text.contains(", lastError: {elapsed: 12, source: \"rate-limit\", "));
}

#[test]
fn a_request_that_met_no_operation_has_no_empty_fields() {
    let line = parsed(&AccessRecord {
        status: 404,
        method: b"GET",
        scheme: Scheme::Http,
        host: b"h",
        target: b"/",
        ..Default::default()
    });
    let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "level",
            "timeGenerated",
            "category",
            "isRequestSuccess",
            "totalTime",
            "region",
            "correlationId",
            "method",
            "url",
            "responseCode",
            "requestSize",
            "responseSize",
            "cache",
            "clientTime"
        ]
    );
}

#[test]
fn names_made_with_the_operation_give_the_same_line() {
    for (api, revision, operation) in [("timeout-api", "1", "get"), ("a\"b", "2", "c\\d"), ("é", "", "x")] {
        let record = AccessRecord { api, api_revision: revision, operation, ..full() };
        let names = names_in_json(api, revision, operation);
        let made = AccessRecord { names_in_json: &names, ..record };
        for format in [LogFormat::Json, LogFormat::Text] {
            assert_eq!(write(format, &made), write(format, &record));
        }
    }
}

#[test]
fn subscription_keys_in_the_query_are_masked_in_both_urls() {
    for (query, shown) in [
        ("subscription-key=secret", "subscription-key=***"),
        ("a=1&Subscription-Key=secret&b=2", "a=1&Subscription-Key=***&b=2"),
        ("subscription%2dkey=secret", "subscription%2dkey=***"),
        ("subscription-key=secret&subscription-key=again", "subscription-key=***&subscription-key=***"),
        ("subscription-key=a=b=c", "subscription-key=***"),
        ("subscription-key&x=subscription-key", "subscription-key&x=subscription-key"),
        ("", ""),
    ] {
        let target = format!("/a?{query}");
        let backend = format!("http://b/c?{query}");
        let line = parsed(&AccessRecord { target: target.as_bytes(), backend_url: backend.as_bytes(), ..full() });
        assert_eq!(line["url"], format!("http://localhost:8080/a?{shown}"));
        assert_eq!(line["backendUrl"], format!("http://b/c?{shown}"));
    }
}

#[test]
fn the_region_of_the_configuration_goes_before_the_setting() {
    assert_eq!(parsed(&AccessRecord { region: "North \"1\"", ..full() })["region"], "North \"1\"");
}

#[test]
fn hostile_values_stay_inside_their_string() {
    let target = b"/\",\"responseCode\":200}\n{\"forged\":\"\xff\x00?subscription-key=\"\n";
    let line = write(LogFormat::Json, &AccessRecord { target, method: b"G\"ET", status: 400, ..full() });
    assert_eq!(line.matches('\n').count(), 1);
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["responseCode"], 400);
    assert_eq!(line["method"], "G\"ET");
}

#[test]
fn long_values_are_cut_at_the_bound() {
    for over in [0, 1, 5000] {
        let target = vec![b'a'; LOG_VALUE_BYTES_MAX + over];
        let line = parsed(&AccessRecord { target: &target, ..full() });
        let url = line["url"].as_str().unwrap();
        let shown = url.strip_prefix("http://localhost:8080").unwrap();
        assert_eq!(shown.trim_end_matches('…').len(), LOG_VALUE_BYTES_MAX);
        assert_eq!(shown.ends_with('…'), over > 0);
    }
    let mut target = b"/?a=".to_vec();
    target.resize(3 * LOG_VALUE_BYTES_MAX, b'x');
    target.extend_from_slice(b"&subscription-key=secret");
    let line = write(LogFormat::Json, &AccessRecord { target: &target, ..full() });
    assert!(!line.contains("secret") && line.contains('…'));
}

#[test]
fn the_clock_follows_the_seconds() {
    let mut clock = Clock::default();
    let mut text = |unix_us| String::from_utf8(clock.text(unix_us).to_vec()).unwrap();
    assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(text(951_782_399_999_999), "2000-02-28T23:59:59.999Z");
    assert_eq!(text(951_782_400_000_000), "2000-02-29T00:00:00.000Z");
    assert_eq!(text(1_737_711_941_035_000), "2025-01-24T09:45:41.035Z");
    assert_eq!(text(1_737_711_941_036_999), "2025-01-24T09:45:41.036Z");
    assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
}

#[test]
fn a_level_above_info_leaves_out_successful_requests() {
    let cases = [(LogLevel::Info, 3), (LogLevel::Warning, 2), (LogLevel::Error, 1)];
    for (level, expected) in cases {
        let (batches, entries) = super::super::log_writer::tests_queue(8);
        let mut log = AccessLog::new(Some(batches), LogFormat::Json, level, "");
        for status in [200, 404, 500] {
            log.record(&AccessRecord { status, ..full() });
        }
        drop(log);
        assert_eq!(entries(), expected, "records at {level:?}");
    }
}

#[test]
fn recording_does_not_grow_the_batch_past_its_room() {
    let (batches, entries) = super::super::log_writer::tests_queue(64);
    let mut log = AccessLog::new(Some(batches), LogFormat::Json, LogLevel::Info, "");
    let capacity = log.batch.capacity();
    for _ in 0..1000 {
        log.record(&full());
        assert_eq!(log.batch.capacity(), capacity);
    }
    drop(log);
    assert_eq!(entries(), 1000);
}
