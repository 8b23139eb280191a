//! Makes an expression what is wanted, or reports that it cannot be.

use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, BoundStatementKind, Conversion, NumericType};
use crate::expression::conversion::is_reference;
use crate::expression::library::Constant;
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};

use super::Binder;
use super::classify::{Conv, ENUM_NUMBER, Mode, is_zero, value_conversion};
use super::constant::{self, Folded};
use super::error::{Bind, Reported};
use super::numeric::{Overflow, numeric_type};
use super::operand::Operand;
use super::text;
use super::user_conversion::UserConversion;

impl Binder<'_> {
    /// Converts where a value of a type is expected.
    pub(super) fn convert(&mut self, operand: Operand, to: &Type) -> Bind<Box<BoundExpr>> {
        let operand = self.value(operand)?;
        match self.implicit(&operand, to) {
            Some(conversion) => self.apply(operand, &conversion, to, Mode::Implicit),
            None => Err(self.no_conversion(&operand, to)),
        }
    }

    /// Converts where a cast is written.
    pub(super) fn cast(&mut self, operand: Operand, to: &Type, span: Span) -> Bind<Box<BoundExpr>> {
        let operand = self.value(operand)?;
        let implicit = if operand.is_dynamic() { None } else { self.implicit(&operand, to) };
        let conversion = implicit.or_else(|| self.classify(&operand, to, Mode::Explicit));
        let Some(conversion) = conversion else {
            if operand.is_null() {
                let message = format!("Cannot convert null to '{to}' because it is a non-nullable value type");
                return self.fail("CS0037", span, message);
            }
            if matches!(operand, Operand::Value(_)) {
                let message = format!("Cannot convert type '{}' to '{to}'", operand.describe());
                return self.fail("CS0030", span, message);
            }
            return Err(self.no_conversion(&operand, to));
        };
        let mut value = self.apply(operand, &conversion, to, Mode::Explicit)?;
        value.span = span;
        Ok(value)
    }

    /// Refuses what is no value: types, namespaces.
    pub(super) fn value(&mut self, operand: Operand) -> Bind<Operand> {
        match operand {
            Operand::Type(of, span) => {
                let message = format!("'{of}' is a type, which is not valid in the given context");
                self.fail("CS0119", span, message)
            }
            Operand::Namespace(name, span) => {
                let message = format!("'{name}' is a namespace but is used like a variable");
                self.fail("CS0118", span, message)
            }
            operand => Ok(operand),
        }
    }

    /// Builds a conversion that exists.
    pub(super) fn apply(&mut self, operand: Operand, conversion: &Conv, to: &Type, mode: Mode) -> Bind<Box<BoundExpr>> {
        let span = operand.span();
        match (operand, conversion) {
            (Operand::Value(value), conversion) => self.apply_to_value(value, conversion, to, mode),
            (Operand::Default(_), _) => Ok(self.default_of(to, span)),
            (Operand::Throw(value, _), _) => Ok(boxed(span, to, BoundKind::Throw(value))),
            (Operand::New(id, _), _) => self.target_typed_new(id, to),
            (Operand::Lambda(id, _), _) => self.lambda_to_delegate(id, to),
            (operand @ (Operand::Methods(_) | Operand::Function(..)), _) => self.methods_to_delegate(operand, to),
            (Operand::Switch(switch), Conv::Switch(conversions)) => {
                let mut arms = Vec::with_capacity(switch.arms.len());
                for ((pattern, guard, arm), conversion) in switch.arms.into_iter().zip(conversions) {
                    arms.push((pattern, guard, *self.apply(arm, conversion, to, mode)?));
                }
                Ok(boxed(span, to, BoundKind::Switch { value: Box::new(switch.value), arms }))
            }
            (Operand::Tuple(tuple), Conv::TupleLiteral(conversions)) => {
                let Type::Tuple(types) = to else { return Err(Reported) };
                let mut items = Vec::with_capacity(tuple.items.len());
                for ((item, conversion), to) in tuple.items.into_iter().zip(conversions).zip(types.iter()) {
                    items.push(*self.apply(item, conversion, to, mode)?);
                }
                Ok(boxed(span, to, BoundKind::NewTuple(items)))
            }
            (operand @ Operand::Tuple(_), Conv::Wrap(inner)) => {
                let Type::Nullable(element) = to else { return Err(Reported) };
                let mut value = self.apply(operand, inner, element, mode)?;
                value.of = to.clone();
                Ok(value)
            }
            (operand, _) => {
                let Some(of) = operand.natural_type() else { return Err(self.no_conversion(&operand, to)) };
                let value = self.convert(operand, &of)?;
                let Some(conversion) = value_conversion(&of, to, mode) else { return Err(Reported) };
                self.apply_to_value(value, &conversion, to, mode)
            }
        }
    }

    /// Builds a conversion of a value.
    pub(super) fn apply_to_value(
        &mut self,
        mut value: Box<BoundExpr>,
        conversion: &Conv,
        to: &Type,
        mode: Mode,
    ) -> Bind<Box<BoundExpr>> {
        let span = value.span;
        match conversion {
            Conv::Numeric => self.convert_number(value, to, mode),
            Conv::Enum => Ok(convert_enum(value, to)),
            Conv::Cast => Ok(converted(span, to, Conversion::Cast(to.clone()), value)),
            Conv::Wrap(inner) => {
                let Type::Nullable(element) = to else { return Err(Reported) };
                let mut value = self.apply_to_value(value, inner, element, mode)?;
                value.of = to.clone();
                Ok(value)
            }
            Conv::Lift(inner) => self.apply_lifted(value, inner, to, mode),
            Conv::Unwrap(inner) => {
                let Type::Nullable(element) = value.of.clone() else { return Err(Reported) };
                let value = converted(span, &element, Conversion::NullableValue, value);
                self.apply_to_value(value, inner, to, mode)
            }
            Conv::User(user) => self.apply_user(value, user, to),
            Conv::Dynamic(mode) => {
                let conversion = Conversion::Dynamic { to: to.clone(), is_explicit: *mode == Mode::Explicit };
                Ok(converted(span, to, conversion, value))
            }
            Conv::Tuple(conversions) => self.convert_tuple(value, conversions, to, mode),
            _ => {
                // These make objects that know their type.
                if matches!(
                    value.kind,
                    BoundKind::Lambda { .. }
                        | BoundKind::MethodGroup { .. }
                        | BoundKind::NewAnonymous(_)
                        | BoundKind::NewTuple(_)
                ) {
                    let conversion = if is_boxing(&value.of, to) { Conversion::Box } else { Conversion::Identity };
                    return Ok(converted(span, to, conversion, value));
                }
                if is_boxing(&value.of, to) {
                    return Ok(converted(span, to, Conversion::Box, value));
                }
                value.of = to.clone();
                Ok(value)
            }
        }
    }

    /// A conversion of what is inside a nullable.
    fn apply_lifted(&mut self, mut value: Box<BoundExpr>, inner: &Conv, to: &Type, mode: Mode) -> Bind<Box<BoundExpr>> {
        let (Type::Nullable(from), Type::Nullable(element)) = (value.of.clone(), to) else { return Err(Reported) };
        let span = value.span;
        match (inner, numeric_type(&from), numeric_type(element)) {
            (Conv::Identity, ..) => {
                value.of = to.clone();
                Ok(value)
            }
            (Conv::Numeric, Some(from), Some(into)) => {
                let is_checked = self.overflow == Overflow::Checked;
                Ok(converted(span, to, Conversion::Numeric { from, to: into, is_checked, is_lifted: true }, value))
            }
            _ => {
                let local = self.temporary((*from).clone());
                let inside = boxed(span, &from, BoundKind::Local(local));
                let access = self.apply_to_value(inside, inner, element, mode)?;
                Ok(boxed(span, to, BoundKind::ConditionalAccess { target: value, local, access }))
            }
        }
    }

    fn apply_user(&mut self, value: Box<BoundExpr>, user: &UserConversion, to: &Type) -> Bind<Box<BoundExpr>> {
        let span = value.span;
        let value = self.apply_to_value(value, &user.before, &user.takes, Mode::Explicit)?;
        let conversion = Conversion::Native { native: user.native.clone(), is_lifted: user.is_lifted };
        let value = converted(span, &user.gives, conversion, value);
        self.apply_to_value(value, &user.after, to, Mode::Explicit)
    }

    fn convert_tuple(
        &mut self,
        value: Box<BoundExpr>,
        conversions: &[Conv],
        to: &Type,
        mode: Mode,
    ) -> Bind<Box<BoundExpr>> {
        let (Type::Tuple(from), Type::Tuple(types)) = (value.of.clone(), to) else { return Err(Reported) };
        let span = value.span;
        let local = self.temporary(value.of.clone());
        let tuple_type = value.of.clone();
        let mut items = Vec::with_capacity(from.len());
        for (index, ((of, to), conversion)) in from.iter().zip(types.iter()).zip(conversions).enumerate() {
            let tuple = boxed(span, &tuple_type, BoundKind::Local(local));
            let item = boxed(span, of, BoundKind::Item { of: tuple, index: index as u32 });
            items.push(*self.apply_to_value(item, conversion, to, mode)?);
        }
        let declare = BoundStatement { span, kind: BoundStatementKind::Declare { local, value: Some(*value) } };
        let result = boxed(span, to, BoundKind::NewTuple(items));
        Ok(boxed(span, to, BoundKind::Sequence(vec![declare], result)))
    }

    fn convert_number(&mut self, value: Box<BoundExpr>, to: &Type, mode: Mode) -> Bind<Box<BoundExpr>> {
        let (Some(from), Some(into)) = (numeric_type(&value.of), numeric_type(to)) else { return Err(Reported) };
        let span = value.span;
        if let Some(found) = value.as_constant() {
            match constant::convert(found, into) {
                Folded::Value(found) => return Ok(boxed(span, to, BoundKind::Constant(found))),
                Folded::Overflow(wrapped) if self.overflow == Overflow::Unchecked => {
                    return Ok(boxed(span, to, BoundKind::Constant(wrapped)));
                }
                Folded::Impossible => {
                    let value = text::constant(found);
                    return self.fail(
                        "CS0031",
                        span,
                        format!("Constant value '{value}' cannot be converted to a '{to}'"),
                    );
                }
                Folded::Overflow(_) if mode == Mode::Explicit => {
                    let message = format!(
                        "Constant value '{}' cannot be converted to a '{to}' (use 'unchecked' syntax to override)",
                        text::constant(found)
                    );
                    return self.fail("CS0221", span, message);
                }
                _ => {}
            }
        }
        let is_checked = mode == Mode::Explicit && self.overflow == Overflow::Checked;
        Ok(converted(span, to, Conversion::Numeric { from, to: into, is_checked, is_lifted: false }, value))
    }

    /// `default` of a type.
    pub(super) fn default_of(&mut self, of: &Type, span: Span) -> Box<BoundExpr> {
        let kind = match constant::default(of) {
            Some(constant) => BoundKind::Constant(constant),
            None => BoundKind::Default(of.clone()),
        };
        boxed(span, of, kind)
    }

    /// Reports that an expression does not become what is wanted, and why.
    pub(super) fn no_conversion(&mut self, operand: &Operand, to: &Type) -> Reported {
        let span = operand.span();
        match operand {
            Operand::Lambda(id, _) => return self.lambda_does_not_fit(*id, to),
            Operand::Methods(_) | Operand::Function(..) => return self.methods_do_not_fit(operand, to),
            Operand::Switch(switch) => {
                for (_, _, arm) in &switch.arms {
                    if self.implicit(arm, to).is_none() {
                        self.no_conversion(arm, to);
                    }
                }
                return Reported;
            }
            Operand::Out(_) => return self.diagnostics.error("CS1525", span, "Invalid expression term 'out'"),
            _ => {}
        }
        if operand.is_null() {
            let message = format!("Cannot convert null to '{to}' because it is a non-nullable value type");
            return self.diagnostics.error("CS0037", span, message);
        }
        if let (Some(Constant::Double(_)), Type::Number(number @ (Number::Float | Number::Decimal))) =
            (operand.as_constant(), to)
        {
            let suffix = if *number == Number::Float { 'F' } else { 'M' };
            let message = format!(
                "Literal of type double cannot be implicitly converted to type '{to}'; use an '{suffix}' suffix to create a literal of \
                 this type"
            );
            return self.diagnostics.error("CS0664", span, message);
        }
        if let (Some(constant @ Constant::Integer(Number::Int, _)), Type::Number(number)) = (operand.as_constant(), to)
            && super::numeric::range(*number).is_some()
        {
            let message = format!("Constant value '{}' cannot be converted to a '{to}'", text::constant(constant));
            return self.diagnostics.error("CS0031", span, message);
        }
        let (from, to_text) = match operand.natural_type() {
            Some(of) if self.is_at_run_time => (text::full_type(&of), text::full_type(to)),
            _ => (operand.describe(), to.to_string()),
        };
        if self.classify(operand, to, Mode::Explicit).is_some() {
            let message = format!(
                "Cannot implicitly convert type '{from}' to '{to_text}'. An explicit conversion exists (are you missing a cast?)"
            );
            return self.diagnostics.error("CS0266", span, message);
        }
        self.diagnostics.error("CS0029", span, format!("Cannot implicitly convert type '{from}' to '{to_text}'"))
    }
}

