//! Certificate authorities and certificates that exist for one test, an origin behind TLS, and callers over TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, RevokedCertParams,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, ServerConnection, SignatureScheme, StreamOwned,
    SupportedProtocolVersion,
};

/// A certificate authority that exists for one test.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub pem: String,
}

/// A certificate with its private key.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// PKCS#8.
    pub key: Vec<u8>,
    /// Chain and key.
    pub pem: String,
}

impl Authority {
    pub fn new() -> Self {
        Self::named("authority.test")
    }

    /// One with a name of its own: authorities are looked for by name.
    pub fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = Self::params(name);
        let certificate = params.self_signed(&key).unwrap();
        Authority { pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    /// An authority whose certificate is of this one.
    pub fn intermediate(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = Self::params(name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Authority { pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    /// A certificate for these DNS names; the first is its common name as well.
    pub fn issue(&self, names: &[&str]) -> Identity {
        self.issue_with(names, |_| {})
    }

    /// The same, changed before it is signed.
    pub fn issue_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, names[0]);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            key: key.serialize_der(),
            pem: format!("{}{}", certificate.pem(), key.serialize_pem()),
        }
    }
}

impl Authority {
    /// A list (PEM) that takes back what has these serial numbers.
    pub fn revoke(&self, serial_numbers: &[&[u8]]) -> String {
        let at = |year| time::Date::from_calendar_date(year, time::Month::January, 1).unwrap().midnight().assume_utc();
        let revoked = serial_numbers.iter().map(|&number| RevokedCertParams {
            serial_number: number.to_vec().into(),
            revocation_time: at(2020),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: at(2020),
            // Long past: what it says still holds.
            next_update: at(2021),
            crl_number: vec![1].into(),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

impl Identity {
    /// With the certificate of the authority that issued it behind its own.
    #[must_use]
    pub fn followed_by(mut self, authority: &Authority) -> Self {
        self.chain.push(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap());
        self.pem.push_str(&authority.pem);
        self
    }

    /// SHA-1 in upper-case digits.
    pub fn thumbprint(&self) -> String {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &self.chain[0]);
        hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
    }
}

/// How a test calls over TLS. Any server certificate is taken: which one was shown is what a test looks at.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    pub identity: Option<Identity>,
    /// `None`: TLS 1.3 or 1.2.
    pub version: Option<&'static SupportedProtocolVersion>,
    pub protocols: Vec<Vec<u8>>,
}

impl Caller {
    /// Shows a certificate when it is asked for one.
    pub fn with(identity: &Identity) -> Self {
        Caller { identity: Some(identity.clone()), ..Caller::default() }
    }

    pub fn config(&self) -> Arc<ClientConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = self.version.map_or(rustls::ALL_VERSIONS.to_vec(), |version| vec![version]);
        let builder = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(&versions).unwrap();
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer(provider)));
        let mut config = match &self.identity {
            Some(Identity { chain, key, .. }) => {
                let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.clone()));
                builder.with_client_auth_cert(chain.clone(), key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols.clone_from(&self.protocols);
        Arc::new(config)
    }
}

#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// Answers every request without a body with 200 `secure`.
#[derive(Debug)]
pub struct TlsOrigin {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<SeenOverTls>>>,
    stopped: Arc<AtomicBool>,
}

/// One request over TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenOverTls {
    /// The name asked for in the handshake.
    pub server_name: Option<String>,
    /// The caller's certificate in DER.
    pub certificate: Option<Vec<u8>>,
    pub head: String,
    pub connection: usize,
}

impl TlsOrigin {
    /// Shows a certificate of `authority` for `names`.
    pub fn start(authority: &Authority, names: &[&str]) -> Self {
        Self::with(authority, names, None)
    }

    /// The same, and takes only callers with a certificate of the authority in `clients` (PEM).
    pub fn demanding(authority: &Authority, names: &[&str], clients: &str) -> Self {
        Self::with(authority, names, Some(clients))
    }

    fn with(authority: &Authority, names: &[&str], clients: Option<&str>) -> Self {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority.issuer).unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let config = builder.with_single_cert(vec![certificate.der().clone()], private).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin =
            TlsOrigin { address: listener.local_addr().unwrap(), seen: Arc::default(), stopped: Arc::default() };
        let (seen, stopped, config) = (origin.seen.clone(), origin.stopped.clone(), Arc::new(config));
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), seen, config) = (stream, seen.clone(), config.clone()) else { continue };
                // A caller that refuses the certificate ends its own connection only.
                thread::spawn(move || serve(stream, config, connection, &seen));
            }
        });
        origin
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn seen(&self) -> Vec<SeenOverTls> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for TlsOrigin {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    connection: usize,
    seen: &Mutex<Vec<SeenOverTls>>,
) -> std::io::Result<()> {
    let session = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(session, stream);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte)? == 0 {
                return Ok(());
            }
            head.push(byte[0]);
        }
        let server_name = stream.conn.server_name().map(str::to_owned);
        let head = String::from_utf8_lossy(&head).into_owned();
        let certificate = stream.conn.peer_certificates().and_then(|chain| Some(chain.first()?.to_vec()));
        seen.lock().unwrap().push(SeenOverTls { server_name, certificate, head, connection });
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure")?;
        stream.flush()?;
    }
}
