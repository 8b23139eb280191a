//! Functions being bound, their scopes, and how names are found through them.
//!
//! What must hold: a variable of an outer function that an inner one names is marked as captured where it lives and handed through every
//! function in between, so that each function only ever names what is its own or its capture.

use std::collections::{HashMap, HashSet};

use crate::expression::ast::{Name, Symbol};
use crate::expression::bound::{BoundExpr, BoundKind, BoundLocal, Capture, FunctionId, Local, Outer, Place};
use crate::expression::library::Constant;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::error::{Bind, Reported};
use super::operand::Operand;
use super::reference::Referring;

/// A function whose body is being bound.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) id: FunctionId,
    pub(super) name: Option<Box<str>>,
    pub(super) parameter_count: usize,
    pub(super) locals: Vec<BoundLocal>,
    pub(super) captures: Vec<Outer>,
    pub(super) scopes: Vec<Scope>,
    pub(super) returns: Returns,
    /// Whether it yields: then it is a sequence of what it yields.
    pub(super) is_iterator: bool,
    /// The first `return` with a value, which an iterator may not have.
    pub(super) returned_at: Option<Span>,
    /// What `break`, `continue` and `goto case` may leave, innermost last.
    pub(super) jumps: Vec<Jump>,
    /// Labels that `goto` may name here, inner ones last.
    pub(super) labels: Vec<LabelInfo>,
    /// How many labels there were.
    pub(super) label_count: u32,
    /// The types that stand for the type parameters of a generic function.
    pub(super) type_arguments: Vec<Type>,
    /// A `static` local function: it has no captures.
    pub(super) is_static: bool,
    /// It returns by reference; whether what it returns may only be read.
    pub(super) returns_reference: Option<bool>,
    /// The first variable that is a reference, which an iterator may not have.
    pub(super) reference_at: Option<Span>,
    /// Variables that came into being inside the statement being bound: by `out var`, patterns, deconstructions.
    pub(super) declared_inside: Vec<Local>,
    /// Tells bindings of the same body with different parameter types apart.
    pub(super) environment: u32,
}

/// What `return` has to give.
#[derive(Debug)]
pub(super) enum Returns {
    /// A value of this type; `Type::Void`: none.
    Known(Type),
    /// A trial: what is returned is collected.
    Collected(Vec<Operand>),
}

/// A construct that jumps leave.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Jump {
    Loop,
    /// With the constants of its sections, and the section of `default`.
    Switch {
        cases: Vec<(Constant, u32)>,
        default: Option<u32>,
        of: Type,
    },
    Catch,
    Finally,
    /// The block of a `try` with `catch`.
    Guarded,
}

/// A label of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct LabelInfo {
    pub(super) name: Symbol,
    pub(super) number: u32,
    /// How many constructs that jumps leave are around it.
    pub(super) jump_count: usize,
}

/// A block or another range in which names are known.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) names: HashMap<Symbol, Entity>,
    /// Names that are declared in this block, or will be.
    pub(super) upcoming: HashSet<Symbol>,
    /// A section of a switch: what the sections before it declared is in the same block.
    pub(super) is_section: bool,
}

/// What a name in a scope means.
#[derive(Debug, Clone)]
pub(super) enum Entity {
    Variable(Variable),
    Constant(Type, Constant),
    /// A local function, by its number in the binder.
    Function(usize),
    /// A range variable of a query: items of the parameter, outermost first, each with its type.
    Range {
        local: Local,
        of: Type,
        path: Vec<(u32, Type)>,
    },
    /// A type parameter of a local function: the type it stands for.
    Type(Type),
    /// Its declaration was in error, which has been reported.
    Broken,
}

/// A variable.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) local: Local,
    pub(super) of: Type,
    /// Why it cannot be assigned to: `foreach iteration variable`.
    pub(super) read_only: Option<&'static str>,
    /// It is a reference to another one.
    pub(super) reference: Option<Referring>,
}

