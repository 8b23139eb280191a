//! `X509Certificate2.Export(X509ContentType.Pfx, password)`.

use p12_keystore::{EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain};

use super::super::error::cryptographic;
use super::Certificate;
use crate::Exception;

/// Of the key derivation, as .NET 8 exports.
const ITERATIONS: u32 = 2000;

impl Certificate {
    /// PKCS#12 with the certificate and its private key if it has one, encrypted as .NET 8 does it: 3DES and HMAC with SHA-1, which every
    /// reader knows. Deviation: the friendly name in it is the subject's name where there is a key.
    pub fn to_pkcs12(&self, password: &str) -> Result<Vec<u8>, Exception> {
        let unsupported = || cryptographic("The requested operation is not supported.");
        let certificate = p12_keystore::Certificate::from_der(self.der()).map_err(|_| unsupported())?;
        let entry = match &self.0.private_key {
            None => KeyStoreEntry::Certificate(certificate),
            Some(key) => {
                // A key from PEM may stand in a form of its own.
                let pkcs8 = match &key.rsa {
                    Some(rsa) => rsa.pkcs8()?,
                    None => key.pkcs8.clone(),
                };
                let key = PrivateKey::from_der(&pkcs8).map_err(|_| unsupported())?;
                // The id only pairs the two; .NET takes 1 as well.
                KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(vec![1, 0, 0, 0], key, [certificate]))
            }
        };
        let mut store = KeyStore::new();
        store.add_entry(self.friendly_name(), entry);
        let writer = store
            .writer(password)
            .encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
            .encryption_iterations(ITERATIONS)
            .mac_algorithm(MacAlgorithm::HmacSha1)
            .mac_iterations(ITERATIONS);
        writer.write().map_err(|_| unsupported())
    }
}
