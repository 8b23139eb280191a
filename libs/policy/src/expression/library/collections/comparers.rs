//! `Comparer<T>` and `EqualityComparer<T>`.

use super::arguments::{Answer, required};
use super::class_name::ClassName;
use super::equality::Equality;
use super::order::{ComparerObject, Order};
use crate::expression::library::Library;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

static COMPARER: ClassName = ClassName::new("System.Collections.Generic.Comparer");
static EQUALITY_COMPARER: ClassName = ClassName::new("System.Collections.Generic.EqualityComparer");

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Collections.Generic.Comparer<T> : IComparer<T>, IComparer")
        .getter("static Comparer<T> Default", |call| {
            Ok(Value::object(ComparerObject { of: COMPARER.of([call.type_argument(0)]), order: Order::Default }))
        })
        .method("static Comparer<T> Create(Comparison<T> comparison)", |call| {
            let order = Order::from_argument(&required(call, 0, "comparison")?);
            Ok(Value::object(ComparerObject { of: COMPARER.of([call.type_argument(0)]), order }))
        })
        .method("int Compare(T x, T y)", compare);
    library.declare("interface System.Collections.IComparer").method("int Compare(object x, object y)", compare);
    library.declare("interface System.Collections.Generic.IComparer<in T>").method("int Compare(T x, T y)", compare);
    library
        .declare("class System.Collections.Generic.EqualityComparer<T> : IEqualityComparer<T>")
        .getter("static EqualityComparer<T> Default", |call| Ok(default_equality(call.type_argument(0))))
        .method("bool Equals(T x, T y)", equals);
    library
        .declare("interface System.Collections.Generic.IEqualityComparer<in T>")
        .method("bool Equals(T x, T y)", equals);
}

/// `EqualityComparer<T>.Default`.
pub(super) fn default_equality(of: Type) -> Value {
    Value::object(ComparerObject { of: EQUALITY_COMPARER.of([of]), order: Order::Default })
}

fn compare(call: &mut Call<'_, '_>) -> Answer {
    let order = Order::from_argument(&call.take(0));
    let (left, right) = (call.take(1), call.take(2));
    Ok(Value::Int(order.compare(call.machine, &left, &right)? as i32))
}

fn equals(call: &mut Call<'_, '_>) -> Answer {
    let equality = Equality::from_argument(&call.take(0));
    let (left, right) = (call.take(1), call.take(2));
    Ok(equality.equal(call.machine, &left, &right)?.into())
}
