//! Operators that are not arithmetic, assignments, strings.

use std::sync::Arc;

use super::tree::*;
use super::{check, check_log};
use crate::expression::bound::*;
use crate::expression::library::Constant;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

fn and(left: BoundExpr, right: BoundExpr) -> BoundExpr {
    expr(BoundKind::And(left.into(), right.into()))
}

fn or(left: BoundExpr, right: BoundExpr) -> BoundExpr {
    expr(BoundKind::Or(left.into(), right.into()))
}

fn said(name: &str, value: bool) -> BoundExpr {
    log(vec![text(name), boolean(value)])
}

#[test]
fn conditions_stop_as_soon_as_the_result_is_known() {
    let cases: [(BoundExpr, &str, &str); 6] = [
        (and(said("a", false), said("b", true)), "false", "a"),
        (and(said("a", true), said("b", true)), "true", "ab"),
        (or(said("a", true), said("b", false)), "true", "a"),
        (or(said("a", false), said("b", false)), "false", "ab"),
        (not(and(said("a", true), or(said("b", false), said("c", false)))), "true", "abc"),
        (or(not(said("a", true)), and(said("b", true), not(said("c", false)))), "true", "abc"),
    ];
    for (condition, expected, log) in cases {
        check_log(&result(condition), expected, log);
    }
}

#[test]
fn conditions_jump_as_they_give_values() {
    for a in [false, true] {
        for b in [false, true] {
            let (truth_and, truth_or) = (a && b, a || b);
            let conditions = [
                (and(boolean(a), boolean(b)), truth_and),
                (or(boolean(a), boolean(b)), truth_or),
                (not(and(said("", a), not(said("", b)))), !a || b),
                (not(or(said("", a), said("", b))), !truth_or),
                (and(or(said("", a), said("", b)), not(and(said("", a), said("", b)))), a != b),
            ];
            for (condition, expected) in conditions {
                check(&body(vec![when(condition, give(boolean(true))), give(boolean(false))]), &expected.to_string());
            }
        }
    }
}

#[test]
fn comparisons_of_int_jump_and_give_values() {
    use PrimitiveOperator as O;
    let cases = [
        (O::Equal, [false, true, false]),
        (O::NotEqual, [true, false, true]),
        (O::Less, [true, false, false]),
        (O::LessOrEqual, [true, true, false]),
        (O::Greater, [false, false, true]),
        (O::GreaterOrEqual, [false, true, true]),
    ];
    for (operator, expected) in cases {
        for (right, expected) in [2, 1, 0].into_iter().zip(expected) {
            check(&result(binary(operator, INT, int(1), int(right))), &expected.to_string());
            let jumps = conditional(binary(operator, INT, int(1), int(right)), boolean(true), boolean(false));
            check(&result(jumps), &expected.to_string());
            let inverted = conditional(not(binary(operator, INT, int(1), int(right))), boolean(true), boolean(false));
            check(&result(inverted), &(!expected).to_string());
        }
    }
}

#[test]
fn strings_compare_by_content_and_null_equals_null_only() {
    let compare = |operator, left, right| binary(operator, Primitive::String, left, right);
    let (equal, unequal) = (PrimitiveOperator::Equal, PrimitiveOperator::NotEqual);
    let cases = [
        (text("a"), text("a"), true),
        (text("a"), text("A"), false),
        (null(), text(""), false),
        (null(), null(), true),
    ];
    for (left, right, same) in cases {
        let again = |expr: &BoundExpr| match &expr.kind {
            BoundKind::Constant(value) => constant(value.clone()),
            _ => null(),
        };
        check(&result(compare(equal, again(&left), again(&right))), &same.to_string());
        check(
            &result(conditional(compare(equal, again(&left), again(&right)), boolean(true), boolean(false))),
            &same.to_string(),
        );
        check(&result(conditional(compare(unequal, left, right), boolean(true), boolean(false))), &(!same).to_string());
    }
}

#[test]
fn concat_and_interpolation_print_as_the_invariant_culture_does() {
    let parts = vec![
        text("a"),
        null(),
        int(-5),
        boolean(true),
        constant(Constant::Char(0xfc)),
        integer(Number::Long, 7),
        constant(Constant::Decimal("1.50".parse().unwrap())),
    ];
    check(&result(concat(parts)), "\"a-5Trueü71.50\"");
    check(&result(concat(vec![null(), null()])), "\"\"");
    let hole = |value, alignment| BoundPart::Hole { value, alignment, format: None };
    let interpolated = BoundKind::Interpolate(vec![
        BoundPart::Text("<".into()),
        hole(int(5), 4),
        BoundPart::Text("|".into()),
        hole(text("ab"), -4),
        BoundPart::Text("|".into()),
        hole(null(), 2),
        hole(text("long"), 2),
        BoundPart::Text(">".into()),
    ]);
    check(&result(expr(interpolated)), "\"<   5|ab  |  long>\"");
    // Each hole is evaluated once and in order, and text inside text does not get in the way.
    let inner = concat(vec![log(vec![text("1")]), log(vec![text("2")])]);
    check_log(&result(concat(vec![inner, log(vec![text("3")])])), "\"123\"", "123");
}

