mod table;

use std::fmt::Write;

use super::*;
use crate::work::in_one_go;
use crate::{ExceptionType, Text};

const NONE: RegexOptions = RegexOptions::NONE;

fn steps() -> Steps {
    Steps::default()
}

fn regex(pattern: &str) -> std::sync::Arc<Regex> {
    Regex::new(pattern, NONE).unwrap()
}

fn dump(pattern: &str, options: u32, input: &str) -> String {
    let options = RegexOptions::from_bits(options).unwrap();
    let Ok(regex) = Regex::new(pattern, options) else { return "!".to_owned() };
    let mut out = String::new();
    let mut found = regex.find(&Text::new(input), &mut steps()).unwrap();
    while found.success() {
        write!(out, "{}+{}", found.index(), found.length()).unwrap();
        for group in found.groups().iter().skip(1) {
            let captures: Vec<String> =
                group.captures().iter().map(|capture| format!("{}+{}", capture.index(), capture.length())).collect();
            write!(out, " {}:{}", group.name(), captures.join(",")).unwrap();
        }
        out.push(';');
        found = found.next(&mut steps()).unwrap();
    }
    out
}

#[test]
fn matches_and_captures_are_those_of_dotnet() {
    let mut wrong = Vec::new();
    for (pattern, options, input, expected) in table::CASES {
        let got = dump(pattern, *options, input);
        if got != *expected {
            wrong.push(format!("{pattern:?} {options} {input:?}: expected {expected:?}, got {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_pattern_is_told_in_the_words_of_dotnet_8() {
    for (pattern, offset, text) in [
        ("x(", 2, "Not enough )'s."),
        ("x)", 2, "Too many )'s."),
        ("*a", 1, "Quantifier '*' following nothing."),
        ("a**", 3, "Nested quantifier '*'."),
        ("a+*", 3, "Nested quantifier '*'."),
        ("a{2}{3}", 5, "Nested quantifier '{'."),
        ("[a", 2, "Unterminated [] set."),
        ("[z-a]", 4, "[x-y] range in reverse order."),
        ("[a-\\d]", 5, "Cannot include class \\d in character range."),
        ("a\\", 2, "Illegal \\ at end of pattern."),
        ("\\q", 2, "Unrecognized escape sequence \\q."),
        ("\\x1", 2, "Insufficient or invalid hexadecimal digits."),
        ("\\u12g4", 5, "Insufficient or invalid hexadecimal digits."),
        ("a{3,2}", 6, "Illegal {x,y} with x > y."),
        ("\\1", 2, "Reference to undefined group number 1."),
        ("\\k<x>", 5, "Reference to undefined group name 'x'."),
        ("\\k", 1, "Malformed \\k<...> named back reference."),
        ("(?<0>a)", 4, "Capture number cannot be zero."),
        ("(?<!a", 5, "Not enough )'s."),
        ("(?<$>a)", 3, "Invalid group name: Group names must begin with a word character."),
        ("(?~a)", 3, "Unrecognized grouping construct."),
        ("(?#a", 4, "Unterminated (?#...) comment."),
        ("\\p{Foo}", 7, "Unknown property 'Foo'."),
        ("\\pL", 2, "Incomplete \\p{X} character escape."),
        ("\\pLx1", 3, "Malformed \\p{X} character escape."),
        ("(?(2)a)", 5, "Conditional alternation refers to an undefined group number 2."),
        ("(?(?<n>a)b)", 2, "Alternation conditions do not capture and cannot be named."),
        ("(?(a)b|c|d)", 11, "Too many | in (?()|)."),
        ("\\c", 2, "Missing control character."),
        ("\\c!", 3, "Unrecognized control character."),
        ("[a-z-[b]c]", 8, "A subtraction must be the last element in a character class."),
        ("a{9999999999}", 12, "Quantifier and capture group numbers must be less than or equal to Int32.MaxValue."),
        ("(?<a-b>x)", 6, "Reference to undefined group name 'b'."),
    ] {
        let error = Regex::new(pattern, NONE).unwrap_err();
        assert_eq!(error.of, ExceptionType::RegexParse, "{pattern}");
        let (_, found) = error.message.split_once(" at offset ").unwrap();
        let (found_offset, found_text) = found.split_once(". ").unwrap();
        assert_eq!(found_text, text, "{pattern}");
        let expected = offset.to_string();
        assert_eq!(found_offset, expected, "{pattern}: {error}");
    }
}

#[test]
fn the_whole_message_names_the_pattern() {
    let error = Regex::new("x(", NONE).unwrap_err();
    assert_eq!(error.message, "Invalid pattern 'x(' at offset 2. Not enough )'s.");
}

#[test]
fn replacements_follow_their_pattern() {
    for (pattern, input, replacement, expected) in [
        (r"(\w+) (\w+)", "hello world", "$2 $1", "world hello"),
        (r"(?<a>\w+) (?<b>\w+)", "hello world", "${b}-${a}", "world-hello"),
        (r"\d+", "a1b22", "<$&>", "a<1>b<22>"),
        (r"b", "abc", "[$`|$'|$_]", "a[a|c|abc]c"),
        (r"(a)(b)?", "ab a", "$+", "b "),
        (r"a", "aa", "$$", "$$"),
        (r"a", "a", "$", "$"),
        (r"a", "a", "$x $9 ${no} ${", "$x $9 ${no} ${"),
        (r"(a)", "a", "$10 ${1}0", "$10 a0"),
        (r"x*", "abc", "-", "-a-b-c-"),
        (r"\s+", "a  b\t c", " ", "a b c"),
        ("é", "café", "e", "cafe"),
        ("\u{1f600}", "a\u{1f600}b", "x", "axb"),
        ("(?<=/)[^/]+$", "/a/b", "c", "/a/c"),
    ] {
        assert_eq!(
            regex(pattern).replace(&Text::new(input), replacement, &mut steps()).unwrap(),
            expected,
            "{pattern}"
        );
    }
}

#[test]
fn a_count_and_a_start_limit_replacement() {
    let digits = regex(r"\d");
    let input = Text::new("1234");
    assert_eq!(digits.replace_some(&input, "x", 2, None, &mut steps()).unwrap(), "xx34");
    assert_eq!(digits.replace_some(&input, "x", 1, Some(2), &mut steps()).unwrap(), "12x4");
    assert_eq!(digits.replace_some(&input, "x", 0, None, &mut steps()).unwrap(), "1234");
    assert!(digits.replace_some(&input, "x", -2, None, &mut steps()).is_err());
    let backward = Regex::new(r"\d", RegexOptions::RIGHT_TO_LEFT).unwrap();
    assert_eq!(backward.replace_some(&input, "x", 2, None, &mut steps()).unwrap(), "12xx");
}

#[test]
fn an_evaluator_sees_each_match() {
    for options in [RegexOptions::NONE, RegexOptions::RIGHT_TO_LEFT] {
        let (pairs, input) = (Regex::new(r"(\d)(\w)", options).unwrap(), Text::new("1a-2b"));
        let found = pairs.matches(&input, &mut steps()).unwrap();
        let said = |found: &Match| Text::new(format!("{}{}", found.group(2).value(), found.group(1).value()));
        let texts = found.iter().map(said).collect();
        assert_eq!(in_one_go(pairs.replacing_by(&input, found, texts)).unwrap().as_str(), "a1-b2");
    }
}

#[test]
fn halves_of_a_pair_from_two_pieces_become_one_character() {
    // Pieces are made UTF-8 so many units at a time; a pair lies on the border.
    let input = Text::new(format!("{}😀{}", "a".repeat(16 * 1024 - 1), "b".repeat(20)));
    let replaced = regex("b").replace(&input, "c", &mut steps()).unwrap();
    assert_eq!(replaced.as_str(), input.replace('b', "c"));
}

#[test]
fn split_keeps_captured_separators() {
    for (pattern, input, expected) in [
        (",", "a,b,,c", &["a", "b", "", "c"][..]),
        ("(-)", "a-b-c", &["a", "-", "b", "-", "c"]),
        ("-(x)?", "a-xb-c", &["a", "x", "b", "c"]),
        ("", "ab", &["", "a", "b", ""]),
        ("x", "abc", &["abc"]),
        (r"\s*[,;]\s*", "a , b;c", &["a", "b", "c"]),
        (r"(\d)(\d)", "a12b", &["a", "1", "2", "b"]),
    ] {
        let pieces = regex(pattern).split(&Text::new(input), &mut steps()).unwrap();
        assert_eq!(pieces, expected, "{pattern}");
    }
    assert_eq!(regex(",").split_some(&Text::new("a,b,c"), 2, None, &mut steps()).unwrap(), ["a", "b,c"]);
}

#[test]
fn groups_are_found_by_number_and_name() {
    let found = regex(r"(?<name>a)(b)(c)?").find(&Text::new("ab"), &mut steps()).unwrap();
    assert_eq!(found.group(0).value(), "ab");
    assert_eq!(found.group(1).value(), "b");
    assert_eq!(found.group(3).value(), "a");
    assert_eq!(found.group_named("name").value(), "a");
    assert_eq!(found.group_named("1").value(), "b");
    assert!(!found.group(2).success());
    assert!(!found.group(7).success());
    assert!(!found.group_named("none").success());
    assert_eq!(found.group(-1).value(), "");
    assert_eq!(found.group_count(), 4);
    assert_eq!(found.result("${name}!$1").unwrap(), "a!b");
    let failed = regex("x").find(&Text::new("y"), &mut steps()).unwrap();
    assert!(!failed.success());
    assert_eq!(failed.result("").unwrap_err().message, "Result cannot be called on a failed Match.");
}

#[test]
fn positions_count_utf_16_units() {
    let found = regex("b+").find(&Text::new("\u{1f600}äbb"), &mut steps()).unwrap();
    assert_eq!((found.index(), found.length()), (3, 2));
}

#[test]
fn escape_and_unescape_are_inverse_on_special_characters() {
    let text = "a.b*c+d?e|f{g[h(i)j^k$l#m n\to\np\\q]r}";
    assert_eq!(Regex::escape(text), "a\\.b\\*c\\+d\\?e\\|f\\{g\\[h\\(i\\)j\\^k\\$l\\#m\\ n\\to\\np\\\\q]r}");
    assert_eq!(Regex::unescape(&Regex::escape(text)).unwrap(), text);
    assert_eq!(Regex::unescape("\\x41\\u00e9\\101").unwrap(), "AéA");
    assert_eq!(Regex::unescape("a\\").unwrap(), "a");
    assert_eq!(in_one_go(Regex::unescaping(Text::default())).unwrap(), "");
    for shift in 0..14 {
        let text = "x".repeat(shift) + &"\\x41😀\\u00e9\\ud83d\\ude00\\\\".repeat(3000) + "\\";
        let expected = "x".repeat(shift) + &"A😀é😀\\".repeat(3000);
        assert_eq!(Regex::unescape(&text).unwrap(), expected);
        assert_eq!(in_one_go(Regex::unescaping(text.into())).unwrap(), expected, "{shift}");
    }
    // Digits that cannot all be there are not looked at.
    let wrong = "abcd".repeat(10_000) + "\\x4";
    let message = Regex::unescape(&wrong).unwrap_err().message;
    assert!(message.ends_with("' at offset 40002. Insufficient or invalid hexadecimal digits."), "{message:.80}");
    assert_eq!(in_one_go(Regex::unescaping(wrong.into())).unwrap_err().message, message);
}

#[test]
fn catastrophic_patterns_time_out() {
    for (pattern, input) in [
        (r"^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        (r"^(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
        (r"(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        (r"(?:){2000000000}a", "a"),
    ] {
        let error = regex(pattern).is_match(&Text::new(input), &mut steps()).unwrap_err();
        assert_eq!(error.of, ExceptionType::RegexMatchTimeout, "{pattern}");
    }
}

#[test]
fn a_search_that_pauses_finds_what_one_without_pauses_finds() {
    for (pattern, input) in [
        (r"^(a+)+b", "aaaaaaaaaaaaab"),
        (r"(?<=(\w))(\d)(?!x)|(x+x+)+y", "a1x2xxxxxxxxxxxxb3y4xxxy"),
        (r"(?:(a)|(b))*?c", "ababcabab-abc"),
        (r"", "abc"),
    ] {
        let (regex, input) = (regex(pattern), Text::new(input));
        let whole: Vec<_> = regex.matches(&input, &mut steps()).unwrap();
        let mut finder = Finder::new(&regex, &input, None).unwrap();
        let (mut found, mut pauses) = (Vec::new(), 0);
        loop {
            match finder.find_next(&mut Steps::with_pause(u64::MAX, 5)).unwrap() {
                Next::Match(next) => found.push(next),
                Next::Paused => pauses += 1,
                Next::End => break,
            }
        }
        assert!(pauses > 0 || pattern.is_empty(), "{pattern}: {pauses}");
        assert_eq!(format!("{found:?}"), format!("{whole:?}"), "{pattern}");
    }
}

#[test]
fn deep_patterns_are_refused_and_long_inputs_need_no_stack() {
    let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(Regex::new(&deep, NONE).unwrap_err().of, ExceptionType::InsufficientExecutionStack);
    let sets = "[a-".repeat(100_000);
    assert!(Regex::new(&sets, NONE).is_err());
    let long = "ab".repeat(200_000);
    assert_eq!(regex("^(?:(a)|(b))*$").find(&Text::new(&long), &mut steps()).unwrap().length(), 400_000);
    assert_eq!(regex("(?:ab)+").find(&Text::new(&long), &mut steps()).unwrap().length(), 400_000);
    assert_eq!(regex(".*?b$").find(&Text::new(&long), &mut steps()).unwrap().length(), 400_000);
}

#[test]
fn option_combinations_that_dotnet_refuses_are_refused() {
    for bits in [256 | 16, 256 | 64, 128, 1 << 11, 1024 | 64] {
        assert_eq!(RegexOptions::from_bits(bits).unwrap_err().of, ExceptionType::ArgumentOutOfRange, "{bits}");
    }
    assert!(RegexOptions::from_bits(256 | 1 | 2 | 8).is_ok());
}

#[test]
fn random_patterns_and_inputs_neither_panic_nor_hang() {
    let alphabet: Vec<char> = r"ab(c)|*+?{2,}[^-]\d\w\b.$^<>!=:k1'ip{L}#xé".chars().collect();
    let mut seed = 42_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..20_000 {
        let pattern: String = (0..random(14)).map(|_| alphabet[random(alphabet.len())]).collect();
        let options = [0, 1, 2, 16, 32, 64, 256][random(7)];
        let Ok(regex) = Regex::new(&pattern, RegexOptions::from_bits(options).unwrap()) else { continue };
        let input: String = (0..random(10)).map(|_| alphabet[random(alphabet.len())]).collect();
        let _ = regex.replace(&Text::new(&input), "$1", &mut steps());
    }
}
