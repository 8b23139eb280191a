//! Where the counters of quotas are kept over restarts: a file of records that is appended to, and written anew when it has grown.
//!
//! What must hold: whatever instant the machine stops at, the file can be read up to the last record that was written whole. Each record
//! ends with a checksum, the last one of a key counts, and a new file takes the place of the old one only when it is complete.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use super::quotas::Usage;

/// First bytes of the file; another version is another text.
const HEADER: &[u8] = b"postern quotas 1\n";
const RECORD: usize = 56;
/// Records more than twice as many as there are counters, before the file is written anew: about a megabyte.
const SPARE_RECORDS: usize = 16_384;

/// The open file.
#[derive(Debug)]
pub(super) struct QuotaFile {
    path: PathBuf,
    /// `None`: the last attempt failed; the file is written anew.
    file: Option<File>,
    records: usize,
    /// Records in it when it was written anew.
    kept: usize,
}

/// Claims the folder for as long as the file returned is open.
pub(super) fn lock(folder: &Path) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let file = File::create(folder.join("quotas.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(error),
        Err(TryLockError::WouldBlock) => {
            let message = format!("the state folder {} is in use by another gateway", folder.display());
            Err(io::Error::new(io::ErrorKind::ResourceBusy, message))
        }
    }
}

impl QuotaFile {
    /// Reads what is there, and begins a file that holds the same.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, HashMap<u128, Usage>)> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("quotas");
        let usages = match File::open(&path) {
            Ok(file) => read(file, &path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => HashMap::new(),
            Err(error) => return Err(error),
        };
        let mut file = Self { path, file: None, records: 0, kept: 0 };
        let all: Vec<_> = usages.iter().map(|(key, usage)| (*key, *usage)).collect();
        file.rewrite(&all)?;
        Ok((file, usages))
    }

    /// Adds what has changed. `all`: everything, for a file that has to be written anew.
    pub(super) fn append(
        &mut self,
        changed: &[(u128, Usage)],
        all: impl FnOnce() -> Vec<(u128, Usage)>,
    ) -> io::Result<()> {
        let is_long = self.records + changed.len() > self.kept * 2 + SPARE_RECORDS;
        let Some(file) = self.file.as_mut().filter(|_| !is_long) else { return self.rewrite(&all()) };
        if changed.is_empty() {
            return Ok(());
        }
        let bytes: Vec<u8> = changed.iter().flat_map(record).collect();
        if let Err(error) = file.write_all(&bytes).and_then(|()| file.sync_data()) {
            // Half a record may be there now.
            self.file = None;
            return Err(error);
        }
        self.records += changed.len();
        Ok(())
    }

    fn rewrite(&mut self, all: &[(u128, Usage)]) -> io::Result<()> {
        self.file = None;
        let new = self.path.with_extension("new");
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(&new)?;
        let mut bytes = HEADER.to_vec();
        bytes.extend(all.iter().flat_map(record));
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        // The name is safe only when the folder is.
        if let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
        (self.records, self.kept, self.file) = (all.len(), all.len(), Some(file));
        Ok(())
    }
}

fn record((key, usage): &(u128, Usage)) -> [u8; RECORD] {
    let mut bytes = [0; RECORD];
    let parts: [&[u8]; 5] = [
        &key.to_le_bytes(),
        &usage.start_s.to_le_bytes(),
        &usage.end_s.to_le_bytes(),
        &usage.calls.to_le_bytes(),
        &usage.bytes.to_le_bytes(),
    ];
    let content = parts.concat();
    let sum = checksum(&content).to_le_bytes();
    bytes.iter_mut().zip(content.iter().chain(&sum)).for_each(|(to, from)| *to = *from);
    bytes
}

