//! The instruction set, and what each instruction does to the operand stack.

use postern_dotnet::ExceptionType;

use super::{Piece, Tables};
use crate::expression::bound::{NumericType, Primitive, PrimitiveOperator, PrimitiveUnary};
use crate::expression::library::context::PartIndex;
use crate::expression::machine::{BinaryFn, UnaryFn};
use crate::expression::types::Number;

/// One instruction. Operands come from the stack, the last one on top; `u32` are numbers of locals, cells, instructions or table entries.
#[derive(Debug, Clone, Copy)]
pub(in crate::expression) enum Instruction {
    // Values
    Null,
    Bool(bool),
    Int(i32),
    Text(u32),
    Constant(u32),
    /// A part of the exchange that is always there.
    Part(PartIndex),
    TypeOf(u32),
    // Variables
    Load(u32),
    Store(u32),
    /// Stores and leaves the value on the stack.
    Keep(u32),
    LoadCell(u32),
    StoreCell(u32),
    /// A new variable with the value on the stack.
    NewCell(u32),
    /// A reference to a captured variable.
    ReferCell(u32),
    /// A reference to an element, which must be of this type.
    ReferElement {
        rank: u32,
        of: u32,
    },
    /// A reference to a tuple becomes one to its item.
    ReferItem(u32),
    Dereference,
    SetReferenced,
    /// Adds to an `int` variable, without check.
    Increase {
        local: u32,
        by: i32,
    },
    Pop,
    Duplicate,
    // Jumps
    Jump(u32),
    /// A jump back: where loops are charged for and where a run may yield.
    Repeat {
        target: u32,
        cost: u32,
    },
    JumpIf {
        target: u32,
        when: bool,
    },
    JumpIfNull {
        target: u32,
        when: bool,
    },
    /// Jumps with the value still on the stack, otherwise drops it.
    KeepOrDrop {
        target: u32,
        when_null: bool,
    },
    /// Jumps with null on the stack, otherwise keeps the value there.
    SkipIfNull(u32),
    /// Compares two `int`s.
    JumpIfInts {
        operator: PrimitiveOperator,
        when: bool,
        target: u32,
    },
    /// Compares an `int` with a constant.
    JumpIfInt {
        operator: PrimitiveOperator,
        when: bool,
        value: i32,
        target: u32,
    },
    /// Compares two strings.
    JumpIfTexts {
        equal: bool,
        target: u32,
    },
    /// Compares a string with a text of the table.
    JumpIfText {
        equal: bool,
        text: u32,
        target: u32,
    },
    /// Compares a local with a text of the table.
    JumpUnlessLocalText {
        local: u32,
        text: u32,
        target: u32,
    },
    /// `object.Equals`
    JumpUnlessEqual(u32),
    JumpUnlessType {
        of: u32,
        target: u32,
    },
    // Operators
    AddInts,
    /// Adds a constant.
    AddInt(i32),
    SubtractInts,
    MultiplyInts,
    CompareInts(PrimitiveOperator),
    Binary {
        apply: BinaryFn,
        operator: PrimitiveOperator,
        on: Primitive,
    },
    Lifted {
        apply: BinaryFn,
        operator: PrimitiveOperator,
        on: Primitive,
    },
    Unary {
        apply: UnaryFn,
        operator: PrimitiveUnary,
        on: Primitive,
        is_lifted: bool,
    },
    Not,
    SameReference {
        is_negated: bool,
    },
    IsNull {
        is_negated: bool,
    },
    Concat(u32),
    Interpolate(u32),
    // Conversions
    /// A value type becomes an object of its own.
    Box,
    /// What is inside of a box.
    Unbox,
    Numeric {
        to: NumericType,
        is_checked: bool,
        is_lifted: bool,
    },
    EnumToNumber(Number),
    NumberToEnum(u32),
    Cast(u32),
    As(u32),
    NullableValue,
    ConvertDynamic {
        to: u32,
        is_explicit: bool,
    },
    // Calls
    Native {
        native: u32,
        count: u32,
    },
    /// The values of `out` parameters come behind the result.
    NativeOuts {
        native: u32,
        count: u32,
        outs: u32,
    },
    Function(u32),
    Invoke(u32),
    Lambda(u32),
    MethodGroup {
        native: u32,
        of: u32,
    },
    Return,
    /// Beginning of an iterator: what called it gets a sequence of this type that goes on from here when it is walked over.
    Iterate(u32),
    /// Gives the value on top to whoever walks over the sequence; goes on behind when the next is asked for.
    Yield,
    // Objects
    NewArray {
        element: u32,
        rank: u32,
    },
    ArrayItems {
        element: u32,
        lengths: u32,
        count: u32,
    },
    Element(u32),
    SetElement(u32),
    ArrayLength,
    NewTuple {
        of: u32,
        count: u32,
    },
    NewAnonymous {
        of: u32,
        count: u32,
    },
    Item(u32),
    /// Tuple and value become the changed tuple.
    WithItem(u32),
    // Loops over sequences: two locals
    Walk(u32),
    Next {
        slot: u32,
        exit: u32,
    },
    // Exceptions
    Throw,
    /// Of an exception in a local.
    Rethrow(u32),
    NoArm,
    /// A clause of a `catch` takes the exception: a search for it ends here, otherwise its body comes next.
    Matched,
    /// No clause does: the exception in a local goes on its way.
    Unmatched(u32),
    JumpUnlessCaught {
        slot: u32,
        target: u32,
        of: ExceptionType,
    },
    /// Where to go when the `finally` block is through.
    GoOnAt {
        slot: u32,
        target: u32,
    },
    EndFinally(u32),
    Dispose(u32),
    /// Ends a `foreach` in code with iterators: what it walks over may have `finally` blocks to run.
    EndWalk(u32),
    // Dynamic
    DynamicMember(u32),
    DynamicCall {
        name: Option<std::num::NonZeroU32>,
        count: u32,
    },
    DynamicStatic {
        class: u32,
        name: Option<std::num::NonZeroU32>,
        count: u32,
    },
    DynamicIndex(u32),
    DynamicOperator {
        symbol: u32,
        is_binary: bool,
    },
    SetDynamicMember(u32),
    SetDynamicIndex(u32),
}

