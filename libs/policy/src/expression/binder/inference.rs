//! Type arguments that are not written (C# specification, §12.6.3): from the types of the arguments first, then, as far as what they are given
//! is known, from what lambdas and methods return.

use crate::expression::ast::ExprId;
use crate::expression::conversion::{is_reference, is_same, supertypes};
use crate::expression::library::{self, ClassId, Variance};
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::classify::{Mode, standard_conversion};
use super::delegate::Signature;
use super::operand::Operand;

/// What is known of one type parameter.
#[derive(Debug, Default)]
struct Bounds {
    fixed: Option<Type>,
    exact: Vec<Type>,
    lower: Vec<Type>,
    upper: Vec<Type>,
}

/// A lambda that could not be looked into for errors of its own, with the types of its parameters.
type Broken = Option<(ExprId, Vec<Type>)>;

struct Inference {
    /// Number of the first type parameter that is looked for.
    first: usize,
    bounds: Vec<Bounds>,
}

/// Which way types may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Exact,
    Lower,
    Upper,
}

impl Side {
    fn within(self, variance: Variance, is_reference: bool) -> Side {
        match (variance, self) {
            (Variance::Out, side) if is_reference => side,
            (Variance::In, Side::Lower) if is_reference => Side::Upper,
            (Variance::In, Side::Upper) if is_reference => Side::Lower,
            _ => Side::Exact,
        }
    }
}

impl Binder<'_> {
    /// Finds `count` type parameters, numbered from `first` on, such that the arguments fit the parameters.
    pub(super) fn infer(
        &mut self,
        first: usize,
        count: usize,
        parameters: &[Type],
        arguments: &[Argument],
    ) -> Result<Vec<Type>, Broken> {
        let mut inference = Inference { first, bounds: (0..count).map(|_| Bounds::default()).collect() };
        for (parameter, argument) in parameters.iter().zip(arguments) {
            self.infer_from_type(&mut inference, parameter, &argument.operand);
        }
        let mut done = vec![false; arguments.len()];
        let mut broken = None;
        // Each round fixes a type parameter or ends the search.
        for _ in 0..=count + arguments.len() {
            if inference.bounds.iter().all(|bounds| bounds.fixed.is_some()) {
                break;
            }
            if !inference.fix_independent(parameters, arguments, &done) {
                return Err(broken);
            }
            for (index, (parameter, argument)) in parameters.iter().zip(arguments).enumerate() {
                if !done.get(index).copied().unwrap_or(true) && inference.knows_inputs(parameter, &argument.operand) {
                    if let Some(slot) = done.get_mut(index) {
                        *slot = true;
                    }
                    self.infer_from_output(&mut inference, parameter, &argument.operand, &mut broken);
                }
            }
        }
        inference.bounds.into_iter().map(|bounds| bounds.fixed).collect::<Option<Vec<_>>>().ok_or(broken)
    }

    /// First phase: arguments that have a type.
    fn infer_from_type(&mut self, inference: &mut Inference, parameter: &Type, operand: &Operand) {
        match operand {
            Operand::Lambda(id, _) => {
                let (Some(written), Some(signature)) = (self.written_parameter_types(*id), Signature::of(parameter))
                else {
                    return;
                };
                for (of, parameter) in written.iter().zip(&signature.parameters) {
                    inference.bound(of, &parameter.of, Side::Exact);
                }
            }
            Operand::Tuple(tuple) => {
                if let Type::Tuple(items) = parameter {
                    for (item, parameter) in tuple.items.iter().zip(items.iter()) {
                        self.infer_from_type(inference, parameter, item);
                    }
                } else if let Some(of) = operand.natural_type() {
                    inference.bound(&of, parameter, Side::Lower);
                }
            }
            Operand::Out(out) => {
                if let Some(of) = &out.of {
                    inference.bound(of, parameter, Side::Exact);
                }
            }
            _ => {
                if let Some(of) = operand.natural_type() {
                    inference.bound(&of, parameter, Side::Lower);
                }
            }
        }
    }

    /// Second phase: what lambdas and methods return, given what they take.
    fn infer_from_output(
        &mut self,
        inference: &mut Inference,
        parameter: &Type,
        operand: &Operand,
        broken: &mut Broken,
    ) {
        let Some(signature) = Signature::of(parameter) else { return };
        let types: Vec<Type> = signature.types().iter().map(|of| inference.substitute(of)).collect();
        match operand {
            Operand::Lambda(id, _) => match self.lambda_result(*id, &types) {
                Ok(Some(of)) => inference.bound(&of, &signature.returns, Side::Lower),
                Ok(None) => {}
                Err(_) => *broken = Some((*id, types)),
            },
            Operand::Methods(group) => {
                if let Some((found, _)) = self.resolve_group(group, &types) {
                    inference.bound(&found.returns(), &signature.returns, Side::Lower);
                }
            }
            Operand::Function(index, _) => {
                let function = self.local_functions.get(*index).filter(|function| function.type_parameter_count == 0);
                if let Some(of) = function.map(|function| function.returns.clone()) {
                    inference.bound(&of, &signature.returns, Side::Lower);
                }
            }
            _ => {}
        }
    }
}

