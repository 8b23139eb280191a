//! `base`: the place where the section of the scope around this one runs. A section without it does not inherit.
//!
//! `<base/>` – no attributes but `id`, no content; all sections; not in fragments. At the outermost scope it has no effect.

use crate::definition::{ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Once};
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "base", attributes: &[], content: Content::Empty },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::PerSection,
    evaluation: Evaluation::Late,
    build: |_, _| Some(Built::Base),
};
