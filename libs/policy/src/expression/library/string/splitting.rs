//! `string.Split`.

use postern_dotnet::Exception;
use postern_dotnet::text::{Separators, SplitOptions, Splitting};

use super::this;
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::library::pieces::work;
use crate::expression::library::values::{texts, units};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.String")
        .method("string[] Split(params char[] separator)", |call| by_chars(call, i32::MAX, 0))
        .method("string[] Split(char[] separator, int count)", |call| by_chars(call, call.int(2), 0))
        .method("string[] Split(char[] separator, StringSplitOptions options)", |call| {
            by_chars(call, i32::MAX, call.constant(2))
        })
        .method("string[] Split(char[] separator, int count, StringSplitOptions options)", |call| {
            by_chars(call, call.int(2), call.constant(3))
        })
        .method("string[] Split(char separator, StringSplitOptions options = StringSplitOptions.None)", |call| {
            by_chars(call, i32::MAX, call.constant(2))
        })
        .method(
            "string[] Split(char separator, int count, StringSplitOptions options = StringSplitOptions.None)",
            |call| by_chars(call, call.int(2), call.constant(3)),
        )
        .method("string[] Split(string[] separator, StringSplitOptions options)", |call| {
            by_texts(call, i32::MAX, call.constant(2))
        })
        .method("string[] Split(string[] separator, int count, StringSplitOptions options)", |call| {
            by_texts(call, call.int(2), call.constant(3))
        })
        .method("string[] Split(string separator, StringSplitOptions options = StringSplitOptions.None)", |call| {
            by_text(call, i32::MAX, call.constant(2))
        })
        .method(
            "string[] Split(string separator, int count, StringSplitOptions options = StringSplitOptions.None)",
            |call| by_text(call, call.int(2), call.constant(3)),
        );
}

fn by_chars(call: &mut Call<'_, '_>, count: i32, options: i64) -> Result<Value, Thrown> {
    split(call, count, options, |call| {
        Ok(Separators::Chars(if let Value::Char(unit) = call.argument(1) { vec![*unit] } else { units(call, 1)? }))
    })
}

/// A null or empty separator splits nothing.
fn by_text(call: &mut Call<'_, '_>, count: i32, options: i64) -> Result<Value, Thrown> {
    split(call, count, options, |call| Ok(Separators::Texts(vec![call.text(1).cloned().unwrap_or_default()])))
}

/// A null array is white space.
fn by_texts(call: &mut Call<'_, '_>, count: i32, options: i64) -> Result<Value, Thrown> {
    split(call, count, options, |call| {
        Ok(Separators::Texts(if call.argument(1).is_null() { Vec::new() } else { texts(call, 1)? }))
    })
}

fn split<'h>(
    call: &mut Call<'_, 'h>,
    count: i32,
    options: i64,
    separators: impl FnOnce(&mut Call<'_, 'h>) -> Result<Separators, Thrown>,
) -> Result<Value, Thrown> {
    let splitting = if call.machine.is_resumed() {
        None
    } else {
        let separators = separators(call)?;
        Some(Splitting::new(&this(call), separators, count, SplitOptions::from_value(options)?)?)
    };
    let parts = work(call.machine, |_| splitting.ok_or_else(|| Exception::null_reference().into()))?;
    call.machine.charge(parts.len())?;
    Ok(Value::object(Array::values(Type::String, parts.into_iter().map(Value::String).collect())))
}
