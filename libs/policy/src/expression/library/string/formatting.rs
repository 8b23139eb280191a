//! `string.Format`.

use postern_dotnet::text::{Piece, align, parse_composite};
use postern_dotnet::{Exception, Text};

use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::library::Library;
use crate::expression::library::values::text;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::List as _;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.String")
        .method("static string Format(string format, object arg0)", |call| one_by_one(call, 0))
        .method("static string Format(string format, object arg0, object arg1)", |call| one_by_one(call, 0))
        .method("static string Format(string format, object arg0, object arg1, object arg2)", |call| {
            one_by_one(call, 0)
        })
        .method("static string Format(string format, params object[] args)", |call| as_array(call, 0))
        .method("static string Format(IFormatProvider provider, string format, object arg0)", |call| {
            one_by_one(call, 1)
        })
        .method("static string Format(IFormatProvider provider, string format, object arg0, object arg1)", |call| {
            one_by_one(call, 1)
        })
        .method(
            "static string Format(IFormatProvider provider, string format, object arg0, object arg1, object arg2)",
            |call| one_by_one(call, 1),
        )
        .method("static string Format(IFormatProvider provider, string format, params object[] args)", |call| {
            as_array(call, 1)
        });
}

fn one_by_one(call: &mut Call<'_, '_>, format: usize) -> Result<Value, Thrown> {
    let pattern = call.required_text(format, "format")?;
    let arguments = call.arguments_from(format + 1);
    let formatted = format_composite(&pattern, &arguments, call.machine)?;
    text(call, formatted)
}

fn as_array(call: &mut Call<'_, '_>, format: usize) -> Result<Value, Thrown> {
    let pattern = call.required_text(format, "format")?;
    let array = call.object::<Array>(format + 1).ok_or_else(|| Exception::argument_null("args"))?;
    call.machine.charge(array.len())?;
    let formatted = format_composite(&pattern, &array.to_vec(), call.machine)?;
    text(call, formatted)
}

/// A composite format filled with values.
pub(in crate::expression::library) fn format_composite(
    pattern: &Text,
    arguments: &[Value],
    machine: &mut Machine<'_>,
) -> Result<String, Thrown> {
    format_pieces(pattern, arguments, machine, |_| {})
}

/// The same; `ends` is told where each piece ends, padding on its own.
pub(in crate::expression::library) fn format_pieces(
    pattern: &Text,
    arguments: &[Value],
    machine: &mut Machine<'_>,
    mut ends: impl FnMut(usize),
) -> Result<String, Thrown> {
    machine.charge(pattern.len() / 8)?;
    let mut result = String::new();
    for piece in parse_composite(pattern, arguments.len())? {
        match piece {
            Piece::Literal(literal) => result.push_str(literal),
            Piece::Item { index, alignment, format } => {
                let value = arguments.get(index).unwrap_or(&Value::Null);
                let formatted = if format.is_empty() {
                    display::to_text(value, machine)?
                } else {
                    display::format(value, format, machine)?
                };
                let width = usize::try_from(alignment.unsigned_abs()).unwrap_or(0);
                machine.charge_memory(formatted.len().max(width))?;
                let start = result.len();
                align(&mut result, &formatted, alignment)?;
                ends(if alignment < 0 { start + formatted.len() } else { result.len() - formatted.len() });
            }
        }
        ends(result.len());
    }
    Ok(result)
}
