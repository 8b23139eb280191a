//! The last configuration the gateway took, encrypted on disk: what agent and gateway start from when no source answers.
//!
//! What always holds: the file is the old or the new one, never half of one; a file that was damaged, tampered with or made with
//! another key is not used, and why is said; key and file are readable by their owner only.
//! docs/decisions/0004-encrypted-backup.md says why it is as it is.

mod format;
mod key;

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use postern_bundle::Bundle;
use thiserror::Error;
use tokio::sync::watch;
use tracing::{debug, warn};

use crate::{files, limits};

pub use format::FormatError;
pub use key::{BackupKey, KeyError};

/// The folder with backup and key.
#[derive(Clone, Debug)]
pub struct Backup {
    folder: PathBuf,
    key: BackupKey,
    /// Held while the folder is in use.
    _lock: Arc<File>,
}

/// Name of the backup in its folder.
pub const FILE_NAME: &str = "backup.postern";

/// Name of the key in its folder.
pub const KEY_NAME: &str = "backup.key";

/// Name of the file whose lock says that an agent uses the folder.
const LOCK_NAME: &str = "backup.lock";

/// Why there is no backup to start from.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The folder cannot be used.
    #[error("the backup folder {} cannot be used: {error}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Two agents would replace each other's backup.
    #[error("the backup folder {} is in use by another agent", path.display())]
    InUse {
        /// Which.
        path: PathBuf,
    },
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The file cannot be read.
    #[error("the backup cannot be read: {0}")]
    File(#[from] files::FileError),
    /// The file is not a backup that can be used.
    #[error("the backup {} is ignored: {error}", path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: FormatError,
    },
}

impl Backup {
    /// Opens the folder, making it and the key when they are not there.
    pub fn open(folder: &Path) -> Result<Backup, BackupError> {
        std::fs::create_dir_all(folder).map_err(|error| BackupError::Folder { path: folder.to_owned(), error })?;
        let cannot = |error| BackupError::Folder { path: folder.to_owned(), error };
        let lock = File::create(folder.join(LOCK_NAME)).map_err(cannot)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => BackupError::InUse { path: folder.to_owned() },
            TryLockError::Error(error) => cannot(error),
        })?;
        let key = BackupKey::open(&folder.join(KEY_NAME))?;
        Ok(Backup { folder: folder.to_owned(), key, _lock: Arc::new(lock) })
    }

    /// Reads the backup; `None` when there is none yet.
    pub fn read(&self) -> Result<Option<Bundle>, BackupError> {
        let path = self.path();
        if !path.exists() {
            return Ok(None);
        }
        let bytes = files::read_bytes(&path, limits::BACKUP_BYTES_MAX)?;
        format::open(&self.key, bytes).map(Some).map_err(|error| BackupError::Unusable { path, error })
    }

    /// Replaces the backup.
    pub fn write(&self, bundle: &Bundle) -> io::Result<()> {
        let (head, body) = format::seal(&self.key, bundle)?;
        files::write_private(&self.path(), &[&head, &body])
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.join(FILE_NAME)
    }
}

/// Writes what it is given, until the sender is gone; the last value is always written.
pub async fn keep(backup: Backup, mut latest: watch::Receiver<Option<Bundle>>) {
    while latest.changed().await.is_ok() {
        let Some(bundle) = latest.borrow_and_update().clone() else { continue };
        let generation = bundle.generation();
        let target = backup.clone();
        let written = tokio::task::spawn_blocking(move || target.write(&bundle)).await;
        match written.map_err(io::Error::other).and_then(|result| result) {
            Ok(()) => debug!(generation, "backup written"),
            Err(error) => warn!(generation, %error, path = %backup.path().display(), "backup cannot be written"),
        }
        // A burst of changes is written once; a change that came meanwhile is seen at once by `changed`.
        tokio::select! {
            () = tokio::time::sleep(limits::BACKUP_SPACING) => {}
            () = gone(&latest) => {}
        }
    }
}

/// Resolves when no further value can come.
async fn gone(latest: &watch::Receiver<Option<Bundle>>) {
    let mut latest = latest.clone();
    while latest.changed().await.is_ok() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_agent_s() {
        let folder = tempfile::tempdir().unwrap();
        let first = Backup::open(folder.path()).unwrap();
        let error = Backup::open(folder.path()).unwrap_err().to_string();
        assert_eq!(error, format!("the backup folder {} is in use by another agent", folder.path().display()));
        drop(first);
        assert!(Backup::open(folder.path()).is_ok());
    }
}
