//! The two forms of a policy text: `xml`, where expressions are entity-encoded, and `rawxml`, where they are plain C#.
//!
//! What always holds: a text is given back in the form it was sent in byte for byte. Between the forms only expressions are
//! touched; literals, comments and white space are the same in both.

use std::borrow::Cow;

use postern_policy::expression_ranges;

/// How expressions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Xml,
    RawXml,
}

impl Form {
    /// Of a `format`; everything that is not raw is `xml`, as the default of the original.
    pub fn of(format: &str) -> Self {
        if format.to_ascii_lowercase().starts_with("rawxml") { Self::RawXml } else { Self::Xml }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::RawXml => "rawxml",
        }
    }
}

/// The text in the wanted form.
pub fn convert(text: &str, from: Form, to: Form) -> String {
    if from == to {
        return text.to_owned();
    }
    let mut converted = String::with_capacity(text.len() + text.len() / 8);
    let mut copied = 0;
    for range in expression_ranges(text) {
        let (Some(before), Some(expression)) = (text.get(copied..range.start), text.get(range.clone())) else {
            continue;
        };
        converted.push_str(before);
        match to {
            Form::Xml => encode(expression, &mut converted),
            Form::RawXml => converted.push_str(&decode(expression)),
        }
        copied = range.end;
    }
    converted.push_str(text.get(copied..).unwrap_or_default());
    converted
}

/// Names and characters of the references XML knows.
const REFERENCES: &[(&str, char)] = &[("&quot;", '"'), ("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&apos;", '\'')];

/// Writes what XML would misread as references. References that stand there already stay: both forms occur in one text.
fn encode(expression: &str, out: &mut String) {
    let mut rest = expression;
    while let Some(character) = rest.chars().next() {
        let stands = reference(rest).map(|(_, length)| length);
        let (text, length) = match (character, stands) {
            ('&', Some(length)) => (rest.get(..length).unwrap_or_default(), length),
            ('&', None) => ("&amp;", 1),
            ('<', _) => ("&lt;", 1),
            ('>', _) => ("&gt;", 1),
            ('"', _) => ("&quot;", 1),
            (other, _) => (rest.get(..other.len_utf8()).unwrap_or_default(), other.len_utf8()),
        };
        out.push_str(text);
        rest = rest.get(length..).unwrap_or_default();
    }
}

fn decode(expression: &str) -> Cow<'_, str> {
    if !expression.contains('&') {
        return expression.into();
    }
    let mut decoded = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(at) = rest.find('&') {
        let (before, reference_on) = rest.split_at(at);
        decoded.push_str(before);
        match reference(reference_on) {
            Some((character, length)) => {
                decoded.push(character);
                rest = reference_on.get(length..).unwrap_or_default();
            }
            None => {
                decoded.push('&');
                rest = reference_on.get(1..).unwrap_or_default();
            }
        }
    }
    decoded.push_str(rest);
    decoded.into()
}

/// The reference `text` starts with: its character and length.
fn reference(text: &str) -> Option<(char, usize)> {
    if let Some((name, character)) = REFERENCES.iter().find(|(name, _)| text.starts_with(name)) {
        return Some((*character, name.len()));
    }
    let inside = text.strip_prefix("&#")?;
    let end = inside.find(';').filter(|end| *end <= 8)?;
    let digits = inside.get(..end)?;
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((char::from_u32(number)?, "&#;".len() + end))
}

#[cfg(test)]
mod tests {
    use super::{Form, convert};

    const RAW: &str = "<policies>\r\n  <!-- a & b -->\n  <inbound>\t<set-variable name=\"x\" value=\"@(a[\"k\"] > 1 && b < 2)\" />\
<set-header name=\"y\"><value>@{ return \"<&>\"; }</value><value>1 &amp; 2</value></set-header></inbound></policies>";
    const ENCODED: &str = "<policies>\r\n  <!-- a & b -->\n  <inbound>\t<set-variable name=\"x\" value=\"@(a[&quot;k&quot;] &gt; 1 &amp;&amp; b &lt; 2)\" />\
<set-header name=\"y\"><value>@{ return &quot;&lt;&amp;&gt;&quot;; }</value><value>1 &amp; 2</value></set-header></inbound></policies>";

    #[test]
    fn expressions_are_encoded_and_decoded_and_nothing_else_is_touched() {
        assert_eq!(convert(RAW, Form::RawXml, Form::Xml), ENCODED);
        assert_eq!(convert(ENCODED, Form::Xml, Form::RawXml), RAW);
    }

    #[test]
    fn the_same_form_comes_back_byte_for_byte() {
        for text in [RAW, ENCODED, "no policy at all & \u{0}\r\r\n"] {
            assert_eq!(convert(text, Form::Xml, Form::Xml), text);
            assert_eq!(convert(text, Form::RawXml, Form::RawXml), text);
        }
    }

    #[test]
    fn references_in_a_raw_text_are_not_encoded_twice() {
        let mixed =
            "<policies><inbound><set-variable name=\"x\" value=\"@(a == &quot;b&quot; && c)\" /></inbound></policies>";
        let encoded = convert(mixed, Form::RawXml, Form::Xml);
        assert!(encoded.contains("@(a == &quot;b&quot; &amp;&amp; c)"), "{encoded}");
    }
}
