//! Which object a value is, from one expression to the next. Within one, `tests/csharp/cases/identity.txt` says what C# answers.

use crate::expression::machine::{Host, Machine};
use crate::expression::{Form, Type, Value, compile};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// The value of code, with the variables of the request.
fn value(code: &str, variables: &mut Variables) -> Value {
    let expression = compile(code, Form::Expression, &Type::Object).unwrap();
    let mut exchange = MemoryExchange::default();
    Machine::new(Host { exchange: &mut exchange, variables, last_error: None }).evaluate(expression.code()).unwrap()
}

#[test]
fn variables_keep_which_object_they_were_given() {
    for (given, code, expected) in [
        // Literals are one object in all expressions.
        ("\"y\"", "context.Variables[\"v\"] == \"y\"", true),
        ("\"x\" + \"y\"", "context.Variables[\"v\"] == \"xy\"", true),
        ("new string('y', 1)", "context.Variables[\"v\"] == \"y\"", false),
        ("new string('y', 1)", "context.Variables[\"v\"] == context.Variables[\"v\"]", true),
        ("new string('y', 1)", "(string)context.Variables[\"v\"] == \"y\"", true),
        ("new string('y', 1)", "context.Variables.GetValueOrDefault(\"v\", \"y\") == (object)\"y\"", false),
        ("5", "context.Variables[\"v\"] == context.Variables[\"v\"]", true),
        ("5", "context.Variables[\"v\"] == (object)5", false),
        ("5", "context.Variables[\"v\"].Equals(5)", true),
        ("5", "context.Variables[\"v\"] == context.Variables[\"w\"]", false),
        ("new List<object> { 1, 2 }", "((List<object>)context.Variables[\"v\"]).Contains(2)", true),
    ] {
        let mut variables = Variables::default();
        let first = value(given, &mut variables);
        variables.set("v", first.clone());
        let second = value(given, &mut variables);
        variables.set("w", second);
        assert!(matches!(value(code, &mut variables), Value::Bool(found) if found == expected), "{given}: {code}");
    }
}

#[test]
fn the_text_of_an_attribute_is_no_literal() {
    let mut variables = Variables::default();
    variables.set("v", "y");
    assert!(matches!(value("context.Variables[\"v\"] == \"y\"", &mut variables), Value::Bool(false)));
    assert!(matches!(value("context.Variables[\"v\"].Equals(\"y\")", &mut variables), Value::Bool(true)));
}

#[test]
fn boxes_of_one_program_are_values_to_others() {
    let mut variables = Variables::default();
    let list =
        "new Func<object>(() => { object a = 1, b = 2; return a == b ? null : new List<object> { a, b, \"x\" }; })()";
    let list = value(list, &mut variables);
    variables.set("l", list);
    for (code, expected) in [
        ("((List<object>)context.Variables[\"l\"]).OfType<int>().Sum() == 3", true),
        ("((List<object>)context.Variables[\"l\"])[0] is int i && i + 1 == 2", true),
        ("(int)((List<object>)context.Variables[\"l\"])[1] == 2", true),
        ("JsonConvert.SerializeObject(context.Variables[\"l\"]) == \"[1,2,\\\"x\\\"]\"", true),
        ("string.Join(\",\", (List<object>)context.Variables[\"l\"]) == \"1,2,x\"", true),
        ("((dynamic)context.Variables[\"l\"])[0] + 1 == 2", true),
        ("Convert.ToInt64(((List<object>)context.Variables[\"l\"])[1]) == 2L", true),
        ("string.Format(\"{0:00}\", ((List<object>)context.Variables[\"l\"])[0]) == \"01\"", true),
        ("((List<object>)context.Variables[\"l\"]).Max(x => x as int? ?? 0) == 2", true),
    ] {
        assert!(matches!(value(code, &mut variables), Value::Bool(found) if found == expected), "{code}");
    }
}
