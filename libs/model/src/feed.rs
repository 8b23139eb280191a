//! What agent and management say to each other on the configuration endpoint (docs/configuration-endpoint.md).
//!
//! The feed is a stream of JSON lines: one [`FeedLine::Begin`], the resources, one [`FeedLine::End`]. A stream without its
//! end was cut off and must not be applied.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of the feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum FeedLine {
    Begin(FeedBegin),
    /// The resource `id` is now this.
    Put {
        id: String,
        properties: Value,
    },
    /// The resource `id`, and everything under it, is gone.
    Delete {
        id: String,
    },
    End(FeedEnd),
}

/// First line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedBegin {
    pub mode: FeedMode,
    /// Gateway resource the feed is for, in the case it was created with.
    pub gateway: String,
    /// Where the reader stands once it has applied this stream.
    pub continuation: String,
}

/// Whether the stream replaces or changes what the reader has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FeedMode {
    /// Everything there is: forget the rest.
    Snapshot,
    /// What changed since the continuation the reader sent.
    Changes,
}

/// Last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedEnd {
    /// Number of put and delete lines before this one.
    pub count: u64,
}

/// What the agent reports, at start, on every change of state, and every interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Heartbeat {
    /// Tells apart the instances of one gateway resource; stable over restarts of the agent.
    pub instance: String,
    pub agent_version: String,
    pub gateway_version: Option<String>,
    /// Host name, for people.
    pub host: Option<String>,
    pub state: GatewayState,
    /// Why the state is not `ready`.
    pub reason: Option<String>,
    /// Continuation of the configuration the gateway has applied.
    pub continuation: Option<String>,
    /// Generation and root hash (hex) the gateway has applied.
    pub generation: Option<u64>,
    pub root_hash: Option<String>,
    pub driver: Option<String>,
    pub workers: Option<u32>,
    /// RFC 3339.
    pub started_at: Option<String>,
    pub diagnostics: Vec<HeartbeatDiagnostic>,
}

/// What the gateway does at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GatewayState {
    /// Serves the configuration it was given.
    Ready,
    /// Serves an older or partial configuration; `reason` or `diagnostics` say why.
    Degraded,
    /// Serves nothing.
    NotReady,
    /// The agent does not reach its gateway.
    #[default]
    Unknown,
}

/// A finding of the compiler or the gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HeartbeatDiagnostic {
    /// `error` or `warning`.
    pub severity: String,
    pub code: String,
    pub message: String,
    /// Relative ARM id of the resource, for example `/apis/echo/policies/policy`.
    pub scope: String,
    /// File or id the resource came from.
    pub document: Option<String>,
    /// 1-based; 0 when the finding has no position.
    pub line: u32,
    pub column: u32,
    pub suggestion: Option<String>,
}

/// Answer to a heartbeat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HeartbeatReply {
    /// When the next heartbeat is due, in seconds.
    pub interval_seconds: u32,
    /// RFC 3339.
    pub token_expires_at: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FeedBegin, FeedEnd, FeedLine, FeedMode};

    #[test]
    fn lines_have_the_documented_form() {
        let begin = FeedBegin { mode: FeedMode::Snapshot, gateway: "default".into(), continuation: "e-1".into() };
        for (line, expected) in [
            (
                FeedLine::Begin(begin),
                json!({"kind":"begin","mode":"snapshot","gateway":"default","continuation":"e-1"}),
            ),
            (
                FeedLine::Put { id: "/apis/a".into(), properties: json!({"path":"a"}) },
                json!({"kind":"put","id":"/apis/a","properties":{"path":"a"}}),
            ),
            (FeedLine::Delete { id: "/apis/a".into() }, json!({"kind":"delete","id":"/apis/a"})),
            (FeedLine::End(FeedEnd { count: 2 }), json!({"kind":"end","count":2})),
        ] {
            assert_eq!(serde_json::to_value(&line).expect("writes"), expected);
            assert_eq!(serde_json::from_value::<FeedLine>(expected).expect("reads"), line);
        }
    }
}
