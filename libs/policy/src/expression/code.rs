//! Compiled code: what the emitter makes of a bound tree and the machine runs.
//!
//! What must hold: code never changes once it is made and holds nothing that belongs to one thread, so all workers run the same. Jumps lead to
//! instructions of the same function, and the operand stack has the same height at an instruction on every way there
//! ([`emit`](super::emit) works the heights out). The machine does not rely on it for safety: wrong code gives wrong values, never a panic.

mod disassemble;

use std::sync::atomic::{AtomicU64, Ordering};

use postern_dotnet::{ExceptionType, Text};

use super::bound::{NativeRef, NumericType, Primitive, PrimitiveOperator, PrimitiveUnary};
use super::library::Constant;
use super::machine::{BinaryFn, UnaryFn};
use super::span::Span;
use super::types::{Number, Type};

/// The code of one expression. Function 0 is the expression itself.
#[derive(Debug)]
pub struct Code {
    /// Tells codes apart in the workers' tables.
    pub(super) id: u64,
    pub(super) functions: Box<[Function]>,
    /// Of all functions, one behind the other.
    pub(super) instructions: Box<[Instruction]>,
    /// From which instruction on which place of the source is at work.
    pub(super) spans: Box<[(u32, Span)]>,
    pub(super) tables: Tables,
}

/// What instructions refer to by number.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) texts: Vec<Text>,
    pub(super) constants: Vec<Constant>,
    pub(super) natives: Vec<NativeRef>,
    pub(super) types: Vec<Type>,
    pub(super) functions: Vec<FunctionSite>,
    pub(super) outs: Vec<Box<[u32]>>,
    pub(super) lengths: Vec<Box<[usize]>>,
    pub(super) pieces: Vec<Box<[Piece]>>,
    pub(super) symbols: Vec<&'static str>,
}

/// A function of the unit.
#[derive(Debug)]
pub(super) struct Function {
    /// Its first instruction.
    pub(super) start: u32,
    /// Number of instructions: what a call costs.
    pub(super) length: u32,
    /// How many values it takes.
    pub(super) parameter_count: u32,
    /// Parameters, variables and temporaries.
    pub(super) local_count: u32,
    /// Captured variables of outer functions, which come first, and its own captured ones.
    pub(super) cell_count: u32,
    /// How many of the cells are those of outer functions.
    pub(super) capture_count: u32,
    /// Most operands at a time.
    pub(super) operand_max: u32,
    /// What to do with exceptions, inner ones first.
    pub(super) handlers: Box<[Handler]>,
}

/// Catches or ends what is thrown by a range of instructions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handler {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Where to go on; the exception is in `slot` then.
    pub(super) target: u32,
    pub(super) slot: u32,
    /// How much of the frame stays: its locals and the operands below the `try`.
    pub(super) height: u32,
}

/// How a function of the unit is called or made a delegate.
#[derive(Debug, Clone)]
pub(super) struct FunctionSite {
    pub(super) function: u32,
    /// Cells of the function at hand that become the captures of the other.
    pub(super) captures: Box<[u32]>,
    pub(super) argument_count: u32,
    /// Parameters whose last values come back behind the result.
    pub(super) outs: Box<[u32]>,
    /// Number of the delegate's type.
    pub(super) of: u32,
}

/// A piece of an interpolated string.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(Text),
    /// The next operand.
    Hole {
        alignment: i32,
        format: Option<Text>,
    },
}

/// One instruction. Operands come from the stack, the last one on top; `u32` are numbers of locals, cells, instructions or table entries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Instruction {
    // Values
    Null,
    Bool(bool),
    Int(i32),
    Text(u32),
    Constant(u32),
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

const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Code>();
};

impl Code {
    pub(super) fn new(
        functions: Vec<Function>,
        instructions: Vec<Instruction>,
        spans: Vec<(u32, Span)>,
        tables: Tables,
    ) -> Code {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Code {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            functions: functions.into(),
            instructions: instructions.into(),
            spans: spans.into(),
            tables,
        }
    }

    /// The function that an instruction belongs to.
    pub(super) fn function_at(&self, instruction: u32) -> Option<&Function> {
        let behind = self.functions.partition_point(|function| function.start <= instruction);
        behind.checked_sub(1).and_then(|index| self.functions.get(index))
    }

    /// The place of the source that an instruction was made from.
    pub(super) fn span(&self, instruction: u32) -> Span {
        let behind = self.spans.partition_point(|(first, _)| *first <= instruction);
        behind.checked_sub(1).and_then(|index| self.spans.get(index)).map_or_else(Span::default, |(_, span)| *span)
    }

    pub(super) fn type_at(&self, index: u32) -> &Type {
        self.tables.types.get(index as usize).unwrap_or(&Type::Object)
    }

    pub(super) fn text_at(&self, index: u32) -> Text {
        self.tables.texts.get(index as usize).cloned().unwrap_or_default()
    }
}

impl Instruction {
    /// How many operands it takes and how many values it leaves, where it goes on with the next instruction.
    pub(super) fn effect(&self, tables: &Tables) -> (u32, u32) {
        use Instruction as I;
        match *self {
            I::Null
            | I::Bool(_)
            | I::Int(_)
            | I::Text(_)
            | I::Constant(_)
            | I::TypeOf(_)
            | I::Load(_)
            | I::LoadCell(_) => (0, 1),
            I::Store(_) | I::StoreCell(_) | I::NewCell(_) | I::Pop | I::JumpIf { .. } | I::JumpIfNull { .. } => (1, 0),
            I::KeepOrDrop { .. }
            | I::JumpUnlessType { .. }
            | I::JumpIfText { .. }
            | I::Walk(_)
            | I::Throw
            | I::Return => (1, 0),
            I::Increase { .. } | I::Jump(_) | I::Repeat { .. } | I::Rethrow(_) | I::NoArm => (0, 0),
            I::JumpUnlessCaught { .. }
            | I::JumpUnlessLocalText { .. }
            | I::GoOnAt { .. }
            | I::EndFinally(_)
            | I::Dispose(_) => (0, 0),
            I::Duplicate => (1, 2),
            I::Keep(_) | I::SkipIfNull(_) | I::Not | I::IsNull { .. } | I::Unary { .. } => (1, 1),
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
            I::Function(site) => tables
                .functions
                .get(site as usize)
                .map_or((0, 1), |site| (site.argument_count, 1 + u32::try_from(site.outs.len()).unwrap_or(0))),
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
    pub(super) fn jump(&mut self) -> Option<(&mut u32, i64)> {
        use Instruction as I;
        match self {
            I::Jump(target) | I::Repeat { target, .. } | I::JumpUnlessCaught { target, .. } => Some((target, 0)),
            I::GoOnAt { target, .. } | I::JumpUnlessLocalText { target, .. } => Some((target, 0)),
            I::JumpIf { target, .. }
            | I::JumpIfNull { target, .. }
            | I::JumpUnlessType { target, .. }
            | I::JumpIfText { target, .. } => Some((target, -1)),
            I::KeepOrDrop { target, .. } | I::SkipIfNull(target) => Some((target, 0)),
            I::JumpIfInts { target, .. } | I::JumpIfTexts { target, .. } | I::JumpUnlessEqual(target) => {
                Some((target, -2))
            }
            I::Next { exit, .. } => Some((exit, 0)),
            _ => None,
        }
    }

    /// Whether the next instruction is never reached from it.
    pub(super) fn is_end(&self) -> bool {
        use Instruction as I;
        matches!(self, I::Jump(_) | I::Repeat { .. } | I::Return | I::Throw | I::Rethrow(_) | I::NoArm)
    }
}
