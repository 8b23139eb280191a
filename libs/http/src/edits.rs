//! Header edits as an overlay on received headers: what policies change, without touching the received bytes.
//!
//! Invariants: every name in the overlay is a token and every value is free of control bytes, so nothing that is added can
//! begin a new line; memory is bounded by [`limits::EDIT_BYTES`] and kept for the next message.

use smallvec::SmallVec;
use thiserror::Error;

use crate::octets::{is_token, trim};
use crate::scan::value_len;
use crate::{Header, HeaderId, Headers, Range, limits};

/// Edits of one message's headers. `Default` edits nothing.
#[derive(Clone, Debug, Default)]
pub struct HeaderEdits {
    /// Names and values of everything below.
    arena: Vec<u8>,
    /// Lines to add behind the received ones, in order.
    added: SmallVec<[Added; 8]>,
    /// Received names that do not show any more: the known ones as a set, the others by name.
    hidden_ids: u64,
    hidden_names: SmallVec<[Range; 8]>,
    /// Known names that were edited in any way.
    touched_ids: u64,
    all_hidden: bool,
}

#[derive(Clone, Copy, Debug)]
struct Added {
    id: HeaderId,
    name: Range,
    value: Range,
}

/// Why an edit is refused. The overlay is unchanged then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EditError {
    /// The name is no token (RFC 9110 §5.1).
    #[error("invalid header name")]
    Name,
    /// The value holds a control byte (RFC 9110 §5.5).
    #[error("invalid header value")]
    Value,
    /// More than [`limits::EDITS`] edits, or [`limits::EDIT_BYTES`] of names and values.
    #[error("too many header edits")]
    TooMany,
}

impl HeaderEdits {
    /// Removes every field of this name.
    ///
    /// # Errors
    /// See [`EditError`].
    pub fn remove(&mut self, name: &[u8]) -> Result<(), EditError> {
        self.check(name, b"")?;
        self.hide(name);
        Ok(())
    }

