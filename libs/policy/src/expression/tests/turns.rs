//! No native holds a worker: whatever it walks over and whatever functions it calls, it ends its turn when the turn's steps are spent, and what comes of
//! it is what comes of it in one go. Steps are counted, not time: the same on every machine.

mod costs;
mod table;

use crate::expression::display::to_text;
use crate::expression::limits::TURN_STEPS_MAX;
use crate::expression::machine::{Evaluation, Host, Machine, Progress, Thrown};
use crate::expression::types::Type;
use crate::expression::{Form, Value, compile, library};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// Steps that a turn takes beyond its own: what one instruction does at once.
const BEYOND_STEPS_MAX: u64 = TURN_STEPS_MAX * 3 / 5;

/// What stands before every code: a sequence too long for one turn, a short one with functions that do not come to their end in one turn, an empty one.
const SETTING: &str = "var r = Enumerable.Range(0, 30000); var s = Enumerable.Range(0, 5); var none = Enumerable.Empty<int>(); \
    Func<int, int> f = x => { int n = 0; for (int i = 0; i < 7000; i++) n += i % 3; return n > 0 ? x % 3 : 0; }; \
    Func<int, bool> is1 = x => f(x) == 1; Func<int, int, int> two = (x, y) => f(x + y) + y; Func<int, string> t = x => \"t\" + f(x); ";

/// The same code where natives are called by others: in functions that natives call, in each other, in iterators.
const FORMS: [&str; 5] = [
    "return (CODE);",
    "return new[] { 1 }.Select(o => (object)(CODE)).First();",
    "return new[] { 1, 2 }.SelectMany(o => new[] { o }.Where(p => p > 1).Select(q => (object)(CODE))).Last();",
    "Func<object> call = () => (CODE); return call.Invoke();",
    "IEnumerable<object> Yielding() { yield return 1; yield return (CODE); } object last = null; foreach (var o in Yielding()) last = o; return last;",
];

fn told(result: Result<Value, Thrown>, machine: &mut Machine<'_>) -> String {
    match result.and_then(|value| if value.is_null() { Ok("null".into()) } else { to_text(&value, machine) }) {
        Ok(text) => text.to_string(),
        Err(Thrown::Exception(exception)) => format!("!{} {}", exception.of.name(), exception.message),
        Err(Thrown::Limit(limit)) => format!("!{limit:?}"),
    }
}

/// What comes of code in one go.
fn in_one_go(code: &str) -> String {
    let expression =
        compile(code, Form::Statements, &Type::Object).unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
    let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    let result = machine.evaluate(expression.code());
    told(result, &mut machine)
}

