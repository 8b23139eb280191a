//! Versions of the protocol.

/// A version of OData, as far as URLs differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 1.0 to 3.0: typed literals as `datetime'…'`, `$inlinecount`, `$links`, `substringof`.
    Legacy,
    /// 4.0
    V4,
    /// 4.01 and later: the `$` of system query options may be left out.
    V401,
}

impl Version {
    /// Of the text of a header `OData-Version`: two numbers with a dot. `None`: the text is no version.
    #[must_use]
    pub fn parse(text: &str) -> Option<Version> {
        let (major, minor) = text.split_once('.')?;
        let is_number =
            |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(major) || !is_number(minor) {
            return None;
        }
        let major: u16 = major.parse().ok()?;
        Some(match (major, minor) {
            (0..=3, _) => Version::Legacy,
            (4, "0" | "00" | "000") => Version::V4,
            _ => Version::V401,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn a_version_is_two_numbers() {
        for (text, expected) in [
            ("4.0", Some(Version::V4)),
            ("4.01", Some(Version::V401)),
            ("5.0", Some(Version::V401)),
            ("3.0", Some(Version::Legacy)),
            ("4", None),
            ("4.", None),
            (".0", None),
            ("4.0.1", None),
            ("4.0;x", None),
            ("-4.0", None),
            ("1e3.0", None),
            ("", None),
        ] {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
    }
}
