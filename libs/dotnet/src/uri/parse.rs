//! Taking a URI apart.

use super::authority::{Host, HostNameType};
use super::escape::{Keep, escape};
use super::limits::{SCHEME_LENGTH_MAX, URI_LENGTH_MAX};
use super::path::compress;
use super::uri_type::{Absolute, Uri, UriKind, canonical, default_port};
use crate::{Exception, ExceptionType};

fn failure(message: &'static str) -> Exception {
    Exception::new(ExceptionType::UriFormat, message)
}

const EMPTY: &str = "Invalid URI: The URI is empty.";
const FORMAT: &str = "Invalid URI: The format of the URI could not be determined.";
const SCHEME: &str = "Invalid URI: The URI scheme is not valid.";
const LONG_SCHEME: &str = "Invalid URI: The Uri scheme is too long.";
const HOST: &str = "Invalid URI: The hostname could not be parsed.";
const AUTHORITY: &str = "Invalid URI: The Authority/Host could not be parsed.";
const PORT: &str = "Invalid URI: Invalid port specified.";
const DRIVE: &str = "Invalid URI: A Dos path must be rooted, for example, 'c:\\\\'.";
const LONG: &str = "Invalid URI: The Uri string is too long.";
const ABSOLUTE: &str = "A relative URI cannot be created because the 'uriString' parameter represents an absolute URI.";

/// Schemes whose URIs must name a host.
fn needs_host(scheme: &str) -> bool {
    matches!(scheme, "http" | "https" | "ws" | "wss" | "ftp" | "gopher" | "nntp" | "telnet" | "net.tcp" | "net.pipe")
}

/// `Uri.CheckSchemeName`.
#[must_use]
pub fn check_scheme_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

impl Uri {
    /// `new Uri(text, kind)`.
    ///
    /// # Errors
    /// `UriFormatException`.
    pub fn parse(text: &str, kind: UriKind) -> Result<Uri, Exception> {
        if text.len() > URI_LENGTH_MAX {
            return Err(failure(LONG));
        }
        let trimmed = text.trim_matches(|c: char| matches!(c, ' ' | '\t' | '\r' | '\n'));
        let parsed = if trimmed == "//" {
            Err(failure(FORMAT))
        } else if kind == UriKind::Absolute && trimmed.starts_with('/') {
            // A path of the file system, as on Linux. Only where nothing else will do: otherwise it is a relative reference.
            let slashes = if trimmed.starts_with("//") { "" } else { "//" };
            let path = trimmed.replace('?', "%3F").replace('#', "%23");
            hierarchical("file".to_owned(), &format!("{slashes}{path}"))
        } else if kind == UriKind::Relative && !has_scheme(trimmed) {
            Err(failure(FORMAT))
        } else {
            absolute(trimmed)
        };
        let original = text.to_owned();
        match (parsed, kind) {
            (Ok(_), UriKind::Relative) => Err(failure(ABSOLUTE)),
            (Ok(absolute), _) => Ok(Uri { original, absolute: Some(absolute) }),
            (Err(error), UriKind::Absolute) => Err(error),
            // What looks absolute but is broken is no relative reference either.
            (Err(error), _) if has_scheme(trimmed) && ![SCHEME, FORMAT, AUTHORITY].contains(&&*error.message) => {
                Err(error)
            }
            (Err(_), _) => Ok(Uri { original, absolute: None }),
        }
    }

    /// `Uri.TryCreate(text, kind, out uri)`.
    #[must_use]
    pub fn try_create(text: &str, kind: UriKind) -> Option<Uri> {
        Uri::parse(text, kind).ok()
    }
}

fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| check_scheme_name(scheme))
}

/// `C:\x`, `C:/x` and `C|/x`: a path of the file system, in which `?` and `#` are no delimiters. One letter is never a scheme.
pub(super) fn drive(text: &str) -> Option<Result<String, Exception>> {
    let [letter, b':' | b'|', rest @ ..] = text.as_bytes() else { return None };
    if !letter.is_ascii_alphabetic() {
        return None;
    }
    Some(match rest {
        [] => Err(failure(FORMAT)),
        [b'\\' | b'/', ..] => {
            let path = text.get(2..).unwrap_or_default().replace('\\', "/").replace('?', "%3F").replace('#', "%23");
            Ok(format!("///{}:{path}", char::from(*letter)))
        }
        _ => Err(failure(DRIVE)),
    })
}

/// The path of a file URI that begins with a drive, however many slashes are before it. No `..` goes above the drive.
fn drive_path(rest: &str) -> Option<String> {
    let path = rest.trim_start_matches('/');
    let [letter, b':' | b'|', rest @ ..] = path.as_bytes() else { return None };
    if !letter.is_ascii_alphabetic() || !matches!(rest, [] | [b'/', ..]) {
        return None;
    }
    let below = canonical(path.get(2..).unwrap_or_default());
    Some(format!("/{}:{}", char::from(*letter), compress(&below)))
}

