//! RSA keys made anew, and read from PEM and XML.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPairComponents, KeySize};
use aws_lc_rs::signature::{RsaKeyPair, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};

use super::super::error::{cryptographic, parameter_is_incorrect};
use super::{RsaKey, RsaPrivateKey, RsaPublicKey, without_zeros};
use crate::Exception;

impl RsaKey {
    /// A new key of 2048, 3072 or 4096 bits. It takes a tenth of a second for 2048 bits, and up to some seconds for 4096.
    ///
    /// # Errors
    /// `CryptographicException` for other sizes, and if there is no randomness.
    pub fn generate(bits: u32) -> Result<RsaKey, Exception> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            _ => return Err(cryptographic("Specified key is not a valid size for this algorithm.")),
        };
        let pair = RsaKeyPair::generate(size).map_err(|_| parameter_is_incorrect())?;
        let der = AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).map_err(|_| parameter_is_incorrect())?;
        Ok(RsaKey::Private(Arc::new(RsaPrivateKey::from_der(der.as_ref())?)))
    }

    /// The first key of a PEM text: `PRIVATE KEY`, `RSA PRIVATE KEY` or `PUBLIC KEY`.
    pub fn from_pem(text: &str) -> Result<RsaKey, Exception> {
        if let Ok(key) = PrivateKeyDer::from_pem_slice(text.as_bytes()) {
            return Ok(RsaKey::Private(Arc::new(RsaPrivateKey::from_der(key.secret_der())?)));
        }
        match SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()) {
            Ok(key) => Ok(RsaKey::Public(RsaPublicKey::from_der(&key)?)),
            Err(_) => Err(Exception::argument("input", NO_PEM_KEY)),
        }
    }

    /// `ImportPkcs8PrivateKey`, `ImportRSAPrivateKey`.
    pub fn from_private_der(der: &[u8]) -> Result<RsaKey, Exception> {
        Ok(RsaKey::Private(Arc::new(RsaPrivateKey::from_der(der)?)))
    }

    /// `ImportSubjectPublicKeyInfo`.
    pub fn from_public_der(der: &[u8]) -> Result<RsaKey, Exception> {
        Ok(RsaKey::Public(RsaPublicKey::from_der(der)?))
    }

    /// `FromXmlString`: the `RSAKeyValue` of XML signatures, with or without the private numbers.
    pub fn from_xml(text: &str) -> Result<RsaKey, Exception> {
        let number = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            let (content, _) = rest.split_once(&format!("</{name}>"))?;
            let compact: Vec<u8> = content.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            Some(without_zeros(&STANDARD.decode(compact).ok()?).to_vec())
        };
        let required = |name: &str| {
            number(name).ok_or_else(|| {
                cryptographic(format!(
                    "Input string does not contain a valid encoding of the 'RSA' '{name}' parameter."
                ))
            })
        };
        let (modulus, exponent) = (required("Modulus")?, required("Exponent")?);
        let Some(d) = number("D") else {
            return Ok(RsaKey::Public(RsaPublicKey::from_components(&modulus, &exponent)?));
        };
        let components = KeyPairComponents {
            public_key: RsaPublicKeyComponents { n: modulus, e: exponent },
            d,
            p: required("P")?,
            q: required("Q")?,
            dP: required("DP")?,
            dQ: required("DQ")?,
            qInv: required("InverseQ")?,
        };
        let pair = RsaKeyPair::from_components(&components).map_err(|_| parameter_is_incorrect())?;
        let der = AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).map_err(|_| parameter_is_incorrect())?;
        Ok(RsaKey::Private(Arc::new(RsaPrivateKey::from_der(der.as_ref())?)))
    }
}

const NO_PEM_KEY: &str = "No supported key formats were found. Check that the input represents the contents of a PEM-encoded key file, not the path to such a file.";
