//! Values: what expressions compute with, what variables hold, what natives take and give.

use std::rc::Rc;

use postern_dotnet::{Decimal, Text};

use super::object::Object;
use super::types::{Number, Type};

/// A value. Cheap to clone; strings up to 23 bytes and all numbers need no heap block.
#[derive(Clone, Default)]
pub enum Value {
    /// `null`, also a nullable without a value.
    #[default]
    Null,
    /// `bool`.
    Bool(bool),
    /// `char`.
    Char(u16),
    /// `sbyte`.
    SByte(i8),
    /// `byte`.
    Byte(u8),
    /// `short`.
    Short(i16),
    /// `ushort`.
    UShort(u16),
    /// `int`.
    Int(i32),
    /// `uint`.
    UInt(u32),
    /// `long`.
    Long(i64),
    /// `ulong`.
    ULong(u64),
    /// `float`.
    Float(f32),
    /// `double`.
    Double(f64),
    /// `decimal`.
    Decimal(Decimal),
    /// `string`.
    String(Text),
    /// Everything else: instances of library classes, structs (which never change), enum values, arrays, tuples, delegates.
    Object(Rc<dyn Object>),
}

impl Value {
    /// A string.
    pub fn text(text: impl Into<Text>) -> Value {
        Value::String(text.into())
    }

