//! Composition: the documents of the scopes around an operation become one flat program.
//!
//! In each section the innermost document decides; its `<base/>`, or the section's absence, stands for what the next outer scope says.
//! Around everything lies the built-in default: forward the request, and nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::counter_key;
use crate::diagnostic::{Diagnostic, Severity, has_errors, quote_name};
use crate::document::{
    Document, DocumentKind, Flow, FlowKind, Item, Place, PolicyNode, fragment_references, unset_responses,
};
use crate::exchange::BackendTarget;
use crate::limits;
use crate::policies::{self, default_forward};
use crate::policy::PolicyKind;
use crate::program::{Instruction, Program, ProgramTraits, SchemaNeeds};
use crate::section::{ScopeName, Section};

/// One scope's document.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Which scope.
    pub name: ScopeName,
    /// Resource name of the product, API or operation (`""` for global); part of the identity of counters.
    pub entity: &'a str,
    /// The document.
    pub document: &'a Arc<Document>,
}

/// Looks up a fragment by id.
pub type FragmentLookup<'a> = &'a dyn Fn(&str) -> Option<Arc<Document>>;

/// Compiles many programs over the same documents; equal sections are made once and shared.
pub struct Compiler<'a> {
    fragments: FragmentLookup<'a>,
    default_forward: Arc<PolicyNode>,
    sections: HashMap<SectionKey, (Arc<[Instruction]>, Vec<Diagnostic>)>,
    programs: HashMap<ProgramKey, (Arc<Program>, Vec<Diagnostic>)>,
    /// Keeps the documents alive whose addresses are in the keys.
    documents: Vec<Arc<Document>>,
}

/// The documents a section is made of, by address, outermost first.
type SectionKey = (Section, SmallVec<[(ScopeName, usize); 4]>);
type ProgramKey = Vec<(ScopeName, String, usize)>;

fn address(document: &Arc<Document>) -> usize {
    Arc::as_ptr(document) as usize
}

