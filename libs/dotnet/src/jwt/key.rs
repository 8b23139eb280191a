//! Keys, prepared once and used for many tokens.
//!
//! A key verifies the algorithms of its own kind only: a public key is never a shared secret, whatever a header says.

use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::algorithm::Algorithm;
use super::encoding;
use super::error::KeyError;
use super::limits::SECRET_BYTES_MIN;
use crate::Text;
use crate::crypto::{Certificate, HashAlgorithm, RsaKey, RsaPrivateKey, RsaPublicKey};

/// A key that verifies or decrypts tokens.
pub struct Key {
    /// What `kid` of a header must be; without it the key is tried on every token.
    pub(super) id: Option<Text>,
    /// What `x5t` of a header must be.
    pub(super) thumbprint: Option<Text>,
    /// The only algorithm the key is for, if its document says so.
    pub(super) only: Option<Algorithm>,
    /// The issuer whose configuration has the key.
    pub(super) issuer: Option<Text>,
    material: Material,
}

enum Material {
    Secret {
        bytes: Box<[u8]>,
        codes: Box<[hmac::Key; 3]>,
    },
    /// For RS256, RS384, RS512, PS256, PS384, PS512.
    Rsa(Box<[ParsedPublicKey; 6]>),
    Elliptic(Algorithm, Box<ParsedPublicKey>),
    RsaPrivate(Arc<RsaPrivateKey>),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Key").field("id", &self.id).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// The elliptic curves of RFC 7518 and 8037.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
    Ed25519,
}

impl Key {
    /// A shared secret in base64, as it stands in a policy. For signatures and for decryption.
    pub fn from_base64(id: Option<&str>, secret: &str) -> Result<Key, KeyError> {
        let compact: Vec<u8> = secret.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        Key::from_secret(id, &STANDARD.decode(compact).map_err(|_| KeyError::Base64)?)
    }

    /// A shared secret.
    pub fn from_secret(id: Option<&str>, secret: &[u8]) -> Result<Key, KeyError> {
        if secret.len() < SECRET_BYTES_MIN {
            return Err(KeyError::SecretTooShort);
        }
        let codes = [hmac::HMAC_SHA256, hmac::HMAC_SHA384, hmac::HMAC_SHA512].map(|code| hmac::Key::new(code, secret));
        Ok(Key::new(id, Material::Secret { bytes: secret.into(), codes: Box::new(codes) }))
    }

    /// The public key of a certificate. Without an id of its own, its thumbprint is its id, as in IdentityModel.
    pub fn from_certificate(id: Option<&str>, certificate: &Certificate) -> Result<Key, KeyError> {
        let thumbprint = certificate.thumbprint();
        let der = certificate.public_key_der();
        let material = [Curve::P256, Curve::P384, Curve::P521, Curve::Ed25519]
            .into_iter()
            .find_map(|curve| elliptic(curve, der).ok())
            .or_else(|| rsa(der).ok())
            .ok_or(KeyError::CertificateKey)?;
        let mut key = Key::new(Some(id.unwrap_or(&thumbprint)), material);
        key.thumbprint = Some(encoding::encode(&certificate.hash(HashAlgorithm::Sha1)).into());
        Ok(key)
    }

    /// An RSA public key from base64url modulus and exponent.
    pub fn from_rsa(id: Option<&str>, modulus: &str, exponent: &str) -> Result<Key, KeyError> {
        let modulus = encoding::decode(modulus.trim().as_bytes()).ok_or(KeyError::Base64)?;
        let exponent = encoding::decode(exponent.trim().as_bytes()).ok_or(KeyError::Base64)?;
        let public = RsaPublicKey::from_components(&modulus, &exponent).map_err(|_| KeyError::Rsa)?;
        Ok(Key::new(id, rsa(public.der())?))
    }

    /// The private key of a certificate, for decryption.
    pub fn decrypting(id: Option<&str>, certificate: &Certificate) -> Result<Key, KeyError> {
        let Some(RsaKey::Private(key)) = certificate.rsa_private_key() else {
            return Err(KeyError::NoPrivateKey);
        };
        let thumbprint = certificate.thumbprint();
        let mut key = Key::new(Some(id.unwrap_or(&thumbprint)), Material::RsaPrivate(key));
        key.thumbprint = Some(encoding::encode(&certificate.hash(HashAlgorithm::Sha1)).into());
        Ok(key)
    }

    /// A point of a curve: uncompressed SEC 1, or the 32 bytes of Ed25519.
    pub(super) fn from_point(id: Option<&str>, curve: Curve, point: &[u8]) -> Result<Key, KeyError> {
        Ok(Key::new(id, elliptic(curve, point)?))
    }

    fn new(id: Option<&str>, material: Material) -> Key {
        Key { id: id.map(Text::from), thumbprint: None, only: None, issuer: None, material }
    }

