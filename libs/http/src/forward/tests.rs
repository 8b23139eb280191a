//! What a backend gets to see, byte for byte.

use super::*;
use crate::{Limits, Parsed};

const LINE: RequestLine<'static> = RequestLine { method: b"GET", path_and_query: b"/p?q" };

fn plain(body: BodyLength) -> ForwardHeaders<'static> {
    ForwardHeaders {
        host: Authority::of(b"origin:81").expect("valid"),
        body,
        expect_continue: false,
        upgrade: false,
        forwarded_for: None,
        forwarded_proto: None,
        forwarded_host: None,
        trust: Trust::Replace,
    }
}

fn proxied(trust: Trust) -> ForwardHeaders<'static> {
    ForwardHeaders {
        forwarded_for: Some(b"10.0.0.1"),
        forwarded_proto: Some(b"https"),
        forwarded_host: Some(b"a"),
        trust,
        ..plain(BodyLength::None)
    }
}

fn parsed(lines: &str) -> (Vec<u8>, RequestHead) {
    let bytes = format!("POST /received HTTP/1.1\r\nHost: a\r\n{lines}\r\n").into_bytes();
    let mut head = RequestHead::default();
    assert_eq!(head.parse(&bytes, &Limits::default()), Ok(Parsed::Complete), "{lines:?}");
    (bytes, head)
}

/// The lines behind `Host` that are written for these received lines.
fn written(lines: &str, edits: &HeaderEdits, forward: &ForwardHeaders<'_>) -> String {
    let (bytes, head) = parsed(lines);
    let mut out = b"before".to_vec();
    write_request_head(&mut out, &bytes, &head, &LINE, edits, forward).expect("valid");
    let text = String::from_utf8(out).expect("UTF-8");
    let lines =
        text.strip_prefix("beforeGET /p?q HTTP/1.1\r\nHost: origin:81\r\n").expect("appended, our line and host");
    let mut again = RequestHead::default();
    let complete = &text.as_bytes()["before".len()..];
    assert_eq!(again.parse(complete, &Limits::default()), Ok(Parsed::Complete), "what we write we would accept");
    assert_eq!(again.len, complete.len());
    let sent = if forward.body == BodyLength::UntilClose { BodyLength::Chunked } else { forward.body };
    assert_eq!(again.body, sent);
    lines.strip_suffix("\r\n").expect("blank line").to_owned()
}

fn untouched(lines: &str, forward: &ForwardHeaders<'_>) -> String {
    written(lines, &HeaderEdits::default(), forward)
}

#[test]
fn untouched_lines_are_copied_byte_for_byte() {
    let lines =
        "accept:*/*\r\nX-Spaced: \t a  b \t\r\nX-Empty:\r\nCookie: a=b\r\nCookie: c=d\r\nX-Latin: caf\u{e9}\r\n";
    assert_eq!(untouched(lines, &plain(BodyLength::None)), lines);
    assert_eq!(untouched("", &plain(BodyLength::None)), "");
}

#[test]
fn hop_by_hop_fields_are_cut_out_of_the_runs() {
    let lines = "A: 1\r\nConnection: x-custom, B, authorization, host\r\nX-Custom: 2\r\nb: 3\r\nC: 4\r\nKeep-Alive: 5\r\n\
                 Proxy-Connection: close\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nProxy-Authorization: y\r\n\
                 Proxy-Authenticate: z\r\nProxy-Authentication-Info: z\r\nX_Forwarded_For: forged\r\nAuthorization: 6\r\n\
                 D: 7\r\nTrailer: X-Sum\r\nExpect: 100-continue\r\n";
    assert_eq!(untouched(lines, &plain(BodyLength::None)), "A: 1\r\nC: 4\r\nAuthorization: 6\r\nD: 7\r\n");
}

#[test]
fn framing_is_written_from_the_body_alone() {
    let length = "A: 1\r\nContent-Length: 5\r\nB: 2\r\n";
    let chunked = "A: 1\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\nB: 2\r\n";
    for (lines, body, expected) in [
        (length, BodyLength::Exact(5), length),
        (length, BodyLength::Exact(6), "A: 1\r\nB: 2\r\nContent-Length: 6\r\n"),
        (length, BodyLength::None, "A: 1\r\nB: 2\r\n"),
        (length, BodyLength::Chunked, "A: 1\r\nB: 2\r\nTransfer-Encoding: chunked\r\n"),
        (chunked, BodyLength::Chunked, "A: 1\r\nTrailer: X\r\nB: 2\r\nTransfer-Encoding: chunked\r\n"),
        (chunked, BodyLength::UntilClose, "A: 1\r\nTrailer: X\r\nB: 2\r\nTransfer-Encoding: chunked\r\n"),
        (chunked, BodyLength::Exact(0), "A: 1\r\nB: 2\r\nContent-Length: 0\r\n"),
        ("A: 1\r\n", BodyLength::Exact(u64::MAX / 2), "A: 1\r\nContent-Length: 9223372036854775807\r\n"),
    ] {
        assert_eq!(untouched(lines, &plain(body)), expected, "{lines:?} {body:?}");
    }
}

