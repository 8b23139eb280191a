//! What a policy demands of a token besides a valid signature, and where it looks for the token.

use super::claims::Claims;
use super::error::JwtError;
use crate::Text;

/// The settings of validate-jwt.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Any one must be in `aud`; empty: not checked.
    pub audiences: Vec<Text>,
    /// Any one must be `iss`, besides those of the key set; both empty: not checked.
    pub issuers: Vec<Text>,
    /// Issuers may have the template `{tenantid}`, which stands for the token's `tid` (Microsoft Entra, several tenants).
    pub tenant_templates: bool,
    /// Checked in this order, after everything else.
    pub required_claims: Vec<RequiredClaim>,
    /// `exp` must be there; true unless set.
    pub require_expiration_time: bool,
    /// The token must be signed; true unless set.
    pub require_signed_tokens: bool,
    /// How far clocks may differ, in seconds.
    pub clock_skew_s: u32,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            audiences: Vec::new(),
            issuers: Vec::new(),
            tenant_templates: false,
            required_claims: Vec::new(),
            require_expiration_time: true,
            require_signed_tokens: true,
            clock_skew_s: 0,
        }
    }
}

/// `<claim name match separator>`.
#[derive(Debug, Clone)]
pub struct RequiredClaim {
    /// The claim's name.
    pub name: Text,
    /// Values to be found; empty: the claim must only be there.
    pub values: Vec<Text>,
    /// Whether all of them or any.
    pub matching: ClaimMatch,
    /// What separates several values in one text; empty: nothing.
    pub separator: Text,
}

/// `match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the attribute's values")]
pub enum ClaimMatch {
    All,
    Any,
}

impl RequiredClaim {
    fn is_met(&self, present: &[Text]) -> bool {
        let has = |wanted: &Text| {
            present.iter().any(|value| match self.separator.as_str() {
                "" => value == wanted,
                separator => value.split(separator).any(|part| part == wanted),
            })
        };
        match self.matching {
            ClaimMatch::All => self.values.iter().all(has),
            ClaimMatch::Any => self.values.is_empty() || self.values.iter().any(has),
        }
    }
}

impl Rules {
    /// Every claim must be there before any value is looked at: the message names all that are missing.
    pub(super) fn check_claims(&self, claims: &Claims) -> Result<(), JwtError> {
        let missing: Vec<&str> = self
            .required_claims
            .iter()
            .map(|required| required.name.as_str())
            .filter(|name| claims.get(name).is_none())
            .collect();
        if !missing.is_empty() {
            return Err(JwtError::claims_missing(&missing));
        }
        for required in &self.required_claims {
            let present = claims.get(&required.name).unwrap_or_default();
            if !required.is_met(present) {
                return Err(JwtError::claim_value(&required.name, &present.join(",")));
            }
        }
        Ok(())
    }
}

/// The token in a header's value. `scheme` is require-scheme, which the caller passes for `Authorization` only: without it the value may have
/// any scheme or none; with it, it must have that one.
pub fn extract_token<'a>(value: &'a str, scheme: Option<&str>) -> Result<&'a str, JwtError> {
    let value = value.trim_matches([' ', '\t']);
    let token = match (value.split_once(' '), scheme) {
        (Some((given, token)), Some(scheme)) if given.eq_ignore_ascii_case(scheme) => token,
        (_, Some(_)) => "",
        (Some((_, token)), None) => token,
        (None, None) => value,
    };
    let token = token.trim_start_matches(' ');
    if token.is_empty() { Err(JwtError::not_present()) } else { Ok(token) }
}
