//! Literals of primitive types, as ABNF section 7 writes them in URLs.

mod geo;
mod number;
mod quoted;
mod time;

pub(crate) use quoted::{enum_content, string};

use crate::cursor::{Cursor, is_following};
use crate::error::Parsed;
use crate::types::{Edm, Item, Ty};
use crate::version::Version;

/// What stands where a value may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Literal<'a> {
    /// A literal of a type.
    Of(Ty),
    /// `Namespace.Type'Member'`: type and content.
    Enum(&'a str, &'a str),
}

/// A literal. `None`: none stands here, and the cursor has not moved.
pub(crate) fn literal<'a>(cursor: &mut Cursor<'a>, version: Version) -> Parsed<Option<Literal<'a>>> {
    let of = |edm| Some(Literal::Of(Ty::of(edm)));
    if guid(cursor) {
        return Ok(of(Edm::Guid));
    }
    match cursor.peek() {
        Some('\'') => {
            string(cursor)?;
            return Ok(Some(Literal::Of(Ty::one(Item::Quoted))));
        }
        Some(c) if c.is_ascii_digit() || c == '-' || c == '+' => {
            if let Some(edm) = time::literal(cursor) {
                return Ok(of(edm));
            }
            return Ok(number::literal(cursor, version).and_then(of));
        }
        _ => {}
    }
    let start = *cursor;
    let Some(word) = cursor.qualified()? else { return Ok(None) };
    if cursor.peek() == Some('\'') {
        return quoted::prefixed(cursor, word, version).map(Some);
    }
    let found = match word {
        "null" => Some(Literal::Of(Ty::one(Item::Null))),
        "NaN" | "INF" => of(Edm::Double),
        _ if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") => of(Edm::Boolean),
        _ => None,
    };
    // `null/x` or `true(…)` are names.
    if found.is_none() || matches!(cursor.peek(), Some('(' | '/' | '=')) {
        *cursor = start;
        return Ok(None);
    }
    Ok(found)
}

/// 8-4-4-4-12 hexadecimal digits.
fn guid(cursor: &mut Cursor<'_>) -> bool {
    const LENGTH: usize = 36;
    let Some(text) = cursor.rest().as_bytes().get(..LENGTH) else { return false };
    let is_it = text.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let mut ahead = *cursor;
    ahead.advance(LENGTH);
    let found = is_it && !ahead.peek().is_some_and(|next| is_following(next) || next == '-');
    if found {
        *cursor = ahead;
    }
    found
}

/// Whether a segment of a path can be a key of a type: there, nothing is quoted.
pub(crate) fn is_key_segment(text: &str, ty: Ty) -> bool {
    let Item::Primitive(edm) = ty.item else { return true };
    let mut cursor = Cursor::new(text);
    let is_read = match edm {
        Edm::Guid => guid(&mut cursor),
        Edm::Boolean => return text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
        Edm::Date | Edm::DateTimeOffset | Edm::TimeOfDay => time::literal(&mut cursor) == Some(edm),
        Edm::Byte | Edm::Int16 | Edm::Int32 | Edm::Int64 | Edm::SByte => {
            number::literal(&mut cursor, Version::V401) == Some(Edm::Int64)
        }
        Edm::Decimal | Edm::Double | Edm::Single => number::literal(&mut cursor, Version::V401).is_some(),
        _ => return true,
    };
    is_read && cursor.is_end()
}
