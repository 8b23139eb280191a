//! Tokenises field lines (RFC 9112 §5), for both directions.
//!
//! Invariants: a line is accepted only when it is `token ":" OWS value OWS CRLF` with nothing else in it; a line is judged
//! on its own bytes only, so the result does not depend on how the input was split; no byte past the limits is looked at.

use crate::header_id::{Disguise, disguise};
use crate::octets::{NameKind, name_kind, token_len, trim};
use crate::scan::{len_before_byte, value_len};
use crate::{Header, HeaderId, Headers, Limits, Range};

/// Why a header section is not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// A line begins with whitespace: obsolete line folding, or whitespace before the first field (RFC 9112 §5.2, §2.2).
    Folded,
    /// A line has no name before the colon.
    NameMissing,
    /// A byte that is no token byte in a name, or whitespace before the colon (RFC 9112 §5.1).
    NameInvalid,
    /// A control byte in a value (RFC 9110 §5.5).
    ValueInvalid,
    /// CR without LF (RFC 9112 §2.2).
    BareCr,
    /// LF without CR. RFC 9112 §2.2 permits to accept it; two readers may then disagree, so we do not.
    BareLf,
    /// `Transfer_Encoding` or `Content_Length`: CGI-like servers read them as the real field.
    Lookalike,
    /// A line longer than [`Limits::line_bytes`].
    LineTooLong,
    /// More than [`Limits::headers`] fields.
    TooManyFields,
    /// More bytes than [`Limits::head_bytes`] without a blank line.
    HeadTooLarge,
}

impl FieldError {
    /// What is wrong, for an error body or a log.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Folded => "header line begins with whitespace",
            Self::NameMissing => "header line without a name",
            Self::NameInvalid => "invalid byte in a header name",
            Self::ValueInvalid => "control byte in a header value",
            Self::BareCr => "carriage return without line feed",
            Self::BareLf => "line feed without carriage return",
            Self::Lookalike => "header name looks like a framing header",
            Self::LineTooLong => "header line too long",
            Self::TooManyFields => "too many headers",
            Self::HeadTooLarge => "header section too large",
        }
    }

    /// Whether a limit was passed, as against broken syntax.
    pub fn is_limit(self) -> bool {
        matches!(self, Self::LineTooLong | Self::TooManyFields | Self::HeadTooLarge)
    }
}

/// The part of the buffer one line may occupy, and what it means to leave it without a line end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    /// The bytes of the line received so far, cut at the limit.
    pub(crate) bytes: &'a [u8],
    /// The limit that cut the bytes: `Some` when more bytes cannot help.
    pub(crate) exceeded: Option<FieldError>,
}

impl<'a> Window<'a> {
    /// The window of the line that begins at `start`.
    #[inline]
    pub(crate) fn at(buffer: &'a [u8], start: usize, limits: &Limits) -> Self {
        let head_left = (limits.head_bytes as usize).saturating_sub(start);
        let line_left = limits.line_bytes as usize;
        let rest = buffer.get(start..).unwrap_or_default();
        let allowed = line_left.min(head_left);
        if rest.len() < allowed {
            return Self { bytes: rest, exceeded: None };
        }
        let exceeded = if line_left <= head_left { FieldError::LineTooLong } else { FieldError::HeadTooLarge };
        Self { bytes: rest.get(..allowed).unwrap_or_default(), exceeded: Some(exceeded) }
    }

    /// The answer when the line has not ended inside the window.
    #[inline]
    pub(crate) fn unfinished<T, E: From<FieldError>>(&self) -> Result<Option<T>, E> {
        self.exceeded.map_or(Ok(None), |error| Err(error.into()))
    }

    /// Expects CRLF at `at` and returns the length of the whole line; `None` when more bytes are needed. `otherwise` is the
    /// error for a byte that begins no line end.
    #[inline]
    pub(crate) fn line_end<E: From<FieldError>>(&self, at: usize, otherwise: E) -> Result<Option<usize>, E> {
        match self.bytes.get(at..).unwrap_or_default() {
            [b'\r', b'\n', ..] => Ok(Some(at + 2)),
            [] | [b'\r'] => self.unfinished(),
            [b'\r', ..] => Err(FieldError::BareCr.into()),
            [b'\n', ..] => Err(FieldError::BareLf.into()),
            _ => Err(otherwise),
        }
    }
}

