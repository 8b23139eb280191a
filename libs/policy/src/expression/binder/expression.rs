//! Expressions, by kind. Every recursion of the binder passes through here, so this function is kept small and does nothing itself.

use crate::expression::ast::{ExprId, ExprKind};
use crate::expression::bound::{BoundExpr, BoundKind};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::convert::boxed;
use super::error::Bind;
use super::numeric::Overflow;
use super::operand::Operand;

impl Binder<'_> {
    /// Binds an expression.
    pub(super) fn expression(&mut self, id: ExprId) -> Bind<Operand> {
        let tree = self.tree;
        let expression = &tree[id];
        let span = expression.span;
        self.spend(span)?;
        match &expression.kind {
            ExprKind::Literal(literal) => Ok(super::literal::literal(literal, span)),
            ExprKind::Interpolated(parts) => self.interpolated(parts, span),
            ExprKind::Name(name) => self.name(name, span, super::lookup::Invoked::No),
            ExprKind::Global(name) => self.global_name(name, span),
            ExprKind::Predefined(of) => Ok(Operand::Type(super::written_type::predefined(*of), span)),
            ExprKind::Parenthesized(inner) => self.expression(*inner),
            ExprKind::Tuple(items) => self.tuple(items, span),
            ExprKind::Member { target, name } => self.member(*target, name, span, super::lookup::Invoked::No),
            ExprKind::ConditionalAccess { target, access } => self.conditional_access(*target, *access, span),
            ExprKind::MemberBinding(name) => self.member_binding(name, span, super::lookup::Invoked::No),
            ExprKind::ElementBinding(arguments) => self.element_binding(arguments, span),
            ExprKind::Call { target, arguments } => self.call(*target, arguments, span),
            ExprKind::Index { target, arguments } => self.index(*target, arguments, span),
            ExprKind::Unary { operator, operand } => self.unary(*operator, *operand, span),
            ExprKind::Binary { .. } => self.binary_chain(id),
            ExprKind::Assign { operator, target, value } => self.assign(*operator, *target, *value, span),
            ExprKind::Conditional { condition, then, otherwise } => {
                self.conditional(*condition, *then, *otherwise, span)
            }
            ExprKind::Lambda(_) => Ok(Operand::Lambda(id, span)),
            _ => self.rarer_expression(id),
        }
    }

    fn rarer_expression(&mut self, id: ExprId) -> Bind<Operand> {
        let tree = self.tree;
        let span = tree[id].span;
        match &tree[id].kind {
            ExprKind::Cast { of, operand } => self.cast_expression(*of, *operand, span),
            ExprKind::As { operand, of } => self.as_expression(*operand, *of, span),
            ExprKind::Is { operand, pattern } => self.is_expression(*operand, *pattern, span),
            ExprKind::Switch { value, arms } => self.switch_expression(*value, arms, span),
            ExprKind::New { of: None, .. } => Ok(Operand::New(id, span)),
            ExprKind::New { of: Some(of), arguments, initializer } => {
                self.new_object(*of, arguments, initializer.as_deref(), span)
            }
            ExprKind::NewArray { of, sizes, items } => self.new_array(*of, sizes, items.as_ref(), span),
            ExprKind::NewImplicitArray { rank, items } => self.new_implicit_array(*rank, items, span),
            ExprKind::NewAnonymous(members) => self.new_anonymous(members, span),
            ExprKind::TypeOf(of) => {
                let of = self.type_(*of)?;
                if of == Type::Dynamic {
                    return self.fail("CS1962", span, "The typeof operator cannot be used on the dynamic type");
                }
                Ok(Operand::value(span, Type::named("System.Type"), BoundKind::TypeOf(of)))
            }
            ExprKind::SizeOf(of) => self.size_of(*of, span),
            ExprKind::Default(None) => Ok(Operand::Default(span)),
            ExprKind::Default(Some(of)) => {
                let of = self.type_(*of)?;
                Ok(Operand::Value(self.default_of(&of, span)))
            }
            ExprKind::Checked(inner) => self.with_overflow(Overflow::Checked, *inner),
            ExprKind::Unchecked(inner) => self.with_overflow(Overflow::Unchecked, *inner),
            ExprKind::Throw(value) => {
                let value = self.exception(*value)?;
                Ok(Operand::Throw(value, span))
            }
            ExprKind::Query(query) => self.query(query, span),
            ExprKind::Declaration { .. } => self.fail("CS8185", span, "A declaration is not allowed in this context."),
            _ => self.fail("CS1525", span, "Invalid expression term"),
        }
    }

    /// Pays for one expression.
    fn spend(&mut self, span: Span) -> Bind<()> {
        match self.bindings_left.checked_sub(1) {
            Some(left) => {
                self.bindings_left = left;
                Ok(())
            }
            None => self.fail("CS8078", span, "An expression is too long or complex to compile"),
        }
    }

    fn with_overflow(&mut self, overflow: Overflow, inner: ExprId) -> Bind<Operand> {
        let outer = std::mem::replace(&mut self.overflow, overflow);
        let bound = self.expression(inner);
        self.overflow = outer;
        bound
    }

    /// An expression that has a type of its own.
    pub(super) fn typed(&mut self, id: ExprId) -> Bind<Box<BoundExpr>> {
        let operand = self.expression(id)?;
        self.natural(operand)
    }

    /// Gives an expression its own type, or reports that it has none.
    pub(super) fn natural(&mut self, operand: Operand) -> Bind<Box<BoundExpr>> {
        let operand = self.value(operand)?;
        let span = operand.span();
        match operand {
            Operand::Value(value) => Ok(value),
            operand @ Operand::Tuple(_) if operand.natural_type().is_some() => {
                let of = operand.natural_type().unwrap_or(Type::Object);
                self.convert(operand, &of)
            }
            Operand::Switch(_) => self.fail("CS8506", span, "No best type was found for the switch expression."),
            Operand::Default(_) => self.fail("CS8716", span, "There is no target type for the default literal."),
            Operand::New(..) => self.fail("CS8754", span, "There is no target type for 'new()'"),
            Operand::Throw(..) => self.fail("CS8115", span, "A throw expression is not allowed in this context."),
            Operand::Methods(group) => {
                let message =
                    format!("'{}.{}' is a method, which is not valid in the given context", group.of, group.name);
                self.fail("CS0119", span, message)
            }
            other => {
                let message = format!("'{}' is not valid in the given context", other.describe());
                self.fail("CS0119", span, message)
            }
        }
    }

    /// A `bool`.
    pub(super) fn condition(&mut self, id: ExprId) -> Bind<Box<BoundExpr>> {
        let operand = self.expression(id)?;
        self.convert(operand, &Type::Bool)
    }

    /// The value of an expression is not wanted.
    pub(super) fn drop_value(&mut self, operand: Operand) -> Bind<Box<BoundExpr>> {
        match operand {
            Operand::Throw(value, span) => Ok(boxed(span, &Type::Object, BoundKind::Throw(value))),
            operand => self.natural(operand),
        }
    }

    /// Something that can be thrown.
    pub(super) fn exception(&mut self, id: ExprId) -> Bind<Box<BoundExpr>> {
        let operand = self.expression(id)?;
        if let Operand::Default(span) = operand {
            return self.fail("CS8716", span, "There is no target type for the default literal.");
        }
        let exception = Type::named("System.Exception");
        if !operand.is_null() && operand.natural_type().is_some() && self.implicit(&operand, &exception).is_none() {
            return self.fail(
                "CS0155",
                operand.span(),
                "The type caught or thrown must be derived from System.Exception",
            );
        }
        self.convert(operand, &exception)
    }
}
