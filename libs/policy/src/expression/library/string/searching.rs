//! `IndexOf`, `LastIndexOf`, `Contains`, `StartsWith`, `EndsWith`.

use postern_dotnet::text::{self, StringComparison, length};
use postern_dotnet::work::Paced;
use postern_dotnet::{Exception, Text};

use super::{comparison, one_go_bytes_max, walked};
use crate::expression::library::pieces::work;
use crate::expression::library::values::{unit, units};
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare("class System.String")
        .method("bool Contains(string value)", |call| {
            test(call, (text::contains, text::containing), StringComparison::Ordinal)
        })
        .method("bool Contains(string value, StringComparison comparisonType)", |call| {
            let by = comparison(call, 2)?;
            test(call, (text::contains, text::containing), by)
        })
        .method("bool Contains(char value)", |call| Ok((char_index(call, text::index_of_char, 0, None)? >= 0).into()))
        .method("bool StartsWith(string value)", |call| {
            test(call, (text::starts_with, text::starting_with), StringComparison::CurrentCulture)
        })
        .method("bool StartsWith(string value, StringComparison comparisonType)", |call| {
            let by = comparison(call, 2)?;
            test(call, (text::starts_with, text::starting_with), by)
        })
        .method("bool StartsWith(char value)", |call| {
            let this = walked(call)?;
            Ok((this.encode_utf16().next() == Some(unit(call, 1))).into())
        })
        .method("bool EndsWith(string value)", |call| {
            test(call, (text::ends_with, text::ending_with), StringComparison::CurrentCulture)
        })
        .method("bool EndsWith(string value, StringComparison comparisonType)", |call| {
            let by = comparison(call, 2)?;
            test(call, (text::ends_with, text::ending_with), by)
        })
        .method("bool EndsWith(char value)", |call| {
            let this = walked(call)?;
            Ok((this.encode_utf16().last() == Some(unit(call, 1))).into())
        });
    declare_forward(declare_backward(builder));
}

fn declare_forward(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("int IndexOf(char value)", |call| Ok(char_index(call, text::index_of_char, 0, None)?.into()))
        .method("int IndexOf(char value, int startIndex)", |call| {
            Ok(char_index(call, text::index_of_char, call.int(2), None)?.into())
        })
        .method("int IndexOf(char value, int startIndex, int count)", |call| {
            Ok(char_index(call, text::index_of_char, call.int(2), Some(call.int(3)))?.into())
        })
        .method("int IndexOf(string value)", |call| index(call, 0, None, StringComparison::CurrentCulture))
        .method("int IndexOf(string value, int startIndex)", |call| {
            index(call, call.int(2), None, StringComparison::CurrentCulture)
        })
        .method("int IndexOf(string value, int startIndex, int count)", |call| {
            index(call, call.int(2), Some(call.int(3)), StringComparison::CurrentCulture)
        })
        .method("int IndexOf(string value, StringComparison comparisonType)", |call| {
            let by = comparison(call, 2)?;
            index(call, 0, None, by)
        })
        .method("int IndexOf(string value, int startIndex, StringComparison comparisonType)", |call| {
            let by = comparison(call, 3)?;
            index(call, call.int(2), None, by)
        })
        .method("int IndexOf(string value, int startIndex, int count, StringComparison comparisonType)", |call| {
            let by = comparison(call, 4)?;
            index(call, call.int(2), Some(call.int(3)), by)
        })
        .method("int IndexOfAny(char[] anyOf)", |call| any_index(call, text::index_of_any, 0, None))
        .method("int IndexOfAny(char[] anyOf, int startIndex)", |call| {
            any_index(call, text::index_of_any, call.int(2), None)
        })
        .method("int IndexOfAny(char[] anyOf, int startIndex, int count)", |call| {
            any_index(call, text::index_of_any, call.int(2), Some(call.int(3)))
        })
}

