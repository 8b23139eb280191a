//! Patterns: which variables they assign.

use crate::expression::bound::{BoundExpr, BoundPattern, Local};
use crate::expression::conversion::is_subtype;
use crate::expression::library::Constant;
use crate::expression::types::Type;

use super::Flow;

impl<'u> Flow<'u, '_> {
    pub(super) fn assign_pattern(&mut self, pattern: &BoundPattern) {
        for local in pattern_locals(pattern).0 {
            self.assign(local);
        }
    }

    /// What a pattern reads.
    pub(super) fn pattern_expressions(&mut self, pattern: &'u BoundPattern) {
        match pattern {
            BoundPattern::Properties { properties, object, .. } => {
                self.assign(*object);
                for (value, inner) in properties {
                    self.expression(value);
                    self.pattern_expressions(inner);
                }
            }
            BoundPattern::Tuple(all) => all.iter().for_each(|inner| self.pattern_expressions(inner)),
            BoundPattern::Not(inner) => self.pattern_expressions(inner),
            BoundPattern::And(left, right) | BoundPattern::Or(left, right) => {
                self.pattern_expressions(left);
                self.pattern_expressions(right);
            }
            _ => {}
        }
    }
}

/// Whether a value certainly fits a pattern, or certainly does not.
pub(super) fn certainty(value: &BoundExpr, pattern: &BoundPattern) -> Option<bool> {
    let constant = value.as_constant();
    match pattern {
        BoundPattern::Discard | BoundPattern::Var(_) => Some(true),
        BoundPattern::Constant(wanted) => constant.map(|constant| constant == wanted),
        BoundPattern::Type { of, .. } => {
            let is_there = constant
                .map_or(value.of.is_value_type() && !matches!(value.of, Type::Nullable(_)), |constant| {
                    *constant != Constant::Null
                });
            (is_there && (value.of == *of || is_subtype(&value.of, of))).then_some(true)
        }
        _ => None,
    }
}

/// Variables assigned if a pattern fits, and those assigned if it does not.
pub(super) fn pattern_locals(pattern: &BoundPattern) -> (Vec<Local>, Vec<Local>) {
    match pattern {
        BoundPattern::Var(local) | BoundPattern::Type { into: Some(local), .. } => (vec![*local], Vec::new()),
        BoundPattern::Properties { properties, into, .. } => {
            let mut locals: Vec<Local> = into.iter().copied().collect();
            properties.iter().for_each(|(_, inner)| locals.extend(pattern_locals(inner).0));
            (locals, Vec::new())
        }
        BoundPattern::Tuple(all) => (all.iter().flat_map(|inner| pattern_locals(inner).0).collect(), Vec::new()),
        BoundPattern::Not(inner) => {
            let (positive, negative) = pattern_locals(inner);
            (negative, positive)
        }
        BoundPattern::And(left, right) => {
            let (mut positive, _) = pattern_locals(left);
            positive.extend(pattern_locals(right).0);
            (positive, Vec::new())
        }
        BoundPattern::Or(left, right) => {
            let mut negative = pattern_locals(left).1;
            negative.extend(pattern_locals(right).1);
            (Vec::new(), negative)
        }
        _ => (Vec::new(), Vec::new()),
    }
}
