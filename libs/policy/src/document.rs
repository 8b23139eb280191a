//! A parsed policy document: what one scope (or one fragment) says, checked as far as it can be without the other scopes.

pub(crate) mod flow;
mod named;
mod resolver;
mod responses;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

pub use named::{Named, NamedKind};
pub use responses::unset_responses;

use crate::builder::{Builder, PolicyExpression};
use crate::definition::{self, Built, Definition, Evaluation, Once};
use crate::diagnostic::{Diagnostic, Findings, Positions, Severity, nearest};
use crate::late;
use crate::policies::{self, Known};
use crate::policy::Policy;
use crate::reader::{self, Element};
use crate::section::{ScopeName, Section, Sections};
use responses::ResponseVariables;

/// What kind of document a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Root `<policies>` with sections.
    Policy,
    /// Root `<fragment>`: policies to be included in a section.
    Fragment,
    /// Root `<http-data-source>` or another data source: how a field of a GraphQL API is resolved.
    Resolver,
}

impl DocumentKind {
    const fn root(self) -> &'static str {
        match self {
            DocumentKind::Policy => "policies",
            DocumentKind::Fragment => "fragment",
            DocumentKind::Resolver => "http-data-source",
        }
    }
}

/// A parsed document; share it behind an `Arc` between the programs of all operations it applies to.
#[derive(Debug)]
pub struct Document {
    pub(crate) kind: DocumentKind,
    /// `None`: the section is missing, which means `<base/>`. A fragment's items stand in `Inbound`; its place is where it is included.
    pub(crate) sections: [Option<Box<[Item]>>; 4],
    named: Box<[Named]>,
    responses: ResponseVariables,
}

impl Document {
    /// Resources of the service whose ids stand in the document as literals.
    #[must_use]
    pub fn named(&self) -> &[Named] {
        &self.named
    }
}

/// One child of a section.
#[derive(Debug)]
pub(crate) enum Item {
    /// `<base/>`.
    Base(Place),
    /// `include-fragment`.
    Include { fragment_id: Box<str>, place: Place },
    /// A policy with policies inside.
    Flow(Box<Flow>),
    /// Anything else.
    Policy(Arc<PolicyNode>),
}

/// A policy that holds other policies: what stands in front of each part of them, and in which way they are run.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) kind: FlowKind,
    pub(crate) parts: Box<[Part]>,
}

/// How a flow is laid out (`compile.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowKind {
    /// Each part is skipped by its head's jump; behind a part that ran, the rest is skipped. `choose`.
    Branches,
    /// One part between two heads; the second one may jump back to its start. `retry`.
    Loop,
    /// One part between two heads. `limit-concurrency`.
    Bracket,
    /// A head without policies, parts that run at the same time, and a last head behind them; each head names the next. `wait`.
    Parallel,
}

/// A head and the policies behind it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) head: Arc<PolicyNode>,
    pub(crate) items: Box<[Item]>,
}

/// Line and column of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    pub(crate) fn diagnostic(self, severity: Severity, code: &'static str, message: String) -> Diagnostic {
        let Place { line, column } = self;
        Diagnostic { severity, code, line, column, message, suggestion: None, document: None }
    }
}

/// A policy at its place in a document.
#[derive(Debug)]
pub(crate) struct PolicyNode {
    pub(crate) element: &'static str,
    pub(crate) id: Option<Box<str>>,
    pub(crate) path: Box<str>,
    pub(crate) place: Place,
    pub(crate) sections: Sections,
    pub(crate) scopes: &'static [ScopeName],
    /// To be evaluated before the policy runs.
    pub(crate) expressions: Box<[PolicyExpression]>,
    pub(crate) policy: Box<dyn Policy>,
}

/// Reads and checks a document, named values already substituted. Never fails: what cannot be understood is left out and reported;
/// a document with an error among the diagnostics must not be put in force.
#[must_use]
pub fn parse_document(text: &str, kind: DocumentKind) -> (Document, Vec<Diagnostic>) {
    let mut findings = Findings::new(text);
    let (sections, responses) = ([None, None, None, None], ResponseVariables::default());
    let mut document = Document { kind, sections, named: Box::default(), responses };
    if let Some(root) = reader::read(text, &mut findings) {
        Parser { findings: &mut findings }.root(&root, &mut document);
        let (mut names, mut positions) = (Vec::new(), Positions::new(text));
        named::collect(&root, &mut positions, &mut names);
        document.named = names.into();
        document.responses.collect(&root, &mut Positions::new(text));
    }
    (document, findings.into_list())
}

