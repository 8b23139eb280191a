//! Members of `string` that few call. There is one culture, so what takes a culture does what the current one does.

use postern_dotnet::Text;
use postern_dotnet::text::{StringComparison, ends_with, equals, from_units, index_of, starts_with, to_upper};

use super::{comparison, this, walked};
use crate::expression::library::Library;
use crate::expression::library::values::{copy_units, hash, unit};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.String")
        .method(
            "bool Contains(char value, StringComparison comparisonType)",
            |call| Ok((char_index(call)? >= 0).into()),
        )
        .method("int IndexOf(char value, StringComparison comparisonType)", |call| Ok(char_index(call)?.into()))
        .method("bool StartsWith(string value, bool ignoreCase, CultureInfo culture)", |call| edge(call, starts_with))
        .method("bool EndsWith(string value, bool ignoreCase, CultureInfo culture)", |call| edge(call, ends_with))
        .method("int GetHashCode(StringComparison comparisonType)", |call| {
            let by = comparison(call, 1)?;
            let text = walked(call)?;
            Ok(hash(&if by.ignores_case() { Value::from(&*to_upper(&text)) } else { Value::String(text) }))
        })
        .method("void CopyTo(int sourceIndex, char[] destination, int destinationIndex, int count)", |call| {
            let source = this(call);
            copy_units(call, &source)
        })
        .method("static string IsInterned(string str)", |call| Ok(call.required_text(0, "str")?.into()));
}

/// Where a character is, as a comparison sees it; -1 for nowhere.
fn char_index(call: &mut Call<'_, '_>) -> Result<i32, Thrown> {
    let by = comparison(call, 2)?;
    let (text, wanted) = (walked(call)?, from_units(&[unit(call, 1)]));
    Ok(index_of(&text, &wanted, 0, None, by)?)
}

fn edge(call: &mut Call<'_, '_>, of: fn(&str, &str, StringComparison) -> bool) -> Result<Value, Thrown> {
    let (text, part) = (walked(call)?, call.required_text(1, "value")?);
    let by = if call.bool(2) { StringComparison::CurrentCultureIgnoreCase } else { StringComparison::CurrentCulture };
    Ok((is_same(&text, &part) || of(&text, &part, by)).into())
}

fn is_same(text: &Text, part: &Text) -> bool {
    equals(text, part, StringComparison::Ordinal)
}
