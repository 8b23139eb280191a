//! AES as `Aes`, `AesManaged`, `RijndaelManaged` with 128-bit blocks: modes, paddings, defaults and messages of .NET.
//!
//! aws-lc encrypts whole blocks (or, in CFB, bytes); padding is done here because .NET has five kinds of it. A wrong padding and a wrong key
//! give the same message, and the padding is looked at in full before anything is said, so an answer's time tells little.

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;

use super::error::cryptographic;
use super::random::random_bytes;
use crate::Exception;

const BLOCK_BYTES: usize = 16;

/// `System.Security.Cryptography.CipherMode`, with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the members of the enumeration")]
pub enum CipherMode {
    Cbc = 1,
    Ecb = 2,
    Ofb = 3,
    Cfb = 4,
    Cts = 5,
}

/// `System.Security.Cryptography.PaddingMode`, with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the members of the enumeration")]
pub enum PaddingMode {
    None = 1,
    Pkcs7 = 2,
    Zeros = 3,
    AnsiX923 = 4,
    Iso10126 = 5,
}

/// A symmetric algorithm with its settings; key and initialization vector are made when first asked for, as in .NET.
#[derive(Clone)]
pub struct Aes {
    /// CBC unless set.
    pub mode: CipherMode,
    /// PKCS7 unless set.
    pub padding: PaddingMode,
    /// 8 unless set; 8 or 128. Counts in CFB only.
    pub feedback_bits: u32,
    key_bits: u32,
    key: Option<Box<[u8]>>,
    iv: Option<[u8; BLOCK_BYTES]>,
}

impl std::fmt::Debug for Aes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Aes").field("mode", &self.mode).field("padding", &self.padding).finish_non_exhaustive()
    }
}

impl Default for Aes {
    fn default() -> Aes {
        Aes { mode: CipherMode::Cbc, padding: PaddingMode::Pkcs7, feedback_bits: 8, key_bits: 256, key: None, iv: None }
    }
}

