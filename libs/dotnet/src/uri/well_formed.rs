//! `Uri.IsWellFormedUriString`: whether a text needs no correction to be a URI.

use super::escape::decoded;
use super::parse::drive;
use super::uri_type::{Uri, UriKind};

/// Whether the text is a URI of that kind and is escaped as it should be.
#[must_use]
pub fn is_well_formed_uri_string(text: &str, kind: UriKind) -> bool {
    let Some(uri) = Uri::try_create(text, kind) else { return false };
    // A path of the file system has to become a URI first.
    if drive(text.trim()).is_some() {
        return false;
    }
    let Some(parts) = &uri.absolute else {
        // A colon in the first segment looks like a scheme.
        let first = text.split(['/', '?', '#']).next().unwrap_or_default();
        return !first.contains(':') && !text.contains('\\') && is_escaped(text);
    };
    let after = text.split_once(':').map_or("", |(_, rest)| rest);
    let is_path = text.contains('\\') || after.len() == text.len();
    let authority_end = after.trim_start_matches('/').find(['/', '?', '#']);
    let behind_authority = if parts.has_authority {
        let slashes = after.len() - after.trim_start_matches('/').len();
        authority_end.and_then(|end| after.get(slashes + end..)).unwrap_or_default()
    } else {
        after
    };
    let trimmed = text.trim() == text;
    trimmed && !is_path && is_escaped(behind_authority)
}

/// Whether every character is allowed where it stands; letters of other scripts are.
fn is_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut fragment = false;
    bytes.iter().enumerate().all(|(index, byte)| match byte {
        b'%' => decoded(bytes, index).is_some(),
        b'#' => !std::mem::replace(&mut fragment, true),
        b'"' | b'<' | b'>' | b'`' | b'[' | b']' | b'^' | b'\\' | b'{' | b'|' | b'}' | 0x7F => false,
        0..=b' ' => false,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_texts_need_no_correction() {
        let cases = [
            ("http://example.com/a%20b?x=1#f", UriKind::Absolute, true),
            ("https://example.com", UriKind::Absolute, true),
            ("http://example.com/é", UriKind::Absolute, true),
            ("http://example.com/a b", UriKind::Absolute, false),
            ("http://example.com/{id}", UriKind::Absolute, false),
            ("http://example.com/%zz", UriKind::Absolute, false),
            ("http:\\\\example.com", UriKind::Absolute, false),
            ("http://example.com/a/../b", UriKind::Absolute, true),
            ("example.com/a", UriKind::Absolute, false),
            ("/a/b?x", UriKind::Relative, true),
            ("a b", UriKind::Relative, false),
            ("/a", UriKind::RelativeOrAbsolute, true),
            ("c:\\x", UriKind::Absolute, false),
            ("", UriKind::Absolute, false),
            ("urn:a:b", UriKind::Absolute, true),
        ];
        for (text, kind, expected) in cases {
            assert_eq!(is_well_formed_uri_string(text, kind), expected, "{text}");
        }
    }
}
