//! Local functions.

use std::borrow::Cow;
use std::sync::Arc;

use crate::expression::ast::{
    Bound, ExprId, LocalFunction, ParameterPassing, PredefinedType, StmtId, StmtKind, TypeKind,
};
use crate::expression::bound::FunctionId;
use crate::expression::conversion::is_reference;
use crate::expression::library::{Constant, Parameter};
use crate::expression::limits;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::candidate::{Candidate, Target};
use super::classify::{Mode, standard_conversion};
use super::error::{Bind, Reported};
use super::reference::Referring;
use super::scope::{Entity, Frame, Returns};

/// A local function, known from the beginning of its block on.
#[derive(Debug)]
pub(super) struct LocalFunctionInfo {
    pub(super) id: FunctionId,
    /// The function whose body declares it.
    pub(super) parent: FunctionId,
    pub(super) name: Box<str>,
    pub(super) name_span: Span,
    /// In terms of its type parameters.
    pub(super) parameters: Vec<Parameter>,
    pub(super) returns: Type,
    /// Whether it returns by reference, and whether what it returns may only be read.
    pub(super) returns_reference: Option<bool>,
    /// How each parameter is passed.
    pub(super) passings: Vec<ParameterPassing>,
    pub(super) type_parameter_count: usize,
    /// What they have to be, by number.
    pub(super) constraints: Vec<(u8, Required)>,
    /// What it is called with, if it has type parameters: it is bound for each anew.
    instances: Vec<Instance>,
    /// Where it was declared.
    statement: StmtId,
}

/// What a type argument has to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Required {
    Class,
    Struct,
    /// It converts to this type, which may name type parameters.
    Type(Type),
}

/// A generic function with types for its type parameters.
#[derive(Debug)]
struct Instance {
    types: Vec<Type>,
    id: FunctionId,
    is_bound: bool,
}

impl LocalFunctionInfo {
    /// The functions that it is bound as.
    pub(super) fn ids(&self) -> impl Iterator<Item = FunctionId> {
        std::iter::once(self.id).chain(self.instances.iter().map(|instance| instance.id))
    }

    /// Forgets what was asked for in a trial: functions from this number on.
    pub(super) fn forget_from(&mut self, function_count: usize) {
        self.instances.retain(|instance| (instance.id.0 as usize) < function_count);
    }

    /// The function as something to be called.
    pub(super) fn candidate(&self) -> Candidate {
        Candidate {
            parameters: Cow::Owned(self.parameters.clone()),
            returns: self.returns.clone(),
            class_arguments: Arc::default(),
            type_parameter_count: self.type_parameter_count,
            target: Target::Function(self.id),
            depth: 0,
            is_extension: false,
        }
    }
}

