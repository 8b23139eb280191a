//! Code that asks natives for more than a worker may stand still for. Steps are counted, not time: the same on every machine.

use std::time::Duration;

use crate::expression::limits;
use crate::expression::machine::{Evaluation, Host, Limit, Progress, Thrown};
use crate::expression::{Form, Type, Value, compile};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// Turns that the code took, and what came of it.
fn turns(code: &str) -> (usize, Result<Value, Thrown>) {
    turns_on(code, MemoryExchange::default())
}

fn turns_on(code: &str, mut exchange: MemoryExchange) -> (usize, Result<Value, Thrown>) {
    let expression =
        compile(code, Form::Statements, &Type::Object).unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
    let mut variables = Variables::default();
    let mut evaluation = Evaluation::new();
    evaluation.start(expression.code());
    for turn in 1.. {
        let host = Host { exchange: &mut exchange, variables: &mut variables, last_error: None };
        match evaluation.step(host) {
            Ok(Progress::Yielded) => {}
            Ok(Progress::Done(value)) => return (turn, Ok(value)),
            Err(thrown) => return (turn, Err(thrown)),
        }
    }
    unreachable!("a loop without end")
}

const ENDLESS: &str = r#"new string('a', 40), "^(a+)+$b""#;

#[test]
fn a_pattern_that_backtracks_without_end_yields_until_it_times_out() {
    for method in ["IsMatch", "Match", "Matches", "Split"] {
        let (turns, result) = turns(&format!("return Regex.{method}({ENDLESS});"));
        // Forty million steps of the pattern, a hundred thousand in a turn.
        assert!((300..=500).contains(&turns), "{method}: {turns} turns");
        let Err(Thrown::Exception(exception)) = result else { panic!("{method}: {result:?}") };
        assert_eq!(exception.of.name(), "System.Text.RegularExpressions.RegexMatchTimeoutException");
    }
}

#[test]
fn its_exception_can_be_caught() {
    let code =
        format!("try {{ return Regex.Replace({ENDLESS}, \"x\"); }} catch (RegexMatchTimeoutException) {{ return 7; }}");
    let (turns, result) = turns(&code);
    assert!(turns > 300, "{turns} turns");
    assert!(matches!(result, Ok(Value::Int(7))), "{result:?}");
}

#[test]
fn many_matches_take_many_turns_and_are_all_found() {
    let input = "var s = string.Concat(Enumerable.Repeat(\"ab,\", 20000));";
    let cases = [
        ("return Regex.Matches(s, \"b\").Count;", 20_000),
        ("return new Regex(\"[ab]\").Replace(s, \"xyz\").Length;", 140_000),
        ("return Regex.Replace(s, \"a\", m => m.Value + m.Index).Length;", 156_294),
        ("return Regex.Split(s, \",\").Length;", 20_001),
        (
            "int t = 0; foreach (Match m in Regex.Matches(s, \"a(?<x>b)\")) { t += m.Groups[\"x\"].Length; } return t;",
            20_000,
        ),
    ];
    for (code, expected) in cases {
        let (turns, result) = turns(&format!("{input} {code}"));
        assert!(turns > 3, "{code}: {turns} turns");
        assert!(matches!(result, Ok(Value::Int(value)) if value == expected), "{code}: {result:?}");
    }
}

#[test]
fn inside_of_lambdas_a_search_yields_as_well() {
    let code = format!("return new [] {{ 1, 2 }}.Where(i => Regex.IsMatch({ENDLESS})).Count();");
    let (turns, result) = turns(&code);
    assert!((300..=500).contains(&turns), "{turns} turns");
    assert!(matches!(result, Err(Thrown::Exception(_))), "{result:?}");
}

#[test]
fn a_walk_that_is_given_up_in_the_middle_leaves_nothing_behind() {
    // The budget ends it inside of functions inside of natives; the next evaluation begins anew.
    let code = "return Enumerable.Range(0, 9).Select(x => { while (true) { x++; } return x; }).Sum();";
    let (turns, result) = turns(code);
    assert!(turns > 4000, "{turns} turns");
    assert!(matches!(result, Err(Thrown::Limit(_))), "{result:?}");
}

#[test]
fn queries_with_slow_patterns_share_one_bound() {
    let code = "var a = new JArray(Enumerable.Repeat(new string('a', 40), 100)); return a.SelectTokens(\"$[?(@ =~ /^(a+)+$b/)]\").Count();";
    let (turns, result) = turns(code);
    assert!(turns < 3, "{turns} turns");
    assert!(result.is_err(), "{result:?}");
    // What one turn may take, or the bound of one query.
    const { assert!(limits::TURN_STEPS_MAX + limits::NESTED_STEPS_MAX < 1_000_000) };
}

#[test]
fn a_long_chain_of_exceptions_is_made_and_freed_without_recursion() {
    let chain = |count: usize| {
        format!("Exception e = null; for (int i = 0; i < {count}; i++) {{ e = new Exception(\"x\", e); }}")
    };
    let (_, result) = turns(&format!("{} return e.ToString().Length;", chain(50_000)));
    // 19 characters of each, and 53 more for each that has an inner one.
    assert!(matches!(result, Ok(Value::Int(3_599_947))), "{result:?}");
    let (_, result) = turns(&format!("{} return 1;", chain(1_000_000)));
    assert!(matches!(result, Err(Thrown::Limit(Limit::Memory))), "{result:?}");
}

