//! The common case of reading: objects and arrays as RFC 8259 writes them, made a document in one go.
//!
//! What must hold: whatever comes out is what the [`Reader`] makes of the same text. At the first thing that is not plain (another dialect's
//! freedom, an error, a limit) this gives up, and the reader, which knows them all and their messages, reads the text from its start.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::limits::DEPTH_MAX;
use super::load::{attach, attach_plain, attach_value};
use super::members::{PlainValue, Source, Span};
use super::places::{LOCATED_BYTES_MAX, place};
use super::reader::{Reader, find_either, may_be_date, string_value};
use super::token::{Content, JToken, Node};
use super::{FloatParseHandling, LoadSettings, Scalar};
use crate::Text;

/// Longest integer that fits 64 bits whatever its digits are.
const INTEGER_DIGITS_MAX: usize = 18;

struct Plain<'t> {
    text: &'t str,
    bytes: &'t [u8],
    /// Offset of the next byte.
    at: usize,
    settings: LoadSettings,
    /// The last string that had escapes.
    made: Text,
}

/// A string that was read. Small, as it is handed on for each name.
#[derive(Clone, Copy)]
enum Piece {
    /// It is there as it is.
    At(Span),
    /// It has escapes: [`Plain::made`], until the next string.
    Made,
}

/// What may come next in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// An item or the end.
    First,
    /// An item.
    Item,
    /// A comma or the end.
    Comma,
}

/// Where reading stands between two items.
pub(super) struct Place {
    at: usize,
    source: Rc<Source>,
    root: Rc<Node>,
    parent: Rc<Node>,
    /// Containers around `parent`, the innermost last.
    open: Vec<Rc<Node>>,
    next: Next,
}

impl Place {
    /// Of the next byte.
    pub(super) fn offset(&self) -> usize {
        self.at
    }
}

/// What a piece of reading came to.
pub(super) enum Reached {
    End(JToken),
    /// The text goes on.
    Paused(Place),
}

/// The document of a text that begins with `first` (`{` or `[`; `None`: either). `None`: the text is not plain.
pub(super) fn load(text: &str, settings: LoadSettings, first: Option<u8>) -> Option<JToken> {
    match go_on(text, settings, begin(text, settings, first)?, usize::MAX)? {
        Reached::End(token) => Some(token),
        Reached::Paused(_) => None,
    }
}

/// Opens the document. `None`: the text is not plain.
pub(super) fn begin(text: &str, settings: LoadSettings, first: Option<u8>) -> Option<Place> {
    let mut plain = Plain { text, bytes: text.as_bytes(), at: 0, settings, made: Text::default() };
    plain.skip_white();
    let begins = plain.peek()?;
    if first.is_some_and(|first| first != begins) {
        return None;
    }
    let root = Node::new(container(begins)?);
    plain.at += 1;
    root.place.set(plain.place_at(plain.at));
    let (source, parent) = (Source::new(text), root.clone());
    Some(Place { at: plain.at, source, parent, root, open: Vec::with_capacity(8), next: Next::First })
}

/// Reads about `bytes` bytes further, whole items. `None`: the text is not plain.
pub(super) fn go_on(text: &str, settings: LoadSettings, place: Place, bytes: usize) -> Option<Reached> {
    let mut plain = Plain { text, bytes: text.as_bytes(), at: place.at, settings, made: Text::default() };
    let pause_at = place.at.saturating_add(bytes);
    plain.document(place, pause_at)
}