#[test]
fn continue_and_upgrade_are_forwarded_only_when_asked() {
    let expect = "Expect: 100-continue\r\nContent-Length: 5\r\n";
    let forward = plain(BodyLength::Exact(5));
    assert_eq!(untouched(expect, &forward), "Content-Length: 5\r\n");
    let forward = ForwardHeaders { expect_continue: true, ..forward };
    assert_eq!(untouched(expect, &forward), "Content-Length: 5\r\nExpect: 100-continue\r\n");

    let upgrade = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: x\r\n";
    assert_eq!(untouched(upgrade, &plain(BodyLength::None)), "Sec-WebSocket-Key: x\r\n");
    let forward = ForwardHeaders { upgrade: true, ..plain(BodyLength::None) };
    assert_eq!(untouched(upgrade, &forward), "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\nConnection: Upgrade\r\n");
}

#[test]
fn an_untrusted_sender_cannot_speak_for_the_gateway() {
    let ours = "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\n";
    assert_eq!(untouched("", &proxied(Trust::Replace)), ours);
    let forged = "X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\nForwarded: for=x\r\n\
                  X-Real-IP: x\r\nX-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\n";
    assert_eq!(untouched(forged, &proxied(Trust::Replace)), ours);
}

#[test]
fn a_trusted_sender_is_believed() {
    let said = "X-Forwarded-Proto: http\r\nForwarded: for=x\r\nX-Forwarded-Port: 1\r\nX-Real-IP: x\r\n";
    let ours = "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Host: a\r\n";
    assert_eq!(untouched(said, &proxied(Trust::Keep)), format!("{said}{ours}"));
}

#[test]
fn the_client_is_appended_to_one_list() {
    let received = "X-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nA: 1\r\nX-Forwarded-For:\r\nx-forwarded-for: 3.3.3.3\r\n";
    for trust in [Trust::Replace, Trust::Keep] {
        let forward = ForwardHeaders { forwarded_proto: None, forwarded_host: None, ..proxied(trust) };
        let expected = "A: 1\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, 10.0.0.1\r\n";
        assert_eq!(untouched(received, &forward), expected);
    }
}

#[test]
fn edits_have_the_last_word_but_on_framing_and_host() {
    let mut edits = HeaderEdits::default();
    for (name, value) in [
        ("Accept", "text/plain"),
        ("Host", "evil"),
        ("Content-Length", "99"),
        ("Transfer-Encoding", "gzip"),
        ("Connection", "close"),
        ("Upgrade", "h2c"),
        ("Expect", "x"),
        ("TE", "x"),
        ("Trailer", "x"),
        ("X-Forwarded-For", "hidden"),
    ] {
        edits.set(name.as_bytes(), value.as_bytes()).expect("valid");
    }
    edits.remove(b"X-Forwarded-Proto").expect("valid");
    edits.remove(b"X-Key").expect("valid");
    edits.append(b"X-Real-IP", b"10.0.0.1").expect("valid");
    let lines =
        "accept: */*\r\nX-Key: 1\r\nContent-Length: 5\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: x\r\nB: 2\r\n";
    let forward = ForwardHeaders { body: BodyLength::Exact(5), ..proxied(Trust::Replace) };
    assert_eq!(
        written(lines, &edits, &forward),
        "Content-Length: 5\r\nB: 2\r\nAccept: text/plain\r\nX-Forwarded-For: hidden\r\nX-Real-IP: 10.0.0.1\r\nX-Forwarded-Host: a\r\n"
    );
    edits.remove_all();
    edits.append(b"C", b"3").expect("valid");
    assert_eq!(written(lines, &edits, &plain(BodyLength::Exact(5))), "Content-Length: 5\r\nC: 3\r\n");
}

#[test]
fn what_could_break_a_line_is_refused_and_nothing_is_written() {
    let (bytes, head) = parsed("");
    let good = proxied(Trust::Replace);
    let edits = HeaderEdits::default();
    let mut out = b"before".to_vec();
    let mut check = |line: RequestLine<'_>, forward: ForwardHeaders<'_>, expected: WriteError| {
        assert_eq!(write_request_head(&mut out, &bytes, &head, &line, &edits, &forward), Err(expected));
        assert_eq!(out, b"before");
    };
    for method in [&b""[..], b"G T", b"GET\r\n"] {
        check(RequestLine { method, ..LINE }, good, WriteError::Method);
    }
    for path_and_query in [&b""[..], b"/a b", b"/a\r\n", b"/a#b", b"/\xe9"] {
        check(RequestLine { path_and_query, ..LINE }, good, WriteError::Target);
    }
    for host in [&b""[..], b"a\r\nB: c", b"a\n", b"a b", b"a/b"] {
        assert_eq!(Authority::of(host), Err(WriteError::Host));
    }
    for value in [&b"a\r\nB: c"[..], b"\n"] {
        check(LINE, ForwardHeaders { forwarded_for: Some(value), ..good }, WriteError::Forwarded);
        check(LINE, ForwardHeaders { forwarded_proto: Some(value), ..good }, WriteError::Forwarded);
        check(LINE, ForwardHeaders { forwarded_host: Some(value), ..good }, WriteError::Forwarded);
    }
}
