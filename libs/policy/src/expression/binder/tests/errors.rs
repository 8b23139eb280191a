//! Codes made to hurt: deep and wide ones bind on a small stack and in time.

use std::time::{Duration, Instant};

use crate::expression::binder::bind;
use crate::expression::types::Type;
use crate::expression::{Form, limits, parse};

/// Binds on a stack of 2 MiB, which is what threads get; the code of the first error, if any.
fn on_a_thread(code: String, form: Form) -> Option<&'static str> {
    std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(move || {
            let tree = parse(&code, form).unwrap_or_else(|error| panic!("{error} {}", &code[..30]));
            bind(&tree, &Type::Object).err().and_then(|errors| errors.first().map(|error| error.code))
        })
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn the_highest_trees_bind() {
    let height = limits::TREE_HEIGHT_MAX as usize - 2;
    let nesting = limits::NESTING_MAX as usize - 2;
    let codes = [
        format!("1{}", " + 1".repeat(height)),
        format!("\"a\"{}", " + \"a\".Length".repeat(height - 3)),
        format!("\"a\"{}", ".Trim()".repeat(height / 2 - 1)),
        format!("\"a\"{}", "?.Trim()".repeat(height / 5)),
        format!("{}1{}", "(".repeat(nesting), ")".repeat(nesting)),
        format!("{}true", "!".repeat(nesting)),
        format!("{}\"a\"", "(string)null ?? ".repeat(nesting / 2)),
        format!("{}1{}", "(object)(".repeat(nesting / 2), ")".repeat(nesting / 2)),
        format!("{}1", "true ? 2 : ".repeat(nesting / 2)),
        format!("{}1{}", "new object[] { ".repeat(nesting / 3), " }".repeat(nesting / 3)),
        format!("{}1{}", "new { A = ".repeat(nesting / 2), " }".repeat(nesting / 2)),
        format!("{}1{}", "(1, ".repeat(nesting / 2), ")".repeat(nesting / 2)),
        format!("{}\"a\"{}", "string.Concat(".repeat(nesting / 2), ", \"b\")".repeat(nesting / 2)),
    ];
    for code in codes {
        let shown: String = code.chars().take(30).collect();
        assert_eq!(on_a_thread(code, Form::Expression), None, "{shown}");
    }
    let lambdas = nesting / 4;
    let deep: Vec<String> = (0..lambdas).map(|level| format!("new[] {{ 1 }}.Select(x{level} => ")).collect();
    let code = format!("{}1{}", deep.concat(), ")".repeat(lambdas));
    assert_eq!(on_a_thread(code, Form::Expression), None, "lambdas");
    let deep: Vec<String> = (0..lambdas).map(|level| format!("new[] {{ 1 }}.Where(x{level} => x{level} > ")).collect();
    let code = format!("{}1{}", deep.concat(), ").First()".repeat(lambdas));
    assert_eq!(on_a_thread(code, Form::Expression), None, "lambdas");
    let statements = [
        format!("{}return 1;{}", "{".repeat(nesting / 2), "}".repeat(nesting / 2)),
        format!("{}return 1;return 2;", "if (true) ".repeat(nesting / 2)),
        format!("{}{{ return 1; }}", "while (true) ".repeat(nesting / 2)),
    ];
    for code in statements {
        let shown: String = code.chars().take(30).collect();
        assert_eq!(on_a_thread(code, Form::Statements), None, "{shown}");
    }
}

#[test]
fn code_made_to_be_slow_to_bind_is_not() {
    let depth = 24;
    let nested = |call: &str| {
        let mut code = "1".to_owned();
        for level in 0..depth {
            code = call.replace("$v", &format!("x{level}")).replace("$b", &code);
        }
        format!("return {code};")
    };
    let codes = [
        nested("Array.ConvertAll(new[] { 1 }, $v => $b)"),
        nested("Array.ConvertAll(new object[] { 1 }, $v => { var a$v = $b; return a$v; })"),
        nested("new[] { 1 }.Select($v => $b)"),
        nested("new[] { 1 }.Sum($v => $b)"),
        nested("new[] { 1 }.Where($v => new[] { $b }.Length > 1).Count()"),
        nested("new[] { 1 }.GroupBy($v => $b)"),
        nested("new[] { 1 }.ToDictionary($v => $v, $v$v => $b).Count"),
        nested("new[] { 1 }.Aggregate(0, ($v, $v$v) => $b)"),
        nested("new[] { 1 }.SelectMany($v => new[] { $b })"),
        nested("new[] { 1 }.Select(($v, i$v) => $b).OrderBy($v$v => 1)"),
        nested("(from $v in new[] { 1 } let k$v = $v where $v > 1 select $b)"),
        nested("((Func<int, object>)($v => $b))"),
        nested("new[] { 1 }.Select($v => { Func<int> f$v = () => 1; var t$v = $b; return t$v; })"),
        "var a = 1;".to_owned()
            + &(0..4000).map(|index| format!("var b{index} = a;")).collect::<String>()
            + "return a;",
        (0..6000).map(|index| format!("int a{index};")).collect::<String>()
            + &"if (\"a\" == null) { }".repeat(4000)
            + "return 1;",
        format!(
            "int v = 1; {} return F0();",
            (0..2000)
                .map(|index| format!("int v{index} = 1; int F{index}() => v{index} + F{}();", (index + 1) % 2000))
                .collect::<String>()
        ),
        format!(
            "switch (\"a\") {{ {} }} return 1;",
            (0..6000).map(|index| format!("case \"{index}\": break;")).collect::<String>()
        ),
        format!(
            "return new object[] {{ new[] {{ {} }} }};",
            (0..4000).map(|index| format!("new {{ A{index} = 1 }},")).collect::<String>()
        ),
        format!("int x; {} return 1;", "if (\"a\".Length > 1) { x = 1; } ".repeat(4000)),
        format!("return \"\"{};", " + \"a\".Length".repeat(400)),
        format!("return new object[] {{ {} }};", "1, ".repeat(40_000)),
    ];
    for code in codes {
        let shown: String = code.chars().take(40).collect();
        let start = Instant::now();
        let _ = on_a_thread(code, Form::Statements);
        assert!(start.elapsed() < Duration::from_secs(4), "{shown}: {:?}", start.elapsed());
    }
}
