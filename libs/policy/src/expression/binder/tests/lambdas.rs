use super::{check_error, check_statement_error, check_statements, check_types};

#[test]
fn type_arguments_follow_from_what_lambdas_return() {
    check_types(&[
        ("Array.ConvertAll(new[] { 1 }, x => x.ToString())", "string[]"),
        ("Array.Exists(new[] { \"a\" }, x => x.Length > 1)", "bool"),
        ("Array.Find(new[] { \"a\" }, delegate (string s) { return s == \"a\"; })", "string"),
        ("Array.IndexOf(new[] { 1, 2 }, 2)", "int"),
        ("string.Join(\",\", new[] { 1, 2 })", "string"),
        ("string.Join(\",\", \"a\", \"b\")", "string"),
        ("string.Format(\"{0}\", 1)", "string"),
        ("string.Concat(\"a\", (object)1)", "string"),
        ("Math.Max(1, 2L)", "long"),
        ("Math.Abs(-1.5m)", "decimal"),
        ("Math.Round(1.5)", "double"),
    ]);
}

#[test]
fn lambdas_see_what_is_around_them() {
    check_statements(&[
        "var a = 1; Func<int, Func<int, int>> f = x => y => x + y + a; return f(1)(2);",
        "Func<int, bool> f = null; f = n => n == 0 || f(n - 1); return f(3);",
        "int F(int n) => n == 0 ? 0 : G(n - 1); int G(int n) => F(n); return F(3);",
        "var total = 0; foreach (var x in new[] { 1 }) { Action a = () => total += x; a(); } return total;",
        "Func<string, int> f = int.Parse; return f(\"1\");",
        "int Twice(int x) => x * 2; Func<int, int> f = Twice; return f(1);",
        "Action<string> a = s => s.ToString(); a(\"x\"); return 1;",
    ]);
    check_statement_error(
        "Func<int, int> f = ‸(x, y) => 1; return f;",
        "CS1593",
        "Delegate 'Func<int, int>' does not take 2 arguments",
    );
    check_statement_error(
        "Func<int, int> f = x => x.‸Foo; return f;",
        "CS1061",
        "'int' does not contain a definition for 'Foo' and no accessible extension method 'Foo' accepting a first argument of type 'int' could be found (are you missing a using directive or an assembly reference?)",
    );
    check_statement_error(
        "Func<int, int> f = x => ‸\"a\"; return f;",
        "CS0029",
        "Cannot implicitly convert type 'string' to 'int'",
    );
    check_statement_error(
        "object o = ‸x => 1; return o;",
        "CS1660",
        "Cannot convert lambda expression to type 'object' because it is not a delegate type",
    );
    check_statement_error(
        "var ‸f = x => 1; return f;",
        "CS0815",
        "Cannot assign lambda expression to an implicitly-typed variable",
    );
    check_error(
        "Array.Exists(new[] { \"a\" }, x => x.‸Foo)",
        "CS1061",
        "'string' does not contain a definition for 'Foo' and no accessible extension method 'Foo' accepting a first argument of type 'string' could be found (are you missing a using directive or an assembly reference?)",
    );
}

#[test]
fn calls_that_do_not_fit_say_why() {
    check_error("\"a\".‸Substring()", "CS1501", "No overload for method 'Substring' takes 0 arguments");
    check_error("\"a\".Substring(‸\"b\")", "CS1503", "Argument 1: cannot convert from 'string' to 'int'");
    check_error(
        "string.‸IsNullOrEmpty()",
        "CS7036",
        "There is no argument given that corresponds to the required formal parameter 'value' of 'string.IsNullOrEmpty(string)'",
    );
    check_error("int.TryParse(\"1\", ‸1)", "CS1620", "Argument 2 must be passed with the 'out' keyword");
    check_statement_error(
        "Func<int> f = () => 1; return ‸f(2);",
        "CS1593",
        "Delegate 'Func<int>' does not take 1 arguments",
    );
}
