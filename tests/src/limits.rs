//! Every bound of the harness, with the reason for its value.

use std::time::Duration;

/// How long any single event may be waited for. Only a broken build gets near it: on a loaded two-core machine the
/// slowest event (start of three processes in a debug build, its files on a busy disk) has been seen to take 20 s.
pub const HANG: Duration = Duration::from_secs(60);

/// Pause between two looks at something that another process is about to do.
pub const POLL: Duration = Duration::from_millis(2);

/// Last bytes of a process's error output that a failure shows.
pub const ERROR_OUTPUT_BYTES_MAX: usize = 8 * 1024;

/// A policy changed in the management plane must be in force within this time (issue: "in under 1 s").
pub const POLICY_IN_FORCE: Duration = Duration::from_secs(1);

/// Growth of the gateway's memory that 1 GB of streamed body may cause.
pub const STREAMING_GROWTH_BYTES_MAX: u64 = 16 << 20;
