//! Literals, interpolated strings, `nameof`, `sizeof`.

use postern_dotnet::{Decimal, Text};

use crate::expression::ast::{self, ExprId, ExprKind, InterpolationPart, Literal, TypeId};
use crate::expression::bound::{BoundKind, BoundPart};
use crate::expression::library::Constant;
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};

use super::Binder;
use super::constant::as_integer;
use super::error::Bind;
use super::operand::Operand;

/// A literal with its type.
pub(super) fn literal(literal: &Literal, span: Span) -> Operand {
    let integer = |number: Number, value: i128| (Type::Number(number), Constant::Integer(number, value));
    let (of, constant) = match literal {
        Literal::Null => (Type::Null, Constant::Null),
        Literal::Bool(value) => (Type::Bool, Constant::Bool(*value)),
        Literal::Int(value) => integer(Number::Int, i128::from(*value)),
        Literal::UInt(value) => integer(Number::UInt, i128::from(*value)),
        Literal::Long(value) => integer(Number::Long, i128::from(*value)),
        Literal::ULong(value) => integer(Number::ULong, i128::from(*value)),
        Literal::Float(value) => (Type::Number(Number::Float), Constant::Float(*value)),
        Literal::Double(value) => (Type::DOUBLE, Constant::Double(*value)),
        Literal::Decimal(value) => {
            // Mantissa and scale of the tree are within those of a decimal.
            let mantissa = i128::try_from(value.mantissa).unwrap_or(i128::MAX);
            let value = Decimal::try_from_i128_with_scale(mantissa, u32::from(value.scale)).unwrap_or_default();
            (Type::Number(Number::Decimal), Constant::Decimal(value))
        }
        Literal::Char(unit) => (Type::Char, Constant::Char(*unit)),
        Literal::String(text) => (Type::String, Constant::String(Text::new(&**text))),
    };
    Operand::constant(span, of, constant)
}

impl Binder<'_> {
    /// `$"…"`
    pub(super) fn interpolated(&mut self, parts: &[InterpolationPart], span: Span) -> Bind<Operand> {
        if let [] | [InterpolationPart::Text(_)] = parts {
            let text = match parts {
                [InterpolationPart::Text(text)] => Text::new(&**text),
                _ => Text::default(),
            };
            return Ok(Operand::constant(span, Type::String, Constant::String(text)));
        }
        let mut bound = Vec::with_capacity(parts.len());
        let mut result = Ok(());
        for part in parts {
            match self.interpolation_part(part) {
                Ok(part) => bound.push(part),
                Err(reported) => result = Err(reported),
            }
        }
        result?;
        Ok(Operand::value(span, Type::String, BoundKind::Interpolate(bound)))
    }

    fn interpolation_part(&mut self, part: &InterpolationPart) -> Bind<BoundPart> {
        match part {
            InterpolationPart::Text(text) => Ok(BoundPart::Text(text.clone())),
            InterpolationPart::Hole { value, alignment, format } => {
                let operand = self.expression(*value)?;
                let value = self.convert(operand, &Type::Object)?;
                let alignment = match alignment {
                    None => 0,
                    Some(alignment) => {
                        let operand = self.expression(*alignment)?;
                        let value = self.convert(operand, &Type::INT)?;
                        let span = value.span;
                        match value.as_constant().and_then(as_integer).and_then(|value| i32::try_from(value).ok()) {
                            Some(value) => value,
                            None => return self.fail("CS0150", span, "A constant value is expected"),
                        }
                    }
                };
                Ok(BoundPart::Hole { value: *value, alignment, format: format.clone() })
            }
        }
    }

    /// `nameof(x)`, unless something else is called `nameof`.
    pub(super) fn name_of(&mut self, target: ExprId, arguments: &[ast::Argument]) -> Option<Bind<Operand>> {
        let tree = self.tree;
        let ExprKind::Name(name) = &tree[target].kind else { return None };
        let [argument] = arguments else { return None };
        if tree.text(name.name) != "nameof" || self.find_name(name.name.symbol).is_some() {
            return None;
        }
        let span = tree[target].span.to(tree[argument.value].span);
        let last = match &tree[argument.value].kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => Some(tree.text(name.name)),
            ExprKind::Predefined(of) => Some(of.keyword()),
            _ => None,
        };
        if let ExprKind::Member { target, .. } = &tree[argument.value].kind
            && !self.is_name(*target)
        {
            return Some(self.fail(
                "CS8082",
                tree[*target].span,
                "Sub-expression cannot be used in an argument to nameof.",
            ));
        }
        let Some(last) = last else {
            return Some(self.fail("CS8081", tree[argument.value].span, "Expression does not have a name."));
        };
        if let Err(reported) = self.named(argument.value) {
            return Some(Err(reported));
        }
        Some(Ok(Operand::constant(span, Type::String, Constant::String(Text::new(last)))))
    }

    /// Checks what stands in `nameof`: a member of an object may be named by its type.
    fn named(&mut self, id: ExprId) -> Bind<()> {
        let tree = self.tree;
        let outer = self.diagnostics.start_trial();
        let bound = self.expression(id);
        self.diagnostics.end_trial(outer);
        if let (ExprKind::Name(name) | ExprKind::Member { name, .. }, Ok(Operand::Methods(_) | Operand::Function(..))) =
            (&tree[id].kind, &bound)
            && !name.arguments.is_empty()
        {
            let message = "Type parameters are not allowed on a method group as an argument to 'nameof'.";
            return self.fail("CS8084", tree[id].span, message);
        }
        if bound.is_ok() {
            return Ok(());
        }
        if let ExprKind::Member { target, name } = &tree[id].kind
            && let Ok(Operand::Type(of, _)) = self.expression(*target)
            && super::lookup::find_member(&of, tree.text(name.name), super::lookup::Invoked::No).is_some()
        {
            return Ok(());
        }
        self.expression(id).map(drop)
    }

    /// Whether an expression is made of names only.
    fn is_name(&self, id: ExprId) -> bool {
        let mut current = id;
        loop {
            match &self.tree[current].kind {
                ExprKind::Member { target, .. } => current = *target,
                ExprKind::Name(_) | ExprKind::Global(_) | ExprKind::Predefined(_) => return true,
                _ => return false,
            }
        }
    }

    /// `sizeof(int)`
    pub(super) fn size_of(&mut self, of: TypeId, span: Span) -> Bind<Operand> {
        let of = self.type_(of)?;
        let size = match &of {
            Type::Bool | Type::Number(Number::SByte | Number::Byte) => 1,
            Type::Char | Type::Number(Number::Short | Number::UShort) => 2,
            Type::Number(Number::Int | Number::UInt | Number::Float) => 4,
            Type::Number(Number::Long | Number::ULong | Number::Double) => 8,
            Type::Number(Number::Decimal) => 16,
            other if self.as_enum(other).is_some() => 4,
            other => {
                let message = format!(
                    "'{other}' does not have a predefined size, therefore sizeof can only be used in an unsafe context"
                );
                return self.fail("CS0233", span, message);
            }
        };
        Ok(Operand::constant(span, Type::INT, Constant::Integer(Number::Int, size)))
    }
}
