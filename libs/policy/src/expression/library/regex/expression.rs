//! Regex.

use std::sync::Arc;

use postern_dotnet::regex::{Match, Regex, Steps};
use postern_dotnet::work::Paced;
use postern_dotnet::{Exception, Text};

use super::results::counted;
use super::search::{Subject, Work, check_timeout, options_at, regex, search, search_for};
use super::values::{Collection, MatchValue, RegexValue};
use crate::expression::array::Array;
use crate::expression::enums::EnumValue;
use crate::expression::library::linq::in_turns;
use crate::expression::library::pieces::{ONE_GO_BYTES_MAX, work};
use crate::expression::library::{self, Library};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

const MATCHES: &str = "System.Text.RegularExpressions.MatchCollection";

pub(super) fn declare(library: &mut Library) {
    instance(library);
    matching(library);
    replacing(library);
}

fn instance(library: &mut Library) {
    library
        .declare("class System.Text.RegularExpressions.Regex")
        .constructor("(string pattern)", constructor)
        .constructor("(string pattern, RegexOptions options)", constructor)
        .constructor("(string pattern, RegexOptions options, TimeSpan matchTimeout)", constructor)
        .getter("RegexOptions Options", |call| {
            let bits = regex(call)?.options().bits();
            let class = library::get().class_by_full_name("System.Text.RegularExpressions.RegexOptions", 0);
            Ok(class.map_or(Value::Null, |class| Value::object(EnumValue { class, value: i64::from(bits) })))
        })
        .getter("bool RightToLeft", |call| Ok(Value::Bool(regex(call)?.right_to_left())))
        .method("string[] GetGroupNames()", |call| Ok(Value::object(Array::texts(regex(call)?.group_names()))))
        .method("int[] GetGroupNumbers()", |call| {
            let numbers = regex(call)?.group_numbers().iter().map(|number| int(*number as usize)).collect();
            Ok(Value::object(Array::values(Type::INT, numbers)))
        })
        .method("string GroupNameFromNumber(int i)", |call| {
            let regex = regex(call)?;
            let slot = regex.group_numbers().iter().position(|number| i64::from(*number) == i64::from(call.int(1)));
            let name = slot.and_then(|slot| regex.group_names().into_iter().nth(slot));
            Ok(Value::text(name.unwrap_or_default()))
        })
        .method("int GroupNumberFromName(string name)", |call| {
            let name = call.required_text(1, "name")?;
            Ok(regex(call)?.group_number(&name).map_or(Value::Int(-1), |number| int(number as usize)))
        })
        .method("string ToString()", |call| Ok(regex(call)?.pattern().clone().into()))
        .method("static string Escape(string str)", |call| {
            let text = call.required_text(0, "str")?;
            if text.len() <= ONE_GO_BYTES_MAX {
                call.machine.charge_memory(text.len() * 2)?;
                return Ok(Regex::escape(&text).into());
            }
            let escaped = work(call.machine, |machine| {
                machine.take_memory(text.len() * 2)?;
                Ok(Regex::escaping(text))
            })?;
            Ok(Value::String(escaped))
        })
        .method("static string Unescape(string str)", |call| {
            let text = call.required_text(0, "str")?;
            if text.len() <= ONE_GO_BYTES_MAX {
                call.machine.charge_memory(text.len() * 2)?;
                return Ok(Regex::unescape(&text)?.into());
            }
            let unescaped = work(call.machine, |machine| {
                machine.take_memory(text.len())?;
                Ok(Regex::unescaping(text))
            })??;
            Ok(Value::String(unescaped))
        });
}

fn matching(library: &mut Library) {
    library
        .declare("class System.Text.RegularExpressions.Regex")
        .method("bool IsMatch(string input)", |call| is_match(call, Subject::OWN))
        .method("bool IsMatch(string input, int startat)", |call| is_match_at(call, 2))
        .method("static bool IsMatch(string input, string pattern)", |call| is_match(call, Subject::STATIC))
        .method("static bool IsMatch(string input, string pattern, RegexOptions options)", |call| {
            is_match(call, Subject::with_options(2))
        })
        .method(
            "static bool IsMatch(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)",
            |call| is_match(call, Subject::with_options(2)),
        )
        .method("Match Match(string input)", |call| find(call, Subject::OWN, None))
        .method("Match Match(string input, int startat)", |call| find(call, Subject::OWN, Some(2)))
        .method("Match Match(string input, int beginning, int length)", |call| {
            let (beginning, length) = (call.int(2), call.int(3));
            one(run(call, Subject::OWN, |regex, input, steps| regex.find_within(input, beginning, length, steps)))
        })
        .method("static Match Match(string input, string pattern)", |call| find(call, Subject::STATIC, None))
        .method("static Match Match(string input, string pattern, RegexOptions options)", |call| {
            find(call, Subject::with_options(2), None)
        })
        .method(
            "static Match Match(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)",
            |call| find(call, Subject::with_options(2), None),
        )
        .method("MatchCollection Matches(string input)", |call| matches(call, Subject::OWN, None))
        .method("MatchCollection Matches(string input, int startat)", |call| matches(call, Subject::OWN, Some(2)))
        .method("static MatchCollection Matches(string input, string pattern)", |call| {
            matches(call, Subject::STATIC, None)
        })
        .method("static MatchCollection Matches(string input, string pattern, RegexOptions options)", |call| {
            matches(call, Subject::with_options(2), None)
        })
        .method(
            "static MatchCollection Matches(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)",
            |call| matches(call, Subject::with_options(2), None),
        )
        .method("int Count(string input)", |call| count(call, Subject::OWN))
        .method("static int Count(string input, string pattern)", |call| count(call, Subject::STATIC));
}

