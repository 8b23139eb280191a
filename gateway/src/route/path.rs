//! The one normal form of a request path: what is matched is what is forwarded.
//!
//! Why: a gateway that matches one reading of a path and forwards another lets a caller choose which policies apply.
//! The rules are in `docs/decisions/0002-path-normalisation-and-matching.md`. What must hold for a normalised path: it
//! starts with `/`, has no empty segment but the last, no dot segment in any encoding, no escaped unreserved character,
//! only well-formed escapes, and normalising it again changes nothing.

use super::limits::PATH_BYTES_MAX;

/// Why a path is refused before it is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Longer than [`PATH_BYTES_MAX`].
    #[error("the path is too long")]
    TooLong,
    /// `%` without two hexadecimal digits (RFC 3986 section 2.1).
    #[error("the path has a malformed percent-encoding")]
    Escape,
    /// A NUL, raw or encoded: it ends strings in too many backends.
    #[error("the path contains a NUL character")]
    Nul,
    /// A raw backslash: not allowed in a URI, and a slash to some backends.
    #[error("the path contains a backslash")]
    Backslash,
    /// A dot segment next to an encoded slash or a path parameter (`..%2f`, `..;x`), or nothing before a path parameter
    /// (`/;x/`): a backend that decodes the slash, or cuts the parameter before it resolves dots as servlet containers do,
    /// would leave the operation's path.
    #[error("the path hides a dot segment or an empty one")]
    HiddenSegment,
}

impl PathError {
    /// The status to answer with.
    pub fn status(self) -> u16 {
        match self {
            Self::TooLong => 414,
            _ => 400,
        }
    }
}

/// What a look at the raw path found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Already normal; `escaped` says whether any `%` is left in it, `parameters` whether any `;` is.
    Normal { escaped: bool, parameters: bool },
    /// Its normal form is in the buffer.
    Rewritten { escaped: bool, parameters: bool },
}

/// `//` or `/.`: the only pairs that a path without escapes needs rewriting for.
const PAIR: u8 = 1;
const PERCENT: u8 = 2;
const SEMICOLON: u8 = 4;
/// A backslash or a NUL.
const REFUSED: u8 = 8;

/// Bytes looked at together.
const LANES: usize = 16;

/// What occurs in a path that begins with a slash. Written so that the compiler uses vector instructions: every request
/// pays for this look, and byte by byte it was the costliest step of a search.
fn look(path: &[u8]) -> u8 {
    let (Some(before), Some(bytes)) = (path.get(..path.len().saturating_sub(1)), path.get(1..)) else { return 0 };
    if bytes.len() <= 2 * LANES && is_simple(before, bytes) {
        return 0;
    }
    let Some(last) = bytes.len().checked_sub(LANES) else {
        return before.iter().zip(bytes).fold(0, |seen, (&before, &byte)| seen | class(before, byte));
    };
    let mut seen = [0; LANES];
    let (before_chunks, _) = before.as_chunks::<LANES>();
    let (chunks, _) = bytes.as_chunks::<LANES>();
    // The bytes after the last whole chunk: once more with some of those before them.
    let rest = before[last..].first_chunk::<LANES>().zip(bytes[last..].first_chunk::<LANES>());
    for (before, bytes) in before_chunks.iter().zip(chunks).chain(rest) {
        for lane in 0..LANES {
            seen[lane] |= class(before[lane], bytes[lane]);
        }
    }
    seen.iter().fold(0, |all, lane| all | lane)
}

