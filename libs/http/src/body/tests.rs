//! Vectors for bodies. Every one of them is fed at once, byte by byte, and in two pieces split at every byte.

use super::*;

/// A body taken whole: content, trailer lines, and how many bytes it occupied.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Body {
    content: Vec<u8>,
    trailers: Vec<u8>,
    len: usize,
}

/// Feeds pieces; `None` when the body has not ended.
fn decode_pieces(decoder: &mut BodyDecoder, pieces: &[&[u8]]) -> Result<Option<Body>, BodyError> {
    let mut body = Body { content: Vec::new(), trailers: Vec::new(), len: 0 };
    for piece in pieces {
        let mut rest = *piece;
        loop {
            let decoded = decoder.decode(rest)?;
            assert_eq!(decoded.done, decoder.is_done());
            assert!(decoded.consumed > 0 || rest.is_empty() || decoded.done, "no progress");
            body.content.extend_from_slice(decoded.data.of(rest));
            body.len += decoded.consumed;
            rest = &rest[decoded.consumed..];
            if decoded.done {
                body.trailers = decoder.trailers().to_vec();
                return Ok(Some(body));
            }
            if rest.is_empty() {
                break;
            }
        }
    }
    Ok(None)
}

fn decode_limited(length: BodyLength, bytes: &[u8], limits: &Limits) -> Result<Option<Body>, BodyError> {
    let decoder = BodyDecoder::with_limits(length, limits);
    let whole = decode_pieces(&mut decoder.clone(), &[bytes]);
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decode_pieces(&mut decoder.clone(), &single), whole, "byte by byte: {}", bytes.escape_ascii());
    if bytes.len() < 1024 {
        for at in 0..=bytes.len() {
            let (front, back) = bytes.split_at(at);
            assert_eq!(decode_pieces(&mut decoder.clone(), &[front, back]), whole, "at {at}: {}", bytes.escape_ascii());
        }
    }
    whole
}

fn chunked(bytes: impl AsRef<[u8]>) -> Result<Option<Body>, BodyError> {
    decode_limited(BodyLength::Chunked, bytes.as_ref(), &Limits::default())
}

fn complete(bytes: impl AsRef<[u8]>) -> Body {
    let bytes = bytes.as_ref();
    match chunked(bytes) {
        Ok(Some(body)) => body,
        other => panic!("{other:?}: {}", bytes.escape_ascii()),
    }
}

#[test]
fn bodies_end_where_their_length_says() {
    let limits = Limits::default();
    for (length, bytes, content) in [
        (BodyLength::None, "GET /", Some("")),
        (BodyLength::Exact(0), "GET /", Some("")),
        (BodyLength::Exact(5), "helloGET /", Some("hello")),
        (BodyLength::Exact(5), "hell", None),
        (BodyLength::UntilClose, "hello", None),
    ] {
        let body = decode_limited(length, bytes.as_bytes(), &limits).expect("no syntax to break");
        let expected = content.map(|content| Body { content: content.into(), trailers: vec![], len: content.len() });
        assert_eq!(body, expected, "{length:?}");
    }
}

