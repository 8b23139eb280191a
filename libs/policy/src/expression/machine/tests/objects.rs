//! Arrays, tuples, anonymous objects, types, casts, enums.

use std::sync::Arc;

use super::tree::*;
use super::{check, with_machine};
use crate::expression::bound::*;
use crate::expression::display;
use crate::expression::library::Constant;
use crate::expression::object::Object;
use crate::expression::tuple::TupleObject;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

const OUTSIDE: &str = "System.IndexOutOfRangeException: Index was outside the bounds of the array.";
const NULL: &str = "System.NullReferenceException: Object reference not set to an instance of an object.";

fn element(array: BoundExpr, indexes: Vec<BoundExpr>) -> BoundExpr {
    expr(BoundKind::Element { array: array.into(), indexes })
}

fn new_array(element: Type, sizes: Vec<BoundExpr>) -> BoundExpr {
    expr(BoundKind::NewArray { element, sizes })
}

#[test]
fn arrays_begin_with_defaults_and_end_at_their_bounds() {
    check(&result(new_array(Type::INT, vec![int(2)])), "[0, 0]");
    check(&result(new_array(Type::Bool, vec![int(1)])), "[false]");
    check(&result(new_array(Type::String, vec![int(2)])), "[null, null]");
    check(&result(new_array(Type::Number(Number::Byte), vec![int(2)])), "[0b, 0b]");
    check(&result(new_array(Type::nullable_of(Type::INT), vec![int(1)])), "[null]");
    check(&result(new_array(Type::Tuple(Arc::from([Type::INT, Type::String])), vec![int(1)])), "[(0, )]");
    check(
        &result(new_array(Type::INT, vec![int(-1)])),
        "System.OverflowException: Arithmetic operation resulted in an overflow.",
    );
    let items = || array(vec![int(1), int(2)]);
    check(&result(element(items(), vec![int(1)])), "2");
    check(&result(element(items(), vec![int(2)])), OUTSIDE);
    check(&result(element(items(), vec![int(-1)])), OUTSIDE);
    check(&result(element(null(), vec![int(0)])), NULL);
    check(&result(expr(BoundKind::ArrayLength(items().into()))), "2");
    check(&result(expr(BoundKind::ArrayLength(null().into()))), NULL);
    let write = |array: BoundExpr, index| {
        expr(BoundKind::Assign {
            target: Place::Element { array: array.into(), indexes: vec![int(index)] },
            value: int(1).into(),
        })
    };
    check(&result(write(items(), 2)), OUTSIDE);
    check(&result(write(null(), 0)), NULL);
}

#[test]
fn arrays_of_several_dimensions_lie_row_by_row() {
    let items = (0..6).map(int).collect();
    let grid =
        || expr(BoundKind::ArrayItems { element: Type::INT, sizes: vec![2, 3], items: (0..6).map(int).collect() });
    check(&result(expr(BoundKind::ArrayItems { element: Type::INT, sizes: vec![2, 3], items })), "[0, 1, 2, 3, 4, 5]");
    check(&result(element(grid(), vec![int(1), int(2)])), "5");
    check(&result(element(grid(), vec![int(0), int(3)])), OUTSIDE);
    check(&result(element(grid(), vec![int(-1), int(0)])), OUTSIDE);
    check(&result(new_array(Type::INT, vec![int(2), int(2)])), "[0, 0, 0, 0]");
    let huge = vec![int(i32::MAX), int(i32::MAX), int(i32::MAX)];
    check(
        &result(new_array(Type::INT, huge)),
        "System.OutOfMemoryException: Array dimensions exceeded supported range.",
    );
}

#[test]
fn tuples_and_anonymous_objects_print_and_compare_by_their_items() {
    let pair = |one, two| expr(BoundKind::NewTuple(vec![one, two]));
    check(&result(pair(int(1), text("a"))), "(1, a)");
    check(&result(pair(null(), pair(int(1), int(2)))), "(, (1, 2))");
    check(&result(expr(BoundKind::Item { of: pair(int(1), int(2)).into(), index: 1 })), "2");
    let of = Type::Anonymous(Arc::from([("A".into(), Type::INT), ("B".into(), Type::String)]));
    let object = |a, b| typed(of.clone(), BoundKind::NewAnonymous(vec![a, b]));
    check(&result(object(int(1), null())), "{ A = 1, B =  }");
    check(&result(expr(BoundKind::Item { of: object(int(1), text("x")).into(), index: 1 })), "\"x\"");
    check(&result(expr(BoundKind::Item { of: null().into(), index: 1 })), NULL);
    let equal = |left, right| {
        call(
            |call| {
                Ok(Value::Bool(
                    call.argument(0).equals(call.argument(1))
                        && call.argument(0).hash_code() == call.argument(1).hash_code(),
                ))
            },
            vec![left, right],
        )
    };
    check(&result(equal(pair(int(1), null()), pair(int(1), null()))), "true");
    check(&result(equal(pair(int(1), int(2)), pair(int(2), int(1)))), "false");
    check(&result(equal(object(int(1), text("x")), object(int(1), text("x")))), "true");
    check(&result(equal(object(int(1), text("x")), object(int(1), text("y")))), "false");
}

