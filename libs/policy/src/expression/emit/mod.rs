//! Makes instructions of a bound tree.
//!
//! What must hold: the tree is as [`bound`](super::bound) says, so nothing here can fail; the code that comes out obeys
//! [`code`](super::code). Each file emits one kind of node; all of them add to one [`Body`].

mod call;
mod exit;
mod expression;
mod finish;
mod operator;
mod pattern;
mod place;
mod statement;

use std::collections::HashMap;

use postern_dotnet::Text;

use super::bound::{BoundFunction, BoundUnit, Capture, Local, Outer};
use super::code::{Code, Function, Handler, Instruction, Tables};
use super::library::Constant;
use super::span::Span;
use super::types::Type;

/// Makes the code of an expression.
#[must_use]
pub fn emit(unit: &BoundUnit) -> Code {
    let mut builder = Builder {
        compares_references: unit.compares_references,
        has_iterators: unit.functions.iter().any(|function| function.is_iterator),
        ..Builder::default()
    };
    // No name of a dynamic member has the number 0.
    builder.tables.texts.push(Text::default());
    let functions = unit.functions.iter().map(|function| emit_function(&mut builder, function)).collect();
    let Builder { instructions, spans, tables, has_filters, .. } = builder;
    Code::new(functions, instructions, spans, tables, unit.compares_references, has_filters)
}

/// The code of all functions as it grows.
#[derive(Default)]
struct Builder {
    instructions: Vec<Instruction>,
    spans: Vec<(u32, Span)>,
    tables: Tables,
    texts: HashMap<Text, u32>,
    types: HashMap<Type, u32>,
    /// Which object a value is matters: see [`BoundUnit`].
    compares_references: bool,
    has_filters: bool,
    /// A `foreach` that is left may have `finally` blocks of an iterator to run.
    has_iterators: bool,
}

/// A place in the code that jumps lead to, set before or after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Label(u32);

/// Where a variable lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variable {
    Local(u32),
    Cell(u32),
}

/// Stands for the local that keeps the result while `finally` blocks run; it gets its number when all others are known. Also where no local
/// is known, which the binder does not let happen.
const RETURN_SLOT: u32 = u32::MAX;

/// What `break`, `continue`, `goto case` and `return` leave.
#[derive(Debug)]
enum Scope {
    Loop {
        end: Label,
        next: Label,
    },
    Switch {
        end: Label,
        sections: Vec<Label>,
    },
    /// A `try` or `using` with something to do on the way out; `slot` says what comes then.
    Finally {
        block: Label,
        slot: u32,
    },
}

/// One function as it is emitted. While it grows, jumps hold numbers of labels.
struct Body<'b> {
    builder: &'b mut Builder,
    function: &'b BoundFunction,
    start: u32,
    variables: Vec<Variable>,
    /// The next free temporary; those of a statement are free again behind it.
    temporary_next: u32,
    local_count: u32,
    /// Where code goes to return the local [`RETURN_SLOT`], once there is such code.
    return_label: Option<Label>,
    labels: Vec<u32>,
    handlers: Vec<Handler>,
    scopes: Vec<Scope>,
    /// The labels of `goto` in the blocks around, and how many scopes are around those.
    named_labels: HashMap<u32, (Label, usize)>,
    /// The exceptions of the `catch` blocks around.
    caught: Vec<u32>,
    span: Span,
}

fn emit_function(builder: &mut Builder, function: &BoundFunction) -> Function {
    let start = number(builder.instructions.len());
    let capture_count = number(function.captures.len());
    let mut cell_count = capture_count;
    let variables = (0..).zip(&function.locals).map(|(index, local)| {
        if local.is_captured {
            cell_count += 1;
            Variable::Cell(cell_count - 1)
        } else {
            Variable::Local(index)
        }
    });
    let variables = variables.collect();
    let local_count = number(function.locals.len());
    let mut body = Body {
        builder,
        function,
        start,
        variables,
        temporary_next: local_count,
        local_count,
        return_label: None,
        labels: Vec::new(),
        handlers: Vec::new(),
        scopes: Vec::new(),
        named_labels: HashMap::new(),
        caught: Vec::new(),
        span: function.body.span,
    };
    if function.is_iterator {
        let of = body.type_number(&function.returns);
        body.push(Instruction::Iterate(of));
    }
    body.captured_parameters();
    body.statement(&function.body);
    body.function_end();
    body.finish(cell_count, capture_count)
}

