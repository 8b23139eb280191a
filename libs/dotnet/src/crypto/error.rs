//! `CryptographicException` and its texts.

use crate::{Exception, ExceptionType};

pub(super) fn cryptographic(message: impl Into<std::borrow::Cow<'static, str>>) -> Exception {
    Exception::new(ExceptionType::Cryptographic, message)
}

/// What Windows' providers say about data or keys they cannot use, whatever the cause.
pub(super) fn parameter_is_incorrect() -> Exception {
    cryptographic("The parameter is incorrect.")
}

/// The bytes are neither a certificate nor a key store.
pub(super) fn object_not_found() -> Exception {
    cryptographic("Cannot find the requested object.")
}

/// A PKCS#12 file whose MAC or decryption fails.
pub(super) fn wrong_password() -> Exception {
    cryptographic("The specified network password is not correct.")
}

pub(super) fn unknown_hash(name: &str) -> Exception {
    cryptographic(format!("'{name}' is not a known hash algorithm."))
}
