//! Members of interfaces: a call goes to the member of the object's own class, as a virtual call does.

use smallvec::SmallVec;

use super::arguments::Answer;
use crate::expression::library::{self, ClassKind, MemberKind};
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Longest chain of base classes; the library's are at most four long.
const BASES_MAX: usize = 16;

/// Calls the member of the object's class that has this name, kind and number of parameters. `None`: there is none, and the arguments are
/// untouched.
pub(super) fn virtual_call(call: &mut Call<'_, '_>, kind: MemberKind, name: &str) -> Option<Answer> {
    let Value::Object(object) = call.argument(0) else { return None };
    let mut of = object.of();
    for _ in 0..BASES_MAX {
        let (class, types) = library::get().class_of(&of)?;
        // An object whose class is not declared calls itself by an interface, whose members are the ones that call this.
        if class.kind == ClassKind::Interface {
            return None;
        }
        let member = class.members_named(name).find(|member| {
            member.kind == kind && !member.is_static && member.parameters.len() + 1 == call.arguments.len()
        });
        if let Some(member) = member {
            let arguments = std::mem::take(&mut call.arguments);
            let mut inner = Call { machine: &mut *call.machine, arguments, types: &types, outs: SmallVec::new() };
            let answer = (member.native)(&mut inner);
            let Call { arguments, outs, .. } = inner;
            call.outs = outs;
            if matches!(&answer, Err(thrown) if thrown.is_turn()) {
                // They wait for the next turn where they were.
                call.arguments = arguments;
            }
            return Some(answer);
        }
        let mut bases = class.bases().iter().map(|base| base.substitute(&types));
        let is_class = |base: &library::ClassId| library::get().class(*base).kind == ClassKind::Class;
        of = bases.find(|base| matches!(base, Type::Class(id, _) if is_class(id)))?;
    }
    None
}
