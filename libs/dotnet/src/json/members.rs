//! The members of a `JObject`, in the order in which they were added.
//!
//! What must hold: a member is as it was read, places of the text and a value, until somebody asks for its token. From then on it is that `JProperty`,
//! and always the same one. Most members of a document are only written again, so most are never made tokens, and their texts never copied.

use std::cell::RefCell;
use std::rc::Rc;

use super::Scalar;
use super::limits::INDEXED_MEMBERS_MIN;
use super::token::{Content, Node};
use crate::{Shards, Text, garbage};

/// The members of an object.
#[derive(Default)]
pub(super) struct Members {
    list: Vec<Member>,
    /// What the plain members were read from; there are none without it.
    source: Option<Rc<Source>>,
    /// A bit for each name that was ever there ([`bit_of`]): what has none of them is not among the members.
    names: u64,
    /// Properties by name; built once there are many. Then all members are tokens.
    index: Option<Box<Index>>,
}

/// The text of a document, kept as long as a plain member of it.
pub(super) struct Source(Box<str>);

/// A place of a [`Source`], in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

/// One of the members.
pub(super) enum Member {
    /// A property whose token nobody has asked for.
    Plain(Span, PlainValue),
    /// A `JProperty`.
    Token(Rc<Node>),
}

/// The value of a plain member.
#[derive(Clone)]
pub(super) enum PlainValue {
    /// A string.
    Text(Span),
    Scalar(Scalar),
}

impl Source {
    pub(super) fn new(text: &str) -> Rc<Source> {
        Rc::new(Source(text.into()))
    }

    /// All of it.
    pub(super) fn whole(&self) -> &str {
        &self.0
    }

    #[inline]
    pub(super) fn at(&self, place: Span) -> &str {
        self.0.get(place.range()).unwrap_or_default()
    }
}

