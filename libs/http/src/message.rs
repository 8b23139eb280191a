//! Words both directions share: versions, methods, and how far a parse got.

/// How far a parse got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// The head is complete; its `len` says where it ends.
    Complete,
    /// More bytes are needed behind the ones given, which must stay as they are.
    Partial,
}

/// The versions this codec speaks (RFC 9112 §2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0: no chunked coding, connections close unless `keep-alive` is agreed.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}

/// Request method (RFC 9110 §9, RFC 5789). Methods are case-sensitive: `get` is `Other`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// GET
    #[default]
    Get,
    /// HEAD
    Head,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
    /// CONNECT
    Connect,
    /// OPTIONS
    Options,
    /// TRACE
    Trace,
    /// PATCH
    Patch,
    /// Any other token; its bytes are in the head's `method_range`.
    Other,
}

impl Method {
    /// The method of this token.
    #[inline]
    pub fn of(token: &[u8]) -> Self {
        match token {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"CONNECT" => Self::Connect,
            b"OPTIONS" => Self::Options,
            b"TRACE" => Self::Trace,
            b"PATCH" => Self::Patch,
            _ => Self::Other,
        }
    }

    /// The token, for the methods known by name.
    pub fn as_bytes(self) -> Option<&'static [u8]> {
        Some(match self {
            Self::Get => b"GET",
            Self::Head => b"HEAD",
            Self::Post => b"POST",
            Self::Put => b"PUT",
            Self::Delete => b"DELETE",
            Self::Connect => b"CONNECT",
            Self::Options => b"OPTIONS",
            Self::Trace => b"TRACE",
            Self::Patch => b"PATCH",
            Self::Other => return None,
        })
    }
}

/// Why a version is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionError {
    /// Not of the form `HTTP/d.d`.
    Invalid,
    /// Another version of HTTP.
    Unsupported,
}

/// Reads `HTTP/1.1` or `HTTP/1.0` at the start of `bytes`; `None` when `bytes` ends inside it. Judged byte by byte, so
/// that a split input meets the same error as a whole one.
#[inline]
pub(crate) fn parse_version(bytes: &[u8]) -> Result<Option<(Version, usize)>, VersionError> {
    const LEN: usize = b"HTTP/1.1".len();
    match bytes.get(..LEN) {
        Some(b"HTTP/1.1") => return Ok(Some((Version::Http11, LEN))),
        Some(b"HTTP/1.0") => return Ok(Some((Version::Http10, LEN))),
        _ => {}
    }
    let well_formed = bytes.iter().zip(b"HTTP/0.0").all(|(&byte, &pattern)| match pattern {
        b'0' => byte.is_ascii_digit(),
        _ => byte == pattern,
    });
    match (well_formed, bytes.len() < LEN) {
        (false, _) => Err(VersionError::Invalid),
        (true, true) => Ok(None),
        (true, false) => Err(VersionError::Unsupported),
    }
}