    /// An object.
    pub fn object(object: impl Object) -> Value {
        Value::Object(Rc::new(object))
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The type it has when it runs; `Type::Null` for `null`.
    #[must_use]
    pub fn of(&self) -> Type {
        match self {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Bool,
            Value::Char(_) => Type::Char,
            Value::SByte(_) => Type::Number(Number::SByte),
            Value::Byte(_) => Type::Number(Number::Byte),
            Value::Short(_) => Type::Number(Number::Short),
            Value::UShort(_) => Type::Number(Number::UShort),
            Value::Int(_) => Type::Number(Number::Int),
            Value::UInt(_) => Type::Number(Number::UInt),
            Value::Long(_) => Type::Number(Number::Long),
            Value::ULong(_) => Type::Number(Number::ULong),
            Value::Float(_) => Type::Number(Number::Float),
            Value::Double(_) => Type::Number(Number::Double),
            Value::Decimal(_) => Type::Number(Number::Decimal),
            Value::String(_) => Type::String,
            Value::Object(object) => object.of(),
        }
    }

    /// The object behind it, if it is a `T`: `value.downcast::<List>()`.
    #[must_use]
    pub fn downcast<T: Object>(&self) -> Option<Rc<T>> {
        match self {
            Value::Object(object) => Rc::clone(object).as_any().downcast::<T>().ok(),
            _ => None,
        }
    }

    /// The object behind it, if it is a `T`, borrowed.
    #[must_use]
    pub fn downcast_ref<T: Object>(&self) -> Option<&T> {
        match self {
            Value::Object(object) => match (&**object as &dyn std::any::Any).downcast_ref::<T>() {
                None => object.boxed()?.downcast_ref::<T>(),
                found => found,
            },
            _ => None,
        }
    }

    /// What is inside of a box; anything else is itself.
    #[inline]
    #[must_use]
    pub fn unboxed(&self) -> &Value {
        match self {
            Value::Object(object) => object.boxed().unwrap_or(self),
            _ => self,
        }
    }

    /// The same, taken.
    #[inline]
    #[must_use]
    pub fn into_unboxed(self) -> Value {
        match self {
            Value::Object(object) => object.boxed().cloned().unwrap_or(Value::Object(object)),
            value => value,
        }
    }

    /// `object.ReferenceEquals`. A number that is not boxed was not boxed anew since it was read: it is the same if its content is.
    #[must_use]
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Object(one), Value::Object(two)) => one.identity() == two.identity(),
            (Value::String(one), Value::String(two)) => one.is_same(two),
            (Value::Object(_), _) | (_, Value::Object(_)) => false,
            _ => self.equals(other),
        }
    }

    /// `object.Equals(a, b)`: the same type and the same content. Numbers of different types are not equal; `NaN` is equal to itself.
    #[must_use]
    pub fn equals(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Char(a), Value::Char(b)) => a == b,
            (Value::SByte(a), Value::SByte(b)) => a == b,
            (Value::Byte(a), Value::Byte(b)) => a == b,
            (Value::Short(a), Value::Short(b)) => a == b,
            (Value::UShort(a), Value::UShort(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::UInt(a), Value::UInt(b)) => a == b,
            (Value::Long(a), Value::Long(b)) => a == b,
            (Value::ULong(a), Value::ULong(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Value::Double(a), Value::Double(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Value::Decimal(a), Value::Decimal(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Object(a), b) => a.equals(b),
            (a, Value::Object(b)) => b.boxed().is_some_and(|b| a.equals(b)),
            _ => false,
        }
    }

    /// Bytes of its content: what [`equals`](Value::equals) and [`hash_code`](Value::hash_code) look at.
    #[must_use]
    pub fn content_bytes(&self) -> usize {
        match self {
            Value::String(text) => text.len(),
            Value::Object(object) => object.content_bytes(),
            _ => 0,
        }
    }

    /// Steps for comparing it with another value.
    #[must_use]
    pub fn comparing_steps(&self) -> usize {
        1 + self.content_bytes() / 64
    }

    /// Steps for hashing it: some eight bytes are hashed while 64 are compared.
    #[must_use]
    pub fn hashing_steps(&self) -> usize {
        1 + self.content_bytes() / 8
    }

    /// A hash that agrees with [`equals`](Value::equals).
    #[must_use]
    pub fn hash_code(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        match self {
            Value::Null => return 0,
            Value::Object(object) => return object.hash_code(),
            Value::Bool(value) => value.hash(&mut hasher),
            Value::Char(value) | Value::UShort(value) => value.hash(&mut hasher),
            Value::SByte(value) => value.hash(&mut hasher),
            Value::Byte(value) => value.hash(&mut hasher),
            Value::Short(value) => value.hash(&mut hasher),
            Value::Int(value) => value.hash(&mut hasher),
            Value::UInt(value) => value.hash(&mut hasher),
            Value::Long(value) => value.hash(&mut hasher),
            Value::ULong(value) => value.hash(&mut hasher),
            // -0 equals 0, and all NaNs are equal.
            Value::Float(value) => (if value.is_nan() { f32::NAN } else { value + 0.0 }).to_bits().hash(&mut hasher),
            Value::Double(value) => (if value.is_nan() { f64::NAN } else { value + 0.0 }).to_bits().hash(&mut hasher),
            Value::Decimal(value) => value.hash(&mut hasher),
            Value::String(value) => value.hash(&mut hasher),
        }
        hasher.finish()
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Null => formatter.write_str("null"),
            Value::Bool(value) => write!(formatter, "{value}"),
            Value::Char(value) => write!(formatter, "'\\u{value:04x}'"),
            Value::SByte(value) => write!(formatter, "{value}sb"),
            Value::Byte(value) => write!(formatter, "{value}b"),
            Value::Short(value) => write!(formatter, "{value}s"),
            Value::UShort(value) => write!(formatter, "{value}us"),
            Value::Int(value) => write!(formatter, "{value}"),
            Value::UInt(value) => write!(formatter, "{value}u"),
            Value::Long(value) => write!(formatter, "{value}L"),
            Value::ULong(value) => write!(formatter, "{value}UL"),
            Value::Float(value) => write!(formatter, "{value:?}f"),
            Value::Double(value) => write!(formatter, "{value:?}d"),
            Value::Decimal(value) => write!(formatter, "{value}m"),
            Value::String(value) => write!(formatter, "{value:?}"),
            Value::Object(object) => write!(formatter, "<{}>", object.of()),
        }
    }
}

macro_rules! from {
    ($($of:ty => $variant:ident)*) => {
        $(impl From<$of> for Value {
            fn from(value: $of) -> Value {
                Value::$variant(value)
            }
        })*
    };
}

from! {
    bool => Bool i8 => SByte u8 => Byte i16 => Short i32 => Int u32 => UInt i64 => Long u64 => ULong f32 => Float f64 => Double
    Decimal => Decimal Text => String
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::String(Text::new(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::String(Text::from(value))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

const _: () = assert!(size_of::<Value>() <= 32, "values travel by copy over the stack");
