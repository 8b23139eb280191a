//! Places in code, and how they become places in the document.
//!
//! Everything in this module counts bytes of the *code*: the text between `@(` and `)` with entities decoded. The document knows where the
//! code stands and how it is written; [`SourceMap`] holds that knowledge.

/// A range of bytes of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// From `start` to before `end`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    /// From the start of `self` to the end of `last`.
    #[must_use]
    pub fn to(self, last: Span) -> Span {
        Span { start: self.start, end: last.end.max(self.start) }
    }
}

/// Maps offsets of the code to offsets of the document the code was taken from.
///
/// A list of runs: from the code offset of a run on, both texts go in step until the next run starts. Code without entities is one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMap {
    runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    code: u32,
    document: u32,
}

impl SourceMap {
    /// The code stands in the document as it is, starting at `document`.
    #[must_use]
    pub fn verbatim(document: u32) -> SourceMap {
        SourceMap { runs: vec![Run { code: 0, document }] }
    }

    /// From the code offset `code` on (which must not be before the last one given), the code stands at `document`.
    pub fn resume(&mut self, code: u32, document: u32) {
        self.runs.push(Run { code, document });
    }

    /// Where the byte `code` of the code stands in the document.
    #[must_use]
    pub fn document_offset(&self, code: u32) -> u32 {
        let behind = self.runs.partition_point(|run| run.code <= code);
        let Some(run) = behind.checked_sub(1).and_then(|index| self.runs.get(index)) else { return code };
        run.document.saturating_add(code - run.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_behind_an_entity_maps_behind_the_entity() {
        // Document: `@(a &lt; b)`; code: `a < b`.
        let mut map = SourceMap::verbatim(2);
        map.resume(2, 4);
        map.resume(3, 8);
        let offsets: Vec<u32> = (0..5).map(|code| map.document_offset(code)).collect();
        assert_eq!(offsets, [2, 3, 4, 8, 9]);
    }

    #[test]
    fn an_empty_map_is_the_identity() {
        assert_eq!(SourceMap { runs: Vec::new() }.document_offset(7), 7);
    }
}