/// Where the policy expressions of a document stand: byte ranges from `@` to behind the closing bracket of every `@(…)` and `@{…}` that
/// is a whole attribute value or text, in order. Empty when the document cannot be read.
#[must_use]
pub fn expression_ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    if let Some(root) = reader::read(text, &mut Findings::new(text)) {
        collect_expressions(&root, &mut ranges);
    }
    ranges.sort_unstable_by_key(|range| range.start);
    ranges
}

/// Recursion is bounded by the reader's depth limit.
fn collect_expressions(element: &Element, ranges: &mut Vec<Range<usize>>) {
    let values = element.attributes.iter().map(|attribute| &attribute.value).chain([&element.text]);
    ranges.extend(values.filter(|value| !value.is_literal()).map(|value| value.offset as usize..value.end as usize));
    for child in &element.children {
        collect_expressions(child, ranges);
    }
}

/// The ids of the fragments a document includes, each once, in order of appearance.
#[must_use]
pub fn fragment_references(document: &Document) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    walk(document, &mut |item| {
        if let Item::Include { fragment_id, .. } = item
            && !ids.iter().any(|id| **id == **fragment_id)
        {
            ids.push(fragment_id.to_string());
        }
    });
    ids
}

/// Visits every item, those inside flows too. Recursion is bounded by the reader's depth limit.
fn walk<'d>(document: &'d Document, visit: &mut dyn FnMut(&'d Item)) {
    fn all<'d>(items: &'d [Item], visit: &mut dyn FnMut(&'d Item)) {
        for item in items {
            visit(item);
            if let Item::Flow(flow) = item {
                flow.parts.iter().for_each(|part| all(&part.items, visit));
            }
        }
    }
    for items in document.sections.iter().flatten() {
        all(items, visit);
    }
}

/// Whether a document may be attached to a scope: policies that are not allowed there are errors.
#[must_use]
pub fn check_scope(document: &Document, scope: ScopeName) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    walk(document, &mut |item| {
        if let Item::Policy(node) = item {
            found.extend(node.scope_error(scope));
        }
    });
    found
}

impl PolicyNode {
    pub(crate) fn scope_error(&self, scope: ScopeName) -> Option<Diagnostic> {
        if self.scopes.contains(&scope) {
            return None;
        }
        let allowed = self.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!("`<{}>` is not allowed at {} scope", self.element, scope.as_str());
        let mut diagnostic = self.place.diagnostic(Severity::Error, "wrong-scope", message);
        diagnostic.suggestion = Some(format!("allowed scopes: {allowed}"));
        Some(diagnostic)
    }
}

pub(crate) struct Parser<'f, 't> {
    findings: &'f mut Findings<'t>,
}

/// Where the items being read stand.
pub(crate) struct Context {
    /// `None`: in a fragment, which may be included in any.
    section: Option<Section>,
    /// Path of the policy they are inside of, with a slash at its end; empty directly in a section.
    parent: String,
    /// In the document of a resolver.
    is_resolver: bool,
}

impl Context {
    fn top(section: Option<Section>) -> Context {
        Context { section, parent: String::new(), is_resolver: false }
    }

    pub(crate) fn inside(&self, name: &str) -> Context {
        let parent = format!("{}{name}/", self.parent);
        Context { section: self.section, parent, is_resolver: self.is_resolver }
    }

    fn path_of(&self, name: &str) -> Box<str> {
        format!("{}{name}", self.parent).into()
    }

    /// Path of the policy the items are inside of.
    fn path(&self) -> Box<str> {
        self.parent.trim_end_matches('/').into()
    }
}

