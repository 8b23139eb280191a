use super::super::comparison::StringComparison as By;
use super::super::search::{ends_with, find, index_of, rfind, starts_with};
use super::*;
use crate::work::Work;

#[test]
fn letters_order_by_base_then_accent_then_case() {
    let sorted = [
        "", "\t", " ", "_", "-", ",", ";", ":", "!", "¡", "?", ".", "…", "'", "’", "\"", "«", "(", "§", "@", "/", "&",
        "#", "%", "`", "^", "°", "+", "±", "<", "=", ">", "|", "~", "😀", "¢", "$", "£", "€", "0", "1", "½", "¼", "²",
        "9", "a", "A", "ª", "á", "å", "ab", "æ", "b", "B", "c", "co-op", "coop", "resume", "Resume", "résumé", "ß",
        "z", "Z", "þ", "α", "µ", "Ω", "Б", "Я", "א", "ا", "가", "あ", "ア", "い", "中", "文",
    ];
    for pair in sorted.windows(2) {
        assert_eq!(compare(pair[0], pair[1], Case::Counts), Ordering::Less, "{pair:?}");
        assert_eq!(compare(pair[1], pair[0], Case::Counts), Ordering::Greater, "{pair:?}");
    }
}

#[test]
fn composed_and_decomposed_letters_are_equal_and_so_is_case_when_ignored() {
    assert_eq!(compare("é", "e\u{301}", Case::Counts), Ordering::Equal);
    assert_eq!(compare("Straße", "STRAßE", Case::Ignored), Ordering::Equal);
    assert_eq!(compare("a\u{AD}b", "ab", Case::Counts), Ordering::Equal);
    assert_ne!(compare("e", "é", Case::Ignored), Ordering::Equal);
    // Behind what both begin with.
    assert_eq!(compare("xé", "xe\u{301}", Case::Counts), Ordering::Equal);
    assert_eq!(compare("xé", "xèa", Case::Counts), Ordering::Less);
    assert_eq!(compare("éa", "éA", Case::Counts), Ordering::Less);
    assert_eq!(compare("ab", "a", Case::Counts), Ordering::Greater);
    // Marks count in their order, widths whatever is ignored.
    assert_ne!(compare("q\u{307}\u{323}", "q\u{323}\u{307}", Case::Counts), Ordering::Equal);
    assert_ne!(compare("ＡＢＣ", "ABC", Case::Ignored), Ordering::Equal);
    assert_eq!(compare("ﬁ", "FI", Case::Ignored), Ordering::Equal);
}

/// What .NET 9 with ICU 72 finds (`tests/csharp/cases/culture-search.txt` has more).
#[test]
fn searches_find_what_is_equal() {
    for (text, value, first, last, starts, ends) in [
        ("é", "e\u{301}", 0, 0, true, true),
        ("\u{200b}hello", "hello", 1, 1, true, true),
        ("abc\0", "\0", 0, 4, true, true),
        ("e\u{301}", "e", -1, -1, false, false),
        ("cafe\u{301}", "é", 3, 3, false, true),
        ("a\u{301}b", "b", 2, 2, false, true),
        ("xa\u{ad}bx", "ab", 1, 1, false, false),
        ("straße", "ss", -1, -1, false, false),
        ("straße", "ße", 4, 4, false, true),
        ("a\u{301}", "\u{301}", -1, -1, false, true),
        ("\u{301}a", "a", 1, 1, false, true),
        ("각", "\u{1100}\u{1161}", -1, -1, true, false),
        ("😀a", "a", 2, 2, false, true),
        ("aaa\u{301}", "aa", 0, 0, true, false),
        ("äabcabc", "bc", 2, 5, false, true),
        ("", "\0", 0, 0, true, true),
    ] {
        let by = By::CurrentCulture;
        let index = |found: Option<usize>| found.map_or(-1, |index| index as i32);
        assert_eq!((index(find(text, value, by)), index(rfind(text, value, by))), (first, last), "{text} {value}");
        assert_eq!((starts_with(text, value, by), ends_with(text, value, by)), (starts, ends), "{text} {value}");
    }
    assert_eq!(find("ﬁx", "FI", By::CurrentCultureIgnoreCase), Some(0));
}

#[test]
fn long_searches_go_on_in_pieces() {
    let text = crate::Text::from(format!("é{}é", "ab\u{ad}".repeat(5000)));
    for (value, from_end) in [("be\u{301}", false), ("éa", true), ("b\u{301}", false)] {
        let mut search = Search::new(text.clone(), 0..text.len(), value, Case::Counts, from_end);
        let (mut pieces, mut found) = (0, None);
        while found.is_none() {
            (pieces, found) = (pieces + 1, search.step(&mut 100));
        }
        let whole = crate::work::in_one_go(Search::new(text.clone(), 0..text.len(), value, Case::Counts, from_end));
        assert_eq!(found, Some(whole));
        assert!(pieces > 50, "{value} {pieces}");
    }
    assert_eq!(index_of(&text, "é", 1, None, By::CurrentCulture), Ok(15_001));
}
