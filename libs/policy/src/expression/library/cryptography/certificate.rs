//! `X509Certificate` and `X509Certificate2`.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::crypto::{Certificate, ContentType, HashAlgorithm, NameType, RsaKey};
use postern_dotnet::date::DateTimeOffset;
use postern_dotnet::{Exception, Text};

use super::super::{ClassBuilder, Library};
use super::extension::extensions;
use super::names::hash_algorithm;
use super::oid::oid;
use super::public_key::{DistinguishedName, PublicKey, pem};
use super::rsa::RsaObject;
use super::{BUSY, bytes, cost, cryptographic, enumeration, new_bytes, required};
use crate::exchange::Revocation;
use crate::expression::errand;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

const CERTIFICATE_2: &str = "System.Security.Cryptography.X509Certificates.X509Certificate2";
const CONTENT_TYPE: &str = "System.Security.Cryptography.X509Certificates.X509ContentType";

/// A moment as certificates tell it: in local time, which is UTC.
fn local_time(unix_s: i64) -> Value {
    DateTimeOffset::from_unix_time_seconds(unix_s).map_or(Value::Null, |at| at.utc_date_time().to_local_time().into())
}

/// A certificate: of the configuration, of the caller's connection, or made by code.
pub struct CertificateObject(pub Certificate);

impl Object for CertificateObject {
    fn of(&self) -> Type {
        Type::named(CERTIFICATE_2)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(text(&self.0))
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<CertificateObject>().is_some_and(|other| self.0 == other.0)
    }

    fn hash_code(&self) -> u64 {
        Value::text(self.0.serial_number()).hash_code()
    }
}

pub(super) fn declare(library: &mut Library) {
    declare_enums(library);
    let class = library
        .declare("class System.Security.Cryptography.X509Certificates.X509Certificate : IDisposable")
        .constructor("(byte[] data)", read)
        .constructor("(byte[] rawData, string password)", read)
        .constructor("(byte[] rawData, string password, X509KeyStorageFlags keyStorageFlags)", read)
        .constructor("(X509Certificate cert)", copy)
        .method("bool Equals(X509Certificate other)", |call| Ok(call.argument(0).equals(call.argument(1)).into()));
    declare_texts(declare_hashes(class))
        .getter("string Subject", |call| Ok(this(call)?.subject().into()))
        .getter("string Issuer", |call| Ok(this(call)?.issuer().into()))
        .method("void Reset()", |_| Ok(Value::Null))
        .method("void Dispose()", |_| Ok(Value::Null));
    let class = library
        .declare("class System.Security.Cryptography.X509Certificates.X509Certificate2 : X509Certificate")
        .constructor("(byte[] rawData)", read)
        .constructor("(byte[] rawData, string password)", read)
        .constructor("(byte[] rawData, string password, X509KeyStorageFlags keyStorageFlags)", read)
        .constructor("(X509Certificate certificate)", copy);
    declare_properties(class)
        .getter("DateTime NotBefore", |call| Ok(local_time(this(call)?.not_before_s())))
        .getter("DateTime NotAfter", |call| Ok(local_time(this(call)?.not_after_s())))
        .method("string GetNameInfo(X509NameType nameType, bool forIssuer)", |call| {
            let name = name_type(call.constant(1))
                .ok_or_else(|| Exception::argument("nameType", "The name type is not valid."))?;
            Ok(this(call)?.name_info(name, call.bool(2)).into())
        })
        .method("bool Verify()", |call| verify(call, Revocation::Checked))
        .method("static X509ContentType GetCertContentType(byte[] rawData)", |call| {
            let data = bytes(call, 0, "rawData")?;
            cost::certificate(call.machine, data.len())?;
            match Certificate::content_type(&data) {
                ContentType::Unknown => Err(cryptographic("Cannot find the requested object.")),
                known => Ok(enumeration(CONTENT_TYPE, known as i64)),
            }
        })
        .method("RSA GetRSAPublicKey()", public_key)
        .method("RSA GetRSAPrivateKey()", private_key)
        .method("bool VerifyNoRevocation()", |call| verify(call, Revocation::Ignored));
}

