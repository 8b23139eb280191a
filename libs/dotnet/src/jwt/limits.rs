//! Bounds on tokens and key documents: what one request may make a verification cost.

/// A token in bytes: IdentityModel's `MaximumTokenSizeInBytes`.
pub const TOKEN_BYTES_MAX: usize = 256_000;

/// A key set or OpenID configuration document in bytes; the largest public key sets have about 30 KiB.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;

/// A decompressed JWE text in bytes: IdentityModel's `MaximumDeflateSize`.
pub(super) const INFLATED_BYTES_MAX: usize = 256_000;

/// A header in base64 characters: room for a certificate chain that is not looked at.
pub(super) const HEADER_BYTES_MAX: usize = 32 * 1024;

/// Nesting of JSON: System.Text.Json's default depth.
pub(super) const JSON_DEPTH_MAX: usize = 64;

/// Values in one JSON document: a group claim has at most a few hundred, a key set a few thousand.
pub(super) const JSON_VALUES_MAX: usize = 20_000;

/// Keys in one document.
pub(super) const DOCUMENT_KEYS_MAX: usize = 256;

/// Keys tried on one token that names none: each costs up to a signature verification.
pub(super) const KEYS_TRIED_MAX: usize = 64;

/// A shared secret in bytes: IdentityModel refuses keys below 128 bits.
pub(super) const SECRET_BYTES_MIN: usize = 16;

/// Characters of foreign text in one place of a message.
pub(super) const SHOWN_CHARACTERS_MAX: usize = 512;
