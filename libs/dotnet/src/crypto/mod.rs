//! Hashes, message authentication codes, RSA, AES and X.509 certificates as in System.Security.Cryptography.
//!
//! The arithmetic is aws-lc's; here are the names, defaults, paddings and messages of .NET. What must hold: no secret is ever part of a
//! message or of `Debug`; comparisons of secrets take constant time; reading a foreign certificate or key store costs bounded work.

mod certificate;
mod error;
mod hash;
mod hmac;
mod instant;
mod limits;
mod random;
mod rsa;
mod symmetric;

pub use certificate::{Certificate, ContentType, Extension, NameType, RevocationLists, TrustFailure, extension_name};
pub use hash::{HashAlgorithm, Hasher};
pub use hmac::Hmac;
pub use instant::invariant_date;
pub use limits::{CERTIFICATE_BYTES_MAX, KEY_STORE_BYTES_MAX};
pub use random::random_bytes;
pub use rsa::{EncryptionPadding, RsaKey, RsaPrivateKey, RsaPublicKey, SignaturePadding};
pub use symmetric::{Aes, CipherMode, PaddingMode};
