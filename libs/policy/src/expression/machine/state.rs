//! What a machine keeps between instructions and what its vectors keep between evaluations.

use std::any::Any;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use postern_dotnet::{Exception, Text, garbage};

use super::iterator::LeftWalks;
use super::search::Search;
use crate::expression::code::Code;
use crate::expression::object::Object;
use crate::expression::release::{release, release_all};
use crate::expression::span::Span;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Code as one worker holds it: frames and closures count their references without touching memory that other workers write to.
pub(crate) type Loaded = Rc<Arc<Code>>;

/// Operands, locals, frames.
#[derive(Debug, Default)]
pub(super) struct State {
    /// For each frame its locals and above them its operands.
    pub(super) stack: Vec<Value>,
    /// For each frame its captured variables. A cell is made when its variable is declared.
    pub(super) cells: Vec<Option<Rc<VariableCell>>>,
    pub(super) frames: Vec<Frame>,
    /// What the next turn begins with.
    pub(super) starting: Option<Loaded>,
    /// What natives and functions that paused inside each other go on with, the outermost last.
    pub(super) paused: Vec<Box<dyn Any>>,
    /// For building strings.
    pub(super) scratch: String,
    /// The exception under way or thrown last, and where it was first thrown.
    pub(super) thrown: Option<(Arc<Exception>, Span)>,
    /// Captured variables may hold what holds them (`f = x => f(x - 1)`): they are emptied at the end.
    made_cells: Vec<Weak<VariableCell>>,
    /// Exceptions under way whose handlers are known, and the filters that look for them.
    pub(super) search: Search,
    /// Walks that were left inside of `try` blocks, once there is one that can be.
    pub(super) left: Option<Rc<LeftWalks>>,
    /// What is evaluated compares references that may be strings or boxed values.
    pub(super) compares_references: bool,
    /// Variables of the request that were read as objects since: whoever reads one again gets the same box.
    pub(super) variable_boxes: RefCell<Vec<(Text, Value)>>,
    loaded: Vec<Option<Loaded>>,
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) code: Loaded,
    /// The next instruction, kept up to date whenever something may look at it.
    pub(super) next: u32,
    /// It asks the clauses of a `catch` further down, with the locals of the frame that they belong to.
    pub(super) is_filter: bool,
    /// Its first local.
    pub(super) base: usize,
    /// Its first cell.
    pub(super) cells: usize,
}

/// Calls under way that wait for the next turn off the stack. Places in frames count from where the lowest frame begins.
#[derive(Debug, Default)]
pub(super) struct Suspended {
    /// The address of the function that was called. What another function left behind is none of its business.
    pub(super) of: usize,
    frames: Vec<Frame>,
    values: Vec<Value>,
    cells: Vec<Option<Rc<VariableCell>>>,
}

impl Drop for Suspended {
    fn drop(&mut self) {
        release_all(&mut self.values);
    }
}

/// A captured variable.
#[derive(Debug, Default)]
pub(crate) struct VariableCell(RefCell<Value>);

impl VariableCell {
    pub(crate) fn new(value: Value) -> VariableCell {
        VariableCell(RefCell::new(value))
    }

    pub(crate) fn load(&self) -> Value {
        self.0.try_borrow().map(|value| value.clone()).unwrap_or_default()
    }

    pub(crate) fn store(&self, value: Value) {
        // Dropped after the borrow has ended: dropping may reach this cell again.
        let old = self.0.try_borrow_mut().map(|mut place| std::mem::replace(&mut *place, value));
        if let Ok(old) = old {
            release(old);
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "the last that is held of it")]
    fn empty(cell: Weak<VariableCell>) {
        if let Some(cell) = cell.upgrade() {
            cell.store(Value::Null);
        }
    }
}

impl Drop for VariableCell {
    fn drop(&mut self) {
        release(std::mem::take(self.0.get_mut()));
    }
}

/// Entries of the table of loaded codes: enough for the expressions of busy policies; others pay one allocation per evaluation.
const LOADED_MAX: usize = 512;
/// Values that the stack keeps room for between evaluations (64 KiB).
const KEPT_VALUES_MAX: usize = 2048;
/// Bytes that the scratch string keeps between evaluations.
const KEPT_SCRATCH_BYTES_MAX: usize = 64 * 1024;

/// Captured variables that are looked at when an evaluation ends; more are when the request ends, in turns.
const LOOKED_AT_CELLS_MAX: usize = 1024;

