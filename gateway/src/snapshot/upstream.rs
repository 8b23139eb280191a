//! Where a request is forwarded: a backend's URL, taken apart once.
//!
//! What must hold: equal scheme, host, port and TLS policy give the same [`Upstream::id`], in this snapshot and in every
//! other, so that connection pools survive a change of configuration.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use postern_bundle::{Backend, BackendCredentials, Hash, Secret};
use postern_http::AuthorityBuf;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::Certificates;
use super::via::{ClientIdentity, Proxy};

/// The protocol below HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scheme {
    #[default]
    Http,
    Https,
}

impl Scheme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A backend, resolved: all that a connection and a request head need.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Key of the connection pool: the same number if and only if scheme, host, port and TLS policy are the same.
    pub id: u64,
    /// Name of the backend resource; empty for a service URL.
    pub name: Box<str>,
    pub scheme: Scheme,
    /// Name or IP literal in lower case, without brackets: for the resolver and for SNI.
    pub host: Box<str>,
    pub port: u16,
    /// Empty, or begins with a slash and does not end with one.
    pub base_path: Box<[u8]>,
    /// `host[:port]`: value of `Host`; the port only when it is not the scheme's own.
    pub host_header: AuthorityBuf,
    /// `scheme://host[:port]`
    pub origin: Box<[u8]>,
    pub tls: TlsPolicy,
    pub credentials: Credentials,
    /// Over which it is reached.
    pub proxy: Option<Arc<Proxy>>,
}

/// How a backend's certificate is checked.
#[derive(Debug, Clone)]
pub struct TlsPolicy {
    /// Off: any certificate is accepted.
    pub validate_chain: bool,
    /// Off: the chain must be good, the name in the certificate does not matter.
    pub validate_name: bool,
    /// Trusted in addition to the system's.
    pub ca: Vec<CertificateDer<'static>>,
    /// What the gateway shows of itself.
    pub client: Option<Arc<ClientIdentity>>,
}

impl Default for TlsPolicy {
    fn default() -> Self {
        Self { validate_chain: true, validate_name: true, ca: Vec::new(), client: None }
    }
}

/// What is added to each request to a backend.
#[derive(Clone, Default)]
pub struct Credentials {
    /// Header name and value.
    pub headers: Vec<(Box<str>, Box<[u8]>)>,
    /// `a=b&c=d`, percent-encoded, to append to the query; empty when there is none.
    pub query: Box<[u8]>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| &**name).collect();
        write!(f, "Credentials(headers {names:?}, query of {} bytes)", self.query.len())
    }
}

/// Why a text cannot be the URL of a backend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    #[error("a backend URL must begin with http:// or https:// (ws:// or wss:// for WebSocket)")]
    Scheme,
    #[error("the backend URL has no host")]
    NoHost,
    #[error("the host of the backend URL contains `{0}`; international names must be written in their xn-- form")]
    Host(char),
    #[error("the host of the backend URL is no name that can be asked for: it is too long, or nothing but dots")]
    NoName,
    #[error("the port of the backend URL is not a number from 1 to 65535")]
    Port,
    #[error("a user name or password in a backend URL is not supported; use the backend's credentials")]
    UserInfo,
    #[error("a backend URL must not have a query or fragment")]
    Query,
    #[error("the certificate authorities of the backend are not PEM certificates")]
    Authorities,
    #[error("the certificate `{0}`, which is to be shown to the backend, does not exist or cannot be used")]
    Certificate(String),
    #[error("credential `{0}` is not a valid header")]
    Header(String),
}

impl Upstream {
    /// Takes a URL apart; default TLS policy, no credentials.
    ///
    /// # Errors
    /// When it is not an absolute HTTP URL without query.
    pub fn parse(url: &str) -> Result<Self, UpstreamError> {
        Self::assemble(url.trim(), "", TlsPolicy::default(), Credentials::default())
    }

