//! Tuples: `(1, "a")`. Values compare and print item by item.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use postern_dotnet::Text;
use smallvec::SmallVec;

use super::anonymous::AnonymousObject;
use super::display;
use super::library::tuple_class;
use super::machine::{Machine, Thrown};
use super::object::Object;
use super::release::release_all;
use super::types::Type;
use super::value::Value;

/// A tuple. It never changes: writing to an item makes a new one.
#[derive(Debug)]
pub struct TupleObject {
    of: Type,
    items: Vec<Value>,
    content_bytes: usize,
}

/// Bytes of the content of items, known when they are put together: tuples in tuples may hold one text many times.
pub(super) fn content_bytes(items: &[Value]) -> usize {
    items.iter().fold(0, |sum: usize, item| sum.saturating_add(item.content_bytes()).saturating_add(size_of::<Value>()))
}

impl TupleObject {
    /// A tuple of a [`Type::Tuple`].
    #[must_use]
    pub fn new(of: Type, items: Vec<Value>) -> TupleObject {
        let content_bytes = content_bytes(&items);
        TupleObject { of, items, content_bytes }
    }

    /// Its items.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// A copy with another item.
    #[must_use]
    pub fn with_item(&self, index: usize, value: Value) -> TupleObject {
        let mut items = self.items.clone();
        if let Some(item) = items.get_mut(index) {
            *item = value;
        }
        TupleObject::new(self.of.clone(), items)
    }
}

/// How deep values in values are looked at that only recursion can look into: deeper ones can only be built in a loop, boxed in `object`.
pub(super) const RECORD_DEPTH_MAX: u32 = 64;

thread_local! {
    static DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Looks at items, unless that nests too deeply: then `otherwise`.
pub(super) fn within_depth<T>(otherwise: T, look: impl FnOnce() -> T) -> T {
    let depth = DEPTH.get();
    if depth >= RECORD_DEPTH_MAX {
        return otherwise;
    }
    DEPTH.set(depth + 1);
    let result = look();
    DEPTH.set(depth);
    result
}

/// Pairs of items, or items, that wait to be looked at: records in records are as deep as code builds them, which no stack may be.
type Waiting<T> = SmallVec<[T; 8]>;

/// What a record is: only those of one kind are equal.
#[derive(PartialEq, Eq)]
enum Kind<'v> {
    Tuple,
    TupleClass,
    Anonymous(&'v Type),
}

/// The items of a record.
fn record(value: &Value) -> Option<(&[Value], Kind<'_>)> {
    if let Some(tuple) = value.downcast_ref::<TupleObject>() {
        return Some((&tuple.items, Kind::Tuple));
    }
    if let Some(tuple) = value.downcast_ref::<tuple_class::TupleObject>() {
        return Some((tuple.items(), Kind::TupleClass));
    }
    value.downcast_ref::<AnonymousObject>().map(|object| (object.items(), Kind::Anonymous(object.own_type())))
}

/// The same items, by `Equals`.
pub(super) fn items_equal(one: &[Value], two: &[Value]) -> bool {
    if one.len() != two.len() {
        return false;
    }
    let mut waiting: Waiting<(&Value, &Value)> = one.iter().zip(two).rev().collect();
    while let Some((one, two)) = waiting.pop() {
        let is_same = match (record(one), record(two)) {
            (Some((one, kind)), Some((two, other))) if kind == other && one.len() == two.len() => {
                waiting.extend(one.iter().zip(two).rev());
                true
            }
            (Some(_), Some(_)) => false,
            _ => within_depth(false, || one.equals(two)),
        };
        if !is_same {
            return false;
        }
    }
    true
}

/// A hash of all items.
pub(super) fn items_hash(items: &[Value]) -> u64 {
    let mix = |hash: u64, item: u64| hash.rotate_left(5) ^ item.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut hash = items.len() as u64;
    let mut waiting: Waiting<&Value> = items.iter().rev().collect();
    while let Some(item) = waiting.pop() {
        hash = match record(item) {
            Some((items, _)) => {
                waiting.extend(items.iter().rev());
                mix(hash, items.len() as u64)
            }
            None => mix(hash, within_depth(0, || item.hash_code())),
        };
    }
    hash
}

impl Object for TupleObject {
    fn of(&self) -> Type {
        self.of.clone()
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        machine.nested(|machine| {
            let mut text = String::from("(");
            for (index, item) in self.items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                let item = display::to_text(item, machine)?;
                machine.charge_memory(item.len())?;
                text.push_str(&item);
            }
            text.push(')');
            Ok(text.into())
        })
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<TupleObject>().is_some_and(|other| items_equal(&self.items, &other.items))
    }

    fn hash_code(&self) -> u64 {
        items_hash(&self.items)
    }

    fn content_bytes(&self) -> usize {
        self.content_bytes
    }

    fn compare(&self, other: &Value) -> Option<Ordering> {
        let other = other.downcast_ref::<TupleObject>()?;
        within_depth(None, || {
            for (one, two) in self.items.iter().zip(&other.items) {
                match compare(one, two)? {
                    Ordering::Equal => {}
                    unequal => return Some(unequal),
                }
            }
            Some(self.items.len().cmp(&other.items.len()))
        })
    }
}

/// `Comparer<object>.Default` for values of one type; null comes first.
fn compare(one: &Value, two: &Value) -> Option<Ordering> {
    Some(match (one, two) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Bool(one), Value::Bool(two)) => one.cmp(two),
        (Value::Char(one), Value::Char(two)) | (Value::UShort(one), Value::UShort(two)) => one.cmp(two),
        (Value::SByte(one), Value::SByte(two)) => one.cmp(two),
        (Value::Byte(one), Value::Byte(two)) => one.cmp(two),
        (Value::Short(one), Value::Short(two)) => one.cmp(two),
        (Value::Int(one), Value::Int(two)) => one.cmp(two),
        (Value::UInt(one), Value::UInt(two)) => one.cmp(two),
        (Value::Long(one), Value::Long(two)) => one.cmp(two),
        (Value::ULong(one), Value::ULong(two)) => one.cmp(two),
        // NaN comes before all numbers.
        (Value::Float(one), Value::Float(two)) => {
            one.partial_cmp(two).unwrap_or_else(|| two.is_nan().cmp(&one.is_nan()))
        }
        (Value::Double(one), Value::Double(two)) => {
            one.partial_cmp(two).unwrap_or_else(|| two.is_nan().cmp(&one.is_nan()))
        }
        (Value::Decimal(one), Value::Decimal(two)) => one.cmp(two),
        (Value::String(one), Value::String(two)) => one.cmp(two),
        (Value::Object(one), two) => return one.compare(two),
        _ => return None,
    })
}

impl Drop for TupleObject {
    fn drop(&mut self) {
        release_all(&mut self.items);
    }
}