#[test]
fn well_formed_chunks_are_joined() {
    for (bytes, content, trailers) in [
        ("0\r\n\r\n", "", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n", "hello, world", ""),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", ""),
        ("A\r\n0123456789\r\n00\r\n\r\n", "0123456789", ""),
        ("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello", ""),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", ""),
        ("5;a\r\nhello\r\n0;b\r\n\r\n", "hello", ""),
        ("5;a=b;c;d=\"e;\\\"\t\u{e9} f\";g\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("0\r\nX-Sum: 1\r\n\r\n", "", "X-Sum: 1\r\n"),
        ("0\r\nX-Sum:  1 \r\nHost: b\r\ngrpc-status: 0\r\n\r\n", "", "X-Sum:  1 \r\ngrpc-status: 0\r\n"),
    ] {
        let body = complete(format!("{bytes}GET /"));
        let expected = Body { content: content.into(), trailers: trailers.into(), len: bytes.len() };
        assert_eq!(body, expected, "{bytes:?}");
    }
}

#[test]
fn broken_chunks_are_refused() {
    use BodyError as E;
    for (bytes, expected) in [
        ("\r\n", E::ChunkSize),
        ("\n", E::ChunkSize),
        (" 5\r\n", E::ChunkSize),
        ("5 \r\n", E::ChunkSize),
        ("5\t;a\r\n", E::ChunkSize),
        ("0x5\r\n", E::ChunkSize),
        ("+5\r\n", E::ChunkSize),
        ("-5\r\n", E::ChunkSize),
        ("0_5\r\n", E::ChunkSize),
        ("0 5\r\n", E::ChunkSize),
        ("g\r\n", E::ChunkSize),
        ("5,\r\n", E::ChunkSize),
        ("5\0\r\n", E::ChunkSize),
        ("10000000000000005\r\n", E::ChunkSizeTooLong),
        ("00000000000000005\r\n", E::ChunkSizeTooLong),
        ("5\nhello", E::ChunkLineEnd),
        ("5\rhello", E::ChunkLineEnd),
        ("5\r\r\nhello", E::ChunkLineEnd),
        ("5;a\nhello", E::ChunkLineEnd),
        ("5;a\rb\r\n", E::ChunkLineEnd),
        ("5;a=\"b\nc\"\r\n", E::ChunkLineEnd),
        ("5;\r\n", E::ChunkExtension),
        ("5;;a\r\n", E::ChunkExtension),
        ("5; a\r\n", E::ChunkExtension),
        ("5;a \r\n", E::ChunkExtension),
        ("5;=a\r\n", E::ChunkExtension),
        ("5;a=\r\n", E::ChunkExtension),
        ("5;a=;b\r\n", E::ChunkExtension),
        ("5;a=b=c\r\n", E::ChunkExtension),
        ("5;a=\"b\"c\r\n", E::ChunkExtension),
        ("5;a=\"b\r\n", E::ChunkExtension),
        ("5;a=\"\0\"\r\n", E::ChunkExtension),
        ("5;a=\"\\\0\"\r\n", E::ChunkExtension),
        ("5;a\0b\r\n", E::ChunkExtension),
        ("5;(\r\n", E::ChunkExtension),
        ("5\r\nhello\n0\r\n\r\n", E::ChunkLineEnd),
        ("5\r\nhello\r0\r\n\r\n", E::ChunkLineEnd),
        ("5\r\nhello0\r\n\r\n", E::ChunkLineEnd),
        ("3\r\nhello\r\n0\r\n\r\n", E::ChunkLineEnd),
        ("5\r\nhello\r\n\r\n", E::ChunkSize),
    ] {
        assert_eq!(chunked(bytes), Err(expected), "{bytes:?}");
    }
    assert_eq!(chunked("ffffffffffffffff\r\nhello"), Ok(None));
}

#[test]
fn broken_trailers_are_refused() {
    use FieldError as F;
    for (trailers, expected) in [
        ("\n", F::BareLf),
        ("A: b\nC: d\r\n\r\n", F::BareLf),
        ("A: b\rC: d\r\n\r\n", F::BareCr),
        ("\r\r\n", F::NameInvalid),
        ("nothing\r\n\r\n", F::NameInvalid),
        (": b\r\n\r\n", F::NameMissing),
        ("A : b\r\n\r\n", F::NameInvalid),
        ("A: b\r\n c\r\n\r\n", F::Folded),
        ("A: b\0\r\n\r\n", F::ValueInvalid),
        ("Transfer_Encoding: chunked\r\n\r\n", F::Lookalike),
    ] {
        assert_eq!(chunked(format!("0\r\n{trailers}")), Err(BodyError::Trailer(expected)), "{trailers:?}");
    }
}

#[test]
fn trailers_that_frame_route_or_authorise_are_dropped() {
    for name in [
        "Content-Length",
        "Transfer-Encoding",
        "Host",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "Set-Cookie",
        "Content-Type",
        "Content-Encoding",
        "Content-Range",
        "Cache-Control",
        "Expect",
        "Range",
        "If-Match",
        "Location",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X_Forwarded_For",
        "Forwarded",
        "X-Original-URL",
        "Ocp-Apim-Subscription-Key",
        "Max-Forwards",
    ] {
        let body = complete(format!("0\r\nA: 1\r\n{name}: 7\r\nETag: x\r\n\r\n"));
        assert_eq!(body.trailers, b"A: 1\r\nETag: x\r\n", "{name}");
    }
}

#[test]
fn the_end_of_the_stream_ends_only_close_delimited_bodies() {
    let ends = |length: BodyLength, bytes: &[u8]| {
        let mut decoder = BodyDecoder::new(length);
        decode_pieces(&mut decoder, &[bytes]).expect("well-formed");
        let result = decoder.end_of_stream();
        assert_eq!(decoder.is_done(), result.is_ok());
        result
    };
    assert_eq!(ends(BodyLength::UntilClose, b"hello"), Ok(()));
    assert_eq!(ends(BodyLength::None, b""), Ok(()));
    assert_eq!(ends(BodyLength::Exact(5), b"hello"), Ok(()));
    assert_eq!(ends(BodyLength::Exact(5), b"hell"), Err(BodyError::Truncated));
    assert_eq!(ends(BodyLength::Chunked, b"0\r\n\r\n"), Ok(()));
    for prefix in ["", "5", "5\r\n", "5\r\nhello", "5\r\nhello\r\n", "0\r\n", "0\r\nA: b\r\n"] {
        assert_eq!(ends(BodyLength::Chunked, prefix.as_bytes()), Err(BodyError::Truncated), "{prefix:?}");
    }
}

#[test]
fn the_end_is_reported_together_with_the_last_data() {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked);
    let input = b"5\r\nhello\r\n0\r\n\r\nGET /";
    let decoded = decoder.decode(input).expect("well-formed");
    assert_eq!(decoded, Decoded { consumed: 15, data: Range { start: 3, end: 8 }, done: true });
    assert_eq!(decoder.decode(&input[15..]), Ok(Decoded { consumed: 0, data: Range::default(), done: true }));
}

