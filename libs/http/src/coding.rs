//! Content codings (RFC 9110 section 8.4.1): what a body says, when it was sent compressed.
//!
//! What must hold: the content is what every decoder of the coding would make of the body, or there is an error; its length is bounded, and so is
//! the work of one step. Codings come off last applied first.

use std::fmt;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};
use smallvec::SmallVec;
use thiserror::Error;

use crate::limits::{CODED_STEP_BYTES, CONTENT_CODINGS, DECODED_STEP_BYTES};

/// A coding that can be taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentCoding {
    /// RFC 1952; also called `x-gzip`.
    Gzip,
    /// The zlib format of RFC 1950, or RFC 1951 without it, which senders take for the same.
    Deflate,
    /// RFC 7932.
    Brotli,
}

/// Why a body could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodingError {
    /// The bytes are not of this coding.
    #[error("the body is not valid {0}")]
    Malformed(ContentCoding),
    /// The body ends before its content does.
    #[error("the {0} body ends too early")]
    Truncated(ContentCoding),
    /// Something follows the content.
    #[error("bytes follow the end of the {0} body")]
    BytesAfterEnd(ContentCoding),
    /// The content is longer than allowed.
    #[error("the decoded body is longer than {0} bytes")]
    TooLong(usize),
}

impl fmt::Display for ContentCoding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
        })
    }
}

/// The codings that the values of `Content-Encoding` name, in the order in which they were applied; `identity` is none. `None`: one of them is
/// not known here, or there are more than [`CONTENT_CODINGS`].
pub fn content_codings<'v>(
    values: impl IntoIterator<Item = &'v [u8]>,
) -> Option<SmallVec<[ContentCoding; CONTENT_CODINGS]>> {
    let mut codings = SmallVec::new();
    for name in values.into_iter().flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii) {
        if name.is_empty() || name.eq_ignore_ascii_case(b"identity") {
            continue;
        }
        let known = [
            (&b"gzip"[..], ContentCoding::Gzip),
            (b"x-gzip", ContentCoding::Gzip),
            (b"deflate", ContentCoding::Deflate),
            (b"br", ContentCoding::Brotli),
        ];
        let (_, coding) = known.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?;
        if codings.len() == CONTENT_CODINGS {
            return None;
        }
        codings.push(coding);
    }
    Some(codings)
}

/// A body on its way to its content, a step at a time.
#[derive(Debug)]
pub struct ContentDecoder {
    /// What is still to be taken off; the last one is being worked on.
    codings: SmallVec<[ContentCoding; CONTENT_CODINGS]>,
    layer: Option<Layer>,
    /// What the layer before made; the body itself before the first one is off.
    between: Option<Vec<u8>>,
    /// Bytes of the input that are dealt with.
    position: usize,
    out: Vec<u8>,
    bytes_max: usize,
}

impl ContentDecoder {
    /// Takes these codings off and makes at most `bytes_max` bytes, of any layer.
    pub fn new(codings: SmallVec<[ContentCoding; CONTENT_CODINGS]>, bytes_max: usize) -> Self {
        Self { codings, layer: None, between: None, position: 0, out: Vec::new(), bytes_max }
    }

    /// Goes on with `body`, the same one in every step. `None`: there is more to do.
    ///
    /// # Errors
    /// The body is not what its codings say, or its content is too long.
    pub fn step(&mut self, body: &[u8]) -> Result<Option<Vec<u8>>, CodingError> {
        let input = self.between.as_deref().unwrap_or(body);
        let Some(coding) = self.codings.last().copied() else { return Ok(Some(input.to_vec())) };
        let filled = self.out.len();
        // One byte past the limit tells whether there is more.
        let room = DECODED_STEP_BYTES.min((self.bytes_max - filled).saturating_add(1));
        self.out.resize(filled + room, 0);
        let until = input.len().min(self.position + CODED_STEP_BYTES);
        let mut made = 0;
        let has_ended = loop {
            let layer =
                self.layer.get_or_insert_with(|| Layer::new(coding, input.get(self.position..).unwrap_or_default()));
            let piece = input.get(self.position..until).unwrap_or_default();
            let (taken, more, has_ended) = layer.step(piece, self.out.get_mut(filled + made..).unwrap_or_default())?;
            self.position += taken;
            made += more;
            if !has_ended {
                if taken == 0 && more == 0 && made < room {
                    return Err(CodingError::Truncated(coding));
                }
                break false;
            }
            if self.position == input.len() {
                break true;
            }
            if coding != ContentCoding::Gzip {
                return Err(CodingError::BytesAfterEnd(coding));
            }
            // RFC 1952 section 2.2: a file is one member after the other.
            self.layer = None;
            if self.position == until {
                break false;
            }
        };
        self.out.truncate(filled + made);
        if self.out.len() > self.bytes_max {
            return Err(CodingError::TooLong(self.bytes_max));
        }
        if !has_ended {
            return Ok(None);
        }
        self.codings.pop();
        let out = std::mem::take(&mut self.out);
        if self.codings.is_empty() {
            return Ok(Some(out));
        }
        (self.layer, self.between, self.position) = (None, Some(out), 0);
        Ok(None)
    }
}

/// The state of one coding.
enum Layer {
    Zlib(ContentCoding, Decompress),
    Brotli(Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>),
}

impl fmt::Debug for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Zlib(..) => "Zlib",
            Self::Brotli(_) => "Brotli",
        })
    }
}

/// The largest window that the formats have.
const WINDOW_BITS: u8 = 15;

impl Layer {
    fn new(coding: ContentCoding, input: &[u8]) -> Self {
        match coding {
            ContentCoding::Gzip => Self::Zlib(coding, Decompress::new_gzip(WINDOW_BITS)),
            ContentCoding::Deflate => Self::Zlib(coding, Decompress::new(has_zlib_header(input))),
            // Without the large windows, which `br` does not have.
            ContentCoding::Brotli => Self::Brotli(Box::new(BrotliState::new_strict(
                StandardAlloc::default(),
                StandardAlloc::default(),
                StandardAlloc::default(),
            ))),
        }
    }

    /// Bytes taken of `input`, bytes made in `out`, and whether the content has ended.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize, bool), CodingError> {
        match self {
            Self::Zlib(coding, state) => {
                let (taken, made) = (state.total_in(), state.total_out());
                let status =
                    state.decompress(input, out, FlushDecompress::None).map_err(|_| CodingError::Malformed(*coding))?;
                let since = |now: u64, then: u64| usize::try_from(now - then).unwrap_or(usize::MAX);
                let counts = (since(state.total_in(), taken), since(state.total_out(), made));
                Ok((counts.0, counts.1, status == Status::StreamEnd))
            }
            Self::Brotli(state) => {
                let (mut taken, mut made, mut total) = (0, 0, 0);
                let (mut left, mut room) = (input.len(), out.len());
                let result =
                    BrotliDecompressStream(&mut left, &mut taken, input, &mut room, &mut made, out, &mut total, state);
                match result {
                    BrotliResult::ResultSuccess => Ok((taken, made, true)),
                    BrotliResult::NeedsMoreOutput | BrotliResult::NeedsMoreInput => Ok((taken, made, false)),
                    BrotliResult::ResultFailure => Err(CodingError::Malformed(ContentCoding::Brotli)),
                }
            }
        }
    }
}

/// RFC 1950 section 2.2: method 8, and a check over the first two bytes.
fn has_zlib_header(input: &[u8]) -> bool {
    let [method, flags, ..] = input else { return false };
    method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)).is_multiple_of(31)
}

#[cfg(test)]
mod tests;
