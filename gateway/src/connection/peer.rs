//! Who is at the other end of a connection, and whether its certificate is trusted.

use std::cell::{Cell, OnceCell};
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use postern_bundle::Hash;
use postern_dotnet::crypto::{Certificate, RevocationLists};
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;

use crate::snapshot::{Authorities, Scheme};

/// "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255" and a scope would not fit anything shorter.
const TEXT_BYTES: usize = 48;

/// The caller's address, with its text made once per connection.
#[derive(Debug)]
pub(crate) struct Peer {
    address: IpAddr,
    text: [u8; TEXT_BYTES],
    length: usize,
    tls: Option<Tls>,
}

/// What the handshake told of the caller.
#[derive(Debug)]
struct Tls {
    /// Its own first; empty when it showed none.
    certificates: Vec<CertificateDer<'static>>,
    /// All but the first, as far as they can be read.
    issuers: OnceCell<Vec<Certificate>>,
    verdict: Cell<Option<Verdict>>,
}

/// What was found out about the caller's certificate: the signatures of a path cost as much as a request.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    /// Which authorities were asked.
    authorities: Option<Hash>,
    /// How many revocation lists were looked at: those of the settings or none.
    lists: usize,
    from_s: u64,
    until_s: u64,
    is_trusted: bool,
}

/// How long a verdict holds: an authority that expires is noticed that late.
const VERDICT_S: u64 = 60;

impl Peer {
    pub(crate) fn new(address: SocketAddr) -> Self {
        // A caller over IPv4 on a dual-stack listener is an IPv4 caller, for ip-filter and for logs.
        let address = address.ip().to_canonical();
        let mut peer = Self { address, text: [0; TEXT_BYTES], length: 0, tls: None };
        // The text of an IP address always fits.
        let _ = write!(peer, "{address}");
        peer
    }

    pub(crate) fn over_tls(address: SocketAddr, certificates: Vec<CertificateDer<'static>>) -> Self {
        let tls = Tls { certificates, issuers: OnceCell::new(), verdict: Cell::new(None) };
        Self { tls: Some(tls), ..Self::new(address) }
    }

    /// The scheme of the URLs that it asks for.
    pub(crate) fn scheme(&self) -> Scheme {
        if self.tls.is_some() { Scheme::Https } else { Scheme::Http }
    }

    /// The port of such a URL that names none.
    pub(crate) fn default_port(&self) -> u16 {
        if self.tls.is_some() { 443 } else { 80 }
    }

    /// The certificates it showed, its own first.
    pub(crate) fn certificates(&self) -> &[CertificateDer<'static>] {
        self.tls.as_ref().map_or(&[], |tls| &tls.certificates)
    }

    /// Whether a certificate (the caller's own, most likely) leads to an authority, at a time in seconds since 1970.
    pub(crate) fn trust(
        &self,
        certificate: &Certificate,
        authorities: &Authorities,
        system: &RootCertStore,
        revoked: &RevocationLists,
        at_s: u64,
    ) -> bool {
        let own =
            self.tls.as_ref().filter(|tls| tls.certificates.first().is_some_and(|own| **own == *certificate.der()));
        let Some(own) = own else { return authorities.trust(certificate, &[], system, revoked, at_s) };
        let known =
            own.verdict.get().filter(|known| known.authorities == authorities.hash() && known.lists == revoked.count());
        if let Some(known) = known.filter(|known| (known.from_s..known.until_s).contains(&at_s)) {
            return known.is_trusted;
        }
        let read = |der: &CertificateDer<'_>| Certificate::from_der(der).ok();
        let issuers = own.issuers.get_or_init(|| own.certificates.iter().skip(1).filter_map(read).collect());
        let is_trusted = authorities.trust(certificate, issuers, system, revoked, at_s);
        let expires_s = u64::try_from(certificate.not_after_s()).unwrap_or(0).saturating_add(1);
        let until_s = (at_s + VERDICT_S).min(expires_s.max(at_s + 1));
        own.verdict.set(Some(Verdict {
            authorities: authorities.hash(),
            lists: revoked.count(),
            from_s: at_s,
            until_s,
            is_trusted,
        }));
        is_trusted
    }

    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// As in `X-Forwarded-For`.
    pub(crate) fn text(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }
}

impl Write for Peer {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        self.text.get_mut(self.length..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_in_full_and_mapped_ones_as_ipv4() {
        for (address, text) in [
            ("127.0.0.1:80", "127.0.0.1"),
            ("255.255.255.255:65535", "255.255.255.255"),
            ("[::1]:80", "::1"),
            ("[::ffff:10.1.2.3]:80", "10.1.2.3"),
            ("[2001:db8:1111:2222:3333:4444:5555:6666]:80", "2001:db8:1111:2222:3333:4444:5555:6666"),
        ] {
            assert_eq!(Peer::new(address.parse().unwrap()).text(), text.as_bytes());
        }
    }
}