const _: () = assert!(size_of::<Instruction>() <= 16, "four instructions share a cache line");

impl Instruction {
    /// How many operands it takes and how many values it leaves, where it goes on with the next instruction.
    pub(in crate::expression) fn effect(&self, tables: &Tables) -> (u32, u32) {
        use Instruction as I;
        match *self {
            I::Null
            | I::Bool(_)
            | I::Int(_)
            | I::Text(_)
            | I::Constant(_)
            | I::Part(_)
            | I::TypeOf(_)
            | I::Load(_)
            | I::ReferCell(_)
            | I::LoadCell(_) => (0, 1),
            I::ReferElement { rank, .. } => (rank + 1, 1),
            I::ReferItem(_) | I::Dereference => (1, 1),
            I::SetReferenced => (2, 0),
            I::Store(_) | I::StoreCell(_) | I::NewCell(_) | I::Pop | I::JumpIf { .. } | I::JumpIfNull { .. } => (1, 0),
            I::KeepOrDrop { .. }
            | I::JumpUnlessType { .. }
            | I::JumpIfText { .. }
            | I::JumpIfInt { .. }
            | I::Walk(_)
            | I::Throw
            | I::Return
            | I::Yield => (1, 0),
            I::Iterate(_) => (0, 0),
            I::Increase { .. } | I::Jump(_) | I::Repeat { .. } | I::Rethrow(_) | I::NoArm => (0, 0),
            I::JumpUnlessCaught { .. }
            | I::JumpUnlessLocalText { .. }
            | I::GoOnAt { .. }
            | I::EndFinally(_)
            | I::EndWalk(_)
            | I::Matched
            | I::Unmatched(_)
            | I::Dispose(_) => (0, 0),
            I::Duplicate => (1, 2),
            I::Keep(_) | I::AddInt(_) | I::SkipIfNull(_) | I::Not | I::IsNull { .. } | I::Unary { .. } => (1, 1),
            I::Box | I::Unbox => (1, 1),
            I::Numeric { .. } | I::EnumToNumber(_) | I::NumberToEnum(_) | I::Cast(_) | I::As(_) => (1, 1),
            I::NullableValue | I::ConvertDynamic { .. } | I::ArrayLength | I::Item(_) | I::DynamicMember(_) => (1, 1),
            I::JumpIfInts { .. } | I::JumpIfTexts { .. } | I::JumpUnlessEqual(_) => (2, 0),
            I::AddInts | I::SubtractInts | I::MultiplyInts | I::CompareInts(_) | I::WithItem(_) => (2, 1),
            I::Binary { .. } | I::Lifted { .. } | I::SameReference { .. } => (2, 1),
            I::Concat(count) => (count, 1),
            I::Interpolate(pieces) => {
                let holes = tables
                    .pieces
                    .get(pieces as usize)
                    .map_or(0, |pieces| pieces.iter().filter(|piece| matches!(piece, Piece::Hole { .. })).count());
                (u32::try_from(holes).unwrap_or(u32::MAX), 1)
            }
            I::Native { count, .. } | I::ArrayItems { count, .. } => (count, 1),
            I::NewTuple { count, .. } | I::NewAnonymous { count, .. } | I::DynamicStatic { count, .. } => (count, 1),
            I::NativeOuts { count, outs, .. } => {
                (count, 1 + tables.outs.get(outs as usize).map_or(0, |outs| u32::try_from(outs.len()).unwrap_or(0)))
            }
            I::Function(site) => tables.functions.get(site as usize).map_or((0, 1), |site| (site.argument_count, 1)),
            I::Invoke(count) | I::DynamicCall { count, .. } | I::DynamicIndex(count) => (count + 1, 1),
            I::Lambda(_) => (0, 1),
            I::MethodGroup { native, .. } => {
                (u32::from(tables.natives.get(native as usize).is_some_and(|native| native.has_this)), 1)
            }
            // The size of each dimension, and the value of every element on top.
            I::NewArray { rank, .. } => (rank + 1, 1),
            I::Element(rank) => (rank + 1, 1),
            I::SetElement(rank) => (rank + 2, 0),
            I::Next { .. } => (0, 1),
            I::DynamicOperator { is_binary, .. } => (if is_binary { 2 } else { 1 }, 1),
            I::SetDynamicMember(_) => (2, 0),
            I::SetDynamicIndex(count) => (count + 2, 0),
        }
    }

