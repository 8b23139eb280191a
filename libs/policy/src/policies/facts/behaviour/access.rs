//! Who may call, and what the backend is shown: addresses, headers, client certificates, identities.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Row, get, row};
use crate::effect::{ClientCertificate, Effect, ForwardOptions, HttpProxy, HttpRequest, TokenRequest};
use crate::testing::{Expect, MemoryExchange};

pub(super) fn rows() -> Vec<Row> {
    [addresses(), header(), certificates(), credentials(), connections()].into_iter().flatten().collect()
}

const PASSES: &[Expect<'static>] = &[Expect::LastError(None), Expect::Response(200, "from the backend")];

fn addresses() -> Vec<Row> {
    const FORBIDDEN: &[Expect<'static>] =
        &[Expect::Response(403, "{ \"statusCode\": 403, \"message\": \"Forbidden\" }")];
    let from = |ip: &str| MemoryExchange { caller_ip: Some(ip.parse().unwrap()), ..get() };
    let filter = |action: &str, list: &str| format!("<ip-filter action='{action}'>{list}</ip-filter>");
    const ONE: &str = "<address>@(\"10.0.0.\" + 5)</address>";
    const RANGE: &str = "<address-range from='10.0.0.3' to='10.0.0.6'/>";
    vec![
        row("ip-filter action", filter("@(\"for\" + \"bid\")", ONE), from("10.0.0.5"), FORBIDDEN),
        row("ip-filter action", filter("@(\"for\" + \"bid\")", ONE), from("10.0.0.6"), PASSES),
        row("ip-filter action", filter("@(\"allow\")", ONE), from("10.0.0.6"), FORBIDDEN),
        row("ip-filter/address", filter("allow", ONE), from("10.0.0.5"), PASSES),
        row("ip-filter/address", filter("allow", ONE), from("10.0.0.6"), FORBIDDEN),
        row("ip-filter/address-range from", filter("allow", RANGE), from("10.0.0.2"), FORBIDDEN),
        row("ip-filter/address-range from", filter("allow", RANGE), from("10.0.0.3"), PASSES),
        row("ip-filter/address-range to", filter("allow", RANGE), from("10.0.0.6"), PASSES),
        row("ip-filter/address-range to", filter("allow", RANGE), from("10.0.0.7"), FORBIDDEN),
        // Scopes in their order: the second filter sees only what the first lets pass.
        row(
            "ip-filter/address",
            format!("{}{}", filter("allow", ONE), filter("forbid", ONE)),
            from("10.0.0.5"),
            FORBIDDEN,
        ),
    ]
}

/// Every attribute of `check-header` may be an expression (line 308).
fn header() -> Vec<Row> {
    let policy = |ignore_case: &str| {
        format!(
            "<check-header name='@(\"X-\" + \"Key\")' failed-check-httpcode='@(400 + 18)' failed-check-error-message='@(\"No \" + \"way\")' \
             ignore-case='{ignore_case}'><value>@(\"a\" + \"b\")</value></check-header>"
        )
    };
    let sent = |value: &str| get().header_line("X-Key", value);
    const REFUSED: &[Expect<'static>] = &[Expect::Response(418, "{ \"statusCode\": 418, \"message\": \"No way\" }")];
    vec![
        row("check-header name", policy("@(1 == 1)"), sent("AB"), PASSES),
        row("check-header failed-check-httpcode", policy("@(1 == 1)"), sent("c"), REFUSED),
        row("check-header failed-check-error-message", policy("@(1 == 1)"), get(), REFUSED),
        row("check-header ignore-case", policy("@(1 == 2)"), sent("AB"), REFUSED),
        row("check-header/value", policy("@(1 == 2)"), sent("ab"), PASSES),
    ]
}

/// `libs/dotnet/fixtures/certificates`, as `openssl x509` tells it.
const LEAF: &[u8] = include_bytes!("../../../../../dotnet/fixtures/certificates/leaf.der");
const AUTHORITY: &[u8] = include_bytes!("../../../../../dotnet/fixtures/certificates/ca.pem");
const OTHER: &[u8] = include_bytes!("../../../../../dotnet/fixtures/certificates/ec.pem");

fn certificates() -> Vec<Row> {
    let shown = || MemoryExchange {
        client_certificate: Some(LEAF.to_vec()),
        certificates: vec![("ca".to_owned(), AUTHORITY.to_vec()), ("ec".to_owned(), OTHER.to_vec())],
        certificate_ids: vec!["ca".into(), "ec".into()],
        // 2030.
        unix_time: Duration::from_secs(1_893_456_000),
        trusts_all: true,
        ..get()
    };
    let revoked = || MemoryExchange { is_revoked: true, ..shown() };
    let policy = |attributes: &str| format!("<validate-client-certificate {attributes}/>");
    // The authority comes with the caller's certificate, or nobody knows it.
    let pem: String = String::from_utf8_lossy(AUTHORITY).lines().filter(|line| !line.starts_with('-')).collect();
    let chained = |chain: bool| MemoryExchange {
        certificates: Vec::new(),
        certificate_ids: Vec::new(),
        client_issuers: chain.then(|| STANDARD.decode(&pem).unwrap()).into_iter().collect(),
        ..shown()
    };
    let identity = |name: &str, value: &str| {
        let value = value.replace('"', "&quot;");
        format!(
            "<validate-client-certificate><identities><identity {name}=\"{value}\"/></identities></validate-client-certificate>"
        )
    };
    const REFUSED: &str = "{ \"statusCode\": 401, \"message\": \"Invalid client certificate.\" }";
    let error = |reason, message| [Expect::Response(401, REFUSED), Expect::LastError(Some((reason, message)))];
    let untrusted = error("ClientCertificateNotTrusted", "Client certificate is not trusted.");
    let nobody = error("ClientCertificateIdentityNotMatched", "Client certificate is none of the identities.");
    // `X509Certificate2.Subject` of .NET.
    let subject = "OID.1.3.6.1.4.1.99999.1=private, E=ops@example.com, CN=client.example.com, OU=\"a+b\" + OU=Gateway, \
                   O=\"Contoso, \"\"Inc.\"\"\", L=München, S=Bayern, C=DE";
    const REVOCATION: &str = "validate-client-certificate validate-revocation";
    const SUBJECT: &str = "validate-client-certificate/identities/identity subject";
    const ISSUER: &str = "validate-client-certificate/identities/identity issuer-thumbprint";
    let authority = "35AB0C7E5482D422C3F9D0A0FE2EEB4B16DF7F70";
    vec![
        row(REVOCATION, policy(""), revoked(), &untrusted),
        row(REVOCATION, policy("validate-revocation='true'"), revoked(), &untrusted),
        row(REVOCATION, policy("validate-revocation='false'"), revoked(), PASSES),
        row("validate-client-certificate ignore-error", policy("ignore-error='false'"), revoked(), &untrusted),
        row("validate-client-certificate ignore-error", policy("ignore-error='true'"), revoked(), PASSES),
        row(SUBJECT, identity("subject", subject), shown(), PASSES),
        row(SUBJECT, identity("subject", &subject.replace("Bayern", "Hessen")), shown(), &nobody),
        row(SUBJECT, identity("subject", "CN=client.example.com"), shown(), &nobody),
        row(ISSUER, identity("issuer-thumbprint", authority), shown(), PASSES),
        row(ISSUER, identity("issuer-thumbprint", &authority.to_lowercase()), shown(), PASSES),
        row(ISSUER, identity("issuer-thumbprint", &authority.replace("35AB", "35AC")), shown(), &nobody),
        row(ISSUER, identity("issuer-thumbprint", authority), chained(true), PASSES),
        row(ISSUER, identity("issuer-thumbprint", authority), chained(false), &nobody),
        // A certificate of the service, but not the one that signed the caller's.
        row(ISSUER, identity("issuer-thumbprint", EC_THUMBPRINT), shown(), &nobody),
        row(
            "validate-client-certificate/identities/identity issuer-certificate-id",
            identity("issuer-certificate-id", "CA"),
            shown(),
            PASSES,
        ),
        row(
            "validate-client-certificate/identities/identity issuer-certificate-id",
            identity("issuer-certificate-id", "ec"),
            shown(),
            &nobody,
        ),
    ]
}

const EC_THUMBPRINT: &str = "FEDDD04C6D580AC09D1CEB54FB1A09A3FB71D55E";

/// Credentials and proxies of requests that policies send.
fn credentials() -> Vec<Row> {
    let one_way =
        |child: &str| format!("<send-one-way-request><set-url>http://a.test</set-url>{child}</send-one-way-request>");
    let request = || HttpRequest {
        method: "GET".into(),
        url: "http://a.test".into(),
        timeout_ms: 60_000,
        one_way: true,
        ..HttpRequest::default()
    };
    let sent = |request: HttpRequest| Effect::Send(Box::new(request));
    let forward = || Effect::Forward(ForwardOptions::default());
    let authorized = |value: &str| HttpRequest { headers: vec![("Authorization".into(), value.into())], ..request() };
    let token = Effect::Token(Box::new(TokenRequest { resource: "r".into(), client_id: Some("c".into()) }));
    let with_certificate = HttpRequest { certificate: Some(ClientCertificate::Id("c".into())), ..request() };
    let proxied = HttpRequest {
        proxy: Some(HttpProxy { url: "http://p.test:1".into(), credentials: Some(("u".into(), "w".into())) }),
        ..request()
    };
    let with_header = HttpRequest { headers: vec![("X-A".into(), b"1".to_vec())], ..request() };
    let put = HttpRequest { method: "PUT".into(), ..request() };
    let effects = |effects: &[Effect]| [Expect::Effects(effects.to_vec().leak())];
    vec![
        row(
            "send-one-way-request/authentication-basic",
            one_way("<authentication-basic username='Aladdin' password='open sesame'/>"),
            get(),
            &effects(&[sent(authorized("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")), forward()]),
        ),
        row(
            "send-one-way-request/authentication-certificate",
            one_way("<authentication-certificate certificate-id='c'/>"),
            get(),
            &effects(&[sent(with_certificate), forward()]),
        ),
        row(
            "send-one-way-request/authentication-managed-identity",
            one_way("<authentication-managed-identity resource='r' client-id='c'/>"),
            get(),
            &effects(&[token, sent(authorized("Bearer t0ken")), forward()]),
        ),
        row(
            "send-one-way-request/proxy",
            one_way("<proxy url='http://p.test:1' username='u' password='w'/>"),
            get(),
            &effects(&[sent(proxied), forward()]),
        ),
        row(
            "send-one-way-request/set-header",
            one_way("<set-header name='X-A'><value>1</value></set-header>"),
            get(),
            &effects(&[sent(with_header), forward()]),
        ),
        row(
            "send-one-way-request/set-method",
            one_way("<set-method>@(\"P\" + \"UT\")</set-method>"),
            get(),
            &effects(&[sent(put.clone()), forward()]),
        ),
        row(
            "send-request/set-method",
            "<send-request response-variable-name='v'><set-url>http://a.test</set-url><set-method>@(\"P\" + \"UT\")</set-method></send-request>",
            get(),
            &effects(&[sent(HttpRequest { one_way: false, ..put }), forward()]),
        ),
    ]
}

/// There is no credential manager to ask (line 316).
fn connections() -> Vec<Row> {
    let policy = |ignore: bool| {
        format!(
            "<get-authorization-context provider-id='@(\"p\" + 1)' authorization-id='@(\"a\" + 1)' context-variable-name='auth1' \
             ignore-error='{ignore}'/><set-variable name='known' value='@(context.Variables.ContainsKey(\"auth1\").ToString())'/>"
        )
    };
    const REMARK: Expect<'static> = Expect::Codes(&["credential-manager-missing"]);
    let message = "No credential manager has the connection p1/a1.";
    let error = Expect::LastError(Some(("AuthorizationContextFailure", message)));
    vec![
        row("get-authorization-context provider-id", policy(false), get(), &[REMARK, error]),
        row(
            "get-authorization-context context-variable-name",
            policy(true),
            get(),
            &[REMARK, Expect::Variable("auth1", Some("null")), Expect::Variable("known", Some("True"))],
        ),
    ]
}
