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
    // One overload takes a value where the others take a lambda.
    check_error(
        "new[] { \"a\" }.FirstOrDefault(x => x.‸Foo)",
        "CS1061",
        "'string' does not contain a definition for 'Foo' and no accessible extension method 'Foo' accepting a first argument of type 'string' could be found (are you missing a using directive or an assembly reference?)",
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

#[test]
fn queries_are_calls() {
    check_types(&[
        ("from x in new[] { 1, 2 } where x > 1 select x", "IEnumerable<int>"),
        (
            "(from x in new[] { 1 } from y in new[] { \"a\" } orderby y descending, x select new { x, y }).First().y",
            "string",
        ),
        ("(from x in new[] { 1 } join y in new[] { 1L } on x equals y select y).Sum()", "long"),
        ("(from x in new[] { 1 } join y in new[] { 1 } on x equals y into g select g.Count()).Max()", "int"),
        ("(from x in new[] { 1 } let y = \"a\" group y by x into g select g.Key).First()", "int"),
        ("(from string s in new object[] { \"a\" } select s.Length).Sum()", "int"),
    ]);
    check_error("from x in new[] { 1 } select ‸y", "CS0103", "The name 'y' does not exist in the current context");
    check_error(
        "from x in ‸5 select x",
        "CS1936",
        "Could not find an implementation of the query pattern for source type 'int'.  'Select' not found.",
    );
}

#[test]
fn chains_of_queries_keep_their_types() {
    check_types(&[
        ("new[] { \"1\" }.Select(int.Parse).Sum()", "int"),
        ("new[] { \"a\" }.Select((s, i) => new { s, i }).ToDictionary(x => x.s, x => x.i)[\"a\"]", "int"),
        ("new[] { 1 }.Aggregate(new StringBuilder(), (sb, x) => sb.Append(x), sb => sb.ToString())", "string"),
        ("new[] { 1 }.GroupBy(x => x % 2, x => x * 2L, (k, xs) => xs.Sum()).First()", "long"),
        ("Enumerable.Range(0, 3).Zip(new[] { \"a\" }, (i, s) => s + i).First()", "string"),
        ("new[] { 1 }.Sum(x => (decimal?)x)", "decimal?"),
        ("new[] { (1, \"a\") }.Select(t => (n: t.Item2, t.Item1)).First().n", "string"),
        ("new List<object> { 1 }.OfType<int>().Any(x => x > 0)", "bool"),
        ("new Dictionary<string, int> { [\"a\"] = 1 }.OrderBy(p => p.Value).ThenBy(p => p.Key).First().Key", "string"),
    ]);
}
