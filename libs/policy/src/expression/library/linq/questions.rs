//! Operators that answer about a whole sequence: `Any`, `All`, `Count`, `Contains`, `SequenceEqual`, `Aggregate`.

use std::ops::ControlFlow;

use super::elements::NO_ELEMENTS;
use super::query::{Source, check, source, walk_over};
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::HashSetObject;
use crate::expression::library::collections::arguments::{Answer, holds, int, invalid_operation};
use crate::expression::library::collections::equality::Equality;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    let builder = builder
        .method("static bool Any<T>(this IEnumerable<T> source)", |call| {
            let is_there = source(call, &["source"])?.next(call.machine)?.is_some();
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
                    *result = Some(match result.take() {
                        Some(before) => machine.invoke(&function, &[before, item])?,
                        None => item,
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
            |call| {
                let selector = call.argument(3).clone();
                let result = fold(call)?;
                call.machine.invoke(&selector, &[result])
            },
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

/// From the seed on.
fn fold(call: &mut Call<'_, '_>) -> Answer {
    let function = call.argument(2).clone();
    walk_over(
        call,
        |call| {
            check_function(call)?;
            if call.arguments.len() > 3 && call.argument(3).is_null() {
                return Err(postern_dotnet::Exception::argument_null("resultSelector").into());
            }
            Ok((source(call, &["source"])?, call.take(1)))
        },
        |machine, result, item| {
            *result = machine.invoke(&function, &[std::mem::take(result), item])?;
            Ok(ControlFlow::Continue(()))
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
            *found = holds(machine, &predicate, &item)? == wanted;
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
    if !call.machine.has_paused() {
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
            *count += usize::from(holds(machine, &predicate, &item)?);
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
            *found = equality.equal(machine, &wanted, &item)?;
            Ok(if *found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        },
    )?;
    Ok(is_there.into())
}

fn sequence_equal(call: &mut Call<'_, '_>) -> Answer {
    let equality = Equality::from_argument(call.argument(2));
    let (mut second, are_equal) = walk_over(
        call,
        |call| Ok((source(call, &["first", "second"])?, (Source::new(call.take(1)), true))),
        |machine, (second, are_equal), left| {
            *are_equal = match second.next(machine)? {
                Some(right) => equality.equal(machine, &left, &right)?,
                None => false,
            };
            Ok(if *are_equal { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        },
    )?;
    Ok((are_equal && second.next(call.machine)?.is_none()).into())
}
