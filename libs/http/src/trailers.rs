//! Trailer sections (RFC 9112 §7.1.2): collected because they may arrive in pieces, validated like headers, and filtered.

use crate::fields::{Window, parse_field};
use crate::{BodyError, Header};

/// The trailer section of one chunked body. Holds at most the limit's bytes; allocates only when a trailer line comes.
#[derive(Clone, Debug)]
pub(crate) struct TrailerSection {
    /// The lines kept so far, then the bytes of the unfinished line.
    lines: Vec<u8>,
    /// Where the unfinished line begins in `lines`.
    line_start: usize,
    /// Bytes received, dropped lines included.
    received: usize,
    received_max: usize,
}

impl TrailerSection {
    pub(crate) fn new(bytes_max: u32) -> Self {
        Self { lines: Vec::new(), line_start: 0, received: 0, received_max: bytes_max as usize }
    }

    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.line_start = 0;
        self.received = 0;
    }

    /// The finished lines that may be forwarded.
    pub(crate) fn lines(&self) -> &[u8] {
        self.lines.get(..self.line_start).unwrap_or_default()
    }

    /// Takes bytes up to the end of one line: how many, and whether the section ended with them. Empty input takes none.
    pub(crate) fn push(&mut self, input: &[u8]) -> Result<(usize, bool), BodyError> {
        let allowed = input.get(..self.received_max - self.received).unwrap_or(input);
        let Some(line_feed) = allowed.iter().position(|&byte| byte == b'\n') else {
            if allowed.len() < input.len() {
                return Err(BodyError::TrailersTooLarge);
            }
            self.lines.extend_from_slice(allowed);
            self.received += allowed.len();
            return Ok((allowed.len(), false));
        };
        let consumed = line_feed + 1;
        self.lines.extend_from_slice(allowed.get(..consumed).unwrap_or_default());
        self.received += consumed;
        let done = self.end_line()?;
        Ok((consumed, done))
    }

    /// Judges the line that has just been completed; `true` for the empty line that ends the section.
    fn end_line(&mut self) -> Result<bool, BodyError> {
        let line = self.lines.get(self.line_start..).unwrap_or_default();
        if line == b"\r\n" {
            self.lines.truncate(self.line_start);
            return Ok(true);
        }
        let mut header = Header::default();
        let window = Window { bytes: line, exceeded: None };
        let len = parse_field(window, 0, &mut header).map_err(BodyError::Trailer)?;
        debug_assert_eq!(len, Some(line.len()), "a line that ends with LF is complete");
        if !header.id.is_allowed_in_trailer() {
            self.lines.truncate(self.line_start);
        }
        self.line_start = self.lines.len();
        Ok(false)
    }
}
