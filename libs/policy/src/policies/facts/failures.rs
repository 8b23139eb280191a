//! The errors of the fact base, one line each: what `context.LastError` says (apim.md section 4) and what the caller gets (section 2.0.2).
//! The errors of routing and subscription keys are the gateway's own: `gateway/src/{route,access}` and `tests/tests/system/access.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::runs::{EXPIRY_S, SECRET, TOKEN};
use crate::contract::{Contract, Parameter, ResponseContract, Schema};
use crate::effect::{
    CountResult, ForwardFailure, HttpResponse, Outcome, QuotaKind, QuotaResult, SendFailure, TokenBalance,
};
use crate::exchange::Side;
use crate::last_error::LastError;
use crate::run::Run;
use crate::testing::{MemoryExchange, compile_one, drive};

/// How the text of an error is compared.
#[derive(Debug, Clone, Copy)]
enum Message {
    Is(&'static str),
    /// `<library message>. Access denied.`
    EndsWith(&'static str),
    /// "multiple"
    Any,
}
use Message::{Any, EndsWith, Is};

/// One line of the facts.
struct Row {
    line: &'static str,
    /// The policy and the section it stands in.
    section: &'static str,
    policy: String,
    exchange: MemoryExchange,
    reason: &'static str,
    message: Message,
    status: u16,
    /// `message` of the body; `None`: the generic 500.
    body: Option<&'static str>,
    header: Option<(&'static str, &'static str)>,
}

fn get() -> MemoryExchange {
    MemoryExchange::get("/")
}

fn from(ip: Option<&str>) -> MemoryExchange {
    MemoryExchange { caller_ip: ip.map(|ip| ip.parse().unwrap()), ..get() }
}

fn answered(outcome: Outcome) -> MemoryExchange {
    get().outcome(outcome)
}

fn row(line: &'static str, section: &'static str, policy: &str, exchange: MemoryExchange) -> Row {
    let policy = policy.to_owned();
    Row { line, section, policy, exchange, reason: "", message: Any, status: 500, body: None, header: None }
}

impl Row {
    fn error(mut self, reason: &'static str, message: Message) -> Row {
        (self.reason, self.message) = (reason, message);
        self
    }

    fn answer(mut self, status: u16, body: &'static str) -> Row {
        (self.status, self.body) = (status, Some(body));
        self
    }

    fn header(mut self, name: &'static str, value: &'static str) -> Row {
        self.header = Some((name, value));
        self
    }
}

fn counters() -> Vec<Row> {
    let exceeded = |retry_after_s| {
        answered(Outcome::Counted(CountResult { allowed: false, remaining: 0, retry_after_s, which: 0 }))
    };
    let quota = |kind, retry_after_s| {
        answered(Outcome::QuotaCounted(QuotaResult { exceeded: Some(kind), retry_after_s: Some(retry_after_s) }))
    };
    let tokens = |policy: &str| {
        let limit = format!("<{policy} counter-key='k' tokens-per-minute='1' estimate-prompt-tokens='false'/>");
        let balance = TokenBalance { allowed: false, retry_after_s: 53, remaining: 0, at_ms: 7 };
        row("196", "inbound", &limit, answered(Outcome::Spent(balance)))
            .error("TokenLimitExceeded", Any)
            .answer(429, "Token limit is exceeded. Try again in 53 seconds.")
            .header("Retry-After", "53")
    };
    // The text was not captured (line 197); it is made like that of the rate.
    let token_quota = |policy: &str| {
        let limit = format!(
            "<{policy} counter-key='k' token-quota='1' token-quota-period='Daily' estimate-prompt-tokens='false'/>"
        );
        let balance = TokenBalance { allowed: false, retry_after_s: 53, remaining: 0, at_ms: 7 };
        row("197", "inbound", &limit, answered(Outcome::Spent(balance)))
            .error("TokenQuotaExceeded", Any)
            .answer(403, "Token quota is exceeded. Try again in 53 seconds.")
            .header("Retry-After", "53")
    };
    let calls = "Out of call volume quota. Quota will be replenished in 07:01:20.";
    let bytes = "Out of bandwidth quota. Quota will be replenished in 20.09:58:55.";
    let by_key = "<quota-by-key calls='1' bandwidth='1' renewal-period='300' counter-key='k'/>";
    vec![
        row("193,708", "inbound", "<rate-limit calls='1' renewal-period='60'/>", exceeded(57))
            .error("RateLimitExceeded", Is("Rate limit is exceeded"))
            .answer(429, "Rate limit is exceeded. Try again in 57 seconds.")
            .header("Retry-After", "57"),
        row("193,708", "inbound", "<rate-limit-by-key calls='1' renewal-period='60' counter-key='k'/>", exceeded(1))
            .error("RateLimitExceeded", Is("Rate limit is exceeded"))
            .answer(429, "Rate limit is exceeded. Try again in 1 seconds.")
            .header("Retry-After", "1"),
        row("194,709", "inbound", by_key, quota(QuotaKind::Calls, 25_280))
            .error("QuotaExceeded", Is(calls))
            .answer(403, calls)
            .header("Retry-After", "25280"),
        row("195,709", "inbound", by_key, quota(QuotaKind::Bytes, 1_763_935))
            .error("QuotaExceeded", Is(bytes))
            .answer(403, bytes)
            .header("Retry-After", "1763935"),
        tokens("llm-token-limit"),
        tokens("azure-openai-token-limit"),
        token_quota("llm-token-limit"),
        token_quota("azure-openai-token-limit"),
    ]
}

/// What is said to a model, and what the content safety service says of that.
fn models() -> Vec<Row> {
    const REFUSED: &str = "Request failed content safety check.";
    let prompt = r#"{"messages":[{"role":"user","content":"hello"}]}"#;
    let answered = |status, body: &str| {
        let response = HttpResponse { status, body: body.into(), ..HttpResponse::default() };
        let asking = MemoryExchange { request_body: Some(prompt.into()), ..get().with_method("POST") };
        asking.outcome(Outcome::Sent(Ok(Box::new(response))))
    };
    let hate = "<categories><category name='Hate' threshold='4'/></categories>";
    let check = |line, exchange| {
        row(line, "inbound", &format!("<llm-content-safety backend-id='b'>{hate}</llm-content-safety>"), exchange)
    };
    let harmful = r#"{"categoriesAnalysis":[{"category":"Hate","severity":4}]}"#;
    let attack = r#"{"userPromptAnalysis":{"attackDetected":true}}"#;
    let shield = "<llm-content-safety backend-id='b' shield-prompt='true'/>";
    let blocked = |row: Row| row.error("ContentSafetyCheckFailed", Is(REFUSED)).answer(403, REFUSED);
    vec![
        blocked(check("198", answered(200, harmful))),
        blocked(row("198", "inbound", shield, answered(200, attack))),
        // A backend that is not configured well.
        blocked(check("198", answered(401, "{}"))),
        blocked(check("198", answered(404, "{}"))),
        // Over a limit of the service, and an error of its own.
        check("199", answered(400, "{}")).error("ContentSafetyCheckError", Any),
        check("199", answered(429, "{}")).error("ContentSafetyCheckError", Any),
        check("199", answered(500, "{}")).error("ContentSafetyCheckError", Any),
    ]
}

/// `prevent`: the details are in the error, and what the caller may know of them in the answer.
fn validations() -> Vec<Row> {
    const INTERNAL: &str = "The request could not be processed due to an internal error. Contact the API owner.";
    let number = |name: &str| Parameter {
        name: name.into(),
        required: false,
        schema: Arc::new(Schema::of_type("integer", &[])),
    };
    let contract = Contract {
        query: vec![number("limit")],
        responses: vec![ResponseContract { status: 200, headers: vec![number("X-Count")], bodies: Vec::new() }],
        has_schemas: true,
        ..Contract::default()
    };
    let contract = Some(Arc::new(contract));
    let asking = |target| MemoryExchange { contract: contract.clone(), ..MemoryExchange::get(target) };
    let sending = |status, headers: &[(&str, &str)]| MemoryExchange {
        examples: vec![(200, "a/b".to_owned(), Vec::new())],
        backend_response: (
            status,
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect(),
            b"abcde".to_vec(),
        ),
        ..asking("/")
    };
    let posting = |body: &str| MemoryExchange { request_body: Some(body.into()), ..asking("/") };
    let content =
        "<validate-content unspecified-content-type-action='ignore' max-size='4' size-exceeded-action='prevent'/>";
    let parameters =
        "<validate-parameters specified-parameter-action='prevent' unspecified-parameter-action='prevent'/>";
    let headers = "<validate-headers specified-header-action='prevent' unspecified-header-action='prevent'/>";
    let status = "<validate-status-code unspecified-status-code-action='prevent'/>";
    let request = |policy, exchange, details| {
        row("204,723", "inbound", policy, exchange).error("Bad request", Is(details)).answer(400, details)
    };
    let response = |policy, exchange, details| {
        row("204,723", "outbound", policy, exchange).error("Response not allowed", Is(details)).answer(502, INTERNAL)
    };
    let long = "Request's body is 5 bytes long and it exceeds the limit of 4 bytes.";
    let unparsable = "Value of the header X-Count couldn't be parsed according to the definition. Could not convert string to integer: x.";
    vec![
        request(parameters, asking("/?other=1"), "Unspecified query parameter other is not allowed."),
        request(
            parameters,
            asking("/?limit=1&limit=2"),
            "Request cannot contain multiple values for the query parameter limit.",
        ),
        request(content, posting("abcde"), long),
        response(content, sending(200, &[]), "Response's body is 5 bytes long and it exceeds the limit of 4 bytes."),
        response(headers, sending(200, &[("X-Count", "x")]), unparsable),
        response(headers, sending(200, &[("X-More", "1")]), "Unspecified header X-More is not allowed."),
        response(status, sending(500, &[]), "Response status code 500 is not allowed."),
    ]
}

fn access() -> Vec<Row> {
    const ALLOW: &str = "<ip-filter action='allow'><address>10.0.0.1</address></ip-filter>";
    const FORBID: &str = "<ip-filter action='forbid'><address>10.0.0.1</address></ip-filter>";
    const CHECK: &str = "<check-header name='X-Key' failed-check-httpcode='402' failed-check-error-message='Pay' ignore-case='false'>\
                         <value>a</value></check-header>";
    const CALLBACK: &str = "Value of callback parameter cb is not a valid JavaScript identifier.";
    let denied = |policy, ip, reason, message| {
        row("200,711", "inbound", policy, from(ip)).error(reason, Is(message)).answer(403, "Forbidden")
    };
    vec![
        denied(ALLOW, None, "FailedToParseCallerIP", "Failed to establish IP address for the caller. Access denied."),
        denied(
            ALLOW,
            Some("10.0.0.2"),
            "CallerIpNotAllowed",
            "Caller IP address 10.0.0.2 is not allowed. Access denied.",
        ),
        denied(FORBID, Some("10.0.0.1"), "CallerIpBlocked", "Caller IP address is blocked. Access denied."),
        row("201,714", "inbound", CHECK, get())
            .error("HeaderNotFound", Is("Header X-Key was not found in the request. Access denied."))
            .answer(402, "Pay"),
        row("201,715", "inbound", CHECK, get().header_line("X-Key", "b"))
            .error("HeaderValueNotAllowed", Is("Header X-Key value of b is not allowed. Access denied."))
            .answer(402, "Pay"),
        row("710", "outbound", "<jsonp callback-parameter-name='cb'/>", MemoryExchange::get("/?cb=1x"))
            .error("CallbackParameterInvalid", Is(CALLBACK))
            .answer(400, CALLBACK),
        row("203", "inbound", "<limit-concurrency key='k' max-count='1'/>", answered(Outcome::Acquired(false)))
            .error("ConcurrencyLimitExceeded", Any)
            .answer(429, "Concurrency limit is exceeded."),
    ]
}

fn tokens() -> Vec<Row> {
    let bearing = |token: &str| get().header_line("Authorization", &format!("Bearer {token}"));
    let jwt = |line, children: &str, exchange| {
        let key = format!("<issuer-signing-keys><key>{SECRET}</key></issuer-signing-keys>");
        let policy = format!("<validate-jwt header-name='Authorization'>{key}{children}</validate-jwt>");
        row(line, "inbound", &policy, exchange)
    };
    let claim = |claim: &str| format!("<required-claims>{claim}</required-claims>");
    let late = MemoryExchange { unix_time: Duration::from_secs(EXPIRY_S + 1), ..bearing(TOKEN) };
    // {"alg":"HS256","kid":"k"} with the claims and the signature of the other: the key is known, the signature is wrong.
    let forged = TOKEN.replacen(TOKEN.split('.').next().unwrap_or_default(), "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsifQ", 1);
    let with_id = |id: &str| {
        let key = format!("<issuer-signing-keys><key id='{id}'>{SECRET}</key></issuer-signing-keys>");
        format!("<validate-jwt header-name='Authorization'>{key}</validate-jwt>")
    };
    const DENIED: Message = EndsWith(". Access denied.");
    let missing = "JWT token is missing the following claims: x, y. Access denied.";
    vec![
        jwt("202,716", "", get()).error("TokenNotPresent", Is("JWT not present.")).answer(401, "JWT not present."),
        row("717", "inbound", &with_id("k"), bearing(&forged)).error("TokenSignatureInvalid", DENIED),
        jwt("718", "<audiences><audience>b</audience></audiences>", bearing(TOKEN))
            .error("TokenAudienceNotAllowed", DENIED),
        jwt("718", "<issuers><issuer>j</issuer></issuers>", bearing(TOKEN)).error("TokenIssuerNotAllowed", DENIED),
        jwt("718", "", late).error("TokenExpired", DENIED),
        row("718", "inbound", &with_id("other"), bearing(&forged)).error("TokenSignatureKeyNotFound", DENIED),
        jwt("719", &claim("<claim name='x'/><claim name='y'/>"), bearing(TOKEN))
            .error("TokenClaimNotFound", Is(missing)),
        jwt("720", &claim("<claim name='appid'><value>b</value></claim>"), bearing(TOKEN))
            .error("TokenClaimValueNotAllowed", Is("Claim appid value of client is not allowed. Access denied.")),
        jwt("721", "", bearing("no.token.atall")).error("JwtInvalid", Any),
    ]
    .into_iter()
    .map(|row| if row.body.is_some() { row } else { row.answer(401, "Invalid JWT.") })
    .collect()
}

fn services() -> Vec<Row> {
    let forward = |failure| answered(Outcome::ForwardFailed(failure));
    let unavailable = ForwardFailure::Other {
        status: 503,
        error: LastError::new("forward-request", "BackendUnavailable", "Service unavailable"),
    };
    let sent = |timed_out| answered(Outcome::Sent(Err(SendFailure { timed_out, message: "why".into() })));
    let send = "<send-request response-variable-name='v'><set-url>http://a.test</set-url><set-method>GET</set-method></send-request>";
    let authorization = "<get-authorization-context provider-id='p' authorization-id='a' context-variable-name='v'/>";
    vec![
        row("705", "backend", "<forward-request/>", forward(ForwardFailure::ClientGone))
            .error("ClientConnectionFailure", Any),
        row("206,706", "backend", "<forward-request/>", forward(ForwardFailure::Connection("refused".to_owned())))
            .error("BackendConnectionFailure", Any),
        // A backend that is not asked because it failed before, as a circuit breaker has it.
        row("205", "backend", "<forward-request/>", forward(unavailable))
            .error("BackendUnavailable", Any)
            .answer(503, "Service unavailable"),
        row("206,722", "backend", "<forward-request/>", forward(ForwardFailure::Timeout)).error("Timeout", Any),
        row("722", "inbound", send, sent(true)).error("Timeout", Any),
        row("706", "inbound", send, sent(false)).error("BackendConnectionFailure", Any),
        row("206,707", "inbound", "<set-variable name='v' value='@(int.Parse(\"x\"))'/>", get())
            .error("ExpressionValueEvaluationFailure", Any),
        row("207", "inbound", authorization, get()).error("AuthorizationContextFailure", Any),
    ]
}

const INTERNAL: &str = "{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"87aeb87f-192c-424c-84d1-32d5bbfec437\" }";

/// What is not as the line says; `wrap` puts the policy into others, `path` is what `LastError.Path` is to be with it.
fn problem(row: &Row, wrap: &str, path: &str) -> Option<String> {
    let element: String = row.policy[1..].chars().take_while(|c| !" />".contains(*c)).collect();
    let policy = row.policy.replacen(&element, &format!("{element} id='the-id'"), 1);
    let wrapped = wrap.replace("{}", &policy);
    let text = format!("<policies><{0}>{wrapped}</{0}></policies>", row.section);
    let (program, diagnostics) = compile_one(&text);
    assert!(!crate::diagnostic::has_errors(&diagnostics), "{text}: {diagnostics:?}");
    let (mut run, mut exchange) = (Run::new(), row.exchange.clone());
    drive(&program, &mut exchange, &mut run);
    let Some(error) = run.last_error() else { return Some(format!("line {}: {text}: no error", row.line)) };
    let is_said = match row.message {
        Is(message) => error.message == message,
        EndsWith(end) => error.message.ends_with(end),
        Any => !error.message.is_empty(),
    };
    let place = (
        error.scope.map(|s| s.as_str()),
        error.section.map(|s| s.as_str()),
        error.path.as_deref(),
        error.policy_id.as_deref(),
    );
    let expected = (Some("api"), Some(row.section), Some(&*path.replace("{}", &element)), Some("the-id"));
    let body = match row.body {
        Some(message) => format!("{{ \"statusCode\": {}, \"message\": \"{message}\" }}", row.status),
        None => INTERNAL.to_owned(),
    };
    let is_answered = (exchange.status, exchange.response_body.as_slice()) == (row.status, body.as_bytes())
        && exchange.lines(Side::Response, "Content-Type") == ["application/json"]
        && row.header.is_none_or(|(name, value)| exchange.lines(Side::Response, name) == [value]);
    let is_named = error.source == element && error.reason == row.reason;
    let is_good = is_said && is_named && place == expected && is_answered;
    let shown = String::from_utf8_lossy(&exchange.response_body).into_owned();
    (!is_good).then(|| format!("line {}: {text}: {error:?}, {} {shown}", row.line, exchange.status))
}

#[test]
fn every_error_has_its_source_reason_message_place_and_answer() {
    let rows: Vec<Row> =
        [counters(), access(), models(), tokens(), validations(), services()].into_iter().flatten().collect();
    let mut problems = Vec::new();
    for row in &rows {
        problems.extend(problem(row, "{}", "{}[1]"));
        // `choose[3]/when[2]`, as the facts have it (line 697).
        let second = "<choose><when condition='@(false)'/><when condition='@(true)'>{}</when></choose>";
        problems.extend(problem(row, second, "choose[1]/when[2]/{}[1]"));
    }
    super::none(&problems);
}
