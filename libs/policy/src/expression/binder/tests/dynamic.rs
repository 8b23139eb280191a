//! What `dynamic` does when it runs.

use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::types::Type;
use crate::expression::{Form, compile, display};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// The result as text, or the exception.
fn outcome(code: &str) -> String {
    let expression = match compile(code, Form::Statements, &Type::Object) {
        Ok(expression) => expression,
        Err(errors) => return format!("{errors:?}"),
    };
    let mut exchange = MemoryExchange::get("/");
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    match machine.evaluate(expression.code()) {
        Ok(value) => format!("{} {}", value.of(), display::to_text(&value, &mut machine).unwrap()),
        Err(Thrown::Exception(exception)) => format!("{:?}: {}", exception.of, exception.message),
        Err(Thrown::Limit(limit)) => format!("{limit:?}"),
    }
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(code, expected)| {
            let found = outcome(code);
            (found != *expected).then(|| format!("{code}\n  expected {expected}\n  found    {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn members_are_found_by_the_type_a_value_has() {
    check(&[
        ("dynamic d = \"abc\"; return d.Length;", "int 3"),
        ("dynamic d = \"abc\"; return d.Substring(1);", "string bc"),
        ("dynamic d = \"abc\"; return d[1];", "char b"),
        ("dynamic d = new[] { 1, 2 }; d[0] = 5; return d[0] + d.Length;", "int 7"),
        ("dynamic d = new { A = 1 }; return d.A;", "int 1"),
        ("dynamic d = 5; return d.ToString(\"D3\");", "string 005"),
        ("dynamic d = \"5\"; return int.Parse(d);", "int 5"),
        ("dynamic d = 2; return Math.Max(d, 1L);", "long 2"),
        ("Func<int, int> f = x => x + 1; dynamic d = f; return d(4);", "int 5"),
        ("dynamic d = 1; d = d + 2; d++; return d;", "int 4"),
        ("dynamic d = 7; return d / 2.0;", "double 3.5"),
        ("dynamic d = 7; return d == 7 ? \"a\" : \"b\";", "string a"),
        ("dynamic d = \"a\"; return d + 1;", "string a1"),
        ("dynamic d = true; return !d;", "bool False"),
        ("dynamic d = 1; long l = d; return l;", "long 1"),
        ("dynamic d = 1.9; return (int)d;", "int 1"),
        ("dynamic d = null; return d == null;", "bool True"),
        ("dynamic d = 5; if (d > 3 && d < 9) { return 1; } return 2;", "int 1"),
        ("dynamic d = \"a\"; return d?.Length;", "int 1"),
    ]);
}

#[test]
fn json_is_read_by_name() {
    check(&[
        ("dynamic d = JObject.Parse(\"{'a':{'b':5}}\"); return (int)d.a.b;", "int 5"),
        ("dynamic d = JObject.Parse(\"{'a':'x'}\"); string s = d.a; return s;", "string x"),
        ("dynamic d = JObject.Parse(\"{'a':'x'}\"); return d.a == \"x\";", "bool True"),
        ("dynamic d = JObject.Parse(\"{'a':5}\"); return d.a + 1;", "JValue 6"),
        ("dynamic d = JObject.Parse(\"{'a':5}\"); d.a = 6; return (string)d.a;", "string 6"),
        ("dynamic d = JObject.Parse(\"{'a':[1,2]}\"); return d.a.Count;", "int 2"),
        ("dynamic d = JObject.Parse(\"{'a':[1,2]}\"); return (int)d.a[1];", "int 2"),
        ("dynamic d = JObject.Parse(\"{}\"); return d.x == null;", "bool True"),
    ]);
}

#[test]
fn what_does_not_fit_throws() {
    check(&[
        ("dynamic d = null; return d.Length;", "RuntimeBinder: Cannot perform runtime binding on a null reference"),
        ("dynamic d = \"a\"; return d.Foo;", "RuntimeBinder: 'string' does not contain a definition for 'Foo'"),
        ("dynamic d = \"a\"; return d.Foo();", "RuntimeBinder: 'string' does not contain a definition for 'Foo'"),
        (
            "dynamic d = new StringBuilder(); return d.Foo;",
            "RuntimeBinder: 'System.Text.StringBuilder' does not contain a definition for 'Foo'",
        ),
        ("dynamic d = 1; string s = d; return s;", "RuntimeBinder: Cannot implicitly convert type 'int' to 'string'"),
        (
            "dynamic d = 1L; int i = d; return i;",
            "RuntimeBinder: Cannot implicitly convert type 'long' to 'int'. An explicit conversion exists (are you missing a cast?)",
        ),
        (
            "dynamic d = null; int i = d; return i;",
            "RuntimeBinder: Cannot convert null to 'int' because it is a non-nullable value type",
        ),
        (
            "dynamic d = 1; return d - \"a\";",
            "RuntimeBinder: Operator '-' cannot be applied to operands of type 'int' and 'string'",
        ),
        (
            "dynamic d = \"a\"; return d.Substring();",
            "RuntimeBinder: No overload for method 'Substring' takes '0' arguments",
        ),
        ("dynamic d = 1; return d(2);", "RuntimeBinder: Cannot invoke a non-delegate type"),
        ("dynamic d = 1; return d[0];", "RuntimeBinder: Cannot apply indexing with [] to an expression of type 'int'"),
    ]);
}
