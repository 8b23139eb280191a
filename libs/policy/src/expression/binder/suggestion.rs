//! What was meant by a name that there is not: the nearest one that there is, if it is near enough.

use crate::diagnostic::nearest;
use crate::expression::ast::Tree;
use crate::expression::conversion::supertypes;
use crate::expression::library::{self, ClassId, Library};
use crate::expression::types::Type;

use super::lookup::{extensions, holders};
use super::scope::Frame;

/// The one of some names that is nearest to a name, whatever the case of letters. Equally near ones: the first in the alphabet.
fn nearest_of<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let mut names: Vec<(String, &str)> = names
        .filter(|known| known.starts_with(char::is_alphabetic) && *known != name)
        .map(|known| (known.to_lowercase(), known))
        .collect();
    names.sort_unstable();
    let found = nearest(name, names.iter().map(|(lower, _)| lower.as_str()))?;
    let (_, known) = names.iter().find(|(lower, _)| lower == found)?;
    Some(format!("did you mean `{known}`?"))
}

/// The member or extension method of a type that a name may mean.
pub(super) fn nearest_member(of: &Type, name: &str) -> Option<String> {
    let holders = holders(of);
    let own = holders.iter().flat_map(|holder| {
        let members = holder.class.members().iter().map(|member| &*member.name);
        members.chain(holder.class.constants.iter().map(|(name, _)| &**name))
    });
    let class_of = |of: &Type| library::get().class_of(of).map(|(class, _)| class.id);
    let classes: Vec<ClassId> = supertypes(of).iter().filter_map(class_of).collect();
    let takes = |of: &Type| class_of(of).is_some_and(|class| classes.contains(&class));
    let added = extensions().filter(|member| member.parameters.first().is_some_and(|receiver| takes(&receiver.of)));
    nearest_of(name, own.chain(added.map(|member| &*member.name)))
}

/// The variable in these functions or type of the library that a name may mean.
pub(super) fn nearest_name(frames: &[Frame], tree: &Tree, library: &Library, name: &str) -> Option<String> {
    let scopes = frames.iter().flat_map(|frame| &frame.scopes);
    let declared = scopes.flat_map(|scope| scope.names.keys()).map(|symbol| tree.names.text(*symbol));
    nearest_of(name, declared.chain(["context"]).chain(library.classes().map(|class| &*class.name)))
}
