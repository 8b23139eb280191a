//! The built-in types: their lexical forms, with the errors of XmlConvert.

use base64::Engine as _;
use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use super::moment::{Moment, Shape};
use super::value::{Decimal, Value};

/// A built-in simple type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[rustfmt::skip]
pub(crate) enum Builtin {
    AnySimpleType,
    String, Boolean, Decimal, Float, Double, Duration, DateTime, Time, Date, GYearMonth, GYear, GMonthDay, GDay, GMonth,
    HexBinary, Base64Binary, AnyUri, QName, Notation,
    NormalizedString, Token, Language, NmToken, NmTokens, Name, NcName, Id, IdRef, IdRefs, Entity, Entities,
    Integer, NonPositiveInteger, NegativeInteger, Long, Int, Short, Byte,
    NonNegativeInteger, UnsignedLong, UnsignedInt, UnsignedShort, UnsignedByte, PositiveInteger,
}

use Builtin as B;

/// Type, name in the standard, name of its `XmlTypeCode`, base.
#[rustfmt::skip]
pub(crate) const ALL: [(Builtin, &str, &str, Builtin); 45] = [
    (B::AnySimpleType, "anySimpleType", "AnyAtomicType", B::AnySimpleType),
    (B::String, "string", "String", B::AnySimpleType),
    (B::Boolean, "boolean", "Boolean", B::AnySimpleType),
    (B::Decimal, "decimal", "Decimal", B::AnySimpleType),
    (B::Float, "float", "Float", B::AnySimpleType),
    (B::Double, "double", "Double", B::AnySimpleType),
    (B::Duration, "duration", "Duration", B::AnySimpleType),
    (B::DateTime, "dateTime", "DateTime", B::AnySimpleType),
    (B::Time, "time", "Time", B::AnySimpleType),
    (B::Date, "date", "Date", B::AnySimpleType),
    (B::GYearMonth, "gYearMonth", "GYearMonth", B::AnySimpleType),
    (B::GYear, "gYear", "GYear", B::AnySimpleType),
    (B::GMonthDay, "gMonthDay", "GMonthDay", B::AnySimpleType),
    (B::GDay, "gDay", "GDay", B::AnySimpleType),
    (B::GMonth, "gMonth", "GMonth", B::AnySimpleType),
    (B::HexBinary, "hexBinary", "HexBinary", B::AnySimpleType),
    (B::Base64Binary, "base64Binary", "Base64Binary", B::AnySimpleType),
    (B::AnyUri, "anyURI", "AnyUri", B::AnySimpleType),
    (B::QName, "QName", "QName", B::AnySimpleType),
    (B::Notation, "NOTATION", "Notation", B::AnySimpleType),
    (B::NormalizedString, "normalizedString", "NormalizedString", B::String),
    (B::Token, "token", "Token", B::NormalizedString),
    (B::Language, "language", "Language", B::Token),
    (B::NmToken, "NMTOKEN", "NmToken", B::Token),
    (B::NmTokens, "NMTOKENS", "List of NmToken", B::AnySimpleType),
    (B::Name, "Name", "Name", B::Token),
    (B::NcName, "NCName", "NCName", B::Name),
    (B::Id, "ID", "Id", B::NcName),
    (B::IdRef, "IDREF", "Idref", B::NcName),
    (B::IdRefs, "IDREFS", "List of Idref", B::AnySimpleType),
    (B::Entity, "ENTITY", "Entity", B::NcName),
    (B::Entities, "ENTITIES", "List of Entity", B::AnySimpleType),
    (B::Integer, "integer", "Integer", B::Decimal),
    (B::NonPositiveInteger, "nonPositiveInteger", "NonPositiveInteger", B::Integer),
    (B::NegativeInteger, "negativeInteger", "NegativeInteger", B::NonPositiveInteger),
    (B::Long, "long", "Long", B::Integer),
    (B::Int, "int", "Int", B::Long),
    (B::Short, "short", "Short", B::Int),
    (B::Byte, "byte", "Byte", B::Short),
    (B::NonNegativeInteger, "nonNegativeInteger", "NonNegativeInteger", B::Integer),
    (B::UnsignedLong, "unsignedLong", "UnsignedLong", B::NonNegativeInteger),
    (B::UnsignedInt, "unsignedInt", "UnsignedInt", B::UnsignedLong),
    (B::UnsignedShort, "unsignedShort", "UnsignedShort", B::UnsignedInt),
    (B::UnsignedByte, "unsignedByte", "UnsignedByte", B::UnsignedShort),
    (B::PositiveInteger, "positiveInteger", "PositiveInteger", B::NonNegativeInteger),
];

