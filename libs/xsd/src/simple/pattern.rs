//! The `pattern` facet: .NET gives it to `Regex` with little change, so that patterns written for .NET mean what they mean there.
//!
//! `^` and `$` are anchors, look-around works, `$` matches before a last line feed: none of which XML Schema says. What differs from `Regex`
//! in both are `\c`, `\d`, `\i` and `\w`.

use std::sync::Arc;

use postern_dotnet::regex::{Regex, RegexOptions, Steps};
use postern_dotnet::{Exception, Text};

/// The alternatives of one step of restriction.
#[derive(Debug)]
pub(crate) struct Pattern(Arc<Regex>);

impl Pattern {
    /// Any of these must match; the error says what is wrong with one.
    pub(crate) fn new(patterns: &[Text]) -> Result<Pattern, String> {
        let joined = patterns.join(")|(");
        let whole = if joined.contains('|') { format!("(({joined}))") } else { format!("({joined})") };
        let compiled = Regex::new(&translated(&whole), RegexOptions::NONE);
        compiled.map(Pattern).map_err(|exception| exception.message.into_owned())
    }

    /// The exception is that of too much work.
    pub(crate) fn is_match(&self, text: &Text, steps: &mut Steps) -> Result<bool, Exception> {
        self.0.is_match(text, steps)
    }
}

/// `DatatypeImplementation.Preprocess`: the classes of XML Schema by the names that `Regex` has for them, also within sets.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    out.push('^');
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        out.push(c);
        if c != '\\' {
            continue;
        }
        match rest.next() {
            Some(class @ ('c' | 'd' | 'i' | 'w')) => out.push_str(&format!("p{{_xml{}}}", class.to_ascii_uppercase())),
            Some(class @ ('C' | 'D' | 'I' | 'W')) => out.push_str(&format!("P{{_xml{class}}}")),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out.push('$');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verdicts of System.Xml (Mono, which has Microsoft's source of it).
    #[test]
    fn patterns_mean_what_dotnet_makes_of_them() {
        for (pattern, good, wrong) in [
            ("a|b", &["a", "b", "a\n"][..], &["ab", "", "xa", "a\n\n"][..]),
            (r"\d{3}-\d{2}", &["123-45"], &["123-456", "a123-45"]),
            ("[a-z-[aeiou]]+", &["bcd"], &["bad"]),
            ("[^a-z-[0-9]]", &["A"], &["a", "5"]),
            (r"\i\c*", &["_a-1", "a:b"], &["1a", "-"]),
            ("^[0-9]+$", &["12"], &["^12$"]),
            ("a(?=b).*?", &["abc"], &["ac"]),
            (r"[\i-[:]][\c-[:]]*\s\W\I", &["ab \u{a0}5", "ab\u{85}-5", "ab --"], &["a: -5", "ab - 5"]),
            ("a.b", &["a\rb"], &["a\nb"]),
            (r"\w+", &["a+b", "a\u{301}", "é1"], &["a_b"]),
            (r"x[\d]", &["x\u{664}"], &["xa"]),
            (r"\p{Lu}\p{IsBasicLatin}*", &["Abc"], &["abc", "Aé"]),
            (r"\\d", &[r"\d"], &["1"]),
            ("", &[""], &["a"]),
        ] {
            let compiled = Pattern::new(&[Text::new(pattern)]).unwrap();
            for (text, expected) in good.iter().map(|text| (text, true)).chain(wrong.iter().map(|text| (text, false))) {
                let found = compiled.is_match(&Text::new(text), &mut Steps::default()).unwrap();
                assert_eq!(found, expected, "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused_and_what_takes_forever_is_given_up() {
        let deep = "(".repeat(5000);
        for pattern in ["(", "*a", "a**", "[", "[z-a]", "a{2,1}", r"\p{X}", r"\p{IsNothing}", "a\\", &deep] {
            assert!(Pattern::new(&[Text::new(pattern)]).is_err(), "{pattern}");
        }
        let exponential = Pattern::new(&[Text::new_static("(a+)+b")]).unwrap();
        assert!(exponential.is_match(&"a".repeat(60).into(), &mut Steps::at_most(1_000_000)).is_err());
        // Counted, not written out.
        let counted = Pattern::new(&[Text::new_static("((a{1000}){1000}){1000}")]).unwrap();
        assert!(!counted.is_match(&"a".repeat(60).into(), &mut Steps::at_most(1_000_000)).unwrap());
    }
}