    /// A backend resource.
    ///
    /// # Errors
    /// When its URL, certificates or credentials are no good.
    pub fn from_backend(backend: &Backend, certificates: &Certificates) -> Result<Self, UpstreamError> {
        let wanted = backend.credentials.certificate.as_ref();
        let known =
            wanted.map(|name| certificates.identity(name).ok_or_else(|| UpstreamError::Certificate(name.clone())));
        let tls = TlsPolicy {
            validate_chain: backend.tls.validate_chain,
            validate_name: backend.tls.validate_name,
            ca: backend.tls.authorities_pem.as_deref().map(authorities).transpose()?.unwrap_or_default(),
            client: known.transpose()?.map(Arc::clone),
        };
        Self::assemble(backend.url.trim(), &backend.name, tls, credentials(&backend.credentials)?)
    }

    fn assemble(url: &str, name: &str, tls: TlsPolicy, credentials: Credentials) -> Result<Self, UpstreamError> {
        let (scheme, rest) = split_scheme(url)?;
        if rest.contains(['?', '#']) {
            return Err(UpstreamError::Query);
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let (host, port) = split_authority(authority, scheme)?;
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let host_header = if port == scheme.default_port() { bracketed } else { format!("{bracketed}:{port}") };
        let host_header = AuthorityBuf::new(host_header).map_err(|_| UpstreamError::NoName)?;
        Ok(Self {
            id: pool_id(scheme, &host, port, &tls),
            name: name.into(),
            scheme,
            host: host.into(),
            port,
            base_path: encoded_path(path.trim_end_matches('/')),
            origin: [scheme.as_str().as_bytes(), b"://", host_header.get().bytes()].concat().into(),
            host_header,
            tls,
            credentials,
            proxy: None,
        })
    }
}

/// A URL of a request that a policy sends, without its user information, which .NET's client takes and does not use. The fault of a URL
/// that is wrong is told with this text, and a password must not stand in it.
pub fn without_user_info(url: &str) -> Cow<'_, str> {
    let Some(begin) = url.find("://").map(|at| at + 3) else { return Cow::Borrowed(url) };
    let behind = &url[begin..];
    let authority = behind.find(['/', '?', '#']).map_or(behind, |end| &behind[..end]);
    match authority.rfind('@') {
        Some(at) => Cow::Owned([&url[..begin], &behind[at + 1..]].concat()),
        None => Cow::Borrowed(url),
    }
}

fn split_scheme(url: &str) -> Result<(Scheme, &str), UpstreamError> {
    let (scheme, rest) = url.split_once("://").ok_or(UpstreamError::Scheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => Ok((Scheme::Http, rest)),
        "https" | "wss" => Ok((Scheme::Https, rest)),
        _ => Err(UpstreamError::Scheme),
    }
}

/// Host without brackets in lower case, and port.
fn split_authority(authority: &str, scheme: Scheme) -> Result<(String, u16), UpstreamError> {
    if authority.contains('@') {
        return Err(UpstreamError::UserInfo);
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(UpstreamError::Host('['))?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| UpstreamError::Host('['))?;
            (host, port)
        }
        None => authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon)),
    };
    if host.is_empty() {
        return Err(UpstreamError::NoHost);
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    if let Some(wrong) = host.chars().find(|&c| !allowed(c)) {
        return Err(UpstreamError::Host(wrong));
    }
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => scheme.default_port(),
        Some("") => scheme.default_port(),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|&port| port > 0).ok_or(UpstreamError::Port)?
        }
        _ => return Err(UpstreamError::Port),
    };
    Ok((host.trim_end_matches('.').to_ascii_lowercase(), port))
}

/// Bytes that may not stand in a request line are percent-encoded.
fn encoded_path(path: &str) -> Box<[u8]> {
    let mut encoded = Vec::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}') {
            encoded.push(byte);
        } else {
            encoded.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    encoded.into()
}

