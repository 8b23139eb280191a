//! The syntax tree.
//!
//! Nodes live in arenas of the [`Tree`] and name each other by index, so that a tree is a few vectors: cheap to build and to drop, whatever
//! its shape, and a binder can keep what it learns in vectors of its own, indexed alike. Every node has the span it was written in. The tree
//! says what was written, not what it means: names are not resolved, and `a.b` may be a type, a property or a field. What is known to hold:
//! the tree is no higher than [`limits::TREE_HEIGHT_MAX`](super::limits::TREE_HEIGHT_MAX), and all indices are valid in the tree they came
//! from.

mod expression;
mod literal;
mod statement;
mod types;

pub use expression::{
    AnonymousMember, Argument, ArrayItem, ArrayItems, AssignOperator, BinaryOperator, Clause, CollectionItem,
    Designation, Expr, ExprKind, InitialValue, Initializer, InterpolationPart, Lambda, LambdaBody, MemberInitializer,
    MemberTarget, Ordering, ParameterPassing, Pattern, PatternKind, PropertyPattern, Query, RelationalOperator,
    SwitchArm, TupleItem, UnaryOperator,
};
pub use literal::{Decimal, Literal};
pub use statement::{
    Bound, Catch, Constraint, Declarator, ForInitializer, LocalFunction, Parameter, Stmt, StmtKind, SwitchLabel,
    SwitchSection, UsingResource, VariableInitializer, Variables,
};
pub use types::{PredefinedType, SimpleName, TupleElementType, Type, TypeKind};

use std::collections::HashMap;
use std::ops::Index;

use super::error::SyntaxError;
use super::span::Span;

macro_rules! index_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub(super) u32);

        impl $name {
            /// Position in the tree's arena, for tables beside the tree.
            #[must_use]
            pub fn index(self) -> u32 {
                self.0
            }
        }
    };
}

index_type!(
    /// An expression of a [`Tree`].
    ExprId
);
index_type!(
    /// A statement of a [`Tree`].
    StmtId
);
index_type!(
    /// A written type of a [`Tree`].
    TypeId
);
index_type!(
    /// A pattern of a [`Tree`].
    PatternId
);
index_type!(
    /// A name; equal names of one tree have equal symbols.
    Symbol
);

/// A name where it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// Which name, without `@`.
    pub symbol: Symbol,
    /// Where.
    pub span: Span,
}

/// All names of one tree, each once.
#[derive(Debug, Default)]
pub struct Names {
    texts: Vec<Box<str>>,
    symbols: HashMap<Box<str>, Symbol>,
}

impl Names {
    pub(super) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.symbols.get(text) {
            return symbol;
        }
        let symbol = Symbol(self.texts.len() as u32);
        self.texts.push(text.into());
        self.symbols.insert(text.into(), symbol);
        symbol
    }

    /// The text of a symbol.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize).map_or("", |text| text)
    }

    /// The symbol of a text, if the tree has that name.
    #[must_use]
    pub fn symbol(&self, text: &str) -> Option<Symbol> {
        self.symbols.get(text).copied()
    }
}

/// What a whole policy expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum Root {
    /// `@(expression)`.
    Expression(ExprId),
    /// `@{ statements }`.
    Statements(Box<[StmtId]>),
}

/// The syntax tree of one policy expression.
#[derive(Debug)]
pub struct Tree {
    /// Where to start.
    pub root: Root,
    /// All names in it.
    pub names: Names,
    pub(super) expressions: Vec<Expr>,
    pub(super) statements: Vec<Stmt>,
    pub(super) types: Vec<Type>,
    pub(super) patterns: Vec<Pattern>,
    /// What `#warning` lines say.
    pub(super) warnings: Vec<SyntaxError>,
}

impl Tree {
    /// Number of expressions: one more than the greatest [`ExprId::index`].
    #[must_use]
    pub fn expression_count(&self) -> usize {
        self.expressions.len()
    }

    /// The text of a name.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        self.names.text(name.symbol)
    }
}

impl Index<ExprId> for Tree {
    type Output = Expr;
    fn index(&self, id: ExprId) -> &Expr {
        &self.expressions[id.0 as usize]
    }
}

impl Index<StmtId> for Tree {
    type Output = Stmt;
    fn index(&self, id: StmtId) -> &Stmt {
        &self.statements[id.0 as usize]
    }
}

impl Index<TypeId> for Tree {
    type Output = Type;
    fn index(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }
}

impl Index<PatternId> for Tree {
    type Output = Pattern;
    fn index(&self, id: PatternId) -> &Pattern {
        &self.patterns[id.0 as usize]
    }
}
