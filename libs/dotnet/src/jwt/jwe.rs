//! Decryption of JWE tokens (RFC 7516): `dir`, A128KW, A192KW, A256KW, RSA-OAEP, RSA-OAEP-256 with AES-CBC-HMAC or AES-GCM, DEFLATE.
//!
//! RSA1_5 is left out: its padding lets a caller who can tell failures apart decrypt. All failures of decryption look the same.

use std::borrow::Cow;

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap as _};

use super::encoding;
use super::error::{HIDDEN_TEXT, HIDDEN_TOKEN, JwtError};
use super::json::{Json, Members};
use super::key::{Key, KeySet};
use super::limits::{INFLATED_BYTES_MAX, KEYS_TRIED_MAX};
use super::token::{Segments, part};
use super::verify::{check_extensions, is_named};
use crate::crypto::{Aes, CipherMode, EncryptionPadding, HashAlgorithm, Hmac, PaddingMode};

/// The token inside an encrypted one.
pub(super) fn decrypt(token: &Segments<'_>, keys: &KeySet) -> Result<Vec<u8>, JwtError> {
    let Segments::Encrypted { header: encoded_header, key, vector, text, tag } = *token else {
        return Err(failed());
    };
    let header = part(encoded_header).ok_or_else(failed)?;
    check_extensions(&header)?;
    let keys: Vec<&Key> = keys.all_decryption().collect();
    if keys.is_empty() {
        return Err(JwtError::invalid(format!("IDX10609: Decryption failed. No Keys tried: token: '{HIDDEN_TOKEN}'.")));
    }
    let member = |name: &str| header.text(name).unwrap_or_default();
    let encryption = Encryption::from_name(member("enc")).ok_or_else(failed)?;
    let decode = |text: &[u8]| encoding::decode(text).ok_or_else(failed);
    let sealed = Sealed {
        key: decode(key)?,
        vector: decode(vector)?,
        text: decode(text)?,
        tag: decode(tag)?,
        header: encoded_header,
    };
    let kid = header.text("kid");
    let named: Vec<&Key> = keys.iter().copied().filter(|key| is_named(key, kid, header.text("x5t"))).collect();
    let candidates = if named.is_empty() { keys } else { named };
    let plain = candidates
        .into_iter()
        .take(KEYS_TRIED_MAX)
        .find_map(|key| {
            let content_key = content_key(key, member("alg"), encryption, &sealed.key)?;
            encryption.open(&content_key, &sealed)
        })
        .ok_or_else(failed)?;
    inflate(&header, plain)
}

struct Sealed<'a> {
    key: Vec<u8>,
    vector: Vec<u8>,
    text: Vec<u8>,
    tag: Vec<u8>,
    /// What is authenticated but not encrypted: the header as it was sent.
    header: &'a [u8],
}

/// One message for a wrong key, a wrong tag and a malformed part.
fn failed() -> JwtError {
    JwtError::invalid(format!(
        "IDX10603: Decryption failed. Keys tried: '{HIDDEN_TEXT}'.\nExceptions caught:\n ''.\ntoken: '{HIDDEN_TOKEN}'"
    ))
}

/// The key that the text is encrypted with, if `key` is of the kind that `algorithm` needs and the length is right.
fn content_key<'k>(key: &'k Key, algorithm: &str, encryption: Encryption, wrapped: &[u8]) -> Option<Cow<'k, [u8]>> {
    let content_key: Cow<'k, [u8]> = match algorithm {
        "dir" if wrapped.is_empty() => key.secret()?.into(),
        "A128KW" => unwrap(AesKek::new(&AES_128, key.secret()?).ok()?, wrapped)?.into(),
        "A192KW" => unwrap_192(key.secret()?, wrapped)?.into(),
        "A256KW" => unwrap(AesKek::new(&AES_256, key.secret()?).ok()?, wrapped)?.into(),
        "RSA-OAEP" => key.rsa_private()?.decrypt(wrapped, EncryptionPadding::Oaep(HashAlgorithm::Sha1)).ok()?.into(),
        "RSA-OAEP-256" => {
            key.rsa_private()?.decrypt(wrapped, EncryptionPadding::Oaep(HashAlgorithm::Sha256)).ok()?.into()
        }
        _ => return None,
    };
    (content_key.len() == encryption.key_bytes()).then_some(content_key)
}

/// A content key has at most 64 bytes, and 8 more when wrapped.
const WRAPPED_BYTES_MAX: usize = 72;

fn unwrap(key: AesKek, wrapped: &[u8]) -> Option<Vec<u8>> {
    if wrapped.len() > WRAPPED_BYTES_MAX {
        return None;
    }
    let mut target = [0; WRAPPED_BYTES_MAX];
    key.unwrap(wrapped, &mut target).ok().map(|key| key.to_vec())
}

