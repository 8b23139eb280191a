//! Which conversion takes an expression to a type, if there is one. Nothing is reported and nothing built here: overload resolution asks for
//! many more conversions than take place.

use crate::expression::bound::NumericType;
use crate::expression::conversion::{is_reference, is_same, is_subtype};
use crate::expression::library::{self, ClassKind, Constant};
use crate::expression::types::{Number, Type};

use super::Binder;
use super::numeric::{constant_fits, numeric_type, widens};
use super::operand::Operand;
use super::user_conversion::{UserConversion, user_conversion};

/// Whether a cast is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Implicit,
    Explicit,
}

/// A conversion.
#[derive(Debug, Clone)]
pub(super) enum Conv {
    /// The same type, or `dynamic` for `object`.
    Identity,
    /// A reference to a base, boxing, `null`: the value stays as it is.
    Upcast,
    /// Between numbers and `char`.
    Numeric,
    /// An enum from a number, a number from an enum, an enum from another one.
    Enum,
    /// `default`
    Default,
    /// A cast down or unboxing.
    Cast,
    /// `T` to `U?`
    Wrap(Box<Conv>),
    /// `T?` to `U?`
    Lift(Box<Conv>),
    /// `T?` to `U`
    Unwrap(Box<Conv>),
    /// A conversion that a class declares.
    User(Box<UserConversion>),
    /// From `dynamic`.
    Dynamic(Mode),
    /// A lambda to a delegate.
    Lambda,
    /// Methods or a local function to a delegate.
    Methods,
    /// A tuple literal, item by item.
    TupleLiteral(Vec<Conv>),
    /// A tuple, item by item.
    Tuple(Vec<Conv>),
    /// The arms of a switch expression.
    Switch(Vec<Conv>),
    /// `throw` is of any type.
    Throw,
    /// `new(…)`
    New,
    /// A variable behind `out`.
    Out,
}

impl Binder<'_> {
    /// The implicit conversion of an expression.
    pub(super) fn implicit(&mut self, operand: &Operand, to: &Type) -> Option<Conv> {
        self.classify(operand, to, Mode::Implicit)
    }

    /// The conversion of an expression.
    pub(super) fn classify(&mut self, operand: &Operand, to: &Type, mode: Mode) -> Option<Conv> {
        match operand {
            Operand::Value(value) => {
                if let Some(conversion) =
                    value.as_constant().and_then(|constant| constant_conversion(constant, &value.of, to))
                {
                    return Some(conversion);
                }
                value_conversion(&value.of, to, mode)
            }
            Operand::Default(_) => (*to != Type::Void).then_some(Conv::Default),
            Operand::Throw(..) => (*to != Type::Void).then_some(Conv::Throw),
            Operand::New(..) => matches!(to, Type::Class(..) | Type::Object | Type::Dynamic).then_some(Conv::New),
            Operand::Lambda(id, _) => self.lambda_fits(*id, to).then_some(Conv::Lambda),
            Operand::Methods(_) | Operand::Function(..) => self.methods_fit(operand, to).then_some(Conv::Methods),
            Operand::Switch(switch) => {
                let arms = switch.arms.iter().map(|(_, _, arm)| self.classify(arm, to, mode)).collect::<Option<_>>()?;
                Some(Conv::Switch(arms))
            }
            Operand::Tuple(tuple) => match to {
                Type::Tuple(items) if items.len() == tuple.items.len() => {
                    let pairs = tuple.items.iter().zip(items.iter());
                    Some(Conv::TupleLiteral(
                        pairs.map(|(item, to)| self.classify(item, to, mode)).collect::<Option<_>>()?,
                    ))
                }
                Type::Nullable(element) => Some(Conv::Wrap(Box::new(self.classify(operand, element, mode)?))),
                _ => is_subtype(&operand.natural_type()?, to).then_some(Conv::Upcast),
            },
            Operand::Out(_) | Operand::Type(..) | Operand::Namespace(..) => None,
        }
    }
}

/// Conversions that only constants have.
fn constant_conversion(constant: &Constant, of: &Type, to: &Type) -> Option<Conv> {
    match to {
        Type::Nullable(element) => match constant {
            Constant::Null => None,
            _ => Some(Conv::Wrap(Box::new(constant_conversion(constant, of, element)?))),
        },
        Type::Number(number) if to != of => constant_fits(constant, *number).then_some(Conv::Numeric),
        Type::Class(class, _) if library::get().class(*class).kind == ClassKind::Enum => {
            is_zero(constant).then_some(Conv::Enum)
        }
        _ => None,
    }
}

