//! `PublicKey`, `AsnEncodedData`, `X500DistinguishedName`.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::Text;
use postern_dotnet::crypto::{Certificate, RsaKey};
use postern_dotnet::text::{Base64FormattingOptions, to_base64};

use super::super::Library;
use super::new_bytes;
use super::oid::oid;
use super::rsa::RsaObject;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

const PUBLIC_KEY: &str = "System.Security.Cryptography.X509Certificates.PublicKey";
const DISTINGUISHED_NAME: &str = "System.Security.Cryptography.X509Certificates.X500DistinguishedName";

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Security.Cryptography.AsnEncodedData")
        .getter("byte[] RawData", |call| {
            let bytes = call.this::<Encoded>()?.bytes.clone();
            new_bytes(call.machine, bytes)
        })
        .getter("Oid Oid", |call| Ok(oid(&call.this::<Encoded>()?.id)));
    library
        .declare("sealed class System.Security.Cryptography.X509Certificates.PublicKey")
        .getter("Oid Oid", |call| Ok(oid(call.this::<PublicKey>()?.0.key_algorithm())))
        .getter("AsnEncodedData EncodedKeyValue", |call| {
            let key = call.this::<PublicKey>()?;
            Ok(Value::object(Encoded { id: key.0.key_algorithm().into(), bytes: key.0.public_key().to_vec() }))
        })
        .getter("AsnEncodedData EncodedParameters", |call| {
            let key = call.this::<PublicKey>()?;
            Ok(Value::object(Encoded { id: key.0.key_algorithm().into(), bytes: key.0.key_parameters().to_vec() }))
        })
        .getter("AsymmetricAlgorithm Key", rsa)
        .method("byte[] ExportSubjectPublicKeyInfo()", |call| {
            let key = call.this::<PublicKey>()?.0.public_key_der().to_vec();
            new_bytes(call.machine, key)
        })
        .method("RSA GetRSAPublicKey()", rsa);
    library
        .declare("sealed class System.Security.Cryptography.X509Certificates.X500DistinguishedName")
        .getter("string Name", |call| Ok(call.this::<DistinguishedName>()?.0.clone().into()));
}

fn rsa(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let key = call.this::<PublicKey>()?.0.rsa_public_key();
    Ok(key.map_or(Value::Null, |key| RsaObject::value(RsaKey::Public(key))))
}

/// The public key of a certificate.
pub(super) struct PublicKey(pub(super) Certificate);

impl Object for PublicKey {
    fn of(&self) -> Type {
        Type::named(PUBLIC_KEY)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

struct Encoded {
    id: Text,
    bytes: Vec<u8>,
}

impl Object for Encoded {
    fn of(&self) -> Type {
        Type::named("System.Security.Cryptography.AsnEncodedData")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

/// A name of a certificate. `RawData` is not on the list of allowed members.
pub(super) struct DistinguishedName(pub(super) Text);

impl Object for DistinguishedName {
    fn of(&self) -> Type {
        Type::named(DISTINGUISHED_NAME)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(Text::new_static(DISTINGUISHED_NAME))
    }
}

/// Bytes in the armour of PEM, without an end of line behind it.
pub(super) fn pem(label: &str, bytes: &[u8]) -> String {
    /// Characters in a line.
    const LINE: usize = 64;
    let digits = to_base64(bytes, Base64FormattingOptions::None);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = &*digits;
    while !rest.is_empty() {
        // Digits are one byte each.
        let (line, behind) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = behind;
    }
    text.push_str(&format!("-----END {label}-----"));
    text
}
