//! Lifetime, audience, issuer and claims, with the texts of `LastError`.

use super::*;

fn outcome(payload: &str, keys: &KeySet, rules: &Rules) -> Result<(), (Reason, String)> {
    let token = forge(r#"{"alg":"HS256"}"#, payload, hs256(SECRET));
    check(&token, keys, rules).map(drop).map_err(|error| (error.reason, error.message))
}

#[test]
fn refusals_have_the_reasons_and_messages_of_the_library() {
    let rules = Rules {
        audiences: vec!["api".into(), "other".into()],
        issuers: vec!["https://issuer".into()],
        ..Rules::default()
    };
    for (payload, reason, message) in [
        (
            r#"{"exp":1699999999}"#,
            Reason::TokenExpired,
            "IDX10223: Lifetime validation failed. The token is expired. ValidTo: '11/14/2023 22:13:19', Current time: '11/14/2023 22:13:20'.. Access denied.",
        ),
        (
            r#"{"exp":1700000600,"nbf":1700000001}"#,
            Reason::JwtInvalid,
            "IDX10222: Lifetime validation failed. The token is not yet valid. ValidFrom: '11/14/2023 22:13:21', Current time: '11/14/2023 22:13:20'.",
        ),
        (
            r#"{"exp":1700000600,"nbf":1700000601}"#,
            Reason::JwtInvalid,
            "IDX10224: Lifetime validation failed. The NotBefore: '11/14/2023 22:23:21' is after Expires: '11/14/2023 22:23:20'.",
        ),
        (
            "{}",
            Reason::JwtInvalid,
            "IDX10225: Lifetime validation failed. The token is missing an Expiration Time. Tokentype: 'System.IdentityModel.Tokens.Jwt.JwtSecurityToken'.",
        ),
        (
            r#"{"exp":1700000600}"#,
            Reason::TokenAudienceNotAllowed,
            "IDX10206: Unable to validate audience. The 'audiences' parameter is empty.. Access denied.",
        ),
        (
            r#"{"exp":1700000600,"aud":["x","y"]}"#,
            Reason::TokenAudienceNotAllowed,
            "IDX10214: Audience validation failed. Audiences: 'x, y'. Did not match: validationParameters.ValidAudience: 'null' or validationParameters.ValidAudiences: 'api, other'.. Access denied.",
        ),
        (
            r#"{"exp":1700000600,"aud":"api"}"#,
            Reason::TokenIssuerNotAllowed,
            "IDX10211: Unable to validate issuer. The 'issuer' parameter is null or whitespace. Access denied.",
        ),
        (
            r#"{"exp":1700000600,"aud":"api","iss":"https://evil"}"#,
            Reason::TokenIssuerNotAllowed,
            "IDX10205: Issuer validation failed. Issuer: 'https://evil'. Did not match: validationParameters.ValidIssuer: 'null' or validationParameters.ValidIssuers: 'https://issuer'.. Access denied.",
        ),
    ] {
        assert_eq!(outcome(payload, &secret_keys(), &rules), Err((reason, message.to_owned())), "{payload}");
    }
    assert_eq!(outcome(PAYLOAD, &secret_keys(), &rules), Ok(()));
    let slash = r#"{"exp":1700000600,"aud":"api/","iss":"https://issuer"}"#;
    assert_eq!(outcome(slash, &secret_keys(), &rules), Ok(()), "IgnoreTrailingSlashWhenValidatingAudience");
    let bare_slash = r#"{"exp":1700000600,"aud":"/","iss":"https://issuer"}"#;
    assert!(outcome(bare_slash, &secret_keys(), &Rules { audiences: vec!["".into()], ..Rules::default() }).is_err());
}

#[test]
fn the_signature_comes_before_everything_else() {
    let token = forge(r#"{"alg":"HS256"}"#, r#"{"exp":1,"aud":"x"}"#, hs256(&[1; 64]));
    let rules = Rules { audiences: vec!["api".into()], ..Rules::default() };
    assert_eq!(reason(&token, &secret_keys(), &rules), Some(Reason::TokenSignatureKeyNotFound));
    assert_eq!(reason(&token, &KeySet::default(), &rules), Some(Reason::TokenSignatureKeyNotFound));
}

#[test]
fn clock_skew_moves_both_ends_and_expiration_may_be_left_out_on_demand() {
    let skewed = Rules { clock_skew_s: 60, ..Rules::default() };
    for (payload, rules, passes) in [
        (r#"{"exp":1699999941}"#, &skewed, true),
        // RFC 7519 section 4.1.4: a token is expired from the second of `exp` on.
        (r#"{"exp":1699999940}"#, &skewed, false),
        (r#"{"exp":1700000600,"nbf":1700000060}"#, &skewed, true),
        (r#"{"exp":1700000600,"nbf":1700000061}"#, &skewed, false),
        (r#"{"exp":1700000001}"#, &Rules::default(), true),
        (r#"{"exp":1700000000}"#, &Rules::default(), false),
        (r#"{"exp":1700000600,"nbf":1700000000}"#, &Rules::default(), true),
        (r#"{"exp":1700000600,"nbf":1700000001}"#, &Rules::default(), false),
        ("{}", &Rules { require_expiration_time: false, ..Rules::default() }, true),
        (r#"{"nbf":1700000001}"#, &Rules { require_expiration_time: false, ..Rules::default() }, false),
        (r#"{"exp":1}"#, &Rules { require_expiration_time: false, ..Rules::default() }, false),
    ] {
        assert_eq!(outcome(payload, &secret_keys(), rules).is_ok(), passes, "{payload}");
    }
}

#[test]
fn required_claims_match_all_or_any_of_their_values() {
    let claims =
        r#"{"exp":1700000600,"roles":["a","b"],"scp":"read write","n":7,"t":true,"o":{"x":1},"e":[],"z":null}"#;
    for (name, values, matching, separator, expected) in [
        ("roles", &["a"][..], ClaimMatch::All, "", None),
        ("roles", &["a", "b"], ClaimMatch::All, "", None),
        ("roles", &["a", "c"], ClaimMatch::All, "", Some("Claim roles value of a,b is not allowed. Access denied.")),
        ("roles", &["a", "c"], ClaimMatch::Any, "", None),
        ("roles", &["c"], ClaimMatch::Any, "", Some("Claim roles value of a,b is not allowed. Access denied.")),
        ("roles", &[], ClaimMatch::Any, "", None),
        ("roles", &[], ClaimMatch::All, "", None),
        ("roles", &["A"], ClaimMatch::All, "", Some("Claim roles value of a,b is not allowed. Access denied.")),
        ("scp", &["write"], ClaimMatch::All, " ", None),
        ("scp", &["write"], ClaimMatch::All, "", Some("Claim scp value of read write is not allowed. Access denied.")),
        (
            "scp",
            &["read", "admin"],
            ClaimMatch::All,
            " ",
            Some("Claim scp value of read write is not allowed. Access denied."),
        ),
        ("n", &["7"], ClaimMatch::All, "", None),
        ("t", &["true"], ClaimMatch::All, "", None),
        ("o", &[r#"{"x":1}"#], ClaimMatch::All, "", None),
        ("e", &["a"], ClaimMatch::Any, "", Some("Claim e value of  is not allowed. Access denied.")),
        ("gone", &["a"], ClaimMatch::Any, "", Some("JWT token is missing the following claims: gone. Access denied.")),
    ] {
        let required = RequiredClaim {
            name: name.into(),
            values: values.iter().copied().map(Into::into).collect(),
            matching,
            separator: separator.into(),
        };
        let rules = Rules { required_claims: vec![required], ..Rules::default() };
        let message = outcome(claims, &secret_keys(), &rules).err().map(|(_, message)| message);
        assert_eq!(message.as_deref(), expected, "{name} {values:?}");
    }
}

#[test]
fn all_missing_claims_are_named_at_once() {
    let required = |name: &str| RequiredClaim {
        name: name.into(),
        values: vec!["x".into()],
        matching: ClaimMatch::All,
        separator: "".into(),
    };
    let rules = Rules { required_claims: ["sub", "a", "b"].map(required).into(), ..Rules::default() };
    assert_eq!(
        outcome(PAYLOAD, &secret_keys(), &rules),
        Err((Reason::TokenClaimNotFound, "JWT token is missing the following claims: a, b. Access denied.".to_owned()))
    );
}

#[test]
fn a_tenant_template_stands_for_the_token_s_own_tenant_only() {
    let template = "https://login.example/{tenantid}/v2.0";
    let tenant = "11111111-2222-3333-4444-555555555555";
    let with = |issuer: &str, tid: &str| format!(r#"{{"exp":1700000600,"iss":"{issuer}","tid":"{tid}"}}"#);
    let own = format!("https://login.example/{tenant}/v2.0");
    for (payload, templates, passes) in [
        (with(&own, tenant), true, true),
        (with(&own, tenant), false, false),
        (with(&own, "99999999-2222-3333-4444-555555555555"), true, false),
        (with("https://login.example/evil/../x/v2.0", "evil/../x"), true, false),
        (with(template, tenant), true, false),
    ] {
        let rules = Rules { issuers: vec![template.into()], tenant_templates: templates, ..Rules::default() };
        assert_eq!(outcome(&payload, &secret_keys(), &rules).is_ok(), passes, "{payload}");
    }
}

#[test]
fn a_header_value_gives_its_token_under_the_required_scheme() {
    for (value, scheme, expected) in [
        ("Bearer a.b.c", None, Some("a.b.c")),
        ("a.b.c", None, Some("a.b.c")),
        ("bearer  a.b.c ", Some("Bearer"), Some("a.b.c")),
        ("Basic a.b.c", Some("Bearer"), None),
        ("a.b.c", Some("Bearer"), None),
        ("Bearer", Some("Bearer"), None),
        ("Bearer ", None, Some("Bearer")),
        ("", None, None),
        ("  ", Some("Bearer"), None),
        ("DPoP a.b.c", None, Some("a.b.c")),
    ] {
        assert_eq!(extract_token(value, scheme).ok(), expected, "{value:?} {scheme:?}");
    }
    let missing = extract_token("", None).unwrap_err();
    assert_eq!((missing.reason.name(), missing.public_message()), ("TokenNotPresent", "JWT not present."));
    assert_eq!(missing.message, "JWT not present.");
}
