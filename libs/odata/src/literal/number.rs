//! Numbers.

use crate::cursor::Cursor;
use crate::types::Edm;
use crate::version::Version;

/// An integer is an `Int64`, everything else a `Decimal` or `Double`; which of them a number is depends on what it is compared with. `None`:
/// no number stands here, and the cursor has not moved.
pub(super) fn literal(cursor: &mut Cursor<'_>, version: Version) -> Option<Edm> {
    let mut ahead = *cursor;
    let _ = ahead.eat("-") || ahead.eat("+");
    if ahead.eat("INF") {
        *cursor = ahead;
        return Some(Edm::Double);
    }
    if digits(&mut ahead) == 0 {
        return None;
    }
    let mut edm = Edm::Int64;
    let mut fraction = ahead;
    if fraction.eat(".") && digits(&mut fraction) > 0 {
        ahead = fraction;
        edm = Edm::Decimal;
    }
    let mut exponent = ahead;
    if exponent.eat("e") || exponent.eat("E") {
        let _ = exponent.eat("-") || exponent.eat("+");
        if digits(&mut exponent) > 0 {
            ahead = exponent;
            edm = Edm::Double;
        }
    }
    if version == Version::Legacy
        && let Some(suffix) = ahead.peek().map(|c| c.to_ascii_lowercase()).filter(|c| "lmfd".contains(*c))
    {
        ahead.advance(1);
        edm = match suffix {
            'l' => Edm::Int64,
            'm' => Edm::Decimal,
            _ => Edm::Double,
        };
    }
    *cursor = ahead;
    Some(edm)
}

fn digits(cursor: &mut Cursor<'_>) -> usize {
    cursor.eat_while(|c| c.is_ascii_digit()).len()
}