/// Whether there is nothing to be seen, as in most paths: two words of a short one instead of vectors that it does not fill. Says
/// no also where it cannot tell.
#[inline]
fn is_simple(before: &[u8], bytes: &[u8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let (Some(last_before), Some(last)) = (before.last_chunk::<8>(), bytes.last_chunk::<8>()) else { return false };
    let (before_words, words) = (before.as_chunks::<8>().0, bytes.as_chunks::<8>().0);
    before_words.iter().zip(words).chain([(last_before, last)]).all(|(before, word)| {
        let (before, word) = (u64::from_le_bytes(*before), u64::from_le_bytes(*word));
        // Zero where the byte is this one. What has a zero byte borrows in the subtraction below.
        let is = |word: u64, byte: u8| word ^ (ONES * u64::from(byte));
        let behind_slash = is(before, b'/');
        let pairs = [behind_slash | is(word, b'/'), behind_slash | is(word, b'.')];
        let bytes = [word, is(word, b'%'), is(word, b';'), is(word, b'\\')];
        let zeros = |all: u64, word: u64| all | (word.wrapping_sub(ONES) & !word);
        pairs.into_iter().chain(bytes).fold(0, zeros) & (ONES << 7) == 0
    })
}

#[inline(always)]
fn class(before: u8, byte: u8) -> u8 {
    let is = |wanted: u8, class: u8| if byte == wanted { class } else { 0 };
    let pair = if before == b'/' { PAIR } else { 0 };
    (pair & (is(b'/', PAIR) | is(b'.', PAIR)))
        | is(b'%', PERCENT)
        | is(b';', SEMICOLON)
        | is(b'\\', REFUSED)
        | is(0, REFUSED)
}

/// Brings `raw` into normal form. `buffer` is written only when that changes it.
pub(super) fn normalise(raw: &[u8], buffer: &mut Vec<u8>) -> Result<Form, PathError> {
    if raw.len() > PATH_BYTES_MAX {
        return Err(PathError::TooLong);
    }
    let rooted = raw.first() == Some(&b'/');
    let seen = look(raw);
    if seen & REFUSED != 0 {
        return Err(if raw.contains(&0) { PathError::Nul } else { PathError::Backslash });
    }
    let parameters = seen & SEMICOLON != 0;
    let escaped = seen & PERCENT != 0;
    if !escaped && rooted && seen & PAIR == 0 {
        if parameters {
            refuse_hidden_segments(raw)?;
        }
        return Ok(Form::Normal { escaped, parameters });
    }
    rewrite(raw, buffer)?;
    let escaped = buffer.contains(&b'%');
    if escaped || parameters {
        refuse_hidden_segments(buffer)?;
    }
    // An escaped semicolon stays escaped, so `parameters` is unchanged.
    if buffer.as_slice() == raw {
        return Ok(Form::Normal { escaped, parameters });
    }
    Ok(Form::Rewritten { escaped, parameters })
}

/// Decodes escaped unreserved characters, drops empty segments and resolves dot segments (RFC 3986 sections 6.2.2.2 and
/// 5.2.4; a `..` at the root stays at the root).
fn rewrite(raw: &[u8], buffer: &mut Vec<u8>) -> Result<(), PathError> {
    buffer.clear();
    buffer.push(b'/');
    let mut segment_start = buffer.len();
    let mut rest = raw.strip_prefix(b"/").unwrap_or(raw);
    loop {
        match rest {
            [] => {
                end_segment(buffer, segment_start, End::Path);
                return Ok(());
            }
            [b'/', tail @ ..] => {
                segment_start = end_segment(buffer, segment_start, End::Segment);
                rest = tail;
            }
            [b'%', high, low, tail @ ..] => {
                let byte = octet(*high, *low).ok_or(PathError::Escape)?;
                if byte == 0 {
                    return Err(PathError::Nul);
                }
                if is_unreserved(byte) {
                    buffer.push(byte);
                } else {
                    buffer.extend_from_slice(&[b'%', *high, *low]);
                }
                rest = tail;
            }
            [b'%', ..] => return Err(PathError::Escape),
            [byte, tail @ ..] => {
                buffer.push(*byte);
                rest = tail;
            }
        }
    }
}

#[derive(Clone, Copy)]
enum End {
    /// A slash follows.
    Segment,
    /// Nothing follows.
    Path,
}

/// Closes the segment that starts at `start`; returns where the next one starts.
fn end_segment(buffer: &mut Vec<u8>, start: usize, end: End) -> usize {
    match &buffer[start..] {
        // An empty segment (`//`, or a trailing slash) adds nothing.
        b"" => {}
        b"." => buffer.truncate(start),
        b".." => {
            buffer.truncate(start);
            // Drop the slash before this segment, then everything back to the one before that.
            if buffer.len() > 1 {
                buffer.pop();
                let parent = buffer.iter().rposition(|&byte| byte == b'/').map_or(1, |slash| slash + 1);
                buffer.truncate(parent);
            }
        }
        _ => {
            if matches!(end, End::Segment) {
                buffer.push(b'/');
            }
        }
    }
    buffer.len()
}

/// Looks at each segment as the most lenient backends do: split at encoded slashes and backslashes, cut at a semicolon.
/// Only the API path's own `;rev=n` may have nothing before it, for the API at the root.
fn refuse_hidden_segments(path: &[u8]) -> Result<(), PathError> {
    for (index, segment) in path.split(|&byte| byte == b'/').enumerate() {
        let mut rest = segment;
        loop {
            let (piece, tail) = split_at_octet(rest, b"/\\", None).unwrap_or((rest, b""));
            let (name, is_cut) = match split_at_octet(piece, b";", Some(b';')) {
                Some((name, _)) => (name, true),
                None => (piece, false),
            };
            let is_root_revision = index == 1 && segment.get(..5).is_some_and(|b| b.eq_ignore_ascii_case(b";rev="));
            let hides = matches!(name, b"." | b"..") || (is_cut && name.is_empty() && !is_root_revision);
            if hides {
                return Err(PathError::HiddenSegment);
            }
            if tail.is_empty() {
                break;
            }
            rest = tail;
        }
    }
    Ok(())
}

/// What is before and after the first place where one of `encoded` stands percent-encoded, or `raw` stands as it is.
fn split_at_octet<'a>(text: &'a [u8], encoded: &[u8], raw: Option<u8>) -> Option<(&'a [u8], &'a [u8])> {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if raw == Some(byte) {
            return Some((&text[..at], &text[at + 1..]));
        }
        if byte == b'%'
            && let Some(&[high, low]) = text.get(at + 1..at + 3)
            && octet(high, low).is_some_and(|octet| encoded.contains(&octet))
        {
            return Some((&text[..at], &text[at + 3..]));
        }
        at += 1;
    }
    None
}

