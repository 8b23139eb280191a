//! Lambdas and local functions with the variables they share.

use super::tree::*;
use super::{check, check_log, code, with_machine};
use crate::expression::bound::*;
use crate::expression::types::Type;
use crate::expression::value::Value;

fn outer(index: u32) -> Outer {
    Outer::Local(Local(index))
}

fn array_place(array: u32, index: BoundExpr) -> Place {
    Place::Element { array: local(array).into(), indexes: vec![index] }
}

#[test]
fn a_lambda_sees_later_changes_of_a_variable_and_its_own_are_seen() {
    // var x = 1; var f = () => { x = x + 10; return x; }; x = 2; f(); return x + f();
    let main = vec![
        declare(0, int(1)),
        declare(1, lambda(1, vec![outer(0)])),
        set(0, int(2)),
        run(invoke(local(1), vec![])),
        give(add(local(0), invoke(local(1), vec![]))),
    ];
    let add_ten =
        expr(BoundKind::Assign { target: Place::Capture(Capture(0)), value: add(capture(0), int(10)).into() });
    let inner = function(0, 0, &[], vec![outer(0)], vec![give(add_ten)]);
    check(&unit(vec![function(0, 3, &[0], vec![], main), inner]), "34");
}

#[test]
fn each_pass_of_a_declaration_makes_a_new_variable() {
    // foreach (var s in …) { fs[i++] = () => s; } gives each its own, for (var i…) shares one.
    let call_all = || {
        concat(
            (0..3)
                .map(|index| {
                    let element = expr(BoundKind::Element { array: local(1).into(), indexes: vec![int(index)] });
                    invoke(element, vec![])
                })
                .collect(),
        )
    };
    let new_array = || expr(BoundKind::NewArray { element: Type::Object, sizes: vec![int(3)] });
    let keep = |index: BoundExpr| {
        run(expr(BoundKind::Assign { target: array_place(1, index), value: lambda(1, vec![outer(0)]).into() }))
    };
    let get = || function(0, 0, &[], vec![outer(0)], vec![give(capture(0))]);
    let each = vec![
        declare(1, new_array()),
        declare(2, int(0)),
        for_each(text("abc"), 0, block(vec![keep(local(2)), increase(2, 9)])),
        give(call_all()),
    ];
    check(&unit(vec![function(0, 10, &[0], vec![], each), get()]), "\"abc\"");
    let shared = vec![
        declare(1, new_array()),
        declare(0, int(0)),
        while_(less(local(0), int(3)), keep(local(0)), vec![increase(0, 9)]),
        give(call_all()),
    ];
    check(&unit(vec![function(0, 10, &[0], vec![], shared), get()]), "\"333\"");
    let in_body = vec![
        declare(1, new_array()),
        declare(2, int(0)),
        while_(less(local(2), int(3)), block(vec![declare(0, local(2)), keep(local(2))]), vec![increase(2, 9)]),
        give(call_all()),
    ];
    check(&unit(vec![function(0, 10, &[0], vec![], in_body), get()]), "\"012\"");
}

#[test]
fn captures_reach_through_several_functions() {
    // int x = 1; Func<Func<int>> f = () => () => x + y; with y a parameter of the middle one.
    let main = vec![declare(0, int(1)), give(invoke(invoke(lambda(1, vec![outer(0)]), vec![int(5)]), vec![]))];
    let middle =
        function(1, 1, &[0], vec![outer(0)], vec![give(lambda(2, vec![Outer::Capture(Capture(0)), outer(0)]))]);
    let inner =
        function(0, 0, &[], vec![Outer::Capture(Capture(0)), outer(0)], vec![give(add(capture(0), capture(1)))]);
    check(&unit(vec![function(0, 1, &[0], vec![], main), middle, inner]), "6");
}

#[test]
fn local_functions_call_themselves_and_each_other() {
    let recursive = |name: u32| call_function(name, vec![], vec![add(local(0), int(-1))]);
    let fibonacci = vec![
        when(less(local(0), int(2)), give(local(0))),
        give(add(recursive(1), call_function(1, vec![], vec![add(local(0), int(-2))]))),
    ];
    let main = vec![give(call_function(1, vec![], vec![int(15)]))];
    check(&unit(vec![function(0, 0, &[], vec![], main), function(1, 1, &[], vec![], fibonacci)]), "610");
    let even =
        |other: u32, at_zero: bool| vec![when(equal(local(0), int(0)), give(boolean(at_zero))), give(recursive(other))];
    let main = vec![give(call_function(1, vec![], vec![int(1001)]))];
    check(
        &unit(vec![
            function(0, 0, &[], vec![], main),
            function(1, 1, &[], vec![], even(2, true)),
            function(1, 1, &[], vec![], even(1, false)),
        ]),
        "false",
    );
}

