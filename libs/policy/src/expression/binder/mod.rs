//! From the syntax tree to the bound tree: what every name means, which type everything has, which overload is called, which conversions take
//! place. Decided as the C# compiler decides, said in its words.
//!
//! How it goes: an expression is bound to an [`Operand`](operand::Operand), a value or something that gets its type only from where it stands.
//! `classify` tells whether and how an operand becomes a type, `convert` makes it so. Lambdas are bound as often as overload resolution has to
//! look into them ([`lambda`]), each time with what they would be given; only the last time counts. When all is bound, `flow` looks for
//! variables without a value and for ends without `return`.
//!
//! What must hold: errors are reported where they are found and answered by [`Reported`](error::Reported), so that nothing follows from them;
//! nothing recurses but along the syntax tree, whose height is bounded; no more is bound than [`limits::BINDINGS_MAX`] expressions.

#![allow(
    clippy::boxed_local,
    reason = "expressions are on the heap, where they stay: by value they would make frames large"
)]

mod access;
mod arguments;
mod array;
mod assign;
mod better;
mod binary;
mod call;
mod candidate;
mod capture;
mod classify;
mod conditional;
mod constant;
mod context_use;
mod convert;
mod creation;
mod deconstruct;
mod delegate;

mod dispatch;
mod equality;
mod error;
mod escape;
mod expression;
mod failure;
mod flow;
mod function;
mod inference;
mod initializer;
mod jumps;
mod known_constant;
mod lambda;
mod late_binding;
mod literal;
mod lookup;
mod loops;
mod member;
mod name;
mod numeric;
mod operand;
mod operators;
mod passing;
mod pattern;
mod place;
mod query;
mod reference;
mod resolution;
mod scope;
mod statement;
mod suggestion;
mod switch;
mod text;
mod tuple;
mod unary;
mod update;
mod user_conversion;
mod visit;
mod written_type;

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{ExprId, Root, Symbol, Tree};
use super::bound::{BoundFunction, BoundStatement, BoundStatementKind, BoundUnit, FunctionId};
use super::compiled::{Bodies, CompileError};
use super::library::{self, Library};
use super::limits;
use super::span::Span;
use super::types::Type;

pub(super) use dispatch::{Operation, bind_operation};

use error::Diagnostics;
use scope::{Frame, Returns};

/// Code that is right, and what might be meant differently.
#[derive(Debug)]
pub struct Bound {
    /// All functions.
    pub unit: BoundUnit,
    /// Warnings.
    pub warnings: Vec<CompileError>,
    /// The bodies it may read.
    pub bodies: Bodies,
    /// Whether it may look at what only the end of a request tells.
    pub is_for_the_end: bool,
}

/// Binds an expression that must give an `expected`.
///
/// # Errors
/// Everything that is wrong, in the order it was found.
pub fn bind(tree: &Tree, expected: &Type) -> Result<Bound, Vec<CompileError>> {
    let mut binder = Binder::new(tree);
    binder.bind_root(expected);
    if !binder.diagnostics.errors.is_empty() {
        return Err(binder.diagnostics.errors);
    }
    let functions = std::mem::take(&mut binder.functions);
    let functions = functions.into_iter().map(|function| function.unwrap_or_else(empty)).collect();
    let mut unit = BoundUnit { functions, compares_references: binder.compares_references };
    match capture::complete(&mut unit, &binder.local_functions) {
        Ok(order) => binder.check_flow(&unit, &order),
        Err(capture::TooMany) => {
            binder.diagnostics.error("CS8078", Span::default(), "An expression is too long or complex to compile");
        }
    }
    if binder.diagnostics.errors.is_empty() {
        let seen = context_use::of(&mut unit);
        let (bodies, is_for_the_end) = (seen.bodies(), seen.is_for_the_end());
        Ok(Bound { unit, warnings: binder.diagnostics.warnings, bodies, is_for_the_end })
    } else {
        Err(binder.diagnostics.errors)
    }
}

