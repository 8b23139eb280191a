//! The reader against hand-written cases and against every document of the corpus.

use super::tree::Form;
use super::{Element, read};
use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::limits;

fn parse(text: &str) -> (Option<Element>, Vec<Diagnostic>) {
    let mut findings = Findings::new(text);
    let root = read(text, &mut findings);
    (root, findings.into_list())
}

fn corpus() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/policies");
    let mut documents: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    documents.sort();
    assert!(documents.len() > 500);
    documents
}

/// Documents that are broken in themselves, with the reason.
const REJECTED: &[(&str, &str, u32)] = &[
    // `<llm-emit-token-metric>` is closed by `</azure-openai-emit-token-metric>`.
    ("ai-hub__infra__modules__apim__policies__frag-llm-usage.xml", "element-mismatch", 62),
    // A formatter tore the strings apart: `Variables["latlong=""` and a line break.
    ("snippets__examples__Call_out_to_an_HTTP_endpoint_and_cache_the_response.policy.xml", "expression-syntax", 41),
    // `{ea}` is left over from the template of a generated test.
    ("toolkit-test__SetHeaderTests_02.xml", "attribute-syntax", 3),
    ("toolkit-test__SetQueryParameterTests_02.xml", "attribute-syntax", 3),
];

#[test]
fn every_corpus_document_is_read_but_the_broken_ones() {
    for (name, text) in corpus() {
        let (root, diagnostics) = parse(&text);
        let rejected = REJECTED.iter().find(|(file, ..)| *file == name);
        match (root, rejected) {
            (Some(_), None) => assert_eq!(diagnostics, [], "{name}"),
            (None, Some((_, code, line))) => {
                assert_eq!((diagnostics[0].code, diagnostics[0].line), (*code, *line), "{name}: {diagnostics:?}");
            }
            (root, _) => panic!("{name}: read {} with {diagnostics:?}", root.is_some()),
        }
    }
}

/// All expressions of a tree with their offsets.
fn expressions(element: &Element, found: &mut Vec<(u32, String)>) {
    let attributes = element.attributes.iter().map(|attribute| &attribute.value);
    for value in attributes.chain([&element.text]).filter(|value| value.form != Form::Literal) {
        found.push((value.offset, value.text.clone()));
    }
    for child in &element.children {
        expressions(child, found);
    }
}

#[test]
fn every_expression_of_the_corpus_is_cut_out_as_recorded() {
    let recorded = include_str!("../../tests/corpus/expressions.jsonl");
    let mut expected: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    for line in recorded.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        expected
            .entry(row["file"].as_str().unwrap().to_owned())
            .or_default()
            .push(row["code"].as_str().unwrap().to_owned());
    }
    let mut compared = 0;
    // The recording leaves out the toolkit's test documents.
    for (name, text) in corpus().into_iter().filter(|(name, _)| !name.starts_with("toolkit-test__")) {
        let Some(root) = parse(&text).0 else { continue };
        let mut found = Vec::new();
        expressions(&root, &mut found);
        found.sort();
        let found: Vec<&str> = found.iter().map(|(_, code)| code.trim()).collect();
        let recorded = expected.remove(&name).unwrap_or_default();
        let recorded: Vec<&str> = recorded.iter().map(|code| code.trim()).collect();
        assert_eq!(found, recorded, "{name}");
        compared += found.len();
    }
    assert!(compared > 900, "only {compared} compared");
    assert!(
        expected.keys().all(|name| REJECTED.iter().any(|(rejected, ..)| rejected == name)),
        "{:?}",
        expected.keys()
    );
}

fn root(text: &str) -> Element {
    let (root, diagnostics) = parse(text);
    assert_eq!(diagnostics, [], "{text}");
    root.unwrap()
}