/// Whether a constant becomes any enum without a cast: the compiler takes zeros of every number type.
pub(super) fn is_zero(constant: &Constant) -> bool {
    match constant {
        Constant::Integer(_, value) => *value == 0,
        Constant::Float(value) => *value == 0.0,
        Constant::Double(value) => *value == 0.0,
        Constant::Decimal(value) => value.is_zero(),
        _ => false,
    }
}

/// The conversion of a value of one type to another.
pub(super) fn value_conversion(from: &Type, to: &Type, mode: Mode) -> Option<Conv> {
    standard_conversion(from, to, mode).or_else(|| match user_conversion(from, to, mode) {
        Ok(found) => found.map(|found| Conv::User(Box::new(found))),
        Err(_) => None,
    })
}

/// The same without conversions that classes declare.
pub(super) fn standard_conversion(from: &Type, to: &Type, mode: Mode) -> Option<Conv> {
    if *to == Type::Void || *from == Type::Void {
        return None;
    }
    if is_same(from, to) {
        return Some(Conv::Identity);
    }
    match (from, to) {
        (Type::Dynamic, _) => return Some(Conv::Dynamic(mode)),
        (Type::Null, _) => return to.takes_null().then_some(Conv::Upcast),
        (Type::Nullable(from), Type::Nullable(to)) => {
            return Some(Conv::Lift(Box::new(standard_conversion(from, to, mode)?)));
        }
        (_, Type::Nullable(element)) if from.is_value_type() => {
            return Some(Conv::Wrap(Box::new(standard_conversion(from, element, mode)?)));
        }
        (Type::Tuple(from), Type::Tuple(to)) if from.len() == to.len() => {
            let pairs = from.iter().zip(to.iter());
            return Some(Conv::Tuple(pairs.map(|(from, to)| value_conversion(from, to, mode)).collect::<Option<_>>()?));
        }
        _ => {}
    }
    if let (Some(from), Some(to)) = (numeric_type(from), numeric_type(to)) {
        return (mode == Mode::Explicit || widens(from, to)).then_some(Conv::Numeric);
    }
    if is_subtype(from, to) {
        return Some(Conv::Upcast);
    }
    if mode == Mode::Explicit { explicit_conversion(from, to) } else { None }
}

/// Conversions that need a cast.
fn explicit_conversion(from: &Type, to: &Type) -> Option<Conv> {
    let is_enum =
        |of: &Type| matches!(of, Type::Class(class, _) if library::get().class(*class).kind == ClassKind::Enum);
    match (from, to) {
        (Type::Nullable(element), _) if to.is_value_type() => {
            return Some(Conv::Unwrap(Box::new(standard_conversion(element, to, Mode::Explicit)?)));
        }
        _ if is_enum(from) && (is_enum(to) || numeric_type(to).is_some()) => return Some(Conv::Enum),
        _ if is_enum(to) && numeric_type(from).is_some() => return Some(Conv::Enum),
        _ => {}
    }
    is_castable(from, to).then_some(Conv::Cast)
}

/// Whether a value of static type `from` may turn out to be a `to`.
fn is_castable(from: &Type, to: &Type) -> bool {
    if is_subtype(to, from) {
        return true;
    }
    match (from, to) {
        (Type::Array(from, rank), Type::Array(to, other)) => {
            return rank == other && is_reference(from) && is_reference(to) && is_castable(from, to);
        }
        _ if !is_reference(from) || !is_reference(to) => return false,
        _ => {}
    }
    let kind = |of: &Type| library::get().class_of(of).map(|(class, _)| class.kind);
    let is_open = |of: &Type| {
        !matches!(of, Type::String | Type::Array(..) | Type::Anonymous(_)) && kind(of) != Some(ClassKind::Delegate)
    };
    match (kind(from), kind(to)) {
        // Some class may implement both.
        (Some(ClassKind::Interface), Some(ClassKind::Interface)) => true,
        (Some(ClassKind::Interface), Some(ClassKind::Class)) => is_open(to),
        (Some(ClassKind::Class), Some(ClassKind::Interface)) => is_open(from),
        _ => false,
    }
}

/// The number type an enum's values are kept in.
pub(super) const ENUM_NUMBER: NumericType = NumericType::Number(Number::Int);
