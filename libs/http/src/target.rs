//! Request targets (RFC 9112 §3.2) and authorities (RFC 3986 §3.2), with one reading each.

use std::net::Ipv6Addr;

use crate::octets::is_host_byte;
use crate::scan::len_before_byte;
use crate::{Method, Range, WriteError, limits};

/// The four forms of a request target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetForm {
    /// `/path?query`
    #[default]
    Origin,
    /// `http://host/path?query`, sent to proxies; accepted from everyone (RFC 9112 §3.2.2).
    Absolute,
    /// `host:port`, only with CONNECT.
    Authority,
    /// `*`, only with OPTIONS. Also `OPTIONS http://host`, which means the same (RFC 9112 §3.2.4).
    Asterisk,
}

/// Why a target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetError {
    /// None of the four forms, or the wrong one for the method.
    Form,
    /// The authority of an absolute or authority form is no `host[:port]`; user information is refused (RFC 9110 §4.2.4).
    Authority,
}

/// A target taken apart; ranges are into the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) form: TargetForm,
    /// Empty for origin form and `*`: the Host field says it.
    pub(crate) authority: Range,
    pub(crate) path: Range,
    pub(crate) query: Range,
    pub(crate) has_query: bool,
}

impl Target {
    /// Takes apart the target at `range`, whose bytes are known to be visible ASCII without `#`.
    pub(crate) fn parse(buffer: &[u8], range: Range, method: Method) -> Result<Self, TargetError> {
        let bytes = range.of(buffer);
        let start = range.start as usize;
        let end = range.end as usize;
        match (bytes.first(), method) {
            (_, Method::Connect) => match port_of(bytes) {
                Some(Port::Given) => Ok(Self::without_path(TargetForm::Authority, range)),
                _ => Err(TargetError::Authority),
            },
            (Some(b'/'), _) => Ok(Self::with_path(TargetForm::Origin, Range::default(), bytes, start)),
            (Some(b'*'), Method::Options) if bytes.len() == 1 => {
                Ok(Self::without_path(TargetForm::Asterisk, Range::default()))
            }
            _ => {
                let scheme_len = scheme_len(bytes).ok_or(TargetError::Form)?;
                let rest = bytes.get(scheme_len..).unwrap_or_default();
                let authority_len = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
                let path_start = start + scheme_len + authority_len;
                let authority = Range::new(start + scheme_len, path_start);
                if !is_authority(authority.of(buffer)) {
                    return Err(TargetError::Authority);
                }
                if path_start == end && method == Method::Options {
                    return Ok(Self::without_path(TargetForm::Asterisk, authority));
                }
                let path = rest.get(authority_len..).unwrap_or_default();
                let mut target = Self::with_path(TargetForm::Absolute, authority, path, path_start);
                if target.path.is_empty() {
                    // An empty path means `/` (RFC 9110 §4.2.3). The second slash of `://` lends its byte.
                    target.path = Range::new(start + scheme_len - 1, start + scheme_len);
                }
                Ok(target)
            }
        }
    }

    fn without_path(form: TargetForm, authority: Range) -> Self {
        Self { form, authority, path: Range::default(), query: Range::default(), has_query: false }
    }

    /// Splits `bytes`, which begin at `start` in the buffer, at the first `?`.
    fn with_path(form: TargetForm, authority: Range, bytes: &[u8], start: usize) -> Self {
        let end = start + bytes.len();
        match len_before_byte::<b'?'>(bytes) {
            path_len if path_len == bytes.len() => {
                let path = Range::new(start, end);
                Self { form, authority, path, query: Range::new(end, end), has_query: false }
            }
            path_len => {
                let path = Range::new(start, start + path_len);
                Self { form, authority, path, query: Range::new(start + path_len + 1, end), has_query: true }
            }
        }
    }
}

