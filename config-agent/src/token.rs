//! The gateway token: where it is, and when it ends.

use std::path::PathBuf;

use postern_model::{Secret, gateway_token::GatewayToken};
use time::{Date, Month, OffsetDateTime, Time};

use crate::{
    files, limits,
    source::{Failure, FailureKind},
};

/// Where the token is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// A file, read for each request: renewing a token is writing a file.
    File(PathBuf),
    /// Given in the environment.
    Text(Secret),
    /// None was given.
    Missing,
}

/// A token that reads as one. Whether it is good only management can tell.
#[derive(Clone, Debug)]
pub struct Token(GatewayToken);

impl TokenSource {
    /// Reads the token.
    pub fn read(&self) -> Result<Token, Failure> {
        let missing = |message: String| Failure { kind: FailureKind::TokenMissing, message };
        let text = match self {
            TokenSource::File(path) => files::read_text(path, limits::SMALL_FILE_BYTES_MAX)
                .map_err(|error| missing(format!("the gateway token cannot be read: {error}")))?,
            TokenSource::Text(text) => text.expose().to_owned(),
            TokenSource::Missing => {
                return Err(missing(
                    "no gateway token is given: use --token-file, POSTERN_GATEWAY_TOKEN or config.service.auth"
                        .to_owned(),
                ));
            }
        };
        let token = GatewayToken::parse(&text).ok_or_else(|| {
            missing("the gateway token is not of the form GatewayKey <gateway>&<yyyyMMddHHmm>&<signature>".to_owned())
        })?;
        Ok(Token(token))
    }
}

impl Token {
    /// Value of the `Authorization` header.
    pub fn header(&self) -> String {
        format!("{} {}", postern_model::gateway_token::SCHEME, self.0.to_text())
    }

    /// The gateway resource it is for.
    pub fn gateway(&self) -> &str {
        &self.0.gateway
    }

    /// When it ends, UTC; `None` when its digits are no date.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        let (year, month, day, hour, minute) = self.0.expiry_fields()?;
        let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
        Some(date.with_time(Time::from_hms(hour, minute, 0).ok()?).assume_utc())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_token_tells_its_gateway_and_its_end_and_becomes_a_header() {
        let source = TokenSource::Text(Secret::new("GatewayKey edge&202612240330&c2lnbmF0dXJl "));
        let token = source.read().unwrap();
        assert_eq!(token.gateway(), "edge");
        assert_eq!(token.expires_at(), Some(datetime!(2026-12-24 03:30 UTC)));
        assert_eq!(token.header(), "GatewayKey edge&202612240330&c2lnbmF0dXJl");
    }

    #[test]
    fn a_renewed_file_is_read_again_and_a_bad_one_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let source = TokenSource::File(path.clone());
        assert_eq!(source.read().unwrap_err().kind, FailureKind::TokenMissing);
        std::fs::write(&path, "nonsense").unwrap();
        assert_eq!(source.read().unwrap_err().kind, FailureKind::TokenMissing);
        std::fs::write(&path, "edge&202613240330&x\n").unwrap();
        assert_eq!(source.read().unwrap().expires_at(), None);
        assert_eq!(TokenSource::Missing.read().unwrap_err().kind, FailureKind::TokenMissing);
    }
}
