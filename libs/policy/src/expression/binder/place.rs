//! What can be assigned to.

use std::borrow::Cow;
use std::sync::Arc;

use crate::expression::ast::{self, ExprId, ExprKind, SimpleName};
use crate::expression::bound::{BoundExpr, BoundKind, Place};
use crate::expression::library::MemberKind;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::{Candidate, Target, native};
use super::error::Bind;
use super::failure::Called;
use super::lookup::{Found, Invoked, Property, find_indexers, find_member};
use super::operand::Operand;
use super::scope::Entity;

/// A place and what it holds.
#[derive(Debug)]
pub(super) struct TypedPlace {
    pub(super) place: Place,
    pub(super) of: Type,
}

const NOT_A_VARIABLE: &str = "The left-hand side of an assignment must be a variable, property or indexer";

impl Binder<'_> {
    /// Binds what stands on the left of an assignment.
    pub(super) fn place(&mut self, id: ExprId) -> Bind<TypedPlace> {
        let tree = self.tree;
        let span = tree[id].span;
        match &tree[id].kind {
            ExprKind::Parenthesized(inner) => self.place(*inner),
            ExprKind::Name(name) => self.named_place(name, id, span),
            ExprKind::Member { target, name } => self.member_place(*target, name, span),
            ExprKind::Index { target, arguments } => {
                let target = self.typed(*target)?;
                self.index_place(target, arguments, span)
            }
            ExprKind::Declaration { of, designation: ast::Designation::Single(name) } if !self.is_var(*of) => {
                let of = self.type_(*of)?;
                let local = self.declare_inside(*name, of.clone());
                Ok(TypedPlace { place: Place::Local(local), of })
            }
            _ => {
                let operand = self.expression(id)?;
                self.dereferenced_place(operand, span)
            }
        }
    }

    /// Where a reference leads, if that may be assigned to.
    fn dereferenced_place(&mut self, operand: Operand, span: Span) -> Bind<TypedPlace> {
        let Operand::Value(value) = operand else { return self.fail("CS0131", span, NOT_A_VARIABLE) };
        match value.kind {
            BoundKind::Dereference { reference, is_readonly: false } => {
                Ok(TypedPlace { place: Place::Dereference(reference), of: value.of })
            }
            BoundKind::Dereference { .. } => {
                let message = "Cannot assign to variable because it is a readonly variable";
                self.fail("CS8331", span, message)
            }
            _ => self.fail("CS0131", span, NOT_A_VARIABLE),
        }
    }

    fn named_place(&mut self, name: &SimpleName, id: ExprId, span: Span) -> Bind<TypedPlace> {
        let text = self.tree.text(name.name);
        let Some((frame, entity)) = self.find_name(name.name.symbol) else {
            // Only what is global is left, and none of it is a variable.
            return match self.expression(id)? {
                Operand::Value(_) => {
                    let message = format!("Property or indexer '{text}' cannot be assigned to -- it is read only");
                    self.fail("CS0200", span, message)
                }
                Operand::Methods(_) | Operand::Function(..) => {
                    self.fail("CS1656", span, format!("Cannot assign to '{text}' because it is a 'method group'"))
                }
                other => {
                    self.value(other)?;
                    self.fail("CS0131", span, NOT_A_VARIABLE)
                }
            };
        };
        match entity.clone() {
            Entity::Variable(variable) => {
                if let Some(reason) = variable.read_only {
                    return self.fail("CS1656", span, format!("Cannot assign to '{text}' because it is a '{reason}'"));
                }
                self.check_static(frame, text, span)?;
                self.check_reference(frame, &variable, text, span)?;
                if let Some(how) = variable.reference {
                    let operand = self.read_reference(&variable, how, span);
                    return self.dereferenced_place(operand, span);
                }
                let place = self.reach(frame, variable.local).place();
                Ok(TypedPlace { place, of: variable.of })
            }
            Entity::Constant(..) | Entity::Type(_) => self.fail("CS0131", span, NOT_A_VARIABLE),
            Entity::Function(_) => {
                self.fail("CS1656", span, format!("Cannot assign to '{text}' because it is a 'method group'"))
            }
            Entity::Range { .. } => {
                self.fail("CS1947", span, format!("Range variable '{text}' cannot be assigned to -- it is read only"))
            }
            Entity::Broken => Err(super::error::Reported),
        }
    }

    fn member_place(&mut self, target: ExprId, name: &SimpleName, span: Span) -> Bind<TypedPlace> {
        let text = self.tree.text(name.name);
        let operand = self.expression(target)?;
        match operand {
            Operand::Type(of, _) => match find_member(&of, text, Invoked::No) {
                Some(Found::Property(property)) if property.is_static() => {
                    self.property_place(&property, None, text, span)
                }
                Some(_) => self.fail("CS0131", span, NOT_A_VARIABLE),
                None => Err(self.no_static_member(&of, text, name.name.span)),
            },
            operand => {
                let value = self.natural(operand)?;
                if let Some(index) = self.tuple_index(&value.of, text) {
                    return self.tuple_place(target, &value.of, index);
                }
                self.place_in(value, text, name.name.span, span)
            }
        }
    }

    /// A property of an object.
    pub(super) fn place_in(
        &mut self,
        value: Box<BoundExpr>,
        name: &str,
        name_span: Span,
        span: Span,
    ) -> Bind<TypedPlace> {
        if value.of == Type::Dynamic {
            let place = Place::DynamicMember { target: value, name: name.into() };
            return Ok(TypedPlace { place, of: Type::Dynamic });
        }
        if let Type::Anonymous(properties) = &value.of
            && properties.iter().any(|(known, _)| **known == *name)
        {
            return self.read_only(&value.of.to_string(), name, span);
        }
        match find_member(&value.of, name, Invoked::No) {
            Some(Found::Property(property)) => self.property_place(&property, Some(value), name, span),
            Some(Found::Methods(_)) => {
                self.fail("CS1656", span, format!("Cannot assign to '{name}' because it is a 'method group'"))
            }
            Some(Found::EnumConstant(..)) => self.fail("CS0131", span, NOT_A_VARIABLE),
            None if matches!(value.of, Type::Array(..)) && name == "Length" => self.read_only("Array", name, span),
            None => Err(self.no_member(&value.of, name, name_span)),
        }
    }

    fn property_place(
        &mut self,
        property: &Property,
        receiver: Option<Box<BoundExpr>>,
        name: &str,
        span: Span,
    ) -> Bind<TypedPlace> {
        let Some(setter) = property.setter else {
            return self.read_only(&property.class.name, name, span);
        };
        let place = Place::Property {
            getter: property.getter.map(|getter| native(getter, Arc::clone(&property.arguments))),
            setter: native(setter, Arc::clone(&property.arguments)),
            arguments: receiver.into_iter().map(|receiver| *receiver).collect(),
        };
        Ok(TypedPlace { place, of: property.of() })
    }

    fn read_only<T>(&mut self, owner: &str, name: &str, span: Span) -> Bind<T> {
        self.fail(
            "CS0200",
            span,
            format!("Property or indexer '{owner}.{name}' cannot be assigned to -- it is read only"),
        )
    }

    /// An item of a tuple that is a variable itself.
    fn tuple_place(&mut self, target: ExprId, of: &Type, index: usize) -> Bind<TypedPlace> {
        let tuple = self.place(target)?;
        let item = match of {
            Type::Tuple(items) => items.get(index).cloned().unwrap_or(Type::Object),
            _ => Type::Object,
        };
        let place = Place::TupleItem { tuple: Box::new(tuple.place), index: index as u32 };
        Ok(TypedPlace { place, of: item })
    }

    /// `target[arguments]`
    pub(super) fn index_place(
        &mut self,
        target: Box<BoundExpr>,
        arguments: &[ast::Argument],
        span: Span,
    ) -> Bind<TypedPlace> {
        let arguments = self.arguments(arguments)?;
        self.index_place_with(target, arguments, span)
    }

    /// The same with arguments that are bound.
    pub(super) fn index_place_with(
        &mut self,
        target: Box<BoundExpr>,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<TypedPlace> {
        if target.of == Type::Dynamic || arguments.iter().any(|argument| argument.operand.is_dynamic()) {
            let arguments = self.dynamic_arguments(arguments)?;
            return Ok(TypedPlace { place: Place::DynamicIndex { target, arguments }, of: Type::Dynamic });
        }
        if let Type::Array(element, rank) = target.of.clone() {
            let indexes = self.array_indexes(arguments, rank, span)?;
            return Ok(TypedPlace { place: Place::Element { array: target, indexes }, of: (*element).clone() });
        }
        let setters = find_indexers(&target.of, MemberKind::IndexSetter);
        let getters = find_indexers(&target.of, MemberKind::IndexGetter);
        if setters.is_empty() {
            if getters.is_empty() {
                let message = format!("Cannot apply indexing with [] to an expression of type '{}'", target.of);
                return self.fail("CS0021", span, message);
            }
            let message =
                format!("Property or indexer '{}.this[]' cannot be assigned to -- it is read only", target.of);
            return self.fail("CS0200", span, message);
        }
        let called = Called { name: "this".to_owned(), span, is_delegate: false, is_constructor: false };
        let keys: Vec<Candidate> = setters.iter().map(without_value).collect();
        let resolution = self.resolve_or_report(&keys, &arguments, &[], &called)?;
        let Target::Member(_, setter) = resolution.candidate.target else { return Err(super::error::Reported) };
        let of = setter.parameters.last().map_or(Type::Object, |value| value.of.substitute(&resolution.types));
        let key_types: Vec<Type> =
            (0..resolution.sources.len()).map(|index| resolution.parameter_type(index)).collect();
        let types: Arc<[Type]> = Arc::from(resolution.types.as_slice());
        let getter = getters.iter().find_map(|getter| {
            let Target::Member(_, member) = getter.target else { return None };
            let same = getter.parameters.len() == key_types.len()
                && getter
                    .parameters
                    .iter()
                    .zip(&key_types)
                    .all(|(parameter, of)| parameter.of.substitute(&getter.class_arguments) == *of);
            same.then(|| native(member, Arc::clone(&getter.class_arguments)))
        });
        let passed = self.build_arguments(&resolution, arguments, span)?;
        let mut all = vec![*target];
        all.extend(passed.values);
        Ok(TypedPlace { place: Place::Property { getter, setter: native(setter, types), arguments: all }, of })
    }
}

/// A setter, as far as its index is concerned.
fn without_value(setter: &Candidate) -> Candidate {
    let count = setter.parameters.len().saturating_sub(1);
    let keys = setter.parameters.iter().take(count).cloned().collect();
    Candidate { parameters: Cow::Owned(keys), ..setter.clone() }
}
