//! `System.String` and its kin on Rust strings: positions and lengths count UTF-16 units, as .NET's do.
//!
//! What must hold: a text is valid UTF-8, so half of a surrogate pair, wherever one is cut, is U+FFFD; text that is ASCII takes a path on
//! which units are bytes; comparing and searching "as a culture" follow the root collation for Latin letters, digits, punctuation and kanas and
//! the order of code points beyond.

mod align;
mod base64;
mod casing;
mod category;
mod collation;
mod comparison;
mod composite;
mod edit;
mod encoding;
mod finding;
mod guid;
mod hex;
mod limits;
mod mapping;
mod normal_form;
mod paced;
mod search;
mod split;
mod trim;
mod units;

pub use align::{align, pad_left, pad_right};
pub use base64::{Base64FormattingOptions, from_base64, to_base64};
pub use casing::{char_to_lower, char_to_upper, to_lower, to_upper};
pub use category::{
    is_control, is_digit, is_letter, is_letter_or_digit, is_lower, is_number, is_punctuation, is_separator,
    is_surrogate, is_symbol, is_upper, is_white_space, numeric_value, unicode_category,
};
pub use comparison::{StringComparison, compare, equals};
pub use composite::{Piece, parse_composite};
pub use edit::{insert, remove, remove_from, replace, replace_char};
pub use encoding::Encoding;
pub use guid::Guid;
pub use hex::{from_hex, to_hex};
pub use mapping::{
    IsCut, anywhere, asking_normalized, before_entities, joining_units, mapping, normalizing, outside_escapes,
};
pub use normal_form::normalize;
pub use paced::{
    comparing, containing, ending_with, finding, finding_last, lower_casing, replacing, starting_with, upper_casing,
};
pub use search::{
    contains, ends_with, find, index_of, index_of_any, index_of_char, last_index_of, last_index_of_any,
    last_index_of_char, rfind, starts_with,
};
pub use split::{Separators, SplitOptions, Splitting};
pub use trim::{is_null_or_white_space, trim, trim_end, trim_start};
pub use units::{char_array, from_units, length, slice, substring, substring_from, unit_at};
