//! Public keys in the forms that .NET writes: PKCS#1 and XML.

use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::{RsaPublicKey, parameter_is_incorrect};
use crate::Exception;
use crate::text::{Base64FormattingOptions, to_base64};

impl RsaPublicKey {
    fn info(&self) -> Result<SubjectPublicKeyInfo<'_>, Exception> {
        let (_, info) = SubjectPublicKeyInfo::from_der(self.der()).map_err(|_| parameter_is_incorrect())?;
        Ok(info)
    }

    /// `ExportRSAPublicKey`: the RSAPublicKey inside of the SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// `CryptographicException` for a key that is none of RSA.
    pub fn pkcs1(&self) -> Result<Vec<u8>, Exception> {
        Ok(self.info()?.subject_public_key.data.into_owned())
    }

    /// `ToXmlString(false)`
    ///
    /// # Errors
    /// As [`pkcs1`](RsaPublicKey::pkcs1).
    pub fn to_xml(&self) -> Result<String, Exception> {
        let info = self.info()?;
        let Ok(PublicKey::RSA(key)) = info.parsed() else { return Err(parameter_is_incorrect()) };
        let (modulus, exponent) = (base64(key.modulus), base64(key.exponent));
        Ok(format!("<RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>{exponent}</Exponent></RSAKeyValue>"))
    }
}

/// An integer without the zero that keeps it from being negative.
fn base64(integer: &[u8]) -> String {
    to_base64(integer.strip_prefix(&[0]).unwrap_or(integer), Base64FormattingOptions::None)
}
