//! Operators that answer about a whole sequence: `Any`, `All`, `Count`, `Contains`, `SequenceEqual`, `Aggregate`.

use std::ops::ControlFlow;

use super::elements::NO_ELEMENTS;
use super::query::{Source, check, in_turns, source, walk_over};
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::HashSetObject;
use crate::expression::library::collections::arguments::{Answer, holds, int, invalid_operation};
use crate::expression::library::collections::equality::Equality;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    let builder = builder
        .method("static bool Any<T>(this IEnumerable<T> source)", |call| {
            let is_there = walk_over(
                call,
                |call| Ok((source(call, &["source"])?, false)),
                |_, is_there, _| {
                    *is_there = true;
                    Ok(ControlFlow::Break(()))
                },
            )?;
            Ok(is_there.into())
        })
        .method("static bool Any<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            Ok(exists(call, true)?.into())
        })
        .method("static bool All<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            Ok((!exists(call, false)?).into())
        })
        .method("static int Count<T>(this IEnumerable<T> source)", |call| Ok(int(count(call)?)))
        .method("static int Count<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            Ok(int(count_matching(call)?))
        })
        .method("static long LongCount<T>(this IEnumerable<T> source)", |call| Ok(long(count(call)?)))
        .method("static long LongCount<T>(this IEnumerable<T> source, Func<T, bool> predicate)", |call| {
            Ok(long(count_matching(call)?))
        })
        .method("static bool TryGetNonEnumeratedCount<T>(this IEnumerable<T> source, out int count)", |call| {
            check(call, &["source"])?;
            let known = known_count(call.argument(0));
            call.set_out(1, int(known.unwrap_or(0)));
            Ok(known.is_some().into())
        })
        .method("static bool Contains<T>(this IEnumerable<T> source, T value)", contains)
        .method(
            "static bool Contains<T>(this IEnumerable<T> source, T value, IEqualityComparer<T> comparer)",
            contains,
        )
        .method("static bool SequenceEqual<T>(this IEnumerable<T> first, IEnumerable<T> second)", sequence_equal)
        .method(
            "static bool SequenceEqual<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
            sequence_equal,
        );
    declare_aggregate(builder)
}

fn declare_aggregate(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static T Aggregate<T>(this IEnumerable<T> source, Func<T, T, T> func)", |call| {
            let function = call.argument(1).clone();
            let result = walk_over(
                call,
                |call| Ok((source(call, &["source", "func"])?, None)),
                |machine, result: &mut Option<Value>, item| {
                    *result = Some(match result {
                        Some(before) => machine.invoke_in_turns(&function, &[before.clone(), item.clone()])?,
                        None => item.clone(),
                    });
                    Ok(ControlFlow::Continue(()))
                },
            )?;
            result.ok_or_else(|| invalid_operation(NO_ELEMENTS))
        })
        .method("static A Aggregate<T, A>(this IEnumerable<T> source, A seed, Func<A, T, A> func)", |call| {
            fold(call)
        })
        .method(
            "static R Aggregate<T, A, R>(this IEnumerable<T> source, A seed, Func<A, T, A> func, Func<A, R> resultSelector)",
            fold,
        )
}

/// The seed, in between, may be null.
fn check_function(call: &Call<'_, '_>) -> Result<(), Thrown> {
    check(call, &["source"])?;
    if call.argument(2).is_null() {
        return Err(postern_dotnet::Exception::argument_null("func").into());
    }
    Ok(())
}

/// From the seed on, and what the result selector makes of it if there is one.
fn fold(call: &mut Call<'_, '_>) -> Answer {
    let (function, selector) = (call.argument(2).clone(), call.argument(3).clone());
    in_turns(
        call,
        |call| {
            check_function(call)?;
            if call.arguments.len() > 3 && call.argument(3).is_null() {
                return Err(postern_dotnet::Exception::argument_null("resultSelector").into());
            }
            Ok((Some(source(call, &["source"])?), call.take(1)))
        },
        |machine, (source, result)| {
            if let Some(items) = source {
                let mut add = |machine: &mut Machine<'_>, item: &Value| {
                    *result = machine.invoke_in_turns(&function, &[result.clone(), item.clone()])?;
                    Ok(())
                };
                while items.next_with(machine, &mut add)?.is_some() {
                    machine.end_turn()?;
                }
            }
            *source = None;
            if selector.is_null() {
                return Ok(std::mem::take(result));
            }
            machine.invoke_in_turns(&selector, std::slice::from_ref(result))
        },
    )
}

/// Whether the predicate gives `wanted` for any item.
fn exists(call: &mut Call<'_, '_>, wanted: bool) -> Result<bool, Thrown> {
    let predicate = call.argument(1).clone();
    walk_over(
        call,
        |call| Ok((source(call, &["source", "predicate"])?, false)),
        |machine, found, item| {
            *found = holds(machine, &predicate, item)? == wanted;
            Ok(if *found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        },
    )
}

fn long(count: usize) -> Value {
    Value::Long(i64::try_from(count).unwrap_or(i64::MAX))
}

fn known_count(sequence: &Value) -> Option<usize> {
    match sequence {
        Value::Object(object) => object.count(),
        _ => None,
    }
}

fn count(call: &mut Call<'_, '_>) -> Result<usize, Thrown> {
    if !call.machine.is_resumed() {
        check(call, &["source"])?;
        if let Some(count) = known_count(call.argument(0)) {
            return Ok(count);
        }
    }
    walk_over(
        call,
        |call| Ok((source(call, &[])?, 0)),
        |_, count, _| {
            *count += 1;
            Ok(ControlFlow::Continue(()))
        },
    )
}

fn count_matching(call: &mut Call<'_, '_>) -> Result<usize, Thrown> {
    let predicate = call.argument(1).clone();
    walk_over(
        call,
        |call| Ok((source(call, &["source", "predicate"])?, 0)),
        |machine, count, item| {
            *count += usize::from(holds(machine, &predicate, item)?);
            Ok(ControlFlow::Continue(()))
        },
    )
}

fn contains(call: &mut Call<'_, '_>) -> Answer {
    let has_comparer = !call.argument(2).is_null();
    let (equality, wanted) = (Equality::from_argument(call.argument(2)), call.argument(1).clone());
    // A set looks it up, in its own way of comparing.
    if let Some(set) = call.object::<HashSetObject>(0).filter(|_| !has_comparer) {
        return Ok(set.contains(call.machine, &wanted)?.into());
    }
    let is_there = walk_over(
        call,
        |call| Ok((source(call, &["source"])?, false)),
        |machine, found, item| {
            *found = equality.equal(machine, &wanted, item)?;
            Ok(if *found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        },
    )?;
    Ok(is_there.into())
}

fn sequence_equal(call: &mut Call<'_, '_>) -> Answer {
    let equality = Equality::from_argument(call.argument(2));
    let are_equal = in_turns(
        call,
        |call| Ok((source(call, &["first", "second"])?, Source::new(call.take(1)))),
        |machine, (first, second)| {
            loop {
                let pair = first.next_with(machine, |machine, left| match second.next(machine)? {
                    Some(right) => equality.equal(machine, left, &right),
                    None => Ok(false),
                })?;
                match pair {
                    Some((_, true)) => machine.end_turn()?,
                    Some(_) => return Ok(false),
                    None => return Ok(second.next(machine)?.is_none()),
                }
            }
        },
    )?;
    Ok(are_equal.into())
}
