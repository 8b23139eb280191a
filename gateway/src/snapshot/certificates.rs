//! The service's certificates: shown to backends, and read by expressions.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_bundle::{Certificate as Part, Hash};

use super::via::ClientIdentity;

/// All certificates of a generation. Ids and thumbprints compare without case.
#[derive(Default)]
pub struct Certificates {
    /// Address of all of them: equal ones are shared with the next generation.
    pub(super) hash: Option<Hash>,
    ids: Box<[Box<str>]>,
    by_id: HashMap<Box<str>, Known>,
}

struct Known {
    thumbprint: Box<str>,
    pfx: Box<[u8]>,
    password: Box<str>,
    identity: Arc<ClientIdentity>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Certificates({:?})", self.ids)
    }
}

impl Certificates {
    /// Reads the parts; returns names and reasons of those that cannot be used.
    pub(super) fn read(parts: Vec<Part>, hash: Option<Hash>) -> (Self, Vec<(String, String)>) {
        let mut certificates = Self { hash, ..Self::default() };
        let mut broken = Vec::new();
        for part in parts {
            let bytes = STANDARD.decode(part.data.expose()).map_err(|error| error.to_string());
            let read = bytes.and_then(|pfx| Ok((ClientIdentity::read(&pfx, part.password.expose())?, pfx)));
            match read {
                Err(reason) => broken.push((part.name, reason)),
                Ok((identity, pfx)) => {
                    let known = Known {
                        thumbprint: part.thumbprint.into(),
                        pfx: pfx.into(),
                        password: part.password.expose().into(),
                        identity: Arc::new(identity),
                    };
                    certificates.by_id.insert(part.name.to_ascii_lowercase().into(), known);
                    certificates.ids =
                        std::mem::take(&mut certificates.ids).into_iter().chain([part.name.into()]).collect();
                }
            }
        }
        (certificates, broken)
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

    /// What proves to be a certificate's owner.
    pub fn identity(&self, id: &str) -> Option<&Arc<ClientIdentity>> {
        self.get(id).map(|known| &known.identity)
    }

    /// The same by thumbprint.
    pub fn with_thumbprint(&self, thumbprint: &str) -> Option<&Arc<ClientIdentity>> {
        let known = self.by_id.values().find(|known| known.thumbprint.eq_ignore_ascii_case(thumbprint));
        known.map(|known| &known.identity)
    }
}
