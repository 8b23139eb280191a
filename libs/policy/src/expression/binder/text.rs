//! Members and types in messages, as the C# compiler writes them.

use crate::expression::library::{Class, Constant, Member, MemberKind, Parameter};
use crate::expression::types::Type;

/// A type, with the names of the type parameters in it.
pub(super) fn type_text(of: &Type, names: &[&str]) -> String {
    let list = |types: &[Type]| types.iter().map(|of| type_text(of, names)).collect::<Vec<_>>().join(", ");
    match of {
        Type::Parameter(index) => {
            names.get(usize::from(*index)).map_or_else(|| of.to_string(), |name| (*name).to_owned())
        }
        Type::Nullable(element) => format!("{}?", type_text(element, names)),
        Type::Array(element, rank) => {
            format!("{}[{}]", type_text(element, names), ",".repeat(usize::from(rank.saturating_sub(1))))
        }
        Type::Class(class, arguments) if !arguments.is_empty() => {
            let name = &crate::expression::library::get().class(*class).name;
            format!("{name}<{}>", list(arguments))
        }
        Type::Tuple(items) => format!("({})", list(items)),
        other => other.to_string(),
    }
}

/// A type as messages of the run-time binder have it: with namespaces.
pub(super) fn full_type(of: &Type) -> String {
    match of {
        Type::Class(class, arguments) => {
            let name = &crate::expression::library::get().class(*class).full_name;
            if arguments.is_empty() {
                return name.to_string();
            }
            let arguments: Vec<String> = arguments.iter().map(full_type).collect();
            format!("{name}<{}>", arguments.join(","))
        }
        Type::Array(element, rank) => {
            format!("{}[{}]", full_type(element), ",".repeat(usize::from(rank.saturating_sub(1))))
        }
        other => other.to_string(),
    }
}

/// A member with its class and parameters: `Enumerable.Select<TSource, TResult>(IEnumerable<TSource>, Func<TSource, TResult>)`.
pub(super) fn member(class: &Class, class_arguments: &[Type], member: &Member) -> String {
    let mut names: Vec<String> = if class_arguments.is_empty() {
        class.parameters.iter().map(|(name, _)| name.to_string()).collect()
    } else {
        class_arguments.iter().map(ToString::to_string).collect()
    };
    let owner = class_text(class, &names);
    names.extend(member.type_parameters.iter().map(ToString::to_string));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let parameters = parameters(&member.parameters, &names);
    let own = if member.type_parameters.is_empty() {
        String::new()
    } else {
        format!("<{}>", member.type_parameters.join(", "))
    };
    match member.kind {
        MemberKind::Constructor => format!("{owner}.{}({parameters})", class.name),
        MemberKind::Getter | MemberKind::Setter => format!("{owner}.{}", member.name),
        MemberKind::IndexGetter | MemberKind::IndexSetter => format!("{owner}.this[{parameters}]"),
        MemberKind::Operator => format!("{owner}.operator {}({parameters})", member.name),
        MemberKind::Implicit | MemberKind::Explicit => {
            let word = if member.kind == MemberKind::Implicit { "implicit" } else { "explicit" };
            format!("{owner}.{word} operator {}({parameters})", type_text(&member.returns, &names))
        }
        MemberKind::Method => format!("{owner}.{}{own}({parameters})", member.name),
    }
}

/// The name of a class: a keyword, if it has one.
fn class_text(class: &Class, arguments: &[String]) -> String {
    if arguments.is_empty() {
        crate::expression::library::get().type_of(class.id, std::sync::Arc::default()).to_string()
    } else {
        format!("{}<{}>", class.name, arguments.join(", "))
    }
}

fn parameters(parameters: &[Parameter], names: &[&str]) -> String {
    let text = |parameter: &Parameter| {
        let word = if parameter.is_out {
            "out "
        } else if parameter.is_params {
            "params "
        } else {
            ""
        };
        format!("{word}{}", type_text(&parameter.of, names))
    };
    parameters.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// A constant in a message: strings in quotes.
pub(super) fn constant(constant: &Constant) -> String {
    match constant {
        Constant::Null => "null".to_owned(),
        Constant::Bool(value) => (if *value { "true" } else { "false" }).to_owned(),
        Constant::Char(unit) => String::from_utf16_lossy(&[*unit]),
        Constant::Integer(_, value) => value.to_string(),
        Constant::Float(value) => value.to_string(),
        Constant::Double(value) => value.to_string(),
        Constant::Decimal(value) => format!("{value}M"),
        Constant::String(text) => short(text),
        Constant::Enum(class, value) => {
            let class = crate::expression::library::get().class(*class);
            let name = class.constants.iter().find(|(_, known)| known == value).map(|(name, _)| *name);
            name.map_or_else(|| value.to_string(), |name| format!("{}.{name}", class.name))
        }
    }
}

/// Text of the code for a message: it may hold the value of a secret named value, and messages end in logs.
fn short(text: &str) -> String {
    let limit = crate::expression::limits::QUOTE_CHARS_MAX;
    match text.char_indices().nth(limit) {
        None => format!("\"{text}\""),
        Some(_) => format!("\"{}…\"", text.chars().take(limit / 3).collect::<String>()),
    }
}
