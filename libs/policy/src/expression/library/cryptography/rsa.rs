//! `AsymmetricAlgorithm`, `RSA`, `RSACng`.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::Text;
use postern_dotnet::crypto::RsaKey;

use super::super::Library;
use super::super::values::text;
use super::names::{encryption_padding, hash_algorithm, signature_padding};
use super::public_key::pem;
use super::{bytes, bytes_range, cost, new_bytes};
use crate::expression::errand;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Bytes of a new key with what belongs to it.
const NEW_KEY_BYTES: usize = 8 * 1024;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Security.Cryptography.AsymmetricAlgorithm : IDisposable")
        .getter("int KeySize", |call| {
            let this = call.this::<RsaObject>()?;
            let bits = this.key.borrow().as_ref().map(|key| key.public().bits());
            Ok(bits.and_then(|bits| i32::try_from(bits).ok()).unwrap_or_else(|| this.new_key.bits()).into())
        })
        .getter("string SignatureAlgorithm", |_| Ok("RSA".into()))
        .getter("string KeyExchangeAlgorithm", |_| Ok("RSA".into()))
        .method("void FromXmlString(string xmlString)", |call| {
            let text = call.required_text(1, "xmlString")?;
            import(call, &text, RsaKey::from_xml)
        })
        .method("void ImportFromPem(string input)", |call| {
            let text = call.required_text(1, "input")?;
            import(call, &text, RsaKey::from_pem)
        })
        .method("void ImportPkcs8PrivateKey(byte[] source, out int bytesRead)", |call| {
            import_der(call, RsaKey::from_private_der)
        })
        .method("void ImportSubjectPublicKeyInfo(byte[] source, out int bytesRead)", |call| {
            import_der(call, RsaKey::from_public_der)
        })
        .method("byte[] ExportSubjectPublicKeyInfo()", |call| {
            let der = key(call)?.public().der().to_vec();
            new_bytes(call.machine, der)
        })
        .method("string ExportSubjectPublicKeyInfoPem()", |call| {
            let der = key(call)?.public().der().to_vec();
            text(call, pem("PUBLIC KEY", &der))
        })
        .method("string ToXmlString(bool includePrivateParameters)", |call| {
            if call.bool(1) {
                // A private key stays where it is.
                return Err(super::cryptographic("The requested operation is not supported."));
            }
            let xml = key(call)?.public().to_xml()?;
            text(call, xml)
        })
        .method("void Clear()", |_| Ok(Value::Null))
        .method("void Dispose()", |_| Ok(Value::Null));
    declare_rsa(library);
}

fn declare_rsa(library: &mut Library) {
    let class = library
        .declare("class System.Security.Cryptography.RSA : AsymmetricAlgorithm")
        .method("static RSA Create()", |_| Ok(RsaObject::empty(NewKey::Bits2048)))
        .method("static RSA Create(int keySizeInBits)", |call| {
            let bits = call.int(0);
            let size = NewKey::ALL.into_iter().find(|size| size.bits() == bits);
            let wrong = || super::cryptographic("Specified key is not a valid size for this algorithm.");
            size.map(RsaObject::empty).ok_or_else(wrong)
        })
        .method("void ImportRSAPrivateKey(byte[] source, out int bytesRead)", |call| {
            import_der(call, RsaKey::from_private_der)
        });
    declare_signatures(class)
        .method("byte[] ExportRSAPublicKey()", |call| {
            let der = key(call)?.public().pkcs1()?;
            new_bytes(call.machine, der)
        })
        .method("string ExportRSAPublicKeyPem()", |call| {
            let der = key(call)?.public().pkcs1()?;
            text(call, pem("RSA PUBLIC KEY", &der))
        })
        .method("int GetMaxOutputSize()", |call| {
            let bits = key(call)?.public().bits();
            Ok(i32::try_from(bits.div_ceil(8)).unwrap_or(i32::MAX).into())
        })
        .method("byte[] Encrypt(byte[] data, RSAEncryptionPadding padding)", |call| {
            let (data, padding) = (bytes(call, 1, "data")?, encryption_padding(call, 2)?);
            let key = key(call)?;
            cost::rsa_public(call.machine, key.public().bits())?;
            let encrypted = key.public().encrypt(&data, padding)?;
            new_bytes(call.machine, encrypted)
        })
        .method("byte[] Decrypt(byte[] data, RSAEncryptionPadding padding)", |call| {
            let (data, padding) = (bytes(call, 1, "data")?, encryption_padding(call, 2)?);
            let key = key(call)?;
            cost::rsa_private(call.machine, key.public().bits())?;
            let decrypted = key.private()?.decrypt(&data, padding)?;
            new_bytes(call.machine, decrypted)
        });
    // What certificates give on Windows; public policies cast to it.
    library.declare("sealed class System.Security.Cryptography.RSACng : RSA");
}

