//! Every limit at its edge.

use super::tree::*;
use super::{LOG, check, code, outcome, with_machine};
use crate::expression::bound::*;
use crate::expression::limits;
use crate::expression::machine::{Evaluation, Host, Limit, Progress, Thrown};
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

fn endless() -> BoundStatement {
    statement(BoundStatementKind::While { condition: None, body: block(vec![]).into(), steps: vec![] })
}

/// A unit whose function 1 calls itself as often as its argument says.
fn recursion(depth: i32) -> BoundUnit {
    let again = call_function(1, vec![], vec![add(local(0), int(-1))]);
    let inner = function(1, 1, &[], vec![], vec![when(less(local(0), int(1)), give(int(0))), give(again)]);
    unit(vec![function(0, 0, &[], vec![], vec![give(call_function(1, vec![], vec![int(depth)]))]), inner])
}

/// The same through a native for every call.
fn nesting(depth: i32) -> BoundUnit {
    let apply = |delegate, argument| {
        call(
            |call| {
                let (function, argument) = (call.take(0), call.take(1));
                call.machine.invoke(&function, &[argument])
            },
            vec![delegate, argument],
        )
    };
    let own = vec![Outer::Capture(Capture(0))];
    let again = apply(capture(0), add(local(0), int(-1)));
    let inner = function(1, 1, &[], own, vec![give(conditional(less(local(0), int(1)), int(0), again))]);
    let main =
        vec![declare(0, null()), set(0, lambda(1, vec![Outer::Local(Local(0))])), give(apply(local(0), int(depth)))];
    unit(vec![function(0, 1, &[0], vec![], main), inner])
}

#[test]
fn a_spent_budget_is_not_caught_and_runs_no_finally() {
    let statements = vec![try_(vec![endless()], vec![catch(None, None, vec![say("c")])], Some(vec![say("f")]))];
    let code = code(&body(statements));
    LOG.with_borrow_mut(String::clear);
    let result = with_machine(|machine| {
        machine.steps_left = 1000;
        machine.evaluate(&code)
    });
    assert!(matches!(result, Err(Thrown::Limit(Limit::Steps))));
    assert_eq!(LOG.with_borrow(String::clone), "");
}

#[test]
fn calls_nest_as_deep_as_allowed() {
    // The expression itself is a frame, and so is the call with 0.
    let fits = i32::try_from(limits::FRAMES_MAX).unwrap() - 2;
    check(&recursion(fits), "0");
    check(&recursion(fits + 1), "Depth");
}