fn pool_id(scheme: Scheme, host: &str, port: u16, tls: &TlsPolicy) -> u64 {
    let mut identity = format!("{}\0{host}\0{port}\0", scheme.as_str()).into_bytes();
    if scheme == Scheme::Https {
        identity.extend_from_slice(&[u8::from(tls.validate_chain), u8::from(tls.validate_name)]);
        for certificate in &tls.ca {
            identity.extend_from_slice(&Hash::of(certificate.as_ref()).0);
        }
        if let Some(client) = &tls.client {
            identity.extend_from_slice(b"certificate\0");
            identity.extend_from_slice(&Hash::of(client.der()).0);
        }
    }
    let Hash([a, b, c, d, e, f, g, h, ..]) = Hash::of(&identity);
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

fn authorities(pem: &str) -> Result<Vec<CertificateDer<'static>>, UpstreamError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let certificates = certificates.map_err(|_| UpstreamError::Authorities)?;
    if certificates.is_empty() { Err(UpstreamError::Authorities) } else { Ok(certificates) }
}

fn credentials(from: &BackendCredentials) -> Result<Credentials, UpstreamError> {
    let mut headers = Vec::new();
    for (name, values) in &from.headers {
        for value in values {
            headers.push(header(name, value.expose())?);
        }
    }
    if let Some((scheme, parameter)) = &from.authorization {
        headers.push(header("Authorization", &format!("{scheme} {}", parameter.expose()))?);
    }
    let mut query = Vec::new();
    for (name, values) in &from.query {
        for value in values {
            append_pair(&mut query, name, value);
        }
    }
    Ok(Credentials { headers, query: query.into() })
}

fn header(name: &str, value: &str) -> Result<(Box<str>, Box<[u8]>), UpstreamError> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let value = value.trim();
    let good = !name.is_empty() && name.bytes().all(is_token) && !value.bytes().any(|b| matches!(b, 0 | b'\r' | b'\n'));
    if good { Ok((name.into(), value.as_bytes().into())) } else { Err(UpstreamError::Header(name.to_owned())) }
}

fn append_pair(query: &mut Vec<u8>, name: &str, value: &Secret) {
    if !query.is_empty() {
        query.push(b'&');
    }
    append_encoded(query, name);
    query.push(b'=');
    append_encoded(query, value.expose());
}

