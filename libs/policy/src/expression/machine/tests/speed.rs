//! What evaluating costs. Run with `cargo test --release -p postern-policy speed -- --ignored --nocapture`.

use std::sync::Arc;
use std::time::Instant;

use super::code;
use super::tree::*;
use crate::expression::bound::*;
use crate::expression::code::Code;
use crate::expression::machine::{Evaluation, Host, Progress};
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::expression::{Form, compile};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// Nanoseconds of one evaluation: the best of several runs.
fn nanoseconds(code: &Arc<Code>) -> f64 {
    let mut evaluation = Evaluation::new();
    let mut exchange = MemoryExchange::default();
    let mut variables = Variables::default();
    let mut best = f64::INFINITY;
    // Short runs: the best one was not interrupted.
    let runs = std::env::var("SPEED_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(2000);
    for _ in 0..runs {
        let count = 100;
        let start = Instant::now();
        for _ in 0..count {
            evaluation.start(code);
            let host = Host { exchange: &mut exchange, variables: &mut variables, last_error: None };
            let progress = evaluation.step(host);
            assert!(matches!(std::hint::black_box(progress), Ok(Progress::Done(_))));
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(count));
    }
    best
}

/// `context.Request.Headers.GetValueOrDefault("X-Y", "") == "z"`, with natives that do about as much as the real ones.
fn header_comparison() -> BoundExpr {
    let member = |this: BoundExpr| {
        let native = native(|call| Ok(call.take(0)), true);
        expr(BoundKind::Call { native, arguments: vec![this], outs: vec![] })
    };
    let context = call(|_| Ok(Value::Bool(true)), vec![]);
    let headers = member(member(context));
    let get = native(
        |call| {
            let name = call.text(1).cloned().unwrap_or_default();
            let value = call.machine.host.exchange.header(crate::exchange::Side::Request, &name);
            let value = value.and_then(|value| std::str::from_utf8(value).ok()).map(Value::from);
            Ok(value.unwrap_or_else(|| call.take(2)))
        },
        true,
    );
    let value = expr(BoundKind::Call { native: get, arguments: vec![headers, text("X-Y"), text("z")], outs: vec![] });
    binary(PrimitiveOperator::Equal, Primitive::String, value, text("z"))
}

const SOURCES: &[&str] = &[
    "1 + 2 == 3",
    "\"abc\".StartsWith(\"ab\") && \"abc\".Length == 3",
    "\"Bearer abc\".Substring(7).ToUpper() == \"ABC\" ? \"yes\" : \"no\"",
    "\"Content-Type\".Equals(\"content-type\", StringComparison.OrdinalIgnoreCase)",
    "int.Parse(\"42\") + 1",
    "$\"{\"a\".Length}-{2}\"",
    "(string)JObject.Parse(\"{\\\"a\\\":\\\"b\\\"}\")[\"a\"]",
];

/// A unit without variables that returns an expression.
fn lean(value: BoundExpr) -> BoundUnit {
    unit(vec![function(0, 0, &[], Vec::new(), vec![give(value)])])
}

#[test]
#[ignore = "measures; meaningful in release builds only"]
#[allow(clippy::print_stdout, reason = "the numbers are the result")]
fn what_evaluations_cost() {
    let sum = body(vec![
        declare(0, int(0)),
        declare(1, int(0)),
        while_(less(local(0), int(1000)), set(1, add(local(1), local(0))), vec![increase(0, 9)]),
        give(local(1)),
    ]);
    let recursive = |by| call_function(1, vec![], vec![add(local(0), int(by))]);
    let fibonacci = vec![when(less(local(0), int(2)), give(local(0))), give(add(recursive(-1), recursive(-2)))];
    let main = vec![give(call_function(1, vec![], vec![int(15)]))];
    let lambda_called = BoundUnit {
        functions: vec![
            function(
                0,
                2,
                &[0],
                vec![],
                vec![declare(0, int(1)), give(invoke(lambda(1, vec![Outer::Local(Local(0))]), vec![int(5)]))],
            ),
            function(1, 1, &[], vec![Outer::Local(Local(0))], vec![give(add(local(0), capture(0)))]),
        ],
        compares_references: false,
    };
    let concat_ = concat(vec![text("Bearer "), text("abcdefghijklmnopqrstuvwxyz"), int(5)]);
    let choice = conditional(header_comparison(), text("a"), text("b"));
    let units: [(&str, BoundUnit); 8] = [
        ("constant", lean(boolean(true))),
        ("header == \"z\"", lean(header_comparison())),
        ("header == \"z\" ? a : b", lean(choice)),
        ("concat of three", result(concat_)),
        (
            "tuple",
            result(typed(Type::Tuple(Arc::from([Type::INT, Type::INT])), BoundKind::NewTuple(vec![int(1), int(2)]))),
        ),
        ("lambda with capture", lambda_called),
        ("sum of 1000", sum),
        ("fibonacci(15)", unit(vec![function(0, 0, &[], vec![], main), function(1, 1, &[], vec![], fibonacci)])),
    ];
    println!("{:>10} bytes  size of a value", size_of::<Value>());
    // One of them alone: for counting instructions.
    let only = std::env::var("SPEED_ONLY").unwrap_or_default();
    for (name, unit) in units.into_iter().filter(|(name, _)| name.contains(&only)) {
        println!("{:>10.1} ns  {name}", nanoseconds(&code(&unit)));
    }
    for source in SOURCES.iter().filter(|source| source.contains(&only)) {
        let expression = compile(source, Form::Expression, &Type::Object).unwrap();
        println!("{:>10.1} ns  {source}", nanoseconds(expression.code()));
    }
}
