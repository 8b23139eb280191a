//! Statements as S-expressions.

use super::{Dump, list};
use crate::expression::ast::{
    Catch, ForInitializer, StmtId, StmtKind, SwitchLabel, SwitchSection, UsingResource, VariableInitializer, Variables,
};

impl Dump<'_> {
    fn stmts(&self, statements: &[StmtId]) -> Vec<String> {
        statements.iter().map(|&statement| self.stmt(statement)).collect()
    }

    pub(super) fn stmt(&self, statement: StmtId) -> String {
        match &self.tree[statement].kind {
            StmtKind::Empty => "(empty)".to_owned(),
            StmtKind::Block(statements) => list("block", self.stmts(statements)),
            StmtKind::Local(variables) => list("local", self.variables(variables)),
            StmtKind::Constant(variables) => list("const", self.variables(variables)),
            StmtKind::UsingLocal(variables) => list("using-local", self.variables(variables)),
            StmtKind::LocalFunction(function) => {
                let is_static = if function.is_static { "static" } else { "" };
                let parameters: Vec<&str> = function.type_parameters.iter().map(|&name| self.tree.text(name)).collect();
                let parameters =
                    if parameters.is_empty() { String::new() } else { format!("<{}>", parameters.join(",")) };
                let name = format!("{}{parameters}", self.tree.text(function.name));
                let rest = [name, self.parameters(&function.parameters), self.body(function.body)];
                list("function", [is_static.to_owned(), self.type_of(function.returns)].into_iter().chain(rest))
            }
            StmtKind::Expression(value) => self.expr(*value),
            StmtKind::If { condition, then, otherwise } => {
                let otherwise = otherwise.map(|otherwise| self.stmt(otherwise));
                list("if", [self.expr(*condition), self.stmt(*then)].into_iter().chain(otherwise))
            }
            StmtKind::Switch { value, sections } => {
                list("switch", std::iter::once(self.expr(*value)).chain(sections.iter().map(|of| self.section(of))))
            }
            StmtKind::While { condition, body } => list("while", [self.expr(*condition), self.stmt(*body)]),
            StmtKind::Do { body, condition } => list("do", [self.stmt(*body), self.expr(*condition)]),
            StmtKind::For { initializer, condition, iterators, body } => {
                let initializer = match initializer {
                    ForInitializer::Variables(variables) => self.variables(variables),
                    ForInitializer::Expressions(values) => self.exprs(values),
                };
                let condition = format!("; {}", self.optional(*condition));
                let iterators = format!("; {}", self.exprs(iterators).join(" "));
                list("for", initializer.into_iter().chain([condition, iterators, self.stmt(*body)]))
            }
            StmtKind::ForEach { of, variable, collection, body } => {
                let of = of.map(|of| self.type_of(of)).unwrap_or_default();
                list("foreach", [of, self.designation(variable), self.expr(*collection), self.stmt(*body)])
            }
            StmtKind::Break => "(break)".to_owned(),
            StmtKind::Continue => "(continue)".to_owned(),
            StmtKind::Yield(value) => list("yield", value.map(|value| self.expr(value))),
            StmtKind::Goto(label) => list("goto", [self.tree.text(*label).to_owned()]),
            StmtKind::GotoCase(value) => list("goto-case", [self.expr(*value)]),
            StmtKind::GotoDefault => "(goto-default)".to_owned(),
            StmtKind::Labeled { label, body } => list("label", [self.tree.text(*label).to_owned(), self.stmt(*body)]),
            StmtKind::Return(value) => list("return", [self.optional(*value)]),
            StmtKind::Throw(value) => list("throw", [self.optional(*value)]),
            StmtKind::Try { body, catches, finally } => {
                let finally = finally.map(|block| list("finally", [self.stmt(block)]));
                let catches = catches.iter().map(|of| self.catch(of));
                list("try", std::iter::once(self.stmt(*body)).chain(catches).chain(finally))
            }
            StmtKind::Using { resource, body } => {
                let resource = match resource {
                    UsingResource::Variables(variables) => self.variables(variables),
                    UsingResource::Value(value) => vec![self.expr(*value)],
                };
                list("using", resource.into_iter().chain([self.stmt(*body)]))
            }
            StmtKind::Lock { object, body } => list("lock", [self.expr(*object), self.stmt(*body)]),
            StmtKind::Checked(block) => list("checked", [self.stmt(*block)]),
            StmtKind::Unchecked(block) => list("unchecked", [self.stmt(*block)]),
        }
    }

    fn variables(&self, variables: &Variables) -> Vec<String> {
        let declarators = variables.declarators.iter().map(|declarator| {
            let name = self.tree.text(declarator.name);
            match &declarator.value {
                None => name.to_owned(),
                Some(VariableInitializer::Value(value)) => format!("{name}={}", self.expr(*value)),
                Some(VariableInitializer::Array(items)) => format!("{name}={}", self.items(items)),
            }
        });
        std::iter::once(self.type_of(variables.of)).chain(declarators).collect()
    }

    fn section(&self, section: &SwitchSection) -> String {
        let labels = section.labels.iter().map(|label| match label {
            SwitchLabel::Default => "default".to_owned(),
            SwitchLabel::Case { pattern, guard } => {
                let guard = guard.map(|guard| list("when", [self.expr(guard)]));
                list("case", std::iter::once(self.pattern(*pattern)).chain(guard))
            }
        });
        list("section", labels.chain(self.stmts(&section.body)))
    }

    fn catch(&self, catch: &Catch) -> String {
        let of = catch.of.map(|of| self.type_of(of)).unwrap_or_default();
        let name = catch.name.map(|name| self.tree.text(name).to_owned()).unwrap_or_default();
        let filter = catch.filter.map(|filter| list("when", [self.expr(filter)])).unwrap_or_default();
        list("catch", [of, name, filter, self.stmt(catch.body)])
    }
}
