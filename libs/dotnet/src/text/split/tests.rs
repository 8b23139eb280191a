//! Splitting under every option.

use super::*;

const NONE: SplitOptions = SplitOptions { remove_empty: false, trim: false };
const REMOVE: SplitOptions = SplitOptions { remove_empty: true, trim: false };
const TRIM: SplitOptions = SplitOptions { remove_empty: false, trim: true };
const BOTH: SplitOptions = SplitOptions { remove_empty: true, trim: true };

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
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
        assert_eq!(split_chars(text, &units(separators), count, options).as_deref(), Ok(expected), "{text:?} {count}");
    }
    assert!(split_chars("a", &[], -1, NONE).is_err());
}

#[test]
fn texts_split_leftmost_and_in_list_order() {
    let all = |text, separators: &[&str]| split(text, separators, i32::MAX, NONE).unwrap().join("|");
    assert_eq!(all("a--b-c", &["--", "-"]), "a|b|c");
    assert_eq!(all("a--b-c", &["-", "--"]), "a||b|c");
    assert_eq!(all("a::b", &["::"]), "a|b");
    assert_eq!(all("abc", &[""]), "abc");
    assert_eq!(all("a b", &[]), "a|b");
    assert_eq!(all("aé😀éb", &["é", "x"]), "a|😀|b");
}

#[test]
fn other_option_bits_are_refused() {
    assert!(SplitOptions::from_value(4).is_err());
    assert_eq!(SplitOptions::from_value(3), Ok(BOTH));
}
