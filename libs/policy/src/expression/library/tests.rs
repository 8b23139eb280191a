use super::*;
use crate::expression::types::Type;

/// What does not resolve, for a readable failure.
fn unresolved(library: &Library) -> Vec<String> {
    let mut problems = Vec::new();
    for class in library.classes() {
        let names = class.parameters.iter().map(|(name, _)| &**name).collect::<Vec<_>>();
        for base in &class.declared_bases {
            problems
                .extend(signature::read_type(base, &names).err().map(|error| format!("{}: {error}", class.full_name)));
        }
        for declared in &class.declared_members {
            problems.extend(
                signature::read_member(class, declared).err().map(|error| format!("{}: {error}", class.full_name)),
            );
        }
    }
    problems
}

#[test]
fn every_signature_of_the_library_resolves() {
    assert_eq!(unresolved(get()), Vec::<String>::new());
}

#[test]
fn names_are_found_with_and_without_namespace() {
    let Some(id) = get().class_by_full_name("System.String", 0) else { panic!("no System.String") };
    assert_eq!(get().classes_named("String", 0), [id]);
    assert_eq!(get().type_of(id, Arc::default()), Type::String);
    assert!(get().is_namespace("System"));
    assert!(!get().is_namespace("Syst"));
}

#[test]
fn no_two_members_of_a_class_take_the_same_parameters() {
    let mut twice = Vec::new();
    for class in get().classes() {
        let members = class.members();
        for (index, member) in members.iter().enumerate() {
            let is_same = |other: &Member| {
                let types = |member: &Member| {
                    member.parameters.iter().map(|parameter| parameter.of.clone()).collect::<Vec<_>>()
                };
                other.kind == member.kind
                    && other.name == member.name
                    && other.type_parameters.len() == member.type_parameters.len()
                    && types(other) == types(member)
                    && (!matches!(member.kind, MemberKind::Implicit | MemberKind::Explicit)
                        || other.returns == member.returns)
            };
            if members[index + 1..].iter().any(is_same) {
                twice.push(format!("{}: {}", class.full_name, member.signature));
            }
        }
    }
    assert_eq!(twice, Vec::<String>::new());
}
