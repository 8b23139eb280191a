//! Resource names of operations.
//!
//! APIM's documentation says that an `operationId` is lower-cased and its other characters become dashes; documents
//! extracted from real instances show `ChatCompletions_Create` kept as it was. So: an id that is a valid name stays,
//! anything else is normalised. Policies are found by this name, so the result must not depend on anything but the
//! document.

use std::collections::HashSet;

use super::limits::{NAME_CHARS_MAX, NAME_KEPT_CHARS_MAX, NAME_SUFFIX_MAX};

/// The names given so far, compared without case as ARM compares resource names.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// The name of an operation, made unique by a suffix `-1` … `-999`; `None` when all of these are taken.
    pub(super) fn claim(&mut self, operation_id: Option<&str>, method: &str, url_template: &str) -> Option<String> {
        let name = match operation_id.map(str::trim) {
            Some(id) if is_valid(id) => id.to_owned(),
            Some(id) if !normalise(id).is_empty() => normalise(id),
            _ => normalise(&format!("{method}-{url_template}")),
        };
        if self.taken.insert(name.to_lowercase()) {
            return Some(name);
        }
        let stem = cut(&name, NAME_CHARS_MAX);
        for suffix in 1..=NAME_SUFFIX_MAX {
            let candidate = format!("{stem}-{suffix}");
            if self.taken.insert(candidate.to_lowercase()) {
                return Some(candidate);
            }
        }
        None
    }
}

/// Whether an id can be a resource name, a path segment and a folder name without any escaping.
fn is_valid(id: &str) -> bool {
    id.len() <= NAME_KEPT_CHARS_MAX
        && id.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && id.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.'))
}

/// Lower case; runs of anything but letters and digits become one dash; no dash at either end; at most 76 characters.
fn normalise(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii_alphanumeric() {
            name.push(char.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    cut(&name, NAME_CHARS_MAX).trim_end_matches('-').to_owned()
}

/// The first `max` bytes; names are ASCII.
fn cut(name: &str, max: usize) -> &str {
    name.get(..max).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(operation_id: Option<&str>, method: &str, template: &str) -> String {
        Names::default().claim(operation_id, method, template).unwrap()
    }

    #[test]
    fn ids_that_are_valid_names_are_kept() {
        for id in ["ChatCompletions_Create", "listPets", "pets.list", "a-b", "_x", "0"] {
            assert_eq!(name(Some(id), "GET", "/"), id);
        }
    }

    #[test]
    fn other_ids_are_normalised_as_apim_documents_it() {
        for (id, expected) in [
            ("Get Pet By ID", "get-pet-by-id"),
            ("repos/get-content", "repos-get-content"),
            (" (find) pets! ", "find-pets"),
            ("größe", "gr-e"),
            ("..", "get-foo"),
            ("", "get-foo"),
        ] {
            assert_eq!(name(Some(id), "GET", "/foo"), expected, "{id:?}");
        }
    }

    #[test]
    fn without_an_id_method_and_path_make_the_name() {
        assert_eq!(name(None, "GET", "/foo/{bar}?buzz={quix}"), "get-foo-bar-buzz-quix");
        assert_eq!(name(None, "GET", "/"), "get");
    }

    #[test]
    fn names_are_cut_to_76_characters_and_kept_up_to_80() {
        assert_eq!(name(Some(&"a".repeat(80)), "GET", "/").len(), 80);
        assert_eq!(name(Some(&"a".repeat(81)), "GET", "/").len(), 76);
        assert_eq!(name(Some(&format!("{} b", "a".repeat(75))), "GET", "/"), "a".repeat(75), "no dash at the end");
    }

    #[test]
    fn equal_names_get_suffixes_without_regard_to_case() {
        let mut names = Names::default();
        let mut claim = |id: &str| names.claim(Some(id), "GET", "/");
        assert_eq!(claim("List").as_deref(), Some("List"));
        assert_eq!(claim("list").as_deref(), Some("list-1"));
        assert_eq!(claim("LIST").as_deref(), Some("LIST-2"));
        assert_eq!(claim(&"z".repeat(80)).map(|name| name.len()), Some(80));
        assert_eq!(claim(&"z".repeat(80)), Some(format!("{}-1", "z".repeat(76))));
    }

    #[test]
    fn after_999_suffixes_there_is_no_name() {
        let mut names = Names::default();
        for _ in 0..=NAME_SUFFIX_MAX {
            assert!(names.claim(Some("x"), "GET", "/").is_some());
        }
        assert_eq!(names.claim(Some("x"), "GET", "/"), None);
    }
}
