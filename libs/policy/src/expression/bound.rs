//! The bound tree: code with every name, type, overload and conversion decided. The binder makes it from the syntax tree; the emitter turns it
//! into instructions.
//!
//! What must hold: types fit (an operand has the type its operator asks for; conversions are nodes of their own), every local belongs to the
//! function whose body names it, variables of outer functions are reached through captures only, and the tree is no higher than
//! [`limits::TREE_HEIGHT_MAX`](super::limits::TREE_HEIGHT_MAX) allows times a small constant.

use std::sync::Arc;

use super::library::Constant;
use super::native::Native;
use super::span::Span;
use super::types::{Number, Type};

/// A whole policy expression: function 0 is its body, the others are lambdas and local functions.
#[derive(Debug)]
pub struct BoundUnit {
    /// All functions.
    pub functions: Vec<BoundFunction>,
    /// Whether it compares references that may be strings or boxed values: then boxing makes objects, and natives give the text they were given
    /// where .NET does.
    pub compares_references: bool,
}

/// A body with its variables.
#[derive(Debug)]
pub struct BoundFunction {
    /// Name of a local function, for messages.
    pub name: Option<Box<str>>,
    /// How many of the first locals are parameters.
    pub parameter_count: usize,
    /// Parameters, variables, temporaries.
    pub locals: Vec<BoundLocal>,
    /// Variables of the enclosing function that this one uses, in the order of [`Capture`].
    pub captures: Vec<Outer>,
    /// What it returns.
    pub returns: Type,
    /// Whether it is an iterator: a call gives a sequence of what it yields, and runs nothing of it yet.
    pub is_iterator: bool,
    /// Its body; a lambda's expression is a `Return`.
    pub body: BoundStatement,
}

/// A variable.
#[derive(Debug)]
pub struct BoundLocal {
    /// Its type.
    pub of: Type,
    /// A lambda or local function uses it: it lives in a cell of its own, made anew each time its declaration is passed.
    pub is_captured: bool,
    /// An `out` parameter: it must have a value when the function returns.
    pub is_out: bool,
}

/// A variable of this function, by position in [`BoundFunction::locals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local(pub u32);

/// A variable of an enclosing function, by position in [`BoundFunction::captures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture(pub u32);

/// A function of the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionId(pub u32);

/// Where a captured variable lives, seen from the enclosing function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outer {
    /// A local of the enclosing function.
    Local(Local),
    /// A capture of the enclosing function.
    Capture(Capture),
}

/// An expression with its type.
#[derive(Debug)]
pub struct BoundExpr {
    /// Where it was written.
    pub span: Span,
    /// Its type.
    pub of: Type,
    /// What it is.
    pub kind: BoundKind,
}

/// A native with the type arguments of its class and itself.
#[derive(Debug, Clone)]
pub struct NativeRef {
    /// The code.
    pub native: Native,
    /// Type arguments.
    pub types: Arc<[Type]>,
    /// The first argument is `this` and must not be null.
    pub has_this: bool,
    /// Name for traces.
    pub name: Box<str>,
    /// The arguments (the first is bit 0) that it takes as they are; of the others it wants what is inside of a box.
    pub takes_boxes: u32,
}

