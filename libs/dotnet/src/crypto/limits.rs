//! Bounds on foreign key material.

/// A DER certificate in bytes: the largest in public use have a few hundred alternative names, about 20 KiB.
pub const CERTIFICATE_BYTES_MAX: usize = 128 * 1024;

/// A PKCS#12 file or PEM text in bytes: a chain of certificates of the largest size with its key.
pub const KEY_STORE_BYTES_MAX: usize = 1024 * 1024;

/// Certificates and keys in one PKCS#12 file or PEM text: pairing them is quadratic.
pub(super) const KEY_STORE_ITEMS_MAX: usize = 64;

/// Components of one distinguished name: .NET prints them all; real names have fewer than ten.
pub(super) const NAME_COMPONENTS_MAX: usize = 256;

/// Bytes of revocation lists read together: the largest lists of public authorities have some ten megabytes.
pub(super) const REVOCATION_BYTES_MAX: usize = 64 << 20;

/// Revocation lists at one time: each is looked through for each certificate of a path.
pub(super) const REVOCATION_LISTS_MAX: usize = 1_024;