impl State {
    /// The worker's reference to a code.
    pub(super) fn load(&mut self, code: &Arc<Code>) -> Loaded {
        self.compares_references |= code.compares_references;
        self.search.is_needed |= code.has_filters;
        if self.loaded.is_empty() {
            self.loaded.resize(LOADED_MAX, None);
        }
        let index = usize::try_from(code.id % LOADED_MAX as u64).unwrap_or(0);
        if let Some(Some(known)) = self.loaded.get(index)
            && known.id == code.id
        {
            return Rc::clone(known);
        }
        let loaded = Rc::new(Arc::clone(code));
        if let Some(place) = self.loaded.get_mut(index) {
            *place = Some(Rc::clone(&loaded));
        }
        loaded
    }

    /// A fresh captured variable.
    pub(super) fn new_cell(&mut self, value: Value) -> Rc<VariableCell> {
        let cell = Rc::new(VariableCell::new(value));
        self.made_cells.push(Rc::downgrade(&cell));
        cell
    }

    /// Drops everything above the frames that stay.
    pub(super) fn unwind(&mut self, floor: usize) {
        if let Some(lowest) = self.frames.get(floor) {
            let (base, cells) = if lowest.is_filter { self.search.below() } else { (lowest.base, lowest.cells) };
            // Thousands of calls may be under way, each with values of its own.
            while self.stack.len() > base
                && let Some(value) = self.stack.pop()
            {
                release(value);
            }
            self.cells.truncate(cells);
            self.frames.truncate(floor);
        }
    }

    /// Takes all frames above `floor` off the stack.
    pub(super) fn suspend(&mut self, floor: usize, of: usize) -> Suspended {
        let Some(lowest) = self.frames.get(floor) else { return Suspended::default() };
        let (base, cells) = (lowest.base, lowest.cells);
        let mut frames: Vec<Frame> = self.frames.drain(floor..).collect();
        for frame in &mut frames {
            frame.base -= base;
            frame.cells -= cells;
        }
        let values = self.stack.drain(base.min(self.stack.len())..).collect();
        let cells = self.cells.drain(cells.min(self.cells.len())..).collect();
        Suspended { of, frames, values, cells }
    }

    /// Puts frames back on the stack.
    pub(super) fn resume(&mut self, mut suspended: Suspended) {
        let (base, cells) = (self.stack.len(), self.cells.len());
        self.stack.append(&mut suspended.values);
        self.cells.append(&mut suspended.cells);
        self.frames.extend(suspended.frames.drain(..).map(|frame| Frame {
            base: base + frame.base,
            cells: cells + frame.cells,
            ..frame
        }));
    }

    /// An evaluation has ended and nothing of it is left but `result`.
    pub(super) fn finish(&mut self, result: Option<&Value>) {
        self.end_exceptions();
        if std::mem::take(&mut self.compares_references) {
            self.variable_boxes.get_mut().clear();
        }
        if !matches!(result, Some(Value::Object(_))) {
            self.empty_cells();
        } else if !self.made_cells.is_empty() && self.made_cells.len() <= LOOKED_AT_CELLS_MAX {
            self.made_cells.retain(|cell| cell.strong_count() > 0);
        }
        if self.stack.capacity() > KEPT_VALUES_MAX {
            self.stack.shrink_to(KEPT_VALUES_MAX);
        }
        if self.scratch.capacity() > KEPT_SCRATCH_BYTES_MAX {
            self.scratch = String::new();
        }
    }

    /// How many walks were left and wait: what comes behind this mark was left since.
    pub(super) fn left_count(&self) -> usize {
        self.left.as_ref().map_or(0, |left| left.len())
    }

    /// No exception is under way, and no walk that was left will be gone on with.
    #[inline]
    pub(super) fn end_exceptions(&mut self) {
        self.search.forget();
        if self.left.is_some() {
            self.close_left();
        }
    }

    fn close_left(&mut self) {
        if let Some(left) = self.left.take() {
            left.close();
        }
    }

    /// Breaks circles of closures.
    pub(super) fn empty_cells(&mut self) {
        if self.made_cells.is_empty() {
            return;
        }
        if self.made_cells.len() <= LOOKED_AT_CELLS_MAX {
            self.made_cells.drain(..).for_each(VariableCell::empty);
        } else {
            garbage::free(std::mem::take(&mut self.made_cells), |cell, _| {
                VariableCell::empty(cell);
                0
            });
        }
    }
}

/// A walk of `foreach`, kept in a local.
pub(super) struct WalkObject(pub(super) RefCell<Box<dyn crate::expression::object::Enumerator>>);

impl Object for WalkObject {
    fn of(&self) -> Type {
        Type::Object
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}
