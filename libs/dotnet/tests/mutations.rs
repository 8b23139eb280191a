//! Texts put together at random from the pieces that readers look for: none may panic, and what is read must come back the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use postern_dotnet::Text;
use postern_dotnet::number::{NumberStyles, NumberType, Random, format, parse, parse_radix};
use postern_dotnet::text::{self, Encoding, Guid, Separators, SplitOptions, Splitting, StringComparison};
use postern_dotnet::uri::{
    IpAddress, Uri, UriKind, html_decode, html_encode, is_well_formed_uri_string, unescape_data_string, url_decode,
    url_encode,
};
use postern_dotnet::work::in_one_go;

const ROUNDS: usize = 20_000;

/// Texts of up to eight pieces.
struct Texts {
    random: Random,
    pieces: &'static [&'static str],
}

impl Texts {
    fn new(seed: i32, pieces: &'static [&'static str]) -> Texts {
        Texts { random: Random::new(seed), pieces }
    }

    fn below(&mut self, bound: usize) -> usize {
        let drawn = self.random.next_below(i32::try_from(bound).unwrap()).unwrap();
        usize::try_from(drawn).unwrap()
    }

    fn next(&mut self) -> String {
        let count = self.below(9);
        (0..count).map(|_| self.pieces[self.below(self.pieces.len())]).collect()
    }
}

#[test]
fn numbers_survive_any_text_and_format() {
    let mut texts = Texts::new(
        1,
        &[
            "0",
            "1",
            "9",
            "99999999999",
            "-",
            "+",
            ".",
            ",",
            "e",
            "E+",
            " ",
            "(",
            ")",
            "¤",
            "\0",
            "é",
            "x",
            "F",
            "Infinity",
            "NaN",
        ],
    );
    let mut formats = Texts::new(
        2,
        &["0", "#", ".", ",", "%", "‰", ";", "E+0", "e-00", "E", "\\", "'", "\"", "N", "G", "17", "X", "é", "\0"],
    );
    for _ in 0..ROUNDS {
        let (text, specifier) = (texts.next(), formats.next());
        for of in NumberType::ALL {
            for styles in [NumberStyles::default_of(*of), NumberStyles::ANY, NumberStyles::HEX_NUMBER] {
                if let Ok(number) = parse(*of, &text, styles) {
                    let _ = format(number, &specifier);
                    let written = format(number, "").unwrap();
                    let again = parse(*of, &written, NumberStyles::default_of(*of)).unwrap();
                    assert_eq!(format(again, "").unwrap(), written, "{text}");
                }
            }
        }
        let _ = parse_radix(NumberType::Int32, &text, 16);
    }
}

#[test]
fn text_operations_survive_any_text_and_position() {
    let mut texts = Texts::new(
        3,
        &["a", "B", "é", "😀", "ı", "ß", " ", "\u{301}", ",", "--", "\u{AD}", "{0}", "{", "}", "{1,5:x}", ""],
    );
    for _ in 0..ROUNDS {
        let (text, other) = (texts.next(), texts.next());
        let (start, count) = (i32::try_from(texts.below(12)).unwrap() - 2, i32::try_from(texts.below(8)).unwrap() - 1);
        for value in 0..6 {
            let by = StringComparison::from_value(value).unwrap();
            let order = text::compare(&text, &other, by);
            assert_eq!(order.signum(), -text::compare(&other, &text, by).signum(), "{text:?} {other:?}");
            assert_eq!(order == 0, text::equals(&text, &other, by), "{text:?} {other:?}");
            if let Some(index) = text::find(&text, &other, by) {
                assert!(index <= text::length(&text));
            }
            let _ = text::index_of(&text, &other, start, Some(count), by);
            let _ = text::last_index_of(&text, &other, start, Some(count), by);
            let _ = text::replace(&text, &other, "-", by);
        }
        if let Ok(part) = text::substring(&text, start, count) {
            assert_eq!(i32::try_from(text::length(&part)), Ok(count));
        }
        let _ = text::insert(&text, start, &other);
        let _ = text::remove(&text, start, count);
        let (whole, separators) = (Text::new(&text), Separators::Texts(vec![Text::new(&other)]));
        let splitting = Splitting::new(&whole, separators, i32::MAX, SplitOptions::default()).unwrap();
        let joined = in_one_go(splitting).join(&other);
        assert_eq!(joined, text);
        let _ = text::parse_composite(&text, 2);
        for encoding in Encoding::ALL {
            let bytes = encoding.bytes(&text);
            assert_eq!(bytes.len(), encoding.byte_count(&text));
            let cut = bytes.len().min(usize::try_from(count.max(0)).unwrap());
            let _ = encoding.text(&bytes[cut..]);
        }
    }
}

#[test]
fn identifiers_survive_any_text() {
    let mut texts = Texts::new(
        4,
        &["d85b1407", "-", "351d", "4694", "9392", "03acc5870eb1", "{", "}", "(", ")", "0x", ",", "+", " ", "é", "g"],
    );
    for _ in 0..ROUNDS {
        let text = texts.next();
        if let Ok(guid) = Guid::parse(&text) {
            assert_eq!(Guid::parse(&guid.format("X").unwrap()), Ok(guid));
        }
        let _ = text::from_base64(&text);
        let _ = text::from_hex(&text);
    }
}

#[test]
fn addresses_survive_any_text_and_stay_canonical() {
    let mut texts = Texts::new(
        5,
        &[
            "http",
            "https",
            "foo",
            "mailto",
            "c",
            ":",
            "//",
            "/",
            "\\",
            "?",
            "#",
            "@",
            "[",
            "]",
            "::1",
            "127.1",
            "example.com",
            "%41",
            "%2F",
            "%",
            "..",
            ".",
            " ",
            "é",
            "99999",
            "80",
            "|",
        ],
    );
    for _ in 0..ROUNDS * 5 {
        let text = texts.next();
        for kind in [UriKind::Absolute, UriKind::Relative, UriKind::RelativeOrAbsolute] {
            let _ = is_well_formed_uri_string(&text, kind);
            let Ok(uri) = Uri::parse(&text, kind) else { continue };
            let _ = uri.to_string();
            let Ok(absolute) = uri.absolute_uri() else { continue };
            let again = Uri::parse(&absolute, UriKind::Absolute).and_then(|uri| uri.absolute_uri());
            assert_eq!(again.as_ref(), Ok(&absolute), "{text}");
            let _ = Uri::combine(&uri, &texts.next());
        }
        let _ = IpAddress::try_parse(&text);
        let _ = unescape_data_string(&text);
        let _ = url_decode(&text);
        assert_eq!(url_decode(&url_encode(&text)), text);
        assert_eq!(html_decode(&html_encode(&text)), text);
    }
}
