//! Bodies as they stream past: which received bytes are content, and where the body ends.
//!
//! The decoder never copies content and never consumes a byte behind the body's end, so what remains in the buffer is the
//! next message.

use thiserror::Error;

use crate::chunk::ChunkDecoder;
use crate::{BodyLength, FieldError, Limits, Range};

/// Most input looked at in one call: positions in it must fit a [`Range`]. No read buffer is nearly as large.
const INPUT_BYTES: usize = 1 << 30;

/// Why a body is broken. For a request: 400 if nothing was answered yet, and close. For a response: the transfer to the
/// client is cut off, so that it does not look complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{}", self.reason())]
pub enum BodyError {
    /// The connection ended before the body did.
    Truncated,
    /// A chunk size is no hexadecimal number, or something other than an extension follows it.
    ChunkSize,
    /// A chunk size has more than [`crate::limits::CHUNK_SIZE_DIGITS`] digits.
    ChunkSizeTooLong,
    /// A chunk extension is not `;name`, `;name=token` or `;name="quoted"`.
    ChunkExtension,
    /// A chunk-size line is longer than [`Limits::chunk_line_bytes`].
    ChunkLineTooLong,
    /// The extensions of all chunks outweigh the data, see [`crate::limits::CHUNK_EXTENSION_BYTES`].
    ChunkExtensionsTooLarge,
    /// A chunk-size line or chunk data does not end with CRLF.
    ChunkLineEnd,
    /// A trailer line is broken.
    Trailer(FieldError),
    /// The trailer section is longer than [`Limits::trailer_bytes`].
    TrailersTooLarge,
}

impl BodyError {
    /// What is wrong, for an error body or a log.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Truncated => "body ended too early",
            Self::ChunkSize => "invalid chunk size",
            Self::ChunkSizeTooLong => "chunk size too long",
            Self::ChunkExtension => "invalid chunk extension",
            Self::ChunkLineTooLong => "chunk line too long",
            Self::ChunkExtensionsTooLarge => "chunk extensions too large",
            Self::ChunkLineEnd => "chunk does not end with CRLF",
            Self::Trailer(error) => error.reason(),
            Self::TrailersTooLarge => "trailer section too large",
        }
    }
}

/// What one call found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Bytes of the input that are dealt with, framing included.
    pub consumed: usize,
    /// Content: a range of the input of this call, possibly empty.
    pub data: Range,
    /// Whether the body is complete.
    pub done: bool,
}

/// Finds the content of one body.
///
/// ```
/// use postern_http::{BodyDecoder, BodyLength};
///
/// let input = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET";
/// let mut decoder = BodyDecoder::new(BodyLength::Chunked);
/// let (mut position, mut content) = (0, Vec::new());
/// while !decoder.is_done() {
///     let decoded = decoder.decode(&input[position..]).expect("well-formed");
///     content.extend_from_slice(decoded.data.of(&input[position..]));
///     position += decoded.consumed;
/// }
/// assert_eq!((&content[..], &input[position..]), (&b"abcde"[..], &b"GET"[..]));
/// ```
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    state: State,
    chunks: ChunkDecoder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// This many bytes remain; 0 is the end of every kind of body.
    Exact(u64),
    Chunked,
    UntilClose,
}

impl BodyDecoder {
    /// A decoder with the default limits.
    pub fn new(length: BodyLength) -> Self {
        Self::with_limits(length, &Limits::default())
    }

    /// A decoder with these limits.
    pub fn with_limits(length: BodyLength, limits: &Limits) -> Self {
        Self { state: State::of(length), chunks: ChunkDecoder::new(limits) }
    }

    /// Begins another body, with the same limits and memory.
    pub fn reset(&mut self, length: BodyLength) {
        self.state = State::of(length);
        self.chunks.reset();
    }

    /// Takes what stands at the start of `input`. One call gives at most one piece of content; call again with the rest
    /// until `done`, or until the input is used up and more must be read. With input left it always consumes something.
    ///
    /// # Errors
    /// The body is broken; the decoder must not be used further before [`BodyDecoder::reset`].
    pub fn decode(&mut self, input: &[u8]) -> Result<Decoded, BodyError> {
        let input = input.get(..INPUT_BYTES).unwrap_or(input);
        let whole = |len: usize, done: bool| Decoded { consumed: len, data: Range::new(0, len), done };
        match self.state {
            State::Exact(remaining) => {
                let len = usize::try_from(remaining).map_or(input.len(), |remaining| remaining.min(input.len()));
                let remaining = remaining - len as u64;
                self.state = State::Exact(remaining);
                Ok(whole(len, remaining == 0))
            }
            State::UntilClose => Ok(whole(input.len(), false)),
            State::Chunked => {
                let decoded = self.chunks.decode(input)?;
                if decoded.done {
                    self.state = State::Exact(0);
                }
                Ok(decoded)
            }
        }
    }

    /// The sender closed the connection: the end of a close-delimited body, a broken body otherwise.
    ///
    /// # Errors
    /// [`BodyError::Truncated`] when bytes are missing.
    pub fn end_of_stream(&mut self) -> Result<(), BodyError> {
        match self.state {
            State::Exact(0) | State::UntilClose => {
                self.state = State::Exact(0);
                Ok(())
            }
            State::Exact(_) | State::Chunked => Err(BodyError::Truncated),
        }
    }

    /// Whether the body is complete.
    pub fn is_done(&self) -> bool {
        self.state == State::Exact(0)
    }

    /// Bytes still to come, where that is known.
    pub fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Exact(remaining) => Some(remaining),
            State::Chunked | State::UntilClose => None,
        }
    }

    /// The trailer lines received, CRLF included, without those that may not be forwarded (RFC 9110 §6.5.1). Complete once
    /// the body is done.
    pub fn trailers(&self) -> &[u8] {
        self.chunks.trailers()
    }
}

impl State {
    fn of(length: BodyLength) -> Self {
        match length {
            BodyLength::None => Self::Exact(0),
            BodyLength::Exact(bytes) => Self::Exact(bytes),
            BodyLength::Chunked => Self::Chunked,
            BodyLength::UntilClose => Self::UntilClose,
        }
    }
}

#[cfg(test)]
mod tests;
