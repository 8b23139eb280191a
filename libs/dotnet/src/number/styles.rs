//! `System.Globalization.NumberStyles`: what a text may contain to be read as a number.

use super::number_type::NumberType;
use crate::Exception;

/// A set of flags with .NET's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberStyles(u32);

impl NumberStyles {
    pub const NONE: NumberStyles = NumberStyles(0);
    pub const LEADING_WHITE: NumberStyles = NumberStyles(0x1);
    pub const TRAILING_WHITE: NumberStyles = NumberStyles(0x2);
    pub const LEADING_SIGN: NumberStyles = NumberStyles(0x4);
    pub const TRAILING_SIGN: NumberStyles = NumberStyles(0x8);
    pub const PARENTHESES: NumberStyles = NumberStyles(0x10);
    pub const DECIMAL_POINT: NumberStyles = NumberStyles(0x20);
    pub const THOUSANDS: NumberStyles = NumberStyles(0x40);
    pub const EXPONENT: NumberStyles = NumberStyles(0x80);
    pub const CURRENCY_SYMBOL: NumberStyles = NumberStyles(0x100);
    pub const HEX_SPECIFIER: NumberStyles = NumberStyles(0x200);
    pub const BINARY_SPECIFIER: NumberStyles = NumberStyles(0x400);
    /// Leading and trailing white space, leading sign.
    pub const INTEGER: NumberStyles = NumberStyles(0x7);
    pub const HEX_NUMBER: NumberStyles = NumberStyles(0x203);
    pub const BINARY_NUMBER: NumberStyles = NumberStyles(0x403);
    pub const NUMBER: NumberStyles = NumberStyles(0x6F);
    pub const FLOAT: NumberStyles = NumberStyles(0xA7);
    pub const CURRENCY: NumberStyles = NumberStyles(0x17F);
    pub const ANY: NumberStyles = NumberStyles(0x1FF);

    /// The flags of this value of the enumeration.
    #[must_use]
    pub const fn from_bits(bits: u32) -> NumberStyles {
        NumberStyles(bits)
    }

    /// The value of the enumeration.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all flags of `other` are set.
    #[must_use]
    pub const fn has(self, other: NumberStyles) -> bool {
        self.0 & other.0 == other.0
    }

    /// What `Parse(string)` of a type uses.
    #[must_use]
    pub const fn default_of(of: NumberType) -> NumberStyles {
        match of {
            NumberType::Single | NumberType::Double => NumberStyles(0xA7 | 0x40),
            NumberType::Decimal => NumberStyles::NUMBER,
            _ => NumberStyles::INTEGER,
        }
    }

    /// Refuses combinations that the type does not know.
    pub(super) fn check(self, of: NumberType) -> Result<(), Exception> {
        let specifiers = self.0 & 0x600;
        if self.0 & !0x7FF != 0 {
            return Err(Exception::argument("style", "An undefined NumberStyles value is being used."));
        }
        if specifiers == 0 {
            return Ok(());
        }
        if !of.is_integer() {
            let message = "The number styles AllowHexSpecifier and AllowBinarySpecifier are not supported on floating point data types.";
            return Err(Exception::argument("style", message));
        }
        if specifiers == 0x600 || self.0 & !0x603 != 0 {
            let message = "With the AllowHexSpecifier or AllowBinarySpecifier bit set in the enum bit field, the only other valid bits \
                           that can be combined into the enum value must be a subset of those in HexNumber.";
            return Err(Exception::argument("style", message));
        }
        Ok(())
    }
}