impl Plain<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// An offset as the place of a token.
    #[inline]
    fn place_at(&self, at: usize) -> u32 {
        if self.settings.places { place(at) } else { 0 }
    }

    #[inline]
    fn skip_white(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// The next byte that is not white; it stays the next one.
    #[inline]
    fn after_white(&mut self) -> Option<u8> {
        match self.peek()? {
            b' ' | b'\n' | b'\r' | b'\t' => {
                self.skip_white();
                self.peek()
            }
            byte => Some(byte),
        }
    }

    fn document(&mut self, place: Place, pause_at: usize) -> Option<Reached> {
        let Place { source, root, mut open, mut parent, mut next, .. } = place;
        let mut end = end_of(&parent);
        loop {
            if self.at >= pause_at {
                return Some(Reached::Paused(Place { at: self.at, source, root, open, parent, next }));
            }
            let mut byte = self.after_white()?;
            if next == Next::Comma && byte == b',' {
                self.at += 1;
                next = Next::Item;
                byte = self.after_white()?;
            }
            if byte == end {
                if next == Next::Item {
                    return None;
                }
                self.at += 1;
                next = Next::Comma;
                let Some(outer) = open.pop() else {
                    self.skip_white();
                    return (self.at == self.bytes.len()).then(|| {
                        if self.settings.places && self.bytes.len() <= LOCATED_BYTES_MAX {
                            root.keep_text(&source);
                        }
                        Reached::End(JToken::from_node(root))
                    });
                };
                parent = outer;
                end = end_of(&parent);
                continue;
            }
            if next == Next::Comma {
                return None;
            }
            let (mut name, mut named_at) = (None, 0);
            if end == b'}' {
                name = Some(self.name()?);
                named_at = self.at;
                byte = self.after_white()?;
            }
            next = Next::Comma;
            if let Some(content) = container(byte) {
                self.at += 1;
                let places = (self.place_at(named_at), self.place_at(self.at));
                let inner = attach(&parent, name.map(|name| self.text_of(name)), content, places);
                open.push(std::mem::replace(&mut parent, inner));
                if open.len() >= DEPTH_MAX {
                    return None;
                }
                end = end_of(&parent);
                next = Next::First;
            } else {
                match name {
                    Some(Piece::At(name)) => attach_plain(&parent, &source, name, self.plain_value(byte)?),
                    name => {
                        let name = name.map(|name| self.text_of(name));
                        let value = self.scalar(byte)?;
                        attach_value(&parent, name, value, (self.place_at(named_at), self.place_at(self.at)));
                    }
                }
            }
        }
    }

    /// A name and the colon behind it.
    #[inline]
    fn name(&mut self) -> Option<Piece> {
        let name = self.string()?;
        if self.after_white()? != b':' {
            return None;
        }
        self.at += 1;
        Some(name)
    }

    fn scalar(&mut self, first: u8) -> Option<Scalar> {
        let value = match first {
            b'"' => {
                let text = self.string()?;
                return Some(string_value(self.text_of(text), self.settings.parse_dates));
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word("true", Scalar::Boolean(true))?,
            b'f' => self.word("false", Scalar::Boolean(false))?,
            b'n' => self.word("null", Scalar::Null)?,
            _ => return None,
        };
        matches!(self.peek(), Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t')).then_some(value)
    }

    fn word(&mut self, word: &str, value: Scalar) -> Option<Scalar> {
        let tail = self.bytes.get(self.at..)?;
        self.at += word.len();
        tail.starts_with(word.as_bytes()).then_some(value)
    }

    /// The value of a member.
    #[inline]
    fn plain_value(&mut self, first: u8) -> Option<PlainValue> {
        if first != b'"' {
            return self.scalar(first).map(PlainValue::Scalar);
        }
        match self.string()? {
            Piece::At(place) if !(self.settings.parse_dates && may_be_date(self.text_at(place))) => {
                Some(PlainValue::Text(place))
            }
            text => Some(PlainValue::Scalar(string_value(self.text_of(text), self.settings.parse_dates))),
        }
    }

    fn text_at(&self, place: Span) -> &str {
        self.text.get(place.range()).unwrap_or_default()
    }

    fn text_of(&mut self, piece: Piece) -> Text {
        match piece {
            Piece::At(place) => self.text_at(place).into(),
            Piece::Made => std::mem::take(&mut self.made),
        }
    }

    #[inline]
    fn string(&mut self) -> Option<Piece> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let start = self.at + 1;
        let tail = self.bytes.get(start..)?;
        let length = find_either(b'"', b'\\', tail)?;
        if tail.get(length) == Some(&b'"') {
            self.at = start + length + 1;
            return Span::new(start, start + length).map(Piece::At);
        }
        (self.made, self.at) = Reader::string_at(self.text, self.at)?;
        Some(Piece::Made)
    }

    fn number(&mut self) -> Option<Scalar> {
        let start = self.at;
        let is_negative = self.peek() == Some(b'-');
        self.at += usize::from(is_negative);
        let (digits, value) = self.digits();
        let leading_zero = digits > 1 && self.bytes.get(self.at - digits) == Some(&b'0');
        if digits == 0 || leading_zero {
            return None;
        }
        if !matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            let value = if is_negative { -value } else { value };
            return (digits <= INTEGER_DIGITS_MAX).then(|| Scalar::integer(value));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits().0 == 0 {
                return None;
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if self.digits().0 == 0 {
                return None;
            }
        }
        if self.settings.floats != FloatParseHandling::Double {
            return None;
        }
        self.text.get(start..self.at)?.parse().ok().map(Scalar::float)
    }

    /// How many digits come next, and their value if it fits.
    fn digits(&mut self) -> (usize, i64) {
        let (start, mut value) = (self.at, 0_i64);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            self.at += 1;
        }
        (self.at - start, value)
    }
}

fn container(first: u8) -> Option<Content> {
    match first {
        b'{' => Some(Content::Object(RefCell::default())),
        b'[' => Some(Content::Array(RefCell::default(), OnceCell::new())),
        _ => None,
    }
}

/// What a container ends with.
fn end_of(node: &Node) -> u8 {
    if matches!(node.content, Content::Object(_)) { b'}' } else { b']' }
}
