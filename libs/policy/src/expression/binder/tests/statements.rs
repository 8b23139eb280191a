use super::{check_statement_error, check_statements};

#[test]
fn a_value_is_assigned_before_it_is_read() {
    check_statements(&[
        "int a; if (true) { a = 1; } else { a = 2; } return a;",
        "int a; a = 1; return a;",
        "int a; if (\"x\".Length > 1 && int.TryParse(\"1\", out a)) { return a; } return 0;",
        "object o = 1; if (o is int i) { return i; } return 0;",
        "object o = 1; if (!(o is int i)) { return 0; } return i;",
        "object o = 1; if (o is int i && i > 1) { return i; } return 0;",
        "int a; while (true) { a = 1; break; } return a;",
        "int a; try { a = 1; } finally { } return a;",
        "int a; try { } finally { a = 1; } return a;",
        "int a; switch (1) { case 1: a = 1; break; default: a = 2; break; } return a;",
        "int a; for (;;) { a = 1; if (a > 0) break; } return a;",
        "int a; Func<int> f = () => { a = 1; return a; }; return f();",
    ]);
    let unassigned = "Use of unassigned local variable 'a'";
    check_statement_error("int a; return ‸a;", "CS0165", unassigned);
    check_statement_error("int a; if (\"x\".Length > 1) { a = 1; } return ‸a;", "CS0165", unassigned);
    check_statement_error("int a; try { a = 1; } catch { } return ‸a;", "CS0165", unassigned);
    check_statement_error("int a; while (\"x\".Length > 1) { a = 1; } return ‸a;", "CS0165", unassigned);
    check_statement_error("int a; Func<int> f = () => ‸a; return f();", "CS0165", unassigned);
    check_statement_error("int a; ‸a++; return a;", "CS0165", unassigned);
}

#[test]
fn every_path_returns() {
    check_statements(&[
        "if (true) { return 1; } else { return 2; }",
        "while (true) { }",
        "throw new Exception(\"a\");",
        "try { return 1; } catch { return 2; }",
        "switch (1) { case 1: return 1; default: throw new Exception(); }",
        "do { return 1; } while (true);",
    ]);
    let message = "'Expression': not all code paths return a value";
    check_statement_error("if (\"a\".Length > 1) { return 1; }‸", "CS0161", message);
    check_statement_error("var a = 1;‸", "CS0161", message);
    check_statement_error(
        "int ‸F(int x) { if (x > 1) return 1; } return F(1);",
        "CS0161",
        "'F': not all code paths return a value",
    );
    check_statement_error("switch (\"a\".Length) { case 1: return 1; }‸", "CS0161", message);
    check_statement_error(
        "Func<int> f = ‸() => { if (\"a\".Length > 1) return 1; }; return f();".replace("‸() => ", "() => ‸").as_str(),
        "CS1643",
        "Not all code paths return a value in lambda expression of type 'int'",
    );
}

#[test]
fn jumps_stay_inside() {
    check_statement_error("‸break; return 1;", "CS0139", "No enclosing loop out of which to break or continue");
    check_statement_error(
        "try { } finally { ‸return 1; } return 2;",
        "CS0157",
        "Control cannot leave the body of a finally clause",
    );
    check_statement_error(
        "‸throw; return 1;",
        "CS0156",
        "A throw statement with no arguments is not allowed outside of a catch clause",
    );
    check_statement_error("throw ‸\"a\";", "CS0155", "The type caught or thrown must be derived from System.Exception");
    check_statement_error(
        "try { return 1; } catch (Exception) { return 2; } catch (‸ArgumentException) { return 3; }",
        "CS0160",
        "A previous catch clause already catches all exceptions of this or of a super type ('Exception')",
    );
    check_statement_error(
        "switch (1) { case ‸1: var a = 1; case 2: break; } return 1;",
        "CS0163",
        "Control cannot fall through from one case label ('case 1:') to another",
    );
    check_statement_error(
        "switch (1) { case 1: break; case ‸1: break; } return 1;",
        "CS0152",
        "The switch statement contains multiple cases with the label value '1'",
    );
    check_statements(&[
        "switch (\"a\") { case \"a\": goto case \"b\"; case \"b\": goto default; default: return 1; }",
        "foreach (var c in \"abc\") { if (c == 'b') continue; if (c == 'c') break; } return 1;",
        "try { throw new Exception(); } catch (Exception e) when (e.Message == \"a\") { throw; }",
    ]);
}

#[test]
fn several_errors_are_reported_each() {
    let code = "int a = \"x\"; var b = foo; string c = 1; return a + b + c;";
    let found: Vec<String> =
        super::errors_of(code, crate::expression::Form::Statements, &crate::expression::types::Type::Object)
            .into_iter()
            .map(|(code, ..)| code)
            .collect();
    assert_eq!(found, ["CS0029", "CS0103", "CS0029"]);
}

#[test]
fn what_is_walked_over_is_a_sequence() {
    check_statements(&[
        "foreach (var x in new[] { 1 }) { int y = x; } return 1;",
        "foreach (char c in \"a\") { } return 1;",
        "foreach (long x in new[] { 1 }) { } return 1;",
        "foreach (var (a, b) in new[] { (1, \"x\") }) { string s = b; } return 1;",
        "foreach (object x in (System.Collections.IEnumerable)\"a\") { } return 1;",
    ]);
    check_statement_error(
        "foreach (var x in ‸1) { } return 1;",
        "CS1579",
        "foreach statement cannot operate on variables of type 'int' because 'int' does not contain a public instance or extension \
         definition for 'GetEnumerator'",
    );
}

#[test]
fn patterns_fit_what_they_look_at() {
    check_statements(&[
        "object o = 1; return o switch { 1 => \"a\", int i when i > 1 => \"b\", string { Length: > 2 } s => s, null => \"n\", _ => \"z\" };",
        "object o = 1; return o is 1 or 2 and not 3;",
        "object o = 1; switch (o) { case string s: return s; case int i when i > 1: return i; default: return 1; }",
        "var (a, b) = (1, \"x\"); (a, b) = (b.Length, \"y\"); return b;",
        "int? x = 1; return x is int y ? y : 0;",
        "var t = (1, 2); t.Item1 = 3; return t;",
    ]);
    check_statement_error(
        "var s = \"a\"; return s is ‸int i;",
        "CS8121",
        "An expression of type 'string' cannot be handled by a pattern of type 'int'.",
    );
}
