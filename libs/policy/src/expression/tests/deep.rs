//! Values that code nests as deeply as it likes: they are compared whatever their depth, and written to a limit.

use crate::expression::display::to_text;
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::{Form, Type, compile};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// What the statements return, on a stack half as long as a worker's.
fn evaluated(code: &'static str) -> String {
    let run = move || {
        let expression =
            compile(code, Form::Statements, &Type::Object).unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
        let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
        let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
        match machine.evaluate(expression.code()).and_then(|value| to_text(&value, &mut machine)) {
            Ok(text) => text.to_string(),
            Err(Thrown::Exception(exception)) => format!("!{}: {}", exception.of.name(), exception.message),
            Err(Thrown::Limit(limit)) => format!("{limit:?}"),
        }
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).unwrap().join().unwrap()
}

/// Code and what .NET answers, or a limit where there is one.
const CASES: &[(&str, &str)] = &[
    (
        "object o = 1, p = 1; for (int i = 0; i < 5000; i++) { o = (o, i); p = (p, i); } return o.Equals(p) && o.GetHashCode() == p.GetHashCode();",
        "True",
    ),
    (
        "object o = 1, p = 2; for (int i = 0; i < 5000; i++) { o = new { o }; p = new { o = p }; } return o.Equals(p);",
        "False",
    ),
    (
        "object o = 1, p = 1; for (int i = 0; i < 5000; i++) { o = Tuple.Create(o, 2); p = Tuple.Create(p, 2); } return o.Equals(p);",
        "True",
    ),
    (
        "object o = 1; for (int i = 0; i < 256; i++) o = new List<object> { o }; return JsonConvert.SerializeObject(o).Length;",
        "513",
    ),
    (
        "object o = 1; for (int i = 0; i < 257; i++) o = new List<object> { o }; return JsonConvert.SerializeObject(o).Length;",
        "Depth",
    ),
    (
        "object o = 1; for (int i = 0; i < 256; i++) o = new Dictionary<string, object> { [\"a\"] = o }; return JObject.FromObject(o).ToString(Formatting.None).Length;",
        "1537",
    ),
    (
        "object o = 1; for (int i = 0; i < 256; i++) o = new { a = o }; return JsonConvert.SerializeObject(o).Length;",
        "1537",
    ),
    (
        "object o = 1; for (int i = 0; i < 128; i++) o = (1, new[] { o }); return JsonConvert.SerializeObject(o).Length;",
        "2817",
    ),
];

#[test]
fn deep_values_are_compared_and_written() {
    for (code, expected) in CASES {
        assert_eq!(evaluated(code), *expected, "{code}");
    }
}
