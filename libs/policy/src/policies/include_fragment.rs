//! `include-fragment`: the fragment's policies run in its place, as if written there.
//!
//! `<include-fragment fragment-id="id"/>` – `fragment-id` required, literal; all sections. Fragments do not include fragments, and
//! hold neither sections nor `<base/>`: APIM's documentation says so, and a scope's place in a fragment would depend on who includes it.

use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, required,
};
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "include-fragment",
        attributes: &[required("fragment-id", Expression::Forbidden, ValueRule::NonEmpty)],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Late,
    build: |element, _| element.owned("fragment-id").map(Built::Include),
};
