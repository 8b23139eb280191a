//! Bounds of schemas and documents: both come from outside.

/// Elements within each other in a schema document: reading recurses over them. Generated schemas stay below 30.
pub(crate) const SCHEMA_DEPTH_MAX: usize = 96;

/// Documents of one set that include and import each other, each once per namespace it is read for. The largest standard sets have some 100.
pub(crate) const DOCUMENTS_MAX: usize = 500;

/// Groups, types and substitution heads that refer to each other in a row, besides what stands within each other.
pub(crate) const REFERENCE_DEPTH_MAX: usize = 64;

/// Particles of all content models together, with groups and base types written out wherever they are used: groups that name each other
/// twice would double at every step.
pub(crate) const PARTICLES_MAX: usize = 200_000;

/// Components (types, elements, attributes) of a set.
pub(crate) const COMPONENTS_MAX: usize = 200_000;

/// Ways a content model may be in at once. Unambiguous models have one for most schemas, and a few where occurrence bounds are within each
/// other; beyond this number the remaining ones are not followed.
pub(crate) const WAYS_MAX: usize = 64;

/// Bytes of one compiled pattern: `\p{L}{1,500}` still fits.
pub(crate) const PATTERN_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Parentheses within each other in a pattern.
pub(crate) const PATTERN_DEPTH_MAX: usize = 60;

/// Members of unions within each other, tried one after the other for a value.
pub(crate) const UNION_DEPTH_MAX: usize = 16;

/// Violations that are reported: the first ones are what a caller can use.
pub(crate) const VIOLATIONS_MAX: usize = 20;

/// Names in a list of expected elements; a choice may have thousands.
pub(crate) const EXPECTED_MAX: usize = 100;

/// Characters of a value in a message.
pub(crate) const VALUE_CHARS_MAX: usize = 200;

/// Steps of checking one document: comparisons with candidates of content models, with members of unions, and with paths of identity
/// constraints. Some seconds of work at most; a document of 4 MB with a usual schema takes a million.
pub(crate) const STEPS_MAX: u64 = 100_000_000;
