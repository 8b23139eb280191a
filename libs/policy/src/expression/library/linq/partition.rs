//! `Skip`, `Take`, `Concat`, `Reverse` and the others that pass items on as they are; `Range`, `Repeat`, `Empty`.

use std::collections::VecDeque;
use std::sync::Arc;

use postern_dotnet::Exception;

use super::gathered::Gathered;
use super::projection::{holds_at, type_part};
use super::query::{Length, Parts, check, query, query_of, query_of_length, walk};
use crate::expression::array::Array;
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::arguments::{Answer, OUTSIDE_VALID_VALUES, default_of, holds};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Enumerator;
use crate::expression::release::Held;
use crate::expression::sequence::Items;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    let builder = builder
        .method("static IEnumerable<T> Skip<T>(this IEnumerable<T> source, int count)", |call| {
            query(call, &["source"], 0, skip)
        })
        .method("static IEnumerable<T> Take<T>(this IEnumerable<T> source, int count)", |call| {
            query(call, &["source"], 0, take)
        })
        .method("static IEnumerable<T> SkipLast<T>(this IEnumerable<T> source, int count)", |call| {
            query(call, &["source"], 0, skip_last)
        })
        .method("static IEnumerable<T> TakeLast<T>(this IEnumerable<T> source, int count)", |call| {
            query(call, &["source"], 0, take_last)
        })
        .method("static IEnumerable<T> SkipWhile<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            query(call, &["source", "predicate"], 0, |parts| skip_while(parts, false))
        })
        .method(
            "static IEnumerable<T> SkipWhile<T>(this IEnumerable<T> source, Func<T, int, bool> predicate)",
            |call| query(call, &["source", "predicate"], 0, |parts| skip_while(parts, true)),
        )
        .method("static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            query(call, &["source", "predicate"], 0, |parts| take_while(parts, false))
        })
        .method(
            "static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> source, Func<T, int, bool> predicate)",
            |call| query(call, &["source", "predicate"], 0, |parts| take_while(parts, true)),
        )
        .method("static IEnumerable<T[]> Chunk<T>(this IEnumerable<T> source, int size)", |call| {
            check(call, &["source"])?;
            if call.int(1) < 1 {
                return Err(Exception::argument_out_of_range("size", OUTSIDE_VALID_VALUES).into());
            }
            let element = call.type_argument(0);
            call.arguments.push(Value::object(TypeObject(element.clone())));
            query_of(call, &["source"], Type::Array(Arc::new(element), 1), chunk)
        });
    declare_generation(declare_ends(builder))
}

fn declare_ends(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static IEnumerable<T> Concat<T>(this IEnumerable<T> first, IEnumerable<T> second)", |call| {
            query(call, &["first", "second"], 0, concat)
        })
        .method("static IEnumerable<T> Append<T>(this IEnumerable<T> source, T element)", |call| {
            query(call, &["source"], 0, append)
        })
        .method("static IEnumerable<T> Prepend<T>(this IEnumerable<T> source, T element)", |call| {
            query(call, &["source"], 0, prepend)
        })
        .method("static IEnumerable<T> Reverse<T>(this IEnumerable<T> source)", |call| {
            let element = call.type_argument(0);
            query_of_length(call, &["source"], element, (reverse, Length::Known))
        })
        .method("static IEnumerable<T> DefaultIfEmpty<T>(this IEnumerable<T> source)", |call| {
            check(call, &["source"])?;
            let default = default_of(call.machine, &call.type_argument(0))?;
            call.arguments.push(default);
            query(call, &["source"], 0, default_if_empty)
        })
        .method("static IEnumerable<T> DefaultIfEmpty<T>(this IEnumerable<T> source, T defaultValue)", |call| {
            query(call, &["source"], 0, default_if_empty)
        })
        .method("static IEnumerable<T> AsEnumerable<T>(this IEnumerable<T> source)", |call| Ok(call.take(0)))
}

fn declare_generation(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static IEnumerable<int> Range(int start, int count)", |call| {
            let (start, count) = (call.int(0), call.int(1));
            // The last number must be an `int`.
            if count < 0 || i64::from(start) + i64::from(count) - 1 > i64::from(i32::MAX) {
                return Err(Exception::argument_out_of_range("count", OUTSIDE_VALID_VALUES).into());
            }
            query_of_length(call, &[], Type::INT, (range, Length::Known))
        })
        .method("static IEnumerable<T> Repeat<T>(T element, int count)", |call| {
            if call.int(1) < 0 {
                return Err(Exception::argument_out_of_range("count", OUTSIDE_VALID_VALUES).into());
            }
            let element = call.type_argument(0);
            query_of_length(call, &[], element, (repeat, Length::Known))
        })
        .method("static IEnumerable<T> Empty<T>()", empty)
}

fn empty(call: &mut Call<'_, '_>) -> Answer {
    Ok(Value::object(Array::values(call.type_argument(0), Vec::new())))
}

fn skip(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, mut left) = (parts.source(0), parts.count(1));
    walk(move |machine| {
        while left > 0 {
            if source.next(machine)?.is_none() {
                return Ok(None);
            }
            left -= 1;
            machine.end_turn()?;
        }
        source.next(machine)
    })
}

fn take(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, mut left) = (parts.source(0), parts.count(1));
    walk(move |machine| {
        // The item behind the last is not asked for.
        let Some(less) = left.checked_sub(1) else { return Ok(None) };
        let item = source.next(machine)?;
        left = less;
        Ok(item)
    })
}

