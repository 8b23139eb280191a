//! Certificates from DER, PEM, bare base64 and PKCS#12.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p12_keystore::Pkcs12Archive;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::{OID_X509_EXT_ISSUER_ALT_NAME, OID_X509_EXT_SUBJECT_ALT_NAME};

use super::super::error::{object_not_found, wrong_password};
use super::super::limits::{CERTIFICATE_BYTES_MAX, KEY_STORE_BYTES_MAX, KEY_STORE_ITEMS_MAX};
use super::super::rsa::RsaPrivateKey;
use super::{Certificate, Contents, KeyInfo, PrivateKey, name, summary};
use crate::Exception;

/// `X509ContentType`, with its numbers: what bytes hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the members of the enumeration")]
pub enum ContentType {
    Unknown = 0,
    Cert = 1,
    Pfx = 3,
}

impl Certificate {
    /// `new X509Certificate2(bytes, password)`: DER, PEM, base64 of DER, or PKCS#12, whichever it is. A PEM text may hold the private key
    /// too. Of several certificates the first counts, in PKCS#12 the one with the key.
    pub fn read(bytes: &[u8], password: &str) -> Result<Certificate, Exception> {
        Certificate::read_with_others(bytes, password).map(|(certificate, _)| certificate)
    }

    /// The same, and behind it those certificates of the file that lead from it towards its authority, in this order. The authority's own,
    /// which nobody needs who does not have it, is left out.
    pub fn read_chain(bytes: &[u8], password: &str) -> Result<Vec<Certificate>, Exception> {
        let (first, mut others) = Certificate::read_with_others(bytes, password)?;
        let mut chain = vec![first];
        // Each round takes one away.
        while let Some(issuer) = chain.last().map(|last| last.issuer_der().to_vec()) {
            let is_next = |other: &Certificate| other.subject_der() == issuer && !other.is_self_issued();
            let Some(at) = others.iter().position(is_next) else { break };
            chain.push(others.swap_remove(at));
        }
        Ok(chain)
    }

    fn read_with_others(bytes: &[u8], password: &str) -> Result<(Certificate, Vec<Certificate>), Exception> {
        if bytes.is_empty() {
            return Err(Exception::argument("rawData", "Array may not be empty or null."));
        }
        if bytes.len() > KEY_STORE_BYTES_MAX {
            return Err(object_not_found());
        }
        if let Ok(certificate) = Certificate::from_der(bytes) {
            return Ok((certificate, Vec::new()));
        }
        if looks_like_pem(bytes) {
            return from_pem(bytes);
        }
        if bytes.first() == Some(&DER_SEQUENCE) {
            return from_pkcs12(bytes, password);
        }
        let compact: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let der = STANDARD.decode(compact).map_err(|_| object_not_found())?;
        Certificate::from_der(&der).map(|certificate| (certificate, Vec::new())).or_else(|_| {
            if der.first() == Some(&DER_SEQUENCE) { from_pkcs12(&der, password) } else { Err(object_not_found()) }
        })
    }

    /// From one DER certificate and nothing behind it.
    pub fn from_der(der: &[u8]) -> Result<Certificate, Exception> {
        Ok(Certificate(Arc::new(contents(der)?)))
    }

    /// `X509Certificate2.GetCertContentType(bytes)`.
    #[must_use]
    pub fn content_type(bytes: &[u8]) -> ContentType {
        if Certificate::from_der(bytes).is_ok() || (looks_like_pem(bytes) && from_pem(bytes).is_ok()) {
            ContentType::Cert
        } else if bytes.first() == Some(&DER_SEQUENCE) && is_pkcs12(bytes) {
            ContentType::Pfx
        } else {
            ContentType::Unknown
        }
    }

    /// Every certificate of a PEM text, in order: chains and bundles of authorities.
    pub fn read_all_pem(bytes: &[u8]) -> Result<Vec<Certificate>, Exception> {
        if bytes.len() > KEY_STORE_BYTES_MAX {
            return Err(object_not_found());
        }
        CertificateDer::pem_slice_iter(bytes)
            .map(|der| der.map_err(|_| object_not_found()).and_then(|der| Certificate::from_der(&der)))
            .collect()
    }
}

const DER_SEQUENCE: u8 = 0x30;

fn looks_like_pem(bytes: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN ";
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN)
}

fn from_pem(bytes: &[u8]) -> Result<(Certificate, Vec<Certificate>), Exception> {
    let mut sections = CertificateDer::pem_slice_iter(bytes).take(KEY_STORE_ITEMS_MAX).map_while(Result::ok);
    let der = sections.next().ok_or_else(object_not_found)?;
    let others = sections.filter_map(|der| Certificate::from_der(&der).ok()).collect();
    let mut contents = contents(&der)?;
    if let Ok(key) = PrivateKeyDer::from_pem_slice(bytes) {
        contents.private_key = Some(private_key(key.secret_der()));
    }
    Ok((Certificate(Arc::new(contents)), others))
}

