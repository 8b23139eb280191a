//! `System.Boolean`.

use postern_dotnet::Text;
use postern_dotnet::number::{boolean_text, parse_boolean};

use super::values::sign;
use super::{Library, compare};

pub(super) fn declare(library: &mut Library) {
    library
        .declare("struct System.Boolean")
        .constructor("()", |_| Ok(false.into()))
        .getter("static string TrueString", |_| Ok("True".into()))
        .getter("static string FalseString", |_| Ok("False".into()))
        .method("static bool Parse(string value)", |call| Ok(parse_boolean(&call.required_text(0, "value")?)?.into()))
        .method("static bool TryParse(string value, out bool result)", |call| {
            let parsed = call.text(0).and_then(|text| parse_boolean(text).ok());
            call.set_out(1, parsed.unwrap_or(false));
            Ok(parsed.is_some().into())
        })
        .method("string ToString()", |call| Ok(Text::new_static(boolean_text(call.bool(0))).into()))
        .method("string ToString(IFormatProvider provider)", |call| {
            Ok(Text::new_static(boolean_text(call.bool(0))).into())
        })
        .method("bool Equals(object obj)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
        .method("bool Equals(bool obj)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
        .method("int GetHashCode()", |call| Ok(i32::from(call.bool(0)).into()))
        .method("int CompareTo(object obj)", |call| Ok(sign(compare::compare(call.argument(0), call.argument(1))?)))
        .method("int CompareTo(bool value)", |call| Ok(sign(compare::compare(call.argument(0), call.argument(1))?)));
}
