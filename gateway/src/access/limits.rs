//! Bounds of the access decision.

/// Longest subscription key that is looked at: what APIM allows. A longer value in a request cannot be right, and this many
/// bytes of stack decode a key that is percent-encoded in the query.
pub const KEY_BYTES_MAX: usize = 256;
