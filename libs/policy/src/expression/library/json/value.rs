//! `JValue`, `JRaw`.

use postern_dotnet::json::{JToken, Scalar};
use postern_dotnet::{Exception, Text};

use super::super::Library;
use super::cast::{from_value, plain_value, scalar_of};
use super::content::undetermined;
use super::token::this;
use super::wrapper::{is_null, token_of, token_value};
use crate::expression::display;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class Newtonsoft.Json.Linq.JValue : JToken, IComparable, IComparable<JValue>, IEquatable<JValue>, IFormattable")
        .constructor("(JValue other)", copy)
        .constructor("(long value)", from_value)
        .constructor("(decimal value)", from_value)
        .constructor("(char value)", from_value)
        .constructor("(ulong value)", from_value)
        .constructor("(double value)", from_value)
        .constructor("(float value)", from_value)
        .constructor("(DateTime value)", from_value)
        .constructor("(DateTimeOffset value)", from_value)
        .constructor("(bool value)", from_value)
        .constructor("(string value)", |call| text_token(call, Scalar::String, Scalar::NullString))
        .constructor("(Guid value)", from_value)
        .constructor("(Uri value)", from_object)
        .constructor("(TimeSpan value)", from_value)
        .constructor("(object value)", from_object)
        .getter("object Value", |call| {
            let scalar = this(call)?.scalar().unwrap_or(Scalar::Null);
            Ok(plain_value(&scalar))
        })
        .setter("object Value", |call| {
            let scalar = scalar_of(call.argument(1)).ok_or_else(|| undetermined(call.argument(1)))?;
            this(call)?.set_scalar(scalar);
            Ok(Value::Null)
        })
        .method("static JValue CreateComment(string value)", |call| {
            text_token(call, Scalar::Comment, Scalar::Comment(Text::default()))
        })
        .method("static JValue CreateString(string value)", |call| {
            text_token(call, Scalar::String, Scalar::NullString)
        })
        .method("static JValue CreateNull()", |_| Ok(token_value(JToken::null())))
        .method("static JValue CreateUndefined()", |_| Ok(token_value(JToken::value(Scalar::Undefined))))
        .method("int CompareTo(JValue obj)", compare)
        .method("int CompareTo(object obj)", compare)
        .method("bool Equals(JValue other)", |call| {
            let token = this(call)?;
            Ok(token_of(call.argument(1)).is_some_and(|other| token.value_equals(other)).into())
        })
        .method("string ToString(string format)", |call| formatted(call, 1))
        .method("string ToString(IFormatProvider formatProvider)", |call| formatted(call, usize::MAX))
        .method("string ToString(string format, IFormatProvider formatProvider)", |call| formatted(call, 1));
    library.declare("class Newtonsoft.Json.Linq.JRaw : JValue").constructor("(JRaw other)", copy).constructor(
        "(object rawJson)",
        |call| {
            let raw = call.take(0);
            let text = display::to_text(&raw, call.machine)?;
            Ok(token_value(JToken::value(Scalar::Raw(text))))
        },
    );
}

fn copy(call: &mut Call<'_, '_>) -> Answer {
    match token_of(call.argument(0)).and_then(JToken::scalar) {
        Some(scalar) => Ok(token_value(JToken::value(scalar))),
        None => Err(Exception::argument_null("other").into()),
    }
}

fn from_object(call: &mut Call<'_, '_>) -> Answer {
    let value = call.argument(0);
    // A token is no value, not even a `JValue`.
    let is_refused = token_of(value).is_some() || matches!(value, Value::Char(_));
    let scalar = scalar_of(value).filter(|_| !is_refused);
    Ok(token_value(JToken::value(scalar.ok_or_else(|| undetermined(value))?)))
}

fn text_token(call: &mut Call<'_, '_>, make: fn(Text) -> Scalar, null: Scalar) -> Answer {
    let scalar = call.text(0).cloned().map_or(null, make);
    Ok(token_value(JToken::value(scalar)))
}

fn compare(call: &mut Call<'_, '_>) -> Answer {
    let own = this(call)?.scalar().unwrap_or(Scalar::Null);
    let other = match token_of(call.argument(1)) {
        None if call.argument(1).is_null() => return Ok(Value::Int(1)),
        Some(token) if is_null(token) => Scalar::Null,
        Some(token) => token.scalar().unwrap_or(Scalar::Null),
        None => scalar_of(call.argument(1)).unwrap_or(Scalar::Null),
    };
    Ok(Value::Int(own.compare_to(&other)? as i32))
}

fn formatted(call: &mut Call<'_, '_>, format: usize) -> Answer {
    let scalar = this(call)?.scalar().unwrap_or(Scalar::Null);
    let format = call.text(format).map_or("", Text::as_str);
    Ok(scalar.to_formatted(format)?.into())
}
