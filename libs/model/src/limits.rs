//! Sizes this crate accepts, each with its reason.

/// Longest resource name (ARM: most ids end at 80 characters; an operation id of 76 plus `-999` fits, and imported
/// operation ids that are valid names are kept as they are, so 256, the limit of API names, holds for all).
pub const NAME_CHARS_MAX: usize = 256;

/// Longest relative id: four segments pairs of names plus collection words.
pub const ID_BYTES_MAX: usize = 2_048;

/// Longest gateway token: a name, twelve digits and 88 characters of signature, with room for other key sizes.
pub const GATEWAY_TOKEN_BYTES_MAX: usize = 1_024;
