//! `string.Split`.

use postern_dotnet::text::{SplitOptions, split, split_chars};

use super::this;
use crate::expression::library::Library;
use crate::expression::library::values::{parts_of, places, texts, units};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
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
    let this = this(call);
    parts_of(call, &this, |call| {
        let separators = if let Value::Char(unit) = call.argument(1) { vec![*unit] } else { units(call, 1) };
        call.machine.charge((this.len() / 16).saturating_mul(1 + separators.len()))?;
        Ok(places(&this, split_chars(&this, &separators, count, SplitOptions::from_value(options)?)?))
    })
}

/// A null or empty separator splits nothing.
fn by_text(call: &mut Call<'_, '_>, count: i32, options: i64) -> Result<Value, Thrown> {
    let this = this(call);
    let separator = call.text(1).cloned().unwrap_or_default();
    parts_of(call, &this, |call| {
        call.machine.charge(this.len() / 16)?;
        Ok(places(&this, split(&this, &[&separator], count, SplitOptions::from_value(options)?)?))
    })
}

/// A null array is white space.
fn by_texts(call: &mut Call<'_, '_>, count: i32, options: i64) -> Result<Value, Thrown> {
    let this = this(call);
    parts_of(call, &this, |call| {
        let separators = if call.argument(1).is_null() { Vec::new() } else { texts(call, 1)? };
        let separators: Vec<&str> = separators.iter().map(|separator| &**separator).collect();
        call.machine.charge(this.len() / 16)?;
        call.machine.charge((this.len() / 8).saturating_mul(separators.len()))?;
        Ok(places(&this, split(&this, &separators, count, SplitOptions::from_value(options)?)?))
    })
}
