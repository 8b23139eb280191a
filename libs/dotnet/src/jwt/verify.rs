//! The verification of a token, in IdentityModel's order: size and form, signature, lifetime, audience, issuer; then required claims.

use super::algorithm::Algorithm;
use super::error::{HIDDEN_TEXT, HIDDEN_TOKEN, JwtError, Reason, shown};
use super::json::Members;
use super::key::{Key, KeySet};
use super::limits::{KEYS_TRIED_MAX, TOKEN_BYTES_MAX};
use super::rules::Rules;
use super::token::{Jwt, Segments, numeric_date, part, split};
use super::{encoding, json, jwe};
use crate::Text;
use crate::crypto::{HashAlgorithm, invariant_date};

/// A token that passed every check.
#[derive(Debug, Clone)]
pub struct VerifiedToken {
    /// For `output-token-variable-name`.
    pub jwt: Jwt,
    /// The first second at which the result holds, skew included; `None`: always.
    pub valid_from_s: Option<i64>,
    /// The last second at which the result holds, skew included; `None`: for ever. A cache must look at both and at the key set's age.
    pub valid_until_s: Option<i64>,
    /// SHA-256 of the compact token: what a cache may call it.
    pub sha256: [u8; 32],
}

/// Checks `token` (compact form, no scheme) with `keys` and `rules` at `now_unix_s`.
pub fn verify(token: &[u8], keys: &KeySet, rules: &Rules, now_unix_s: i64) -> Result<VerifiedToken, JwtError> {
    if token.len() > TOKEN_BYTES_MAX {
        let length = token.len();
        return Err(JwtError::invalid(format!(
            "IDX10209: Token has length: '{length}' which is larger than the MaximumTokenSizeInBytes: '{TOKEN_BYTES_MAX}'."
        )));
    }
    let parts = match split(token).ok_or_else(segments)? {
        signed @ Segments::Signed { .. } => verified_parts(&signed, keys, rules)?,
        encrypted @ Segments::Encrypted { .. } => {
            let inner = jwe::decrypt(&encrypted, keys)?;
            // A token in a token must be a signed one: another encrypted one would let a caller choose the work.
            let signed = split(&inner).filter(|inner| matches!(inner, Segments::Signed { .. })).ok_or_else(segments)?;
            verified_parts(&signed, keys, rules)?
        }
    };
    let (not_before, expires) = lifetime(&parts.payload, rules, now_unix_s)?;
    let jwt = Jwt::new(&parts.header, parts.payload);
    check_audience(&jwt, rules)?;
    check_issuer(&jwt, keys, rules)?;
    rules.check_claims(&jwt.claims)?;
    let skew = i64::from(rules.clock_skew_s);
    let mut sha256 = [0; 32];
    for (target, byte) in sha256.iter_mut().zip(HashAlgorithm::Sha256.hash(token)) {
        *target = byte;
    }
    Ok(VerifiedToken {
        jwt,
        valid_from_s: not_before.map(|at| at.saturating_sub(skew)),
        // RFC 7519 section 4.1.4: not on or after `exp`.
        valid_until_s: expires.map(|at| at.saturating_add(skew).saturating_sub(1)),
        sha256,
    })
}

struct Parts {
    header: Members,
    payload: Members,
}

fn segments() -> JwtError {
    JwtError::invalid("IDX12741: JWT must have three segments (JWS) or five segments (JWE).")
}

/// Decodes a signed token and checks its signature.
fn verified_parts(token: &Segments<'_>, keys: &KeySet, rules: &Rules) -> Result<Parts, JwtError> {
    let Segments::Signed { header: encoded_header, payload, signature, signed } = *token else {
        return Err(segments());
    };
    let header = part(encoded_header).ok_or_else(|| {
        JwtError::invalid(format!("IDX12729: Unable to decode the header '{HIDDEN_TEXT}' as Base64Url encoded string."))
    })?;
    check_extensions(&header)?;
    let payload = encoding::decode(payload).and_then(|payload| json::object(&payload)).ok_or_else(|| {
        JwtError::invalid(format!(
            "IDX12723: Unable to decode the payload '{HIDDEN_TEXT}' as Base64Url encoded string."
        ))
    })?;
    let name = header.text("alg").unwrap_or_default();
    if signature.is_empty() {
        // RFC 7518 §3.6: `none`, in exactly this spelling, has an empty signature and nothing else has.
        return if name == "none" && !rules.require_signed_tokens {
            Ok(Parts { header, payload })
        } else {
            Err(JwtError::denied(
                Reason::TokenSignatureInvalid,
                &format!("IDX10504: Unable to validate signature, token does not have a signature: '{HIDDEN_TOKEN}'."),
            ))
        };
    }
    check_signature(&header, &payload, name, signed, signature, keys)?;
    Ok(Parts { header, payload })
}