/// Whether a conversion puts a value into an object.
fn is_boxing(from: &Type, to: &Type) -> bool {
    (from.is_value_type() || matches!(from, Type::Nullable(_))) && is_reference(to)
}

/// An expression on the heap.
pub(super) fn boxed(span: Span, of: &Type, kind: BoundKind) -> Box<BoundExpr> {
    Box::new(BoundExpr { span, of: of.clone(), kind })
}

/// A conversion of a value.
pub(super) fn converted(span: Span, to: &Type, conversion: Conversion, operand: Box<BoundExpr>) -> Box<BoundExpr> {
    boxed(span, to, BoundKind::Convert { conversion, operand })
}

/// Between enums and numbers.
fn convert_enum(value: Box<BoundExpr>, to: &Type) -> Box<BoundExpr> {
    let span = value.span;
    let is_enum = |of: &Type| matches!(of, Type::Class(..));
    let zero = value.as_constant().filter(|constant| is_zero(constant)).map(|_| 0);
    let number = value.as_constant().and_then(constant::as_integer).or(zero);
    let from_number = match (&value.of, numeric_type(&value.of)) {
        (_, Some(NumericType::Number(number))) => number,
        _ => Number::Int,
    };
    if let Type::Class(class, _) = to {
        if let Some(number) = number {
            return boxed(span, to, BoundKind::Constant(Constant::Enum(*class, number as i64)));
        }
        let value = match &value.of {
            of if is_enum(of) => converted(span, &Type::INT, Conversion::EnumToNumber(Number::Int), value),
            Type::Char => {
                let conversion = Conversion::Numeric {
                    from: NumericType::Char,
                    to: ENUM_NUMBER,
                    is_checked: false,
                    is_lifted: false,
                };
                converted(span, &Type::INT, conversion, value)
            }
            _ => value,
        };
        return converted(span, to, Conversion::NumberToEnum { from: from_number, to: to.clone() }, value);
    }
    let Some(target) = numeric_type(to) else { return value };
    if let Some(number) = number
        && let Folded::Value(found) | Folded::Overflow(found) =
            constant::convert(&Constant::Integer(Number::Long, number), target)
    {
        return boxed(span, to, BoundKind::Constant(found));
    }
    match target {
        NumericType::Number(number) => converted(span, to, Conversion::EnumToNumber(number), value),
        NumericType::Char => {
            let value = converted(span, &Type::INT, Conversion::EnumToNumber(Number::Int), value);
            let conversion =
                Conversion::Numeric { from: ENUM_NUMBER, to: NumericType::Char, is_checked: false, is_lifted: false };
            converted(span, to, conversion, value)
        }
    }
}
