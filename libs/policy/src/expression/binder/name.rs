//! Names without anything in front: variables, what is global, types, namespaces.

use crate::expression::ast::{ExprId, ExprKind, SimpleName};
use crate::expression::library::MemberKind;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::candidate::{Candidate, MethodGroup};
use super::error::Bind;
use super::lookup::Invoked;
use super::operand::Operand;
use super::scope::Entity;
use super::suggestion::nearest_name;
use super::written_type::Qualifier;

/// The class whose static members are global names: `context`.
const GLOBALS: &str = "Postern.Globals";

impl Binder<'_> {
    /// What is called: a method rather than a property of the same name.
    pub(super) fn callee(&mut self, id: ExprId) -> Bind<Operand> {
        let tree = self.tree;
        let span = tree[id].span;
        match &tree[id].kind {
            ExprKind::Name(name) => self.name(name, span, Invoked::Yes),
            ExprKind::Member { target, name } => self.member(*target, name, span, Invoked::Yes),
            ExprKind::MemberBinding(name) => self.member_binding(name, span, Invoked::Yes),
            _ => self.expression(id),
        }
    }

    /// A name.
    pub(super) fn name(&mut self, name: &SimpleName, span: Span, invoked: Invoked) -> Bind<Operand> {
        let text = self.tree.text(name.name);
        let is_function = matches!(self.find_name(name.name.symbol), Some((_, Entity::Function(_))));
        if (name.arguments.is_empty() || is_function)
            && let Some(found) = self.scoped_name(name, span)
        {
            return found;
        }
        if let Some(found) = self.global_member(name, span, invoked)? {
            return Ok(found);
        }
        match self.simple_type(name)? {
            Some(Qualifier::Type(of)) => return Ok(Operand::Type(of, span)),
            Some(Qualifier::Namespace(namespace)) => return Ok(Operand::Namespace(namespace, span)),
            None => {}
        }
        if self.is_upcoming(name.name.symbol) {
            let message = format!("Cannot use local variable '{text}' before it is declared");
            return self.fail("CS0841", name.name.span, message);
        }
        let message = format!("The name '{text}' does not exist in the current context");
        let Binder { diagnostics, frames, tree, library, .. } = self;
        Err(diagnostics.error_with("CS0103", name.name.span, message, || nearest_name(frames, tree, library, text)))
    }

    /// A name that a scope around here declares.
    fn scoped_name(&mut self, name: &SimpleName, span: Span) -> Option<Bind<Operand>> {
        let (frame, entity) = self.find_name(name.name.symbol)?;
        let entity = entity.clone();
        let text = self.tree.text(name.name);
        Some(match entity {
            Entity::Variable(variable) => self
                .check_static(frame, text, span)
                .and_then(|()| self.check_reference(frame, &variable, text, span))
                .map(|()| self.read_variable(frame, &variable, span)),
            Entity::Constant(of, constant) => Ok(Operand::constant(span, of, constant)),
            Entity::Function(index) => Ok(Operand::Function(index, span)),
            Entity::Type(of) => Ok(Operand::Type(of, span)),
            Entity::Range { local, of, path } => Ok(self.read_range(frame, local, &of, &path, span)),
            Entity::Broken => Err(super::error::Reported),
        })
    }

    /// `global::Name`
    pub(super) fn global_name(&mut self, name: &SimpleName, span: Span) -> Bind<Operand> {
        match self.simple_type(name)? {
            Some(Qualifier::Type(of)) => Ok(Operand::Type(of, span)),
            Some(Qualifier::Namespace(namespace)) => Ok(Operand::Namespace(namespace, span)),
            None => {
                let text = self.tree.text(name.name);
                let message = format!(
                    "The type or namespace name '{text}' could not be found in the global namespace (are you missing an assembly reference?)"
                );
                self.fail("CS0400", name.name.span, message)
            }
        }
    }

    /// A static member of the class of global names.
    fn global_member(&mut self, name: &SimpleName, span: Span, invoked: Invoked) -> Bind<Option<Operand>> {
        let library = self.library;
        let Some(id) = library.class_by_full_name(GLOBALS, 0) else { return Ok(None) };
        let class = library.class(id);
        let text = self.tree.text(name.name);
        let of = Type::Class(id, std::sync::Arc::default());
        let mut methods = Vec::new();
        for member in class.members().iter().filter(|member| &*member.name == text && !member.is_extension) {
            match member.kind {
                MemberKind::Getter => return self.static_member(&of, name, span, invoked).map(Some),
                MemberKind::Method => methods.push(Candidate::member(class, std::sync::Arc::default(), member, 0)),
                _ => {}
            }
        }
        if methods.is_empty() {
            return Ok(None);
        }
        let type_arguments = self.type_arguments(name)?;
        Ok(Some(Operand::Methods(Box::new(MethodGroup {
            name: text.into(),
            name_span: name.name.span,
            span,
            receiver: None,
            of,
            candidates: methods,
            type_arguments,
        }))))
    }
}
