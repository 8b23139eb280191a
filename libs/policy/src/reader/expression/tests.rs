//! Where expressions end.

use super::{Encoding, Unbalanced, What, extent};
use crate::limits;

/// The part of `text` that belongs to the expression.
fn cut(text: &str) -> Result<&str, Unbalanced> {
    extent(text, 0, Encoding::Entities).map(|extent| &text[..extent.end])
}

#[test]
fn an_expression_ends_where_its_brackets_balance() {
    for expression in [
        "@(1)",
        "@((1 + 2) * a[0])",
        "@{ if (a) { return b; } return c; }",
        r#"@(a == ")")"#,
        r#"@(a == "\")")"#,
        r#"@(a == @"\")"#,
        r#"@(a == @"x"")")"#,
        r#"@($"{a}{{)}}{b[")"]}")"#,
        r#"@($"{x:yyyy-MM-dd')'}")"#,
        r#"@($"{(a ? ")" : "(")}")"#,
        r#"@($"{a,-5:N2}{global::b}")"#,
        r#"@($@"c:\{a}"")")"#,
        r#"@(@$"\{a}")"#,
        r#"@(a == ')' && b == '\'' && c == '"')"#,
        "@{ // )} \" ' \n return 1; }",
        "@{ /* )} \" * ' */ return 1; }",
        "@(a == &quot;)&quot; &amp;&amp; b &lt; c)",
        "@(a == \"ä)\")",
        "@(new[] { \"(\" })",
        "@(\"https://x/y\")",
        "@(\"a\" + <![CDATA[\"&quot;)\" + b[0]]]> + c)",
        "@(<![CDATA[a && (b]]>) &lt; c)",
        "@(\"a\" + <![CDATA[\"b\")]]>",
        "@(<![CDATA[(]]><![CDATA[a)) \n]]>",
        "@(\"<![CDATA[)\" + a)",
        "@{\n#region it's (\nreturn 1;\n  # endregion }\n}",
        "@{\n#if false\n it's \" } {{\n#elif true // (\nreturn 1;\n#else\n ) '\n#endif\n}",
        "@{&#10;#if A&#xD;&#10; it's&#10;#endif&#10;return 1; }",
        "@{ return $@\"\n#if false\n{(\n1)}\n\"; }",
        "@{ var a = 1; #if }",
    ] {
        assert_eq!(cut(&format!("{expression}) \" }} tail")), Ok(expression));
    }
}

#[test]
fn an_expression_without_end_says_where_it_breaks() {
    for (text, offset, what) in [
        ("@(a", 2, What::Open),
        ("@(a]", 3, What::Mismatch),
        ("@(\"a\n\")", 2, What::Literal),
        ("@('a", 2, What::Literal),
        ("@(@\"a)", 2, What::Literal),
        ("@(/* a)", 2, What::Literal),
        ("@($\"{a\")", 6, What::Literal),
        ("@($\"{a:\")", 6, What::Literal),
        ("@{\n#if false\n } }", 3, What::Directive),
    ] {
        assert_eq!(cut(text), Err(Unbalanced { offset, what }), "{text}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("@{}{}", "(".repeat(depth), ")".repeat(depth));
    assert!(cut(&nested(limits::EXPRESSION_DEPTH_MAX + 1)).is_ok());
    assert_eq!(cut(&nested(limits::EXPRESSION_DEPTH_MAX + 2)).unwrap_err().what, What::Depth);
    assert_eq!(cut(&format!("@({}", "$\"{".repeat(100_000))).unwrap_err().what, What::Depth);
}
