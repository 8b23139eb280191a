//! Members of `ICollection<T>`, `IList<T>` and their read-only and untyped kin, on any object.

use std::ops::ControlFlow;

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, charge_content, index_below, int, position, read_only};
use super::dictionary::DictionaryObject;
use super::dictionary_members::key_and_value;
use super::dispatch::virtual_call;
use super::equality::Equality;
use super::list_members;
use crate::expression::array::Array;
use crate::expression::library::json::interfaces as token;
use crate::expression::library::linq::{Source, walk_over};
use crate::expression::library::{ClassBuilder, Library, MemberKind};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    let collection = library.declare("interface System.Collections.Generic.ICollection<T> : IEnumerable<T>");
    collection
        .getter("int Count", count)
        .getter("bool IsReadOnly", is_read_only)
        .method("void Add(T item)", add)
        .method("void Clear()", clear)
        .method("bool Contains(T item)", contains)
        .method("bool Remove(T item)", remove)
        .method("void CopyTo(T[] array, int arrayIndex)", copy_to);
    declare_list(library.declare("interface System.Collections.Generic.IList<T> : ICollection<T>"));
    library
        .declare("interface System.Collections.Generic.IReadOnlyCollection<out T> : IEnumerable<T>")
        .getter("int Count", count);
    library
        .declare("interface System.Collections.Generic.IReadOnlyList<out T> : IReadOnlyCollection<T>")
        .indexer("T this[int index]", item);
    library
        .declare("interface System.Collections.ICollection : IEnumerable")
        .getter("int Count", count)
        .method("void CopyTo(Array array, int index)", copy_to);
    library
        .declare("interface System.Collections.IList : ICollection")
        .getter("bool IsReadOnly", is_read_only)
        .indexer("object this[int index]", item)
        .index_setter("object this[int index]", set_item)
        .method("int Add(object value)", |call| {
            let list = call.argument(0).clone();
            add(call)?;
            let Value::Object(object) = list else { return Ok(Value::Int(-1)) };
            Ok(position(object.count().and_then(|count| count.checked_sub(1))))
        })
        .method("bool Contains(object value)", contains)
        .method("int IndexOf(object value)", index_of)
        .method("void Insert(int index, object value)", |call| change(call, "Insert"))
        .method("void Remove(object value)", |call| remove(call).map(|_| Value::Null))
        .method("void RemoveAt(int index)", |call| change(call, "RemoveAt"))
        .method("void Clear()", clear);
}

fn declare_list(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .indexer("T this[int index]", item)
        .index_setter("T this[int index]", set_item)
        .method("int IndexOf(T item)", index_of)
        .method("void Insert(int index, T item)", |call| change(call, "Insert"))
        .method("void RemoveAt(int index)", |call| change(call, "RemoveAt"))
}

