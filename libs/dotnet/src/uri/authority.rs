//! Host names: what kind one is, and its canonical form.

use std::net::Ipv6Addr;

use super::ip_address::{parse_ipv4_loose, parse_ipv6};
use super::limits::LABEL_LENGTH_MAX;
use crate::text::to_lower;

/// `System.UriHostNameType`, with its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its .NET value")]
pub enum HostNameType {
    Unknown = 0,
    Basic = 1,
    Dns = 2,
    IPv4 = 3,
    IPv6 = 4,
}

/// A host as it appears in a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// Canonical: small letters, addresses in their usual form, IPv6 in brackets.
    pub(super) name: String,
    pub(super) of: HostNameType,
}

/// `Uri.CheckHostName`.
#[must_use]
pub fn check_host_name(name: &str) -> HostNameType {
    if let Some(host) = Host::parse(name) {
        return host.of;
    }
    if parse_ipv6(name).is_some() { HostNameType::IPv6 } else { HostNameType::Unknown }
}

impl Host {
    /// `None`: no host name.
    pub(super) fn parse(text: &str) -> Option<Host> {
        if let Some(inner) = text.strip_prefix('[') {
            let (address, _) = parse_ipv6(inner.strip_suffix(']')?)?;
            return Some(Host::ipv6(address));
        }
        if let Some(address) = parse_ipv4_loose(text) {
            return Some(Host { name: address.to_string(), of: HostNameType::IPv4 });
        }
        // Names that end in a hyphen are none of the DNS.
        let of = if text.ends_with('-') { HostNameType::Basic } else { HostNameType::Dns };
        is_dns(text).then(|| Host { name: to_lower(text).into_owned(), of })
    }

    fn ipv6(address: Ipv6Addr) -> Host {
        Host { name: format!("[{address}]"), of: HostNameType::IPv6 }
    }
}

/// Labels of letters, digits, `-` and `_`, of any script; a final dot is allowed.
fn is_dns(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        let fits = !label.is_empty() && label.chars().count() <= LABEL_LENGTH_MAX;
        fits && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii() && !c.is_control())
    };
    !name.is_empty() && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use HostNameType as Type;

    #[test]
    fn hosts_have_a_kind_and_a_canonical_form() {
        let cases = [
            ("Example.COM", Type::Dns, "example.com"),
            ("a_b-c.x.", Type::Dns, "a_b-c.x."),
            ("-a", Type::Dns, "-a"),
            ("bücher.de", Type::Dns, "bücher.de"),
            ("127.1", Type::IPv4, "127.0.0.1"),
            ("192.168.0.1", Type::IPv4, "192.168.0.1"),
            ("[2001:DB8::0:1]", Type::IPv6, "[2001:db8::1]"),
            ("256.1.1.1", Type::Dns, "256.1.1.1"),
        ];
        for (text, of, name) in cases {
            assert_eq!(Host::parse(text), Some(Host { name: name.to_owned(), of }), "{text}");
        }
        for text in ["", "a b", "a..b", "a/b", "[::1", "[x]", "a@b", "%41"] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
        assert_eq!(check_host_name("::1"), Type::IPv6);
        assert_eq!(check_host_name("a b"), Type::Unknown);
    }
}
