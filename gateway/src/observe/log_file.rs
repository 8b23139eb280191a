//! The file of the access log: appended to in whole blocks while much comes.
//!
//! What must hold: bytes are in the file in their order, each once; a part of a record is held back only while the rest of its block may
//! still come, and the writer sees to it that this is not long.
//!
//! Why: the page cache takes 64 KiB at a multiple of 64 KiB in one piece, and in many small ones anywhere else. On ext4 of Linux 6.18 that
//! is 0.33 against 0.47 ms of processor time a MiB.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::log_writer::Written;
use crate::limits::LOG_BATCH_BYTES;

/// What is written at once, at a multiple of its size.
const BLOCK: u64 = 64 * 1024;

const _: () = assert!(LOG_BATCH_BYTES as u64 >= BLOCK, "the end of a block is in the batch that fills it");

pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    /// How long the file is, as far as this knows: when somebody else writes to it, blocks lie elsewhere.
    length: u64,
    /// Its bytes from `start` on are not written yet.
    held: Vec<u8>,
    start: usize,
}

impl LogFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (file, length) = open(path)?;
        Ok(Self { path: path.to_owned(), file, length, held: Vec::new(), start: 0 })
    }

    pub(super) fn held(&self) -> &[u8] {
        self.held.get(self.start..).unwrap_or_default()
    }

    /// Appends a batch. Of one that came because it was full, what is behind the last block is held back: more is to come.
    pub(super) fn write(&mut self, batch: Vec<u8>) -> Written {
        let end = self.length + self.held().len() as u64 + batch.len() as u64;
        // No more than is in a full batch.
        let behind = if batch.len() < LOG_BATCH_BYTES { 0 } else { (end % BLOCK) as usize };
        let (now, later) = batch.split_at(batch.len() - behind);
        let result = self.append(now);
        // The rest of what could not be written would begin within a record.
        self.start = if result.is_ok() { batch.len() - later.len() } else { batch.len() };
        Written { result, free: std::mem::replace(&mut self.held, batch) }
    }

    /// Writes what was held back; gives it up when that fails.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let result = self.append(&[]);
        self.start = self.held.len();
        result
    }

    /// Writes what was held back and `bytes` behind it, in one operation if the system takes them so.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let held = self.held.get(self.start..).unwrap_or_default();
        let mut parts = [IoSlice::new(held), IoSlice::new(bytes)];
        let mut left = &mut parts[..];
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            match self.file.write_vectored(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.length += count as u64;
                    IoSlice::advance_slices(&mut left, count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Opens the file again under its name; keeps the old one when that cannot be done. What is held back goes into the old one before.
    pub(super) fn reopen(&mut self) {
        match open(&self.path) {
            Ok((file, length)) => (self.file, self.length) = (file, length),
            Err(error) => tracing::error!(path = %self.path.display(), %error, "access log could not be opened again"),
        }
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    // Callers' addresses and URLs are nobody else's business.
    let file = OpenOptions::new().append(true).create(true).mode(0o640).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Batches of these lengths with different bytes, and the length of the file after each.
    fn written(path: &Path, lengths: &[usize]) -> (Vec<u8>, Vec<u64>) {
        let mut file = LogFile::open(path).unwrap();
        let (mut all, mut seen) = (Vec::new(), Vec::new());
        for &length in lengths {
            let batch: Vec<u8> = (all.len()..all.len() + length).map(|at| (at % 251) as u8).collect();
            all.extend_from_slice(&batch);
            file.write(batch).result.unwrap();
            seen.push(path.metadata().unwrap().len());
        }
        file.flush().unwrap();
        file.flush().unwrap();
        (all, seen)
    }

    #[test]
    fn full_batches_are_written_in_blocks_and_others_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let full = LOG_BATCH_BYTES;
        let (all, seen) = written(&path, &[full + 7, full, full + 100, 20, full, 5, 0]);
        let block = BLOCK;
        let short = 3 * full as u64 + 127;
        assert_eq!(
            seen,
            [block, 2 * block, 3 * block, short, 4 * block, short + full as u64 + 5, short + full as u64 + 5]
        );
        assert_eq!(std::fs::read(&path).unwrap(), all);
    }

    #[test]
    fn blocks_begin_where_those_of_the_file_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, [b'x'; 1000]).unwrap();
        let (all, seen) = written(&path, &[LOG_BATCH_BYTES, LOG_BATCH_BYTES]);
        assert_eq!(seen, [BLOCK, 2 * BLOCK]);
        assert_eq!(std::fs::read(&path).unwrap()[1000..], all);
    }
}
