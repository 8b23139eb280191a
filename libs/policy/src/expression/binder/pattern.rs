//! Patterns: behind `is`, in `case` and in switch expressions.

use crate::expression::ast::{
    Designation, ExprId, ExprKind, Name, PatternId, PatternKind, PropertyPattern, RelationalOperator, TypeId, TypeKind,
};
use crate::expression::bound::{BoundKind, BoundPattern, Primitive, PrimitiveOperator};
use crate::expression::library::Constant;
use crate::expression::newer::Newer;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::binary::strip_nullable;
use super::classify::{Mode, standard_conversion};
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::operand::Operand;
use super::scope::Entity;

impl Binder<'_> {
    /// `operand is pattern`
    pub(super) fn is_expression(&mut self, operand: ExprId, pattern: PatternId, span: Span) -> Bind<Operand> {
        let operand = self.value_operand(operand)?;
        if matches!(operand, Operand::Lambda(..) | Operand::Methods(_) | Operand::Function(..)) {
            let message = "The first operand of an 'is' or 'as' operator may not be a lambda expression, anonymous method, or method group.";
            return self.fail("CS0837", span, message);
        }
        let operand = self.natural(operand)?;
        let input = input_type(&operand.of);
        let pattern = self.any_pattern(pattern, &input)?;
        Ok(Operand::value(span, Type::Bool, BoundKind::Is { operand, pattern }))
    }

    /// A pattern for values of a type, but not directly behind `is`, where a type has always been allowed.
    pub(super) fn pattern(&mut self, id: PatternId, input: &Type) -> Bind<BoundPattern> {
        let bound = self.any_pattern(id, input)?;
        let tree = self.tree;
        let written = &tree[id];
        if matches!(bound, BoundPattern::Type { .. })
            && matches!(written.kind, PatternKind::Type(_) | PatternKind::Name(_) | PatternKind::Constant(_))
        {
            self.diagnostics.newer(Newer::TypePattern, written.span);
        }
        Ok(bound)
    }

    fn any_pattern(&mut self, id: PatternId, input: &Type) -> Bind<BoundPattern> {
        let tree = self.tree;
        let pattern = &tree[id];
        match &pattern.kind {
            PatternKind::Constant(value) if self.is_default_literal(*value) => {
                let message = "A default literal 'default' is not valid as a pattern. Use another literal (e.g. '0' or 'null') as \
                               appropriate. To match everything, use a discard pattern '_'.";
                return self.fail("CS8505", pattern.span, message);
            }
            PatternKind::Declaration { of, .. } if matches!(tree[*of].kind, TypeKind::Dynamic) => {
                return self.fail("CS8208", pattern.span, "It is not legal to use the type 'dynamic' in a pattern.");
            }
            _ => {}
        }
        match &pattern.kind {
            PatternKind::Discard => Ok(BoundPattern::Discard),
            PatternKind::Parenthesized(inner) => self.pattern(*inner, input),
            PatternKind::Constant(value) => self.constant_pattern(*value, input),
            PatternKind::Name(name) => self.name_pattern(*name, input, pattern.span),
            PatternKind::Type(of) => self.type_test(*of, input),
            PatternKind::Declaration { of, designation } => {
                let of = self.pattern_type(*of, input)?;
                let into = self.pattern_variable(designation, &of);
                Ok(BoundPattern::Type { of, into })
            }
            PatternKind::Var(designation) => self.var_pattern(designation, input, pattern.span),
            PatternKind::Positional(parts) => self.positional_pattern(parts, input, pattern.span),
            PatternKind::Properties { of, properties, designation } => {
                self.property_pattern(*of, properties, designation.as_ref(), input, pattern.span)
            }
            PatternKind::Relational { operator, value } => self.relational_pattern(*operator, *value, input),
            PatternKind::Not(inner) => Ok(BoundPattern::Not(Box::new(self.pattern(*inner, input)?))),
            PatternKind::And(left, right) => {
                let left = self.pattern(*left, input)?;
                let narrowed = narrowed(&left, input);
                let right = self.pattern(*right, &narrowed)?;
                Ok(BoundPattern::And(Box::new(left), Box::new(right)))
            }
            PatternKind::Or(left, right) => {
                let left = self.pattern(*left, input);
                let right = self.pattern(*right, input);
                Ok(BoundPattern::Or(Box::new(left?), Box::new(right?)))
            }
        }
    }

    fn is_default_literal(&self, id: ExprId) -> bool {
        match self.tree[id].kind {
            ExprKind::Default(None) => true,
            ExprKind::Parenthesized(inner) => self.is_default_literal(inner),
            _ => false,
        }
    }

    fn pattern_variable(&mut self, designation: &Designation, of: &Type) -> Option<crate::expression::bound::Local> {
        match designation {
            Designation::Single(name) if self.tree.text(*name) != "_" => Some(self.declare_inside(*name, of.clone())),
            _ => None,
        }
    }

    fn var_pattern(&mut self, designation: &Designation, input: &Type, span: Span) -> Bind<BoundPattern> {
        match designation {
            Designation::Single(name) if self.tree.text(*name) != "_" => {
                Ok(BoundPattern::Var(self.declare_inside(*name, input.clone())))
            }
            Designation::Single(_) | Designation::Discard(_) => Ok(BoundPattern::Discard),
            Designation::Tuple(parts) => match strip_nullable(input) {
                Type::Tuple(items) if items.len() == parts.len() => {
                    let pairs = parts.iter().zip(items.iter());
                    let patterns = pairs.map(|(part, of)| self.var_pattern(part, of, span)).collect::<Bind<_>>()?;
                    Ok(BoundPattern::Tuple(patterns))
                }
                other => self.no_deconstruction(other, parts.len(), span),
            },
            Designation::Expression(_) => Err(Reported),
        }
    }

    fn positional_pattern(&mut self, parts: &[PatternId], input: &Type, span: Span) -> Bind<BoundPattern> {
        match strip_nullable(input) {
            Type::Tuple(items) if items.len() == parts.len() => {
                let mut patterns = Vec::with_capacity(parts.len());
                for (part, of) in parts.iter().zip(items.iter()) {
                    patterns.push(self.pattern(*part, &input_type(of))?);
                }
                Ok(BoundPattern::Tuple(patterns))
            }
            other => self.no_deconstruction(other, parts.len(), span),
        }
    }

    fn no_deconstruction(&mut self, of: &Type, count: usize, span: Span) -> Bind<BoundPattern> {
        let message = format!(
            "No suitable 'Deconstruct' instance or extension method was found for type '{of}', with {count} out parameters and a void \
             return type."
        );
        self.fail("CS8129", span, message)
    }

    /// A type that a value may turn out to be.
    fn pattern_type(&mut self, id: TypeId, input: &Type) -> Bind<Type> {
        let span = self.tree[id].span;
        let of = self.type_(id)?;
        self.check_pattern_type(&of, input, span)?;
        Ok(of)
    }

    /// `x is T`
    fn type_test(&mut self, id: TypeId, input: &Type) -> Bind<BoundPattern> {
        let span = self.tree[id].span;
        let of = self.type_(id)?;
        Ok(self.tested_type(&of, input, span))
    }

    /// The answer may be known, which is no error without a variable, and a nullable type stands for its own.
    fn tested_type(&mut self, of: &Type, input: &Type, span: Span) -> BoundPattern {
        let of = strip_nullable(of).clone();
        if !may_be(&of, input) {
            let message = format!("The given expression is never of the provided ('{of}') type");
            self.diagnostics.warn("CS0184", span, message);
        }
        BoundPattern::Type { of, into: None }
    }

    fn check_pattern_type(&mut self, of: &Type, input: &Type, span: Span) -> Bind<()> {
        if let Type::Nullable(element) = of {
            let message = format!(
                "It is not legal to use nullable type '{of}' in a pattern; use the underlying type '{element}' instead."
            );
            return self.fail("CS8116", span, message);
        }
        if !may_be(of, input) && !self.stands_for_parameter(input) {
            let message = format!("An expression of type '{input}' cannot be handled by a pattern of type '{of}'.");
            return self.fail("CS8121", span, message);
        }
        Ok(())
    }

    fn constant_pattern(&mut self, value: ExprId, input: &Type) -> Bind<BoundPattern> {
        match self.expression(value)? {
            Operand::Type(of, span) => Ok(self.tested_type(&of, input, span)),
            operand => self.constant_operand(operand, input).map(BoundPattern::Constant),
        }
    }

    /// A constant of the type that is looked at.
    pub(super) fn constant_operand(&mut self, operand: Operand, input: &Type) -> Bind<Constant> {
        let span = operand.span();
        if operand.is_null() && input.takes_null() {
            return Ok(Constant::Null);
        }
        let own = operand.natural_type().filter(|_| operand.as_constant().is_some());
        let target = match (strip_nullable(input), own) {
            // A boxed constant keeps its type.
            (of, Some(own)) if is_view(of) && standard_conversion(&own, of, Mode::Implicit).is_some() => own,
            (of, _) => of.clone(),
        };
        let value = self.convert(operand, &target)?;
        match value.as_constant() {
            Some(constant) => Ok(constant.clone()),
            None => self.fail("CS0150", span, "A constant value is expected"),
        }
    }

    /// A name that may be a constant or a type.
    fn name_pattern(&mut self, id: TypeId, input: &Type, span: Span) -> Bind<BoundPattern> {
        let tree = self.tree;
        if let TypeKind::Named { qualifier, name } = &tree[id].kind {
            match qualifier {
                None => match self.find_name(name.name.symbol).map(|(_, entity)| entity.clone()) {
                    Some(Entity::Constant(of, constant)) => {
                        let operand = Operand::constant(span, of, constant);
                        return self.constant_operand(operand, input).map(BoundPattern::Constant);
                    }
                    Some(Entity::Broken) => return Err(Reported),
                    Some(Entity::Type(_)) => {}
                    Some(_) => return self.fail("CS0150", span, "A constant value is expected"),
                    None => {}
                },
                Some(qualifier) => {
                    let outer = self.diagnostics.start_trial();
                    let of = self.type_(*qualifier);
                    self.diagnostics.end_trial(outer);
                    if let Ok(of) = of
                        && super::lookup::find_member(&of, tree.text(name.name), super::lookup::Invoked::No).is_some()
                    {
                        let operand = self.static_member(&of, name, span, super::lookup::Invoked::No)?;
                        return self.constant_operand(operand, input).map(BoundPattern::Constant);
                    }
                    if let Ok(of) = self.known_constant_type(*qualifier)
                        && let Some((of, constant)) = super::known_constant::known_constant(&of, tree.text(name.name))
                    {
                        let operand = Operand::constant(span, of, constant);
                        return self.constant_operand(operand, input).map(BoundPattern::Constant);
                    }
                }
            }
        }
        self.type_test(id, input)
    }

    fn known_constant_type(&mut self, id: TypeId) -> Bind<Type> {
        let outer = self.diagnostics.start_trial();
        let of = self.type_(id);
        self.diagnostics.end_trial(outer);
        of
    }

    fn relational_pattern(&mut self, operator: RelationalOperator, value: ExprId, input: &Type) -> Bind<BoundPattern> {
        let span = self.tree[value].span;
        let operand = self.value_operand(value)?;
        let own = operand.natural_type();
        let constant = self.constant_operand(operand, input)?;
        let of = match (strip_nullable(input), own) {
            (of, Some(own)) if is_view(of) => own,
            (of, _) => of.clone(),
        };
        let on = match &of {
            Type::Number(number) => Primitive::Number(*number),
            Type::Char => Primitive::Char,
            other if self.as_enum(other).is_some() => Primitive::Enum,
            other => {
                let message = format!("Relational patterns may not be used for a value of type '{other}'.");
                return self.fail("CS8781", span, message);
            }
        };
        let operator = match operator {
            RelationalOperator::Less => PrimitiveOperator::Less,
            RelationalOperator::LessEquals => PrimitiveOperator::LessOrEqual,
            RelationalOperator::Greater => PrimitiveOperator::Greater,
            RelationalOperator::GreaterEquals => PrimitiveOperator::GreaterOrEqual,
        };
        let compared = BoundPattern::Relational { operator, on, value: constant };
        if is_view(strip_nullable(input)) {
            let typed = BoundPattern::Type { of, into: None };
            return Ok(BoundPattern::And(Box::new(typed), Box::new(compared)));
        }
        Ok(compared)
    }

    fn property_pattern(
        &mut self,
        of: Option<TypeId>,
        properties: &[PropertyPattern],
        designation: Option<&Designation>,
        input: &Type,
        span: Span,
    ) -> Bind<BoundPattern> {
        let of = match of {
            Some(of) => Some(self.pattern_type(of, input)?),
            None => None,
        };
        let inside = of.clone().unwrap_or_else(|| strip_nullable(input).clone());
        let object = self.temporary(inside.clone());
        let mut bound = Vec::with_capacity(properties.len());
        for property in properties {
            let held = boxed(span, &inside, BoundKind::Local(object));
            bound.push(self.property_path(held, &property.path, property.pattern)?);
        }
        let into = designation.and_then(|designation| self.pattern_variable(designation, &inside));
        Ok(BoundPattern::Properties { of, properties: bound, object, into })
    }

    /// `A.B: pattern` is `A: { B: pattern }`.
    fn property_path(
        &mut self,
        held: Box<crate::expression::bound::BoundExpr>,
        path: &[Name],
        pattern: PatternId,
    ) -> Bind<(crate::expression::bound::BoundExpr, BoundPattern)> {
        let Some((name, rest)) = path.split_first() else { return Err(Reported) };
        let text = self.tree.text(*name);
        let value = self.member_value(held, text, name.span)?;
        let value = self.natural(value)?;
        let of = input_type(&value.of);
        if rest.is_empty() {
            let pattern = self.pattern(pattern, &of)?;
            return Ok((*value, pattern));
        }
        let inside = strip_nullable(&of).clone();
        let object = self.temporary(inside.clone());
        let inner = self.property_path(boxed(name.span, &inside, BoundKind::Local(object)), rest, pattern)?;
        Ok((*value, BoundPattern::Properties { of: None, properties: vec![inner], object, into: None }))
    }
}

/// What patterns see of a value.
pub(super) fn input_type(of: &Type) -> Type {
    match of {
        Type::Dynamic | Type::Null => Type::Object,
        other => other.clone(),
    }
}

/// Whether values of other types hide behind a type.
fn is_view(of: &Type) -> bool {
    !of.is_value_type() && *of != Type::String
}

/// What is known of a value that fits a pattern.
fn narrowed(pattern: &BoundPattern, input: &Type) -> Type {
    match pattern {
        BoundPattern::Type { of, .. } | BoundPattern::Properties { of: Some(of), .. } => of.clone(),
        BoundPattern::And(left, right) => {
            let left = narrowed(left, input);
            narrowed(right, &left)
        }
        _ => input.clone(),
    }
}

/// Whether a value of type `input` may turn out to be an `of`.
fn may_be(of: &Type, input: &Type) -> bool {
    standard_conversion(input, of, Mode::Implicit).is_some_and(|found| !matches!(found, super::classify::Conv::Numeric))
        || standard_conversion(strip_nullable(input), of, Mode::Explicit)
            .is_some_and(|found| !matches!(found, super::classify::Conv::Numeric | super::classify::Conv::Enum))
}