impl Aes {
    /// `SymmetricAlgorithm.Create(name)` for the names that mean AES; `None` where .NET returns null or another cipher.
    #[must_use]
    pub fn create(name: &str) -> Option<Aes> {
        let name = name.strip_prefix("System.Security.Cryptography.").unwrap_or(name);
        ["AES", "AesManaged", "AesCryptoServiceProvider", "AesCng", "Rijndael", "RijndaelManaged", "SymmetricAlgorithm"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
            .then(Aes::default)
    }

    /// `KeySize` in bits: 256 unless set.
    #[must_use]
    pub fn key_bits(&self) -> u32 {
        self.key_bits
    }

    /// Sets `KeySize`, which forgets the key.
    pub fn set_key_bits(&mut self, bits: u32) -> Result<(), Exception> {
        if !matches!(bits, 128 | 192 | 256) {
            return Err(invalid_key_size());
        }
        self.key_bits = bits;
        self.key = None;
        Ok(())
    }

    /// `Key`: a random one is made if none was set.
    pub fn key(&mut self) -> Result<&[u8], Exception> {
        if self.key.is_none() {
            let mut key = vec![0; self.key_bits as usize / 8];
            random_bytes(&mut key)?;
            self.key = Some(key.into());
        }
        Ok(self.key.as_deref().unwrap_or_default())
    }

    /// Sets `Key` and with it `KeySize`.
    pub fn set_key(&mut self, key: &[u8]) -> Result<(), Exception> {
        self.key_bits = cipher(key).map(|(_, bits)| bits).ok_or_else(invalid_key_size)?;
        self.key = Some(key.into());
        Ok(())
    }

    /// `IV`: a random one is made if none was set.
    pub fn iv(&mut self) -> Result<[u8; BLOCK_BYTES], Exception> {
        if let Some(iv) = self.iv {
            return Ok(iv);
        }
        let mut iv = [0; BLOCK_BYTES];
        random_bytes(&mut iv)?;
        self.iv = Some(iv);
        Ok(iv)
    }

    /// Sets `IV`.
    pub fn set_iv(&mut self, iv: &[u8]) -> Result<(), Exception> {
        self.iv = Some(iv.try_into().map_err(|_| cryptographic(INVALID_IV_SIZE))?);
        Ok(())
    }

    /// `CreateEncryptor().TransformFinalBlock(data)` with the algorithm's own key and vector.
    pub fn encrypt_own(&mut self, data: &[u8]) -> Result<Vec<u8>, Exception> {
        let (key, iv) = (self.key()?.to_vec(), self.iv()?);
        self.encrypt(data, &key, &iv)
    }

    /// `CreateDecryptor().TransformFinalBlock(data)` with the algorithm's own key and vector.
    pub fn decrypt_own(&mut self, data: &[u8]) -> Result<Vec<u8>, Exception> {
        let (key, iv) = (self.key()?.to_vec(), self.iv()?);
        self.decrypt(data, &key, &iv)
    }

    /// `CreateEncryptor(key, iv).TransformFinalBlock(data)`.
    pub fn encrypt(&self, data: &[u8], key: &[u8], iv: &[u8]) -> Result<Vec<u8>, Exception> {
        let (key, iv) = self.checked(key, iv)?;
        let mut text = self.pad(data)?;
        let context = || EncryptionContext::Iv128(FixedLength::from(iv));
        let done = match (self.mode, self.feedback_bits) {
            (CipherMode::Cbc, _) => EncryptingKey::cbc(key).and_then(|key| key.less_safe_encrypt(&mut text, context())),
            (CipherMode::Ecb, _) => {
                EncryptingKey::ecb(key).and_then(|key| key.less_safe_encrypt(&mut text, EncryptionContext::None))
            }
            (CipherMode::Cfb, 8) => {
                EncryptingKey::cfb8(key).and_then(|key| key.less_safe_encrypt(&mut text, context()))
            }
            (CipherMode::Cfb, 128) => {
                EncryptingKey::cfb128(key).and_then(|key| key.less_safe_encrypt(&mut text, context()))
            }
            _ => return Err(invalid_mode()),
        };
        done.map_err(|_| partial_block())?;
        Ok(text)
    }

    /// `CreateDecryptor(key, iv).TransformFinalBlock(data)`.
    pub fn decrypt(&self, data: &[u8], key: &[u8], iv: &[u8]) -> Result<Vec<u8>, Exception> {
        let (key, iv) = self.checked(key, iv)?;
        if !data.len().is_multiple_of(self.unit_bytes()) {
            return Err(partial_block());
        }
        let mut text = data.to_vec();
        let context = || DecryptionContext::Iv128(FixedLength::from(iv));
        let done = match (self.mode, self.feedback_bits) {
            (CipherMode::Cbc, _) => DecryptingKey::cbc(key).and_then(|key| key.decrypt(&mut text, context()).map(drop)),
            (CipherMode::Ecb, _) => {
                DecryptingKey::ecb(key).and_then(|key| key.decrypt(&mut text, DecryptionContext::None).map(drop))
            }
            (CipherMode::Cfb, 8) => {
                DecryptingKey::cfb8(key).and_then(|key| key.decrypt(&mut text, context()).map(drop))
            }
            (CipherMode::Cfb, 128) => {
                DecryptingKey::cfb128(key).and_then(|key| key.decrypt(&mut text, context()).map(drop))
            }
            _ => return Err(invalid_mode()),
        };
        done.map_err(|_| partial_block())?;
        let kept =
            self.unpadded_bytes(&text).ok_or_else(|| cryptographic("Padding is invalid and cannot be removed."))?;
        text.truncate(kept);
        Ok(text)
    }

    fn checked<'a>(&self, key: &[u8], iv: &'a [u8]) -> Result<(UnboundCipherKey, &'a [u8; BLOCK_BYTES]), Exception> {
        const UNUSED: &[u8; BLOCK_BYTES] = &[0; BLOCK_BYTES];
        let invalid_key = || Exception::argument("rgbKey", INVALID_KEY_SIZE);
        let (algorithm, _) = cipher(key).ok_or_else(invalid_key)?;
        let iv = match (self.mode, iv) {
            (CipherMode::Ecb, []) => UNUSED,
            (_, iv) => iv.try_into().map_err(|_| Exception::argument("rgbIV", INVALID_IV_SIZE))?,
        };
        Ok((UnboundCipherKey::new(algorithm, key).map_err(|_| invalid_key())?, iv))
    }