fn replacing(library: &mut Library) {
    library
        .declare("class System.Text.RegularExpressions.Regex")
        .method("string Replace(string input, string replacement)", |call| replace(call, Subject::OWN, 2, None, None))
        .method("string Replace(string input, string replacement, int count)", |call| {
            replace(call, Subject::OWN, 2, Some(3), None)
        })
        .method("string Replace(string input, string replacement, int count, int startat)", |call| {
            replace(call, Subject::OWN, 2, Some(3), Some(4))
        })
        .method("string Replace(string input, MatchEvaluator evaluator)", |call| {
            evaluate(call, Subject::OWN, 2, None, None)
        })
        .method("string Replace(string input, MatchEvaluator evaluator, int count)", |call| {
            evaluate(call, Subject::OWN, 2, Some(3), None)
        })
        .method("string Replace(string input, MatchEvaluator evaluator, int count, int startat)", |call| {
            evaluate(call, Subject::OWN, 2, Some(3), Some(4))
        })
        .method("static string Replace(string input, string pattern, string replacement)", |call| {
            replace(call, Subject::STATIC, 2, None, None)
        })
        .method(
            "static string Replace(string input, string pattern, string replacement, RegexOptions options)",
            |call| replace(call, Subject::with_options(3), 2, None, None),
        )
        .method(
            "static string Replace(string input, string pattern, string replacement, RegexOptions options, TimeSpan \
             matchTimeout)",
            |call| replace(call, Subject::with_options(3), 2, None, None),
        )
        .method("static string Replace(string input, string pattern, MatchEvaluator evaluator)", |call| {
            evaluate(call, Subject::STATIC, 2, None, None)
        })
        .method(
            "static string Replace(string input, string pattern, MatchEvaluator evaluator, RegexOptions options, TimeSpan matchTimeout)",
            |call| evaluate(call, Subject::with_options(3), 2, None, None),
        )
        .method(
            "static string[] Split(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)",
            |call| split(call, Subject::with_options(2), None, None),
        )
        .method(
            "static string Replace(string input, string pattern, MatchEvaluator evaluator, RegexOptions options)",
            |call| evaluate(call, Subject::with_options(3), 2, None, None),
        )
        .method("string[] Split(string input)", |call| split(call, Subject::OWN, None, None))
        .method("string[] Split(string input, int count)", |call| split(call, Subject::OWN, Some(2), None))
        .method("string[] Split(string input, int count, int startat)", |call| {
            split(call, Subject::OWN, Some(2), Some(3))
        })
        .method("static string[] Split(string input, string pattern)", |call| split(call, Subject::STATIC, None, None))
        .method("static string[] Split(string input, string pattern, RegexOptions options)", |call| {
            split(call, Subject::with_options(2), None, None)
        });
}

fn int(value: usize) -> Value {
    Value::Int(i32::try_from(value).unwrap_or(i32::MAX))
}

fn constructor(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let pattern = call.required_text(0, "pattern")?;
    call.machine.charge(pattern.len() * 4)?;
    let options = options_at(call, 1)?;
    check_timeout(call, 2)?;
    Ok(Value::object(RegexValue(Regex::cached(&pattern, options)?)))
}

/// Runs a method of the pattern on the input, paid for.
fn run<T>(
    call: &mut Call<'_, '_>,
    subject: Subject,
    method: impl FnOnce(&Arc<Regex>, &Text, &mut Steps) -> Result<T, Exception>,
) -> Result<T, Thrown> {
    let (regex, input) = subject.resolve(call)?;
    call.machine.charge(input.len() / 8 + 8)?;
    counted(call, |steps| method(&regex, &input, steps))
}

fn is_match(call: &mut Call<'_, '_>, subject: Subject) -> Result<Value, Thrown> {
    search(call, subject, None, |_| Ok(1)).map(|work| Value::Bool(!work.found.is_empty()))
}

fn is_match_at(call: &mut Call<'_, '_>, start: usize) -> Result<Value, Thrown> {
    search(call, Subject::OWN, Some(start), |_| Ok(1)).map(|work| Value::Bool(!work.found.is_empty()))
}