/// What an expression is.
#[derive(Debug)]
pub enum BoundKind {
    /// A constant.
    Constant(Constant),
    /// `default(T)` of a struct that is no constant, or null.
    Default(Type),
    /// `typeof(T)`.
    TypeOf(Type),
    /// `ref a`: where a place is. Its type is that of the place.
    Reference {
        /// A variable, an element, or an item of a tuple in one of these. Variables are captured.
        place: Box<Place>,
        /// An `out` argument: what is there is not looked at.
        is_out: bool,
    },
    /// What is where a reference leads.
    Dereference {
        /// A reference: [`BoundKind::Reference`], a variable that holds one, a function that gives one, or a choice of these.
        reference: Box<BoundExpr>,
        /// It may not be assigned to.
        is_readonly: bool,
    },
    /// A variable.
    Local(Local),
    /// A variable of an enclosing function.
    Capture(Capture),
    /// `a = b`: its value is what was assigned.
    Assign {
        /// Where to.
        target: Place,
        /// What.
        value: Box<BoundExpr>,
    },
    /// `a += b`, `a++`: target operands are evaluated once. The old value is put into `old`; `new` computes from it.
    Update {
        /// Where.
        target: Place,
        /// Receives the old value.
        old: Local,
        /// The new value, in terms of `old`.
        new: Box<BoundExpr>,
        /// The result is the old value (`a++`).
        gives_old: bool,
    },
    /// `a ??= b`: `value` is evaluated and assigned only if `target` is null.
    CoalesceAssign {
        /// Where.
        target: Place,
        /// What.
        value: Box<BoundExpr>,
    },
    /// `(a, b) = (b, a)`: all values first, then all assignments.
    AssignTuple {
        /// Where; `None` is a discard.
        targets: Vec<Option<Place>>,
        /// The tuple.
        value: Box<BoundExpr>,
    },
    /// A conversion.
    Convert {
        /// Which.
        conversion: Conversion,
        /// What.
        operand: Box<BoundExpr>,
    },
    /// An operator on primitive operands, both of type `on` (shifts: the right one is `int`).
    Binary {
        /// Which.
        operator: PrimitiveOperator,
        /// Type of the operands.
        on: Primitive,
        /// Throws on overflow.
        is_checked: bool,
        /// Operands may be null: arithmetic gives null then, comparison false (`==`: true for two nulls).
        is_lifted: bool,
        /// Left operand.
        left: Box<BoundExpr>,
        /// Right operand.
        right: Box<BoundExpr>,
    },
    /// `-a`, `~a` of a number, `!a`.
    Unary {
        /// Which.
        operator: PrimitiveUnary,
        /// Type of the operand.
        on: Primitive,
        /// Throws on overflow.
        is_checked: bool,
        /// The operand may be null.
        is_lifted: bool,
        /// The operand.
        operand: Box<BoundExpr>,
    },
    /// `==` of references: the same object.
    SameReference {
        /// `!=`
        is_negated: bool,
        /// Left operand.
        left: Box<BoundExpr>,
        /// Right operand.
        right: Box<BoundExpr>,
    },
    /// `a == null` for anything that can be null.
    IsNull {
        /// `!=`
        is_negated: bool,
        /// The operand.
        operand: Box<BoundExpr>,
    },
    /// `+` of strings and anything: `ToString()` of each, null is empty. Nested additions are one list.
    Concat(Vec<BoundExpr>),
    /// An interpolated string.
    Interpolate(Vec<BoundPart>),
    /// `&&`
    And(Box<BoundExpr>, Box<BoundExpr>),
    /// `||`
    Or(Box<BoundExpr>, Box<BoundExpr>),
    /// `a ?? b`
    Coalesce(Box<BoundExpr>, Box<BoundExpr>),
    /// `a ? b : c`
    Conditional {
        /// `a`
        condition: Box<BoundExpr>,
        /// `b`
        then: Box<BoundExpr>,
        /// `c`
        otherwise: Box<BoundExpr>,
    },
    /// `a?.b`: `a` goes into `local`; if it is null the result is null, else `access`.
    ConditionalAccess {
        /// `a`
        target: Box<BoundExpr>,
        /// Where it is kept.
        local: Local,
        /// In terms of `local`.
        access: Box<BoundExpr>,
    },
    /// A member of the library.
    Call {
        /// Which.
        native: NativeRef,
        /// `this` first, then one for each parameter; the value before for `ref`, a default for `out` parameters.
        arguments: Vec<BoundExpr>,
        /// For each `out` or `ref` parameter: its position in `arguments` and where its value goes, already of the place's type.
        outs: Vec<(usize, Option<Place>)>,
    },
    /// A local function.
    CallFunction {
        /// Which: a delegate to it is in this variable.
        function: FunctionId,
        /// Its captures, seen from here.
        captures: Vec<Outer>,
        /// Arguments; references for `ref` and `out` parameters.
        arguments: Vec<BoundExpr>,
        /// For each argument whether it is a reference.
        references: Vec<bool>,
    },
    /// A delegate is called.
    Invoke {
        /// The delegate.
        delegate: Box<BoundExpr>,
        /// Arguments.
        arguments: Vec<BoundExpr>,
    },
    /// A lambda, or a local function used as a delegate.
    Lambda {
        /// Its code.
        function: FunctionId,
        /// Its captures, seen from here.
        captures: Vec<Outer>,
    },
    /// A method of the library used as a delegate: `Select(int.Parse)`; `this` is evaluated now.
    MethodGroup {
        /// Which.
        native: NativeRef,
        /// `this`.
        this: Option<Box<BoundExpr>>,
    },
    /// `new T[n]`, `new T[n, m]`
    NewArray {
        /// Type of the elements.
        element: Type,
        /// One for each dimension, each an `int`.
        sizes: Vec<BoundExpr>,
    },
    /// `new[] { a, b }`; for more dimensions the sizes say how the items are laid out, row by row.
    ArrayItems {
        /// Type of the elements.
        element: Type,
        /// Sizes of the dimensions.
        sizes: Vec<u32>,
        /// The items.
        items: Vec<BoundExpr>,
    },
    /// `a[i]` of an array; indexes are `int`.
    Element {
        /// The array.
        array: Box<BoundExpr>,
        /// The indexes.
        indexes: Vec<BoundExpr>,
    },
    /// `a.Length` of an array.
    ArrayLength(Box<BoundExpr>),
    /// `(a, b)`
    NewTuple(Vec<BoundExpr>),
    /// `new { A = 1 }`
    NewAnonymous(Vec<BoundExpr>),
    /// An item of a tuple or a property of an anonymous object.
    Item {
        /// Of what.
        of: Box<BoundExpr>,
        /// Which.
        index: u32,
    },
    /// `x is pattern`
    Is {
        /// What is looked at.
        operand: Box<BoundExpr>,
        /// What it may be.
        pattern: BoundPattern,
    },
    /// `x switch { … }`; without a match `SwitchExpressionException`.
    Switch {
        /// What is looked at.
        value: Box<BoundExpr>,
        /// Pattern, condition, result.
        arms: Vec<(BoundPattern, Option<BoundExpr>, BoundExpr)>,
    },
    /// `throw x` where a value is expected.
    Throw(Box<BoundExpr>),
    /// Statements and then a value: initializers of objects and collections.
    Sequence(Vec<BoundStatement>, Box<BoundExpr>),
    /// `d.Name`
    DynamicMember {
        /// The object.
        target: Box<BoundExpr>,
        /// The name.
        name: Box<str>,
    },
    /// `d.Name(…)`; without a name `d(…)`.
    DynamicCall {
        /// The object.
        target: Box<BoundExpr>,
        /// The name.
        name: Option<Box<str>>,
        /// Arguments.
        arguments: Vec<BoundExpr>,
    },
    /// A call of a static method or constructor with dynamic arguments: the overload is chosen when it runs.
    DynamicStatic {
        /// The class.
        class: Type,
        /// The method; none for a constructor.
        name: Option<Box<str>>,
        /// Arguments.
        arguments: Vec<BoundExpr>,
    },
    /// `d[…]`
    DynamicIndex {
        /// The object.
        target: Box<BoundExpr>,
        /// Arguments.
        arguments: Vec<BoundExpr>,
    },
    /// An operator with a dynamic operand; unary ones have no right operand.
    DynamicOperator {
        /// Its symbol, as in the library: `+`, `==`, `-`, `!`, …
        symbol: &'static str,
        /// Left operand.
        left: Box<BoundExpr>,
        /// Right operand.
        right: Option<Box<BoundExpr>>,
    },
}