/// Length of `http://` or `https://` in front of `bytes`.
fn scheme_len(bytes: &[u8]) -> Option<usize> {
    [&b"http://"[..], b"https://"]
        .into_iter()
        .find(|scheme| bytes.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
        .map(<[u8]>::len)
}

/// `host` or `host:port` as we accept it in Host, absolute form and CONNECT: a DNS-like name, an IPv4
/// address or a bracketed IPv6 address; a port from 1 to 65535. Stricter than RFC 3986: no user information, no
/// percent-encoding, no empty port, no `reg-name` punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority<'a>(&'a [u8]);

impl<'a> Authority<'a> {
    /// # Errors
    /// [`WriteError::Host`] when it is none.
    pub fn of(bytes: &'a [u8]) -> Result<Self, WriteError> {
        if is_authority(bytes) { Ok(Self(bytes)) } else { Err(WriteError::Host) }
    }

    /// As given.
    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// An [`Authority`] to keep: a backend's is looked at once and not for each request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityBuf(Box<[u8]>);

impl AuthorityBuf {
    /// # Errors
    /// [`WriteError::Host`] when it is none.
    pub fn new(text: String) -> Result<Self, WriteError> {
        Authority::of(text.as_bytes())?;
        Ok(Self(text.into_bytes().into()))
    }

    /// The authority.
    #[inline]
    pub fn get(&self) -> Authority<'_> {
        Authority(&self.0)
    }
}

pub(crate) fn is_authority(bytes: &[u8]) -> bool {
    port_of(bytes).is_some()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Port {
    Absent,
    Given,
}

/// Validates an authority and says whether it names a port.
fn port_of(bytes: &[u8]) -> Option<Port> {
    let host_len = if bytes.first() == Some(&b'[') {
        let close = bytes.iter().position(|&byte| byte == b']')?;
        let address = std::str::from_utf8(bytes.get(1..close)?).ok()?;
        address.parse::<Ipv6Addr>().ok()?;
        close + 1
    } else {
        let len = bytes.iter().position(|&byte| !is_host_byte(byte)).unwrap_or(bytes.len());
        if len == 0 || len > limits::HOST_BYTES {
            return None;
        }
        len
    };
    match bytes.get(host_len..)? {
        [] => Some(Port::Absent),
        [b':', digits @ ..] => is_port(digits).then_some(Port::Given),
        _ => None,
    }
}

fn is_port(digits: &[u8]) -> bool {
    if digits.len() > 5 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    (1..=65_535).contains(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_host_and_optional_port() {
        let longest = "a".repeat(limits::HOST_BYTES);
        for valid in ["a", "api.example", "a-b_c.example:1", "10.0.0.1:65535", "[::1]", "[2001:db8::7]:8080", &longest]
        {
            assert!(is_authority(valid.as_bytes()), "{valid}");
        }
        let too_long = "a".repeat(limits::HOST_BYTES + 1);
        for invalid in [
            "",
            ":80",
            "a:",
            "a:0",
            "a:65536",
            "a:99999",
            "a:123456",
            "a:+1",
            "a:b",
            "a,b",
            "a b",
            "user@a",
            "a/b",
            "[::1",
            "[]",
            "::1",
            "[::1]x",
            "[fe80::1%25eth0]",
            "[v1.a]",
            "a%2fb",
            "a:1:2",
            "a\\b",
            "é",
            &too_long,
        ] {
            assert!(!is_authority(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn targets_are_taken_apart() {
        let parts = |method: Method, text: &'static str| {
            let bytes = text.as_bytes();
            Target::parse(bytes, Range::new(0, bytes.len()), method).map(|target| {
                let piece = |range: Range| std::str::from_utf8(range.of(bytes)).expect("ASCII");
                (target.form, piece(target.authority), piece(target.path), piece(target.query), target.has_query)
            })
        };
        use TargetForm::{Absolute, Asterisk, Authority, Origin};
        for (method, text, expected) in [
            (Method::Get, "/", (Origin, "", "/", "", false)),
            (Method::Get, "/a?", (Origin, "", "/a", "", true)),
            (Method::Get, "/a?b?c", (Origin, "", "/a", "b?c", true)),
            (Method::Get, "//host/a", (Origin, "", "//host/a", "", false)),
            (Method::Get, "http://h:1/a?b", (Absolute, "h:1", "/a", "b", true)),
            (Method::Get, "HTTPS://h", (Absolute, "h", "/", "", false)),
            (Method::Get, "http://h?q", (Absolute, "h", "/", "q", true)),
            (Method::Options, "*", (Asterisk, "", "", "", false)),
            (Method::Options, "http://h", (Asterisk, "h", "", "", false)),
            (Method::Options, "http://h/", (Absolute, "h", "/", "", false)),
            (Method::Connect, "h:443", (Authority, "h:443", "", "", false)),
        ] {
            assert_eq!(parts(method, text), Ok(expected), "{text}");
        }
        for (method, text, expected) in [
            (Method::Get, "*", TargetError::Form),
            (Method::Options, "**", TargetError::Form),
            (Method::Get, "h:80", TargetError::Form),
            (Method::Get, "ftp://h/", TargetError::Form),
            (Method::Get, "a", TargetError::Form),
            (Method::Get, "http:///a", TargetError::Authority),
            (Method::Get, "http://u@h/", TargetError::Authority),
            (Method::Get, "http://u:p@h/", TargetError::Authority),
            (Method::Connect, "h", TargetError::Authority),
            (Method::Connect, "/", TargetError::Authority),
            (Method::Connect, "http://h:1/", TargetError::Authority),
        ] {
            assert_eq!(parts(method, text), Err(expected), "{text}");
        }
    }
}
