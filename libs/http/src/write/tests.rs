//! What a client gets to see of a backend's response, byte for byte.

use super::*;
use crate::{Limits, Method, Parsed};

fn parsed(method: Method, head: &str) -> (Vec<u8>, ResponseHead) {
    let bytes = format!("HTTP/{head}\r\n").into_bytes();
    let mut parsed = ResponseHead::default();
    assert_eq!(parsed.parse(&bytes, method, &Limits::default()), Ok(Parsed::Complete), "{head:?}");
    (bytes, parsed)
}

fn written(method: Method, head: &str, edits: &HeaderEdits, framing: &ResponseFraming<'_>) -> String {
    let (bytes, parsed) = parsed(method, head);
    let mut out = Vec::new();
    write_response_head(&mut out, &bytes, &parsed, edits, framing).expect("valid");
    let mut again = ResponseHead::default();
    assert_eq!(again.parse(&out, method, &Limits::default()), Ok(Parsed::Complete), "what we write we would accept");
    assert_eq!((again.len, again.body), (out.len(), framing.body));
    String::from_utf8(out).expect("UTF-8")
}

fn ok(body: BodyLength) -> ResponseFraming<'static> {
    ResponseFraming { status: 200, reason: b"OK", body, tells_length: true, connection: ConnectionHeader::Implicit }
}

#[test]
fn framing_is_written_from_the_body_alone() {
    let length = "1.1 200 OK\r\nA: 1\r\nContent-Length: 5\r\nB: 2\r\n";
    let chunked = "1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\nB: 2\r\n";
    let close = "1.0 200 Fine\r\nA: 1\r\nB: 2\r\n";
    use BodyLength::{Chunked, Exact, UntilClose};
    for (head, body, expected) in [
        (length, Exact(5), "A: 1\r\nContent-Length: 5\r\nB: 2\r\n"),
        (length, Exact(7), "A: 1\r\nB: 2\r\nContent-Length: 7\r\n"),
        (length, Chunked, "A: 1\r\nB: 2\r\nTransfer-Encoding: chunked\r\n"),
        (length, UntilClose, "A: 1\r\nB: 2\r\nConnection: close\r\n"),
        (chunked, Chunked, "A: 1\r\nTrailer: X\r\nB: 2\r\nTransfer-Encoding: chunked\r\n"),
        (chunked, UntilClose, "A: 1\r\nB: 2\r\nConnection: close\r\n"),
        (chunked, Exact(0), "A: 1\r\nB: 2\r\nContent-Length: 0\r\n"),
        (close, Chunked, "A: 1\r\nB: 2\r\nTransfer-Encoding: chunked\r\n"),
    ] {
        let text = written(Method::Get, head, &HeaderEdits::default(), &ok(body));
        assert_eq!(text, format!("HTTP/1.1 200 OK\r\n{expected}\r\n"), "{head:?} {body:?}");
    }
}

