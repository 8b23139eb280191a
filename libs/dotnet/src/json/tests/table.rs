//! Tables of three lines: the text, and what becomes of it in two ways.

use super::shown;
use crate::json::{Formatting, parse, parse_object};

/// The text with its escapes resolved.
fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match rest.next().unwrap() {
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            '0' => text.push('\0'),
            '\\' => text.push('\\'),
            'u' => {
                let digits: String = rest.by_ref().take(4).collect();
                text.push(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap());
            }
            other => text.extend(['\\', other]),
        }
    }
    text
}

#[test]
fn texts_are_read_as_by_newtonsoft_json() {
    let lines: Vec<&str> = include_str!("parse.txt").lines().collect();
    assert!(lines.len() > 500);
    for case in lines.chunks(3) {
        let text = unescaped(case[0]);
        assert_eq!(shown(parse(&text).and_then(|token| token.to_json(Formatting::None))), case[1], "{}", case[0]);
        let indented = parse_object(&text).and_then(|token| token.to_json(Formatting::Indented));
        // Recorded where lines end as on Windows.
        assert_eq!(shown(indented), case[2].replace("\\r\\n", "\\n"), "{}", case[0]);
    }
}

#[test]
fn paths_select_as_in_newtonsoft_json() {
    let document = parse(include_str!("select.json")).unwrap();
    let lines: Vec<&str> = include_str!("select.txt").lines().collect();
    assert!(lines.len() > 300);
    for case in lines.chunks(3) {
        let path = case[0].replace("\\\\", "\\");
        for (error_when_no_match, expected) in [(false, case[1]), (true, case[2])] {
            let found = document.select_tokens(&path, error_when_no_match).map(|found| {
                let one = |token: &crate::json::JToken| {
                    format!("{}={}", token.path(), token.to_json(Formatting::None).unwrap())
                };
                found.iter().map(one).collect::<Vec<_>>().join(" ; ")
            });
            assert_eq!(shown(found), expected, "{} {error_when_no_match}", case[0]);
        }
    }
}

/// What version 6 did not have yet; expected from the source of version 13.
#[test]
fn newer_features_of_paths_work() {
    let document = parse(
        "{a:{x:1,y:2,z:3},l:[{n:'ab',v:1},{n:'AC',v:2.0,t:'1'},{n:'b',v:3},{v:null}],d:'2020-01-02T03:04:05Z',k:[{id:1}],w:1}",
    )
    .unwrap();
    for (path, expected) in [
        ("a['x','z']", "= 1,3"),
        ("$..['x','z']", "= 1,3"),
        ("l[?(@.v == 1 && @.n == 'ab')].n", "= \"ab\""),
        ("l[?(@.v == 1 || @.v == 3)].n", "= \"ab\",\"b\""),
        ("l[?(@.n && @.v > 1)].n", "= \"AC\",\"b\""),
        ("l[?(@.n =~ /^a/)].v", "= 1"),
        ("l[?(@.n =~ /^a/i)].v", "= 1,2.0"),
        ("l[?(@.n =~ 'x')].v", "! ArgumentOutOfRangeException: Length cannot be less than zero. (Parameter 'length')"),
        ("l[?(@.v == 2)].n", "= \"AC\""),
        ("l[?(@.v === 2)].n", "= \"AC\""),
        ("l[?(@.v === '2')].n", "= "),
        ("l[?(@.v !== 2)].v", "= 1,3,null"),
        ("l[?(@.v == $.w)].n", "= \"ab\""),
        ("l[?($.w == @.v)].n", "= \"ab\""),
        ("l[?(1 == @.v)].n", "= \"ab\""),
        ("l[?(@.n == 'a\\u')]", "! JsonException: Unknown escape character: \\u"),
        ("l[?(@.n & 1)]", "! JsonException: Unexpected character while parsing path query: &"),
        ("l[?(@.n =~ /a", "! JsonException: Path ended with an open regex."),
        ("[?(@ == '2020-01-02T03:04:05Z')]", "= "),
        ("$[?(@.x == 1)].y", "= "),
        ("l[?(@.v > 'x')]", "! FormatException: The input string 'x' was not in a correct format."),
        ("l[7:9]", "= "),
        ("$..[?(@.id)]", "= {\"id\":1}"),
    ] {
        let found = document.select_tokens(path, false).map(|found| {
            found.iter().map(|token| token.to_json(Formatting::None).unwrap()).collect::<Vec<_>>().join(",")
        });
        assert_eq!(shown(found).replace("\\\\", "\\"), expected, "{path}");
    }
    let strict = document.select_tokens("l[7:9]", true).unwrap_err();
    assert_eq!(strict.message, "Array slice of 7 to 9 returned no results.");
    let strict = document.select_tokens("a[*:1]", true).unwrap_err();
    assert_eq!(strict.message, "Unexpected character while parsing path indexer: *");
    let many = document.select_token("a.*", false).unwrap_err();
    assert_eq!(many.message, "Path returned multiple tokens.");
}
