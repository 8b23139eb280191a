//! HTTP methods as operations name them.

/// A method packed for comparison in one instruction; `*` stands for every method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MethodKey {
    Any,
    /// Up to eight bytes, zero-padded: all registered methods in use.
    Short(u64),
    Long(Box<[u8]>),
}

impl MethodKey {
    /// Operations may be written in any case; on the wire methods are case-sensitive (RFC 9110 section 9.1).
    pub(super) fn new(name: &str) -> Self {
        if name == "*" {
            return Self::Any;
        }
        let upper = name.to_ascii_uppercase();
        pack(upper.as_bytes()).map_or_else(|| Self::Long(upper.as_bytes().into()), Self::Short)
    }

    pub(super) fn is_any(&self) -> bool {
        *self == Self::Any
    }

    /// Whether it is exactly this method.
    pub(super) fn is(&self, method: Method<'_>) -> bool {
        match self {
            Self::Any => false,
            Self::Short(packed) => method.packed == Some(*packed),
            Self::Long(name) => **name == *method.name,
        }
    }

    /// Whether it covers this method.
    pub(super) fn matches(&self, method: Method<'_>) -> bool {
        self.is_any() || self.is(method)
    }
}

/// A request's method, packed once for all comparisons of a search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Method<'a> {
    name: &'a [u8],
    packed: Option<u64>,
}

impl<'a> Method<'a> {
    pub(super) fn new(name: &'a [u8]) -> Self {
        Self { name, packed: pack(name) }
    }
}

fn pack(method: &[u8]) -> Option<u64> {
    if method.len() > 8 {
        return None;
    }
    Some(method.iter().rev().fold(0, |packed, &byte| packed << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_matches_itself_and_the_asterisk_matches_all() {
        let table = [
            ("get", "GET", true),
            ("GET", "get", false),
            ("GET", "GETS", false),
            ("PROPFIND", "PROPFIND", true),
            ("PROPPATCH", "PROPPATCH", true),
            ("PROPPATCH", "PROPFIND", false),
            ("*", "ANYTHING-AT-ALL", true),
        ];
        for (operation, method, expected) in table {
            assert_eq!(
                MethodKey::new(operation).matches(Method::new(method.as_bytes())),
                expected,
                "{operation} {method}"
            );
        }
        assert!(!MethodKey::new("*").is(Method::new(b"GET")));
    }
}
