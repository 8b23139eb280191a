//! Delegates: their signatures, and methods and local functions that become one.

use std::borrow::Cow;
use std::sync::Arc;

use crate::expression::ast::ParameterPassing;
use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, BoundStatementKind, Local};
use crate::expression::conversion::{is_reference, is_same, is_subtype};
use crate::expression::library::{self, ClassKind, Parameter};
use crate::expression::types::Type;

use super::Binder;
use super::arguments::of_types;
use super::candidate::{Candidate, MethodGroup, REFERENCE_EQUALS, Target, native};
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::operand::Operand;
use super::resolution::{Resolution, Source};
use super::scope::{Frame, Returns};

/// What a delegate takes and gives.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) parameters: Vec<Parameter>,
    pub(super) returns: Type,
}

impl Signature {
    /// That of a delegate type; none for other types.
    pub(super) fn of(of: &Type) -> Option<Signature> {
        let Type::Class(id, arguments) = of else { return None };
        let class = library::get().class(*id);
        if class.kind != ClassKind::Delegate {
            return None;
        }
        let invoke = class.members_named("Invoke").next()?;
        let substituted =
            |parameter: &Parameter| Parameter { of: parameter.of.substitute(arguments), ..parameter.clone() };
        Some(Signature {
            parameters: invoke.parameters.iter().map(substituted).collect(),
            returns: invoke.returns.substitute(arguments),
        })
    }

    pub(super) fn types(&self) -> Vec<Type> {
        self.parameters.iter().map(|parameter| parameter.of.clone()).collect()
    }
}

/// A delegate as something to be called.
pub(super) fn candidate(of: &Type) -> Option<Candidate> {
    let signature = Signature::of(of)?;
    Some(Candidate {
        parameters: Cow::Owned(signature.parameters),
        returns: signature.returns,
        class_arguments: Arc::default(),
        type_parameter_count: 0,
        target: Target::Delegate(of.clone()),
        depth: 0,
        is_extension: false,
    })
}

/// Whether a method that gives `from` may stand for a delegate that gives `to`.
fn returns_fit(from: &Type, to: &Type) -> bool {
    is_same(from, to) || *to == Type::Dynamic || is_reference(from) && is_subtype(from, to) || *to == Type::Void
}

