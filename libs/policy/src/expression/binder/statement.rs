//! Statements: blocks, declarations, and those that jump nowhere.

use crate::expression::ast::{StmtId, StmtKind, TypeId, VariableInitializer, Variables};
use crate::expression::bound::{BoundExpr, BoundStatement, BoundStatementKind, Local};
use crate::expression::limits;
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::error::Bind;
use super::numeric::Overflow;
use super::operand::Operand;
use super::scope::Entity;

/// What is said of an expression that does nothing.
pub(super) const NOT_A_STATEMENT: &str =
    "Only assignment, call, increment, decrement, await, and new object expressions can be used as a statement";

/// A variable of a `using`, its value, and where.
type Resource = (Local, BoundExpr, Span);

impl Binder<'_> {
    /// The statements of a block, in a scope of their own.
    pub(super) fn block(&mut self, statements: &[StmtId]) -> Vec<BoundStatement> {
        self.scoped(|binder| binder.statements(statements))
    }

    /// Statements in the innermost scope. Local functions are known in front of where they stand.
    pub(super) fn statements(&mut self, statements: &[StmtId]) -> Vec<BoundStatement> {
        let tree = self.tree;
        for id in statements {
            match &tree[*id].kind {
                StmtKind::LocalFunction(function) => self.declare_function(*id, function),
                StmtKind::Local(variables) | StmtKind::Constant(variables) | StmtKind::UsingLocal(variables) => {
                    for declarator in &variables.declarators {
                        self.scope().upcoming.insert(declarator.name.symbol);
                    }
                }
                _ => {}
            }
        }
        let outer_labels = self.declare_labels(statements);
        // Each `using var` encloses what follows it: lists of statements, innermost last.
        let mut lists: Vec<(Vec<BoundStatement>, Option<Resource>)> = vec![(Vec::new(), None)];
        for id in statements {
            if let StmtKind::UsingLocal(variables) = &tree[*id].kind {
                for (local, value) in self.using_variables(variables) {
                    if lists.len() > limits::USING_MAX {
                        self.diagnostics.error(
                            "CS8078",
                            tree[*id].span,
                            "An expression is too long or complex to compile",
                        );
                        break;
                    }
                    lists.push((Vec::new(), Some((local, value, tree[*id].span))));
                }
                continue;
            }
            let statement = self.statement(*id);
            if let Some((list, _)) = lists.last_mut() {
                list.push(statement);
            }
        }
        self.generic_bodies(statements);
        self.frame().labels.truncate(outer_labels);
        while lists.len() > 1 {
            let Some((list, Some((local, value, span)))) = lists.pop() else { break };
            let body = Box::new(BoundStatement { span, kind: BoundStatementKind::Block(list) });
            if let Some((outer, _)) = lists.last_mut() {
                outer.push(BoundStatement { span, kind: BoundStatementKind::Using { local, value, body } });
            }
        }
        lists.pop().map(|(list, _)| list).unwrap_or_default()
    }

    /// Binds a statement; one in error becomes nothing.
    pub(super) fn statement(&mut self, id: StmtId) -> BoundStatement {
        let span = self.tree[id].span;
        let outer = std::mem::take(&mut self.frame().declared_inside);
        let kind = self.statement_kind(id).unwrap_or(BoundStatementKind::Empty);
        let inside = std::mem::replace(&mut self.frame().declared_inside, outer);
        with_declarations(inside, BoundStatement { span, kind })
    }

    fn statement_kind(&mut self, id: StmtId) -> Bind<BoundStatementKind> {
        let tree = self.tree;
        let span = tree[id].span;
        match &tree[id].kind {
            StmtKind::Empty => Ok(BoundStatementKind::Empty),
            StmtKind::Block(statements) => Ok(BoundStatementKind::Block(self.block(statements))),
            StmtKind::Local(variables) => Ok(self.variables(variables)),
            StmtKind::Constant(variables) => self.constants(variables),
            StmtKind::LocalFunction(function) => {
                self.local_function_body(id, function);
                Ok(BoundStatementKind::Empty)
            }
            StmtKind::Expression(value) => {
                let operand = self.expression(*value)?;
                Ok(BoundStatementKind::Expression(*self.drop_value(operand)?))
            }
            StmtKind::If { condition, then, otherwise } => {
                let condition = self.condition(*condition);
                let then = Box::new(self.embedded(*then));
                let otherwise = otherwise.map(|otherwise| Box::new(self.embedded(otherwise)));
                Ok(BoundStatementKind::If { condition: *condition?, then, otherwise })
            }
            StmtKind::Switch { value, sections } => self.switch_statement(*value, sections),
            StmtKind::Lock { object, body } => {
                let object = self.typed(*object)?;
                if object.of.is_value_type() {
                    let message = format!("'{}' is not a reference type as required by the lock statement", object.of);
                    return self.fail("CS0185", object.span, message);
                }
                let object = BoundStatement { span: object.span, kind: BoundStatementKind::Expression(*object) };
                let body = self.embedded(*body);
                Ok(BoundStatementKind::Block(vec![object, body]))
            }
            StmtKind::Checked(body) => Ok(self.block_with_overflow(Overflow::Checked, *body)),
            StmtKind::Unchecked(body) => Ok(self.block_with_overflow(Overflow::Unchecked, *body)),
            StmtKind::UsingLocal(_) => {
                self.fail("CS1023", span, "Embedded statement cannot be a declaration or labeled statement")
            }
            StmtKind::While { .. } | StmtKind::Do { .. } | StmtKind::For { .. } | StmtKind::ForEach { .. } => {
                self.loop_statement(id)
            }
            _ => self.jump_statement(id),
        }
    }

    /// A statement inside another one: what it declares is known only in it.
    pub(super) fn embedded(&mut self, id: StmtId) -> BoundStatement {
        self.scoped(|binder| binder.statement(id))
    }

    fn block_with_overflow(&mut self, overflow: Overflow, body: StmtId) -> BoundStatementKind {
        let outer = std::mem::replace(&mut self.overflow, overflow);
        let body = self.statement(body);
        self.overflow = outer;
        BoundStatementKind::Block(vec![body])
    }

    /// `T a = 1, b;`
    pub(super) fn variables(&mut self, variables: &Variables) -> BoundStatementKind {
        if let Some((of, is_readonly)) = self.written_reference(variables.of) {
            return self.reference_variables(variables, of, is_readonly);
        }
        let mut statements = Vec::with_capacity(variables.declarators.len());
        for (local, value, span) in self.declarations(variables, None) {
            statements.push(BoundStatement { span, kind: BoundStatementKind::Declare { local, value } });
        }
        match statements.len() {
            1 => statements.pop().map_or(BoundStatementKind::Empty, |statement| statement.kind),
            _ => BoundStatementKind::Block(statements),
        }
    }

    /// Declares variables; those in error are declared, too, so that their uses are not errors again.
    fn declarations(
        &mut self,
        variables: &Variables,
        read_only: Option<&'static str>,
    ) -> Vec<(Local, Option<BoundExpr>, Span)> {
        let of = if self.is_var(variables.of) { Ok(None) } else { self.type_(variables.of).map(Some) };
        let mut declared = Vec::with_capacity(variables.declarators.len());
        if let (Ok(None), Some(second)) = (&of, variables.declarators.get(1)) {
            self.diagnostics.error(
                "CS0819",
                second.name.span,
                "Implicitly-typed variables cannot have multiple declarators",
            );
        }
        for declarator in &variables.declarators {
            let name = declarator.name;
            let value = match &of {
                Ok(of) => self.declared_value(of.as_ref(), declarator.value.as_ref(), name.span),
                Err(reported) => {
                    if let Some(VariableInitializer::Value(value)) = &declarator.value {
                        let _ = self.expression(*value);
                    }
                    Err(*reported)
                }
            };
            match (value, &of) {
                (Ok(Some(value)), _) => {
                    let of = of.clone().ok().flatten().unwrap_or_else(|| value.of.clone());
                    let local = self.declare_as(name, of, read_only);
                    declared.push((local, Some(*value), name.span));
                }
                (Ok(None), Ok(Some(of))) => {
                    let local = self.declare_as(name, of.clone(), read_only);
                    declared.push((local, None, name.span));
                }
                (Err(_), Ok(Some(of))) => {
                    self.declare_as(name, of.clone(), read_only);
                }
                _ => self.declare_broken(name),
            }
        }
        declared
    }

    fn declared_value(
        &mut self,
        of: Option<&Type>,
        value: Option<&VariableInitializer>,
        span: Span,
    ) -> Bind<Option<Box<BoundExpr>>> {
        match (of, value) {
            (_, Some(VariableInitializer::Value(value))) if self.behind_ref(*value).is_some() => {
                self.fail("CS8171", span, "Cannot initialize a by-value variable with a reference")
            }
            (Some(_), None) => Ok(None),
            (None, None) => self.fail("CS0818", span, "Implicitly-typed variables must be initialized"),
            (Some(of), Some(VariableInitializer::Value(value))) => {
                let operand = self.expression(*value)?;
                self.convert(operand, of).map(Some)
            }
            (None, Some(VariableInitializer::Value(value))) => {
                let operand = self.value_operand(*value)?;
                self.check_var(&operand, span)?;
                self.natural(operand).map(Some)
            }
            (Some(Type::Array(element, rank)), Some(VariableInitializer::Array(items))) => {
                self.array_of_items(element, *rank, items, items.span).map(Some)
            }
            (Some(_), Some(VariableInitializer::Array(items))) => {
                let message = "Can only use array initializer expressions to assign to array types. Try using a new expression instead.";
                self.fail("CS0622", items.span, message)
            }
            (None, Some(VariableInitializer::Array(_))) => {
                self.fail("CS0820", span, "Cannot initialize an implicitly-typed variable with an array initializer")
            }
        }
    }

    /// What `var` cannot be.
    fn check_var(&mut self, operand: &Operand, span: Span) -> Bind<()> {
        let what = match operand {
            Operand::Lambda(..) => "lambda expression",
            Operand::Methods(_) | Operand::Function(..) => "method group",
            Operand::Value(value) if value.of == Type::Null => "<null>",
            Operand::Value(value) if value.of == Type::Void => "void",
            _ => return Ok(()),
        };
        self.fail("CS0815", span, format!("Cannot assign {what} to an implicitly-typed variable"))
    }

    /// `const T a = 1;`
    fn constants(&mut self, variables: &Variables) -> Bind<BoundStatementKind> {
        if self.is_var(variables.of) {
            let span = self.tree[variables.of].span;
            return self.fail("CS0822", span, "Implicitly-typed variables cannot be constant");
        }
        let of = self.type_(variables.of);
        for declarator in &variables.declarators {
            let name = declarator.name;
            let constant = match (&of, &declarator.value) {
                (Ok(of), Some(VariableInitializer::Value(value))) => self.constant_value(*value, of, name),
                (Ok(_), _) => self.fail("CS0145", name.span, "A const field requires a value to be provided"),
                (Err(reported), _) => Err(*reported),
            };
            match (constant, &of) {
                (Ok(constant), Ok(of)) => self.declare_entity(name, Entity::Constant(of.clone(), constant)),
                _ => self.declare_broken(name),
            }
        }
        Ok(BoundStatementKind::Empty)
    }

    fn constant_value(
        &mut self,
        value: crate::expression::ast::ExprId,
        of: &Type,
        name: crate::expression::ast::Name,
    ) -> Bind<crate::expression::library::Constant> {
        let operand = self.expression(value)?;
        let span = operand.span();
        let value = self.convert(operand, of)?;
        match value.as_constant() {
            Some(constant) => Ok(constant.clone()),
            None => {
                let text = self.tree.text(name);
                self.fail("CS0133", span, format!("The expression being assigned to '{text}' must be constant"))
            }
        }
    }

    /// Variables of a `using`.
    pub(super) fn using_variables(&mut self, variables: &Variables) -> Vec<(Local, BoundExpr)> {
        let span = self.tree[variables.of].span;
        let mut usable = Vec::new();
        for (local, value, name_span) in self.declarations(variables, Some("using variable")) {
            let Some(value) = value else {
                self.diagnostics.error(
                    "CS0210",
                    name_span,
                    "You must provide an initializer in a fixed or using statement declaration",
                );
                continue;
            };
            if self.check_disposable(&value.of, span).is_ok() {
                usable.push((local, value));
            }
        }
        usable
    }

    pub(super) fn check_disposable(&mut self, of: &Type, span: Span) -> Bind<()> {
        let disposable = Type::named("System.IDisposable");
        if *of == Type::Dynamic || crate::expression::conversion::is_subtype(of, &disposable) {
            return Ok(());
        }
        let message =
            format!("'{of}': type used in a using statement must be implicitly convertible to 'System.IDisposable'");
        self.fail("CS1674", span, message)
    }

    /// The type of a variable, if it is written.
    pub(super) fn written(&mut self, of: Option<TypeId>) -> Bind<Option<Type>> {
        match of {
            Some(of) if !self.is_var(of) => self.type_(of).map(Some),
            _ => Ok(None),
        }
    }
}

/// The variables that come into being inside a statement, and then the statement.
pub(super) fn with_declarations(inside: Vec<Local>, statement: BoundStatement) -> BoundStatement {
    if inside.is_empty() {
        return statement;
    }
    let span = statement.span;
    let declare = |local| BoundStatement { span, kind: BoundStatementKind::Declare { local, value: None } };
    let mut all: Vec<BoundStatement> = inside.into_iter().map(declare).collect();
    all.push(statement);
    BoundStatement { span, kind: BoundStatementKind::Block(all) }
}