impl Parser<'_, '_> {
    fn root(&mut self, root: &Element, document: &mut Document) {
        if document.kind == DocumentKind::Resolver {
            return self.resolver(root, document);
        }
        let expected = document.kind.root();
        if root.name != expected {
            let message = format!("expected root element `<{expected}>`, found `<{}>`", root.name);
            let suggestion = match (document.kind, root.name.as_str()) {
                (DocumentKind::Policy, "fragment") => {
                    Some("a fragment is a resource of its own, not a policy".to_owned())
                }
                (DocumentKind::Fragment, "policies") => Some("put the policies directly into <fragment>".to_owned()),
                _ => nearest(&root.name, [expected]).map(|name| format!("did you mean `<{name}>`?")),
            };
            self.findings.error_with(root.offset, "root-element", message, suggestion);
            return;
        }
        self.check_no_attributes(root);
        match document.kind {
            DocumentKind::Fragment => {
                document.sections[Section::Inbound.index()] =
                    Some(self.items(root, &root.children, &Context::top(None)));
            }
            DocumentKind::Policy | DocumentKind::Resolver => self.sections(root, document),
        }
    }

    /// Root and sections have no attributes; namespace declarations do no harm.
    fn check_no_attributes(&mut self, element: &Element) {
        for attribute in element.attributes.iter().filter(|attribute| !attribute.name.starts_with("xml")) {
            let message = format!("`<{}>` has no attribute `{}`; it is ignored", element.name, attribute.name);
            self.findings.warning(attribute.offset, "attribute-ignored", message, None);
        }
    }

    fn sections(&mut self, root: &Element, document: &mut Document) {
        if root.has_text() {
            self.findings.error(root.text.offset, "text-not-allowed", "`<policies>` holds sections only, found text");
        }
        let mut last = None;
        for child in &root.children {
            let Some(section) = Section::from_name(&child.name) else {
                self.unknown_section(child);
                continue;
            };
            if document.sections[section.index()].is_some() {
                self.findings.error(child.offset, "section-twice", format!("section `<{}>` stands twice", child.name));
                continue;
            }
            if let Some(last) = last.filter(|last| *last > section) {
                let message = format!("section `<{}>` should stand before `<{}>`", child.name, Section::as_str(last));
                let order = "keep the order inbound, backend, outbound, on-error".to_owned();
                self.findings.warning(child.offset, "section-order", message, Some(order));
            }
            last = last.max(Some(section));
            self.check_no_attributes(child);
            let context = Context::top(Some(section));
            document.sections[section.index()] = Some(self.items(child, &child.children, &context));
        }
    }

    fn unknown_section(&mut self, child: &Element) {
        let suggestion = match nearest(&child.name, Section::ALL.map(Section::as_str)) {
            Some(name) => format!("did you mean `<{name}>`?"),
            None => "put policies into <inbound>, <backend>, <outbound> or <on-error>".to_owned(),
        };
        let message = format!("`<policies>` has no section `<{}>`", child.name);
        self.findings.error_with(child.offset, "unknown-section", message, Some(suggestion));
    }

    /// The policies of a section, fragment or branch. `children` are those of `parent` that are policies.
    fn items(&mut self, parent: &Element, children: &[Element], context: &Context) -> Box<[Item]> {
        if parent.has_text() {
            let message = format!("`<{}>` holds policies only, found text", parent.name);
            self.findings.error(parent.text.offset, "text-not-allowed", message);
        }
        let mut counts: HashMap<&str, u32> = HashMap::new();
        let mut items = Vec::with_capacity(children.len());
        for child in children {
            let count = counts.entry(&child.name).or_default();
            *count += 1;
            items.extend(self.item(child, *count, context));
        }
        items.into_boxed_slice()
    }

    /// One policy element; `ordinal` counts the elements of its name in the section.
    fn item(&mut self, element: &Element, ordinal: u32, context: &Context) -> Option<Item> {
        let section = context.section;
        let known = if context.is_resolver { policies::find_in_resolver } else { policies::find };
        let definition = match known(&element.name) {
            Some(Known::Implemented(definition)) => definition,
            Some(Known::Flow(flow)) => {
                self.check_section(element, flow.sections, section);
                let inside = context.inside(&format!("{}[{ordinal}]", element.name));
                return flow::read(self, element, flow, &inside);
            }
            Some(Known::Skipped) => {
                let message = format!("policy `<{}>` belongs into a resolver and is skipped here", element.name);
                self.findings.warning(element.offset, "policy-skipped", message, None);
                return None;
            }
            None => return self.unknown_policy(element, section),
        };
        let place = self.check_section(element, definition.sections, section);
        let repeated = definition.once == Once::PerSection && ordinal > 1;
        if repeated {
            let message = format!("`<{}>` may stand only once in a section", element.name);
            self.findings.error(element.offset, "once-per-section", message);
        }
        let is_right = definition::check(element, &definition.rule, self.findings) && place && !repeated;
        let (line, column) = self.findings.locate(element.offset);
        let mut builder = Builder::new(self.findings);
        let built = if !is_right || !late::is_consistent(definition, element, &mut builder) {
            None
        } else if !matches!(definition.evaluation, Evaluation::Own) && late::has_expressions(element) {
            late::build(definition, element, &mut builder)
        } else {
            (definition.build)(element, &mut builder)
        };
        let Some(built) = built else {
            builder.compile_rest(element);
            return None;
        };
        let expressions = builder.into_expressions();
        let path = context.path_of(&format!("{}[{ordinal}]", element.name));
        self.place(element, context, path, definition, (built, expressions), Place { line, column })
    }