fn append_encoded(query: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            query.push(byte);
        } else {
            query.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use postern_bundle::BackendTls;

    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let table = [
            ("http://example.com", "example.com", 80, "", "example.com"),
            ("https://Example.com./", "example.com", 443, "", "example.com"),
            ("https://example.com:443/a/b/", "example.com", 443, "/a/b", "example.com"),
            ("http://example.com:8080/a b", "example.com", 8080, "/a%20b", "example.com:8080"),
            ("http://[2001:DB8::1]:81/x", "2001:db8::1", 81, "/x", "[2001:db8::1]:81"),
            ("wss://example.com:/ws", "example.com", 443, "/ws", "example.com"),
            (" http://10.0.0.1 ", "10.0.0.1", 80, "", "10.0.0.1"),
        ];
        for (url, host, port, base_path, host_header) in table {
            let upstream = Upstream::parse(url).unwrap();
            assert_eq!((&*upstream.host, upstream.port), (host, port), "{url}");
            assert_eq!(&*upstream.base_path, base_path.as_bytes(), "{url}");
            assert_eq!(upstream.host_header.get().bytes(), host_header.as_bytes(), "{url}");
            let scheme = if url.contains("s:") { "https" } else { "http" };
            assert_eq!(*upstream.origin, *format!("{scheme}://{host_header}").as_bytes(), "{url}");
        }
    }

    #[test]
    fn what_is_no_backend_url_is_refused() {
        let table = [
            ("example.com", UpstreamError::Scheme),
            ("ftp://example.com", UpstreamError::Scheme),
            ("http://", UpstreamError::NoHost),
            ("http:///a", UpstreamError::NoHost),
            ("http://:80", UpstreamError::NoHost),
            ("http://a:0", UpstreamError::Port),
            ("http://a:65536", UpstreamError::Port),
            ("http://a:+80", UpstreamError::Port),
            ("http://u:p@a", UpstreamError::UserInfo),
            ("http://a?x=1", UpstreamError::Query),
            ("http://a/#f", UpstreamError::Query),
            ("http://a b", UpstreamError::Host(' ')),
            ("http://\u{e9}.com", UpstreamError::Host('\u{e9}')),
            ("http://[::g]", UpstreamError::Host('[')),
            ("http://.", UpstreamError::NoName),
            (&format!("http://{}", "a".repeat(256)), UpstreamError::NoName),
        ];
        for (url, error) in table {
            assert_eq!(Upstream::parse(url).unwrap_err(), error, "{url}");
        }
    }

    #[test]
    fn user_information_goes_from_the_authority_only() {
        for (url, without) in [
            ("http://u:p@a/x", "http://a/x"),
            ("https://u@a:8443", "https://a:8443"),
            ("HTTP://u:p@q@[::1]?q=a@b", "HTTP://[::1]?q=a@b"),
            ("http://a/u:p@b", "http://a/u:p@b"),
            ("http://a?u@b", "http://a?u@b"),
            ("http://@a", "http://a"),
            ("u:p@a", "u:p@a"),
        ] {
            assert_eq!(without_user_info(url), without, "{url}");
        }
    }

    #[test]
    fn the_pool_is_the_same_for_the_same_address_and_tls_policy_only() {
        let id = |url: &str| Upstream::parse(url).unwrap().id;
        assert_eq!(id("http://a/x"), id("http://A:80/y"));
        assert_ne!(id("http://a"), id("https://a:80"));
        assert_ne!(id("http://a"), id("http://a:81"));
        let backend = |validate_chain| Backend {
            name: "b".into(),
            url: "https://a".into(),
            tls: BackendTls { validate_chain, ..BackendTls::default() },
            credentials: BackendCredentials::default(),
        };
        let of =
            |validate_chain| Upstream::from_backend(&backend(validate_chain), &Certificates::default()).unwrap().id;
        assert_eq!(of(true), id("https://a"));
        assert_ne!(of(true), of(false));
    }

    #[test]
    fn credentials_become_headers_and_query_and_do_not_print() {
        let backend = Backend {
            name: "b".into(),
            url: "http://a".into(),
            tls: BackendTls::default(),
            credentials: BackendCredentials {
                headers: vec![("x-key".into(), vec![Secret::new("one"), Secret::new("two")])],
                query: vec![("code".into(), vec![Secret::new("a&b=")])],
                authorization: Some(("Bearer".into(), Secret::new("t0ken"))),
                certificate: None,
            },
        };
        let upstream = Upstream::from_backend(&backend, &Certificates::default()).unwrap();
        let headers: Vec<_> =
            upstream.credentials.headers.iter().map(|(n, v)| (&**n, std::str::from_utf8(v).unwrap())).collect();
        assert_eq!(headers, [("x-key", "one"), ("x-key", "two"), ("Authorization", "Bearer t0ken")]);
        assert_eq!(&*upstream.credentials.query, b"code=a%26b%3D");
        assert!(!format!("{upstream:?}").contains("t0ken"));
        let split = Backend {
            credentials: BackendCredentials {
                headers: vec![("x".into(), vec![Secret::new("a\r\nb: c")])],
                ..BackendCredentials::default()
            },
            ..backend
        };
        assert_eq!(
            Upstream::from_backend(&split, &Certificates::default()).unwrap_err(),
            UpstreamError::Header("x".into())
        );
    }

    #[test]
    fn authorities_that_are_not_pem_are_refused() {
        assert_eq!(authorities("not pem"), Err(UpstreamError::Authorities));
    }
}