#[test]
fn a_local_function_shares_the_variables_of_its_caller() {
    // int x = 0; void F() { x++; } F(); F(); return x;
    let main = vec![
        declare(0, int(0)),
        run(call_function(1, vec![outer(0)], vec![])),
        run(call_function(1, vec![outer(0)], vec![])),
        give(local(0)),
    ];
    let step = run(update(Place::Capture(Capture(0)), 0, add(local(0), int(1)), false));
    check(&unit(vec![function(0, 1, &[0], vec![], main), function(0, 1, &[], vec![outer(0)], vec![step])]), "2");
}

#[test]
fn ref_and_out_parameters_are_the_variables_themselves() {
    // void F(out int a, ref int b, int c) { a = c; b = b + c; }
    let assigned = |index, value: BoundExpr| {
        run(expr(BoundKind::Assign { target: Place::Dereference(local(index).into()), value: value.into() }))
    };
    let set_a = assigned(0, local(2));
    let old_b = expr(BoundKind::Dereference { reference: local(1).into(), is_readonly: false });
    let set_b = assigned(1, add(old_b, local(2)));
    let callee = function(3, 3, &[], vec![], vec![set_a, set_b, give(text("r"))]);
    let call = expr(BoundKind::CallFunction {
        function: FunctionId(1),
        captures: vec![],
        arguments: vec![reference(0), reference(1), int(5)],
        references: vec![true, true, false],
    });
    let main = vec![
        declare(1, int(7)),
        declare(2, call),
        give(concat(vec![local(2), text(" "), local(0), text(" "), local(1)])),
    ];
    check(&unit(vec![function(0, 3, &[0, 1], vec![], main), callee]), "\"r 5 12\"");
}

#[test]
fn closures_that_hold_themselves_are_freed() {
    // Func<int, int> f = null; f = x => x < 1 ? 0 : f(x - 1); holds itself through its variable.
    let main = vec![
        declare(0, null()),
        set(0, lambda(1, vec![outer(0)])),
        run(log(vec![text("")])),
        give(invoke(local(0), vec![int(3)])),
    ];
    let again = invoke(capture(0), vec![add(local(0), int(-1))]);
    let inner = function(1, 1, &[], vec![outer(0)], vec![give(conditional(less(local(0), int(1)), int(0), again))]);
    let code = code(&unit(vec![function(0, 1, &[0], vec![], main), inner]));
    with_machine(|machine| {
        let loaded = machine.state.load(&code);
        assert!(matches!(machine.evaluate(&code), Ok(Value::Int(0))));
        // The table's reference and the one here: no closure is left.
        assert_eq!(std::rc::Rc::strong_count(&loaded), 2);
    });
}

#[test]
fn natives_call_delegates_of_every_kind_and_wrong_argument_counts_throw() {
    let apply = |delegate| {
        call(
            |call| {
                let f = call.take(0);
                call.machine.invoke(&f, &[Value::Int(4)])
            },
            vec![delegate],
        )
    };
    let double = || function(1, 1, &[], vec![], vec![give(add(local(0), local(0)))]);
    let closure = unit(vec![function(0, 0, &[], vec![], vec![give(apply(lambda(1, vec![])))]), double()]);
    check(&closure, "8");
    let none = function(0, 0, &[], vec![], vec![give(int(1))]);
    let mismatch = "System.InvalidOperationException: Parameter count mismatch.";
    check(&unit(vec![function(0, 0, &[], vec![], vec![give(apply(lambda(1, vec![])))]), none]), mismatch);
    check(
        &result(apply(null())),
        "System.NullReferenceException: Object reference not set to an instance of an object.",
    );
    check(&result(apply(text("no delegate"))), mismatch);
    check(
        &result(invoke(null(), vec![])),
        "System.NullReferenceException: Object reference not set to an instance of an object.",
    );
    let group = |this: Option<BoundExpr>, native| expr(BoundKind::MethodGroup { native, this: this.map(Into::into) });
    let add_both = native(|call| Ok(Value::Int(call.int(0) + call.int(1))), true);
    check(&result(apply(group(Some(int(3)), add_both.clone()))), "7");
    check(&result(invoke(group(Some(int(3)), add_both.clone()), vec![int(9)])), "12");
    check(
        &result(group(Some(null()), add_both)),
        "System.NullReferenceException: Object reference not set to an instance of an object.",
    );
    let negate = native(|call| Ok(Value::Int(-call.int(0))), false);
    check(&result(apply(group(None, negate))), "-4");
}

#[test]
fn exceptions_pass_through_natives_to_the_code_around() {
    let apply = |delegate| {
        call(
            |call| {
                let f = call.take(0);
                call.machine.invoke(&f, &[])
            },
            vec![delegate],
        )
    };
    let main = vec![try_(
        vec![run(apply(lambda(1, vec![])))],
        vec![catch(None, Some(0), vec![give(message_of(local(0)))])],
        Some(vec![say("outer")]),
    )];
    let inner = function(0, 0, &[], vec![], vec![try_(vec![throw("x")], vec![], Some(vec![say("inner ")]))]);
    check_log(&unit(vec![function(0, 1, &[], vec![], main), inner]), "\"x\"", "inner outer");
}
