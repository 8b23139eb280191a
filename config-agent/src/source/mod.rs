//! Where configuration comes from. Every source runs as a task of its own and tells the agent what it found; it never decides
//! what is served.
//!
//! What always holds: an [`Update`] is consistent (a feed that was read to its end, a tree that was at rest); a source that
//! cannot be read reports a [`Failure`] and goes on trying; a resource that cannot be read is a [`Problem`] beside the others, which
//! are not held up by it.

pub mod apiops;
pub mod endpoint;
mod state;

use std::{fmt, path::PathBuf, str::FromStr};

use postern_bundle::Diagnostic;
use postern_model::{Inventory, ResourceId};
use tokio::sync::mpsc;
use url::Url;

pub use state::{Dirty, SourceState};

/// Something that gives configuration.
pub trait Source {
    /// Reports updates until the receiver is gone.
    fn run(self, updates: Updates) -> impl Future<Output = ()> + Send;
}

/// A resource that could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The resource; `None` when it is not one a gateway is compiled from.
    pub id: Option<ResourceId>,
    /// What is wrong with it.
    pub diagnostic: Diagnostic,
}

/// What a source reports.
#[derive(Debug)]
pub enum Update {
    /// Everything there is: forget what was known.
    Snapshot(Box<Snapshot>),
    /// What changed since the last update.
    Changes {
        /// In the order in which they apply.
        changes: Vec<Change>,
        /// Where the source stands now.
        continuation: String,
    },
    /// The source cannot be read at the moment. What it gave before stays.
    Failed(Failure),
}

/// All a source has.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The resources.
    pub inventory: Inventory,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Gateway resource this configuration is for, when the source knows.
    pub gateway: Option<String>,
    /// Where the source stands.
    pub continuation: Option<String>,
}

/// One change of a feed.
#[derive(Debug, PartialEq)]
pub enum Change {
    /// The resource is now this.
    Put {
        /// Relative ARM id.
        id: String,
        /// Its properties.
        properties: serde_json::Value,
    },
    /// The resource and everything under it is gone.
    Delete {
        /// Relative ARM id.
        id: String,
    },
}

/// Why a source cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What to expect of further attempts.
    pub kind: FailureKind,
    /// For people.
    pub message: String,
}

/// Kinds of [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Nobody answers, or the answer is cut off or of another protocol.
    Unreachable,
    /// No gateway token is there to be sent. It may be written any moment.
    TokenMissing,
    /// The gateway token is refused.
    Token,
    /// The gateway token was good and is over.
    TokenExpired,
    /// The directory cannot be read.
    Unreadable,
}

impl FailureKind {
    /// The `code` of the event and diagnostic.
    pub fn code(self) -> &'static str {
        match self {
            FailureKind::Unreachable => "source-unreachable",
            FailureKind::TokenMissing => "gateway-token-missing",
            FailureKind::Token => "gateway-token-invalid",
            FailureKind::TokenExpired => "gateway-token-expired",
            FailureKind::Unreadable => "source-unreadable",
        }
    }
}

/// Sends updates of the source with this index.
#[derive(Clone, Debug)]
pub struct Updates {
    index: usize,
    sender: mpsc::Sender<(usize, Update)>,
}

impl Updates {
    /// For source number `index`; the number comes back with each update.
    pub fn new(index: usize, sender: mpsc::Sender<(usize, Update)>) -> Updates {
        Updates { index, sender }
    }

    /// Waits until the agent has room. `false`: the agent is gone, the source should end.
    pub async fn send(&self, update: Update) -> bool {
        self.sender.send((self.index, update)).await.is_ok()
    }

    /// Resolves when the agent is gone.
    pub async fn closed(&self) {
        self.sender.closed().await;
    }
}

/// A source as named on the command line: `endpoint:URL` or `apiops:DIR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceAddress {
    /// Configuration endpoint of a management plane; the base URL, without a slash at its end.
    Endpoint(Url),
    /// APIOps directory.
    Apiops(PathBuf),
}

impl FromStr for SourceAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("endpoint", url)) => endpoint::base_url(url).map(SourceAddress::Endpoint),
            Some(("apiops", "")) => Err("apiops: needs a directory, as in apiops:./artifacts".to_owned()),
            Some(("apiops", dir)) => Ok(SourceAddress::Apiops(PathBuf::from(dir))),
            _ => Err(format!("{text:?} is no source: write endpoint:URL or apiops:DIR")),
        }
    }
}

impl fmt::Display for SourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceAddress::Endpoint(url) => write!(f, "endpoint:{url}"),
            SourceAddress::Apiops(dir) => write!(f, "apiops:{}", dir.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_endpoint_or_a_directory() {
        for (text, shown) in [
            ("endpoint:http://127.0.0.1:7070", "endpoint:http://127.0.0.1:7070/"),
            ("endpoint:gateway.example.com", "endpoint:https://gateway.example.com/"),
            ("endpoint:https://apim.example.com/base/", "endpoint:https://apim.example.com/base"),
            ("apiops:./artifacts", "apiops:./artifacts"),
        ] {
            assert_eq!(text.parse::<SourceAddress>().unwrap().to_string(), shown);
        }
        for text in ["", "apiops:", "endpoint:ftp://x", "endpoint:", "git:x", "./artifacts"] {
            assert!(text.parse::<SourceAddress>().is_err(), "{text}");
        }
    }
}
