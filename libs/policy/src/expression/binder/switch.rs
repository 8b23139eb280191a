//! `switch`, as a statement and as an expression.

use crate::expression::ast::{ExprId, SwitchArm, SwitchLabel, SwitchSection};
use crate::expression::bound::{BoundExpr, BoundKind, BoundPattern, BoundSection, BoundStatement, BoundStatementKind};
use crate::expression::conversion::{is_same, is_subtype};
use crate::expression::library::Constant;
use crate::expression::limits;
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};

use super::Binder;
use super::binary::strip_nullable;
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::operand::{Operand, SwitchOperand};
use super::pattern::input_type;
use super::scope::{Jump, Scope};
use super::text;

/// Labels of a section, with the scope of the variables in their patterns.
struct Labels {
    scope: Scope,
    bound: Vec<Option<(BoundPattern, Option<BoundExpr>)>>,
    span: Span,
}

/// The type of a constant that is not null.
fn constant_type(constant: &Constant) -> Option<Type> {
    Some(match constant {
        Constant::Null => return None,
        Constant::Bool(_) => Type::Bool,
        Constant::Char(_) => Type::Char,
        Constant::Integer(number, _) => Type::Number(*number),
        Constant::Float(_) => Type::Number(Number::Float),
        Constant::Double(_) => Type::DOUBLE,
        Constant::Decimal(_) => Type::Number(Number::Decimal),
        Constant::String(_) => Type::String,
        Constant::Enum(class, _) => Type::Class(*class, std::sync::Arc::default()),
    })
}

