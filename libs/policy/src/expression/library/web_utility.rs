//! `System.Net.WebUtility`. Null in, null out.

use std::borrow::Cow;

use postern_dotnet::uri::{html_decode, html_encode, url_decode, url_encode};

use super::Library;
use super::string_io::append;
use super::uri::changed;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class System.Net.WebUtility")
        .method("static string HtmlEncode(string value)", |call| nullable(call, html_encode))
        .method("static string HtmlDecode(string value)", |call| nullable(call, html_decode))
        .method("static string UrlEncode(string value)", |call| nullable(call, url_encode))
        .method("static string UrlDecode(string encodedValue)", |call| nullable(call, url_decode))
        .method("static void HtmlEncode(string value, TextWriter output)", |call| to_writer(call, html_encode))
        .method("static void HtmlDecode(string value, TextWriter output)", |call| to_writer(call, html_decode));
}

fn nullable(call: &mut Call<'_, '_>, of: for<'a> fn(&'a str) -> Cow<'a, str>) -> Result<Value, Thrown> {
    if call.argument(0).is_null() { Ok(Value::Null) } else { changed(call, "value", of) }
}

fn to_writer(call: &mut Call<'_, '_>, of: for<'a> fn(&'a str) -> Cow<'a, str>) -> Result<Value, Thrown> {
    if call.argument(1).is_null() {
        return Err(postern_dotnet::Exception::argument_null("output").into());
    }
    if let Value::String(text) = nullable(call, of)? {
        append(call.argument(1), &text);
    }
    Ok(Value::Null)
}
