//! Where a policy stands: the section of a document and the scope the document belongs to.

use serde::Serialize;

/// A section of a policy document; also the part of the pipeline a program is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// Before the request is forwarded.
    Inbound,
    /// Forwarding itself.
    Backend,
    /// After the backend answered.
    Outbound,
    /// After an error in any of the others.
    OnError,
}

impl Section {
    /// All sections in the order in which a document holds them.
    pub const ALL: [Section; 4] = [Section::Inbound, Section::Backend, Section::Outbound, Section::OnError];

    /// The element name, as written in documents and in `context.LastError.Section`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Section::Inbound => "inbound",
            Section::Backend => "backend",
            Section::Outbound => "outbound",
            Section::OnError => "on-error",
        }
    }

    /// The section named by an element, `None` for any other element.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Section> {
        Section::ALL.into_iter().find(|section| section.as_str() == name)
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// A set of sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sections(u8);

impl Sections {
    /// Every section.
    pub const ALL: Sections = Sections(0b1111);
    /// Only `<inbound>`.
    pub const INBOUND: Sections = Sections::of(&[Section::Inbound]);
    /// Only `<backend>`.
    pub const BACKEND: Sections = Sections::of(&[Section::Backend]);
    /// Only `<outbound>`.
    pub const OUTBOUND: Sections = Sections::of(&[Section::Outbound]);

    /// The set of the given sections.
    #[must_use]
    pub const fn of(sections: &[Section]) -> Sections {
        let mut bits = 0;
        let mut index = 0;
        while index < sections.len() {
            bits |= 1 << sections[index] as u8;
            index += 1;
        }
        Sections(bits)
    }

    /// Whether the set holds `section`.
    #[must_use]
    pub const fn contains(self, section: Section) -> bool {
        self.0 & (1 << section as u8) != 0
    }

    /// The sections in document order.
    pub fn iter(self) -> impl Iterator<Item = Section> {
        Section::ALL.into_iter().filter(move |section| self.contains(*section))
    }
}

/// The scope a policy document is attached to, from broad to narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeName {
    /// All APIs of the service.
    Global,
    /// One product; in force only for requests with that product's context.
    Product,
    /// One API.
    Api,
    /// One operation.
    Operation,
}

impl ScopeName {
    /// As in `context.LastError.Scope`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ScopeName::Global => "global",
            ScopeName::Product => "product",
            ScopeName::Api => "api",
            ScopeName::Operation => "operation",
        }
    }
}