/// What becomes of white space before a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    Preserve,
    Replace,
    Collapse,
}

impl Space {
    pub(crate) fn apply(self, text: &str) -> Text {
        const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];
        match self {
            Space::Preserve => Text::new(text),
            Space::Replace => Text::from(text.replace(['\t', '\n', '\r'], " ")),
            Space::Collapse => {
                let words: Vec<&str> = text.split(SPACE).filter(|word| !word.is_empty()).collect();
                match words.as_slice() {
                    [only] => Text::new(only),
                    words => Text::from(words.join(" ")),
                }
            }
        }
    }
}

/// What prefixes stand for.
pub(crate) type Prefixes<'p> = &'p dyn Fn(&str) -> Option<Text>;

impl Builtin {
    /// The name of its `XmlTypeCode`, which stands for types without a name.
    pub(crate) fn code(self) -> &'static str {
        ALL.iter().find(|(known, ..)| *known == self).map_or("", |(_, _, code, _)| code)
    }

    pub(crate) fn space(self) -> Space {
        match self {
            B::String | B::AnySimpleType => Space::Preserve,
            B::NormalizedString => Space::Replace,
            _ => Space::Collapse,
        }
    }

    /// Numbers of any precision.
    pub(crate) fn is_decimal(self) -> bool {
        self as u8 >= B::Integer as u8 || self == B::Decimal
    }

    /// What bounds are for.
    pub(crate) fn is_ordered(self) -> bool {
        self.is_decimal() || (B::Float as u8..=B::GMonth as u8).contains(&(self as u8))
    }

    /// What the length facets are for.
    pub(crate) fn has_length(self) -> bool {
        !self.is_ordered() && !matches!(self, B::Boolean | B::AnySimpleType)
    }

    /// The type of the items of a list.
    pub(crate) fn items(self) -> Option<Builtin> {
        match self {
            B::NmTokens => Some(B::NmToken),
            B::IdRefs => Some(B::IdRef),
            B::Entities => Some(B::Entity),
            _ => None,
        }
    }

    /// The value of a text whose white space was seen to.
    pub(crate) fn parse(self, text: &str, prefixes: Prefixes<'_>) -> Result<Value, String> {
        let not = |kind: &str| format!("The string '{}' is not a valid {kind} value.", super::shortened(text));
        let moment = |shape, kind| Moment::parse(shape, text).map(Value::Moment).ok_or_else(|| not(kind));
        match self {
            B::AnySimpleType | B::String | B::NormalizedString | B::Token | B::NmTokens | B::IdRefs | B::Entities => {
                Ok(Value::Text(Text::new(text)))
            }
            B::Boolean => match text {
                "true" | "1" => Ok(Value::Boolean(true)),
                "false" | "0" => Ok(Value::Boolean(false)),
                _ => Err(not("Boolean")),
            },
            B::Decimal => Decimal::parse(text).map(Value::Decimal).ok_or_else(|| not("Decimal")),
            B::Float => float(text, f64::from(f32::MAX)).ok_or_else(|| not("Single")),
            B::Double => float(text, f64::MAX).ok_or_else(|| not("Double")),
            B::Duration => moment(Shape::Duration, "Duration"),
            B::DateTime => moment(Shape::DateTime, "DateTime"),
            B::Time => moment(Shape::Time, "Time"),
            B::Date => moment(Shape::Date, "Date"),
            B::GYearMonth => moment(Shape::YearMonth, "GYearMonth"),
            B::GYear => moment(Shape::Year, "GYear"),
            B::GMonthDay => moment(Shape::MonthDay, "GMonthDay"),
            B::GDay => moment(Shape::Day, "GDay"),
            B::GMonth => moment(Shape::Month, "GMonth"),
            B::HexBinary => hexadecimal(text),
            B::Base64Binary => base_64(text),
            B::AnyUri if is_uri(text) => Ok(Value::Text(Text::new(text))),
            B::AnyUri => Err(not("Uri")),
            B::QName | B::Notation => qualified(text, prefixes),
            B::Language if is_language(text) => Ok(Value::Text(Text::new(text))),
            B::Language => Err("'' is an invalid language identifier.".to_owned()),
            B::NmToken => name(text, "_", true),
            B::Name => name(text, "", true),
            B::NcName | B::Id | B::IdRef | B::Entity => name(text, "", false),
            _ => self.integer(text, &not),
        }
    }

    fn integer(self, text: &str, not: &dyn Fn(&str) -> String) -> Result<Value, String> {
        // The name that messages have, and bounds; of those without bounds, the sign.
        let (kind, bounds) = match self {
            B::Long => ("Int64", Some((i128::from(i64::MIN), i128::from(i64::MAX)))),
            B::Int => ("Int32", Some((i128::from(i32::MIN), i128::from(i32::MAX)))),
            B::Short => ("Int16", Some((i128::from(i16::MIN), i128::from(i16::MAX)))),
            B::Byte => ("SByte", Some((i128::from(i8::MIN), i128::from(i8::MAX)))),
            B::UnsignedLong => ("UInt64", Some((0, i128::from(u64::MAX)))),
            B::UnsignedInt => ("UInt32", Some((0, i128::from(u32::MAX)))),
            B::UnsignedShort => ("UInt16", Some((0, i128::from(u16::MAX)))),
            B::UnsignedByte => ("Byte", Some((0, i128::from(u8::MAX)))),
            _ => ("Integer", None),
        };
        // Parsed without `NumberStyles.AllowLeadingSign`.
        let is_unsigned = bounds.is_some_and(|(min, _)| min == 0);
        let is_signed = text.starts_with(['+', '-']);
        let number = Some(text)
            .filter(|text| !(text.contains('.') || is_unsigned && is_signed))
            .and_then(Decimal::parse)
            .ok_or_else(|| not(kind))?;
        let is_inside = match self {
            B::NonPositiveInteger => number.is_negative() || number.is_zero(),
            B::NegativeInteger => number.is_negative(),
            B::NonNegativeInteger => !number.is_negative(),
            B::PositiveInteger => !number.is_negative() && !number.is_zero(),
            _ => match bounds {
                Some((min, max)) if !text.parse::<i128>().is_ok_and(|number| (min..=max).contains(&number)) => {
                    return Err(not(kind));
                }
                _ => true,
            },
        };
        if is_inside {
            return Ok(Value::Decimal(number));
        }
        Err(format!("Value '{}' was either too large or too small for {}.", super::shortened(text), self.code()))
    }
}