#[test]
fn coalescing_and_conditional_access_look_at_null_only() {
    let coalesce = |left: BoundExpr, right: BoundExpr| expr(BoundKind::Coalesce(left.into(), right.into()));
    check_log(&result(coalesce(null(), log(vec![text("b")]))), "\"b\"", "b");
    check_log(&result(coalesce(boolean(false), log(vec![text("b")]))), "false", "");
    check(&result(coalesce(null(), coalesce(null(), int(3)))), "3");
    let access = |target: BoundExpr, access: BoundExpr| {
        expr(BoundKind::ConditionalAccess { target: target.into(), local: Local(0), access: access.into() })
    };
    check_log(&result(access(null(), log(vec![text("x")]))), "null", "");
    check(&result(access(text("a"), concat(vec![local(0), text("b")]))), "\"ab\"");
    // As an operand: the stack is as high on both ways.
    check(&result(concat(vec![text("<"), access(null(), text("x")), text(">")])), "\"<>\"");
}

#[test]
fn assignments_give_their_value() {
    check(&body(vec![give(add(assign(0, int(5)), local(0)))]), "10");
    let plus = |old, by: i32| binary_with(PrimitiveOperator::Add, INT, true, false, local(old), int(by));
    for checked in [false, true] {
        let new = |by| if checked { plus(9, by) } else { add(local(9), int(by)) };
        let place = || Place::Local(Local(0));
        check(&body(vec![declare(0, int(5)), give(update(place(), 9, new(1), false))]), "6");
        check(&body(vec![declare(0, int(5)), give(update(place(), 9, new(1), true))]), "5");
        check(&body(vec![declare(0, int(5)), run(update(place(), 9, new(-7), true)), give(local(0))]), "-2");
    }
    let coalesce = |first| {
        let kind = BoundKind::CoalesceAssign { target: Place::Local(Local(0)), value: log(vec![text("v")]).into() };
        body(vec![declare(0, first), run(expr(kind)), give(local(0))])
    };
    check_log(&coalesce(null()), "\"v\"", "v");
    check_log(&coalesce(int(1)), "1", "");
}

#[test]
fn the_operands_of_a_place_are_evaluated_once_and_before_the_value() {
    let place =
        || Place::Element { array: log(vec![text("a"), local(0)]).into(), indexes: vec![log(vec![text("i"), int(1)])] };
    let items = || array(vec![int(10), int(20)]);
    let give_items = || give(local(0));
    let assigned = expr(BoundKind::Assign { target: place(), value: log(vec![text("v"), int(5)]).into() });
    check_log(&body(vec![declare(0, items()), run(assigned), give_items()]), "[10, 5]", "aiv");
    let wanted = expr(BoundKind::Assign { target: place(), value: log(vec![text("v"), int(5)]).into() });
    check_log(&body(vec![declare(0, items()), give(wanted)]), "5", "aiv");
    let updated = update(place(), 9, add(local(9), log(vec![text("v"), int(5)])), true);
    check_log(
        &body(vec![declare(0, items()), declare(1, updated), run(log(vec![concat(vec![local(1)])])), give_items()]),
        "[10, 25]",
        "aiv20",
    );
}

/// A property with its value in the log, `this` is its name.
fn property() -> Place {
    let getter = native(
        |call| {
            super::LOG.with_borrow_mut(|log| log.push_str("get "));
            Ok(Value::Int(call.arguments.len() as i32))
        },
        true,
    );
    let setter = native(
        |call| {
            let text = format!("set {:?} ", call.arguments);
            super::LOG.with_borrow_mut(|log| log.push_str(&text));
            Ok(Value::Null)
        },
        true,
    );
    Place::Property { getter: Some(getter), setter, arguments: vec![text("p"), int(7)] }
}

