//! Names and values of a request's query, compared without copying them.

use super::path::octet;

/// Octets of a query component: percent-decoded, `+` as a space. A malformed escape stands for itself.
#[derive(Debug, Clone)]
pub(crate) struct Decoded<'a> {
    rest: &'a [u8],
}

impl<'a> Decoded<'a> {
    pub(crate) fn new(component: &'a [u8]) -> Self {
        Self { rest: component }
    }
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        match self.rest {
            [] => None,
            [b'%', high, low, tail @ ..] if octet(*high, *low).is_some() => {
                self.rest = tail;
                octet(*high, *low)
            }
            [byte, tail @ ..] => {
                self.rest = tail;
                Some(if *byte == b'+' { b' ' } else { *byte })
            }
        }
    }
}

/// Whether a component, decoded and in lower case, is `folded`.
pub(super) fn is(component: &[u8], folded: &[u8]) -> bool {
    Decoded::new(component).map(|byte| byte.to_ascii_lowercase()).eq(folded.iter().copied())
}

/// The pairs of a query: byte ranges of name and value. A pair without `=` has an empty value.
#[derive(Debug, Clone)]
pub(crate) struct Pairs<'a> {
    query: &'a [u8],
    at: usize,
}

impl<'a> Pairs<'a> {
    pub(crate) fn new(query: &'a [u8]) -> Self {
        Self { query, at: 0 }
    }
}

/// One `name=value` of a query; `start` is where the value begins in the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
    pub(crate) start: usize,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        let rest = self.query.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'&', rest).unwrap_or(rest.len());
        let pair = &rest[..length];
        let equals = memchr::memchr(b'=', pair);
        let name = &pair[..equals.unwrap_or(length)];
        let value_at = equals.map_or(length, |at| at + 1);
        let start = self.at + value_at;
        self.at += length + 1;
        Some(Pair { name, value: &pair[value_at..], start })
    }
}

/// The value of the first parameter of that (folded) name.
pub(crate) fn value<'a>(query: &'a [u8], folded_name: &[u8]) -> Option<Pair<'a>> {
    if query.is_empty() {
        return None;
    }
    Pairs::new(query).find(|pair| is(pair.name, folded_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_decoded_name_ignoring_case() {
        let query = b"a=1&B%20c=x%2By&&flag&a=2&e=";
        let find = |name: &[u8]| value(query, name).map(|pair| (pair.value, pair.start));
        assert_eq!(find(b"a"), Some((&b"1"[..], 2)));
        assert_eq!(find(b"b c"), Some((&b"x%2By"[..], 10)));
        assert_eq!(find(b"flag"), Some((&b""[..], 21)));
        assert_eq!(find(b"e"), Some((&b""[..], 28)));
        assert_eq!(find(b"missing"), None);
        assert_eq!(value(b"", b"a"), None);
        assert!(is(b"x%2By", b"x+y") && is(b"X+Y", b"x y"));
    }
}
