//! What can be called: members of the library, local functions and delegates, as overload resolution sees them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::expression::bound::{BoundExpr, FunctionId, NativeRef};
use crate::expression::library::{Class, ClassKind, Member, Parameter};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::text;

/// Something that can be called with arguments.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// What it takes: in terms of the type parameters of its class and its own.
    pub(super) parameters: Cow<'static, [Parameter]>,
    /// What it gives.
    pub(super) returns: Type,
    /// Type arguments of its class.
    pub(super) class_arguments: Arc<[Type]>,
    /// How many type parameters it has itself.
    pub(super) type_parameter_count: usize,
    pub(super) target: Target,
    /// How far up from the receiver's class it is declared.
    pub(super) depth: usize,
    /// It is called on its first argument, which may only be boxed or seen as a base then.
    pub(super) is_extension: bool,
}

/// What is called.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Member(&'static Class, &'static Member),
    Function(FunctionId),
    /// A delegate of this type.
    Delegate(Type),
}

/// Methods of a name, found but not yet chosen from.
#[derive(Debug)]
pub(super) struct MethodGroup {
    /// The name, where it was written.
    pub(super) name: Box<str>,
    pub(super) name_span: Span,
    pub(super) span: Span,
    /// The object they are methods of; none for static methods.
    pub(super) receiver: Option<Box<BoundExpr>>,
    /// The class they were looked for in.
    pub(super) of: Type,
    pub(super) candidates: Vec<Candidate>,
    /// Written type arguments.
    pub(super) type_arguments: Vec<Type>,
}

impl Candidate {
    pub(super) fn member(
        class: &'static Class,
        class_arguments: Arc<[Type]>,
        member: &'static Member,
        depth: usize,
    ) -> Candidate {
        Candidate {
            parameters: Cow::Borrowed(&member.parameters),
            returns: member.returns.clone(),
            class_arguments,
            type_parameter_count: member.type_parameters.len(),
            target: Target::Member(class, member),
            depth,
            is_extension: false,
        }
    }

    pub(super) fn is_static(&self) -> bool {
        match &self.target {
            Target::Member(_, member) => member.is_static,
            _ => false,
        }
    }

    /// As it is called in messages: `string.Join(string, params string[])`.
    pub(super) fn describe(&self) -> String {
        match &self.target {
            Target::Member(class, member) => text::member(class, &self.class_arguments, member),
            Target::Function(..) => {
                let types: Vec<String> = self.parameters.iter().map(|parameter| parameter.of.to_string()).collect();
                format!("({})", types.join(", "))
            }
            Target::Delegate(of) => of.to_string(),
        }
    }
}

/// The code of a member, with its type arguments.
pub(super) fn native(member: &Member, types: Arc<[Type]>) -> NativeRef {
    let has_this = !member.is_static;
    let takes_boxes = takes_boxes(member) << u32::from(has_this);
    NativeRef { native: member.native, types, has_this, name: member.name.clone(), takes_boxes }
}

/// What a member keeps as it is: what is of its class's or its own type parameters, and references to compare.
fn takes_boxes(member: &Member) -> u32 {
    fn is_open(of: &Type) -> bool {
        match of {
            Type::Parameter(_) => true,
            Type::Array(element, _) | Type::Nullable(element) => is_open(element),
            Type::Class(_, arguments) | Type::Tuple(arguments) => arguments.iter().any(is_open),
            _ => false,
        }
    }
    if &*member.name == REFERENCE_EQUALS {
        return u32::MAX;
    }
    let open = (0..31).zip(&member.parameters).filter(|(_, parameter)| is_open(&parameter.of));
    open.fold(0, |mask, (index, _)| mask | 1 << index)
}

/// The method that compares references.
pub(super) const REFERENCE_EQUALS: &str = "ReferenceEquals";

/// Whether a class has instances that are no values and no interfaces' views.
pub(super) fn is_interface(class: &Class) -> bool {
    class.kind == ClassKind::Interface
}