pub(super) fn absolute(text: &str) -> Result<Absolute, Exception> {
    if text.is_empty() {
        return Err(failure(EMPTY));
    }
    if let Some(path) = drive(text) {
        return hierarchical("file".to_owned(), &path?);
    }
    if text == r"\\" {
        return Err(failure(FORMAT));
    }
    if let Some(share) = text.strip_prefix(r"\\") {
        return hierarchical("file".to_owned(), &format!("//{}", share.replace('\\', "/")));
    }
    let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| !scheme.contains(['/', '\\', '?', '#']))
    else {
        return Err(failure(FORMAT));
    };
    if scheme.len() > SCHEME_LENGTH_MAX {
        return Err(failure(LONG_SCHEME));
    }
    if !check_scheme_name(scheme) {
        return Err(failure(if scheme.is_empty() { FORMAT } else { SCHEME }));
    }
    let scheme = scheme.to_ascii_lowercase();
    if scheme == "mailto" {
        return mail(rest);
    }
    hierarchical(scheme, rest)
}

/// Everything behind the scheme of all URIs but `mailto`.
fn hierarchical(scheme: String, rest: &str) -> Result<Absolute, Exception> {
    let known = needs_host(&scheme) || scheme == "file";
    let (rest, fragment) = cut(rest, '#');
    let (rest, query) = cut(rest, '?');
    if known && rest.strip_prefix("//").is_some_and(|after| cut(after, '/').0.contains('\\')) {
        return Err(failure(HOST));
    }
    // Known schemes take a backslash for a slash.
    let rest = if known { rest.replace('\\', "/") } else { rest.to_owned() };
    if let Some(path) = (scheme == "file").then(|| drive_path(&rest)).flatten() {
        return Ok(Absolute {
            has_authority: true,
            scheme,
            user_info: String::new(),
            host: String::new(),
            host_type: HostNameType::Basic,
            port: -1,
            path,
            query: canonical(query),
            fragment: canonical(fragment),
        });
    }
    let Some(after) = rest.strip_prefix("//") else {
        if known {
            return Err(failure(AUTHORITY));
        }
        let port = default_port(&scheme);
        return Ok(Absolute {
            has_authority: false,
            scheme,
            user_info: String::new(),
            host: String::new(),
            host_type: HostNameType::Unknown,
            port,
            path: canonical(&rest),
            query: canonical(query),
            fragment: canonical(fragment),
        });
    };
    let slash = after.find('/').unwrap_or(after.len());
    let (authority, path) = after.split_at(slash);
    let (user_info, host_and_port) = authority.split_once('@').unwrap_or(("", authority));
    let (host, port) = split_port(host_and_port)?;
    let host = read_host(&scheme, host)?;
    let path = canonical(if path.is_empty() { "/" } else { path });
    Ok(Absolute {
        has_authority: true,
        user_info: canonical(user_info),
        host: host.name,
        host_type: host.of,
        port: port.unwrap_or_else(|| default_port(&scheme)),
        path: compress(&path),
        query: canonical(query),
        fragment: canonical(fragment),
        scheme,
    })
}

/// The text up to a delimiter, and the rest with it.
fn cut(text: &str, delimiter: char) -> (&str, &str) {
    text.split_at(text.find(delimiter).unwrap_or(text.len()))
}

fn split_port(text: &str) -> Result<(&str, Option<i32>), Exception> {
    let name_end = text.find(']').map_or(0, |bracket| bracket + 1);
    let Some(colon) = text.get(name_end..).and_then(|rest| rest.find(':')) else { return Ok((text, None)) };
    let (host, port) = text.split_at(name_end + colon);
    let digits = port.trim_start_matches(':');
    if port.len() > digits.len() + 1 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(failure(PORT));
    }
    if digits.is_empty() {
        return Ok((host, None));
    }
    let port: u16 = digits.parse().map_err(|_| failure(PORT))?;
    Ok((host, Some(port.into())))
}

fn read_host(scheme: &str, text: &str) -> Result<Host, Exception> {
    if text.is_empty() {
        if needs_host(scheme) {
            return Err(failure(HOST));
        }
        return Ok(Host { name: String::new(), of: HostNameType::Basic });
    }
    match Host::parse(text) {
        Some(host) => Ok(host),
        // Schemes that .NET does not know may have hosts of any form.
        None if !needs_host(scheme) && scheme != "file" && !text.contains(['[', ']', '@']) => {
            Ok(Host { name: escape(text, Keep::Escaped).into_owned(), of: HostNameType::Basic })
        }
        None => Err(failure(HOST)),
    }
}

/// `mailto:user@host?query`.
fn mail(rest: &str) -> Result<Absolute, Exception> {
    let (rest, fragment) = cut(rest, '#');
    let (address, query) = cut(rest, '?');
    let (user, host) = address.split_once('@').unwrap_or(("", address));
    let host = if host.is_empty() {
        Host { name: String::new(), of: HostNameType::Basic }
    } else {
        Host::parse(host).ok_or_else(|| failure(HOST))?
    };
    Ok(Absolute {
        scheme: "mailto".to_owned(),
        has_authority: false,
        user_info: canonical(user),
        host: host.name,
        host_type: host.of,
        port: default_port("mailto"),
        path: String::new(),
        query: canonical(query),
        fragment: canonical(fragment),
    })
}
