//! A .NET string as programs hold it: its characters, and which object it is.
//!
//! What must hold: comparing, ordering and hashing look at characters only; a clone is the same object; what is made of other text is a new one.
//! No heap block is needed to tell objects apart: a text carries a number that is given when it is made.

use std::borrow::{Borrow, Cow};
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use smol_str::SmolStr;

/// The number of all texts that are interned: such texts are the same object if they are the same text.
const INTERNED: u32 = 0;
/// The first number of texts that are made. Those below are of texts that are made once and kept ([`Text::kept`]).
const FIRST_MADE: u32 = 1 << 16;

/// A .NET string: immutable, cheap to clone, up to 23 bytes without a heap block. UTF-8: a lone surrogate is U+FFFD.
#[derive(Clone)]
pub struct Text {
    characters: SmolStr,
    /// Which object it is, among texts with the same characters. Threads count by themselves, so texts that two threads made may share a number:
    /// that takes four billion texts, or the same place of both counts, and the same characters.
    number: u32,
}

/// A number that no other text of this thread has, until they are used up.
fn next_number() -> u32 {
    thread_local! {
        static NEXT: Cell<u32> = const { Cell::new(FIRST_MADE) };
    }
    NEXT.with(|next| {
        let number = next.get();
        next.set(if number == u32::MAX { FIRST_MADE } else { number + 1 });
        number
    })
}

impl Text {
    /// A new object with the characters of `text`; the empty text is always the same one, as in .NET.
    #[inline]
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Text {
        let text = text.as_ref();
        let number = if text.is_empty() { INTERNED } else { next_number() };
        Text { characters: SmolStr::new(text), number }
    }

    /// A text of the program: interned, as literals are.
    #[inline]
    #[must_use]
    pub const fn new_static(text: &'static str) -> Text {
        Text { characters: SmolStr::new_static(text), number: INTERNED }
    }

    /// One of the texts that .NET makes once and keeps: those of the same number and the same characters are the same object.
    #[must_use]
    pub fn kept(text: impl AsRef<str>, number: u16) -> Text {
        Text { characters: SmolStr::new(text), number: u32::from(number).max(1) }
    }

    /// The object that stands for this text in the table of literals.
    #[must_use]
    pub fn interned(mut self) -> Text {
        self.number = INTERNED;
        self
    }

    /// Whether both are the same object.
    #[must_use]
    pub fn is_same(&self, other: &Text) -> bool {
        self.number == other.number && self.characters == other.characters
    }

    /// `other` as a text; it is this object where .NET hands out the string it was given because nothing changed.
    #[must_use]
    pub fn unless_changed(&self, other: impl AsRef<str>) -> Text {
        if self.as_str() == other.as_ref() { self.clone() } else { Text::new(other) }
    }

    /// Its characters.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.characters.as_str()
    }

    #[inline]
    fn made(characters: SmolStr) -> Text {
        let number = if characters.is_empty() { INTERNED } else { next_number() };
        Text { characters, number }
    }
}

impl Default for Text {
    #[inline]
    fn default() -> Text {
        Text::new_static("")
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    #[inline]
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    #[inline]
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Text) -> bool {
        self.characters == other.characters
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    #[inline]
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    #[inline]
    fn cmp(&self, other: &Text) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.as_str().hash(hasher);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), formatter)
    }
}

macro_rules! equal {
    ($($of:ty)*) => {
        $(
            impl PartialEq<$of> for Text {
                #[inline]
                fn eq(&self, other: &$of) -> bool {
                    self.as_str() == AsRef::<str>::as_ref(other)
                }
            }
            impl PartialEq<Text> for $of {
                #[inline]
                fn eq(&self, other: &Text) -> bool {
                    other == self
                }
            }
        )*
    };
}

equal!(str &str String);

macro_rules! from {
    ($($of:ty)*) => {
        $(impl From<$of> for Text {
            #[inline]
            fn from(text: $of) -> Text {
                Text::made(SmolStr::from(text))
            }
        })*
    };
}

from!(&str &String String Box<str> Arc<str> Cow<'_, str>);

impl From<Text> for String {
    #[inline]
    fn from(text: Text) -> String {
        text.characters.into()
    }
}

impl From<Text> for Arc<str> {
    #[inline]
    fn from(text: Text) -> Arc<str> {
        text.characters.into()
    }
}

impl FromIterator<char> for Text {
    fn from_iter<I: IntoIterator<Item = char>>(characters: I) -> Text {
        Text::made(characters.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_objects_and_compare_by_characters() {
        let made = Text::new("ab");
        assert!(made == Text::new("ab") && !made.is_same(&Text::new("ab")));
        assert!(made.is_same(&made.clone()));
        let long = Text::new("longer than what needs no heap block");
        assert!(!long.is_same(&Text::from(long.as_str())) && long.is_same(&long.clone()));
    }

    #[test]
    fn literals_and_empty_texts_are_one_object() {
        assert!(Text::new_static("ab").is_same(&Text::new("ab").interned()));
        assert!(!Text::new_static("ab").is_same(&Text::new("ab")));
        assert!(Text::new("").is_same(&Text::default()) && Text::from(String::new()).is_same(&Text::default()));
        assert!(Text::kept("1", 2).is_same(&Text::kept("1", 2)) && !Text::kept("1", 2).is_same(&Text::new_static("1")));
    }

    #[test]
    fn what_did_not_change_is_the_object_itself() {
        let text = Text::new("ab");
        assert!(text.unless_changed("ab").is_same(&text) && text.unless_changed("b") == "b");
    }
}
