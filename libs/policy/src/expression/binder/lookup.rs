//! Members of types by name: through base classes, base interfaces and extension methods.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::expression::conversion::supertypes;
use crate::expression::library::{self, Class, ClassKind, Member, MemberKind};
use crate::expression::types::Type;

use super::candidate::Candidate;

/// A class that members of a type are looked for in.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub(super) class: &'static Class,
    pub(super) arguments: Arc<[Type]>,
    /// How far up.
    pub(super) depth: usize,
}

/// The classes that hold the members of a type: itself and its base classes; for an interface its base interfaces and `object`.
pub(super) fn holders(of: &Type) -> Vec<Holder> {
    let is_interface =
        |of: &Type| library::get().class_of(of).is_some_and(|(class, _)| class.kind == ClassKind::Interface);
    let starts_as_interface = is_interface(of);
    supertypes(of)
        .iter()
        .filter(|of| starts_as_interface || !is_interface(of))
        .enumerate()
        .filter_map(|(depth, of)| {
            let (class, arguments) = library::get().class_of(of)?;
            Some(Holder { class, arguments, depth })
        })
        .collect()
}

/// What a name is among the members of a type.
#[derive(Debug)]
pub(super) enum Found {
    /// A property or field: reading and writing of it, as far as declared.
    Property(Property),
    /// Methods, those of the most derived class first.
    Methods(Vec<Candidate>),
    /// A name of an enum.
    EnumConstant(library::ClassId, i64),
}

/// A property.
#[derive(Debug, Clone)]
pub(super) struct Property {
    pub(super) class: &'static Class,
    pub(super) arguments: Arc<[Type]>,
    pub(super) getter: Option<&'static Member>,
    pub(super) setter: Option<&'static Member>,
}

impl Property {
    /// Its type.
    pub(super) fn of(&self) -> Type {
        let own = match (self.getter, self.setter) {
            (Some(getter), _) => getter.returns.clone(),
            (None, Some(setter)) => setter.parameters.last().map_or(Type::Object, |value| value.of.clone()),
            (None, None) => Type::Object,
        };
        own.substitute(&self.arguments)
    }

    pub(super) fn is_static(&self) -> bool {
        self.getter.or(self.setter).is_some_and(|member| member.is_static)
    }
}

/// Looks for a member. `invoked`: only what can be called counts.
pub(super) fn find_member(of: &Type, name: &str, invoked: Invoked) -> Option<Found> {
    let mut methods: Vec<Candidate> = Vec::new();
    for holder in holders(of) {
        if holder.class.kind == ClassKind::Enum
            && let Some((_, value)) = holder.class.constants.iter().find(|(known, _)| *known == name)
        {
            return Some(Found::EnumConstant(holder.class.id, *value));
        }
        let mut property =
            Property { class: holder.class, arguments: Arc::clone(&holder.arguments), getter: None, setter: None };
        for member in holder.class.members().iter().filter(|member| &*member.name == name) {
            match member.kind {
                MemberKind::Method => add_method(&mut methods, &holder, member),
                MemberKind::Getter => property.getter = Some(member),
                MemberKind::Setter => property.setter = Some(member),
                _ => {}
            }
        }
        let is_property = property.getter.is_some() || property.setter.is_some();
        if is_property && methods.is_empty() && (invoked == Invoked::No || is_invocable(&property.of())) {
            return Some(Found::Property(property));
        }
    }
    if methods.is_empty() { None } else { Some(Found::Methods(methods)) }
}

/// Whether a member is looked for to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Invoked {
    Yes,
    No,
}

fn is_invocable(of: &Type) -> bool {
    matches!(of, Type::Dynamic)
        || library::get().class_of(of).is_some_and(|(class, _)| class.kind == ClassKind::Delegate)
}

/// Adds a method, unless a more derived class has one with the same parameters.
fn add_method(methods: &mut Vec<Candidate>, holder: &Holder, member: &'static Member) {
    let candidate = Candidate::member(holder.class, Arc::clone(&holder.arguments), member, holder.depth);
    let types = |candidate: &Candidate| -> Vec<Type> {
        candidate.parameters.iter().map(|parameter| parameter.of.substitute(&candidate.class_arguments)).collect()
    };
    let is_hidden = methods.iter().any(|known| {
        known.depth < candidate.depth
            && known.type_parameter_count == candidate.type_parameter_count
            && types(known) == types(&candidate)
    });
    if !is_hidden {
        methods.push(candidate);
    }
}

/// Indexers of a type; `kind` is reading or writing.
pub(super) fn find_indexers(of: &Type, kind: MemberKind) -> Vec<Candidate> {
    let mut found = Vec::new();
    for holder in holders(of) {
        for member in holder.class.members().iter().filter(|member| member.kind == kind) {
            add_method(&mut found, &holder, member);
        }
    }
    found
}

/// Constructors of a type.
pub(super) fn find_constructors(of: &Type) -> Vec<Candidate> {
    let Some((class, arguments)) = library::get().class_of(of) else { return Vec::new() };
    class
        .members()
        .iter()
        .filter(|member| member.kind == MemberKind::Constructor)
        .map(|member| Candidate::member(class, Arc::clone(&arguments), member, 0))
        .collect()
}

/// Operators and conversions of a type and its bases.
pub(super) fn find_operators<'a>(
    of: &'a Type,
    is_wanted: impl Fn(&Member) -> bool + 'a,
) -> impl Iterator<Item = (Holder, &'static Member)> + 'a {
    holders(of).into_iter().flat_map(move |holder| {
        let found: Vec<_> = holder
            .class
            .members()
            .iter()
            .filter(|member| is_wanted(member))
            .map(|member| (holder.clone(), member))
            .collect();
        found
    })
}

/// Extension methods by their names, each with the class that it is in.
type Extensions = HashMap<&'static str, Vec<(&'static Class, &'static Member)>>;

static EXTENSIONS: LazyLock<Extensions> = LazyLock::new(|| {
    let mut by_name = Extensions::new();
    for class in library::get().classes().filter(|class| class.kind == ClassKind::Static) {
        for member in class.members().iter().filter(|member| member.is_extension) {
            by_name.entry(&member.name).or_default().push((class, member));
        }
    }
    by_name
});

/// Extension methods of a name.
pub(super) fn find_extensions(name: &str) -> &'static [(&'static Class, &'static Member)] {
    EXTENSIONS.get(name).map_or(&[], |found| found)
}

/// All extension methods, in no order.
pub(super) fn extensions() -> impl Iterator<Item = &'static Member> {
    EXTENSIONS.values().flatten().map(|(_, member)| *member)
}