impl Inference {
    /// Which of the wanted type parameters a type is.
    fn index(&self, of: &Type) -> Option<usize> {
        match of {
            Type::Parameter(index) => {
                usize::from(*index).checked_sub(self.first).filter(|index| *index < self.bounds.len())
            }
            _ => None,
        }
    }

    /// The wanted type parameters in a type.
    fn mentioned(&self, of: &Type, found: &mut Vec<usize>) {
        match of {
            Type::Parameter(_) => found.extend(self.index(of)),
            Type::Nullable(element) | Type::Array(element, _) => self.mentioned(element, found),
            Type::Class(_, types) | Type::Tuple(types) => types.iter().for_each(|of| self.mentioned(of, found)),
            _ => {}
        }
    }

    /// Type parameters that must be known before a lambda or method group can be looked into.
    fn inputs(&self, parameter: &Type, operand: &Operand) -> Vec<usize> {
        let mut found = Vec::new();
        if matches!(operand, Operand::Lambda(..) | Operand::Methods(_) | Operand::Function(..))
            && let Some(signature) = Signature::of(parameter)
        {
            signature.parameters.iter().for_each(|parameter| self.mentioned(&parameter.of, &mut found));
        }
        found
    }

    fn outputs(&self, parameter: &Type, operand: &Operand) -> Vec<usize> {
        let mut found = Vec::new();
        if matches!(operand, Operand::Lambda(..) | Operand::Methods(_) | Operand::Function(..))
            && let Some(signature) = Signature::of(parameter)
        {
            self.mentioned(&signature.returns, &mut found);
        }
        found
    }

    fn is_fixed(&self, index: usize) -> bool {
        self.bounds.get(index).is_some_and(|bounds| bounds.fixed.is_some())
    }

    fn knows_inputs(&self, parameter: &Type, operand: &Operand) -> bool {
        matches!(operand, Operand::Lambda(..) | Operand::Methods(_) | Operand::Function(..))
            && self.inputs(parameter, operand).iter().all(|index| self.is_fixed(*index))
    }

    /// Fixes the type parameters that have bounds and whose bounds do not wait for others; if all wait for each other, those that something
    /// waits for. `false`: there are none, or their bounds contradict each other.
    fn fix_independent(&mut self, parameters: &[Type], arguments: &[Argument], done: &[bool]) -> bool {
        let mut waits = vec![false; self.bounds.len()];
        let mut awaited = vec![false; self.bounds.len()];
        let mut has_ready_lambda = false;
        for (index, (parameter, argument)) in parameters.iter().zip(arguments).enumerate() {
            if done.get(index).copied().unwrap_or(true) {
                continue;
            }
            let inputs: Vec<usize> =
                self.inputs(parameter, &argument.operand).into_iter().filter(|index| !self.is_fixed(*index)).collect();
            let outputs = self.outputs(parameter, &argument.operand);
            has_ready_lambda |= inputs.is_empty() && !outputs.is_empty();
            for index in &inputs {
                awaited.get_mut(*index).into_iter().for_each(|awaited| *awaited = true);
            }
            // What a lambda returns is looked into first, if that can be done at all.
            for index in outputs {
                waits.get_mut(index).into_iter().for_each(|waits| *waits = true);
            }
        }
        let mut fixed_any = false;
        for pass_awaited in [false, true] {
            for index in 0..self.bounds.len() {
                let flag = |flags: &[bool]| flags.get(index).copied().unwrap_or(false);
                let may = if pass_awaited { flag(&awaited) } else { !flag(&waits) };
                if may && !self.is_fixed(index) && self.bounds.get(index).is_some_and(Bounds::has_any) {
                    if !self.fix(index) {
                        return false;
                    }
                    fixed_any = true;
                }
            }
            if fixed_any || has_ready_lambda {
                break;
            }
        }
        fixed_any || has_ready_lambda
    }

    /// Chooses the type that all bounds allow.
    fn fix(&mut self, index: usize) -> bool {
        let Some(bounds) = self.bounds.get_mut(index) else { return false };
        let converts = |from: &Type, to: &Type| standard_conversion(from, to, Mode::Implicit).is_some();
        let all: Vec<&Type> = bounds.exact.iter().chain(&bounds.lower).chain(&bounds.upper).collect();
        let allowed: Vec<&Type> = all
            .iter()
            .copied()
            .filter(|of| {
                bounds.exact.iter().all(|exact| is_same(exact, of))
                    && bounds.lower.iter().all(|lower| converts(lower, of))
                    && bounds.upper.iter().all(|upper| converts(of, upper))
            })
            .collect();
        let is_from = |of: &&Type| allowed.iter().all(|other| converts(other, of));
        // `dynamic` before `object`, where both are bounds.
        let chosen = allowed.iter().copied().filter(is_from).max_by_key(|of| **of == Type::Dynamic);
        bounds.fixed = chosen.cloned();
        bounds.fixed.is_some()
    }

