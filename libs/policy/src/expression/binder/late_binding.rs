//! Operations on `dynamic`: what is meant is decided when it runs.

use crate::expression::bound::{BoundExpr, BoundKind};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::MethodGroup;
use super::error::{Bind, Reported};
use super::failure::Called;
use super::operand::Operand;
use super::resolution::Resolution;

impl Binder<'_> {
    /// Arguments of a call that is decided later: values.
    pub(super) fn dynamic_arguments(&mut self, arguments: Vec<Argument>) -> Bind<Vec<BoundExpr>> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(*self.dynamic_argument(argument.operand)?);
        }
        Ok(values)
    }

    fn dynamic_argument(&mut self, operand: Operand) -> Bind<Box<BoundExpr>> {
        match &operand {
            Operand::Lambda(_, span) => {
                let message = "Cannot use a lambda expression as an argument to a dynamically dispatched operation without first casting \
                               it to a delegate or expression tree type.";
                self.fail("CS1977", *span, message)
            }
            Operand::Methods(_) | Operand::Function(..) => {
                let message = "Cannot use a method group as an argument to a dynamically dispatched operation. Did you intend to invoke \
                               the method?";
                self.fail("CS1976", operand.span(), message)
            }
            Operand::Out(_) => {
                let message =
                    "Cannot use an expression of type 'out' as an argument to a dynamically dispatched operation.";
                self.fail("CS1978", operand.span(), message)
            }
            _ => self.convert(operand, &Type::Dynamic),
        }
    }

    /// An operator with a dynamic operand.
    pub(super) fn dynamic_operator(
        &mut self,
        symbol: &'static str,
        left: Operand,
        right: Option<Operand>,
        span: Span,
    ) -> Bind<Operand> {
        let left = self.dynamic_argument(left)?;
        let right = match right {
            Some(right) => Some(self.dynamic_argument(right)?),
            None => None,
        };
        Ok(Operand::value(span, Type::Dynamic, BoundKind::DynamicOperator { symbol, left, right }))
    }

    /// A dynamic value is called.
    pub(super) fn dynamic_invoke(
        &mut self,
        value: Box<BoundExpr>,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Operand> {
        let arguments = self.dynamic_arguments(arguments)?;
        // `d.Name(…)` is one operation: the member is not read first.
        let (target, name) = match value.kind {
            BoundKind::DynamicMember { target, name } => (target, Some(name)),
            kind => (Box::new(BoundExpr { kind, ..*value }), None),
        };
        Ok(Operand::value(span, Type::Dynamic, BoundKind::DynamicCall { target, name, arguments }))
    }

    /// Methods get a dynamic argument. If only one of them fits whatever it turns out to be, that one is called.
    pub(super) fn dynamic_methods(
        &mut self,
        group: MethodGroup,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Operand> {
        let mut fitting: Vec<Resolution> = Vec::new();
        for candidate in &group.candidates {
            fitting.extend(self.fit(candidate, &arguments, &group.type_arguments).ok());
        }
        let has_out = arguments.iter().any(|argument| matches!(argument.operand, Operand::Out(_)));
        if let [resolution] = fitting.as_slice() {
            return self.late_call(resolution, group.receiver, arguments, span);
        }
        if fitting.is_empty() || has_out {
            return self.dynamic_extension(group, arguments, has_out, span);
        }
        let arguments = self.dynamic_arguments(arguments)?;
        let name = group.name;
        let kind = match group.receiver {
            Some(target) => BoundKind::DynamicCall { target, name: Some(name), arguments },
            None => BoundKind::DynamicStatic { class: group.of, name: Some(name), arguments },
        };
        Ok(Operand::value(span, Type::Dynamic, kind))
    }

    /// Extension methods are not looked for when it runs; one that fits is called now.
    fn dynamic_extension(
        &mut self,
        mut group: MethodGroup,
        mut arguments: Vec<Argument>,
        has_out: bool,
        span: Span,
    ) -> Bind<Operand> {
        let called = Called::method(&group);
        if has_out || !group.candidates.is_empty() || group.receiver.is_none() {
            let resolution = self.resolve_or_report(&group.candidates, &arguments, &group.type_arguments, &called)?;
            return self.late_call(&resolution, group.receiver, arguments, span);
        }
        let receiver = group.receiver.take().ok_or(Reported)?;
        let of = receiver.of.clone();
        arguments.insert(0, Argument::plain(Operand::Value(receiver)));
        let candidates = self.extension_candidates(&group.name);
        match self.resolve(&candidates, &arguments, &group.type_arguments) {
            Ok(resolution) => self.late_call(&resolution, None, arguments, span),
            Err(failure) => Err(self.report_extension_failure(&candidates, &arguments, failure, &called, &of)),
        }
    }

    /// A call whose arguments are converted when it runs; so is what it gives.
    fn late_call(
        &mut self,
        resolution: &Resolution,
        receiver: Option<Box<BoundExpr>>,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Operand> {
        let mut call = self.build_call(resolution, receiver, arguments, span)?;
        if call.of != Type::Void {
            call.of = Type::Dynamic;
        }
        Ok(Operand::Value(call))
    }
}
