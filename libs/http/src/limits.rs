//! Every bound on foreign input, with the reason for the number.

/// Longest start line or header line, CRLF included. 16 KiB: what HAProxy (`tune.bufsize`) and most servers take; leaves
/// room for the long URLs and cookies APIs really see. Longer: 414 for the request line, 431 for a header line.
pub const LINE_BYTES: u32 = 16 * 1024;
/// Longest head, start line to blank line. 64 KiB: a full set of large tokens and cookies, and small enough that half-sent
/// heads on ten thousand connections stay under 1 GB. Longer: 431.
pub const HEAD_BYTES: u32 = 64 * 1024;
/// Most header fields in one head. 128: HAProxy takes 101, Apache 100; real requests through a gateway chain stay below 60.
pub const HEADERS: usize = 128;
/// Header fields kept without a heap block. 32 covers browsers behind two proxies.
pub const HEADERS_INLINE: usize = 32;
/// Empty lines ignored before a request line (RFC 9112 §2.2: at least one).
pub const EMPTY_LINES: usize = 1;
/// Longest method token. Registered methods reach 16 (`UPDATEREDIRECTREF` has 17); longer ones cannot be meant: 501.
pub const METHOD_BYTES: usize = 32;
/// Longest host without port: the DNS limit.
pub const HOST_BYTES: usize = 255;
/// Most options over all Connection fields. Bounds the work of matching them against every header (32 × 128 short
/// comparisons); real messages carry one or two.
pub const CONNECTION_OPTIONS: usize = 32;
/// Longest chunk-size line: 16 hexadecimal digits, extensions, CRLF. Extensions carry nothing for us; 4 KiB is what
/// other servers tolerate at most.
pub const CHUNK_LINE_BYTES: u32 = 4 * 1024;
/// Most hexadecimal digits in a chunk size, leading zeros included: a `u64` has 16.
pub const CHUNK_SIZE_DIGITS: u32 = 16;
/// Extension bytes a body may spend before its data pays for them (see [`CHUNK_EXTENSION_DATA_SHARE`]).
pub const CHUNK_EXTENSION_BYTES: u64 = 16 * 1024;
/// Beyond [`CHUNK_EXTENSION_BYTES`] one extension byte is allowed per this many data bytes: a stream of one-byte chunks
/// with large extensions (CVE-2023-39326) ends, a long upload signed per chunk goes on.
pub const CHUNK_EXTENSION_DATA_SHARE: u64 = 16;
/// Longest trailer section, received bytes. Trailers carry checksums and a status, not documents.
pub const TRAILER_BYTES: u32 = 8 * 1024;
/// Most digits of a Content-Length. 19 digits always fit a `u64`; no body that large exists.
pub const CONTENT_LENGTH_DIGITS: usize = 19;
/// Most content codings of one body. Servers apply one; more only multiply the work that a short body asks for.
pub const CONTENT_CODINGS: usize = 2;
/// Content bytes that one step of decoding makes: about a millisecond of the slowest coding.
pub const DECODED_STEP_BYTES: usize = 128 * 1024;
/// Coded bytes that one step looks at: a dozen can ask for new tables, which take microseconds, and make nothing.
pub const CODED_STEP_BYTES: usize = 4 * 1024;
/// Bytes of names and values one overlay may hold: what policies set on one message. As much as a whole received head.
pub const EDIT_BYTES: usize = HEAD_BYTES as usize;
/// Most lines one overlay may add, and most names it may hide: as many as a received head may have.
pub const EDITS: usize = HEADERS;

const _: () = assert!(LINE_BYTES <= HEAD_BYTES, "a line is part of a head");
const _: () = assert!(HEADERS_INLINE <= HEADERS, "inline storage is a part of the allowed headers");
const _: () = assert!(CHUNK_SIZE_DIGITS + 2 <= CHUNK_LINE_BYTES, "a chunk line holds at least its size");

/// The bounds an operator may change. `Default` gives the constants of this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest start line or header line in bytes, CRLF included.
    pub line_bytes: u32,
    /// Longest head in bytes, blank line included.
    pub head_bytes: u32,
    /// Most header fields in a head.
    pub headers: usize,
    /// Longest chunk-size line in bytes, CRLF included.
    pub chunk_line_bytes: u32,
    /// Chunk extension bytes a body may spend before its data pays for them.
    pub chunk_extension_bytes: u64,
    /// Longest trailer section in bytes, received.
    pub trailer_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: LINE_BYTES,
            head_bytes: HEAD_BYTES,
            headers: HEADERS,
            chunk_line_bytes: CHUNK_LINE_BYTES,
            chunk_extension_bytes: CHUNK_EXTENSION_BYTES,
            trailer_bytes: TRAILER_BYTES,
        }
    }
}