impl Binder<'_> {
    /// `switch (value) { sections }`
    pub(super) fn switch_statement(&mut self, value: ExprId, sections: &[SwitchSection]) -> Bind<BoundStatementKind> {
        let value = self.typed(value)?;
        let input = input_type(&value.of);
        self.open_scope();
        let bound = self.switch_sections(&input, sections);
        self.close_scope();
        let bound = bound?;
        self.check_reachable(&bound, sections)?;
        Ok(BoundStatementKind::Switch { value: *value, sections: bound })
    }

    /// Labels that an earlier one leaves nothing to.
    fn check_reachable(&mut self, bound: &[BoundSection], sections: &[SwitchSection]) -> Bind<()> {
        let mut covered: Vec<&Type> = Vec::new();
        let mut covers_all = false;
        let written = sections.iter().flat_map(|section| section.labels.iter());
        for (label, written) in bound.iter().flat_map(|section| section.labels.iter()).zip(written) {
            let (Some((pattern, guard)), SwitchLabel::Case { pattern: written, .. }) = (label, written) else {
                continue;
            };
            let is_covered = |of: &Type| covered.iter().any(|covered| *covered == of || is_subtype(of, covered));
            let is_handled = covers_all
                || match pattern {
                    BoundPattern::Type { of, .. } => is_covered(of),
                    BoundPattern::Constant(constant) => constant_type(constant).is_some_and(|of| is_covered(&of)),
                    _ => false,
                };
            if is_handled {
                let message = "The switch case is unreachable. It has already been handled by a previous case or it is impossible to \
                               match.";
                return self.fail("CS8120", self.tree[*written].span, message);
            }
            if guard.as_ref().is_none_or(|guard| guard.as_bool() == Some(true)) {
                match pattern {
                    BoundPattern::Var(_) | BoundPattern::Discard => covers_all = true,
                    BoundPattern::Type { of, .. } => covered.push(of),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn switch_sections(&mut self, input: &Type, sections: &[SwitchSection]) -> Bind<Vec<BoundSection>> {
        let mut all = Vec::with_capacity(sections.len());
        let mut jump = (Vec::new(), None);
        let mut result = Ok(());
        for (index, section) in sections.iter().enumerate() {
            match self.section_labels(input, section, index as u32, &mut jump) {
                Ok(labels) => all.push(Some(labels)),
                Err(Reported) => {
                    result = Err(Reported);
                    all.push(None);
                }
            }
        }
        let (cases, default) = jump;
        self.frame().jumps.push(Jump::Switch { cases, default, of: input.clone() });
        let mut bound = Vec::with_capacity(sections.len());
        for (labels, section) in all.into_iter().zip(sections) {
            let labels =
                labels.unwrap_or_else(|| Labels { scope: Scope::default(), bound: Vec::new(), span: Span::default() });
            self.frame().scopes.push(labels.scope);
            self.scope().is_section = true;
            let statements = self.statements(&section.body);
            self.close_section();
            let body = BoundStatement { span: labels.span, kind: BoundStatementKind::Block(statements) };
            bound.push(BoundSection { labels: labels.bound, body });
        }
        self.frame().jumps.pop();
        result.map(|()| bound)
    }

    /// All sections are one block: what one declares, but for the variables of its patterns, the next ones know, too.
    fn close_section(&mut self) {
        let Some(section) = self.frame().scopes.pop() else { return };
        let declared = section.names.into_iter().filter(|(symbol, _)| section.upcoming.contains(symbol));
        self.scope().names.extend(declared);
    }

    fn section_labels(
        &mut self,
        input: &Type,
        section: &SwitchSection,
        index: u32,
        (cases, default): &mut (Vec<(Constant, u32)>, Option<u32>),
    ) -> Bind<Labels> {
        self.open_scope();
        let mut labels = Vec::with_capacity(section.labels.len());
        let mut span = None;
        let mut result = Ok(());
        for label in &section.labels {
            match label {
                SwitchLabel::Default => {
                    if default.is_some() {
                        let span = span.unwrap_or_default();
                        let message = "The switch statement contains multiple cases with the label value 'default'";
                        result = Err(self.diagnostics.error("CS0152", span, message));
                    }
                    *default = Some(index);
                    labels.push(None);
                }
                SwitchLabel::Case { pattern, guard } => {
                    let pattern_span = self.tree[*pattern].span;
                    span.get_or_insert(pattern_span);
                    match self.case(input, *pattern, *guard) {
                        Ok((pattern, guard)) => {
                            if let (BoundPattern::Constant(constant), None) = (&pattern, &guard) {
                                result = result.and(self.remember_case(cases, constant, index, pattern_span));
                            }
                            labels.push(Some((pattern, guard)));
                        }
                        Err(reported) => result = Err(reported),
                    }
                }
            }
        }
        let scope = self.frame().scopes.pop().unwrap_or_default();
        result.map(|()| Labels { scope, bound: labels, span: span.unwrap_or_default() })
    }

    fn remember_case(
        &mut self,
        cases: &mut Vec<(Constant, u32)>,
        constant: &Constant,
        index: u32,
        span: Span,
    ) -> Bind<()> {
        if cases.iter().any(|(known, _)| known == constant) {
            let message = format!(
                "The switch statement contains multiple cases with the label value '{}'",
                text::constant(constant)
            );
            return self.fail("CS0152", span, message);
        }
        cases.push((constant.clone(), index));
        Ok(())
    }

    fn case(
        &mut self,
        input: &Type,
        pattern: crate::expression::ast::PatternId,
        guard: Option<ExprId>,
    ) -> Bind<(BoundPattern, Option<BoundExpr>)> {
        let pattern = self.pattern(pattern, input)?;
        let guard = match guard {
            Some(guard) => Some(*self.condition(guard)?),
            None => None,
        };
        Ok((pattern, guard))
    }

    /// `goto case value;`
    pub(super) fn goto_case(&mut self, value: ExprId, span: Span) -> Bind<BoundStatementKind> {
        let operand = self.value_operand(value)?;
        let innermost = self.frame().jumps.iter().rev().find(|jump| matches!(jump, Jump::Switch { .. })).cloned();
        let Some(Jump::Switch { cases, of, .. }) = innermost else {
            return self.fail("CS0153", span, "A goto case is only valid inside a switch statement");
        };
        let constant = self.constant_operand(operand, &of)?;
        match cases.iter().find(|(known, _)| *known == constant) {
            Some((_, section)) => Ok(BoundStatementKind::GotoSection(*section)),
            None => {
                let message = format!(
                    "No such label 'case {}:' within the scope of the goto statement",
                    text::constant(&constant)
                );
                self.fail("CS0159", span, message)
            }
        }
    }

    /// `goto default;`
    pub(super) fn goto_default(&mut self, span: Span) -> Bind<BoundStatementKind> {
        let innermost = self.frame().jumps.iter().rev().find(|jump| matches!(jump, Jump::Switch { .. })).cloned();
        match innermost {
            Some(Jump::Switch { default: Some(section), .. }) => Ok(BoundStatementKind::GotoSection(section)),
            Some(_) => self.fail("CS0159", span, "No such label 'default:' within the scope of the goto statement"),
            None => self.fail("CS0153", span, "A goto case is only valid inside a switch statement"),
        }
    }

    /// `value switch { arms }`
    pub(super) fn switch_expression(&mut self, value: ExprId, arms: &[SwitchArm], span: Span) -> Bind<Operand> {
        let value = self.typed(value)?;
        let input = input_type(&value.of);
        let mut bound = Vec::with_capacity(arms.len());
        let mut result = Ok(());
        for arm in arms {
            let arm: Bind<_> = self.scoped(|binder| {
                let (pattern, guard) = binder.case(&input, arm.pattern, arm.guard)?;
                Ok((pattern, guard, binder.value_operand(arm.value)?))
            });
            match arm {
                Ok(arm) => bound.push(arm),
                Err(reported) => result = Err(reported),
            }
        }
        result?;
        let switch = SwitchOperand { span, value: *value, arms: bound };
        let Some(of) = self.type_of_arms(&switch) else { return Ok(Operand::Switch(Box::new(switch))) };
        let mut arms = Vec::with_capacity(switch.arms.len());
        for (pattern, guard, arm) in switch.arms {
            arms.push((pattern, guard, *self.convert(arm, &of)?));
        }
        Ok(Operand::Value(boxed(span, &of, BoundKind::Switch { value: Box::new(switch.value), arms })))
    }

    /// The type that all arms become, if one of them has it.
    fn type_of_arms(&mut self, switch: &SwitchOperand) -> Option<Type> {
        let mut types: Vec<Type> = Vec::new();
        for of in switch.arms.iter().filter_map(|(_, _, arm)| arm.natural_type()) {
            if !types.iter().any(|known| is_same(known, &of)) {
                types.push(of);
            }
            if types.len() > limits::BRANCH_TYPES_MAX {
                return None;
            }
        }
        let mut fitting = Vec::new();
        for of in &types {
            if switch.arms.iter().all(|(_, _, arm)| self.implicit(arm, of).is_some()) {
                fitting.push(of.clone());
            }
        }
        // Of several the one that the others widen to.
        let widest = fitting.iter().find(|of| {
            types.iter().all(|from| {
                let mode = super::classify::Mode::Implicit;
                super::classify::standard_conversion(strip_nullable(from), strip_nullable(of), mode).is_some()
            })
        });
        widest.or(fitting.first()).cloned()
    }
}
