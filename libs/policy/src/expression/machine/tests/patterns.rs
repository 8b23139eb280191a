//! Patterns in `is` and in switch expressions.

use std::sync::Arc;

use super::tree::*;
use super::{check, check_log};
use crate::expression::bound::*;
use crate::expression::library::Constant;
use crate::expression::types::{Number, Type};

fn int_constant(value: i32) -> Constant {
    Constant::Integer(Number::Int, value.into())
}

fn relational(operator: PrimitiveOperator, value: i32) -> BoundPattern {
    BoundPattern::Relational { operator, on: INT, value: int_constant(value) }
}

fn of(of: Type) -> BoundPattern {
    BoundPattern::Type { of, into: None }
}

#[track_caller]
fn matches(value: fn() -> BoundExpr, pattern: impl Fn() -> BoundPattern, expected: bool) {
    check(&result(is(value(), pattern())), &expected.to_string());
    // As jumps of both kinds, and with an operand below on the stack.
    check(&result(add(int(1), conditional(is(value(), pattern()), int(1), int(0)))), if expected { "2" } else { "1" });
    check(&result(conditional(not(is(value(), pattern())), int(0), int(1))), if expected { "1" } else { "0" });
}

#[test]
fn simple_patterns_look_at_type_and_value() {
    matches(|| int(1), || BoundPattern::Discard, true);
    matches(null, || BoundPattern::Discard, true);
    matches(null, || BoundPattern::Var(Local(0)), true);
    matches(|| int(1), || of(Type::INT), true);
    matches(|| int(1), || of(Type::LONG), false);
    matches(|| int(1), || of(Type::Object), true);
    matches(null, || of(Type::Object), false);
    matches(|| text("a"), || of(Type::String), true);
    matches(|| int(1), || BoundPattern::Constant(int_constant(1)), true);
    matches(|| int(2), || BoundPattern::Constant(int_constant(1)), false);
    matches(|| text("a"), || BoundPattern::Constant(Constant::String("a".into())), true);
    matches(|| text("b"), || BoundPattern::Constant(Constant::String("a".into())), false);
    matches(|| int(1), || BoundPattern::Constant(Constant::String("1".into())), false);
    matches(null, || BoundPattern::Constant(Constant::Null), true);
    matches(|| int(0), || BoundPattern::Constant(Constant::Null), false);
    matches(null, || BoundPattern::Constant(int_constant(0)), false);
}

#[test]
fn relational_patterns_do_not_match_null_or_other_types() {
    use PrimitiveOperator as O;
    matches(|| int(5), || relational(O::Greater, 4), true);
    matches(|| int(5), || relational(O::Less, 5), false);
    matches(|| int(5), || relational(O::LessOrEqual, 5), true);
    matches(null, || relational(O::Less, 5), false);
    matches(|| text("a"), || relational(O::Less, 5), false);
    let double = || BoundPattern::Relational {
        operator: O::GreaterOrEqual,
        on: Primitive::Number(Number::Double),
        value: Constant::Double(1.5),
    };
    matches(|| constant(Constant::Double(1.5)), double, true);
    matches(|| constant(Constant::Double(f64::NAN)), double, false);
}

#[test]
fn patterns_combine() {
    use PrimitiveOperator as O;
    let digit = || BoundPattern::And(relational(O::GreaterOrEqual, 0).into(), relational(O::Less, 10).into());
    matches(|| int(5), digit, true);
    matches(|| int(10), digit, false);
    matches(|| int(-1), digit, false);
    matches(|| int(10), move || BoundPattern::Not(digit().into()), true);
    matches(|| int(5), move || BoundPattern::Not(digit().into()), false);
    let ends = || BoundPattern::Or(relational(O::Less, 0).into(), relational(O::Greater, 9).into());
    matches(|| int(-1), ends, true);
    matches(|| int(10), ends, true);
    matches(|| int(5), ends, false);
    matches(null, || BoundPattern::Not(BoundPattern::Constant(Constant::Null).into()), false);
}

#[test]
fn a_matching_pattern_sets_its_variables() {
    let typed = || is(text("a"), BoundPattern::Type { of: Type::String, into: Some(Local(0)) });
    check(&body(vec![when(typed(), give(concat(vec![local(0), text("b")]))), give(null())]), "\"ab\"");
    check(&body(vec![when(not(typed()), give(null())), give(local(0))]), "\"a\"");
    let var = is(int(7), BoundPattern::Var(Local(0)));
    check(&body(vec![when(var, give(local(0)))]), "7");
}

#[test]
fn properties_are_read_only_of_the_right_type_and_until_one_does_not_fit() {
    let property = |name: &str, value: i32| log(vec![text(name), int(value)]);
    let pattern = |first: i32| BoundPattern::Properties {
        of: Some(Type::String),
        properties: vec![
            (property("a", 1), BoundPattern::Constant(int_constant(first))),
            (property("b", 2), relational(PrimitiveOperator::Greater, 1)),
        ],
        object: Local(1),
        into: Some(Local(2)),
    };
    check_log(&result(is(text("x"), pattern(1))), "true", "ab");
    check_log(&result(is(text("x"), pattern(2))), "false", "a");
    check_log(&result(is(int(5), pattern(1))), "false", "");
    check_log(&body(vec![when(is(text("x"), pattern(1)), give(local(2)))]), "\"x\"", "ab");
    let any = || BoundPattern::Properties { of: None, properties: vec![], object: Local(1), into: None };
    matches(null, any, false);
    matches(|| int(1), any, true);
}

#[test]
fn tuple_patterns_look_at_each_item() {
    let pair =
        || typed(Type::Tuple(Arc::from([Type::INT, Type::String])), BoundKind::NewTuple(vec![int(1), text("a")]));
    let item = |text: &str| BoundPattern::Constant(Constant::String(text.into()));
    let pattern = |second| BoundPattern::Tuple(vec![BoundPattern::Constant(int_constant(1)), second]);
    check(&result(is(pair(), pattern(item("a")))), "true");
    check(&result(is(pair(), pattern(item("b")))), "false");
    check(&result(is(pair(), pattern(BoundPattern::Discard))), "true");
    check(&result(is(null(), pattern(BoundPattern::Discard))), "false");
}

#[test]
fn switch_expressions_take_the_first_arm_that_fits() {
    let switch = |value: BoundExpr| {
        let arms = vec![
            (BoundPattern::Constant(int_constant(1)), None, text("one")),
            (of(Type::INT), Some(log(vec![text("asked "), boolean(false)])), text("never")),
            (of(Type::INT), None, text("number")),
            (BoundPattern::Constant(Constant::Null), None, text("null")),
        ];
        expr(BoundKind::Switch { value: value.into(), arms })
    };
    check_log(&result(switch(int(1))), "\"one\"", "");
    check_log(&result(switch(int(2))), "\"number\"", "asked ");
    check_log(&result(concat(vec![text("<"), switch(null()), text(">")])), "\"<null>\"", "");
    check(
        &result(switch(text("x"))),
        "System.Runtime.CompilerServices.SwitchExpressionException: Non-exhaustive switch expression failed to match its input.",
    );
    let throws = (BoundPattern::Discard, None, expr(BoundKind::Throw(null().into())));
    let thrown = expr(BoundKind::Switch { value: int(1).into(), arms: vec![throws] });
    check(&result(thrown), "System.NullReferenceException: Object reference not set to an instance of an object.");
}
