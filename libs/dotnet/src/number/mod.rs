//! Numbers as .NET 8 has them: eleven types, how each is written, read, converted and computed with.
//!
//! What must hold: a [`Number`] never changes its type by itself (promotion is the caller's), formatting and parsing use the invariant
//! culture, `decimal` keeps its scale, and every result is the one of .NET 8 on 64-bit hardware.

mod bits;
mod boolean;
mod cast;
mod convert;
mod custom;
mod decimal;
mod digits;
mod format;
mod limits;
mod long;
mod math;
mod number_type;
mod parse;
mod radix;
mod random;
mod rounding;
mod styles;

pub use bits::{from_bytes, to_bytes, to_dashed_hex};
pub use boolean::{boolean_text, parse_boolean};
pub use cast::{Overflow, cast};
pub use convert::{boolean_from_number, char_from_number, convert};
pub use decimal::{
    add as decimal_add, divide as decimal_divide, from_bits as decimal_from_bits, from_double as decimal_from_double,
    from_parts as decimal_from_parts, from_single as decimal_from_single, multiply as decimal_multiply,
    remainder as decimal_remainder, subtract as decimal_subtract, to_bits as decimal_to_bits,
    to_double as decimal_to_double,
};
pub use format::format;
pub use long::{format_long, long_bytes};
pub use math::{abs, clamp, log_base, max, min, negate, sign};
pub use number_type::{Number, NumberType};
pub use parse::{parse, try_parse};
pub use radix::{parse_radix, radix_text};
pub use random::Random;
pub use rounding::{MidpointRounding, ceiling, floor, round, truncate};
pub use styles::NumberStyles;