/// Whether the outermost structure is a PFX: a sequence that begins with version 3.
fn is_pkcs12(bytes: &[u8]) -> bool {
    let Ok((_, pfx)) = x509_parser::der_parser::ber::parse_ber(bytes) else { return false };
    pfx.as_sequence().ok().and_then(|items| items.first()).and_then(|version| version.as_u32().ok()) == Some(3)
}

fn from_pkcs12(bytes: &[u8], password: &str) -> Result<(Certificate, Vec<Certificate>), Exception> {
    if !is_pkcs12(bytes) {
        return Err(object_not_found());
    }
    // Iterations and memory of the key derivation are bounded by the crate: a foreign file cannot ask for hours.
    let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|_| wrong_password())?;
    if archive.certs.len() + archive.keys.len() > KEY_STORE_ITEMS_MAX {
        return Err(object_not_found());
    }
    let key_of = |id: &Option<Vec<u8>>| {
        archive.keys.iter().find(|key| key.local_key_id.as_ref().map(|id| &id.0) == id.as_ref() && id.is_some())
    };
    let mut certificates = archive.certs.iter();
    let with_key = certificates.find_map(|bag| key_of(&bag.local_key_id).map(|key| (bag, Some(key))));
    // A store with one key and no ids to pair it by: the key is the first certificate's.
    let (bag, key) = with_key
        .or_else(|| archive.certs.first().map(|bag| (bag, archive.keys.first().filter(|_| archive.keys.len() == 1))))
        .ok_or_else(object_not_found)?;
    let mut contents = contents(bag.cert.as_der())?;
    contents.private_key = key.map(|key| private_key(key.key.as_der()));
    let friendly_name = bag.friendly_name.clone().or_else(|| key.and_then(|key| key.friendly_name.clone()));
    contents.friendly_name = friendly_name.unwrap_or_default();
    let others = archive.certs.iter().filter(|other| other.cert.as_der() != bag.cert.as_der());
    let others = others.filter_map(|other| Certificate::from_der(other.cert.as_der()).ok()).collect();
    Ok((Certificate(Arc::new(contents)), others))
}

pub(super) fn private_key(der: &[u8]) -> PrivateKey {
    PrivateKey { pkcs8: der.to_vec(), rsa: RsaPrivateKey::from_der(der).ok().map(Arc::new) }
}

pub(super) fn contents(der: &[u8]) -> Result<Contents, Exception> {
    if der.len() > CERTIFICATE_BYTES_MAX {
        return Err(object_not_found());
    }
    let (rest, parsed) = x509_parser::parse_x509_certificate(der).map_err(|_| object_not_found())?;
    if !rest.is_empty() {
        return Err(object_not_found());
    }
    let alternative = |id| {
        let extension = parsed.extensions().iter().find(|extension| extension.oid == id);
        extension.map_or(&[][..], |extension| summary::alternative(extension.parsed_extension()))
    };
    Ok(Contents {
        der: der.to_vec(),
        version: parsed.version().0.saturating_add(1),
        subject: name::text(parsed.subject()),
        issuer: name::text(parsed.issuer()),
        subject_der: parsed.subject().as_raw().to_vec(),
        issuer_der: parsed.issuer().as_raw().to_vec(),
        serial: parsed.raw_serial().to_vec(),
        not_before_s: parsed.validity().not_before.timestamp(),
        not_after_s: parsed.validity().not_after.timestamp(),
        signature_algorithm: parsed.signature_algorithm.algorithm.to_id_string(),
        key: key_info(&parsed),
        names: summary::Names::read(parsed.subject(), alternative(OID_X509_EXT_SUBJECT_ALT_NAME)),
        issuer_names: summary::Names::read(parsed.issuer(), alternative(OID_X509_EXT_ISSUER_ALT_NAME)),
        friendly_name: String::new(),
        private_key: None,
    })
}

fn key_info(parsed: &X509Certificate<'_>) -> KeyInfo {
    let key = parsed.public_key();
    let parameters = key.algorithm.parameters.as_ref();
    KeyInfo {
        algorithm: key.algorithm.algorithm.to_id_string(),
        parameters: parameters.and_then(|any| x509_parser::asn1_rs::ToDer::to_der_vec(any).ok()).unwrap_or_default(),
        value: key.subject_public_key.data.to_vec(),
        der: key.raw.to_vec(),
    }
}
