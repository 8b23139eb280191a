//! Messages that follow each other on one connection, cut anywhere, come out one by one and unmixed.

use postern_http::{BodyDecoder, BodyLength, Limits, Method, Parsed, RequestHead, ResponseHead};

/// One side of a connection as a caller keeps it: what was read and not dealt with.
#[derive(Default)]
struct Input {
    buffer: Vec<u8>,
    /// Bytes still to arrive, last piece first.
    pieces: Vec<Vec<u8>>,
}

impl Input {
    /// Cuts `bytes` into pieces of these lengths, over and over.
    fn cut(bytes: &[u8], lengths: &[usize]) -> Self {
        let mut rest = bytes;
        let mut pieces = Vec::new();
        for &len in lengths.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at(len.min(rest.len()));
            pieces.push(piece.to_vec());
            rest = behind;
        }
        pieces.reverse();
        Self { buffer: Vec::new(), pieces }
    }

    /// Reads more behind what is there; `false` at the end.
    fn read(&mut self) -> bool {
        let piece = self.pieces.pop();
        self.buffer.extend_from_slice(piece.as_deref().unwrap_or_default());
        piece.is_some()
    }

    /// Reads the body that is next in the buffer, and takes it out.
    fn body(&mut self, length: BodyLength) -> Vec<u8> {
        let mut decoder = BodyDecoder::new(length);
        let mut content = Vec::new();
        loop {
            let decoded = decoder.decode(&self.buffer).expect("well-formed");
            content.extend_from_slice(decoded.data.of(&self.buffer));
            self.buffer.drain(..decoded.consumed);
            if decoded.done {
                return content;
            }
            if self.buffer.is_empty() && !self.read() {
                decoder.end_of_stream().expect("only a close-delimited body ends like this");
                return content;
            }
        }
    }
}

const CUTS: &[&[usize]] = &[&[1], &[2], &[3, 1], &[7], &[5, 64, 1], &[100], &[100_000]];

#[test]
fn pipelined_requests_come_out_in_order() {
    let messages = [
        ("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", "/1", ""),
        ("POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nGET /no HTTP", "/2", "GET /no HTTP"),
        (
            "\r\nPOST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbo\r\n\r\n2;x\r\ndy\r\n0\r\nT: 1\r\n\r\n",
            "/3",
            "bo\r\ndy",
        ),
        ("PUT /4 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "/4", ""),
        ("DELETE /5 HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n\n", "/5", "\n"),
    ];
    let bytes = messages.map(|(bytes, ..)| bytes).concat();
    for cuts in CUTS {
        let mut input = Input::cut(bytes.as_bytes(), cuts);
        let mut head = RequestHead::default();
        for (_, path, body) in messages {
            while head.parse(&input.buffer, &Limits::default()).expect("well-formed") == Parsed::Partial {
                assert!(input.read(), "{path} is there");
            }
            assert_eq!(head.path.of(&input.buffer), path.as_bytes(), "{cuts:?}");
            input.buffer.drain(..head.len);
            assert_eq!(input.body(head.body), body.as_bytes(), "{path} {cuts:?}");
        }
        assert!(input.buffer.is_empty() && !input.read(), "{cuts:?}");
    }
}

#[test]
fn responses_are_told_apart_by_the_requests_they_answer() {
    let messages = [
        (Method::Head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, ""),
        (Method::Get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
        (Method::Post, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, ""),
        (Method::Get, "HTTP/1.1 201 x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 201, "x"),
        (Method::Get, "HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        (Method::Get, "HTTP/1.0 200 OK\r\n\r\nuntil the\r\n\r\nend", 200, "until the\r\n\r\nend"),
    ];
    let bytes = messages.map(|(_, bytes, ..)| bytes).concat();
    for cuts in CUTS {
        let mut input = Input::cut(bytes.as_bytes(), cuts);
        let mut head = ResponseHead::default();
        for (method, _, status, body) in messages {
            while head.parse(&input.buffer, method, &Limits::default()).expect("well-formed") == Parsed::Partial {
                assert!(input.read(), "{status} is there");
            }
            assert_eq!(head.status, status, "{cuts:?}");
            input.buffer.drain(..head.len);
            assert_eq!(input.body(head.body), body.as_bytes(), "{status} {cuts:?}");
        }
        assert!(input.buffer.is_empty() && !head.keep_alive, "{cuts:?}");
    }
}
