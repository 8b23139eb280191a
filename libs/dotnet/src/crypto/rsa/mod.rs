//! RSA: signatures with PKCS#1 v1.5 and PSS, encryption with PKCS#1 v1.5 and OAEP.
//!
//! Two deviations, both of aws-lc's choosing: it signs with SHA-2 only (a SHA1 or MD5 signature is refused) and takes private keys from 2048
//! bits up. It verifies SHA1 signatures and keys from 1024 bits up where that is still common.

mod export;
mod import;

use std::sync::Arc;

use aws_lc_rs::digest::Digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512, OaepAlgorithm,
    OaepPrivateDecryptingKey, OaepPublicEncryptingKey, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{
    self, KeyPair, ParsedPublicKey, RsaEncoding, RsaKeyPair, RsaParameters, RsaPublicKeyComponents,
};

use super::error::{cryptographic, parameter_is_incorrect};
use super::hash::HashAlgorithm;
use crate::Exception;

/// `RSASignaturePadding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the members of the class")]
pub enum SignaturePadding {
    Pkcs1,
    Pss,
}

/// `RSAEncryptionPadding`; OAEP with its hash, which is also that of its mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the members of the class")]
pub enum EncryptionPadding {
    Pkcs1,
    Oaep(HashAlgorithm),
}

/// What `GetRSAPublicKey` and `GetRSAPrivateKey` return.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "an RSA object has a private part or not")]
pub enum RsaKey {
    Public(RsaPublicKey),
    Private(Arc<RsaPrivateKey>),
}

impl RsaKey {
    /// The public part.
    #[must_use]
    pub fn public(&self) -> &RsaPublicKey {
        match self {
            RsaKey::Public(key) => key,
            RsaKey::Private(key) => &key.public,
        }
    }

    /// The private part; without one, the exception that signing and decrypting throw.
    pub fn private(&self) -> Result<&RsaPrivateKey, Exception> {
        match self {
            RsaKey::Public(_) => Err(cryptographic("Key does not exist.")),
            RsaKey::Private(key) => Ok(key),
        }
    }
}

/// An RSA public key.
#[derive(Clone)]
pub struct RsaPublicKey {
    /// SubjectPublicKeyInfo.
    der: Arc<[u8]>,
    bits: u32,
}

impl std::fmt::Debug for RsaPublicKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RsaPublicKey").field("bits", &self.bits).finish_non_exhaustive()
    }
}

impl RsaPublicKey {
    /// From a DER SubjectPublicKeyInfo.
    pub fn from_der(der: &[u8]) -> Result<RsaPublicKey, Exception> {
        let key = PublicEncryptingKey::from_der(der).map_err(|_| parameter_is_incorrect())?;
        Ok(RsaPublicKey { der: der.into(), bits: u32::try_from(key.key_size_bits()).unwrap_or_default() })
    }

