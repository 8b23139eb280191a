//! Where the C# compiler would put its first error, and what it would say.

use crate::expression::{Form, parse};

/// `code` has a `‸` where the error begins.
#[track_caller]
fn check(form: Form, marked: &str, code: &str, message: &str) {
    let place = marked.find('‸').unwrap();
    let source = marked.replace('‸', "");
    match parse(&source, form) {
        Ok(_) => panic!("{source}: accepted"),
        Err(error) => assert_eq!(
            (error.code, error.span.start as usize, error.message.as_str()),
            (code, place, message),
            "{source}"
        ),
    }
}

#[track_caller]
fn expression(marked: &str, code: &str, message: &str) {
    check(Form::Expression, marked, code, message);
}

#[track_caller]
fn statements(marked: &str, code: &str, message: &str) {
    check(Form::Statements, marked, code, message);
}

#[test]
fn a_missing_semicolon_is_reported_behind_the_line_it_is_missing_on() {
    statements("var a = 1‸\nvar b = 2;", "CS1002", "; expected");
    statements("var a = 1‸ // comment\nvar b = 2;", "CS1002", "; expected");
    statements("return 1‸", "CS1002", "; expected");
    statements("var a = 1 ‸var b = 2;", "CS1002", "; expected");
    statements("a()‸\n}", "CS1002", "; expected");
    statements("f()‸);", "CS1002", "; expected");
}

#[test]
fn a_missing_bracket_is_named() {
    expression("f(a‸", "CS1026", ") expected");
    expression("f(a‸;", "CS1026", ") expected");
    expression("(a‸", "CS1026", ") expected");
    expression("a ‸b", "CS1026", ") expected");
    expression("a[1‸", "CS1003", "Syntax error, ']' expected");
    statements("if (a ‸{ }", "CS1026", ") expected");
    statements("if ‸a) { }", "CS1003", "Syntax error, '(' expected");
    statements("if (a) { b();‸", "CS1513", "} expected");
    statements("try ‸a(); catch { }", "CS1514", "{ expected");
    statements("a(); ‸}", "CS1022", "Type or namespace definition, or end-of-file expected");
}

#[test]
fn a_missing_comma_is_reported_where_the_next_item_starts() {
    expression("f(a ‸b)", "CS1003", "Syntax error, ',' expected");
    expression("new[] { 1 ‸2 }", "CS1003", "Syntax error, ',' expected");
    expression("a[\"response=\"‸\"\"]", "CS1003", "Syntax error, ',' expected");
    expression("new T { A = 1 ‸B = 2 }", "CS1003", "Syntax error, ',' expected");
}

#[test]
fn what_cannot_start_an_expression_is_quoted() {
    expression("‸", "CS1733", "Expected expression");
    expression("a +‸", "CS1733", "Expected expression");
    expression("a + ‸)", "CS1525", "Invalid expression term ')'");
    expression("f(‸, a)", "CS1525", "Invalid expression term ','");
    expression("a + ‸int", "CS1525", "Invalid expression term 'int'");
    expression("a == ‸= b", "CS1525", "Invalid expression term '='");
    expression("f(a, ‸)", "CS1525", "Invalid expression term ')'");
    statements("return a ?? ‸;", "CS1525", "Invalid expression term ';'");
    statements("‸else { }", "CS8641", "'else' cannot start a statement");
}

#[test]
fn names_and_types_that_are_missing() {
    expression("a.‸", "CS1001", "Identifier expected");
    expression("a.‸(b)", "CS1001", "Identifier expected");
    expression("a.‸class", "CS1041", "Identifier expected; 'class' is a keyword");
    expression("typeof(‸)", "CS1031", "Type expected");
    expression("typeof(‸void)", "CS1547", "Keyword 'void' cannot be used in this context");
    statements(
        "foreach (a‸ in b) { }".replace("a‸ ", "a ‸").as_str(),
        "CS0230",
        "Type and identifier are both required in a foreach statement",
    );
    statements("foreach (var a ‸b) { }", "CS1515", "'in' expected");
}

