//! Types as they are written, and names as types and namespaces.

use std::sync::Arc;

use crate::expression::ast::{PredefinedType, SimpleName, TypeId, TypeKind};
use crate::expression::library::{ClassId, ClassKind};
use crate::expression::newer::Newer;
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};

use super::Binder;
use super::error::Bind;
use super::scope::Entity;
use super::suggestion::nearest_name;

/// What a name in front of a point may be, apart from a value.
#[derive(Debug)]
pub(super) enum Qualifier {
    Type(Type),
    Namespace(String),
}

/// The type of a keyword.
pub(super) fn predefined(of: PredefinedType) -> Type {
    match of {
        PredefinedType::Bool => Type::Bool,
        PredefinedType::Byte => Type::Number(Number::Byte),
        PredefinedType::SByte => Type::Number(Number::SByte),
        PredefinedType::Short => Type::Number(Number::Short),
        PredefinedType::UShort => Type::Number(Number::UShort),
        PredefinedType::Int => Type::INT,
        PredefinedType::UInt => Type::Number(Number::UInt),
        PredefinedType::Long => Type::LONG,
        PredefinedType::ULong => Type::Number(Number::ULong),
        PredefinedType::Float => Type::Number(Number::Float),
        PredefinedType::Double => Type::DOUBLE,
        PredefinedType::Decimal => Type::Number(Number::Decimal),
        PredefinedType::Char => Type::Char,
        PredefinedType::String => Type::String,
        PredefinedType::Object => Type::Object,
        PredefinedType::Void => Type::Void,
    }
}

