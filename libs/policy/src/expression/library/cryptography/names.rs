//! Names and settings: `HashAlgorithmName`, `Oid`, paddings, modes.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::crypto::{EncryptionPadding, HashAlgorithm, SignaturePadding};
use postern_dotnet::{Exception, Text};

use super::super::Library;
use super::{enumeration, required};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

const HASH_NAME: &str = "System.Security.Cryptography.HashAlgorithmName";
const SIGNATURE_PADDING: &str = "System.Security.Cryptography.RSASignaturePadding";
const ENCRYPTION_PADDING: &str = "System.Security.Cryptography.RSAEncryptionPadding";

pub(super) fn declare(library: &mut Library) {
    library.enumeration(
        "System.Security.Cryptography.CipherMode",
        &[("CBC", 1), ("ECB", 2), ("OFB", 3), ("CFB", 4), ("CTS", 5)],
    );
    library.enumeration(
        "System.Security.Cryptography.PaddingMode",
        &[("None", 1), ("PKCS7", 2), ("Zeros", 3), ("ANSIX923", 4), ("ISO10126", 5)],
    );
    library.enumeration("System.Security.Cryptography.RSASignaturePaddingMode", &[("Pkcs1", 0), ("Pss", 1)]);
    library.enumeration("System.Security.Cryptography.RSAEncryptionPaddingMode", &[("Pkcs1", 0), ("Oaep", 1)]);
    declare_hash_name(library);
    library
        .declare("sealed class System.Security.Cryptography.RSASignaturePadding : IEquatable<RSASignaturePadding>")
        .getter("static RSASignaturePadding Pkcs1", |_| Ok(Value::object(Signature(SignaturePadding::Pkcs1))))
        .getter("static RSASignaturePadding Pss", |_| Ok(Value::object(Signature(SignaturePadding::Pss))))
        .getter("RSASignaturePaddingMode Mode", |call| {
            let mode = i64::from(call.this::<Signature>()?.0 == SignaturePadding::Pss);
            Ok(enumeration("System.Security.Cryptography.RSASignaturePaddingMode", mode))
        })
        .method("bool Equals(RSASignaturePadding other)", same)
        .operator("static bool operator ==(RSASignaturePadding left, RSASignaturePadding right)", same)
        .operator("static bool operator !=(RSASignaturePadding left, RSASignaturePadding right)", different);
    declare_encryption_padding(library);
}

fn declare_hash_name(library: &mut Library) {
    library
        .declare("struct System.Security.Cryptography.HashAlgorithmName : IEquatable<HashAlgorithmName>")
        .constructor("(string name)", |call| Ok(Value::object(HashName(call.text(0).cloned()))))
        .getter("string Name", |call| Ok(call.this::<HashName>()?.0.clone().into()))
        .getter("static HashAlgorithmName MD5", |_| Ok(hash_name(HashAlgorithm::Md5)))
        .getter("static HashAlgorithmName SHA1", |_| Ok(hash_name(HashAlgorithm::Sha1)))
        .getter("static HashAlgorithmName SHA256", |_| Ok(hash_name(HashAlgorithm::Sha256)))
        .getter("static HashAlgorithmName SHA384", |_| Ok(hash_name(HashAlgorithm::Sha384)))
        .getter("static HashAlgorithmName SHA512", |_| Ok(hash_name(HashAlgorithm::Sha512)))
        .method("bool Equals(HashAlgorithmName other)", same)
        .method("static HashAlgorithmName FromOid(string oidValue)", |call| {
            let id = call.required_text(0, "oidValue")?;
            let found = hash_of_oid(&id).ok_or_else(|| {
                Exception::new(
                    postern_dotnet::ExceptionType::Cryptographic,
                    format!("The specified OID ({id}) does not represent a known hash algorithm."),
                )
            })?;
            Ok(hash_name(found))
        })
        .method("static bool TryFromOid(string oidValue, out HashAlgorithmName value)", |call| {
            let id = call.required_text(0, "oidValue")?;
            let found = hash_of_oid(&id);
            call.set_out(1, found.map_or_else(|| Value::object(HashName(None)), hash_name));
            Ok(found.is_some().into())
        })
        .operator("static bool operator ==(HashAlgorithmName left, HashAlgorithmName right)", same)
        .operator("static bool operator !=(HashAlgorithmName left, HashAlgorithmName right)", different);
}

