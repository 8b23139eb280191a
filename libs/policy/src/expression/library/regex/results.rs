//! Match, Group, Capture and their collections.

use postern_dotnet::Exception;
use postern_dotnet::regex::{Match, Steps};

use super::values::{CaptureValue, Collection, GroupValue, MatchValue, capture_of, group_of};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

const GROUPS: &str = "System.Text.RegularExpressions.GroupCollection";
const CAPTURES: &str = "System.Text.RegularExpressions.CaptureCollection";

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Text.RegularExpressions.Capture")
        .getter("int Index", |call| Ok(number(capture_of(call.argument(0)).map_or(0, |capture| capture.index()))))
        .getter("int Length", |call| Ok(number(capture_of(call.argument(0)).map_or(0, |capture| capture.length()))))
        .getter("string Value", value)
        .method("string ToString()", value);
    library
        .declare("class System.Text.RegularExpressions.Group : Capture")
        .getter("bool Success", |call| Ok(Value::Bool(group_of(call.argument(0)).is_some_and(|group| group.success()))))
        .getter("string Name", |call| Ok(group_of(call.argument(0)).map(|group| group.name().clone()).into()))
        .getter("CaptureCollection Captures", captures);
    library
        .declare("class System.Text.RegularExpressions.Match : Group")
        .getter("static Match Empty", |_| Ok(Value::object(MatchValue(Match::empty()?))))
        .getter("GroupCollection Groups", groups)
        .method("Match NextMatch()", |call| {
            let found = call.this::<MatchValue>()?;
            counted(call, |steps| found.0.next(steps)).map(|next| Value::object(MatchValue(next)))
        })
        .method("string Result(string replacement)", |call| {
            let found = call.this::<MatchValue>()?;
            let replacement = call.required_text(1, "replacement")?;
            let result = found.0.result(&replacement)?;
            call.machine.charge_memory(result.len())?;
            Ok(result.into())
        });
    collections(library);
}

fn collections(library: &mut Library) {
    library
        .declare(
            "class System.Text.RegularExpressions.CaptureCollection : IList<Capture>, IReadOnlyList<Capture>, IList",
        )
        .getter("int Count", count)
        .indexer("Capture this[int i]", item);
    library
        .declare("class System.Text.RegularExpressions.MatchCollection : IList<Match>, IReadOnlyList<Match>, IList")
        .getter("int Count", count)
        .indexer("Match this[int i]", item);
    library
        .declare("class System.Text.RegularExpressions.GroupCollection : IList<Group>, IReadOnlyList<Group>, IList")
        .getter("int Count", count)
        .getter("IEnumerable<string> Keys", |call| {
            let groups = call.this::<Collection>()?;
            let names = groups.items.iter().filter_map(group_of).map(|group| group.name().clone());
            Ok(Value::object(crate::expression::array::Array::texts(names.collect::<Vec<_>>())))
        })
        .getter("IEnumerable<Group> Values", |call| Ok(call.take(0)))
        .indexer("Group this[int groupnum]", |call| {
            let number = call.int(1);
            group(call, |found| found.group(number))
        })
        .indexer("Group this[string groupname]", |call| {
            let name = call.required_text(1, "groupName")?;
            group(call, |found| found.group_named(&name))
        })
        .method("bool ContainsKey(string key)", |call| {
            let name = call.required_text(1, "key")?;
            let groups = call.this::<Collection>()?;
            Ok(Value::Bool(groups.owner.as_ref().is_some_and(|found| found.has_group(&name))))
        })
        .method("bool TryGetValue(string key, out Group value)", |call| {
            let name = call.required_text(1, "key")?;
            let groups = call.this::<Collection>()?;
            let known = groups.owner.as_ref().is_some_and(|found| found.has_group(&name));
            let value = if known { group(call, |found| found.group_named(&name))? } else { Value::Null };
            call.set_out(2, value);
            Ok(Value::Bool(known))
        });
}

/// Runs the matcher and charges for what it has done, also when it has failed.
pub(super) fn counted<T>(
    call: &mut Call<'_, '_>,
    run: impl FnOnce(&mut Steps) -> Result<T, Exception>,
) -> Result<T, Thrown> {
    let bound = call.machine.steps_left();
    let mut steps = Steps::at_most(bound);
    let result = run(&mut steps);
    call.machine.charge(usize::try_from(steps.used()).unwrap_or(usize::MAX))?;
    if result.is_err() && steps.used() >= bound {
        // Not the pattern's own limit: there was no more for the expression.
        call.machine.charge(usize::MAX)?;
    }
    Ok(result?)
}

fn number(value: usize) -> Value {
    Value::Int(i32::try_from(value).unwrap_or(i32::MAX))
}

fn value(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let Some(capture) = capture_of(call.argument(0)) else { return Ok(Value::Null) };
    call.machine.charge_memory(capture.length())?;
    Ok(capture.value().into())
}

fn captures(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let captures = group_of(call.argument(0)).map(|group| group.captures().to_vec()).unwrap_or_default();
    call.machine.charge_memory(captures.len() * ITEM_BYTES)?;
    let items = captures.into_iter().map(|capture| Value::object(CaptureValue(capture))).collect();
    Ok(Value::object(Collection { class: CAPTURES, items, owner: None }))
}

fn groups(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let found = call.this::<MatchValue>()?;
    call.machine.charge_memory(found.0.group_count() * ITEM_BYTES)?;
    let mut items: Vec<Value> = found.0.groups().into_iter().map(|group| Value::object(GroupValue(group))).collect();
    if let Some(first) = items.first_mut() {
        *first = call.take(0);
    }
    Ok(Value::object(Collection { class: GROUPS, items, owner: Some(found.0.clone()) }))
}

fn group(call: &mut Call<'_, '_>, pick: impl FnOnce(&Match) -> postern_dotnet::regex::Group) -> Result<Value, Thrown> {
    let groups = call.this::<Collection>()?;
    call.machine.charge(1)?;
    let Some(found) = &groups.owner else { return Ok(Value::Null) };
    let group = pick(found);
    // Group 0 is the match itself.
    if group.success() && *group.name() == "0" {
        return Ok(Value::object(MatchValue(found.clone())));
    }
    Ok(Value::object(GroupValue(group)))
}

fn count(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(number(call.this::<Collection>()?.items.len()))
}

fn item(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let collection = call.this::<Collection>()?;
    let found = usize::try_from(call.int(1)).ok().and_then(|index| collection.items.get(index).cloned());
    found.ok_or_else(|| {
        Exception::argument_out_of_range("i", "Specified argument was out of the range of valid values.").into()
    })
}

/// What a capture or group of a collection takes, roughly.
const ITEM_BYTES: usize = 128;
