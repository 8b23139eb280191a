use super::{check_error, check_statement_error, check_statements, check_types};

#[test]
fn casts_change_the_type() {
    check_types(&[
        ("(object)1", "object"),
        ("(long)1", "long"),
        ("(int)1.5m", "int"),
        ("(string)(object)\"a\"", "string"),
        ("(int?)1", "int?"),
        ("(int)(int?)1", "int"),
        ("(System.DayOfWeek)1", "DayOfWeek"),
        ("(int)System.StringComparison.Ordinal", "int"),
        ("\"a\" as object", "object"),
        ("(object)\"a\" as string", "string"),
        ("(object)1 as int?", "int?"),
        ("(1, \"a\")", "(int, string)"),
        ("(a: 1, 2).a", "int"),
        ("(1, 2).Item2", "int"),
        ("new { A = 1, B = \"x\" }.B", "string"),
        ("default(int)", "int"),
        ("default(string)", "string"),
        ("typeof(int)", "Type"),
        ("new[] { 1, 2L }", "long[]"),
        ("new[] { null, \"a\" }", "string[]"),
        ("new int[2, 3]", "int[,]"),
        ("new int[2][]", "int[][]"),
        ("new int[] { 1 }.Length", "int"),
        ("new[] { 1 }[0]", "int"),
        ("(int?)null ?? 1", "int"),
        ("(string)null ?? \"a\"", "string"),
        ("\"a\"?.Length", "int?"),
        ("\"a\"?.ToString()", "string"),
        ("(dynamic)1", "dynamic"),
        ("(dynamic)1 + 2", "dynamic"),
        ("true ? null : \"a\"", "string"),
    ]);
}

#[test]
fn values_convert_to_what_is_declared() {
    check_statements(&[
        "byte b = 5; short s = b; long l = s; decimal d = l; double e = 1; return d;",
        "object o = 1; int? i = 1; int? j = null; long? k = i; return o;",
        "System.Collections.Generic.IEnumerable<object> x = new[] { \"a\" }; return x;",
        "System.StringComparison c = 0; return c;",
        "char c = 'a'; int i = c; return i;",
        "(long, object) t = (1, \"a\"); return t;",
        "int[] a = { 1, 2 }; int[,] b = { { 1 }, { 2 } }; return a;",
        "dynamic d = 1; string s = d; return s;",
        "Func<int, int> f = x => x + 1; return f(1);",
        "string s = default; int i = default; return i;",
        "byte b = 1; b += 1; b++; return b;",
        "var x = new object(); x = null; return x;",
    ]);
}

#[test]
fn what_does_not_convert_is_refused() {
    check_statement_error(
        "int i = ‸1L; return i;",
        "CS0266",
        "Cannot implicitly convert type 'long' to 'int'. An explicit conversion exists (are you missing a cast?)",
    );
    check_statement_error("int i = ‸\"a\"; return i;", "CS0029", "Cannot implicitly convert type 'string' to 'int'");
    check_statement_error("byte b = ‸300; return b;", "CS0031", "Constant value '300' cannot be converted to a 'byte'");
    check_statement_error(
        "int i = ‸null; return i;",
        "CS0037",
        "Cannot convert null to 'int' because it is a non-nullable value type",
    );
    check_statement_error(
        "string s = ‸(object)1; return s;",
        "CS0266",
        "Cannot implicitly convert type 'object' to 'string'. An explicit conversion exists (are you missing a cast?)",
    );
    check_statement_error(
        "float f = ‸1.5; return f;",
        "CS0664",
        "Literal of type double cannot be implicitly converted to type 'float'; use an 'F' suffix to create a literal of this type",
    );
    check_statement_error(
        "var (a, b) = ‸5; return a;",
        "CS8129",
        "No suitable 'Deconstruct' instance or extension method was found for type 'int', with 2 out parameters and a void return \
         type.",
    );
    check_error("‸(int)\"a\"", "CS0030", "Cannot convert type 'string' to 'int'");
    check_error(
        "‸(object)1 as int",
        "CS0077",
        "The as operator must be used with a reference type or nullable type ('int' is a non-nullable value type)",
    );
    check_statement_error("var x = ‸default; return x;", "CS8716", "There is no target type for the default literal.");
    check_statement_error(
        "byte b = 1; ‸b += 300; return b;",
        "CS0266",
        "Cannot implicitly convert type 'int' to 'byte'. An explicit conversion exists (are you missing a cast?)",
    );
}
