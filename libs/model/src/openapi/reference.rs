//! Following `$ref` inside one document.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::error::{ImportError, Reason};
use super::limits::REFERENCES_MAX;

/// A value of the document and the pointer it really stands at.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl<'a> Node<'a> {
    /// The member of an object, or `None` when there is none (or this is no object).
    pub(super) fn member(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.as_object()?.get(key)?;
        Some(Node { value, pointer: join(&self.pointer, key) })
    }

    /// A member that must be text when it is there.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.as_object()?.get(key)?.as_str()
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.value.as_object().and_then(|object| object.get(key)).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The entries of an object; not-an-object is an error because something was written there.
    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Node<'a>)>, ImportError> {
        let object = self.value.as_object().ok_or_else(|| self.wrong_type("an object"))?;
        Ok(object
            .iter()
            .map(|(key, value)| (key.as_str(), Node { value, pointer: join(&self.pointer, key) }))
            .collect())
    }

    /// The elements of an array; anything else is an error because something was written there.
    pub(super) fn elements(&self) -> Result<Vec<Node<'a>>, ImportError> {
        let items = self.value.as_array().ok_or_else(|| self.wrong_type("an array"))?;
        Ok(items
            .iter()
            .enumerate()
            .map(|(index, value)| Node { value, pointer: format!("{}/{index}", self.pointer) })
            .collect())
    }

    pub(super) fn error(&self, reason: Reason) -> ImportError {
        ImportError::at(self.pointer.clone(), reason)
    }

    fn wrong_type(&self, expected: &'static str) -> ImportError {
        self.error(Reason::WrongType { expected })
    }

    /// The value itself, or what its `$ref` leads to. Members beside `$ref` are ignored, as OpenAPI 3.0 says.
    pub(super) fn resolved(&self, root: &'a Value) -> Result<Node<'a>, ImportError> {
        let mut node = self.clone();
        for _ in 0..REFERENCES_MAX {
            let Some(reference) = node.text("$ref") else { return Ok(node) };
            node = target(root, reference).map_err(|reason| self.error(reason))?;
        }
        match node.text("$ref") {
            None => Ok(node),
            Some(reference) => {
                Err(self.error(Reason::ReferenceLoop { reference: reference.to_owned(), max: REFERENCES_MAX }))
            }
        }
    }
}

/// What a reference such as `#/components/schemas/Pet` names. The fragment is a percent-encoded JSON pointer
/// (RFC 6901 §6).
fn target<'a>(root: &'a Value, reference: &str) -> Result<Node<'a>, Reason> {
    let Some(fragment) = reference.strip_prefix('#') else {
        return Err(Reason::ExternalReference(reference.to_owned()));
    };
    let pointer = percent_decode_str(fragment).decode_utf8_lossy().into_owned();
    match root.pointer(&pointer) {
        Some(value) => Ok(Node { value, pointer }),
        None => Err(Reason::DanglingReference(reference.to_owned())),
    }
}

/// `pointer` extended by one key (RFC 6901 §3).
pub(super) fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolve<'a>(root: &'a Value, at: &str) -> Result<Node<'a>, ImportError> {
        Node { value: root.pointer(at).unwrap(), pointer: at.to_owned() }.resolved(root)
    }

    #[test]
    fn a_reference_may_escape_slashes_and_percents() {
        let root = json!({"a": {"$ref": "#/x~1y/%7Bz%7D"}, "x/y": {"{z}": {"found": true}}});
        let node = resolve(&root, "/a").unwrap();
        assert_eq!(node.pointer, "/x~1y/{z}");
        assert!(node.flag("found"));
    }

    #[test]
    fn a_circle_ends_with_an_error_at_its_start() {
        let root = json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}});
        let error = resolve(&root, "/a").unwrap_err();
        assert_eq!(error.pointer, "/a");
        assert!(matches!(error.reason, Reason::ReferenceLoop { .. }));
    }

    #[test]
    fn a_chain_of_the_longest_allowed_length_is_followed() {
        let mut root = json!({"end": true});
        let chain = |length: usize, root: &mut Value| {
            for step in 0..length {
                let next = if step + 1 == length { "end".to_owned() } else { format!("s{}", step + 1) };
                root[format!("s{step}")] = json!({"$ref": format!("#/{next}")});
            }
        };
        chain(REFERENCES_MAX, &mut root);
        assert_eq!(resolve(&root, "/s0").unwrap().pointer, "/end");
        chain(REFERENCES_MAX + 1, &mut root);
        assert!(matches!(resolve(&root, "/s0").unwrap_err().reason, Reason::ReferenceLoop { .. }));
    }

    #[test]
    fn other_documents_and_missing_targets_are_named() {
        let root = json!({"a": {"$ref": "other.yaml#/x"}, "b": {"$ref": "#/nothing"}});
        assert_eq!(resolve(&root, "/a").unwrap_err().reason, Reason::ExternalReference("other.yaml#/x".into()));
        assert_eq!(resolve(&root, "/b").unwrap_err().reason, Reason::DanglingReference("#/nothing".into()));
    }
}
