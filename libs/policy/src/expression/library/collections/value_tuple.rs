//! `System.ValueTuple`: what `(a, b)` is. Items are read by the language itself.

use std::sync::Arc;

use super::arguments::Answer;
use crate::expression::library::Library;
use crate::expression::library::compare::compare;
use crate::expression::library::values::equal;
use crate::expression::native::Call;
use crate::expression::tuple::TupleObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class System.ValueTuple")
        .method("static (T1, T2) Create<T1, T2>(T1 item1, T2 item2)", create)
        .method("static (T1, T2, T3) Create<T1, T2, T3>(T1 item1, T2 item2, T3 item3)", create)
        .method("static (T1, T2, T3, T4) Create<T1, T2, T3, T4>(T1 item1, T2 item2, T3 item3, T4 item4)", create);
    library
        .declare("struct System.ValueTuple<T1, T2>")
        .method("int CompareTo((T1, T2) other)", compare_to)
        .method("bool Equals((T1, T2) other)", equals);
    library
        .declare("struct System.ValueTuple<T1, T2, T3>")
        .method("int CompareTo((T1, T2, T3) other)", compare_to)
        .method("bool Equals((T1, T2, T3) other)", equals);
    library
        .declare("struct System.ValueTuple<T1, T2, T3, T4>")
        .method("int CompareTo((T1, T2, T3, T4) other)", compare_to)
        .method("bool Equals((T1, T2, T3, T4) other)", equals);
}

fn create(call: &mut Call<'_, '_>) -> Answer {
    call.machine.charge_memory(size_of_val(&*call.arguments) + size_of::<TupleObject>())?;
    let of = Type::Tuple(Arc::from(call.types));
    Ok(Value::object(TupleObject::new(of, call.arguments_from(0).into_vec())))
}

fn compare_to(call: &mut Call<'_, '_>) -> Answer {
    let (this, other) = (call.this::<TupleObject>()?, call.object::<TupleObject>(1));
    let items = other.iter().flat_map(|other| this.items().iter().zip(other.items()));
    for (left, right) in items {
        call.machine.charge(1 + left.content_bytes().min(right.content_bytes()) / 4)?;
        let order = compare(left, right)?;
        if order.is_ne() {
            return Ok(Value::Int(order as i32));
        }
    }
    Ok(Value::Int(0))
}

fn equals(call: &mut Call<'_, '_>) -> Answer {
    Ok(equal(call)?.into())
}