#[test]
fn a_decoder_begins_anew_after_reset() {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked);
    let _ = decode_pieces(&mut decoder, &[b"5;a=\"\r\n"]);
    decoder.reset(BodyLength::Chunked);
    let body = decode_pieces(&mut decoder, &[b"1\r\nx\r\n0\r\nA: b\r\n\r\n"]).expect("well-formed").expect("complete");
    assert_eq!((&*body.content, &*body.trailers), (&b"x"[..], &b"A: b\r\n"[..]));
    decoder.reset(BodyLength::Exact(3));
    assert_eq!((decoder.remaining(), decoder.trailers()), (Some(3), &b""[..]));
}

#[test]
fn each_limit_holds_at_its_edge() {
    let limits = Limits { chunk_line_bytes: 16, chunk_extension_bytes: 20, trailer_bytes: 12, ..Limits::default() };
    let outcome =
        |bytes: &str| decode_limited(BodyLength::Chunked, bytes.as_bytes(), &limits).map(|body| body.is_some());

    assert_eq!(outcome("0;aaaaaaaaaaaa\r\n\r\n"), Ok(true));
    assert_eq!(outcome("0;aaaaaaaaaaaaa\r\n\r\n"), Err(BodyError::ChunkLineTooLong));

    let chunk = |extension: &str| format!("1{extension}\r\nx\r\n");
    assert_eq!(outcome(&format!("{}{}0\r\n\r\n", chunk(";aaaaaaaaa"), chunk(";aaaaaaaaa"))), Ok(true));
    assert_eq!(
        outcome(&format!("{}{}0\r\n\r\n", chunk(";aaaaaaaaa"), chunk(";aaaaaaaaaa"))),
        Err(BodyError::ChunkExtensionsTooLarge)
    );

    assert_eq!(outcome("0\r\nA: 345678\r\n\r\n"), Err(BodyError::TrailersTooLarge));
    assert_eq!(outcome("0\r\nA: 34567\r\n\r\n"), Ok(true));
}

#[test]
fn data_pays_for_extensions() {
    let limits = Limits { chunk_extension_bytes: 4, ..Limits::default() };
    let data = "x".repeat(64);
    let signed = format!("40;abc\r\n{data}\r\n").repeat(20);
    let outcome = decode_limited(BodyLength::Chunked, format!("{signed}0\r\n\r\n").as_bytes(), &limits);
    assert_eq!(outcome.map(|body| body.map(|body| body.content.len())), Ok(Some(20 * 64)));
    let stingy = "1;abc\r\nx\r\n".repeat(2);
    assert_eq!(
        decode_limited(BodyLength::Chunked, stingy.as_bytes(), &limits),
        Err(BodyError::ChunkExtensionsTooLarge)
    );
}

#[test]
fn encoded_chunks_decode_to_the_same() {
    for len in [1u64, 9, 15, 16, 255, 256, 65_535] {
        let mut bytes = Vec::new();
        crate::encode_chunk_header(len, &mut bytes);
        assert!(bytes.len() <= crate::CHUNK_HEADER_BYTES_MAX);
        bytes.resize(bytes.len() + len as usize, b'x');
        bytes.extend_from_slice(b"\r\n");
        crate::encode_last_chunk(b"A: b\r\n", &mut bytes);
        let mut decoder = BodyDecoder::new(BodyLength::Chunked);
        let body = decode_pieces(&mut decoder, &[&bytes]).expect("well-formed").expect("complete");
        assert_eq!((body.content.len() as u64, &*body.trailers, body.len), (len, &b"A: b\r\n"[..], bytes.len()));
    }
    let mut header = Vec::new();
    crate::encode_chunk_header(u64::MAX, &mut header);
    assert_eq!(header, b"ffffffffffffffff\r\n");
    assert_eq!(header.len(), crate::CHUNK_HEADER_BYTES_MAX);
    header.clear();
    crate::encode_chunk_header(0, &mut header);
    assert!(header.is_empty(), "an empty chunk would end the body");
    crate::encode_last_chunk(b"", &mut header);
    assert_eq!(header, crate::LAST_CHUNK);
}