    /// What padding fills up to: a block, or the feedback in CFB.
    fn unit_bytes(&self) -> usize {
        if self.mode == CipherMode::Cfb && self.feedback_bits == 8 { 1 } else { BLOCK_BYTES }
    }

    fn pad(&self, data: &[u8]) -> Result<Vec<u8>, Exception> {
        let unit = self.unit_bytes();
        let missing = unit - data.len() % unit;
        let mut padded = Vec::with_capacity(data.len() + missing);
        padded.extend_from_slice(data);
        let count = u8::try_from(missing).unwrap_or_default();
        match self.padding {
            PaddingMode::None if missing == unit => {}
            PaddingMode::None => return Err(partial_block()),
            PaddingMode::Zeros if missing == unit => {}
            PaddingMode::Zeros => padded.resize(data.len() + missing, 0),
            PaddingMode::Pkcs7 => padded.resize(data.len() + missing, count),
            PaddingMode::AnsiX923 => {
                padded.resize(data.len() + missing - 1, 0);
                padded.push(count);
            }
            PaddingMode::Iso10126 => {
                let mut noise = vec![0; missing - 1];
                random_bytes(&mut noise)?;
                padded.extend_from_slice(&noise);
                padded.push(count);
            }
        }
        Ok(padded)
    }

    /// How much of a decrypted text is data; `None` if its padding is not one.
    fn unpadded_bytes(&self, text: &[u8]) -> Option<usize> {
        let Some(&last) = text.last() else { return Some(0) };
        let count = usize::from(last);
        let in_range = (1..=self.unit_bytes()).contains(&count) && count <= text.len();
        match self.padding {
            // .NET cannot tell zeros of the data from those of the padding and keeps both.
            PaddingMode::None | PaddingMode::Zeros => Some(text.len()),
            PaddingMode::Iso10126 => in_range.then(|| text.len() - count),
            PaddingMode::Pkcs7 => padding_is(text, count, last).then(|| text.len() - count).filter(|_| in_range),
            PaddingMode::AnsiX923 => {
                let body = text.get(..text.len() - 1)?;
                padding_is(body, count.saturating_sub(1), 0)
                    .then(|| text.len() - count.min(text.len()))
                    .filter(|_| in_range)
            }
        }
    }
}

/// Whether the last `count` bytes are all `value`; looks at each of them.
fn padding_is(text: &[u8], count: usize, value: u8) -> bool {
    text.iter().rev().take(count).fold(0, |difference, byte| difference | (byte ^ value)) == 0
}

fn cipher(key: &[u8]) -> Option<(&'static Algorithm, u32)> {
    match key.len() {
        16 => Some((&AES_128, 128)),
        24 => Some((&AES_192, 192)),
        32 => Some((&AES_256, 256)),
        _ => None,
    }
}

const INVALID_KEY_SIZE: &str = "Specified key is not a valid size for this algorithm.";
const INVALID_IV_SIZE: &str = "Specified initialization vector (IV) does not match the block size for this algorithm.";

fn invalid_key_size() -> Exception {
    cryptographic(INVALID_KEY_SIZE)
}

fn invalid_mode() -> Exception {
    cryptographic("Specified cipher mode is not valid for this algorithm.")
}

fn partial_block() -> Exception {
    cryptographic("The input data is not a complete block.")
}

#[cfg(test)]
mod tests {
    use super::super::hmac::tests::hex;
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// NIST SP 800-38A appendix F: the first two blocks of each example.
    const TEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    const IV: &str = "000102030405060708090a0b0c0d0e0f";
    const KEYS: [&str; 3] = [
        "2b7e151628aed2a6abf7158809cf4f3c",
        "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
    ];

