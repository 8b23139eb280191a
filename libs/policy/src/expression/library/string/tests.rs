//! Natives of `string`, called as compiled code calls them.

use crate::expression::library::testing::{c, call, call_typed, chars, constant, objects, s, shown, strings};
use crate::expression::types::Type;
use crate::expression::value::Value;

fn run(signature: &str, arguments: &[Value]) -> String {
    shown(call("System.String", signature, arguments))
}

fn check(cases: &[(&str, &[Value], &str)]) {
    for (signature, arguments, expected) in cases {
        assert_eq!(run(signature, arguments), *expected, "{signature} {arguments:?}");
    }
}

#[test]
fn properties_and_constructors() {
    check(&[
        ("int Length", &[s("aé😀")], "4"),
        ("char this[int index]", &[s("abc"), Value::Int(1)], "b"),
        ("char this[int index]", &[s("abc"), Value::Int(3)], "!Index was outside the bounds of the array."),
        ("(char c, int count)", &[c('x'), Value::Int(3)], "xxx"),
        (
            "(char c, int count)",
            &[c('x'), Value::Int(-1)],
            "!count ('-1') must be a non-negative value. (Parameter 'count')\nActual value was -1.",
        ),
        ("(char c, int count)", &[c('x'), Value::Int(i32::MAX)], "!Memory"),
        ("(char[] value)", &[chars("ab")], "ab"),
        ("static string Empty", &[], ""),
        ("char[] ToCharArray()", &[s("ab")], "[a|b]"),
    ]);
}

#[test]
fn tests_and_comparisons() {
    let ignore_case = constant("System.StringComparison", 5);
    check(&[
        ("static bool IsNullOrEmpty(string value)", &[Value::Null], "True"),
        ("static bool IsNullOrWhiteSpace(string value)", &[s(" \t")], "True"),
        ("bool Equals(string value, StringComparison comparisonType)", &[s("A"), s("a"), ignore_case.clone()], "True"),
        ("bool Equals(object obj)", &[s("A"), Value::Int(1)], "False"),
        ("static int Compare(string strA, string strB)", &[s("a"), s("B")], "-1"),
        ("static int Compare(string strA, string strB)", &[Value::Null, s("B")], "-1"),
        ("static int Compare(string strA, string strB, bool ignoreCase)", &[s("a"), s("A"), true.into()], "0"),
        ("static int CompareOrdinal(string strA, string strB)", &[s("a"), s("B")], "31"),
        ("int CompareTo(string strB)", &[s("b"), s("a")], "1"),
        (
            "bool StartsWith(string value, StringComparison comparisonType)",
            &[s("Bearer x"), s("bearer "), ignore_case],
            "True",
        ),
        ("bool StartsWith(string value)", &[s("x"), Value::Null], "!Value cannot be null. (Parameter 'value')"),
        ("bool EndsWith(char value)", &[s("ab/"), c('/')], "True"),
        ("bool Contains(char value)", &[s("ab"), c('b')], "True"),
    ]);
}

#[test]
fn searches() {
    check(&[
        ("int IndexOf(char value)", &[s("a.b.c"), c('.')], "1"),
        ("int IndexOf(char value, int startIndex)", &[s("a.b.c"), c('.'), Value::Int(2)], "3"),
        ("int IndexOf(string value)", &[s("abc"), s("x")], "-1"),
        ("int LastIndexOf(char value)", &[s("a.b.c"), c('.')], "3"),
        ("int LastIndexOf(string value)", &[s("abab"), s("ab")], "2"),
        ("int LastIndexOf(string value)", &[s("abc"), s("")], "3"),
        ("int IndexOfAny(char[] anyOf)", &[s("abc"), chars("xc")], "2"),
        ("int LastIndexOf(char value)", &[s(""), c('.')], "-1"),
    ]);
}

