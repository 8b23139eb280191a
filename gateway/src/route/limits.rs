//! Bounds of routing, each with its reason.

/// Longest path that is routed. The head limits of the HTTP codec are far below; this keeps every range within `u32`
/// whatever those are set to.
pub const PATH_BYTES_MAX: usize = 1 << 20;

/// Segments of one URL template. Matching descends one level of recursion for each: 64 small frames fit any stack, and
/// no published API description comes near.
pub const TEMPLATE_SEGMENTS_MAX: usize = 64;

/// Parameters of one URL template, path and query together: a match keeps them in a fixed array, so that routing never
/// allocates.
pub const TEMPLATE_PARAMETERS_MAX: usize = 32;

/// Bytes of one URL template (APIM allows 1,000 characters; a character may become twelve bytes when it is encoded).
pub const TEMPLATE_BYTES_MAX: usize = 16 * 1024;

/// Steps the worst possible request can cost within one API: overlapping templates (`/{a}/x`, `/y/{b}`) make the matcher
/// go back. The bound is computed when the table is built, so that no request ever meets it; a set of templates beyond
/// is refused. Counted are nodes, patterns and candidates; 4,096 of them are some twenty microseconds.
pub const OVERLAP_STEPS_MAX: u64 = 4096;

/// Operations of one API. The index type allows more; this is the figure that is tested.
pub const OPERATIONS_MAX: usize = 1 << 20;

const _: () = assert!(PATH_BYTES_MAX < u32::MAX as usize);
const _: () = assert!(TEMPLATE_PARAMETERS_MAX <= u8::MAX as usize);
