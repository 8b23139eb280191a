//! Every bound on what a peer may send. Each number stands here with its reason.

/// Largest encoded part. An API with 20,000 operations, each with a policy of 400 bytes, is below 16 MiB; APIM's own
/// limit for one inline OpenAPI document is 4 MB.
pub const PART_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Largest frame payload (kind byte included): one part plus its key and hash.
pub const FRAME_BYTES_MAX: usize = PART_BYTES_MAX + 4 * 1024;

/// Longest name inside a [`crate::PartKey`]. ARM ids are at most 256 characters, each at most 4 bytes.
pub const NAME_BYTES_MAX: usize = 1024;

/// Most parts of one generation: far above any known service (APIM's largest tiers hold some thousand APIs), low enough
/// that the map of a hostile peer stays below 100 MB.
pub const PARTS_MAX: usize = 100_000;

/// Most encoded bytes of one generation. 100,000 subscriptions are about 15 MB, 20,000 operations about 10 MB.
pub const BUNDLE_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Subscriptions, and users, are split over this many parts each, so that one changed subscription of 100,000 sends about 400, not all.
pub const SHARDS: u16 = 256;

/// Most diagnostics in one message: a report for people; what does not fit is counted by the sender.
pub const DIAGNOSTICS_MAX: usize = 1_000;

/// Longest free text (reason, diagnostic message) in a message.
pub const TEXT_BYTES_MAX: usize = 4 * 1024;

const _: () = assert!(FRAME_BYTES_MAX <= u32::MAX as usize, "the length prefix is a u32");
const _: () = assert!(NAME_BYTES_MAX + 64 < FRAME_BYTES_MAX - PART_BYTES_MAX, "a full part fits a frame with its key");
const _: () = assert!(SHARDS == 256, "the shard is the first byte of a hash");
