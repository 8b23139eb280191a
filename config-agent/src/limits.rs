//! Every bound of the agent, each with its reason.

use std::time::Duration;

/// Longest line of the configuration feed: one resource. The largest are policy documents and operations with examples; the
/// largest OpenAPI document a client may import is 16 MiB.
pub const FEED_LINE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most bytes of one answer of the feed. A snapshot with 100,000 subscriptions is about 45 MB.
pub const FEED_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Longest error body of management that is read.
pub const ERROR_BODY_BYTES_MAX: usize = 64 * 1024;

/// Longest error code and message of management that is passed on.
pub const ERROR_MESSAGE_CHARS_MAX: usize = 500;

/// Seconds the management plane is asked to hold a request without change; its own limit is 55.
pub const LONG_POLL_S: u64 = 50;

/// How much longer than the long poll a request may take: a snapshot is sent in this time.
pub const FEED_TIMEOUT_EXTRA: Duration = Duration::from_secs(30);

/// A heartbeat is small: what takes longer than this is a dead peer.
pub const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(10);

/// APIM's interval, used until management names another.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(60);

/// Least time between two heartbeats, however often the state changes.
pub const HEARTBEAT_SPACING: Duration = Duration::from_millis(200);

/// Most diagnostics in a heartbeat: management refuses more.
pub const HEARTBEAT_DIAGNOSTICS_MAX: usize = 1_000;

/// Most bytes of diagnostic texts in a heartbeat; management refuses bodies over 1 MiB.
pub const HEARTBEAT_TEXT_BYTES_MAX: usize = 768 * 1024;

/// Largest policy document or fragment. APIM allows 256 KiB; the configuration endpoint up to 4 MiB.
pub const POLICY_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Largest JSON file of an APIOps directory: properties of one entity.
pub const ENTITY_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Largest API specification: the limit of the importer.
pub const SPECIFICATION_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most files of an APIOps directory: 1,000 APIs with 100 operation policies each.
pub const TREE_FILES_MAX: usize = 200_000;

/// Deepest level below the root that is looked at: `apis/x/operations/y/policy.xml` is 5.
pub const TREE_DEPTH_MAX: usize = 6;

/// No file of a tree may have changed for this long before it is read: whoever writes it is done.
pub const TREE_QUIET: Duration = Duration::from_millis(120);

/// A tree that never comes to rest is read anyway after this time.
pub const TREE_QUIET_MAX: Duration = Duration::from_secs(2);

/// A file that does not parse may be half-written: it is read again after this pause, this often, before it counts as broken.
pub const TREE_RETRY_PAUSE: Duration = Duration::from_millis(250);

/// See [`TREE_RETRY_PAUSE`].
pub const TREE_RETRY_COUNT: u32 = 4;

/// How often a tree is looked at without an event: file systems without notification (network mounts, swapped symlinks).
pub const TREE_POLL: Duration = Duration::from_secs(5);

/// Looking at a tree takes at most one part of this many of the time.
pub const TREE_POLL_SHARE: u32 = 20;

/// First and longest pause before a source or the gateway is tried again.
pub const BACKOFF_FIRST: Duration = Duration::from_secs(1);

/// See [`BACKOFF_FIRST`].
pub const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// Pause before the gateway's socket is tried again: it is local and costs nothing, and a gateway that restarts waits for us.
pub const SOCKET_RETRY: Duration = Duration::from_millis(200);

/// A gateway that does not greet within this time is no gateway.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest time the gateway may take to put a generation in force.
pub const APPLY_TIMEOUT: Duration = Duration::from_secs(60);

/// A silent gateway is pinged this often; two missing answers end the connection.
pub const PING_INTERVAL: Duration = Duration::from_secs(10);

/// Bytes read from the gateway's socket at once.
pub const SOCKET_READ_BYTES: usize = 64 * 1024;

/// Bytes of frames gathered before they are written to the socket.
pub const SOCKET_WRITE_BYTES: usize = 256 * 1024;

/// Least time between two backups: a burst of changes is written once.
pub const BACKUP_SPACING: Duration = Duration::from_secs(2);

/// Largest backup file that is read: a bundle at its limit.
pub const BACKUP_BYTES_MAX: u64 = postern_bundle::limits::BUNDLE_BYTES_MAX as u64 + 1024 * 1024;

/// Largest settings, token or key file.
pub const SMALL_FILE_BYTES_MAX: u64 = 256 * 1024;

/// Updates waiting for the agent: sources wait when it is behind.
pub const QUEUE_LENGTH: usize = 64;

/// Most parsed policy documents kept for the next compile.
pub const DOCUMENT_CACHE_MAX: usize = 100_000;

/// Warn about a gateway token that expires within this time (APIM's advisor does so at 7 days).
pub const TOKEN_WARNING: Duration = Duration::from_secs(7 * 24 * 3600);

/// Most diagnostics that are logged after one compile; the rest is counted.
pub const LOGGED_DIAGNOSTICS_MAX: usize = 200;

/// Comments and processing instructions before a root element that are skipped to tell a fragment from a policy.
pub const LEADING_COMMENTS_MAX: usize = 64;
