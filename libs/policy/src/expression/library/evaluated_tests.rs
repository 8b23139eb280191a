//! Expressions from code to text, through parser, binder and machine.
//!
//! `evaluated.tsv` holds code and what a .NET runtime printed for it (an exception as `!` and its class); where .NET 8 differs from the runtime
//! that was at hand, its result stands there.

use crate::expression::compiled::compile;
use crate::expression::display::to_text;
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::parser::Form;
use crate::expression::types::Type;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

fn evaluate(code: &str) -> String {
    let expression = match compile(code, Form::Expression, &Type::Object) {
        Ok(expression) => expression,
        Err(errors) => return errors.iter().map(|error| format!("?{} {}", error.code, error.message)).collect(),
    };
    let mut exchange = MemoryExchange::get("/");
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    let outcome = machine
        .evaluate(expression.code())
        .and_then(|value| if value.is_null() { Ok("null".into()) } else { to_text(&value, &mut machine) });
    match outcome {
        Ok(text) => text.replace("\r", "\\r").replace("\n", "\\n"),
        Err(Thrown::Exception(exception)) => format!("!{}", exception.of.name()),
        Err(Thrown::Limit(limit)) => format!("{limit:?}"),
    }
}

#[test]
fn expressions_evaluate_as_in_dotnet() {
    let cases = include_str!("evaluated.tsv").lines().filter_map(|line| line.split_once('\t'));
    let wrong: Vec<String> = cases
        .map(|(code, expected)| (code, expected, evaluate(code)))
        .filter(|(_, expected, found)| expected != found)
        .map(|(code, expected, found)| format!("{code}\n    expected {expected}\n    found    {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
