//! The text of a gateway token: `<gateway>&<expiry yyyyMMddHHmm, UTC>&<base64 of a 64-byte MAC>`.
//!
//! Clients send it as `Authorization: GatewayKey <token>`. Only management can make and check the MAC (HMAC-SHA512 with a
//! key of the gateway resource over `<gateway>\n<expiry>`); everyone may read name and expiry.

use crate::limits::GATEWAY_TOKEN_BYTES_MAX;

/// Scheme of the `Authorization` header.
pub const SCHEME: &str = "GatewayKey";

/// A token taken apart; nothing is verified.
#[derive(Clone, PartialEq, Eq)]
pub struct GatewayToken {
    pub gateway: String,
    /// `yyyyMMddHHmm`, UTC, as it stands in the token (it is part of what is signed).
    pub expiry: String,
    /// Base64 text of the MAC.
    pub signature: String,
}

impl std::fmt::Debug for GatewayToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GatewayToken")
            .field("gateway", &self.gateway)
            .field("expiry", &self.expiry)
            .finish_non_exhaustive()
    }
}

impl GatewayToken {
    /// Reads a token with or without the `GatewayKey` scheme before it; spaces around it do not matter
    /// (a trailing space in a setting is a known trap of the original).
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > GATEWAY_TOKEN_BYTES_MAX {
            return None;
        }
        let text = text.trim();
        let text = match text.split_once(char::is_whitespace) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => rest.trim(),
            Some(_) => return None,
            None => text,
        };
        let mut parts = text.splitn(3, '&');
        let (gateway, expiry, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = expiry.len() == 12 && expiry.bytes().all(|byte| byte.is_ascii_digit());
        (digits && !gateway.is_empty() && !signature.is_empty()).then(|| Self {
            gateway: gateway.to_owned(),
            expiry: expiry.to_owned(),
            signature: signature.to_owned(),
        })
    }

    /// What the MAC is computed over.
    pub fn signed_text(&self) -> String {
        format!("{}\n{}", self.gateway, self.expiry)
    }

    /// Year, month, day, hour, minute (UTC) of the expiry.
    pub fn expiry_fields(&self) -> Option<(i32, u8, u8, u8, u8)> {
        let number = |from: usize, to: usize| self.expiry.get(from..to)?.parse::<u16>().ok();
        let byte = |from: usize, to: usize| u8::try_from(number(from, to)?).ok();
        Some((i32::from(number(0, 4)?), byte(4, 6)?, byte(6, 8)?, byte(8, 10)?, byte(10, 12)?))
    }

    /// The token as settings and `generateToken` carry it, without the scheme.
    pub fn to_text(&self) -> String {
        format!("{}&{}&{}", self.gateway, self.expiry, self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::GatewayToken;

    #[test]
    fn a_token_reads_with_and_without_scheme_and_with_stray_spaces() {
        let text = "gw1&202004210044&aGVsbG8=&more";
        let token = GatewayToken::parse(text).expect("reads");
        assert_eq!((token.gateway.as_str(), token.expiry.as_str()), ("gw1", "202004210044"));
        assert_eq!(token.expiry_fields(), Some((2020, 4, 21, 0, 44)));
        assert_eq!(token.signed_text(), "gw1\n202004210044");
        assert_eq!(token.to_text(), text);
        assert_eq!(GatewayToken::parse(&format!("  gatewaykey   {text} ")), Some(token.clone()));
        assert!(!format!("{token:?}").contains("aGVs"));
    }

    #[test]
    fn what_is_not_a_token_is_refused() {
        for text in [
            "",
            "gw1",
            "gw1&202004210044",
            "gw1&2020&x",
            "&202004210044&x",
            "gw1&202004210044&",
            "Bearer a&202004210044&x",
        ] {
            assert_eq!(GatewayToken::parse(text), None, "{text}");
        }
        assert_eq!(GatewayToken::parse(&format!("gw1&202004210044&{}", "a".repeat(2_000))), None);
    }
}
