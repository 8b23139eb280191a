use crate::expression::{Form, Type, compile};

use super::{check_error, check_statement_error, check_statements, check_types};

#[test]
fn types_are_found_by_simple_and_full_name() {
    check_types(&[
        ("int.MaxValue", "int"),
        ("System.Int32.MaxValue", "int"),
        ("Int32.MaxValue", "int"),
        ("string.Empty", "string"),
        ("String.IsNullOrEmpty(\"a\")", "bool"),
        ("System.StringComparison.Ordinal", "StringComparison"),
        ("global::System.String.Empty", "string"),
        ("Math.PI", "double"),
        ("\"a\".Length", "int"),
        ("\"a\"[0]", "char"),
        ("\"a b\".Split(' ')", "string[]"),
        ("\"a\".Substring(1)", "string"),
        ("((object)\"a\").ToString()", "string"),
        ("1.ToString()", "string"),
        ("((int?)1).Value", "int"),
        ("((int?)1).HasValue", "bool"),
        ("((int?)1).GetValueOrDefault()", "int"),
        ("((int?)1).GetValueOrDefault(5)", "int"),
    ]);
}

#[test]
fn names_that_do_not_exist() {
    check_error("‸foo", "CS0103", "The name 'foo' does not exist in the current context");
    check_error("‸foo.Bar(1)", "CS0103", "The name 'foo' does not exist in the current context");
    check_error(
        "System.‸Foo",
        "CS0234",
        "The type or namespace name 'Foo' does not exist in the namespace 'System' (are you missing an assembly reference?)",
    );
    check_error(
        "new ‸Foo()",
        "CS0246",
        "The type or namespace name 'Foo' could not be found (are you missing a using directive or an assembly reference?)",
    );
    check_error("string.‸Foo", "CS0117", "'string' does not contain a definition for 'Foo'");
    check_error(
        "\"a\".‸Foo",
        "CS1061",
        "'string' does not contain a definition for 'Foo' and no accessible extension method 'Foo' accepting a first argument of type 'string' could be found (are you missing a using directive or an assembly reference?)",
    );
    check_error("‸Guid", "CS0119", "'Guid' is a type, which is not valid in the given context");
    check_error("‸System", "CS0118", "'System' is a namespace but is used like a variable");
    check_error("\"a\".‸Length()", "CS1955", "Non-invocable member 'string.Length' cannot be used like a method.");
    check_error(
        "‸string.Length",
        "CS0120",
        "An object reference is required for the non-static field, method, or property 'string.Length'",
    );
}

#[test]
fn variables_are_known_in_their_scope() {
    check_statements(&[
        "{ int i = 1; } { int i = 2; } return 1;",
        "for (int i = 0; i < 1; i++) { } for (int i = 0; i < 1; i++) { } return 1;",
        "if (int.TryParse(\"1\", out var n)) { return n; } return n;",
        "const int a = 1; switch (1) { case a: return 1; default: return 2; }",
        "int F(int x) { return x < 1 ? 1 : x * F(x - 1); } return F(5);",
        "var r = G(); int G() { return 1; } return r;",
    ]);
    check_statement_error(
        "int i = 1; int ‸i = 2; return i;",
        "CS0128",
        "A local variable or function named 'i' is already defined in this scope",
    );
    check_statement_error(
        "int i = 1; { int ‸i = 2; } return i;",
        "CS0136",
        "A local or parameter named 'i' cannot be declared in this scope because that name is used in an enclosing local scope to define a local or parameter",
    );
    check_statement_error("{ int i = 1; } return ‸i;", "CS0103", "The name 'i' does not exist in the current context");
    check_statement_error(
        "var a = ‸b; var b = 1; return a;",
        "CS0841",
        "Cannot use local variable 'b' before it is declared",
    );
    check_statement_error(
        "foreach (var x in new[] { 1 }) { ‸x = 2; } return 1;",
        "CS1656",
        "Cannot assign to 'x' because it is a 'foreach iteration variable'",
    );
    check_statement_error(
        "‸1 = 2; return 1;",
        "CS0131",
        "The left-hand side of an assignment must be a variable, property or indexer",
    );
    check_statement_error(
        "‸\"a\".Length = 2; return 1;",
        "CS0200",
        "Property or indexer 'String.Length' cannot be assigned to -- it is read only",
    );
}

#[test]
fn a_broken_variable_is_reported_once() {
    check_statement_error(
        "var a = ‸foo; var b = a + 1; return b.Foo;",
        "CS0103",
        "The name 'foo' does not exist in the current context",
    );
}

#[test]
fn a_name_that_is_nearly_right_is_suggested() {
    for (code, suggestion) in [
        ("context.Request.Header[\"a\"]", Some("Headers")),
        ("context.Request.Headers.GetValueOrDefult(\"a\", \"\")", Some("GetValueOrDefault")),
        ("context.Variable[\"a\"]", Some("Variables")),
        ("String.IsNullorEmpty(\"\")", Some("IsNullOrEmpty")),
        ("Convert.FromBase64String(\"\").Lenght", Some("Length")),
        ("new[] { 1 }.Where(x => x > 0).Selct(x => x)", Some("Select")),
        ("contxt.Request", Some("context")),
        ("convert.ToInt32(1)", Some("Convert")),
        ("context.Request.Body.As<Jobject>()", Some("JObject")),
        ("ProductState.Publish", Some("Published")),
        ("new[] { 1 }.Select(number => nmber)", Some("number")),
        ("\"a\".Frobnicate()", None),
        ("undefinedVariable", None),
    ] {
        let errors = compile(code, Form::Expression, &Type::Object).unwrap_err();
        let expected = suggestion.map(|name| format!("did you mean `{name}`?"));
        assert_eq!(errors[0].suggestion, expected, "{code}: {}", errors[0].message);
    }
}
