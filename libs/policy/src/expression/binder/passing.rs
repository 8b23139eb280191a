//! How arguments reach the parameters: in the order they are written, converted, by value or by reference.

use crate::expression::ast::ParameterPassing;
use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, BoundStatementKind, Local, Place};
use crate::expression::library::Constant;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::Target;
use super::classify::Mode;
use super::constant::{self, Folded};
use super::convert::boxed;
use super::error::Bind;
use super::operand::{Operand, OutOperand};
use super::resolution::{Resolution, Source};

/// What is said of a value that has no place.
pub(super) const CANNOT_REFER: &str =
    "An expression cannot be used in this context because it may not be passed or returned by reference";

/// The arguments of a call, by parameter.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) values: Vec<BoundExpr>,
    /// Where natives put the values of `out` and `ref` parameters.
    pub(super) outs: Vec<(usize, Option<Place>)>,
    /// For each value whether it is a reference: those for local functions are.
    pub(super) references: Vec<bool>,
    /// What is evaluated first, because it was written in another order than that of the parameters.
    pub(super) before: Vec<BoundStatement>,
}

/// An argument on its way.
struct Ready {
    value: Option<BoundExpr>,
    out: Option<Option<Place>>,
    is_reference: bool,
}

impl Ready {
    fn value(value: BoundExpr) -> Ready {
        Ready { value: Some(value), out: None, is_reference: false }
    }

    fn reference(value: BoundExpr) -> Ready {
        Ready { value: Some(value), out: None, is_reference: true }
    }
}

