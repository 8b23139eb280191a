//! What stands in braces behind `new T(…)`: assignments and calls of `Add`.

use crate::expression::ast::{CollectionItem, InitialValue, Initializer, MemberInitializer, MemberTarget};
use crate::expression::bound::{BoundExpr, BoundKind, BoundStatement, BoundStatementKind, Local};
use crate::expression::conversion::is_subtype;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::arguments::Argument;
use super::candidate::MethodGroup;
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::lookup::{Found, Invoked, find_member};
use super::operand::Operand;
use super::place::TypedPlace;

impl Binder<'_> {
    /// The object, made and then filled.
    pub(super) fn with_initializer(
        &mut self,
        object: Box<BoundExpr>,
        initializer: &Initializer,
    ) -> Bind<Box<BoundExpr>> {
        let (span, of) = (object.span, object.of.clone());
        let local = self.hold(&object);
        let mut statements =
            vec![BoundStatement { span, kind: BoundStatementKind::Declare { local, value: Some(*object) } }];
        self.initialize(local, &of, initializer, span, &mut statements)?;
        let value = boxed(span, &of, BoundKind::Local(local));
        Ok(boxed(span, &of, BoundKind::Sequence(statements, value)))
    }

    fn initialize(
        &mut self,
        local: Local,
        of: &Type,
        initializer: &Initializer,
        span: Span,
        statements: &mut Vec<BoundStatement>,
    ) -> Bind<()> {
        let mut result = Ok(());
        match initializer {
            Initializer::Object(members) => {
                for member in members {
                    let bound = self.initialize_member(local, of, member, span, statements);
                    result = result.and(bound);
                }
            }
            Initializer::Collection(items) => {
                let is_collection =
                    *of == Type::Dynamic || is_subtype(of, &Type::named("System.Collections.IEnumerable"));
                if !is_collection {
                    let message = format!(
                        "Cannot initialize type '{of}' with a collection initializer because it does not implement \
                         'System.Collections.IEnumerable'"
                    );
                    return self.fail("CS1922", span, message);
                }
                for item in items {
                    match self.add_item(local, of, item) {
                        Ok(call) => statements.push(expression_statement(*call)),
                        Err(reported) => result = Err(reported),
                    }
                }
            }
        }
        result
    }

    fn initialize_member(
        &mut self,
        local: Local,
        of: &Type,
        member: &MemberInitializer,
        span: Span,
        statements: &mut Vec<BoundStatement>,
    ) -> Bind<()> {
        let held = boxed(span, of, BoundKind::Local(local));
        match &member.value {
            InitialValue::Value(value) => {
                let place = self.initial_place(held, &member.target, of, span);
                let value_span = self.tree[*value].span;
                let operand = self.expression(*value);
                let (place, operand) = (place?, operand?);
                let value = self.convert(operand, &place.of)?;
                let kind = BoundKind::Assign { target: place.place, value };
                statements.push(expression_statement(*boxed(value_span, &place.of, kind)));
                Ok(())
            }
            InitialValue::Nested(nested) => {
                let operand = match &member.target {
                    MemberTarget::Name(name) => {
                        let text = self.tree.text(*name);
                        self.member_value(held, text, name.span)?
                    }
                    MemberTarget::Index(arguments) => {
                        let arguments = self.arguments(arguments)?;
                        self.index_value(held, arguments, span)?
                    }
                };
                let value = self.natural(operand)?;
                let of = value.of.clone();
                let inner = self.hold(&value);
                let kind = BoundStatementKind::Declare { local: inner, value: Some(*value) };
                statements.push(BoundStatement { span, kind });
                self.initialize(inner, &of, nested, span, statements)
            }
        }
    }

    fn initial_place(
        &mut self,
        held: Box<BoundExpr>,
        target: &MemberTarget,
        of: &Type,
        span: Span,
    ) -> Bind<TypedPlace> {
        match target {
            MemberTarget::Index(arguments) => self.index_place(held, arguments, span),
            MemberTarget::Name(name) => {
                let text = self.tree.text(*name);
                if *of != Type::Dynamic && find_member(of, text, Invoked::No).is_none() {
                    return Err(self.no_static_member(of, text, name.span));
                }
                self.place_in(held, text, name.span, name.span)
            }
        }
    }

    /// `Add(item)`
    fn add_item(&mut self, local: Local, of: &Type, item: &CollectionItem) -> Bind<Box<BoundExpr>> {
        let mut arguments = Vec::with_capacity(item.arguments.len());
        let mut result = Ok(());
        for argument in &item.arguments {
            match self.value_operand(*argument) {
                Ok(operand) => arguments.push(Argument::plain(operand)),
                Err(reported) => result = Err(reported),
            }
        }
        result?;
        let span = item.span;
        let receiver = boxed(span, of, BoundKind::Local(local));
        let candidates = match find_member(of, "Add", Invoked::Yes) {
            Some(Found::Methods(candidates)) => candidates,
            _ => Vec::new(),
        };
        let group = MethodGroup {
            name: "Add".into(),
            name_span: span,
            span,
            receiver: Some(receiver),
            of: of.clone(),
            candidates,
            type_arguments: Vec::new(),
        };
        match self.call_methods(group, arguments, span)? {
            Operand::Value(call) => Ok(call),
            _ => Err(Reported),
        }
    }
}

fn expression_statement(value: BoundExpr) -> BoundStatement {
    BoundStatement { span: value.span, kind: BoundStatementKind::Expression(value) }
}