#[test]
fn tuples_are_ordered_item_by_item() {
    use std::cmp::Ordering;
    let tuple = |items: Vec<Value>| TupleObject::new(Type::Object, items);
    let one = tuple(vec![Value::Int(1), Value::text("b")]);
    assert_eq!(one.compare(&Value::object(tuple(vec![Value::Int(1), Value::text("c")]))), Some(Ordering::Less));
    assert_eq!(one.compare(&Value::object(tuple(vec![Value::Int(0), Value::text("c")]))), Some(Ordering::Greater));
    assert_eq!(one.compare(&Value::object(tuple(vec![Value::Null, Value::text("c")]))), Some(Ordering::Greater));
    assert_eq!(one.compare(&Value::Int(1)), None);
}

#[test]
fn what_nests_too_deeply_is_not_looked_at() {
    let mut value = Value::Null;
    for _ in 0..1000 {
        value = Value::object(TupleObject::new(Type::Object, vec![value]));
    }
    assert!(!value.equals(&Value::object(TupleObject::new(Type::Object, vec![]))));
    let _ = value.hash_code();
    assert!(with_machine(|machine| display::to_text(&value, machine)).is_err());
}

#[test]
fn types_print_their_full_names() {
    let name = |of: Type| concat(vec![expr(BoundKind::TypeOf(of))]);
    check(&result(name(Type::String)), "\"System.String\"");
    check(&result(name(Type::array_of(Type::INT))), "\"System.Int32[]\"");
}

#[test]
fn casts_let_through_what_is_of_the_type() {
    let cast = |value, to| result(convert(Conversion::Cast(to), value));
    check(&cast(text("a"), Type::String), "\"a\"");
    check(&cast(null(), Type::String), "null");
    check(&cast(int(1), Type::INT), "1");
    check(&cast(null(), Type::INT), NULL);
    check(&cast(null(), Type::nullable_of(Type::INT)), "null");
    check(&cast(int(1), Type::nullable_of(Type::INT)), "1");
    check(
        &cast(int(1), Type::String),
        "System.InvalidCastException: Unable to cast object of type 'System.Int32' to type 'System.String'.",
    );
    check(
        &cast(text("a"), Type::LONG),
        "System.InvalidCastException: Unable to cast object of type 'System.String' to type 'System.Int64'.",
    );
    let as_ = |value, to| result(convert(Conversion::As(to), value));
    check(&as_(text("a"), Type::String), "\"a\"");
    check(&as_(int(1), Type::String), "null");
    check(&as_(null(), Type::String), "null");
}

#[test]
fn user_defined_conversions_are_calls_and_may_be_lifted() {
    let convert_ = |is_lifted, operand| {
        let native = native(|call| Ok(Value::Int(call.int(0) + 1)), false);
        result(convert(Conversion::Native { native, is_lifted }, operand))
    };
    check(&convert_(false, int(1)), "2");
    check(&convert_(true, int(1)), "2");
    check(&convert_(true, null()), "null");
    check(&convert_(false, null()), "1");
}

#[test]
fn natives_with_this_throw_for_null_after_their_arguments_ran() {
    let call = |this| {
        let arguments = vec![this, log(vec![text("argument")])];
        expr(BoundKind::Call { native: native(|_| Ok(Value::Int(1)), true), arguments, outs: vec![] })
    };
    super::check_log(&result(call(null())), NULL, "argument");
    super::check_log(&result(call(text("x"))), "1", "argument");
}

#[test]
fn enums_are_constants_and_combine() {
    // The library's first class stands in for an enum: only the number matters here.
    let class = crate::expression::library::get().classes().next().unwrap().id;
    let value = |number| constant(Constant::Enum(class, number));
    let operate = |operator| binary(operator, Primitive::Enum, value(1), value(3));
    let number = |operand| convert(Conversion::EnumToNumber(Number::Int), operand);
    check(&result(number(operate(PrimitiveOperator::Or))), "3");
    check(&result(number(operate(PrimitiveOperator::And))), "1");
    check(&result(operate(PrimitiveOperator::Equal)), "false");
    check(&result(operate(PrimitiveOperator::Less)), "true");
    let to = Type::Class(class, Arc::default());
    check(&result(number(convert(Conversion::NumberToEnum { from: Number::Int, to }, int(5)))), "5");
}

#[test]
fn sequences_run_statements_and_give_the_last_value() {
    let sequence = expr(BoundKind::Sequence(vec![declare(0, int(1)), set(0, int(2))], local(0).into()));
    check(&result(add(sequence, int(1))), "3");
    let effect = expr(BoundKind::Sequence(vec![set(0, int(2))], assign(1, int(3)).into()));
    check(&body(vec![run(effect), give(add(local(0), local(1)))]), "5");
}
