//! Vectors for request heads. Every one of them is also fed byte by byte.

use super::*;

/// What a parsed head says, by value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct View {
    method: String,
    form: TargetForm,
    version: Version,
    authority: String,
    path: String,
    query: Option<String>,
    fields: Vec<(String, String)>,
    body: BodyLength,
    keep_alive: bool,
    expect_continue: bool,
    upgrade: bool,
    len: usize,
}

fn view(head: &RequestHead, buffer: &[u8]) -> View {
    let text = |range: Range| String::from_utf8_lossy(range.of(buffer)).into_owned();
    View {
        method: text(head.method_range),
        form: head.target,
        version: head.version,
        authority: text(head.authority),
        path: text(head.path),
        query: head.has_query.then(|| text(head.query)),
        fields: head.headers.iter().map(|header| (text(header.name), text(header.value))).collect(),
        body: head.body,
        keep_alive: head.keep_alive,
        expect_continue: head.expect_continue,
        upgrade: head.upgrade,
        len: head.len,
    }
}

fn parse_with(bytes: &[u8], limits: &Limits) -> Result<Option<View>, RequestError> {
    let mut head = RequestHead::default();
    let parsed = head.parse(bytes, limits)?;
    Ok((parsed == Parsed::Complete).then(|| view(&head, bytes)))
}

/// Parses at once, byte by byte, and in two pieces split at every byte; all must agree.
fn parse_limited(bytes: &[u8], limits: &Limits) -> Result<Option<View>, RequestError> {
    let whole = parse_with(bytes, limits);
    let mut trickled = RequestHead::default();
    for len in 0..=bytes.len() {
        let trickle = trickled.parse(&bytes[..len], limits);
        let mut halved = RequestHead::default();
        let halves = match halved.parse(&bytes[..len], limits) {
            Ok(Parsed::Partial) => halved.parse(bytes, limits),
            early => early,
        };
        assert_eq!(halves.map(|_| ()), whole.clone().map(|_| ()), "split at {len} of {}", bytes.escape_ascii());
        match (trickle, &whole) {
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

fn parse(bytes: impl AsRef<[u8]>) -> Result<Option<View>, RequestError> {
    parse_limited(bytes.as_ref(), &Limits::default())
}

fn complete(bytes: impl AsRef<[u8]>) -> View {
    let bytes = bytes.as_ref();
    match parse(bytes) {
        Ok(Some(view)) => view,
        other => panic!("{other:?}: {}", bytes.escape_ascii()),
    }
}

fn check_refused(vectors: impl IntoIterator<Item = (Vec<u8>, RequestError)>) {
    for (bytes, expected) in vectors {
        assert_eq!(parse(&bytes), Err(expected), "{}", bytes.escape_ascii());
    }
}

fn get(lines: &str) -> Vec<u8> {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").into_bytes()
}

fn post(lines: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").into_bytes()
}

fn line(line: &str) -> Vec<u8> {
    format!("{line}\r\nHost: a\r\n\r\n").into_bytes()
}

#[test]
fn a_typical_head_is_taken_apart() {
    let head = "POST /a/b?x=1&y HTTP/1.1\r\nHost: api.example:8080\r\nUser-Agent: \t curl/8 \t\r\nX-Empty:\r\n\
                content-LENGTH: 12\r\nX-Latin: caf\u{e9}\r\n\r\n";
    let view = complete(format!("{head}hello, world"));
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = View {
        method: "POST".into(),
        form: TargetForm::Origin,
        version: Version::Http11,
        authority: "api.example:8080".into(),
        path: "/a/b".into(),
        query: Some("x=1&y".into()),
        fields: vec![
            field("Host", "api.example:8080"),
            field("User-Agent", "curl/8"),
            field("X-Empty", ""),
            field("content-LENGTH", "12"),
            field("X-Latin", "caf\u{e9}"),
        ],
        body: BodyLength::Exact(12),
        keep_alive: true,
        expect_continue: false,
        upgrade: false,
        len: head.len(),
    };
    assert_eq!(view, expected);
}

#[test]
fn request_lines_that_are_none_are_refused() {
    use RequestError as E;
    check_refused([
        (line(" GET / HTTP/1.1"), E::RequestLine),
        (line("GET  / HTTP/1.1"), E::RequestLine),
        (line("GET\t/ HTTP/1.1"), E::RequestLine),
        (line("GET /"), E::RequestLine),
        (line("GET"), E::RequestLine),
        (line("GET  HTTP/1.1"), E::RequestLine),
        (line("G/T / HTTP/1.1"), E::RequestLine),
        (line("G\u{e9}T / HTTP/1.1"), E::RequestLine),
        (line("GET / HTTP/1.1 "), E::Version),
        (line("GET /  HTTP/1.1"), E::Version),
        (line("GET / x HTTP/1.1"), E::Version),
        (line("GET / http/1.1"), E::Version),
        (line("GET / HTTP/1.10"), E::Version),
        (line("GET / HTTP/1"), E::Version),
        (line("GET / HTTP/1,1"), E::Version),
        (line("GET / HTTP/01.1"), E::Version),
        (line("GET / "), E::Version),
        (line("GET / HTTP/0.9"), E::VersionUnsupported),
        (line("GET / HTTP/1.9"), E::VersionUnsupported),
        (line("GET / HTTP/2.0"), E::VersionUnsupported),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), E::VersionUnsupported),
        (b"GET / HTTP/1.1\nHost: a\n\n".to_vec(), E::Field(FieldError::BareLf)),
        (b"GET / HTTP/1.1\rHost: a\r\n\r\n".to_vec(), E::Field(FieldError::BareCr)),
        (b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), E::Field(FieldError::BareLf)),
        (b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), E::Field(FieldError::BareCr)),
        (b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), E::RequestLine),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), E::RequestLine),
        (vec![0; 64], E::RequestLine),
    ]);
}