/// FNV-1a: tells a torn record from a whole one; nobody is kept out by it.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// Everything up to the end or the first record that is not whole.
fn read(file: File, path: &Path) -> io::Result<HashMap<u128, Usage>> {
    let mut reader = BufReader::new(file);
    let mut header = [0; HEADER.len()];
    let mut usages = HashMap::new();
    if reader.read_exact(&mut header).is_err() || header != HEADER {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is no file of quotas", path.display())));
    }
    let mut bytes = [0; RECORD];
    loop {
        match reader.read_exact(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(usages),
            Err(error) => return Err(error),
        }
        let Some((key, usage)) = parse(&bytes) else {
            tracing::warn!(path = %path.display(), "a record of a quota is damaged; it and what follows is left out");
            return Ok(usages);
        };
        usages.insert(key, usage);
    }
}

fn parse(bytes: &[u8; RECORD]) -> Option<(u128, Usage)> {
    let (content, sum) = bytes.split_at(RECORD - 8);
    if checksum(content).to_le_bytes() != sum {
        return None;
    }
    let (key, rest) = content.split_first_chunk::<16>()?;
    let (start_s, rest) = rest.split_first_chunk::<8>()?;
    let (end_s, rest) = rest.split_first_chunk::<8>()?;
    let (calls, rest) = rest.split_first_chunk::<8>()?;
    let (bytes, _) = rest.split_first_chunk::<8>()?;
    let usage = Usage {
        start_s: i64::from_le_bytes(*start_s),
        end_s: i64::from_le_bytes(*end_s),
        calls: u64::from_le_bytes(*calls),
        bytes: u64::from_le_bytes(*bytes),
    };
    Some((u128::from_le_bytes(*key), usage))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(calls: u64) -> Usage {
        Usage { start_s: -5, end_s: i64::MAX, calls, bytes: calls * 10 }
    }

    #[test]
    fn the_last_record_of_a_key_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, usages) = QuotaFile::open(folder.path()).unwrap();
        assert!(usages.is_empty());
        file.append(&[(1, usage(1)), (u128::MAX, usage(2))], Vec::new).unwrap();
        file.append(&[(1, usage(3))], Vec::new).unwrap();
        let (_, usages) = QuotaFile::open(folder.path()).unwrap();
        assert_eq!(usages, HashMap::from([(1, usage(3)), (u128::MAX, usage(2))]));
    }

    #[test]
    fn a_file_that_ends_anywhere_is_read_up_to_there() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, _) = QuotaFile::open(folder.path()).unwrap();
        file.append(&[(1, usage(1)), (2, usage(2))], Vec::new).unwrap();
        let path = folder.path().join("quotas");
        let whole = std::fs::read(&path).unwrap();
        for length in HEADER.len()..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (_, usages) = QuotaFile::open(folder.path()).unwrap();
            assert_eq!(usages.len(), (length - HEADER.len()) / RECORD, "{length}");
        }
        let mut damaged = whole;
        damaged[HEADER.len() + RECORD + 3] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        assert_eq!(QuotaFile::open(folder.path()).unwrap().1, HashMap::from([(1, usage(1))]));
        std::fs::write(&path, "something else").unwrap();
        assert!(QuotaFile::open(folder.path()).is_err(), "another's file is not overwritten");
    }

    #[test]
    fn a_folder_is_one_process_s() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).unwrap();
        let error = lock(folder.path()).unwrap_err().to_string();
        assert_eq!(error, format!("the state folder {} is in use by another gateway", folder.path().display()));
        drop(first);
        assert!(lock(folder.path()).is_ok());
    }

    #[test]
    fn a_file_that_grew_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, _) = QuotaFile::open(folder.path()).unwrap();
        let many: Vec<_> = (0..SPARE_RECORDS).map(|calls| (7, usage(calls as u64))).collect();
        file.append(&many, Vec::new).unwrap();
        file.append(&[(7, usage(1))], || vec![(7, usage(1))]).unwrap();
        let length = std::fs::metadata(folder.path().join("quotas")).unwrap().len();
        assert_eq!(length, (HEADER.len() + RECORD) as u64);
        assert_eq!(QuotaFile::open(folder.path()).unwrap().1, HashMap::from([(7, usage(1))]));
    }
}