/// The octet that `%high low` stands for.
pub(super) fn octet(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    let value = digit(high)? * 16 + digit(low)?;
    u8::try_from(value).ok()
}

/// RFC 3986 section 2.3.
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(raw: &str) -> Result<String, PathError> {
        let mut buffer = Vec::new();
        Ok(match normalise(raw.as_bytes(), &mut buffer)? {
            Form::Normal { .. } => raw.to_owned(),
            Form::Rewritten { .. } => String::from_utf8(buffer).unwrap(),
        })
    }

    #[test]
    fn a_path_is_brought_into_normal_form() {
        let table = [
            ("/", "/"),
            ("", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("//a", "/a"),
            ("/a//b", "/a/b"),
            ("/a///", "/a/"),
            ("/a/./b", "/a/b"),
            ("/a/.", "/a/"),
            ("/a/../b", "/b"),
            ("/a/b/..", "/a/"),
            ("/a/b/../", "/a/"),
            ("/..", "/"),
            ("/../../a", "/a"),
            ("/a/b/../../../c", "/c"),
            ("/a//../b", "/b"),
            ("/.well-known/x", "/.well-known/x"),
            ("/a/...", "/a/..."),
            ("/%2e%2e/a", "/a"),
            ("/a/%2E/b", "/a/b"),
            ("/a/.%2e/b", "/b"),
            ("/%61%2D%7e", "/a-~"),
            ("/a%20b", "/a%20b"),
            ("/a%2Fb", "/a%2Fb"),
            ("/a%2fb", "/a%2fb"),
            ("/a%5Cb", "/a%5Cb"),
            ("/%252e%252e/a", "/%252e%252e/a"),
            ("/a%3Brev=2", "/a%3Brev=2"),
            ("/a;rev=2/b", "/a;rev=2/b"),
            ("/;rev=2/b", "/;rev=2/b"),
            ("/...;x/..a;y", "/...;x/..a;y"),
            ("/a/%2Fb%2F", "/a/%2Fb%2F"),
            ("/%C3%A9", "/%C3%A9"),
        ];
        for (raw, expected) in table {
            assert_eq!(normal(raw).as_deref(), Ok(expected), "{raw}");
        }
    }

    #[test]
    fn a_path_that_can_be_read_in_two_ways_is_refused() {
        let table = [
            ("/a%", PathError::Escape),
            ("/a%4", PathError::Escape),
            ("/a%zz", PathError::Escape),
            ("/%2%65", PathError::Escape),
            ("/a%00", PathError::Nul),
            ("/a\0", PathError::Nul),
            ("/a\\b", PathError::Backslash),
            ("/a/..%2fb", PathError::HiddenSegment),
            ("/a/b%2F..", PathError::HiddenSegment),
            ("/a/%2e%2e%2fb", PathError::HiddenSegment),
            ("/a/b%5c..%5cc", PathError::HiddenSegment),
            ("/a/x%2f.%2fb", PathError::HiddenSegment),
            ("/a/..;/b", PathError::HiddenSegment),
            ("/a/..;x=y/b", PathError::HiddenSegment),
            ("/a/..;", PathError::HiddenSegment),
            ("/a/.;rev=2/b", PathError::HiddenSegment),
            ("/a/%2e%2e;/b", PathError::HiddenSegment),
            ("/a/..%3b/b", PathError::HiddenSegment),
            ("/a/..%3B%2fb", PathError::HiddenSegment),
            ("/a/x%2f..;y", PathError::HiddenSegment),
            ("/;x/b", PathError::HiddenSegment),
            ("/a/;rev=2/b", PathError::HiddenSegment),
            ("/a/%3bx/b", PathError::HiddenSegment),
        ];
        for (raw, expected) in table {
            assert_eq!(normal(raw), Err(expected), "{raw}");
        }
    }

    #[test]
    fn every_place_in_a_path_is_looked_at() {
        for length in 1..70 {
            for place in 1..length {
                let with = |text: &str| {
                    let mut path = vec![b'a'; length];
                    path[0] = b'/';
                    let end = (place + text.len()).min(length);
                    path[place..end].copy_from_slice(&text.as_bytes()[..end - place]);
                    (look(&path), end - place == text.len())
                };
                for (text, expected) in [("%", PERCENT), (";", SEMICOLON), ("\\", REFUSED), ("\0", REFUSED)] {
                    assert_eq!(with(text), (expected, true), "{text:?} at {place} of {length}");
                }
                for text in ["//", "/."] {
                    let (seen, fits) = with(text);
                    // Next to the first slash another one is a pair at once.
                    assert_eq!(seen, if fits || place == 1 { PAIR } else { 0 }, "{text:?} at {place} of {length}");
                }
                assert_eq!(with("/").0, if place == 1 { PAIR } else { 0 });
            }
        }
        assert_eq!((look(b""), look(b"/"), look(b"/a")), (0, 0, 0));
    }

    #[test]
    fn the_longest_path_is_accepted_and_one_byte_more_is_refused() {
        let longest = format!("/{}", "a".repeat(PATH_BYTES_MAX - 1));
        assert!(normal(&longest).is_ok());
        assert_eq!(normal(&format!("{longest}a")), Err(PathError::TooLong));
        assert_eq!(PathError::TooLong.status(), 414);
        assert_eq!(PathError::Escape.status(), 400);
    }

    #[test]
    fn normalising_twice_changes_nothing_and_leaves_no_dot_segment() {
        let alphabet = ["/", "/", ".", "..", "a", "%2e", "%2f", "%2F", "%5c", "%25", "%41", "b", ";", "%3b", "~"];
        let mut random = crate::route::random::Random::new(7);
        for _ in 0..20_000 {
            let mut raw = String::from("/");
            for _ in 0..random.below(9) {
                raw.push_str(alphabet[random.below(alphabet.len())]);
            }
            let Ok(once) = normal(&raw) else { continue };
            assert_eq!(normal(&once).as_deref(), Ok(once.as_str()), "{raw}");
            assert!(once.starts_with('/') && !once.contains("//"), "{raw} became {once}");
            assert!(!once.split('/').any(|segment| segment == "." || segment == ".."), "{raw} became {once}");
            assert!(!once.to_lowercase().contains("%2e") && !once.contains("%41"), "{raw} became {once}");
        }
    }
}
