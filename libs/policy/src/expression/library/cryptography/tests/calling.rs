//! Calls members by their signatures, those of bases and setters too.

use smallvec::SmallVec;

use crate::expression::library::{Class, Member, MemberKind, get};
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// The result, and the values of `out` parameters.
pub(super) type Called = Result<(Value, Vec<Value>), String>;

/// Calls the member of `class` (or of a base) that was declared as `signature`; an exception comes back as `Type: message`.
pub(super) fn call(class: &str, signature: &str, arguments: &[Value]) -> Called {
    let mut exchange = MemoryExchange::default();
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    call_with(&mut machine, class, signature, arguments)
}

/// The same with budgets that last over several calls.
pub(super) fn call_with(machine: &mut Machine<'_>, class: &str, signature: &str, arguments: &[Value]) -> Called {
    run(machine, class, signature, false, arguments)
}

/// Sets a property: getter and setter are declared with the same words.
pub(super) fn set_with(
    machine: &mut Machine<'_>,
    class: &str,
    signature: &str,
    arguments: &[Value],
) -> Result<(), String> {
    run(machine, class, signature, true, arguments).map(drop)
}

fn run(machine: &mut Machine<'_>, class: &str, signature: &str, sets: bool, arguments: &[Value]) -> Called {
    let Some(id) = get().class_by_full_name(class, 0) else { panic!("no class {class}") };
    let Some(member) = find(get().class(id), signature, sets) else { panic!("{class} has no {signature}") };
    let mut call = Call { machine, arguments: arguments.iter().cloned().collect(), types: &[], outs: SmallVec::new() };
    match (member.native)(&mut call) {
        Ok(value) => Ok((value, call.outs.iter().map(|(_, value)| value.clone()).collect())),
        Err(Thrown::Exception(exception)) => Err(exception.to_string()),
        Err(Thrown::Limit(limit)) => Err(format!("{limit:?}")),
    }
}

fn find(class: &'static Class, signature: &str, sets: bool) -> Option<&'static Member> {
    let is_it = |member: &&Member| member.signature == signature && (member.kind == MemberKind::Setter) == sets;
    class.members().iter().find(is_it).or_else(|| {
        class.bases().iter().find_map(|base| match base {
            Type::Class(id, _) => find(get().class(*id), signature, sets),
            _ => None,
        })
    })
}