    /// Where it may jump to, and how many values it leaves there more than it takes (counted from before it).
    pub(in crate::expression) fn jump(&mut self) -> Option<(&mut u32, i64)> {
        use Instruction as I;
        match self {
            I::Jump(target) | I::Repeat { target, .. } | I::JumpUnlessCaught { target, .. } => Some((target, 0)),
            I::GoOnAt { target, .. } | I::JumpUnlessLocalText { target, .. } => Some((target, 0)),
            I::JumpIf { target, .. }
            | I::JumpIfNull { target, .. }
            | I::JumpUnlessType { target, .. }
            | I::JumpIfText { target, .. }
            | I::JumpIfInt { target, .. } => Some((target, -1)),
            I::KeepOrDrop { target, .. } | I::SkipIfNull(target) => Some((target, 0)),
            I::JumpIfInts { target, .. } | I::JumpIfTexts { target, .. } | I::JumpUnlessEqual(target) => {
                Some((target, -2))
            }
            I::Next { exit, .. } => Some((exit, 0)),
            _ => None,
        }
    }

    /// Whether the next instruction is never reached from it.
    pub(in crate::expression) fn is_end(&self) -> bool {
        use Instruction as I;
        matches!(
            self,
            I::Jump(_) | I::Repeat { .. } | I::Return | I::Throw | I::Rethrow(_) | I::Unmatched(_) | I::NoArm
        )
    }
}