    fn substitute(&self, of: &Type) -> Type {
        let arguments: Vec<Type> = (0..self.first)
            .map(|index| Type::Parameter(u8::try_from(index).unwrap_or(u8::MAX)))
            .chain(self.bounds.iter().enumerate().map(|(index, bounds)| {
                let own = Type::Parameter(u8::try_from(self.first + index).unwrap_or(u8::MAX));
                bounds.fixed.clone().unwrap_or(own)
            }))
            .collect();
        of.substitute(&arguments)
    }

    /// A type is given where `to` is declared.
    fn bound(&mut self, from: &Type, to: &Type, side: Side) {
        if *from == Type::Void || *from == Type::Null {
            return;
        }
        if let Some(index) = self.index(to) {
            if let Some(bounds) = self.bounds.get_mut(index).filter(|bounds| bounds.fixed.is_none()) {
                let list = match side {
                    Side::Exact => &mut bounds.exact,
                    Side::Lower => &mut bounds.lower,
                    Side::Upper => &mut bounds.upper,
                };
                if !list.contains(from) {
                    list.push(from.clone());
                }
            }
            return;
        }
        match (from, to) {
            (Type::Nullable(from), Type::Nullable(to)) => self.bound(from, to, side),
            (Type::Array(from, rank), Type::Array(to, other)) if rank == other => {
                let side = if is_reference(from) { side } else { Side::Exact };
                self.bound(from, to, side);
            }
            (Type::Tuple(from), Type::Tuple(to)) if from.len() == to.len() => {
                from.iter().zip(to.iter()).for_each(|(from, to)| self.bound(from, to, Side::Exact));
            }
            (_, Type::Class(class, arguments)) if side != Side::Upper && !arguments.is_empty() => {
                self.bound_class(from, *class, arguments, side);
            }
            (Type::Class(class, arguments), _) if side == Side::Upper && !arguments.is_empty() => {
                let view = to.clone();
                self.bound_upper(*class, arguments, &view);
            }
            _ => {}
        }
    }

    /// `List<int>` where `IEnumerable<T>` is declared.
    fn bound_class(&mut self, from: &Type, class: ClassId, arguments: &[Type], side: Side) {
        let matching = |of: &Type| match of {
            Type::Class(found, types) if *found == class => Some(types.clone()),
            _ => None,
        };
        let types = if side == Side::Exact {
            matching(from)
        } else {
            let mut found: Vec<_> = supertypes(from).iter().filter_map(matching).collect();
            // Two ways to be the same interface tell nothing.
            if found.len() > 1 && found.iter().any(|types| Some(types) != found.first()) {
                return;
            }
            found.pop()
        };
        let Some(types) = types else { return };
        let parameters = &library::get().class(class).parameters;
        for ((from, to), (_, variance)) in types.iter().zip(arguments).zip(parameters) {
            let side =
                if side == Side::Exact { Side::Exact } else { Side::Lower.within(*variance, is_reference(from)) };
            self.bound(from, to, side);
        }
    }

    /// The declared type derives from what is given: inside parameters of delegates.
    fn bound_upper(&mut self, class: ClassId, arguments: &[Type], to: &Type) {
        for base in supertypes(to) {
            let Type::Class(found, types) = &base else { continue };
            if *found != class {
                continue;
            }
            let parameters = &library::get().class(class).parameters;
            for ((from, to), (_, variance)) in arguments.iter().zip(types.iter()).zip(parameters) {
                self.bound(from, to, Side::Upper.within(*variance, is_reference(from)));
            }
            return;
        }
    }
}

impl Bounds {
    fn has_any(&self) -> bool {
        !(self.exact.is_empty() && self.lower.is_empty() && self.upper.is_empty())
    }
}

impl Binder<'_> {
    /// Whether an object can be the first argument of a generic extension method, whatever the others are.
    pub(super) fn receiver_fits(&mut self, first: usize, count: usize, parameter: &Type, receiver: &Argument) -> bool {
        let mut inference = Inference { first, bounds: (0..count).map(|_| Bounds::default()).collect() };
        self.infer_from_type(&mut inference, parameter, &receiver.operand);
        for index in 0..count {
            if inference.bounds.get(index).is_some_and(Bounds::has_any) {
                inference.fix(index);
            }
        }
        let parameter = inference.substitute(parameter);
        self.implicit(&receiver.operand, &parameter).is_some()
    }
}
