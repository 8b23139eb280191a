//! Names that a policy puts into the path of a request: of a topic, a binding, an application, a queue.
//!
//! Expressions make them, often of what callers send, and a name must not lead out of its place in the path.

use crate::builder::Builder;
use crate::given::Given;
use crate::reader::Element;
use crate::url;

/// The name without the white space around it, or what is wrong with it: it is empty, or has a segment `.` or `..`.
pub(super) fn checked<'t>(attribute: &str, name: &'t str) -> Result<&'t str, String> {
    let trimmed = name.trim();
    if trimmed.trim_matches('/').is_empty() {
        return Err(format!("attribute `{attribute}` must be some text, found `{name}`"));
    }
    if url::has_dot_segment(trimmed.as_bytes()) {
        return Err(format!("attribute `{attribute}` must not have `.` or `..` as a name, found `{name}`"));
    }
    Ok(trimmed)
}

/// Appends a single name: `/` in it does not part the path.
pub(super) fn push_segment(path: &mut Vec<u8>, attribute: &str, name: &str) -> Result<(), String> {
    url::encode_component(path, checked(attribute, name)?);
    Ok(())
}

/// The value of an attribute that is a name. `None`: it cannot be one whatever the request is, which was reported.
pub(super) fn given(element: &Element, attribute: &str, builder: &mut Builder<'_, '_>) -> Option<Given<Box<str>>> {
    let value = builder.text_attribute(element, attribute)??;
    if let Some(Err(fault)) = value.literal().map(|name| checked(attribute, name)) {
        let offset = element.attribute(attribute).map_or(element.offset, |attribute| attribute.value.offset);
        builder.error(offset, "value-invalid", fault);
        return None;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::{checked, push_segment};

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["..", " . ", "%2e%2E", "a/../b", "../../invoke/victim/method/del", "..;a", "a/%2e"] {
            let fault = format!("attribute `n` must not have `.` or `..` as a name, found `{name}`");
            assert_eq!(checked("n", name), Err(fault));
        }
        for name in ["", "  ", "/", "//"] {
            assert_eq!(checked("n", name), Err(format!("attribute `n` must be some text, found `{name}`")));
        }
        for name in ["a.b", "...", "..a", "a/b"] {
            assert_eq!(checked("n", &format!(" {name} ")), Ok(name));
        }
    }

    #[test]
    fn a_single_name_stays_one_segment() {
        for (name, segment) in [
            ("a/b", "a%2Fb"),
            ("a?b#c", "a%3Fb%23c"),
            ("a%2fb", "a%252fb"),
            ("a\r\nX: 1", "a%0D%0AX%3A%201"),
            ("ä", "%C3%A4"),
        ] {
            let mut path = Vec::new();
            push_segment(&mut path, "n", name).unwrap();
            assert_eq!(String::from_utf8(path).unwrap(), segment);
        }
    }
}
