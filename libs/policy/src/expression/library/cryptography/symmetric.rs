//! `SymmetricAlgorithm` and AES; `byte[].Encrypt` and `byte[].Decrypt` of policy expressions.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::crypto::{Aes, CipherMode, PaddingMode};
use postern_dotnet::{Exception, ExceptionType};

use super::super::Library;
use super::transform::{Direction, Transform};
use super::{bytes, cryptographic, enumeration, new_bytes, optional_bytes, required};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    let class = library
        .declare("class System.Security.Cryptography.SymmetricAlgorithm : IDisposable")
        .method("static SymmetricAlgorithm Create()", |_| Ok(aes_object(Aes::default())))
        .method("static SymmetricAlgorithm Create(string algName)", |call| {
            let name = call.required_text(0, "algName")?;
            Ok(Aes::create(&name).map_or(Value::Null, aes_object))
        });
    let class = declare_one_shot(declare_settings(class));
    class
        .method("void GenerateKey()", |call| {
            let this = call.this::<AesObject>()?;
            let bits = this.0.borrow().key_bits();
            this.0.borrow_mut().set_key_bits(bits)?;
            Ok(Value::Null)
        })
        .method("void GenerateIV()", |call| {
            let mut iv = [0; 16];
            postern_dotnet::crypto::random_bytes(&mut iv)?;
            call.this::<AesObject>()?.0.borrow_mut().set_iv(&iv)?;
            Ok(Value::Null)
        })
        .method("bool ValidKeySize(int bitLength)", |call| Ok(matches!(call.int(1), 128 | 192 | 256).into()))
        .method("ICryptoTransform CreateEncryptor()", |call| own_transform(call, Direction::Encrypt).map(Value::object))
        .method("ICryptoTransform CreateDecryptor()", |call| own_transform(call, Direction::Decrypt).map(Value::object))
        .method("ICryptoTransform CreateEncryptor(byte[] rgbKey, byte[] rgbIV)", |call| {
            transform(call, 0, 1, Direction::Encrypt).map(Value::object)
        })
        .method("ICryptoTransform CreateDecryptor(byte[] rgbKey, byte[] rgbIV)", |call| {
            transform(call, 0, 1, Direction::Decrypt).map(Value::object)
        })
        .method("void Clear()", |_| Ok(Value::Null))
        .method("void Dispose()", |_| Ok(Value::Null));
    library
        .declare("class System.Security.Cryptography.Aes : SymmetricAlgorithm")
        .method("static Aes Create()", |_| Ok(aes_object(Aes::default())));
    library
        .declare("sealed class System.Security.Cryptography.AesManaged : Aes")
        .constructor("()", |_| Ok(aes_object(Aes::default())));
    declare_extensions(library);
}

