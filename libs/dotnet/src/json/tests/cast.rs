//! Explicit casts and `Value<T>`.

use std::rc::Rc;

use super::shown;
use crate::json::{JToken, Scalar, Simple, Target, parse_object};
use crate::number::{self, NumberType};

const DOCUMENT: &str = "{'s':'text','i':12,'neg':-3,'half':2.5,'t':true,'n':null,'u':undefined,'o':{'x':1},'a':[1,2],
    'd':'2020-01-02T03:04:05Z','num':'42','dec':'1.25','big':123456789012345678901234567890,
    'g':'6f9619ff-8b86-d011-b42d-00c04fc964ff','b64':'AQID','ts':'01:02:03','bt':'True','c':'x','huge':1e300}";

fn simple(value: Option<Simple>) -> String {
    match value {
        None => "null".to_owned(),
        Some(Simple::Boolean(value)) => value.to_string(),
        Some(Simple::Char(unit)) => char::from_u32(unit.into()).unwrap().to_string(),
        Some(Simple::Number(value)) => number::format(value, "").unwrap(),
        Some(Simple::String(text) | Simple::Uri(text)) => text.to_string(),
        Some(Simple::DateTime(date)) => date.ticks().to_string(),
        Some(Simple::DateTimeOffset(date)) => date.utc_ticks().to_string(),
        Some(Simple::Guid(value)) => value.format("N").unwrap(),
        Some(Simple::TimeSpan(span)) => span.ticks().to_string(),
        Some(Simple::Bytes(bytes)) => format!("{bytes:?}"),
    }
}

const INT: Target = Target::Number(NumberType::Int32);
const LONG: Target = Target::Number(NumberType::Int64);
const DOUBLE: Target = Target::Number(NumberType::Double);
const DECIMAL: Target = Target::Number(NumberType::Decimal);
const BYTE: Target = Target::Number(NumberType::Byte);

#[test]
fn casts_convert_or_say_what_they_cannot() {
    let document = parse_object(DOCUMENT).unwrap();
    for (name, target, nullable, expected) in [
        ("s", Target::String, true, "= text"),
        ("i", Target::String, true, "= 12"),
        ("half", Target::String, true, "= 2.5"),
        ("t", Target::String, true, "= True"),
        ("n", Target::String, true, "= null"),
        ("u", Target::String, true, "= null"),
        ("o", Target::String, true, "! ArgumentException: Can not convert Object to String."),
        ("a", Target::String, true, "! ArgumentException: Can not convert Array to String."),
        ("d", Target::String, true, "= 01/02/2020 03:04:05"),
        ("big", Target::String, true, "= 123456789012345678901234567890"),
        ("s", INT, false, "! FormatException: The input string 'text' was not in a correct format."),
        ("i", INT, false, "= 12"),
        ("num", INT, false, "= 42"),
        ("half", INT, false, "= 2"),
        ("t", INT, false, "= 1"),
        ("n", INT, false, "! ArgumentException: Can not convert Null to Int32."),
        ("n", INT, true, "= null"),
        ("u", INT, true, "= null"),
        ("d", INT, false, "! ArgumentException: Can not convert Date to Int32."),
        ("o", INT, true, "! ArgumentException: Can not convert Object to Int32."),
        ("big", INT, false, "! OverflowException: Value was either too large or too small for an Int32."),
        ("huge", LONG, false, "! OverflowException: Arithmetic operation resulted in an overflow."),
        ("neg", BYTE, false, "! OverflowException: Value was either too large or too small for an unsigned byte."),
        ("dec", DECIMAL, false, "= 1.25"),
        ("dec", DOUBLE, false, "= 1.25"),
        ("huge", DECIMAL, false, "! OverflowException: Value was either too large or too small for a Decimal."),
        ("bt", Target::Boolean, false, "= true"),
        ("i", Target::Boolean, false, "= true"),
        ("s", Target::Boolean, false, "! FormatException: String 'text' was not recognized as a valid Boolean."),
        ("n", Target::Boolean, true, "= null"),
        ("c", Target::Char, false, "= x"),
        ("s", Target::Char, false, "! FormatException: String must be exactly one character long."),
        ("t", Target::Char, false, "! ArgumentException: Can not convert Boolean to Char."),
        ("d", Target::DateTime, false, "= 637135310450000000"),
        ("i", Target::DateTime, false, "! ArgumentException: Can not convert Integer to DateTime."),
        ("g", Target::Guid, false, "= 6f9619ff8b86d011b42d00c04fc964ff"),
        ("b64", Target::Guid, false, "! FormatException: Unrecognized Guid format."),
        ("b64", Target::Bytes, false, "= [1, 2, 3]"),
        ("n", Target::Bytes, false, "! ArgumentException: Can not convert Null to byte array."),
        ("i", Target::Bytes, false, "! ArgumentException: Can not convert Integer to byte array."),
        ("s", Target::Uri, true, "! UriFormatException: Invalid URI: The format of the URI could not be determined."),
        ("ts", Target::TimeSpan, false, "= 37230000000"),
        ("num", Target::TimeSpan, false, "= 36288000000000"),
        ("t", Target::TimeSpan, false, "! ArgumentException: Can not convert Boolean to TimeSpan."),
    ] {
        let token = document.get(name).unwrap();
        assert_eq!(shown(token.cast(target, nullable).map(simple)), expected, "{name} {target:?}");
        let property = document.property_named(name).unwrap();
        assert_eq!(shown(property.cast(target, nullable).map(simple)), expected, "property {name} {target:?}");
    }
}

