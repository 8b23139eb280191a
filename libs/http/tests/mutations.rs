//! Seeded mutations of valid messages, judged by naive readers that share no code with the codec.
//!
//! A mutated message may be refused or accepted; what is accepted must mean the same to every reader, must lie inside the
//! buffer, and must be rewritten to something that means the same again.

use postern_http::{
    Authority, BodyDecoder, BodyLength, ForwardHeaders, HeaderEdits, Limits, Method, Parsed, Range, RequestHead,
    RequestLine, ResponseHead, Trust, is_token, write_request_head,
};

const REQUESTS: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET http://b.example:81/p?q HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
    "POST /a HTTP/1.1\r\nHost: a\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "POST /a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
    "PUT /a HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close, x-a\r\nX-A: 1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n1",
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: a=b; c=d\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
];

const RESPONSES: &[&str] = &[
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n",
    "HTTP/1.0 404 Not Found\r\nSet-Cookie: a\r\n\r\nhello",
];

const CHUNKS: &[&str] = &[
    "5\r\nhello\r\n0\r\n\r\nGET /",
    "3;a=b\r\nabc\r\nA;c=\"d\\\"e\"\r\n0123456789\r\n0;f\r\nX-A: b\r\nX-B: c\r\n\r\nGET /",
    "00001\r\nx\r\n2\r\n\r\n\r\n000\r\n\r\n",
];

/// What attackers and broken senders put into messages.
const FRAGMENTS: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\0",
    b"\t",
    b" ",
    b":",
    b",",
    b";",
    b"\"",
    b"\x0b",
    b"\x7f",
    b"\x80",
    b"#",
    b"_",
    b"0",
    b"5",
    b"+",
    b"chunked",
    b"identity",
    b"Transfer-Encoding: chunked\r\n",
    b"transfer-encoding:chunked\r\n",
    b"Content-Length: 5\r\n",
    b"content-length: 6\r\n",
    b"Transfer_Encoding: chunked\r\n",
    b"Host: b\r\n",
    b"\r\n ",
    b" :",
    b"Connection: content-length, host\r\n",
    b"HTTP/1.0",
    b"HTTP/1.1",
    b"Content-Length",
    b"Transfer-Encoding",
];

/// xorshift64*: the same sequence on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

fn mutate(random: &mut Random, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        let until = bytes.len().min(at + 1 + random.below(4));
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] = random.next() as u8,
            1 => drop(bytes.drain(at..until)),
            2 => bytes.truncate(at.max(1)),
            3 => {
                let line_end =
                    bytes[at..].windows(2).position(|pair| pair == b"\r\n").map_or(bytes.len(), |end| at + end + 2);
                let line = bytes[at..line_end].to_vec();
                bytes.splice(at..at, line);
            }
            _ => drop(bytes.splice(at..at, random.pick(FRAGMENTS).iter().copied())),
        }
    }
    bytes
}

/// Runs `check` on mutations of the seeds.
fn for_mutations(seeds: &[&str], count: usize, mut check: impl FnMut(&[u8], &mut Random)) {
    let mut random = Random(0x5EED_0001);
    for _ in 0..count {
        let seed = random.pick(seeds).as_bytes();
        let bytes = mutate(&mut random, seed);
        check(&bytes, &mut random);
    }
}

/// A deliberately loose reader: lines end at any LF, names lose every invisible byte, `_` counts as `-`. Whatever
/// some server somewhere takes for a framing field, this one does too.
fn loose_fields(head: &[u8]) -> Vec<(String, String)> {
    let lines = head.split(|byte| matches!(byte, b'\n' | b'\r')).skip(1).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
            let name = line[..colon].iter().filter(|byte| byte.is_ascii_graphic());
            let name = name.map(|byte| char::from(byte.to_ascii_lowercase()).to_string().replace('_', "-")).collect();
            (name, String::from_utf8_lossy(&line[(colon + 1).min(line.len())..]).trim_matches([' ', '\t']).to_owned())
        })
        .collect()
}

fn values<'a>(fields: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    fields.iter().filter(|(field, _)| field == name).map(|(_, value)| &**value).collect()
}