#[test]
fn responses_without_body_keep_their_length_where_it_has_a_meaning() {
    for (method, status, kept) in
        [(Method::Head, 200, true), (Method::Get, 304, true), (Method::Get, 204, false), (Method::Get, 103, false)]
    {
        let head = format!("1.1 {status} x\r\nContent-Length: 5\r\nA: 1\r\n");
        let framing = ResponseFraming { status, ..ok(BodyLength::None) };
        let text = written(method, &head, &HeaderEdits::default(), &framing);
        let length = if kept { "Content-Length: 5\r\n" } else { "" };
        assert_eq!(text, format!("HTTP/1.1 {status} OK\r\n{length}A: 1\r\n\r\n"));
    }
    let (bytes, head) = parsed(Method::Head, "1.1 200 x\r\nContent-Length: 5\r\nA: 1\r\n");
    for body in [BodyLength::None, BodyLength::Exact(0), BodyLength::Chunked] {
        let mut out = Vec::new();
        let unknown = ResponseFraming { tells_length: false, ..ok(body) };
        write_response_head(&mut out, &bytes, &head, &HeaderEdits::default(), &unknown).expect("valid");
        assert_eq!(out, b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\n", "{body:?}");
    }
    let (bytes, head) = parsed(Method::Get, "1.1 200 OK\r\nTransfer-Encoding: chunked\r\n");
    let mut out = Vec::new();
    let no_content = ResponseFraming { status: 204, ..ok(BodyLength::Chunked) };
    write_response_head(&mut out, &bytes, &head, &HeaderEdits::default(), &no_content).expect("valid");
    assert_eq!(out, b"HTTP/1.1 204 OK\r\n\r\n", "a policy that makes it a 204 cannot give it framing");
}

#[test]
fn a_status_changed_by_policy_never_leaves_the_end_of_the_body_open() {
    for (received, lines) in [(204, ""), (304, "Content-Length: 5\r\n")] {
        let (bytes, head) = parsed(Method::Get, &format!("1.1 {received} x\r\n{lines}A: 1\r\n"));
        let mut out = Vec::new();
        write_response_head(&mut out, &bytes, &head, &HeaderEdits::default(), &ok(BodyLength::None)).expect("valid");
        assert_eq!(out, b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 0\r\n\r\n");
    }
}

#[test]
fn hop_by_hop_fields_of_the_origin_are_cut_out_of_the_runs() {
    let head = "1.1 200 OK\r\nConnection: x-a, keep-alive, server\r\nX-A: 1\r\nKeep-Alive: timeout=5\r\nX-B: 2\r\n\
                Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nServer: s\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n";
    let text = written(Method::Get, head, &HeaderEdits::default(), &ok(BodyLength::Exact(2)));
    let kept = "X-B: 2\r\nServer: s\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n";
    assert_eq!(text, format!("HTTP/1.1 200 OK\r\n{kept}\r\n"));
}

#[test]
fn the_connection_field_is_ours() {
    let head = "1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n";
    for (connection, expected) in [
        (ConnectionHeader::Implicit, ""),
        (ConnectionHeader::Close, "Connection: close\r\n"),
        (ConnectionHeader::KeepAlive, "Connection: keep-alive\r\n"),
    ] {
        let framing = ResponseFraming { connection, ..ok(BodyLength::Exact(2)) };
        let text = written(Method::Get, head, &HeaderEdits::default(), &framing);
        assert_eq!(text, format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{expected}\r\n"));
    }
    let head = "1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nA: 1\r\n";
    let framing = ResponseFraming {
        status: 101,
        reason: b"Switching Protocols",
        connection: ConnectionHeader::Upgrade,
        ..ok(BodyLength::None)
    };
    let text = written(Method::Get, head, &HeaderEdits::default(), &framing);
    assert_eq!(text, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nA: 1\r\nConnection: Upgrade\r\n\r\n");
}

#[test]
fn edits_change_what_the_client_sees_but_not_framing() {
    let mut edits = HeaderEdits::default();
    edits.remove(b"X-Powered-By").expect("valid");
    edits.remove(b"Content-Length").expect("valid");
    edits.set(b"Server", b"postern").expect("valid");
    edits.append(b"Set-Cookie", b"c").expect("valid");
    edits.set(b"Connection", b"close").expect("valid");
    edits.set(b"Host", b"allowed").expect("valid");
    let head = "1.1 200 OK\r\nServer: s\r\nX-Powered-By: p\r\nContent-Length: 2\r\nSet-Cookie: a\r\n";
    let framing = ResponseFraming { status: 418, reason: b"", ..ok(BodyLength::Exact(2)) };
    let kept = "Content-Length: 2\r\nSet-Cookie: a\r\nServer: postern\r\nSet-Cookie: c\r\nHost: allowed\r\n";
    assert_eq!(written(Method::Get, head, &edits, &framing), format!("HTTP/1.1 418 \r\n{kept}\r\n"));
}

#[test]
fn invalid_status_or_reason_writes_nothing() {
    let (bytes, head) = parsed(Method::Get, "1.1 200 OK\r\nContent-Length: 0\r\n");
    let mut out = Vec::new();
    for (status, reason, expected) in
        [(99, &b"x"[..], WriteError::Status), (1000, b"x", WriteError::Status), (200, b"a\r\nB: c", WriteError::Reason)]
    {
        let framing = ResponseFraming { status, reason, ..ok(BodyLength::Exact(0)) };
        assert_eq!(write_response_head(&mut out, &bytes, &head, &HeaderEdits::default(), &framing), Err(expected));
    }
    assert!(out.is_empty());
}

#[test]
fn numbers_are_written_in_decimal() {
    for number in [0, 7, 10, 99, 100, 65_535, u64::MAX] {
        let mut out = Vec::new();
        write_number(&mut out, number);
        assert_eq!(out, number.to_string().into_bytes());
    }
}
