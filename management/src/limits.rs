//! Sizes and times, each with its reason.

use std::time::Duration;

/// Largest request body. ARM takes 4 MiB inline; JSON escaping of an OpenAPI document may double that.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How much of a body that is too large is still read (and thrown away), so that the client gets to see the 413 instead of
/// a reset connection.
pub const BODY_BYTES_DRAINED_MAX: usize = 64 * 1024 * 1024;

/// Largest policy document: 256 KiB, APIM's service limit.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;

/// Largest document fetched for a `*-link` format: what the OpenAPI importer accepts.
pub const LINK_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A link that does not answer must not hold a request longer than ARM clients wait.
pub const LINK_TIMEOUT: Duration = Duration::from_secs(30);

/// Redirects followed for a link: a shortener and a canonical host.
pub const LINK_REDIRECTS_MAX: usize = 3;

/// Entities on a page of a list when `$top` does not say.
pub const PAGE_DEFAULT: u64 = 100;

/// Largest page: a page is built in memory.
pub const PAGE_MAX: u64 = 1_000;

/// Longest `$filter`.
pub const FILTER_BYTES_MAX: usize = 4_096;

/// Deepest nesting of parentheses and `not` in `$filter`: it is read by recursion.
pub const FILTER_DEPTH_MAX: usize = 32;

/// Longest request path; three full-length names, percent-encoded, and the ARM prefix.
pub const PATH_BYTES_MAX: usize = 8_192;

/// Gateway tokens live 30 days at most, as in APIM.
pub const GATEWAY_TOKEN_DAYS_MAX: i64 = 30;

/// Longest hold of a feed request. Below the 60 s after which common proxies cut idle connections.
pub const FEED_WAIT_MAX: Duration = Duration::from_secs(55);

/// A feed reader that takes no bytes for this long loses its connection: it holds a read transaction.
pub const FEED_STALL_MAX: Duration = Duration::from_secs(60);

/// Feed lines are handed to the connection in chunks of about this size.
pub const FEED_CHUNK_BYTES: usize = 64 * 1024;

/// Deletions remembered at most, so that the file cannot grow without end by create and delete.
pub const TOMBSTONES_MAX: i64 = 200_000;

/// Time between two heartbeats (APIM: every minute).
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(60);

/// Heartbeats missed before an instance counts as not connected.
pub const HEARTBEATS_MISSED_MAX: u32 = 3;

/// Largest heartbeat: 1,000 diagnostics of 1 KiB.
pub const HEARTBEAT_BYTES_MAX: usize = 1024 * 1024;

/// Diagnostics in one heartbeat; nobody reads more.
pub const HEARTBEAT_DIAGNOSTICS_MAX: usize = 1_000;

/// Longest instance name.
pub const INSTANCE_CHARS_MAX: usize = 64;

/// Instances kept for one gateway resource.
pub const INSTANCES_MAX: i64 = 256;

/// After this long without a heartbeat an instance is forgotten.
pub const INSTANCE_FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Readers of the store at one time. Long polls hold none while they wait.
pub const READERS_MAX: u32 = 16;

/// How long a statement waits for another process that holds the file (a `token` subcommand, a backup).
pub const STORE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long open requests may take to end after SIGTERM.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

const _: () = assert!(BODY_BYTES_DRAINED_MAX > BODY_BYTES_MAX);
const _: () = assert!(POLICY_BYTES_MAX < BODY_BYTES_MAX);
const _: () = assert!(PAGE_DEFAULT <= PAGE_MAX);