/// Where a variable was found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    Local(Local),
    Capture(Capture),
}

impl Reach {
    pub(super) fn kind(self) -> BoundKind {
        match self {
            Reach::Local(local) => BoundKind::Local(local),
            Reach::Capture(capture) => BoundKind::Capture(capture),
        }
    }

    pub(super) fn place(self) -> Place {
        match self {
            Reach::Local(local) => Place::Local(local),
            Reach::Capture(capture) => Place::Capture(capture),
        }
    }
}

impl Frame {
    pub(super) fn new(id: FunctionId, name: Option<Box<str>>, returns: Returns) -> Frame {
        Frame {
            id,
            name,
            parameter_count: 0,
            locals: Vec::new(),
            captures: Vec::new(),
            scopes: vec![Scope::default()],
            returns,
            is_iterator: false,
            returned_at: None,
            jumps: Vec::new(),
            labels: Vec::new(),
            label_count: 0,
            type_arguments: Vec::new(),
            is_static: false,
            returns_reference: None,
            reference_at: None,
            declared_inside: Vec::new(),
            environment: 0,
        }
    }

    fn add_local(&mut self, of: Type) -> Local {
        self.locals.push(BoundLocal { of, is_captured: false, is_out: false });
        Local(self.locals.len() as u32 - 1)
    }

    fn capture(&mut self, outer: Outer) -> Capture {
        let index = self.captures.iter().position(|known| *known == outer).unwrap_or_else(|| {
            self.captures.push(outer);
            self.captures.len() - 1
        });
        Capture(index as u32)
    }
}

