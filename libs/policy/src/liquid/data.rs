//! What templates compute with.

use std::cmp::Ordering;
use std::ops::Deref;
use std::rc::Rc;

use postern_dotnet::date::DateTime;
use postern_dotnet::number::{self, Number};
use postern_dotnet::text;

use super::walk::Walk;
use super::words::Words;
use super::write::Writing;

/// Longer texts are no numbers and no dates: reading one takes time, and nobody writes a number so long.
pub(super) const READ_BYTES_MAX: usize = 1024;

#[derive(Debug, Clone, Default)]
pub(crate) enum Data {
    #[default]
    Nil,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Words),
    Date(DateTime),
    List(Rc<Items>),
    Map(Rc<Map>),
}

/// The items of a list.
#[derive(Debug, Default)]
pub(crate) struct Items(Vec<Data>);

impl Items {
    /// Takes them out.
    pub(super) fn take(&mut self) -> Vec<Data> {
        std::mem::take(&mut self.0)
    }
}

impl Deref for Items {
    type Target = [Data];

    fn deref(&self) -> &[Data] {
        &self.0
    }
}

/// Names and values in order.
#[derive(Debug, Default)]
pub(crate) struct Map {
    pub(crate) entries: Vec<(Rc<str>, Data)>,
    /// Names are found without case: headers, members of `context`, elements of XML.
    pub(crate) folds_case: bool,
}

/// The entry that stands for a map as text.
pub(crate) const OWN_TEXT: &str = "#text";

impl Data {
    pub(crate) fn text(text: &str) -> Data {
        Data::Text(text.into())
    }

    /// A text that was made, or was there before.
    pub(crate) fn words(text: impl Into<Words>) -> Data {
        Data::Text(text.into())
    }

    pub(crate) fn list(items: Vec<Data>) -> Data {
        Data::List(Rc::new(Items(items)))
    }

    /// A map whose names are found without case.
    pub(crate) fn members(entries: Vec<(&str, Data)>) -> Data {
        let entries = entries.into_iter().map(|(name, value)| (Rc::from(name), value)).collect();
        Data::Map(Rc::new(Map { entries, folds_case: true }))
    }

    pub(super) fn is_true(&self) -> bool {
        !matches!(self, Data::Nil | Data::Bool(false))
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Data::Text(text) => text.is_empty(),
            Data::List(items) => items.is_empty(),
            Data::Map(map) => map.entries.is_empty(),
            _ => false,
        }
    }

    /// Number of items or characters.
    pub(super) fn size(&self) -> usize {
        match self {
            Data::Text(text) => text::length(text),
            Data::List(items) => items.len(),
            Data::Map(_) => self.walk().len(),
            _ => 0,
        }
    }

    /// Bytes of a text.
    pub(crate) fn bytes(&self) -> usize {
        if let Data::Text(text) = self { text.len() } else { 0 }
    }

    /// Steps that looking into it takes, about: names are searched one after the other.
    pub(super) fn cost(&self) -> usize {
        match self {
            Data::Map(map) => map.entries.len() / 16,
            Data::List(items) => items.len() / 64,
            Data::Text(text) => text.len() / 1024,
            _ => 0,
        }
    }

    /// A member.
    pub(super) fn member(&self, name: &str) -> Data {
        if let Data::Map(map) = self
            && let Some(found) = map.get(name)
        {
            return found.clone();
        }
        let items = matches!(self, Data::List(_) | Data::Map(_) | Data::Text(_));
        match name {
            "size" | "Size" | "Count" | "Length" if items => {
                Data::Integer(i64::try_from(self.size()).unwrap_or(i64::MAX))
            }
            "first" | "First" if matches!(self, Data::List(_)) => self.index(&Data::Integer(0)),
            "last" | "Last" if matches!(self, Data::List(_)) => self.index(&Data::Integer(-1)),
            "first" | "First" => self.walk().next().unwrap_or_default(),
            "last" | "Last" => self.walk().next_back().unwrap_or_default(),
            _ => Data::Nil,
        }
    }

    /// An item: by position, from the end if negative, or by name.
    pub(super) fn index(&self, at: &Data) -> Data {
        match (self, at) {
            (Data::List(items), Data::Integer(at)) => {
                let at = if *at < 0 { at.saturating_add_unsigned(items.len() as u64) } else { *at };
                usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or_default()
            }
            (_, Data::Text(name)) => self.member(name),
            // Nothing has a list or map for its name.
            (Data::Map(_), Data::List(_) | Data::Map(_)) => Data::Nil,
            (Data::Map(_), other) => self.member(&other.to_text()),
            _ => Data::Nil,
        }
    }

    /// What a loop goes over: items, or the pairs of a map. Anything else has none.
    pub(super) fn walk(&self) -> Walk {
        Walk::new(self.clone())
    }

    /// As text, in one go: for what is no list or map.
    pub(super) fn to_text(&self) -> String {
        let mut out = String::new();
        let mut writing = Writing::new(self, &mut out);
        while writing.go_on(&mut out, usize::MAX, usize::MAX) {}
        out
    }

    /// The number it is or that its text is.
    pub(super) fn number(&self) -> Option<Data> {
        match self {
            Data::Integer(_) | Data::Float(_) => Some(self.clone()),
            Data::Text(text) if text.len() <= READ_BYTES_MAX => {
                let text = text.trim();
                let float = || text.parse().ok().filter(|float: &f64| float.is_finite()).map(Data::Float);
                text.parse().map(Data::Integer).ok().or_else(float)
            }
            _ => None,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "as a conversion to double does in .NET")]
    pub(super) fn float(&self) -> Option<f64> {
        match self.number()? {
            Data::Integer(integer) => Some(integer as f64),
            Data::Float(float) => Some(float),
            _ => None,
        }
    }

    pub(super) fn integer(&self) -> Option<i64> {
        match self.number()? {
            Data::Integer(integer) => Some(integer),
            Data::Float(float) => number::format(Number::Double(float.trunc()), "F0").ok()?.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn equals(&self, other: &Data) -> bool {
        match (self, other) {
            (Data::Nil, Data::Nil) => true,
            (Data::Bool(one), Data::Bool(two)) => one == two,
            (Data::Text(one), Data::Text(two)) => **one == **two,
            (Data::List(one), Data::List(two)) => Rc::ptr_eq(one, two),
            (Data::Map(one), Data::Map(two)) => Rc::ptr_eq(one, two),
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// `None`: they have no order.
    pub(super) fn compare(&self, other: &Data) -> Option<Ordering> {
        match (self, other) {
            (Data::Integer(one), Data::Integer(two)) => Some(one.cmp(two)),
            (Data::Integer(_) | Data::Float(_), Data::Integer(_) | Data::Float(_)) => {
                self.float()?.partial_cmp(&other.float()?)
            }
            (Data::Text(one), Data::Text(two)) => Some((**one).cmp(&**two)),
            (Data::Date(one), Data::Date(two)) => Some(one.ticks().cmp(&two.ticks())),
            _ => None,
        }
    }
}

impl Map {
    pub(super) fn get(&self, name: &str) -> Option<&Data> {
        let exact = self.entries.iter().find(|(known, _)| &**known == name);
        let folded = || self.entries.iter().find(|(known, _)| self.folds_case && known.eq_ignore_ascii_case(name));
        exact.or_else(folded).map(|(_, value)| value)
    }
}
