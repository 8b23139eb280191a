//! Every limit at its edge, and codes made to hurt.

use std::time::{Duration, Instant};

use crate::expression::{Form, SyntaxError, limits, parse};

/// Parses on a stack of 2 MiB, which is what threads get.
fn on_a_thread(code: String, form: Form) -> Result<(), SyntaxError> {
    std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(move || parse(&code, form).map(drop))
        .unwrap()
        .join()
        .unwrap()
}

/// Asserts that `code(fits)` is parsed and `code(fits + 1)` is too complex.
#[track_caller]
fn check_edge(form: Form, fits: usize, code: impl Fn(usize) -> String) {
    assert_eq!(on_a_thread(code(fits), form), Ok(()));
    assert_eq!(on_a_thread(code(fits + 1), form).map_err(|error| error.code), Err("CS8078"));
}

#[test]
fn code_may_be_as_long_as_allowed() {
    check_edge(Form::Expression, limits::CODE_BYTES_MAX - 2, |length| format!("\"{}\"", "x".repeat(length)));
}

#[test]
fn constructs_nest_as_deep_as_allowed() {
    let nesting = limits::NESTING_MAX as usize;
    // The expression itself is one level.
    check_edge(Form::Expression, nesting - 1, |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth)));
    check_edge(Form::Expression, nesting - 1, |depth| format!("{}a", "!".repeat(depth)));
    check_edge(Form::Expression, nesting - 1, |depth| format!("{}a", "a ?? ".repeat(depth)));
}

#[test]
fn trees_grow_as_high_as_allowed() {
    let height = limits::TREE_HEIGHT_MAX as usize;
    // One level for the first operand.
    check_edge(Form::Expression, height - 1, |length| format!("a{}", " + a".repeat(length)));
    check_edge(Form::Expression, height - 1, |length| format!("a{}", ".b".repeat(length)));
}

#[test]
fn interpolated_strings_nest_as_deep_as_allowed() {
    check_edge(Form::Expression, limits::INTERPOLATION_DEPTH_MAX, |depth| {
        format!("{}a{}", "$\"{".repeat(depth), "}\"".repeat(depth))
    });
}

#[test]
fn arrays_have_as_many_dimensions_as_allowed() {
    check_edge(Form::Expression, limits::ARRAY_RANK_MAX, |rank| format!("typeof(int[{}])", ",".repeat(rank - 1)));
    check_edge(Form::Expression, limits::ARRAY_RANK_MAX, |rank| format!("new int[1{}]", ", 1".repeat(rank - 1)));
}

#[test]
fn a_long_list_is_not_high() {
    assert_eq!(on_a_thread(format!("f({}0)", "0, ".repeat(50_000)), Form::Expression), Ok(()));
    assert_eq!(on_a_thread("a();".repeat(50_000), Form::Statements), Ok(()));
}

#[test]
fn a_type_that_is_scanned_too_deep_is_an_expression() {
    let depth = limits::TYPE_SCAN_DEPTH_MAX as usize;
    let nested = |depth: usize| format!("{}int{}", "a<".repeat(depth), ">".repeat(depth));
    assert_eq!(on_a_thread(format!("({})b", nested(depth)), Form::Expression), Ok(()));
    assert!(on_a_thread(format!("({})b", nested(depth + 1)), Form::Expression).is_err());
}

#[test]
fn messages_quote_no_long_text() {
    let error = parse(&format!("a + ={}", "x".repeat(100)), Form::Expression).unwrap_err();
    assert_eq!(error.message, "Invalid expression term '='");
    let error = parse(&format!("a + int{}", "x".repeat(100)), Form::Statements).unwrap_err();
    assert!(error.message.chars().count() < 100, "{}", error.message);
}

#[test]
fn code_made_to_be_slow_is_not() {
    let size = limits::CODE_BYTES_MAX / 8;
    let codes = [
        "(".repeat(size),
        "a<".repeat(size),
        "(a<b,".repeat(size),
        "a<b,c,d,".repeat(size),
        "{".repeat(size),
        "$\"{".repeat(size),
        "a is (".repeat(size),
        "a is (b,".repeat(size),
        "new (a,".repeat(size),
        "new (a,(b,".repeat(size / 2),
        "(a,(b,".repeat(size),
        "a=>".repeat(size),
        "a?".repeat(size),
        "new{a=".repeat(size),
        "if(a)".repeat(size),
        "a?.b".repeat(size),
        "switch(a){case ".repeat(size / 2),
        "from a in ".repeat(size / 2),
        "a[b[".repeat(size),
        "[,".repeat(size),
        "((((a))))b".repeat(size / 2),
        "/*".repeat(size),
        "\"\"+".repeat(size),
        "a.b<c>.".repeat(size),
        format!("{}>", "int,".repeat(size)),
        format!("a<{}b;", "int,".repeat(size)),
    ];
    for code in codes {
        for form in [Form::Expression, Form::Statements] {
            let start = Instant::now();
            let shown: String = code.chars().take(12).collect();
            let code = code.get(..code.len().min(limits::CODE_BYTES_MAX)).unwrap().to_owned();
            let _ = on_a_thread(code, form);
            assert!(start.elapsed() < Duration::from_secs(2), "{shown} {form:?}: {:?}", start.elapsed());
        }
    }
}