    /// Whether the key is of the kind that `algorithm` needs.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.only.is_none_or(|only| only == algorithm)
            && match &self.material {
                Material::Secret { .. } => secret_index(algorithm).is_some(),
                Material::Rsa(_) => rsa_index(algorithm).is_some(),
                Material::Elliptic(own, _) => *own == algorithm,
                Material::RsaPrivate(_) => false,
            }
    }

    /// Whether `signature` is `algorithm`'s signature of `message` under this key.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        match &self.material {
            Material::Secret { codes, .. } => secret_index(algorithm)
                .and_then(|index| codes.get(index))
                .is_some_and(|key| hmac::verify(key, message, signature).is_ok()),
            Material::Rsa(keys) => rsa_index(algorithm)
                .and_then(|index| keys.get(index))
                .is_some_and(|key| key.verify_sig(message, signature).is_ok()),
            Material::Elliptic(_, key) => key.verify_sig(message, signature).is_ok(),
            Material::RsaPrivate(_) => false,
        }
    }

    /// The secret's bytes, for direct encryption and key wrapping.
    pub(super) fn secret(&self) -> Option<&[u8]> {
        match &self.material {
            Material::Secret { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn rsa_private(&self) -> Option<&RsaPrivateKey> {
        match &self.material {
            Material::RsaPrivate(key) => Some(key),
            _ => None,
        }
    }
}

fn secret_index(algorithm: Algorithm) -> Option<usize> {
    [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512].iter().position(|known| *known == algorithm)
}

fn rsa_index(algorithm: Algorithm) -> Option<usize> {
    const ORDER: [Algorithm; 6] =
        [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512];
    ORDER.iter().position(|known| *known == algorithm)
}

/// An RSA key from its DER. RFC 7518 §3.3: 2048 bits at least.
fn rsa(der: &[u8]) -> Result<Material, KeyError> {
    const RSA_BITS_MIN: u32 = 2048;
    let bits = RsaPublicKey::from_der(der).map_err(|_| KeyError::Rsa)?.bits();
    if bits < RSA_BITS_MIN {
        return Err(KeyError::Rsa);
    }
    let prepare = |parameters: &'static RsaParameters| ParsedPublicKey::new(parameters, der).map_err(|_| KeyError::Rsa);
    Ok(Material::Rsa(Box::new([
        prepare(&RSA_PKCS1_2048_8192_SHA256)?,
        prepare(&RSA_PKCS1_2048_8192_SHA384)?,
        prepare(&RSA_PKCS1_2048_8192_SHA512)?,
        prepare(&RSA_PSS_2048_8192_SHA256)?,
        prepare(&RSA_PSS_2048_8192_SHA384)?,
        prepare(&RSA_PSS_2048_8192_SHA512)?,
    ])))
}

fn elliptic(curve: Curve, key: &[u8]) -> Result<Material, KeyError> {
    let (algorithm, parameters): (Algorithm, &'static dyn VerificationAlgorithm) = match curve {
        Curve::P256 => (Algorithm::Es256, &ECDSA_P256_SHA256_FIXED),
        Curve::P384 => (Algorithm::Es384, &ECDSA_P384_SHA384_FIXED),
        Curve::P521 => (Algorithm::Es512, &ECDSA_P521_SHA512_FIXED),
        Curve::Ed25519 => (Algorithm::EdDsa, &ED25519),
    };
    let parsed = ParsedPublicKey::new(parameters, key).map_err(|_| KeyError::Curve)?;
    Ok(Material::Elliptic(algorithm, Box::new(parsed)))
}

/// What a policy verifies with: keys of its own, and keys and issuers of OpenID configurations.
#[derive(Debug, Default)]
pub struct KeySet {
    /// Keys that verify signatures.
    pub signing: Vec<Key>,
    /// Keys that decrypt.
    pub decryption: Vec<Key>,
    /// Issuers of the OpenID configurations whose keys are here; allowed besides those of the rules.
    pub issuers: Vec<Text>,
    /// Further sets that count as part of this one; their own `others` do not.
    pub others: Vec<Arc<KeySet>>,
}

impl KeySet {
    fn parts(&self) -> impl Iterator<Item = &KeySet> {
        std::iter::once(self).chain(self.others.iter().map(|other| &**other))
    }

    pub(super) fn all_signing(&self) -> impl Iterator<Item = &Key> {
        self.parts().flat_map(|part| &part.signing)
    }

    pub(super) fn all_decryption(&self) -> impl Iterator<Item = &Key> {
        self.parts().flat_map(|part| &part.decryption)
    }

    pub(super) fn all_issuers(&self) -> impl Iterator<Item = &Text> {
        self.parts().flat_map(|part| &part.issuers)
    }

    /// Adds the keys of an OpenID configuration. A key of one issuer does not verify a token that names another configuration's issuer.
    pub fn add_provider(&mut self, issuer: &str, keys: impl IntoIterator<Item = Key>) {
        let issuer = Text::from(issuer);
        self.signing.extend(keys.into_iter().map(|mut key| {
            key.issuer = Some(issuer.clone());
            key
        }));
        if !self.issuers.contains(&issuer) {
            self.issuers.push(issuer);
        }
    }
}
