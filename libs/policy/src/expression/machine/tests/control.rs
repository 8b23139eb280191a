//! Statements: loops, jumps, `switch`.

use super::tree::*;
use super::{check, check_log};
use crate::expression::bound::*;
use crate::expression::library::Constant;
use crate::expression::types::Number;

/// `for (local 0 = 0; local 0 < count; local 0++) body`
fn counted(count: i32, statements: Vec<BoundStatement>) -> BoundStatement {
    block(vec![declare(0, int(0)), while_(less(local(0), int(count)), block(statements), vec![increase(0, 9)])])
}

#[test]
fn loops_run_until_their_condition_fails() {
    let sum = vec![declare(1, int(0)), counted(5, vec![set(1, add(local(1), local(0)))]), give(local(1))];
    check(&body(sum), "10");
    let never = vec![statement(BoundStatementKind::While {
        condition: Some(boolean(false)),
        body: say("x").into(),
        steps: vec![say("y")],
    })];
    check_log(&body(never), "null", "");
    let once = statement(BoundStatementKind::DoWhile { body: say("x").into(), condition: boolean(false) });
    check_log(&body(vec![once]), "null", "x");
    let thrice = vec![
        declare(0, int(0)),
        statement(BoundStatementKind::DoWhile {
            body: block(vec![say("x"), increase(0, 9)]).into(),
            condition: less(local(0), int(3)),
        }),
        give(local(0)),
    ];
    check_log(&body(thrice), "3", "xxx");
}

#[test]
fn break_ends_the_loop_and_continue_runs_its_steps() {
    let until_three = vec![counted(9, vec![when(equal(local(0), int(3)), break_()), say("x")]), give(local(0))];
    check_log(&body(until_three), "3", "xxx");
    let all_but_one = vec![counted(4, vec![when(equal(local(0), int(1)), continue_()), say("x")]), give(local(0))];
    check_log(&body(all_but_one), "4", "xxx");
    let do_while = vec![
        declare(0, int(0)),
        statement(BoundStatementKind::DoWhile {
            body: block(vec![increase(0, 9), when(equal(local(0), int(2)), continue_()), say("x")]).into(),
            condition: less(local(0), int(3)),
        }),
    ];
    check_log(&body(do_while), "null", "xx");
    let endless = statement(BoundStatementKind::While {
        condition: None,
        body: block(vec![say("x"), break_()]).into(),
        steps: vec![],
    });
    check_log(&body(vec![endless]), "null", "x");
}

#[test]
fn foreach_walks_arrays_strings_and_throws_for_null() {
    let over = |sequence| body(vec![for_each(sequence, 0, run(log(vec![concat(vec![local(0), text(";")])])))]);
    check_log(&over(array(vec![int(1), text("b"), null()])), "null", "1;b;;");
    check_log(&over(text("aü𝄞")), "null", "a;ü;\u{fffd};\u{fffd};");
    check_log(&over(array(vec![])), "null", "");
    check_log(
        &over(null()),
        "System.NullReferenceException: Object reference not set to an instance of an object.",
        "",
    );
    let left = vec![for_each(array(vec![int(1), int(2)]), 0, break_()), give(local(0))];
    check(&body(left), "1");
    let nested =
        for_each(text("ab"), 0, for_each(text("xy"), 1, run(log(vec![concat(vec![local(0), local(1), text(" ")])]))));
    check_log(&body(vec![nested]), "null", "ax ay bx by ");
}

#[test]
fn if_chooses() {
    let choose = |value| {
        statement(BoundStatementKind::If {
            condition: boolean(value),
            then: say("then").into(),
            otherwise: Some(say("else").into()),
        })
    };
    check_log(&body(vec![choose(true)]), "null", "then");
    check_log(&body(vec![choose(false)]), "null", "else");
    check_log(&body(vec![when(boolean(false), say("x"))]), "null", "");
}

fn case(value: i32) -> Option<(BoundPattern, Option<BoundExpr>)> {
    Some((BoundPattern::Constant(Constant::Integer(Number::Int, value.into())), None))
}

#[test]
fn switch_runs_the_section_of_the_first_label_that_fits() {
    let switch = |value: i32| {
        let when_zero = Some((BoundPattern::Var(Local(1)), Some(equal(local(1), int(0)))));
        let sections = vec![
            BoundSection { labels: vec![None, case(7)], body: block(vec![say("default"), break_()]) },
            BoundSection { labels: vec![case(1), case(2)], body: block(vec![say("few"), break_()]) },
            BoundSection { labels: vec![when_zero], body: give(text("zero")) },
            BoundSection {
                labels: vec![case(3)],
                body: block(vec![say("three "), statement(BoundStatementKind::GotoSection(1))]),
            },
        ];
        body(vec![statement(BoundStatementKind::Switch { value: int(value), sections }), give(text("end"))])
    };
    check_log(&switch(1), "\"end\"", "few");
    check_log(&switch(2), "\"end\"", "few");
    check_log(&switch(3), "\"end\"", "three few");
    check_log(&switch(7), "\"end\"", "default");
    check_log(&switch(8), "\"end\"", "default");
    check_log(&switch(0), "\"zero\"", "");
}

#[test]
fn a_switch_without_default_may_do_nothing_and_continue_leaves_it_for_the_loop() {
    let sections = vec![BoundSection { labels: vec![case(1)], body: continue_() }];
    let switch = statement(BoundStatementKind::Switch { value: local(0), sections });
    check_log(&body(vec![counted(3, vec![switch, say("x")])]), "null", "xx");
}

#[test]
fn a_body_that_reaches_its_end_gives_null_and_return_without_value_too() {
    check(&body(vec![]), "null");
    check(&body(vec![statement(BoundStatementKind::Return(None))]), "null");
    check(&body(vec![statement(BoundStatementKind::Empty)]), "null");
}

#[test]
fn variables_without_a_value_have_the_default_of_their_type() {
    check(&body(vec![statement(BoundStatementKind::Declare { local: Local(0), value: None }), give(local(0))]), "0");
}