#[test]
fn documents_that_grow_at_their_leaf_take_as_long_as_others() {
    for (code, expected) in [
        (
            "var o = new JObject(); var c = o; for (int i = 0; i < 20000; i++) { var n = new JObject(); c[\"a\"] = n; c = n; } return 1;",
            1,
        ),
        (
            "var o = new XElement(\"a\"); var c = o; for (int i = 0; i < 20000; i++) { var n = new XElement(\"a\"); c.Add(n); c = n; } return 2;",
            2,
        ),
        ("var t = new JObject(); for (int i = 0; i < 20000; i++) { t = new JObject { [\"a\"] = t }; } return 3;", 3),
    ] {
        let (turns, result) = turns(code);
        assert!(turns < 100, "{code}: {turns} turns");
        assert!(matches!(result, Ok(Value::Int(value)) if value == expected), "{code}: {result:?}");
    }
    // What may hold the leaf is looked for on the way up, which is paid.
    let code = "var o = new JArray(); var c = o; for (int i = 0; i < 8000; i++) { var n = new JArray { 1 }; c.Add(n); c = n; } return 1;";
    let (turns, result) = turns(code);
    assert!(turns > 200, "{turns} turns");
    assert!(matches!(result, Ok(Value::Int(1))), "{result:?}");
}

#[test]
fn a_form_with_many_names_is_read_in_turns() {
    let form = (0..100_000).map(|at| format!("k{at}=v")).collect::<Vec<_>>().join("&");
    let exchange = MemoryExchange { request_body: Some(form.into_bytes()), ..MemoryExchange::default() };
    let code =
        "var f = context.Request.Body.AsFormUrlEncodedContent(); return f[\"k99999\"][0] == \"v\" ? f.Count : 0;";
    let (turns, result) = turns_on(code, exchange);
    assert!((3..1000).contains(&turns), "{turns} turns");
    assert!(matches!(result, Ok(Value::Int(100_000))), "{result:?}");
}

#[test]
fn ordinary_work_on_long_bodies_ends_well() {
    let rows =
        (0..12_000).map(|at| format!("{{\"id\":{at},\"name\":\"row number {at}\"}}")).collect::<Vec<_>>().join(",");
    for (code, expected) in [
        (
            "return new JObject(new JProperty(\"data\", context.Request.Body.As<JArray>())).SelectToken(\"data[11999].id\").Value<int>();",
            11_999,
        ),
        (
            "var o = new JObject(); o[\"data\"] = context.Request.Body.As<JArray>(); return ((JArray)o[\"data\"]).Count;",
            12_000,
        ),
        ("return SHA256.Create().ComputeHash(new byte[2 * 1024 * 1024])[0];", 0x56),
        ("return new HMACMD5(new byte[] { 1 }).ComputeHash(new byte[2 * 1024 * 1024]).Length;", 16),
        ("return MD5.HashData(new byte[2 * 1024 * 1024]).Length;", 16),
    ] {
        let body = format!("[{rows}]").into_bytes();
        let exchange = MemoryExchange { request_body: Some(body), ..MemoryExchange::default() };
        let (_, result) = turns_on(code, exchange);
        let found = match result {
            Ok(Value::Int(value)) => value,
            Ok(Value::Byte(value)) => value.into(),
            other => panic!("{code}: {other:?}"),
        };
        assert_eq!(found, expected, "{code}");
    }
}

#[test]
fn an_evaluation_ends_after_five_seconds_of_its_own_turns() {
    // The clock goes on by ten milliseconds in each turn but the first.
    let exchange = MemoryExchange { tick: Duration::from_millis(10), ..MemoryExchange::default() };
    let (turns, result) = turns_on("while (true) { }", exchange);
    assert_eq!(turns, 502);
    assert!(matches!(result, Err(Thrown::Limit(Limit::Time))), "{result:?}");
}

#[test]
fn memory_that_was_given_back_counts_no_more_where_somebody_counts() {
    let code = "string s = \"\"; for (int i = 0; i < 4000; i++) { s += \"row number \" + i + \",\"; } return s.Length;";
    let counted = MemoryExchange { thread_bytes: Some(0), ..MemoryExchange::default() };
    let (_, result) = turns_on(code, counted);
    // 12 characters a row and its number.
    assert!(matches!(result, Ok(Value::Int(62_890))), "{result:?}");
    let (_, result) = turns(code);
    assert!(matches!(result, Err(Thrown::Limit(Limit::Memory))), "{result:?}");
}

#[test]
fn a_path_that_finds_the_same_nodes_from_each_node_keeps_them_once() {
    let code = "var x = XElement.Parse(\"<r>\" + string.Concat(Enumerable.Repeat(\"<a/>\", 1000)) + \"</r>\"); \
                return x.XPathSelectElements(\"//a/following::a/following::a/following::a\").Count();";
    let (turns, result) = turns(code);
    assert!(turns > 3, "{turns} turns");
    assert!(matches!(result, Ok(Value::Int(997))), "{result:?}");
}

#[test]
fn a_document_is_put_into_another_without_a_copy_but_not_into_itself() {
    let body = format!("<r>{}</r>", "<i>some text</i>".repeat(20_000)).into_bytes();
    let exchange = MemoryExchange { request_body: Some(body), ..MemoryExchange::default() };
    let code = "return new XElement(\"env\", new XElement(\"body\", context.Request.Body.As<XElement>())).Descendants(\"i\").Count();";
    let (_, result) = turns_on(code, exchange);
    assert!(matches!(result, Ok(Value::Int(20_000))), "{result:?}");
    let (_, result) = turns("var x = new XElement(\"a\", 1); for (int i = 0; i < 40; i++) { x.Add(x); } return 1;");
    assert!(matches!(result, Err(Thrown::Limit(_))), "{result:?}");
}
