//! Members of the library's types that are constants to the language: `int.MaxValue`, `Math.PI`.

use postern_dotnet::Decimal;

use crate::expression::library::{self, Constant};
use crate::expression::types::{Number, Type};

use super::numeric::range;

/// A constant of a type.
pub(super) fn known_constant(of: &Type, name: &str) -> Option<(Type, Constant)> {
    let own = |constant: Constant| Some((of.clone(), constant));
    match (of, name) {
        (Type::Number(Number::Double), _) => own(Constant::Double(double(name)?)),
        (Type::Number(Number::Float), _) => own(Constant::Float(float(name)?)),
        (Type::Number(Number::Decimal), _) => own(Constant::Decimal(decimal(name)?)),
        (Type::Number(number), "MaxValue") => own(Constant::Integer(*number, range(*number)?.1)),
        (Type::Number(number), "MinValue") => own(Constant::Integer(*number, range(*number)?.0)),
        (Type::Char, "MaxValue") => own(Constant::Char(u16::MAX)),
        (Type::Char, "MinValue") => own(Constant::Char(0)),
        (Type::Class(class, _), "PI" | "E") if &*library::get().class(*class).full_name == "System.Math" => {
            let value = if name == "PI" { std::f64::consts::PI } else { std::f64::consts::E };
            Some((Type::DOUBLE, Constant::Double(value)))
        }
        _ => None,
    }
}

fn decimal(name: &str) -> Option<Decimal> {
    Some(match name {
        "MaxValue" => Decimal::MAX,
        "MinValue" => Decimal::MIN,
        "Zero" => Decimal::ZERO,
        "One" => Decimal::ONE,
        "MinusOne" => Decimal::NEGATIVE_ONE,
        _ => return None,
    })
}

fn double(name: &str) -> Option<f64> {
    Some(match name {
        "MaxValue" => f64::MAX,
        "MinValue" => f64::MIN,
        "Epsilon" => 5e-324,
        "NaN" => f64::NAN,
        "PositiveInfinity" => f64::INFINITY,
        "NegativeInfinity" => f64::NEG_INFINITY,
        _ => return None,
    })
}

fn float(name: &str) -> Option<f32> {
    Some(match name {
        "MaxValue" => f32::MAX,
        "MinValue" => f32::MIN,
        "Epsilon" => 1e-45,
        "NaN" => f32::NAN,
        "PositiveInfinity" => f32::INFINITY,
        "NegativeInfinity" => f32::NEG_INFINITY,
        _ => return None,
    })
}
