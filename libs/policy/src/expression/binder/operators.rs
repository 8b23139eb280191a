//! Operators that classes declare, and what is said when there is none.

use std::borrow::Cow;
use std::sync::Arc;

use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, BoundStatementKind, Primitive, PrimitiveUnary};
use crate::expression::library::{MemberKind, Parameter};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::{Candidate, Target};
use super::classify::Conv;
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::lookup::find_operators;
use super::operand::Operand;
use super::resolution::{Failure, Resolution};

impl Binder<'_> {
    /// An operator that a class of one of the operands declares; gives the operands back if there is none.
    pub(super) fn declared_operator(
        &mut self,
        symbol: &'static str,
        operands: Vec<Operand>,
        span: Span,
    ) -> Result<Bind<Operand>, Vec<Operand>> {
        let candidates = operator_candidates(symbol, &operands);
        if candidates.is_empty() {
            return Err(operands);
        }
        let arguments: Vec<Argument> = operands.into_iter().map(Argument::plain).collect();
        let give_back = |arguments: Vec<Argument>| arguments.into_iter().map(|argument| argument.operand).collect();
        match self.resolve(&candidates, &arguments, &[]) {
            Ok(resolution) if compares_identity(&resolution) && !all_upcast(&resolution) => Err(give_back(arguments)),
            Ok(resolution) => Ok(self.build_call(&resolution, None, arguments, span).map(Operand::Value)),
            Err(Failure::Ambiguous(_)) => {
                let [left, right] = arguments.as_slice() else { return Err(give_back(arguments)) };
                let message = format!(
                    "Operator '{symbol}' is ambiguous on operands of type '{}' and '{}'",
                    left.operand.describe(),
                    right.operand.describe()
                );
                Ok(self.fail("CS0034", span, message))
            }
            Err(Failure::NoneFits(_)) => {
                let lifted: Vec<Candidate> = candidates.iter().filter_map(lifted).collect();
                match self.resolve(&lifted, &arguments, &[]) {
                    Ok(resolution) => {
                        let original =
                            candidates.iter().find(|candidate| same_target(candidate, &resolution.candidate)).cloned();
                        Ok(match original {
                            Some(original) => self.lifted_call(symbol, &original, &resolution.targets, arguments, span),
                            None => Err(Reported),
                        })
                    }
                    Err(_) => Err(give_back(arguments)),
                }
            }
        }
    }

    /// A declared operator on operands that may be null.
    fn lifted_call(
        &mut self,
        symbol: &str,
        candidate: &Candidate,
        targets: &[Type],
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<Operand> {
        let mut statements = Vec::new();
        let mut inner = Vec::new();
        let mut nulls = Vec::new();
        for (argument, target) in arguments.into_iter().zip(targets) {
            let value = self.convert(argument.operand, target)?;
            let local = self.hold(&value);
            nulls.push(boxed(span, target, BoundKind::Local(local)));
            let element = match target {
                Type::Nullable(element) => (**element).clone(),
                other => other.clone(),
            };
            inner.push(Argument::plain(Operand::value(span, element, BoundKind::Local(local))));
            let kind = BoundStatementKind::Declare { local, value: Some(*value) };
            statements.push(BoundStatement { span, kind });
        }
        let resolution = self.resolve(std::slice::from_ref(candidate), &inner, &[]).map_err(|_| Reported)?;
        let mut call = self.build_call(&resolution, None, inner, span)?;
        let is_comparison = matches!(symbol, "==" | "!=" | "<" | ">" | "<=" | ">=");
        let of = if is_comparison { Type::Bool } else { Type::nullable_of(call.of.clone()) };
        call.of = of.clone();
        let is_null = |operand: &BoundExpr, is_negated: bool| {
            let BoundKind::Local(local) = operand.kind else {
                return boxed(span, &Type::Bool, BoundKind::Default(Type::Bool));
            };
            let operand = boxed(span, &operand.of, BoundKind::Local(local));
            boxed(span, &Type::Bool, BoundKind::IsNull { is_negated, operand })
        };
        let all = |is_negated: bool| {
            let mut tests = nulls.iter().map(|operand| is_null(operand, is_negated));
            let first = tests.next().unwrap_or_else(|| boxed(span, &Type::Bool, BoundKind::Default(Type::Bool)));
            tests.fold(first, |left, right| boxed(span, &Type::Bool, BoundKind::And(left, right)))
        };
        let otherwise = match symbol {
            "==" => all(false),
            "!=" => {
                let kind = BoundKind::Unary {
                    operator: PrimitiveUnary::Not,
                    on: Primitive::Bool,
                    is_checked: false,
                    is_lifted: false,
                    operand: all(false),
                };
                boxed(span, &Type::Bool, kind)
            }
            _ => self.default_of(&of, span),
        };
        let kind = BoundKind::Conditional { condition: all(true), then: call, otherwise };
        let result = boxed(span, &of, kind);
        Ok(Operand::value(span, of, BoundKind::Sequence(statements, result)))
    }

    /// Reports that there is no such operator for two operands.
    pub(super) fn no_operator<T>(&mut self, symbol: &str, left: &Operand, right: &Operand, span: Span) -> Bind<T> {
        let describe = |operand: &Operand| match operand.natural_type() {
            Some(of) if self.is_at_run_time => super::text::full_type(&of),
            _ if operand.is_null() => "<null>".to_owned(),
            _ => operand.describe(),
        };
        let (left, right) = (describe(left), describe(right));
        let message = format!("Operator '{symbol}' cannot be applied to operands of type '{left}' and '{right}'");
        self.fail("CS0019", span, message)
    }
}

