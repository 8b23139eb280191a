//! JSON Web Key Sets (RFC 7517) and OpenID configuration documents. Fetching them is the caller's.

use super::algorithm::Algorithm;
use super::error::KeyError;
use super::json::{Json, Members};
use super::key::{Curve, Key};
use super::limits::{DOCUMENT_BYTES_MAX, DOCUMENT_KEYS_MAX};
use super::{encoding, json};
use crate::crypto::Certificate;

/// The usable signing keys of a key set, and how many others it has.
#[derive(Debug, Default)]
pub struct KeyDocument {
    /// Keys that verify signatures.
    pub keys: Vec<Key>,
    /// Keys left out: unknown kinds, other uses, malformed.
    pub skipped_count: usize,
}

impl KeyDocument {
    /// Reads `{"keys": […]}`. One bad key does not take the others down.
    pub fn parse(document: &[u8]) -> Result<KeyDocument, KeyError> {
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(KeyError::DocumentTooLarge);
        }
        let members = json::object(document).ok_or(KeyError::Document)?;
        let keys = members.get("keys").and_then(Json::as_array).ok_or(KeyError::Document)?;
        if keys.len() > DOCUMENT_KEYS_MAX {
            return Err(KeyError::DocumentTooLarge);
        }
        let mut read = KeyDocument::default();
        for key in keys {
            match key.as_object().ok_or(KeyError::Document).and_then(Key::from_members) {
                Ok(key) => read.keys.push(key),
                Err(_) => read.skipped_count += 1,
            }
        }
        Ok(read)
    }
}

/// What an OpenID configuration says that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIdConfiguration {
    /// `issuer`; empty if the document has none.
    pub issuer: String,
    /// `jwks_uri`: where the keys are.
    pub jwks_uri: String,
}

impl OpenIdConfiguration {
    /// Reads `/.well-known/openid-configuration`.
    pub fn parse(document: &[u8]) -> Result<OpenIdConfiguration, KeyError> {
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(KeyError::DocumentTooLarge);
        }
        let members = json::object(document).ok_or(KeyError::Document)?;
        let text = |name: &str| members.text(name);
        let jwks_uri = text("jwks_uri").filter(|uri| !uri.is_empty()).ok_or(KeyError::Document)?;
        Ok(OpenIdConfiguration { issuer: text("issuer").unwrap_or_default().to_owned(), jwks_uri: jwks_uri.to_owned() })
    }
}

impl Key {
    /// One JSON Web Key: RSA, EC, OKP or oct.
    pub fn from_jwk(document: &[u8]) -> Result<Key, KeyError> {
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(KeyError::DocumentTooLarge);
        }
        Key::from_members(&json::object(document).ok_or(KeyError::Document)?)
    }

    fn from_members(members: &Members) -> Result<Key, KeyError> {
        let text = |name: &str| members.text(name);
        let bytes = |name: &str| text(name).and_then(|text| encoding::decode(text.as_bytes())).ok_or(KeyError::Base64);
        if text("use").is_some_and(|purpose| purpose != "sig") || !allows_verify(members.get("key_ops")) {
            return Err(KeyError::Unusable);
        }
        let id = text("kid");
        let mut key = match text("kty") {
            Some("RSA") if members.contains("n") => {
                Key::from_rsa(id, text("n").unwrap_or_default(), text("e").unwrap_or_default())?
            }
            Some("RSA") => Key::from_certificate(id, &first_certificate(members)?)?,
            Some("EC") => {
                let (curve, length) = match text("crv") {
                    Some("P-256") => (Curve::P256, 32),
                    Some("P-384") => (Curve::P384, 48),
                    Some("P-521") => (Curve::P521, 66),
                    _ => return Err(KeyError::Curve),
                };
                let (x, y) = (bytes("x")?, bytes("y")?);
                if x.len() != length || y.len() != length {
                    return Err(KeyError::Curve);
                }
                Key::from_point(id, curve, &[&[SEC1_UNCOMPRESSED][..], &x, &y].concat())?
            }
            Some("OKP") if text("crv") == Some("Ed25519") => Key::from_point(id, Curve::Ed25519, &bytes("x")?)?,
            Some("oct") => Key::from_secret(id, &bytes("k")?)?,
            _ => return Err(KeyError::Unusable),
        };
        if let Some(name) = members.get("alg") {
            let algorithm = name.as_str().and_then(Algorithm::from_name).ok_or(KeyError::Unusable)?;
            key.only = Some(algorithm);
        }
        if let Some(thumbprint) = text("x5t") {
            key.thumbprint = Some(thumbprint.into());
        }
        Ok(key)
    }
}

/// SEC 1 §2.3.3: the prefix of a point with both coordinates.
const SEC1_UNCOMPRESSED: u8 = 4;

fn allows_verify(operations: Option<&Json>) -> bool {
    match operations {
        None => true,
        Some(Json::Array(operations)) => operations.iter().any(|operation| operation.as_str() == Some("verify")),
        Some(_) => false,
    }
}

/// The first certificate of `x5c`, which is plain base64.
fn first_certificate(members: &Members) -> Result<Certificate, KeyError> {
    use base64::Engine as _;
    let first = members.get("x5c").and_then(Json::as_array).and_then(|chain| chain.first()).and_then(Json::as_str);
    let der =
        base64::engine::general_purpose::STANDARD.decode(first.unwrap_or_default()).map_err(|_| KeyError::Base64)?;
    Certificate::from_der(&der).map_err(|_| KeyError::Rsa)
}