impl Binder<'_> {
    /// Makes a local function known.
    pub(super) fn declare_function(&mut self, statement: StmtId, function: &LocalFunction) {
        let signature = self.scoped(|binder| {
            for (index, name) in (0..).zip(&function.type_parameters) {
                binder.scope().names.insert(name.symbol, Entity::Type(Type::Parameter(index)));
            }
            let constraints = binder.constraints(function)?;
            let is_struct = |(index, required): &(u8, Required)| (*required == Required::Struct).then_some(*index);
            binder.struct_parameters = constraints.iter().filter_map(is_struct).collect();
            let signature = binder.function_signature(function);
            binder.struct_parameters.clear();
            signature.map(|(parameters, returns)| (parameters, returns, constraints))
        });
        match signature {
            Ok((parameters, returns, constraints)) => {
                let id = self.reserve_function();
                let parent = self.frame().id;
                let name = self.tree.text(function.name).into();
                let name_span = function.name.span;
                let type_parameter_count = function.type_parameters.len();
                let info = LocalFunctionInfo {
                    id,
                    parent,
                    name,
                    name_span,
                    parameters,
                    returns,
                    returns_reference: self.written_reference(function.returns).map(|(_, is_readonly)| is_readonly),
                    passings: function.parameters.iter().map(|parameter| parameter.passing).collect(),
                    type_parameter_count,
                    constraints,
                    instances: Vec::new(),
                    statement,
                };
                self.local_functions.push(info);
                self.declare_entity(function.name, Entity::Function(self.local_functions.len() - 1));
            }
            Err(Reported) => self.declare_broken(function.name),
        }
    }

    fn constraints(&mut self, function: &LocalFunction) -> Bind<Vec<(u8, Required)>> {
        let mut constraints = Vec::with_capacity(function.constraints.len());
        for constraint in &function.constraints {
            let mut parameters = (0..).zip(&function.type_parameters);
            let Some((index, _)) = parameters.find(|(_, name)| name.symbol == constraint.name.symbol) else {
                let (name, function) = (self.tree.text(constraint.name), self.tree.text(function.name));
                let message = format!("'{function}' does not define type parameter '{name}'");
                return self.fail("CS0699", constraint.name.span, message);
            };
            let required = match constraint.bound {
                Bound::Class => Required::Class,
                Bound::Struct => Required::Struct,
                // Types without such a constructor are not made here.
                Bound::New => continue,
                Bound::Type(of) => Required::Type(self.type_(of)?),
            };
            constraints.push((index, required));
        }
        Ok(constraints)
    }

    /// Whether type arguments are what a function requires of them.
    pub(super) fn check_constraints(&mut self, index: usize, types: &[Type], span: Span) -> Bind<()> {
        let Some(function) = self.local_functions.get(index) else { return Ok(()) };
        let (name, constraints) = (function.name.clone(), function.constraints.clone());
        for (index, required) in constraints {
            let Some(of) = types.get(usize::from(index)) else { continue };
            match required {
                Required::Class if !is_reference(of) => {
                    let message = format!(
                        "The type '{of}' must be a reference type in order to use it as parameter in the generic type or method '{name}'"
                    );
                    return self.fail("CS0452", span, message);
                }
                Required::Struct if !of.is_value_type() || matches!(of, Type::Nullable(_)) => {
                    let message = format!(
                        "The type '{of}' must be a non-nullable value type in order to use it as parameter in the generic type or method \
                         '{name}'"
                    );
                    return self.fail("CS0453", span, message);
                }
                Required::Type(bound) => {
                    let bound = bound.substitute(types);
                    if standard_conversion(of, &bound, Mode::Implicit).is_none() {
                        let message = format!(
                            "The type '{of}' cannot be used as type parameter in the generic type or method '{name}'. There is no \
                             implicit reference or boxing conversion from '{of}' to '{bound}'."
                        );
                        return self.fail("CS0311", span, message);
                    }
                }
                Required::Class | Required::Struct => {}
            }
        }
        Ok(())
    }

    fn function_signature(&mut self, function: &LocalFunction) -> Bind<(Vec<Parameter>, Type)> {
        if let Some(last) = function.type_parameters.get(limits::TYPE_PARAMETERS_MAX) {
            return self.fail("CS8078", last.span, "An expression is too long or complex to compile");
        }
        let is_void = matches!(self.tree[function.returns].kind, TypeKind::Predefined(PredefinedType::Void));
        let returns = if is_void { Ok(Type::Void) } else { self.type_(function.returns) };
        let mut parameters = Vec::with_capacity(function.parameters.len());
        let mut result = Ok(());
        for (parameter, next) in function.parameters.iter().zip(function.parameters.iter().skip(1)) {
            if parameter.is_params {
                let message = "A params parameter must be the last parameter in a formal parameter list";
                result = self.fail("CS0231", parameter.name.span, message);
            } else if parameter.default.is_some() && next.default.is_none() && !next.is_params {
                let message = "Optional parameters must appear after all required parameters";
                result = self.fail("CS1737", next.name.span, message);
            }
        }
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

    /// Binds the body of a local function where it stands; that of a generic one when it is known what it is called with.
    pub(super) fn local_function_body(&mut self, statement: StmtId, function: &LocalFunction) {
        let parent = self.frame().id;
        let found =
            self.local_functions.iter().rposition(|known| known.statement == statement && known.parent == parent);
        let Some(index) = found else { return };
        if let Some(info) = self.local_functions.get(index).filter(|info| info.type_parameter_count == 0) {
            let id = info.id;
            self.bind_function(index, id, &[], function);
        }
    }

    /// The function that a generic function is with certain types.
    pub(super) fn instance(&mut self, index: usize, types: &[Type], span: Span) -> Bind<FunctionId> {
        let known =
            |info: &LocalFunctionInfo| info.instances.iter().find(|known| known.types == types).map(|known| known.id);
        if let Some(id) = self.local_functions.get(index).and_then(known) {
            return Ok(id);
        }
        let count: usize = self.local_functions.iter().map(|info| info.instances.len()).sum();
        let mut room = limits::INSTANCE_TYPES_MAX;
        let fits = types.iter().all(|of| is_smaller(of, &mut room));
        if count >= limits::FUNCTION_INSTANCES_MAX || !fits {
            return self.fail("CS8078", span, "An expression is too long or complex to compile");
        }
        // The names of tuples' items stand for those of the types that take the place of the parameters, too.
        let named = self.tuple_names.iter().map(|(of, names)| (of.substitute(types), of, names));
        let new: Vec<_> = named.filter(|(now, of, _)| now != *of).map(|(now, _, names)| (now, names.clone())).collect();
        for (of, names) in new {
            names.into_iter().for_each(|names| self.name_tuple(&of, names));
        }
        let id = self.reserve_function();
        if let Some(info) = self.local_functions.get_mut(index) {
            info.instances.push(Instance { types: types.to_vec(), id, is_bound: false });
        }
        Ok(id)
    }

    /// Binds the generic functions of a block at its end, for all types that they are called with, also by each other.
    pub(super) fn generic_bodies(&mut self, statements: &[StmtId]) {
        let tree = self.tree;
        for id in statements {
            let StmtKind::LocalFunction(function) = &tree[*id].kind else { continue };
            if function.type_parameters.is_empty() {
                continue;
            }
            self.ask_for_any_type(*id, function);
            // Whatever this asks for of the functions before it is bound in another round.
            while let Some((index, instance, types)) = self.unbound_instance(statements) {
                let of = self.local_functions.get(index).map(|info| info.statement);
                if let Some(StmtKind::LocalFunction(function)) = of.map(|of| &tree[of].kind) {
                    self.bind_function(index, instance, &types, function);
                }
            }
        }
    }

    /// A body must be right for any type: it is bound for `object` as well, which has no more members and operators than those that all types have
    /// (it converts more freely, so this finds most errors, not all), also when nobody calls it. With several parameters or constraints the types
    /// would have to be told apart.
    fn ask_for_any_type(&mut self, statement: StmtId, function: &LocalFunction) {
        let parent = self.frame().id;
        let known = |info: &LocalFunctionInfo| info.statement == statement && info.parent == parent;
        let count: usize = self.local_functions.iter().map(|info| info.instances.len()).sum();
        let is_plain = function.type_parameters.len() == 1 && function.constraints.is_empty();
        if let Some(index) = self.local_functions.iter().rposition(known)
            && is_plain
            && count < limits::FUNCTION_INSTANCES_MAX
        {
            // A failure is reported.
            let _ = self.instance(index, &[Type::Object], function.name.span);
        }
    }

    /// Whether a type stands for a type parameter here: then what is said of it is no error where only this type makes it impossible.
    pub(super) fn stands_for_parameter(&self, of: &Type) -> bool {
        self.frames.iter().any(|frame| frame.type_arguments.contains(of))
    }

    fn unbound_instance(&mut self, statements: &[StmtId]) -> Option<(usize, FunctionId, Vec<Type>)> {
        let parent = self.frame().id;
        self.local_functions.iter_mut().enumerate().find_map(|(index, info)| {
            if info.parent != parent || !statements.contains(&info.statement) {
                return None;
            }
            let instance = info.instances.iter_mut().find(|instance| !instance.is_bound)?;
            instance.is_bound = true;
            Some((index, instance.id, instance.types.clone()))
        })
    }

    fn bind_function(&mut self, index: usize, id: FunctionId, types: &[Type], function: &LocalFunction) {
        let Some(info) = self.local_functions.get(index) else { return };
        let (name, returns) = (info.name.clone(), info.returns.substitute(types));
        let parameters: Vec<Type> = info.parameters.iter().map(|parameter| parameter.of.substitute(types)).collect();
        let statement = info.statement;
        let mut frame = Frame::new(id, Some(name), Returns::Known(returns));
        frame.type_arguments = types.to_vec();
        frame.is_static = function.is_static;
        frame.returns_reference = info.returns_reference;
        frame.environment = self.frame().environment;
        if !types.is_empty() {
            // Lambdas inside mean something else for each set of types.
            let key = (ExprId(u32::MAX - statement.0), frame.environment, types.to_vec());
            frame.environment = self.environment(&key);
        }
        self.frames.push(frame);
        for (name, of) in function.type_parameters.iter().zip(types) {
            self.scope().names.insert(name.symbol, Entity::Type(of.clone()));
        }
        for (parameter, of) in function.parameters.iter().zip(parameters) {
            let local = self.declare(parameter.name, of);
            let is_out = parameter.passing == ParameterPassing::Out;
            if let Some(local) = self.frame().locals.get_mut(local.0 as usize) {
                local.is_out = is_out;
            }
            if parameter.passing != ParameterPassing::Value {
                let is_readonly = parameter.passing == ParameterPassing::In;
                self.refers(parameter.name.symbol, Referring { is_readonly, is_parameter: true, may_return: true });
            }
        }
        self.frame().parameter_count = function.parameters.len();
        match self.function_body(function.body) {
            Ok(body) => {
                self.check_iterator(&function.parameters);
                self.finish_function(body);
            }
            Err(Reported) => {
                self.frames.pop();
            }
        }
    }
}

/// Whether a type is made of fewer types than `room`, which becomes what is left of it.
fn is_smaller(of: &Type, room: &mut usize) -> bool {
    if *room == 0 {
        return false;
    }
    *room -= 1;
    match of {
        Type::Nullable(inner) | Type::Array(inner, _) => is_smaller(inner, room),
        Type::Class(_, inner) | Type::Tuple(inner) => inner.iter().all(|inner| is_smaller(inner, room)),
        Type::Anonymous(properties) => properties.iter().all(|(_, inner)| is_smaller(inner, room)),
        _ => true,
    }
}