struct Binder<'t> {
    tree: &'t Tree,
    library: &'static Library,
    diagnostics: Diagnostics,
    /// The functions being bound, outermost first.
    frames: Vec<Frame>,
    /// Functions that are bound; none for those still under way.
    functions: Vec<Option<BoundFunction>>,
    local_functions: Vec<function::LocalFunctionInfo>,
    /// Whether arithmetic is checked: inside `checked`, inside `unchecked`, or neither.
    overflow: numeric::Overflow,
    /// An operation on `dynamic` is bound: there are no extension methods, and messages are those of the run-time binder.
    is_at_run_time: bool,
    /// References that may be strings or boxed values are compared.
    compares_references: bool,
    /// How many more expressions may be bound.
    bindings_left: u32,
    /// Numbers of lambdas bound with certain parameter types.
    environments: HashMap<lambda::TrialKey, u32>,
    /// What trials of lambdas found.
    trials: HashMap<lambda::TrialKey, Rc<lambda::Trial>>,
    /// Lambdas that queries stand for.
    query_lambdas: Vec<query::QueryLambda>,
    /// Where each of them is, by what it stands for.
    query_lambda_indexes: HashMap<(u8, u32), usize>,
    /// Names of variables, by function and number, for messages of `flow`.
    variable_names: HashMap<(u32, u32), Symbol>,
    /// Type parameters that stand for structs, while a signature is bound: `T?` is nullable.
    struct_parameters: Vec<u8>,
    /// Variables that are references, by function and number.
    references: HashMap<(u32, u32), reference::Referring>,
    /// Names that were given to the items of tuple types. Types do not carry them, so they hold for all tuples of a type.
    tuple_names: HashMap<Type, Vec<Vec<Option<Box<str>>>>>,
    /// The receiver of the innermost `?.` that is being bound.
    conditional_receivers: Vec<(Type, super::bound::Local)>,
}

impl<'t> Binder<'t> {
    fn new(tree: &'t Tree) -> Binder<'t> {
        Binder {
            tree,
            library: library::get(),
            diagnostics: Diagnostics::default(),
            frames: Vec::new(),
            functions: Vec::new(),
            local_functions: Vec::new(),
            overflow: numeric::Overflow::default(),
            is_at_run_time: false,
            compares_references: false,
            bindings_left: limits::BINDINGS_MAX,
            environments: HashMap::new(),
            trials: HashMap::new(),
            query_lambdas: Vec::new(),
            query_lambda_indexes: HashMap::new(),
            variable_names: HashMap::new(),
            struct_parameters: Vec::new(),
            references: HashMap::new(),
            tuple_names: HashMap::new(),
            conditional_receivers: Vec::new(),
        }
    }

    fn bind_root(&mut self, expected: &Type) {
        let id = self.reserve_function();
        self.frames.push(Frame::new(id, None, Returns::Known(expected.clone())));
        let tree = self.tree;
        let body = match &tree.root {
            Root::Expression(value) => self.return_expression(*value, expected),
            Root::Statements(statements) => {
                let end = statements.last().map_or(0, |last| tree[*last].span.end);
                let statements = self.block(statements);
                BoundStatement { span: Span::new(end, end), kind: BoundStatementKind::Block(statements) }
            }
        };
        self.finish_function(body);
    }

    /// `return value;`, as the body of a function.
    fn return_expression(&mut self, value: ExprId, expected: &Type) -> BoundStatement {
        let span = self.tree[value].span;
        let operand = self.expression(value);
        let kind = match operand.and_then(|operand| self.convert(operand, expected)) {
            Ok(value) => BoundStatementKind::Return(Some(*value)),
            Err(_) => BoundStatementKind::Empty,
        };
        let inside = std::mem::take(&mut self.frame().declared_inside);
        statement::with_declarations(inside, BoundStatement { span, kind })
    }

    /// A number for a function whose body is bound later.
    fn reserve_function(&mut self) -> FunctionId {
        self.functions.push(None);
        FunctionId(self.functions.len() as u32 - 1)
    }

    /// The innermost function has its body.
    fn finish_function(&mut self, body: BoundStatement) -> Option<FunctionId> {
        let frame = self.frames.pop()?;
        let returns = match frame.returns {
            Returns::Known(of) => of,
            Returns::Collected(_) => Type::Object,
        };
        let function = BoundFunction {
            name: frame.name,
            parameter_count: frame.parameter_count,
            locals: frame.locals,
            captures: frame.captures,
            returns,
            is_iterator: frame.is_iterator,
            body,
        };
        if let Some(slot) = self.functions.get_mut(frame.id.0 as usize) {
            *slot = Some(function);
        }
        Some(frame.id)
    }
}

fn empty() -> BoundFunction {
    BoundFunction {
        name: None,
        parameter_count: 0,
        locals: Vec::new(),
        captures: Vec::new(),
        returns: Type::Void,
        is_iterator: false,
        body: BoundStatement { span: Span::default(), kind: BoundStatementKind::Empty },
    }
}

#[cfg(test)]
mod tests;