#[test]
fn properties_and_indexers_are_read_and_written_by_natives() {
    let assigned = || expr(BoundKind::Assign { target: property(), value: int(1).into() });
    check_log(&result(assigned()), "1", "set [\"p\", 7, 1] ");
    check_log(&body(vec![run(assigned())]), "null", "set [\"p\", 7, 1] ");
    check_log(&result(update(property(), 9, add(local(9), int(10)), false)), "12", "get set [\"p\", 7, 12] ");
    let null_this =
        Place::Property { getter: None, setter: native(|_| Ok(Value::Null), true), arguments: vec![null()] };
    check(
        &result(expr(BoundKind::Assign { target: null_this, value: int(1).into() })),
        "System.NullReferenceException: Object reference not set to an instance of an object.",
    );
}

#[test]
fn tuples_are_assigned_all_at_once() {
    let swap = |is_literal: bool| {
        let pair = typed(Type::Tuple(Arc::from([Type::INT, Type::INT])), BoundKind::NewTuple(vec![local(1), local(0)]));
        let value = if is_literal { pair } else { log(vec![pair]) };
        let targets = vec![Some(Place::Local(Local(0))), Some(Place::Local(Local(1)))];
        let assign = expr(BoundKind::AssignTuple { targets, value: value.into() });
        body(vec![
            declare(0, int(1)),
            declare(1, int(2)),
            run(assign),
            give(concat(vec![local(0), text(" "), local(1)])),
        ])
    };
    check(&swap(true), "\"2 1\"");
    check(&swap(false), "\"2 1\"");
    let value = expr(BoundKind::NewTuple(vec![int(1), int(2)])).into();
    let discard = expr(BoundKind::AssignTuple { targets: vec![None, Some(Place::Local(Local(0)))], value });
    check(&body(vec![run(discard), give(local(0))]), "2");
    let value = expr(BoundKind::NewTuple(vec![int(1), int(2)])).into();
    let wanted = expr(BoundKind::AssignTuple { targets: vec![None, Some(Place::Local(Local(0)))], value });
    check(&result(wanted), "(1, 2)");
    let item = Place::TupleItem { tuple: Place::Local(Local(0)).into(), index: 1 };
    let write = expr(BoundKind::Assign { target: item, value: int(9).into() });
    // The copy keeps its old item.
    let statements = vec![
        declare(0, expr(BoundKind::NewTuple(vec![int(1), int(2)]))),
        declare(1, local(0)),
        run(write),
        give(concat(vec![local(0), local(1)])),
    ];
    check(&body(statements), "\"(1, 9)(1, 2)\"");
}

#[test]
fn out_values_go_to_their_places() {
    let try_parse = || {
        native(
            |call| {
                let parsed = call.text(0).and_then(|text| text.parse::<i32>().ok());
                call.set_out(1, parsed.unwrap_or_default());
                Ok(Value::Bool(parsed.is_some()))
            },
            false,
        )
    };
    let call = |out: Option<Place>| {
        let arguments = vec![text("42"), null()];
        expr(BoundKind::Call { native: try_parse(), arguments, outs: vec![(1, out)] })
    };
    let parsed = |out| conditional(call(out), local(0), int(-1));
    check(&result(parsed(Some(Place::Local(Local(0))))), "42");
    check(&result(conditional(call(None), int(1), int(-1))), "1");
    let element = Place::Element { array: local(0).into(), indexes: vec![int(0)] };
    check(&body(vec![declare(0, array(vec![int(1)])), run(call(Some(element))), give(local(0))]), "[42]");
    // A native that forgets its out value gives null.
    let forgets = native(|_| Ok(Value::Int(1)), false);
    let call = expr(BoundKind::Call {
        native: forgets,
        arguments: vec![null()],
        outs: vec![(0, Some(Place::Local(Local(0))))],
    });
    check(&body(vec![declare(0, int(7)), run(call), give(local(0))]), "null");
}

#[test]
fn references_are_the_same_or_not() {
    let same = |is_negated, left: BoundExpr, right: BoundExpr| {
        expr(BoundKind::SameReference { is_negated, left: left.into(), right: right.into() })
    };
    let with_array = |value| body(vec![declare(0, array(vec![])), give(value)]);
    check(&with_array(same(false, local(0), local(0))), "true");
    check(&with_array(same(true, local(0), local(0))), "false");
    check(&with_array(same(false, local(0), array(vec![]))), "false");
    check(&with_array(same(false, local(0), null())), "false");
    let is_null = |is_negated, operand: BoundExpr| expr(BoundKind::IsNull { is_negated, operand: operand.into() });
    check(&result(is_null(false, null())), "true");
    check(&result(is_null(true, null())), "false");
    check(&result(conditional(is_null(true, int(1)), int(1), int(2))), "1");
}