    #[test]
    fn modes_encrypt_as_sp_800_38a_says() {
        for (mode, feedback_bits, key, expected) in [
            (CipherMode::Ecb, 8, 0, "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"),
            (CipherMode::Ecb, 8, 1, "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef"),
            (CipherMode::Ecb, 8, 2, "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"),
            (CipherMode::Cbc, 8, 0, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"),
            (CipherMode::Cbc, 8, 1, "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"),
            (CipherMode::Cbc, 8, 2, "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"),
            (CipherMode::Cfb, 128, 0, "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"),
            (CipherMode::Cfb, 128, 2, "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b"),
        ] {
            let aes = Aes { mode, feedback_bits, padding: PaddingMode::None, ..Aes::default() };
            let (key, iv) = (bytes(KEYS[key]), bytes(IV));
            let encrypted = aes.encrypt(&bytes(TEXT), &key, &iv).unwrap();
            assert_eq!(hex(&encrypted), expected);
            assert_eq!(aes.decrypt(&encrypted, &key, &iv).unwrap(), bytes(TEXT));
        }
        let aes = Aes { mode: CipherMode::Cfb, padding: PaddingMode::None, ..Aes::default() };
        let first = aes.encrypt(&bytes("6bc1bee22e409f96e93d7e117393172aae2d"), &bytes(KEYS[0]), &bytes(IV)).unwrap();
        assert_eq!(hex(&first), "3b79424c9c0dd436bace9e0ed4586a4f32b9");
    }

    #[test]
    fn every_padding_is_removed_again_at_every_length() {
        let (key, iv) = (bytes(KEYS[2]), bytes(IV));
        for padding in [PaddingMode::Pkcs7, PaddingMode::AnsiX923, PaddingMode::Iso10126] {
            for mode in [CipherMode::Cbc, CipherMode::Ecb, CipherMode::Cfb] {
                for feedback_bits in [8, 128] {
                    for length in 0..40 {
                        let aes = Aes { mode, padding, feedback_bits, ..Aes::default() };
                        let data = vec![7; length];
                        let encrypted = aes.encrypt(&data, &key, &iv).unwrap();
                        assert_eq!(aes.decrypt(&encrypted, &key, &iv).unwrap(), data);
                    }
                }
            }
        }
        let zeros = Aes { padding: PaddingMode::Zeros, ..Aes::default() };
        let encrypted = zeros.encrypt(b"abc", &key, &iv).unwrap();
        assert_eq!(zeros.decrypt(&encrypted, &key, &iv).unwrap(), b"abc\0\0\0\0\0\0\0\0\0\0\0\0\0");
        assert!(zeros.encrypt(b"", &key, &iv).unwrap().is_empty());
    }

    #[test]
    fn mistakes_have_the_messages_of_net() {
        let (key, iv) = (bytes(KEYS[0]), bytes(IV));
        let none = Aes { padding: PaddingMode::None, ..Aes::default() };
        let ofb = Aes { mode: CipherMode::Ofb, ..Aes::default() };
        let raw = none.encrypt(&[0; 16], &key, &iv).unwrap();
        for (outcome, message) in [
            (
                Aes::default().encrypt(b"", b"short", &iv),
                "Specified key is not a valid size for this algorithm. (Parameter 'rgbKey')",
            ),
            (
                Aes::default().decrypt(b"", &key, b""),
                "Specified initialization vector (IV) does not match the block size for this algorithm. (Parameter 'rgbIV')",
            ),
            (Aes::default().decrypt(b"abc", &key, &iv), "The input data is not a complete block."),
            (Aes::default().decrypt(&raw, &key, &iv), "Padding is invalid and cannot be removed."),
            (none.encrypt(b"abc", &key, &iv), "The input data is not a complete block."),
            (ofb.encrypt(b"abc", &key, &iv), "Specified cipher mode is not valid for this algorithm."),
        ] {
            assert_eq!(outcome.unwrap_err().message, message);
        }
        assert_eq!(Aes::default().set_key(b"short").unwrap_err().message, INVALID_KEY_SIZE);
        assert_eq!(Aes::default().set_iv(b"short").unwrap_err().message, INVALID_IV_SIZE);
        assert!(Aes::default().set_key_bits(64).is_err());
    }

    #[test]
    fn an_algorithm_makes_its_key_and_vector_once() {
        let mut aes = Aes::create("AesManaged").unwrap();
        let encrypted = aes.encrypt_own(b"secret").unwrap();
        assert_eq!(aes.decrypt_own(&encrypted).unwrap(), b"secret");
        assert_eq!(aes.key().unwrap().len(), 32);
        assert!(Aes::create("TripleDES").is_none());
    }
}
