//! Entity tags and the conditions requests put on them.
//!
//! A tag is the version of the row in base64 between quotes, as the original's look. No request needs a condition (clients
//! exist that never send one), but a condition that is sent holds.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::ArmError;

/// The tag of a version.
pub fn tag_of(version: i64) -> String {
    format!("\"{}\"", STANDARD.encode(version.to_be_bytes()))
}

/// The tag as a header value.
pub fn header_of(version: i64) -> HeaderValue {
    HeaderValue::from_str(&tag_of(version)).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// `If-Match` and `If-None-Match` of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    if_match: Option<Vec<String>>,
    if_none_match: Option<Vec<String>>,
}

impl Conditions {
    pub fn of(headers: &HeaderMap) -> Self {
        Self { if_match: tags(headers, header::IF_MATCH), if_none_match: tags(headers, header::IF_NONE_MATCH) }
    }

    /// Checks the conditions of a write against the version that is there; `None` when nothing is.
    /// `If-Match: *` always holds: clients send it for "whatever is there", also when they create.
    pub fn check(&self, version: Option<i64>) -> Result<(), ArmError> {
        let present = version.map(tag_of);
        let is_listed = |tags: &[String]| {
            present.as_ref().is_some_and(|present| tags.iter().any(|tag| tag == "*" || same(tag, present)))
        };
        let failed_match = match &self.if_match {
            Some(tags) => !tags.iter().any(|tag| tag == "*") && !is_listed(tags),
            None => false,
        };
        let failed_none_match = self.if_none_match.as_ref().is_some_and(|tags| is_listed(tags));
        if failed_match || failed_none_match { Err(ArmError::precondition_failed()) } else { Ok(()) }
    }
}

/// Tags compare with or without their quotes and the weak mark: clients pass on what they were shown.
fn same(sent: &str, present: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    bare(sent) == bare(present)
}

/// All tags of all fields of that name; an empty field is no condition.
fn tags(headers: &HeaderMap, name: header::HeaderName) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for value in headers.get_all(name) {
        // A value that is no text matches nothing, but it is a condition.
        let text = value.to_str().unwrap_or("\u{fffd}");
        all.extend(text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned));
    }
    (!all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{Conditions, tag_of};

    fn conditions(name: &str, value: &str) -> Conditions {
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_bytes(name.as_bytes()).expect("name"),
            HeaderValue::from_bytes(value.as_bytes()).expect("value"),
        );
        Conditions::of(&headers)
    }

    #[test]
    fn if_match_holds_for_the_present_tag_and_for_a_star_only() {
        let tag = tag_of(7);
        assert_eq!(tag, "\"AAAAAAAAAAc=\"");
        for (sent, present, holds) in [
            (tag.as_str(), Some(7), true),
            ("AAAAAAAAAAc=", Some(7), true),
            ("\"x\", \"AAAAAAAAAAc=\"", Some(7), true),
            (tag.as_str(), Some(8), false),
            (tag.as_str(), None, false),
            ("*", Some(7), true),
            ("*", None, true),
            ("", Some(7), true),
        ] {
            assert_eq!(conditions("if-match", sent).check(present).is_ok(), holds, "{sent} {present:?}");
        }
        assert_eq!(conditions("if-match", "\"x\"").check(Some(1)).expect_err("stale").status.as_u16(), 412);
    }

    #[test]
    fn if_none_match_star_only_creates() {
        assert!(conditions("if-none-match", "*").check(None).is_ok());
        assert!(conditions("if-none-match", "*").check(Some(1)).is_err());
        assert!(Conditions::default().check(Some(1)).is_ok());
    }
}