#[test]
fn value_of_changes_the_type_of_the_value_only() {
    let document = parse_object(DOCUMENT).unwrap();
    for (name, target, nullable, expected) in [
        ("s", Target::String, true, "= text"),
        ("t", INT, false, "= 1"),
        ("num", INT, false, "= 42"),
        ("half", INT, false, "= 2"),
        ("n", INT, true, "= null"),
        ("n", INT, false, "! InvalidCastException: Null object cannot be converted to a value type."),
        ("n", Target::String, true, "= null"),
        (
            "o",
            Target::String,
            true,
            "! InvalidCastException: Cannot cast Newtonsoft.Json.Linq.JObject to Newtonsoft.Json.Linq.JToken.",
        ),
        ("g", Target::Guid, false, "! InvalidCastException: Invalid cast from 'System.String' to 'System.Guid'."),
        ("i", Target::Bytes, false, "! InvalidCastException: Invalid cast from 'System.Int64' to 'System.Byte[]'."),
        ("i", Target::DateTime, false, "! InvalidCastException: Invalid cast from 'Int64' to 'DateTime'."),
        ("big", INT, false, "! InvalidCastException: Object must implement IConvertible."),
    ] {
        let token = document.get(name).unwrap();
        assert_eq!(shown(token.value_as(target, nullable).map(simple)), expected, "{name} {target:?}");
    }
}

#[test]
fn bytes_and_guids_cast_into_each_other() {
    let bytes: Rc<[u8]> =
        Rc::from([0xff, 0x19, 0x96, 0x6f, 0x86, 0x8b, 0x11, 0xd0, 0xb4, 0x2d, 0, 0xc0, 0x4f, 0xc9, 0x64, 0xff]);
    let token = JToken::value(Scalar::Bytes(bytes));
    assert_eq!(shown(token.cast(Target::Guid, false).map(simple)), "= 6f9619ff8b86d011b42d00c04fc964ff");
    assert_eq!(shown(token.to_text().map(Option::unwrap)), "= /xmWb4aLEdC0LQDAT8lk/w==");
    let short = JToken::value(Scalar::Bytes(Rc::from([1])));
    let error = short.cast(Target::Guid, false).unwrap_err();
    assert_eq!(error.message, "Byte array for Guid must be exactly 16 bytes long. (Parameter 'b')");
}
