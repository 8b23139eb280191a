//! Public keys in the forms that .NET writes: PKCS#1 and XML.

use super::{RsaPublicKey, parameter_is_incorrect};
use crate::Exception;
use crate::text::{Base64FormattingOptions, to_base64};

/// Tags of DER.
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;

impl RsaPublicKey {
    /// `ExportRSAPublicKey`: the RSAPublicKey inside of the SubjectPublicKeyInfo.
    pub fn pkcs1(&self) -> Result<&[u8], Exception> {
        let parts = || {
            let (info, _) = element(self.der(), SEQUENCE)?;
            let (_, rest) = element(info, SEQUENCE)?;
            let (bits, _) = element(rest, BIT_STRING)?;
            // In front stands the number of bits that are not used: none.
            bits.strip_prefix(&[0])
        };
        parts().ok_or_else(parameter_is_incorrect)
    }

    /// `ToXmlString(false)`
    pub fn to_xml(&self) -> Result<String, Exception> {
        let parts = || {
            let (key, _) = element(self.pkcs1().ok()?, SEQUENCE)?;
            let (modulus, rest) = element(key, INTEGER)?;
            let (exponent, _) = element(rest, INTEGER)?;
            Some((base64(modulus), base64(exponent)))
        };
        let (modulus, exponent) = parts().ok_or_else(parameter_is_incorrect)?;
        Ok(format!("<RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>{exponent}</Exponent></RSAKeyValue>"))
    }
}

/// An integer without the zero that keeps it from being negative.
fn base64(integer: &[u8]) -> String {
    to_base64(integer.strip_prefix(&[0]).unwrap_or(integer), Base64FormattingOptions::None)
}

/// The content of the first element, if it has this tag, and what stands behind it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    let (&first, rest) = rest.split_first()?;
    if first < 0x80 {
        return rest.split_at_checked(first.into());
    }
    // A length of several bytes, the highest first; keys need two.
    let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
    if digits.len() > 4 {
        return None;
    }
    let length = digits.iter().fold(0, |length: usize, digit| length << 8 | usize::from(*digit));
    rest.split_at_checked(length)
}
