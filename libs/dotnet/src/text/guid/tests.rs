//! The five forms, and .NET's messages for texts that are none.

use super::*;

const TEXT: &str = "d85b1407-351d-4694-9392-03acc5870eb1";
const FORMS: [(&str, &str); 5] = [
    ("D", TEXT),
    ("N", "d85b1407351d4694939203acc5870eb1"),
    ("B", "{d85b1407-351d-4694-9392-03acc5870eb1}"),
    ("P", "(d85b1407-351d-4694-9392-03acc5870eb1)"),
    ("X", "{0xd85b1407,0x351d,0x4694,{0x93,0x92,0x03,0xac,0xc5,0x87,0x0e,0xb1}}"),
];

#[test]
fn every_form_is_written_and_read() {
    let guid = Guid::parse(TEXT).unwrap();
    for (format, text) in FORMS {
        assert_eq!(guid.format(format).as_deref(), Ok(text));
        assert_eq!(guid.format(&format.to_lowercase()).as_deref(), Ok(text));
        assert_eq!(Guid::parse(&format!(" {} ", text.to_uppercase())), Ok(guid), "{text}");
        assert_eq!(Guid::parse_exact(text, format), Ok(guid), "{text}");
    }
    assert_eq!(guid.format("").as_deref(), Ok(TEXT));
    assert_eq!(guid.format("Q").unwrap_err().message, FORMATS);
    assert!(Guid::parse_exact(TEXT, "N").is_err());
}

#[test]
fn the_byte_array_reverses_the_first_three_groups() {
    let guid = Guid::parse(TEXT).unwrap();
    let bytes = guid.to_byte_array();
    assert_eq!(bytes, [0x07, 0x14, 0x5B, 0xD8, 0x1D, 0x35, 0x94, 0x46, 0x93, 0x92, 0x03, 0xAC, 0xC5, 0x87, 0x0E, 0xB1]);
    assert_eq!(Guid::from_byte_array(&bytes), Ok(guid));
    assert!(Guid::from_byte_array(&bytes[1..]).is_err());
}

#[test]
fn texts_that_are_none_are_refused() {
    let cases = [
        ("", UNRECOGNIZED),
        ("not a guid", UNRECOGNIZED),
        ("d85b1407-351d-4694-9392-03acc5870eb", LENGTH),
        ("d85b1407-351d-4694-939203acc5870eb1x", DASHES),
        ("d85b1407-351d-4694-9392-03acc5870ebg", INVALID),
        ("d85b1407351d4694939203acc5870eb1ff", LENGTH),
        ("{d85b1407-351d-4694-9392-03acc5870eb1", LENGTH),
    ];
    for (text, message) in cases {
        assert_eq!(Guid::parse(text), Err(Exception::format(message)), "{text}");
    }
    for text in [
        "{0x1,2}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "{0xd85b1407,0x351d,0x4694,{0x93,0x92,0x03,0xac,0xc5,0x87,0x0e,0x1b1}}",
        "é".repeat(18).as_str(),
    ] {
        assert!(Guid::parse(text).is_err(), "{text}");
    }
}

#[test]
fn random_bytes_make_a_version_four() {
    assert_eq!(Guid::from_random([0xFF; 16]).format("D").as_deref(), Ok("ffffffff-ffff-4fff-bfff-ffffffffffff"));
    assert_eq!(Guid::from_random([0; 16]).format("D").as_deref(), Ok("00000000-0000-4000-8000-000000000000"));
    assert!(Guid::EMPTY < Guid::from_random([0; 16]));
}
