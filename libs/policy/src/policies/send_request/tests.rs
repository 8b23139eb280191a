use crate::effect::{
    ClientCertificate, Effect, ForwardOptions, HttpProxy, HttpRequest, HttpResponse, Outcome, SendFailure, TokenRequest,
};
use crate::testing::{Expect, MemoryExchange, check};

fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> HttpRequest {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), value.as_bytes().to_vec()));
    HttpRequest {
        method: method.into(),
        url: url.into(),
        headers: headers.collect(),
        timeout_ms: 60_000,
        ..HttpRequest::default()
    }
}

fn sends(policy: &str, exchange: MemoryExchange, request: HttpRequest) {
    let effects = [Effect::Send(Box::new(request)), Effect::Forward(ForwardOptions::default())];
    check(policy, exchange, &[Expect::Effects(&effects)]);
}

#[test]
fn a_new_request_has_only_what_the_policy_says() {
    let exchange = || MemoryExchange::get("/items/5?a=1").header_line("X-Old", "1");
    sends(
        "<send-request response-variable-name='r'><set-url>https://other.test/x?y=1#part</set-url></send-request>",
        exchange(),
        request("GET", "https://other.test/x?y=1", &[]),
    );
    let full = "<send-request mode='new' response-variable-name='r' timeout='@(5 + 2)' ignore-error='true'>\
        <set-url>@(\"https://other.test/\" + context.Request.Method + \"/ü b\")</set-url><set-method>PUT</set-method>\
        <set-header name='X-A' exists-action='append'><value>1</value></set-header>\
        <set-header name='X-A' exists-action='append'><value>@(\"2\")</value></set-header>\
        <set-body>@(new byte[] { 0, 255 })</set-body></send-request>";
    let expected = request("PUT", "https://other.test/GET/%C3%BC%20b", &[("X-A", "1,2")]);
    sends(full, exchange(), HttpRequest { timeout_ms: 7000, body: Some(vec![0, 255]), ..expected });
}

#[test]
fn a_copy_starts_from_the_current_request() {
    let exchange = || {
        let mut exchange = MemoryExchange::get("/items/5?a=1")
            .with_method("POST")
            .header_line("Host", "gateway.test")
            .header_line("X-Old", "1")
            .header_line("Accept-Encoding", "gzip");
        exchange.request_body = Some(b"old".to_vec());
        exchange
    };
    let copied = || HttpRequest {
        body: Some(b"old".to_vec()),
        ..request("POST", "https://backend.test:443/items/5?a=1", &[("X-Old", "1")])
    };
    sends("<send-request mode='copy' response-variable-name='r'/>", exchange(), copied());
    let changed = "<send-request mode='@(\"copy\")' response-variable-name='r'><set-url>http://a.test</set-url>\
                   <set-method>GET</set-method><set-header name='X-Old' exists-action='delete'/><set-body>new</set-body></send-request>";
    sends(changed, exchange(), HttpRequest { body: Some(b"new".to_vec()), ..request("GET", "http://a.test", &[]) });
    let outbound = "<policies><outbound><send-request mode='copy' response-variable-name='r'/></outbound></policies>";
    let effects =
        [Effect::Forward(ForwardOptions::default()), Effect::Send(Box::new(HttpRequest { body: None, ..copied() }))];
    check(outbound, exchange(), &[Expect::Effects(&effects)]);
}

