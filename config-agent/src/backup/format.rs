//! The file: a head in the clear, then the bundle under AES-256-GCM.
//!
//! ```text
//! 0   8  "POSTERNB"
//! 8   2  version of this format, little-endian: 1
//! 10  2  version of the push protocol the parts are encoded for, little-endian
//! 12 12  nonce, new for each file
//! 24  …  ciphertext with its 16-byte tag; the first 24 bytes are authenticated with it
//! ```
//! The plaintext is postcard of [`Body`]. Pure: bytes in, bytes out.

use std::{collections::BTreeMap, io, sync::Arc};

use aes_gcm::{
    AeadInPlace, Aes256Gcm, KeyInit, Nonce, Tag,
    aead::{Key, generic_array::typenum::Unsigned},
};
use postern_bundle::{Bundle, EncodedPart, Hash, PROTOCOL, PartKey};
use rand::{TryRngCore, rngs::OsRng};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::BackupKey;

const MAGIC: &[u8; 8] = b"POSTERNB";
const VERSION: u16 = 1;
const NONCE_BYTES: usize = 12;
const HEAD_BYTES: usize = MAGIC.len() + 2 + 2 + NONCE_BYTES;
const TAG_BYTES: usize = <Aes256Gcm as aes_gcm::AeadCore>::TagSize::USIZE;

/// What is encrypted.
#[derive(Serialize, Deserialize)]
struct Body {
    generation: u64,
    root_hash: Hash,
    parts: BTreeMap<PartKey, Arc<[u8]>>,
}

/// Why a file is not a backup that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FormatError {
    /// Too short, or something else altogether.
    #[error("it is not a backup of this program")]
    NoBackup,
    /// Of another version of the format.
    #[error("it has format {found}, this program reads {VERSION}")]
    Version {
        /// The file's.
        found: u16,
    },
    /// Parts of another version of the protocol.
    #[error("it was made for push protocol {found}, this program speaks {PROTOCOL}")]
    Protocol {
        /// The file's.
        found: u16,
    },
    /// Damaged, tampered with, or encrypted with another key.
    #[error("it is damaged or was made with another key")]
    Sealed,
    /// Decrypted, but not a bundle.
    #[error("its content is not a configuration")]
    Content,
}

/// Encrypts a bundle: head and ciphertext.
pub(super) fn seal(key: &BackupKey, bundle: &Bundle) -> io::Result<([u8; HEAD_BYTES], Vec<u8>)> {
    let parts = bundle.parts().iter().map(|(key, part)| (key.clone(), Arc::clone(part.bytes()))).collect();
    let body = Body { generation: bundle.generation(), root_hash: bundle.root_hash(), parts };
    let mut text = postcard::to_stdvec(&body).map_err(io::Error::other)?;
    let mut nonce = [0; NONCE_BYTES];
    OsRng.try_fill_bytes(&mut nonce).map_err(io::Error::other)?;
    let mut head = [0; HEAD_BYTES];
    let fields = [MAGIC.as_slice(), &VERSION.to_le_bytes(), &PROTOCOL.to_le_bytes(), &nonce].concat();
    head.copy_from_slice(&fields);
    let tag = cipher(key)
        .encrypt_in_place_detached(Nonce::from_slice(&nonce), &head, &mut text)
        .map_err(|_| io::Error::other("the backup is too large to encrypt"))?;
    text.extend_from_slice(&tag);
    Ok((head, text))
}

/// Decrypts a file.
pub(super) fn open(key: &BackupKey, mut bytes: Vec<u8>) -> Result<Bundle, FormatError> {
    let (head, rest) = bytes.split_first_chunk_mut::<HEAD_BYTES>().ok_or(FormatError::NoBackup)?;
    let nonce = check_head(head)?;
    let text_bytes = rest.len().checked_sub(TAG_BYTES).ok_or(FormatError::NoBackup)?;
    let (text, tag) = rest.split_at_mut(text_bytes);
    cipher(key)
        .decrypt_in_place_detached(Nonce::from_slice(&nonce), &*head, text, Tag::from_slice(tag))
        .map_err(|_| FormatError::Sealed)?;
    let body: Body = postcard::from_bytes(text).map_err(|_| FormatError::Content)?;
    let mut parts = BTreeMap::new();
    for (key, bytes) in body.parts {
        let part = EncodedPart::from_bytes(&key, bytes).map_err(|_| FormatError::Content)?;
        parts.insert(key, part);
    }
    let bundle = Bundle::from_encoded(body.generation, parts).map_err(|_| FormatError::Content)?;
    if bundle.root_hash() == body.root_hash { Ok(bundle) } else { Err(FormatError::Content) }
}

