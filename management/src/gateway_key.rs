//! Keys of gateway resources, and the tokens that are signed with them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use postern_model::gateway_token::GatewayToken;
use sha2::Sha512;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use crate::operator_token::random_bytes;

const KEY_BYTES: usize = 64;

/// A new gateway key: base64 of 64 random bytes.
pub fn new_key() -> String {
    STANDARD.encode(random_bytes::<KEY_BYTES>())
}

/// Makes a token for `gateway` that ends at `expiry` (cut to the minute), signed with `key`.
pub fn sign(gateway: &str, key: &str, expiry: OffsetDateTime) -> GatewayToken {
    let at = expiry.to_offset(time::UtcOffset::UTC);
    let expiry =
        format!("{:04}{:02}{:02}{:02}{:02}", at.year(), u8::from(at.month()), at.day(), at.hour(), at.minute());
    let mut token = GatewayToken { gateway: gateway.to_owned(), expiry, signature: String::new() };
    token.signature = STANDARD.encode(mac(key, &token).finalize().into_bytes());
    token
}

/// Whether `key` signed the token. Constant time in the signature.
pub fn signed_by(token: &GatewayToken, key: &str) -> bool {
    let Ok(signature) = STANDARD.decode(&token.signature) else { return false };
    !key.is_empty() && mac(key, token).verify_slice(&signature).is_ok()
}

/// When the token ends; `None` when its digits are no date.
pub fn expires(token: &GatewayToken) -> Option<OffsetDateTime> {
    let (year, month, day, hour, minute) = token.expiry_fields()?;
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    Some(PrimitiveDateTime::new(date, Time::from_hms(hour, minute, 0).ok()?).assume_utc())
}

fn mac(key: &str, token: &GatewayToken) -> Hmac<Sha512> {
    // HMAC takes keys of every length, so the error cannot occur; an empty key then signs nothing that verifies.
    let mut mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).unwrap_or_else(|_| {
        <Hmac<Sha512> as hmac::digest::KeyInit>::new(&hmac::digest::Key::<Hmac<Sha512>>::default())
    });
    mac.update(token.signed_text().as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use postern_model::gateway_token::GatewayToken;
    use time::macros::datetime;

    use super::{expires, new_key, sign, signed_by};

    #[test]
    fn a_token_verifies_with_its_key_only_and_as_a_whole_only() {
        let (key, other) = (new_key(), new_key());
        let token = sign("gw1", &key, datetime!(2026-12-01 10:20:59 UTC));
        assert_eq!(token.expiry, "202612011020");
        assert_eq!(expires(&token), Some(datetime!(2026-12-01 10:20 UTC)));
        let read = GatewayToken::parse(&token.to_text()).expect("reads");
        assert!(signed_by(&read, &key));
        assert!(!signed_by(&read, &other) && !signed_by(&read, ""));
        assert!(!signed_by(&GatewayToken { gateway: "gw2".into(), ..read.clone() }, &key));
        assert!(!signed_by(&GatewayToken { expiry: "209912011020".into(), ..read.clone() }, &key));
        assert!(!signed_by(&GatewayToken { signature: "AAAA".into(), ..read }, &key));
    }

    #[test]
    fn the_signature_is_hmac_sha512_over_name_and_expiry() {
        // Computed with: printf 'gw1\n202004210044' | openssl dgst -sha512 -hmac key -binary | base64 -w0
        let token = sign("gw1", "key", datetime!(2020-04-21 00:44 UTC));
        assert_eq!(token.signature, EXPECTED);
    }

    const EXPECTED: &str = "spDfJ4rhTZA5niVWH+vK92AGBxW0+rnFUG5oD9RaIn1rx2Td52+ONQ7o8HNK6SD5c7IV/ZSDCxk3UBpOUTUpDQ==";
}
