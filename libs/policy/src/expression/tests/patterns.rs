//! Patterns and switch expressions.

use super::{check, check_statements};

#[test]
fn constants_types_and_variables() {
    check("a is null", "(is a (const null))");
    check("a is 1 + 2", "(is a (const (+ 1 2)))");
    check("a is -1", "(is a (const (- 1)))");
    check("a is \"x\" || b", "(|| (is a (const \"x\")) b)");
    check("a is string", "(is a (type string))");
    check("a is B.C", "(is a (name B.C))");
    check("a is int.MaxValue", "(is a (const (. int MaxValue)))");
    check("a is List<int>", "(is a (name List<int>))");
    check("a is string b && b.Length > 0", "(&& (is a (declare string b)) (> (. b Length) 0))");
    check("a is string _", "(is a (declare string _))");
    check("a is var b", "(is a (var b))");
    check("a is _", "(is a _)");
    check("!(a is JObject b)", "(! (paren (is a (declare JObject b))))");
}

#[test]
fn combined_patterns_bind_not_before_and_before_or() {
    check("a is not null", "(is a (not (const null)))");
    check("a is > 1 and < 5 or 9", "(is a (or (and (> 1) (< 5)) (const 9)))");
    check("a is not B or C", "(is a (or (not (name B)) (name C)))");
    check("a is not (B or C)", "(is a (not (paren (or (name B) (name C)))))");
    check("a is { B: 1, C.D: not null } e", "(is a (has B:(const 1) C.D:(not (const null)) e))");
    check("a is B { }", "(is a (has B))");
}

#[test]
fn switch_expressions_bind_tighter_than_operators() {
    check("a switch { 1 => b, _ => c }", "(switch a (=> (const 1) b) (=> _ c))");
    check("a + b switch { _ => c, }", "(+ a (switch b (=> _ c)))");
    check(
        "a switch { string s when s.Length > (b) => x => s, not null => throw e }",
        "(switch a (=> (declare string s) (when (> (. s Length) (paren b))) (=> (x) s)) (=> (not (const null)) (throw e)))",
    );
}

#[test]
fn labels_take_whole_constants() {
    check_statements(
        "switch (a) { case 1: case B.C: d(); break; case string s when s == \"\": break; case D | E: goto case 1; default: return; }",
        "(switch a (section (case (const 1)) (case (name B.C)) (call d) (break)) \
         (section (case (declare string s) (when (== s \"\"))) (break)) \
         (section (case (const (| D E))) (goto-case 1)) (section default (return)))",
    );
    check_statements("switch (a) { }", "(switch a)");
    check_statements("switch (a) { case var x: break; }", "(switch a (section (case (var x)) (break)))");
    check_statements("switch (a) { case (int)1: break; }", "(switch a (section (case (const (cast int 1))) (break)))");
    check_statements("switch (a) { case (1): break; }", "(switch a (section (case (paren (const 1))) (break)))");
}