/// A piece of an interpolated string.
#[derive(Debug)]
pub enum BoundPart {
    /// Text.
    Text(Box<str>),
    /// `{value,alignment:format}`
    Hole {
        /// The value.
        value: BoundExpr,
        /// Least width; negative: to the left.
        alignment: i32,
        /// Format.
        format: Option<Box<str>>,
    },
}

/// Something that can be assigned to.
#[derive(Debug)]
pub enum Place {
    /// A variable.
    Local(Local),
    /// A variable of an enclosing function.
    Capture(Capture),
    /// Where a reference leads.
    Dereference(Box<BoundExpr>),
    /// An element of an array.
    Element {
        /// The array.
        array: Box<BoundExpr>,
        /// The indexes.
        indexes: Vec<BoundExpr>,
    },
    /// A property or indexer.
    Property {
        /// For [`BoundKind::Update`].
        getter: Option<NativeRef>,
        /// Takes the value as its last argument.
        setter: NativeRef,
        /// `this` and the indexer's arguments.
        arguments: Vec<BoundExpr>,
    },
    /// An item of a tuple variable: the tuple is replaced by a changed one.
    TupleItem {
        /// The tuple.
        tuple: Box<Place>,
        /// Which item.
        index: u32,
    },
    /// `d.Name`
    DynamicMember {
        /// The object.
        target: Box<BoundExpr>,
        /// The name.
        name: Box<str>,
    },
    /// `d[…]`
    DynamicIndex {
        /// The object.
        target: Box<BoundExpr>,
        /// Arguments.
        arguments: Vec<BoundExpr>,
    },
}

