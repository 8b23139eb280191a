//! Arguments of calls.

use crate::expression::ast::{self, Designation, ExprId, ExprKind, ParameterPassing};
use crate::expression::bound::Place;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::error::{Bind, Reported};
use super::operand::{Operand, OutOperand};

/// An argument.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: Option<(Box<str>, Span)>,
    pub(super) operand: Operand,
    pub(super) passing: ParameterPassing,
}

impl Argument {
    pub(super) fn plain(operand: Operand) -> Argument {
        Argument { name: None, operand, passing: ParameterPassing::Value }
    }
}

impl Binder<'_> {
    /// All arguments; each is bound, so that each is checked, even if one is in error.
    pub(super) fn arguments(&mut self, arguments: &[ast::Argument]) -> Bind<Vec<Argument>> {
        let mut bound = Vec::with_capacity(arguments.len());
        let mut is_broken = false;
        for argument in arguments {
            match self.argument(argument) {
                Ok(argument) => bound.push(argument),
                Err(Reported) => is_broken = true,
            }
        }
        if is_broken { Err(Reported) } else { Ok(bound) }
    }

    fn argument(&mut self, argument: &ast::Argument) -> Bind<Argument> {
        let name = argument.name.map(|name| (self.tree.text(name).into(), name.span));
        let operand = match argument.passing {
            ParameterPassing::Out => self.out_argument(argument.value)?,
            ParameterPassing::Ref => {
                let span = self.tree[argument.value].span;
                let referred = self.reference(argument.value, false)?;
                if referred.is_readonly {
                    let message = "Cannot use variable as a ref or out value because it is a readonly variable";
                    return self.fail("CS8329", span, message);
                }
                let of = Some(referred.reference.of.clone());
                let reference = Some(referred.reference);
                Operand::Out(Box::new(OutOperand { span, place: None, reference, of, declares: None }))
            }
            ParameterPassing::Value | ParameterPassing::In => {
                let operand = self.expression(argument.value)?;
                self.value(operand)?
            }
        };
        Ok(Argument { name, operand, passing: argument.passing })
    }

    /// `out x`, `out var x`, `out int x`, `out _`
    fn out_argument(&mut self, id: ExprId) -> Bind<Operand> {
        let tree = self.tree;
        let span = tree[id].span;
        let mut out = OutOperand { span, place: None, reference: None, of: None, declares: None };
        match &tree[id].kind {
            ExprKind::Declaration { of, designation } => {
                let known = if self.is_var(*of) { None } else { Some(self.type_(*of)?) };
                match designation {
                    Designation::Single(name) if tree.text(*name) != "_" => match known {
                        Some(of) => {
                            let local = self.declare_inside(*name, of.clone());
                            out.place = Some(Place::Local(local));
                            out.of = Some(of);
                        }
                        None => out.declares = Some(*name),
                    },
                    _ => out.of = known,
                }
            }
            ExprKind::Name(name) if tree.text(name.name) == "_" && self.find_name(name.name.symbol).is_none() => {}
            _ => {
                let place = self.place(id)?;
                if let Place::Property { .. } | Place::DynamicMember { .. } | Place::DynamicIndex { .. } = place.place {
                    let message = "A property or indexer may not be passed as an out or ref parameter";
                    return self.fail("CS0206", span, message);
                }
                out.of = Some(place.of);
                out.place = Some(place.place);
            }
        }
        Ok(Operand::Out(Box::new(out)))
    }
}

/// Values of these types, to ask which overload they would choose.
pub(super) fn of_types(types: &[Type], span: Span) -> Vec<Argument> {
    let value = |of: &Type| Operand::value(span, of.clone(), crate::expression::bound::BoundKind::Default(of.clone()));
    types.iter().map(|of| Argument::plain(value(of))).collect()
}
