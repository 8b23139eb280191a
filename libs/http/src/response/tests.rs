//! Vectors for response heads. Every one of them is also fed byte by byte.

use super::*;

/// What decides the fate of body and connection.
#[derive(Clone, Debug, PartialEq, Eq)]
struct View {
    status: u16,
    reason: String,
    version: Version,
    body: BodyLength,
    keep_alive: bool,
    len: usize,
}

fn view(head: &ResponseHead, buffer: &[u8]) -> View {
    View {
        status: head.status,
        reason: String::from_utf8_lossy(head.reason.of(buffer)).into_owned(),
        version: head.version,
        body: head.body,
        keep_alive: head.keep_alive,
        len: head.len,
    }
}

fn parse_limited(method: Method, bytes: &[u8], limits: &Limits) -> Result<Option<View>, ResponseError> {
    let mut head = ResponseHead::default();
    let whole =
        head.parse(bytes, method, limits).map(|parsed| (parsed == Parsed::Complete).then(|| view(&head, bytes)));
    let mut trickled = ResponseHead::default();
    for len in 0..=bytes.len() {
        match (trickled.parse(&bytes[..len], method, limits), &whole) {
            (Ok(Parsed::Partial), _) => continue,
            (Ok(Parsed::Complete), Ok(Some(expected))) => {
                assert_eq!(len, expected.len, "complete with its last byte, not earlier or later");
                assert_eq!(view(&trickled, bytes), *expected, "{}", bytes.escape_ascii());
            }
            (Err(error), Err(expected)) => assert_eq!(error, *expected, "{}", bytes.escape_ascii()),
            (trickle, _) => panic!("{trickle:?} byte by byte, {whole:?} at once: {}", bytes.escape_ascii()),
        }
        return whole;
    }
    assert_eq!(whole, Ok(None), "{}", bytes.escape_ascii());
    whole
}

fn parse(method: Method, bytes: impl AsRef<[u8]>) -> Result<Option<View>, ResponseError> {
    parse_limited(method, bytes.as_ref(), &Limits::default())
}

fn complete(method: Method, bytes: impl AsRef<[u8]>) -> View {
    let bytes = bytes.as_ref();
    match parse(method, bytes) {
        Ok(Some(view)) => view,
        other => panic!("{other:?}: {}", bytes.escape_ascii()),
    }
}

#[test]
fn status_lines_are_taken_apart() {
    for (line, status, reason, version) in [
        ("HTTP/1.1 200 OK", 200, "OK", Version::Http11),
        ("HTTP/1.1 404 Not  Found ", 404, "Not  Found ", Version::Http11),
        ("HTTP/1.1 200 ", 200, "", Version::Http11),
        ("HTTP/1.1 200", 200, "", Version::Http11),
        ("HTTP/1.0 999 \u{e9}\t", 999, "\u{e9}\t", Version::Http10),
    ] {
        let bytes = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        let view = complete(Method::Get, &bytes);
        assert_eq!((view.status, &*view.reason, view.version, view.len), (status, reason, version, bytes.len()));
    }
}

#[test]
fn status_lines_that_are_none_are_refused() {
    use FieldError as F;
    use ResponseError as E;
    for (bytes, expected) in [
        ("HTTP/1.1  200 OK\r\n\r\n", E::Status),
        ("HTTP/1.1 20 OK\r\n\r\n", E::Status),
        ("HTTP/1.1 2x0 OK\r\n\r\n", E::Status),
        ("HTTP/1.1 099 OK\r\n\r\n", E::Status),
        ("HTTP/1.1 000\r\n\r\n", E::Status),
        ("HTTP/1.1 +20\r\n\r\n", E::Status),
        ("HTTP/1.1 2000\r\n\r\n", E::StatusLine),
        ("HTTP/1.1 200OK\r\n\r\n", E::StatusLine),
        ("HTTP/1.1\t200 OK\r\n\r\n", E::StatusLine),
        ("HTTP/1.1\r\n\r\n", E::StatusLine),
        ("HTTP/1.1 200 O\0K\r\n\r\n", E::StatusLine),
        ("HTTP/1.2 200 OK\r\n\r\n", E::VersionUnsupported),
        ("HTTP/2.0 200 OK\r\n\r\n", E::VersionUnsupported),
        ("ICY 200 OK\r\n\r\n", E::StatusLine),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", E::StatusLine),
        ("hello", E::StatusLine),
        ("HTTP/1.1 200 OK\nA: b\n\n", E::Field(F::BareLf)),
        ("HTTP/1.1 200 OK\rA: b\r\n\r\n", E::Field(F::BareCr)),
        ("HTTP/1.1 200 OK\r\n A: b\r\n\r\n", E::Field(F::Folded)),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", E::Field(F::Folded)),
        ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", E::Field(F::NameInvalid)),
        ("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", E::Field(F::ValueInvalid)),
        ("HTTP/1.1 200 OK\r\nTransfer_Encoding: chunked\r\n\r\n", E::Field(F::Lookalike)),
    ] {
        assert_eq!(parse(Method::Get, bytes), Err(expected), "{bytes:?}");
    }
}