#[test]
fn credentials_and_proxy_are_those_of_the_request() {
    let policy = |child: &str| {
        format!("<send-request response-variable-name='r'><set-url>http://a.test</set-url>{child}</send-request>")
    };
    let basic = request("GET", "http://a.test", &[("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]);
    let child = "<authentication-basic username='Aladdin' password='open sesame'/>";
    sends(&policy(child), MemoryExchange::get("/"), basic);
    let certificate = HttpRequest {
        certificate: Some(ClientCertificate::Id("c".into())),
        proxy: Some(HttpProxy { url: "http://p".into(), credentials: None }),
        ..request("GET", "http://a.test", &[])
    };
    let child = "<authentication-certificate certificate-id='c'/><proxy url='p'/>";
    sends(&policy(child), MemoryExchange::get("/"), certificate);
    let token = Effect::Token(Box::new(TokenRequest { resource: "res".into(), client_id: None }));
    let sent = Effect::Send(Box::new(request("GET", "http://a.test", &[("Authorization", "Bearer t0ken")])));
    let effects = [token, sent, Effect::Forward(ForwardOptions::default())];
    let child = "<authentication-managed-identity resource='res'/>";
    check(&policy(child), MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
}

#[test]
fn the_response_is_kept_and_can_be_returned() {
    let response = HttpResponse {
        status: 418,
        reason: "Teapot".into(),
        headers: vec![("X-B".into(), b"1".to_vec()), ("Content-Length".into(), b"3".to_vec())],
        body: b"{\"a\":7}".to_vec(),
    };
    let answered = || MemoryExchange::get("/").outcome(Outcome::Sent(Ok(Box::new(response.clone()))));
    let send = "<send-request response-variable-name='r'><set-url>http://a.test</set-url></send-request>";
    let read = "<set-variable name='v' value='@{ var r = (IResponse)context.Variables[\"r\"]; \
                return r.StatusCode + r.StatusReason + r.Headers.GetValueOrDefault(\"x-b\",\"\") + (string)r.Body.As&lt;JObject>(true)[\"a\"]; }'/>";
    check(&format!("{send}{read}"), answered(), &[Expect::Variable("v", Some("418Teapot17"))]);
    let back = format!("{send}<return-response response-variable-name='r'/>");
    let expected = [
        Expect::Response(418, "{\"a\":7}"),
        Expect::ReasonPhrase("Teapot"),
        Expect::ResponseHeader("X-B", &["1"]),
        Expect::ResponseHeader("Content-Length", &[]),
    ];
    check(&back, answered(), &expected);
    let changed = format!(
        "{send}<return-response response-variable-name='r'><set-status code='200' reason='OK'/>\
         <set-header name='X-B' exists-action='append'><value>2</value></set-header></return-response>"
    );
    let expected = [Expect::Response(200, "{\"a\":7}"), Expect::ResponseHeader("X-B", &["1,2"])];
    check(&changed, answered(), &expected);
}

#[test]
fn without_a_response_on_error_runs_or_the_variable_is_null() {
    let failed = |timed_out| {
        MemoryExchange::get("/").outcome(Outcome::Sent(Err(SendFailure { timed_out, message: "why".into() })))
    };
    let policy = |ignore: bool| {
        format!(
            "<send-request response-variable-name='r' ignore-error='{ignore}'><set-url>http://a.test</set-url></send-request>"
        )
    };
    for (timed_out, reason) in [(true, "Timeout"), (false, "BackendConnectionFailure")] {
        let expected = [Expect::LastError(Some((reason, "why"))), Expect::EffectCount(1)];
        check(&policy(false), failed(timed_out), &expected);
        let expected = [Expect::LastError(None), Expect::EffectCount(2), Expect::Variable("r", Some("null"))];
        check(&policy(true), failed(timed_out), &expected);
    }
    let expected = [
        Expect::Codes(&["url-missing"]),
        Expect::LastError(Some(("BackendConnectionFailure", "the request has no URL"))),
        Expect::EffectCount(0),
    ];
    check("<send-request response-variable-name='r'/>", MemoryExchange::get("/"), &expected);
    let header = "<send-request response-variable-name='r' ignore-error='true'><set-url>http://a.test</set-url>\
                  <set-header name='@(\"a b\")'><value>1</value></set-header></send-request>";
    let message = "The value of an expression cannot be used: `a b` is no name of a header";
    let expected = [Expect::LastError(Some(("ExpressionValueEvaluationFailure", message)))];
    check(header, MemoryExchange::get("/"), &expected);
}

#[test]
fn a_response_without_a_variable_is_thrown_away() {
    let policy = "<send-request><set-url>http://a.test</set-url></send-request><set-variable name='n' value='@(context.Variables.Count)'/>";
    let effects =
        [Effect::Send(Box::new(request("GET", "http://a.test", &[]))), Effect::Forward(ForwardOptions::default())];
    let expected = [Expect::Codes(&["attribute-missing"]), Expect::Effects(&effects), Expect::Variable("n", Some("0"))];
    check(policy, MemoryExchange::get("/"), &expected);
}

#[test]
fn attributes_and_children_are_checked() {
    let url = "<set-url>http://a.test</set-url>";
    for (policy, codes) in [
        (format!("<send-request>{url}</send-request>"), &["attribute-missing"][..]),
        (format!("<send-request response-variable-name=''>{url}</send-request>"), &["value-invalid"]),
        (format!("<send-request response-variable-name='@(1)'>{url}</send-request>"), &["expression-not-allowed"]),
        (format!("<send-request response-variable-name='r' mode='old'>{url}</send-request>"), &["value-invalid"]),
        (format!("<send-request response-variable-name='r' timeout='0'>{url}</send-request>"), &["value-invalid"]),
        (format!("<send-request response-variable-name='r'>{url}{url}</send-request>"), &["element-twice"]),
        (
            format!("<send-request response-variable-name='r'><set-method>GET</set-method>{url}</send-request>"),
            &["child-order"],
        ),
        (
            format!("<send-request response-variable-name='r'>{url}<set-query-parameter/></send-request>"),
            &["unknown-element"],
        ),
    ] {
        check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
    }
}