    fn place(
        &mut self,
        element: &Element,
        context: &Context,
        path: Box<str>,
        definition: &'static Definition,
        (built, expressions): (Built, Box<[PolicyExpression]>),
        place: Place,
    ) -> Option<Item> {
        match built {
            Built::Policy(policy) => Some(Item::Policy(Arc::new(PolicyNode {
                element: definition.rule.element,
                id: element.owned("id"),
                path,
                place,
                sections: definition.sections,
                scopes: definition.scopes,
                expressions,
                policy,
            }))),
            Built::Base if context.is_resolver => {
                self.base_in_resolver(element);
                None
            }
            Built::Base if context.section.is_none() => {
                self.findings.error(element.offset, "not-in-fragment", "a fragment must not hold `<base>`");
                None
            }
            Built::Include(_) if context.section.is_none() => {
                let message = "a fragment must not include another fragment";
                self.findings.error(element.offset, "not-in-fragment", message);
                None
            }
            Built::Base => Some(Item::Base(place)),
            Built::Include(fragment_id) => Some(Item::Include { fragment_id, place }),
            Built::Nothing => None,
        }
    }

    /// Whether the policy may stand in the section; a fragment is checked where it is included.
    fn check_section(&mut self, element: &Element, allowed: Sections, section: Option<Section>) -> bool {
        let Some(section) = section.filter(|section| !allowed.contains(*section)) else { return true };
        let message = format!("`<{}>` is not allowed in section `<{}>`", element.name, section.as_str());
        let names = allowed.iter().map(Section::as_str).collect::<Vec<_>>().join(", ");
        self.findings.error_with(element.offset, "wrong-section", message, Some(format!("allowed sections: {names}")));
        false
    }

    fn unknown_policy(&mut self, element: &Element, section: Option<Section>) -> Option<Item> {
        if Section::from_name(&element.name).is_some() {
            let name = &element.name;
            let (code, message, suggestion) = match section {
                None => (
                    "not-in-fragment",
                    format!("a fragment must not hold section `<{name}>`"),
                    "put the policies directly into <fragment>",
                ),
                Some(section) => (
                    "section-inside",
                    format!("section `<{name}>` stands inside of section `<{}>`", section.as_str()),
                    "sections stand directly in <policies>",
                ),
            };
            self.findings.error_with(element.offset, code, message, Some(suggestion.to_owned()));
            return None;
        }
        // A policy that nobody knows is skipped, as the original skips what is newer than itself. One whose name is nearly that of a policy is that policy
        // misspelt: skipping a check of access would let everybody in (decisions/0012).
        match nearest(&element.name, policies::names()) {
            Some(name) if !MISSPELT_BY_TOOLS.contains(&&*element.name) => {
                let message = format!("unknown policy `<{}>`", element.name);
                let suggestion = Some(format!("did you mean `<{name}>`?"));
                self.findings.error_with(element.offset, "unknown-policy", message, suggestion);
            }
            near if self.findings.takes_warnings() => {
                let suggestion = near.map(|name| format!("did you mean `<{name}>`?"));
                let message = format!("unknown policy `<{}>` is skipped", element.name);
                self.findings.warning(element.offset, "unknown-policy", message, suggestion);
            }
            _ => {}
        }
        None
    }
}

/// Names that Microsoft's policy toolkit writes for `invoke-dapr-binding` and `publish-to-dapr`. Nobody guards anything with them.
const MISSPELT_BY_TOOLS: &[&str] = &["invoke-darp-binding", "publish-to-darp"];

#[cfg(test)]
mod tests;