fn float(text: &str, max: f64) -> Option<Value> {
    let number = match text {
        "INF" => f64::INFINITY,
        "-INF" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) => text.parse().ok()?,
        _ => return None,
    };
    let is_written_out = !text.ends_with("INF");
    (!(is_written_out && number.abs() > max)).then_some(Value::Float(number))
}

fn hexadecimal(text: &str) -> Result<Value, String> {
    let wrong = format!("'{}' is not a valid BinHex text sequence.", super::shortened(text));
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong);
    }
    if text.len() % 2 == 1 {
        return Err(format!("{wrong} The sequence must contain an even number of characters."));
    }
    let digit = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or_default();
    Ok(Value::Binary((0..text.len()).step_by(2).map(digit).collect()))
}

fn base_64(text: &str) -> Result<Value, String> {
    let packed: String = text.chars().filter(|c| *c != ' ').collect();
    base64::engine::general_purpose::STANDARD.decode(packed).map(Value::Binary).map_err(|_| {
        "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, or an illegal \
         character among the padding characters."
            .to_owned()
    })
}

/// `Uri.TryCreate(text, UriKind.RelativeOrAbsolute)` takes nearly everything: not an authority that is none.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return !text.starts_with(':') };
    if !["http", "https", "ftp", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return true;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    !host.is_empty() && !host.contains(['<', '>', '^', '|']) && host.starts_with('[') == host.contains(']')
}

/// `[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*`
fn is_language(text: &str) -> bool {
    text.split('-').enumerate().all(|(index, part)| {
        let is_allowed = |byte: u8| byte.is_ascii_alphabetic() || index > 0 && byte.is_ascii_digit();
        (1..=8).contains(&part.len()) && part.bytes().all(is_allowed)
    })
}

/// `start` goes before the text where it need not begin as a name.
fn name(text: &str, start: &str, colons: bool) -> Result<Value, String> {
    if text.is_empty() {
        return Err("The empty string '' is not a valid name.".to_owned());
    }
    let shown = format!("{start}{}", if colons { text.replace(':', "_") } else { text.to_owned() });
    XName::new("", &shown).map(|_| Value::Text(Text::new(text))).map_err(|exception| exception.message.into_owned())
}

fn qualified(text: &str, prefixes: Prefixes<'_>) -> Result<Value, String> {
    let (prefix, local) = text.split_once(':').unwrap_or(("", text));
    name(local, "", false)?;
    let namespace = match prefixes(prefix) {
        Some(namespace) => namespace,
        None if prefix.is_empty() => Text::default(),
        None => return Err(format!("'{}' is an undeclared prefix.", super::shortened(prefix))),
    };
    XName::new(&namespace, local).map(Value::Name).map_err(|exception| exception.message.into_owned())
}