#[test]
fn edits() {
    check(&[
        ("string Substring(int startIndex, int length)", &[s("hello"), Value::Int(1), Value::Int(3)], "ell"),
        (
            "string Substring(int startIndex)",
            &[s("abc"), Value::Int(4)],
            "!startIndex cannot be larger than length of string. (Parameter 'startIndex')",
        ),
        ("string Replace(string oldValue, string newValue)", &[s("a-b"), s("-"), Value::Null], "ab"),
        ("string Replace(char oldChar, char newChar)", &[s("a-b"), c('-'), c('_')], "a_b"),
        ("string Insert(int startIndex, string value)", &[s("ac"), Value::Int(1), s("b")], "abc"),
        ("string Remove(int startIndex)", &[s("abc"), Value::Int(1)], "a"),
        ("string Trim()", &[s(" a ")], "a"),
        ("string Trim(char trimChar)", &[s("\"a\""), c('"')], "a"),
        ("string TrimEnd(params char[] trimChars)", &[s("a/.."), chars("./")], "a"),
        ("string TrimStart(params char[] trimChars)", &[s("  a"), chars("")], "a"),
        ("string PadLeft(int totalWidth, char paddingChar)", &[s("7"), Value::Int(3), c('0')], "007"),
        ("string PadRight(int totalWidth)", &[s("7"), Value::Int(3)], "7  "),
        ("string ToUpper()", &[s("straße")], "STRAßE"),
        ("string ToLowerInvariant()", &[s("ABC")], "abc"),
        ("string ReplaceLineEndings()", &[s("a\r\nb\rc")], "a\nb\nc"),
    ]);
}

#[test]
fn growth_is_paid_for_before_it_happens() {
    let long = s(&"a".repeat(10_000));
    let replaced = run("string Replace(string oldValue, string newValue)", &[long.clone(), s("a"), long.clone()]);
    assert_eq!(replaced, "!Memory");
    assert_eq!(run("string PadLeft(int totalWidth)", &[s("x"), Value::Int(i32::MAX)]), "!Memory");
    assert_eq!(
        run("static string Format(string format, object arg0)", &[s(&"{0,999999}".repeat(100)), long]),
        "!Memory"
    );
}

#[test]
fn splits() {
    let remove = constant("System.StringSplitOptions", 1);
    check(&[
        ("string[] Split(params char[] separator)", &[s("a,b;c"), chars(",;")], "[a|b|c]"),
        (
            "string[] Split(char separator, StringSplitOptions options = StringSplitOptions.None)",
            &[s("a,,b"), c(','), remove.clone()],
            "[a|b]",
        ),
        (
            "string[] Split(string[] separator, StringSplitOptions options)",
            &[s("a::b"), strings(&["::"]), remove.clone()],
            "[a|b]",
        ),
        ("string[] Split(string[] separator, StringSplitOptions options)", &[s("a b"), Value::Null, remove], "[a|b]"),
        (
            "string[] Split(string separator, StringSplitOptions options = StringSplitOptions.None)",
            &[s("a, b"), s(", "), constant("System.StringSplitOptions", 0)],
            "[a|b]",
        ),
    ]);
}

#[test]
fn joins_and_formats() {
    check(&[
        ("static string Concat(object arg0, object arg1)", &[s("a"), Value::Null], "a"),
        ("static string Concat(params string[] values)", &[strings(&["a", "b", "c"])], "abc"),
        ("static string Join(string separator, params string[] value)", &[s(", "), strings(&["a", "b"])], "a, b"),
        (
            "static string Join(char separator, params object[] values)",
            &[c('/'), objects(&[Value::Int(1), Value::Null, true.into()])],
            "1//True",
        ),
        (
            "static string Format(string format, object arg0)",
            &[s("{0:N2} {{x}}"), Value::Double(1234.5)],
            "1,234.50 {x}",
        ),
        (
            "static string Format(string format, object arg0, object arg1)",
            &[s("{1,-3}|{0,3}"), Value::Int(1), s("a")],
            "a  |  1",
        ),
        (
            "static string Format(string format, params object[] args)",
            &[s("{0}{1}{2}{3}"), objects(&[Value::Int(1), s("b"), c('c'), Value::Null])],
            "1bc",
        ),
        (
            "static string Format(string format, object arg0)",
            &[s("{1}"), s("x")],
            "!Index (zero based) must be greater than or equal to zero and less than the size of the argument list.",
        ),
    ]);
    let joined = call_typed(
        ("System.String", 0),
        "static string Join<T>(string separator, IEnumerable<T> values)",
        &[Type::INT],
        &[s("-"), objects(&[Value::Int(1), Value::Int(2)])],
    );
    assert_eq!(shown(joined), "1-2");
}
