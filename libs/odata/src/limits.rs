//! Every bound of this crate, with its reason.

/// Most bytes of a path and a query together. Servers take 8 to 16 KiB; callers with more to say use `$batch` or `/$query`.
pub const URL_BYTES_MAX: usize = 64 * 1024;
/// Most segments of a path: the deepest models have a few dozen levels.
pub const SEGMENTS_MAX: usize = 100;
/// Most query options, custom ones and parameter aliases included.
pub const OPTIONS_MAX: usize = 500;
/// Most names of one kind in one place: parameters of a call, values of a key, entity sets of `$crossjoin`, computed properties. Each is compared
/// with those before it.
pub const NAMES_MAX: usize = 200;
/// Deepest nesting of parentheses, lambdas, JSON values and expanded properties; the parser recurses once per level.
pub const NESTING_MAX: usize = 64;
/// Longest name, in characters: models up to version 3 may have names of 480, from version 4 on of 128.
pub const NAME_CHARS_MAX: usize = 480;
/// Most bytes of a model's document, which has to fit into a part of the bundle. The largest public ones (Microsoft Graph, Dynamics) have
/// less than 10 MB.
pub const MODEL_BYTES_MAX: usize = 12 * 1024 * 1024;
/// Most nodes of a model's document, about 100 bytes each.
pub const MODEL_NODES_MAX: u32 = 2_000_000;
/// Longest chain of base types. Every look-up of a property walks it.
pub const BASES_MAX: usize = 100;
/// Most problems told about one model; more help nobody.
pub const PROBLEMS_MAX: usize = 50;
