//! HTTP/1.1 as pure state machines: bytes in, heads and body slices out, and back to bytes.
//!
//! This crate is the security boundary of the gateway. What always holds:
//!
//! - **One interpretation or none.** A message either has exactly one meaning for every RFC 9110/9112 reader or it is an
//!   error; nothing is repaired. Framing is decided over *all* Content-Length and Transfer-Encoding values.
//! - **Bytes stay where they are.** A head is a set of [`Range`]s into the caller's buffer; forwarding copies runs of
//!   untouched bytes. Nothing is allocated for a head of up to [`limits::HEADERS_INLINE`] headers, and nothing at all once
//!   a reused value has grown.
//! - **Arbitrary splits.** Feeding a message byte by byte gives the same result as feeding it at once.
//! - **Bounded.** Every line, count and sum over foreign input has a limit in [`limits`].
//! - **No I/O, no clock, no unsafe, no panic on any input.**
//!
//! ```
//! use postern_http::{Limits, Parsed, RequestHead};
//!
//! let buffer = b"GET /echo?x=1 HTTP/1.1\r\nHost: api.example\r\n\r\n";
//! let mut head = RequestHead::default();
//! assert_eq!(head.parse(buffer, &Limits::default()), Ok(Parsed::Complete));
//! assert_eq!(head.path.of(buffer), b"/echo");
//! ```
#![forbid(unsafe_code)]

mod body;
mod chunk;
mod coding;
mod connection;
mod edits;
mod fields;
mod forward;
mod framing;
mod header;
mod header_id;
pub mod limits;
mod local;
mod message;
mod octets;
mod range;
mod request;
mod response;
mod scan;
mod status;
mod target;
mod trailers;
mod write;

pub use body::{BodyDecoder, BodyError, Decoded};
pub use chunk::{CHUNK_HEADER_BYTES_MAX, LAST_CHUNK, encode_chunk_header, encode_last_chunk};
pub use coding::{CodingError, ContentCoding, ContentDecoder, content_codings};
pub use edits::{EditError, HeaderEdits};
pub use fields::FieldError;
pub use forward::{ForwardHeaders, RequestLine, Trust, write_request_head};
pub use framing::{BodyLength, FramingError};
pub use header::{Header, Headers};
pub use header_id::HeaderId;
pub use limits::Limits;
pub use local::{LocalResponse, write_local_response};
pub use message::{Method, Parsed, Version};
pub use octets::{is_field_value, is_request_target, is_token};
pub use range::Range;
pub use request::{RequestError, RequestHead};
pub use response::{ResponseError, ResponseHead};
pub use status::{CONTINUE, has_no_body, reason_phrase};
pub use target::{Authority, AuthorityBuf, TargetForm};
pub use write::{ConnectionHeader, ResponseFraming, WriteError, write_response_head};