fn declare_enums(library: &mut Library) {
    library.enumeration(
        CONTENT_TYPE,
        &[
            ("Unknown", 0),
            ("Cert", 1),
            ("SerializedCert", 2),
            ("Pfx", 3),
            ("Pkcs12", 3),
            ("SerializedStore", 4),
            ("Pkcs7", 5),
            ("Authenticode", 6),
        ],
    );
    library.enumeration(
        "System.Security.Cryptography.X509Certificates.X509NameType",
        &[
            ("SimpleName", 0),
            ("EmailName", 1),
            ("UpnName", 2),
            ("DnsName", 3),
            ("DnsFromAlternativeName", 4),
            ("UrlName", 5),
        ],
    );
    // Where Windows keeps the key: accepted, nothing is ever stored.
    library.flags(
        "System.Security.Cryptography.X509Certificates.X509KeyStorageFlags",
        &[
            ("DefaultKeySet", 0),
            ("UserKeySet", 1),
            ("MachineKeySet", 2),
            ("Exportable", 4),
            ("UserProtected", 8),
            ("PersistKeySet", 16),
            ("EphemeralKeySet", 32),
        ],
    );
    library
        .declare("static class System.Security.Cryptography.X509Certificates.RSACertificateExtensions")
        .method("static RSA GetRSAPublicKey(this X509Certificate2 certificate)", public_key)
        .method("static RSA GetRSAPrivateKey(this X509Certificate2 certificate)", private_key)
        .method(
            "static X509Certificate2 CopyWithPrivateKey(this X509Certificate2 certificate, RSA privateKey)",
            |call| {
                let certificate = required::<CertificateObject>(call, 0, "certificate")?;
                let key = required::<RsaObject>(call, 1, "privateKey")?.key(call.machine)?;
                let joined = certificate.0.with_rsa_private_key(key.private()?)?;
                Ok(Value::object(CertificateObject(joined)))
            },
        );
}

