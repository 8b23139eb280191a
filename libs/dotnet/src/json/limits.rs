//! Every bound of the JSON library, with its reason.

/// Deepest nesting that is read: `JsonReader.MaxDepth` of Newtonsoft.Json 13.
pub(super) const DEPTH_MAX: usize = 64;
/// Longest integer beyond 64 bits that is read, in characters (`MaximumJavascriptIntegerCharacterLength`); longer ones take quadratic time.
pub(super) const INTEGER_CHARS_MAX: usize = 380;
/// Most tokens one copy makes. Adding a token to itself doubles it, so a loop of 40 steps would otherwise ask for 10^12 tokens.
pub(super) const COPIED_TOKENS_MAX: usize = 1 << 20;
/// Longest text one call writes, in bytes. Strings are shared between tokens, so a small document may write to a very long text.
pub(super) const WRITTEN_BYTES_MAX: usize = 64 << 20;
/// Objects with more members than this get an index by name; below it comparing the names one after another is faster.
pub(super) const INDEXED_MEMBERS_MIN: usize = 16;
/// Longest JSONPath, in bytes. The longest public one has less than 200.
pub(super) const PATH_BYTES_MAX: usize = 64 * 1024;
/// Deepest nesting of queries inside each other in a JSONPath; each level is one recursion of its parser and of its evaluation.
pub(super) const QUERY_DEPTH_MAX: u32 = 16;
/// Most steps (tokens looked at, steps of regular expressions) of one JSONPath evaluation: `$..*..*..*` grows with a power of the document's size.
/// This is for documents of some megabytes.
pub(super) const PATH_STEPS_MAX: u64 = 1_000_000;
/// Most steps of a regular expression on one text of a JSONPath's condition, which cannot pause: about five milliseconds.
pub(super) const PATTERN_STEPS_MAX: u64 = 500_000;
/// Deepest nesting of values that are made tokens: each level is a recursion of the caller, and a list that contains itself has no end.
pub(super) const SERIALIZED_DEPTH_MAX: usize = 128;