fn skip_last(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, count) = (parts.source(0), parts.count(1));
    let mut waiting = VecDeque::new();
    walk(move |machine| {
        while let Some(item) = source.next(machine)? {
            machine.charge_memory(size_of::<Value>())?;
            waiting.push_back(item);
            if waiting.len() > count {
                return Ok(waiting.pop_front());
            }
            machine.end_turn()?;
        }
        Ok(None)
    })
}

fn take_last(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, count) = (parts.source(0), parts.count(1));
    let (mut last, mut is_read) = (VecDeque::new(), count == 0);
    walk(move |machine| {
        while !is_read {
            match source.next(machine)? {
                Some(item) => {
                    machine.charge_memory(size_of::<Value>())?;
                    last.push_back(item);
                    if last.len() > count {
                        last.pop_front();
                    }
                    machine.end_turn()?;
                }
                None => is_read = true,
            }
        }
        Ok(last.pop_front())
    })
}

fn skip_while(parts: &Parts, takes_index: bool) -> Box<dyn Enumerator> {
    let (mut source, predicate, mut index, mut is_skipping) = (parts.source(0), parts.get(1), 0, true);
    walk(move |machine| {
        if !is_skipping {
            return source.next(machine);
        }
        let mut is_skipped = |machine: &mut Machine<'_>, item: &Value| {
            if takes_index { holds_at(machine, &predicate, item, &mut index) } else { holds(machine, &predicate, item) }
        };
        while let Some((item, is_skipped)) = source.next_with(machine, &mut is_skipped)? {
            if !is_skipped {
                is_skipping = false;
                return Ok(Some(item));
            }
            machine.end_turn()?;
        }
        Ok(None)
    })
}

fn take_while(parts: &Parts, takes_index: bool) -> Box<dyn Enumerator> {
    let (mut source, predicate, mut index) = (parts.source(0), parts.get(1), 0);
    walk(move |machine| {
        let is_taken = |machine: &mut Machine<'_>, item: &Value| {
            if takes_index { holds_at(machine, &predicate, item, &mut index) } else { holds(machine, &predicate, item) }
        };
        Ok(source.next_with(machine, is_taken)?.and_then(|(item, is_taken)| is_taken.then_some(item)))
    })
}

fn chunk(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, size, element) = (parts.source(0), parts.count(1), type_part(parts, 2));
    let mut items = Vec::new();
    walk(move |machine| {
        while items.len() < size
            && let Some(item) = source.next(machine)?
        {
            machine.charge_memory(size_of::<Value>())?;
            items.push(item);
            machine.end_turn()?;
        }
        let items = std::mem::take(&mut items);
        Ok((!items.is_empty()).then(|| Value::object(Array::values(element.clone(), items))))
    })
}

fn concat(parts: &Parts) -> Box<dyn Enumerator> {
    let mut sources = VecDeque::from([parts.source(0), parts.source(1)]);
    walk(move |machine| {
        while let Some(source) = sources.front_mut() {
            if let Some(item) = source.next(machine)? {
                return Ok(Some(item));
            }
            sources.pop_front();
        }
        Ok(None)
    })
}

fn append(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, mut last) = (Some(parts.source(0)), Some(parts.get(1)));
    walk(move |machine| {
        if let Some(source) = &mut source
            && let Some(item) = source.next(machine)?
        {
            return Ok(Some(item));
        }
        source = None;
        Ok(last.take())
    })
}

fn prepend(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, mut first) = (parts.source(0), Some(parts.get(1)));
    walk(move |machine| match first.take() {
        Some(item) => Ok(Some(item)),
        None => source.next(machine),
    })
}

/// Steps for an item that was kept.
const GIVEN_STEPS: usize = 3;

fn reverse(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, mut gathered, mut items) = (Some(parts.source(0)), Gathered::default(), Held::default());
    walk(move |machine| {
        if let Some(source) = &mut source {
            items = Held(source.rest(machine, &mut gathered)?);
        }
        source = None;
        // Giving an item takes longer than what the walk pays for it.
        machine.charge(GIVEN_STEPS)?;
        Ok(items.pop())
    })
}

fn default_if_empty(parts: &Parts) -> Box<dyn Enumerator> {
    let (mut source, mut default) = (parts.source(0), Some(parts.get(1)));
    walk(move |machine| {
        let item = source.next(machine)?;
        let default = default.take();
        Ok(item.or(default))
    })
}

fn range(parts: &Parts) -> Box<dyn Enumerator> {
    let start = if let Value::Int(start) = parts.get(0) { start } else { 0 };
    let mut numbers = (0..parts.count(1)).map(move |offset| start.wrapping_add(i32::try_from(offset).unwrap_or(0)));
    walk(move |_| Ok(numbers.next().map(Value::Int)))
}

fn repeat(parts: &Parts) -> Box<dyn Enumerator> {
    let (item, mut left) = (parts.get(0), parts.count(1));
    walk(move |_| {
        let is_left = left > 0;
        left = left.saturating_sub(1);
        Ok(is_left.then(|| item.clone()))
    })
}

/// Walks over what a function makes of the whole source when the first item is asked for. Where it ends the turn, it keeps what it did and is
/// asked again.
pub(super) fn walk_made<F>(mut make: F) -> Box<dyn Enumerator>
where
    F: FnMut(&mut Machine<'_>) -> Result<Vec<Value>, Thrown> + 'static,
{
    let mut made: Option<Items> = None;
    walk(move |machine| match &mut made {
        Some(walk) => walk.next(machine),
        none => none.insert(Items(make(machine)?.into_iter())).next(machine),
    })
}
