//! `default(T)`.

use std::rc::Rc;

use postern_dotnet::date::{DateTime, DateTimeOffset, TimeSpan};
use postern_dotnet::number::NumberType;

use super::values::number_type;
use super::{ClassKind, get};
use crate::expression::enums::EnumValue;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// The default of a type: zero, `false`, `'\0'`, the enum value 0, the first date, `Guid.Empty`; null for references, and for structs that
/// nobody takes the default of.
pub(crate) fn default_value(of: &Type) -> Value {
    match of {
        Type::Bool => Value::Bool(false),
        Type::Char => Value::Char(0),
        Type::Number(number) => {
            let of = NumberType::ALL.iter().copied().find(|of| number_type(*of) == *number);
            of.map_or(Value::Null, super::numbers::zero)
        }
        Type::Class(id, _) if get().class(*id).kind == ClassKind::Enum => {
            Value::Object(Rc::new(EnumValue { class: *id, value: 0 }))
        }
        Type::Class(id, _) => match &*get().class(*id).full_name {
            "System.Guid" => super::guid::GuidValue::empty(),
            "System.DateTime" => DateTime::MIN.into(),
            "System.DateTimeOffset" => DateTimeOffset::MIN.into(),
            "System.TimeSpan" => TimeSpan::ZERO.into(),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}
