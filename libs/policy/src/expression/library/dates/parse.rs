//! What `Parse`, `TryParse`, `ParseExact` and `TryParseExact` have in common.

use postern_dotnet::Exception;

use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

/// The result of a `Try…`: sets the `out` parameter and tells whether there is a value.
pub(super) fn tried<T: Into<Value>>(
    call: &mut Call<'_, '_>,
    out: usize,
    found: Option<T>,
    default: T,
) -> Result<Value, Thrown> {
    let is_found = found.is_some();
    call.set_out(out, found.unwrap_or(default));
    Ok(is_found.into())
}

/// Turns the failure of a reader into `None`, but not a mistake in the call: those are not `FormatException`s.
pub(super) fn if_format<T>(result: Result<T, Exception>) -> Result<Option<T>, Thrown> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(exception) if exception.of == postern_dotnet::ExceptionType::Argument => Err(exception.into()),
        Err(_) => Ok(None),
    }
}

/// The value, or `None` for a text that does not fit; limits and mistakes in the call stay what they are.
pub(super) fn caught<T>(result: Result<T, Thrown>) -> Result<Option<T>, Thrown> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Thrown::Exception(exception)) if exception.of == postern_dotnet::ExceptionType::Format => Ok(None),
        Err(other) => Err(other),
    }
}
