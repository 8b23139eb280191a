//! Local functions.

use std::borrow::Cow;
use std::sync::Arc;

use crate::expression::ast::{LocalFunction, ParameterPassing, PredefinedType, StmtId, TypeKind};
use crate::expression::bound::FunctionId;
use crate::expression::library::{Constant, Parameter};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::candidate::{Candidate, Target};
use super::error::{Bind, Reported};
use super::scope::{Entity, Frame, Returns};

/// A local function, known from the beginning of its block on.
#[derive(Debug)]
pub(super) struct LocalFunctionInfo {
    pub(super) id: FunctionId,
    /// The function whose body declares it.
    pub(super) parent: FunctionId,
    pub(super) name: Box<str>,
    pub(super) name_span: Span,
    pub(super) parameters: Vec<Parameter>,
    pub(super) returns: Type,
    /// Where it was declared.
    statement: StmtId,
}

impl LocalFunctionInfo {
    /// The function as something to be called.
    pub(super) fn candidate(&self) -> Candidate {
        Candidate {
            parameters: Cow::Owned(self.parameters.clone()),
            returns: self.returns.clone(),
            class_arguments: Arc::default(),
            type_parameter_count: 0,
            target: Target::Function(self.id),
            depth: 0,
            is_extension: false,
        }
    }
}

impl Binder<'_> {
    /// Makes a local function known.
    pub(super) fn declare_function(&mut self, statement: StmtId, function: &LocalFunction) {
        match self.function_signature(function) {
            Ok((parameters, returns)) => {
                let id = self.reserve_function();
                let parent = self.frame().id;
                let name = self.tree.text(function.name).into();
                let name_span = function.name.span;
                let info = LocalFunctionInfo { id, parent, name, name_span, parameters, returns, statement };
                self.local_functions.push(info);
                self.declare_entity(function.name, Entity::Function(self.local_functions.len() - 1));
            }
            Err(Reported) => self.declare_broken(function.name),
        }
    }

    fn function_signature(&mut self, function: &LocalFunction) -> Bind<(Vec<Parameter>, Type)> {
        if let Some(first) = function.type_parameters.first() {
            return self.fail(
                "CS8026",
                first.span,
                "Feature 'generic local functions' is not available in policy expressions",
            );
        }
        let is_void = matches!(self.tree[function.returns].kind, TypeKind::Predefined(PredefinedType::Void));
        let returns = if is_void { Ok(Type::Void) } else { self.type_(function.returns) };
        let mut parameters = Vec::with_capacity(function.parameters.len());
        let mut result = Ok(());
        for parameter in &function.parameters {
            let name = parameter.name;
            let bound: Bind<Parameter> = match parameter.of {
                None => self.fail("CS1001", name.span, "Identifier expected"),
                Some(of) => self.type_(of).and_then(|of| {
                    let default = match parameter.default {
                        Some(default) => Some(self.parameter_default(default, &of)?),
                        None => None,
                    };
                    Ok(Parameter {
                        name: self.tree.text(name).into(),
                        of,
                        is_out: matches!(parameter.passing, ParameterPassing::Out | ParameterPassing::Ref),
                        is_params: parameter.is_params,
                        default,
                    })
                }),
            };
            match bound {
                Ok(parameter) => parameters.push(parameter),
                Err(reported) => result = Err(reported),
            }
        }
        result?;
        Ok((parameters, returns?))
    }

    fn parameter_default(&mut self, value: crate::expression::ast::ExprId, of: &Type) -> Bind<Constant> {
        let operand = self.expression(value)?;
        let value = self.convert(operand, of)?;
        match value.as_constant() {
            Some(constant) => Ok(constant.clone()),
            None if matches!(value.kind, crate::expression::bound::BoundKind::Constant(Constant::Null)) => {
                Ok(Constant::Null)
            }
            None => self.fail("CS1736", value.span, "Default parameter value must be a compile-time constant"),
        }
    }

    /// Binds the body of a local function where it stands.
    pub(super) fn local_function_body(&mut self, statement: StmtId, function: &LocalFunction) {
        let parent = self.frame().id;
        let found =
            self.local_functions.iter().rposition(|known| known.statement == statement && known.parent == parent);
        let Some(info) = found.and_then(|index| self.local_functions.get(index)) else { return };
        let (id, name, returns) = (info.id, info.name.clone(), info.returns.clone());
        let types: Vec<Type> = info.parameters.iter().map(|parameter| parameter.of.clone()).collect();
        let mut frame = Frame::new(id, Some(name), Returns::Known(returns));
        frame.is_static = function.is_static;
        frame.environment = self.frame().environment;
        self.frames.push(frame);
        for (parameter, of) in function.parameters.iter().zip(types) {
            self.declare(parameter.name, of);
        }
        self.frame().parameter_count = function.parameters.len();
        match self.function_body(function.body) {
            Ok(body) => {
                self.finish_function(body);
            }
            Err(Reported) => {
                self.frames.pop();
            }
        }
    }
}