#[test]
fn statements_that_are_none() {
    statements(
        "‸a == b;",
        "CS0201",
        "Only assignment, call, increment, decrement, await, and new object expressions can be used as a statement",
    );
    statements(
        "‸a.b;",
        "CS0201",
        "Only assignment, call, increment, decrement, await, and new object expressions can be used as a statement",
    );
    statements("if (a) ‸var b = 1;", "CS1023", "Embedded statement cannot be a declaration or labeled statement");
    statements("try { }‸", "CS1524", "Expected catch or finally");
    statements(
        "int a‸[] = b;",
        "CS0650",
        "Bad array declarator: To declare a managed array the rank specifier precedes the variable's identifier",
    );
    statements("const int ‸a;", "CS0145", "A const field requires a value to be provided");
    statements("‸await f();", "CS4033", "The 'await' operator can only be used within an async method");
}

#[test]
fn creations_that_are_incomplete() {
    expression("new T‸", "CS1526", "A new expression requires an argument list or (), [], or {} after type");
    expression("new int‸[]", "CS1586", "Array creation must have array size or array initializer");
    expression("new T { ‸{ } }", "CS1920", "Element initializer cannot be empty");
    expression(
        "new { ‸1 + 2 }",
        "CS0746",
        "Invalid anonymous type member declarator. Anonymous type members must be declared with a member assignment, simple name or member access",
    );
    expression("a[‸]", "CS0443", "Syntax error; value expected");
    expression("‸(a: 1)", "CS8124", "Tuple must contain at least two elements");
}

#[test]
fn literals_that_are_broken() {
    expression("‸\"abc", "CS1010", "Newline in constant");
    expression("‸\"abc\n\"", "CS1010", "Newline in constant");
    expression("‸@\"abc", "CS1039", "Unterminated string literal");
    expression("\"a‸\\q\"", "CS1009", "Unrecognized escape sequence");
    expression("\"‸\\u12\"", "CS1009", "Unrecognized escape sequence");
    expression("\"‸\\U00110000\"", "CS1009", "Unrecognized escape sequence");
    expression("‸''", "CS1011", "Empty character literal");
    expression("f(‸'abc')", "CS1012", "Too many characters in character literal");
    expression("‸'a", "CS1010", "Newline in constant");
    expression("‸'😀'", "CS1012", "Too many characters in character literal");
    expression("‸18446744073709551616", "CS1021", "Integral constant is too large");
    expression("‸1e999", "CS0594", "Floating-point constant is outside the range of type 'double'");
    expression("‸1e39f", "CS0594", "Floating-point constant is outside the range of type 'float'");
    expression("‸1e29m", "CS0594", "Floating-point constant is outside the range of type 'decimal'");
    expression("‸0x", "CS1013", "Invalid number");
    expression("‸1_", "CS1013", "Invalid number");
    expression("‸1e", "CS1013", "Invalid number");
    expression("a ‸/* b", "CS1035", "End-of-file found, '*/' expected");
    expression(
        "a ‸# b",
        "CS1040",
        "Preprocessor directives must appear as the first non-whitespace character on a line",
    );
    expression("a\n‸#else\n", "CS1028", "Unexpected preprocessor directive");
    expression("‸`a`", "CS1056", "Unexpected character '`'");
}

#[test]
fn interpolated_strings_that_are_broken() {
    let missing = "Missing close delimiter '}' for interpolated expression started with '{'";
    expression("$\"a‸}b\"", "CS8086", "A '}' character must be escaped (by doubling) in an interpolated string");
    expression("$\"‸{a", "CS8076", missing);
    expression("$\"{‸}\"", "CS1733", "Expected expression");
    expression("$\"{a‸:}\"", "CS8089", "Empty format specifier");
    expression("$\"{a ‸b}\"", "CS1003", "Syntax error, '}' expected");
    expression("‸$\"a", "CS1010", "Newline in constant");
    expression(
        "$\"{‸a ? b : c}\"",
        "CS8361",
        "A conditional expression cannot be used directly in a string interpolation because the ':' ends the interpolation. \
         Parenthesize the conditional expression",
    );
}

#[test]
fn the_first_error_of_the_text_wins() {
    expression("f(a ‸b) + 'xyz'", "CS1003", "Syntax error, ',' expected");
    expression("f(a, ‸'xyz') + g(a b)", "CS1012", "Too many characters in character literal");
}

#[test]
fn words_of_classes_have_no_meaning() {
    expression("‸this.a", "CS0027", "Keyword 'this' is not available in the current context");
    expression("‸base.a", "CS1511", "Keyword 'base' is not available in a static method");
    expression("a + ‸throw b", "CS8115", "A throw expression is not allowed in this context");
}