fn find(call: &mut Call<'_, '_>, subject: Subject, start: Option<usize>) -> Result<Value, Thrown> {
    let mut work = search(call, subject, start, |_| Ok(1))?;
    Ok(Value::object(MatchValue(work.found.pop().unwrap_or_else(|| work.finder.failed()))))
}

fn one(found: Result<Match, Thrown>) -> Result<Value, Thrown> {
    found.map(|found| Value::object(MatchValue(found)))
}

fn matches(call: &mut Call<'_, '_>, subject: Subject, start: Option<usize>) -> Result<Value, Thrown> {
    let found = search(call, subject, start, |_| Ok(usize::MAX))?.found;
    let items = found.into_iter().map(|found| Value::object(MatchValue(found))).collect();
    Ok(Value::object(Collection { class: MATCHES, items, owner: None }))
}

fn count(call: &mut Call<'_, '_>, subject: Subject) -> Result<Value, Thrown> {
    search(call, subject, None, |_| Ok(usize::MAX)).map(|work| int(work.found.len()))
}

/// A number at an index, if the overload has it.
fn optional_int(call: &Call<'_, '_>, index: Option<usize>) -> Option<i32> {
    index.map(|index| call.int(index))
}

fn replace(
    call: &mut Call<'_, '_>,
    subject: Subject,
    replacement: usize,
    count: Option<usize>,
    start: Option<usize>,
) -> Result<Value, Thrown> {
    let replacement = call.required_text(replacement, "replacement")?;
    let replacing = if call.machine.has_paused_in::<Paced<Result<Text, Exception>>>() {
        None
    } else {
        let most = |call: &Call<'_, '_>| Regex::replacements(optional_int(call, count).unwrap_or(-1));
        let found = search_for(call, subject, start, most, |finder| finder.replacing(&replacement))?;
        Some(match found.replacing {
            Some(replacing) => replacing.finish(),
            None => found.regex.replacing(&found.input, found.found, &replacement)?,
        })
    };
    let replaced = goes_on(call, replacing)??;
    call.machine.charge_memory(replaced.len())?;
    Ok(replaced.into())
}

/// What is done with the matches, begun now or in an earlier turn.
fn goes_on<T: 'static>(call: &mut Call<'_, '_>, begun: Option<Paced<T>>) -> Result<T, Thrown> {
    work(call.machine, |_| begun.ok_or_else(|| Exception::null_reference().into()))
}

fn evaluate(
    call: &mut Call<'_, '_>,
    subject: Subject,
    evaluator: usize,
    count: Option<usize>,
    start: Option<usize>,
) -> Result<Value, Thrown> {
    let replacing = if call.machine.has_paused_in::<Paced<Result<Text, Exception>>>() {
        None
    } else {
        let evaluated = in_turns(
            call,
            |call| {
                if call.argument(evaluator).is_null() {
                    return Err(Exception::argument_null("evaluator").into());
                }
                let most = |call: &Call<'_, '_>| Regex::replacements(optional_int(call, count).unwrap_or(-1));
                let found = search(call, subject, start, most)?;
                Ok(Some(Evaluated { evaluator: call.take(evaluator), found, texts: Vec::new() }))
            },
            |machine, evaluated| {
                if let Some(evaluated) = evaluated {
                    evaluated.go_on(machine)?;
                }
                Ok(evaluated.take())
            },
        )?;
        evaluated.map(|Evaluated { found, texts, .. }| found.regex.replacing_by(&found.input, found.found, texts))
    };
    let replaced = goes_on(call, replacing)??;
    call.machine.charge_memory(replaced.len())?;
    Ok(replaced.into())
}

/// Matches, and what an evaluator gave for them so far.
struct Evaluated {
    evaluator: Value,
    found: Work,
    texts: Vec<Text>,
}

impl Evaluated {
    /// Asks the evaluator until it has said something to each match, or the turn ends.
    fn go_on(&mut self, machine: &mut Machine<'_>) -> Result<(), Thrown> {
        while let Some(found) = self.found.found.get(self.texts.len()) {
            let text = match machine.invoke_in_turns(&self.evaluator, &[Value::object(MatchValue(found.clone()))])? {
                Value::String(text) => text,
                _ => Text::default(),
            };
            machine.charge_memory(text.len())?;
            self.texts.push(text);
            machine.end_turn()?;
        }
        Ok(())
    }
}

fn split(
    call: &mut Call<'_, '_>,
    subject: Subject,
    count: Option<usize>,
    start: Option<usize>,
) -> Result<Value, Thrown> {
    let splitting = if call.machine.has_paused_in::<Paced<Vec<Text>>>() {
        None
    } else {
        let found = search(call, subject, start, |call| Regex::splits(optional_int(call, count).unwrap_or(0)))?;
        Some(found.regex.splitting(&found.input, found.found))
    };
    let pieces = goes_on(call, splitting)?;
    call.machine.charge_memory(pieces.len() * size_of::<Value>())?;
    Ok(Value::object(Array::texts(pieces)))
}