/// RFC 7515 §4.1.11: whoever does not understand a critical extension must refuse. `b64` (RFC 7797) changes what is signed.
pub(super) fn check_extensions(header: &Members) -> Result<(), JwtError> {
    if header.contains("crit") || header.contains("b64") {
        return Err(JwtError::invalid("The token's header has critical extensions, which are not supported."));
    }
    Ok(())
}

fn check_signature(
    header: &Members,
    payload: &Members,
    algorithm: &str,
    signed: &[u8],
    signature: &[u8],
    keys: &KeySet,
) -> Result<(), JwtError> {
    let kid = header.get("kid").map(|kid| kid.as_str().unwrap_or_default());
    let invalid = || signature_invalid(kid.unwrap_or_default());
    let algorithm = Algorithm::from_name(algorithm).ok_or_else(invalid)?;
    let signature = encoding::decode(signature).ok_or_else(invalid)?;
    let issuer = payload.text("iss").unwrap_or_default();
    let usable: Vec<&Key> = keys.all_signing().filter(|key| speaks_for(key, issuer, keys)).collect();
    if usable.is_empty() {
        return Err(JwtError::denied(
            Reason::TokenSignatureKeyNotFound,
            "IDX10500: Signature validation failed. No security keys were provided to validate the signature.",
        ));
    }
    let thumbprint = header.text("x5t");
    let named: Vec<&Key> = usable.iter().copied().filter(|key| is_named(key, kid, thumbprint)).collect();
    let by_name = !named.is_empty();
    let candidates = if by_name { named } else { usable };
    let fitting = candidates.iter().filter(|key| key.fits(algorithm)).take(KEYS_TRIED_MAX);
    for key in fitting {
        if key.verifies(algorithm, signed, &signature) {
            return Ok(());
        }
    }
    Err(match (by_name, kid) {
        (true, _) => invalid(),
        (false, Some(kid)) => JwtError::denied(
            Reason::TokenSignatureKeyNotFound,
            &format!(
                "IDX10501: Signature validation failed. Unable to match key: \nkid: '{}'.\nExceptions caught:\n ''. \ntoken: '{HIDDEN_TOKEN}'.",
                shown(kid)
            ),
        ),
        (false, None) => JwtError::denied(
            Reason::TokenSignatureKeyNotFound,
            &format!(
                "IDX10503: Signature validation failed. Token does not have a kid. Keys tried: '{HIDDEN_TEXT}'.\nExceptions caught:\n ''.\ntoken: '{HIDDEN_TOKEN}'."
            ),
        ),
    })
}

fn signature_invalid(kid: &str) -> JwtError {
    JwtError::denied(
        Reason::TokenSignatureInvalid,
        &format!(
            "IDX10511: Signature validation failed. Keys tried: '{HIDDEN_TEXT}'. \nkid: '{}'. \nExceptions caught:\n ''.\ntoken: '{HIDDEN_TOKEN}'.",
            shown(kid)
        ),
    )
}

/// A key of one OpenID provider does not speak for another one of the same policy.
fn speaks_for(key: &Key, issuer: &str, keys: &KeySet) -> bool {
    match &key.issuer {
        Some(own) => own == issuer || !keys.all_issuers().any(|known| known == issuer),
        None => true,
    }
}

pub(super) fn is_named(key: &Key, kid: Option<&str>, thumbprint: Option<&str>) -> bool {
    let same = |own: &Option<Text>, given: Option<&str>| match (own, given) {
        (Some(own), Some(given)) => own == given,
        _ => false,
    };
    // A certificate's id is its thumbprint in hexadecimal, which compares without case.
    let same_certificate = match (&key.id, kid) {
        (Some(own), Some(kid)) => key.thumbprint.is_some() && own.eq_ignore_ascii_case(kid),
        _ => false,
    };
    same(&key.id, kid) || same_certificate || same(&key.thumbprint, kid) || same(&key.thumbprint, thumbprint)
}

