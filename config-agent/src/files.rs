//! Reading small files with a limit, and writing them so that a crash leaves the old or the new one, never half of one.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum FileError {
    /// It cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is larger than is sensible.
    #[error("{} is larger than {bytes_max} bytes", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// It is neither UTF-8 nor UTF-16 with a byte order mark.
    #[error("{} is neither UTF-8 nor UTF-16 with a byte order mark (byte {offset})", path.display())]
    Encoding {
        /// Which.
        path: PathBuf,
        /// First byte that does not fit.
        offset: usize,
    },
}

/// Reads a file of at most `bytes_max` bytes.
pub fn read_bytes(path: &Path, bytes_max: u64) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file at the limit from one over it, whatever its length is said to be.
    File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(FileError::TooLarge { path: path.to_owned(), bytes_max });
    }
    Ok(bytes)
}

/// Reads a file of at most `bytes_max` bytes in UTF-8, or in UTF-16 behind a byte order mark; without that mark.
pub fn read_text(path: &Path, bytes_max: u64) -> Result<String, FileError> {
    let bytes = read_bytes(path, bytes_max)?;
    let wide = match bytes.get(..2) {
        Some([0xFF, 0xFE]) => Some(u16::from_le_bytes as fn([u8; 2]) -> u16),
        Some([0xFE, 0xFF]) => Some(u16::from_be_bytes as fn([u8; 2]) -> u16),
        _ => None,
    };
    if let Some(unit) = wide {
        return utf_16(&bytes, unit).map_err(|offset| FileError::Encoding { path: path.to_owned(), offset });
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| FileError::Encoding { path: path.to_owned(), offset: error.utf8_error().valid_up_to() })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The text behind the byte order mark. The error: the first byte that does not fit.
fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, usize> {
    let (units, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut offset = 2;
    for decoded in char::decode_utf16(units.iter().skip(1).map(|two| unit(*two))) {
        let char = decoded.map_err(|_| offset)?;
        text.push(char);
        offset += 2 * char.len_utf16();
    }
    if rest.is_empty() { Ok(text) } else { Err(offset) }
}

/// Writes `chunks` to `path`, readable by its owner only: into a new file beside it, to the disk, then renamed over it.
pub fn write_private(path: &Path, chunks: &[&[u8]]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut new_name = name.to_owned();
    new_name.push(".new");
    let new = folder.join(new_name);
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    for chunk in chunks {
        file.write_all(chunk)?;
    }
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    // The rename itself is on the disk only when the folder is.
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_size_limit_holds_at_its_edge() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "12345678").unwrap();
        assert_eq!(read_text(&path, 8).unwrap(), "12345678");
        assert!(matches!(read_text(&path, 7), Err(FileError::TooLarge { .. })));
    }

    #[test]
    fn a_byte_order_mark_goes_and_bad_utf_8_is_named_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "\u{feff}<policies/>").unwrap();
        assert_eq!(read_text(&path, 100).unwrap(), "<policies/>");
        std::fs::write(&path, b"abc\xff").unwrap();
        assert!(matches!(read_text(&path, 100), Err(FileError::Encoding { offset: 3, .. })));
    }

    #[test]
    fn utf_16_is_known_by_its_byte_order_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let units: Vec<u16> = "\u{feff}<a>\u{e4}\u{1f600}</a>".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [&little, &big] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read_text(&path, 100).unwrap(), "<a>\u{e4}\u{1f600}</a>");
        }
        // Half a unit, half a pair, and the mark alone.
        for (bytes, expected) in [(&little[..9], Err(8)), (&little[..12], Err(10)), (&little[..2], Ok(String::new()))] {
            std::fs::write(&path, bytes).unwrap();
            let read = read_text(&path, 100).map_err(|error| match error {
                FileError::Encoding { offset, .. } => offset,
                other => panic!("{other}"),
            });
            assert_eq!(read, expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_private_file_replaces_the_old_one_and_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "old").unwrap();
        // Left over from a crash.
        std::fs::write(folder.path().join("f.new"), "half").unwrap();
        write_private(&path, &[b"ne", b"w"]).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
