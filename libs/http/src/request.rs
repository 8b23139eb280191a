//! Request heads (RFC 9112 §2–3): the gateway's front door.
//!
//! Parsing resumes line by line: complete lines are kept, the unfinished one is looked at again when more bytes came. So a
//! head that trickles in costs one pass, and broken input is refused at its first broken line.

use thiserror::Error;

use crate::connection::{ConnectionOptions, read_options};
use crate::fields::{FieldError, Window, parse_fields};
use crate::message::{VersionError, parse_version};
use crate::octets::token_len;
use crate::scan::target_len;
use crate::target::{Target, TargetError, is_authority};
use crate::{BodyLength, FramingError, HeaderId, Headers, Limits, Method, Parsed, Range, TargetForm, Version};
use crate::{framing, limits};

/// A request head: ranges into the buffer it was parsed from, and what they mean. Reuse one per connection.
#[derive(Clone, Debug, Default)]
pub struct RequestHead {
    /// The method.
    pub method: Method,
    /// The method's bytes.
    pub method_range: Range,
    /// Which form the target has.
    pub target: TargetForm,
    /// The target's bytes as received.
    pub target_range: Range,
    /// The version.
    pub version: Version,
    /// The header fields.
    pub headers: Headers,
    /// How the body is delimited; never `UntilClose`.
    pub body: BodyLength,
    /// Whether the client lets the connection live on after this exchange (RFC 9112 §9.3).
    pub keep_alive: bool,
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
    pub expect_continue: bool,
    /// Whether the client asks to switch protocols: HTTP/1.1, `Connection: upgrade` and one Upgrade field.
    pub upgrade: bool,
    /// `host[:port]` of the absolute or authority form, else the value of Host. Empty only for HTTP/1.0 without Host.
    pub authority: Range,
    /// The path. Begins with `/` in origin and absolute form, empty in authority and asterisk form.
    pub path: Range,
    /// The query without its `?`.
    pub query: Range,
    /// Whether there is a `?`: `/a?` and `/a` are different targets.
    pub has_query: bool,
    /// Length of the head in bytes, from the start of the buffer to the first byte of the body.
    pub len: usize,
    /// Where parsing goes on; 0 before the request line is complete.
    position: usize,
}

/// Why a request is refused. The answer is [`RequestError::status`], then the connection is closed: nothing behind the
/// offending byte can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{}", self.reason())]
pub enum RequestError {
    /// The request line is not `method SP target SP version CRLF`, or more empty lines stand before it than allowed.
    RequestLine,
    /// The method is longer than [`limits::METHOD_BYTES`].
    MethodTooLong,
    /// A byte in the target that is no visible ASCII, or a fragment.
    TargetByte,
    /// The target has none of the forms RFC 9112 §3.2 allows for the method.
    TargetForm,
    /// The request line is longer than [`Limits::line_bytes`].
    TargetTooLong,
    /// The authority of the target is invalid.
    Authority,
    /// The version has not the form `HTTP/1.1`.
    Version,
    /// A version of HTTP that is not spoken here.
    VersionUnsupported,
    /// HTTP/1.1 without Host.
    HostMissing,
    /// More than one Host.
    HostRepeated,
    /// Host is no `host[:port]`.
    HostInvalid,
    /// Connection holds something other than tokens, or too many of them.
    Connection,
    /// Expect asks for something other than `100-continue`.
    Expectation,
    /// The header section is broken or too large.
    Field(FieldError),
    /// The framing cannot be trusted.
    Framing(FramingError),
}

impl RequestError {
    /// The status to answer with.
    pub fn status(self) -> u16 {
        match self {
            Self::MethodTooLong | Self::Framing(FramingError::TransferCodingUnknown) => 501,
            Self::TargetTooLong => 414,
            Self::VersionUnsupported => 505,
            Self::Expectation => 417,
            Self::Field(error) if error.is_limit() => 431,
            _ => 400,
        }
    }