#[test]
fn natives_nest_as_deep_as_allowed_on_a_small_stack() {
    let fits = i32::try_from(limits::CALL_DEPTH_MAX).unwrap() - 1;
    let run = move || {
        check(&nesting(fits), "0");
        check(&nesting(fits + 1), "Depth");
    };
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn memory_is_counted_before_it_is_taken() {
    let array = |length| {
        let sizes = vec![int(length)];
        expr(BoundKind::ArrayLength(
            expr(BoundKind::NewArray { element: Type::Number(crate::expression::types::Number::Byte), sizes }).into(),
        ))
    };
    let edge = i32::try_from(limits::MEMORY_BYTES_MAX).unwrap();
    check(&result(array(edge / 2)), &(edge / 2).to_string());
    check(&result(array(edge)), "Memory");
    check(&result(array(i32::MAX)), "Memory");
    // s = s + s until nothing is left.
    let doubled = || concat(vec![local(0), local(0)]);
    check(&body(vec![declare(0, text("x")), while_(boolean(true), set(0, doubled()), vec![])]), "Memory");
}

#[test]
fn chains_made_in_a_loop_are_dropped_on_a_small_stack() {
    // object o = null; while (true) o = new object[] { o }; and the same with tuples and closures.
    let endless = |value: BoundExpr| body(vec![declare(0, null()), while_(boolean(true), set(0, value), vec![])]);
    let run = move || {
        assert_eq!(outcome(&endless(array(vec![local(0)]))), "Memory");
        assert_eq!(outcome(&endless(expr(BoundKind::NewTuple(vec![local(0), int(1)])))), "Memory");
        assert_eq!(outcome(&endless(expr(BoundKind::NewAnonymous(vec![local(0)])))), "Memory");
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(run).unwrap().join().unwrap();
    // Func<…> f = null; while (true) { var g = f; f = () => g; }
    let closures = || {
        let step = block(vec![declare(1, local(0)), set(0, lambda(1, vec![Outer::Local(Local(1))]))]);
        let main = function(0, 2, &[1], vec![], vec![declare(0, null()), while_(boolean(true), step, vec![])]);
        let inner = function(0, 0, &[], vec![Outer::Local(Local(1))], vec![give(capture(0))]);
        assert_eq!(outcome(&unit(vec![main, inner])), "Memory");
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(closures).unwrap().join().unwrap();
}

/// Steps to the end; how many turns it took, and the outcome.
fn turns(evaluation: &mut Evaluation) -> (usize, Result<Value, Thrown>) {
    let mut exchange = MemoryExchange::default();
    let mut variables = Variables::default();
    for turn in 1.. {
        let host = Host { exchange: &mut exchange, variables: &mut variables, last_error: None };
        match evaluation.step(host) {
            Ok(Progress::Yielded) => {}
            Ok(Progress::Done(value)) => return (turn, Ok(value)),
            Err(thrown) => return (turn, Err(thrown)),
        }
    }
    unreachable!()
}

/// `for (i = 0; i < count; i++) { }` with a sum.
fn counting(count: i32) -> BoundUnit {
    body(vec![
        declare(0, int(0)),
        declare(1, int(0)),
        while_(less(local(0), int(count)), set(1, add(local(1), local(0))), vec![increase(0, 9)]),
        give(local(1)),
    ])
}

#[test]
fn long_evaluations_yield_and_go_on_where_they_were() {
    let mut evaluation = Evaluation::new();
    evaluation.start(&code(&counting(100)));
    let (turn_count, value) = turns(&mut evaluation);
    assert_eq!((turn_count, format!("{value:?}").as_str()), (1, "Ok(4950)"));
    evaluation.start(&code(&counting(1_000_000)));
    let (turn_count, value) = turns(&mut evaluation);
    // A pass has about ten instructions.
    assert!((50..200).contains(&turn_count), "{turn_count} turns");
    // 499999500000 wrapped around.
    assert_eq!(format!("{value:?}"), "Ok(1783293664)");
}

#[test]
fn an_evaluation_without_end_stops_at_the_whole_budget() {
    let mut evaluation = Evaluation::new();
    evaluation.start(&code(&body(vec![endless()])));
    evaluation.steps_left = 30 * limits::TURN_STEPS_MAX + 5;
    let (turn_count, value) = turns(&mut evaluation);
    assert!(matches!(value, Err(Thrown::Limit(Limit::Steps))));
    // The last turns' worth runs in one go: it is what natives may take beyond a turn. The first two turns are half as long.
    let expected = usize::try_from(31 - limits::NESTED_STEPS_MAX / limits::TURN_STEPS_MAX).unwrap();
    assert!(turn_count.abs_diff(expected) < 2, "{turn_count} turns");
}

#[test]
fn what_natives_call_cannot_yield_and_is_stopped_sooner() {
    let run_it = |call_: fn(&mut crate::expression::native::Call<'_, '_>) -> Result<Value, Thrown>, count: i32| {
        let BoundUnit { mut functions, .. } = counting(count);
        functions.insert(0, function(0, 0, &[], vec![], vec![give(call(call_, vec![lambda(1, vec![])]))]));
        let mut evaluation = Evaluation::new();
        evaluation.start(&code(&unit(functions)));
        turns(&mut evaluation)
    };
    let apply: fn(&mut crate::expression::native::Call<'_, '_>) -> Result<Value, Thrown> = |call| {
        let function = call.take(0);
        call.machine.invoke(&function, &[])
    };
    assert!(matches!(run_it(apply, 10_000), (1, Ok(_))));
    assert!(matches!(run_it(apply, 1_000_000), (1, Err(Thrown::Limit(Limit::Steps)))));
}

#[test]
fn an_evaluation_can_be_started_anew_at_any_time() {
    let mut evaluation = Evaluation::new();
    let mut exchange = MemoryExchange::default();
    let mut variables = Variables::default();
    evaluation.start(&code(&counting(1_000_000)));
    let host = Host { exchange: &mut exchange, variables: &mut variables, last_error: None };
    assert!(matches!(evaluation.step(host), Ok(Progress::Yielded)));
    evaluation.start(&code(&result(int(7))));
    assert!(matches!(turns(&mut evaluation), (1, Ok(Value::Int(7)))));
    evaluation.end_request();
    // Nothing was started: nothing comes of it.
    assert!(matches!(turns(&mut evaluation), (1, Ok(Value::Null))));
}

#[test]
fn trees_as_high_as_allowed_are_emitted_and_run_on_a_small_stack() {
    let height = limits::TREE_HEIGHT_MAX as usize;
    let run = move || {
        let sum = (0..height).fold(int(0), |sum, _| add(sum, int(1)));
        check(&result(sum), &height.to_string());
        let negated = (0..height).fold(boolean(true), |value, _| not(value));
        check(&result(negated), "true");
        let chosen = (0..height).fold(int(7), |value, _| conditional(boolean(true), value, int(0)));
        check(&result(chosen), "7");
        let called = (0..height).fold(int(7), |value, _| log(vec![value]));
        check(&result(called), "7");
        let nested = (0..height).fold(give(int(7)), |inner, _| block(vec![inner]));
        check(&body(vec![nested]), "7");
        let tried = (0..height).fold(give(int(7)), |inner, _| try_(vec![inner], vec![], Some(vec![])));
        check(&body(vec![tried]), "7");
    };
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(run).unwrap().join().unwrap();
}