/// Reads field lines from `position` on, moving it past each complete one. `true` when the blank line was read too; then
/// `position` is where the body begins.
pub(crate) fn parse_fields(
    buffer: &[u8],
    position: &mut usize,
    headers: &mut Headers,
    limits: &Limits,
) -> Result<bool, FieldError> {
    loop {
        let window = Window::at(buffer, *position, limits);
        match window.bytes.first() {
            None => return window.exceeded.map_or(Ok(false), Err),
            Some(b'\r' | b'\n') => {
                let Some(len) = window.line_end(0, FieldError::BareCr)? else { return Ok(false) };
                headers.set_end(*position);
                *position += len;
                return Ok(true);
            }
            Some(_) if headers.len() == limits.headers => return Err(FieldError::TooManyFields),
            Some(_) => {}
        }
        let mut header = Header::default();
        let Some(len) = parse_field(window, *position, &mut header)? else { return Ok(false) };
        headers.push(header);
        *position += len;
    }
}

/// Reads one field line at the start of the window into `header` and returns the line's length; `None` when it is
/// incomplete. Ranges are moved by `offset`. The header is an argument because returning it inside `Result<Option<_>>`
/// repacks it through memory, which was a fifth of the time of parsing a head.
#[inline]
pub(crate) fn parse_field(window: Window<'_>, offset: usize, header: &mut Header) -> Result<Option<usize>, FieldError> {
    let bytes = window.bytes;
    let name_len = len_before_byte::<b':'>(bytes);
    let Some((name, [_, rest @ ..])) = bytes.split_at_checked(name_len) else {
        return unfinished_name(window);
    };
    let id = identify(name)?;
    let raw_len = value_len(rest);
    let Some(line_len) = window.line_end(name_len + 1 + raw_len, FieldError::ValueInvalid)? else { return Ok(None) };

    let (leading, value_len) = trimmed(rest.get(..raw_len).unwrap_or_default());
    let value_start = offset + name_len + 1 + leading;
    let value = Range::new(value_start, value_start + value_len);
    *header = Header { id, hop_by_hop: id.is_hop_by_hop(), name: Range::new(offset, offset + name_len), value };
    Ok(Some(line_len))
}

/// Where the value begins in what stands between colon and line end, and its length.
#[inline]
fn trimmed(raw: &[u8]) -> (usize, usize) {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    match raw {
        // So nearly all senders write it.
        [b' ', first, .., last] if !is_blank(first) && !is_blank(last) => (1, raw.len() - 1),
        _ => (raw.iter().take_while(|byte| is_blank(byte)).count(), trim(raw).len()),
    }
}

/// Validates a name by recognising it; only names without an id are looked at byte by byte.
#[inline]
fn identify(name: &[u8]) -> Result<HeaderId, FieldError> {
    let id = HeaderId::of(name);
    if id != HeaderId::Other {
        return Ok(id);
    }
    match name_kind(name) {
        NameKind::Plain => Ok(HeaderId::Other),
        NameKind::Invalid => Err(invalid_name(name)),
        NameKind::WithUnderscore => match disguise(name) {
            Disguise::None => Ok(HeaderId::Other),
            Disguise::Forwarded => Ok(HeaderId::Lookalike),
            Disguise::Framing => Err(FieldError::Lookalike),
        },
    }
}

/// The window holds no colon: the name goes on in bytes to come, or something else than a name begins the line.
#[cold]
fn unfinished_name<T>(window: Window<'_>) -> Result<Option<T>, FieldError> {
    match name_kind(window.bytes) {
        NameKind::Invalid => Err(invalid_name(window.bytes)),
        NameKind::Plain | NameKind::WithUnderscore => window.unfinished(),
    }
}

/// What is wrong with bytes that are no name: the first byte that cannot stand in one tells.
#[cold]
fn invalid_name(bytes: &[u8]) -> FieldError {
    match bytes.get(token_len(bytes)) {
        None => FieldError::NameMissing,
        Some(b' ' | b'\t') if token_len(bytes) == 0 => FieldError::Folded,
        Some(b'\n') => FieldError::BareLf,
        Some(_) => FieldError::NameInvalid,
    }
}