/// A whole text at once, with the object's key and a mode and padding of its own.
fn declare_one_shot(class: super::super::ClassBuilder<'_>) -> super::super::ClassBuilder<'_> {
    class
        .method("byte[] EncryptCbc(byte[] plaintext, byte[] iv, PaddingMode paddingMode = PaddingMode.PKCS7)", |call| {
            one_shot(call, Direction::Encrypt, CipherMode::Cbc)
        })
        .method(
            "byte[] DecryptCbc(byte[] ciphertext, byte[] iv, PaddingMode paddingMode = PaddingMode.PKCS7)",
            |call| one_shot(call, Direction::Decrypt, CipherMode::Cbc),
        )
        .method("byte[] EncryptEcb(byte[] plaintext, PaddingMode paddingMode)", |call| {
            one_shot(call, Direction::Encrypt, CipherMode::Ecb)
        })
        .method("byte[] DecryptEcb(byte[] ciphertext, PaddingMode paddingMode)", |call| {
            one_shot(call, Direction::Decrypt, CipherMode::Ecb)
        })
        .method(
            "byte[] EncryptCfb(byte[] plaintext, byte[] iv, PaddingMode paddingMode = PaddingMode.None, int feedbackSizeInBits = 8)",
            |call| one_shot(call, Direction::Encrypt, CipherMode::Cfb),
        )
        .method(
            "byte[] DecryptCfb(byte[] ciphertext, byte[] iv, PaddingMode paddingMode = PaddingMode.None, int feedbackSizeInBits = 8)",
            |call| one_shot(call, Direction::Decrypt, CipherMode::Cfb),
        )
        .method("int GetCiphertextLengthCbc(int plaintextLength, PaddingMode paddingMode = PaddingMode.PKCS7)", |call| {
            padded(call, BLOCK_BITS, "block")
        })
        .method("int GetCiphertextLengthEcb(int plaintextLength, PaddingMode paddingMode)", |call| {
            padded(call, BLOCK_BITS, "block")
        })
        .method(
            "int GetCiphertextLengthCfb(int plaintextLength, PaddingMode paddingMode = PaddingMode.None, int feedbackSizeInBits = 8)",
            |call| {
                let bits = call.int(3);
                if bits <= 0 {
                    return Err(Exception::negative("feedbackSizeInBits", bits.into()).into());
                }
                padded(call, bits, "feedback")
            },
        )
}

/// Bits of a block of AES.
const BLOCK_BITS: i32 = 128;

/// How long a text is when it is padded to whole units of so many bits.
fn padded(call: &Call<'_, '_>, unit_bits: i32, unit_name: &str) -> Result<Value, Thrown> {
    let length = call.int(1);
    if length < 0 {
        return Err(Exception::negative("plaintextLength", length.into()).into());
    }
    if unit_bits % 8 != 0 {
        let message = "The value specified in bits must be a whole number of bytes.";
        return Err(Exception::argument("feedbackSizeInBits", message).into());
    }
    let (unit, length) = (i64::from(unit_bits / 8), i64::from(length));
    let padding = padding_mode(call.constant(2))
        .ok_or_else(|| cryptographic("Specified padding mode is not valid for this algorithm."))?;
    let padded = match padding {
        PaddingMode::None if length % unit == 0 => length,
        PaddingMode::None => {
            let message = format!("The specified plaintext size is not valid for the padding and {unit_name} size.");
            return Err(Exception::argument("plaintextLength", &message).into());
        }
        PaddingMode::Zeros => (length + unit - 1) / unit * unit,
        _ => (length / unit + 1) * unit,
    };
    let too_long = "The specified plaintext length is too large to be padded.";
    let padded = i32::try_from(padded).map_err(|_| Exception::argument_out_of_range("plaintextLength", too_long))?;
    Ok(padded.into())
}

fn one_shot(call: &mut Call<'_, '_>, direction: Direction, mode: CipherMode) -> Result<Value, Thrown> {
    let data = bytes(call, 1, if direction == Direction::Encrypt { "plaintext" } else { "ciphertext" })?;
    let (iv, padding) = match mode {
        CipherMode::Cbc | CipherMode::Cfb => (bytes(call, 2, "iv")?.to_vec(), call.constant(3)),
        _ => (vec![0; 16], call.constant(2)),
    };
    let padding = padding_mode(padding)
        .ok_or_else(|| cryptographic("Specified padding mode is not valid for this algorithm."))?;
    let this = call.this::<AesObject>()?;
    let key = this.0.borrow_mut().key()?.to_vec();
    let mut aes = this.0.borrow().clone();
    (aes.mode, aes.padding) = (mode, padding);
    if mode == CipherMode::Cfb {
        aes.feedback_bits = match call.int(4) {
            bits @ (8 | 128) => bits.unsigned_abs(),
            bits => {
                let message = format!("The specified feedback size of {bits} bits is not supported.");
                return Err(Exception::new(ExceptionType::Cryptographic, message).into());
            }
        };
    }
    let result = Transform { aes, direction, key, iv }.apply(call.machine, &data)?;
    new_bytes(call.machine, result)
}

fn declare_settings(class: super::super::ClassBuilder<'_>) -> super::super::ClassBuilder<'_> {
    class
        .getter("CipherMode Mode", |call| {
            let mode = call.this::<AesObject>()?.0.borrow().mode;
            Ok(enumeration("System.Security.Cryptography.CipherMode", mode as i64))
        })
        .setter("CipherMode Mode", |call| {
            let mode = cipher_mode(call.constant(1))
                .ok_or_else(|| cryptographic("Specified cipher mode is not valid for this algorithm."))?;
            call.this::<AesObject>()?.0.borrow_mut().mode = mode;
            Ok(Value::Null)
        })
        .getter("PaddingMode Padding", |call| {
            let padding = call.this::<AesObject>()?.0.borrow().padding;
            Ok(enumeration("System.Security.Cryptography.PaddingMode", padding as i64))
        })
        .setter("PaddingMode Padding", |call| {
            let padding = padding_mode(call.constant(1))
                .ok_or_else(|| cryptographic("Specified padding mode is not valid for this algorithm."))?;
            call.this::<AesObject>()?.0.borrow_mut().padding = padding;
            Ok(Value::Null)
        })
        .getter("int KeySize", |call| Ok(int(call.this::<AesObject>()?.0.borrow().key_bits())))
        .setter("int KeySize", |call| {
            let bits = u32::try_from(call.int(1)).unwrap_or_default();
            call.this::<AesObject>()?.0.borrow_mut().set_key_bits(bits)?;
            Ok(Value::Null)
        })
        .getter("int BlockSize", |_| Ok(128.into()))
        .setter("int BlockSize", |call| match call.int(1) {
            128 => Ok(Value::Null),
            _ => Err(cryptographic("Specified block size is not valid for this algorithm.")),
        })
        .getter("int FeedbackSize", |call| Ok(int(call.this::<AesObject>()?.0.borrow().feedback_bits)))
        .setter("int FeedbackSize", |call| match call.int(1) {
            bits @ (8 | 128) => {
                call.this::<AesObject>()?.0.borrow_mut().feedback_bits = bits.unsigned_abs();
                Ok(Value::Null)
            }
            _ => Err(cryptographic("Specified feedback size is not valid for this algorithm.")),
        })
        .getter("byte[] Key", |call| {
            let key = call.this::<AesObject>()?.0.borrow_mut().key()?.to_vec();
            new_bytes(call.machine, key)
        })
        .setter("byte[] Key", |call| {
            let key = bytes(call, 1, "value")?;
            call.this::<AesObject>()?.0.borrow_mut().set_key(&key)?;
            Ok(Value::Null)
        })
        .getter("byte[] IV", |call| {
            let iv = call.this::<AesObject>()?.0.borrow_mut().iv()?;
            new_bytes(call.machine, iv.to_vec())
        })
        .setter("byte[] IV", |call| {
            let iv = bytes(call, 1, "value")?;
            call.this::<AesObject>()?.0.borrow_mut().set_iv(&iv)?;
            Ok(Value::Null)
        })
}

fn declare_extensions(library: &mut Library) {
    library
        .declare("static class Microsoft.Azure.ApiManagement.CipherExtensions")
        .method("static byte[] Encrypt(this byte[] input, string alg, byte[] key, byte[] iv)", |call| {
            by_name(call, Direction::Encrypt)
        })
        .method("static byte[] Decrypt(this byte[] input, string alg, byte[] key, byte[] iv)", |call| {
            by_name(call, Direction::Decrypt)
        })
        .method("static byte[] Encrypt(this byte[] input, SymmetricAlgorithm alg)", |call| {
            by_object(call, Direction::Encrypt, false)
        })
        .method("static byte[] Decrypt(this byte[] input, SymmetricAlgorithm alg)", |call| {
            by_object(call, Direction::Decrypt, false)
        })
        .method("static byte[] Encrypt(this byte[] input, SymmetricAlgorithm alg, byte[] key, byte[] iv)", |call| {
            by_object(call, Direction::Encrypt, true)
        })
        .method("static byte[] Decrypt(this byte[] input, SymmetricAlgorithm alg, byte[] key, byte[] iv)", |call| {
            by_object(call, Direction::Decrypt, true)
        });
}

fn by_name(call: &mut Call<'_, '_>, direction: Direction) -> Result<Value, Thrown> {
    let data = bytes(call, 0, "input")?;
    let name = call.required_text(1, "alg")?;
    let aes = Aes::create(&name).ok_or_else(|| {
        Exception::new(ExceptionType::Cryptographic, format!("'{name}' is not a known symmetric algorithm."))
    })?;
    let (key, iv) = (bytes(call, 2, "key")?, optional_bytes(call, 3)?.unwrap_or_default());
    let result = Transform { aes, direction, key, iv }.apply(call.machine, &data)?;
    new_bytes(call.machine, result)
}

fn by_object(call: &mut Call<'_, '_>, direction: Direction, with_key: bool) -> Result<Value, Thrown> {
    let data = bytes(call, 0, "input")?;
    let transform = if with_key { transform(call, 1, 2, direction)? } else { object_transform(call, 1, direction)? };
    let result = transform.apply(call.machine, &data)?;
    new_bytes(call.machine, result)
}

fn own_transform(call: &mut Call<'_, '_>, direction: Direction) -> Result<Transform, Thrown> {
    object_transform(call, 0, direction)
}

/// With the key and vector that the object has.
fn object_transform(call: &mut Call<'_, '_>, object: usize, direction: Direction) -> Result<Transform, Thrown> {
    let object = required::<AesObject>(call, object, "alg")?;
    let mut aes = object.0.borrow_mut();
    let (key, iv) = (aes.key()?.to_vec(), aes.iv()?.to_vec());
    Ok(Transform { aes: aes.clone(), direction, key, iv })
}

/// With the key and vector that the arguments from `key` on give.
fn transform(call: &mut Call<'_, '_>, object: usize, key: usize, direction: Direction) -> Result<Transform, Thrown> {
    let aes = required::<AesObject>(call, object, "alg")?.0.borrow().clone();
    let (key, iv) = (bytes(call, key, "rgbKey")?, optional_bytes(call, key + 1)?.unwrap_or_default());
    Ok(Transform { aes, direction, key, iv })
}

fn cipher_mode(value: i64) -> Option<CipherMode> {
    const ALL: [CipherMode; 5] = [CipherMode::Cbc, CipherMode::Ecb, CipherMode::Ofb, CipherMode::Cfb, CipherMode::Cts];
    ALL.into_iter().find(|mode| *mode as i64 == value)
}

fn padding_mode(value: i64) -> Option<PaddingMode> {
    const ALL: [PaddingMode; 5] =
        [PaddingMode::None, PaddingMode::Pkcs7, PaddingMode::Zeros, PaddingMode::AnsiX923, PaddingMode::Iso10126];
    ALL.into_iter().find(|mode| *mode as i64 == value)
}

fn int(value: u32) -> Value {
    i32::try_from(value).unwrap_or(i32::MAX).into()
}

/// An AES object with its settings.
struct AesObject(RefCell<Aes>);

fn aes_object(aes: Aes) -> Value {
    Value::object(AesObject(RefCell::new(aes)))
}

impl Object for AesObject {
    fn of(&self) -> Type {
        Type::named("System.Security.Cryptography.AesManaged")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}
