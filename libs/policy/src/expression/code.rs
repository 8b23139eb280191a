//! Compiled code: what the emitter makes of a bound tree and the machine runs.
//!
//! What must hold: code never changes once it is made and holds nothing that belongs to one thread, so all workers run the same. Jumps lead to
//! instructions of the same function, and the operand stack has the same height at an instruction on every way there
//! ([`emit`](super::emit) works the heights out). The machine does not rely on it for safety: wrong code gives wrong values, never a panic.

mod disassemble;
mod instruction;

use std::sync::atomic::{AtomicU64, Ordering};

use postern_dotnet::Text;

use super::bound::NativeRef;
use super::library::Constant;
use super::span::Span;
use super::types::Type;

pub(super) use self::instruction::Instruction;

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
    /// Which object a value is matters: boxing makes objects, natives are given what is inside, and give the text they were given.
    pub(super) compares_references: bool,
    /// It has `catch … when`: which handler takes an exception is known before anything is left.
    pub(super) has_filters: bool,
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
    pub(super) kind: HandlerKind,
}

/// What a handler is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HandlerKind {
    /// The clauses of a `try`, asked one after the other.
    Catch,
    Finally,
    /// Around a filter: one that throws is false.
    Filter,
}

impl Handler {
    pub(super) fn covers(&self, instruction: u32) -> bool {
        self.start <= instruction && instruction < self.end
    }
}

/// How a function of the unit is called or made a delegate.
#[derive(Debug, Clone)]
pub(super) struct FunctionSite {
    pub(super) function: u32,
    /// Cells of the function at hand that become the captures of the other.
    pub(super) captures: Box<[u32]>,
    pub(super) argument_count: u32,
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
        compares_references: bool,
        has_filters: bool,
    ) -> Code {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Code {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            functions: functions.into(),
            instructions: instructions.into(),
            spans: spans.into(),
            tables,
            compares_references,
            has_filters,
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
