//! Upper and lower case of single UTF-16 units: what IgnoreCase takes as the same.
//!
//! Units are equivalent when their simple lower case is the same, as in the tables of .NET 7 and later: `k`, `K` and the Kelvin sign are.

/// Other units equivalent to this one; unused places repeat the unit.
pub(super) fn equivalents(unit: u16) -> [u16; 3] {
    let lower = lower(unit);
    let upper = upper(lower);
    let third = match lower {
        0x6b => 0x212a,
        0xe5 => 0x212b,
        0x3c9 => 0x2126,
        0x3b8 => 0x3f4,
        0xdf => 0x1e9e,
        0x1c6 => 0x1c5,
        0x1c9 => 0x1c8,
        0x1cc => 0x1cb,
        0x1f3 => 0x1f2,
        _ => lower,
    };
    [lower, if lower_matches(upper, lower) { upper } else { lower }, third]
}

/// The simple lower case of a unit.
pub(super) fn lower(unit: u16) -> u16 {
    if unit < 128 {
        return if (0x41..=0x5a).contains(&unit) { unit + 32 } else { unit };
    }
    if unit == 0x130 {
        return unit;
    }
    single(unit, |c| {
        let mut mapped = c.to_lowercase();
        (mapped.next(), mapped.next())
    })
}

fn upper(unit: u16) -> u16 {
    if unit < 128 {
        return if (0x61..=0x7a).contains(&unit) { unit - 32 } else { unit };
    }
    single(unit, |c| {
        let mut mapped = c.to_uppercase();
        (mapped.next(), mapped.next())
    })
}

/// Upper case is no equivalence on its own: `ſ` has the upper case `S`, whose lower case is `s`.
fn lower_matches(upper: u16, expected: u16) -> bool {
    lower(upper) == expected
}

/// A mapping to one unit; longer mappings leave the unit as it is.
fn single(unit: u16, map: impl Fn(char) -> (Option<char>, Option<char>)) -> u16 {
    let Some(c) = char::from_u32(u32::from(unit)) else { return unit };
    match map(c) {
        (Some(mapped), None) => u16::try_from(u32::from(mapped)).unwrap_or(unit),
        _ => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_units_have_one_lower_case() {
        assert_eq!(equivalents(u16::from(b'K')), [0x6b, 0x4b, 0x212a]);
        assert_eq!(equivalents(0x212a), [0x6b, 0x4b, 0x212a]);
        assert_eq!(equivalents(u16::from(b'1')), [0x31, 0x31, 0x31]);
        assert_eq!(equivalents(0x17f), [0x17f, 0x17f, 0x17f]);
        assert_eq!(equivalents(0xc4), [0xe4, 0xc4, 0xe4]);
    }
}
