//! Conversions that classes declare (`implicit operator`, `explicit operator`): which of them applies, and with which steps before and after
//! it (C# specification, §10.5).

use std::sync::Arc;

use crate::expression::bound::NativeRef;
use crate::expression::conversion::is_same;
use crate::expression::library::{self, ClassKind, MemberKind};
use crate::expression::types::Type;

use super::candidate::native;
use super::classify::{Conv, Mode, standard_conversion};
use super::lookup::find_operators;

/// A declared conversion with what is done in front of and behind it.
#[derive(Debug, Clone)]
pub(super) struct UserConversion {
    pub(super) native: NativeRef,
    /// What it takes, lifted to nullable if it is lifted.
    pub(super) takes: Type,
    pub(super) before: Conv,
    /// What it gives, lifted to nullable if it is lifted.
    pub(super) gives: Type,
    pub(super) after: Conv,
    pub(super) is_lifted: bool,
}

/// Several conversions would do equally well.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ambiguous;

/// A declared conversion that may be used.
#[derive(Debug, Clone)]
struct Declared {
    native: NativeRef,
    takes: Type,
    gives: Type,
    is_lifted: bool,
}

/// The declared conversion from one type to another.
pub(super) fn user_conversion(from: &Type, to: &Type, mode: Mode) -> Result<Option<UserConversion>, Ambiguous> {
    let is_view = |of: &Type| {
        matches!(of, Type::Object | Type::Dynamic | Type::Null | Type::Void)
            || library::get().class_of(of).is_some_and(|(class, _)| class.kind == ClassKind::Interface)
    };
    // Interfaces and `object` are reached by casts only.
    if is_view(from) || is_view(to) {
        return Ok(None);
    }
    let usable: Vec<Declared> =
        declared(from, to, mode).into_iter().filter(|declared| is_usable(declared, from, to, mode)).collect();
    if usable.is_empty() {
        return Ok(None);
    }
    let sources: Vec<&Type> = usable.iter().map(|declared| &declared.takes).collect();
    let targets: Vec<&Type> = usable.iter().map(|declared| &declared.gives).collect();
    let takes = most_specific(&sources, from, Side::Source, mode).ok_or(Ambiguous)?.clone();
    let gives = most_specific(&targets, to, Side::Target, mode).ok_or(Ambiguous)?.clone();
    let mut found =
        usable.iter().filter(|declared| is_same(&declared.takes, &takes) && is_same(&declared.gives, &gives));
    let mut best = found.clone().filter(|declared| !declared.is_lifted);
    let chosen = match (best.next(), best.next()) {
        (Some(one), None) => one,
        (None, _) => found.next().ok_or(Ambiguous)?,
        (Some(_), Some(_)) => return Err(Ambiguous),
    };
    let (Some(before), Some(after)) = (
        standard_conversion(from, &chosen.takes, Mode::Explicit),
        standard_conversion(&chosen.gives, to, Mode::Explicit),
    ) else {
        return Ok(None);
    };
    Ok(Some(UserConversion {
        native: chosen.native.clone(),
        takes: chosen.takes.clone(),
        before,
        gives: chosen.gives.clone(),
        after,
        is_lifted: chosen.is_lifted,
    }))
}

/// All conversions of the two types and their bases; with their lifted forms.
fn declared(from: &Type, to: &Type, mode: Mode) -> Vec<Declared> {
    let strip = |of: &Type| match of {
        Type::Nullable(element) => (**element).clone(),
        other => other.clone(),
    };
    let mut found: Vec<Declared> = Vec::new();
    let mut seen: Vec<*const library::Member> = Vec::new();
    for of in [strip(from), strip(to)] {
        let is_wanted = move |member: &library::Member| {
            member.kind == MemberKind::Implicit || mode == Mode::Explicit && member.kind == MemberKind::Explicit
        };
        for (holder, member) in find_operators(&of, is_wanted) {
            let [parameter] = member.parameters.as_slice() else { continue };
            if seen.contains(&std::ptr::from_ref(member)) {
                continue;
            }
            seen.push(member);
            let takes = parameter.of.substitute(&holder.arguments);
            let gives = member.returns.substitute(&holder.arguments);
            let native = native(member, Arc::clone(&holder.arguments));
            if takes.is_value_type() && gives.is_value_type() {
                found.push(Declared {
                    native: native.clone(),
                    takes: Type::nullable_of(takes.clone()),
                    gives: Type::nullable_of(gives.clone()),
                    is_lifted: true,
                });
            }
            found.push(Declared { native, takes, gives, is_lifted: false });
        }
    }
    found
}

fn is_usable(declared: &Declared, from: &Type, to: &Type, mode: Mode) -> bool {
    let implicit = |from: &Type, to: &Type| standard_conversion(from, to, Mode::Implicit).is_some();
    if declared.is_lifted && !matches!((from, to), (Type::Nullable(_), _)) {
        return false;
    }
    let (takes, gives) = (&declared.takes, &declared.gives);
    match mode {
        Mode::Implicit => implicit(from, takes) && implicit(gives, to),
        Mode::Explicit => {
            (implicit(from, takes) || implicit(takes, from)) && (implicit(gives, to) || implicit(to, gives))
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Source,
    Target,
}

/// The type among `types` that is nearest to `wanted`: `wanted` itself; else, of those on the implicit side, the one nearest to it; else the
/// nearest of the others.
fn most_specific<'t>(types: &[&'t Type], wanted: &Type, side: Side, mode: Mode) -> Option<&'t Type> {
    if let Some(same) = types.iter().find(|of| is_same(of, wanted)) {
        return Some(same);
    }
    let converts = |from: &Type, to: &Type| standard_conversion(from, to, Mode::Implicit).is_some();
    let on_side: Vec<&Type> = types
        .iter()
        .copied()
        .filter(|of| match side {
            Side::Source => converts(wanted, of),
            Side::Target => converts(of, wanted),
        })
        .collect();
    // Of the bases of the source the lowest, of the parts of the target the highest; the other way round for those on the far side.
    let wants_lowest = (side == Side::Source) == (!on_side.is_empty() || mode == Mode::Implicit);
    let pool = if on_side.is_empty() { types } else { &on_side };
    pool.iter()
        .copied()
        .find(|one| pool.iter().all(|other| if wants_lowest { converts(one, other) } else { converts(other, one) }))
}
