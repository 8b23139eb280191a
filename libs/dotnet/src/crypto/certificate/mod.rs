//! X.509 certificates as `X509Certificate2`: what is in them, with .NET's texts.

mod extension;
mod name;
mod read;
mod revocation;
mod summary;
mod trust;
mod write;

use std::sync::Arc;

pub use extension::{Extension, extension_name};
pub use read::ContentType;
pub use revocation::RevocationLists;
pub use summary::NameType;
pub use trust::TrustFailure;

use super::hash::HashAlgorithm;
use super::rsa::{RsaKey, RsaPrivateKey, RsaPublicKey};
use crate::Exception;
use crate::crypto::instant::invariant_date;

/// A certificate, with its private key if it came with one. Cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Contents>);

struct Contents {
    der: Vec<u8>,
    version: u32,
    subject: String,
    issuer: String,
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
    serial: Vec<u8>,
    not_before_s: i64,
    not_after_s: i64,
    signature_algorithm: String,
    key: KeyInfo,
    names: summary::Names,
    issuer_names: summary::Names,
    friendly_name: String,
    private_key: Option<PrivateKey>,
}

/// The subject's public key.
struct KeyInfo {
    algorithm: String,
    parameters: Vec<u8>,
    value: Vec<u8>,
    der: Vec<u8>,
}

/// A private key: PKCS#8, and prepared if it is an RSA key.
struct PrivateKey {
    pkcs8: Vec<u8>,
    rsa: Option<Arc<RsaPrivateKey>>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Certificate")
            .field("subject", &self.0.subject)
            .field("thumbprint", &self.thumbprint())
            .field("has_private_key", &self.has_private_key())
            .finish()
    }
}

impl PartialEq for Certificate {
    /// `X509Certificate.Equals`: issuer and serial number.
    fn eq(&self, other: &Certificate) -> bool {
        self.0.issuer_der == other.0.issuer_der && self.0.serial == other.0.serial
    }
}

