//! Plain documents come out as the reader, which the tables of these tests are about, makes them.

use crate::json::{FloatParseHandling, Formatting, JToken, LoadSettings, load, plain};

pub(super) const DOCUMENTS: &[&str] = &[
    r#"{"a":1,"b":[true,false,null,-0,0,-12,123456789012345678],"c":{"d":{},"e":[]},"":"","a b":"é\n\"\\\/A😀"}"#,
    r#"{"a\n":"b\t","c\"":{"d\\":["\u0041","x"],"\u0061\n":"\"","a":"plain"},"a\n":1,"e\/":true,"f":"\\"}"#,
    " [ 1 , 2.50 , -0.5e-3 , 1E+400 , 0.1 , [ [ ] ] , { } ] \r\n\t",
    r#"{"when":"2024-01-02T03:04:05Z","then":"2024-01-02T03:04:05.123+02:00","not":"2024-13-02T03:04:05","old":"\/Date(12)\/","a":1,"a":{"a":2},"b":0,"a":3}"#,
    r#"[{"name":"a","tags":["x","y"],"value":1.5},{"name":"b","tags":[],"value":1e3},{"name":"ünï","value":-7}]"#,
];

/// What is not plain is left to the reader, whether it is wrong or not.
pub(super) const OTHERS: &[&str] = &[
    "",
    " ",
    "1",
    "\"a\"",
    "null",
    "{",
    "[",
    "{}x",
    "[] []",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "{,}",
    "{\"a\":1,}",
    "{\"a\"}",
    "{\"a\":}",
    "{'a':1}",
    "{a:1}",
    "[01]",
    "[-]",
    "[+1]",
    "[.5]",
    "[1.]",
    "[1e]",
    "[0x1]",
    "[NaN]",
    "[1234567890123456789]",
    "[tru]",
    "[truex]",
    "[1/**/]",
    "[]//",
    "[\"a]",
    "[\"\\x\"]",
    "[1 2]",
    "{\"a\":1 \"b\":2}",
    "[1}",
    "{\"a\":1]",
    "\u{feff}[]",
    "[\u{a0}1]",
    "[undefined]",
    "new Date(1)",
    "[new A(1)]",
];

pub(super) fn shown(token: &JToken) -> String {
    let of = |token: &JToken| format!("{:?} {}", token.token_type(), token.path());
    let tokens: Vec<String> = token.descendants().iter().map(of).collect();
    format!("{:?} {tokens:?}", token.to_json(Formatting::Indented))
}

#[track_caller]
fn same(text: &str) -> bool {
    for settings in [
        LoadSettings::default(),
        LoadSettings { parse_dates: false, ..LoadSettings::default() },
        LoadSettings { floats: FloatParseHandling::Decimal, ..LoadSettings::default() },
    ] {
        if let Some(plain) = plain::load(text, settings, None) {
            let read = load::read(text, settings).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!(shown(&plain), shown(&read), "{text}");
        }
    }
    plain::load(text, LoadSettings::default(), None).is_some()
}

#[test]
fn plain_documents_are_what_the_reader_makes_of_them() {
    for text in DOCUMENTS {
        assert!(same(text), "{text}");
    }
    for text in OTHERS {
        assert!(!same(text), "{text}");
    }
    for depth in [63, 64, 65, 66] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(same(&text), depth <= 64, "{depth}");
    }
    assert!(plain::load("[]", LoadSettings::default(), Some(b'{')).is_none());
}

/// Bytes cut out, doubled and put in: what still counts as plain is read alike.
#[test]
fn mutated_documents_are_what_the_reader_makes_of_them() {
    const PIECES: &[&str] = &[
        ",", ":", "\"", "{", "}", "[", "]", "0", "1", "-", ".", "e", "E+", "\\", "\\u0041", " ", "\n", "\0", "true",
        "null", "/", "'", "\u{a0}", "é", "\"a\":",
    ];
    let mut state = 0x5EED_u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound.max(1) as u64) as usize
    };
    let mut plain = 0;
    for round in 0..20_000 {
        let mut text: Vec<char> = DOCUMENTS[round % DOCUMENTS.len()].chars().collect();
        for _ in 0..=below(2) {
            let at = below(text.len() + 1);
            let end = (at + below(4)).min(text.len());
            match below(3) {
                0 => drop(text.drain(at..end)),
                1 => {
                    let piece = text[at..end].to_vec();
                    let to = below(text.len() + 1);
                    text.splice(to..to, piece);
                }
                _ => drop(text.splice(at..at, PIECES[below(PIECES.len())].chars())),
            }
        }
        plain += usize::from(same(&text.into_iter().collect::<String>()));
    }
    assert!((2_000..18_000).contains(&plain), "{plain}");
}
