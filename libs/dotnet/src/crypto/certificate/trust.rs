//! Whether a certificate leads to a trusted authority: what `Verify()` and `VerifyNoRevocation()` ask.
//!
//! Which authorities are trusted and what they revoked is the caller's to say: nothing is looked up over the network.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, Error, ExpirationPolicy, ExtendedKeyUsageValidator, KeyPurposeIdIter,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy,
};

use super::{Certificate, RevocationLists};

/// Why a certificate is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustFailure {
    /// `NotTimeValid`: a certificate of the path is not valid now.
    Time,
    /// `PartialChain` or `UntrustedRoot`: no path leads to an authority.
    Issuer,
    /// `Revoked`: an issuer took back a certificate of the path.
    Revoked,
    /// Anything else that makes a path invalid: signatures, constraints, malformed parts.
    Path,
}

/// .NET's default chain policy asks for no particular use.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, usages: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        usages.take(USAGES_MAX).try_for_each(|usage| usage.map(drop))
    }
}

/// Extended key usages read; there are about twenty kinds.
const USAGES_MAX: usize = 64;

impl Certificate {
    /// Whether a path of valid certificates leads from this one over `intermediates` to one of `authorities` at `now_unix_s`. A certificate
    /// that is itself an authority is trusted, as in .NET.
    pub fn verify_trust(
        &self,
        intermediates: &[Certificate],
        authorities: &[Certificate],
        revoked: &RevocationLists,
        now_unix_s: u64,
    ) -> Result<(), TrustFailure> {
        let now = i64::try_from(now_unix_s).unwrap_or(i64::MAX);
        if authorities.iter().any(|authority| authority.der() == self.der()) {
            let valid = self.not_before_s() <= now && now <= self.not_after_s();
            return if valid { Ok(()) } else { Err(TrustFailure::Time) };
        }
        let roots: Vec<CertificateDer<'_>> = authorities.iter().map(|root| CertificateDer::from(root.der())).collect();
        let anchors: Vec<TrustAnchor<'_>> =
            roots.iter().filter_map(|root| webpki::anchor_from_trusted_cert(root).ok()).collect();
        self.leads_to(&anchors, intermediates, revoked, now_unix_s)
    }

    /// The same for authorities of which only name and key are known, such as the system's.
    pub fn leads_to(
        &self,
        anchors: &[TrustAnchor<'_>],
        intermediates: &[Certificate],
        revoked: &RevocationLists,
        now_unix_s: u64,
    ) -> Result<(), TrustFailure> {
        let between: Vec<CertificateDer<'_>> =
            intermediates.iter().map(|certificate| CertificateDer::from(certificate.der())).collect();
        let der = CertificateDer::from(self.der());
        let end = EndEntityCert::try_from(&der).map_err(|_| TrustFailure::Path)?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(now_unix_s));
        let lists = revoked.all();
        // Fails without lists only. What an old list revokes stays revoked; an issuer without a list revokes nothing.
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            options
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(UnknownStatusPolicy::Allow)
                .with_expiration_policy(ExpirationPolicy::Ignore)
                .build()
        });
        match end.verify_for_usage(ALL_VERIFICATION_ALGS, anchors, &between, time, AnyUsage, revocation, None) {
            Ok(_) => Ok(()),
            Err(Error::CertExpired { .. } | Error::CertNotValidYet { .. }) => Err(TrustFailure::Time),
            Err(Error::CertRevoked) => Err(TrustFailure::Revoked),
            Err(Error::UnknownIssuer) => Err(TrustFailure::Issuer),
            Err(_) => Err(TrustFailure::Path),
        }
    }
}
