//! `XName` and `XNamespace`.

use std::fmt;

use super::chars;
use crate::{Exception, ExceptionType, Text};

/// The namespace of `xml:`.
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of `xmlns:`.
pub const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

/// A name in a namespace. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct XName {
    namespace: Text,
    local: Text,
}

impl XName {
    /// The name `local` in a namespace, empty for none. `XmlException` if it is no name.
    pub fn new(namespace: &str, local: &str) -> Result<XName, Exception> {
        if local.is_empty() {
            return Err(invalid_empty());
        }
        verify(local)?;
        Ok(XName { namespace: Text::new(namespace), local: Text::new(local) })
    }

    /// A name from its expanded form: `{namespace}local` or `local`.
    pub fn parse(expanded: &str) -> Result<XName, Exception> {
        if expanded.is_empty() {
            return Err(invalid_empty());
        }
        let Some(rest) = expanded.strip_prefix('{') else { return XName::new("", expanded) };
        match rest.rfind('}') {
            Some(close) if close > 0 && close + 1 < rest.len() => {
                XName::new(rest.get(..close).unwrap_or_default(), rest.get(close + 1..).unwrap_or_default())
            }
            _ => Err(Exception::new(
                ExceptionType::Argument,
                format!("'{expanded}' is an invalid expanded name. (Parameter 'expandedName')"),
            )),
        }
    }

    /// A name that the reader has already checked.
    pub(super) fn trusted(namespace: Text, local: Text) -> XName {
        XName { namespace, local }
    }

    /// `NamespaceName`
    #[must_use]
    pub fn namespace(&self) -> &Text {
        &self.namespace
    }

    /// `LocalName`
    #[must_use]
    pub fn local(&self) -> &Text {
        &self.local
    }

    /// Whether it is `local` without a namespace.
    #[must_use]
    pub fn is_plain(&self, local: &str) -> bool {
        self.namespace.is_empty() && self.local == local
    }
}

impl fmt::Display for XName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            return formatter.write_str(&self.local);
        }
        write!(formatter, "{{{}}}{}", self.namespace, self.local)
    }
}

fn invalid_empty() -> Exception {
    Exception::new(ExceptionType::Argument, "The value cannot be an empty string. (Parameter 'expandedName')")
}

/// `XmlConvert.VerifyNCName`
pub(super) fn verify(name: &str) -> Result<(), Exception> {
    for (index, c) in name.chars().enumerate() {
        let valid = if index == 0 { chars::is_name_start(c) } else { chars::is_name(c) };
        if !valid {
            let shown = chars::describe(c);
            let message = if index == 0 {
                let (shown, code) = shown.split_once(", ").unwrap_or_default();
                format!("Name cannot begin with the {shown} character, {code}.")
            } else {
                let (shown, code) = shown.split_once(", ").unwrap_or_default();
                format!("The {shown} character, {code}, cannot be included in a name.")
            };
            return Err(Exception::new(ExceptionType::Xml, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_their_expanded_form() {
        let name = XName::parse("{urn:a}b").unwrap();
        assert_eq!((name.namespace().as_str(), name.local().as_str()), ("urn:a", "b"));
        assert_eq!(name.to_string(), "{urn:a}b");
        assert_eq!(XName::parse("b").unwrap().to_string(), "b");
        for (wrong, message) in [
            ("", "The value cannot be an empty string. (Parameter 'expandedName')"),
            ("{a}", "'{a}' is an invalid expanded name. (Parameter 'expandedName')"),
            ("{}a", "'{}a' is an invalid expanded name. (Parameter 'expandedName')"),
            ("1a", "Name cannot begin with the '1' character, hexadecimal value 0x31."),
            ("a b", "The ' ' character, hexadecimal value 0x20, cannot be included in a name."),
            ("a:b", "The ':' character, hexadecimal value 0x3A, cannot be included in a name."),
        ] {
            assert_eq!(XName::parse(wrong).unwrap_err().message, message);
        }
    }
}
