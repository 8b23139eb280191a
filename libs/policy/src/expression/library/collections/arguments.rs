//! Arguments and results of the natives of collections and queries.

use postern_dotnet::{Exception, ExceptionType};
use smallvec::SmallVec;

use crate::expression::enums::EnumValue;
use crate::expression::library::{self, ClassKind, MemberKind, defaults};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::tuple::TupleObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// What a native gives back.
pub(crate) type Answer = Result<Value, Thrown>;

pub(crate) const INDEX_OUTSIDE: &str =
    "Index was out of range. Must be non-negative and less than the size of the collection.";
pub(crate) const COUNT_OUTSIDE: &str =
    "Count must be positive and count must refer to a location within the string/array/collection.";
pub(crate) const INDEX_BEYOND: &str =
    "Index was out of range. Must be non-negative and less than or equal to the size of the collection.";
pub(crate) const LARGER: &str = "Larger than collection size.";
pub(crate) const NOT_NEGATIVE: &str = "Non-negative number required.";
pub(crate) const OUTSIDE_VALID_VALUES: &str = "Specified argument was out of the range of valid values.";

/// An argument that must not be null.
pub(crate) fn required(call: &mut Call<'_, '_>, index: usize, parameter: &str) -> Answer {
    match call.take(index) {
        Value::Null => Err(Exception::argument_null(parameter).into()),
        value => Ok(value),
    }
}

/// A size as an `int`. Sizes are bounded by memory long before that of `int`.
pub(crate) fn int(size: usize) -> Value {
    Value::Int(i32::try_from(size).unwrap_or(i32::MAX))
}

/// A position, or -1.
pub(crate) fn position(found: Option<usize>) -> Value {
    found.map_or(Value::Int(-1), int)
}

/// An index argument below `length`.
pub(crate) fn index_below(call: &Call<'_, '_>, argument: usize, length: usize) -> Result<usize, Thrown> {
    let index = usize::try_from(call.int(argument)).ok().filter(|index| *index < length);
    index.ok_or_else(|| Exception::argument_out_of_range("index", INDEX_OUTSIDE).into())
}

/// The part of a collection that `index` and `count` arguments name, as `GetRange`, `RemoveRange` and their kin check it.
pub(crate) fn range(call: &Call<'_, '_>, first: usize, length: usize) -> Result<std::ops::Range<usize>, Thrown> {
    let start =
        usize::try_from(call.int(first)).map_err(|_| Exception::argument_out_of_range("index", NOT_NEGATIVE))?;
    let count =
        usize::try_from(call.int(first + 1)).map_err(|_| Exception::argument_out_of_range("count", NOT_NEGATIVE))?;
    if start > length || count > length - start {
        let message = "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the end \
                       of the source collection.";
        return Err(Exception::new(ExceptionType::Argument, message).into());
    }
    Ok(start..start + count)
}

/// The `count` positions that end at `start`, as searches from behind check them: nothing may begin at -1.
pub(crate) fn backwards(length: usize, start: i32, count: i32) -> Result<std::ops::Range<usize>, Exception> {
    // Behind the last of them.
    let end = match (usize::try_from(start), length) {
        (Err(_), 0) if start == -1 => Some(0),
        (Ok(start), _) if start < length => Some(start + 1),
        _ => None,
    };
    let end = end.ok_or_else(|| Exception::argument_out_of_range("startIndex", INDEX_OUTSIDE))?;
    let count = usize::try_from(count).ok().filter(|count| *count <= end);
    let count = count.ok_or_else(|| Exception::argument_out_of_range("count", COUNT_OUTSIDE))?;
    Ok(end - count..end)
}

/// Asks a predicate. Where it pauses, it is asked the same again in the next turn.
pub(crate) fn holds(machine: &mut Machine<'_>, predicate: &Value, item: &Value) -> Result<bool, Thrown> {
    Ok(matches!(machine.invoke_in_turns(predicate, std::slice::from_ref(item))?, Value::Bool(true)))
}

/// `InvalidOperationException`.
pub(crate) fn invalid_operation(message: &'static str) -> Thrown {
    Exception::new(ExceptionType::InvalidOperation, message).into()
}

/// What a walk throws when its collection was changed since it began.
pub(crate) fn modified() -> Thrown {
    invalid_operation("Collection was modified; enumeration operation may not execute.")
}

/// `NotSupportedException` of collections that cannot be changed.
pub(crate) fn read_only() -> Thrown {
    Exception::new(ExceptionType::NotSupported, "Collection is read-only.").into()
}

/// `default(T)`: null, zero, or what the parameterless constructor of a struct makes.
pub(crate) fn default_of(machine: &mut Machine<'_>, of: &Type) -> Answer {
    match of {
        Type::Tuple(items) => machine.nested(|machine| {
            let defaults = items.iter().map(|item| default_of(machine, item)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::object(TupleObject::new(of.clone(), defaults)))
        }),
        Type::Class(id, arguments) => {
            let class = library::get().class(*id);
            let is_plain =
                |member: &&library::Member| member.kind == MemberKind::Constructor && member.parameters.is_empty();
            match class.kind {
                ClassKind::Enum => Ok(EnumValue::shared(*id, 0)),
                ClassKind::Struct => match class.members().iter().find(is_plain) {
                    Some(constructor) => machine.nested(|machine| {
                        let (arguments, types) = (SmallVec::new(), &**arguments);
                        (constructor.native)(&mut Call { machine, arguments, types, outs: SmallVec::new() })
                    }),
                    None => Ok(defaults::default_value(of)),
                },
                _ => Ok(Value::Null),
            }
        }
        _ => Ok(defaults::default_value(of)),
    }
}

/// Pays for comparing a value with another: texts are as dear as they are long, and so are tuples and the like with texts in them.
pub(crate) fn charge_content(machine: &mut Machine<'_>, value: &Value) -> Result<(), Thrown> {
    machine.charge(value.comparing_steps())
}
