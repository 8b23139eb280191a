//! What callers over TLS are shown: versions, suites and the certificate.
//!
//! What must hold: a handshake takes its certificate from the configuration in force at its first message, and no open
//! connection notices a change. Tickets of a session are good for the configuration of host names they were made under
//! only, so that neither an old certificate nor an old choice to ask for client certificates lives on in them. Any client
//! certificate is taken whose key the caller has: whether to trust it is a policy's decision.

use std::path::Path;
use std::sync::Arc;

use postern_dotnet::crypto::RevocationLists;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, NoServerSessionStorage, ProducesTickets};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{DigitallySignedStruct, DistinguishedName as RawName, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use thiserror::Error;

use crate::client::tls::suite_name;
use crate::settings::ServerTls;
use crate::snapshot::Snapshot;

/// Settings that cannot be used.
#[derive(Debug, Error)]
pub enum ServerTlsError {
    #[error("server-tls.{what} {path} cannot be used")]
    File {
        what: &'static str,
        path: String,
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    #[error("server-tls.revocation-file {path} cannot be used: {problem}")]
    Revocation { path: String, problem: String },
    #[error("the certificate and key for callers cannot be used")]
    Certificate(#[source] rustls::Error),
    #[error("no certificate could be made: {0}")]
    SelfSigned(String),
    #[error("TLS for callers cannot be set up")]
    Setup(#[source] rustls::Error),
    #[error("none of the suites in net.server.tls.ciphers.allowed-suites is supported")]
    Suites,
}

/// What all workers share of TLS towards callers.
#[derive(Debug)]
pub struct Tls {
    /// Without certificate and ticketer.
    silent: ServerConfig,
    /// The same, asking for a client certificate.
    asking: ServerConfig,
    /// For callers that ask for no host name that is configured.
    fallback: Arc<ServerConfig>,
    revoked: RevocationLists,
}

impl Tls {
    /// Reads the certificate, or makes one.
    ///
    /// # Errors
    /// What of the settings cannot be used.
    pub fn start(settings: &ServerTls) -> Result<Self, ServerTlsError> {
        let provider = Arc::new(provider(settings)?);
        let key = match &settings.files {
            Some((certificate, key)) => read(certificate, key, &provider)?,
            None => self_signed(&provider)?,
        };
        let builder = || {
            ServerConfig::builder_with_provider(Arc::clone(&provider))
                .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
                .map_err(ServerTlsError::Setup)
        };
        let key = Arc::new(key);
        let shown = Arc::new(SingleCertAndKey::from(Arc::clone(&key)));
        let silent = base(builder()?.with_no_client_auth().with_cert_resolver(shown.clone()));
        let verifier = Arc::new(AnyCertificate { provider: Arc::clone(&provider) });
        let asking = base(builder()?.with_client_cert_verifier(verifier).with_cert_resolver(shown));
        let tickets = aws_lc_rs::Ticketer::new().map_err(ServerTlsError::Setup)?;
        let chosen = if settings.negotiate_client_certificate { &asking } else { &silent };
        let fallback = Arc::new(with(chosen, &key, &tickets));
        let revoked = settings.revocation_file.as_deref().map(read_lists).transpose()?.unwrap_or_default();
        Ok(Self { silent, asking, fallback, revoked })
    }

    /// What authorities of callers' certificates took back.
    pub(crate) fn revoked(&self) -> &RevocationLists {
        &self.revoked
    }

    /// The settings for a caller by what it says first.
    pub(crate) fn choose(&self, snapshot: Option<&Snapshot>, hello: &ClientHello<'_>) -> Arc<ServerConfig> {
        let hostnames = snapshot.map(Snapshot::hostnames);
        let Some((hostname, tickets)) =
            hostnames.and_then(|names| Some((names.find(hello.server_name())?, names.tickets()?)))
        else {
            return Arc::clone(&self.fallback);
        };
        let base = if hostname.negotiate_client_certificate { &self.asking } else { &self.silent };
        Arc::new(with(base, &hostname.key, tickets))
    }
}

fn base(mut config: ServerConfig) -> ServerConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Sessions are in the callers' tickets: no table that workers would have to share.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config
}

/// The same settings with this certificate. Cheap beside a handshake: every part of the settings is shared.
fn with(base: &ServerConfig, key: &Arc<CertifiedKey>, tickets: &Arc<dyn ProducesTickets>) -> ServerConfig {
    let mut config = base.clone();
    config.cert_resolver = Arc::new(SingleCertAndKey::from(Arc::clone(key)));
    config.ticketer = Arc::clone(tickets);
    config
}

/// APIM's own list names suites that no current library has: those are left out, and said.
fn provider(settings: &ServerTls) -> Result<CryptoProvider, ServerTlsError> {
    let mut provider = aws_lc_rs::default_provider();
    let Some(names) = &settings.suites else { return Ok(provider) };
    let known = std::mem::take(&mut provider.cipher_suites);
    for name in names {
        match known.iter().find(|suite| suite_name(suite).eq_ignore_ascii_case(name)) {
            Some(suite) => provider.cipher_suites.push(*suite),
            None => {
                tracing::warn!(
                    suite = name,
                    "a cipher suite of net.server.tls.ciphers.allowed-suites is not supported"
                );
            }
        }
    }
    if provider.cipher_suites.is_empty() { Err(ServerTlsError::Suites) } else { Ok(provider) }
}

fn read(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, ServerTlsError> {
    let failed = |what, path: &Path, source| ServerTlsError::File { what, path: path.display().to_string(), source };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|source| failed("certificate-file", certificate, source))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|source| failed("key-file", key, source))?;
    CertifiedKey::from_der(chain, private, provider).map_err(ServerTlsError::Certificate)
}

fn read_lists(path: &Path) -> Result<RevocationLists, ServerTlsError> {
    let failed = |problem: String| ServerTlsError::Revocation { path: path.display().to_string(), problem };
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let lists = RevocationLists::read_all_pem(&bytes).map_err(|exception| failed(exception.message.to_string()))?;
    if lists.count() == 0 { Err(failed("there is no list in it".to_owned())) } else { Ok(lists) }
}

/// A certificate for this host that nobody has signed, so that the listener works before anything is set up.
fn self_signed(provider: &CryptoProvider) -> Result<CertifiedKey, ServerTlsError> {
    let failed = |error: rcgen::Error| ServerTlsError::SelfSigned(error.to_string());
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    // A host name that no certificate can hold is left out.
    if host != "localhost" && rustls_pki_types::DnsName::try_from(host.as_str()).is_ok() {
        names.push(host);
    }
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Postern self-signed");
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    tracing::warn!(
        "no server-tls.certificate-file is set: callers that ask for no configured host get a self-signed certificate"
    );
    let private =
        PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| ServerTlsError::SelfSigned(error.to_owned()))?;
    CertifiedKey::from_der(vec![certificate.der().clone()], private, provider).map_err(ServerTlsError::Certificate)
}

/// Asks for a client certificate and takes any, or none. That the caller has its key is verified.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[RawName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn suites(names: &[&str]) -> Result<Vec<String>, String> {
        let suites = Some(names.iter().map(|&name| name.to_owned()).collect());
        let provider = provider(&ServerTls { suites, ..ServerTls::default() }).map_err(|error| error.to_string())?;
        Ok(provider.cipher_suites.iter().map(suite_name).collect())
    }

    #[test]
    fn suites_that_are_not_supported_are_left_out_and_the_order_stays() {
        let names = ["TLS_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "tls_aes_256_gcm_sha384"];
        assert_eq!(suites(&names).unwrap(), ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"]);
        let none = suites(&["TLS_RSA_WITH_AES_128_CBC_SHA"]).unwrap_err();
        assert_eq!(none, "none of the suites in net.server.tls.ciphers.allowed-suites is supported");
    }

    #[test]
    fn files_that_are_no_certificate_or_do_not_fit_stop_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let identity = || {
            let key = KeyPair::generate().unwrap();
            (
                CertificateParams::new(["a.test".to_owned()]).unwrap().self_signed(&key).unwrap().pem(),
                key.serialize_pem(),
            )
        };
        let ((certificate, key), (_, other)) = (identity(), identity());
        let (certificate, key, other) = (file("c", &certificate), file("k", &key), file("o", &other));
        let start = |certificate: &Path, key: &Path| {
            let files = Some((certificate.to_owned(), key.to_owned()));
            Tls::start(&ServerTls { files, ..ServerTls::default() }).map(drop).map_err(|error| error.to_string())
        };
        start(&certificate, &key).unwrap();
        assert_eq!(start(&certificate, &other).unwrap_err(), "the certificate and key for callers cannot be used");
        let message = start(&certificate, &certificate).unwrap_err();
        assert_eq!(message, format!("server-tls.key-file {} cannot be used", certificate.display()));
        let message = start(&folder.path().join("none"), &key).unwrap_err();
        assert!(message.starts_with("server-tls.certificate-file "), "{message}");
        let lists = ServerTls { revocation_file: Some(certificate), ..ServerTls::default() };
        let message = Tls::start(&lists).map(drop).unwrap_err().to_string();
        assert!(message.ends_with("cannot be used: there is no list in it"), "{message}");
    }
}
