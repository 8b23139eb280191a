//! `System.Uri` and its properties.

use std::fmt;

use super::authority::HostNameType;
use super::escape::{Keep, escape, is_unsafe_to_unescape, unescape};
use super::idn;
use crate::{Exception, ExceptionType};

/// `System.UriKind`, with its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its .NET value")]
pub enum UriKind {
    RelativeOrAbsolute = 0,
    Absolute = 1,
    Relative = 2,
}

/// `System.UriPartial`, with its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its .NET value")]
pub enum UriPartial {
    Scheme = 0,
    Authority = 1,
    Path = 2,
    Query = 3,
}

/// A URI or a relative reference.
#[derive(Debug, Clone)]
pub struct Uri {
    pub(super) original: String,
    /// `None`: a relative reference.
    pub(super) absolute: Option<Absolute>,
}

/// The parts of an absolute URI. `path`, `query` and `fragment` are escaped; the latter two come with their delimiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Absolute {
    pub(super) scheme: String,
    /// Whether `//` follows the scheme.
    pub(super) has_authority: bool,
    pub(super) user_info: String,
    pub(super) host: String,
    pub(super) host_type: HostNameType,
    /// -1: none, and the scheme has no default.
    pub(super) port: i32,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) fragment: String,
}

/// Ports that schemes have when none is given; -1 for none.
pub(super) fn default_port(scheme: &str) -> i32 {
    match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "ftp" => 21,
        "telnet" => 23,
        "mailto" => 25,
        "gopher" => 70,
        "nntp" => 119,
        "ldap" => 389,
        "net.tcp" => 808,
        _ => -1,
    }
}

impl Uri {
    fn parts(&self) -> Result<&Absolute, Exception> {
        let message = "This operation is not supported for a relative URI.";
        self.absolute.as_ref().ok_or_else(|| Exception::new(ExceptionType::InvalidOperation, message))
    }

    /// `OriginalString`.
    #[must_use]
    pub fn original_string(&self) -> &str {
        &self.original
    }

    /// `IsAbsoluteUri`. Everything below that can fail fails for a relative reference, with `InvalidOperationException`.
    #[must_use]
    pub const fn is_absolute(&self) -> bool {
        self.absolute.is_some()
    }