    /// From modulus and exponent, big-endian; leading zeros are allowed.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<RsaPublicKey, Exception> {
        let components = RsaPublicKeyComponents { n: without_zeros(modulus), e: without_zeros(exponent) };
        let der: PublicKeyX509Der<'_> = components.as_der().map_err(|_| parameter_is_incorrect())?;
        RsaPublicKey::from_der(der.as_ref())
    }

    /// `KeySize` in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// `VerifyData`. A malformed signature is a wrong one.
    #[must_use]
    pub fn verify(&self, data: &[u8], signature: &[u8], hash: HashAlgorithm, padding: SignaturePadding) -> bool {
        verification(hash, padding)
            .and_then(|parameters| ParsedPublicKey::new(parameters, &self.der).ok())
            .is_some_and(|key| key.verify_sig(data, signature).is_ok())
    }

    /// `VerifyHash`.
    #[must_use]
    pub fn verify_hash(&self, hashed: &[u8], signature: &[u8], hash: HashAlgorithm, padding: SignaturePadding) -> bool {
        let Some(Ok(digest)) = hash.aws_lc().map(|algorithm| Digest::import_less_safe(hashed, algorithm)) else {
            return false;
        };
        verification(hash, padding)
            .and_then(|parameters| ParsedPublicKey::new(parameters, &self.der).ok())
            .is_some_and(|key| key.verify_digest_sig(&digest, signature).is_ok())
    }

    /// `Encrypt`.
    pub fn encrypt(&self, data: &[u8], padding: EncryptionPadding) -> Result<Vec<u8>, Exception> {
        let key = PublicEncryptingKey::from_der(&self.der).map_err(|_| parameter_is_incorrect())?;
        let mut target = vec![0; key.key_size_bytes()];
        let written = match padding {
            EncryptionPadding::Pkcs1 => {
                Pkcs1PublicEncryptingKey::new(key).and_then(|key| key.encrypt(data, &mut target).map(|text| text.len()))
            }
            EncryptionPadding::Oaep(hash) => {
                let algorithm = oaep(hash)?;
                OaepPublicEncryptingKey::new(key)
                    .and_then(|key| key.encrypt(algorithm, data, &mut target, None).map(|text| text.len()))
            }
        };
        target.truncate(written.map_err(|_| parameter_is_incorrect())?);
        Ok(target)
    }
}

/// An RSA private key, prepared once.
pub struct RsaPrivateKey {
    pair: RsaKeyPair,
    decrypting: PrivateDecryptingKey,
    public: RsaPublicKey,
}

impl std::fmt::Debug for RsaPrivateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RsaPrivateKey").field("bits", &self.public.bits).finish_non_exhaustive()
    }
}

impl RsaPrivateKey {
    /// From DER: PKCS#8, or the RSAPrivateKey of PKCS#1.
    pub fn from_der(der: &[u8]) -> Result<RsaPrivateKey, Exception> {
        let pair =
            RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).map_err(|_| parameter_is_incorrect())?;
        let pkcs8 = AsDer::<Pkcs8V1Der<'static>>::as_der(&pair);
        let decrypting = pkcs8
            .ok()
            .and_then(|pkcs8| PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).ok())
            .ok_or_else(parameter_is_incorrect)?;
        let public =
            AsDer::<PublicKeyX509Der<'static>>::as_der(pair.public_key()).map_err(|_| parameter_is_incorrect())?;
        let public = RsaPublicKey::from_der(public.as_ref())?;
        Ok(RsaPrivateKey { pair, decrypting, public })
    }

    /// The public part.
    #[must_use]
    pub fn public(&self) -> &RsaPublicKey {
        &self.public
    }

    /// PKCS#8 in DER.
    pub(in crate::crypto) fn pkcs8(&self) -> Result<Vec<u8>, Exception> {
        let der = AsDer::<Pkcs8V1Der<'static>>::as_der(&self.pair).map_err(|_| parameter_is_incorrect())?;
        Ok(der.as_ref().to_vec())
    }

    /// `SignData`.
    pub fn sign(&self, data: &[u8], hash: HashAlgorithm, padding: SignaturePadding) -> Result<Vec<u8>, Exception> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(signing(hash, padding)?, &SystemRandom::new(), data, &mut signature)
            .map_err(|_| parameter_is_incorrect())?;
        Ok(signature)
    }

    /// `SignHash`.
    pub fn sign_hash(
        &self,
        hashed: &[u8],
        hash: HashAlgorithm,
        padding: SignaturePadding,
    ) -> Result<Vec<u8>, Exception> {
        let (given, expected, name) = (hashed.len(), hash.output_bytes(), hash.name());
        if given != expected {
            return Err(cryptographic(format!(
                "The provided value of {given} bytes does not match the expected size of {expected} bytes for the algorithm ({name})."
            )));
        }
        let encoding = signing(hash, padding)?;
        let digest = hash.aws_lc().and_then(|algorithm| Digest::import_less_safe(hashed, algorithm).ok());
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign_digest(encoding, &digest.ok_or_else(parameter_is_incorrect)?, &mut signature)
            .map_err(|_| parameter_is_incorrect())?;
        Ok(signature)
    }

    /// `Decrypt`. With PKCS#1 v1.5 whoever sees the failures can decrypt: not to be used on what callers send.
    pub fn decrypt(&self, data: &[u8], padding: EncryptionPadding) -> Result<Vec<u8>, Exception> {
        let key = self.decrypting.clone();
        let mut target = vec![0; key.key_size_bytes()];
        let written = match padding {
            EncryptionPadding::Pkcs1 => Pkcs1PrivateDecryptingKey::new(key)
                .and_then(|key| key.decrypt(data, &mut target).map(|text| text.len())),
            EncryptionPadding::Oaep(hash) => {
                let algorithm = oaep(hash)?;
                OaepPrivateDecryptingKey::new(key)
                    .and_then(|key| key.decrypt(algorithm, data, &mut target, None).map(|text| text.len()))
            }
        };
        target.truncate(written.map_err(|_| parameter_is_incorrect())?);
        Ok(target)
    }
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn oaep(hash: HashAlgorithm) -> Result<&'static OaepAlgorithm, Exception> {
    match hash {
        HashAlgorithm::Md5 => Err(parameter_is_incorrect()),
        HashAlgorithm::Sha1 => Ok(&OAEP_SHA1_MGF1SHA1),
        HashAlgorithm::Sha256 => Ok(&OAEP_SHA256_MGF1SHA256),
        HashAlgorithm::Sha384 => Ok(&OAEP_SHA384_MGF1SHA384),
        HashAlgorithm::Sha512 => Ok(&OAEP_SHA512_MGF1SHA512),
    }
}