/// The same with a key of 192 bits (RFC 3394 section 2.2.2), which aws-lc has the cipher for but no wrapping.
pub(super) fn unwrap_192(secret: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    const CHECK: [u8; 8] = [0xA6; 8];
    let (check, key) = wrapped.split_first_chunk::<8>()?;
    let (parts, rest) = key.as_chunks::<8>();
    if secret.len() != 24 || wrapped.len() > WRAPPED_BYTES_MAX || parts.len() < 2 || !rest.is_empty() {
        return None;
    }
    let mut cipher = Aes::default();
    (cipher.mode, cipher.padding) = (CipherMode::Ecb, PaddingMode::None);
    let (mut check, mut parts) = (*check, parts.to_vec());
    let mut step = 6 * u64::try_from(parts.len()).ok()?;
    for _ in 0..6 {
        for part in parts.iter_mut().rev() {
            let high = (u64::from_be_bytes(check) ^ step).to_be_bytes();
            let block = cipher.decrypt(&[high, *part].concat(), secret, &[]).ok()?;
            (check, *part) = (block.get(..8)?.try_into().ok()?, block.get(8..)?.try_into().ok()?);
            step -= 1;
        }
    }
    verify_slices_are_equal(&check, &CHECK).ok()?;
    Some(parts.concat())
}

/// `enc`.
#[derive(Clone, Copy)]
enum Encryption {
    /// AES-CBC with HMAC (RFC 7518 §5.2): the hash; half of its length is that of each key and of the tag.
    CbcHmac(HashAlgorithm),
    /// AES-GCM: length of the key in bytes.
    Gcm(usize),
}

impl Encryption {
    fn from_name(name: &str) -> Option<Encryption> {
        match name {
            "A128CBC-HS256" => Some(Encryption::CbcHmac(HashAlgorithm::Sha256)),
            "A192CBC-HS384" => Some(Encryption::CbcHmac(HashAlgorithm::Sha384)),
            "A256CBC-HS512" => Some(Encryption::CbcHmac(HashAlgorithm::Sha512)),
            "A128GCM" => Some(Encryption::Gcm(16)),
            "A192GCM" => Some(Encryption::Gcm(24)),
            "A256GCM" => Some(Encryption::Gcm(32)),
            _ => None,
        }
    }

    fn key_bytes(self) -> usize {
        match self {
            Encryption::CbcHmac(hash) => hash.output_bytes(),
            Encryption::Gcm(bytes) => bytes,
        }
    }

    fn open(self, key: &[u8], sealed: &Sealed<'_>) -> Option<Vec<u8>> {
        match self {
            Encryption::CbcHmac(hash) => open_cbc(hash, key, sealed),
            Encryption::Gcm(bytes) => {
                let algorithm = match bytes {
                    16 => &AES_128_GCM,
                    24 => &AES_192_GCM,
                    _ => &AES_256_GCM,
                };
                let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
                let nonce = Nonce::try_assume_unique_for_key(&sealed.vector).ok()?;
                if sealed.tag.len() != algorithm.tag_len() {
                    return None;
                }
                let mut buffer = [&sealed.text[..], &sealed.tag].concat();
                let plain_bytes = key.open_in_place(nonce, Aad::from(sealed.header), &mut buffer).ok()?.len();
                buffer.truncate(plain_bytes);
                Some(buffer)
            }
        }
    }
}

fn open_cbc(hash: HashAlgorithm, key: &[u8], sealed: &Sealed<'_>) -> Option<Vec<u8>> {
    let half = hash.output_bytes() / 2;
    let (code_key, text_key) = key.split_at_checked(half)?;
    let header_bits = u64::try_from(sealed.header.len()).ok()?.checked_mul(8)?;
    let mut code = Hmac::new(hash, code_key);
    for piece in [sealed.header, &sealed.vector, &sealed.text, &header_bits.to_be_bytes()] {
        code.update(piece);
    }
    let code = code.finish();
    // The tag is looked at before anything is decrypted: a padding tells nothing.
    aws_lc_rs::constant_time::verify_slices_are_equal(code.get(..half)?, &sealed.tag).ok()?;
    Aes::default().decrypt(&sealed.text, text_key, &sealed.vector).ok()
}

fn inflate(header: &Members, plain: Vec<u8>) -> Result<Vec<u8>, JwtError> {
    match header.get("zip").map(Json::as_str) {
        None => Ok(plain),
        Some(Some("DEF")) => miniz_oxide::inflate::decompress_to_vec_with_limit(&plain, INFLATED_BYTES_MAX)
            .map_err(|_| JwtError::invalid("IDX10679: Failed to decompress using method: 'DEF'.")),
        Some(_) => Err(JwtError::invalid("IDX10682: Compression algorithm is not supported.")),
    }
}
