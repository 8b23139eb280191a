//! The eleven numeric types and a value of any of them.

use rust_decimal::Decimal;

/// A number with its .NET type.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "each is named after its .NET type")]
pub enum Number {
    SByte(i8),
    Byte(u8),
    Int16(i16),
    UInt16(u16),
    Int32(i32),
    UInt32(u32),
    Int64(i64),
    UInt64(u64),
    Single(f32),
    Double(f64),
    Decimal(Decimal),
}

/// The type of a [`Number`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is named after its .NET type")]
pub enum NumberType {
    SByte,
    Byte,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Single,
    Double,
    Decimal,
}

/// The two shapes that arithmetic distinguishes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// Any integer type; all fit.
    Integer(i128),
    /// `float` (widened, which is exact) and `double`.
    Float(f64),
    /// `decimal`.
    Decimal(Decimal),
}

impl Number {
    /// Its type.
    #[must_use]
    pub const fn of(self) -> NumberType {
        match self {
            Number::SByte(_) => NumberType::SByte,
            Number::Byte(_) => NumberType::Byte,
            Number::Int16(_) => NumberType::Int16,
            Number::UInt16(_) => NumberType::UInt16,
            Number::Int32(_) => NumberType::Int32,
            Number::UInt32(_) => NumberType::UInt32,
            Number::Int64(_) => NumberType::Int64,
            Number::UInt64(_) => NumberType::UInt64,
            Number::Single(_) => NumberType::Single,
            Number::Double(_) => NumberType::Double,
            Number::Decimal(_) => NumberType::Decimal,
        }
    }

    /// The integer value, if it is of an integer type.
    #[must_use]
    pub fn integer(self) -> Option<i128> {
        match self.shape() {
            Shape::Integer(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            Number::SByte(value) => Shape::Integer(value.into()),
            Number::Byte(value) => Shape::Integer(value.into()),
            Number::Int16(value) => Shape::Integer(value.into()),
            Number::UInt16(value) => Shape::Integer(value.into()),
            Number::Int32(value) => Shape::Integer(value.into()),
            Number::UInt32(value) => Shape::Integer(value.into()),
            Number::Int64(value) => Shape::Integer(value.into()),
            Number::UInt64(value) => Shape::Integer(value.into()),
            Number::Single(value) => Shape::Float(value.into()),
            Number::Double(value) => Shape::Float(value),
            Number::Decimal(value) => Shape::Decimal(value),
        }
    }
}

impl NumberType {
    /// Every type.
    pub const ALL: &'static [NumberType] = &[
        NumberType::SByte,
        NumberType::Byte,
        NumberType::Int16,
        NumberType::UInt16,
        NumberType::Int32,
        NumberType::UInt32,
        NumberType::Int64,
        NumberType::UInt64,
        NumberType::Single,
        NumberType::Double,
        NumberType::Decimal,
    ];

    /// Bits of an integer type; `None` for the other three.
    #[must_use]
    pub const fn integer_bits(self) -> Option<u32> {
        match self {
            NumberType::SByte | NumberType::Byte => Some(8),
            NumberType::Int16 | NumberType::UInt16 => Some(16),
            NumberType::Int32 | NumberType::UInt32 => Some(32),
            NumberType::Int64 | NumberType::UInt64 => Some(64),
            NumberType::Single | NumberType::Double | NumberType::Decimal => None,
        }
    }

    /// Whether it is one of the eight integer types.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        self.integer_bits().is_some()
    }

    /// Whether negative values exist.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        !matches!(self, NumberType::Byte | NumberType::UInt16 | NumberType::UInt32 | NumberType::UInt64)
    }

    /// The integer as a value of this type; `None` if it does not fit or the type is no integer type.
    #[must_use]
    pub fn number(self, value: i128) -> Option<Number> {
        match self {
            NumberType::SByte => value.try_into().ok().map(Number::SByte),
            NumberType::Byte => value.try_into().ok().map(Number::Byte),
            NumberType::Int16 => value.try_into().ok().map(Number::Int16),
            NumberType::UInt16 => value.try_into().ok().map(Number::UInt16),
            NumberType::Int32 => value.try_into().ok().map(Number::Int32),
            NumberType::UInt32 => value.try_into().ok().map(Number::UInt32),
            NumberType::Int64 => value.try_into().ok().map(Number::Int64),
            NumberType::UInt64 => value.try_into().ok().map(Number::UInt64),
            NumberType::Single | NumberType::Double | NumberType::Decimal => None,
        }
    }

    /// `OverflowException.Message` when a value does not fit.
    #[must_use]
    pub const fn overflow_message(self) -> &'static str {
        match self {
            NumberType::SByte => "Value was either too large or too small for a signed byte.",
            NumberType::Byte => "Value was either too large or too small for an unsigned byte.",
            NumberType::Int16 => "Value was either too large or too small for an Int16.",
            NumberType::UInt16 => "Value was either too large or too small for a UInt16.",
            NumberType::Int32 => "Value was either too large or too small for an Int32.",
            NumberType::UInt32 => "Value was either too large or too small for a UInt32.",
            NumberType::Int64 => "Value was either too large or too small for an Int64.",
            NumberType::UInt64 => "Value was either too large or too small for a UInt64.",
            NumberType::Single => "Value was either too large or too small for a Single.",
            NumberType::Double => "Value was either too large or too small for a Double.",
            NumberType::Decimal => "Value was either too large or too small for a Decimal.",
        }
    }

    pub(super) fn overflow(self) -> crate::Exception {
        crate::Exception::new(crate::ExceptionType::Overflow, self.overflow_message())
    }
}