/// The framing of an accepted head is what the loosest reader would find.
fn assert_unambiguous(head: &[u8], body: BodyLength, without_declaration: &[BodyLength]) {
    let shown = head.escape_ascii();
    assert!(head.ends_with(b"\r\n\r\n"), "{shown}");
    for (at, byte) in head.iter().enumerate() {
        match byte {
            b'\r' => assert_eq!(head[at + 1], b'\n', "{shown}"),
            b'\n' => assert_eq!(head[at - 1], b'\r', "{shown}"),
            _ => assert!(*byte == b'\t' || *byte >= b' ' && *byte != 0x7f, "{shown}"),
        }
    }
    let start = if head.starts_with(b"\r\n") { 2 } else { 0 };
    let end = head.windows(4).position(|window| window == b"\r\n\r\n").expect("just seen");
    assert_eq!(end + 4, head.len(), "one head only: {shown}");
    let fields = loose_fields(&head[start..]);
    match (&*values(&fields, "transfer-encoding"), &*values(&fields, "content-length")) {
        ([], []) => assert!(without_declaration.contains(&body), "{body:?} {shown}"),
        ([], [length]) => {
            assert!(length.bytes().all(|byte| byte.is_ascii_digit()), "{shown}");
            let exact = BodyLength::Exact(length.parse().expect("digits"));
            assert!(body == exact || body == BodyLength::None && without_declaration.len() > 1, "{body:?} {shown}");
        }
        ([coding], []) => {
            assert!(coding.eq_ignore_ascii_case("chunked"), "{shown}");
            assert!(
                body == BodyLength::Chunked || body == BodyLength::None && without_declaration.len() > 1,
                "{shown}"
            );
        }
        both => panic!("{both:?} accepted: {shown}"),
    }
}

fn assert_inside(buffer: &[u8], ranges: impl IntoIterator<Item = Range>) {
    for range in ranges {
        assert!(range.start <= range.end && range.end as usize <= buffer.len(), "{range:?} in {}", buffer.len());
    }
}

/// What we accept, httparse accepts too, and finds the same pieces.
fn assert_same_as_httparse(bytes: &[u8], head: &RequestHead) {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let shown = bytes.escape_ascii();
    assert_eq!(request.parse(bytes), Ok(httparse::Status::Complete(head.len)), "{shown}");
    assert_eq!(request.method.map(str::as_bytes), Some(head.method_range.of(bytes)), "{shown}");
    assert_eq!(request.path.map(str::as_bytes), Some(head.target_range.of(bytes)), "{shown}");
    let theirs = request.headers.iter().map(|header| (header.name.as_bytes(), header.value.trim_ascii()));
    let ours = head.headers.iter().map(|header| (header.name.of(bytes), header.value.of(bytes)));
    assert!(ours.eq(theirs), "{shown}");
}

/// The head rewritten for a backend is accepted again and means the same.
fn assert_rewritten(bytes: &[u8], head: &RequestHead) {
    let target: &[u8] = if head.path.is_empty() { b"*" } else { head.path.of(bytes) };
    let line = RequestLine { method: head.method_range.of(bytes), path_and_query: target };
    let forward = ForwardHeaders {
        host: Authority::of(b"origin:80").expect("valid"),
        body: head.body,
        expect_continue: head.expect_continue,
        upgrade: head.upgrade,
        forwarded_for: Some(b"10.0.0.1"),
        forwarded_proto: Some(b"http"),
        forwarded_host: None,
        trust: Trust::Replace,
    };
    let mut out = Vec::new();
    write_request_head(&mut out, bytes, head, &line, &HeaderEdits::default(), &forward).expect("accepted, so writable");
    if head.method == Method::Connect || (target == b"*" && head.method != Method::Options) {
        return; // The gateway does not forward these.
    }
    let mut again = RequestHead::default();
    assert_eq!(again.parse(&out, &Limits::default()), Ok(Parsed::Complete), "{}", out.escape_ascii());
    let before = (head.body, head.expect_continue, head.upgrade);
    assert_eq!((again.len, (again.body, again.expect_continue, again.upgrade)), (out.len(), before));
    assert_unambiguous(&out, head.body, &[BodyLength::None]);
}

