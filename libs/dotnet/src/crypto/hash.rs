//! Hash functions: MD5, SHA1, SHA256, SHA384, SHA512, in one call or piece by piece.

use aws_lc_rs::digest;
use md5::Digest as _;

use super::error::unknown_hash;
use crate::Exception;

/// A hash function that policies may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// RFC 1321; broken, still the format of `Content-MD5`.
    Md5,
    /// FIPS 180-4; broken, still the format of thumbprints.
    Sha1,
    /// FIPS 180-4.
    Sha256,
    /// FIPS 180-4.
    Sha384,
    /// FIPS 180-4.
    Sha512,
}

impl HashAlgorithm {
    /// Every function.
    pub const ALL: [HashAlgorithm; 5] =
        [HashAlgorithm::Md5, HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];

    /// `HashAlgorithmName.Name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HashAlgorithm::Md5 => "MD5",
            HashAlgorithm::Sha1 => "SHA1",
            HashAlgorithm::Sha256 => "SHA256",
            HashAlgorithm::Sha384 => "SHA384",
            HashAlgorithm::Sha512 => "SHA512",
        }
    }

    /// The function of a `HashAlgorithmName`, which compares ordinally.
    pub fn from_name(name: &str) -> Result<HashAlgorithm, Exception> {
        HashAlgorithm::ALL.into_iter().find(|known| known.name() == name).ok_or_else(|| unknown_hash(name))
    }

    /// `HashAlgorithm.Create(name)` and CryptoConfig: case-insensitive, with dashes and class names; `None` where .NET returns null.
    #[must_use]
    pub fn create(name: &str) -> Option<HashAlgorithm> {
        let name = strip_prefix_ignore_case(name, "System.Security.Cryptography.").unwrap_or(name);
        let name = ["Managed", "CryptoServiceProvider", "Cng"]
            .iter()
            .find_map(|suffix| strip_suffix_ignore_case(name, suffix))
            .unwrap_or(name);
        if name.eq_ignore_ascii_case("SHA") || name.eq_ignore_ascii_case("HashAlgorithm") {
            return Some(HashAlgorithm::Sha1);
        }
        HashAlgorithm::ALL.into_iter().find(|known| {
            known.name().eq_ignore_ascii_case(name)
                || (name.len() > 4 && name.eq_ignore_ascii_case(&known.name().replacen("SHA", "SHA-", 1)))
        })
    }

    /// Length of the hash in bytes.
    #[must_use]
    pub const fn output_bytes(self) -> usize {
        match self {
            HashAlgorithm::Md5 => 16,
            HashAlgorithm::Sha1 => 20,
            HashAlgorithm::Sha256 => 32,
            HashAlgorithm::Sha384 => 48,
            HashAlgorithm::Sha512 => 64,
        }
    }

    /// Length of the block that the function compresses, in bytes.
    #[must_use]
    pub const fn block_bytes(self) -> usize {
        match self {
            HashAlgorithm::Md5 | HashAlgorithm::Sha1 | HashAlgorithm::Sha256 => 64,
            HashAlgorithm::Sha384 | HashAlgorithm::Sha512 => 128,
        }
    }

    /// The hash of `data`.
    #[must_use]
    pub fn hash(self, data: &[u8]) -> Vec<u8> {
        match self.aws_lc() {
            Some(algorithm) => digest::digest(algorithm, data).as_ref().to_vec(),
            None => md5::Md5::digest(data).to_vec(),
        }
    }

    /// aws-lc's name for it; it leaves MD5 out.
    pub(super) fn aws_lc(self) -> Option<&'static digest::Algorithm> {
        match self {
            HashAlgorithm::Md5 => None,
            HashAlgorithm::Sha1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            HashAlgorithm::Sha256 => Some(&digest::SHA256),
            HashAlgorithm::Sha384 => Some(&digest::SHA384),
            HashAlgorithm::Sha512 => Some(&digest::SHA512),
        }
    }
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..)).flatten()
}

fn strip_suffix_ignore_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    text.get(at..)?.eq_ignore_ascii_case(suffix).then(|| text.get(..at)).flatten()
}

/// A hash in the making: `TransformBlock` and `TransformFinalBlock`.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    AwsLc(digest::Context),
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Hasher")
    }
}

impl Hasher {
    /// A hash of nothing so far.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm) -> Hasher {
        Hasher(match algorithm.aws_lc() {
            Some(algorithm) => State::AwsLc(digest::Context::new(algorithm)),
            None => State::Md5(md5::Md5::new()),
        })
    }

    /// Adds `data`.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            State::Md5(state) => state.update(data),
            State::AwsLc(state) => state.update(data),
        }
    }

    /// The hash of all that was added.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            State::Md5(state) => state.finalize().to_vec(),
            State::AwsLc(state) => state.finish().as_ref().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hmac::tests::hex;
    use super::*;

    /// RFC 1321 A.5 and FIPS 180-4's "abc".
    const OF_ABC: [(HashAlgorithm, &str); 5] = [
        (HashAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
        (HashAlgorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (HashAlgorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            HashAlgorithm::Sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            HashAlgorithm::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd\
             454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];

    #[test]
    fn abc_hashes_as_the_standards_say_whole_or_in_pieces() {
        for (algorithm, expected) in OF_ABC {
            assert_eq!(hex(&algorithm.hash(b"abc")), expected);
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"");
            hasher.update(b"bc");
            assert_eq!(hex(&hasher.finish()), expected);
            assert_eq!(algorithm.output_bytes() * 2, expected.len());
        }
    }

    #[test]
    fn names_are_those_of_hash_algorithm_name_and_crypto_config() {
        assert_eq!(HashAlgorithm::from_name("SHA256"), Ok(HashAlgorithm::Sha256));
        assert_eq!(HashAlgorithm::from_name("sha256").unwrap_err().message, "'sha256' is not a known hash algorithm.");
        for (name, expected) in [
            ("SHA", Some(HashAlgorithm::Sha1)),
            ("sha-256", Some(HashAlgorithm::Sha256)),
            ("System.Security.Cryptography.SHA512Managed", Some(HashAlgorithm::Sha512)),
            ("System.Security.Cryptography.MD5CryptoServiceProvider", Some(HashAlgorithm::Md5)),
            ("MD5", Some(HashAlgorithm::Md5)),
            ("CRC", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(HashAlgorithm::create(name), expected, "{name}");
        }
    }
}
