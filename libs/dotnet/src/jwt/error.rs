//! Why a token is refused: the reason and message of `LastError`.

use super::limits::SHOWN_CHARACTERS_MAX;

/// `LastError.Reason` of validate-jwt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "named after the reasons")]
pub enum Reason {
    TokenNotPresent,
    TokenSignatureInvalid,
    TokenSignatureKeyNotFound,
    TokenAudienceNotAllowed,
    TokenIssuerNotAllowed,
    TokenExpired,
    TokenClaimNotFound,
    TokenClaimValueNotAllowed,
    JwtInvalid,
}

impl Reason {
    /// As it stands in `LastError.Reason`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Reason::TokenNotPresent => "TokenNotPresent",
            Reason::TokenSignatureInvalid => "TokenSignatureInvalid",
            Reason::TokenSignatureKeyNotFound => "TokenSignatureKeyNotFound",
            Reason::TokenAudienceNotAllowed => "TokenAudienceNotAllowed",
            Reason::TokenIssuerNotAllowed => "TokenIssuerNotAllowed",
            Reason::TokenExpired => "TokenExpired",
            Reason::TokenClaimNotFound => "TokenClaimNotFound",
            Reason::TokenClaimValueNotAllowed => "TokenClaimValueNotAllowed",
            Reason::JwtInvalid => "JwtInvalid",
        }
    }
}

/// A token that is refused. The message has no part of the token but names, ids and claim values, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JwtError {
    /// `LastError.Reason`.
    pub reason: Reason,
    /// `LastError.Message`.
    pub message: String,
}

impl JwtError {
    /// No token where it should be.
    #[must_use]
    pub fn not_present() -> JwtError {
        JwtError { reason: Reason::TokenNotPresent, message: "JWT not present.".to_owned() }
    }

    /// What the caller is told unless the policy has its own message.
    #[must_use]
    pub fn public_message(&self) -> &'static str {
        match self.reason {
            Reason::TokenNotPresent => "JWT not present.",
            _ => "Invalid JWT.",
        }
    }

    /// A reason with the library's message, which keeps its own full stop.
    pub(super) fn denied(reason: Reason, library_message: &str) -> JwtError {
        JwtError { reason, message: format!("{library_message}. Access denied.") }
    }

    /// Anything that has no reason of its own.
    pub(super) fn invalid(library_message: impl Into<String>) -> JwtError {
        JwtError { reason: Reason::JwtInvalid, message: library_message.into() }
    }

    pub(super) fn claims_missing(names: &[&str]) -> JwtError {
        let message =
            format!("JWT token is missing the following claims: {}. Access denied.", shown(&names.join(", ")));
        JwtError { reason: Reason::TokenClaimNotFound, message }
    }

    pub(super) fn claim_value(name: &str, value: &str) -> JwtError {
        let message = format!("Claim {} value of {} is not allowed. Access denied.", shown(name), shown(value));
        JwtError { reason: Reason::TokenClaimValueNotAllowed, message }
    }
}

/// What IdentityModel writes in place of a token.
pub(super) const HIDDEN_TOKEN: &str = "[PII of type 'System.IdentityModel.Tokens.Jwt.JwtSecurityToken' is hidden. For more details, see https://aka.ms/IdentityModel/PII.]";

/// What IdentityModel writes in place of other sensitive text.
pub(super) const HIDDEN_TEXT: &str =
    "[PII of type 'System.String' is hidden. For more details, see https://aka.ms/IdentityModel/PII.]";

/// Foreign text fit for a message: bounded, and without characters that would break a log line or a header.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .take(SHOWN_CHARACTERS_MAX)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}

/// A key that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum KeyError {
    #[error("the key is not base64")]
    Base64,
    #[error("the secret has fewer than 128 bits")]
    SecretTooShort,
    #[error("the RSA key is malformed or has fewer than 2048 bits")]
    Rsa,
    #[error("the elliptic curve key is malformed or not on P-256, P-384, P-521 or Ed25519")]
    Curve,
    #[error("the certificate's key is of a kind that signs no token")]
    CertificateKey,
    #[error("the certificate has no RSA private key")]
    NoPrivateKey,
    #[error("the document is not a JSON object of the expected form")]
    Document,
    #[error("the document is too large or has too many keys")]
    DocumentTooLarge,
    #[error("the key is of an unknown kind or for another use")]
    Unusable,
}
