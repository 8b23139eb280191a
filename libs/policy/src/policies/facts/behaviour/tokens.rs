//! Tokens: `validate-jwt` and `validate-azure-ad-token`.

use std::sync::Arc;
use std::time::Duration;

use postern_dotnet::jwt::{Key, KeySet};

use super::super::runs::{EXPIRY_S, SECRET, TOKEN};
use super::{Row, get, row};
use crate::effect::{Outcome, ProviderKeys};
use crate::testing::{Expect, MemoryExchange};

// Made with Python's `cryptography` from the claims of `TOKEN`.

/// RS256 with the key of [`LEAF`].
const BY_LEAF: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImxlYWYifQ.eyJleHAiOjE3MTQ1NjY3MDUsImlzcyI6Imh0dHBzOi8vc3RzLndpbmRvd3MubmV0LzcyZjk4OGJmLTg2ZjEtNDFhZi05MWFiLTJkN2NkMDExZGI0Ny8iLCJ0aWQiOiI3MmY5ODhiZi04NmYxLTQxYWYtOTFhYi0yZDdjZDAxMWRiNDciLCJhdWQiOiJhcGkiLCJhcHBpZCI6ImNsaWVudCJ9.puH7QDl59y7FwusV-2i5HvXLIgu5JvDizpx6eUftaMmUu96Y0BaVB41OGlcKWQ3_KWoemb90hEE-Ji8EMGuNzECAvtQtyzmF8wRtIldPIIhnIVZmJakG9HaSOZ8hKj1jointlkANMoAdQqxpm4OWVAcJtH0_QpAMqbn7jF9yjqm3wLen4hfxAmvFI8N1KFJv8fSdE6xGXYBloxut88SukwFCAlN_ZiB4yBM38RdENFP87lmMBlD3APzyGNpKDNt-MNDNp4NJbkA6MAbhhc6BalzvNTB6NxI9yPRs_tZHsWIId0iVuQuGcE49E55tFuG2U9rw9NfqiaU2GPZLWzIBCg";
/// `TOKEN`, encrypted with its secret: `dir`, A256GCM, key id `d`.
const BY_SECRET: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiY3R5IjoiSldUIiwia2lkIjoiZCJ9..R1BwARBp2NfMqJgP.SGr-ZpYmamIM6fK3ucCi_djStAEb_KmaZxQ88SFtFxeTIzJ2PTFy44TsP8WruGzjl9zEuziOFVSrPBQYnXQrpNnWJ2vymxepwP4SrvaBMAikiB_Fk7qjtiwb5XQtZ6v8CVn2e7uswbrRSdm056aQnqpRyEHFpTh5APD1LZXIH0VMHn7nI745o3m8Ix0q1Ris2y6ulxs2AGolZWEgXw3mrD8oaaxuMsvClkE0VkMKkeqT8ablplPmPyW2Cmvupx7CJpiroJwIs2Svv98LJqFLK2np_YzejiV0ASQJs4MScWJEgYnAPGBaY7eNJuNeuc67CavMH0OhWmHQ7CQThicyfFW7krc7MuFidZjVNpsKicAG1MpUztqi7oA.J2RnoZGJtK8Ugs-YGEOQUA";
/// The same without an id, and compressed: `DEF`.
const COMPRESSED: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiY3R5IjoiSldUIiwiemlwIjoiREVGIn0..ePZCUw5ryiN65m2v.x0CJYmOOnqHmquT-Xau7TRxSxU8KZE_5j7c0AzONfeHBEv_yM-HQQqu1GjMgtdcBIfuyZg7i1XgHPi_jTQXeWfH0WkLML0fhcrTMdjyEoN_tx8u3nWMUvtXZFH48jAdsi4PJlEpG3xNKJz9VQclnch67c9TT5Fxf3J9Th5zJe0JZmuAinRPAi8uUZXFKScjBY_3WoY7W2cySOk68q7p9E7rXvQduGaJFzmbOGutE8C0Imi6KctRAQb5oXFcekhZ34LHr_BjVXdw0CQO8ufkVh1CXy87w-_u-SOnreCJ7DrAzkbOytYUDUQ.6LrMSpEN1T5jF4M7aQn_Lw";
/// `TOKEN`, encrypted for [`LEAF`]: RSA-OAEP, A256GCM.
const FOR_LEAF: &str = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00iLCJjdHkiOiJKV1QifQ.Pm-srRfIno9sfJhqUZBRuHA-bENa5_aOrmLkdhadRKdcG48tz2LAnye376idCeNCn7s3fx0f2EYkNJo-zThuyIe02TUrtT2t8Uo4lWER6HUGFOuhzqv4VxSOEmU29IVhWYt6ITWFYDf1s3kOmSYzEO026WT6s3Yh_4YDClJqmASaAoh9PiNFCP_syhY9n9Mh4zIWpJiPNdcMo3iq8hHB17hxBN64r8JQhw2s0w3ke-N_1W1MhAwtCl3gDi3QxoiYc8sGK5uuLTP8ussS751Y_IuOJ39amIRjVvDbMP3qqb6MKEPxmKgy2dbwmjGUs8Yj6kDIFD7zPMDi1KiTQfdeaw.Nyfao2rWke4_8Wfo.Vl585PCRi9YxDapK_F7qRHen7ecnrsWBbssq3uCzslMCZpc4VWzfxdGbyCa1WHtlb_-vEx6eEU-POilMaOgHp4ev6n9yniJE6Z14gLMhDKebigRr_775lOQimw7dIsIkBuk-9b1XdkTH2yhwUbHksgksWTnyKTioXCGHRg0unnj9k9hI9j4Kn7ohsUc6ZEyTDmG5cASdGxJRAjoUC8tKcv7eD7PMbDJ1nNj9c6sWHxOZ8nbAfwQM6n84OXdjKwn8p_Qml9ZVVfMj9Cj_J8PdZKqkcCMcqiTboOL1QCNN35-LfDYEn2QsRlLmUurCfsng9oYvXRW8xQ6pgWh06TsK1NHeB2N7wGsiWPBWCsCyBGNoLMWmECRfF2c.KjyCCp5CCM-LdiG1XW6oWQ";
/// HS256 of `{"appid":"client"}` with the secret of `TOKEN`.
const ENDLESS: &str = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBpZCI6ImNsaWVudCJ9.tTowIoMRQJsUk1siAgNlQyvROh0r9l2E2lE12r_sZBQ";
/// The modulus of [`LEAF`]; its exponent is `AQAB`.
const MODULUS: &str = "tJ-TKngdQ8fcAgLNFBZmCRblWIfL9ok0xFrrD9OZFj3qwbw5-AekpZWr5H5ijHvKMwtqvyzv5JLznVAloqrO7pv5Gz5bfSGHtJcSk9ZdjzJqTJ6WUghaDnnnVcp517j0J89_OY6Cd0kioklvHxnoDVH1FCaXA_8RPtdeMIbhNtSe14lrx0EIhwZ0gssbCQ0TFW_ziF-jfAX9ZozcMMxmo3XEHVpbC9oKAuYjS16N7f8Gzo4ooXQxeIqiPU28QmuAal10X9Iz9x3C9F6ko7u9clDHOXWuO2xyOCXfbMTfbGkMWbQ6351wIcV1nU7QPWdsa4iVbTTn4kYijgvdGdkjww";
const LEAF: &[u8] = include_bytes!("../../../../../dotnet/fixtures/certificates/empty-password.pfx");
/// Another certificate, whose key is of another kind.
const OTHER: &[u8] = include_bytes!("../../../../../dotnet/fixtures/certificates/ec.pem");

