//! `ref`: local variables and results of local functions that stand for another variable, an element or an item of a tuple.
//!
//! A reference is an expression of its own in the bound tree ([`BoundKind::Reference`]); the variable that holds one is read and assigned through it.
//! What must hold: what is referred to outlives the reference, so variables of a function are never given back by reference, and a variable that
//! is referred to lives in a cell.

use crate::expression::ast::{ExprId, ExprKind, TypeId, TypeKind, VariableInitializer, Variables};
use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, BoundStatementKind, Local, Place};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::operand::Operand;
use super::passing::CANNOT_REFER;
use super::scope::{Entity, Variable};

/// What is said of `ref` in front of what is no variable.
const NOT_ASSIGNABLE: &str = "A ref or out value must be an assignable variable";
const BY_REFERENCE: &str = "By-reference returns may only be used in methods that return by reference";

/// How a variable refers to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Referring {
    /// `ref readonly`, or an `in` parameter.
    pub(super) is_readonly: bool,
    /// A `ref` or `out` parameter, not a local variable.
    pub(super) is_parameter: bool,
    /// Whether it may be given back by reference.
    pub(super) may_return: bool,
}

/// A reference to something of a type.
#[derive(Debug)]
pub(super) struct Referred {
    pub(super) reference: Box<BoundExpr>,
    pub(super) is_readonly: bool,
}