    /// What is wrong, for an error body or a log.
    pub fn reason(self) -> &'static str {
        match self {
            Self::RequestLine => "invalid request line",
            Self::MethodTooLong => "method too long",
            Self::TargetByte => "invalid byte in the request target",
            Self::TargetForm => "invalid request target",
            Self::TargetTooLong => "request line too long",
            Self::Authority => "invalid authority in the request target",
            Self::Version => "invalid HTTP version",
            Self::VersionUnsupported => "HTTP version not supported",
            Self::HostMissing => "Host header missing",
            Self::HostRepeated => "Host header more than once",
            Self::HostInvalid => "invalid Host header",
            Self::Connection => "invalid Connection header",
            Self::Expectation => "unknown expectation",
            Self::Field(error) => error.reason(),
            Self::Framing(error) => error.reason(),
        }
    }
}

impl From<FieldError> for RequestError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<TargetError> for RequestError {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::Form => Self::TargetForm,
            TargetError::Authority => Self::Authority,
        }
    }
}

impl From<VersionError> for RequestError {
    fn from(error: VersionError) -> Self {
        match error {
            VersionError::Invalid => Self::Version,
            VersionError::Unsupported => Self::VersionUnsupported,
        }
    }
}

impl RequestHead {
    /// Parses the head at the start of `buffer`.
    ///
    /// After `Partial`, call again with the same bytes and more behind them: complete lines are not read twice. After
    /// `Complete` or an error the next call begins a new head. Call [`RequestHead::reset`] when a connection ended within
    /// a head: the rest of that head must not be looked for in what another connection brings.
    ///
    /// # Errors
    /// The first reason to refuse the request, in the order of its bytes.
    pub fn parse(&mut self, buffer: &[u8], limits: &Limits) -> Result<Parsed, RequestError> {
        let result = self.advance(buffer, limits);
        if result != Ok(Parsed::Partial) {
            self.reset();
        }
        result
    }

    /// Gives up a head of which only a part was read; the next [`RequestHead::parse`] begins a new one.
    pub fn reset(&mut self) {
        self.position = 0;
    }

    fn advance(&mut self, buffer: &[u8], limits: &Limits) -> Result<Parsed, RequestError> {
        if self.position == 0 || buffer.len() < self.position {
            self.position = 0;
            self.headers.clear();
            let Some(len) = self.parse_request_line(buffer, limits)? else { return Ok(Parsed::Partial) };
            self.position = len;
        }
        if !parse_fields(buffer, &mut self.position, &mut self.headers, limits)? {
            return Ok(Parsed::Partial);
        }
        self.len = self.position;
        self.interpret(buffer)?;
        Ok(Parsed::Complete)
    }

    /// Reads empty lines and the request line; the position behind it, or `None` when it is incomplete.
    fn parse_request_line(&mut self, buffer: &[u8], limits: &Limits) -> Result<Option<usize>, RequestError> {
        let Some(start) = skip_empty_lines(buffer)? else { return Ok(None) };
        let window = Window::at(buffer, start, limits);
        match self.parse_line_in(window, buffer, start) {
            Err(RequestError::Field(FieldError::LineTooLong)) => Err(RequestError::TargetTooLong),
            other => other,
        }
    }

    fn parse_line_in(
        &mut self,
        window: Window<'_>,
        buffer: &[u8],
        start: usize,
    ) -> Result<Option<usize>, RequestError> {
        let line = window.bytes;
        let method_len = token_len(line.get(..=limits::METHOD_BYTES).unwrap_or(line));
        if method_len > limits::METHOD_BYTES {
            return Err(RequestError::MethodTooLong);
        }
        match line.get(method_len) {
            Some(b' ') if method_len > 0 => {}
            Some(_) => return Err(RequestError::RequestLine),
            None => return window.unfinished(),
        }

        let target_start = method_len + 1;
        let target_end = target_start + target_len(line.get(target_start..).unwrap_or_default());
        match line.get(target_end) {
            Some(b' ') if target_end > target_start => {}
            Some(b' ' | b'\r' | b'\n') => return Err(RequestError::RequestLine),
            Some(_) => return Err(RequestError::TargetByte),
            None => return window.unfinished(),
        }

        let version_start = target_end + 1;
        let Some((version, version_len)) = parse_version(line.get(version_start..).unwrap_or_default())? else {
            return window.unfinished();
        };
        let Some(len) = window.line_end(version_start + version_len, RequestError::Version)? else { return Ok(None) };

        self.method_range = Range::new(start, start + method_len);
        self.method = Method::of(self.method_range.of(buffer));
        self.target_range = Range::new(start + target_start, start + target_end);
        let target = Target::parse(buffer, self.target_range, self.method)?;
        self.target = target.form;
        self.authority = target.authority;
        self.path = target.path;
        self.query = target.query;
        self.has_query = target.has_query;
        self.version = version;
        Ok(Some(start + len))
    }