impl Binder<'_> {
    /// Whether methods or a local function become a delegate.
    pub(super) fn methods_fit(&mut self, operand: &Operand, to: &Type) -> bool {
        let Some(signature) = Signature::of(to) else { return false };
        match operand {
            Operand::Function(index, _) => self.local_functions.get(*index).is_some_and(|function| {
                let has_references = function.passings.iter().any(|passing| *passing != ParameterPassing::Value);
                if function.type_parameter_count > 0 || has_references || function.returns_reference.is_some() {
                    return false;
                }
                let types: Vec<&Type> = function.parameters.iter().map(|parameter| &parameter.of).collect();
                types.len() == signature.parameters.len()
                    && types
                        .iter()
                        .zip(&signature.parameters)
                        .all(|(of, given)| is_same(of, &given.of) || is_reference(of) && is_subtype(&given.of, of))
                    && returns_fit(&function.returns, &signature.returns)
            }),
            Operand::Methods(group) => self
                .resolve_group(group, &signature.types())
                .is_some_and(|(resolution, _)| returns_fit(&resolution.returns(), &signature.returns)),
            _ => false,
        }
    }

    /// Which of the methods takes arguments of these types; `true` if the receiver becomes its first argument.
    pub(super) fn resolve_group(&mut self, group: &MethodGroup, types: &[Type]) -> Option<(Resolution, bool)> {
        let arguments = of_types(types, group.span);
        if let Ok(resolution) = self.resolve(&group.candidates, &arguments, &group.type_arguments) {
            return Some((resolution, false));
        }
        let receiver = group.receiver.as_ref()?;
        let mut all = vec![receiver.of.clone()];
        all.extend_from_slice(types);
        let arguments = of_types(&all, group.span);
        let extensions = self.extension_candidates(&group.name);
        self.resolve(&extensions, &arguments, &group.type_arguments).ok().map(|resolution| (resolution, true))
    }

    /// Makes methods or a local function a delegate.
    pub(super) fn methods_to_delegate(&mut self, operand: Operand, to: &Type) -> Bind<Box<BoundExpr>> {
        let span = operand.span();
        let signature = Signature::of(to).ok_or(Reported)?;
        match operand {
            Operand::Function(index, _) => {
                let function = self.local_functions.get(index).map(|function| function.id).ok_or(Reported)?;
                Ok(boxed(span, to, BoundKind::Lambda { function, captures: Vec::new() }))
            }
            Operand::Methods(group) => {
                let (resolution, is_extension) = self.resolve_group(&group, &signature.types()).ok_or(Reported)?;
                let Target::Member(_, member) = &resolution.candidate.target else { return Err(Reported) };
                let is_plain = resolution.sources.iter().all(|source| matches!(source, Source::Argument(_)))
                    && resolution.conversions.iter().all(|conversion| {
                        matches!(conversion, super::classify::Conv::Identity | super::classify::Conv::Upcast)
                    });
                let this = if member.is_static && !is_extension { None } else { group.receiver };
                if is_plain {
                    let native = native(member, resolution.types.as_slice().into());
                    self.compares_references |= &*native.name == REFERENCE_EQUALS;
                    return Ok(boxed(span, to, BoundKind::MethodGroup { native, this }));
                }
                self.forwarding_lambda(&resolution, this, is_extension, &signature, to, span)
            }
            _ => Err(Reported),
        }
    }

    /// `(a, b) => receiver.Method(a, b)`, for methods with more parameters than the delegate.
    fn forwarding_lambda(
        &mut self,
        resolution: &Resolution,
        this: Option<Box<BoundExpr>>,
        is_extension: bool,
        signature: &Signature,
        to: &Type,
        span: crate::expression::span::Span,
    ) -> Bind<Box<BoundExpr>> {
        let receiver = this.map(|this| {
            let local = self.temporary(this.of.clone());
            (local, this)
        });
        let depth = self.frames.len().saturating_sub(1);
        let id = self.reserve_function();
        self.frames.push(Frame::new(id, None, Returns::Known(signature.returns.clone())));
        let mut arguments = Vec::new();
        for parameter in &signature.parameters {
            let local = self.temporary(parameter.of.clone());
            arguments.push(Operand::value(span, parameter.of.clone(), BoundKind::Local(local)));
        }
        self.frame().parameter_count = arguments.len();
        let inner = receiver.as_ref().map(|(local, this)| {
            let reach = self.reach(depth, *local);
            boxed(span, &this.of, reach.kind())
        });
        let mut arguments: Vec<_> = arguments.into_iter().map(super::arguments::Argument::plain).collect();
        let mut inner = inner;
        if is_extension && let Some(receiver) = inner.take() {
            arguments.insert(0, super::arguments::Argument::plain(Operand::Value(receiver)));
        }
        let call = self.build_call(resolution, inner, arguments, span);
        let kind = match call {
            Ok(call) if signature.returns == Type::Void => BoundStatementKind::Expression(*call),
            Ok(call) => BoundStatementKind::Return(Some(*call)),
            Err(_) => BoundStatementKind::Empty,
        };
        let captures = self.frame().captures.clone();
        self.finish_function(BoundStatement { span, kind });
        let lambda = boxed(span, to, BoundKind::Lambda { function: id, captures });
        Ok(match receiver {
            Some((local, this)) => declare_first(local, this, lambda),
            None => lambda,
        })
    }

    /// Reports that methods do not become what is wanted.
    pub(super) fn methods_do_not_fit(&mut self, operand: &Operand, to: &Type) -> Reported {
        let span = operand.span();
        let name = match operand {
            Operand::Methods(group) => group.name.to_string(),
            Operand::Function(index, _) => {
                self.local_functions.get(*index).map(|function| function.name.to_string()).unwrap_or_default()
            }
            _ => String::new(),
        };
        match Signature::of(to) {
            Some(_) => {
                self.diagnostics.error("CS0123", span, format!("No overload for '{name}' matches delegate '{to}'"))
            }
            None => {
                let message = format!(
                    "Cannot convert method group '{name}' to non-delegate type '{to}'. Did you intend to invoke the method?"
                );
                self.diagnostics.error("CS0428", span, message)
            }
        }
    }
}

/// A variable gets its value, then comes the rest.
pub(super) fn declare_first(local: Local, value: Box<BoundExpr>, rest: Box<BoundExpr>) -> Box<BoundExpr> {
    let span = rest.span;
    let of = rest.of.clone();
    let declare = BoundStatement { span, kind: BoundStatementKind::Declare { local, value: Some(*value) } };
    boxed(span, &of, BoundKind::Sequence(vec![declare], rest))
}
