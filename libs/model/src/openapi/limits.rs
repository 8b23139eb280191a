//! Bounds of an import. A document is foreign input: its size, its references and what it expands to are limited here.

/// Bytes of one document. APIM allows 4 MB inline and says nothing for links; the largest public documents (GitHub's
/// with everything bundled) have 12 MB.
pub const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Operations of one document. An order of magnitude over the largest public ones; keeps a hostile document from
/// turning into that many rows.
pub const OPERATIONS_MAX: usize = 20_000;

/// References followed from one place to reach a value. Real chains are two or three long; more is a circle.
pub const REFERENCES_MAX: usize = 16;

/// Characters of a resource name before a `-1` … `-999` suffix (APIM: names have at most 80 characters).
pub const NAME_CHARS_MAX: usize = 76;

/// Highest suffix tried to make a name unique (APIM: `-1…-999`).
pub const NAME_SUFFIX_MAX: u32 = 999;

/// Characters of an operation's name kept as it was written: `NAME_CHARS_MAX` and room for `-999`.
pub const NAME_KEPT_CHARS_MAX: usize = 80;

/// Characters of `displayName` (ARM model: 1 to 300).
pub const DISPLAY_NAME_CHARS_MAX: usize = 300;

/// Characters of an operation's `description` (ARM model).
pub const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// Characters of `urlTemplate` (ARM model).
pub const URL_TEMPLATE_CHARS_MAX: usize = 1_000;

/// Bytes of one example as JSON. A mock response larger than this is a file, not an example.
pub const EXAMPLE_BYTES_MAX: usize = 256 * 1024;

/// Bytes of all examples of one import together: one shared example may be referenced by thousands of operations.
pub const EXAMPLES_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Nested schemas followed when an example is made from a schema. Deeper values are left empty; recursive schemas end
/// here.
pub const SAMPLE_DEPTH_MAX: usize = 8;

/// Values in one example made from a schema: wide and recursive schemas would otherwise grow exponentially with depth.
pub const SAMPLE_VALUES_MAX: usize = 500;

/// Schemas that stand in place and are kept under a name: a few for each operation.
pub const INLINE_SCHEMAS_MAX: usize = 50_000;

/// Warnings kept: the first hundred tell what is going on.
pub const WARNINGS_MAX: usize = 100;

const _: () = assert!(NAME_CHARS_MAX + "-999".len() == NAME_KEPT_CHARS_MAX);
const _: () = assert!(EXAMPLE_BYTES_MAX < EXAMPLES_BYTES_MAX);