/// Operand types that operators know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Primitive {
    /// `bool`
    Bool,
    /// `char` (comparison only; arithmetic is on `int`).
    Char,
    /// `int`, `uint`, `long`, `ulong`, `float`, `double`, `decimal`.
    Number(Number),
    /// `string`: `==`, `!=`.
    String,
    /// An enum: comparison and bit operators.
    Enum,
}

/// Operators with two primitive operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the operators")]
pub enum PrimitiveOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    ShiftLeft,
    ShiftRight,
    And,
    Or,
    ExclusiveOr,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Operators with one primitive operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the operators")]
pub enum PrimitiveUnary {
    Negate,
    Complement,
    Not,
}

/// Conversions that do something when they run. Those that do not (references to a base, boxing, `T` to `T?`, `null`) are not in the tree, or are
/// [`Conversion::Identity`] where only the type changes.
#[derive(Debug, Clone)]
pub enum Conversion {
    /// Nothing to do.
    Identity,
    /// A value type to `object` or an interface.
    Box,
    /// Between number types and `char`; null stays null when lifted.
    Numeric {
        /// From.
        from: NumericType,
        /// To.
        to: NumericType,
        /// Throws on overflow.
        is_checked: bool,
        /// Null stays null.
        is_lifted: bool,
    },
    /// Enum to its number and back.
    EnumToNumber(Number),
    /// A number to an enum.
    NumberToEnum {
        /// The number's type.
        from: Number,
        /// The enum.
        to: Type,
    },
    /// A cast down, or unboxing: `InvalidCastException` if the value is of another type; for a type that takes no null,
    /// `NullReferenceException` for null.
    Cast(Type),
    /// `as`: null if the value is of another type.
    As(Type),
    /// `T?` to `T`: `InvalidOperationException` for null ("Nullable object must have a value.").
    NullableValue,
    /// A user-defined conversion; null stays null when lifted.
    Native {
        /// Which.
        native: NativeRef,
        /// Null stays null.
        is_lifted: bool,
    },
    /// From `dynamic` to a type, decided when it runs (implicit, or explicit for casts).
    Dynamic {
        /// To.
        to: Type,
        /// A cast is written.
        is_explicit: bool,
    },
}

/// A number type or `char`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumericType {
    /// A number.
    Number(Number),
    /// `char`
    Char,
}

/// A pattern; what it looks at is on the stack.
#[derive(Debug)]
pub enum BoundPattern {
    /// `_`
    Discard,
    /// `var x`
    Var(Local),
    /// `T x`, `T`: not for null.
    Type {
        /// The type.
        of: Type,
        /// The variable.
        into: Option<Local>,
    },
    /// A constant: `object.Equals`, numbers of the input's type.
    Constant(Constant),
    /// `> 5`, on the input's type.
    Relational {
        /// Less, …
        operator: PrimitiveOperator,
        /// Operand type.
        on: Primitive,
        /// With what.
        value: Constant,
    },
    /// `T { A: p } x`, `{ }`.
    Properties {
        /// Must be of this type first.
        of: Option<Type>,
        /// What is read of the object (in terms of `object`), and what it must be.
        properties: Vec<(BoundExpr, BoundPattern)>,
        /// Holds the object while its properties are read.
        object: Local,
        /// The variable.
        into: Option<Local>,
    },
    /// `(p, q)` of a tuple.
    Tuple(Vec<BoundPattern>),
    /// `not p`
    Not(Box<BoundPattern>),
    /// `p and q`
    And(Box<BoundPattern>, Box<BoundPattern>),
    /// `p or q`
    Or(Box<BoundPattern>, Box<BoundPattern>),
}

