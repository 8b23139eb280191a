//! Literals in single quotes, with and without a prefix.

use super::{Literal, geo, guid, number, time};
use crate::cursor::{Cursor, is_identifier};
use crate::error::{Fault, Parsed};
use crate::types::{Edm, Ty};
use crate::version::Version;

/// A string with its quotes: two of them within stand for one. Returns what is between them, as written.
pub(crate) fn string<'a>(cursor: &mut Cursor<'a>) -> Parsed<&'a str> {
    let start = cursor.position();
    cursor.expect("'")?;
    let content = cursor.position();
    loop {
        cursor.eat_while(|c| c != '\'');
        let text = cursor.since(content);
        if !cursor.eat("'") {
            return Err(Fault::new(start, "the string has no end"));
        }
        if !cursor.eat("'") {
            return Ok(text);
        }
    }
}

/// What follows a prefix like `duration` or the name of an enumeration.
pub(super) fn prefixed<'a>(cursor: &mut Cursor<'a>, prefix: &'a str, version: Version) -> Parsed<Literal<'a>> {
    let start = cursor.position();
    let content = string(cursor)?;
    let wrong = |what: &str| Err(Fault::new(start + 1, format!("`{content}` is no {what}")));
    let of = |is_good: bool, edm: Edm, what: &str| if is_good { Ok(Literal::Of(Ty::of(edm))) } else { wrong(what) };
    let lower = prefix.to_ascii_lowercase();
    match lower.as_str() {
        "duration" => return of(time::is_duration(content), Edm::Duration, "duration"),
        "binary" if version != Version::Legacy => return of(is_base64(content), Edm::Binary, "base64url"),
        "geography" => return geo::check(content, start + 1).map(|()| Literal::Of(Ty::of(Edm::Geography))),
        "geometry" => return geo::check(content, start + 1).map(|()| Literal::Of(Ty::of(Edm::Geometry))),
        _ => {}
    }
    if version == Version::Legacy {
        let whole = |is_read: &dyn Fn(&mut Cursor<'_>) -> bool| {
            let mut inner = Cursor::new(content);
            is_read(&mut inner) && inner.is_end()
        };
        match lower.as_str() {
            "datetime" => return of(time::is_local(content), Edm::DateTime, "date with a time"),
            "datetimeoffset" => {
                return of(time::is_instant(content), Edm::DateTimeOffset, "date with a time and an offset");
            }
            "time" => {
                let is_time =
                    time::is_duration(content) || whole(&|inner| time::literal(inner) == Some(Edm::TimeOfDay));
                return of(is_time, Edm::TimeOfDay, "time");
            }
            "guid" => return of(whole(&guid), Edm::Guid, "GUID"),
            "x" | "binary" => {
                let is_hex = content.len().is_multiple_of(2) && content.bytes().all(|byte| byte.is_ascii_hexdigit());
                return of(is_hex, Edm::Binary, "binary value");
            }
            _ => {}
        }
    }
    if !prefix.contains('.') {
        let position = start.saturating_sub(prefix.len());
        return Err(Fault::new(position, format!("`{prefix}` is no prefix of a literal")));
    }
    if enum_content(content).is_none() {
        return wrong("value of an enumeration");
    }
    Ok(Literal::Enum(prefix, content))
}

/// The members that the content of an enumeration's literal names; numbers are `None`. `None` for the whole: it is no such content.
pub(crate) fn enum_content(content: &str) -> Option<Vec<Option<&str>>> {
    let member = |text: &'_ str| -> Option<bool> {
        let mut cursor = Cursor::new(text);
        if number::literal(&mut cursor, Version::V401) == Some(Edm::Int64) && cursor.is_end() {
            return Some(false);
        }
        is_identifier(text).then_some(true)
    };
    content
        .split(',')
        .map(|text| member(text.trim_matches(' ')).map(|named| named.then_some(text.trim_matches(' '))))
        .collect()
}

/// Of RFC 4648 section 5; padding may be left out.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let is_digits = digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    // The bits of the last digit that are no whole byte are zero.
    let is_last = |set: &str| digits.chars().next_back().is_some_and(|last| set.contains(last));
    is_digits
        && match digits.len() % 4 {
            0 => padding == 0,
            2 => (padding == 0 || padding == 2) && is_last("AQgw"),
            3 => (padding == 0 || padding == 1) && is_last("AEIMQUYcgkosw048"),
            _ => false,
        }
}
