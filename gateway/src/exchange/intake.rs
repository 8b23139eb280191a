//! The request's body as far as it was received with the head, and what is known of the rest.
//!
//! What must hold: the next request begins exactly where this body ends; a body that is not read to its end closes the
//! connection.

use postern_http::{BodyDecoder, BodyError, BodyLength, RequestHead};

/// Where the caller's request stands.
#[derive(Debug)]
pub(super) struct Intake<'a> {
    bytes: &'a [u8],
    head_length: usize,
    length: BodyLength,
    state: State,
    /// The caller waits for `100 Continue` before it sends the body.
    expects_continue: bool,
}

#[derive(Debug)]
enum State {
    /// Nothing of the body was looked at.
    Untouched,
    /// The body ends here in the inbox.
    Consumed(usize),
    /// The body was read from the connection to its end; what came after it.
    ReadOn(Vec<u8>),
    /// It was not read to its end.
    Unfinished,
}

/// What becomes of the inbox after the exchange.
#[derive(Debug)]
pub(super) enum Rest {
    /// So many bytes at its start were this request.
    After(usize),
    /// These bytes follow instead.
    Instead(Vec<u8>),
    /// Nobody knows where the next request begins.
    Unknown,
}

impl<'a> Intake<'a> {
    pub(super) fn new(head: &RequestHead, bytes: &'a [u8]) -> Self {
        let state = if head.body == BodyLength::None { State::Consumed(head.len) } else { State::Untouched };
        Self { bytes, head_length: head.len, length: head.body, state, expects_continue: head.expect_continue }
    }

    pub(super) fn length(&self) -> BodyLength {
        self.length
    }

    pub(super) fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// What came with the head and was not consumed.
    pub(super) fn received(&self) -> &'a [u8] {
        self.bytes.get(self.head_length..).unwrap_or_default()
    }

    /// The whole body, if it has a length and came with the head. It is consumed then.
    pub(super) fn take_complete(&mut self) -> Option<&'a [u8]> {
        match (self.length, &self.state) {
            (BodyLength::None, _) => Some(&[]),
            (BodyLength::Exact(length), State::Untouched | State::Consumed(_)) => {
                let length = usize::try_from(length).ok()?;
                let body = self.received().get(..length)?;
                self.state = State::Consumed(self.head_length + length);
                Some(body)
            }
            _ => None,
        }
    }

    /// Whether the body went on to somebody else who read it from the connection: it cannot be had a second time.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state, State::ReadOn(_) | State::Unfinished)
    }

    /// The body is read elsewhere from now on.
    pub(super) fn hand_over(&mut self) {
        self.state = State::Unfinished;
    }

    /// The body was read to its end; `left_over` followed it.
    pub(super) fn finish(&mut self, left_over: Vec<u8>) {
        self.state = State::ReadOn(left_over);
    }

    /// Skips a body that nobody wanted, if that needs no further reading.
    pub(super) fn skip(&mut self) -> Result<bool, BodyError> {
        if !matches!(self.state, State::Untouched) {
            return Ok(!matches!(self.state, State::Unfinished));
        }
        // A caller that waits for our word has sent nothing yet, whatever we find.
        let received = self.received();
        let mut decoder = BodyDecoder::new(self.length);
        let mut position = 0;
        loop {
            let decoded = decoder.decode(received.get(position..).unwrap_or_default())?;
            position += decoded.consumed;
            if decoded.done {
                self.state = State::Consumed(self.head_length + position);
                return Ok(true);
            }
            if position >= received.len() {
                self.state = State::Unfinished;
                return Ok(false);
            }
        }
    }

    pub(super) fn rest(self) -> Rest {
        match self.state {
            State::Consumed(length) => Rest::After(length),
            State::ReadOn(left_over) => Rest::Instead(left_over),
            State::Untouched | State::Unfinished => Rest::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use postern_http::{Limits, Parsed};

    use super::*;

    fn head_of(bytes: &[u8]) -> RequestHead {
        let mut head = RequestHead::default();
        assert_eq!(head.parse(bytes, &Limits::default()), Ok(Parsed::Complete));
        head
    }

    /// The head with this field, what follows it, and where the next request begins after the body was skipped.
    fn skipped(field: &str, after: &str) -> (Result<bool, BodyError>, Option<String>) {
        let bytes = format!("POST / HTTP/1.1\r\nHost: a\r\n{field}\r\n{after}");
        let mut intake = Intake::new(&head_of(bytes.as_bytes()), bytes.as_bytes());
        let skipped = intake.skip();
        let next = match intake.rest() {
            Rest::After(length) => Some(bytes[length..].to_owned()),
            Rest::Instead(left_over) => Some(String::from_utf8(left_over).unwrap()),
            Rest::Unknown => None,
        };
        (skipped, next)
    }

    #[test]
    fn the_next_request_begins_where_the_body_ends() {
        for (field, after, next) in [
            ("", "GET /b", "GET /b"),
            ("Content-Length: 3\r\n", "abcGET /b", "GET /b"),
            ("Content-Length: 0\r\n", "GET /b", "GET /b"),
            ("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\nGET /b", "GET /b"),
        ] {
            assert_eq!(skipped(field, after), (Ok(true), Some(next.to_owned())), "{field}{after}");
        }
    }

    #[test]
    fn a_body_that_is_not_here_yet_leaves_the_next_request_unknown() {
        for (field, after) in [
            ("Content-Length: 4\r\n", "abc"),
            ("Content-Length: 4\r\n", ""),
            ("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n"),
        ] {
            assert_eq!(skipped(field, after), (Ok(false), None), "{field}{after}");
        }
    }

    #[test]
    fn a_malformed_body_leaves_the_next_request_unknown() {
        let (result, next) = skipped("Transfer-Encoding: chunked\r\n", "x\r\nGET /b");
        assert!(result.is_err());
        assert_eq!(next, None);
    }

    #[test]
    fn a_complete_body_is_taken_once_and_ends_the_request() {
        let bytes = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET";
        let mut intake = Intake::new(&head_of(bytes), bytes);
        assert_eq!(intake.take_complete(), Some(b"abc".as_slice()));
        assert!(matches!(intake.rest(), Rest::After(length) if &bytes[length..] == b"GET"));
    }

    #[test]
    fn a_body_is_gone_once_it_was_read_on_from_the_connection() {
        let bytes = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabc";
        let mut intake = Intake::new(&head_of(bytes), bytes);
        assert!(!intake.is_gone());
        intake.hand_over();
        assert!(intake.is_gone());
        intake.finish(b"GET".to_vec());
        assert!(intake.is_gone());
        let bytes = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        let mut intake = Intake::new(&head_of(bytes), bytes);
        assert_eq!((intake.take_complete(), intake.is_gone()), (Some(b"abc".as_slice()), false));
    }

    #[test]
    fn an_incomplete_body_is_not_taken() {
        let bytes = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabc";
        assert_eq!(Intake::new(&head_of(bytes), bytes).take_complete(), None);
    }
}
