//! Where tokens stood in the text that they were read from, which messages of `ToObject` tell.
//!
//! A token keeps an offset, in four bytes that nothing else needs, and containers that begin a document, or part of one, keep the text. Lines are counted
//! when somebody asks. What must hold: an offset is one of the text that the nearest container around has, so a token that is put elsewhere loses its own
//! unless it is a container and takes the text along. The original's tokens keep theirs wherever they go.

use std::rc::Rc;

use super::members::Source;
use super::reader::line_and_position;
use super::token::{Content, JToken, Node};

/// Longest text that is kept for its places alone, and searched for one: that takes two milliseconds.
pub const LOCATED_BYTES_MAX: usize = 256 * 1024;

/// An offset as a token keeps it: behind the first character of a container, and behind a value. Of a property it is one behind its name, or behind the
/// colon too; a value with the same stands somewhere behind that.
pub(super) fn place(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(0)
}

impl Node {
    /// The text that this container keeps.
    fn text(&self) -> Option<Rc<Source>> {
        match &self.content {
            Content::Object(members) => members.borrow().source().cloned(),
            Content::Array(_, text) => text.get().cloned(),
            _ => None,
        }
    }

    /// Keeps the text that a container was read from, unless it has one.
    pub(super) fn keep_text(&self, text: &Rc<Source>) {
        match &self.content {
            Content::Object(members) => members.borrow_mut().keep_source(text),
            Content::Array(_, kept) => {
                kept.get_or_init(|| Rc::clone(text));
            }
            _ => {}
        }
    }

    /// The text that its place is one of.
    pub(super) fn read_from(self: &Rc<Node>) -> Option<Rc<Source>> {
        let mut node = Rc::clone(self);
        loop {
            if let Some(text) = node.text() {
                return Some(text);
            }
            if node.place.get() == 0 {
                return None;
            }
            node = node.parent()?;
        }
    }

    /// It was put somewhere else.
    pub(super) fn moved(&self) {
        if self.place.get() != 0 && self.text().is_none() {
            self.place.set(0);
        }
    }

    /// It is about to lose its parent.
    pub(super) fn leaving(self: &Rc<Node>) {
        let is_container = matches!(self.content, Content::Object(_) | Content::Array(..));
        if is_container
            && self.place.get() != 0
            && let Some(text) = self.read_from()
        {
            self.keep_text(&text);
        }
    }
}

impl JToken {
    /// Line and position where a reader stood that had just read it: behind a value, the first character of a container, the colon of a property. `None`
    /// if it was not read.
    #[must_use]
    pub fn read_at(&self) -> Option<(usize, usize)> {
        let place = self.node.place.get();
        let source = (place != 0).then(|| self.node.read_from())??;
        let text = source.whole();
        let at = place as usize;
        let at = match &self.node.content {
            Content::Property { .. } => behind_colon(text, at),
            Content::Value(_) if self.node.parent().is_some_and(|parent| parent.is_property_at(place)) => {
                behind_value(text, behind_colon(text, at))
            }
            _ => at,
        };
        Some(line_and_position(text, at))
    }

    /// How long the text is that [`read_at`](JToken::read_at) looks at.
    #[must_use]
    pub fn read_from_bytes(&self) -> usize {
        let source = if self.node.place.get() == 0 { None } else { self.node.read_from() };
        source.map_or(0, |source| source.whole().len())
    }
}

impl Node {
    fn is_property_at(&self, place: u32) -> bool {
        matches!(self.content, Content::Property { .. }) && self.place.get() == place
    }
}

