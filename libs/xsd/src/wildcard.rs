//! Wildcards: `xs:any` and `xs:anyAttribute`.

use postern_dotnet::Text;

/// `processContents`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    Strict,
    Lax,
    Skip,
}

/// Which namespaces it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Namespaces {
    Any,
    /// All but this one and none.
    Other(Text),
    /// Empty: without a namespace.
    OneOf(Vec<Text>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wildcard {
    pub(crate) namespaces: Namespaces,
    pub(crate) process: Process,
    /// The namespaces as lists of expected elements show them.
    pub(crate) shown: Text,
}

impl Wildcard {
    /// Any namespace.
    pub(crate) fn any(process: Process) -> Wildcard {
        Wildcard { namespaces: Namespaces::Any, process, shown: Text::new_static("##any") }
    }
}

impl Namespaces {
    pub(crate) fn read(text: &str, target: &Text) -> Namespaces {
        match text.trim() {
            "" | "##any" => Namespaces::Any,
            "##other" => Namespaces::Other(target.clone()),
            list => Namespaces::OneOf(
                list.split_ascii_whitespace()
                    .map(|one| match one {
                        "##targetNamespace" => target.clone(),
                        "##local" => Text::default(),
                        one => Text::new(one),
                    })
                    .collect(),
            ),
        }
    }

    pub(crate) fn allow(&self, namespace: &str) -> bool {
        match self {
            Namespaces::Any => true,
            Namespaces::Other(own) => !namespace.is_empty() && namespace != own,
            Namespaces::OneOf(list) => list.iter().any(|one| one == namespace),
        }
    }

    pub(crate) fn overlap(&self, other: &Namespaces) -> bool {
        match (self, other) {
            (Namespaces::OneOf(list), other) | (other, Namespaces::OneOf(list)) => {
                list.iter().any(|namespace| other.allow(namespace))
            }
            _ => true,
        }
    }

    /// XML Schema part 1, section 3.10.6: attribute wildcard union.
    pub(crate) fn union(&self, other: &Namespaces) -> Namespaces {
        match (self, other) {
            (Namespaces::OneOf(a), Namespaces::OneOf(b)) => Namespaces::OneOf(a.iter().chain(b).cloned().collect()),
            (Namespaces::Other(own), Namespaces::OneOf(list)) | (Namespaces::OneOf(list), Namespaces::Other(own)) => {
                if list.contains(own) {
                    Namespaces::Any
                } else {
                    Namespaces::Other(own.clone())
                }
            }
            (Namespaces::Other(a), Namespaces::Other(b)) if a == b => Namespaces::Other(a.clone()),
            _ => Namespaces::Any,
        }
    }

    /// XML Schema part 1, section 3.10.6: attribute wildcard intersection.
    pub(crate) fn intersection(&self, other: &Namespaces) -> Namespaces {
        match (self, other) {
            (Namespaces::Any, x) | (x, Namespaces::Any) => x.clone(),
            (Namespaces::OneOf(list), x) | (x, Namespaces::OneOf(list)) => {
                Namespaces::OneOf(list.iter().filter(|one| x.allow(one)).cloned().collect())
            }
            (x, _) => x.clone(),
        }
    }
}
