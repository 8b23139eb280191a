//! Operators that answer about a whole sequence: `Any`, `All`, `Count`, `Contains`, `SequenceEqual`, `Aggregate`.

use super::elements::NO_ELEMENTS;
use super::query::{Source, check, source};
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::HashSetObject;
use crate::expression::library::collections::arguments::{Answer, holds, int, invalid_operation, required};
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
            let mut walk = source(call, &["source", "func"])?;
            let function = call.take(1);
            let Some(first) = walk.next(call.machine)? else { return Err(invalid_operation(NO_ELEMENTS)) };
            fold(call, walk, first, &function)
        })
        .method("static A Aggregate<T, A>(this IEnumerable<T> source, A seed, Func<A, T, A> func)", |call| {
            check_function(call)?;
            let (walk, seed, function) = (source(call, &["source"])?, call.take(1), call.take(2));
            fold(call, walk, seed, &function)
        })
        .method(
            "static R Aggregate<T, A, R>(this IEnumerable<T> source, A seed, Func<A, T, A> func, Func<A, R> resultSelector)",
            |call| {
                check_function(call)?;
                let (walk, seed, function) = (source(call, &["source"])?, call.take(1), call.take(2));
                let selector = required(call, 3, "resultSelector")?;
                let result = fold(call, walk, seed, &function)?;
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

fn fold(call: &mut Call<'_, '_>, mut walk: Source, first: Value, function: &Value) -> Answer {
    let mut result = first;
    while let Some(item) = walk.next(call.machine)? {
        result = call.machine.invoke(function, &[result, item])?;
    }
    Ok(result)
}

/// Whether the predicate gives `wanted` for any item.
fn exists(call: &mut Call<'_, '_>, wanted: bool) -> Result<bool, Thrown> {
    let mut walk = source(call, &["source", "predicate"])?;
    let predicate = call.take(1);
    while let Some(item) = walk.next(call.machine)? {
        if holds(call.machine, &predicate, &item)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
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
    check(call, &["source"])?;
    if let Some(count) = known_count(call.argument(0)) {
        return Ok(count);
    }
    let mut walk = source(call, &[])?;
    let mut count = 0;
    while walk.next(call.machine)?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn count_matching(call: &mut Call<'_, '_>) -> Result<usize, Thrown> {
    let mut walk = source(call, &["source", "predicate"])?;
    let predicate = call.take(1);
    let mut count = 0;
    while let Some(item) = walk.next(call.machine)? {
        count += usize::from(holds(call.machine, &predicate, &item)?);
    }
    Ok(count)
}

fn contains(call: &mut Call<'_, '_>) -> Answer {
    let has_comparer = !call.argument(2).is_null();
    let (equality, wanted) = (Equality::from_argument(call.argument(2)), call.take(1));
    // A set looks it up, in its own way of comparing.
    if let Some(set) = call.object::<HashSetObject>(0).filter(|_| !has_comparer) {
        return Ok(set.contains(call.machine, &wanted)?.into());
    }
    let mut walk = source(call, &["source"])?;
    while let Some(item) = walk.next(call.machine)? {
        if equality.equal(call.machine, &wanted, &item)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

fn sequence_equal(call: &mut Call<'_, '_>) -> Answer {
    let equality = Equality::from_argument(call.argument(2));
    let mut first = source(call, &["first", "second"])?;
    let mut second = Source::new(call.take(1));
    loop {
        match (first.next(call.machine)?, second.next(call.machine)?) {
            (None, None) => return Ok(true.into()),
            (Some(left), Some(right)) if equality.equal(call.machine, &left, &right)? => {}
            _ => return Ok(false.into()),
        }
    }
}
