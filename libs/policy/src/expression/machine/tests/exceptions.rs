//! Exceptions in every position, with the order in which `finally` and `using` run.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::ExceptionType;

use super::tree::*;
use super::{LOG, check, check_log, code, with_machine};
use crate::expression::bound::*;
use crate::expression::object::Object;
use crate::expression::span::Span;
use crate::expression::types::Type;
use crate::expression::value::Value;

const FORMAT: &str = "System.FormatException";

#[test]
fn the_first_catch_of_a_base_class_takes_the_exception() {
    let caught_by = |catches| body(vec![try_(vec![throw("x"), say("never")], catches, None), give(text("end"))]);
    check_log(&caught_by(vec![catch(Some(FORMAT), None, vec![say("format")])]), "\"end\"", "format");
    check_log(&caught_by(vec![catch(Some("System.SystemException"), None, vec![say("system")])]), "\"end\"", "system");
    check_log(&caught_by(vec![catch(Some("System.Exception"), None, vec![say("any")])]), "\"end\"", "any");
    check_log(&caught_by(vec![catch(None, None, vec![say("all")])]), "\"end\"", "all");
    let two = vec![
        catch(Some("System.ArgumentException"), None, vec![say("argument")]),
        catch(Some(FORMAT), Some(0), vec![run(log(vec![message_of(local(0))]))]),
        catch(None, None, vec![say("all")]),
    ];
    check_log(&caught_by(two), "\"end\"", "x");
    let other = vec![catch(Some("System.ArgumentException"), None, vec![say("argument")])];
    check_log(&caught_by(other), "System.FormatException: x", "");
}

#[test]
fn filters_choose_and_one_that_throws_is_false() {
    let with = |filter| {
        let mut first = catch(Some(FORMAT), Some(0), vec![say("first")]);
        first.filter = Some(filter);
        body(vec![try_(vec![throw("x")], vec![first, catch(None, None, vec![say("second")])], None)])
    };
    check_log(&with(boolean(true)), "null", "first");
    check_log(&with(log(vec![text("asked "), boolean(false)])), "null", "asked second");
    check_log(&with(expr(BoundKind::Throw(exception(ExceptionType::Format, "y").into()))), "null", "second");
}

#[test]
fn throw_alone_throws_the_same_again() {
    let rethrow = || statement(BoundStatementKind::Rethrow);
    let outer = vec![catch(None, Some(0), vec![run(log(vec![message_of(local(0))]))])];
    let inner = try_(vec![throw("x")], vec![catch(None, None, vec![say("inner "), rethrow()])], None);
    check_log(&body(vec![try_(vec![inner], outer, None)]), "null", "inner x");
    // Inside a try inside the catch it is still the exception of the catch.
    let nested = try_(
        vec![throw("x")],
        vec![catch(
            None,
            None,
            vec![
                try_(vec![throw("y")], vec![catch(None, Some(1), vec![run(log(vec![message_of(local(1))]))])], None),
                rethrow(),
            ],
        )],
        None,
    );
    check_log(&body(vec![nested]), "System.FormatException: x", "y");
}

#[test]
fn finally_runs_however_the_body_ends() {
    let with = |statements| body(vec![try_(statements, vec![], Some(vec![say("finally")])), give(text("end"))]);
    check_log(&with(vec![say("body ")]), "\"end\"", "body finally");
    check_log(&with(vec![give(log(vec![text("value "), int(1)]))]), "1", "value finally");
    check_log(&with(vec![throw("x")]), "System.FormatException: x", "finally");
    let catches = vec![catch(None, None, vec![say("catch "), give(int(2))])];
    let caught = body(vec![try_(vec![throw("x")], catches, Some(vec![say("finally")]))]);
    check_log(&caught, "2", "catch finally");
    let catches = vec![catch(None, None, vec![throw("y")])];
    let thrown_in_catch = body(vec![try_(vec![throw("x")], catches, Some(vec![say("finally")]))]);
    check_log(&thrown_in_catch, "System.FormatException: y", "finally");
    let replaced = body(vec![try_(vec![throw("x")], vec![], Some(vec![throw("y")]))]);
    check_log(&replaced, "System.FormatException: y", "");
}

#[test]
fn jumps_run_the_finally_blocks_they_leave_inner_ones_first() {
    let two = |inside| try_(vec![try_(vec![inside], vec![], Some(vec![say("1")]))], vec![], Some(vec![say("2")]));
    let loop_ = |inside| {
        vec![
            declare(0, int(0)),
            while_(less(local(0), int(2)), block(vec![two(inside), say("x")]), vec![increase(0, 9), say(".")]),
            give(text("end")),
        ]
    };
    check_log(&body(loop_(break_())), "\"end\"", "12");
    check_log(&body(loop_(continue_())), "\"end\"", "12.12.");
    check_log(&body(loop_(give(int(1)))), "1", "12");
    check_log(&body(loop_(say("i"))), "\"end\"", "i12x.i12x.");
    // A loop inside the try is left without running the finally.
    let inside = try_(
        vec![while_(boolean(true), block(vec![say("a"), break_()]), vec![]), say("b")],
        vec![],
        Some(vec![say("f")]),
    );
    check_log(&body(vec![inside]), "null", "abf");
}

