//! Which of two members that both take the arguments takes them better (C# specification, §12.6.4.3–7).

use crate::expression::conversion::is_same;
use crate::expression::types::{Number, Type};

use super::Binder;
use super::arguments::Argument;
use super::classify::{Mode, value_conversion};
use super::delegate::Signature;
use super::operand::Operand;
use super::resolution::{Resolution, Source};

/// Which of two is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    First,
    Second,
    Neither,
}

impl Better {
    /// What follows from both.
    fn and(self, other: Better) -> Option<Better> {
        match (self, other) {
            (Better::Neither, other) => Some(other),
            (one, Better::Neither) => Some(one),
            (one, other) => (one == other).then_some(one),
        }
    }

    fn of(first: bool, second: bool) -> Better {
        match (first, second) {
            (true, false) => Better::First,
            (false, true) => Better::Second,
            _ => Better::Neither,
        }
    }
}

impl Binder<'_> {
    /// Compares two members for the same arguments.
    pub(super) fn compare(&mut self, one: &Resolution, two: &Resolution, arguments: &[Argument]) -> Better {
        let mut result = Better::Neither;
        let mut all_same = true;
        for (argument, (first, second)) in arguments.iter().zip(one.targets.iter().zip(&two.targets)) {
            all_same &= is_same(first, second);
            let better = self.better_conversion(&argument.operand, first, second);
            match result.and(better) {
                Some(better) => result = better,
                None => return Better::Neither,
            }
        }
        if result != Better::Neither {
            return result;
        }
        let is_generic = |found: &Resolution| found.candidate.type_parameter_count > 0;
        if all_same && is_generic(one) != is_generic(two) {
            return Better::of(!is_generic(one), !is_generic(two));
        }
        if one.is_expanded != two.is_expanded {
            return Better::of(!one.is_expanded, !two.is_expanded);
        }
        let count = |found: &Resolution| found.candidate.parameters.len();
        if one.is_expanded && count(one) != count(two) {
            return Better::of(count(one) > count(two), count(two) > count(one));
        }
        let defaults = |found: &Resolution| found.sources.iter().filter(|source| **source == Source::Default).count();
        if (defaults(one) == 0) != (defaults(two) == 0) {
            return Better::of(defaults(one) == 0, defaults(two) == 0);
        }
        if all_same { more_specific_parameters(one, two) } else { Better::Neither }
    }

    /// Which type an expression converts to better.
    pub(super) fn better_conversion(&mut self, operand: &Operand, first: &Type, second: &Type) -> Better {
        if is_same(first, second) {
            return Better::Neither;
        }
        if let Operand::Lambda(id, _) = operand {
            return self.better_delegate(*id, first, second);
        }
        if let Some(of) = operand.natural_type() {
            let exact = Better::of(is_same(&of, first), is_same(&of, second));
            if exact != Better::Neither {
                return exact;
            }
        }
        better_target(first, second)
    }

    /// Which delegate a lambda becomes better: the one whose result is nearer to what it returns.
    fn better_delegate(&mut self, id: crate::expression::ast::ExprId, first: &Type, second: &Type) -> Better {
        let (Some(one), Some(two)) = (Signature::of(first), Signature::of(second)) else {
            return better_target(first, second);
        };
        let same_parameters = one.parameters.len() == two.parameters.len()
            && one.parameters.iter().zip(&two.parameters).all(|(one, two)| is_same(&one.of, &two.of));
        if !same_parameters {
            return Better::Neither;
        }
        match (&one.returns, &two.returns) {
            (Type::Void, Type::Void) => Better::Neither,
            (Type::Void, _) => Better::Second,
            (_, Type::Void) => Better::First,
            (first, second) => {
                let returned = self.lambda_type(id, &one.types());
                if let Some(of) = returned {
                    let exact = Better::of(is_same(&of, first), is_same(&of, second));
                    if exact != Better::Neither {
                        return exact;
                    }
                }
                better_target(first, second)
            }
        }
    }
}

/// Which type is nearer to everything: it converts to the other, but not the other way round.
pub(super) fn better_target(first: &Type, second: &Type) -> Better {
    let converts = |from: &Type, to: &Type| value_conversion(from, to, Mode::Implicit).is_some();
    let nearer = Better::of(converts(first, second), converts(second, first));
    if nearer != Better::Neither {
        return nearer;
    }
    Better::of(is_signed_before(first, second), is_signed_before(second, first))
}

/// Signed numbers come before unsigned ones that are not smaller.
fn is_signed_before(first: &Type, second: &Type) -> bool {
    let strip = |of: &Type| match of {
        Type::Nullable(element) => (**element).clone(),
        other => other.clone(),
    };
    let (Type::Number(first), Type::Number(second)) = (strip(first), strip(second)) else { return false };
    match first {
        Number::SByte => matches!(second, Number::Byte | Number::UShort | Number::UInt | Number::ULong),
        Number::Short => matches!(second, Number::UShort | Number::UInt | Number::ULong),
        Number::Int => matches!(second, Number::UInt | Number::ULong),
        Number::Long => second == Number::ULong,
        _ => false,
    }
}

/// Compares the declared types: `List<T>` says more than `T`.
fn more_specific_parameters(one: &Resolution, two: &Resolution) -> Better {
    let mut result = Better::Neither;
    for (first, second) in one.candidate.parameters.iter().zip(two.candidate.parameters.iter()) {
        match result.and(more_specific(&first.of, &second.of)) {
            Some(better) => result = better,
            None => return Better::Neither,
        }
    }
    result
}

fn more_specific(first: &Type, second: &Type) -> Better {
    let all = |ones: &[Type], twos: &[Type]| {
        let mut result = Better::Neither;
        for (one, two) in ones.iter().zip(twos) {
            match result.and(more_specific(one, two)) {
                Some(better) => result = better,
                None => return Better::Neither,
            }
        }
        result
    };
    match (first, second) {
        (Type::Parameter(_), Type::Parameter(_)) => Better::Neither,
        (Type::Parameter(_), _) => Better::Second,
        (_, Type::Parameter(_)) => Better::First,
        (Type::Array(one, _), Type::Array(two, _)) | (Type::Nullable(one), Type::Nullable(two)) => {
            more_specific(one, two)
        }
        (Type::Class(one, ones), Type::Class(two, twos)) if one == two => all(ones, twos),
        (Type::Tuple(ones), Type::Tuple(twos)) => all(ones, twos),
        _ => Better::Neither,
    }
}
