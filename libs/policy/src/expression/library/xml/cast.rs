//! Explicit conversions of elements and attributes: `(int)element`, `(DateTime?)attribute`.

use postern_dotnet::date::{DateTime, DateTimeOffset, DateTimeStyles};
use postern_dotnet::number::NumberType;
use postern_dotnet::text::Guid;
use postern_dotnet::xml::convert;
use postern_dotnet::{Exception, Text};

use super::super::guid::GuidValue;
use super::content::parse_number;
use super::element;
use super::values::attribute_of;
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::{Call, Native};
use crate::expression::value::Value;

/// What a text is read as.
#[derive(Clone, Copy)]
enum Target {
    Text,
    Boolean,
    Number(NumberType),
    Date,
    DateOffset,
    Duration,
    Guid,
}

/// Signatures and natives: the conversion and its nullable form, from elements and from attributes.
const CASTS: &[[(&str, Native); 4]] = {
    macro_rules! casts {
        ($($name:literal $target:expr;)*) => {
            &[$([
                (concat!("static explicit operator ", $name, "(XElement element)"), |call| cast(call, $target, false)),
                (concat!("static explicit operator ", $name, "?(XElement element)"), |call| cast(call, $target, true)),
                (concat!("static explicit operator ", $name, "(XAttribute attribute)"), |call| cast_attribute(call, $target)),
                (concat!("static explicit operator ", $name, "?(XAttribute attribute)"), |call| cast(call, $target, true)),
            ],)*]
        };
    }
    casts! {
        "bool" Target::Boolean;
        "int" Target::Number(NumberType::Int32);
        "uint" Target::Number(NumberType::UInt32);
        "long" Target::Number(NumberType::Int64);
        "ulong" Target::Number(NumberType::UInt64);
        "float" Target::Number(NumberType::Single);
        "double" Target::Number(NumberType::Double);
        "decimal" Target::Number(NumberType::Decimal);
        "DateTime" Target::Date;
        "DateTimeOffset" Target::DateOffset;
        "TimeSpan" Target::Duration;
        "Guid" Target::Guid;
    }
};

pub(super) fn declare(library: &mut Library) {
    let mut element = library
        .declare("class System.Xml.Linq.XElement : XContainer")
        .operator("static explicit operator string(XElement element)", |call| cast(call, Target::Text, true));
    for [plain, nullable, ..] in CASTS {
        element = element.operator(plain.0, plain.1).operator(nullable.0, nullable.1);
    }
    let mut attribute = library
        .declare("class System.Xml.Linq.XAttribute : XObject")
        .operator("static explicit operator string(XAttribute attribute)", |call| cast(call, Target::Text, true));
    for [.., plain, nullable] in CASTS {
        attribute = attribute.operator(plain.0, plain.1).operator(nullable.0, nullable.1);
    }
}

fn cast(call: &mut Call<'_, '_>, target: Target, nullable: bool) -> Result<Value, Thrown> {
    if call.argument(0).is_null() {
        return if nullable { Ok(Value::Null) } else { Err(Exception::argument_null("element").into()) };
    }
    let text = match attribute_of(call.argument(0)) {
        Some(attribute) => attribute.value(),
        None => element::value(call, 0)?,
    };
    call.machine.charge(text.len())?;
    Ok(read(call, target, text)?)
}

/// The same for attributes, whose null has another name.
fn cast_attribute(call: &mut Call<'_, '_>, target: Target) -> Result<Value, Thrown> {
    if call.argument(0).is_null() {
        return Err(Exception::argument_null("attribute").into());
    }
    cast(call, target, false)
}

fn read(call: &Call<'_, '_>, target: Target, text: Text) -> Result<Value, Exception> {
    match target {
        Target::Text => Ok(text.into()),
        Target::Boolean => convert::parse_boolean(&text).map(Value::Bool),
        Target::Number(of) => parse_number(of, &text),
        Target::Date => {
            let now = super::super::dates::utc_now(call);
            DateTime::parse(&text, DateTimeStyles::ROUNDTRIP_KIND, now).map(Value::from)
        }
        Target::DateOffset => {
            let now = super::super::dates::utc_now(call);
            DateTimeOffset::parse(&text, DateTimeStyles::NONE, now).map(Value::from)
        }
        Target::Duration => convert::parse_duration(&text).map(Value::from),
        Target::Guid => Guid::parse(&text).map(|guid| Value::object(GuidValue(guid))),
    }
}