/// `Count`: as the object knows it, or by walking.
pub(super) fn count(call: &mut Call<'_, '_>) -> Answer {
    if let Value::Object(object) = call.argument(0)
        && let Some(count) = object.count()
    {
        return Ok(int(count));
    }
    let count = walk_over(
        call,
        |call| Ok((Source::new(call.argument(0).clone()), 0)),
        |_, count, _| {
            *count += 1;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(int(count))
}

fn is_read_only(call: &mut Call<'_, '_>) -> Answer {
    if let Some(answer) = virtual_call(call, MemberKind::Getter, "IsReadOnly") {
        return answer;
    }
    if token::is_container(call) {
        return Ok(false.into());
    }
    let Value::Object(object) = call.argument(0) else { return Ok(true.into()) };
    let can_change = call.object::<super::list::ListObject>(0).is_some()
        || call.object::<super::hash_set::HashSetObject>(0).is_some()
        || object.dictionary().is_some();
    Ok((!can_change).into())
}

/// A change by the object's own member; arrays and what has no such member cannot be changed.
fn change(call: &mut Call<'_, '_>, name: &str) -> Answer {
    if call.object::<Array>(0).is_some() {
        return Err(Exception::new(ExceptionType::NotSupported, "Collection was of a fixed size.").into());
    }
    let own = token::change(call, name).or_else(|| virtual_call(call, MemberKind::Method, name));
    own.unwrap_or_else(|| Err(read_only()))
}

fn add(call: &mut Call<'_, '_>) -> Answer {
    if let Some(dictionary) = call.object::<DictionaryObject>(0) {
        let (key, value) = key_and_value(call.argument(1));
        dictionary.add(call.machine, &key, value)?;
        return Ok(Value::Null);
    }
    // `ISet<T>.Add` answers, `ICollection<T>.Add` does not.
    change(call, "Add").map(|_| Value::Null)
}

fn clear(call: &mut Call<'_, '_>) -> Answer {
    if call.object::<Array>(0).is_some() {
        return Err(read_only());
    }
    change(call, "Clear")
}

fn remove(call: &mut Call<'_, '_>) -> Answer {
    if let Some(dictionary) = call.object::<DictionaryObject>(0) {
        let (key, value) = key_and_value(call.argument(1));
        charge_content(call.machine, &key)?;
        charge_content(call.machine, &value)?;
        let mut table = dictionary.table.borrow_mut();
        let is_there = table.get(&key).is_some_and(|found| found.equals(&value));
        return Ok((is_there && table.remove(&key).is_some()).into());
    }
    change(call, "Remove")
}

/// `Contains`: as the object knows it, or by walking.
pub(super) fn contains(call: &mut Call<'_, '_>) -> Answer {
    if call.object::<super::hash_set::HashSetObject>(0).is_some()
        && let Some(answer) = virtual_call(call, MemberKind::Method, "Contains")
    {
        return answer;
    }
    Ok(find(call)?.is_some().into())
}

/// `IndexOf` by walking.
pub(super) fn index_of(call: &mut Call<'_, '_>) -> Answer {
    Ok(position(find(call)?))
}

fn find(call: &mut Call<'_, '_>) -> Result<Option<usize>, Thrown> {
    if let Some(found) = token::position(call) {
        return found;
    }
    let wanted = call.argument(1).clone();
    let (index, is_found) = walk_over(
        call,
        |call| Ok((Source::new(call.argument(0).clone()), (0, false))),
        |machine, (index, is_found), item| {
            *is_found = Equality::default().equal(machine, &wanted, item)?;
            *index += usize::from(!*is_found);
            Ok(if *is_found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        },
    )?;
    Ok(is_found.then_some(index))
}

/// `CopyTo(array)` and `CopyTo(array, index)`.
pub(super) fn copy_to(call: &mut Call<'_, '_>) -> Answer {
    token::copy_to(call).unwrap_or_else(|| list_members::copy_to(call))
}

fn item(call: &mut Call<'_, '_>) -> Answer {
    if let Some(item) = token::get(call) {
        return item;
    }
    let Value::Object(object) = call.argument(0) else { return Err(Exception::null_reference().into()) };
    if let Some(list) = object.list() {
        let index = index_below(call, 1, list.len())?;
        return Ok(list.get(index).unwrap_or_default());
    }
    virtual_call(call, MemberKind::IndexGetter, "").unwrap_or_else(|| Err(Exception::null_reference().into()))
}

fn set_item(call: &mut Call<'_, '_>) -> Answer {
    if let Some(answer) = token::set(call) {
        return answer;
    }
    if let Some(answer) = virtual_call(call, MemberKind::IndexSetter, "") {
        return answer.map(|_| Value::Null);
    }
    let value = call.take(2);
    let Value::Object(object) = call.argument(0) else { return Err(Exception::null_reference().into()) };
    let list = object.list().ok_or_else(read_only)?;
    let index = index_below(call, 1, list.len())?;
    list.set(index, value)?;
    Ok(Value::Null)
}
