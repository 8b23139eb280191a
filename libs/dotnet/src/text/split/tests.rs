//! Splitting under every option.

use super::*;
use crate::work::{in_one_go, in_pieces};

const NONE: SplitOptions = SplitOptions { remove_empty: false, trim: false };
const REMOVE: SplitOptions = SplitOptions { remove_empty: true, trim: false };
const TRIM: SplitOptions = SplitOptions { remove_empty: false, trim: true };
const BOTH: SplitOptions = SplitOptions { remove_empty: true, trim: true };

fn chars(separators: &str) -> Separators {
    Separators::Chars(separators.encode_utf16().collect())
}

fn texts(separators: &[&str]) -> Separators {
    Separators::Texts(separators.iter().map(Text::new).collect())
}

/// The parts in one go, which are the same in pieces.
fn parts(text: &str, separators: &Separators, count: i32, options: SplitOptions) -> Vec<Text> {
    let splitting = || Splitting::new(&Text::new(text), separators.clone(), count, options).unwrap();
    let parts = in_one_go(splitting());
    for steps in [0, 1, 7] {
        assert_eq!(in_pieces(splitting(), steps).0, parts, "{text:?}");
    }
    parts
}

#[test]
fn characters_split_with_count_and_options() {
    let cases: [(&str, &str, i32, SplitOptions, &[&str]); 16] = [
        ("a,b,,c", ",", i32::MAX, NONE, &["a", "b", "", "c"]),
        ("a,b,,c", ",", i32::MAX, REMOVE, &["a", "b", "c"]),
        ("a,b,,c", ",", 2, NONE, &["a", "b,,c"]),
        (",a,,b,c", ",", 2, REMOVE, &["a", "b,c"]),
        (" a , b ,, c ", ",", i32::MAX, TRIM, &["a", "b", "", "c"]),
        (" a , , c ", ",", i32::MAX, BOTH, &["a", "c"]),
        ("a b\tc", "", i32::MAX, NONE, &["a", "b", "c"]),
        ("a;b,c", ",;", i32::MAX, NONE, &["a", "b", "c"]),
        ("", ",", i32::MAX, NONE, &[""]),
        ("", ",", i32::MAX, REMOVE, &[]),
        ("a,b", ",", 1, NONE, &["a,b"]),
        ("a,b", ",", 0, NONE, &[]),
        (",", ",", i32::MAX, NONE, &["", ""]),
        (" a,b ", ",", 1, TRIM, &["a,b"]),
        (",,a,b", ",", 1, REMOVE, &[",,a,b"]),
        (" , a", ",", 2, BOTH, &["a"]),
    ];
    for (text, separators, count, options, expected) in cases {
        assert_eq!(parts(text, &chars(separators), count, options), expected, "{text:?} {count}");
    }
    assert!(Splitting::new(&Text::new("a"), chars(""), -1, NONE).is_err());
}

#[test]
fn texts_split_leftmost_and_in_list_order() {
    let all = |text: &str, separators: &[&str]| parts(text, &texts(separators), i32::MAX, NONE).join("|");
    assert_eq!(all("a--b-c", &["--", "-"]), "a|b|c");
    assert_eq!(all("a--b-c", &["-", "--"]), "a||b|c");
    assert_eq!(all("a::b", &["::"]), "a|b");
    assert_eq!(all("abc", &[""]), "abc");
    assert_eq!(all("a b", &[]), "a|b");
    assert_eq!(all("aé😀éb", &["é", "x"]), "a|😀|b");
}

#[test]
fn separators_are_found_wherever_they_stand_in_long_texts() {
    let gap = "é-".repeat(WINDOW / 2);
    let text = format!("{gap}::{gap}:;{gap}");
    for separators in [texts(&["::", ":;"]), texts(&[":;", "::", ":!"])] {
        assert_eq!(parts(&text, &separators, i32::MAX, NONE), [gap.as_str(), &gap, &gap]);
    }
    let text = format!("{gap}ä{gap};{gap}");
    assert_eq!(parts(&text, &chars("ä;"), i32::MAX, NONE), [gap.as_str(), &gap, &gap]);
    assert_eq!(parts(&text, &chars(";"), i32::MAX, NONE).len(), 2);
}

#[test]
fn long_separators_that_almost_match_everywhere_are_paid_for() {
    let separators = ["b", "c"].map(|end| format!("{}{end}", "a".repeat(10_000)));
    let splitting = Splitting::new(
        &Text::new("a".repeat(20_000)),
        texts(&separators.each_ref().map(String::as_str)),
        i32::MAX,
        NONE,
    );
    // Each place is compared with 20,000 bytes, 64 of them in a step.
    assert!(in_pieces(splitting.unwrap(), 1000).1 > 5000);
}

#[test]
fn other_option_bits_are_refused() {
    assert!(SplitOptions::from_value(4).is_err());
    assert_eq!(SplitOptions::from_value(3), Ok(BOTH));
}
