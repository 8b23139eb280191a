//! The words of .NET's XmlSchemaValidationException.

use postern_dotnet::xml::XName;

use crate::model::Leaf;

/// A name as `XmlQualifiedName` writes it: `namespace:local`.
pub(crate) fn qualified(name: &XName) -> String {
    if name.namespace().is_empty() {
        name.local().to_string()
    } else {
        format!("{}:{}", name.namespace(), name.local())
    }
}

/// `'local' in namespace 'n'`
pub(crate) fn in_namespace(name: &XName) -> String {
    quoted(name.local(), name.namespace())
}

fn quoted(names: &str, namespace: &str) -> String {
    if namespace.is_empty() { format!("'{names}'") } else { format!("'{names}' in namespace '{namespace}'") }
}

/// ` List of possible elements expected: …`, or nothing when none is.
pub(crate) fn expected(leaves: &[&Leaf]) -> String {
    let mut parts: Vec<String> = Vec::new();
    // Names of one namespace in a row.
    let mut names: Vec<&str> = Vec::new();
    let mut namespace = "";
    let mut seen: Vec<&XName> = Vec::new();
    let flush = |names: &mut Vec<&str>, namespace: &str, parts: &mut Vec<String>| {
        if !names.is_empty() {
            parts.push(quoted(&names.join(", "), namespace));
            names.clear();
        }
    };
    for leaf in leaves {
        match leaf {
            Leaf::Any(wildcard) => {
                flush(&mut names, namespace, &mut parts);
                parts.push(format!("any element in namespace '{}'", wildcard.shown));
            }
            Leaf::Element(members) => {
                for member in members {
                    if seen.contains(&&member.name) || seen.len() > crate::limits::EXPECTED_MAX {
                        continue;
                    }
                    seen.push(&member.name);
                    if member.name.namespace() != namespace {
                        flush(&mut names, namespace, &mut parts);
                    }
                    namespace = member.name.namespace();
                    names.push(member.name.local());
                }
            }
        }
    }
    flush(&mut names, namespace, &mut parts);
    if parts.is_empty() {
        return String::new();
    }
    format!(" List of possible elements expected: {}.", parts.join(" as well as "))
}
