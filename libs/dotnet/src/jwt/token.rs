//! What a token says, true or not: `AsJwt` and `TryParseJwt`.

use super::claims::Claims;
use super::json::{Json, Members};
use super::limits::{HEADER_BYTES_MAX, TOKEN_BYTES_MAX};
use super::{encoding, json};
use crate::Text;

/// The `Jwt` of policy expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jwt {
    /// `alg` of the header.
    pub algorithm: Option<Text>,
    /// `typ` of the header.
    pub token_type: Option<Text>,
    /// `kid` of the header.
    pub key_id: Option<Text>,
    /// `jti`.
    pub id: Option<Text>,
    /// `iss`.
    pub issuer: Option<Text>,
    /// `sub`.
    pub subject: Option<Text>,
    /// `aud`.
    pub audiences: Vec<Text>,
    /// `iat` in Unix seconds.
    pub issued_at_s: Option<i64>,
    /// `nbf` in Unix seconds.
    pub not_before_s: Option<i64>,
    /// `exp` in Unix seconds.
    pub expiration_s: Option<i64>,
    /// Every claim, those above too.
    pub claims: Claims,
}

impl Jwt {
    /// Reads a token, with or without `Bearer ` in front; nothing is checked. `None` if it is not a token. An encrypted token has a header only.
    #[must_use]
    pub fn parse(text: &str) -> Option<Jwt> {
        let text = text.trim();
        let token = match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => token.trim_start(),
            Some(_) => return None,
            None => text,
        };
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        match split(token.as_bytes())? {
            Segments::Signed { header, payload, .. } => {
                Some(Jwt::new(&part(header)?, json::object(&encoding::decode(payload)?)?))
            }
            Segments::Encrypted { header, .. } => Some(Jwt::new(&part(header)?, Members::default())),
        }
    }

    pub(super) fn new(header: &Members, payload: Members) -> Jwt {
        let seconds = |name: &str| numeric_date(&payload, name).ok().flatten();
        let (issued_at_s, not_before_s, expiration_s) = (seconds("iat"), seconds("nbf"), seconds("exp"));
        // A list here is no identity: taking one of its values would let the sender choose which.
        let is_single =
            |name: &str| !matches!(payload.get(name), None | Some(Json::Null | Json::Array(_) | Json::Object(_)));
        let (has_id, has_issuer, has_subject) = (is_single("jti"), is_single("iss"), is_single("sub"));
        let claims = Claims::read(payload);
        let first = |name: &str| claims.get(name).and_then(|values| values.first()).cloned();
        let member = |name: &str| header.text(name).map(Text::from);
        Jwt {
            algorithm: member("alg"),
            token_type: member("typ"),
            key_id: member("kid"),
            id: first("jti").filter(|_| has_id),
            issuer: first("iss").filter(|_| has_issuer),
            subject: first("sub").filter(|_| has_subject),
            audiences: claims.get("aud").map(<[Text]>::to_vec).unwrap_or_default(),
            issued_at_s,
            not_before_s,
            expiration_s,
            claims,
        }
    }
}

/// The parts of a compact token, still encoded.
#[derive(Clone, Copy)]
pub(super) enum Segments<'a> {
    Signed {
        header: &'a [u8],
        payload: &'a [u8],
        signature: &'a [u8],
        /// Header, dot and payload.
        signed: &'a [u8],
    },
    Encrypted {
        header: &'a [u8],
        key: &'a [u8],
        vector: &'a [u8],
        text: &'a [u8],
        tag: &'a [u8],
    },
}

/// Cuts a token at its dots; `None` unless there are two or four.
pub(super) fn split(token: &[u8]) -> Option<Segments<'_>> {
    let mut parts = token.split(|byte| *byte == b'.');
    let (header, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => {
            let signed = token.get(..header.len() + 1 + second.len())?;
            Some(Segments::Signed { header, payload: second, signature: third, signed })
        }
        (Some(text), Some(tag), None) => Some(Segments::Encrypted { header, key: second, vector: third, text, tag }),
        _ => None,
    }
}

/// A decoded header.
pub(super) fn part(encoded: &[u8]) -> Option<Members> {
    if encoded.len() > HEADER_BYTES_MAX {
        return None;
    }
    json::object(&encoding::decode(encoded)?)
}

/// A member that is not a number of seconds that a DateTime can hold.
pub(super) struct NotADate;

/// RFC 7519 NumericDate, fractions cut off; `None` if the member is not there.
pub(super) fn numeric_date(members: &Members, name: &str) -> Result<Option<i64>, NotADate> {
    /// 9999-12-31T23:59:59Z: the last second a DateTime holds.
    const LAST_S: i64 = 253_402_300_799;
    let Some(value) = members.get(name) else { return Ok(None) };
    let Json::Number(number) = value else { return Err(NotADate) };
    let seconds = match (number.as_i64(), number.as_f64()) {
        (Some(seconds), _) => seconds,
        // A float in range converts exactly once its fraction is cut off.
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "in range, see the guard")]
        (None, Some(seconds)) if (0.0..=LAST_S as f64).contains(&seconds) => seconds as i64,
        _ => return Err(NotADate),
    };
    if (0..=LAST_S).contains(&seconds) { Ok(Some(seconds)) } else { Err(NotADate) }
}
