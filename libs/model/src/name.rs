//! A resource name: compared without regard to ASCII case (as ARM does), kept as written.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// Name of a resource within its collection, for example `echo-api` or `orders;rev=2`.
///
/// Equality, order and hash ignore ASCII case; [`Name::as_str`] gives the case the operator used.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Takes the text as it is; validity is the business of whoever accepts it from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The name in the case it was written in.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form used as a storage key: ASCII lower case.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    fn bytes_folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes_folded().cmp(other.bytes_folded())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.bytes_folded() {
            state.write_u8(byte);
        }
        state.write_u8(0xff);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::Name;

    #[test]
    fn names_that_differ_in_case_are_one_name_and_keep_their_case() {
        let mut ordered = BTreeMap::new();
        ordered.insert(Name::from("Echo-API"), 1);
        assert_eq!(ordered.get(&Name::from("echo-api")), Some(&1));
        let mut hashed = HashMap::new();
        hashed.insert(Name::from("Echo-API"), 1);
        assert_eq!(hashed.get(&Name::from("ECHO-api")), Some(&1));
        assert_eq!(ordered.keys().next().map(Name::as_str), Some("Echo-API"));
        assert_ne!(Name::from("a"), Name::from("b"));
    }
}
