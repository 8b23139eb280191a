//! The configuration endpoint of a management plane as a source (docs/configuration-endpoint.md).
//!
//! A snapshot first, then a long poll for changes; after a failure the same continuation is asked for again, so nothing is
//! missed and nothing is applied twice.

mod client;
mod feed;

use std::time::{Duration, Instant};

use postern_model::feed::FeedMode;
use tracing::debug;
use url::Url;

use super::{Failure, FailureKind, Snapshot, Source, Update, Updates};
use crate::backoff::Backoff;

pub use client::{EndpointClient, EndpointOptions};
pub use feed::Feed;

/// A server that answers a long poll at once and has nothing to say does not wait as asked: it is asked this often.
const POLL_PAUSE: Duration = Duration::from_secs(1);

/// Reads a configuration endpoint.
#[derive(Debug)]
pub struct EndpointSource {
    client: EndpointClient,
    backoff: Backoff,
}

impl EndpointSource {
    /// A source that asks `client`, waiting between failures as `backoff` says.
    pub fn new(client: EndpointClient, backoff: Backoff) -> EndpointSource {
        EndpointSource { client, backoff }
    }

    /// One round: asks, reports, and says how long to pause.
    async fn round(&mut self, progress: &mut Progress, updates: &Updates) -> Round {
        let started = Instant::now();
        match self.client.feed(progress.continuation.as_deref()).await {
            Ok(feed) => {
                self.backoff.reset();
                let quiet = feed.is_empty() && !progress.failed;
                let unchanged = quiet && progress.continuation.as_ref() == Some(&feed.continuation);
                debug!(mode = ?feed.mode, changes = feed.count, "configuration feed read");
                progress.continuation = Some(feed.continuation.clone());
                progress.failed = false;
                if !unchanged && !updates.send(update(feed)).await {
                    return Round::End;
                }
                // A server without long poll would be asked in a tight loop.
                Round::Pause(if quiet { POLL_PAUSE.saturating_sub(started.elapsed()) } else { Duration::ZERO })
            }
            Err(failure) => {
                progress.failed = true;
                // What management refuses only an operator can put right.
                let refused = matches!(failure.kind, FailureKind::Token | FailureKind::TokenExpired);
                if !updates.send(Update::Failed(failure)).await {
                    return Round::End;
                }
                Round::Pause(if refused { self.backoff.longest() } else { self.backoff.next_pause() })
            }
        }
    }
}

#[derive(Default)]
struct Progress {
    continuation: Option<String>,
    failed: bool,
}

enum Round {
    Pause(Duration),
    End,
}

impl Source for EndpointSource {
    async fn run(mut self, updates: Updates) {
        let mut progress = Progress::default();
        loop {
            let round = tokio::select! {
                () = updates.closed() => return,
                round = self.round(&mut progress, &updates) => round,
            };
            let Round::Pause(pause) = round else { return };
            tokio::select! {
                () = updates.closed() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

fn update(feed: Feed) -> Update {
    match feed.mode {
        FeedMode::Snapshot => Update::Snapshot(Box::new(Snapshot {
            inventory: feed.inventory,
            problems: feed.problems,
            gateway: Some(feed.gateway),
            continuation: Some(feed.continuation),
        })),
        FeedMode::Changes => Update::Changes { changes: feed.changes, continuation: feed.continuation },
    }
}

/// Reads the base URL of an endpoint: `https://` is meant when no scheme is given, as in APIM's
/// `config.service.endpoint`.
pub fn base_url(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&text).map_err(|error| format!("{text:?} is no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(format!("{text:?} is no http:// or https:// URL"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // The chain names the cause (refused, no such host, certificate); the URL is said by whoever logs this.
        let error = error.without_url();
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Failure { kind: FailureKind::Unreachable, message }
    }
}
