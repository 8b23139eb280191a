//! Keyed hashes (RFC 2104): HMACMD5 to HMACSHA512.

use aws_lc_rs::{constant_time, hmac};

use super::hash::{HashAlgorithm, Hasher};

/// A message authentication code in the making. Cloning it after [`Hmac::new`] saves the work of preparing the key.
#[derive(Clone)]
pub struct Hmac(State);

#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "lives for one expression; the large variant is the common one")]
enum State {
    AwsLc(hmac::Context),
    /// aws-lc leaves HMAC-MD5 out: the inner hash, and the outer one with its key block already in it.
    Md5 {
        inner: Hasher,
        outer: Hasher,
    },
}

impl std::fmt::Debug for Hmac {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Hmac")
    }
}

impl Hmac {
    /// A code of nothing so far, under `key` of any length.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm, key: &[u8]) -> Hmac {
        let algorithm = match algorithm {
            HashAlgorithm::Md5 => return md5(key),
            HashAlgorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            HashAlgorithm::Sha256 => hmac::HMAC_SHA256,
            HashAlgorithm::Sha384 => hmac::HMAC_SHA384,
            HashAlgorithm::Sha512 => hmac::HMAC_SHA512,
        };
        Hmac(State::AwsLc(hmac::Context::with_key(&hmac::Key::new(algorithm, key))))
    }

    /// Adds `data`.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            State::AwsLc(context) => context.update(data),
            State::Md5 { inner, .. } => inner.update(data),
        }
    }

    /// The code of all that was added.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            State::AwsLc(context) => context.sign().as_ref().to_vec(),
            State::Md5 { inner, mut outer } => {
                outer.update(&inner.finish());
                outer.finish()
            }
        }
    }

    /// Whether the code of all that was added is `expected`, in constant time.
    #[must_use]
    pub fn verify(self, expected: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.finish(), expected).is_ok()
    }

    /// The code of `data` under `key`.
    #[must_use]
    pub fn sign(algorithm: HashAlgorithm, key: &[u8], data: &[u8]) -> Vec<u8> {
        let mut code = Hmac::new(algorithm, key);
        code.update(data);
        code.finish()
    }
}

fn md5(key: &[u8]) -> Hmac {
    let block_bytes = HashAlgorithm::Md5.block_bytes();
    let mut block = if key.len() > block_bytes { HashAlgorithm::Md5.hash(key) } else { key.to_vec() };
    block.resize(block_bytes, 0);
    let padded = |pad: u8| {
        let mut hasher = Hasher::new(HashAlgorithm::Md5);
        hasher.update(&block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
        hasher
    };
    Hmac(State::Md5 { inner: padded(0x36), outer: padded(0x5c) })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::crypto) fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn codes_are_those_of_rfc_2202_and_4231() {
        for (algorithm, key, data, expected) in [
            (
                HashAlgorithm::Md5,
                &b"Jefe"[..],
                &b"what do ya want for nothing?"[..],
                "750c783e6ab0b503eaa86e310a5db738",
            ),
            (
                HashAlgorithm::Md5,
                &[0xaa; 80],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
            ),
            (HashAlgorithm::Sha1, b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                HashAlgorithm::Sha256,
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                HashAlgorithm::Sha384,
                b"Jefe",
                b"what do ya want for nothing?",
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            ),
            (
                HashAlgorithm::Sha512,
                b"Jefe",
                b"what do ya want for nothing?",
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd\
                 caeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            assert_eq!(hex(&Hmac::sign(algorithm, key, data)), expected);
            let mut code = Hmac::new(algorithm, key);
            code.update(&data[..3]);
            code.update(&data[3..]);
            assert!(code.clone().verify(&Hmac::sign(algorithm, key, data)));
            assert!(!code.verify(b""));
        }
    }
}