impl<'a> Compiler<'a> {
    /// A compiler with an empty cache.
    #[must_use]
    pub fn new(fragments: FragmentLookup<'a>) -> Compiler<'a> {
        Compiler {
            fragments,
            default_forward: default_forward(),
            sections: HashMap::new(),
            programs: HashMap::new(),
            documents: Vec::new(),
        }
    }

    /// The program of the given scopes, outermost first; scopes without a document are left out. With an error among the findings the
    /// program lacks something and must not be put in force.
    pub fn compile(&mut self, scopes: &[Scope<'_>]) -> (Arc<Program>, Vec<Diagnostic>) {
        let key: ProgramKey =
            scopes.iter().map(|scope| (scope.name, scope.entity.to_owned(), address(scope.document))).collect();
        if let Some((program, diagnostics)) = self.programs.get(&key) {
            return (Arc::clone(program), diagnostics.clone());
        }
        self.documents.extend(scopes.iter().map(|scope| Arc::clone(scope.document)));
        let mut diagnostics = Vec::new();
        let sections = Section::ALL.map(|section| {
            let (instructions, findings) = self.section(section, scopes);
            diagnostics.extend(findings);
            instructions
        });
        self.check_responses(scopes, &mut diagnostics);
        let program = Arc::new(finish(sections, scopes));
        self.programs.insert(key, (Arc::clone(&program), diagnostics.clone()));
        (program, diagnostics)
    }

    /// The program of a resolver, which stands alone. `entity`: its resource name.
    pub fn compile_resolver(&mut self, document: &Arc<Document>, entity: &str) -> (Arc<Program>, Vec<Diagnostic>) {
        self.compile(&[Scope { name: ScopeName::Operation, entity, document }])
    }

    /// Whether somebody sets the variables that responses are taken from.
    fn check_responses(&self, scopes: &[Scope<'_>], diagnostics: &mut Vec<Diagnostic>) {
        let mut named: Vec<(String, Arc<Document>)> = Vec::new();
        for scope in scopes {
            named.push((scope.name.as_str().to_owned(), Arc::clone(scope.document)));
            let ids = fragment_references(scope.document).into_iter();
            named.extend(
                ids.filter_map(|id| (self.fragments)(&id).map(|document| (format!("fragment {id}"), document))),
            );
        }
        let all: Vec<&Document> = named.iter().map(|(_, document)| &**document).collect();
        for (name, document) in &named {
            for mut diagnostic in unset_responses(document, &all) {
                diagnostic.document = Some(name.clone());
                if diagnostics.len() < limits::DIAGNOSTICS_MAX {
                    diagnostics.push(diagnostic);
                }
            }
        }
    }

    fn section(&mut self, section: Section, scopes: &[Scope<'_>]) -> (Arc<[Instruction]>, Vec<Diagnostic>) {
        let effective: SmallVec<[&Scope<'_>; 4]> =
            scopes.iter().filter(|scope| !is_base_only(section, scope)).collect();
        let key = (section, effective.iter().map(|scope| (scope.name, address(scope.document))).collect());
        if let Some((instructions, diagnostics)) = self.sections.get(&key) {
            return (Arc::clone(instructions), diagnostics.clone());
        }
        let mut composer = Composer {
            section,
            scopes: &effective,
            fragments: self.fragments,
            default_forward: &self.default_forward,
            instructions: Vec::new(),
            diagnostics: Vec::new(),
        };
        composer.scope(effective.len());
        composer.check_backends();
        let made = (Arc::from(composer.instructions), composer.diagnostics);
        self.sections.insert(key, made.clone());
        made
    }
}

/// Compiles one program.
#[must_use]
pub fn compile(scopes: &[Scope<'_>], fragments: FragmentLookup<'_>) -> (Arc<Program>, Vec<Diagnostic>) {
    Compiler::new(fragments).compile(scopes)
}

/// Whether a scope adds nothing to a section. The global scope always counts: its `<base/>` stands for nothing, not for a parent.
fn is_base_only(section: Section, scope: &Scope<'_>) -> bool {
    match &scope.document.sections[section.index()] {
        None => true,
        Some(items) => scope.name != ScopeName::Global && matches!(**items, [Item::Base(_)]),
    }
}

fn finish(mut sections: [Arc<[Instruction]>; 4], scopes: &[Scope<'_>]) -> Program {
    let mut scope_digests = [0; 4];
    for scope in scopes {
        scope_digests[scope.name as usize] = counter_key::scope(scope.name.as_str(), scope.entity);
    }
    let mut traits = ProgramTraits::default();
    let mut has_llm = false;
    let mut schemas = SchemaNeeds::default();
    for instruction in sections.iter().flat_map(|section| section.iter()) {
        match instruction.node.policy.kind() {
            PolicyKind::Count => traits.counts = true,
            PolicyKind::Cors(_) => traits.cors = true,
            PolicyKind::Forward(options) => traits.buffers_request_body |= options.buffer_request_body,
            PolicyKind::Llm => {
                traits.counts = true;
                has_llm = true;
            }
            PolicyKind::Schemas(needs) => schemas.extend(needs),
            PolicyKind::Backend(_)
            | PolicyKind::CacheStore(_)
            | PolicyKind::Certificate(_)
            | PolicyKind::CrossDomain
            | PolicyKind::Logger(_)
            | PolicyKind::Other
            | PolicyKind::Thumbprint(_) => {}
        }
    }
    if has_llm {
        let [inbound, _, outbound, _] = &mut sections;
        *inbound = behind(policies::llm_request(), inbound);
        *outbound = behind(policies::llm_response(), outbound);
    }
    let forward_only = match &*sections[Section::Backend.index()] {
        [only] => match only.node.policy.kind() {
            PolicyKind::Forward(options) if !options.fail_on_error_status_code => Some(*options),
            _ => None,
        },
        _ => None,
    };
    Program { sections, scope_digests, forward_only, traits, schemas }
}

/// A section behind policies that no document has.
fn behind(first: Vec<Arc<PolicyNode>>, section: &[Instruction]) -> Arc<[Instruction]> {
    let by = u32::try_from(first.len()).unwrap_or(u32::MAX);
    let first = first.into_iter().map(|node| Instruction { node, scope: ScopeName::Global, target: 0 });
    let moved = |instruction: &Instruction| Instruction {
        // 0: it has none.
        target: if instruction.target == 0 { 0 } else { instruction.target.saturating_add(by) },
        ..instruction.clone()
    };
    first.chain(section.iter().map(moved)).collect()
}

/// Writes one section of one program.
struct Composer<'c, 'a> {
    section: Section,
    /// Outermost first.
    scopes: &'c [&'c Scope<'c>],
    fragments: FragmentLookup<'a>,
    default_forward: &'c Arc<PolicyNode>,
    instructions: Vec<Instruction>,
    diagnostics: Vec<Diagnostic>,
}

impl Composer<'_, '_> {
    /// What the innermost of the first `depth` scopes says; with none left, the built-in default.
    fn scope(&mut self, depth: usize) {
        let Some(scope) = depth.checked_sub(1).and_then(|index| self.scopes.get(index)) else {
            if self.section == Section::Backend {
                self.push(Arc::clone(self.default_forward), ScopeName::Global);
            }
            return;
        };
        let scope = *scope;
        let Some(items) = &scope.document.sections[self.section.index()] else {
            return self.scope(depth - 1);
        };
        self.items(items, scope, depth);
    }

    /// `depth`: that of the scope, for `<base/>`.
    fn items(&mut self, items: &[Item], scope: &Scope<'_>, depth: usize) {
        for item in items {
            match item {
                Item::Base(place) if scope.name == ScopeName::Global => {
                    let consequence = if self.section == Section::Backend { " and forwards no request" } else { "" };
                    let message = format!("`<base>` at global scope has no parent{consequence}");
                    self.report(
                        scope.name.as_str(),
                        place.diagnostic(Severity::Warning, "base-without-parent", message),
                    );
                }
                Item::Base(_) => self.scope(depth - 1),
                Item::Include { fragment_id, place } => self.fragment(scope, fragment_id, *place),
                Item::Flow(flow) => self.flow(flow, scope.name, &mut |composer, items| {
                    composer.items(items, scope, depth);
                }),
                Item::Policy(node) => self.policy(scope.name, node, scope.name.as_str()),
            }
        }
    }

    /// `document` is where the policy is written: the scope's own document or a fragment.
    fn policy(&mut self, scope: ScopeName, node: &Arc<PolicyNode>, document: &str) {
        match node.scope_error(scope) {
            Some(diagnostic) => self.report(document, diagnostic),
            None if self.instructions.len() >= limits::INSTRUCTIONS_MAX => {
                let message = format!(
                    "section `<{}>` has more than {} policies",
                    self.section.as_str(),
                    limits::INSTRUCTIONS_MAX
                );
                if !has_errors(&self.diagnostics) {
                    self.report(document, node.place.diagnostic(Severity::Error, "program-too-long", message));
                }
            }
            None => self.push(Arc::clone(node), scope),
        }
    }

    fn push(&mut self, node: Arc<PolicyNode>, scope: ScopeName) {
        self.instructions.push(Instruction { node, scope, target: 0 });
    }

    /// Index of the instruction that comes next.
    fn here(&self) -> u32 {
        u32::try_from(self.instructions.len()).unwrap_or(u32::MAX)
    }

    fn set_target(&mut self, instruction: u32, target: u32) {
        if let Some(instruction) = self.instructions.get_mut(instruction as usize) {
            instruction.target = target;
        }
    }

    /// A policy with policies inside, whose parts `inner` composes.
    fn flow(&mut self, flow: &Flow, scope: ScopeName, inner: &mut dyn FnMut(&mut Self, &[Item])) {
        let mut ends = Vec::new();
        let mut start = match flow.kind {
            FlowKind::Parallel => self.here(),
            FlowKind::Branches | FlowKind::Loop | FlowKind::Bracket => 0,
        };
        for part in &flow.parts {
            let head = self.here();
            self.push(Arc::clone(&part.head), scope);
            match flow.kind {
                FlowKind::Branches => {
                    inner(self, &part.items);
                    ends.push(self.here());
                    self.push(policies::jump(), scope);
                    let next = self.here();
                    self.set_target(head, next);
                }
                // The second head jumps back behind the first one.
                FlowKind::Parallel => {
                    if head > start {
                        self.set_target(start, head);
                    }
                    start = head;
                    inner(self, &part.items);
                }
                FlowKind::Loop | FlowKind::Bracket => {
                    self.set_target(head, start);
                    start = self.here();
                    inner(self, &part.items);
                }
            }
        }
        let end = self.here();
        for jump in ends {
            self.set_target(jump, end);
        }
    }

    fn fragment(&mut self, scope: &Scope<'_>, id: &str, place: Place) {
        let Some(fragment) = (self.fragments)(id).filter(|fragment| fragment.kind == DocumentKind::Fragment) else {
            let message = format!("fragment {} does not exist", quote_name(id));
            return self.report(scope.name.as_str(), place.diagnostic(Severity::Error, "fragment-not-found", message));
        };
        let document = format!("fragment {id}");
        for items in fragment.sections.iter().flatten() {
            self.fragment_items(items, scope.name, (id, &document, place));
        }
    }

    /// `origin`: the fragment's id, its name in findings, and where it is included.
    fn fragment_items(&mut self, items: &[Item], scope: ScopeName, origin: (&str, &str, Place)) {
        let (id, document, place) = origin;
        for item in items {
            let node = match item {
                Item::Policy(node) => node,
                Item::Flow(flow) => {
                    self.flow(flow, scope, &mut |composer, items| composer.fragment_items(items, scope, origin));
                    continue;
                }
                Item::Base(_) | Item::Include { .. } => continue,
            };
            if node.sections.contains(self.section) {
                self.policy(scope, node, document);
                continue;
            }
            let section = self.section.as_str();
            let message = format!(
                "fragment {} holds `<{}>`, which is not allowed in section `<{section}>`",
                quote_name(id),
                node.element
            );
            self.report(scope.as_str(), place.diagnostic(Severity::Error, "wrong-section", message));
        }
    }

    /// A `base-url` behind an outer scope's `backend-id` has no effect at run time.
    fn check_backends(&mut self) {
        let mut id_scope: Option<ScopeName> = None;
        let mut findings = Vec::new();
        for Instruction { node, scope, .. } in &self.instructions {
            match node.policy.kind() {
                PolicyKind::Backend(BackendTarget::Id(_)) => id_scope = Some(*scope),
                PolicyKind::Backend(BackendTarget::BaseUrl(_)) if id_scope.is_some_and(|outer| outer < *scope) => {
                    let message = "`base-url` has no effect: an outer scope has set `backend-id`".to_owned();
                    let mut diagnostic = node.place.diagnostic(Severity::Warning, "backend-id-inherited", message);
                    diagnostic.suggestion = Some("override it with `backend-id`".to_owned());
                    findings.push((*scope, diagnostic));
                }
                _ => {}
            }
        }
        for (scope, diagnostic) in findings {
            self.report(scope.as_str(), diagnostic);
        }
    }

    fn report(&mut self, document: &str, mut diagnostic: Diagnostic) {
        diagnostic.document = Some(document.to_owned());
        if self.diagnostics.len() < limits::DIAGNOSTICS_MAX {
            self.diagnostics.push(diagnostic);
        }
    }
}

#[cfg(test)]
mod tests;