#[test]
fn the_result_is_computed_before_finally_changes_its_variables() {
    let statements = vec![declare(0, int(1)), try_(vec![give(local(0))], vec![], Some(vec![set(0, int(2))]))];
    check(&body(statements), "1");
}

#[test]
fn a_finally_inside_a_finally_keeps_what_is_under_way() {
    let inner = try_(vec![throw("inner")], vec![catch(None, None, vec![say("c")])], Some(vec![say("i")]));
    check_log(
        &body(vec![try_(vec![throw("outer")], vec![], Some(vec![inner, say("o")]))]),
        "System.FormatException: outer",
        "cio",
    );
    let inner = try_(vec![say("b")], vec![], Some(vec![say("i")]));
    check_log(&body(vec![try_(vec![give(int(1))], vec![], Some(vec![inner]))]), "1", "bi");
}

/// Logs that it was disposed.
struct Resource;

impl Object for Resource {
    fn of(&self) -> Type {
        Type::Object
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn dispose(&self) {
        LOG.with_borrow_mut(|log| log.push_str("disposed "));
    }
}

#[test]
fn using_disposes_at_its_end_in_any_case() {
    let using = |value, statements| {
        let body = block(statements).into();
        statement(BoundStatementKind::Using { local: Local(0), value, body })
    };
    let resource = || call(|_| Ok(Value::object(Resource)), vec![]);
    check_log(&body(vec![using(resource(), vec![say("body ")]), say("end")]), "null", "body disposed end");
    check_log(&body(vec![using(resource(), vec![give(int(1))])]), "1", "disposed ");
    check_log(&body(vec![using(resource(), vec![throw("x")])]), "System.FormatException: x", "disposed ");
    check_log(&body(vec![using(null(), vec![say("body ")])]), "null", "body ");
    check_log(
        &body(vec![using(resource(), vec![using(resource(), vec![throw("x")])])]),
        "System.FormatException: x",
        "disposed disposed ",
    );
    // Nothing is disposed when the value cannot be made.
    let failing = expr(BoundKind::Throw(exception(ExceptionType::Format, "x").into()));
    check_log(&body(vec![using(failing, vec![])]), "System.FormatException: x", "");
}

#[test]
fn operands_waiting_on_the_stack_do_not_matter_when_something_throws() {
    // 1 + (throw), caught around; the sum afterwards is right.
    let failing = || add(int(1), expr(BoundKind::Throw(exception(ExceptionType::Format, "x").into())));
    let statements = vec![
        try_(vec![run(add(int(2), failing()))], vec![catch(None, None, vec![say("c")])], None),
        give(add(int(3), int(4))),
    ];
    check_log(&body(statements), "7", "c");
    // A try inside an expression keeps the operands below it.
    let guarded = expr(BoundKind::Sequence(
        vec![try_(vec![run(failing())], vec![catch(None, None, vec![])], None)],
        int(5).into(),
    ));
    check(&result(add(int(1), guarded)), "6");
}

#[test]
fn throwing_null_is_a_null_reference() {
    let statements = vec![statement(BoundStatementKind::Throw(null()))];
    check(&body(statements), "System.NullReferenceException: Object reference not set to an instance of an object.");
}

#[test]
fn exceptions_leave_functions_and_are_caught_by_their_callers() {
    let caught = vec![try_(
        vec![run(call_function(1, vec![], vec![])), say("never")],
        vec![catch(None, Some(0), vec![run(log(vec![message_of(local(0))]))])],
        Some(vec![say(" f")]),
    )];
    let thrower = function(0, 0, &[], vec![], vec![try_(vec![throw("x")], vec![], Some(vec![say("in ")]))]);
    check_log(&unit(vec![function(0, 10, &[], vec![], caught), thrower]), "null", "in x f");
}

#[test]
fn the_place_of_the_first_throw_is_known_also_when_it_is_thrown_again() {
    let at = |span, mut statement: BoundStatement| {
        statement.span = span;
        statement
    };
    let place = |unit: &BoundUnit| {
        let code = code(unit);
        with_machine(|machine| {
            assert!(machine.evaluate(&code).is_err());
            machine.thrown_at()
        })
    };
    let here = Span::new(10, 20);
    let thrower = || BoundStatement { span: here, kind: BoundStatementKind::Throw(null()) };
    assert_eq!(place(&body(vec![say("x"), thrower()])), Some(here));
    let again = at(Span::new(30, 40), statement(BoundStatementKind::Rethrow));
    let rethrown = try_(vec![thrower()], vec![catch(None, None, vec![again])], Some(vec![say("f")]));
    assert_eq!(place(&body(vec![rethrown])), Some(here));
}
