use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use postern_dotnet::jwt::{Key, KeySet};
use sha2::{Digest, Sha256};

use crate::effect::{Effect, ForwardOptions, KeysRequest, Outcome, ProviderKeys};
use crate::testing::{Expect, MemoryExchange, check};

/// The secret and token that jwt.io shows.
const SECRET: &[u8] = b"your-256-bit-secret";
const KNOWN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.\
                     SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
/// The exchange's clock: 2024-05-01T12:30:45Z.
const NOW_S: i64 = 1_714_566_645;

/// RFC 2104 with SHA-256.
fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let padded = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

fn token_with(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac(SECRET, &signed)))
}

/// A token that is valid for another minute.
fn token(claims: &str) -> String {
    let claims = format!("{{\"exp\":{},{claims}}}", NOW_S + 60);
    token_with("{\"alg\":\"HS256\",\"kid\":\"k1\"}", &claims)
}

fn policy(attributes: &str, children: &str) -> String {
    let key = format!("<issuer-signing-keys><key>{}</key></issuer-signing-keys>", STANDARD.encode(SECRET));
    format!("<validate-jwt header-name='Authorization' {attributes}>{key}{children}</validate-jwt>")
}

fn bearing(token: &str) -> MemoryExchange {
    MemoryExchange::get("/").header_line("Authorization", &format!("Bearer {token}"))
}

fn passes(policy: &str, exchange: MemoryExchange) {
    check(policy, exchange, &[Expect::LastError(None), Expect::EffectCount(1)]);
}

fn refused(policy: &str, exchange: MemoryExchange, reason: &str, message: &str) {
    let body = match reason {
        "TokenNotPresent" => "{ \"statusCode\": 401, \"message\": \"JWT not present.\" }",
        _ => "{ \"statusCode\": 401, \"message\": \"Invalid JWT.\" }",
    };
    let expected = [
        Expect::Response(401, body),
        Expect::ResponseHeader("Content-Type", &["application/json"]),
        Expect::LastError(Some((reason, message))),
    ];
    check(policy, exchange, &expected);
}

#[test]
fn a_token_signed_with_a_key_of_the_policy_passes() {
    passes(&policy("require-expiration-time='false'", ""), bearing(KNOWN));
    passes(&policy("", ""), bearing(&token("\"a\":1")));
    passes(&policy("require-expiration-time='@(1 > 2)'", ""), bearing(KNOWN));
    let dynamic = "<validate-jwt token-value='@(context.Request.Headers[\"X\"][0])' require-expiration-time='false'>\
                   <issuer-signing-keys><key>@(Convert.ToBase64String(Encoding.UTF8.GetBytes(\"your-256-bit-secret\")))</key>\
                   </issuer-signing-keys></validate-jwt>";
    passes(dynamic, MemoryExchange::get("/").header_line("X", KNOWN));
}

#[test]
fn the_token_is_found_where_the_policy_says() {
    let open = "require-expiration-time='false'";
    let scheme = format!("require-scheme='Bearer' {open}");
    let other = policy(open, "").replace("header-name='Authorization'", "header-name='X-Token'");
    let query = policy(open, "").replace("header-name='Authorization'", "query-parameter-name='Token'");
    passes(&policy(&scheme, ""), bearing(KNOWN));
    passes(&policy(open, ""), MemoryExchange::get("/").header_line("Authorization", KNOWN));
    passes(&other, MemoryExchange::get("/").header_line("X-Token", KNOWN));
    passes(
        &other.replace("X-Token'", "X-Token' require-scheme='@(\"Basic\")'"),
        MemoryExchange::get("/").header_line("X-Token", KNOWN),
    );
    passes(&query, MemoryExchange::get(&format!("/?a=1&token={}", KNOWN.replace('.', "%2E"))));
    // The value is the token alone.
    let value =
        policy(open, "").replace("header-name='Authorization'", &format!("token-value='@(\"Bearer {KNOWN}\")'"));
    let body = "{ \"statusCode\": 401, \"message\": \"Invalid JWT.\" }";
    check(&value, MemoryExchange::get("/"), &[Expect::Response(401, body)]);
    passes(&value.replace("Bearer ", ""), MemoryExchange::get("/"));
    for (policy, exchange) in [
        (policy(open, ""), MemoryExchange::get("/")),
        (policy(&scheme, ""), MemoryExchange::get("/").header_line("Authorization", KNOWN)),
        (policy(&scheme, ""), MemoryExchange::get("/").header_line("Authorization", "Basic abc")),
        (query.clone(), MemoryExchange::get("/?other=1")),
        (query, MemoryExchange::get("/?token=")),
    ] {
        refused(&policy, exchange, "TokenNotPresent", "JWT not present.");
    }
}

