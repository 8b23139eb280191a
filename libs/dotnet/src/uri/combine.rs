//! A base and a reference to it (RFC 3986 §5.2), `IsBaseOf` and `MakeRelativeUri`.

use super::parse::absolute;
use super::uri_type::{Absolute, Uri, UriKind};
use crate::Exception;

impl Uri {
    /// `new Uri(base, relative)`.
    ///
    /// # Errors
    /// `ArgumentOutOfRangeException` if the base is relative, `UriFormatException`.
    pub fn combine(base: &Uri, relative: &str) -> Result<Uri, Exception> {
        let Some(parts) = &base.absolute else {
            let message = "This operation is not supported for a relative URI.";
            return Err(Exception::argument_out_of_range("baseUri", message));
        };
        let reference = Uri::parse(relative, UriKind::RelativeOrAbsolute)?;
        if reference.is_absolute() {
            return Ok(reference);
        }
        let text = resolve(parts, relative.trim());
        Ok(Uri { absolute: Some(absolute(&text)?), original: text })
    }

    /// `IsBaseOf`.
    ///
    /// # Errors
    /// `InvalidOperationException` if this one is relative.
    pub fn is_base_of(&self, other: &Uri) -> Result<bool, Exception> {
        let path = self.absolute_path()?;
        let Some((a, b)) = self.absolute.as_ref().zip(other.absolute.as_ref()) else { return Ok(!other.is_absolute()) };
        let folder = path.rfind('/').map_or("", |slash| path.get(..=slash).unwrap_or_default());
        Ok((&a.scheme, &a.host, a.port) == (&b.scheme, &b.host, b.port) && b.path.starts_with(folder))
    }

    /// `MakeRelativeUri`: how to get from here to there.
    ///
    /// # Errors
    /// `InvalidOperationException` if either is relative.
    pub fn make_relative(&self, other: &Uri) -> Result<Uri, Exception> {
        let (from, to) = (self.absolute_path()?, other.absolute_path()?);
        let same_place =
            self.scheme()? == other.scheme()? && self.host()? == other.host()? && self.port()? == other.port()?;
        if !same_place {
            return Ok(other.clone());
        }
        let steps = path_difference(from, to);
        let text = format!("{steps}{}{}", other.query()?, other.fragment()?);
        // A colon in the first segment would look like a scheme.
        let colon = text.split('/').next().is_some_and(|segment| segment.contains(':'));
        Ok(Uri { original: if colon { format!("./{text}") } else { text }, absolute: None })
    }
}

fn path_difference(from: &str, to: &str) -> String {
    if from == to {
        return String::new();
    }
    let folder = |path: &str| path.rfind('/').map_or(0, |slash| slash + 1);
    let common = from.bytes().zip(to.bytes()).take_while(|(a, b)| a == b).count();
    let shared = folder(from.get(..common.min(folder(from))).unwrap_or_default());
    let up = from.get(shared..).unwrap_or_default().matches('/').count();
    let down = to.get(shared..).unwrap_or_default();
    if up == 0 && down.is_empty() { "./".to_owned() } else { format!("{}{down}", "../".repeat(up)) }
}

fn resolve(base: &Absolute, reference: &str) -> String {
    let without = |query: bool, fragment: &str| {
        let mut base = base.clone();
        fragment.clone_into(&mut base.fragment);
        if !query {
            base.query.clear();
        }
        base
    };
    match reference.as_bytes().first() {
        None => without(true, "").text(),
        Some(b'#') => without(true, reference).text(),
        Some(b'?') => format!("{}{reference}", without(false, "").text()),
        _ if reference.starts_with("//") || reference.starts_with(r"\\") => format!("{}:{reference}", base.scheme),
        Some(b'/' | b'\\') => {
            let mut root = without(false, "");
            root.path.clear();
            format!("{}{reference}", root.text())
        }
        _ => {
            let mut folder = without(false, "");
            let end = folder.path.rfind('/').map_or(0, |slash| slash + 1);
            folder.path.truncate(end);
            if folder.path.is_empty() {
                "/".clone_into(&mut folder.path);
            }
            format!("{}{reference}", folder.text())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        Uri::parse(text, UriKind::RelativeOrAbsolute).unwrap()
    }

    #[test]
    fn references_resolve_against_their_base() {
        // RFC 3986 §5.4, with http as scheme.
        let base = uri("http://a/b/c/d;p?q");
        let cases = [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("g#s", "http://a/b/c/g#s"),
            ("", "http://a/b/c/d;p?q"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../../g", "http://a/g"),
            ("https://x/y", "https://x/y"),
            ("a b", "http://a/b/c/a%20b"),
        ];
        for (reference, expected) in cases {
            let combined = Uri::combine(&base, reference).unwrap();
            assert_eq!(combined.absolute_uri().as_deref(), Ok(expected), "{reference}");
        }
        assert!(Uri::combine(&uri("x"), "y").is_err());
    }

    #[test]
    fn a_base_contains_what_lies_in_its_folder() {
        let base = uri("https://h/a/b");
        assert_eq!(base.is_base_of(&uri("https://h/a/c/d")), Ok(true));
        assert_eq!(base.is_base_of(&uri("https://h/x")), Ok(false));
        assert_eq!(base.is_base_of(&uri("http://h/a/c")), Ok(false));
    }

    #[test]
    fn relative_references_lead_from_one_to_the_other() {
        let from = uri("http://h/a/b/c");
        for (to, expected) in [
            ("http://h/a/b/d?x", "d?x"),
            ("http://h/a/e", "../e"),
            ("http://h/z", "../../z"),
            ("http://o/z", "http://o/z"),
            ("http://h/a/b/", "./"),
        ] {
            assert_eq!(from.make_relative(&uri(to)).unwrap().to_string(), expected, "{to}");
        }
    }
}
