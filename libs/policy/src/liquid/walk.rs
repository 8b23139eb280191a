//! Going over the items of a list, or the pairs of a map, without making a list of them.

use std::rc::Rc;

use super::data::{Data, OWN_TEXT};

/// What is left to go over.
pub(super) struct Walk {
    over: Data,
    /// The entry that stands for the map as text, which loops do not show.
    hidden: usize,
    from: usize,
    to: usize,
}

impl Walk {
    pub(super) fn new(over: Data) -> Walk {
        let (length, hidden) = match &over {
            Data::List(items) => (items.len(), None),
            Data::Map(map) => {
                let mut entries = map.entries.iter();
                let hidden = map.folds_case.then(|| entries.position(|(name, _)| &**name == OWN_TEXT)).flatten();
                (map.entries.len() - usize::from(hidden.is_some()), hidden)
            }
            _ => (0, None),
        };
        Walk { over, hidden: hidden.unwrap_or(usize::MAX), from: 0, to: length }
    }

    pub(super) fn len(&self) -> usize {
        self.to - self.from
    }

    /// Leaves the first out, and of the others all but so many.
    pub(super) fn within(mut self, offset: usize, limit: usize) -> Walk {
        self.from += offset.min(self.len());
        self.to = self.to.min(self.from.saturating_add(limit));
        self
    }

    fn item(&self, at: usize) -> Data {
        match &self.over {
            Data::List(items) => items.get(at).cloned().unwrap_or_default(),
            Data::Map(map) => match map.entries.get(if at < self.hidden { at } else { at + 1 }) {
                Some((name, value)) => {
                    Data::members(vec![("Key", Data::words(Rc::clone(name))), ("Value", value.clone())])
                }
                None => Data::Nil,
            },
            _ => Data::Nil,
        }
    }
}

impl Iterator for Walk {
    type Item = Data;

    fn next(&mut self) -> Option<Data> {
        (self.from < self.to).then(|| {
            self.from += 1;
            self.item(self.from - 1)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl DoubleEndedIterator for Walk {
    fn next_back(&mut self) -> Option<Data> {
        (self.from < self.to).then(|| {
            self.to -= 1;
            self.item(self.to)
        })
    }
}
