//! The pass-through path allocates nothing once its buffers have grown: parse, edit, rewrite, decode, answer.
#![allow(unsafe_code, reason = "a global allocator cannot be written without; it only counts and passes on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use postern_http::{
    Authority, BodyDecoder, BodyLength, ConnectionHeader, ForwardHeaders, HeaderEdits, Limits, LocalResponse, Method,
    Parsed, RequestHead, RequestLine, ResponseFraming, ResponseHead, Trust, encode_chunk_header, write_local_response,
    write_request_head, write_response_head,
};

thread_local! {
    /// Per thread, so that the test runner's own threads do not count.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `alloc` or `realloc` above, hence from the system allocator.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as for `alloc` and `dealloc`.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const REQUEST: &[u8] = b"POST /echo/resource?param1=sample HTTP/1.1\r\nHost: api.example\r\nUser-Agent: curl/8.5.0\r\n\
    Accept: */*\r\nAccept-Encoding: gzip, br\r\nOcp-Apim-Subscription-Key: 0123456789abcdef0123456789abcdef\r\n\
    Content-Type: application/json\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: keep-alive, x-custom\r\nX-Custom: 1\r\n\
    Transfer-Encoding: chunked\r\n\r\n";
const BODY: &[u8] = b"5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 04:00:00 GMT\r\nServer: origin\r\n\
    Content-Type: application/json\r\nX-Powered-By: something\r\nContent-Length: 1024\r\n\r\n";

/// Everything one connection keeps between exchanges.
struct Exchange {
    request: RequestHead,
    response: ResponseHead,
    edits: HeaderEdits,
    decoder: BodyDecoder,
    out: Vec<u8>,
}

impl Exchange {
    fn new() -> Self {
        Self {
            request: RequestHead::default(),
            response: ResponseHead::default(),
            edits: HeaderEdits::default(),
            decoder: BodyDecoder::new(BodyLength::None),
            out: Vec::new(),
        }
    }

    fn run(&mut self) {
        let limits = Limits::default();
        self.out.clear();
        // In two pieces: a partial head costs nothing either.
        assert_eq!(self.request.parse(&REQUEST[..100], &limits), Ok(Parsed::Partial));
        assert_eq!(self.request.parse(REQUEST, &limits), Ok(Parsed::Complete));
        self.edits.clear();
        self.edits.set(b"X-Policy", b"on").expect("valid");
        self.edits.remove(b"User-Agent").expect("valid");
        self.edits.remove(b"X-Unknown").expect("valid");
        let line = RequestLine { method: b"POST", path_and_query: b"/resource?param1=sample" };
        let forward = ForwardHeaders {
            host: Authority::of(b"127.0.0.1:8000").expect("valid"),
            body: BodyLength::Chunked,
            expect_continue: false,
            upgrade: false,
            forwarded_for: Some(b"127.0.0.1"),
            forwarded_proto: Some(b"http"),
            forwarded_host: Some(b"api.example"),
            trust: Trust::Replace,
        };
        write_request_head(&mut self.out, REQUEST, &self.request, &line, &self.edits, &forward).expect("valid");
        self.decoder.reset(BodyLength::Chunked);
        let decoded = self.decoder.decode(BODY).expect("well-formed");
        assert!(decoded.done);
        encode_chunk_header(decoded.data.len() as u64, &mut self.out);

        assert_eq!(self.response.parse(RESPONSE, Method::Post, &limits), Ok(Parsed::Complete));
        self.edits.clear();
        self.edits.remove(b"X-Powered-By").expect("valid");
        let framing = ResponseFraming {
            status: self.response.status,
            reason: self.response.reason.of(RESPONSE),
            body: self.response.body,
            tells_length: true,
            connection: ConnectionHeader::Implicit,
        };
        write_response_head(&mut self.out, RESPONSE, &self.response, &self.edits, &framing).expect("valid");
        let local = LocalResponse {
            status: 404,
            reason: b"",
            headers: &[(b"Content-Type", b"application/json")],
            edits: &self.edits,
            body: b"{ \"statusCode\": 404 }",
            head_only: false,
            tells_length: true,
            connection: ConnectionHeader::Close,
        };
        write_local_response(&mut self.out, &local).expect("valid");
    }
}

#[test]
fn an_exchange_on_a_kept_connection_allocates_nothing() {
    let mut exchange = Exchange::new();
    exchange.run();
    let first = exchange.out.clone();
    let before = ALLOCATIONS.get();
    for _ in 0..100 {
        exchange.run();
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
    assert_eq!(exchange.out, first);
}

#[test]
fn the_first_head_of_a_connection_allocates_nothing() {
    let before = ALLOCATIONS.get();
    let mut head = RequestHead::default();
    assert_eq!(head.parse(REQUEST, &Limits::default()), Ok(Parsed::Complete));
    assert_eq!(ALLOCATIONS.get() - before, 0);
}