fn declare_hashes(class: ClassBuilder<'_>) -> ClassBuilder<'_> {
    class
        .method("byte[] GetCertHash()", |call| {
            let hash = this(call)?.hash(HashAlgorithm::Sha1);
            new_bytes(call.machine, hash)
        })
        .method("byte[] GetCertHash(HashAlgorithmName hashAlgorithm)", |call| {
            let hash = this(call)?.hash(hash_algorithm(call, 1)?);
            new_bytes(call.machine, hash)
        })
        .method("string GetCertHashString()", |call| Ok(this(call)?.thumbprint().into()))
        .method("string GetCertHashString(HashAlgorithmName hashAlgorithm)", |call| {
            Ok(this(call)?.hash_string(hash_algorithm(call, 1)?).into())
        })
        .method("byte[] GetSerialNumber()", |call| {
            let serial = this(call)?.serial_bytes();
            new_bytes(call.machine, serial)
        })
        .method("byte[] GetPublicKey()", |call| {
            let key = this(call)?.public_key().to_vec();
            new_bytes(call.machine, key)
        })
        .method("byte[] GetKeyAlgorithmParameters()", |call| {
            let parameters = this(call)?.key_parameters().to_vec();
            new_bytes(call.machine, parameters)
        })
        .method("byte[] GetRawCertData()", raw)
        .method("byte[] Export(X509ContentType contentType)", export)
        .method("byte[] Export(X509ContentType contentType, string password)", export)
}

/// `Cert` is the certificate alone; a key store holds the private key too, and its key derivation is meant to be slow.
fn export(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    match call.constant(1) {
        1 => raw(call),
        3 => {
            let (certificate, password) = (this(call)?, call.text(2).cloned().unwrap_or_default());
            let length = certificate.der().len();
            let work = move || certificate.to_pkcs12(&password);
            let made = errand::elsewhere(call.machine, work, cost::KEY_STORE, length)?;
            let store = made.ok_or_else(|| cryptographic(BUSY))??;
            new_bytes(call.machine, store)
        }
        _ => Err(cryptographic("The requested operation is not supported.")),
    }
}

fn declare_texts(class: ClassBuilder<'_>) -> ClassBuilder<'_> {
    class
        .method("string GetSerialNumberString()", |call| Ok(this(call)?.serial_number().into()))
        .method("string GetEffectiveDateString()", |call| Ok(this(call)?.effective_date().into()))
        .method("string GetExpirationDateString()", |call| Ok(this(call)?.expiration_date().into()))
        .method("string GetPublicKeyString()", |call| Ok(this(call)?.public_key_string().into()))
        .method("string GetKeyAlgorithm()", |call| Ok(this(call)?.key_algorithm().into()))
        .method("string GetKeyAlgorithmParametersString()", |call| Ok(this(call)?.key_parameters_string().into()))
        .method("string GetRawCertDataString()", |call| {
            let certificate = this(call)?;
            call.machine.charge_memory(certificate.der().len() * 2)?;
            Ok(certificate.der_string().into())
        })
        .method("string GetFormat()", |_| Ok("X509".into()))
        .method("string GetName()", |call| Ok(this(call)?.subject().into()))
        .method("string GetIssuerName()", |call| Ok(this(call)?.issuer().into()))
        .method("string ToString(bool fVerbose)", |call| Ok(text(&this(call)?).into()))
}

fn declare_properties(class: ClassBuilder<'_>) -> ClassBuilder<'_> {
    class
        .getter("string Thumbprint", |call| Ok(this(call)?.thumbprint().into()))
        .getter("string SerialNumber", |call| Ok(this(call)?.serial_number().into()))
        .getter("string FriendlyName", |call| Ok(this(call)?.friendly_name().into()))
        .getter("int Version", |call| Ok(i32::try_from(this(call)?.version()).unwrap_or_default().into()))
        .getter("bool HasPrivateKey", |call| Ok(this(call)?.has_private_key().into()))
        .getter("bool Archived", |_| Ok(false.into()))
        .getter("byte[] RawData", raw)
        .getter("X509ExtensionCollection Extensions", |call| {
            let certificate = this(call)?;
            extensions(call, &certificate)
        })
        .method("string ExportCertificatePem()", |call| {
            let pem = pem("CERTIFICATE", this(call)?.der());
            super::super::values::text(call, pem)
        })
        .method(
            "bool MatchesHostname(string hostname, bool allowWildcards = true, bool allowCommonName = true)",
            matches_host,
        )
        .getter("X500DistinguishedName SubjectName", |call| {
            Ok(Value::object(DistinguishedName(this(call)?.subject().into())))
        })
        .getter("X500DistinguishedName IssuerName", |call| {
            Ok(Value::object(DistinguishedName(this(call)?.issuer().into())))
        })
        .getter("Oid SignatureAlgorithm", |call| Ok(oid(this(call)?.signature_algorithm())))
        .getter("PublicKey PublicKey", |call| Ok(Value::object(PublicKey(this(call)?))))
        .getter("AsymmetricAlgorithm PrivateKey", private_key)
}

fn this(call: &Call<'_, '_>) -> Result<Certificate, Thrown> {
    Ok(call.this::<CertificateObject>()?.0.clone())
}

fn raw(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let der = this(call)?.der().to_vec();
    new_bytes(call.machine, der)
}

/// `new X509Certificate2(bytes[, password[, flags]])`
fn read(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let data = bytes(call, 0, "rawData")?;
    cost::certificate(call.machine, data.len())?;
    let password = call.text(1).cloned().unwrap_or_default();
    let certificate = if Certificate::content_type(&data) == ContentType::Cert {
        Certificate::read(&data, &password)
    } else {
        // Perhaps a PKCS#12 file, whose key derivation is meant to be slow.
        let length = data.len();
        let work = move || Certificate::read(&data, &password);
        let made = errand::elsewhere(call.machine, work, cost::KEY_STORE, length)?;
        made.ok_or_else(|| cryptographic(BUSY))?
    };
    Ok(Value::object(CertificateObject(certificate?)))
}

/// `new X509Certificate2(certificate)`
fn copy(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let certificate = required::<CertificateObject>(call, 0, "certificate")?.0.clone();
    Ok(Value::object(CertificateObject(certificate)))
}

fn matches_host(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let host = call.required_text(1, "hostname")?;
    if !is_host_name(&host) {
        let message = "The provided value is not a valid DNS hostname or IP Address.";
        return Err(Exception::argument("hostname", message).into());
    }
    let certificate = this(call)?;
    cost::certificate(call.machine, certificate.der().len())?;
    Ok(certificate.matches_host(&host, call.bool(2), call.bool(3)).into())
}

/// Whether a text is an address or labels of letters, digits, `-` and `_`.
fn is_host_name(text: &str) -> bool {
    /// Longest name of a host.
    const LENGTH_MAX: usize = 255;
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|next| next.is_alphanumeric() || next == '-' || next == '_')
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    text.parse::<std::net::IpAddr>().is_ok() || (text.len() <= LENGTH_MAX && name.split('.').all(is_label))
}

fn verify(call: &mut Call<'_, '_>, revocation: Revocation) -> Result<Value, Thrown> {
    let certificate = this(call)?;
    cost::trust(call.machine)?;
    let exchange = &call.machine.host.exchange;
    Ok(exchange.trusts(&certificate, revocation, exchange.unix_time()).into())
}

fn public_key(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let certificate = required::<CertificateObject>(call, 0, "certificate")?;
    cost::certificate(call.machine, 0)?;
    let key = certificate.0.rsa_public_key();
    Ok(key.map_or(Value::Null, |key| RsaObject::value(RsaKey::Public(key))))
}

fn private_key(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let certificate = required::<CertificateObject>(call, 0, "certificate")?;
    Ok(certificate.0.rsa_private_key().map_or(Value::Null, RsaObject::value))
}

fn name_type(value: i64) -> Option<NameType> {
    const ALL: [NameType; 6] =
        [NameType::Simple, NameType::Email, NameType::Upn, NameType::Dns, NameType::DnsFromAlternative, NameType::Url];
    ALL.into_iter().find(|name| *name as i64 == value)
}

/// `X509Certificate2.ToString()`
fn text(certificate: &Certificate) -> Text {
    Text::from(format!(
        "[Subject]\n  {}\n\n[Issuer]\n  {}\n\n[Serial Number]\n  {}\n\n[Not Before]\n  {}\n\n[Not After]\n  {}\n\n[Thumbprint]\n  {}\n",
        certificate.subject(),
        certificate.issuer(),
        certificate.serial_number(),
        certificate.effective_date(),
        certificate.expiration_date(),
        certificate.thumbprint(),
    ))
}
