//! The header fields of one head: ranges into the buffer, an id each, and a set of the ids present.

use smallvec::SmallVec;

use crate::limits::HEADERS_INLINE;
use crate::{HeaderId, Range};

/// One field line. The line itself begins at `name.start` and ends where the next one begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Which known name this is.
    pub id: HeaderId,
    /// Meant for this connection only and not forwarded: by its name, or because `Connection` lists it.
    pub hop_by_hop: bool,
    /// The name as received.
    pub name: Range,
    /// The value without the whitespace around it.
    pub value: Range,
}

/// The field lines of a head in the order received.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    list: SmallVec<[Header; HEADERS_INLINE]>,
    present: u64,
    /// Where the field lines end in the buffer, before the blank line.
    end: u32,
}

impl Headers {
    /// All fields in order.
    #[inline]
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.list.iter()
    }

    /// Number of field lines.
    #[inline]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no field line.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether a field with this id is present; one bit test.
    #[inline]
    pub fn contains(&self, id: HeaderId) -> bool {
        self.present & id.bit() != 0
    }

    /// The first field with this id.
    #[inline]
    pub fn first(&self, id: HeaderId) -> Option<&Header> {
        self.all(id).next()
    }

    /// Every field with this id, in order.
    #[inline]
    pub fn all(&self, id: HeaderId) -> impl Iterator<Item = &Header> {
        let candidates = if self.contains(id) { self.list.as_slice() } else { &[] };
        candidates.iter().filter(move |header| header.id == id)
    }

    /// The first field with this name, compared without case. `buffer` is the one the head was parsed from.
    #[inline]
    pub fn find(&self, buffer: &[u8], name: &[u8]) -> Option<&Header> {
        self.find_all(buffer, name).next()
    }

    /// As [`Headers::find`], for a name whose id is known.
    #[inline]
    pub fn find_as(&self, buffer: &[u8], id: HeaderId, name: &[u8]) -> Option<&Header> {
        self.all_as(buffer, id, name).next()
    }

    /// Every field with this name, in order, compared without case.
    #[inline]
    pub fn find_all(&self, buffer: &[u8], name: &[u8]) -> impl Iterator<Item = &Header> {
        self.all_as(buffer, HeaderId::of(name), name)
    }

    #[inline]
    fn all_as(&self, buffer: &[u8], id: HeaderId, name: &[u8]) -> impl Iterator<Item = &Header> {
        self.all(id).filter(move |header| id != HeaderId::Other || header.name.of(buffer).eq_ignore_ascii_case(name))
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.present = 0;
        self.end = 0;
    }

    #[inline]
    pub(crate) fn push(&mut self, header: Header) {
        self.present |= header.id.bit();
        self.list.push(header);
    }

    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Header> {
        self.list.iter_mut()
    }

    pub(crate) fn set_end(&mut self, end: usize) {
        self.end = Range::new(0, end).end;
    }

    /// Whether a field is present whose id is in this set.
    #[inline]
    pub(crate) fn contains_any(&self, ids: u64) -> bool {
        self.present & ids != 0
    }

    /// All lines, their CRLF included.
    #[inline]
    pub(crate) fn lines(&self) -> Range {
        Range { end: self.end, ..self.line(0) }
    }

    /// The whole line of the field at `index`, its CRLF included.
    #[inline]
    pub(crate) fn line(&self, index: usize) -> Range {
        let start = self.list.get(index).map_or(self.end, |header| header.name.start);
        let end = self.list.get(index + 1).map_or(self.end, |header| header.name.start);
        Range { start, end }
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = &'a Header;
    type IntoIter = std::slice::Iter<'a, Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