fn declare_signatures(class: super::super::ClassBuilder<'_>) -> super::super::ClassBuilder<'_> {
    class
        .method("byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)", |call| {
            let data = bytes(call, 1, "data")?;
            sign(call, &data, 2)
        })
        .method(
            "byte[] SignData(byte[] data, int offset, int count, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)",
            |call| {
                let data = bytes_range(call, 1, ["data", "offset", "count"])?;
                sign(call, &data, 4)
            },
        )
        .method("byte[] SignHash(byte[] hash, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)", |call| {
            let hashed = bytes(call, 1, "hash")?;
            let (hash, padding) = (hash_algorithm(call, 2)?, signature_padding(call, 3)?);
            let key = key(call)?;
            cost::rsa_private(call.machine, key.public().bits())?;
            let signature = key.private()?.sign_hash(&hashed, hash, padding)?;
            new_bytes(call.machine, signature)
        })
        .method(
            "bool VerifyData(byte[] data, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)",
            |call| {
                let data = bytes(call, 1, "data")?;
                verify(call, &data, 2)
            },
        )
        .method(
            "bool VerifyData(byte[] data, int offset, int count, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)",
            |call| {
                let data = bytes_range(call, 1, ["data", "offset", "count"])?;
                verify(call, &data, 4)
            },
        )
        .method(
            "bool VerifyHash(byte[] hash, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)",
            |call| {
                let (hashed, signature) = (bytes(call, 1, "hash")?, bytes(call, 2, "signature")?);
                let (hash, padding) = (hash_algorithm(call, 3)?, signature_padding(call, 4)?);
                let key = key(call)?;
                cost::rsa_public(call.machine, key.public().bits())?;
                Ok(key.public().verify_hash(&hashed, &signature, hash, padding).into())
            },
        )
}

fn sign(call: &mut Call<'_, '_>, data: &[u8], names: usize) -> Result<Value, Thrown> {
    let (hash, padding) = (hash_algorithm(call, names)?, signature_padding(call, names + 1)?);
    let key = key(call)?;
    cost::bulk(call.machine, data.len())?;
    cost::rsa_private(call.machine, key.public().bits())?;
    let signature = key.private()?.sign(data, hash, padding)?;
    new_bytes(call.machine, signature)
}

/// `signature`: the number of its argument; hash and padding stand behind it.
fn verify(call: &mut Call<'_, '_>, data: &[u8], signature: usize) -> Result<Value, Thrown> {
    let given = bytes(call, signature, "signature")?;
    let (hash, padding) = (hash_algorithm(call, signature + 1)?, signature_padding(call, signature + 2)?);
    let key = key(call)?;
    cost::bulk(call.machine, data.len())?;
    cost::rsa_public(call.machine, key.public().bits())?;
    Ok(key.public().verify(data, &given, hash, padding).into())
}

fn import(
    call: &mut Call<'_, '_>,
    text: &Text,
    read: fn(&str) -> Result<RsaKey, postern_dotnet::Exception>,
) -> Result<Value, Thrown> {
    cost::certificate(call.machine, text.len())?;
    let this = call.this::<RsaObject>()?;
    this.key.replace(Some(read(text)?));
    Ok(Value::Null)
}

/// A key in DER, and how many bytes of it were read: all.
fn import_der(
    call: &mut Call<'_, '_>,
    read: fn(&[u8]) -> Result<RsaKey, postern_dotnet::Exception>,
) -> Result<Value, Thrown> {
    let der = bytes(call, 1, "source")?;
    cost::certificate(call.machine, der.len())?;
    let key = read(&der)?;
    call.this::<RsaObject>()?.key.replace(Some(key));
    call.set_out(2, i32::try_from(der.len()).unwrap_or(i32::MAX));
    Ok(Value::Null)
}

fn key(call: &mut Call<'_, '_>) -> Result<RsaKey, Thrown> {
    call.this::<RsaObject>()?.key(call.machine)
}

/// How long a key is that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NewKey {
    /// .NET's default.
    Bits2048,
    Bits3072,
    Bits4096,
}

impl NewKey {
    const ALL: [NewKey; 3] = [NewKey::Bits2048, NewKey::Bits3072, NewKey::Bits4096];

    fn bits(self) -> i32 {
        match self {
            NewKey::Bits2048 => 2048,
            NewKey::Bits3072 => 3072,
            NewKey::Bits4096 => 4096,
        }
    }

    /// What makes it, in a tenth of a second and more.
    fn work(self) -> fn() -> Option<RsaKey> {
        match self {
            NewKey::Bits2048 => || RsaKey::generate(2048).ok(),
            NewKey::Bits3072 => || RsaKey::generate(3072).ok(),
            NewKey::Bits4096 => || RsaKey::generate(4096).ok(),
        }
    }
}

/// An RSA object. One that was made empty gets a key when it is first used.
pub(super) struct RsaObject {
    key: RefCell<Option<RsaKey>>,
    new_key: NewKey,
}

impl RsaObject {
    /// An object with a key.
    pub(super) fn value(key: RsaKey) -> Value {
        Value::object(RsaObject { key: RefCell::new(Some(key)), new_key: NewKey::Bits2048 })
    }

    fn empty(new_key: NewKey) -> Value {
        Value::object(RsaObject { key: RefCell::new(None), new_key })
    }

    /// Its key; another thread makes it if there is none. The native does nothing that it must not do again before.
    ///
    /// # Errors
    /// The end of the turn; `CryptographicException` if no key could be made.
    pub(super) fn key(&self, machine: &mut Machine<'_>) -> Result<RsaKey, Thrown> {
        if let Some(key) = &*self.key.borrow() {
            return Ok(key.clone());
        }
        let busy = || super::cryptographic(super::BUSY);
        let made =
            errand::elsewhere(machine, self.new_key.work(), cost::RSA_GENERATE, NEW_KEY_BYTES)?.ok_or_else(busy)?;
        let key = made.ok_or_else(|| super::cryptographic("The key could not be made."))?;
        self.key.replace(Some(key.clone()));
        Ok(key)
    }
}

impl Object for RsaObject {
    fn of(&self) -> Type {
        Type::named("System.Security.Cryptography.RSACng")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}
