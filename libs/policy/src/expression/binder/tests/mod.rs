//! Tables of code and what comes of it: its type, or the error the C# compiler would report.

use super::bind;
use crate::expression::bound::{BoundKind, BoundStatement, BoundStatementKind, Conversion};
use crate::expression::types::Type;
use crate::expression::{Form, parse};

mod conversions;
mod corpus;
mod dynamic;
mod errors;
mod lambdas;
mod mutation;
mod names;
mod operators;
mod statements;

/// The type of an expression, before it becomes an `object`.
#[track_caller]
fn type_of(code: &str) -> String {
    let tree = parse(code, Form::Expression).unwrap();
    let mut binder = super::Binder::new(&tree);
    let crate::expression::ast::Root::Expression(id) = tree.root else { panic!("{code}") };
    binder.reserve_function();
    binder.frames.push(super::Frame::new(
        crate::expression::bound::FunctionId(0),
        None,
        super::Returns::Known(Type::Object),
    ));
    let operand = binder.expression(id).and_then(|operand| binder.natural(operand));
    match operand {
        Ok(value) => value.of.to_string(),
        Err(_) => match binder.diagnostics.errors.first() {
            Some(error) => format!("{}@{}", error.code, error.span.start),
            None => "failed without an error".to_owned(),
        },
    }
}

/// Each expression has this type.
#[track_caller]
fn check_types(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(code, expected)| {
            let found = type_of(code);
            (found != *expected).then(|| format!("{code}\n  expected {expected}\n  found    {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What is wrong with code: `code@start message`, one a line.
fn errors_of(code: &str, form: Form, expected: &Type) -> Vec<(String, usize, String)> {
    let tree = parse(code, form).unwrap_or_else(|error| panic!("{code}: {error}"));
    match bind(&tree, expected) {
        Ok(_) => Vec::new(),
        Err(errors) => {
            errors.into_iter().map(|error| (error.code.to_owned(), error.span.start as usize, error.message)).collect()
        }
    }
}

/// The one error of an expression starts at the mark.
#[track_caller]
fn check_error(marked: &str, code: &str, message: &str) {
    check_error_in(marked, Form::Expression, code, message);
}

/// The one error of statements starts at the mark.
#[track_caller]
fn check_statement_error(marked: &str, code: &str, message: &str) {
    check_error_in(marked, Form::Statements, code, message);
}

#[track_caller]
fn check_error_in(marked: &str, form: Form, code: &str, message: &str) {
    let place = marked.find('‸').expect("a mark");
    let source = marked.replace('‸', "");
    let found = errors_of(&source, form, &Type::Object);
    assert_eq!(found, [(code.to_owned(), place, message.to_owned())], "{source}");
}

/// Statements that are right.
#[track_caller]
fn check_statements(table: &[&str]) {
    for code in table {
        assert_eq!(errors_of(code, Form::Statements, &Type::Object), [], "{code}");
    }
}

/// The bound expression of `code`.
fn bound_return(code: &str) -> (crate::expression::bound::BoundExpr, Vec<super::CompileError>) {
    let tree = parse(code, Form::Expression).unwrap();
    let bound = bind(&tree, &Type::Object).unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
    let function = bound.unit.functions.into_iter().next().unwrap();
    fn find(statement: BoundStatement) -> Option<crate::expression::bound::BoundExpr> {
        match statement.kind {
            BoundStatementKind::Return(value) => value,
            BoundStatementKind::Block(all) => all.into_iter().find_map(find),
            _ => None,
        }
    }
    (find(function.body).unwrap(), bound.warnings)
}

/// The constant an expression is.
#[track_caller]
fn check_constant(code: &str, expected: &crate::expression::library::Constant) {
    let kind = match bound_return(code).0.kind {
        // What is returned is an object.
        BoundKind::Convert { conversion: Conversion::Box, operand } => operand.kind,
        kind => kind,
    };
    match kind {
        BoundKind::Constant(found) => assert_eq!(found, *expected, "{code}"),
        other => panic!("{code}: {other:?}"),
    }
}
