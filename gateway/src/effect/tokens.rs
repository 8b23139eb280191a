//! Tokens of the identity that the gateway runs as (`postern_policy::Effect::Token`), shared by all workers.
//!
//! Where they come from: the endpoint in the variables `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` (App Service, Container Apps, Arc-like agents), else
//! the instance metadata service of Azure's virtual machines. What must hold: one request at a time for a resource; a token is used until five
//! minutes before its end, and if no new one can be had until its end; tokens and the secret never get into a log.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use postern_policy::{HttpRequest, SendFailure, TokenRequest};
use serde::Deserialize;

use super::fetched::{Entry, Fetched};
use crate::client;
use crate::worker::{Active, Context};

/// A token is renewed that long before its end.
const RENEWED_BEFORE: Duration = Duration::from_secs(300);
/// Longest wait for the identity endpoint; it is on the same machine or network.
const FETCH_MS: u64 = 10_000;
/// Longest wait of a request for a fetch that another one began.
const WAIT_MAX: Duration = Duration::from_secs(12);
const METADATA_SERVICE: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

/// A token.
#[derive(Clone)]
pub(crate) struct Token {
    text: Arc<str>,
    ends: Instant,
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Token(ends {:?})", self.ends)
    }
}

/// The identity's endpoint and the tokens it gave.
pub struct Tokens {
    endpoint: Box<str>,
    /// Of `X-IDENTITY-HEADER`; `None`: the endpoint is the metadata service.
    secret: Option<Box<str>>,
    tokens: Fetched<Token>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tokens").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Tokens {
    /// The endpoint that the environment names.
    #[must_use]
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            endpoint: variable("IDENTITY_ENDPOINT").unwrap_or_else(|| METADATA_SERVICE.to_owned()).into(),
            secret: variable("IDENTITY_HEADER").map(String::into_boxed_str),
            tokens: Fetched::default(),
        }
    }

    fn request(&self, wanted: &TokenRequest) -> HttpRequest {
        let (version, header) = match &self.secret {
            Some(secret) => ("2019-08-01", ("X-IDENTITY-HEADER", &**secret)),
            None => ("2018-02-01", ("Metadata", "true")),
        };
        let mut url = format!("{}?api-version={version}&resource=", self.endpoint);
        encode(&mut url, &wanted.resource);
        if let Some(client_id) = &wanted.client_id {
            url.push_str("&client_id=");
            encode(&mut url, client_id);
        }
        HttpRequest {
            method: "GET".into(),
            url: url.into(),
            headers: vec![(header.0.into(), header.1.into())],
            timeout_ms: FETCH_MS,
            ..HttpRequest::default()
        }
    }
}

/// A token for a resource.
pub(crate) async fn token(
    context: &Rc<Context>,
    active: &Rc<Active>,
    wanted: &TokenRequest,
) -> Result<Box<str>, SendFailure> {
    let store = &context.shared.tokens;
    let name = format!("{}\n{}", wanted.client_id.as_deref().unwrap_or_default(), wanted.resource);
    let entry = store.tokens.look(&name);
    if let Some(token) = usable(&entry, RENEWED_BEFORE) {
        return Ok(token);
    }
    if let Some(fetch) = store.tokens.begin(&name) {
        let (context, active, wanted) = (Rc::clone(context), Rc::clone(active), wanted.clone());
        monoio::spawn(async move {
            let request = context.shared.tokens.request(&wanted);
            let result = load(&context, &active, &request).await;
            if let Err(error) = &result {
                tracing::warn!(resource = %wanted.resource, %error, "no token of the managed identity");
            }
            fetch.end(result);
        });
    }
    // A token that still holds for a while does not make anybody wait.
    if let Some(token) = usable(&entry, Duration::from_secs(1)) {
        return Ok(token);
    }
    let entry = store.tokens.wait(&name, WAIT_MAX).await;
    usable(&entry, Duration::ZERO).ok_or_else(|| SendFailure {
        timed_out: entry.fetching,
        message: entry.error.as_deref().unwrap_or("the identity endpoint did not answer in time").into(),
    })
}

fn usable(entry: &Entry<Token>, before: Duration) -> Option<Box<str>> {
    let (token, _) = entry.value.as_ref()?;
    (Instant::now() + before < token.ends).then(|| (*token.text).into())
}

/// What the endpoint answers; numbers come as numbers or as text.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    expires_on: serde_json::Value,
    #[serde(default)]
    expires_in: serde_json::Value,
}

async fn load(context: &Rc<Context>, active: &Active, request: &HttpRequest) -> Result<Token, String> {
    let response =
        client::send(context, active, request.clone()).await.map_err(|failure| failure.message.into_string())?;
    if response.status != 200 {
        return Err(format!("the identity endpoint answered with status {}", response.status));
    }
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    read(&response.body, now_s)
}

fn read(body: &[u8], now_s: u64) -> Result<Token, String> {
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| "the identity endpoint's answer holds no token".to_owned())?;
    let number = |value: &serde_json::Value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
    let until = number(&answer.expires_on).map(|at| at.saturating_sub(now_s));
    // A day at most: an endless token would never be renewed.
    let seconds = until.or_else(|| number(&answer.expires_in)).unwrap_or(0).min(86_400);
    if answer.access_token.is_empty() || !answer.access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the identity endpoint's answer holds no token".to_owned());
    }
    Ok(Token { text: answer.access_token.into(), ends: Instant::now() + Duration::from_secs(seconds) })
}

fn encode(out: &mut String, text: &str) {
    use fmt::Write as _;
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_asked_in_its_own_way() {
        let wanted = TokenRequest { resource: "https://r/.d".into(), client_id: Some("c d".into()) };
        let tokens = |endpoint: &str, secret: Option<&str>| Tokens {
            endpoint: endpoint.into(),
            secret: secret.map(Box::from),
            tokens: Fetched::default(),
        };
        let request = tokens("http://e/token", Some("s")).request(&wanted);
        assert_eq!(
            &*request.url,
            "http://e/token?api-version=2019-08-01&resource=https%3A%2F%2Fr%2F.d&client_id=c%20d"
        );
        assert_eq!(request.headers, [("X-IDENTITY-HEADER".into(), b"s".to_vec())]);
        let request = tokens("http://m", None).request(&TokenRequest { client_id: None, ..wanted });
        assert_eq!(&*request.url, "http://m?api-version=2018-02-01&resource=https%3A%2F%2Fr%2F.d");
        assert_eq!(request.headers, [("Metadata".into(), b"true".to_vec())]);
    }

    #[test]
    fn answers_are_read_with_numbers_or_text() {
        for (body, seconds) in [
            ("{\"access_token\":\"t\",\"expires_on\":\"1600\"}", Some(600)),
            ("{\"access_token\":\"t\",\"expires_on\":1600}", Some(600)),
            ("{\"access_token\":\"t\",\"expires_in\":\"90\"}", Some(90)),
            ("{\"access_token\":\"t\"}", Some(0)),
            ("{\"access_token\":\"\"}", None),
            ("{\"access_token\":\"a\\nb\",\"expires_in\":9}", None),
            ("{\"error\":\"x\"}", None),
            ("no", None),
        ] {
            let token = read(body.as_bytes(), 1000).ok();
            let left =
                token.map(|token| token.ends.saturating_duration_since(Instant::now()).as_secs_f64().ceil() as u64);
            assert_eq!(left, seconds, "{body}");
        }
    }
}
