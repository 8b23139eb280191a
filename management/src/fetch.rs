//! Fetches the document behind a `*-link` value, bounded in time, size and redirects.
//!
//! Who may send a link is the operator, whose documents often stand on a private host, so private addresses are allowed;
//! link-local ones are not: the metadata services of clouds answer there with credentials.

use std::net::IpAddr;

use futures_util::StreamExt;
use url::{Host, Url};

use crate::error::ArmError;
use crate::limits::{LINK_BYTES_MAX, LINK_REDIRECTS_MAX, LINK_TIMEOUT};

/// A client for links; clones share its connections.
#[derive(Clone)]
pub struct Links {
    client: reqwest::Client,
}

impl Links {
    pub fn new() -> Result<Self, reqwest::Error> {
        let redirects = reqwest::redirect::Policy::custom(|attempt| {
            if attempt.previous().len() > LINK_REDIRECTS_MAX {
                attempt.error("too many redirects")
            } else if refused(attempt.url()) {
                attempt.error("redirected to an address that is not allowed")
            } else {
                attempt.follow()
            }
        });
        let client = reqwest::Client::builder()
            .timeout(LINK_TIMEOUT)
            .redirect(redirects)
            .user_agent(concat!("postern-management/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    /// The document behind `link` as text. Errors name `target`, the property that holds the link.
    pub async fn text(&self, link: &str, target: &str) -> Result<String, ArmError> {
        let failed =
            |reason: String| ArmError::field(target, format!("the document at '{link}' cannot be read: {reason}"));
        let url = Url::parse(link.trim()).map_err(|error| failed(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || refused(&url) {
            return Err(failed("only http and https URLs of hosts that are not link-local are allowed".to_owned()));
        }
        let response = self.client.get(url).send().await.map_err(|error| failed(reason(&error)))?;
        if !response.status().is_success() {
            return Err(failed(format!("the host answered {}", response.status())));
        }
        let mut bytes = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| failed(reason(&error)))?;
            if bytes.len() + chunk.len() > LINK_BYTES_MAX {
                return Err(failed(format!("it is larger than {LINK_BYTES_MAX} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
    }
}

fn refused(url: &Url) -> bool {
    let address: IpAddr = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.to_canonical(),
        Some(Host::Domain(_)) => return false,
        None => return true,
    };
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    }
}

/// The error with its causes: reqwest's own text says only that sending failed.
fn reason(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn link_local_addresses_are_refused_and_private_ones_are_not() {
        let is_refused = |text: &str| refused(&text.parse().expect(text));
        assert!(is_refused("http://169.254.169.254/latest/meta-data"));
        assert!(is_refused("http://[fe80::1]/"));
        assert!(is_refused("http://[::ffff:169.254.169.254]/"));
        assert!(!is_refused("http://127.0.0.1:8000/openapi.json"));
        assert!(!is_refused("https://example.org/openapi.json"));
    }
}