#[test]
fn an_expression_fills_an_attribute_whatever_it_contains() {
    for (written, form, code) in [
        (r#""@(a == "b" && c < d)""#, Form::Expression, r#"a == "b" && c < d"#),
        (r#"' @(a == "b") '"#, Form::Expression, r#"a == "b""#),
        (r#""@(a == &quot;b&quot; &amp;&amp; c &lt; d)""#, Form::Expression, r#"a == "b" && c < d"#),
        (r#""@(a == "b" &amp;&amp; c &lt; d)""#, Form::Expression, r#"a == "b" && c < d"#),
        ("\"@{\n return \"}\";\n}\"", Form::Statements, "\n return \"}\";\n"),
        (r#""@("a &quot; b".Replace("&quot;", "x"))""#, Form::Expression, r#""a &quot; b".Replace("&quot;", "x")"#),
        (r#""plain @(text)""#, Form::Literal, "plain @(text)"),
        (r#""k-@(a("b", ""))""#, Form::Literal, r#"k-@(a("b", ""))"#),
        (r#""k-@{ return "b"; }-l""#, Form::Literal, r#"k-@{ return "b"; }-l"#),
        (r#""a@(b""#, Form::Literal, "a@(b"),
        (r#""@plain""#, Form::Literal, "@plain"),
        (r#""a &lt; &#x41;""#, Form::Literal, "a < A"),
    ] {
        let root = parse(&format!("<policies><x a={written} b='1'/></policies>")).0.unwrap();
        let value = &root.children[0].attributes[0].value;
        assert_eq!((value.form, value.text.as_str()), (form, code), "{written}");
        assert_eq!(root.children[0].attributes[1].value.text, "1");
    }
}

#[test]
fn an_expression_inside_a_text_is_remarked_upon() {
    let mut findings = Vec::new();
    for text in [
        "<policies a='b'/>",
        "<policies a='x @(b(\'c\'))'/>",
        "<policies a=\"x@(b(\"c\"))\" d='e'/>",
        "<policies a='x @{b} @(c)'/>",
        "<policies a='@(b)c'/>",
        "<policies a=\"@(b(\"c\"))-@(b(\"d\"))\" d='e'/>",
        "<policies><v>@(b) c</v></policies>",
        "<policies><v>@(b)-@(c)</v></policies>",
    ] {
        let (tree, found) = parse(text);
        assert!(tree.is_some(), "{text}");
        findings.extend(found.iter().map(|one| (one.severity, one.code, one.column)));
    }
    let warning = |column| (Severity::Warning, "expression-not-whole-value", column);
    assert_eq!(findings, [16, 15, 16, 14, 14, 14, 14].map(warning));
}

#[test]
fn an_expression_fills_the_text_of_an_element() {
    for (written, form, code) in [
        ("@(As<JObject>(\"</value>\"))", Form::Expression, "As<JObject>(\"</value>\")"),
        ("\n <!-- why --> @{ return a < b && c > d; } <!-- end -->\n", Form::Statements, " return a < b && c > d; "),
        ("<![CDATA[ @(a && \"&amp;\") ]]>", Form::Expression, "a && \"&amp;\""),
        ("<![CDATA[x @(a)]]>", Form::Literal, "x @(a)"),
        ("@(\"a\" + <![CDATA[\"<b>&amp;\"]]> + \"&lt;\")", Form::Expression, "\"a\" + \"<b>&amp;\" + \"<\""),
        ("@{<![CDATA[ return a < b; }]]>", Form::Statements, " return a < b; "),
        ("@(\"<![CDATA[\" + a + \"]]>\")", Form::Expression, "\"<![CDATA[\" + a + \"]]>\""),
        ("a<![CDATA[<b>]]>c &amp; d", Form::Literal, "a<b>c & d"),
        ("1 < 2 && 3 <= 4", Form::Literal, "1 < 2 && 3 <= 4"),
    ] {
        let root = root(&format!("<policies><value>{written}</value></policies>"));
        assert_eq!((root.children[0].text.form, root.children[0].text.text.as_str()), (form, code), "{written}");
    }
}

#[test]
fn a_message_body_may_hold_any_markup() {
    for (written, text) in [
        ("<set-body>{\"a\": \"b &amp; c\"}</set-body>", "{\"a\": \"b & c\"}"),
        ("<set-body><a b=\"1\">x &amp; y</a></set-body>", "<a b=\"1\">x &amp; y</a>"),
        (
            "<set-body template=\"liquid\">{% if a < b && c %}<br>{% endif %}</set-body>",
            "{% if a < b && c %}<br>{% endif %}",
        ),
        ("<set-body><![CDATA[<a>]]></set-body>", "<a>"),
        ("<set-body>x<![CDATA[</set-body>]]></set-body >", "x</set-body>"),
        ("<set-body>\n <!-- c -->@(a)</set-body>", "a"),
        ("<set-body> x <!-- </set-body> --> y</set-body>", " x  y"),
        ("<set-body></set-body>", ""),
        ("<set-body/>", ""),
    ] {
        assert_eq!(root(&format!("<fragment>{written}</fragment>")).children[0].text.text, text, "{written}");
    }
}

#[test]
fn positions_point_at_names_and_values() {
    let text = "\u{feff}<?xml version=\"1.0\"?>\n<!-- c -->\n<policies>\n  <a b = 'c'>\n text</a></policies>\n";
    let root = root(text);
    let a = &root.children[0];
    let at = |offset: u32, what: &str| assert!(text[offset as usize..].starts_with(what), "{what}");
    at(root.offset, "<policies>");
    at(a.offset, "<a ");
    at(a.attributes[0].offset, "b =");
    at(a.attributes[0].value.offset, "c'");
}

#[test]
fn a_syntax_error_says_where_and_what_was_expected() {
    for (text, code, line, column, message) in [
        ("", "root-missing", 1, 1, "expected `<policies>` or `<fragment>`, found nothing"),
        ("hello world", "root-missing", 1, 1, "found `hello`"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><policies/>", "doctype", 1, 1, "not allowed"),
        ("<policies/>x", "content-after-root", 1, 12, "found `x`"),
        ("<policies/><policies/>", "content-after-root", 1, 12, "end of the document"),
        (
            "<policies>\n <inbound>\n</policies>",
            "element-mismatch",
            3,
            1,
            "expected `</inbound>` for the element opened on line 2",
        ),
        ("<policies>", "element-not-closed", 1, 1, "never closed with `</policies>`"),
        ("<policies", "element-not-closed", 1, 10, "never closed with `>`"),
        ("<policies a>", "attribute-syntax", 1, 12, "expected `=`"),
        ("<policies a=b>", "attribute-syntax", 1, 13, "must stand in quotes"),
        ("<policies a='b'c='d'/>", "attribute-syntax", 1, 16, "expected white space"),
        ("<policies 1='b'/>", "attribute-syntax", 1, 11, "expected an attribute name"),
        ("<policies a='1' a='2'/>", "attribute-twice", 1, 17, "stands twice"),
        ("<policies a='b", "attribute-not-closed", 1, 13, "never closed"),
        ("<policies a='b>\n<c d='e'/>", "attribute-not-closed", 1, 13, "not closed on its line"),
        (
            "<policies a='@(b(\"c))'/>",
            "expression-syntax",
            1,
            18,
            "a string or character literal of the expression does not end",
        ),
        ("<policies a='@(b(\"c\n\"))'/>", "expression-syntax", 1, 18, "does not end"),
        ("<policies a='@(b])'/>", "expression-syntax", 1, 17, "does not match"),
        ("<policies a='@(b'/>", "expression-syntax", 1, 15, "the `(` that is opened here"),
        ("<policies a=\"@(b(c[1] + \"x\") \" d='e'/>", "expression-syntax", 1, 15, "the `(` that is opened here"),
        ("<policies><v>@(b[c)</v><w a=\"it's\"/></policies>", "expression-syntax", 1, 19, "does not match"),
        (
            "<policies><v>@(b(c)</v><w a=\"it's\"/></policies>",
            "expression-syntax",
            1,
            15,
            "the `(` that is opened here",
        ),
        ("<policies a='@(\"b)'/>", "expression-syntax", 1, 16, "does not end"),
        ("<policies><v>@(b)<!-- --> c</v></policies>", "expression-not-whole-value", 1, 26, "must be the whole value"),
        ("<policies><!-- </policies>", "comment-not-closed", 1, 11, "never closed with `-->`"),
        ("<policies><v><![CDATA[</policies>", "cdata-not-closed", 1, 14, "never closed with `]]>`"),
        ("<?xml", "instruction-not-closed", 1, 1, "never closed with `?>`"),
        ("<policies><set-body>x</policies>", "element-not-closed", 1, 11, "never closed with `</set-body>`"),
        ("<>", "element-name", 1, 1, "expected an element name"),
    ] {
        let (_, diagnostics) = parse(text);
        let first = diagnostics.first().unwrap_or_else(|| panic!("{text}: no finding"));
        assert_eq!((first.code, first.line, first.column), (code, line, column), "{text}: {first:?}");
        assert!(first.message.contains(message), "{text}: {}", first.message);
    }
}

#[test]
fn size_depth_and_counts_are_bounded_at_their_limits() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let many = |count: usize| format!("<policies>{}</policies>", "<a/>".repeat(count));
    let wide = |count: usize| format!("<a {}/>", (0..count).map(|i| format!("a{i}='' ")).collect::<String>());
    let long = |bytes: usize| format!("<a>{}</a>", "x".repeat(bytes - 7));
    for (inside, outside, code) in [
        (nested(limits::ELEMENT_DEPTH_MAX), nested(limits::ELEMENT_DEPTH_MAX + 1), "nesting-too-deep"),
        (many(limits::ELEMENTS_MAX - 1), many(limits::ELEMENTS_MAX), "too-many-elements"),
        (wide(limits::ATTRIBUTES_MAX), wide(limits::ATTRIBUTES_MAX + 1), "too-many-attributes"),
        (
            format!("<{}/>", "n".repeat(limits::NAME_BYTES_MAX)),
            format!("<{}/>", "n".repeat(limits::NAME_BYTES_MAX + 1)),
            "name-too-long",
        ),
        (long(limits::DOCUMENT_BYTES_MAX), long(limits::DOCUMENT_BYTES_MAX + 1), "document-too-large"),
    ] {
        root(&inside);
        assert_eq!(parse(&outside).1[0].code, code);
    }
}

#[test]
fn all_syntax_errors_that_can_be_told_apart_are_reported() {
    for (text, expected) in [
        // An element that is not closed, with others around it that are.
        (
            "<policies>\n<inbound>\n<a><value>x</a>\n</inbound>\n<outbound>\n<b>\n</outbound>\n</policies>",
            &[("element-mismatch", 3, 12), ("element-mismatch", 7, 1)][..],
        ),
        ("<p><a><b></p>", &[("element-mismatch", 1, 10), ("element-mismatch", 1, 10)]),
        // Crossed tags are one error.
        ("<p><choose><when></choose></when><a/></p>", &[("element-mismatch", 1, 18)]),
        ("<p><a></p></a>", &[("element-mismatch", 1, 7)]),
        // A misspelt closing tag ends the element, one of nothing ends nothing.
        ("<p><header></haeder><a></p>", &[("element-mismatch", 1, 12), ("element-mismatch", 1, 24)]),
        ("<p><a></x></a><b></c></p>", &[("element-mismatch", 1, 7), ("element-mismatch", 1, 18)]),
        ("<p><a></a <b/></p>", &[("element-not-closed", 1, 7)]),
        // One error for each tag, whatever follows from it, besides attributes that stand twice.
        (
            "<p>\n<a b c='d'/>\n<e f=g h='i' h='j'/>\n</p>",
            &[("attribute-syntax", 2, 6), ("attribute-syntax", 3, 6), ("attribute-twice", 3, 14)],
        ),
        ("<p><a b='c'd='e'f='g'/><h 1='2'/></p>", &[("attribute-syntax", 1, 12), ("attribute-syntax", 1, 27)]),
        ("<p><a b='c d='e' f='g'><h/></a><i =/></p>", &[("attribute-syntax", 1, 15), ("attribute-syntax", 1, 35)]),
        ("<p>\n<a b='c>\n<d e='f/>\n<g/>\n</a></p>", &[("attribute-not-closed", 2, 6), ("attribute-not-closed", 3, 6)]),
        ("<p><a b='1' b='2'/><c d='1' d='2'/></p>", &[("attribute-twice", 1, 13), ("attribute-twice", 1, 29)]),
        // Expressions whose brackets do not balance.
        (
            "<p>\n<a b=\"@(c(\" d=\"e\" />\n<f g='@(h]'/>\n<v>@(i(</v>\n<j/>\n</p>",
            &[("expression-syntax", 2, 10), ("expression-syntax", 3, 10), ("expression-syntax", 4, 7)],
        ),
        (
            "<p>\n<a b='@{ c(\"d;'/>\n<e>@(f</e>\n<g h='@(1)'/></p>",
            &[("expression-syntax", 2, 12), ("expression-syntax", 3, 5)],
        ),
        ("<p><a b='c'/ ><d/ ></p>", &[("attribute-syntax", 1, 12), ("attribute-syntax", 1, 17)]),
        // What has no end takes the rest with it, but not what stands before.
        ("<p><a b/><!-- </p>", &[("attribute-syntax", 1, 8), ("comment-not-closed", 1, 10)]),
        ("<p><in><set-body>x</in><a b/></p>", &[("element-not-closed", 1, 8), ("attribute-syntax", 1, 28)]),
        ("<p><x:stylesheet><b></p>", &[("element-not-closed", 1, 4)]),
        ("<!DOCTYPE p><p><a b/></p>", &[("doctype", 1, 1), ("attribute-syntax", 1, 20)]),
        ("<p><a><b>", &[("element-not-closed", 1, 7)]),
        ("<p><a b=c", &[("attribute-syntax", 1, 9)]),
    ] {
        let (tree, diagnostics) = parse(text);
        let found: Vec<_> = diagnostics.iter().map(|one| (one.code, one.line, one.column)).collect();
        assert_eq!(found, expected, "{text}: {diagnostics:?}");
        let is_tree_kept = expected.iter().all(|(code, ..)| *code == "attribute-twice");
        assert_eq!(tree.is_some(), is_tree_kept, "{text}");
    }
}

#[test]
fn a_mismatch_names_both_tags_in_full() {
    for (text, message) in [
        ("<p>\n<a></b ></p>", "expected `</a>` for the element opened on line 2, found `</b >`"),
        ("<p><a></b>x</a></p>", "`</b>` closes no element that is open"),
        ("<p><a></a x></p>", "`</a` is not closed with `>`"),
    ] {
        assert_eq!(parse(text).1[0].message, message);
    }
}

#[test]
fn references_that_nobody_knows_are_remarked_upon_where_they_are_text() {
    for (text, columns) in [
        ("<p a='x&nbsp;y'><v>&copy; &amp; &#65; &x; && &y &;</v></p>", &[8, 20, 39][..]),
        ("<p a='@(b &nosuch; c)'/>", &[]),
        ("<p><v><![CDATA[&nbsp;]]></v><set-body>&nbsp;</set-body></p>", &[]),
    ] {
        let (tree, found) = parse(text);
        assert!(tree.is_some(), "{text}");
        assert!(found.iter().all(|one| one.code == "unknown-entity" && one.severity == Severity::Warning), "{found:?}");
        assert_eq!(found.iter().map(|one| one.column).collect::<Vec<_>>(), columns, "{text}: {found:?}");
    }
}

#[test]
fn no_more_syntax_errors_are_looked_for_than_a_reader_wants() {
    let text = format!("<p>{}</p>", "<a b/>".repeat(limits::SYNTAX_ERRORS_MAX + 5));
    assert_eq!(parse(&text).1.len(), limits::SYNTAX_ERRORS_MAX);
    // Each of these looks for its end up to that of the document.
    for (tag, end) in
        [("<p ", "a=\"@(\" "), ("<p>", "<v>@(</v>"), ("<p>", "<a b='@{'/>\n"), ("<p>", "<set-body>"), ("<p>", "</x>")]
    {
        let text = format!("{tag}{}", end.repeat((limits::DOCUMENT_BYTES_MAX - tag.len()) / end.len()));
        let (tree, found) = parse(&text);
        assert!(
            tree.is_none() && !found.is_empty() && found.len() <= limits::SYNTAX_ERRORS_MAX + 1,
            "{end}: {}",
            found.len()
        );
    }
}