impl Span {
    /// `None`: it is beyond 4 GiB, which no text is read with.
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Option<Span> {
        Some(Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }

    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The place behind the quote behind it.
    pub(super) fn behind_quote(self) -> u32 {
        self.end.saturating_add(1)
    }

    /// Bytes.
    pub(super) fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

impl PlainValue {
    pub(super) fn scalar(self, source: &Source) -> Scalar {
        match self {
            PlainValue::Text(place) => Scalar::String(source.at(place).into()),
            PlainValue::Scalar(value) => value,
        }
    }
}

/// Few objects have one, and all have room for it.
#[derive(Default)]
pub(super) struct Index(Shards<Text, Rc<Node>>);

/// One of 64 bits, the same for the same name: names of one object seldom share length, first and last byte.
fn bit_of(name: &str) -> u64 {
    /// 2^64 divided by the golden ratio: spreads neighbouring numbers over the highest bits.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let bytes = name.as_bytes();
    let (first, last) = (bytes.first().copied().unwrap_or(0), bytes.last().copied().unwrap_or(0));
    let shape = u64::from(first) | u64::from(last) << 8 | (bytes.len() as u64) << 16;
    1 << (shape.wrapping_mul(SPREAD) >> 58)
}

/// Room for members that an object begins with.
const FIRST_MEMBERS: usize = 4;

impl Member {
    fn is_named(&self, wanted: &str, source: Option<&Source>) -> bool {
        match self {
            Member::Plain(name, _) => source.is_some_and(|source| source.at(*name) == wanted),
            Member::Token(property) => property.name_is(wanted),
        }
    }

    /// Its token, made now if there was none. The member stands at `place` of `object`.
    fn token(&mut self, object: &Rc<Node>, place: usize, source: Option<&Source>) -> Rc<Node> {
        let (name, value, read_at) = match self {
            Member::Token(property) => return property.clone(),
            Member::Plain(name, value) => match source {
                Some(source) => (Text::new(source.at(*name)), value.clone().scalar(source), name.behind_quote()),
                None => (Text::default(), Scalar::Null, 0),
            },
        };
        // The value stands behind the name, whose quote is behind it.
        let read_at = if object.place.get() == 0 { 0 } else { read_at };
        let content = Content::Value(RefCell::new(value));
        let (property, _) = Node::property_of(object, place, name, content, (read_at, read_at));
        *self = Member::Token(property.clone());
        property
    }

    /// Its token, if it has one.
    pub(super) fn made(self) -> Option<Rc<Node>> {
        match self {
            Member::Plain(..) => None,
            Member::Token(property) => Some(property),
        }
    }
}

impl Index {
    pub(super) fn insert(&mut self, name: Text, property: Rc<Node>) {
        if !self.0.add(name.clone(), property.clone()) {
            self.0.remove(&name);
            self.0.add(name, property);
        }
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // Most of what it holds is held by the list as well, and is freed with what goes last.
        garbage::free(self.0.take_apart().collect(), |part, _| 2 * part.len());
    }
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// What plain members were read from.
    pub(super) fn source(&self) -> Option<&Rc<Source>> {
        self.source.as_ref()
    }

    /// Keeps a text for the places of what is in the object, unless it has one.
    pub(super) fn keep_source(&mut self, source: &Rc<Source>) {
        self.source.get_or_insert_with(|| Rc::clone(source));
    }

    /// All of them as they are.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Member> {
        self.list.iter()
    }

    /// Whether finding a name would first make the index.
    pub(super) fn lacks_index(&self) -> bool {
        self.is_indexed() && self.index.is_none()
    }

    pub(super) fn set_index(&mut self, index: Box<Index>) {
        self.index = Some(index);
    }

    fn is_indexed(&self) -> bool {
        self.list.len() > INDEXED_MEMBERS_MIN
    }

    /// The token of the member at a place of `object`, whose members these are.
    pub(super) fn token_at(&mut self, object: &Rc<Node>, place: usize) -> Option<Rc<Node>> {
        let source = self.source.as_deref();
        self.list.get_mut(place).map(|member| member.token(object, place, source))
    }

    /// At most `count` tokens, from the one at `first` on.
    pub(super) fn tokens(&mut self, object: &Rc<Node>, first: usize, count: usize) -> Vec<Rc<Node>> {
        let source = self.source.as_deref();
        let members = self.list.iter_mut().enumerate().skip(first).take(count);
        members.map(|(place, member)| member.token(object, place, source)).collect()
    }

    /// The place of a token that is one of these members.
    pub(super) fn position(&self, item: &Rc<Node>) -> Option<usize> {
        self.list.iter().position(|member| matches!(member, Member::Token(property) if Rc::ptr_eq(property, item)))
    }

    /// The property with exactly this name.
    pub(super) fn find(&mut self, object: &Rc<Node>, name: &str) -> Option<Rc<Node>> {
        if !self.is_indexed() {
            let place = self.place_among_few(name)?;
            return self.token_at(object, place);
        }
        if self.index.is_none() {
            let mut index = Box::<Index>::default();
            for property in self.tokens(object, 0, usize::MAX) {
                if let Some(name) = property.name() {
                    index.insert(name, property);
                }
            }
            self.index = Some(index);
        }
        self.index.as_ref()?.0.get(name).cloned()
    }

    /// Where the member with this name is, in an object that nothing was removed from.
    pub(super) fn place_of(&mut self, object: &Rc<Node>, name: &str) -> Option<usize> {
        if self.is_indexed() {
            return self.find(object, name).map(|property| property.slot.get());
        }
        self.place_among_few(name)
    }

    #[inline]
    fn place_among_few(&self, name: &str) -> Option<usize> {
        if self.names & bit_of(name) == 0 {
            return None;
        }
        let source = self.source.as_deref();
        self.list.iter().position(|member| member.is_named(name, source))
    }

    pub(super) fn insert(&mut self, at: usize, property: Rc<Node>) {
        self.note(&property);
        self.list.insert(at, Member::Token(property));
    }

    /// Adds a property behind the others.
    pub(super) fn push(&mut self, property: Rc<Node>) {
        self.note(&property);
        self.append(Member::Token(property));
    }

    /// Adds a member behind the others that was read or copied. All that are plain are of the same text.
    #[inline]
    pub(super) fn push_plain(&mut self, object: &Rc<Node>, source: &Rc<Source>, name: Span, value: PlainValue) {
        let mut member = Member::Plain(name, value);
        if self.list.len() < INDEXED_MEMBERS_MIN {
            self.names |= bit_of(source.at(name));
            self.source.get_or_insert_with(|| Rc::clone(source));
            self.append(member);
        } else {
            // An index knows tokens only.
            self.push(member.token(object, self.list.len(), Some(source)));
        }
    }

    #[inline]
    fn append(&mut self, member: Member) {
        if self.list.capacity() == 0 {
            self.list.reserve_exact(FIRST_MEMBERS);
        }
        self.list.push(member);
    }

    /// Takes down the name of a property that is about to be a member.
    fn note(&mut self, property: &Rc<Node>) {
        if let Content::Property { name, .. } = &property.content {
            self.names |= bit_of(name);
            if let Some(index) = &mut self.index {
                index.insert(name.clone(), property.clone());
            }
        }
    }

    /// Takes a member out; its token, if it has one.
    pub(super) fn remove(&mut self, at: usize) -> Option<Rc<Node>> {
        let property = (at < self.list.len()).then(|| self.list.remove(at))?.made()?;
        if let Some((index, name)) = self.index.as_mut().zip(property.name()) {
            index.0.remove(&name);
        }
        Some(property)
    }

    /// Puts a property in the place of another member, whose token is returned if it has one.
    pub(super) fn replace(&mut self, at: usize, property: Rc<Node>) -> Option<Rc<Node>> {
        if let (Some(Member::Token(old)), Some(index)) = (self.list.get(at), &mut self.index)
            && let Some(name) = old.name()
        {
            index.0.remove(&name);
        }
        self.note(&property);
        self.list.get_mut(at).and_then(|place| std::mem::replace(place, Member::Token(property)).made())
    }

    pub(super) fn take(&mut self) -> Vec<Member> {
        self.index = None;
        std::mem::take(&mut self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::INDEXED_MEMBERS_MIN;
    use crate::json::{Formatting, JToken, Scalar, parse_object};

    fn object(members: usize) -> JToken {
        let members: Vec<String> = (0..members).map(|member| format!("\"m{member}\":{member}")).collect();
        parse_object(&format!("{{{}}}", members.join(","))).unwrap()
    }

    #[test]
    fn a_member_that_was_read_is_one_token_whichever_way_it_is_reached() {
        for count in [1, INDEXED_MEMBERS_MIN, INDEXED_MEMBERS_MIN + 1, INDEXED_MEMBERS_MIN + 2] {
            let read = object(count);
            let last = count - 1;
            let value = read.get(&format!("m{last}")).unwrap();
            let property = value.parent().unwrap();
            assert!(property.is_same(&read.child(last).unwrap()), "{count}");
            assert!(property.is_same(&read.children()[last]), "{count}");
            assert!(property.is_same(&read.property_named(&format!("m{last}")).unwrap()), "{count}");
            assert!(property.property_value().unwrap().is_same(&value), "{count}");
            assert!(property.parent().unwrap().is_same(&read), "{count}");
            assert_eq!(value.path(), format!("m{last}"));
        }
    }

    #[test]
    fn a_copy_shares_no_token_with_what_was_read() {
        for count in [2, INDEXED_MEMBERS_MIN + 2] {
            let read = object(count);
            let seen = read.property_named("m0").unwrap();
            let copy = read.deep_clone().unwrap();
            assert!(!copy.property_named("m0").unwrap().is_same(&seen), "{count}");
            copy.get("m1").unwrap().set_scalar(Scalar::integer(7));
            assert_eq!(read.get("m1").unwrap().scalar(), Some(Scalar::integer(1)), "{count}");
            assert_eq!(copy.count(), count);
            assert_eq!(copy.token_count(), 2 * count + 1);
            assert_eq!(read.token_count(), 2 * count + 1);
        }
    }

    #[test]
    fn members_are_found_after_others_came_and_went() {
        let read = object(4);
        assert!(read.remove_property("m1").unwrap());
        assert!(!read.remove_property("m1").unwrap());
        assert!(!read.contains_key("m1"));
        read.set("m1", Some(&JToken::value(Scalar::integer(8)))).unwrap();
        read.set("m3", Some(&JToken::value(Scalar::integer(9)))).unwrap();
        assert_eq!(read.to_json(Formatting::None).unwrap(), r#"{"m0":0,"m2":2,"m3":9,"m1":8}"#);
        assert!(read.contains_key("m1"));
        assert!(read.add_property("m2".into(), None).is_err());
    }

    #[test]
    fn the_last_of_equal_names_stands_where_the_first_stood() {
        let read = parse_object(r#"{"a":1,"b":{"c":1},"a":2,"b":3,"b":[4]}"#).unwrap();
        assert_eq!(read.to_json(Formatting::None).unwrap(), r#"{"a":2,"b":[4]}"#);
    }
}