#[test]
fn mutated_requests_mean_one_thing_or_are_refused() {
    let limits = Limits::default();
    let (mut head, mut split) = (RequestHead::default(), RequestHead::default());
    let (mut accepted, mut refused) = (0, 0);
    for_mutations(REQUESTS, 60_000, |bytes, random| {
        let result = head.parse(bytes, &limits);
        split.reset();
        let front = split.parse(&bytes[..random.below(bytes.len() + 1)], &limits);
        let halves = if front == Ok(Parsed::Partial) { split.parse(bytes, &limits) } else { front };
        assert_eq!(halves, result, "{}", bytes.escape_ascii());
        match result {
            Ok(Parsed::Complete) => accepted += 1,
            Ok(Parsed::Partial) => return head.reset(),
            Err(error) => {
                refused += 1;
                assert!(matches!(error.status(), 400 | 414 | 417 | 431 | 501 | 505), "{error:?}");
                return;
            }
        }
        assert!(head.len <= bytes.len() && split.len == head.len && split.body == head.body);
        assert_inside(bytes, [head.method_range, head.target_range, head.authority, head.path, head.query]);
        assert_inside(bytes, head.headers.iter().flat_map(|header| [header.name, header.value]));
        assert!(head.headers.iter().all(|header| is_token(header.name.of(bytes))));
        assert_unambiguous(&bytes[..head.len], head.body, &[BodyLength::None]);
        assert_same_as_httparse(bytes, &head);
        assert_rewritten(bytes, &head);
    });
    assert!(accepted > 5_000 && refused > 5_000, "the mutations reach both sides: {accepted} {refused}");
}

#[test]
fn mutated_responses_mean_one_thing_or_are_refused() {
    let limits = Limits::default();
    let mut head = ResponseHead::default();
    let mut accepted = 0;
    for_mutations(RESPONSES, 40_000, |bytes, random| {
        let method = [Method::Get, Method::Head][random.below(2)];
        match head.parse(bytes, method, &limits) {
            Ok(Parsed::Complete) => accepted += 1,
            Ok(Parsed::Partial) => return head.reset(),
            Err(_) => return,
        }
        assert_inside(bytes, head.headers.iter().flat_map(|header| [header.name, header.value]).chain([head.reason]));
        assert!((100..=999).contains(&head.status));
        assert!(head.body != BodyLength::UntilClose || !head.keep_alive);
        assert_unambiguous(&bytes[..head.len], head.body, &[BodyLength::None, BodyLength::UntilClose]);
    });
    assert!(accepted > 4_000, "{accepted}");
}

/// The chunked coding read in the plainest way, over the whole input; `None` when it is broken or unfinished.
fn plain_chunks(mut input: &[u8]) -> Option<(Vec<u8>, usize)> {
    let whole = input.len();
    let mut content = Vec::new();
    loop {
        let line_end = input.windows(2).position(|pair| pair == b"\r\n")?;
        let line = &input[..line_end];
        let digits = line.split(|&byte| byte == b';').next()?;
        if digits.is_empty() || digits.len() > 16 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let size = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        input = &input[line_end + 2..];
        if size == 0 {
            break;
        }
        let size = usize::try_from(size).ok().filter(|&size| size <= input.len())?;
        content.extend_from_slice(&input[..size]);
        input = input[size..].strip_prefix(b"\r\n")?;
    }
    loop {
        let line_end = input.windows(2).position(|pair| pair == b"\r\n")?;
        input = &input[line_end + 2..];
        if line_end == 0 {
            return Some((content, whole - input.len()));
        }
    }
}

#[test]
fn mutated_chunks_end_where_the_plain_reader_says_or_are_refused() {
    let mut accepted = 0;
    for_mutations(CHUNKS, 60_000, |bytes, random| {
        let mut decoder = BodyDecoder::new(BodyLength::Chunked);
        let (mut position, mut content) = (0, Vec::new());
        while position < bytes.len() && !decoder.is_done() {
            // Pieces of random length, at least one byte.
            let piece = &bytes[position..bytes.len().min(position + 1 + random.below(12))];
            let Ok(decoded) = decoder.decode(piece) else { return };
            assert!(decoded.consumed <= piece.len() && (decoded.consumed > 0 || decoded.done));
            assert_inside(piece, [decoded.data]);
            content.extend_from_slice(decoded.data.of(piece));
            position += decoded.consumed;
        }
        if !decoder.is_done() {
            return;
        }
        accepted += 1;
        assert_eq!(plain_chunks(bytes), Some((content, position)), "{}", bytes.escape_ascii());
        for line in decoder.trailers().split_inclusive(|&byte| byte == b'\n') {
            assert!(line.ends_with(b"\r\n") && line.contains(&b':'), "{}", line.escape_ascii());
        }
    });
    assert!(accepted > 5_000, "{accepted}");
}
