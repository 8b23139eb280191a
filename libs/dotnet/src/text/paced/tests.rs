//! Pieces against one go.

use StringComparison as By;

use super::super::casing::{to_lower, to_upper};
use super::super::search::{contains, index_of};
use super::*;
use crate::work::in_pieces;

const ALL: [By; 6] = [
    By::CurrentCulture,
    By::CurrentCultureIgnoreCase,
    By::InvariantCulture,
    By::InvariantCultureIgnoreCase,
    By::Ordinal,
    By::OrdinalIgnoreCase,
];

#[test]
fn pieces_come_to_what_one_go_comes_to() {
    let texts = [
        "",
        "a",
        "A",
        "ä",
        "a\u{308}",
        "Äb",
        "äB",
        "ab",
        "ß",
        "ss",
        "\u{301}",
        "e\u{301}x",
        "ex",
        "é",
        "\u{ad}",
        "a\u{ad}b",
        "漢字かな",
        "漢字カナ",
        "漢字",
        "字かな",
        "😀b",
        "😀",
        "ﬁx",
        "fix",
        "x-y",
        "xy",
    ];
    for (left, right) in texts.iter().flat_map(|left| texts.iter().map(move |right| (*left, *right))) {
        let both = || (Text::new(left), Text::new(right));
        for by in ALL {
            let seen = format!("{left:?} {right:?} {by:?}");
            let ((one, two), sign) = (both(), compare(left, right, by).signum());
            assert_eq!(in_pieces(comparing(one, two, by), 1).0.signum(), sign, "{seen}");
            let (one, two) = both();
            assert_eq!(in_pieces(starting_with(one, two, by), 1).0, starts_with(left, right, by), "starts {seen}");
            let (one, two) = both();
            assert_eq!(in_pieces(ending_with(one, two, by), 1).0, ends_with(left, right, by), "ends {seen}");
            let (one, two) = both();
            assert_eq!(in_pieces(containing(one, two, by), 1).0, contains(left, right, by), "contains {seen}");
            positions(&format!("{left}{right}x{left}"), right, by);
            let (one, two) = both();
            let text = format!("{left}{right}{left}");
            let found = in_pieces(replacing(Text::from(text.clone()), one, two, by), 1).0;
            assert_eq!(found, replace(&text, left, right, by), "replaces {seen}");
        }
    }
}

/// Positions, from all places, are those found in one go.
fn positions(text: &str, value: &str, by: By) {
    let size = length(text) as i32;
    for (start, count) in (-1..=size + 1).flat_map(|start| [(start, None), (start, Some(2)), (start, Some(0))]) {
        let (one, two) = (Text::new(text), Text::new(value));
        let found = finding(one.clone(), two.clone(), (start, count), by).map(|work| in_pieces(work, 1).0);
        assert_eq!(found, index_of(text, value, start, count, by), "{text:?} {value:?} {by:?} {start} {count:?}");
        let found = finding_last(one, two, (start, count), by).map(|work| in_pieces(work, 1).0);
        let expected = last_index_of(text, value, start, count, by);
        assert_eq!(found, expected, "last {text:?} {value:?} {by:?} {start} {count:?}");
    }
}

#[test]
fn distances_are_told_in_pieces_as_well() {
    for (left, right) in [("äb", "Äa"), ("ä", "Äxyz"), ("äxy", "Ä"), ("😀", "\u{FFFD}"), ("ä", "ö"), ("", "ab")]
    {
        for by in [By::Ordinal, By::OrdinalIgnoreCase] {
            let found = in_pieces(comparing(Text::new(left), Text::new(right), by), 1).0;
            assert_eq!(found, compare(left, right, by), "{left} {right} {by:?}");
        }
    }
}

