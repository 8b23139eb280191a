//! Response heads (RFC 9112 §4): what a backend answers. As strict as the request side, because a backend may be hostile
//! or broken and its connection is shared by all callers; an error becomes 502 and the connection is closed.

use thiserror::Error;

use crate::connection::read_options;
use crate::fields::{FieldError, Window, parse_fields};
use crate::message::{VersionError, parse_version};
use crate::scan::value_len;
use crate::status::{forbids_framing, has_no_body};
use crate::{BodyLength, FramingError, Headers, Limits, Method, Parsed, Range, Version, framing};

/// A response head: ranges into the buffer it was parsed from, and what they mean. Reuse one per connection.
#[derive(Clone, Debug, Default)]
pub struct ResponseHead {
    /// Status code, 100 to 999.
    pub status: u16,
    /// Reason phrase, possibly empty.
    pub reason: Range,
    /// The version.
    pub version: Version,
    /// The header fields.
    pub headers: Headers,
    /// How the body is delimited, given the method of the request.
    pub body: BodyLength,
    /// Whether the connection may carry another request once the body has been read.
    pub keep_alive: bool,
    /// Length of the head in bytes.
    pub len: usize,
    /// Where parsing goes on; 0 before the status line is complete.
    position: usize,
}

/// Why a response is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{}", self.reason())]
pub enum ResponseError {
    /// The status line is not `HTTP/1.x SP status [SP reason] CRLF`.
    StatusLine,
    /// A version of HTTP that is not spoken here.
    VersionUnsupported,
    /// The status is not three digits from 100 on.
    Status,
    /// The header section is broken or too large.
    Field(FieldError),
    /// The framing cannot be trusted.
    Framing(FramingError),
}

impl ResponseError {
    /// What is wrong, for a log.
    pub fn reason(self) -> &'static str {
        match self {
            Self::StatusLine => "invalid status line",
            Self::VersionUnsupported => "HTTP version not supported",
            Self::Status => "invalid status code",
            Self::Field(error) => error.reason(),
            Self::Framing(error) => error.reason(),
        }
    }
}

impl From<FieldError> for ResponseError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<VersionError> for ResponseError {
    fn from(error: VersionError) -> Self {
        match error {
            VersionError::Invalid => Self::StatusLine,
            VersionError::Unsupported => Self::VersionUnsupported,
        }
    }
}

impl ResponseHead {
    /// Parses the head at the start of `buffer`, the answer to a request with `request_method`.
    ///
    /// After `Partial`, call again with the same bytes and more behind them. After `Complete` or an error the next call
    /// begins a new head: first the interim responses, then the final one. Call [`ResponseHead::reset`] when a connection
    /// ended within a head: the rest of that head must not be looked for in what another connection brings.
    ///
    /// # Errors
    /// The first reason to refuse the response, in the order of its bytes.
    pub fn parse(&mut self, buffer: &[u8], request_method: Method, limits: &Limits) -> Result<Parsed, ResponseError> {
        let result = self.advance(buffer, request_method, limits);
        if result != Ok(Parsed::Partial) {
            self.reset();
        }
        result
    }

    /// Gives up a head of which only a part was read; the next [`ResponseHead::parse`] begins a new one.
    pub fn reset(&mut self) {
        self.position = 0;
    }

    /// Whether another response follows for the same request (RFC 9110 §15.2). 101 is final: it ends HTTP here.
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    fn advance(&mut self, buffer: &[u8], method: Method, limits: &Limits) -> Result<Parsed, ResponseError> {
        if self.position == 0 || buffer.len() < self.position {
            self.position = 0;
            self.headers.clear();
            let Some(len) = self.parse_status_line(Window::at(buffer, 0, limits))? else { return Ok(Parsed::Partial) };
            self.position = len;
        }
        if !parse_fields(buffer, &mut self.position, &mut self.headers, limits)? {
            return Ok(Parsed::Partial);
        }
        self.len = self.position;
        self.interpret(buffer, method)?;
        Ok(Parsed::Complete)
    }

    /// Reads the status line; its length, or `None` when it is incomplete. The space before an empty reason phrase is
    /// required by RFC 9112 §4 and left out by so many servers that we do not insist.
    fn parse_status_line(&mut self, window: Window<'_>) -> Result<Option<usize>, ResponseError> {
        let line = window.bytes;
        let Some((version, version_len)) = parse_version(line)? else { return window.unfinished() };
        let code_start = version_len + 1;
        let reason_start = code_start + 3;
        match line.get(version_len) {
            None => return window.unfinished(),
            Some(b' ') => {}
            Some(_) => return Err(ResponseError::StatusLine),
        }
        let code = line.get(code_start..line.len().min(reason_start)).unwrap_or_default();
        if !code.iter().all(u8::is_ascii_digit) || code.first() == Some(&b'0') {
            return Err(ResponseError::Status);
        }
        if code.len() < 3 {
            return window.unfinished();
        }
        let reason_range = match line.get(reason_start) {
            Some(b' ') => {
                let start = reason_start + 1;
                Range::new(start, start + value_len(line.get(start..).unwrap_or_default()))
            }
            _ => Range::new(reason_start, reason_start),
        };
        let Some(len) = window.line_end(reason_range.end as usize, ResponseError::StatusLine)? else { return Ok(None) };
        self.version = version;
        self.status = code.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
        self.reason = reason_range;
        Ok(Some(len))
    }

    /// Decides what the complete head means: RFC 9112 §6.3, in its order.
    fn interpret(&mut self, buffer: &[u8], method: Method) -> Result<(), ResponseError> {
        let declared = framing::declared(buffer, &self.headers, self.version).map_err(ResponseError::Framing)?;
        let options = read_options(buffer, &mut self.headers);
        // Nothing depends on an option we cannot read but the connection's future.
        self.keep_alive =
            !options.close && !options.malformed && (self.version == Version::Http11 || options.keep_alive);

        if forbids_framing(self.status) && !matches!(declared, None | Some(BodyLength::Exact(0))) {
            // RFC 9110 §8.6 and §6.1 of RFC 9112 forbid such a declaration. There is no body, but this server may think
            // otherwise: what it sends next must not be taken for an answer to the next request.
            self.keep_alive = false;
        }
        let without_body = has_no_body(self.status)
            || method == Method::Head
            || (method == Method::Connect && (200..300).contains(&self.status));
        self.body = match declared {
            _ if without_body => BodyLength::None,
            Some(length) => length,
            None => BodyLength::UntilClose,
        };
        if self.body == BodyLength::UntilClose {
            self.keep_alive = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
