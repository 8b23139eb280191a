//! The closed world against the real one: `tests/csharp/members.txt` has every public member of the types that APIM allows, as .NET and
//! Newtonsoft.Json declare them. Each is declared in the library, or stands in `members-left-out.txt` with the reason.
//!
//! A reason starts at the margin; below it, indented, stand what it is for: `TYPE | MEMBER` as in `members.txt` (a `*` stands for anything), or `types A B`: every member that needs a type of one of these names.

use std::collections::BTreeSet;

use super::declare::Declared;
use super::{Class, Member, MemberKind, Parameter, get, signature};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// One line of `members.txt`.
struct Real {
    line: String,
    class: String,
    member: String,
}

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../tests/csharp/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn real_members() -> Vec<Real> {
    let split = |line: &str| {
        let (class, member) = line.split_once(" | ").unwrap();
        Real { line: line.to_owned(), class: class.to_owned(), member: member.to_owned() }
    };
    file("members.txt").lines().map(split).collect()
}

/// A class by the name in `members.txt`: `System.Collections.Generic.List<T>`.
fn class_of(name: &str) -> Option<&'static Class> {
    let (name, arity) = name.split_once('<').map_or((name, 0), |(name, list)| (name, list.split(',').count()));
    Some(get().class(get().class_by_full_name(name, arity)?))
}

/// The kind of a member and its signature in the words of the library.
fn in_words_of_the_library(real: &Real) -> (MemberKind, String) {
    let nested = real.member.replace("TimeZoneInfo.", "").replace(" // error", "");
    let (kind, text) = if let Some(rest) = nested.strip_prefix("new ") {
        (MemberKind::Constructor, rest.get(rest.find('(').unwrap_or(0)..).unwrap_or_default())
    } else if let Some(head) = nested.strip_suffix(" { get; }") {
        (if head.contains(" this[") { MemberKind::IndexGetter } else { MemberKind::Getter }, head)
    } else if let Some(head) = nested.strip_suffix(" { set; }") {
        (if head.contains(" this[") { MemberKind::IndexSetter } else { MemberKind::Setter }, head)
    } else if nested.contains("implicit operator ") {
        (MemberKind::Implicit, &*nested)
    } else if nested.contains("explicit operator ") {
        (MemberKind::Explicit, &*nested)
    } else if nested.contains(" operator ") {
        (MemberKind::Operator, &*nested)
    } else if nested.contains('(') && !nested.starts_with('(') || nested.matches('(').count() > 1 {
        (MemberKind::Method, &*nested)
    } else {
        (MemberKind::Getter, &*nested)
    };
    // What a default is does not matter here.
    (kind, without_defaults(text))
}

/// `a = "x", b = null` without the values, but marked: the parameter may be left out.
fn without_defaults(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(" = ") {
        plain.push_str(before);
        let end = after.find([',', ')', ']']).unwrap_or(after.len());
        rest = &after[end..];
    }
    plain.push_str(rest);
    plain
}

/// The member as the library would have it; `None` if it needs a type that the library does not have.
fn read(real: &Real, class: &Class) -> Option<Member> {
    let (kind, text) = in_words_of_the_library(real);
    let signature: &'static str = Box::leak(text.into_boxed_str());
    signature::read_member(class, &Declared { kind, signature, native: |_| Ok(Value::Null) }).ok()
}

/// Whether a class or one of its bases declares the member.
fn is_declared(class: &Class, wanted: &Member, own: bool) -> bool {
    let found = class.members().iter().any(|member| is_same(member, wanted));
    // Types of a base stand in terms of its own type parameters: comparing them by shape is left to names and counts.
    found
        || class.bases().iter().any(|base| match base {
            Type::Class(id, _) => is_declared(get().class(*id), wanted, false),
            Type::Object => {
                own && wanted.kind == MemberKind::Method
                    && is_declared(get().class_of(&Type::Object).unwrap().0, wanted, false)
            }
            _ => false,
        })
}

fn is_same(member: &Member, wanted: &Member) -> bool {
    member.kind == wanted.kind
        && member.name == wanted.name
        && member.is_static == wanted.is_static
        && member.type_parameters.len() == wanted.type_parameters.len()
        && (member.kind != MemberKind::Implicit && member.kind != MemberKind::Explicit
            || member.returns == wanted.returns)
        && takes(&member.parameters, &wanted.parameters)
}

/// Whether the parameters are the same, or those beyond have defaults.
fn takes(ours: &[Parameter], wanted: &[Parameter]) -> bool {
    ours.len() >= wanted.len()
        && ours.iter().zip(wanted).all(|(a, b)| a.of == b.of && a.is_out == b.is_out && (a.is_params || !b.is_params))
        && ours[wanted.len()..].iter().all(|more| more.default.is_some())
}

/// Whether the library has what the line says.
fn is_there(real: &Real) -> bool {
    let Some(class) = class_of(&real.class) else { return false };
    if class.constants.iter().any(|(name, _)| *name == real.member) {
        return true;
    }
    read(real, class).is_some_and(|wanted| is_declared(class, &wanted, true))
}

/// The entries of the list of what is left out.
fn left_out() -> Vec<String> {
    let text = file("members-left-out.txt");
    let mut has_reason = false;
    let mut entries = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("    ") {
            Some(entry) => {
                assert!(has_reason, "no reason for {entry}");
                entries.extend(match entry.strip_prefix("types ") {
                    Some(names) => names.split(' ').map(|name| format!("type {name}")).collect(),
                    None => vec![entry.to_owned()],
                });
            }
            None => has_reason = !line.trim().is_empty(),
        }
    }
    entries
}

/// Whether an entry is about a member.
fn is_about(entry: &str, real: &Real) -> bool {
    if let Some(name) = entry.strip_prefix("type ") {
        let is_word = |(at, _): (usize, &str)| {
            let around = |next: Option<char>| next.is_none_or(|next| !next.is_alphanumeric());
            around(real.line[..at].chars().next_back()) && around(real.line[at + name.len()..].chars().next())
        };
        return real.line.match_indices(name).any(is_word);
    }
    let mut rest = &*real.line;
    for (at, part) in entry.split('*').enumerate() {
        match rest.find(part) {
            Some(found) if at > 0 || found == 0 => rest = &rest[found + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || entry.ends_with('*')
}

#[test]
fn every_member_of_an_allowed_type_is_declared_or_left_out_for_a_reason() {
    let entries = left_out();
    let mut unused: BTreeSet<&String> = entries.iter().collect();
    let mut missing = Vec::new();
    let members = real_members();
    for real in members.iter().filter(|real| !is_there(real)) {
        let mut is_listed = false;
        for entry in entries.iter().filter(|entry| is_about(entry, real)) {
            unused.remove(entry);
            is_listed = true;
        }
        if !is_listed {
            missing.push(&*real.line);
        }
    }
    assert!(missing.is_empty(), "{} members are neither declared nor left out:\n{}", missing.len(), missing.join("\n"));
    assert!(unused.is_empty(), "these are declared, or not there at all: {unused:?}");
}