fn signing(hash: HashAlgorithm, padding: SignaturePadding) -> Result<&'static dyn RsaEncoding, Exception> {
    Ok(match (hash, padding) {
        (HashAlgorithm::Sha256, SignaturePadding::Pkcs1) => &signature::RSA_PKCS1_SHA256,
        (HashAlgorithm::Sha384, SignaturePadding::Pkcs1) => &signature::RSA_PKCS1_SHA384,
        (HashAlgorithm::Sha512, SignaturePadding::Pkcs1) => &signature::RSA_PKCS1_SHA512,
        (HashAlgorithm::Sha256, SignaturePadding::Pss) => &signature::RSA_PSS_SHA256,
        (HashAlgorithm::Sha384, SignaturePadding::Pss) => &signature::RSA_PSS_SHA384,
        (HashAlgorithm::Sha512, SignaturePadding::Pss) => &signature::RSA_PSS_SHA512,
        (HashAlgorithm::Md5 | HashAlgorithm::Sha1, _) => return Err(cryptographic(UNSUPPORTED_HASH)),
    })
}

fn verification(hash: HashAlgorithm, padding: SignaturePadding) -> Option<&'static RsaParameters> {
    match (hash, padding) {
        (HashAlgorithm::Sha1, SignaturePadding::Pkcs1) => {
            Some(&signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)
        }
        (HashAlgorithm::Sha256, SignaturePadding::Pkcs1) => {
            Some(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY)
        }
        (HashAlgorithm::Sha384, SignaturePadding::Pkcs1) => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        (HashAlgorithm::Sha512, SignaturePadding::Pkcs1) => {
            Some(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY)
        }
        (HashAlgorithm::Sha256, SignaturePadding::Pss) => Some(&signature::RSA_PSS_2048_8192_SHA256),
        (HashAlgorithm::Sha384, SignaturePadding::Pss) => Some(&signature::RSA_PSS_2048_8192_SHA384),
        (HashAlgorithm::Sha512, SignaturePadding::Pss) => Some(&signature::RSA_PSS_2048_8192_SHA512),
        (HashAlgorithm::Md5, _) | (HashAlgorithm::Sha1, SignaturePadding::Pss) => None,
    }
}

const UNSUPPORTED_HASH: &str = "The requested operation is not supported.";

#[cfg(test)]
mod tests;
