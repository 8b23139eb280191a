//! The chunked transfer coding (RFC 9112 §7.1), both ways.
//!
//! ```text
//!          ┌──────────────────────────────────────────────┐
//!          ▼                                              │
//!  SizeStart ─▶ Size ─┬────────────────▶ SizeLf ─▶ Data ─▶ DataCr ─▶ DataLf
//!                     └▶ Extension… ───▶   │ size 0
//!                                          └─────▶ Trailers ─▶ Done
//! ```
//!
//! Stricter than the RFC in one point: no whitespace around extensions or behind the size (RFC 9112 has receivers skip
//! it). Every known "chunk extension" desynchronisation hides there, and no known client sends it.

use crate::limits::{CHUNK_EXTENSION_DATA_SHARE, CHUNK_SIZE_DIGITS};
use crate::octets::{is_quoted_byte, is_token_byte, is_value_byte};
use crate::trailers::TrailerSection;
use crate::{BodyError, Decoded, Limits, Range};

/// The last chunk and an empty trailer section.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Most bytes [`encode_chunk_header`] appends.
pub const CHUNK_HEADER_BYTES_MAX: usize = 18;

/// Appends the line that stands before `len` bytes of data. The data follows, then CRLF. Nothing is appended for 0: an
/// empty chunk would end the body.
pub fn encode_chunk_header(len: u64, out: &mut Vec<u8>) {
    if len == 0 {
        return;
    }
    let digits = (u64::BITS - len.leading_zeros()).div_ceil(4);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(len >> (digit * 4) & 0xf) as usize]);
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends the last chunk with these trailer lines (as from [`crate::BodyDecoder::trailers`]).
pub fn encode_last_chunk(trailers: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"0\r\n");
    out.extend_from_slice(trailers);
    out.extend_from_slice(b"\r\n");
}

#[derive(Clone, Debug)]
pub(crate) struct ChunkDecoder {
    state: State,
    /// Size of the current chunk; in `Data` what is left of it.
    size: u64,
    digits: u32,
    /// Bytes of the current chunk-size line.
    line_bytes: u32,
    extension_bytes: u64,
    data_bytes: u64,
    trailers: TrailerSection,
    line_bytes_max: u32,
    extension_bytes_max: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    SizeStart,
    Size,
    /// Behind `;`: a name must follow.
    ExtensionStart,
    ExtensionName,
    /// Behind `=`: a token or a quoted string must follow.
    ExtensionValueStart,
    ExtensionToken,
    ExtensionQuoted,
    /// Behind a backslash in a quoted string.
    ExtensionEscaped,
    /// Behind the closing quote.
    ExtensionEnd,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers,
    Done,
}