fn declare_encryption_padding(library: &mut Library) {
    library
        .declare("sealed class System.Security.Cryptography.RSAEncryptionPadding : IEquatable<RSAEncryptionPadding>")
        .getter("static RSAEncryptionPadding Pkcs1", |_| Ok(Value::object(Encryption(EncryptionPadding::Pkcs1))))
        .getter("static RSAEncryptionPadding OaepSHA1", |_| Ok(oaep(HashAlgorithm::Sha1)))
        .getter("static RSAEncryptionPadding OaepSHA256", |_| Ok(oaep(HashAlgorithm::Sha256)))
        .getter("static RSAEncryptionPadding OaepSHA384", |_| Ok(oaep(HashAlgorithm::Sha384)))
        .getter("static RSAEncryptionPadding OaepSHA512", |_| Ok(oaep(HashAlgorithm::Sha512)))
        .method("static RSAEncryptionPadding CreateOaep(HashAlgorithmName hashAlgorithm)", |call| {
            Ok(oaep(hash_algorithm(call, 0)?))
        })
        .getter("RSAEncryptionPaddingMode Mode", |call| {
            let mode = i64::from(call.this::<Encryption>()?.0 != EncryptionPadding::Pkcs1);
            Ok(enumeration("System.Security.Cryptography.RSAEncryptionPaddingMode", mode))
        })
        .getter("HashAlgorithmName OaepHashAlgorithm", |call| match call.this::<Encryption>()?.0 {
            EncryptionPadding::Pkcs1 => Ok(Value::object(HashName(None))),
            EncryptionPadding::Oaep(hash) => Ok(hash_name(hash)),
        })
        .method("bool Equals(RSAEncryptionPadding other)", same)
        .operator("static bool operator ==(RSAEncryptionPadding left, RSAEncryptionPadding right)", same)
        .operator("static bool operator !=(RSAEncryptionPadding left, RSAEncryptionPadding right)", different);
}

fn same(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(call.argument(0).equals(call.argument(1)).into())
}

fn different(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok((!call.argument(0).equals(call.argument(1))).into())
}

/// `HashAlgorithmName`: any text, or none.
struct HashName(Option<Text>);

fn hash_name(hash: HashAlgorithm) -> Value {
    Value::object(HashName(Some(Text::new_static(hash.name()))))
}

/// The hash function that a `HashAlgorithmName` argument names. The default value of the struct may be null here.
pub(super) fn hash_algorithm(call: &Call<'_, '_>, index: usize) -> Result<HashAlgorithm, Thrown> {
    let name = call.object::<HashName>(index).and_then(|name| name.0.clone()).unwrap_or_default();
    if name.is_empty() {
        let message = "The hash algorithm name cannot be null or empty.";
        return Err(Exception::argument("hashAlgorithm", message).into());
    }
    Ok(HashAlgorithm::from_name(&name)?)
}

impl Object for HashName {
    fn of(&self) -> Type {
        Type::named(HASH_NAME)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(self.0.clone().unwrap_or_default())
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<HashName>().is_some_and(|other| self.0 == other.0)
    }

    fn hash_code(&self) -> u64 {
        Value::from(self.0.clone()).hash_code()
    }
}

/// `RSASignaturePadding`
struct Signature(SignaturePadding);

pub(super) fn signature_padding(call: &Call<'_, '_>, index: usize) -> Result<SignaturePadding, Thrown> {
    Ok(required::<Signature>(call, index, "padding")?.0)
}

impl Object for Signature {
    fn of(&self) -> Type {
        Type::named(SIGNATURE_PADDING)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(Text::new_static(if self.0 == SignaturePadding::Pss { "Pss" } else { "Pkcs1" }))
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<Signature>().is_some_and(|other| self.0 == other.0)
    }

    fn hash_code(&self) -> u64 {
        u64::from(self.0 == SignaturePadding::Pss)
    }
}

/// `RSAEncryptionPadding`
struct Encryption(EncryptionPadding);

fn oaep(hash: HashAlgorithm) -> Value {
    Value::object(Encryption(EncryptionPadding::Oaep(hash)))
}

pub(super) fn encryption_padding(call: &Call<'_, '_>, index: usize) -> Result<EncryptionPadding, Thrown> {
    Ok(required::<Encryption>(call, index, "padding")?.0)
}

impl Object for Encryption {
    fn of(&self) -> Type {
        Type::named(ENCRYPTION_PADDING)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(match self.0 {
            EncryptionPadding::Pkcs1 => Text::new_static("Pkcs1"),
            EncryptionPadding::Oaep(hash) => Text::from(format!("Oaep{}", hash.name())),
        })
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<Encryption>().is_some_and(|other| self.0 == other.0)
    }

    fn hash_code(&self) -> u64 {
        match self.0 {
            EncryptionPadding::Pkcs1 => 0,
            EncryptionPadding::Oaep(hash) => hash.output_bytes() as u64,
        }
    }
}

/// The hash function of an object identifier.
fn hash_of_oid(id: &str) -> Option<HashAlgorithm> {
    Some(match id {
        "1.2.840.113549.2.5" => HashAlgorithm::Md5,
        "1.3.14.3.2.26" => HashAlgorithm::Sha1,
        "2.16.840.1.101.3.4.2.1" => HashAlgorithm::Sha256,
        "2.16.840.1.101.3.4.2.2" => HashAlgorithm::Sha384,
        "2.16.840.1.101.3.4.2.3" => HashAlgorithm::Sha512,
        _ => return None,
    })
}