fn check_head(head: &[u8; HEAD_BYTES]) -> Result<[u8; NONCE_BYTES], FormatError> {
    let rest = head.strip_prefix(MAGIC.as_slice()).ok_or(FormatError::NoBackup)?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or(FormatError::NoBackup)?;
    let (protocol, rest) = rest.split_first_chunk::<2>().ok_or(FormatError::NoBackup)?;
    let (found, made_for) = (u16::from_le_bytes(*version), u16::from_le_bytes(*protocol));
    if found != VERSION {
        return Err(FormatError::Version { found });
    }
    if made_for != PROTOCOL {
        return Err(FormatError::Protocol { found: made_for });
    }
    rest.first_chunk::<NONCE_BYTES>().copied().ok_or(FormatError::NoBackup)
}

fn cipher(key: &BackupKey) -> Aes256Gcm {
    Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key.bytes()))
}

#[cfg(test)]
mod tests {
    use postern_bundle::{Part, Service, Subscription, SubscriptionScope, SubscriptionState};

    use super::*;

    fn key() -> BackupKey {
        BackupKey::open(&tempfile::tempdir().unwrap().path().join("key")).unwrap()
    }

    fn bundle() -> Bundle {
        let subscription = Subscription {
            name: "s".to_owned(),
            display_name: String::new(),
            scope: SubscriptionScope::AllApis,
            state: SubscriptionState::Active,
            primary_key: Some(postern_bundle::Secret::new("0123456789abcdef")),
            secondary_key: None,
            owner: None,
            allow_tracing: false,
            created_s: None,
            start_s: None,
            expiration_s: None,
        };
        let parts = [
            (PartKey::Service, Part::Service(Service::default())),
            (PartKey::Subscriptions(1), Part::Subscriptions(vec![subscription])),
        ];
        Bundle::from_parts(7, parts).unwrap()
    }

    fn file(key: &BackupKey) -> Vec<u8> {
        let (head, body) = seal(key, &bundle()).unwrap();
        [head.as_slice(), &body].concat()
    }

    #[test]
    fn what_was_sealed_opens_with_its_key_and_shows_nothing_without() {
        let key = key();
        let file = file(&key);
        assert_eq!(open(&key, file.clone()), Ok(bundle()));
        assert!(!file.windows(8).any(|window| window == b"01234567"));
        assert_eq!(open(&self::key(), file), Err(FormatError::Sealed));
    }

    #[test]
    fn two_backups_of_one_bundle_share_no_nonce() {
        let key = key();
        assert_ne!(file(&key)[12..24], file(&key)[12..24]);
    }

    #[test]
    fn every_changed_byte_and_every_truncation_is_noticed() {
        let key = key();
        let file = file(&key);
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            let error = open(&key, changed).unwrap_err();
            let expected = match at {
                0..8 => FormatError::NoBackup,
                8 => FormatError::Version { found: VERSION ^ 1 },
                9 => FormatError::Version { found: VERSION ^ 0x100 },
                10 => FormatError::Protocol { found: PROTOCOL ^ 1 },
                11 => FormatError::Protocol { found: PROTOCOL ^ 0x100 },
                _ => FormatError::Sealed,
            };
            assert_eq!(error, expected, "byte {at}");
        }
        for length in 0..file.len() {
            assert!(open(&key, file[..length].to_vec()).is_err(), "{length} bytes");
        }
        let mut longer = file;
        longer.push(0);
        assert_eq!(open(&key, longer), Err(FormatError::Sealed));
    }
}
