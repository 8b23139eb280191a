//! The messages of the push protocol.
//!
//! Order: the agent sends [`AgentHello`], the gateway answers [`GatewayHello`] with the root hash it runs on. The agent then
//! sends `Begin`, any `Put` and `Drop`, `Commit`; the gateway answers `Applied` or `Rejected`. `Ping` and `Unconfigure` may
//! come at any time between generations. The gateway sends `Stats` and `Health` on its own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{diagnostic::Diagnostic, hash::Hash, part::PartKey};

/// Version of the protocol. Raised with every change of a message or part type: postcard is not self-describing.
pub const PROTOCOL: u16 = 5;

/// From agent to gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentMessage {
    /// First message of a connection.
    Hello(AgentHello),
    /// Opens a generation.
    Begin(Begin),
    /// A new or changed part of the open generation.
    Put(Put),
    /// A part that is no longer in the open generation.
    Drop(PartKey),
    /// Closes the generation: apply it.
    Commit(Commit),
    /// Asks for `Pong`.
    Ping(u64),
    /// There is no configuration to serve: become not ready and say why.
    Unconfigure(String),
}

/// From gateway to agent.
#[derive(Clone, Debug, PartialEq)]
pub enum GatewayMessage {
    /// Answer to [`AgentMessage::Hello`].
    Hello(GatewayHello),
    /// The committed generation is in force on every worker.
    Applied(Applied),
    /// The generation was not applied; the previous one stays in force.
    Rejected(Rejected),
    /// Counters since the start of the gateway.
    Stats(Stats),
    /// State of the gateway.
    Health(Health),
    /// Answer to [`AgentMessage::Ping`] with its number.
    Pong(u64),
}

/// Who connects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentHello {
    /// [`PROTOCOL`] of the agent. Always the first field, in every version, so that a mismatch can be told.
    pub protocol: u16,
    /// Version of the agent's program.
    pub version: String,
}

/// Who answers, and what it runs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayHello {
    /// [`PROTOCOL`] of the gateway. Always the first field, in every version.
    pub protocol: u16,
    /// Version of the gateway's program.
    pub version: String,
    /// Process id of the gateway: a new one means that counters started again.
    pub pid: u32,
    /// Generation in force; `None` = no configuration.
    pub generation: Option<u64>,
    /// Root hash in force; `None` = no configuration.
    pub root_hash: Option<Hash>,
}

/// Opens a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// Its number.
    pub generation: u64,
    /// Root hash of the configuration the following changes are relative to; `None` = they start from nothing.
    pub base: Option<Hash>,
}

/// A part on the wire.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// Which part.
    pub key: PartKey,
    /// Address of `bytes`, as computed by the sender.
    pub hash: Hash,
    /// The encoding.
    pub bytes: Arc<[u8]>,
}

/// Parts hold secrets, so only key and size are shown.
impl std::fmt::Debug for Put {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Put({}, {:?}, {} bytes)", self.key, self.hash, self.bytes.len())
    }
}

/// Closes a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The number given in `Begin`.
    pub generation: u64,
    /// Root hash the receiver must arrive at.
    pub root_hash: Hash,
}

/// A generation is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Its number.
    pub generation: u64,
    /// Its root hash.
    pub root_hash: Hash,
    /// Time from `Commit` to the last worker's switch, in microseconds.
    pub apply_us: u64,
    /// What the gateway left out or found odd.
    pub diagnostics: Vec<Diagnostic>,
}

/// A generation was not applied.
///
/// Each commit is answered once, by `Applied` or by `Rejected` with its number. A `Rejected` with number 0 may come before: a message
/// ahead of the commit was wrong, which is the real reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Its number; 0 ahead of its commit.
    pub generation: u64,
    /// What to do about it.
    pub reason: RejectedReason,
    /// One sentence for people.
    pub message: String,
    /// Details, when the content was the problem.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a generation was not applied, in terms of what the agent does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RejectedReason {
    /// The gateway does not run on the base the agent named: send everything.
    BaseMismatch,
    /// A hash did not fit or messages came out of order: send everything, once.
    Corrupt,
    /// The content cannot be served as a whole: wait for a change.
    Invalid,
}

/// Counters since the start of the gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Generation in force.
    pub generation: Option<u64>,
    /// Requests answered, by status class 1xx..5xx.
    pub requests_by_class: [u64; 5],
    /// Requests whose connection ended before a response.
    pub requests_aborted: u64,
    /// Requests turned away by a rate limit.
    pub rate_limited: u64,
    /// Open connections of callers, now.
    pub connections_open: u64,
    /// Bytes from callers.
    pub bytes_in: u64,
    /// Bytes to callers.
    pub bytes_out: u64,
    /// Access log records that were lost because the writer was behind.
    pub access_log_dropped: u64,
}

impl Stats {
    /// All answered requests.
    pub fn requests(&self) -> u64 {
        self.requests_by_class.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// State of the gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Generation in force.
    pub generation: Option<u64>,
    /// Root hash in force.
    pub root_hash: Option<Hash>,
    /// Whether requests are served.
    pub ready: bool,
    /// Why not, when not.
    pub reason: Option<String>,
    /// `io_uring` or `epoll`.
    pub driver: String,
    /// Seconds since the start.
    pub uptime_s: u64,
    /// One entry per worker.
    pub workers: Vec<WorkerHealth>,
    /// What is wrong with parts of the generation in force.
    pub diagnostics: Vec<Diagnostic>,
}

/// State of one worker thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerHealth {
    /// Its index.
    pub index: u16,
    /// Whether it answered within the heartbeat limit.
    pub alive: bool,
    /// How often it was started again.
    pub restarts: u32,
}

/// Cuts `text` to at most `bytes_max` bytes at a character boundary.
pub(crate) fn truncate(text: &mut String, bytes_max: usize) {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}
