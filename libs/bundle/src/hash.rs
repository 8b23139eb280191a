//! SHA-256 content addresses of parts and bundles.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// SHA-256 of some bytes; the address of a part (its encoding) or of a bundle (its parts' keys and addresses).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The address of `bytes`.
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(Sha256::digest(bytes).into())
    }

    /// Addresses a sequence of chunks: each is preceded by its length, so that moving a boundary changes the result.
    pub fn of_chunks<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Hash {
        let mut digest = Sha256::new();
        for chunk in chunks {
            digest.update((chunk.len() as u64).to_le_bytes());
            digest.update(chunk);
        }
        Hash(digest.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The first eight hexadecimal digits: enough to tell two apart in a log.
impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_sha_256() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(Hash::of(b"abc").to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn moving_a_chunk_boundary_changes_the_address() {
        let one = Hash::of_chunks([b"ab".as_slice(), b"c".as_slice()].into_iter());
        let other = Hash::of_chunks([b"a".as_slice(), b"bc".as_slice()].into_iter());
        assert_ne!(one, other);
    }
}
