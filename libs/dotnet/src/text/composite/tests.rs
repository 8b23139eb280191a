//! Pieces of formats, and .NET's messages for bad ones.

use super::*;

fn item(index: usize, alignment: i32, format: &str) -> Piece<'_> {
    Piece::Item { index, alignment, format }
}

#[test]
fn a_format_comes_apart() {
    let text = Piece::Literal;
    let cases: [(&str, Vec<Piece<'_>>); 8] = [
        ("", vec![]),
        ("plain", vec![text("plain")]),
        ("{0}", vec![item(0, 0, "")]),
        ("a{0,-10:N2}b", vec![text("a"), item(0, -10, "N2"), text("b")]),
        ("{{{1}}}", vec![text("{"), item(1, 0, ""), text("}")]),
        ("{0 , 5 }", vec![item(0, 5, "")]),
        ("{0:yyyy-MM-dd 'é'}", vec![item(0, 0, "yyyy-MM-dd 'é'")]),
        ("}}{{", vec![text("}"), text("{")]),
    ];
    for (format, expected) in cases {
        assert_eq!(parse_composite(format, 2), Ok(expected), "{format}");
    }
}

#[test]
fn failures_tell_place_and_reason() {
    let cases = [
        ("{", 1, UNCLOSED),
        ("a}", 2, UNCLOSED),
        ("a}b", 2, CLOSING),
        ("{a}", 1, DIGIT),
        ("{}", 1, DIGIT),
        ("{0", 2, UNCLOSED),
        ("é{0,x}", 4, DIGIT),
        ("{0:N2", 5, UNCLOSED),
        ("{0:{1}}", 3, UNCLOSED),
        ("{0x}", 2, UNCLOSED),
    ];
    for (format, offset, reason) in cases {
        let message =
            format!("Input string was not in a correct format. Failure to parse near offset {offset}. {reason}");
        assert_eq!(parse_composite(format, 2), Err(Exception::format(message)), "{format}");
    }
}

#[test]
fn an_index_without_argument_is_refused() {
    let message =
        "Index (zero based) must be greater than or equal to zero and less than the size of the argument list.";
    assert_eq!(parse_composite("{2}", 2), Err(Exception::format(message)));
    assert_eq!(parse_composite("{0}", 0), Err(Exception::format(message)));
}
