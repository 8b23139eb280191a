//! Expressions, compiled and run.

use postern_policy::Variables;
use postern_policy::expression::{Evaluation, Form, Host, Progress, Type, Value, compile, display, machine::Machine};
use postern_policy::testing::MemoryExchange;

/// Turns that an evaluation is followed for: enough for anything that ends, and code that never ends should not take the fuzzer's time.
const TURNS_MAX: usize = 4;

/// Code of an expression, compiled and run on an exchange in memory. Code that begins with `{` is statements.
pub fn evaluator(data: &[u8]) {
    let code = String::from_utf8_lossy(data);
    let (code, form) = match code.strip_prefix('{') {
        Some(statements) => (statements, Form::Statements),
        None => (&*code, Form::Expression),
    };
    match compile(code, form, &Type::Object) {
        Ok(expression) => {
            let mut exchange = exchange();
            let mut variables = Variables::default();
            variables.set("text", Value::from("a,b;c"));
            variables.set("number", Value::Int(42));
            variables.set("flag", Value::Bool(true));
            let mut evaluation = Evaluation::new();
            evaluation.start(expression.code());
            for _ in 0..TURNS_MAX {
                let host = Host { exchange: &mut exchange, variables: &mut variables, last_error: None };
                match evaluation.step(host) {
                    Ok(Progress::Yielded) => {}
                    Ok(Progress::Done(value)) => {
                        let host = Host { exchange: &mut exchange, variables: &mut variables, last_error: None };
                        // A value's text may be longer than the budget allows: an error then, as anything else.
                        let _ = display::to_text(&value, &mut Machine::new(host));
                        break;
                    }
                    Err(_) => break,
                }
            }
            drop(variables);
            evaluation.end_request();
        }
        Err(errors) => {
            for error in errors {
                let place = error.span.start as usize..error.span.end as usize;
                assert!(code.get(place.clone()).is_some(), "{place:?} is not a place in the code: {error:?}");
                assert!(error.message.len() < 4000, "{error:?}");
            }
        }
    }
}

fn exchange() -> MemoryExchange {
    let mut exchange = MemoryExchange::get("/items/5?a=1&b=two&a=3")
        .header_line("Authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSIsImF1ZCI6ImFwaSJ9.c2ln")
        .header_line("Content-Type", "application/json")
        .header_line("X-List", "a, b,c")
        .header_line("X-Number", "12345");
    exchange.request_body = Some(br#"{"a":{"b":[1,2.5,"x"]},"t":"2024-01-02T03:04:05Z","f":true,"n":null}"#.to_vec());
    exchange.response_body = b"<r><i a='1'>x</i><i>y</i></r>".to_vec();
    exchange.has_response = true;
    exchange.matched_parameters = vec![("id".to_owned(), b"5".to_vec())];
    exchange
}