#[test]
fn targets_with_foreign_bytes_or_the_wrong_form_are_refused() {
    use RequestError as E;
    for byte in (0..=0x20).chain([b'#', 0x7f, 0x80, 0xc3, 0xff]) {
        let bytes = [b"GET /a", &[byte][..], b"b HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
        let expected = match byte {
            b' ' => E::Version,
            b'\r' | b'\n' => E::RequestLine,
            _ => E::TargetByte,
        };
        assert_eq!(parse(&bytes), Err(expected), "{byte:#x}");
        assert_eq!(expected.status(), 400);
    }
    check_refused([
        (line("GET * HTTP/1.1"), E::TargetForm),
        (line("GET a:80 HTTP/1.1"), E::TargetForm),
        (line("GET a/b HTTP/1.1"), E::TargetForm),
        (line("GET ftp://a/b HTTP/1.1"), E::TargetForm),
        (line("GET http://u:p@a/b HTTP/1.1"), E::Authority),
        (line("GET http:///b HTTP/1.1"), E::Authority),
        (line("GET http://a:99999/ HTTP/1.1"), E::Authority),
        (line("CONNECT / HTTP/1.1"), E::Authority),
        (line("CONNECT a HTTP/1.1"), E::Authority),
        (line("CONNECT u@a:1 HTTP/1.1"), E::Authority),
    ]);
}

#[test]
fn the_authority_of_the_target_overrides_host() {
    for (target, authority, path, query) in [
        ("/p?q", "host.example", "/p", Some("q")),
        ("http://other.example:81/p?q", "other.example:81", "/p", Some("q")),
        ("http://other.example", "other.example", "/", None),
        ("https://[::1]:8443?q", "[::1]:8443", "/", Some("q")),
        ("//p", "host.example", "//p", None),
    ] {
        let view = complete(format!("GET {target} HTTP/1.1\r\nHost: host.example\r\n\r\n"));
        assert_eq!((&*view.authority, &*view.path, view.query.as_deref()), (authority, path, query), "{target}");
    }
    let connect = complete("CONNECT a:443 HTTP/1.1\r\nHost: b\r\n\r\n");
    assert_eq!((connect.form, &*connect.authority), (TargetForm::Authority, "a:443"));
    let asterisk = complete("OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n");
    assert_eq!((asterisk.form, &*asterisk.authority, &*asterisk.path), (TargetForm::Asterisk, "b", ""));
}

#[test]
fn host_is_given_exactly_once_and_is_valid() {
    use RequestError as E;
    let hosts = |lines: &str| format!("GET / HTTP/1.1\r\n{lines}\r\n").into_bytes();
    check_refused([
        (hosts(""), E::HostMissing),
        (hosts("Host: a\r\nHost: a\r\n"), E::HostRepeated),
        (hosts("Host: a\r\nhOST: b\r\n"), E::HostRepeated),
        (hosts("Host:\r\n"), E::HostInvalid),
        (hosts("Host: a, b\r\n"), E::HostInvalid),
        (hosts("Host: a,b\r\n"), E::HostInvalid),
        (hosts("Host: u@a\r\n"), E::HostInvalid),
        (hosts("Host: a/b\r\n"), E::HostInvalid),
        (hosts("Host: a:0\r\n"), E::HostInvalid),
        (hosts("Host: a:99999\r\n"), E::HostInvalid),
        (hosts("Host: a:\r\n"), E::HostInvalid),
        (hosts("Host: ::1\r\n"), E::HostInvalid),
        (b"GET http://a/ HTTP/1.1\r\n\r\n".to_vec(), E::HostMissing),
        (b"GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n".to_vec(), E::HostInvalid),
        (b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n".to_vec(), E::HostRepeated),
    ]);
    assert_eq!(complete("GET / HTTP/1.0\r\n\r\n").authority, "");
}

#[test]
fn broken_header_lines_are_refused() {
    use FieldError as F;
    let vectors: [(&[u8], FieldError); 22] = [
        (b" folded", F::Folded),
        (b"\tfolded", F::Folded),
        (b"X: a\r\n b", F::Folded),
        (b": no-name", F::NameMissing),
        (b"X : a", F::NameInvalid),
        (b"X\t: a", F::NameInvalid),
        (b"X Y: a", F::NameInvalid),
        (b"nothing", F::NameInvalid),
        (b"X(Y): a", F::NameInvalid),
        (b"X\xc3: a", F::NameInvalid),
        (b"X\0Y: a", F::NameInvalid),
        (b"X: a\0b", F::ValueInvalid),
        (b"X: a\x07b", F::ValueInvalid),
        (b"X: a\x0bb", F::ValueInvalid),
        (b"X: a\x1bb", F::ValueInvalid),
        (b"X: a\x7fb", F::ValueInvalid),
        (b"X: a\rb", F::BareCr),
        (b"X: a\r", F::BareCr),
        (b"X: a\nY: b", F::BareLf),
        (b"X\nY: b", F::BareLf),
        (b"Transfer_Encoding: chunked", F::Lookalike),
        (b"CONTENT_LENGTH: 1", F::Lookalike),
    ];
    check_refused(vectors.map(|(field, error)| {
        let bytes = [b"GET / HTTP/1.1\r\nHost: a\r\n", field, b"\r\n\r\n"].concat();
        (bytes, RequestError::Field(error))
    }));
    check_refused([
        (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n".to_vec(), RequestError::Field(F::Folded)),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\n".to_vec(), RequestError::Field(F::BareLf)),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\rX".to_vec(), RequestError::Field(F::BareCr)),
    ]);
}

#[test]
fn transfer_encoding_is_exactly_one_chunked_or_refused() {
    use FramingError as F;
    let refused = |lines: &str, error: F, status: u16| {
        assert_eq!(RequestError::Framing(error).status(), status);
        (post(lines), RequestError::Framing(error))
    };
    check_refused([
        refused("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", F::TransferEncodingWithContentLength, 400),
        refused("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", F::TransferEncodingWithContentLength, 400),
        refused("Transfer-Encoding:\r\nContent-Length: 5\r\n", F::TransferEncodingWithContentLength, 400),
        refused("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", F::TransferEncodingWithContentLength, 400),
        refused("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: chunked, chunked\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: chunked,\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: ,chunked\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: chunked, gzip\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: xchunked\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: gzip\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: identity\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: chunked;q=1\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: \"chunked\"\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: chunked chunked\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding:\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: chunked\u{e9}\r\n", F::TransferEncodingInvalid, 400),
        refused("Transfer-Encoding: gzip, chunked\r\n", F::TransferCodingUnknown, 501),
        refused("Transfer-Encoding: gzip;a=b, chunked\r\n", F::TransferCodingUnknown, 501),
        refused("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", F::TransferCodingUnknown, 501),
    ]);
    let http10 = b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    check_refused([(http10, RequestError::Framing(F::TransferEncodingInHttp10))]);
    for value in ["chunked", " chunked", "\tchunked", " CHUNKED \t", "Chunked"] {
        assert_eq!(complete(post(&format!("Transfer-Encoding:{value}\r\n"))).body, BodyLength::Chunked, "{value:?}");
    }
}

#[test]
fn content_length_is_one_plain_number_or_refused() {
    use FramingError as F;
    for value in [
        "", "+5", "-5", "-0", "0x5", "5, 5", "5,6", "5,", "1_0", "1 0", "05", "00", "5.0", "5e0", "\"5\"", "5;",
        "\u{665}",
    ] {
        let error = RequestError::Framing(F::ContentLengthInvalid);
        assert_eq!(parse(post(&format!("Content-Length: {value}\r\n"))), Err(error), "{value:?}");
    }
    for value in ["18446744073709551616", "99999999999999999999", "10000000000000000000"] {
        let error = RequestError::Framing(F::ContentLengthTooLarge);
        assert_eq!(parse(post(&format!("Content-Length: {value}\r\n"))), Err(error), "{value:?}");
    }
    for second in ["5", "6"] {
        let lines = format!("Content-Length: 5\r\nX: y\r\ncontent-length: {second}\r\n");
        assert_eq!(parse(post(&lines)), Err(RequestError::Framing(F::ContentLengthRepeated)));
    }
    for (value, expected) in [("0", 0), ("5", 5), (" 5\t", 5), ("9999999999999999999", 9_999_999_999_999_999_999)] {
        let view = complete(get(&format!("Content-Length:{value}\r\n")));
        assert_eq!(view.body, BodyLength::Exact(expected), "{value:?}");
    }
    assert_eq!(complete(post("")).body, BodyLength::None);
}

#[test]
fn connections_are_kept_by_version_and_option() {
    for (version, lines, keep_alive) in [
        ("1.1", "", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "Connection: Close\r\n", false),
        ("1.1", "Connection: x, ,close\r\n", false),
        ("1.1", "Connection: x\r\nConnection: close\r\n", false),
        ("1.1", "Connection: keep-alive, close\r\n", false),
        ("1.1", "Connection: closed\r\n", true),
        ("1.1", "Connection:\r\n", true),
        ("1.1", "Proxy-Connection: close\r\n", true),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
    ] {
        let view = complete(format!("GET / HTTP/{version}\r\nHost: a\r\n{lines}\r\n"));
        assert_eq!(view.keep_alive, keep_alive, "{version} {lines:?}");
    }
    for value in ["close;x", "a b", "\"close\"", "caf\u{e9}"] {
        assert_eq!(parse(get(&format!("Connection: {value}\r\n"))), Err(RequestError::Connection), "{value}");
    }
}

#[test]
fn connection_options_have_a_limit() {
    let options = |count: usize| get(&format!("Connection: {}\r\n", vec!["x"; count].join(",")));
    assert!(complete(options(limits::CONNECTION_OPTIONS)).keep_alive);
    assert_eq!(parse(options(limits::CONNECTION_OPTIONS + 1)), Err(RequestError::Connection));
}

#[test]
fn only_unknown_names_become_hop_by_hop_by_being_listed() {
    let bytes = get(
        "Connection: x-a, Authorization, host, content-length\r\nConnection: X-B , te\r\nX-A: 1\r\nx-b: 2\r\nX-C: 3\r\n\
         Authorization: b\r\nTE: trailers\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n",
    );
    let mut head = RequestHead::default();
    assert_eq!(head.parse(&bytes, &Limits::default()), Ok(Parsed::Complete));
    let hop_by_hop: Vec<_> = head.headers.iter().filter(|header| header.hop_by_hop).map(|header| header.name).collect();
    let names: Vec<_> = hop_by_hop.iter().map(|name| String::from_utf8_lossy(name.of(&bytes))).collect();
    assert_eq!(names, ["Connection", "Connection", "X-A", "x-b", "TE", "Keep-Alive"]);
}

#[test]
fn continue_is_expected_only_where_it_can_be_meant() {
    for (version, lines, expected) in [
        ("1.1", "Expect: 100-continue\r\nContent-Length: 5\r\n", Ok(true)),
        ("1.1", "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", Ok(true)),
        ("1.1", "Expect: 100-continue\r\n", Ok(false)),
        ("1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n", Ok(false)),
        ("1.0", "Expect: 100-continue\r\nContent-Length: 5\r\n", Ok(false)),
        ("1.1", "Expect: x 100-continue\r\nContent-Length: 5\r\n", Err(417)),
        ("1.1", "Expect: 100-continue, x\r\nContent-Length: 5\r\n", Err(417)),
        ("1.1", "Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5\r\n", Err(417)),
        ("1.1", "Expect:\r\nContent-Length: 5\r\n", Err(417)),
    ] {
        let bytes = format!("POST / HTTP/{version}\r\nHost: a\r\n{lines}\r\n");
        let outcome = parse(&bytes).map(|view| view.map(|view| view.expect_continue)).map_err(RequestError::status);
        assert_eq!(outcome, expected.map(Some), "{version} {lines:?}");
    }
}

#[test]
fn upgrades_need_version_option_and_one_offer() {
    for (version, lines, expected) in [
        ("1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n", true),
        ("1.1", "Upgrade: websocket\r\n", false),
        ("1.1", "Connection: upgrade\r\n", false),
        ("1.1", "Connection: upgrade\r\nUpgrade:\r\n", false),
        ("1.1", "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n", false),
        ("1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n", false),
    ] {
        let view = complete(format!("GET / HTTP/{version}\r\nHost: a\r\n{lines}\r\n"));
        assert_eq!(view.upgrade, expected, "{version} {lines:?}");
    }
}

#[test]
fn one_empty_line_before_the_request_is_skipped() {
    let plain = complete("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let view = complete("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(view, View { len: plain.len + 2, ..plain });
}

#[test]
fn every_prefix_of_a_head_is_partial() {
    for bytes in
        ["", "\r", "\r\n", "GET", "GET /", "GET / HTTP/1.", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\nHost: a\r\n\r"]
    {
        assert_eq!(parse(bytes), Ok(None), "{bytes:?}");
    }
}

#[test]
fn a_reused_head_keeps_nothing_of_the_one_before() {
    let mut head = RequestHead::default();
    let limits = Limits::default();
    let first = post("Connection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\n");
    assert_eq!(head.parse(&first, &limits), Ok(Parsed::Complete));
    assert_eq!(
        head.parse(b"GET / HTTP/1.1\r\nHost: a\r\nbroken\r\n\r\n", &limits).map_err(RequestError::status),
        Err(400)
    );
    assert_eq!(head.parse(b"GET / HTTP/1.1\r\nHost: a", &limits), Ok(Parsed::Partial));
    head.reset();
    let second = get("");
    assert_eq!(head.parse(&second, &limits), Ok(Parsed::Complete));
    assert_eq!(view(&head, &second), complete(&second));
}

#[test]
fn a_buffer_shorter_than_what_was_parsed_is_another_message() {
    let mut head = RequestHead::default();
    let limits = Limits::default();
    assert_eq!(head.parse(b"GET /abandoned HTTP/1.1\r\nHost: a\r\nX:", &limits), Ok(Parsed::Partial));
    assert_eq!(head.parse(b"", &limits), Ok(Parsed::Partial));
    let second = get("X-Second-And-Longer: 1\r\n");
    assert_eq!(head.parse(&second, &limits), Ok(Parsed::Complete));
    assert_eq!(view(&head, &second), complete(&second));
}

#[test]
fn each_limit_holds_at_its_edge() {
    let small = Limits { line_bytes: 32, head_bytes: 96, headers: 3, ..Limits::default() };
    let outcome =
        |bytes: &str| parse_limited(bytes.as_bytes(), &small).map(|view| view.is_some()).map_err(RequestError::status);

    let request_line = |len: usize| format!("GET /{} HTTP/1.1\r\n", "a".repeat(len - 16));
    assert_eq!(request_line(32).len(), 32);
    assert_eq!(outcome(&format!("{}Host: a\r\n\r\n", request_line(32))), Ok(true));
    assert_eq!(outcome(&format!("{}Host: a\r\n\r\n", request_line(33))), Err(414));

    let field = |len: usize| format!("X: {}\r\n", "a".repeat(len - 5));
    let with = |fields: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    assert_eq!(outcome(&with(&field(32))), Ok(true));
    assert_eq!(outcome(&with(&field(33))), Err(431));
    assert_eq!(outcome(&with("A: b\r\nC: d\r\n")), Ok(true));
    assert_eq!(outcome(&with("A: b\r\nC: d\r\nE: f\r\n")), Err(431));

    let head = |len: usize| with(&format!("{}{}", field(32), field(len - 27 - 32)));
    assert_eq!((head(96).len(), head(91).len()), (96, 91));
    let wide = Limits { line_bytes: 64, ..small };
    let wide_outcome =
        |bytes: &str| parse_limited(bytes.as_bytes(), &wide).map(|view| view.is_some()).map_err(RequestError::status);
    assert_eq!(wide_outcome(&head(96)), Ok(true));
    assert_eq!(wide_outcome(&head(97)), Err(431));

    let method = |len: usize| format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(len));
    assert!(complete(method(limits::METHOD_BYTES)).path == "/");
    assert_eq!(parse(method(limits::METHOD_BYTES + 1)), Err(RequestError::MethodTooLong));
    assert_eq!(RequestError::MethodTooLong.status(), 501);
}

#[test]
fn the_default_limits_hold_without_a_line_end_in_sight() {
    let parse = |bytes: String| parse_with(bytes.as_bytes(), &Limits::default()).map_err(RequestError::status);
    let long = "a".repeat(64 << 10);
    assert_eq!(parse(format!("GET /{long}")), Err(414));
    assert_eq!(parse(format!("GET / HTTP/1.1\r\n{long}")), Err(431));
    assert_eq!(parse(format!("GET / HTTP/1.1\r\nX: {long}")), Err(431));
    assert_eq!(parse(format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "a: b\r\n".repeat(10_000))), Err(431));
    assert_eq!(parse(format!("GET / HTTP/1.1\r\n{}", format!("a: {}\r\n", "b".repeat(8 << 10)).repeat(8))), Err(431));
    assert_eq!(parse(long), Err(501));
}

#[test]
fn methods_are_case_sensitive_tokens() {
    for (token, method) in
        [("GET", Method::Get), ("PATCH", Method::Patch), ("get", Method::Other), ("M-SEARCH", Method::Other)]
    {
        let bytes = format!("{token} / HTTP/1.1\r\nHost: a\r\n\r\n");
        let mut head = RequestHead::default();
        assert_eq!(head.parse(bytes.as_bytes(), &Limits::default()), Ok(Parsed::Complete));
        assert_eq!((head.method, head.method_range.of(bytes.as_bytes())), (method, token.as_bytes()));
    }
}