#[test]
fn a_token_that_does_not_hold_is_refused_with_its_reason() {
    let expired = token_with("{\"alg\":\"HS256\"}", &format!("{{\"exp\":{}}}", NOW_S - 10));
    let message = "IDX10223: Lifetime validation failed. The token is expired. ValidTo: '05/01/2024 12:30:35', \
                   Current time: '05/01/2024 12:30:45'.. Access denied.";
    refused(&policy("", ""), bearing(&expired), "TokenExpired", message);
    refused(&policy("clock-skew='10'", ""), bearing(&expired), "TokenExpired", message);
    passes(&policy("clock-skew='11'", ""), bearing(&expired));
    passes(&policy("clock-skew='@(\"00:00:\" + 30)'", ""), bearing(&expired));
    let audience = "IDX10214: Audience validation failed. Audiences: 'b'. Did not match: validationParameters.ValidAudience: 'null' \
                    or validationParameters.ValidAudiences: 'a'.. Access denied.";
    let audiences = "<audiences><audience> @(\"a\") </audience></audiences>";
    refused(&policy("", audiences), bearing(&token("\"aud\":\"b\"")), "TokenAudienceNotAllowed", audience);
    passes(&policy("", audiences), bearing(&token("\"aud\":[\"b\",\"a\"]")));
    let issuers = "<issuers><issuer>i</issuer><issuer>j</issuer></issuers>";
    passes(&policy("", issuers), bearing(&token("\"iss\":\"j\"")));
    let issuer = "IDX10205: Issuer validation failed. Issuer: 'x'. Did not match: validationParameters.ValidIssuer: 'null' or \
                  validationParameters.ValidIssuers: 'i, j'.. Access denied.";
    refused(&policy("", issuers), bearing(&token("\"iss\":\"x\"")), "TokenIssuerNotAllowed", issuer);
}

#[test]
fn claims_are_demanded_all_or_any() {
    let claims = |claim: &str| policy("", &format!("<required-claims>{claim}</required-claims>"));
    let all = claims("<claim name='role' match='all'><value>a</value><value>b</value></claim>");
    let any = claims("<claim name='role' match='@(\"any\")'><value>a</value><value>b</value></claim>");
    let split = claims("<claim name='scp' separator=' '><value>read</value></claim>");
    passes(&all, bearing(&token("\"role\":[\"b\",\"a\"]")));
    passes(&any, bearing(&token("\"role\":[\"b\"]")));
    passes(&split, bearing(&token("\"scp\":\"write read\"")));
    let value = "Claim role value of b is not allowed. Access denied.";
    refused(&all, bearing(&token("\"role\":[\"b\"]")), "TokenClaimValueNotAllowed", value);
    let missing = "JWT token is missing the following claims: role. Access denied.";
    refused(&any, bearing(&token("\"a\":1")), "TokenClaimNotFound", missing);
}

#[test]
fn status_and_message_are_the_policys_own_if_it_has_any() {
    for attributes in [
        "failed-validation-httpcode='403' failed-validation-error-message='No &quot;way&quot;'",
        "failed-validation-httpcode='@(400 + 3)' failed-validation-error-message='@(\"No \\\"way\\\"\")'",
    ] {
        let expected = [
            Expect::Response(403, "{ \"statusCode\": 403, \"message\": \"No \\\"way\\\"\" }"),
            Expect::LastError(Some(("TokenNotPresent", "JWT not present."))),
        ];
        check(&policy(attributes, ""), MemoryExchange::get("/"), &expected);
    }
}

#[test]
fn the_token_can_be_read_from_a_variable() {
    let document = format!(
        "{}<set-variable name='v' value='@(((Jwt)context.Variables[\"jwt\"]).Subject + ((Jwt)context.Variables[\"jwt\"]).Claims[\"name\"][0])'/>",
        policy("output-token-variable-name='jwt' require-expiration-time='false'", "")
    );
    check(&document, bearing(KNOWN), &[Expect::Variable("v", Some("1234567890John Doe"))]);
}