/// `nbf` and `exp`, checked.
fn lifetime(payload: &Members, rules: &Rules, now_unix_s: i64) -> Result<(Option<i64>, Option<i64>), JwtError> {
    let date = |name: &str| {
        numeric_date(payload, name)
            .map_err(|_| JwtError::invalid(format!("The token's claim '{name}' is not a valid numeric date.")))
    };
    let (not_before, expires) = (date("nbf")?, date("exp")?);
    let skew = i64::from(rules.clock_skew_s);
    if expires.is_none() && rules.require_expiration_time {
        return Err(JwtError::invalid(
            "IDX10225: Lifetime validation failed. The token is missing an Expiration Time. Tokentype: 'System.IdentityModel.Tokens.Jwt.JwtSecurityToken'.",
        ));
    }
    if let (Some(from), Some(until)) = (not_before, expires)
        && from > until
    {
        return Err(JwtError::invalid(format!(
            "IDX10224: Lifetime validation failed. The NotBefore: '{}' is after Expires: '{}'.",
            invariant_date(from),
            invariant_date(until)
        )));
    }
    if let Some(from) = not_before.filter(|from| *from > now_unix_s.saturating_add(skew)) {
        return Err(JwtError::invalid(format!(
            "IDX10222: Lifetime validation failed. The token is not yet valid. ValidFrom: '{}', Current time: '{}'.",
            invariant_date(from),
            invariant_date(now_unix_s)
        )));
    }
    if let Some(until) = expires.filter(|until| until.saturating_add(skew) <= now_unix_s) {
        let message = format!(
            "IDX10223: Lifetime validation failed. The token is expired. ValidTo: '{}', Current time: '{}'.",
            invariant_date(until),
            invariant_date(now_unix_s)
        );
        return Err(JwtError::denied(Reason::TokenExpired, &message));
    }
    Ok((not_before, expires))
}

fn check_audience(jwt: &Jwt, rules: &Rules) -> Result<(), JwtError> {
    if rules.audiences.is_empty() {
        return Ok(());
    }
    if jwt.audiences.is_empty() {
        let message = "IDX10206: Unable to validate audience. The 'audiences' parameter is empty.";
        return Err(JwtError::denied(Reason::TokenAudienceNotAllowed, message));
    }
    let allowed = |audience: &Text| rules.audiences.iter().any(|allowed| same_audience(allowed, audience));
    if jwt.audiences.iter().any(allowed) {
        return Ok(());
    }
    let message = format!(
        "IDX10214: Audience validation failed. Audiences: '{}'. Did not match: validationParameters.ValidAudience: 'null' or validationParameters.ValidAudiences: '{}'.",
        shown(&jwt.audiences.join(", ")),
        rules.audiences.join(", ")
    );
    Err(JwtError::denied(Reason::TokenAudienceNotAllowed, &message))
}

/// IdentityModel's IgnoreTrailingSlashWhenValidatingAudience, which is on.
fn same_audience(allowed: &str, given: &str) -> bool {
    let bare = |text: &'_ str| text.strip_suffix('/').map_or(text.len(), str::len);
    allowed == given || allowed.get(..bare(allowed)) == given.get(..bare(given)) && bare(allowed) > 0
}

fn check_issuer(jwt: &Jwt, keys: &KeySet, rules: &Rules) -> Result<(), JwtError> {
    let mut allowed = rules.issuers.iter().chain(keys.all_issuers()).filter(|issuer| !issuer.is_empty()).peekable();
    if allowed.peek().is_none() {
        return Ok(());
    }
    let issuer = jwt.issuer.as_deref().unwrap_or_default();
    if issuer.trim().is_empty() {
        let message = "IDX10211: Unable to validate issuer. The 'issuer' parameter is null or whitespace";
        return Err(JwtError::denied(Reason::TokenIssuerNotAllowed, message));
    }
    let tenant = jwt.claims.get("tid").and_then(|values| values.first()).filter(|tid| is_guid(tid));
    let mut names = Vec::new();
    for candidate in allowed {
        let matches = match (rules.tenant_templates, tenant) {
            (true, Some(tenant)) => candidate.replace("{tenantid}", tenant) == issuer,
            _ => candidate == issuer,
        };
        if matches {
            return Ok(());
        }
        names.push(candidate.as_str());
    }
    let message = format!(
        "IDX10205: Issuer validation failed. Issuer: '{}'. Did not match: validationParameters.ValidIssuer: 'null' or validationParameters.ValidIssuers: '{}'.",
        shown(issuer),
        names.join(", ")
    );
    Err(JwtError::denied(Reason::TokenIssuerNotAllowed, &message))
}

/// 8-4-4-4-12 hexadecimal digits: nothing that could reach beyond its place in a URL.
fn is_guid(text: &str) -> bool {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(
            |(at, byte)| {
                if DASHES.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() }
            },
        )
}
