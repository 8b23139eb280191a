//! `x.Name`, where `x` is a value, a type or a namespace.

use std::sync::Arc;

use crate::expression::ast::{ExprId, SimpleName};
use crate::expression::bound::{BoundExpr, BoundKind, Conversion};
use crate::expression::library::Constant;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::candidate::{MethodGroup, native};
use super::convert::converted;
use super::error::{Bind, Reported};
use super::lookup::{Found, Invoked, Property, find_extensions, find_member};
use super::operand::Operand;
use super::written_type::Qualifier;

impl Binder<'_> {
    /// `target.name`
    pub(super) fn member(&mut self, target: ExprId, name: &SimpleName, span: Span, invoked: Invoked) -> Bind<Operand> {
        let target = self.expression(target)?;
        self.member_of(target, name, span, invoked)
    }

    fn member_of(&mut self, target: Operand, name: &SimpleName, span: Span, invoked: Invoked) -> Bind<Operand> {
        match target {
            Operand::Namespace(namespace, _) => {
                let text = self.tree.text(name.name);
                match self.qualified_type(&Qualifier::Namespace(namespace.clone()), name)? {
                    Some(Qualifier::Type(of)) => Ok(Operand::Type(of, span)),
                    Some(Qualifier::Namespace(found)) => Ok(Operand::Namespace(found, span)),
                    None => {
                        let message = format!(
                            "The type or namespace name '{text}' does not exist in the namespace '{namespace}' (are you missing an \
                             assembly reference?)"
                        );
                        self.fail("CS0234", name.name.span, message)
                    }
                }
            }
            Operand::Type(of, _) => self.static_member(&of, name, span, invoked),
            Operand::Lambda(..) | Operand::Methods(_) | Operand::Function(..) => {
                let message = format!("Operator '.' cannot be applied to operand of type '{}'", target.describe());
                self.fail("CS0023", span, message)
            }
            other => {
                let value = self.natural(other)?;
                self.instance_member(value, name, span, invoked)
            }
        }
    }

    /// `Type.Name`
    pub(super) fn static_member(
        &mut self,
        of: &Type,
        name: &SimpleName,
        span: Span,
        invoked: Invoked,
    ) -> Bind<Operand> {
        let text = self.tree.text(name.name);
        if let Some((of, constant)) = super::known_constant::known_constant(of, text) {
            return Ok(Operand::constant(span, of, constant));
        }
        match find_member(of, text, invoked) {
            Some(Found::EnumConstant(class, value)) => {
                Ok(Operand::constant(span, Type::Class(class, Arc::default()), Constant::Enum(class, value)))
            }
            Some(Found::Property(property)) => {
                if !property.is_static() {
                    let message = format!(
                        "An object reference is required for the non-static field, method, or property '{of}.{text}'"
                    );
                    return self.fail("CS0120", span, message);
                }
                self.read_property(&property, None, text, span)
            }
            Some(Found::Methods(candidates)) => self.method_group(None, of.clone(), candidates, name, span),
            None => {
                if let Some(Qualifier::Type(nested)) = self.qualified_type(&Qualifier::Type(of.clone()), name)? {
                    return Ok(Operand::Type(nested, span));
                }
                if invoked == Invoked::Yes && find_member(of, text, Invoked::No).is_some() {
                    let message = format!("Non-invocable member '{of}.{text}' cannot be used like a method.");
                    return self.fail("CS1955", name.name.span, message);
                }
                Err(self.no_static_member(of, text, name.name.span))
            }
        }
    }

    /// `value.Name`
    pub(super) fn instance_member(
        &mut self,
        value: Box<BoundExpr>,
        name: &SimpleName,
        span: Span,
        invoked: Invoked,
    ) -> Bind<Operand> {
        let text = self.tree.text(name.name);
        if matches!(value.of, Type::Void | Type::Null) {
            let message = format!("Operator '.' cannot be applied to operand of type '{}'", value.of);
            return self.fail("CS0023", span, message);
        }
        if value.of == Type::Dynamic {
            return Ok(Operand::value(
                span,
                Type::Dynamic,
                BoundKind::DynamicMember { target: value, name: text.into() },
            ));
        }
        let value = match self.built_in_member(value, text, span) {
            Ok(found) => return Ok(found),
            Err(value) => value,
        };
        match find_member(&value.of, text, invoked) {
            Some(Found::Property(property)) => {
                if property.is_static() {
                    let message = format!(
                        "Member '{}.{text}' cannot be accessed with an instance reference; qualify it with a type name instead",
                        value.of
                    );
                    return self.fail("CS0176", span, message);
                }
                self.read_property(&property, Some(value), text, span)
            }
            Some(Found::Methods(candidates)) => {
                let of = value.of.clone();
                self.method_group(Some(value), of, candidates, name, span)
            }
            Some(Found::EnumConstant(..)) => {
                let message = format!(
                    "Member '{}.{text}' cannot be accessed with an instance reference; qualify it with a type name instead",
                    value.of
                );
                self.fail("CS0176", span, message)
            }
            None if !find_extensions(text).is_empty() => {
                let of = value.of.clone();
                self.method_group(Some(value), of, Vec::new(), name, span)
            }
            None if invoked == Invoked::Yes && find_member(&value.of, text, Invoked::No).is_some() => {
                let message = format!("Non-invocable member '{}.{text}' cannot be used like a method.", value.of);
                self.fail("CS1955", name.name.span, message)
            }
            None => Err(self.no_member(&value.of, text, name.name.span)),
        }
    }

    /// Members that are the language's own; gives the value back if it has no such member.
    fn built_in_member(&mut self, value: Box<BoundExpr>, name: &str, span: Span) -> Result<Operand, Box<BoundExpr>> {
        match value.of.clone() {
            Type::Array(..) if name == "Length" => Ok(Operand::value(span, Type::INT, BoundKind::ArrayLength(value))),
            Type::Tuple(items) => match self.tuple_index(&value.of, name) {
                Some(index) => {
                    let of = items.get(index).cloned().unwrap_or(Type::Object);
                    Ok(Operand::value(span, of, BoundKind::Item { of: value, index: index as u32 }))
                }
                None => Err(value),
            },
            Type::Anonymous(properties) => match properties.iter().position(|(known, _)| **known == *name) {
                Some(index) => {
                    let of = properties.get(index).map_or(Type::Object, |(_, of)| of.clone());
                    Ok(Operand::value(span, of, BoundKind::Item { of: value, index: index as u32 }))
                }
                None => Err(value),
            },
            Type::Nullable(element) => match name {
                "Value" => Ok(Operand::Value(converted(span, &element, Conversion::NullableValue, value))),
                "HasValue" => {
                    Ok(Operand::value(span, Type::Bool, BoundKind::IsNull { is_negated: true, operand: value }))
                }
                _ => Err(value),
            },
            _ => Err(value),
        }
    }

    /// Which item of a tuple a name means.
    pub(super) fn tuple_index(&self, of: &Type, name: &str) -> Option<usize> {
        let Type::Tuple(items) = of else { return None };
        if let Some(names) = self.tuple_names.get(of) {
            let position =
                |names: &Vec<Option<Box<str>>>| names.iter().position(|known| known.as_deref() == Some(name));
            if let Some(index) = names.iter().rev().find_map(position) {
                return Some(index);
            }
        }
        let number: usize = name.strip_prefix("Item")?.parse().ok()?;
        number.checked_sub(1).filter(|index| *index < items.len())
    }

    fn method_group(
        &mut self,
        receiver: Option<Box<BoundExpr>>,
        of: Type,
        candidates: Vec<super::candidate::Candidate>,
        name: &SimpleName,
        span: Span,
    ) -> Bind<Operand> {
        let type_arguments = self.type_arguments(name)?;
        let text = self.tree.text(name.name);
        Ok(Operand::Methods(Box::new(MethodGroup {
            name: text.into(),
            name_span: name.name.span,
            span,
            receiver,
            of,
            candidates,
            type_arguments,
        })))
    }

    /// The value of a property.
    pub(super) fn read_property(
        &mut self,
        property: &Property,
        receiver: Option<Box<BoundExpr>>,
        name: &str,
        span: Span,
    ) -> Bind<Operand> {
        let Some(getter) = property.getter else {
            let message = format!(
                "The property or indexer '{}.{name}' cannot be used in this context because it lacks the get accessor",
                property.class.name
            );
            return self.fail("CS0154", span, message);
        };
        let of = getter.returns.substitute(&property.arguments);
        let arguments = receiver.into_iter().map(|receiver| *receiver).collect();
        let native = native(getter, Arc::clone(&property.arguments));
        Ok(Operand::value(span, of, BoundKind::Call { native, arguments, outs: Vec::new() }))
    }

    /// Reads a member by a name that was not written in the code, if there is one.
    pub(super) fn member_value(&mut self, value: Box<BoundExpr>, name: &str, span: Span) -> Bind<Operand> {
        let value = match self.built_in_member(value, name, span) {
            Ok(found) => return Ok(found),
            Err(value) => value,
        };
        match find_member(&value.of, name, Invoked::No) {
            Some(Found::Property(property)) if !property.is_static() => {
                self.read_property(&property, Some(value), name, span)
            }
            _ => {
                self.no_member(&value.of.clone(), name, span);
                Err(Reported)
            }
        }
    }
}
