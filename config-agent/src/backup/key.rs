//! The key of the backup: 32 random bytes in a file of their own.

use std::{
    fmt, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rand::{TryRngCore, rngs::OsRng};
use thiserror::Error;

use crate::files;

/// Length of an AES-256 key.
const KEY_BYTES: usize = 32;

/// An AES-256 key. Does not print.
#[derive(Clone)]
pub struct BackupKey([u8; KEY_BYTES]);

/// Why the key cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// It cannot be read.
    #[error("the backup key cannot be read: {0}")]
    Read(#[from] files::FileError),
    /// It cannot be made.
    #[error("the backup key {} cannot be made: {error}", path.display())]
    Create {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Others may read it.
    #[error("the backup key {} may be read by others (mode {mode:03o}): make it 600", path.display())]
    Mode {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It has another length.
    #[error("the backup key {} has {length} bytes, {KEY_BYTES} are expected", path.display())]
    Length {
        /// Which.
        path: PathBuf,
        /// Its length.
        length: usize,
    },
}

impl BackupKey {
    /// Reads the key, or makes it when there is none.
    pub fn open(path: &Path) -> Result<BackupKey, KeyError> {
        if !path.exists() {
            return BackupKey::create(path);
        }
        let bytes = files::read_bytes(path, KEY_BYTES as u64 * 2)?;
        let metadata = std::fs::metadata(path).map_err(|error| KeyError::Create { path: path.to_owned(), error })?;
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Mode { path: path.to_owned(), mode });
        }
        match <[u8; KEY_BYTES]>::try_from(bytes.as_slice()) {
            Ok(key) => Ok(BackupKey(key)),
            Err(_) => Err(KeyError::Length { path: path.to_owned(), length: bytes.len() }),
        }
    }

    fn create(path: &Path) -> Result<BackupKey, KeyError> {
        let failed = |error| KeyError::Create { path: path.to_owned(), error };
        let mut key = [0; KEY_BYTES];
        OsRng.try_fill_bytes(&mut key).map_err(|error| failed(io::Error::other(error)))?;
        files::write_private(path, &[&key]).map_err(failed)?;
        Ok(BackupKey(key))
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for BackupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup.key");
        let made = BackupKey::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(BackupKey::open(&path).unwrap().bytes(), made.bytes());
        assert!(!format!("{made:?}").contains(&made.bytes()[0].to_string()));
    }

    #[test]
    fn a_key_others_may_read_and_one_of_another_length_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup.key");
        BackupKey::open(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(BackupKey::open(&path), Err(KeyError::Mode { mode: 0o640, .. })));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, [0; 31]).unwrap();
        assert!(matches!(BackupKey::open(&path), Err(KeyError::Length { length: 31, .. })));
    }
}