impl Binder<'_> {
    /// The function being bound. There always is one while something is bound.
    pub(super) fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(FunctionId(0), None, Returns::Known(Type::Object)));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// A new scope while `bind` runs.
    pub(super) fn scoped<T>(&mut self, bind: impl FnOnce(&mut Self) -> T) -> T {
        self.open_scope();
        let bound = bind(self);
        self.close_scope();
        bound
    }

    pub(super) fn open_scope(&mut self) {
        self.frame().scopes.push(Scope::default());
    }

    pub(super) fn close_scope(&mut self) {
        self.frame().scopes.pop();
    }

    pub(super) fn scope(&mut self) -> &mut Scope {
        let scopes = &mut self.frame().scopes;
        if scopes.is_empty() {
            scopes.push(Scope::default());
        }
        let last = scopes.len() - 1;
        &mut scopes[last]
    }

    /// A variable without a name.
    pub(super) fn temporary(&mut self, of: Type) -> Local {
        self.frame().add_local(of)
    }

    /// Declares a variable in the innermost scope.
    pub(super) fn declare(&mut self, name: Name, of: Type) -> Local {
        self.declare_as(name, of, None)
    }

    pub(super) fn declare_as(&mut self, name: Name, of: Type, read_only: Option<&'static str>) -> Local {
        let local = self.temporary(of.clone());
        let function = self.frame().id;
        self.variable_names.insert((function.0, local.0), name.symbol);
        self.declare_entity(name, Entity::Variable(Variable { local, of, read_only, reference: None }));
        local
    }

    /// Declares a variable inside an expression.
    pub(super) fn declare_inside(&mut self, name: Name, of: Type) -> Local {
        let local = self.declare(name, of);
        self.frame().declared_inside.push(local);
        local
    }

    /// Declares a name in the innermost scope, or reports that it cannot be.
    pub(super) fn declare_entity(&mut self, name: Name, entity: Entity) {
        self.check_name_is_free(name);
        self.scope().names.insert(name.symbol, entity);
    }

    /// A name whose declaration was in error.
    pub(super) fn declare_broken(&mut self, name: Name) {
        self.scope().names.entry(name.symbol).or_insert(Entity::Broken);
    }

    fn check_name_is_free(&mut self, name: Name) {
        let mut own = self.frame().scopes.iter().rev();
        let (last, before) = (own.next(), own.next());
        let has = |scope: Option<&Scope>| scope.is_some_and(|scope| scope.names.contains_key(&name.symbol));
        let innermost = has(last) || last.is_some_and(|scope| scope.is_section) && has(before);
        let text = self.tree.text(name);
        if innermost {
            let message = format!("A local variable or function named '{text}' is already defined in this scope");
            self.diagnostics.error("CS0128", name.span, message);
            return;
        }
        let scopes = self.frames.iter().flat_map(|frame| frame.scopes.iter());
        let count = scopes.clone().count();
        let is_taken = scopes.take(count.saturating_sub(1)).any(|scope| {
            scope.upcoming.contains(&name.symbol)
                || matches!(scope.names.get(&name.symbol), Some(entity) if !matches!(entity, Entity::Broken))
        });
        if is_taken {
            let message = format!(
                "A local or parameter named '{text}' cannot be declared in this scope because that name is used in an enclosing \
                 local scope to define a local or parameter"
            );
            self.diagnostics.error("CS0136", name.span, message);
        }
    }

    /// What a name means in the scopes around here, and in which function it lives.
    pub(super) fn find_name(&self, symbol: Symbol) -> Option<(usize, &Entity)> {
        self.frames.iter().enumerate().rev().find_map(|(index, frame)| {
            frame.scopes.iter().rev().find_map(|scope| scope.names.get(&symbol)).map(|entity| (index, entity))
        })
    }

    /// Whether a name is declared further down in a block around here.
    pub(super) fn is_upcoming(&self, symbol: Symbol) -> bool {
        self.frames.iter().flat_map(|frame| &frame.scopes).any(|scope| scope.upcoming.contains(&symbol))
    }

    /// The way from the innermost function to a local of the function at `frame`.
    pub(super) fn reach(&mut self, frame: usize, local: Local) -> Reach {
        let innermost = self.frames.len().saturating_sub(1);
        if frame >= innermost {
            return Reach::Local(local);
        }
        if let Some(found) = self.frames.get_mut(frame).and_then(|frame| frame.locals.get_mut(local.0 as usize)) {
            found.is_captured = true;
        }
        let mut outer = Outer::Local(local);
        let mut capture = Capture(0);
        for frame in self.frames.iter_mut().skip(frame + 1) {
            capture = frame.capture(outer);
            outer = Outer::Capture(capture);
        }
        Reach::Capture(capture)
    }

    /// The value of a variable in scope.
    pub(super) fn read_variable(&mut self, frame: usize, variable: &Variable, span: Span) -> Operand {
        if let Some(how) = variable.reference {
            return self.read_reference(variable, how, span);
        }
        let reach = self.reach(frame, variable.local);
        Operand::value(span, variable.of.clone(), reach.kind())
    }

    /// The value of a range variable.
    pub(super) fn read_range(
        &mut self,
        frame: usize,
        local: Local,
        of: &Type,
        path: &[(u32, Type)],
        span: Span,
    ) -> Operand {
        let reach = self.reach(frame, local);
        let mut value = BoundExpr { span, of: of.clone(), kind: reach.kind() };
        for (index, of) in path {
            let kind = BoundKind::Item { of: Box::new(value), index: *index };
            value = BoundExpr { span, of: of.clone(), kind };
        }
        Operand::Value(Box::new(value))
    }

    /// A `static` local function between here and the function at `frame` may not use its variables.
    pub(super) fn check_static(&mut self, frame: usize, name: &str, span: Span) -> Bind<()> {
        if self.frames.iter().skip(frame + 1).any(|frame| frame.is_static) {
            let message = format!("A static local function cannot contain a reference to '{name}'");
            return Err(self.diagnostics.error("CS8421", span, message));
        }
        Ok(())
    }

    /// An error, as a result.
    pub(super) fn fail<T>(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Result<T, Reported> {
        Err(self.diagnostics.error(code, span, message))
    }
}