    /// Replaces every field of this name by one. Whitespace around the value is not part of it.
    ///
    /// # Errors
    /// See [`EditError`].
    pub fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), EditError> {
        let value = trim(value);
        self.check(name, value)?;
        self.hide(name);
        self.add(name, value);
        Ok(())
    }

    /// Adds a field behind those of this name.
    ///
    /// # Errors
    /// See [`EditError`].
    pub fn append(&mut self, name: &[u8], value: &[u8]) -> Result<(), EditError> {
        let value = trim(value);
        self.check(name, value)?;
        self.add(name, value);
        Ok(())
    }

    /// Removes every field, received or added.
    pub fn remove_all(&mut self) {
        self.clear();
        self.all_hidden = true;
        self.touched_ids = u64::MAX;
    }

    /// Forgets all edits and keeps the memory.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.added.clear();
        self.hidden_ids = 0;
        self.hidden_names.clear();
        self.touched_ids = 0;
        self.all_hidden = false;
    }

    /// Whether nothing is edited.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.hidden_ids == 0 && self.hidden_names.is_empty() && !self.all_hidden
    }

    /// Whether fields of this name were set, appended or removed.
    pub fn touches(&self, name: &[u8]) -> bool {
        match HeaderId::of(name) {
            HeaderId::Other => self.hides_name(name) || self.added(name).is_some(),
            id => self.touched_ids & id.bit() != 0,
        }
    }

    /// The first value the edits themselves give this name.
    pub fn added(&self, name: &[u8]) -> Option<&[u8]> {
        if self.added.is_empty() {
            return None;
        }
        let id = HeaderId::of(name);
        self.added.iter().find(|line| self.is_named(line, id, name)).map(|line| line.value.of(&self.arena))
    }

    /// The first value of this name as it stands after the edits.
    pub fn first<'a>(&'a self, buffer: &'a [u8], headers: &'a Headers, name: &[u8]) -> Option<&'a [u8]> {
        let id = HeaderId::of(name);
        match headers.find(buffer, name) {
            Some(header) if !self.hides(id, name) => Some(header.value.of(buffer)),
            _ => self.added(name),
        }
    }

    /// Every value of this name as it stands after the edits.
    pub fn all<'a>(
        &'a self,
        buffer: &'a [u8],
        headers: &'a Headers,
        name: &'a [u8],
    ) -> impl Iterator<Item = &'a [u8]> + 'a {
        let id = HeaderId::of(name);
        let hidden = self.hides(id, name);
        let received = headers.find_all(buffer, name).filter(move |_| !hidden).map(|header| header.value.of(buffer));
        received.chain(self.added_values(id, name))
    }

    /// Whether a field of this name stands after the edits.
    pub fn contains(&self, buffer: &[u8], headers: &Headers, name: &[u8]) -> bool {
        self.first(buffer, headers, name).is_some()
    }

    /// Every field, name and value, as it stands after the edits.
    pub fn iter<'a>(
        &'a self,
        buffer: &'a [u8],
        headers: &'a Headers,
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + 'a {
        let received = headers
            .iter()
            .map(|header| (header, header.name.of(buffer)))
            .filter(|&(header, name)| !self.hides(header.id, name))
            .map(|(header, name)| (name, header.value.of(buffer)));
        received.chain(self.added.iter().map(|line| (line.name.of(&self.arena), line.value.of(&self.arena))))
    }

    /// Whether the received fields with this id and name are hidden.
    #[inline]
    fn hides(&self, id: HeaderId, name: &[u8]) -> bool {
        self.all_hidden
            || match id {
                HeaderId::Other => self.hides_name(name),
                id => self.hidden_ids & id.bit() != 0,
            }
    }

    #[inline]
    fn hides_name(&self, name: &[u8]) -> bool {
        self.all_hidden || self.hidden_names.iter().any(|hidden| hidden.of(&self.arena).eq_ignore_ascii_case(name))
    }

    /// Whether a received field with an id of its own is hidden, for a set of ids: the serialiser tests one word.
    #[inline]
    pub(crate) fn hidden_ids(&self) -> u64 {
        if self.all_hidden { u64::MAX } else { self.hidden_ids }
    }

    /// Whether any received field without an id may be hidden.
    #[inline]
    pub(crate) fn hides_others(&self) -> bool {
        self.all_hidden || !self.hidden_names.is_empty()
    }

    /// Whether this received field without an id is hidden.
    #[inline]
    pub(crate) fn hides_other(&self, buffer: &[u8], header: &Header) -> bool {
        self.hides_others() && self.hides_name(header.name.of(buffer))
    }

    /// The ids that were edited in any way.
    #[inline]
    pub(crate) fn touched_ids(&self) -> u64 {
        self.touched_ids
    }

    /// The added lines whose id is not in `left_out`.
    #[inline]
    pub(crate) fn added_lines(&self, left_out: u64) -> impl Iterator<Item = (&[u8], &[u8])> {
        let lines = self.added.iter().filter(move |line| left_out & line.id.bit() == 0);
        lines.map(|line| (line.name.of(&self.arena), line.value.of(&self.arena)))
    }

    fn added_values<'a>(&'a self, id: HeaderId, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + 'a {
        let named = self.added.iter().filter(move |line| self.is_named(line, id, name));
        named.map(|line| line.value.of(&self.arena))
    }

    #[inline]
    fn is_named(&self, line: &Added, id: HeaderId, name: &[u8]) -> bool {
        line.id == id && (id != HeaderId::Other || line.name.of(&self.arena).eq_ignore_ascii_case(name))
    }

    fn check(&self, name: &[u8], value: &[u8]) -> Result<(), EditError> {
        if !is_token(name) {
            return Err(EditError::Name);
        }
        if value_len(value) != value.len() {
            return Err(EditError::Value);
        }
        // A name may be stored twice: once as hidden, once with its value.
        let bytes = self.arena.len() + 2 * name.len() + value.len();
        if bytes > limits::EDIT_BYTES || self.added.len().max(self.hidden_names.len()) >= limits::EDITS {
            return Err(EditError::TooMany);
        }
        Ok(())
    }

    fn hide(&mut self, name: &[u8]) {
        let id = HeaderId::of(name);
        let arena = &self.arena;
        self.added
            .retain(|line| line.id != id || (id == HeaderId::Other && !line.name.of(arena).eq_ignore_ascii_case(name)));
        if id != HeaderId::Other {
            self.hidden_ids |= id.bit();
            self.touched_ids |= id.bit();
        } else if !self.hides_name(name) {
            let name = self.store(name);
            self.hidden_names.push(name);
        }
    }

    fn add(&mut self, name: &[u8], value: &[u8]) {
        let id = HeaderId::of(name);
        self.touched_ids |= id.bit();
        let line = Added { id, name: self.store(name), value: self.store(value) };
        self.added.push(line);
    }

    fn store(&mut self, bytes: &[u8]) -> Range {
        let start = self.arena.len();
        self.arena.extend_from_slice(bytes);
        Range::new(start, self.arena.len())
    }
}

#[cfg(test)]
mod tests;
