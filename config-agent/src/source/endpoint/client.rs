//! The two requests an agent makes of management.

use std::{net::IpAddr, time::Duration};

use postern_model::feed::{Heartbeat, HeartbeatReply};
use reqwest::{Response, StatusCode, header};
use serde::Deserialize;
use url::{Host, Url};

use super::feed::{Feed, FeedReader};
use crate::{
    limits,
    source::{Failure, FailureKind},
    token::TokenSource,
};

/// How to reach management.
#[derive(Clone, Debug)]
pub struct EndpointOptions {
    /// `config.service.endpoint`, as [`super::base_url`] gives it.
    pub url: Url,
    /// Where the gateway token is.
    pub token: TokenSource,
    /// `config.service.endpoint.disableCertificateValidation`.
    pub accept_invalid_certificates: bool,
    /// Seconds a request for changes may be held.
    pub wait_s: u64,
}

/// A client of one configuration endpoint. Cheap to clone; the token is read again for each request, so that a renewed token
/// file works at once.
#[derive(Clone, Debug)]
pub struct EndpointClient {
    http: reqwest::Client,
    options: EndpointOptions,
}

impl EndpointClient {
    /// Prepares the client; nothing is sent.
    pub fn new(options: EndpointOptions) -> Result<EndpointClient, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("postern-agent/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .danger_accept_invalid_certs(options.accept_invalid_certificates);
        if is_loopback(&options.url) {
            // A proxy meant for the outside cannot reach this machine's own management plane.
            builder = builder.no_proxy();
        }
        Ok(EndpointClient { http: builder.build()?, options })
    }

    /// The address, for events.
    pub fn url(&self) -> &Url {
        &self.options.url
    }

    /// Asks for what changed after `continuation`, waiting for a change; without one, for everything.
    pub async fn feed(&self, continuation: Option<&str>) -> Result<Feed, Failure> {
        let wait_s = if continuation.is_some() { self.options.wait_s } else { 0 };
        let mut url = self.address("configuration/v1/feed");
        if let Some(after) = continuation {
            url.query_pairs_mut().append_pair("after", after).append_pair("wait", &wait_s.to_string());
        }
        let token = self.options.token.read()?;
        let response = self
            .http
            .get(url)
            .header(header::AUTHORIZATION, token.header())
            // Only silence ends the request: a large snapshot may take its time.
            .timeout(Duration::from_secs(wait_s) + limits::FEED_TIMEOUT_EXTRA)
            .send()
            .await?;
        let mut response = accepted(response).await?;
        let mut reader = FeedReader::new();
        while let Some(chunk) = response.chunk().await? {
            reader.push(&chunk)?;
        }
        reader.finish()
    }

    /// Reports the state of the gateway.
    pub async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<HeartbeatReply, Failure> {
        let token = self.options.token.read()?;
        let response = self
            .http
            .post(self.address("configuration/v1/heartbeat"))
            .header(header::AUTHORIZATION, token.header())
            .timeout(limits::HEARTBEAT_TIMEOUT)
            .json(heartbeat)
            .send()
            .await?;
        Ok(accepted(response).await?.json().await?)
    }

    fn address(&self, path: &str) -> Url {
        let mut url = self.options.url.clone();
        url.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
        url
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// The ARM error body.
#[derive(Default, Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorDetail {
    code: String,
    message: String,
}

/// Passes a 200 on; reads anything else as an ARM error.
async fn accepted(mut response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(response);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limits::ERROR_BODY_BYTES_MAX {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    let detail = serde_json::from_slice::<ErrorBody>(&body).unwrap_or_default().error;
    let kind = match (status, detail.code.as_str()) {
        (StatusCode::UNAUTHORIZED, "GatewayTokenExpired") => FailureKind::TokenExpired,
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => FailureKind::Token,
        _ => FailureKind::Unreachable,
    };
    let message = match (detail.code.as_str(), detail.message.as_str()) {
        ("", _) => format!("the configuration endpoint answered {status}"),
        (code, message) => {
            // It ends up in the log, in a heartbeat and in responses: a sentence, not a page.
            let message: String = message.chars().take(limits::ERROR_MESSAGE_CHARS_MAX).collect();
            let code: String = code.chars().take(limits::ERROR_MESSAGE_CHARS_MAX).collect();
            format!("the configuration endpoint answered {status} {code}: {message}")
        }
    };
    Err(Failure { kind, message })
}
