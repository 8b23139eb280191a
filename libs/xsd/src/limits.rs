//! Bounds of schemas and documents: both come from outside.

/// Elements within each other in a schema document: reading recurses over them. Generated schemas stay below 30.
pub(crate) const SCHEMA_DEPTH_MAX: usize = 96;

/// Documents of one set that include and import each other, each once per namespace it is read for. The largest standard sets have some 100.
pub(crate) const DOCUMENTS_MAX: usize = 500;

/// Inclusions and imports in a set: each is looked up among all documents.
pub(crate) const DOCUMENT_REFERENCES_MAX: usize = 10_000;

/// Groups, types and substitution heads that refer to each other in a row, besides what stands within each other.
pub(crate) const REFERENCE_DEPTH_MAX: usize = 64;

/// Particles within each other in a content model, with the groups that they refer to: reading and compiling recurse over them.
pub(crate) const PARTICLE_DEPTH_MAX: usize = 100;

/// Particles and attributes of all types together, with groups and base types written out wherever they are used: groups that name each other
/// twice would double at every step.
pub(crate) const PARTICLES_MAX: usize = 200_000;

/// Components (types, elements, attributes) of a set.
pub(crate) const COMPONENTS_MAX: usize = 200_000;

/// Steps of looking for ambiguity in the content models of a set. Beyond, they are taken for unambiguous: checking copes either way.
pub(crate) const AMBIGUITY_STEPS_MAX: u64 = 30_000_000;

/// Ways a content model may be in at once. Unambiguous models have one for most schemas, and a few where occurrence bounds are within each
/// other; beyond this number the remaining ones are not followed.
pub(crate) const WAYS_MAX: usize = 64;

/// Steps of matching one pattern against one value: so many, and so many for each byte of it. Real patterns take one to ten a byte; one with
/// catastrophic backtracking takes more than any number, and no worker stands still for it longer than ten milliseconds.
pub(crate) const PATTERN_STEPS_MIN: u64 = 1_000_000;
pub(crate) const PATTERN_STEPS_PER_BYTE: u64 = 16;

/// Items of one list: each takes some 80 bytes while it is compared.
pub(crate) const LIST_ITEMS_MAX: usize = 500_000;

/// Members of unions within each other, tried one after the other for a value.
pub(crate) const UNION_DEPTH_MAX: usize = 16;

/// Violations that are reported: the first ones are what a caller can use.
pub(crate) const VIOLATIONS_MAX: usize = 20;

/// Names in a list of expected elements; a choice may have thousands.
pub(crate) const EXPECTED_MAX: usize = 100;

/// Characters of a value in a message.
pub(crate) const VALUE_CHARS_MAX: usize = 200;

/// Steps of ten nanoseconds of checking one document, or of values in one set of schemas: comparisons with candidates of content models, with
/// members of unions and enumerations, with paths of identity constraints, and what patterns take. About a second; a document of 4 MB with a
/// usual schema takes a tenth of it.
pub(crate) const STEPS_MAX: u64 = 100_000_000;