fn behind_white(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Behind the colon that stands next, if it does.
fn behind_colon(text: &str, at: usize) -> usize {
    let colon = behind_white(text, at);
    if text.as_bytes().get(colon) == Some(&b':') { colon + 1 } else { at }
}

/// Behind the value that stands next, which is one as RFC 8259 writes it.
fn behind_value(text: &str, at: usize) -> usize {
    let start = behind_white(text, at);
    let mut bytes = text.as_bytes().iter().enumerate().skip(start);
    if text.as_bytes().get(start) != Some(&b'"') {
        let mut end = bytes.skip_while(|(_, byte)| !matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'));
        return end.next().map_or(text.len(), |(end, _)| end);
    }
    bytes.next();
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::members::Members;
    use super::super::token::{Content, Node};
    use super::LOCATED_BYTES_MAX;
    use crate::json::{JToken, LoadSettings, parse, parse_with};

    fn at(document: &JToken, path: &str) -> Option<(usize, usize)> {
        document.select_token(path, false).unwrap().unwrap().read_at()
    }

    /// Places as Newtonsoft.Json's messages tell them.
    #[test]
    fn tokens_know_where_they_were_read_however_they_were() {
        let plain = parse("{\"k\":\"v\",\"a\":{\"b\":[1,\n\"x\"]},\"n\": -1.5e3 ,\"e\":\"\\\"q\"}").unwrap();
        assert_eq!(at(&plain, "a.b[1]"), Some((2, 3)));
        assert_eq!(at(&plain, "a.b"), Some((1, 19)));
        assert_eq!(at(&plain, "k"), Some((1, 8)));
        assert_eq!(at(&plain, "n"), Some((2, 17)));
        assert_eq!(at(&plain, "e"), Some((2, 28)));
        assert_eq!(plain.get("k").unwrap().parent().unwrap().read_at(), Some((1, 5)));
        let loose = parse("{ 'a' : 1, b : 'x' /* c */ }").unwrap();
        assert_eq!(at(&loose, "b"), Some((1, 18)));
        assert_eq!(at(&parse("{\"é😀\":1,\r\n\"b\":[true]}").unwrap(), "b[0]"), Some((2, 9)));
        let unplaced = parse_with("{\"a\":[1]}", LoadSettings { places: false, ..LoadSettings::default() }).unwrap();
        assert_eq!((at(&unplaced, "a"), at(&unplaced, "a[0]")), (None, None));
    }

    #[test]
    fn containers_take_their_text_along_and_values_lose_their_place() {
        let read = parse("{\"a\":[[\"x\"],7]}").unwrap();
        let copy = read.get("a").unwrap().deep_clone().unwrap();
        assert_eq!(at(&copy, "[0][0]"), Some((1, 10)));
        let other = parse("{    \"b\":[]}").unwrap();
        let removed = read.select_token("a[0]", false).unwrap().unwrap();
        removed.remove().unwrap();
        assert_eq!(at(&removed, "[0]"), Some((1, 10)));
        other.get("b").unwrap().add(Some(&removed)).unwrap();
        assert_eq!(at(&other, "b[0][0]"), Some((1, 10)));
        // The text of the other document is not its own.
        other.get("b").unwrap().add(read.select_token("a[0]", false).unwrap().as_ref()).unwrap();
        assert_eq!(at(&other, "b[1]"), None);
        assert_eq!(at(&other, "b"), Some((1, 10)));
    }

    #[test]
    fn long_texts_are_not_kept_for_places() {
        let of_length = |length: usize| parse(&format!("[{}1]", " ".repeat(length - 3))).unwrap();
        assert_eq!(at(&of_length(LOCATED_BYTES_MAX), "[0]"), Some((1, LOCATED_BYTES_MAX - 1)));
        assert_eq!(at(&of_length(LOCATED_BYTES_MAX + 1), "[0]"), None);
    }

    #[test]
    fn the_place_of_a_token_takes_no_room() {
        // Two counters and four words of pointers and borrows, beside the content, as without places.
        assert_eq!(size_of::<Node>(), size_of::<Content>() + 4 * size_of::<usize>());
        // Objects need the most; the text of an array fits beside its items.
        assert!(size_of::<Content>() <= size_of::<RefCell<Members>>() + size_of::<usize>());
    }
}
