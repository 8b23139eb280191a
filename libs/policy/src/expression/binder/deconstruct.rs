//! `(a, b) = x`, `var (a, b) = x`, `foreach (var (a, b) in x)`.

use crate::expression::ast::{Designation, ExprId, ExprKind, Name, TypeId};
use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, BoundStatementKind, Local, Place};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::lookup::{Found, Invoked, find_member};
use super::operand::{Operand, OutOperand};
use super::place::TypedPlace;

/// Where a part goes.
#[derive(Debug)]
enum Target {
    Place(TypedPlace),
    /// A new variable, with its type if that is written.
    New(Name, Option<Type>),
    Discard(Option<Type>),
    Parts(Vec<Target>),
}

impl Binder<'_> {
    /// `(a, b) = value`
    pub(super) fn deconstruction(&mut self, target: ExprId, value: ExprId, span: Span) -> Bind<Operand> {
        let target = self.deconstruction_target(target);
        let value = self.value_operand(value);
        let Target::Parts(parts) = target? else { return Err(Reported) };
        let value = match value {
            Ok(value) => value,
            Err(reported) => {
                self.declare_parts_broken(&parts);
                return Err(reported);
            }
        };
        self.deconstruct(parts, value, span).map(Operand::Value)
    }

    /// The variables of a `foreach` take an item apart.
    pub(super) fn deconstruct_item(
        &mut self,
        of: Option<TypeId>,
        designation: &Designation,
        item: Operand,
        span: Span,
    ) -> Bind<Box<BoundExpr>> {
        let target = match designation {
            Designation::Expression(id) => self.deconstruction_target(*id)?,
            designation => self.designated(of, designation)?,
        };
        let Target::Parts(parts) = target else { return Err(Reported) };
        self.deconstruct(parts, item, span)
    }

    fn deconstruction_target(&mut self, id: ExprId) -> Bind<Target> {
        let tree = self.tree;
        match &tree[id].kind {
            ExprKind::Parenthesized(inner) => self.deconstruction_target(*inner),
            ExprKind::Tuple(items) => {
                let parts =
                    items.iter().map(|item| self.deconstruction_target(item.value)).collect::<Bind<Vec<_>>>()?;
                Ok(Target::Parts(parts))
            }
            ExprKind::Declaration { of, designation } => self.designated(Some(*of), designation),
            ExprKind::Name(name) if tree.text(name.name) == "_" && self.find_name(name.name.symbol).is_none() => {
                Ok(Target::Discard(None))
            }
            _ => self.place(id).map(Target::Place),
        }
    }

    fn designated(&mut self, of: Option<TypeId>, designation: &Designation) -> Bind<Target> {
        let written = match of {
            Some(of) if !self.is_var(of) => Some(self.type_(of)?),
            _ => None,
        };
        match designation {
            Designation::Single(name) if self.tree.text(*name) != "_" => Ok(Target::New(*name, written)),
            Designation::Single(_) | Designation::Discard(_) => Ok(Target::Discard(written)),
            Designation::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.designated(of, part)).collect::<Bind<Vec<_>>>()?;
                Ok(Target::Parts(parts))
            }
            Designation::Expression(id) => self.deconstruction_target(*id),
        }
    }

    /// The variables of a deconstruction that failed.
    fn declare_parts_broken(&mut self, parts: &[Target]) {
        for part in parts {
            match part {
                Target::New(name, _) => self.declare_broken(*name),
                Target::Parts(inner) => self.declare_parts_broken(inner),
                Target::Place(_) | Target::Discard(_) => {}
            }
        }
    }

    fn deconstruct(&mut self, parts: Vec<Target>, value: Operand, span: Span) -> Bind<Box<BoundExpr>> {
        let value_span = value.span();
        let value = match self.deconstructible(value, parts.len(), value_span) {
            Ok(value) => value,
            Err(reported) => {
                self.declare_parts_broken(&parts);
                return Err(reported);
            }
        };
        let given: Vec<Option<Type>> = match &value {
            Operand::Tuple(tuple) => tuple.items.iter().map(Operand::natural_type).collect(),
            Operand::Value(value) => match &value.of {
                Type::Tuple(items) => items.iter().cloned().map(Some).collect(),
                _ => return Err(Reported),
            },
            _ => return Err(Reported),
        };
        if given.len() != parts.len() {
            self.declare_parts_broken(&parts);
            let message =
                format!("Cannot deconstruct a tuple of '{}' elements into '{}' variables.", given.len(), parts.len());
            return self.fail("CS8132", span, message);
        }
        let mut targets = Vec::with_capacity(parts.len());
        let mut types = Vec::with_capacity(parts.len());
        let mut nested = Vec::new();
        for (part, given) in parts.into_iter().zip(given) {
            let (place, of) = self.deconstruction_part(part, given, span, &mut nested)?;
            targets.push(place);
            types.push(of);
        }
        let of = Type::Tuple(types.into());
        let value = self.convert(value, &of)?;
        let assign = boxed(span, &of, BoundKind::AssignTuple { targets, value });
        let mut statements = Vec::with_capacity(nested.len() + 1);
        if nested.is_empty() {
            return Ok(assign);
        }
        let result = self.hold(&assign);
        let declare = BoundStatementKind::Declare { local: result, value: Some(*assign) };
        statements.push(BoundStatement { span, kind: declare });
        for (parts, item) in nested {
            let inner = self.deconstruct(parts, item, span)?;
            statements.push(BoundStatement { span, kind: BoundStatementKind::Expression(*inner) });
        }
        let value = boxed(span, &of, BoundKind::Local(result));
        Ok(boxed(span, &of, BoundKind::Sequence(statements, value)))
    }

    /// Where one part goes and which type it has there.
    fn deconstruction_part(
        &mut self,
        part: Target,
        given: Option<Type>,
        span: Span,
        nested: &mut Vec<(Vec<Target>, Operand)>,
    ) -> Bind<(Option<Place>, Type)> {
        match part {
            Target::Place(place) => Ok((Some(place.place), place.of)),
            Target::Discard(written) => {
                let of = written.or(given);
                match of {
                    Some(of) => Ok((None, of)),
                    None => self.fail("CS8183", span, "Cannot infer the type of implicitly-typed discard."),
                }
            }
            Target::New(name, written) => match written.or(given) {
                Some(of) if !super::assign::is_untyped(&of) => {
                    let local = self.declare_inside(name, of.clone());
                    Ok((Some(Place::Local(local)), of))
                }
                _ => {
                    self.declare_broken(name);
                    let text = self.tree.text(name);
                    let message =
                        format!("Cannot infer the type of implicitly-typed deconstruction variable '{text}'.");
                    self.fail("CS8130", name.span, message)
                }
            },
            Target::Parts(parts) => {
                let of = given.ok_or(Reported)?;
                let local = self.temporary(of.clone());
                nested.push((parts, Operand::value(span, of.clone(), BoundKind::Local(local))));
                Ok((Some(Place::Local(local)), of))
            }
        }
    }

    /// Makes a tuple of what is not one: by its `Deconstruct` method.
    fn deconstructible(&mut self, value: Operand, count: usize, span: Span) -> Bind<Operand> {
        if matches!(value, Operand::Tuple(_)) {
            return Ok(value);
        }
        if value.natural_type().is_none() {
            let message = "Deconstruct assignment requires an expression with a type on the right-hand-side.";
            return self.fail("CS8131", span, message);
        }
        let value = self.natural(value)?;
        match &value.of {
            Type::Tuple(_) => return Ok(Operand::Value(value)),
            Type::Dynamic => return self.fail("CS8133", span, "Cannot deconstruct dynamic objects."),
            _ => {}
        }
        let of = value.of.clone();
        let local = self.hold(&value);
        let held = || boxed(span, &of, BoundKind::Local(local));
        let declare = BoundStatement { span, kind: BoundStatementKind::Declare { local, value: Some(*value) } };
        if let Some(Found::Methods(candidates)) = find_member(&of, "Deconstruct", Invoked::Yes) {
            let out =
                || Operand::Out(Box::new(OutOperand { span, place: None, reference: None, of: None, declares: None }));
            let mut arguments: Vec<Argument> = (0..count).map(|_| Argument::plain(out())).collect();
            if let Ok(resolution) = self.resolve(&candidates, &arguments, &[]) {
                let mut items = Vec::new();
                for (argument, of) in arguments.iter_mut().zip(&resolution.targets) {
                    let local = self.temporary(of.clone());
                    if let Operand::Out(out) = &mut argument.operand {
                        out.place = Some(Place::Local(local));
                    }
                    items.push(BoundExpr { span, of: of.clone(), kind: BoundKind::Local(local) });
                }
                let call = self.build_call(&resolution, Some(held()), arguments, span)?;
                let call = BoundStatement { span, kind: BoundStatementKind::Expression(*call) };
                return Ok(tuple_of(items, vec![declare, call], span));
            }
        }
        if matches!(&of, Type::Class(class, _) if &*self.library.class(*class).name == "KeyValuePair") && count == 2 {
            let mut items = Vec::new();
            for name in ["Key", "Value"] {
                let item = self.member_value(held(), name, span)?;
                items.push(*self.natural(item)?);
            }
            return Ok(tuple_of(items, vec![declare], span));
        }
        let mut statements = vec![declare];
        if let Some(items) = self.items_of_tuple((local, of.clone()), count, span, &mut statements)? {
            return Ok(tuple_of(items, statements, span));
        }
        let message = format!(
            "No suitable 'Deconstruct' instance or extension method was found for type '{of}', with {count} out parameters and a void \
             return type."
        );
        self.fail("CS8129", span, message)
    }
}

