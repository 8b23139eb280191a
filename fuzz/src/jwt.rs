//! JSON Web Tokens: reading, verifying, and the documents that keys come from.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_dotnet::crypto::{HashAlgorithm, Hmac};
use postern_dotnet::jwt::{
    ClaimMatch, Jwt, Key, KeyDocument, KeySet, OpenIdConfiguration, RequiredClaim, Rules, extract_token, verify,
};

const NOW_S: i64 = 1_700_000_000;
const SECRET: &[u8; 64] = &[0x5a; 64];

/// The keys of RFC 7515, appendix A: RSA (A.2), elliptic (A.3).
const KEYS: &str = r#"{"keys":[
{"kty":"RSA","kid":"r","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"},
{"kty":"EC","kid":"e","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

static TRUSTED: LazyLock<KeySet> = LazyLock::new(|| {
    let mut keys = KeyDocument::parse(KEYS.as_bytes()).map(|document| document.keys).unwrap_or_default();
    assert_eq!(keys.len(), 2);
    keys.extend(Key::from_secret(Some("s"), SECRET));
    KeySet { signing: keys, ..KeySet::default() }
});

/// Either a token (or header value with one), or a document with keys, or the JSON of a header and behind a separator that of a payload, which
/// are made into a token with a good signature, so that what lies behind the signature is reached too.
pub fn jwt(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = KeyDocument::parse(data);
    let _ = OpenIdConfiguration::parse(data);
    if text.contains(super::SEPARATOR) {
        let (header, payload) = super::parts(&text);
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = Hmac::sign(HashAlgorithm::Sha256, SECRET, signed.as_bytes());
        check(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)));
        return;
    }
    for scheme in [None, Some("Bearer")] {
        if let Ok(token) = extract_token(&text, scheme) {
            check(token);
        }
    }
}

fn check(token: &str) {
    let parsed = Jwt::parse(token);
    let rules = [
        Rules::default(),
        Rules {
            audiences: vec!["api".into()],
            issuers: vec!["https://issuer/{tenantid}/".into()],
            tenant_templates: true,
            required_claims: vec![
                claim("scp", &["read", "write"], ClaimMatch::All, " "),
                claim("roles", &["a"], ClaimMatch::Any, ""),
            ],
            require_expiration_time: false,
            require_signed_tokens: false,
            clock_skew_s: u32::MAX,
        },
    ];
    for rules in &rules {
        if let Ok(verified) = verify(token.as_bytes(), &TRUSTED, rules, NOW_S) {
            assert_eq!(Some(verified.jwt), parsed, "what is verified is what was read");
        }
    }
    // Nothing at all is accepted without keys where signatures are demanded.
    assert!(verify(token.as_bytes(), &KeySet::default(), &Rules::default(), NOW_S).is_err());
}

fn claim(name: &str, values: &[&str], matching: ClaimMatch, separator: &str) -> RequiredClaim {
    let values = values.iter().map(|value| (*value).into()).collect();
    RequiredClaim { name: name.into(), values, matching, separator: separator.into() }
}