const PROVIDED: &str = "<validate-jwt header-name='Authorization'><openid-config url='https://a.test/c'/>\
                        <openid-config url='@(\"https://b.test/\" + 1)'/></validate-jwt>";

fn provided(key_id: &str, is_fresh: bool) -> Outcome {
    let mut keys = KeySet::default();
    keys.add_provider("https://a.test", [Key::from_secret(Some(key_id), SECRET).unwrap()]);
    Outcome::Keys(Ok(ProviderKeys { keys: Arc::new(keys), is_fresh }))
}

fn asked(renew: bool) -> Effect {
    let urls = ["https://a.test/c".into(), "https://b.test/1".into()].into();
    Effect::Keys(Box::new(KeysRequest { urls, renew }))
}

#[test]
fn keys_of_providers_are_asked_for_and_renewed_once_for_an_unknown_key() {
    let forward = Effect::Forward(ForwardOptions::default());
    let good = token("\"iss\":\"https://a.test\",\"n\":1");
    let exchange = bearing(&good).outcome(provided("k1", false));
    check(PROVIDED, exchange, &[Expect::Effects(&[asked(false), forward.clone()])]);
    let good = token("\"iss\":\"https://a.test\",\"n\":2");
    let mut others = KeySet::default();
    others.add_provider(
        "https://a.test",
        [Key::from_secret(Some("other"), b"another secret of 32 bytes......").unwrap()],
    );
    let stale = Outcome::Keys(Ok(ProviderKeys { keys: Arc::new(others), is_fresh: false }));
    let exchange = bearing(&good).outcome(stale.clone()).outcome(provided("k1", true));
    let effects = [asked(false), asked(true), forward];
    check(PROVIDED, exchange, &[Expect::Effects(&effects)]);
    let Outcome::Keys(Ok(mut last)) = stale.clone() else { panic!("keys") };
    last.is_fresh = true;
    let unknown = token("\"iss\":\"https://a.test\",\"n\":3");
    let exchange = bearing(&unknown).outcome(stale).outcome(Outcome::Keys(Ok(last)));
    let expected = [
        Expect::Effects(&[asked(false), asked(true)]),
        Expect::Response(401, "{ \"statusCode\": 401, \"message\": \"Invalid JWT.\" }"),
    ];
    check(PROVIDED, exchange, &expected);
}

#[test]
fn without_keys_of_a_provider_the_token_is_refused() {
    let message = "IDX20803: Unable to obtain configuration from: 'https://a.test/c'.";
    let exchange = bearing(KNOWN).outcome(Outcome::Keys(Err(message.into())));
    refused(PROVIDED, exchange, "JwtInvalid", message);
}

#[test]
fn attributes_keys_and_children_are_checked() {
    let url = "<openid-config url='https://a.test'/>";
    let validate = |attributes: &str, children: &str| format!("<validate-jwt {attributes}>{children}</validate-jwt>");
    let keys = |key: &str| format!("<issuer-signing-keys>{key}</issuer-signing-keys>");
    for (policy, codes) in [
        (validate("", url), &["attribute-missing"][..]),
        (validate("header-name='a' token-value='b'", url), &["attribute-conflict"]),
        (validate("header-name='a b'", url), &["value-invalid"]),
        (validate("header-name='a' failed-validation-httpcode='100'", url), &["value-invalid"]),
        (validate("header-name='a' clock-skew='soon'", url), &["value-invalid"]),
        (validate("header-name='a' output-token-variable-name='@(1)'", url), &["expression-not-allowed"]),
        (validate("header-name='a'", "<openid-config/>"), &["attribute-missing"]),
        (validate("header-name='a'", "<openid-config url='https://a.test' validate-connectivity='false'/>"), &[]),
        (
            validate("header-name='a'", "<openid-config url='https://a.test' validate-connectivity='no'/>"),
            &["value-invalid"],
        ),
        (validate("header-name='a'", "<audiences/>"), &["element-missing"]),
        (validate("header-name='a'", &keys("<key>not base64!</key>")), &["key-unusable"]),
        (validate("header-name='a'", &keys("<key n='AQAB' e='AQAB'/>")), &["key-unusable"]),
        (validate("header-name='a'", &keys("<key/>")), &["attribute-conflict"]),
        (validate("header-name='a'", &keys("<key n='AQAB'/>")), &["attribute-conflict"]),
        (format!("<policies><outbound>{}</outbound></policies>", validate("header-name='a'", url)), &["wrong-section"]),
    ] {
        check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
    }
}
