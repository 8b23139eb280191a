//! Lambdas and anonymous methods.
//!
//! A lambda has no type of its own. Overload resolution and type inference have to know what it returns for certain parameter types; they ask
//! for a *trial*: the body is bound in silence and thrown away, but for the types of what it returns. What must hold, so that nested lambdas do
//! not multiply: a trial is made once for the same lambda, parameter types and surroundings.

use std::rc::Rc;

use crate::expression::ast::{ExprId, ExprKind, Lambda, LambdaBody, UnaryOperator};
use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, BoundStatementKind};
use crate::expression::conversion::is_same;
use crate::expression::limits;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::convert::boxed;
use super::delegate::Signature;
use super::error::{Bind, Reported};
use super::operand::{Operand, TupleOperand};
use super::scope::{Frame, Returns};

/// A lambda, the number of its surroundings, the types of its parameters.
pub(super) type TrialKey = (ExprId, u32, Vec<Type>);

/// What a trial found.
#[derive(Debug)]
pub(super) struct Trial {
    /// What is returned, without its code.
    returns: Vec<Operand>,
    /// Whether it was without errors.
    is_valid: bool,
}

impl<'t> Binder<'t> {
    /// The lambda as it was written; none for those of queries.
    fn lambda(&self, id: ExprId) -> Option<&'t Lambda> {
        let tree = self.tree;
        if id.index() as usize >= tree.expression_count() {
            return None;
        }
        match &tree[id].kind {
            ExprKind::Lambda(lambda) => Some(lambda),
            _ => None,
        }
    }

    fn lambda_span(&self, id: ExprId) -> Span {
        match self.query_lambda(id) {
            Some(lambda) => lambda.span,
            None => self.tree[id].span,
        }
    }

    /// How many parameters a lambda has; none if it does not say.
    fn parameter_count(&self, id: ExprId) -> Option<usize> {
        match self.query_lambda(id) {
            Some(lambda) => Some(lambda.parameters.len()),
            None => self.lambda(id)?.parameters.as_ref().map(|parameters| parameters.len()),
        }
    }

    /// The types of a lambda's parameters, if they are all written.
    pub(super) fn written_parameter_types(&mut self, id: ExprId) -> Option<Vec<Type>> {
        let parameters = self.lambda(id)?.parameters.as_deref()?;
        let outer = self.diagnostics.start_trial();
        let types = parameters.iter().map(|parameter| self.type_(parameter.of?).ok()).collect();
        self.diagnostics.end_trial(outer);
        types
    }

    /// Whether a lambda becomes a delegate of a type.
    pub(super) fn lambda_fits(&mut self, id: ExprId, to: &Type) -> bool {
        let Some(signature) = Signature::of(to) else { return false };
        if !self.parameters_fit(id, &signature) {
            return false;
        }
        let trial = self.trial(id, &signature.types());
        if !trial.is_valid {
            return false;
        }
        if signature.returns == Type::Void {
            return match self.lambda(id).map(|lambda| lambda.body) {
                Some(LambdaBody::Expression(body)) => self.is_statement(body),
                Some(LambdaBody::Block(_)) => trial.returns.is_empty(),
                None => false,
            };
        }
        trial.returns.iter().all(|operand| match operand {
            // Bound again where its surroundings are known.
            Operand::Lambda(inner, _) => Signature::of(&signature.returns).is_some_and(|signature| {
                self.parameter_count(*inner).is_none_or(|count| count == signature.parameters.len())
            }),
            operand => self.implicit(operand, &signature.returns).is_some(),
        })
    }

    fn parameters_fit(&mut self, id: ExprId, signature: &Signature) -> bool {
        let Some(count) = self.parameter_count(id) else { return true };
        count == signature.parameters.len()
            && self.written_parameter_types(id).is_none_or(|written| {
                written.iter().zip(&signature.parameters).all(|(of, parameter)| is_same(of, &parameter.of))
            })
    }

    /// Whether an expression may stand as a statement: all that a lambda without a result may be.
    pub(super) fn is_statement(&self, id: ExprId) -> bool {
        match &self.tree[id].kind {
            ExprKind::Call { .. } | ExprKind::Assign { .. } | ExprKind::New { .. } => true,
            ExprKind::Unary { operator, .. } => matches!(
                operator,
                UnaryOperator::PreIncrement
                    | UnaryOperator::PreDecrement
                    | UnaryOperator::PostIncrement
                    | UnaryOperator::PostDecrement
            ),
            ExprKind::ConditionalAccess { access, .. } => self.is_statement(*access),
            ExprKind::Throw(_) => true,
            _ => false,
        }
    }

    /// What a lambda returns for certain parameters: `None` if nothing or nothing with a type; `Err` if its body is in error.
    pub(super) fn lambda_result(&mut self, id: ExprId, parameters: &[Type]) -> Bind<Option<Type>> {
        if self.parameter_count(id).is_some_and(|count| count != parameters.len()) {
            return Ok(None);
        }
        let trial = self.trial(id, parameters);
        if !trial.is_valid {
            return Err(Reported);
        }
        Ok(self.best_common_type(&trial.returns))
    }

    /// The same without the reason.
    pub(super) fn lambda_type(&mut self, id: ExprId, parameters: &[Type]) -> Option<Type> {
        self.lambda_result(id, parameters).ok().flatten()
    }

    /// The type that all of some expressions become.
    pub(super) fn best_common_type(&mut self, operands: &[Operand]) -> Option<Type> {
        let mut types: Vec<Type> = Vec::new();
        for of in operands.iter().filter_map(Operand::natural_type) {
            if !types.contains(&of) {
                types.push(of);
            }
            if types.len() > limits::BRANCH_TYPES_MAX {
                return None;
            }
        }
        let mut fitting = types.iter().filter(|to| {
            operands.iter().all(|operand| operand.natural_type().is_none() || self.implicit(operand, to).is_some())
        });
        let found = fitting.next().cloned();
        found.or_else(|| types.contains(&Type::Void).then_some(Type::Void))
    }

    fn trial(&mut self, id: ExprId, parameters: &[Type]) -> Rc<Trial> {
        let key = self.trial_key(id, parameters);
        if let Some(trial) = self.trials.get(&key) {
            return Rc::clone(trial);
        }
        let environment = self.environment(&key);
        let outer = self.diagnostics.start_trial();
        let (functions, local_functions) = (self.functions.len(), self.local_functions.len());
        let function = self.reserve_function();
        let mut frame = Frame::new(function, None, Returns::Collected(Vec::new()));
        frame.environment = environment;
        self.frames.push(frame);
        let bound = self.lambda_body(id, parameters);
        let returns = match self.frames.pop().map(|frame| frame.returns) {
            Some(Returns::Collected(returns)) => returns,
            _ => Vec::new(),
        };
        self.functions.truncate(functions);
        self.local_functions.truncate(local_functions);
        self.local_functions.iter_mut().for_each(|function| function.forget_from(functions));
        let is_valid = self.diagnostics.end_trial(outer) && bound.is_ok();
        let trial = Rc::new(Trial { returns: returns.into_iter().map(skeleton).collect(), is_valid });
        self.trials.insert(key, Rc::clone(&trial));
        trial
    }

    fn trial_key(&mut self, id: ExprId, parameters: &[Type]) -> TrialKey {
        (id, self.frame().environment, parameters.to_vec())
    }

    pub(super) fn environment(&mut self, key: &TrialKey) -> u32 {
        let next = self.environments.len() as u32 + 1;
        *self.environments.entry(key.clone()).or_insert(next)
    }

    /// Binds parameters and body in the innermost function.
    fn lambda_body(&mut self, id: ExprId, parameters: &[Type]) -> Bind<BoundStatement> {
        if self.query_lambda(id).is_some() {
            return self.query_lambda_body(id, parameters);
        }
        let lambda = self.lambda(id).ok_or(Reported)?;
        let names = lambda.parameters.as_deref();
        let count = |name| names.unwrap_or_default().iter().filter(|known| self.tree.text(known.name) == name).count();
        // Two of them are no names but places for what is not wanted.
        let is_name = count("_") == 1;
        for (index, of) in parameters.iter().enumerate() {
            match names.and_then(|names| names.get(index)) {
                Some(parameter) if self.tree.text(parameter.name) != "_" || is_name => {
                    self.declare(parameter.name, of.clone());
                }
                _ => {
                    self.temporary(of.clone());
                }
            }
        }
        self.frame().parameter_count = parameters.len();
        self.function_body(lambda.body)
    }

    /// Binds the body of a lambda or local function.
    pub(super) fn function_body(&mut self, body: LambdaBody) -> Bind<BoundStatement> {
        let tree = self.tree;
        match body {
            LambdaBody::Block(block) => Ok(self.statement(block)),
            LambdaBody::Expression(value) => {
                let span = tree[value].span;
                let wanted = match &self.frame().returns {
                    Returns::Known(of) => Some(of.clone()),
                    Returns::Collected(_) => None,
                };
                if let Some(reference) = self.returned_reference(value, wanted.as_ref())? {
                    return Ok(BoundStatement { span, kind: BoundStatementKind::Return(Some(*reference)) });
                }
                let operand = self.expression(value)?;
                if matches!(&self.frame().returns, Returns::Known(Type::Void)) && !self.is_statement(value) {
                    return self.fail("CS0201", span, super::statement::NOT_A_STATEMENT);
                }
                self.returned(operand, span)
            }
        }
    }

    /// The body `=> operand`.
    pub(super) fn returned(&mut self, operand: Operand, span: Span) -> Bind<BoundStatement> {
        let kind = match &self.frame().returns {
            Returns::Collected(_) => {
                let operand = self.value(operand)?;
                self.collect_return(operand);
                BoundStatementKind::Empty
            }
            Returns::Known(Type::Void) => BoundStatementKind::Expression(*self.drop_value(operand)?),
            Returns::Known(of) => {
                let of = of.clone();
                BoundStatementKind::Return(Some(*self.convert(operand, &of)?))
            }
        };
        let inside = std::mem::take(&mut self.frame().declared_inside);
        Ok(super::statement::with_declarations(inside, BoundStatement { span, kind }))
    }

    pub(super) fn collect_return(&mut self, operand: Operand) {
        if let Returns::Collected(returns) = &mut self.frame().returns {
            returns.push(operand);
        }
    }

    /// Makes a lambda a delegate.
    pub(super) fn lambda_to_delegate(&mut self, id: ExprId, to: &Type) -> Bind<Box<BoundExpr>> {
        let signature = Signature::of(to).ok_or(Reported)?;
        let span = self.lambda_span(id);
        let types = signature.types();
        let key = self.trial_key(id, &types);
        let environment = self.environment(&key);
        let function = self.reserve_function();
        let mut frame = Frame::new(function, None, Returns::Known(signature.returns));
        frame.environment = environment;
        self.frames.push(frame);
        let bound = self.lambda_body(id, &types);
        let captures = self.frame().captures.clone();
        let body = match bound {
            Ok(body) => body,
            Err(reported) => {
                self.frames.pop();
                return Err(reported);
            }
        };
        self.finish_function(body);
        Ok(boxed(span, to, BoundKind::Lambda { function, captures }))
    }

    /// Reports why a lambda does not become what is wanted.
    pub(super) fn lambda_does_not_fit(&mut self, id: ExprId, to: &Type) -> Reported {
        let span = self.lambda_span(id);
        let Some(signature) = Signature::of(to) else {
            let message = format!("Cannot convert lambda expression to type '{to}' because it is not a delegate type");
            return self.diagnostics.error("CS1660", span, message);
        };
        if let Some(count) = self.parameter_count(id).filter(|count| *count != signature.parameters.len()) {
            return self.diagnostics.error("CS1593", span, format!("Delegate '{to}' does not take {count} arguments"));
        }
        if !self.parameters_fit(id, &signature) {
            let message = format!(
                "Cannot convert lambda expression to type '{to}' because the parameter types do not match the delegate parameter types"
            );
            return self.diagnostics.error("CS1661", span, message);
        }
        match self.lambda_to_delegate(id, to) {
            Err(reported) => reported,
            Ok(_) => Reported,
        }
    }

    /// Reports the errors in a lambda's body, given the types of its parameters.
    pub(super) fn report_lambda(&mut self, id: ExprId, parameters: &[Type]) -> Reported {
        let function = self.reserve_function();
        self.frames.push(Frame::new(function, None, Returns::Collected(Vec::new())));
        let _ = self.lambda_body(id, parameters);
        self.frames.pop();
        Reported
    }
}

/// What is left of an expression when only its type counts.
fn skeleton(operand: Operand) -> Operand {
    match operand {
        Operand::Value(value) if value.as_constant().is_none() => {
            let BoundExpr { span, of, .. } = *value;
            Operand::value(span, of.clone(), BoundKind::Default(of))
        }
        Operand::Tuple(tuple) => {
            let TupleOperand { span, items, names } = *tuple;
            Operand::Tuple(Box::new(TupleOperand { span, items: items.into_iter().map(skeleton).collect(), names }))
        }
        other => other,
    }
}
