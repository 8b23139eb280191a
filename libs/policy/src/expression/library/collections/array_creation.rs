//! `Array.CreateInstance`: arrays of a type that is only known as an object, and the copies that count in `long`.

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::{Answer, NOT_NEGATIVE, default_of};
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::library::array_class::copy_items;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::List;
use crate::expression::type_object::TypeObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Dimensions that an array of .NET may have.
const RANK_MAX: usize = 32;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Array")
        .method("static Array CreateInstance(Type elementType, int length)", |call| create(call, &["length"]))
        .method("static Array CreateInstance(Type elementType, int length1, int length2)", |call| {
            create(call, &["length1", "length2"])
        })
        .method("static Array CreateInstance(Type elementType, int length1, int length2, int length3)", |call| {
            create(call, &["length1", "length2", "length3"])
        })
        .method("static Array CreateInstance(Type elementType, params int[] lengths)", create_of_lengths)
        .method("static Array CreateInstance(Type elementType, params long[] lengths)", create_of_lengths)
        .method("static void Copy(Array sourceArray, Array destinationArray, long length)", |call| {
            copy_items(call, (0, None), (1, None), 2)
        })
        .method(
            "static void Copy(Array sourceArray, long sourceIndex, Array destinationArray, long destinationIndex, long length)",
            |call| copy_items(call, (0, Some(1)), (2, Some(3)), 4),
        )
        .method(
            "static void ConstrainedCopy(Array sourceArray, int sourceIndex, Array destinationArray, int destinationIndex, int length)",
            |call| copy_items(call, (0, Some(1)), (2, Some(3)), 4),
        );
}

fn element_type(call: &Call<'_, '_>) -> Result<Type, Exception> {
    let of = call.object::<TypeObject>(0).ok_or_else(|| Exception::argument_null("elementType"))?;
    match of.0 {
        Type::Void => Err(Exception::new(ExceptionType::NotSupported, "Arrays of System.Void are not supported.")),
        _ => Ok(of.0.clone()),
    }
}

fn create(call: &mut Call<'_, '_>, names: &[&str]) -> Answer {
    let element = element_type(call)?;
    let length = |(at, name): (usize, &&str)| {
        usize::try_from(call.int(at + 1)).map_err(|_| Exception::negative(name, call.int(at + 1).into()))
    };
    let lengths = names.iter().enumerate().map(length).collect::<Result<Box<[usize]>, Exception>>()?;
    made(call, element, lengths)
}

fn create_of_lengths(call: &mut Call<'_, '_>) -> Answer {
    let element = element_type(call)?;
    let lengths = call.object::<Array>(1).ok_or_else(|| Exception::argument_null("lengths"))?;
    if lengths.len() == 0 {
        return Err(Exception::new(ExceptionType::Argument, "Must provide at least one rank.").into());
    }
    if lengths.len() > RANK_MAX {
        return Err(Exception::new(ExceptionType::NotSupported, "An array has 32 dimensions at most.").into());
    }
    let length = |(at, value): (usize, Value)| {
        let length = match value {
            Value::Int(length) => usize::try_from(length).ok(),
            Value::Long(length) => usize::try_from(length).ok(),
            _ => None,
        };
        length.ok_or_else(|| Exception::argument_out_of_range(&format!("lengths[{at}]"), NOT_NEGATIVE))
    };
    let lengths = lengths.to_vec().into_iter().enumerate().map(length).collect::<Result<Box<[usize]>, Exception>>()?;
    made(call, element, lengths)
}

/// An array whose items are `default`, paid for.
fn made(call: &mut Call<'_, '_>, element: Type, lengths: Box<[usize]>) -> Result<Value, Thrown> {
    let count = lengths.iter().fold(1, |count: usize, length| count.saturating_mul(*length));
    call.machine.charge_memory(count.saturating_mul(size_of::<Value>()))?;
    let item = default_of(call.machine, &element)?;
    Ok(Value::object(Array::with_lengths(element, lengths, vec![item; count])))
}