#[test]
fn framing_follows_method_status_and_fields() {
    use BodyLength::{Chunked, Exact, None, UntilClose};
    for (method, head, body, keep_alive) in [
        (Method::Get, "1.1 200\r\nContent-Length: 5", Exact(5), true),
        (Method::Get, "1.1 200\r\nContent-Length: 0", Exact(0), true),
        (Method::Get, "1.1 200\r\nTransfer-Encoding: Chunked", Chunked, true),
        (Method::Get, "1.1 200\r\nX: y", UntilClose, false),
        (Method::Get, "1.1 500\r\nX: y", UntilClose, false),
        (Method::Head, "1.1 200\r\nContent-Length: 5", None, true),
        (Method::Head, "1.1 200\r\nTransfer-Encoding: chunked", None, true),
        (Method::Head, "1.1 200\r\nX: y", None, true),
        (Method::Get, "1.1 304\r\nContent-Length: 5", None, true),
        (Method::Get, "1.1 304\r\nX: y", None, true),
        (Method::Get, "1.1 204\r\nX: y", None, true),
        (Method::Get, "1.1 204\r\nContent-Length: 0", None, true),
        (Method::Get, "1.1 204\r\nContent-Length: 5", None, false),
        (Method::Get, "1.1 204\r\nTransfer-Encoding: chunked", None, false),
        (Method::Get, "1.1 100\r\nContent-Length: 5", None, false),
        (Method::Get, "1.1 103\r\nLink: x", None, true),
        (Method::Get, "1.1 101\r\nUpgrade: x\r\nConnection: upgrade", None, true),
        (Method::Get, "1.1 205\r\nContent-Length: 0", Exact(0), true),
        (Method::Connect, "1.1 200\r\nContent-Length: 5", None, true),
        (Method::Connect, "1.1 403\r\nContent-Length: 5", Exact(5), true),
        (Method::Get, "1.1 200\r\nContent-Length: 5\r\nConnection: close", Exact(5), false),
        (Method::Get, "1.1 200\r\nContent-Length: 5\r\nConnection: keep-alive, CLOSE", Exact(5), false),
        (Method::Get, "1.1 200\r\nContent-Length: 5\r\nConnection: a;b", Exact(5), false),
        (Method::Get, "1.0 200\r\nContent-Length: 5", Exact(5), false),
        (Method::Get, "1.0 200\r\nContent-Length: 5\r\nConnection: keep-alive", Exact(5), true),
        (Method::Get, "1.0 200\r\nConnection: keep-alive", UntilClose, false),
    ] {
        let view = complete(method, format!("HTTP/{head}\r\n\r\n"));
        assert_eq!((view.body, view.keep_alive), (body, keep_alive), "{method:?} {head:?}");
    }
}

#[test]
fn framing_that_cannot_be_trusted_is_refused_whatever_the_status() {
    use FramingError as F;
    for (fields, expected) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", F::TransferEncodingWithContentLength),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", F::TransferEncodingInvalid),
        ("Transfer-Encoding: gzip", F::TransferEncodingInvalid),
        ("Transfer-Encoding: gzip, chunked", F::TransferCodingUnknown),
        ("Content-Length: 5\r\nContent-Length: 5", F::ContentLengthRepeated),
        ("Content-Length: 5\r\nContent-Length: 6", F::ContentLengthRepeated),
        ("Content-Length: 5, 5", F::ContentLengthInvalid),
        ("Content-Length: +5", F::ContentLengthInvalid),
        ("Content-Length: 18446744073709551616", F::ContentLengthTooLarge),
    ] {
        for (method, status) in [(Method::Get, 200), (Method::Head, 200), (Method::Get, 204), (Method::Get, 304)] {
            let bytes = format!("HTTP/1.1 {status} x\r\n{fields}\r\n\r\n");
            assert_eq!(parse(method, bytes), Err(ResponseError::Framing(expected)), "{status} {fields:?}");
        }
    }
    let http10 = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(parse(Method::Get, http10), Err(ResponseError::Framing(F::TransferEncodingInHttp10)));
}

#[test]
fn interim_responses_precede_the_final_one_in_the_same_buffer() {
    let bytes =
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    let mut head = ResponseHead::default();
    let mut position = 0;
    for (status, interim) in [(100, true), (103, true), (204, false)] {
        assert_eq!(head.parse(&bytes[position..], Method::Get, &Limits::default()), Ok(Parsed::Complete));
        assert_eq!((head.status, head.is_interim()), (status, interim));
        position += head.len;
    }
    assert_eq!(position, bytes.len());
    let switching = ResponseHead { status: 101, ..ResponseHead::default() };
    assert!(!switching.is_interim());
}

#[test]
fn each_limit_holds_at_its_edge() {
    let small = Limits { line_bytes: 20, head_bytes: 48, headers: 2, ..Limits::default() };
    let outcome = |fields: &str| {
        let bytes = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
        parse_limited(Method::Get, bytes.as_bytes(), &small).map(|view| view.is_some())
    };
    let field = |len: usize| format!("X: {}\r\n", "a".repeat(len - 5));
    assert_eq!(outcome(&field(20)), Ok(true));
    assert_eq!(outcome(&field(21)), Err(ResponseError::Field(FieldError::LineTooLong)));
    assert_eq!(outcome("A: b\r\nC: d\r\n"), Ok(true));
    assert_eq!(outcome("A: b\r\nC: d\r\nE: f\r\n"), Err(ResponseError::Field(FieldError::TooManyFields)));
    assert_eq!(outcome(&format!("{}{}", field(15), field(14))), Ok(true));
    assert_eq!(outcome(&format!("{}{}", field(15), field(15))), Err(ResponseError::Field(FieldError::HeadTooLarge)));
    let long_reason = format!("HTTP/1.1 200 {}\r\n\r\n", "a".repeat(6));
    assert_eq!(
        parse_limited(Method::Get, long_reason.as_bytes(), &small),
        Err(ResponseError::Field(FieldError::LineTooLong))
    );
}
