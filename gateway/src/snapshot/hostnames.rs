//! Host names that callers over TLS may ask for, and what they are shown.
//!
//! What must hold: an exact name wins over a wildcard, and that over `*`; a wildcard stands for one label
//! (RFC 6125 section 6.4.3).

use std::collections::HashMap;
use std::sync::Arc;

use postern_bundle::{Hash, Hostname as Part};
use rustls::crypto::aws_lc_rs;
use rustls::server::ProducesTickets;
use rustls::sign::CertifiedKey;

use super::Certificates;

/// All host names of a generation.
#[derive(Debug, Default)]
pub struct Hostnames {
    /// Address of the names and of the certificates they show: an equal whole is shared with the next generation.
    pub(super) hash: Option<Hash>,
    exact: HashMap<Box<str>, Hostname>,
    /// By what follows `*.`.
    wildcards: HashMap<Box<str>, Hostname>,
    any: Option<Hostname>,
    /// Of these names only; `None` without names.
    tickets: Option<Arc<dyn ProducesTickets>>,
    /// Names and reasons of those that cannot be used.
    pub(super) broken: Vec<(String, String)>,
}

/// What callers of one name are shown.
#[derive(Debug)]
pub struct Hostname {
    pub key: Arc<CertifiedKey>,
    pub negotiate_client_certificate: bool,
}

impl Hostnames {
    pub(super) fn new(parts: &[Part], certificates: &Certificates, hash: Option<Hash>) -> Self {
        let mut hostnames = Self { hash, ..Self::default() };
        for part in parts {
            match Hostname::new(part, certificates) {
                Ok(hostname) => hostnames.insert(&part.host, hostname),
                Err(reason) => hostnames.broken.push((part.name.clone(), reason)),
            }
        }
        match aws_lc_rs::Ticketer::new() {
            Ok(tickets) if !parts.is_empty() => hostnames.tickets = Some(tickets),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "TLS sessions of callers cannot be resumed"),
        }
        hostnames
    }

    /// Of two with one name the first stays, whichever was changed last.
    fn insert(&mut self, host: &str, hostname: Hostname) {
        let host = host.to_ascii_lowercase();
        match host.strip_prefix("*.") {
            _ if host == "*" => drop(self.any.get_or_insert(hostname)),
            Some(parent) => drop(self.wildcards.entry(parent.into()).or_insert(hostname)),
            None => drop(self.exact.entry(host.into()).or_insert(hostname)),
        }
    }

    /// What a caller is shown that asks for this host, or for none.
    pub fn find(&self, host: Option<&str>) -> Option<&Hostname> {
        let Some(host) = host else { return self.any.as_ref() };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let parent = || host.split_once('.').and_then(|(_, parent)| self.wildcards.get(parent));
        self.exact.get(&*host).or_else(parent).or(self.any.as_ref())
    }

    /// Makes and reads the tickets of sessions under these names.
    pub fn tickets(&self) -> Option<&Arc<dyn ProducesTickets>> {
        self.tickets.as_ref()
    }
}

impl Hostname {
    fn new(part: &Part, certificates: &Certificates) -> Result<Self, String> {
        let identity = certificates.identity(&part.certificate);
        let identity = identity
            .ok_or_else(|| format!("there is no usable certificate {} with a private key", part.certificate))?;
        let (chain, key) = identity.parts()?;
        let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
            .map_err(|error| format!("the certificate {} cannot be used: {error}", part.certificate))?;
        Ok(Self { key: Arc::new(key), negotiate_client_certificate: part.negotiate_client_certificate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use postern_bundle::{Certificate, Secret};

    /// Certificates by id, each with its own name as common name; returns them with their DER.
    fn certificates(ids: &[&str]) -> (Certificates, HashMap<String, Vec<u8>>) {
        let mut ders = HashMap::new();
        let parts = ids.iter().map(|id| {
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = rcgen::CertificateParams::new([(*id).to_owned()]).unwrap().self_signed(&key).unwrap();
            ders.insert((*id).to_owned(), certificate.der().to_vec());
            let pem = certificate.pem() + &key.serialize_pem();
            let data = Secret::new(STANDARD.encode(pem));
            Certificate { name: (*id).to_owned(), thumbprint: String::new(), data, password: Secret::new("") }
        });
        let certificates = Certificates::read(parts.collect(), None);
        assert_eq!(certificates.broken, []);
        (certificates, ders)
    }

    fn part(host: &str, certificate: &str) -> Part {
        let (name, certificate) = (host.to_owned(), certificate.to_owned());
        Part { name, host: host.to_owned(), certificate, negotiate_client_certificate: false }
    }

    #[test]
    fn an_exact_name_wins_over_a_wildcard_and_that_over_any() {
        let (certificates, ders) = certificates(&["exact", "wild", "any"]);
        let parts = [part("*", "any"), part("*.a.test", "wild"), part("API.a.test", "exact")];
        let hostnames = Hostnames::new(&parts, &certificates, None);
        assert_eq!(hostnames.broken, []);
        for (host, expected) in [
            (Some("api.a.test"), "exact"),
            (Some("Api.A.Test"), "exact"),
            (Some("api.a.test."), "exact"),
            (Some("other.a.test"), "wild"),
            (Some("deep.other.a.test"), "any"),
            (Some("a.test"), "any"),
            (Some("localhost"), "any"),
            (None, "any"),
        ] {
            let found = hostnames.find(host).unwrap();
            assert_eq!(found.key.cert[0].to_vec(), ders[expected], "{host:?}");
        }
    }

    #[test]
    fn without_any_other_hosts_find_nothing() {
        let (certificates, _) = certificates(&["c"]);
        let hostnames = Hostnames::new(&[part("a.test", "c"), part("b.test", "gone")], &certificates, None);
        let reason = "there is no usable certificate gone with a private key";
        assert_eq!(hostnames.broken, [("b.test".to_owned(), reason.to_owned())]);
        assert!(hostnames.find(Some("a.test")).is_some());
        assert!(hostnames.find(Some("b.test")).is_none() && hostnames.find(None).is_none());
    }
}
