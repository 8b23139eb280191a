//! Paths and queries as bytes: percent-encoding and the list of parameters, without building a map.

/// One parameter of a query as written: `name`, or `name=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueryParameter<'a> {
    /// The whole text between two `&`.
    pub(crate) text: &'a [u8],
    /// What stands before the first `=`, still encoded.
    pub(crate) name: &'a [u8],
}

/// The parameters of a query, empty ones (`a&&b`) left out.
pub(crate) fn parameters(query: &[u8]) -> impl Iterator<Item = QueryParameter<'_>> {
    query.split(|byte| *byte == b'&').filter(|text| !text.is_empty()).map(|text| {
        let end = memchr::memchr(b'=', text).unwrap_or(text.len());
        QueryParameter { text, name: &text[..end] }
    })
}

/// Whether two encoded parameter names mean the same: decoded, without ASCII case.
pub(crate) fn same_name(left: &[u8], right: &[u8]) -> bool {
    decoded(left).eq_ignore_ascii_case(decoded(right))
}

/// An encoded query component as it is meant.
pub(crate) fn decode(text: &[u8]) -> Vec<u8> {
    decoded(text).collect()
}

/// The bytes of an encoded query component: `%XX` and `+` decoded.
fn decoded(text: &[u8]) -> Decoded<'_> {
    Decoded { rest: text }
}

struct Decoded<'a> {
    rest: &'a [u8],
}

impl Decoded<'_> {
    fn eq_ignore_ascii_case(self, other: Decoded<'_>) -> bool {
        self.map(|byte| byte.to_ascii_lowercase()).eq(other.map(|byte| byte.to_ascii_lowercase()))
    }
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        match *first {
            b'+' => Some(b' '),
            b'%' => match rest {
                [high, low, behind @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    self.rest = behind;
                    Some(hex(*high) << 4 | hex(*low))
                }
                _ => Some(b'%'),
            },
            byte => Some(byte),
        }
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

/// Appends `text` as one query component: everything but RFC 3986's unreserved characters is percent-encoded.
pub(crate) fn encode_component(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(byte);
        } else {
            percent(out, byte);
        }
    }
}

/// Appends `text` to a path: what a path may hold (RFC 3986 section 3.3) and existing `%XX` stay, the rest is percent-encoded.
pub(crate) fn push_path(out: &mut Vec<u8>, text: &[u8]) {
    push_legal(out, text, |byte| is_pchar(byte) || byte == b'/');
}

/// Appends `text` to a query: what a query may hold (RFC 3986 section 3.4) and existing `%XX` stay, the rest is percent-encoded.
pub(crate) fn push_query(out: &mut Vec<u8>, text: &[u8]) {
    push_legal(out, text, |byte| is_pchar(byte) || matches!(byte, b'/' | b'?'));
}

fn push_legal(out: &mut Vec<u8>, text: &[u8], legal: impl Fn(u8) -> bool) {
    for (index, byte) in text.iter().copied().enumerate() {
        let escape = byte == b'%'
            && text.get(index + 1..index + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if escape || legal(byte) {
            out.push(byte);
        } else {
            percent(out, byte);
        }
    }
}

fn percent(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_pchar(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@".contains(&byte)
}

/// Whether a path has a segment `.` or `..`, in any encoding: such a path would climb out of what the policy meant. Some servers cut
/// `;parameters` off a segment before they resolve dots, so `..;` counts too.
pub(crate) fn has_dot_segment(path: &[u8]) -> bool {
    path.split(|byte| *byte == b'/').any(|segment| {
        let mut name = decoded(segment).take_while(|byte| *byte != b';');
        matches!((name.next(), name.next(), name.next()), (Some(b'.'), None, _) | (Some(b'.'), Some(b'.'), None))
    })
}

#[cfg(test)]
mod tests {
    use super::{encode_component, has_dot_segment, parameters, push_path, push_query, same_name};

    #[test]
    fn parameters_keep_their_text_and_empty_ones_are_left_out() {
        let found: Vec<(&[u8], &[u8])> = parameters(b"a=1&&b&c=x=y&=z").map(|p| (p.name, p.text)).collect();
        let expected: [(&[u8], &[u8]); 4] = [(b"a", b"a=1"), (b"b", b"b"), (b"c", b"c=x=y"), (b"", b"=z")];
        assert_eq!(found, expected);
    }

    #[test]
    fn names_compare_decoded_and_without_case() {
        for (left, right, same) in [
            ("a", "A", true),
            ("a%62", "AB", true),
            ("a+b", "a%20b", true),
            ("a%", "a%", true),
            ("a%2", "a2", false),
            ("a", "ab", false),
        ] {
            assert_eq!(same_name(left.as_bytes(), right.as_bytes()), same, "{left} {right}");
        }
    }

    #[test]
    fn encoding_keeps_what_is_legal_at_its_place() {
        let text = |push: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            push(&mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(&|out| encode_component(out, "a b&c=ä/~")), "a%20b%26c%3D%C3%A4%2F~");
        assert_eq!(text(&|out| push_path(out, "/a b/%20%zz?#:@é".as_bytes())), "/a%20b/%20%25zz%3F%23:@%C3%A9");
        assert_eq!(text(&|out| push_query(out, b"a=b c&d=?/#\"")), "a=b%20c&d=?/%23%22");
    }

    #[test]
    fn dot_segments_are_found_in_every_encoding() {
        for (path, dots) in [
            ("/a/../b", true),
            ("/a/%2e%2E", true),
            ("/.%2e/", true),
            ("/..;/", true),
            ("/..;x=y", true),
            ("/%2e.%3b", true),
            ("/./", true),
            ("/...", false),
            ("/a.b/..c", false),
            ("/", false),
        ] {
            assert_eq!(has_dot_segment(path.as_bytes()), dots, "{path}");
        }
    }
}