impl Certificate {
    /// `RawData`.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// `Version`: 1 to 3.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.0.version
    }

    /// `Subject` and `SubjectName.Name`: the last component first.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// `Issuer` and `IssuerName.Name`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// DER of the subject's name.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.0.subject_der
    }

    /// DER of the issuer's name.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.0.issuer_der
    }

    /// `SerialNumber` and `GetSerialNumberString()`: big-endian, upper case.
    #[must_use]
    pub fn serial_number(&self) -> String {
        hex_upper(&self.0.serial)
    }

    /// `GetSerialNumber()`: little-endian.
    #[must_use]
    pub fn serial_bytes(&self) -> Vec<u8> {
        self.0.serial.iter().rev().copied().collect()
    }

    /// `Thumbprint` and `GetCertHashString()`: SHA1 of the certificate, upper case.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.hash_string(HashAlgorithm::Sha1)
    }

    /// `GetCertHash(name)`.
    #[must_use]
    pub fn hash(&self, algorithm: HashAlgorithm) -> Vec<u8> {
        algorithm.hash(&self.0.der)
    }

    /// `GetCertHashString(name)`.
    #[must_use]
    pub fn hash_string(&self, algorithm: HashAlgorithm) -> String {
        hex_upper(&self.hash(algorithm))
    }

    /// `NotBefore` in Unix seconds.
    #[must_use]
    pub fn not_before_s(&self) -> i64 {
        self.0.not_before_s
    }

    /// `NotAfter` in Unix seconds.
    #[must_use]
    pub fn not_after_s(&self) -> i64 {
        self.0.not_after_s
    }

    /// `GetEffectiveDateString()`, in UTC.
    #[must_use]
    pub fn effective_date(&self) -> String {
        invariant_date(self.0.not_before_s)
    }

    /// `GetExpirationDateString()`, in UTC.
    #[must_use]
    pub fn expiration_date(&self) -> String {
        invariant_date(self.0.not_after_s)
    }

    /// `SignatureAlgorithm.Value`: an object identifier.
    #[must_use]
    pub fn signature_algorithm(&self) -> &str {
        &self.0.signature_algorithm
    }

    /// `GetKeyAlgorithm()` and `PublicKey.Oid.Value`.
    #[must_use]
    pub fn key_algorithm(&self) -> &str {
        &self.0.key.algorithm
    }

    /// `GetKeyAlgorithmParameters()`: DER.
    #[must_use]
    pub fn key_parameters(&self) -> &[u8] {
        &self.0.key.parameters
    }

    /// `GetKeyAlgorithmParametersString()`
    #[must_use]
    pub fn key_parameters_string(&self) -> String {
        hex_upper(&self.0.key.parameters)
    }

    /// `GetRawCertDataString()`
    #[must_use]
    pub fn der_string(&self) -> String {
        hex_upper(&self.0.der)
    }

    /// `GetPublicKey()` and `PublicKey.EncodedKeyValue.RawData`.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.0.key.value
    }

    /// `GetPublicKeyString()`.
    #[must_use]
    pub fn public_key_string(&self) -> String {
        hex_upper(&self.0.key.value)
    }

    /// SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        &self.0.key.der
    }

    /// `FriendlyName`; empty unless a key store gave one.
    #[must_use]
    pub fn friendly_name(&self) -> &str {
        &self.0.friendly_name
    }

    /// `HasPrivateKey`.
    #[must_use]
    pub fn has_private_key(&self) -> bool {
        self.0.private_key.is_some()
    }

    /// The private key in PKCS#8 DER, for TLS client authentication.
    #[must_use]
    pub fn private_key_der(&self) -> Option<&[u8]> {
        self.0.private_key.as_ref().map(|key| key.pkcs8.as_slice())
    }

    /// `GetRSAPublicKey()`; `None` if the key is of another kind.
    #[must_use]
    pub fn rsa_public_key(&self) -> Option<RsaPublicKey> {
        if self.0.key.algorithm != RSA_ENCRYPTION {
            return None;
        }
        RsaPublicKey::from_der(&self.0.key.der).ok()
    }

    /// `GetRSAPrivateKey()`; `None` without one.
    #[must_use]
    pub fn rsa_private_key(&self) -> Option<RsaKey> {
        self.0.private_key.as_ref()?.rsa.clone().map(RsaKey::Private)
    }

    /// `GetNameInfo(nameType, forIssuer)`; empty if there is none.
    #[must_use]
    pub fn name_info(&self, name: NameType, of_issuer: bool) -> &str {
        if of_issuer { self.0.issuer_names.of(name) } else { self.0.names.of(name) }
    }

    /// Every DNS name of the subject alternative name extension.
    #[must_use]
    pub fn dns_names(&self) -> &[String] {
        self.0.names.dns()
    }

    /// Whether the certificate was signed with its own name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.subject_der == self.0.issuer_der
    }

    /// `CopyWithPrivateKey(key)`: an `ArgumentException` unless the key is the certificate's.
    pub fn with_rsa_private_key(&self, key: &RsaPrivateKey) -> Result<Certificate, Exception> {
        if self.rsa_public_key().is_none_or(|own| own.der() != key.public().der()) {
            let message = "The provided key does not match the public key for this certificate.";
            return Err(Exception::argument("privateKey", message));
        }
        self.with_private_key(&key.pkcs8()?)
    }

    /// Joins a certificate with its private key (PKCS#8 or PKCS#1 DER).
    pub fn with_private_key(&self, der: &[u8]) -> Result<Certificate, Exception> {
        let mut contents = read::contents(&self.0.der)?;
        contents.friendly_name.clone_from(&self.0.friendly_name);
        contents.private_key = Some(read::private_key(der));
        Ok(Certificate(Arc::new(contents)))
    }
}

/// rsaEncryption, RFC 8017.
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";

fn hex_upper(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests;