impl Binder<'_> {
    /// Whether `var` is written, which asks for the type of the value.
    pub(super) fn is_var(&self, id: TypeId) -> bool {
        matches!(self.tree[id].kind, TypeKind::Var)
    }

    /// A written type.
    pub(super) fn type_(&mut self, id: TypeId) -> Bind<Type> {
        let tree = self.tree;
        let written = &tree[id];
        match &written.kind {
            TypeKind::Predefined(of) => Ok(predefined(*of)),
            TypeKind::Dynamic => Ok(Type::Dynamic),
            TypeKind::Var => {
                let message = "The contextual keyword 'var' may only appear within a local variable declaration or in script code";
                self.fail("CS0825", written.span, message)
            }
            TypeKind::Named { .. } => match self.type_or_namespace(id)? {
                Qualifier::Type(of) => Ok(of),
                Qualifier::Namespace(name) => {
                    let message = format!("'{name}' is a namespace but is used like a type");
                    self.fail("CS0118", written.span, message)
                }
            },
            TypeKind::Ref { of, .. } => self.type_(*of),
            TypeKind::Array { element, rank } => Ok(Type::Array(Arc::new(self.type_(*element)?), *rank)),
            TypeKind::Nullable(element) => {
                let of = self.type_(*element)?;
                // `string?` is only an annotation in later versions.
                let is_struct = matches!(of, Type::Parameter(index) if self.struct_parameters.contains(&index));
                if of.is_value_type() || is_struct {
                    return Ok(Type::nullable_of(of));
                }
                self.diagnostics.newer(Newer::NullableReference, written.span);
                Ok(of)
            }
            TypeKind::Tuple(items) => {
                let types = items.iter().map(|item| self.type_(item.of)).collect::<Bind<Vec<_>>>()?;
                let of = Type::Tuple(types.into());
                let written: Vec<_> = items.iter().map(|item| item.name).collect();
                self.check_names(&written)?;
                let names = items.iter().map(|item| item.name.map(|name| tree.text(name).into())).collect();
                self.name_tuple(&of, names);
                Ok(of)
            }
        }
    }

    /// Remembers the names of a tuple's items.
    pub(super) fn name_tuple(&mut self, of: &Type, names: Vec<Option<Box<str>>>) {
        if names.iter().any(Option::is_some) {
            let known = self.tuple_names.entry(of.clone()).or_default();
            known.retain(|known| *known != names);
            known.push(names);
        }
    }

    fn type_or_namespace(&mut self, id: TypeId) -> Bind<Qualifier> {
        let tree = self.tree;
        let written = &tree[id];
        let TypeKind::Named { qualifier, name } = &written.kind else { return Ok(Qualifier::Type(self.type_(id)?)) };
        let Some(qualifier) = qualifier else {
            let text = tree.text(name.name);
            return match self.simple_type(name)? {
                Some(found) => Ok(found),
                None => {
                    let shown = if name.arguments.is_empty() {
                        text.to_owned()
                    } else {
                        format!("{text}<{}>", ",".repeat(name.arguments.len() - 1))
                    };
                    let message = format!(
                        "The type or namespace name '{shown}' could not be found (are you missing a using directive or an assembly \
                         reference?)"
                    );
                    let Binder { diagnostics, frames, library, .. } = self;
                    let suggestion = || nearest_name(frames, tree, library, text);
                    Err(diagnostics.error_with("CS0246", name.name.span, message, suggestion))
                }
            };
        };
        let qualifier = self.type_or_namespace(*qualifier)?;
        if let Some(found) = self.qualified_type(&qualifier, name)? {
            return Ok(found);
        }
        let text = tree.text(name.name);
        match qualifier {
            Qualifier::Namespace(namespace) => {
                let message = format!(
                    "The type or namespace name '{text}' does not exist in the namespace '{namespace}' (are you missing an assembly \
                     reference?)"
                );
                self.fail("CS0234", name.name.span, message)
            }
            Qualifier::Type(of) => {
                let message = format!("The type name '{text}' does not exist in the type '{of}'");
                self.fail("CS0426", name.name.span, message)
            }
        }
    }

    /// The type or namespace that a name without a point means.
    pub(super) fn simple_type(&mut self, name: &SimpleName) -> Bind<Option<Qualifier>> {
        let text = self.tree.text(name.name);
        if name.arguments.is_empty()
            && let Some((_, Entity::Type(of))) = self.find_name(name.name.symbol)
        {
            return Ok(Some(Qualifier::Type(of.clone())));
        }
        let arguments = self.type_arguments(name)?;
        let library = self.library;
        // A type is called by its simple name; nested types and full names have a point.
        match library.classes_named(text, arguments.len()) {
            [] => {}
            [class] => return Ok(Some(Qualifier::Type(library.type_of(*class, arguments.into())))),
            [one, two, ..] => {
                let (one, two) = (&library.class(*one).full_name, &library.class(*two).full_name);
                let message = format!("'{text}' is an ambiguous reference between '{one}' and '{two}'");
                return self.fail("CS0104", name.name.span, message);
            }
        }
        if arguments.is_empty() && library.is_namespace(text) {
            return Ok(Some(Qualifier::Namespace(text.to_owned())));
        }
        self.other_arity(text, arguments.len(), name.name.span)
    }

    /// The type or namespace that a name behind a point means.
    pub(super) fn qualified_type(&mut self, qualifier: &Qualifier, name: &SimpleName) -> Bind<Option<Qualifier>> {
        let text = self.tree.text(name.name);
        let arguments = self.type_arguments(name)?;
        let outer = match qualifier {
            Qualifier::Namespace(namespace) => namespace.as_str(),
            Qualifier::Type(of) => match self.library.class_of(of) {
                Some((class, _)) => &class.full_name,
                None => return Ok(None),
            },
        };
        let full_name = format!("{outer}.{text}");
        if let Some(class) = self.library.class_by_full_name(&full_name, arguments.len()) {
            return Ok(Some(Qualifier::Type(self.library.type_of(class, arguments.into()))));
        }
        if arguments.is_empty() && self.library.is_namespace(&full_name) {
            return Ok(Some(Qualifier::Namespace(full_name)));
        }
        self.other_arity(&full_name, arguments.len(), name.name.span)
    }

    /// The type exists, but with more or fewer type parameters.
    fn other_arity(&mut self, name: &str, given: usize, span: Span) -> Bind<Option<Qualifier>> {
        /// Most type parameters of a class.
        const ARITY_MAX: usize = 8;
        let library = self.library;
        let found = (0..=ARITY_MAX).find_map(|arity| library.classes_named(name, arity).first().copied());
        let Some(class) = found else { return Ok(None) };
        let class = library.class(class);
        if class.parameters.is_empty() {
            let message = format!("The non-generic type '{}' cannot be used with type arguments", class.name);
            return self.fail("CS0308", span, message);
        }
        if given == 0 && library.is_namespace(name) {
            return Ok(Some(Qualifier::Namespace(name.to_owned())));
        }
        let names: Vec<&str> = class.parameters.iter().map(|(name, _)| &**name).collect();
        let message = format!(
            "Using the generic type '{}<{}>' requires {} type arguments",
            class.name,
            names.join(", "),
            class.parameters.len()
        );
        self.fail("CS0305", span, message)
    }

    pub(super) fn type_arguments(&mut self, name: &SimpleName) -> Bind<Vec<Type>> {
        name.arguments.iter().map(|argument| self.type_(*argument)).collect()
    }

    /// What kind of class a type is, if it is one of the library.
    pub(super) fn class_kind(&self, of: &Type) -> Option<ClassKind> {
        match of {
            Type::Class(class, _) => Some(self.library.class(*class).kind),
            _ => None,
        }
    }

    /// The enum a type is.
    pub(super) fn as_enum(&self, of: &Type) -> Option<ClassId> {
        match of {
            Type::Class(class, _) if self.library.class(*class).kind == ClassKind::Enum => Some(*class),
            _ => None,
        }
    }
}