impl ChunkDecoder {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            state: State::SizeStart,
            size: 0,
            digits: 0,
            line_bytes: 0,
            extension_bytes: 0,
            data_bytes: 0,
            trailers: TrailerSection::new(limits.trailer_bytes),
            line_bytes_max: limits.chunk_line_bytes,
            extension_bytes_max: limits.chunk_extension_bytes,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.begin_chunk();
        self.extension_bytes = 0;
        self.data_bytes = 0;
        self.trailers.clear();
    }

    pub(crate) fn trailers(&self) -> &[u8] {
        self.trailers.lines()
    }

    /// Walks over framing, takes one piece of data, and walks on to the next piece, so that the end of the body is
    /// reported together with its last data when both were received.
    pub(crate) fn decode(&mut self, input: &[u8]) -> Result<Decoded, BodyError> {
        let mut position = 0;
        let mut data = Range::default();
        while let Some(&byte) = input.get(position) {
            match self.state {
                State::Data if data.is_empty() => {
                    let len = self.take_data(input.len() - position);
                    data = Range::new(position, position + len);
                    position += len;
                }
                State::Data | State::Done => break,
                State::Trailers => {
                    let (consumed, done) = self.trailers.push(input.get(position..).unwrap_or_default())?;
                    position += consumed;
                    if done {
                        self.state = State::Done;
                    }
                }
                _ => {
                    self.step(byte)?;
                    position += 1;
                }
            }
        }
        Ok(Decoded { consumed: position, data, done: self.state == State::Done })
    }

    /// Takes up to `available` bytes of the current chunk.
    fn take_data(&mut self, available: usize) -> usize {
        let len = usize::try_from(self.size).map_or(available, |size| size.min(available));
        self.size -= len as u64;
        self.data_bytes = self.data_bytes.saturating_add(len as u64);
        if self.size == 0 {
            self.state = State::DataCr;
        }
        len
    }

    fn begin_chunk(&mut self) {
        self.state = State::SizeStart;
        self.size = 0;
        self.digits = 0;
        self.line_bytes = 0;
    }

    /// Takes one byte that is neither data nor trailer.
    fn step(&mut self, byte: u8) -> Result<(), BodyError> {
        match self.state {
            State::DataCr if byte == b'\r' => self.state = State::DataLf,
            State::DataLf if byte == b'\n' => self.begin_chunk(),
            State::DataCr | State::DataLf => return Err(BodyError::ChunkLineEnd),
            _ => self.step_in_size_line(byte)?,
        }
        Ok(())
    }

    fn step_in_size_line(&mut self, byte: u8) -> Result<(), BodyError> {
        self.line_bytes += 1;
        if self.line_bytes > self.line_bytes_max {
            return Err(BodyError::ChunkLineTooLong);
        }
        self.state = match (self.state, byte) {
            (State::SizeLf, b'\n') => return self.end_size_line(),
            (State::SizeLf, _) => return Err(BodyError::ChunkLineEnd),
            (State::SizeStart | State::Size, _) if byte.is_ascii_hexdigit() => self.push_digit(byte)?,
            (State::Size, b';') => State::ExtensionStart,
            (State::Size, b'\r') => State::SizeLf,
            (State::Size, b'\n') => return Err(BodyError::ChunkLineEnd),
            (State::SizeStart | State::Size, _) => return Err(BodyError::ChunkSize),
            (state, _) => next_in_extension(state, byte)?,
        };
        if !matches!(self.state, State::Size | State::SizeLf) {
            self.extension_bytes += 1;
        }
        Ok(())
    }

    fn push_digit(&mut self, digit: u8) -> Result<State, BodyError> {
        self.digits += 1;
        if self.digits > CHUNK_SIZE_DIGITS {
            return Err(BodyError::ChunkSizeTooLong);
        }
        let value = char::from(digit).to_digit(16).ok_or(BodyError::ChunkSize)?;
        self.size = self.size << 4 | u64::from(value);
        Ok(State::Size)
    }

    fn end_size_line(&mut self) -> Result<(), BodyError> {
        let allowed = self.extension_bytes_max.saturating_add(self.data_bytes / CHUNK_EXTENSION_DATA_SHARE);
        if self.extension_bytes > allowed {
            return Err(BodyError::ChunkExtensionsTooLarge);
        }
        self.state = if self.size == 0 { State::Trailers } else { State::Data };
        Ok(())
    }
}

/// The state behind `byte` inside a chunk extension.
fn next_in_extension(state: State, byte: u8) -> Result<State, BodyError> {
    Ok(match (state, byte) {
        (State::ExtensionName | State::ExtensionToken | State::ExtensionEnd, b';') => State::ExtensionStart,
        (State::ExtensionName | State::ExtensionToken | State::ExtensionEnd, b'\r') => State::SizeLf,
        (State::ExtensionName, b'=') => State::ExtensionValueStart,
        (State::ExtensionStart | State::ExtensionName, _) if is_token_byte(byte) => State::ExtensionName,
        (State::ExtensionValueStart, b'"') => State::ExtensionQuoted,
        (State::ExtensionValueStart | State::ExtensionToken, _) if is_token_byte(byte) => State::ExtensionToken,
        (State::ExtensionQuoted, b'"') => State::ExtensionEnd,
        (State::ExtensionQuoted, b'\\') => State::ExtensionEscaped,
        (State::ExtensionQuoted, _) if is_quoted_byte(byte) => State::ExtensionQuoted,
        (State::ExtensionEscaped, _) if is_value_byte(byte) => State::ExtensionQuoted,
        (_, b'\n') => return Err(BodyError::ChunkLineEnd),
        _ => return Err(BodyError::ChunkExtension),
    })
}
