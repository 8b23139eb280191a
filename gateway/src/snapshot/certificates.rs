//! The service's certificates: shown to backends and callers, and read by expressions. One without private key is an authority's.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_bundle::{Certificate as Part, Hash};
use postern_dotnet::crypto::Certificate;

use super::via::ClientIdentity;

/// All certificates of a generation. Ids and thumbprints compare without case.
#[derive(Default)]
pub struct Certificates {
    /// Address of all of them: equal ones are shared with the next generation.
    pub(super) hash: Option<Hash>,
    ids: Box<[Box<str>]>,
    by_id: HashMap<Box<str>, Known>,
    /// Names and reasons of those that cannot be used.
    pub(super) broken: Vec<(String, String)>,
}

struct Known {
    thumbprint: Box<str>,
    pfx: Box<[u8]>,
    password: Box<str>,
    certificate: Certificate,
    identity: Option<Arc<ClientIdentity>>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Certificates({:?})", self.ids)
    }
}

impl Certificates {
    pub(super) fn read(parts: Vec<Part>, hash: Option<Hash>) -> Self {
        let mut certificates = Self { hash, ..Self::default() };
        for part in parts {
            let bytes = STANDARD.decode(part.data.expose()).map_err(|error| error.to_string());
            let read = bytes.and_then(|pfx| Ok((read(&pfx, part.password.expose())?, pfx)));
            match read {
                Err(reason) => certificates.broken.push((part.name, reason)),
                Ok(((certificate, identity), pfx)) => {
                    let known = Known {
                        thumbprint: part.thumbprint.into(),
                        pfx: pfx.into(),
                        password: part.password.expose().into(),
                        certificate,
                        identity,
                    };
                    certificates.by_id.insert(part.name.to_ascii_lowercase().into(), known);
                    certificates.ids =
                        std::mem::take(&mut certificates.ids).into_iter().chain([part.name.into()]).collect();
                }
            }
        }
        certificates
    }

    fn get(&self, id: &str) -> Option<&Known> {
        self.by_id.get(&*id.to_ascii_lowercase())
    }

    /// Ids, as the service writes them.
    pub fn ids(&self) -> &[Box<str>] {
        &self.ids
    }

    /// PKCS#12 and password of a certificate.
    pub fn store(&self, id: &str) -> Option<(&[u8], &str)> {
        self.get(id).map(|known| (&*known.pfx, &*known.password))
    }

    /// The certificate itself.
    pub(super) fn certificate(&self, id: &str) -> Option<&Certificate> {
        self.get(id).map(|known| &known.certificate)
    }

    /// What proves to be a certificate's owner.
    pub fn identity(&self, id: &str) -> Option<&Arc<ClientIdentity>> {
        self.get(id).and_then(|known| known.identity.as_ref())
    }

    /// The same by thumbprint.
    pub fn with_thumbprint(&self, thumbprint: &str) -> Option<&Arc<ClientIdentity>> {
        let known = self.by_id.values().find(|known| known.thumbprint.eq_ignore_ascii_case(thumbprint));
        known.and_then(|known| known.identity.as_ref())
    }
}

fn read(pfx: &[u8], password: &str) -> Result<(Certificate, Option<Arc<ClientIdentity>>), String> {
    let chain =
        Certificate::read_chain(pfx, password).map_err(|error| format!("the certificate is malformed: {error}"))?;
    let identity = ClientIdentity::of_chain(&chain).map(Arc::new);
    let certificate = chain.into_iter().next().ok_or("the certificate is malformed")?;
    Ok((certificate, identity))
}