    /// Decides what the complete head means.
    fn interpret(&mut self, buffer: &[u8]) -> Result<(), RequestError> {
        let host = self.host(buffer)?;
        if self.authority.is_empty() {
            self.authority = host;
        }
        self.body = framing::declared(buffer, &self.headers, self.version)
            .map_err(RequestError::Framing)?
            .unwrap_or(BodyLength::None);
        let options = read_options(buffer, &mut self.headers);
        if options.malformed {
            return Err(RequestError::Connection);
        }
        self.keep_alive = !options.close && (self.version == Version::Http11 || options.keep_alive);
        self.upgrade = self.asks_for_upgrade(options);
        self.expect_continue = self.expects_continue(buffer)?;
        Ok(())
    }

    /// RFC 9112 §3.2: exactly one valid Host, in HTTP/1.0 at most one. Checked even when the target's authority overrides it.
    fn host(&self, buffer: &[u8]) -> Result<Range, RequestError> {
        let mut hosts = self.headers.all(HeaderId::Host);
        match (hosts.next(), hosts.next()) {
            (Some(_), Some(_)) => Err(RequestError::HostRepeated),
            (Some(host), None) if is_authority(host.value.of(buffer)) => Ok(host.value),
            (Some(_), None) => Err(RequestError::HostInvalid),
            (None, _) if self.version == Version::Http10 => Ok(Range::default()),
            (None, _) => Err(RequestError::HostMissing),
        }
    }

    /// RFC 9110 §7.8: Upgrade counts only in HTTP/1.1 and with its connection option. Two Upgrade fields are no offer we
    /// could forward unchanged; like a missing one they mean "no upgrade", and the field is dropped as hop-by-hop.
    fn asks_for_upgrade(&self, options: ConnectionOptions) -> bool {
        let mut offers = self.headers.all(HeaderId::Upgrade);
        options.upgrade
            && self.version == Version::Http11
            && offers.next().is_some_and(|offer| !offer.value.is_empty())
            && offers.next().is_none()
    }

    /// RFC 9110 §10.1.1: `100-continue` is the only expectation there is. Anything else is answered with 417: a request
    /// whose sender and backend disagree about waiting is a desynchronisation waiting to happen.
    fn expects_continue(&self, buffer: &[u8]) -> Result<bool, RequestError> {
        let mut expectations = self.headers.all(HeaderId::Expect);
        let Some(only) = expectations.next() else { return Ok(false) };
        if expectations.next().is_some() || !only.value.of(buffer).eq_ignore_ascii_case(b"100-continue") {
            return Err(RequestError::Expectation);
        }
        Ok(self.version == Version::Http11 && !matches!(self.body, BodyLength::None | BodyLength::Exact(0)))
    }
}

/// RFC 9112 §2.2: a server should ignore at least one empty line before the request line. The position behind those
/// lines; `None` when more bytes are needed to know.
fn skip_empty_lines(buffer: &[u8]) -> Result<Option<usize>, RequestError> {
    let mut position = 0;
    for _ in 0..=limits::EMPTY_LINES {
        match buffer.get(position..).unwrap_or_default() {
            [] | [b'\r'] => return Ok(None),
            [b'\r', b'\n', ..] => position += 2,
            [b'\r', ..] => return Err(RequestError::Field(FieldError::BareCr)),
            [b'\n', ..] => return Err(RequestError::Field(FieldError::BareLf)),
            _ => return Ok(Some(position)),
        }
    }
    Err(RequestError::RequestLine)
}

#[cfg(test)]
mod tests;
