//! Every bound of this crate, with its reason.

/// Deepest nesting of brackets in a query's or schema's text; the parser recurses once per level.
pub const NESTING_MAX: usize = 128;
/// Most tokens of a query: what Apollo's router allows too. Real queries have a few hundred.
pub const QUERY_TOKENS_MAX: usize = 15_000;
/// Most tokens of a schema. The largest public ones (GitHub's) have about 300,000.
pub const SCHEMA_TOKENS_MAX: usize = 2_000_000;
/// Deepest nesting of fields, fragments followed: checking and executing recurse. The introspection query of tools has 13 levels.
pub const DEPTH_MAX: usize = 64;
/// Most errors in one answer; more help nobody.
pub const ERRORS_MAX: usize = 50;
/// Most calls of resolvers for one request. A list of 500 with two resolvers per element needs 1,000.
pub const RESOLUTIONS_MAX: usize = 2_000;
/// Most fields and list elements looked at in one round, which holds a worker: far more than an answer that anybody reads.
pub const VALUES_MAX: usize = 100_000;
/// Most bytes of resolvers' results kept for one request.
pub const RESULTS_BYTES_MAX: usize = 16 * 1024 * 1024;