impl Body<'_> {
    /// Parameters that others use move into cells.
    fn captured_parameters(&mut self) {
        for index in 0..self.function.parameter_count {
            if let Some(Variable::Cell(cell)) = self.variables.get(index).copied() {
                self.push(Instruction::Load(number(index)));
                self.push(Instruction::NewCell(cell));
            }
        }
    }

    /// A body that reaches its end returns nothing; `return` inside `finally` scopes ends here too.
    fn function_end(&mut self) {
        self.push(Instruction::Null);
        self.push(Instruction::Return);
        if let Some(label) = self.return_label {
            self.place(label);
            self.push(Instruction::Load(RETURN_SLOT));
            self.push(Instruction::Return);
        }
    }

    fn push(&mut self, instruction: Instruction) {
        let at = number(self.builder.instructions.len());
        if self.builder.spans.last().is_none_or(|(_, span)| *span != self.span) {
            self.builder.spans.push((at, self.span));
        }
        self.builder.instructions.push(instruction);
    }

    /// Number of the next instruction.
    fn here(&self) -> u32 {
        number(self.builder.instructions.len())
    }

    fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(number(self.labels.len() - 1))
    }

    /// The label is here.
    fn place(&mut self, label: Label) {
        let here = self.here();
        if let Some(place) = self.labels.get_mut(label.0 as usize) {
            *place = here;
        }
    }

    fn jump(&mut self, label: Label) {
        self.push(Instruction::Jump(label.0));
    }

    /// A local of its own for an intermediate value, until [`free`](Body::free).
    fn temporary(&mut self) -> u32 {
        let temporary = self.temporary_next;
        self.temporary_next += 1;
        self.local_count = self.local_count.max(self.temporary_next);
        temporary
    }

    /// What [`free`](Body::free) goes back to.
    fn mark(&self) -> u32 {
        self.temporary_next
    }

    /// All temporaries taken since the mark are free again.
    fn free(&mut self, mark: u32) {
        self.temporary_next = mark;
    }

    fn variable(&self, local: Local) -> Variable {
        self.variables.get(local.0 as usize).copied().unwrap_or(Variable::Local(RETURN_SLOT))
    }

    fn load(&mut self, variable: Variable) {
        self.push(match variable {
            Variable::Local(local) => Instruction::Load(local),
            Variable::Cell(cell) => Instruction::LoadCell(cell),
        });
    }

    fn store(&mut self, variable: Variable) {
        self.push(match variable {
            Variable::Local(local) => Instruction::Store(local),
            Variable::Cell(cell) => Instruction::StoreCell(cell),
        });
    }

    /// Brings a variable into being with the value on the stack.
    fn declare(&mut self, local: Local) {
        let variable = self.variable(local);
        self.push(match variable {
            Variable::Local(local) => Instruction::Store(local),
            Variable::Cell(cell) => Instruction::NewCell(cell),
        });
    }

    /// Cells that become the captures of another function.
    fn captures(&self, captures: &[Outer]) -> Box<[u32]> {
        let cell = |outer: &Outer| match *outer {
            Outer::Capture(Capture(index)) => index,
            Outer::Local(local) => match self.variable(local) {
                Variable::Cell(cell) => cell,
                Variable::Local(_) => u32::MAX,
            },
        };
        captures.iter().map(cell).collect()
    }

    fn text_number(&mut self, text: &str) -> u32 {
        let builder = &mut *self.builder;
        if let Some(known) = builder.texts.get(text) {
            return *known;
        }
        let index = number(builder.tables.texts.len());
        builder.tables.texts.push(Text::new(text).interned());
        builder.texts.insert(Text::new(text), index);
        index
    }

    fn type_number(&mut self, of: &Type) -> u32 {
        let builder = &mut *self.builder;
        if let Some(known) = builder.types.get(of) {
            return *known;
        }
        let index = number(builder.tables.types.len());
        builder.tables.types.push(of.clone());
        builder.types.insert(of.clone(), index);
        index
    }

    fn constant(&mut self, constant: &Constant) {
        let instruction = match constant {
            Constant::Null => Instruction::Null,
            Constant::Bool(value) => Instruction::Bool(*value),
            Constant::Integer(super::types::Number::Int, value) => {
                Instruction::Int(i32::try_from(*value).unwrap_or_default())
            }
            Constant::String(text) => Instruction::Text(self.text_number(text)),
            other => {
                let constants = &mut self.builder.tables.constants;
                let known = constants.iter().rposition(|known| same_constant(known, other));
                let index = known.unwrap_or_else(|| {
                    constants.push(other.clone());
                    constants.len() - 1
                });
                Instruction::Constant(number(index))
            }
        };
        self.push(instruction);
    }
}

/// Equal to the bit: 0.0 and -0.0, 1.0m and 1.00m are different constants.
fn same_constant(one: &Constant, two: &Constant) -> bool {
    match (one, two) {
        (Constant::Float(one), Constant::Float(two)) => one.to_bits() == two.to_bits(),
        (Constant::Double(one), Constant::Double(two)) => one.to_bits() == two.to_bits(),
        (Constant::Decimal(one), Constant::Decimal(two)) => one.serialize() == two.serialize(),
        _ => one == two,
    }
}

/// Counts of one unit fit into 32 bits: its source has at most 256 KiB.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