const PASSES: &[Expect<'static>] = &[Expect::LastError(None), Expect::Response(200, "from the backend")];
const INVALID: Expect<'static> = Expect::Response(401, "{ \"statusCode\": 401, \"message\": \"Invalid JWT.\" }");
const ABSENT: Expect<'static> = Expect::Response(401, "{ \"statusCode\": 401, \"message\": \"JWT not present.\" }");

fn bearing(token: &str) -> MemoryExchange {
    let certificates = vec![("leaf".to_owned(), LEAF.to_vec()), ("ec".to_owned(), OTHER.to_vec())];
    MemoryExchange { certificates, ..get() }.header_line("Authorization", &format!("Bearer {token}"))
}

/// The keys of the tenant's endpoint: the secret.
fn keys() -> Outcome {
    keys_of("{tenantid}")
}

fn keys_of(tenant: &str) -> Outcome {
    let mut keys = KeySet::default();
    let secret = Key::from_secret(None, b"a secret of thirty-two bytes....").unwrap();
    keys.add_provider(&format!("https://sts.windows.net/{tenant}/"), [secret]);
    Outcome::Keys(Ok(ProviderKeys { keys: Arc::new(keys), is_fresh: true }))
}

pub(super) fn rows() -> Vec<Row> {
    [jwt(), keys_of_the_policy(), entra()].into_iter().flatten().collect()
}

fn signed(attributes: &str, children: &str) -> String {
    let keys = format!("<issuer-signing-keys><key>{SECRET}</key></issuer-signing-keys>");
    format!("<validate-jwt {attributes}>{keys}{children}</validate-jwt>")
}

fn jwt() -> Vec<Row> {
    let late = |seconds| MemoryExchange { unix_time: Duration::from_secs(EXPIRY_S + seconds), ..bearing(TOKEN) };
    let of_header = |attributes: &str| signed(&format!("header-name='Authorization' {attributes}"), "");
    let claim = |attributes: &str, values: &str| {
        let claims = format!("<required-claims><claim name='appid' {attributes}>{values}</claim></required-claims>");
        signed("header-name='Authorization'", &claims)
    };
    let issuer =
        |issuer: &str| signed("header-name='Authorization'", &format!("<issuers><issuer>{issuer}</issuer></issuers>"));
    const ISSUER: &str = "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/";
    let both = "<value>client</value><value>other</value>";
    let unsigned = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MTQ1NjY3MDUsImFwcGlkIjoiY2xpZW50In0.";
    vec![
        row("validate-jwt header-name", signed("header-name='X-Token'", ""), bearing(TOKEN), &[ABSENT]),
        row(
            "validate-jwt header-name",
            signed("header-name='@(\"X-\" + \"Token\")'", ""),
            get().header_line("X-Token", TOKEN),
            PASSES,
        ),
        row(
            "validate-jwt query-parameter-name",
            signed("query-parameter-name='@(\"to\" + \"ken\")'", ""),
            MemoryExchange::get(&format!("/?token={TOKEN}")),
            PASSES,
        ),
        row("validate-jwt require-expiration-time", of_header(""), bearing(ENDLESS), &[INVALID]),
        row(
            "validate-jwt require-expiration-time",
            of_header("require-expiration-time='@(1 == 1)'"),
            bearing(ENDLESS),
            &[INVALID],
        ),
        row(
            "validate-jwt require-expiration-time",
            of_header("require-expiration-time='@(1 == 2)'"),
            bearing(ENDLESS),
            PASSES,
        ),
        row("validate-jwt/required-claims/claim match", claim("", both), bearing(TOKEN), &[INVALID]),
        row("validate-jwt/required-claims/claim match", claim("match='any'", both), bearing(TOKEN), PASSES),
        row(
            "validate-jwt/required-claims/claim/value",
            claim("", "<value>@(\"cli\" + \"ent\")</value>"),
            bearing(TOKEN),
            PASSES,
        ),
        row("validate-jwt/issuers/issuer", issuer(&format!("@(\"{ISSUER}\")")), bearing(TOKEN), PASSES),
        row("validate-jwt/issuers/issuer", issuer("@(\"https://\" + \"other\")"), bearing(TOKEN), &[INVALID]),
        row("validate-jwt clock-skew", of_header(""), late(1), &[INVALID]),
        row("validate-jwt clock-skew", of_header("clock-skew='60'"), late(59), PASSES),
        row("validate-jwt clock-skew", of_header("clock-skew='@(60)'"), late(61), &[INVALID]),
        row("validate-jwt require-signed-tokens", of_header(""), bearing(unsigned), &[INVALID]),
        row(
            "validate-jwt require-signed-tokens",
            of_header("require-signed-tokens='false'"),
            bearing(unsigned),
            PASSES,
        ),
        row(
            "validate-jwt require-signed-tokens",
            of_header("require-signed-tokens='@(false)'"),
            bearing(unsigned),
            PASSES,
        ),
        row("validate-jwt require-scheme", of_header("require-scheme='@(\"Basic\")'"), bearing(TOKEN), &[ABSENT]),
    ]
}

/// Keys for signatures and for opening: a secret, a certificate of the service, RSA parameters.
fn keys_of_the_policy() -> Vec<Row> {
    let signing = |keys: &str| {
        format!(
            "<validate-jwt header-name='Authorization'><issuer-signing-keys>{keys}</issuer-signing-keys></validate-jwt>"
        )
    };
    let opening =
        |keys: &str| signed("header-name='Authorization'", &format!("<decryption-keys>{keys}</decryption-keys>"));
    let rsa = |modulus: &str| format!("<key n='{modulus}' e='AQAB'/>");
    const ID: &str = "validate-jwt/issuer-signing-keys/key id";
    const CERTIFICATE: &str = "validate-jwt/issuer-signing-keys/key certificate-id";
    const N: &str = "validate-jwt/issuer-signing-keys/key n";
    const E: &str = "validate-jwt/issuer-signing-keys/key e";
    const OPENING_CERTIFICATE: &str = "validate-jwt/decryption-keys/key certificate-id";
    const OPENING: &str = "validate-jwt/decryption-keys/key";
    let other = MODULUS.replacen('t', "v", 1);
    vec![
        row(CERTIFICATE, signing("<key certificate-id='leaf'/>"), bearing(BY_LEAF), PASSES),
        row(CERTIFICATE, signing("<key certificate-id='@(\"LEAF\")'/>"), bearing(BY_LEAF), PASSES),
        row(CERTIFICATE, signing("<key certificate-id='ec'/>"), bearing(BY_LEAF), &[INVALID]),
        row(CERTIFICATE, signing("<key certificate-id='none'/>"), bearing(BY_LEAF), &[INVALID]),
        row(N, signing(&rsa(MODULUS)), bearing(BY_LEAF), PASSES),
        row(N, signing(&rsa(&format!("@(\"{MODULUS}\")"))), bearing(BY_LEAF), PASSES),
        row(N, signing(&rsa(&other)), bearing(BY_LEAF), &[INVALID]),
        row(E, signing(&rsa(MODULUS).replace("AQAB", "Aw")), bearing(BY_LEAF), &[INVALID]),
        // Each key is tried until one succeeds, also one with another id.
        row(E, signing(&format!("<key>{SECRET}</key>{}{}", rsa(&other), rsa(MODULUS))), bearing(BY_LEAF), PASSES),
        row(ID, signing(&rsa(MODULUS).replace("<key", "<key id='leaf'")), bearing(BY_LEAF), PASSES),
        row(ID, signing(&rsa(MODULUS).replace("<key", "<key id='other'")), bearing(BY_LEAF), PASSES),
        row(OPENING, opening(&format!("<key>{SECRET}</key>")), bearing(BY_SECRET), PASSES),
        row(OPENING, opening(&format!("<key>{SECRET}</key>")), bearing(COMPRESSED), PASSES),
        row(OPENING, opening(&format!("<key>@(\"{SECRET}\")</key>")), bearing(BY_SECRET), PASSES),
        row(OPENING, signed("header-name='Authorization'", ""), bearing(BY_SECRET), &[INVALID]),
        row(
            "validate-jwt/decryption-keys/key id",
            opening(&format!("<key id='d'>{SECRET}</key>")),
            bearing(BY_SECRET),
            PASSES,
        ),
        row(
            "validate-jwt/decryption-keys/key id",
            opening(&format!("<key id='x'>{SECRET}</key>")),
            bearing(BY_SECRET),
            PASSES,
        ),
        row(OPENING_CERTIFICATE, opening("<key certificate-id='leaf'/>"), bearing(FOR_LEAF), PASSES),
        row(OPENING_CERTIFICATE, opening("<key certificate-id='ec'/>"), bearing(FOR_LEAF), &[INVALID]),
    ]
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn entra() -> Vec<Row> {
    let policy = |attributes: &str, children: &str| {
        format!("<validate-azure-ad-token tenant-id='common' {attributes}>{children}</validate-azure-ad-token>")
    };
    let with = |attributes: &str| policy(attributes, "");
    let claim = |claim: &str| policy("", &format!("<required-claims>{claim}</required-claims>"));
    let both = "<value>client</value><value>other</value>";
    let value = Expect::LastError(Some((
        "TokenClaimValueNotAllowed",
        "Claim appid value of client is not allowed. Access denied.",
    )));
    let missing = "JWT token is missing the following claims: other. Access denied.";
    const OWN: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const ANOTHER: &str = "6babcaad-604b-40ac-a9d7-9fd97c0b779f";
    // The documents of a tenant name itself.
    let of_tenant = |tenant: &str| bearing(TOKEN).outcome(keys_of(tenant));
    const TENANT: &str = "validate-azure-ad-token tenant-id";
    const CODE: &str = "validate-azure-ad-token failed-validation-httpcode";
    const MESSAGE: &str = "validate-azure-ad-token failed-validation-error-message";
    const OUTPUT: &str = "validate-azure-ad-token output-token-variable-name";
    const MATCH: &str = "validate-azure-ad-token/required-claims/claim match";
    const SEPARATOR: &str = "validate-azure-ad-token/required-claims/claim separator";
    const OPENING: &str = "validate-azure-ad-token/decryption-keys/key certificate-id";
    let bearing = |token: &str| bearing(token).outcome(keys());
    let elsewhere = |target: &str| MemoryExchange::get(target).outcome(keys());
    let opening = |id: &str| policy("", &format!("<decryption-keys><key certificate-id='{id}'/></decryption-keys>"));
    let app = "<set-variable name='app' value='@(((Jwt)context.Variables[\"jwt\"]).Claims[\"appid\"][0])'/>";
    vec![
        row(TENANT, with("").replace("common", OWN), of_tenant(OWN), PASSES),
        row(TENANT, with("").replace("common", ANOTHER), of_tenant(ANOTHER), &[INVALID]),
        row("validate-azure-ad-token header-name", with(""), elsewhere("/").header_line("X-Token", TOKEN), &[ABSENT]),
        row(
            "validate-azure-ad-token header-name",
            with("header-name='X-Token'"),
            elsewhere("/").header_line("X-Token", TOKEN),
            PASSES,
        ),
        row("validate-azure-ad-token header-name", with("header-name='X-Token'"), bearing(TOKEN), &[ABSENT]),
        row(
            "validate-azure-ad-token query-parameter-name",
            with("query-parameter-name='token'"),
            elsewhere(&format!("/?token={TOKEN}")),
            PASSES,
        ),
        row(
            "validate-azure-ad-token query-parameter-name",
            with("query-parameter-name='token'"),
            bearing(TOKEN),
            &[ABSENT],
        ),
        row("validate-azure-ad-token token-value", with(&format!("token-value='{TOKEN}'")), elsewhere("/"), PASSES),
        row(
            "validate-azure-ad-token token-value",
            with(&format!("token-value='@(\"Bearer {TOKEN}\")'")),
            elsewhere("/"),
            &[INVALID],
        ),
        row(
            CODE,
            with("failed-validation-httpcode='403'"),
            get(),
            &[Expect::Response(403, "{ \"statusCode\": 403, \"message\": \"JWT not present.\" }")],
        ),
        row(
            MESSAGE,
            with("failed-validation-error-message='Go away'"),
            get(),
            &[Expect::Response(401, "{ \"statusCode\": 401, \"message\": \"Go away\" }")],
        ),
        row(
            OUTPUT,
            format!("{}{app}", with("output-token-variable-name='jwt'")),
            bearing(TOKEN),
            &[Expect::Variable("app", Some("client"))],
        ),
        row(MATCH, claim(&format!("<claim name='appid'>{both}</claim>")), bearing(TOKEN), &[INVALID, value.clone()]),
        row(
            MATCH,
            claim(&format!("<claim name='appid' match='all'>{both}</claim>")),
            bearing(TOKEN),
            &[INVALID, value.clone()],
        ),
        row(MATCH, claim(&format!("<claim name='appid' match='any'>{both}</claim>")), bearing(TOKEN), PASSES),
        row(
            SEPARATOR,
            claim("<claim name='appid' separator='i'><value>cl</value><value>ent</value></claim>"),
            bearing(TOKEN),
            PASSES,
        ),
        row(
            SEPARATOR,
            claim("<claim name='appid'><value>cl</value><value>ent</value></claim>"),
            bearing(TOKEN),
            &[INVALID, value.clone()],
        ),
        row(
            "validate-azure-ad-token/required-claims/claim name",
            claim("<claim name='other'/>"),
            bearing(TOKEN),
            &[Expect::LastError(Some(("TokenClaimNotFound", missing)))],
        ),
        row(
            "validate-azure-ad-token/audiences",
            policy("", "<audiences><audience>b</audience></audiences>"),
            bearing(TOKEN),
            &[INVALID],
        ),
        row(
            "validate-azure-ad-token/backend-application-ids",
            policy("", "<backend-application-ids><application-id>b</application-id></backend-application-ids>"),
            bearing(TOKEN),
            &[INVALID],
        ),
        row(OPENING, opening("leaf"), bearing(FOR_LEAF), PASSES),
        row(OPENING, opening("ec"), bearing(FOR_LEAF), &[INVALID]),
    ]
}