/// A statement.
#[derive(Debug)]
pub struct BoundStatement {
    /// Where it was written.
    pub span: Span,
    /// What it is.
    pub kind: BoundStatementKind,
}

/// What a statement is.
#[derive(Debug)]
pub enum BoundStatementKind {
    /// Nothing.
    Empty,
    /// `{ … }`
    Block(Vec<BoundStatement>),
    /// An expression whose value is dropped.
    Expression(BoundExpr),
    /// A variable comes into being (a fresh cell if it is captured), with a value or its type's default.
    Declare {
        /// Which.
        local: Local,
        /// Its first value.
        value: Option<BoundExpr>,
    },
    /// `if`
    If {
        /// Condition.
        condition: BoundExpr,
        /// If it holds.
        then: Box<BoundStatement>,
        /// If not.
        otherwise: Option<Box<BoundStatement>>,
    },
    /// `while`, and `for` with its steps.
    While {
        /// Condition; none is true.
        condition: Option<BoundExpr>,
        /// Body; `continue` goes to the steps.
        body: Box<BoundStatement>,
        /// Run behind the body, in front of the next test.
        steps: Vec<BoundStatement>,
    },
    /// `do … while`
    DoWhile {
        /// Body.
        body: Box<BoundStatement>,
        /// Condition.
        condition: BoundExpr,
    },
    /// `foreach` over arrays, strings, and everything enumerable; `NullReferenceException` for null.
    ForEach {
        /// What is walked over.
        sequence: BoundExpr,
        /// The item as it comes.
        item: Local,
        /// Conversion to the declared type or deconstruction, then the body.
        body: Box<BoundStatement>,
    },
    /// `switch`; sections do not fall through. `break` inside ends it.
    Switch {
        /// What is looked at.
        value: BoundExpr,
        /// Its sections.
        sections: Vec<BoundSection>,
    },
    /// `return`; also `yield break`.
    Return(Option<BoundExpr>),
    /// `yield return`
    Yield(BoundExpr),
    /// `break` of the innermost loop or switch.
    Break,
    /// `continue` of the innermost loop.
    Continue,
    /// `label: statement`; the number tells the function's labels apart.
    Labeled {
        /// Which.
        label: u32,
        /// What it is in front of.
        body: Box<BoundStatement>,
    },
    /// `goto label`: a label of this block or one around it.
    Goto(u32),
    /// `goto case`/`goto default`: the section's number in the innermost switch.
    GotoSection(u32),
    /// `throw x`
    Throw(BoundExpr),
    /// `throw` inside a `catch`.
    Rethrow,
    /// `try`
    Try {
        /// Body.
        body: Box<BoundStatement>,
        /// In order.
        catches: Vec<BoundCatch>,
        /// Run in any case.
        finally: Option<Box<BoundStatement>>,
    },
    /// `using`: `Dispose()` of the value (if not null) at the end of the body, in any case.
    Using {
        /// Holds the value.
        local: Local,
        /// The value.
        value: BoundExpr,
        /// Body.
        body: Box<BoundStatement>,
    },
}

/// `case p when c: case q: … break;`
#[derive(Debug)]
pub struct BoundSection {
    /// Pattern and condition of each label; none is `default`.
    pub labels: Vec<Option<(BoundPattern, Option<BoundExpr>)>>,
    /// What it does.
    pub body: BoundStatement,
}

/// `catch (T x) when (c) { … }`
#[derive(Debug)]
pub struct BoundCatch {
    /// The exception class; none catches all.
    pub of: Option<Type>,
    /// The variable.
    pub into: Option<Local>,
    /// `when`
    pub filter: Option<BoundExpr>,
    /// Body.
    pub body: BoundStatement,
}
