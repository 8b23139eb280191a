//! TLS settings of connections to backends.
//!
//! What must hold: without a word of the backend's policy, chain and name are verified; switching one check off leaves
//! the other one on; signatures of the handshake are verified always.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use thiserror::Error;

use crate::settings::ClientTls;
use crate::snapshot::TlsPolicy;

/// Settings that cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    #[error("the CA certificate of the backend cannot be used: {0}")]
    Ca(rustls::Error),
    #[error("no certificate authority is known: the system has none and the backend names none")]
    NoRoots,
    #[error("{0}")]
    Settings(String),
}

/// What all workers share of TLS: the certificate authorities of the system, read once.
#[derive(Debug, Default)]
pub struct Contexts {
    roots: OnceLock<Arc<RootCertStore>>,
}

impl Contexts {
    /// Reads the system's certificate authorities, and those of `net.client.tls` settings, if that has not been done.
    pub fn roots(&self, settings: &ClientTls) -> &Arc<RootCertStore> {
        self.roots.get_or_init(|| Arc::new(read_roots(settings)))
    }

    /// The settings for backends with this policy. The caller keeps them: they hold the session tickets.
    ///
    /// # Errors
    /// When a CA certificate, a suite or a version cannot be used.
    pub fn client_config(&self, policy: &TlsPolicy, settings: &ClientTls) -> Result<Arc<ClientConfig>, TlsError> {
        let provider = Arc::new(provider(settings)?);
        let roots = self.roots_with(policy, settings)?;
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions(settings))
            .map_err(|error| TlsError::Settings(error.to_string()))?;
        let config = if policy.validate_chain && policy.validate_name {
            builder.with_root_certificates(roots)
        } else {
            let chain = if policy.validate_chain { Some(chain_verifier(roots, &provider)?) } else { None };
            let verifier = Arc::new(RelaxedVerifier { chain, check_name: policy.validate_name, provider });
            builder.dangerous().with_custom_certificate_verifier(verifier)
        };
        let mut config = match &policy.client {
            Some(identity) => {
                let (chain, key) = identity.parts().map_err(TlsError::Settings)?;
                config.with_client_auth_cert(chain, key).map_err(|error| TlsError::Settings(error.to_string()))?
            }
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn roots_with(&self, policy: &TlsPolicy, settings: &ClientTls) -> Result<Arc<RootCertStore>, TlsError> {
        let system = self.roots(settings);
        let roots = if policy.ca.is_empty() {
            Arc::clone(system)
        } else {
            let mut roots = RootCertStore::clone(system);
            for certificate in &policy.ca {
                roots.add(certificate.clone()).map_err(TlsError::Ca)?;
            }
            Arc::new(roots)
        };
        if roots.is_empty() && policy.validate_chain { Err(TlsError::NoRoots) } else { Ok(roots) }
    }
}

fn read_roots(settings: &ClientTls) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::warn!(%error, "a system certificate could not be read");
    }
    let (_, ignored) = roots.add_parsable_certificates(system.certs);
    if ignored > 0 {
        tracing::debug!(ignored, "system certificates that cannot be parsed");
    }
    if let Some(path) = &settings.ca_file {
        let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        match read {
            Ok(extra) => roots.add_parsable_certificates(extra),
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "the additional certificate authorities cannot be read");
                (0, 0)
            }
        };
    }
    roots
}

fn provider(settings: &ClientTls) -> Result<CryptoProvider, TlsError> {
    let mut provider = aws_lc_rs::default_provider();
    if let Some(names) = &settings.suites {
        let known = provider.cipher_suites.clone();
        let mut chosen = Vec::new();
        for name in names {
            let wanted = known.iter().find(|suite| suite_name(suite).eq_ignore_ascii_case(name));
            chosen.push(*wanted.ok_or_else(|| TlsError::Settings(format!("unknown cipher suite {name}")))?);
        }
        provider.cipher_suites = chosen;
    }
    Ok(provider)
}

/// The IANA name: `rustls` writes `TLS13_AES_…` where the registry has `TLS_AES_…`.
pub(crate) fn suite_name(suite: &rustls::SupportedCipherSuite) -> String {
    format!("{:?}", suite.suite()).replace("TLS13_", "TLS_")
}

fn versions(settings: &ClientTls) -> Vec<&'static rustls::SupportedProtocolVersion> {
    let mut versions = Vec::new();
    if settings.tls13 {
        versions.push(&rustls::version::TLS13);
    }
    if settings.tls12 {
        versions.push(&rustls::version::TLS12);
    }
    versions
}

fn chain_verifier(
    roots: Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, TlsError> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map_err(|error| TlsError::Settings(error.to_string()))
}

/// Verification with the chain's or the name's check left out (APIM: `validateCertificateChain`,
/// `validateCertificateName` of a backend).
#[derive(Debug)]
struct RelaxedVerifier {
    chain: Option<Arc<WebPkiServerVerifier>>,
    check_name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for RelaxedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(chain) = &self.chain {
            match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
                // The name is checked last: this error says that the chain is good.
                Err(rustls::Error::InvalidCertificate(
                    CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
                )) if !self.check_name => {}
                other => return other,
            }
        } else if self.check_name {
            let parsed = rustls::server::ParsedCertificate::try_from(end_entity)?;
            rustls::client::verify_server_name(&parsed, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