impl Binder<'_> {
    /// What `System.TupleExtensions.Deconstruct` gives: the items of a `System.Tuple`, and those of the tuple of what is beyond seven. `statements`
    /// put the tuples into variables.
    fn items_of_tuple(
        &mut self,
        tuple: (Local, Type),
        count: usize,
        span: Span,
        statements: &mut Vec<BoundStatement>,
    ) -> Bind<Option<Vec<BoundExpr>>> {
        /// Items of one tuple object; the one behind them is the rest.
        const ITEMS_MAX: usize = 7;
        let (mut local, mut of) = tuple;
        let mut items = Vec::with_capacity(count);
        loop {
            let size = match &of {
                Type::Class(class, types) if &*self.library.class(*class).full_name == "System.Tuple" => types.len(),
                _ => return Ok(None),
            };
            if items.len() + size.min(ITEMS_MAX) > count || size <= ITEMS_MAX && items.len() + size != count {
                return Ok(None);
            }
            let held = || boxed(span, &of, BoundKind::Local(local));
            for index in 1..=size.min(ITEMS_MAX) {
                let item = self.member_value(held(), &format!("Item{index}"), span)?;
                items.push(*self.natural(item)?);
            }
            if size <= ITEMS_MAX {
                return Ok(Some(items));
            }
            let rest = self.member_value(held(), "Rest", span)?;
            let rest = self.natural(rest)?;
            let next = rest.of.clone();
            let (declare, rest) = self.kept(*rest);
            statements.push(declare);
            (local, of) = (rest, next);
        }
    }
}

fn tuple_of(items: Vec<BoundExpr>, statements: Vec<BoundStatement>, span: Span) -> Operand {
    let of = Type::Tuple(items.iter().map(|item| item.of.clone()).collect());
    let tuple = boxed(span, &of, BoundKind::NewTuple(items));
    Operand::value(span, of, BoundKind::Sequence(statements, tuple))
}
