//! Calls: of methods, delegates, local functions.

use std::sync::Arc;

use crate::expression::ast::{self, ExprId};
use crate::expression::bound::{BoundExpr, BoundKind, Local};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::{Candidate, MethodGroup, REFERENCE_EQUALS, Target, native};
use super::convert::boxed;
use super::delegate;
use super::error::{Bind, Reported};
use super::failure::Called;
use super::lookup::{Found, Invoked, find_extensions, find_member};
use super::operand::Operand;
use super::passing::Passed;
use super::reference::dereference;
use super::resolution::{Failure, Resolution};

impl Binder<'_> {
    /// `target(arguments)`
    pub(super) fn call(&mut self, target: ExprId, arguments: &[ast::Argument], span: Span) -> Bind<Operand> {
        if let Some(constant) = self.name_of(target, arguments) {
            return constant;
        }
        let callee = self.callee(target);
        let arguments = self.arguments(arguments);
        let (callee, arguments) = (callee?, arguments?);
        match callee {
            Operand::Methods(group) => self.call_methods(*group, arguments, span),
            Operand::Function(index, name_span) => {
                let types = match &self.tree[target].kind {
                    ast::ExprKind::Name(name) => self.type_arguments(name)?,
                    _ => Vec::new(),
                };
                self.call_function(index, &types, arguments, name_span, span)
            }
            Operand::Value(value) if value.of == Type::Dynamic => self.dynamic_invoke(value, arguments, span),
            Operand::Value(value) => self.invoke(value, arguments, span),
            Operand::Type(of, name_span) => {
                let message = format!("'{of}' is a type, which is not valid in the given context");
                self.fail("CS0119", name_span, message)
            }
            other => self.fail("CS0149", other.span(), "Method name expected"),
        }
    }

    /// A delegate is called.
    pub(super) fn invoke(&mut self, value: Box<BoundExpr>, arguments: Vec<Argument>, span: Span) -> Bind<Operand> {
        let Some(candidate) = delegate::candidate(&value.of) else {
            return self.fail("CS0149", value.span, "Method name expected");
        };
        let called = Called { name: value.of.to_string(), span: value.span, is_delegate: true, is_constructor: false };
        let resolution = self.resolve_or_report(std::slice::from_ref(&candidate), &arguments, &[], &called)?;
        let call = self.build_call(&resolution, Some(value), arguments, span)?;
        Ok(Operand::Value(call))
    }

    /// A method of the library is called.
    pub(super) fn call_methods(
        &mut self,
        mut group: MethodGroup,
        mut arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Operand> {
        let hidden = of_right_kind(&mut group);
        if arguments.iter().any(|argument| argument.operand.is_dynamic()) {
            return self.dynamic_methods(group, arguments, span);
        }
        if let Some(special) = self.special_method(&mut group, &mut arguments, span) {
            return special;
        }
        let found = self.resolve(&group.candidates, &arguments, &group.type_arguments);
        match found {
            Ok(resolution) => self.finish_methods(&resolution, group, arguments, span),
            Err(failure) => {
                if group.candidates.is_empty() && (group.receiver.is_none() || find_extensions(&group.name).is_empty())
                {
                    group.candidates = hidden;
                    let resolution = self.resolve_or_report(
                        &group.candidates,
                        &arguments,
                        &group.type_arguments,
                        &Called::method(&group),
                    )?;
                    return self.finish_methods(&resolution, group, arguments, span);
                }
                self.call_extension(group, arguments, failure, span)
            }
        }
    }

    fn finish_methods(
        &mut self,
        resolution: &Resolution,
        group: MethodGroup,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Operand> {
        let is_static = resolution.candidate.is_static();
        if !is_static && group.receiver.is_none() {
            let message = format!(
                "An object reference is required for the non-static field, method, or property '{}'",
                resolution.candidate.describe()
            );
            return self.fail("CS0120", group.name_span, message);
        }
        if is_static && group.receiver.is_some() {
            let message = format!(
                "Member '{}' cannot be accessed with an instance reference; qualify it with a type name instead",
                resolution.candidate.describe()
            );
            return self.fail("CS0176", group.span, message);
        }
        let call = self.build_call(resolution, group.receiver, arguments, span)?;
        Ok(Operand::Value(call))
    }

    /// Extension methods of a name.
    pub(super) fn extension_candidates(&self, name: &str) -> Vec<Candidate> {
        let candidate = |(class, member): &(&'static _, &'static _)| Candidate {
            is_extension: true,
            ..Candidate::member(class, Arc::default(), member, 0)
        };
        find_extensions(name).iter().map(candidate).collect()
    }

    /// No method of the object itself takes the arguments: `list.Select(…)`.
    fn call_extension(
        &mut self,
        group: MethodGroup,
        mut arguments: Vec<Argument>,
        failure: Failure,
        span: Span,
    ) -> Bind<Operand> {
        let called = Called::method(&group);
        let ambiguous = matches!(failure, Failure::Ambiguous(_));
        let Some(receiver) = group.receiver.filter(|_| !ambiguous && !self.is_at_run_time) else {
            return Err(self.report_failure(&group.candidates, &arguments, failure, &called));
        };
        let receiver_type = receiver.of.clone();
        let candidates = self.extension_candidates(&group.name);
        if candidates.is_empty() && group.candidates.is_empty() {
            return Err(self.no_member(&receiver_type, &group.name, group.name_span));
        }
        arguments.insert(0, Argument::plain(Operand::Value(receiver)));
        match self.resolve(&candidates, &arguments, &group.type_arguments) {
            Ok(resolution) => {
                let call = self.build_call(&resolution, None, arguments, span)?;
                Ok(Operand::Value(call))
            }
            Err(extension_failure) if group.candidates.is_empty() => {
                Err(self.report_extension_failure(&candidates, &arguments, extension_failure, &called, &receiver_type))
            }
            Err(_) => {
                arguments.remove(0);
                Err(self.report_failure(&group.candidates, &arguments, failure, &called))
            }
        }
    }

    /// Builds the call of what was chosen.
    pub(super) fn build_call(
        &mut self,
        resolution: &Resolution,
        receiver: Option<Box<BoundExpr>>,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Box<BoundExpr>> {
        self.check_passing(resolution, &arguments)?;
        let Passed { values, mut outs, references, mut before } = self.build_arguments(resolution, arguments, span)?;
        let of = resolution.returns();
        let receiver = match receiver {
            // It comes before all arguments.
            Some(receiver) if !before.is_empty() => {
                let (of, span) = (receiver.of.clone(), receiver.span);
                let (declare, local) = self.kept(*receiver);
                before.insert(0, declare);
                Some(boxed(span, &of, BoundKind::Local(local)))
            }
            receiver => receiver,
        };
        let kind = match &resolution.candidate.target {
            Target::Member(_, member) => {
                let mut all = Vec::with_capacity(values.len() + 1);
                if let Some(receiver) = receiver {
                    all.push(*receiver);
                    outs.iter_mut().for_each(|(index, _)| *index += 1);
                }
                all.extend(values);
                let native = native(member, Arc::from(resolution.types.as_slice()));
                self.compares_references |= &*native.name == REFERENCE_EQUALS;
                BoundKind::Call { native, arguments: all, outs }
            }
            Target::Function(function) => {
                BoundKind::CallFunction { function: *function, captures: Vec::new(), arguments: values, references }
            }
            Target::Delegate(_) => {
                let delegate = receiver.ok_or(Reported)?;
                BoundKind::Invoke { delegate, arguments: values }
            }
        };
        let call = boxed(span, &of, kind);
        if before.is_empty() {
            return Ok(call);
        }
        Ok(boxed(span, &of, BoundKind::Sequence(before, call)))
    }

    /// Calls a member with operands that are known to fit: indexers, constructors, operators.
    pub(super) fn resolve_or_report(
        &mut self,
        candidates: &[Candidate],
        arguments: &[Argument],
        type_arguments: &[Type],
        called: &Called,
    ) -> Bind<Resolution> {
        match self.resolve(candidates, arguments, type_arguments) {
            Ok(resolution) => Ok(resolution),
            Err(failure) => Err(self.report_failure(candidates, arguments, failure, called)),
        }
    }

    /// A local function is called.
    fn call_function(
        &mut self,
        index: usize,
        type_arguments: &[Type],
        arguments: Vec<Argument>,
        name_span: Span,
        span: Span,
    ) -> Bind<Operand> {
        let Some(function) = self.local_functions.get(index) else { return Err(Reported) };
        let candidate = function.candidate();
        let called =
            Called { name: function.name.to_string(), span: name_span, is_delegate: false, is_constructor: false };
        let candidates = std::slice::from_ref(&candidate);
        let mut resolution = self.resolve_or_report(candidates, &arguments, type_arguments, &called)?;
        if candidate.type_parameter_count > 0 {
            self.check_constraints(index, &resolution.types, name_span)?;
            resolution.candidate.target = Target::Function(self.instance(index, &resolution.types, name_span)?);
        }
        let returns_reference = self.local_functions.get(index).and_then(|function| function.returns_reference);
        let call = self.build_call(&resolution, None, arguments, span)?;
        Ok(match returns_reference {
            Some(is_readonly) => dereference(call, is_readonly),
            None => Operand::Value(call),
        })
    }

    /// The methods of nullable values are the language's own.
    fn special_method(
        &mut self,
        group: &mut MethodGroup,
        arguments: &mut Vec<Argument>,
        span: Span,
    ) -> Option<Bind<Operand>> {
        let receiver = group.receiver.as_ref()?;
        let Type::Nullable(element) = receiver.of.clone() else { return None };
        match (&*group.name, arguments.len()) {
            ("GetValueOrDefault", 0) => {
                let receiver = group.receiver.take()?;
                let otherwise = self.default_of(&element, span);
                Some(Ok(Operand::value(span, (*element).clone(), BoundKind::Coalesce(receiver, otherwise))))
            }
            ("GetValueOrDefault", 1) => {
                let receiver = group.receiver.take()?;
                let otherwise = self.convert(arguments.pop()?.operand, &element);
                Some(otherwise.map(|otherwise| {
                    Operand::value(span, (*element).clone(), BoundKind::Coalesce(receiver, otherwise))
                }))
            }
            ("Equals", 1) => {
                let receiver = group.receiver.take()?;
                let both = vec![Argument::plain(Operand::Value(receiver)), arguments.pop()?];
                Some(self.static_equals(both, span))
            }
            ("GetHashCode", 0) => {
                let receiver = group.receiver.take()?;
                let local = self.temporary((*element).clone());
                let inside = boxed(span, &element, BoundKind::Local(local));
                Some(self.hash_code(inside, span).map(|access| {
                    let kind = BoundKind::ConditionalAccess { target: receiver, local, access };
                    let hash = boxed(span, &Type::nullable_of(Type::INT), kind);
                    let none = self.default_of(&Type::INT, span);
                    Operand::value(span, Type::INT, BoundKind::Coalesce(hash, none))
                }))
            }
            ("ToString", 0) => {
                let receiver = group.receiver.take()?;
                Some(Ok(Operand::value(span, Type::String, BoundKind::Concat(vec![*receiver]))))
            }
            _ => None,
        }
    }

    /// `value.GetHashCode()`
    fn hash_code(&mut self, value: Box<BoundExpr>, span: Span) -> Bind<Box<BoundExpr>> {
        let Some(Found::Methods(mut candidates)) = find_member(&value.of, "GetHashCode", Invoked::Yes) else {
            return Err(Reported);
        };
        candidates.retain(|candidate| !candidate.is_static());
        let resolution = self.resolve(&candidates, &[], &[]).map_err(|_| Reported)?;
        self.build_call(&resolution, Some(value), Vec::new(), span)
    }

    /// `object.Equals(a, b)`, which takes null.
    fn static_equals(&mut self, arguments: Vec<Argument>, span: Span) -> Bind<Operand> {
        let Some(Found::Methods(mut candidates)) = find_member(&Type::Object, "Equals", Invoked::Yes) else {
            return Err(Reported);
        };
        candidates.retain(|candidate| candidate.is_static() && candidate.parameters.len() == 2);
        let resolution = self.resolve(&candidates, &arguments, &[]).map_err(|_| Reported)?;
        self.build_call(&resolution, None, arguments, span).map(Operand::Value)
    }

    /// A variable holds a value while it is used several times.
    pub(super) fn hold(&mut self, value: &BoundExpr) -> Local {
        self.temporary(value.of.clone())
    }
}

/// Leaves of methods called on a type the static ones, of those called on an object the others; gives the rest.
fn of_right_kind(group: &mut MethodGroup) -> Vec<Candidate> {
    let wants_static = group.receiver.is_none();
    let candidates = std::mem::take(&mut group.candidates);
    let (kept, hidden) = candidates.into_iter().partition(|candidate| candidate.is_static() == wants_static);
    group.candidates = kept;
    hidden
}
