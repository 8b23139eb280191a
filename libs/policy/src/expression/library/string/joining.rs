//! `string.Concat` and `string.Join`.

use std::ops::ControlFlow;

use postern_dotnet::Text;

use crate::expression::display::{to_text, to_text_in_turns};
use crate::expression::library::Library;
use crate::expression::library::linq::{Source, walk_over};
use crate::expression::library::values::unit;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::sequence::collect;
use crate::expression::value::Value;

/// Steps for an item, beside those for its text.
const JOINED_STEPS: usize = 2;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.String")
        .method("static string Concat(object arg0)", join_arguments)
        .method("static string Concat(object arg0, object arg1)", join_arguments)
        .method("static string Concat(object arg0, object arg1, object arg2)", join_arguments)
        .method("static string Concat(params object[] args)", |call| join(call, "", 0))
        .method("static string Concat(string str0, string str1)", join_arguments)
        .method("static string Concat(string str0, string str1, string str2)", join_arguments)
        .method("static string Concat(string str0, string str1, string str2, string str3)", join_arguments)
        .method("static string Concat(params string[] values)", |call| join(call, "", 0))
        .method("static string Concat(IEnumerable<string> values)", |call| join(call, "", 0))
        .method("static string Concat<T>(IEnumerable<T> values)", |call| join(call, "", 0))
        .method("static string Join(string separator, params string[] value)", |call| {
            if call.argument(1).is_null() && !call.machine.is_resumed() {
                return Err(postern_dotnet::Exception::argument_null("value").into());
            }
            join_by_text(call)
        })
        .method("static string Join(string separator, params object[] values)", join_by_text)
        .method("static string Join(string separator, IEnumerable<string> values)", join_by_text)
        .method("static string Join<T>(string separator, IEnumerable<T> values)", join_by_text)
        .method("static string Join(char separator, params string[] value)", join_by_char)
        .method("static string Join(char separator, params object[] values)", join_by_char)
        .method("static string Join<T>(char separator, IEnumerable<T> values)", join_by_char)
        .method("static string Join(char separator, string[] value, int startIndex, int count)", |call| {
            let separator = postern_dotnet::text::from_units(&[unit(call, 0)]);
            let items = collect(&call.take(1), call.machine)?;
            let items = super::range(&items, call.int(2), call.int(3), ("startIndex", "count"))?;
            put_together(call, &separator, items)
        })
        .method("static string Join(string separator, string[] value, int startIndex, int count)", |call| {
            let separator = call.text(0).cloned().unwrap_or_default();
            let items = collect(&call.take(1), call.machine)?;
            let items = super::range(&items, call.int(2), call.int(3), ("startIndex", "count"))?;
            put_together(call, &separator, items)
        });
}

fn join_by_text(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let separator = call.text(0).cloned().unwrap_or_default();
    join(call, &separator, 1)
}

fn join_by_char(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let separator = postern_dotnet::text::from_units(&[unit(call, 0)]);
    join(call, &separator, 1)
}

fn join(call: &mut Call<'_, '_>, separator: &str, index: usize) -> Result<Value, Thrown> {
    if call.argument(index).is_null() && !call.machine.is_resumed() {
        let parameter = if separator.is_empty() && index == 0 { "args" } else { "values" };
        return Err(postern_dotnet::Exception::argument_null(parameter).into());
    }
    let joined = walk_over(
        call,
        |call| Ok((Source::new(call.take(index)), None)),
        |machine, joined: &mut Option<Joined>, item| {
            let text = Value::String(to_text_in_turns(item, machine)?);
            append(machine, joined, separator, &text)?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Joined::text(joined))
}

fn join_arguments(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let items = call.arguments_from(0);
    put_together(call, "", &items)
}

fn put_together(call: &mut Call<'_, '_>, separator: &str, items: &[Value]) -> Result<Value, Thrown> {
    let mut joined = None;
    for item in items {
        append(call.machine, &mut joined, separator, item)?;
    }
    Ok(Joined::text(joined))
}

/// Texts put together. One alone is given as it is.
enum Joined {
    One(Text),
    More(String),
}

impl Joined {
    fn text(joined: Option<Joined>) -> Value {
        match joined {
            None => Value::String(Text::default()),
            Some(Joined::One(text)) => text.into(),
            Some(Joined::More(text)) => text.into(),
        }
    }
}

/// Adds an item, and a separator before it if it is not the first. Null items are empty.
fn append(machine: &mut Machine<'_>, joined: &mut Option<Joined>, separator: &str, item: &Value) -> Result<(), Thrown> {
    let item: Text = to_text(item, machine)?;
    machine.charge(JOINED_STEPS)?;
    machine.charge_memory(item.len() + separator.len())?;
    *joined = Some(match joined.take() {
        None => Joined::One(item),
        Some(before) => {
            let mut text = match before {
                Joined::One(text) => text.into(),
                Joined::More(text) => text,
            };
            text.push_str(separator);
            text.push_str(&item);
            Joined::More(text)
        }
    });
    Ok(())
}
