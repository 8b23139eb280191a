//! Reading of policies with policies inside: what is common to them. Each one's own rules are in its file in `policies/`.

use std::sync::Arc;

use super::{Context, Flow, FlowKind, Item, Parser, Part, Place, PolicyNode};
use crate::builder::Builder;
use crate::definition::{self, ANY_SCOPE, ElementRule};
use crate::policy::Policy;
use crate::reader::Element;
use crate::section::Sections;

/// A policy with policies inside.
pub(crate) struct FlowDefinition {
    /// Its element: attributes, and [`Content::Policies`](definition::Content::Policies) or its branches.
    pub(crate) rule: ElementRule,
    pub(crate) sections: Sections,
    pub(crate) kind: FlowKind,
    /// Makes its parts. `None`: a problem was reported.
    pub(crate) read: fn(&mut FlowReader<'_, '_, '_>, &Element) -> Option<Vec<Part>>,
}

/// What reading a flow can use.
pub(crate) struct FlowReader<'p, 'f, 't> {
    parser: &'p mut Parser<'f, 't>,
    context: &'p Context,
    definition: &'static FlowDefinition,
}

/// Reads a flow; `context` is the one inside it.
pub(super) fn read(
    parser: &mut Parser<'_, '_>,
    element: &Element,
    definition: &'static FlowDefinition,
    context: &Context,
) -> Option<Item> {
    let good = definition::check(element, &definition.rule, parser.findings);
    let parts = (definition.read)(&mut FlowReader { parser, context, definition }, element)?;
    good.then(|| Item::Flow(Box::new(Flow { kind: definition.kind, parts: parts.into() })))
}

impl FlowReader<'_, '_, '_> {
    /// A head: a policy that decides about the part behind it, built from `element`. `name`: its place inside the flow (`when[2]`); empty
    /// for the flow itself.
    pub(crate) fn head<P: Policy + 'static>(
        &mut self,
        element: &Element,
        name: &str,
        build: impl FnOnce(&mut Builder<'_, '_>) -> Option<P>,
    ) -> Option<Arc<PolicyNode>> {
        let (line, column) = self.parser.findings.locate(element.offset);
        let mut builder = Builder::new(self.parser.findings);
        let policy = build(&mut builder)?;
        let expressions = builder.into_expressions();
        let path = if name.is_empty() { self.context.path() } else { self.context.path_of(name) };
        Some(Arc::new(PolicyNode {
            element: self.definition.rule.element,
            id: element.owned("id"),
            path,
            place: Place { line, column },
            sections: self.definition.sections,
            scopes: ANY_SCOPE,
            expressions,
            policy: Box::new(policy),
        }))
    }

    /// The policies in `parent`, a branch of the flow called `name`, or the flow itself if that is empty.
    pub(crate) fn items(&mut self, parent: &Element, name: &str) -> Box<[Item]> {
        if name.is_empty() {
            self.parser.items(parent, &parent.children, self.context)
        } else {
            self.parser.items(parent, &parent.children, &self.context.inside(name))
        }
    }
}