impl Binder<'_> {
    /// Whether `ref`, `out` and `in` are written where they have to be. That an `out` or `ref` is missing is found earlier.
    pub(super) fn check_passing(&mut self, resolution: &Resolution, arguments: &[Argument]) -> Bind<()> {
        for (parameter, source) in resolution.sources.iter().enumerate() {
            let Source::Argument(index) = source else { continue };
            let Some(argument) = arguments.get(*index) else { continue };
            let wanted = self.passing(resolution, parameter);
            let span = argument.operand.span();
            let number = index + 1;
            let word = |passing| match passing {
                ParameterPassing::Ref => "ref",
                ParameterPassing::Out => "out",
                ParameterPassing::In | ParameterPassing::Value => "in",
            };
            match (argument.passing, wanted) {
                (ParameterPassing::Ref, ParameterPassing::Out) | (ParameterPassing::Out, ParameterPassing::Ref) => {
                    let message = format!("Argument {number} must be passed with the '{}' keyword", word(wanted));
                    return self.fail("CS1620", span, message);
                }
                (ParameterPassing::In, ParameterPassing::Value | ParameterPassing::Ref | ParameterPassing::Out) => {
                    let message = format!("Argument {number} may not be passed with the 'in' keyword");
                    return self.fail("CS1615", span, message);
                }
                (ParameterPassing::In, ParameterPassing::In) if !is_variable(&argument.operand) => {
                    return self.fail("CS8156", span, CANNOT_REFER);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// How a parameter is passed. Members of the library that take `ref` are told by their names: there are two.
    fn passing(&self, resolution: &Resolution, parameter: usize) -> ParameterPassing {
        let is_out = resolution.candidate.parameters.get(parameter).is_some_and(|parameter| parameter.is_out);
        match &resolution.candidate.target {
            Target::Function(id) => {
                let known = self.local_functions.iter().find(|function| function.ids().any(|known| known == *id));
                known.and_then(|function| function.passings.get(parameter)).copied().unwrap_or(ParameterPassing::Value)
            }
            Target::Member(_, member) if is_out && matches!(&*member.name, "Resize" | "HexUnescape") => {
                ParameterPassing::Ref
            }
            _ if is_out => ParameterPassing::Out,
            _ => ParameterPassing::Value,
        }
    }

    /// The values of all parameters, and where `out` parameters go.
    pub(super) fn build_arguments(
        &mut self,
        resolution: &Resolution,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Passed> {
        let mut passed = Passed::default();
        let mut ready: Vec<Ready> = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.into_iter().enumerate() {
            let (Some(conversion), Some(target)) = (resolution.conversions.get(index), resolution.targets.get(index))
            else {
                break;
            };
            let parameter = resolution.sources.iter().position(|source| *source == Source::Argument(index));
            let passing = parameter.map_or(ParameterPassing::Value, |parameter| self.passing(resolution, parameter));
            let for_function = matches!(resolution.candidate.target, Target::Function(_));
            ready.push(match argument.operand {
                Operand::Out(out) if for_function => Ready::reference(*self.out_reference(*out, target)?),
                Operand::Out(out) => self.native_out(*out, target, &mut passed.before),
                operand => {
                    let value = *self.apply(operand, conversion, target, Mode::Implicit)?;
                    match passing {
                        ParameterPassing::In => Ready::reference(*self.in_reference(value)?),
                        _ => Ready::value(value),
                    }
                }
            });
        }
        self.keep_order(resolution, &mut ready, &mut passed.before);
        for (index, source) in resolution.sources.iter().enumerate() {
            let mut is_reference = false;
            match source {
                Source::Argument(argument) => {
                    if let Some(ready) = ready.get_mut(*argument) {
                        passed.outs.extend(ready.out.take().map(|place| (index, place)));
                        passed.values.extend(ready.value.take());
                        is_reference = ready.is_reference;
                    }
                }
                Source::Default => {
                    let value = *self.default_argument(resolution, index, span)?;
                    is_reference = self.passing(resolution, index) == ParameterPassing::In;
                    passed.values.push(if is_reference { *self.in_reference(value)? } else { value });
                }
                Source::Params(items) => {
                    let items: Vec<BoundExpr> = items
                        .iter()
                        .filter_map(|item| ready.get_mut(*item).and_then(|ready| ready.value.take()))
                        .collect();
                    let of = resolution.parameter_type(index);
                    let element = match &of {
                        Type::Array(element, _) => (**element).clone(),
                        other => other.clone(),
                    };
                    let sizes = vec![items.len() as u32];
                    passed.values.push(BoundExpr { span, of, kind: BoundKind::ArrayItems { element, sizes, items } });
                }
            }
            passed.references.push(is_reference);
        }
        Ok(passed)
    }

    /// Arguments whose parameters come in another order are evaluated first, each in a variable of its own.
    fn keep_order(&mut self, resolution: &Resolution, ready: &mut [Ready], before: &mut Vec<BoundStatement>) {
        let order = resolution.sources.iter().flat_map(|source| match source {
            Source::Argument(index) => std::slice::from_ref(index),
            Source::Params(items) => items.as_slice(),
            Source::Default => &[],
        });
        if order.is_sorted() && before.is_empty() {
            return;
        }
        for ready in ready {
            let Some(value) = ready.value.take() else { continue };
            let is_kept = ready.out.is_none() && !matches!(value.kind, BoundKind::Constant(_) | BoundKind::Default(_));
            ready.value = Some(if is_kept {
                let (of, span) = (value.of.clone(), value.span);
                let (declare, local) = self.kept(value);
                before.push(declare);
                BoundExpr { span, of, kind: BoundKind::Local(local) }
            } else {
                value
            });
        }
    }

    /// A value in a variable of its own.
    pub(super) fn kept(&mut self, value: BoundExpr) -> (BoundStatement, Local) {
        let span = value.span;
        let local = self.temporary(value.of.clone());
        (BoundStatement { span, kind: BoundStatementKind::Declare { local, value: Some(value) } }, local)
    }

    /// `out` and `ref` arguments of local functions.
    fn out_reference(&mut self, out: OutOperand, target: &Type) -> Bind<Box<BoundExpr>> {
        if let Some(reference) = out.reference {
            return Ok(reference);
        }
        let place = match (out.declares, out.place) {
            (Some(name), _) => Place::Local(self.declare_inside(name, target.clone())),
            (None, Some(place)) => place,
            (None, None) => Place::Local(self.temporary(target.clone())),
        };
        if let Place::Dereference(reference) = place {
            // The function that is called assigns what this one was given.
            let place = Box::new(Place::Dereference(reference));
            return Ok(boxed(out.span, target, BoundKind::Reference { place, is_out: true }));
        }
        let mut reference = self.reference_to(place, target, out.span)?;
        if let BoundKind::Reference { is_out, .. } = &mut reference.kind {
            *is_out = true;
        }
        Ok(reference)
    }

    /// `out` and `ref` arguments of members of the library: their values come back and are assigned then.
    fn native_out(&mut self, out: OutOperand, target: &Type, before: &mut Vec<BoundStatement>) -> Ready {
        if let Some(reference) = out.reference {
            let (declare, local) = self.kept(*reference);
            before.push(declare);
            let reference = || boxed(out.span, target, BoundKind::Local(local));
            let kind = BoundKind::Dereference { reference: reference(), is_readonly: false };
            let value = Some(BoundExpr { span: out.span, of: target.clone(), kind });
            return Ready { value, out: Some(Some(Place::Dereference(reference()))), is_reference: false };
        }
        let place = match out.declares {
            Some(name) => Some(Place::Local(self.declare_inside(name, target.clone()))),
            None => out.place,
        };
        Ready { value: Some(*self.default_of(target, out.span)), out: Some(place), is_reference: false }
    }

    /// An `in` argument: a variable is passed as it is, any other value in a variable of its own.
    fn in_reference(&mut self, value: BoundExpr) -> Bind<Box<BoundExpr>> {
        let (of, span) = (value.of.clone(), value.span);
        let place = match value.kind {
            BoundKind::Local(local) => Place::Local(local),
            BoundKind::Capture(capture) => Place::Capture(capture),
            BoundKind::Element { array, indexes } => Place::Element { array, indexes },
            BoundKind::Dereference { reference, .. } => return Ok(reference),
            kind => {
                let (declare, local) = self.kept(BoundExpr { span, of: of.clone(), kind });
                let reference = self.reference_to(Place::Local(local), &of, span)?;
                return Ok(boxed(span, &of, BoundKind::Sequence(vec![declare], reference)));
            }
        };
        self.reference_to(place, &of, span)
    }

    /// The value of a parameter that is left out.
    fn default_argument(&mut self, resolution: &Resolution, index: usize, span: Span) -> Bind<Box<BoundExpr>> {
        let of = resolution.parameter_type(index);
        let default = resolution.candidate.parameters.get(index).and_then(|parameter| parameter.default.clone());
        Ok(match default {
            None | Some(Constant::Null) => self.default_of(&of, span),
            Some(default) => {
                let numeric = match &of {
                    Type::Nullable(element) => super::numeric::numeric_type(element),
                    other => super::numeric::numeric_type(other),
                };
                let default = match numeric.map(|to| constant::convert(&default, to)) {
                    Some(Folded::Value(found)) => found,
                    _ => default,
                };
                boxed(span, &of, BoundKind::Constant(default))
            }
        })
    }
}

/// Whether an operand is a variable, an element, or what a reference leads to.
fn is_variable(operand: &Operand) -> bool {
    let Operand::Value(value) = operand else { return false };
    matches!(
        value.kind,
        BoundKind::Local(_)
            | BoundKind::Capture(_)
            | BoundKind::Element { .. }
            | BoundKind::Dereference { .. }
            | BoundKind::Item { .. }
    )
}
