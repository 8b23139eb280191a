//! Every bound of the policy language, with its reason.

/// Longest document text after substitution of named values. APIM allows 256 KiB as written; four times that leaves room for values.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;
/// Deepest nesting of elements. Real documents stay below 20; the reader recurses once per level.
pub const ELEMENT_DEPTH_MAX: usize = 64;
/// Most elements in one document: a policy takes about 100 bytes of text, so a full-size document stays below.
pub const ELEMENTS_MAX: usize = 20_000;
/// Most attributes of one element; the longest policy has about 20.
pub const ATTRIBUTES_MAX: usize = 64;
/// Longest name of an element or attribute; the longest of APIM has 35 characters. Messages repeat names in full.
pub const NAME_BYTES_MAX: usize = 128;
/// Most syntax errors reported for one document: behind each the rest is searched for where reading can go on.
pub const SYNTAX_ERRORS_MAX: usize = 20;
/// Deepest nesting of brackets and interpolated strings while looking for the end of an expression; the scanner recurses.
pub const EXPRESSION_DEPTH_MAX: usize = 128;
/// Most findings reported for one document; more help nobody and cost memory.
pub const DIAGNOSTICS_MAX: usize = 100;
/// Longest name of a named value (APIM: 256 characters); anything longer between braces is text.
pub const NAMED_VALUE_NAME_BYTES_MAX: usize = 256;
/// Longest text after substituting named values; one more than a document may have would be refused anyway.
pub const SUBSTITUTED_BYTES_MAX: usize = DOCUMENT_BYTES_MAX;
/// Longest tag in which `template="liquid"` is looked for; the tags of template policies have a handful of short attributes.
pub const TEMPLATE_TAG_BYTES_MAX: usize = 4096;
/// Most instructions of one section of a program, fragments and all scopes included.
pub const INSTRUCTIONS_MAX: usize = 10_000;
/// Longest window of `rate-limit` in seconds (APIM).
pub const RENEWAL_PERIOD_SECONDS_MAX: u64 = 300;
/// Longest `timeout` of `forward-request` in seconds: a day; APIM names no bound, and a typing error should not mean forever.
pub const FORWARD_TIMEOUT_SECONDS_MAX: u64 = 86_400;
/// Most repetitions of `retry` (APIM).
pub const RETRY_COUNT_MAX: u64 = 50;
/// Longest pause of `retry` in seconds: an hour; APIM names no bound, and nobody waits longer for an answer.
pub const RETRY_INTERVAL_SECONDS_MAX: u64 = 3600;
/// Most policies directly in a `wait`: each may be a request under way, and a handful is usual.
pub const WAIT_PARTS_MAX: usize = 64;
/// Longest that a request waits for the value that another one makes in `cache-value`, in milliseconds: as long as `send-request` waits by default.
pub const VALUE_WAIT_MS_MAX: u64 = 60_000;
/// Longest message of `log-to-eventhub` (APIM); longer ones are cut.
pub const EVENT_BYTES_MAX: usize = 200 * 1024;
/// Longest GraphQL request that is executed here, in bytes: queries have their own limit, the rest is variables.
pub const GRAPHQL_REQUEST_BYTES_MAX: u64 = 1024 * 1024;
/// Most resolvers of one request that wait for their data sources together: enough to hide their latency, few enough not to flood one.
pub const RESOLVERS_AT_ONCE: usize = 16;
/// Most resolvers that run one after another without other requests having a turn: most end soon in waiting for their data sources.
pub const RESOLVERS_PER_TURN: usize = 64;
/// Longest `Origin` value that `cors` compares; longer ones match nothing. Scheme, 253 bytes of host name and port fit amply.
pub const ORIGIN_BYTES_MAX: usize = 512;
/// Longest body that `cache-store` keeps (APIM).
pub const CACHED_RESPONSE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Longest body that a policy makes of another: replacing a letter by a page, or a loop of a template, multiplies what the caller sent.
pub const MADE_BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest text of one answer of a language model that is kept to be counted: more than the longest answer of any model has (128 thousand tokens of
/// four bytes). What is beyond is estimated.
pub const KEPT_TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Most windows a text is cut into for `llm-content-safety`, each a request of its own; at the service's longest window they hold a megabyte.
pub const SAFETY_WINDOWS_MAX: usize = 128;
/// Longest text of a request that `llm-semantic-cache-lookup` has embedded; more tokens than any embedding model takes.
pub const EMBEDDED_TEXT_BYTES_MAX: usize = 256 * 1024;
/// Most numbers of an embedding; the largest published model has 4,096.
pub const EMBEDDING_VALUES_MAX: usize = 16 * 1024;
/// Violations of a schema that one message reports: the first few tell what is going on.
pub const VIOLATIONS_MAX: usize = 20;
/// Characters of a caller's text that a message about a schema repeats.
pub const VIOLATION_TEXT_CHARS_MAX: usize = 200;
/// Steps back that a `pattern` of a schema may take on one text: some milliseconds.
pub const PATTERN_STEPS_MAX: usize = 100_000;
/// Bodies up to this are checked against a schema of JSON by the worker itself: about a millisecond. Longer ones are another thread's job.
pub const JSON_CHECKED_AT_ONCE_BYTES_MAX: usize = 64 * 1024;
/// Most schemas of one document that are kept compiled because an expression named them: a policy chooses among a handful.
pub const KEPT_SCHEMAS_MAX: usize = 16;
/// Longest pointer into a document whose schema is kept: what people write is far shorter, what callers make up need not be.
pub const KEPT_POINTER_BYTES_MAX: usize = 1024;
/// Longest text of the document that a message quotes in full: enough for a misspelt word or number. Longer texts may hold the value of a
/// secret named value, and messages end in logs.
pub const QUOTE_CHARS_MAX: usize = 24;
/// What a message shows of a longer text.
pub const QUOTE_CUT_CHARS: usize = 8;
/// Longest name for which a nearest one is looked for; no policy, element or attribute has a longer one.
pub const SUGGESTION_CHARS_MAX: usize = 60;

const _: () = assert!(DOCUMENT_BYTES_MAX <= u32::MAX as usize, "positions are kept in 32 bits");
