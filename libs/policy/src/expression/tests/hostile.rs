//! Code that asks natives for more than a worker may stand still for. Steps are counted, not time: the same on every machine.

use crate::expression::limits;
use crate::expression::machine::{Evaluation, Host, Progress, Thrown};
use crate::expression::{Form, Type, Value, compile};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// Turns that the code took, and what came of it.
fn turns(code: &str) -> (usize, Result<Value, Thrown>) {
    let expression =
        compile(code, Form::Statements, &Type::Object).unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
    let mut exchange = MemoryExchange::default();
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
