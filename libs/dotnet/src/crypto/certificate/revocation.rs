//! Certificate revocation lists that somebody has at hand; none is ever fetched.

use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject as _;
use webpki::{CertRevocationList, OwnedCertRevocationList};

use super::super::error::object_not_found;
use super::super::limits::{REVOCATION_BYTES_MAX, REVOCATION_LISTS_MAX};
use crate::Exception;

/// Lists of any issuers. An issuer without one revokes nothing.
#[derive(Debug, Default)]
pub struct RevocationLists(Vec<CertRevocationList<'static>>);

impl RevocationLists {
    /// Every list of a PEM text.
    pub fn read_all_pem(bytes: &[u8]) -> Result<RevocationLists, Exception> {
        if bytes.len() > REVOCATION_BYTES_MAX {
            return Err(object_not_found());
        }
        let mut lists = Vec::new();
        for der in CertificateRevocationListDer::pem_slice_iter(bytes) {
            let der = der.map_err(|_| object_not_found())?;
            let list = OwnedCertRevocationList::from_der(&der).map_err(|_| object_not_found())?;
            lists.push(CertRevocationList::Owned(list));
        }
        if lists.len() > REVOCATION_LISTS_MAX { Err(object_not_found()) } else { Ok(RevocationLists(lists)) }
    }

    /// How many lists there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn all(&self) -> Vec<&CertRevocationList<'static>> {
        self.0.iter().collect()
    }
}