impl Binder<'_> {
    /// `T` and `readonly` of `ref readonly T`.
    pub(super) fn written_reference(&self, of: TypeId) -> Option<(TypeId, bool)> {
        match self.tree[of].kind {
            TypeKind::Ref { of, is_readonly } => Some((of, is_readonly)),
            _ => None,
        }
    }

    /// What stands behind `ref`, if that is written.
    pub(super) fn behind_ref(&self, id: ExprId) -> Option<ExprId> {
        match self.tree[id].kind {
            ExprKind::Ref(inner) => Some(inner),
            _ => None,
        }
    }

    /// `ref T a = ref b;`
    pub(super) fn reference_variables(
        &mut self,
        variables: &Variables,
        of: TypeId,
        is_readonly: bool,
    ) -> BoundStatementKind {
        let span = self.tree[variables.of].span;
        self.frame().reference_at.get_or_insert(span);
        let written = if self.is_var(of) { Ok(None) } else { self.type_(of).map(Some) };
        let mut statements = Vec::with_capacity(variables.declarators.len());
        for declarator in &variables.declarators {
            let name = declarator.name;
            let bound = match (&written, &declarator.value) {
                (Err(reported), _) => Err(*reported),
                (_, None) => {
                    self.fail("CS8174", name.span, "A declaration of a by-reference variable must have an initializer")
                }
                (Ok(of), Some(value)) => self.reference_value(value, of.as_ref(), is_readonly, name.span),
            };
            let Ok(value) = bound else {
                self.declare_broken(name);
                continue;
            };
            let may_return = self.outlives(&value);
            let local = self.declare(name, value.of.clone());
            self.refers(name.symbol, Referring { is_readonly, is_parameter: false, may_return });
            let kind = BoundStatementKind::Declare { local, value: Some(*value) };
            statements.push(BoundStatement { span: name.span, kind });
        }
        BoundStatementKind::Block(statements)
    }

    fn reference_value(
        &mut self,
        value: &VariableInitializer,
        of: Option<&Type>,
        is_readonly: bool,
        name: Span,
    ) -> Bind<Box<BoundExpr>> {
        let inner = match value {
            VariableInitializer::Value(value) => self.behind_ref(*value),
            VariableInitializer::Array(_) => None,
        };
        let Some(inner) = inner else {
            return self.fail("CS8172", name, "Cannot initialize a by-reference variable with a value");
        };
        let referred = self.reference(inner, is_readonly)?;
        self.writable(&referred, is_readonly)?;
        let found = referred.reference;
        match of {
            Some(of) if *of != found.of => {
                let message =
                    format!("The expression must be of type '{of}' because it is being assigned by reference");
                self.fail("CS8173", found.span, message)
            }
            _ => Ok(found),
        }
    }

    /// A variable of the innermost scope is a reference.
    pub(super) fn refers(&mut self, symbol: crate::expression::ast::Symbol, how: Referring) {
        let function = self.frame().id;
        if let Some(Entity::Variable(variable)) = self.scope().names.get_mut(&symbol) {
            variable.reference = Some(how);
            let local = variable.local;
            self.references.insert((function.0, local.0), how);
        }
    }

    /// The value of a variable that is a reference.
    pub(super) fn read_reference(&mut self, variable: &Variable, how: Referring, span: Span) -> Operand {
        let reference = boxed(span, &variable.of, BoundKind::Local(variable.local));
        dereference(reference, how.is_readonly)
    }

    /// References may not be used by functions inside.
    pub(super) fn check_reference(&mut self, frame: usize, variable: &Variable, name: &str, span: Span) -> Bind<()> {
        let is_own = frame + 1 >= self.frames.len();
        match variable.reference {
            Some(how) if !is_own && how.is_parameter => {
                let message = format!(
                    "Cannot use ref, out, or in parameter '{name}' inside an anonymous method, lambda expression, query expression, or \
                     local function"
                );
                self.fail("CS1628", span, message)
            }
            Some(_) if !is_own => {
                let message = format!(
                    "Cannot use ref local '{name}' inside an anonymous method, lambda expression, query expression, or local function"
                );
                self.fail("CS8175", span, message)
            }
            _ => Ok(()),
        }
    }

    /// Binds what stands behind `ref`. `reads`: it will only be read.
    pub(super) fn reference(&mut self, id: ExprId, reads: bool) -> Bind<Referred> {
        let tree = self.tree;
        let span = tree[id].span;
        match &tree[id].kind {
            ExprKind::Parenthesized(inner) | ExprKind::Ref(inner) => self.reference(*inner, reads),
            ExprKind::Conditional { condition, then, otherwise }
                if self.behind_ref(*then).is_some() || self.behind_ref(*otherwise).is_some() =>
            {
                self.reference_conditional(*condition, *then, *otherwise, span)
            }
            ExprKind::Name(name) => {
                let found = self.find_name(name.name.symbol).map(|(frame, entity)| (frame, entity.clone()));
                let Some((frame, Entity::Variable(variable))) = found else { return self.not_assignable(id, reads) };
                let text = tree.text(name.name);
                self.check_reference(frame, &variable, text, span)?;
                if let Some(how) = variable.reference {
                    let reference = boxed(span, &variable.of, BoundKind::Local(variable.local));
                    return Ok(Referred { reference, is_readonly: how.is_readonly });
                }
                match variable.read_only {
                    Some(reason) if !reads => {
                        let message = format!("Cannot use '{text}' as a ref or out value because it is a '{reason}'");
                        return self.fail("CS1657", span, message);
                    }
                    _ => {}
                }
                self.check_static(frame, text, span)?;
                let place = self.reach(frame, variable.local).place();
                let is_readonly = variable.read_only.is_some();
                Ok(Referred { reference: self.reference_to(place, &variable.of, span)?, is_readonly })
            }
            ExprKind::Index { .. } | ExprKind::Member { .. } if !reads => {
                let place = self.place(id)?;
                Ok(Referred { reference: self.reference_to(place.place, &place.of, span)?, is_readonly: false })
            }
            _ => self.not_assignable(id, reads),
        }
    }

    /// Calls that give a reference, and what is no variable.
    fn not_assignable(&mut self, id: ExprId, reads: bool) -> Bind<Referred> {
        let span = self.tree[id].span;
        let operand = self.expression(id)?;
        match operand {
            Operand::Value(value) => match value.kind {
                BoundKind::Dereference { reference, is_readonly } => Ok(Referred { reference, is_readonly }),
                BoundKind::Element { array, indexes } => {
                    let reference = self.reference_to(Place::Element { array, indexes }, &value.of, span)?;
                    Ok(Referred { reference, is_readonly: false })
                }
                _ if reads => self.fail("CS8156", span, CANNOT_REFER),
                _ => self.fail("CS1510", span, NOT_ASSIGNABLE),
            },
            _ => self.fail("CS1510", span, NOT_ASSIGNABLE),
        }
    }

    fn reference_conditional(
        &mut self,
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
        span: Span,
    ) -> Bind<Referred> {
        let condition = self.condition(condition);
        let (Some(then), Some(otherwise)) = (self.behind_ref(then), self.behind_ref(otherwise)) else {
            let message = "Both conditional operator values must be ref values or neither may be a ref value";
            return self.fail("CS8326", span, message);
        };
        let (then, otherwise) = (self.reference(then, true), self.reference(otherwise, true));
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let is_readonly = then.is_readonly || otherwise.is_readonly;
        let (then, otherwise) = (then.reference, otherwise.reference);
        let of = then.of.clone();
        if of != otherwise.of {
            let message = format!("The expression must be of type '{of}' to match the alternative ref value");
            return self.fail("CS8327", otherwise.span, message);
        }
        let reference = boxed(span, &of, BoundKind::Conditional { condition, then, otherwise });
        Ok(Referred { reference, is_readonly })
    }

    /// `c ? ref a : ref b` as a value.
    pub(super) fn conditional_of_references(
        &mut self,
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
        span: Span,
    ) -> Bind<Operand> {
        let referred = self.reference_conditional(condition, then, otherwise, span)?;
        Ok(dereference(referred.reference, referred.is_readonly))
    }

    /// A reference to a place.
    pub(super) fn reference_to(&mut self, place: Place, of: &Type, span: Span) -> Bind<Box<BoundExpr>> {
        let mut inner = &place;
        while let Place::TupleItem { tuple, .. } = inner {
            inner = tuple;
        }
        match inner {
            Place::Local(Local(local)) => {
                let local = *local as usize;
                if let Some(found) = self.frame().locals.get_mut(local) {
                    found.is_captured = true;
                }
            }
            Place::Capture(_) | Place::Element { .. } | Place::Dereference(_) => {}
            Place::Property { .. }
            | Place::DynamicMember { .. }
            | Place::DynamicIndex { .. }
            | Place::TupleItem { .. } => {
                return self.fail("CS0206", span, "A property or indexer may not be passed as an out or ref parameter");
            }
        }
        let place = match place {
            Place::Dereference(reference) => return Ok(reference),
            place => place,
        };
        Ok(boxed(span, of, BoundKind::Reference { place: Box::new(place), is_out: false }))
    }

    fn writable(&mut self, referred: &Referred, is_readonly: bool) -> Bind<()> {
        if referred.is_readonly && !is_readonly {
            let message = "Cannot use variable as a ref or out value because it is a readonly variable";
            return self.fail("CS8329", referred.reference.span, message);
        }
        Ok(())
    }

    /// `a = ref b`
    pub(super) fn assign_reference(&mut self, target: ExprId, value: ExprId, span: Span) -> Bind<Operand> {
        let found = match &self.tree[target].kind {
            ExprKind::Name(name) => {
                self.find_name(name.name.symbol).map(|(frame, entity)| (frame, entity.clone(), name))
            }
            _ => None,
        };
        let Some((frame, Entity::Variable(Variable { reference: Some(how), .. }), name)) = &found else {
            let message = "The left-hand side of a ref assignment must be a ref local or parameter.";
            return self.fail("CS8373", self.tree[target].span, message);
        };
        let Some((_, Entity::Variable(variable), _)) = &found else { return Err(Reported) };
        let text = self.tree.text(name.name);
        self.check_reference(*frame, variable, text, span)?;
        let referred = self.reference(value, how.is_readonly)?;
        self.writable(&referred, how.is_readonly)?;
        let value = referred.reference;
        if value.of != variable.of {
            let message =
                format!("The expression must be of type '{}' because it is being assigned by reference", variable.of);
            return self.fail("CS8173", value.span, message);
        }
        if how.may_return && !self.outlives(&value) {
            let message = format!(
                "Cannot ref-assign the value to '{text}' because it has a narrower escape scope than '{text}'."
            );
            return self.fail("CS8374", span, message);
        }
        let kind = BoundKind::Assign { target: Place::Local(variable.local), value };
        Ok(dereference(boxed(span, &variable.of, kind), how.is_readonly))
    }

    /// The value of `return` or `=>` in a function that gives `of`: a reference where the function gives one, and only there.
    pub(super) fn returned_reference(&mut self, value: ExprId, of: Option<&Type>) -> Bind<Option<Box<BoundExpr>>> {
        let span = self.tree[value].span;
        let is_throw = matches!(self.tree[value].kind, ExprKind::Throw(_));
        let (is_readonly, inner) = match (self.frame().returns_reference, self.behind_ref(value)) {
            (None, None) => return Ok(None),
            (Some(_), None) if is_throw => return Ok(None),
            (None, Some(_)) => return self.fail("CS8149", span, BY_REFERENCE),
            (Some(_), None) => {
                let message = "By-value returns may only be used in methods that return by value";
                return self.fail("CS8150", span, message);
            }
            (Some(is_readonly), Some(inner)) => (is_readonly, inner),
        };
        let referred = self.reference(inner, is_readonly)?;
        let reference = referred.reference;
        if referred.is_readonly && !is_readonly {
            let message = "Cannot return variable by writable reference because it is a readonly variable";
            return self.fail("CS8333", span, message);
        }
        if let Some(of) = of.filter(|of| **of != reference.of) {
            let message =
                format!("The return expression must be of type '{of}' because this method returns by reference");
            return self.fail("CS8151", span, message);
        }
        if self.outlives(&reference) {
            return Ok(Some(reference));
        }
        let name = match &self.tree[inner].kind {
            ExprKind::Name(name) => self.tree.text(name.name),
            _ => "",
        };
        match reference.kind {
            BoundKind::Local(_) => {
                let message = format!(
                    "Cannot return '{name}' by reference because it was initialized to a value that cannot be returned by reference"
                );
                self.fail("CS8157", span, message)
            }
            BoundKind::Reference { place, .. } if self.is_parameter(&place) => {
                let message =
                    format!("Cannot return a parameter by reference '{name}' because it is not a ref or out parameter");
                self.fail("CS8166", span, message)
            }
            _ => {
                let message = format!("Cannot return local '{name}' by reference because it is not a ref local");
                self.fail("CS8168", span, message)
            }
        }
    }
}

/// What a reference leads to.
pub(super) fn dereference(reference: Box<BoundExpr>, is_readonly: bool) -> Operand {
    let (span, of) = (reference.span, reference.of.clone());
    Operand::value(span, of, BoundKind::Dereference { reference, is_readonly })
}
