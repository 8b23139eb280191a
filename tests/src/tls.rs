//! An origin behind TLS, with a certificate authority of its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// A certificate authority that exists for one test.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub pem: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Authority { pem: certificate.pem(), issuer: Issuer::new(params, key) }
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
