//! Where a message's body ends (RFC 9112 §6), decided over *all* Content-Length and Transfer-Encoding values.
//!
//! The decision list, for both directions:
//!
//! 1. Transfer-Encoding in an HTTP/1.0 message: error. A 1.0 hop before us would not have understood it.
//! 2. Transfer-Encoding together with Content-Length, in any order: error. RFC 9112 §6.3 lets a server drop the length;
//!    the two readers of such a message are the classic request smuggling pair.
//! 3. Transfer-Encoding is one line with exactly `chunked`. Codings we do not know *before* one final `chunked` are
//!    "not implemented" (501, §6.1); everything else (`chunked` twice, not last, with parameters, absent) is an error (§6.3).
//! 4. Content-Length is one line of digits without sign, blanks, lists or leading zeros. RFC 9110 §8.6 lets a recipient
//!    fold identical repetitions; we do not, because the line is forwarded as it came. A leading zero is an octal number
//!    to some readers.
//! 5. Otherwise nothing is declared: a request has no body, a response ends with its connection.

use crate::octets::{is_token, trim};
use crate::{HeaderId, Headers, Version, limits};

/// How a body is delimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyLength {
    /// There is no body.
    #[default]
    None,
    /// Exactly this many bytes (Content-Length).
    Exact(u64),
    /// Chunked transfer coding.
    Chunked,
    /// Everything until the connection closes; responses only.
    UntilClose,
}

/// Why the framing of a message cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramingError {
    /// Transfer-Encoding in an HTTP/1.0 message.
    TransferEncodingInHttp10,
    /// Both Transfer-Encoding and Content-Length.
    TransferEncodingWithContentLength,
    /// Transfer-Encoding does not end with exactly one plain `chunked`.
    TransferEncodingInvalid,
    /// A coding other than chunked is applied before chunked.
    TransferCodingUnknown,
    /// Content-Length more than once, even with equal values.
    ContentLengthRepeated,
    /// Content-Length is not a plain decimal number.
    ContentLengthInvalid,
    /// Content-Length has more than [`limits::CONTENT_LENGTH_DIGITS`] digits.
    ContentLengthTooLarge,
}

impl FramingError {
    /// What is wrong, for an error body or a log.
    pub fn reason(self) -> &'static str {
        match self {
            Self::TransferEncodingInHttp10 => "Transfer-Encoding in an HTTP/1.0 message",
            Self::TransferEncodingWithContentLength => "both Transfer-Encoding and Content-Length",
            Self::TransferEncodingInvalid => "Transfer-Encoding is not exactly chunked",
            Self::TransferCodingUnknown => "transfer coding not implemented",
            Self::ContentLengthRepeated => "Content-Length more than once",
            Self::ContentLengthInvalid => "invalid Content-Length",
            Self::ContentLengthTooLarge => "Content-Length too large",
        }
    }
}

/// The framing a head declares, `None` when it declares nothing.
#[inline]
pub(crate) fn declared(buffer: &[u8], headers: &Headers, version: Version) -> Result<Option<BodyLength>, FramingError> {
    if headers.contains(HeaderId::TransferEncoding) {
        if version == Version::Http10 {
            return Err(FramingError::TransferEncodingInHttp10);
        }
        if headers.contains(HeaderId::ContentLength) {
            return Err(FramingError::TransferEncodingWithContentLength);
        }
        return transfer_encoding(buffer, headers).map(Some);
    }
    let mut lengths = headers.all(HeaderId::ContentLength);
    match (lengths.next(), lengths.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => content_length(only.value.of(buffer)).map(|bytes| Some(BodyLength::Exact(bytes))),
        (Some(_), Some(_)) => Err(FramingError::ContentLengthRepeated),
    }
}

fn transfer_encoding(buffer: &[u8], headers: &Headers) -> Result<BodyLength, FramingError> {
    let mut chunked_count = 0;
    let mut chunked_is_last = false;
    let mut unknown = false;
    let values = headers.all(HeaderId::TransferEncoding).map(|header| header.value.of(buffer));
    for coding in values.flat_map(|value| value.split(|&byte| byte == b',')).map(trim) {
        chunked_is_last = coding.eq_ignore_ascii_case(b"chunked");
        if chunked_is_last {
            chunked_count += 1;
            continue;
        }
        let name = trim(coding.split(|&byte| byte == b';').next().unwrap_or_default());
        if !is_token(name) || name.eq_ignore_ascii_case(b"chunked") {
            return Err(FramingError::TransferEncodingInvalid);
        }
        unknown = true;
    }
    match (chunked_count, chunked_is_last, unknown) {
        (1, true, false) => Ok(BodyLength::Chunked),
        (1, true, true) => Err(FramingError::TransferCodingUnknown),
        _ => Err(FramingError::TransferEncodingInvalid),
    }
}

fn content_length(value: &[u8]) -> Result<u64, FramingError> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) || (value.len() > 1 && value.starts_with(b"0")) {
        return Err(FramingError::ContentLengthInvalid);
    }
    if value.len() > limits::CONTENT_LENGTH_DIGITS {
        return Err(FramingError::ContentLengthTooLarge);
    }
    Ok(value.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

const _: () = assert!(limits::CONTENT_LENGTH_DIGITS <= 19, "twenty digits may overflow a u64");
