//! How a request of a policy's making reaches its upstream: the client certificate it shows and the proxy it goes over.
//!
//! What must hold: a connection made with a certificate or over a proxy has an id of its own, so that no other request is sent on it.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_bundle::Hash;
use postern_dotnet::crypto::Certificate;
use postern_policy::{ClientCertificate, HttpProxy};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{Certificates, Scheme, Upstream, without_user_info};

/// A certificate with its private key.
pub struct ClientIdentity {
    certificate: Vec<u8>,
    /// What leads from it towards its authority.
    issuers: Vec<Vec<u8>>,
    key: Vec<u8>,
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ClientIdentity({} bytes)", self.certificate.len())
    }
}

impl ClientIdentity {
    /// The certificate that a policy names.
    ///
    /// # Errors
    /// When it is not known, malformed, or without a private key.
    pub fn of(chosen: &ClientCertificate, certificates: &Certificates) -> Result<Arc<Self>, String> {
        let (known, name) = match chosen {
            ClientCertificate::Given { bytes, password } => return Self::read(bytes, password).map(Arc::new),
            ClientCertificate::Id(id) => (certificates.identity(id), id),
            ClientCertificate::Thumbprint(thumbprint) => (certificates.with_thumbprint(thumbprint), thumbprint),
        };
        known.map(Arc::clone).ok_or_else(|| format!("the service has no certificate {name}"))
    }

    /// Certificate and key of a PKCS#12 (or PEM).
    ///
    /// # Errors
    /// When it is malformed, or without a private key.
    pub fn read(bytes: &[u8], password: &str) -> Result<Self, String> {
        let chain = Certificate::read_chain(bytes, password)
            .map_err(|error| format!("the client certificate is malformed: {error}"))?;
        Self::of_chain(&chain).ok_or_else(|| "the client certificate has no private key".to_owned())
    }

    /// `None`: the first has no private key.
    pub(super) fn of_chain(chain: &[Certificate]) -> Option<Self> {
        let (certificate, issuers) = chain.split_first()?;
        let key = certificate.private_key_der()?.to_vec();
        let issuers = issuers.iter().map(|issuer| issuer.der().to_vec()).collect();
        Some(Self { certificate: certificate.der().to_vec(), issuers, key })
    }

    /// The certificate in DER: what connections are told apart by.
    pub(super) fn der(&self) -> &[u8] {
        &self.certificate
    }

    /// For rustls.
    ///
    /// # Errors
    /// When the key is of no known form.
    pub fn parts(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
        let key = PrivateKeyDer::try_from(self.key.clone()).map_err(str::to_owned)?;
        let chain = std::iter::once(&self.certificate).chain(&self.issuers);
        Ok((chain.map(|der| CertificateDer::from(der.clone())).collect(), key))
    }
}

/// An HTTP proxy.
#[derive(Clone)]
pub struct Proxy {
    /// As [`Upstream::host`].
    pub host: Box<str>,
    pub port: u16,
    /// Value of `Proxy-Authorization`.
    pub authorization: Option<Box<str>>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Proxy({}:{})", self.host, self.port)
    }
}

impl Proxy {
    /// The proxy that a policy names.
    ///
    /// # Errors
    /// What is wrong with its URL.
    pub fn of(chosen: &HttpProxy) -> Result<Self, String> {
        let url = without_user_info(&chosen.url);
        // Where a URL cannot be taken apart, what stands before an `@` may be a password.
        let shown = if url.contains('@') { "" } else { &*url };
        let at = Upstream::parse(&url).map_err(|error| format!("the proxy {shown}: {error}"))?;
        if at.scheme != Scheme::Http {
            return Err(format!("the proxy {shown}: only proxies at http:// are supported"));
        }
        let basic = |(user, password): &(Box<str>, Box<str>)| {
            format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))).into_boxed_str()
        };
        Ok(Self { host: at.host, port: at.port, authorization: chosen.credentials.as_ref().map(basic) })
    }
}

/// What differs from the upstream's own way.
#[derive(Debug, Clone, Default)]
pub struct Via {
    pub certificate: Option<Arc<ClientIdentity>>,
    pub proxy: Option<Arc<Proxy>>,
}

impl Via {
    /// What policies chose.
    ///
    /// # Errors
    /// What of it cannot be used.
    pub fn of(
        certificates: &Certificates,
        certificate: Option<&ClientCertificate>,
        proxy: Option<&HttpProxy>,
    ) -> Result<Self, String> {
        Ok(Self {
            certificate: certificate.map(|chosen| ClientIdentity::of(chosen, certificates)).transpose()?,
            proxy: proxy.map(Proxy::of).transpose()?.map(Arc::new),
        })
    }
}

impl Upstream {
    /// The same upstream, reached in another way.
    #[must_use]
    pub fn over(&self, via: &Via) -> Upstream {
        let mut identity = self.id.to_le_bytes().to_vec();
        if let Some(certificate) = &via.certificate {
            identity.extend_from_slice(b"certificate\0");
            identity.extend_from_slice(&Hash::of(&certificate.certificate).0);
        }
        if let Some(proxy) = &via.proxy {
            let authorization = proxy.authorization.as_deref().unwrap_or_default();
            let text = format!("proxy\0{}\0{}\0{authorization}", proxy.host, proxy.port);
            identity.extend_from_slice(text.as_bytes());
        }
        let Hash([a, b, c, d, e, f, g, h, ..]) = Hash::of(&identity);
        let mut upstream = self.clone();
        upstream.id = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        upstream.tls.client = via.certificate.clone().or(upstream.tls.client);
        upstream.proxy = via.proxy.clone().or(upstream.proxy);
        upstream
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_way_is_another_pool() {
        let upstream = Upstream::parse("https://o.test/base").unwrap();
        let proxy = |url: &str, credentials: Option<(&str, &str)>| {
            let credentials = credentials.map(|(user, password)| (user.into(), password.into()));
            let proxy = Proxy::of(&HttpProxy { url: url.into(), credentials }).unwrap();
            upstream.over(&Via { certificate: None, proxy: Some(Arc::new(proxy)) }).id
        };
        let ids = [upstream.id, proxy("http://p", None), proxy("http://q", None), proxy("http://p", Some(("u", "w")))];
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{index}");
        }
        assert_eq!(proxy("http://p", None), proxy("http://p:80", None));
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let via = |url: &str| {
            Via::of(&Certificates::default(), None, Some(&HttpProxy { url: url.into(), credentials: None })).map(drop)
        };
        assert_eq!(via("https://p").unwrap_err(), "the proxy https://p: only proxies at http:// are supported");
        assert_eq!(via("https://u:p@p").unwrap_err(), "the proxy https://p: only proxies at http:// are supported");
        assert!(via("http://u:p@p").is_ok());
        assert!(!via("http://u:s3cret/@p").unwrap_err().contains("s3cret"));
        assert!(via("http://").unwrap_err().starts_with("the proxy http://: "));
        let certificate = |chosen| Via::of(&Certificates::default(), Some(&chosen), None).map(drop).unwrap_err();
        assert_eq!(certificate(ClientCertificate::Id("c".into())), "the service has no certificate c");
        let broken = ClientCertificate::Given { bytes: [1, 2].into(), password: "".into() };
        assert!(certificate(broken).starts_with("the client certificate is malformed"));
    }
}