fn declare_backward(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("int LastIndexOf(char value)", |call| {
            let last = last(call);
            Ok(char_index(call, text::last_index_of_char, last, None)?.into())
        })
        .method("int LastIndexOf(char value, int startIndex)", |call| {
            Ok(char_index(call, text::last_index_of_char, call.int(2), None)?.into())
        })
        .method("int LastIndexOf(char value, int startIndex, int count)", |call| {
            Ok(char_index(call, text::last_index_of_char, call.int(2), Some(call.int(3)))?.into())
        })
        .method("int LastIndexOf(string value)", |call| {
            let last = last(call);
            last_index(call, last, None, StringComparison::CurrentCulture)
        })
        .method("int LastIndexOf(string value, int startIndex)", |call| {
            last_index(call, call.int(2), None, StringComparison::CurrentCulture)
        })
        .method("int LastIndexOf(string value, int startIndex, int count)", |call| {
            last_index(call, call.int(2), Some(call.int(3)), StringComparison::CurrentCulture)
        })
        .method("int LastIndexOf(string value, StringComparison comparisonType)", |call| {
            let (by, last) = (comparison(call, 2)?, last(call));
            last_index(call, last, None, by)
        })
        .method("int LastIndexOf(string value, int startIndex, StringComparison comparisonType)", |call| {
            let by = comparison(call, 3)?;
            last_index(call, call.int(2), None, by)
        })
        .method("int LastIndexOf(string value, int startIndex, int count, StringComparison comparisonType)", |call| {
            let by = comparison(call, 4)?;
            last_index(call, call.int(2), Some(call.int(3)), by)
        })
        .method("int LastIndexOfAny(char[] anyOf, int startIndex, int count)", |call| {
            any_index(call, text::last_index_of_any, call.int(2), Some(call.int(3)))
        })
        .method("int LastIndexOfAny(char[] anyOf)", |call| {
            let last = last(call);
            any_index(call, text::last_index_of_any, last, None)
        })
        .method("int LastIndexOfAny(char[] anyOf, int startIndex)", |call| {
            any_index(call, text::last_index_of_any, call.int(2), None)
        })
}

/// The position of the last unit, where a search backwards starts.
fn last(call: &Call<'_, '_>) -> i32 {
    i32::try_from(length(&super::this(call))).unwrap_or(i32::MAX) - 1
}

/// A test in one go and in pieces.
type Test = (fn(&str, &str, StringComparison) -> bool, fn(Text, Text, StringComparison) -> Paced<bool>);

fn test(call: &mut Call<'_, '_>, (of, in_pieces): Test, by: StringComparison) -> Result<Value, Thrown> {
    let (this, value) = (super::this(call), call.required_text(1, "value")?);
    if this.len() > one_go_bytes_max(by) {
        return Ok(work(call.machine, |_| Ok(in_pieces(this, value, by)))?.into());
    }
    let this = walked(call)?;
    Ok(of(&this, &value, by).into())
}

/// A search in pieces.
type Search = fn(Text, Text, (i32, Option<i32>), StringComparison) -> Result<Paced<i32>, Exception>;

/// Searches a long text, in turns; `None` for others.
fn in_turns(
    call: &mut Call<'_, '_>,
    search: Search,
    range: (i32, Option<i32>),
    by: StringComparison,
) -> Result<Option<Value>, Thrown> {
    let this = super::this(call);
    if this.len() <= one_go_bytes_max(by) {
        return Ok(None);
    }
    let value = call.required_text(1, "value")?;
    Ok(Some(Value::Int(work(call.machine, |_| Ok(search(this, value, range, by)?))?)))
}

fn index(call: &mut Call<'_, '_>, start: i32, count: Option<i32>, by: StringComparison) -> Result<Value, Thrown> {
    if let Some(found) = in_turns(call, text::finding, (start, count), by)? {
        return Ok(found);
    }
    let (this, value) = (walked(call)?, call.required_text(1, "value")?);
    Ok(text::index_of(&this, &value, start, count, by)?.into())
}

fn last_index(call: &mut Call<'_, '_>, start: i32, count: Option<i32>, by: StringComparison) -> Result<Value, Thrown> {
    if let Some(found) = in_turns(call, text::finding_last, (start, count), by)? {
        return Ok(found);
    }
    let (this, value) = (walked(call)?, call.required_text(1, "value")?);
    // An empty value is found behind the last unit.
    if value.is_empty() && count.is_none() && start == last(call) {
        return Ok((start + 1).into());
    }
    Ok(text::last_index_of(&this, &value, start, count, by)?.into())
}

type CharSearch = fn(&str, u16, i32, Option<i32>) -> Result<i32, Exception>;
type AnySearch = fn(&str, &[u16], i32, Option<i32>) -> Result<i32, Exception>;

fn char_index(call: &mut Call<'_, '_>, of: CharSearch, start: i32, count: Option<i32>) -> Result<i32, Thrown> {
    let this = walked(call)?;
    Ok(of(&this, unit(call, 1), start, count)?)
}

fn any_index(call: &mut Call<'_, '_>, of: AnySearch, start: i32, count: Option<i32>) -> Result<Value, Thrown> {
    if call.argument(1).is_null() {
        return Err(Exception::argument_null("anyOf").into());
    }
    let (this, values) = (walked(call)?, units(call, 1)?);
    call.machine.charge((this.len() / 16).saturating_mul(values.len()))?;
    Ok(of(&this, &values, start, count)?.into())
}
