//! What a builder appends that is made of several values.

use std::ops::ControlFlow;

use postern_dotnet::text::from_units;
use postern_dotnet::{Exception, Text};

use super::{Builder, push};
use crate::expression::array::Array;
use crate::expression::display::to_text;
use crate::expression::library::ClassBuilder;
use crate::expression::library::linq::{Source, walk_over};
use crate::expression::library::string::format_pieces;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List as _;
use crate::expression::value::Value;

pub(super) fn declare_formats(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("StringBuilder AppendLine()", |call| push(call, "\n"))
        .method("StringBuilder AppendLine(string value)", |call| {
            let line = call.text(1).cloned().unwrap_or_default();
            call.machine.charge_memory(line.len())?;
            call.this::<Builder>()?.add(&line)?;
            push(call, "\n")
        })
        .method("StringBuilder AppendFormat(string format, object arg0)", append_format)
        .method("StringBuilder AppendFormat(string format, object arg0, object arg1)", append_format)
        .method("StringBuilder AppendFormat(string format, object arg0, object arg1, object arg2)", append_format)
        .method("StringBuilder AppendFormat(string format, params object[] args)", |call| {
            let pattern = call.required_text(1, "format")?;
            let array = call.object::<Array>(2).ok_or_else(|| Exception::argument_null("args"))?;
            call.machine.charge(array.len())?;
            push_format(call, &pattern, &array.to_vec())
        })
        .method("StringBuilder AppendFormat(IFormatProvider provider, string format, object arg0)", append_format_for)
        .method("StringBuilder AppendFormat(IFormatProvider provider, string format, object arg0, object arg1)", append_format_for)
        .method(
            "StringBuilder AppendFormat(IFormatProvider provider, string format, object arg0, object arg1, object arg2)",
            append_format_for,
        )
        .method("StringBuilder AppendFormat(IFormatProvider provider, string format, params object[] args)", |call| {
            let pattern = call.required_text(2, "format")?;
            let array = call.object::<Array>(3).ok_or_else(|| Exception::argument_null("args"))?;
            push_format(call, &pattern, &array.to_vec())
        })
        .method("StringBuilder AppendJoin(string separator, params object[] values)", append_join)
        .method("StringBuilder AppendJoin(string separator, params string[] values)", append_join)
        .method("StringBuilder AppendJoin(char separator, params object[] values)", append_join)
        .method("StringBuilder AppendJoin(char separator, params string[] values)", append_join)
        .method("StringBuilder AppendJoin<T>(char separator, IEnumerable<T> values)", append_join)
        .method("StringBuilder AppendJoin<T>(string separator, IEnumerable<T> values)", append_join)
}

fn append_format(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    append_formatted(call, 1)
}

/// With a provider in front.
fn append_format_for(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    append_formatted(call, 2)
}

/// `format`: the number of its argument; what is formatted stands behind it.
fn append_formatted(call: &mut Call<'_, '_>, format: usize) -> Result<Value, Thrown> {
    let pattern = call.required_text(format, "format")?;
    let arguments = call.arguments_from(format + 1);
    push_format(call, &pattern, &arguments)
}

fn append_join(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let separator = match call.argument(1) {
        Value::Char(unit) => from_units(&[*unit]),
        _ => call.text(1).cloned().unwrap_or_default(),
    };
    let this = call.this::<Builder>()?;
    walk_over(
        call,
        |call| Ok((Source::new(call.take(2)), false)),
        |machine, is_behind_another, value| {
            let text = machine.in_one_turn(|machine| to_text(value, machine))?;
            machine.charge_memory(text.len() + separator.len())?;
            if std::mem::replace(is_behind_another, true) {
                this.add(&separator)?;
            }
            this.add(&text)?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(call.take(0))
}

/// Appends what a format gives, piece by piece.
fn push_format(call: &mut Call<'_, '_>, pattern: &Text, arguments: &[Value]) -> Result<Value, Thrown> {
    let mut ends = Vec::new();
    let text = format_pieces(pattern, arguments, call.machine, |end| ends.push(end))?;
    call.machine.charge_memory(text.len())?;
    let (this, mut start) = (call.this::<Builder>()?, 0);
    for end in ends {
        this.add(text.get(start..end).unwrap_or_default())?;
        start = end;
    }
    Ok(call.take(0))
}