    /// `Scheme`.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn scheme(&self) -> Result<&str, Exception> {
        Ok(&self.parts()?.scheme)
    }

    /// `Host`: an IPv6 address in brackets.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn host(&self) -> Result<&str, Exception> {
        Ok(&self.parts()?.host)
    }

    /// `DnsSafeHost`: an IPv6 address without brackets.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn dns_safe_host(&self) -> Result<&str, Exception> {
        Ok(self.host()?.trim_start_matches('[').trim_end_matches(']'))
    }

    /// `IdnHost`: in ASCII.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn idn_host(&self) -> Result<String, Exception> {
        Ok(idn::to_ascii(self.dns_safe_host()?))
    }

    /// `HostNameType`.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn host_name_type(&self) -> Result<HostNameType, Exception> {
        Ok(self.parts()?.host_type)
    }

    /// `Port`: -1 if there is none.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn port(&self) -> Result<i32, Exception> {
        Ok(self.parts()?.port)
    }

    /// `IsDefaultPort`.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn is_default_port(&self) -> Result<bool, Exception> {
        let parts = self.parts()?;
        Ok(parts.port == default_port(&parts.scheme))
    }

    /// `UserInfo`.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn user_info(&self) -> Result<&str, Exception> {
        Ok(&self.parts()?.user_info)
    }

    /// `Authority`: host, and the port if it is not the default one.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn authority(&self) -> Result<String, Exception> {
        Ok(self.parts()?.authority())
    }

    /// `AbsolutePath`, escaped.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn absolute_path(&self) -> Result<&str, Exception> {
        Ok(self.parts()?.path_of_file())
    }

    /// `LocalPath`, unescaped.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn local_path(&self) -> Result<String, Exception> {
        let parts = self.parts()?;
        let path = unescape(parts.path_of_file(), |_| true).into_owned();
        Ok(match parts.host.as_str() {
            _ if parts.scheme != "file" => path,
            // A share of another machine.
            host if !host.is_empty() => format!(r"\\{host}{}", if path == "/" { "" } else { &path }).replace('/', r"\"),
            _ if parts.is_drive() => path.replace('/', r"\"),
            _ => path,
        })
    }

    /// `Query`, escaped, with its `?`; empty if there is none.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn query(&self) -> Result<&str, Exception> {
        Ok(&self.parts()?.query)
    }

    /// `Fragment`, escaped, with its `#`; empty if there is none.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn fragment(&self) -> Result<&str, Exception> {
        Ok(&self.parts()?.fragment)
    }

    /// `PathAndQuery`.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn path_and_query(&self) -> Result<String, Exception> {
        let parts = self.parts()?;
        Ok(format!("{}{}", parts.path_of_file(), parts.query))
    }

    /// `Segments`: each with the slash that ends it.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn segments(&self) -> Result<Vec<&str>, Exception> {
        Ok(self.parts()?.path.split_inclusive('/').collect())
    }

    /// `IsFile`.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn is_file(&self) -> Result<bool, Exception> {
        Ok(self.parts()?.scheme == "file")
    }

    /// `IsLoopback`.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn is_loopback(&self) -> Result<bool, Exception> {
        let host = self.dns_safe_host()?;
        let address = super::ip_address::IpAddress::try_parse(host);
        Ok(host == "localhost"
            || host == "loopback"
            || address.is_some_and(super::IpAddress::is_loopback)
            || host.is_empty() && ["file", "mailto"].contains(&self.scheme()?))
    }

    /// `AbsoluteUri`: canonical and escaped.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn absolute_uri(&self) -> Result<String, Exception> {
        Ok(self.parts()?.text())
    }

    /// `GetLeftPart`.
    ///
    /// # Errors
    /// `InvalidOperationException`.
    pub fn left_part(&self, part: UriPartial) -> Result<String, Exception> {
        let parts = self.parts()?;
        let slashes = if parts.has_authority { "//" } else { "" };
        let scheme = format!("{}:{slashes}", parts.scheme);
        if part == UriPartial::Scheme {
            return Ok(scheme);
        }
        let authority = format!("{scheme}{}{}", parts.user_prefix(), parts.authority());
        Ok(match part {
            UriPartial::Scheme | UriPartial::Authority if !parts.has_authority => String::new(),
            UriPartial::Scheme | UriPartial::Authority => authority,
            UriPartial::Path => format!("{authority}{}", parts.path),
            UriPartial::Query => format!("{authority}{}{}", parts.path, parts.query),
        })
    }

    /// Whether two are the same resource: fragment and user do not count, nor the case of the host.
    #[must_use]
    pub fn same(&self, other: &Uri) -> bool {
        match (&self.absolute, &other.absolute) {
            (Some(a), Some(b)) => {
                (&a.scheme, &a.host, a.port, &a.path, &a.query) == (&b.scheme, &b.host, b.port, &b.path, &b.query)
            }
            (None, None) => self.original == other.original,
            _ => false,
        }
    }
}

impl Absolute {
    /// Whether the path begins with a drive: `/C:/x`.
    fn is_drive(&self) -> bool {
        self.scheme == "file"
            && matches!(self.path.as_bytes(), [b'/', letter, b':', ..] if letter.is_ascii_alphabetic())
    }

    /// The path; that of a drive has no slash in front of it.
    fn path_of_file(&self) -> &str {
        if self.is_drive() { self.path.get(1..).unwrap_or_default() } else { &self.path }
    }

    fn authority(&self) -> String {
        if self.port == default_port(&self.scheme) { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    fn user_prefix(&self) -> String {
        if self.user_info.is_empty() { String::new() } else { format!("{}@", self.user_info) }
    }

    pub(super) fn text(&self) -> String {
        let slashes = if self.has_authority { "//" } else { "" };
        let (user, authority) = (self.user_prefix(), self.authority());
        format!("{}:{slashes}{user}{authority}{}{}{}", self.scheme, self.path, self.query, self.fragment)
    }
}

/// `ToString`: for people, with harmless escapes taken back.
impl fmt::Display for Uri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.absolute {
            Some(parts) => formatter.write_str(&unescape(&parts.text(), |byte| !is_unsafe_to_unescape(byte))),
            None => formatter.write_str(&self.original),
        }
    }
}

/// Escapes a part as `AbsoluteUri` shows it: what is escaped stays, except that unreserved characters never are.
pub(super) fn canonical(part: &str) -> String {
    let plain = unescape(part, |byte| byte != 0x80 && super::escape::is_unreserved(byte));
    escape(&plain, Keep::Escaped).into_owned()
}

#[cfg(test)]
mod tests;
