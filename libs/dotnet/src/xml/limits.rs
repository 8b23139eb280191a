//! Bounds of XML: documents, stylesheets and JSON come from requests and backends.

/// Bytes of a document's text. Bodies are bounded before; this keeps positions in 32 bits.
pub(super) const DOCUMENT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Elements within each other while reading. No function recurses over a tree, so this only bounds the work per node; real documents
/// stay below 100.
pub(super) const DEPTH_MAX: usize = 4096;

/// Nodes and attributes of a document while reading: about 200 bytes each.
pub(super) const NODES_MAX: usize = 4 * 1024 * 1024;

/// Characters that the expansion of entities may produce: .NET's `MaxCharactersFromEntities` of XDocument.Parse is ten times this, which is
/// more than a gateway should spend on one document.
pub(super) const ENTITY_CHARACTERS_MAX: usize = 1_000_000;

/// Entities within each other.
pub(super) const ENTITY_DEPTH_MAX: usize = 32;

/// Objects and arrays within each other in JSON: `JsonReader.MaxDepth` is 64 by default; converters raise it.
pub(super) const JSON_DEPTH_MAX: usize = 256;

/// Trees that are looked at before one keeps another alive. Expressions join a handful; beyond, a parent may be gone when its child is asked.
pub(super) const JOINED_MAX: usize = 64;

/// Bytes of an XPath expression; they stand in policies and stylesheets.
pub(super) const XPATH_BYTES_MAX: usize = 64 * 1024;

/// Expressions within each other: the parser and the evaluator recurse over them.
pub(super) const XPATH_DEPTH_MAX: usize = 64;

/// Nodes that one evaluation may look at, or one transformation: about a second of work.
pub(super) const XPATH_STEPS_MAX: u64 = 20_000_000;

/// Templates within each other on the stack of the caller, which may be small.
pub(super) const XSLT_DEPTH_NEAR: usize = 60;

/// Templates within each other on a stack of their own. Recursive templates walk over lists; each level takes some kilobytes.
pub(super) const XSLT_DEPTH_FAR: usize = 2000;

/// Bytes of that stack: memory is used only as deep as it goes. How many there are at a time is up to who waits for them.
pub(super) const XSLT_STACK_BYTES: usize = 256 * 1024 * 1024;

/// Elements within each other in a stylesheet: compiling recurses over them.
pub(super) const XSLT_NESTING_MAX: usize = 100;

/// Bytes of a text that a document is converted or transformed to: a long name or prefix may be written over and over again.
pub const MADE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Attributes of an element that is read. Much that is done with elements looks at each attribute for each other one; real documents have dozens.
pub(super) const ATTRIBUTES_MAX: usize = 2048;

/// Declarations of namespaces in scope at a place of a document that is read: every prefix is looked for among them. Real documents have dozens.
pub(super) const NAMESPACES_MAX: usize = 512;
