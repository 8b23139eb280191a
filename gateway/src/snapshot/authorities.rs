//! Who may issue certificates of callers: the system's authorities and those of the gateway resource.

use postern_bundle::{Authority as Part, Hash};
use postern_dotnet::crypto::{Certificate, RevocationLists};
use rustls::RootCertStore;

use super::Certificates;

/// The authorities of a generation, besides the system's.
#[derive(Debug, Default)]
pub struct Authorities {
    /// Address of the authorities and their certificates.
    pub(super) hash: Option<Hash>,
    trusted: Vec<Certificate>,
    /// They lead from callers' certificates to one that is trusted.
    intermediate: Vec<Certificate>,
    /// Names and reasons of those that cannot be used.
    pub(super) broken: Vec<(String, String)>,
}

impl Authorities {
    pub(super) fn new(parts: &[Part], certificates: &Certificates, hash: Option<Hash>) -> Self {
        let mut authorities = Self { hash, ..Self::default() };
        for part in parts {
            let Some(certificate) = certificates.certificate(&part.name) else {
                authorities.broken.push((part.name.clone(), format!("there is no usable certificate {}", part.name)));
                continue;
            };
            let list = if part.is_trusted { &mut authorities.trusted } else { &mut authorities.intermediate };
            list.push(certificate.clone());
        }
        authorities
    }

    /// Tells one set of authorities from another.
    pub fn hash(&self) -> Option<Hash> {
        self.hash
    }

    /// Whether a path of certificates that are valid at `at_unix_s` leads from `certificate`, over those that came with it, to an authority.
    pub fn trust(
        &self,
        certificate: &Certificate,
        shown: &[Certificate],
        system: &RootCertStore,
        revoked: &RevocationLists,
        at_unix_s: u64,
    ) -> bool {
        let at_s = i64::try_from(at_unix_s).unwrap_or(i64::MAX);
        let is_valid = |authority: &&Certificate| authority.not_before_s() <= at_s && at_s <= authority.not_after_s();
        let trusted: Vec<Certificate> = self.trusted.iter().filter(is_valid).cloned().collect();
        let between: Vec<Certificate> = shown.iter().chain(&self.intermediate).cloned().collect();
        certificate.verify_trust(&between, &trusted, revoked, at_unix_s).is_ok()
            || certificate.leads_to(&system.roots, &between, revoked, at_unix_s).is_ok()
    }
}
