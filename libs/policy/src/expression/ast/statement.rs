//! Statements.

use super::{ArrayItems, Designation, ExprId, LambdaBody, Name, ParameterPassing, PatternId, StmtId, TypeId};
use crate::expression::span::Span;

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: StmtKind,
}

/// What kind of statement.
#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    /// `;`
    Empty,
    /// `{ … }`
    Block(Box<[StmtId]>),
    /// `var x = 1, y = 2;`
    Local(Variables),
    /// `const int x = 1;`
    Constant(Variables),
    /// `using var x = …;`: disposed at the end of the block.
    UsingLocal(Variables),
    /// `int F(int x) { … }` inside a block.
    LocalFunction(Box<LocalFunction>),
    /// A call, assignment, increment or `new`.
    Expression(ExprId),
    /// `if (…) … else …`
    If {
        /// The condition.
        condition: ExprId,
        /// If it holds.
        then: StmtId,
        /// If not.
        otherwise: Option<StmtId>,
    },
    /// `switch (…) { … }`
    Switch {
        /// What is looked at.
        value: ExprId,
        /// In the order written.
        sections: Box<[SwitchSection]>,
    },
    /// `while (…) …`
    While {
        /// The condition.
        condition: ExprId,
        /// The body.
        body: StmtId,
    },
    /// `do … while (…);`
    Do {
        /// The body.
        body: StmtId,
        /// The condition.
        condition: ExprId,
    },
    /// `for (…; …; …) …`
    For {
        /// What stands before the first semicolon.
        initializer: ForInitializer,
        /// The condition; none: true.
        condition: Option<ExprId>,
        /// What stands behind the second semicolon.
        iterators: Box<[ExprId]>,
        /// The body.
        body: StmtId,
    },
    /// `foreach (var x in y) …`
    ForEach {
        /// Type of the variable, `var` also for `var (a, b)`; none for `((var a, var b) in …)`.
        of: Option<TypeId>,
        /// The variable or variables.
        variable: Designation,
        /// What is walked over.
        collection: ExprId,
        /// The body.
        body: StmtId,
    },
    /// `break;`
    Break,
    /// `continue;`
    Continue,
    /// `yield return value;`; without a value `yield break;`.
    Yield(Option<ExprId>),
    /// `goto label;`
    Goto(Name),
    /// `goto case value;`
    GotoCase(ExprId),
    /// `goto default;`
    GotoDefault,
    /// `label: statement`
    Labeled {
        /// The label.
        label: Name,
        /// The statement.
        body: StmtId,
    },
    /// `return …;`
    Return(Option<ExprId>),
    /// `throw …;`; without a value inside a catch.
    Throw(Option<ExprId>),
    /// `try { } catch { } finally { }`
    Try {
        /// The block.
        body: StmtId,
        /// In the order written.
        catches: Box<[Catch]>,
        /// The block of `finally`.
        finally: Option<StmtId>,
    },
    /// `using (…) …`
    Using {
        /// What is disposed.
        resource: UsingResource,
        /// The body.
        body: StmtId,
    },
    /// `lock (…) …`
    Lock {
        /// The object.
        object: ExprId,
        /// The body.
        body: StmtId,
    },
    /// `checked { … }`
    Checked(StmtId),
    /// `unchecked { … }`
    Unchecked(StmtId),
}

/// `T a = 1, b, c = 3`.
#[derive(Debug, Clone, PartialEq)]
pub struct Variables {
    /// The type of all of them.
    pub of: TypeId,
    /// At least one.
    pub declarators: Box<[Declarator]>,
}

/// One variable of a declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct Declarator {
    /// Its name.
    pub name: Name,
    /// Its first value.
    pub value: Option<VariableInitializer>,
}

/// What stands behind the `=` of a declaration.
#[derive(Debug, Clone, PartialEq)]
pub enum VariableInitializer {
    /// A value.
    Value(ExprId),
    /// `{ 1, 2 }` of an array variable.
    Array(ArrayItems),
}

/// First part of a `for`.
#[derive(Debug, Clone, PartialEq)]
pub enum ForInitializer {
    /// New variables.
    Variables(Variables),
    /// Expressions, or nothing.
    Expressions(Box<[ExprId]>),
}

/// What a `using` statement disposes of.
#[derive(Debug, Clone, PartialEq)]
pub enum UsingResource {
    /// New variables.
    Variables(Variables),
    /// A value.
    Value(ExprId),
}

/// A function inside a block.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalFunction {
    /// What it returns.
    pub returns: TypeId,
    /// Its name.
    pub name: Name,
    /// Names of its type parameters.
    pub type_parameters: Box<[Name]>,
    /// What its type parameters have to be.
    pub constraints: Box<[Constraint]>,
    /// Its parameters.
    pub parameters: Box<[Parameter]>,
    /// Its block or expression.
    pub body: LambdaBody,
    /// Whether it says `static`: it may not use variables from around it.
    pub is_static: bool,
}

/// `where T : bound`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraint {
    /// Which type parameter.
    pub name: Name,
    /// What it has to be.
    pub bound: Bound,
}

/// What a type parameter has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// `class`
    Class,
    /// `struct`
    Struct,
    /// `new()`
    New,
    /// Something that converts to this type.
    Type(TypeId),
}

/// A parameter of a lambda or local function.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its type; none for a lambda's `x`.
    pub of: Option<TypeId>,
    /// Its name.
    pub name: Name,
    /// `out`, `ref`, `in`.
    pub passing: ParameterPassing,
    /// Whether it says `params`.
    pub is_params: bool,
    /// Its default value.
    pub default: Option<ExprId>,
}

/// Some labels and the statements behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchSection {
    /// At least one.
    pub labels: Box<[SwitchLabel]>,
    /// At least one.
    pub body: Box<[StmtId]>,
}

/// `case …:` or `default:`.
#[derive(Debug, Clone, PartialEq)]
pub enum SwitchLabel {
    /// `case pattern when guard:`
    Case {
        /// The pattern.
        pattern: PatternId,
        /// The condition.
        guard: Option<ExprId>,
    },
    /// `default:`
    Default,
}

/// `catch (T x) when (…) { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Catch {
    /// Type of the exception; none: every one.
    pub of: Option<TypeId>,
    /// Its name.
    pub name: Option<Name>,
    /// The condition.
    pub filter: Option<ExprId>,
    /// The block.
    pub body: StmtId,
    /// From `catch` on.
    pub span: Span,
}
