//! `Sum` and `Average` of every number type, with and without a selector.

use std::ops::ControlFlow;

use postern_dotnet::number::{decimal_add, decimal_divide};
use postern_dotnet::{Decimal, Exception};

use super::elements::NO_ELEMENTS;
use super::query::{source, walk_over};
use crate::expression::library::ClassBuilder;
use crate::expression::library::collections::arguments::{Answer, invalid_operation};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

/// The running total of one number type.
trait Total: Default + 'static {
    /// Adds an item; `null` items never come here.
    fn add(&mut self, item: &Value) -> Result<(), Exception>;
    /// The sum in its type.
    fn sum(self) -> Value;
    /// The average; `count` is not zero.
    fn average(self, count: i64) -> Result<Value, Exception>;
}

/// `int`: the sum must fit at every step; the average takes more.
#[derive(Default)]
struct Ints {
    total: i64,
    overflowed: bool,
}

/// `long`
#[derive(Default)]
struct Longs(i64);

/// `float`, added up in double precision.
#[derive(Default)]
struct Floats(f64);

/// `double`
#[derive(Default)]
struct Doubles(f64);

/// `decimal`
#[derive(Default)]
struct Decimals(Decimal);

impl Total for Ints {
    fn add(&mut self, item: &Value) -> Result<(), Exception> {
        let Value::Int(item) = item else { return Ok(()) };
        // Fewer items than the budget has steps, so this cannot overflow.
        self.total = self.total.saturating_add(i64::from(*item));
        self.overflowed |= i32::try_from(self.total).is_err();
        Ok(())
    }

    fn sum(self) -> Value {
        i32::try_from(self.total).ok().filter(|_| !self.overflowed).map_or(Value::Null, Value::Int)
    }

    fn average(self, count: i64) -> Result<Value, Exception> {
        Ok(quotient(self.total, count))
    }
}

#[allow(clippy::cast_precision_loss, reason = "the conversion of C#'s `(double)sum / count`")]
fn quotient(sum: i64, count: i64) -> Value {
    Value::Double(sum as f64 / count as f64)
}

impl Total for Longs {
    fn add(&mut self, item: &Value) -> Result<(), Exception> {
        let Value::Long(item) = item else { return Ok(()) };
        self.0 = self.0.checked_add(*item).ok_or_else(Exception::overflow)?;
        Ok(())
    }

    fn sum(self) -> Value {
        Value::Long(self.0)
    }

    fn average(self, count: i64) -> Result<Value, Exception> {
        Ok(quotient(self.0, count))
    }
}

impl Total for Floats {
    fn add(&mut self, item: &Value) -> Result<(), Exception> {
        if let Value::Float(item) = item {
            self.0 += f64::from(*item);
        }
        Ok(())
    }

    #[allow(clippy::cast_possible_truncation, reason = "the sum is a `float`")]
    fn sum(self) -> Value {
        Value::Float(self.0 as f32)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "the average is a `float`")]
    fn average(self, count: i64) -> Result<Value, Exception> {
        Ok(Value::Float((self.0 / count as f64) as f32))
    }
}

impl Total for Doubles {
    fn add(&mut self, item: &Value) -> Result<(), Exception> {
        if let Value::Double(item) = item {
            self.0 += item;
        }
        Ok(())
    }

    fn sum(self) -> Value {
        Value::Double(self.0)
    }

    #[allow(clippy::cast_precision_loss, reason = "the conversion of C#'s `sum / count`")]
    fn average(self, count: i64) -> Result<Value, Exception> {
        Ok(Value::Double(self.0 / count as f64))
    }
}

impl Total for Decimals {
    fn add(&mut self, item: &Value) -> Result<(), Exception> {
        let Value::Decimal(item) = item else { return Ok(()) };
        self.0 = decimal_add(self.0, *item)?;
        Ok(())
    }

    fn sum(self) -> Value {
        Value::Decimal(self.0)
    }

    fn average(self, count: i64) -> Result<Value, Exception> {
        Ok(Value::Decimal(decimal_divide(self.0, Decimal::from(count))?))
    }
}

/// What the average of nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Empty {
    Throws,
    Null,
}

/// Adds up all items that are not null, or what a selector makes of them. Gives the total and how many there were.
fn total<T: Total>(call: &mut Call<'_, '_>) -> Result<(T, i64), Thrown> {
    let has_selector = call.arguments.len() > 1;
    let selector = call.argument(1).clone();
    walk_over(
        call,
        |call| {
            let names: &[&str] = if has_selector { &["source", "selector"] } else { &["source"] };
            Ok((source(call, names)?, (T::default(), 0_i64)))
        },
        |machine, (total, count), item| {
            let made;
            let item = if has_selector {
                made = machine.invoke_in_turns(&selector, std::slice::from_ref(item))?;
                &made
            } else {
                item
            };
            if !item.is_null() {
                total.add(item)?;
                *count += 1;
            }
            Ok(ControlFlow::Continue(()))
        },
    )
}

fn sum<T: Total>(call: &mut Call<'_, '_>) -> Answer {
    let sum = total::<T>(call)?.0.sum();
    // Only an `int` that does not fit has no value.
    if sum.is_null() { Err(Exception::overflow().into()) } else { Ok(sum) }
}

fn average<T: Total>(call: &mut Call<'_, '_>, empty: Empty) -> Answer {
    match (total::<T>(call)?, empty) {
        ((_, 0), Empty::Throws) => Err(invalid_operation(NO_ELEMENTS)),
        ((_, 0), Empty::Null) => Ok(Value::Null),
        ((total, count), _) => Ok(total.average(count)?),
    }
}

/// The eight members of a number type, for it and for its nullable, of items and of what a selector makes of them.
macro_rules! totals {
    ($builder:expr, $total:ty, $number:literal, $average:literal) => {
        $builder
            .method(concat!("static ", $number, " Sum(this IEnumerable<", $number, "> source)"), sum::<$total>)
            .method(concat!("static ", $number, "? Sum(this IEnumerable<", $number, "?> source)"), sum::<$total>)
            .method(
                concat!("static ", $number, " Sum<T>(this IEnumerable<T> source, Func<T, ", $number, "> selector)"),
                sum::<$total>,
            )
            .method(
                concat!("static ", $number, "? Sum<T>(this IEnumerable<T> source, Func<T, ", $number, "?> selector)"),
                sum::<$total>,
            )
            .method(concat!("static ", $average, " Average(this IEnumerable<", $number, "> source)"), |call| {
                average::<$total>(call, Empty::Throws)
            })
            .method(concat!("static ", $average, "? Average(this IEnumerable<", $number, "?> source)"), |call| {
                average::<$total>(call, Empty::Null)
            })
            .method(
                concat!(
                    "static ",
                    $average,
                    " Average<T>(this IEnumerable<T> source, Func<T, ",
                    $number,
                    "> selector)"
                ),
                |call| average::<$total>(call, Empty::Throws),
            )
            .method(
                concat!(
                    "static ",
                    $average,
                    "? Average<T>(this IEnumerable<T> source, Func<T, ",
                    $number,
                    "?> selector)"
                ),
                |call| average::<$total>(call, Empty::Null),
            )
    };
}

pub(super) fn declare(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    let builder = totals!(builder, Ints, "int", "double");
    let builder = totals!(builder, Longs, "long", "double");
    let builder = totals!(builder, Floats, "float", "float");
    let builder = totals!(builder, Doubles, "double", "double");
    totals!(builder, Decimals, "decimal", "decimal")
}