/// Operators of the operands' classes.
fn operator_candidates(symbol: &'static str, operands: &[Operand]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for operand in operands {
        let of = match operand.natural_type() {
            Some(Type::Nullable(element)) => (*element).clone(),
            Some(of @ Type::Class(..)) => of,
            _ => continue,
        };
        if !matches!(of, Type::Class(..)) {
            continue;
        }
        let count = operands.len();
        let is_wanted = move |member: &crate::expression::library::Member| {
            member.kind == MemberKind::Operator && &*member.name == symbol && member.parameters.len() == count
        };
        for (holder, member) in find_operators(&of, is_wanted) {
            let candidate = Candidate::member(holder.class, Arc::clone(&holder.arguments), member, 0);
            if !found.iter().any(|known| same_target(known, &candidate)) {
                found.push(candidate);
            }
        }
    }
    found
}

/// Whether an operator is there only because the library makes an object anew each time a JSON token is looked at: to C# it is the comparison of
/// references.
fn compares_identity(resolution: &Resolution) -> bool {
    matches!(&resolution.candidate.target, Target::Member(class, member)
        if &*class.full_name == "Newtonsoft.Json.Linq.JToken" && matches!(&*member.name, "==" | "!="))
}

/// Whether all arguments are references to what is asked for.
fn all_upcast(resolution: &Resolution) -> bool {
    resolution.conversions.iter().all(|conversion| matches!(conversion, Conv::Identity | Conv::Upcast))
}

fn same_target(one: &Candidate, two: &Candidate) -> bool {
    match (&one.target, &two.target) {
        (Target::Member(_, one), Target::Member(_, two)) => std::ptr::eq(*one, *two),
        _ => false,
    }
}

/// The operator with operands that may be null; only for structs.
fn lifted(candidate: &Candidate) -> Option<Candidate> {
    let lift = |parameter: &Parameter| {
        let of = parameter.of.substitute(&candidate.class_arguments);
        of.is_value_type().then(|| Parameter { of: Type::nullable_of(of), ..parameter.clone() })
    };
    let parameters: Vec<Parameter> = candidate.parameters.iter().map(lift).collect::<Option<_>>()?;
    Some(Candidate { parameters: Cow::Owned(parameters), ..candidate.clone() })
}
