//! Text of tokens.

use std::rc::Rc;

use crate::json::{Formatting, JToken, Scalar, parse};
use crate::number::Number;
use crate::text::Guid;
use crate::{Decimal, Text};

fn written(value: Scalar) -> String {
    JToken::value(value).to_json(Formatting::None).unwrap()
}

#[test]
fn numbers_show_whether_they_are_floats() {
    for (number, expected) in [
        (Number::Int64(-12), "-12"),
        (Number::Int64(i64::MIN), "-9223372036854775808"),
        (Number::Int32(0), "0"),
        (Number::UInt64(u64::MAX), "18446744073709551615"),
        (Number::Double(1.0), "1.0"),
        (Number::Double(-0.0), "-0.0"),
        (Number::Double(0.1), "0.1"),
        (Number::Double(1e20), "1E+20"),
        (Number::Double(f64::NAN), "\"NaN\""),
        (Number::Double(f64::INFINITY), "\"Infinity\""),
        (Number::Double(f64::NEG_INFINITY), "\"-Infinity\""),
        (Number::Single(1.1), "1.1"),
        (Number::Single(1.0), "1.0"),
        (Number::Decimal(Decimal::new(1, 0)), "1.0"),
        (Number::Decimal(Decimal::new(110, 2)), "1.10"),
    ] {
        assert_eq!(written(Scalar::Number(number)), expected);
    }
}

#[test]
fn other_values_are_strings() {
    assert_eq!(written(Scalar::Bytes(Rc::from([1, 2]))), "\"AQI=\"");
    assert_eq!(written(Scalar::Guid(Guid::EMPTY)), "\"00000000-0000-0000-0000-000000000000\"");
    assert_eq!(written(Scalar::Uri("http://a/b c".into())), "\"http://a/b c\"");
    assert_eq!(written(Scalar::Raw("[1, 2]".into())), "[1, 2]");
    assert_eq!(written(Scalar::BigInteger(Text::from("-99999999999999999999"))), "-99999999999999999999");
}

#[test]
fn strings_are_escaped_where_json_and_javascript_need_it() {
    let text = "a\"b\\c/d'\n\r\t\x0c\x08\x00\x1f\x7f\u{85}\u{2028}\u{2029}é😀";
    let expected = r#""a\"b\\c/d'\n\r\t\f\b\u0000\u001f@\u0085\u2028\u2029é😀""#.replace('@', "\x7f");
    assert_eq!(written(Scalar::String(text.into())), expected);
}

#[test]
fn indented_json_has_windows_line_ends() {
    let document = parse("{a:[],b:{},c:[1,{d:null}],e:new Date(1,2),f:new X()}").unwrap();
    let expected = [
        "{",
        "  \"a\": [],",
        "  \"b\": {},",
        "  \"c\": [",
        "    1,",
        "    {",
        "      \"d\": null",
        "    }",
        "  ],",
        "  \"e\": new Date(",
        "    1,",
        "    2",
        "  ),",
        "  \"f\": new X(",
        "  )",
        "}",
    ]
    .join("\n");
    assert_eq!(document.to_display().unwrap(), expected);
    let property = JToken::property("a".into(), Some(&parse("[1]").unwrap())).unwrap();
    assert_eq!(property.to_display().unwrap(), "\"a\": [\n  1\n]");
    assert_eq!(property.to_json(Formatting::None).unwrap(), "\"a\":[1]");
}

#[test]
fn comments_take_no_comma() {
    let array = JToken::array();
    array.add(Some(&JToken::value(Scalar::Comment("c".into())))).unwrap();
    array.add(Some(&JToken::value(Scalar::integer(1)))).unwrap();
    assert_eq!(array.to_json(Formatting::None).unwrap(), "[/*c*/1]");
    let object = JToken::object();
    object.add(Some(&JToken::value(Scalar::Comment("c".into())))).unwrap();
    assert_eq!(object.count(), 0);
}

#[test]
fn plain_text_of_values_is_that_of_dotnet() {
    for (text, expected) in [
        ("'x'", "x"),
        ("true", "True"),
        ("null", ""),
        ("undefined", ""),
        ("1.0", "1"),
        ("1.50", "1.5"),
        ("NaN", "NaN"),
        ("'2020-01-02T03:04:05Z'", "01/02/2020 03:04:05"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ] {
        assert_eq!(parse(text).unwrap().to_display().unwrap(), expected, "{text}");
    }
    assert_eq!(Scalar::float(1234.5).to_formatted("N2").unwrap(), "1,234.50");
    assert_eq!(Scalar::String("x".into()).to_formatted("N2").unwrap(), "x");
}

/// .NET and Rust both write the shortest digits that read back as the same number; this goes over the numbers with few digits, which are written
/// in a way of their own, and their neighbours.
#[test]
fn floats_are_the_shortest_digits_that_read_back() {
    let mut numbers: Vec<f64> =
        vec![0.0, 0.005, 0.015, 0.994_999_999_999_999_9, 1e13, 99_999_999_999.99, 1e14 / 3.0, 4.35, 2.675, 1.005];
    numbers.extend((1..20_000).map(|number| f64::from(number * 7) / 100.0));
    numbers.extend((1..2_000).map(|number| f64::from(number) * 123_456.789 + 0.01));
    let neighbours: Vec<f64> =
        numbers.iter().skip(1).flat_map(|number| [number.next_up(), number.next_down()]).collect();
    for number in numbers.into_iter().chain(neighbours).flat_map(|number| [number, -number]).skip(2) {
        let shortest = format!("{number}");
        let expected = if shortest.contains('.') { shortest } else { format!("{shortest}.0") };
        assert_eq!(JToken::value(Scalar::float(number)).to_json(Formatting::None).unwrap(), expected);
    }
    assert_eq!(JToken::value(Scalar::float(0.0)).to_json(Formatting::None).unwrap(), "0.0");
    assert_eq!(JToken::value(Scalar::float(-0.0)).to_json(Formatting::None).unwrap(), "-0.0");
}

/// The writer goes on with a list where documents are deeper than it wants to recurse.
#[test]
fn documents_of_any_depth_are_written() {
    let mut document = JToken::value(Scalar::integer(1));
    for level in 0..5_000 {
        let outer = if level % 2 == 0 { JToken::object() } else { JToken::array() };
        if level % 2 == 0 {
            outer.set("a", Some(&document)).unwrap();
        } else {
            outer.add(Some(&document)).unwrap();
        }
        document = outer;
    }
    let compact = document.to_json(Formatting::None).unwrap();
    assert_eq!(compact, format!("{}1{}", "[{\"a\":".repeat(2_500), "}]".repeat(2_500)));
    let indented = document.to_json(Formatting::Indented).unwrap();
    let deepest = format!("\n{}\"a\": 1\n{}}}\n", "  ".repeat(5_000), "  ".repeat(4_999));
    assert!(indented.contains(&deepest));
}
