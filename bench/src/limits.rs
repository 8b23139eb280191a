//! Every bound of the tool, with the reason for its value.

use std::time::Duration;

/// Read buffer of one relay direction: a 1 KB response with its head fits many times, and 256 connections stay in the
/// second-level cache.
pub(crate) const RELAY_BUFFER_BYTES: usize = 8 * 1024;

/// Most of a request body that the demo backend shows back: enough to recognise it, small enough for a terminal.
pub(crate) const ECHO_BODY_BYTES_MAX: usize = 4 * 1024;

/// Largest body that the load-test origin keeps in memory and sends.
pub(crate) const ORIGIN_BODY_BYTES_MAX: u64 = 1 << 30;

/// Pending connections of a listener: more than the most connections that `compare` opens at once.
pub(crate) const LISTEN_BACKLOG: i32 = 4096;

/// Submission entries of a ring: more than one per connection of the largest usual run (256), twice (read and write).
pub(crate) const RING_ENTRIES: u32 = 2048;

/// Pause after a failed accept (out of descriptors), so that a full process does not spin.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// How long a started server may take until it answers; nginx and HAProxy need some 50 ms.
pub(crate) const START_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a server may take to end after SIGTERM before it is killed.
pub(crate) const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Pause between two looks at something that another process is about to do.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How long one request of the check before a measurement may take.
pub(crate) const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

/// Largest answer that the check before a measurement reads.
pub(crate) const CHECK_RESPONSE_BYTES_MAX: usize = ORIGIN_BODY_BYTES_MAX as usize + 64 * 1024;

/// Load before the first measured run of each server: fills pools and caches, its figures are thrown away.
pub(crate) const WARM_UP_SECONDS: u32 = 1;

/// Last bytes of a server's own error output that are shown when it does not start.
pub(crate) const ERROR_OUTPUT_BYTES_MAX: usize = 2 * 1024;

/// Depth of the process tree that is summed up: master, worker, helper.
pub(crate) const PROCESS_DEPTH_MAX: usize = 4;

/// Read buffer of the control connection: the gateway's answers are a few hundred bytes.
pub(crate) const PUSH_READ_BYTES: usize = 16 * 1024;
