//! The operator's bearer token: made at first start, kept in a file only its owner may read.

use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::RngCore;
use subtle::ConstantTimeEq;

const FILE_NAME: &str = "operator-token";
const TOKEN_BYTES: usize = 32;
/// Shorter ones are refused when an operator put an own token into the file.
const TOKEN_CHARS_MIN: usize = 16;

/// A token requests are compared with.
#[derive(Clone)]
pub struct OperatorToken(String);

impl OperatorToken {
    /// Path of the token's file in the data folder.
    pub fn path(data: &Path) -> PathBuf {
        data.join(FILE_NAME)
    }

    /// Reads the token, or makes one at first start. A file others may read is closed to them.
    pub fn load_or_create(data: &Path) -> io::Result<Self> {
        let path = Self::path(data);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let token = text.trim();
                if token.len() < TOKEN_CHARS_MIN {
                    let reason = format!("{} holds less than {TOKEN_CHARS_MIN} characters", path.display());
                    return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                }
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
                Ok(Self(token.to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(&path),
            Err(error) => Err(error),
        }
    }

    fn create(path: &Path) -> io::Result<Self> {
        let token = hex(&random_bytes::<TOKEN_BYTES>());
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{token}")?;
        file.sync_all()?;
        Ok(Self(token))
    }

    /// Compares in constant time.
    pub fn matches(&self, presented: &str) -> bool {
        self.0.as_bytes().ct_eq(presented.as_bytes()).into()
    }

    /// The token itself, for tests that act as the operator.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Random bytes from the system.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::OperatorToken;

    #[test]
    fn the_token_is_made_once_and_only_its_owner_may_read_it() {
        let data = tempfile::tempdir().expect("folder");
        let first = OperatorToken::load_or_create(data.path()).expect("made");
        let mode = std::fs::metadata(OperatorToken::path(data.path())).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(OperatorToken::path(data.path()), std::fs::Permissions::from_mode(0o644))
            .expect("set");
        let second = OperatorToken::load_or_create(data.path()).expect("read");
        assert!(second.matches(first.expose()));
        let mode = std::fs::metadata(OperatorToken::path(data.path())).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!second.matches("") && !second.matches(&first.expose()[1..]));
    }

    #[test]
    fn a_token_that_is_too_short_is_refused() {
        let data = tempfile::tempdir().expect("folder");
        std::fs::write(OperatorToken::path(data.path()), "short\n").expect("written");
        assert!(OperatorToken::load_or_create(data.path()).is_err());
    }
}
