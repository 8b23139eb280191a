//! JSON Web Tokens: parsing for `AsJwt` and `TryParseJwt`, and the checks of validate-jwt and validate-azure-ad-token.
//!
//! [`Jwt::parse`] only reads. [`verify`] trusts nothing: the keys come from configuration alone (`jwk`, `jku`, `x5u`, `x5c` of a header are
//! never looked at), a key fits the algorithms of its kind and no other, an extension that is not understood, a member given twice, and
//! base64 that is not canonical end the check. Messages are those of Microsoft.IdentityModel, which policies see in `LastError`, without the
//! token in them. Keys are prepared once; a verification costs the signature, one reading of the JSON, and one hash of the token.

mod algorithm;
mod claims;
mod encoding;
mod error;
mod json;
mod jwe;
mod key;
mod key_document;
mod limits;
mod rules;
mod token;
mod verify;

pub use algorithm::Algorithm;
pub use claims::Claims;
pub use error::{JwtError, KeyError, Reason};
pub use key::{Key, KeySet};
pub use key_document::{KeyDocument, OpenIdConfiguration};
pub use limits::{DOCUMENT_BYTES_MAX, TOKEN_BYTES_MAX};
pub use rules::{ClaimMatch, RequiredClaim, Rules, extract_token};
pub use token::Jwt;
pub use verify::{VerifiedToken, verify};

#[cfg(test)]
mod tests;