/// What comes of it in turns, how many there are, and the most steps of one.
fn in_turns(code: &str) -> (String, usize, u64) {
    let expression = compile(code, Form::Statements, &Type::Object).unwrap();
    let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
    let mut evaluation = Evaluation::new();
    evaluation.start(expression.code());
    let (mut turns, mut most) = (0, 0);
    let result = loop {
        turns += 1;
        let before = evaluation.steps_left();
        let result = evaluation.step(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
        most = most.max(before - evaluation.steps_left());
        match result {
            Ok(Progress::Yielded) => {}
            Ok(Progress::Done(value)) => break Ok(value),
            Err(thrown) => break Err(thrown),
        }
    };
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    (told(result, &mut machine), turns, most)
}

/// What is wrong with a code in one of the forms.
fn fault(code: &str, form: &str) -> Option<String> {
    let code = format!("{SETTING}{}", form.replace("CODE", code));
    let expected = in_one_go(&code);
    let (found, turns, most) = in_turns(&code);
    if found != expected {
        return Some(format!("gives {found:.80} instead of {expected:.80}"));
    }
    if found.starts_with("!Steps") || found.starts_with("!Memory") || found.starts_with("!Depth") {
        return Some(format!("does not come to its end: {found}"));
    }
    if most > TURN_STEPS_MAX + BEYOND_STEPS_MAX {
        return Some(format!("takes {most} steps in one of {turns} turns"));
    }
    (turns < 2).then(|| format!("is too small a test: {most} steps in one turn"))
}

#[track_caller]
fn check(codes: &[&str], forms: &[&str]) {
    let mut faults = Vec::new();
    for code in codes {
        for form in forms {
            if let Some(fault) = fault(code, form) {
                faults.push(format!("{code} in {form}: {fault}"));
                break;
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn functions_that_change_the_list_they_are_called_for_leave_nothing_behind() {
    let slowly = "l.Clear(); for (int i = 0; i < 9; i++) f(1);";
    let wait = "for (int i = 0; i < 9; i++) f(1);";
    let next = "return found + \" \" + new[] { 5 }.Select(y => y + 1).First();";
    for (code, expected) in [
        (
            format!("try {{ l.ForEach(x => {{ {slowly} }}); }} catch (InvalidOperationException) {{ found = 7; }}"),
            "7 6",
        ),
        (format!("found = l.FindIndex(2, x => {{ {slowly} return false; }});"), "-1 6"),
        (format!("found = l.FindIndex(1, 2, x => {{ {slowly} return true; }});"), "1 6"),
        (format!("found = l.FindLastIndex(x => {{ {slowly} return true; }});"), "2 6"),
        (
            format!("l.Sort(0, 3, Comparer<int>.Create((a, b) => {{ {slowly} return a - b; }})); found = l.Count;"),
            "0 6",
        ),
        // What is added meanwhile stays, and is asked about.
        (
            format!(
                "l.Sort((a, b) => {{ if (l.Count < 4) l.Add(9); {wait} return a - b; }}); found = l.Count * 10 + l[0];"
            ),
            "41 6",
        ),
        (
            format!("found = l.RemoveAll(x => {{ if (l.Count < 5) l.Add(7); {wait} return x == 7; }}) * 10 + l.Count;"),
            "23 6",
        ),
        (format!("found = l.FindAll(x => {{ if (l.Count < 5) l.Add(7); {wait} return x == 7; }}).Count;"), "2 6"),
        (format!("found = l.RemoveAll(x => {{ {slowly} return true; }}) * 10 + l.Count;"), "0 6"),
    ] {
        let code = format!("{SETTING} var l = new List<int> {{ 3, 1, 2 }}; int found = -9; {code} {next}");
        assert_eq!(in_one_go(&code), expected, "{code}");
        let (found, turns, _) = in_turns(&code);
        assert_eq!(found, expected, "{code}");
        assert!(turns > 1, "{code}");
    }
}

#[test]
fn a_filter_holds_up_no_turn_and_ends_the_evaluation_when_it_takes_more_steps_than_one_has() {
    for filter in ["Enumerable.Range(0, 3000000).Count() > 5", "Slow() > 5", "new string('x', 9000000).Length > 5"] {
        let code = format!(
            "int Slow() {{ int n = 0; while (true) n++; }} try {{ throw new Exception(\"e\"); }} catch (Exception) when ({filter}) {{ return 1; }} \
             return 2;"
        );
        let (found, turns, most) = in_turns(&code);
        assert_eq!((found.as_str(), turns), ("!Steps", 1), "{filter}");
        assert!(most <= 2 * TURN_STEPS_MAX, "{filter}: {most}");
    }
    // As many steps as a turn has are no more than any filter needs.
    let code = "try { throw new Exception(\"e\"); } catch (Exception) when (Enumerable.Range(0, 50000).Count() > 5) { return 1; } return 2;";
    assert_eq!(in_turns(code).0, "1");
}

#[test]
fn operators_on_long_sequences_end_their_turns() {
    check(table::LONG, &FORMS[..1]);
    check(table::LONG, &FORMS[2..3]);
}

#[test]
fn operators_with_slow_functions_end_their_turns() {
    check(table::SLOW, &FORMS[..1]);
}

#[test]
fn they_do_wherever_they_are_called() {
    let some: Vec<&str> = table::LONG.iter().chain(table::SLOW).step_by(9).copied().collect();
    check(&some, &FORMS);
}

#[test]
fn members_of_collections_end_their_turns() {
    check(table::COLLECTIONS, &FORMS[..2]);
}

#[test]
fn every_member_that_walks_or_calls_functions_is_in_the_table() {
    let codes: String = [table::LONG, table::SLOW, table::COLLECTIONS].concat().join("\n");
    let walks = |of: &Type| {
        let name = library::full_name(of);
        ["Func<", "Action<", "Predicate<", "Comparison<", "Converter<", "IEnumerable", "MatchEvaluator"]
            .iter()
            .any(|part| name.contains(part))
    };
    let classes = [
        ("System.Linq.Enumerable", 0),
        ("System.Collections.Generic.List", 1),
        ("System.Collections.Generic.HashSet", 1),
        ("System.Collections.Generic.Dictionary", 2),
        ("System.Collections.Generic.Stack", 1),
        ("System.Collections.Generic.Queue", 1),
        ("System.Array", 0),
        ("System.String", 0),
        ("System.Text.StringBuilder", 0),
        ("System.Text.RegularExpressions.Regex", 0),
    ];
    let mut missing = Vec::new();
    for (class, parameters) in classes {
        let id = library::get().class_by_full_name(class, parameters).unwrap();
        let class = library::get().class(id);
        for member in class.members() {
            let name = match &*member.name {
                ".ctor" | "" => format!("new {}", class.full_name.rsplit('.').next().unwrap_or_default()),
                name => format!(".{name}"),
            };
            let takes_sequence = member.parameters.iter().any(|parameter| walks(&parameter.of));
            if takes_sequence && ![" ", "(", "<"].iter().any(|behind| codes.contains(&format!("{name}{behind}"))) {
                missing.push(format!("{}: {}", class.full_name, member.signature));
            }
        }
    }
    assert!(missing.is_empty(), "not in the table:\n{}", missing.join("\n"));
}
