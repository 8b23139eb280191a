use super::*;
use crate::text::{replace_char, to_upper};
use crate::uri::{escape_data_string, html_decode, html_encode, unescape_data_string, url_decode, url_encode};
use crate::work::{Work, in_pieces};

type Map = for<'a> fn(&'a str) -> Cow<'a, str>;

/// Steps of a piece in these tests.
const STEPS: u64 = 3000;

fn pieces<W: Work>(work: W, bytes: usize) -> W::Output {
    let (made, turns) = in_pieces(work, STEPS);
    assert!(turns >= bytes / 40_000, "{turns} turns for {bytes} bytes");
    made
}

/// Texts of these units, with `shift` characters before them, so that places where parts may end meet every unit.
fn texts(units: &[&str]) -> Vec<String> {
    let long = |unit: &&str| unit.repeat(50_000 / unit.len());
    (0..7).flat_map(|shift| units.iter().map(move |unit| "x".repeat(shift) + &long(unit))).collect()
}

#[test]
fn parts_come_to_the_whole() {
    let units = ["a", "ö", "漢字", "😀", "a b&c=é😀!*'()%41<>\"", " +", "ab\u{AD}c"];
    let of: [(IsCut, Map); 4] =
        [(anywhere, escape_data_string), (anywhere, url_encode), (anywhere, html_encode), (anywhere, to_upper)];
    for text in texts(&units) {
        for (is_cut, map) in of {
            assert!(pieces(mapping(text.as_str().into(), is_cut, map), text.len()) == *map(&text), "{text:.20}");
        }
        let swapped = |part: &str| replace_char(part, 0xF6, 0x6F22);
        let in_parts = mapping(text.as_str().into(), anywhere, move |part| Cow::Owned(swapped(part).into()));
        assert!(pieces(in_parts, text.len()) == swapped(&text), "{text:.20}");
    }
}

#[test]
fn no_part_cuts_what_is_escaped() {
    let units = [
        "%41",
        "%C3%B6",
        "%80",
        "%FF%C3",
        "%C3x",
        "%F0%9F%98%80",
        "%F0%9F",
        "ö%B6",
        "%4",
        "%",
        "4141414",
        "a+%20%zz%4%41",
        "+",
        "%E6%BC%A2%E5%AD%97",
        "%80%80%80%80%80z",
    ];
    for text in texts(&units) {
        for map in [unescape_data_string, url_decode] {
            let made = pieces(mapping(text.as_str().into(), outside_escapes, map), text.len());
            assert!(made == *map(&text), "{text:.20}");
        }
    }
    let entities = ["&amp;", "&", "&amp", "&#233;", "&nope;", "&#x1F600;x", "no entity; ", "&lt;ö&gt", ";", "&#0;"];
    for text in texts(&entities) {
        let made = pieces(mapping(text.as_str().into(), before_entities, html_decode), text.len());
        assert!(made == *html_decode(&text), "{text:.20}");
    }
    // Long stretches without any, with one at the place where a part would end.
    for at in (16_370..16_390).chain(32_750..32_770) {
        let text = format!("{}&eacute;{}", "x".repeat(at), "y".repeat(100_000));
        let made = pieces(mapping(text.as_str().into(), before_entities, html_decode), text.len());
        assert!(made == *html_decode(&text), "{at}");
    }
}

#[test]
fn normal_forms_of_parts_are_those_of_the_whole() {
    let units = [
        "e\u{301}",
        "é",
        "a\u{323}\u{301}",
        "\u{1100}\u{1161}\u{11A8}",
        "각",
        "ﬁ",
        "漢字",
        "zwölf ",
        "Å",
        "\u{344}",
        "\u{F73}a",
        "\u{9C7}\u{9BE}",
        "x\u{301}\u{323}\u{30A}",
    ];
    for text in texts(&units) {
        for form in [1, 2, 5, 6] {
            let made = pieces(normalizing(text.as_str().into(), form).unwrap(), text.len());
            assert!(Ok(made) == normalize(&text, form), "{text:.20} {form}");
        }
        let is_normal = normalize(&text, 1).is_ok_and(|normal| normal == text);
        assert_eq!(in_pieces(asking_normalized(text.as_str().into()), STEPS).0, is_normal, "{text:.20}");
    }
    assert!(normalizing("a".into(), 3).is_err());
}

#[test]
fn bytes_of_parts_are_those_of_the_whole() {
    for text in texts(&["a", "ö", "漢", "😀", "aö漢😀"]) {
        for encoding in Encoding::ALL {
            let bytes = pieces(encoding.encoding(text.as_str().into()), text.len());
            assert!(bytes == encoding.bytes(&text), "{encoding:?} {text:.20}");
        }
    }
    let parts: [&[u8]; 12] = [
        b"a",
        b"\xC3\xB6",
        b"\x80",
        b"\xF0\x9F\x98\x80",
        b"\xF0\x9F",
        b"\xE6\xBC",
        b"\x00\xD8",
        b"\x3D\xD8\x00\xDE",
        b"\x00\xDC",
        b"\xD8\x3D\xDE\x00",
        b"\xFF\xFE\x00\x00",
        b"\xF4\x90\x80\x80\x80",
    ];
    for part in parts {
        for shift in 0..5 {
            let bytes = [vec![b'x'; shift], part.repeat(100_000 / part.len())].concat();
            for encoding in Encoding::ALL {
                let text = pieces(encoding.decoding(bytes.clone()), bytes.len());
                assert!(text == encoding.text(&bytes), "{encoding:?} {part:x?} {shift}");
            }
        }
    }
}

#[test]
fn units_are_joined_whatever_pairs_their_parts_cut() {
    for units in [vec![0xD83D, 0xDE00], vec![0xD83D], vec![0xDE00], vec![0x61], vec![0x61, 0xD83D, 0xD83D, 0xDE00]] {
        let all: Vec<u16> = units.iter().copied().cycle().take(50_001).collect();
        for size in [1000, 1001, 16_384] {
            let mut parts = all.chunks(size).map(<[u16]>::to_vec).collect::<Vec<_>>().into_iter();
            let joined = joining_units(move || parts.next().unwrap_or_default());
            assert!(pieces(joined, all.len()) == from_units(&all), "{units:x?} {size}");
        }
    }
    assert_eq!(in_pieces(joining_units(Vec::new), STEPS).0, "");
}