#[test]
fn many_matches_do_not_look_at_the_whole_rest() {
    // Were the rest asked at each match whether it is ASCII, this would take minutes.
    let text = format!("{}ıé", "aB".repeat(300_000));
    for (old, by, expected) in [
        ("B", By::Ordinal, format!("{}ıé", "a".repeat(300_000))),
        ("b", By::OrdinalIgnoreCase, format!("{}ıé", "a".repeat(300_000))),
        ("ıÉ", By::OrdinalIgnoreCase, "aB".repeat(300_000)),
    ] {
        let found = in_pieces(replacing(Text::new(&text), Text::new(old), Text::default(), by), 10_000).0;
        assert!(found.as_deref() == Ok(&*expected), "{old} {by:?}");
    }
}

#[test]
fn case_changes_in_pieces_as_in_one_go() {
    for text in ["éÉ😀ßﬁıİ", &"äÖx".repeat(30_000)] {
        let (upper, pieces) = in_pieces(upper_casing(Text::new(text)), 10_000);
        assert_eq!(upper, *to_upper(text));
        assert!(pieces > text.len() / 60_000, "{pieces}");
        assert_eq!(in_pieces(lower_casing(Text::new(text)), 10_000).0, *to_lower(text));
    }
}

#[test]
fn long_values_take_turns() {
    let text = Text::from("漢字かな".repeat(20_000));
    let wanted = Text::from(format!("{}x", &text[3..]));
    for (by, least) in
        [(By::CurrentCulture, 40), (By::CurrentCultureIgnoreCase, 40), (By::Ordinal, 8), (By::OrdinalIgnoreCase, 16)]
    {
        let one = || (text.clone(), wanted.clone());
        let ((text, value), all) = (one(), (0, None));
        let (found, pieces) = in_pieces(finding(text, value, all, by).unwrap(), 10_000);
        assert!(found == -1 && (least..4 * least).contains(&pieces), "{by:?} {pieces}");
        let ((text, value), last) = (one(), length(&one().0) as i32 - 1);
        let (found, pieces) = in_pieces(finding_last(text, value, (last, None), by).unwrap(), 10_000);
        assert!(found == -1 && (least..4 * least).contains(&pieces), "{by:?} {pieces}");
        let (text, value) = one();
        let (found, pieces) = in_pieces(containing(text, value, by), 10_000);
        assert!(!found && (least..4 * least).contains(&pieces), "{by:?} {pieces}");
        let (text, value) = one();
        let same = text.clone();
        let (found, pieces) = in_pieces(replacing(text, value, Text::new("x"), by), 10_000);
        assert!((least..4 * least).contains(&pieces), "{by:?} {pieces}");
        assert_eq!(found, Ok(same));
    }
}

#[test]
fn long_texts_take_turns() {
    let text = Text::from("漢字かな".repeat(10_000));
    let other = Text::from(format!("{text}b"));
    let capitals = Text::from("ÄÖ".repeat(20_000));
    let (small, by) = (Text::from("äö".repeat(20_000)), By::OrdinalIgnoreCase);
    let (found, pieces) = in_pieces(comparing(small.clone(), capitals.clone(), by), 10_000);
    assert!(found == 0 && pieces > 15, "{found} {pieces}");
    let (found, pieces) = in_pieces(replacing(small, capitals, Text::new("x"), by), 10_000);
    assert!(found.as_deref() == Ok("x") && pieces > 5, "{pieces}");
    for by in [By::CurrentCulture, By::CurrentCultureIgnoreCase] {
        let (found, pieces) = in_pieces(comparing(other.clone(), text.clone(), by), 10_000);
        assert!(found == 1 && pieces > 20, "{found} {pieces}");
        let (found, pieces) = in_pieces(starting_with(other.clone(), text.clone(), by), 10_000);
        assert!(found && pieces > 20, "{pieces}");
        let (found, pieces) = in_pieces(ending_with(other.clone(), text.clone(), by), 10_000);
        assert!(!found && pieces < 20, "{pieces}");
        let (found, pieces) = in_pieces(containing(text.clone(), Text::new("ö"), by), 10_000);
        assert!(!found && pieces > 20, "{pieces}");
        let (found, pieces) = in_pieces(replacing(text.clone(), Text::new("字"), Text::new("x"), by), 10_000);
        assert!(pieces > 20, "{pieces}");
        assert_eq!(found.as_deref(), Ok(&*"漢xかな".repeat(10_000)));
    }
}
