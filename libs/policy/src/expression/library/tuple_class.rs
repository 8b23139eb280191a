//! `System.Tuple`: the reference type with one to seven items, and one of what is beyond them.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use postern_dotnet::{Exception, ExceptionType, Text};

use super::{Library, compare, get};
use crate::expression::display::to_text;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::release::release_all;
use crate::expression::tuple::{content_bytes, items_equal, items_hash, within_depth};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A tuple object.
pub(in crate::expression) struct TupleObject {
    types: Arc<[Type]>,
    items: Vec<Value>,
    content_bytes: usize,
}

impl TupleObject {
    pub(in crate::expression) fn items(&self) -> &[Value] {
        &self.items
    }
}

impl Object for TupleObject {
    fn of(&self) -> Type {
        match get().class_by_full_name("System.Tuple", self.types.len()) {
            Some(class) => Type::Class(class, Arc::clone(&self.types)),
            None => Type::Object,
        }
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        machine.charge(self.items.len())?;
        let items = machine.nested(|machine| {
            let text = |item| {
                let text = to_text(item, machine)?;
                machine.charge_memory(text.len())?;
                Ok(text)
            };
            self.items.iter().map(text).collect::<Result<Vec<_>, Thrown>>()
        })?;
        let text = items.join(", ");
        // What the eighth holds is shown as if it stood here.
        let rest = items.get(REST).map(|rest| rest.trim_start_matches('(').trim_end_matches(')'));
        Ok(match rest.zip(items.get(..REST)) {
            Some((rest, items)) => format!("({}, {rest})", items.join(", ")).into(),
            None => format!("({text})").into(),
        })
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<TupleObject>().is_some_and(|other| items_equal(&self.items, &other.items))
    }

    fn hash_code(&self) -> u64 {
        items_hash(&self.items)
    }

    fn compare(&self, other: &Value) -> Option<Ordering> {
        let other = other.downcast_ref::<TupleObject>()?;
        within_depth(None, || {
            let mut orders = self.items.iter().zip(&other.items).map(|(a, b)| compare::compare(a, b).ok());
            orders.try_fold(Ordering::Equal, |order, next| Some(order.then(next?)))
        })
    }

    fn content_bytes(&self) -> usize {
        self.content_bytes
    }
}

impl Drop for TupleObject {
    fn drop(&mut self) {
        release_all(&mut self.items);
    }
}

fn create(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    call.machine.charge_memory(call.arguments.len() * size_of::<Value>())?;
    let items = call.arguments_from(0).into_vec();
    let content_bytes = content_bytes(&items);
    Ok(Value::object(TupleObject { types: call.types.into(), items, content_bytes }))
}

/// Where the tuple of what is beyond seven items stands.
const REST: usize = 7;

/// With a tuple of the items beyond the seventh as the eighth.
fn create_long(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    if call.argument(REST).downcast_ref::<TupleObject>().is_none() {
        let message = "The last element of an eight element tuple must be a Tuple.";
        return Err(Exception::new(ExceptionType::Argument, message).into());
    }
    create(call)
}

/// `Tuple.Create` of eight items: the last is put into a tuple of its own.
fn create_of_eight(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    call.machine.charge_memory((call.arguments.len() + 1) * size_of::<Value>())?;
    let mut types = call.types.to_vec();
    let last = call.take(REST);
    let last_types: Arc<[Type]> = types.get(REST..).unwrap_or_default().into();
    let rest =
        TupleObject { types: last_types, content_bytes: content_bytes(std::slice::from_ref(&last)), items: vec![last] };
    if let Some(of) = types.get_mut(REST) {
        *of = rest.of();
    }
    let mut items = call.arguments_from(0).into_vec();
    items.truncate(REST);
    items.push(Value::object(rest));
    let content_bytes = content_bytes(&items);
    Ok(Value::object(TupleObject { types: types.into(), items, content_bytes }))
}

fn item<const INDEX: usize>(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(call.this::<TupleObject>()?.items.get(INDEX).cloned().unwrap_or_default())
}

/// Header, constructor and `Create` of each size.
const SIZES: [(&str, &str, &str); 7] = [
    ("class System.Tuple<T1>", "(T1 item1)", "static Tuple<T1> Create<T1>(T1 item1)"),
    ("class System.Tuple<T1, T2>", "(T1 item1, T2 item2)", "static Tuple<T1, T2> Create<T1, T2>(T1 item1, T2 item2)"),
    (
        "class System.Tuple<T1, T2, T3>",
        "(T1 item1, T2 item2, T3 item3)",
        "static Tuple<T1, T2, T3> Create<T1, T2, T3>(T1 item1, T2 item2, T3 item3)",
    ),
    (
        "class System.Tuple<T1, T2, T3, T4>",
        "(T1 item1, T2 item2, T3 item3, T4 item4)",
        "static Tuple<T1, T2, T3, T4> Create<T1, T2, T3, T4>(T1 item1, T2 item2, T3 item3, T4 item4)",
    ),
    (
        "class System.Tuple<T1, T2, T3, T4, T5>",
        "(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5)",
        "static Tuple<T1, T2, T3, T4, T5> Create<T1, T2, T3, T4, T5>(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5)",
    ),
    (
        "class System.Tuple<T1, T2, T3, T4, T5, T6>",
        "(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6)",
        "static Tuple<T1, T2, T3, T4, T5, T6> Create<T1, T2, T3, T4, T5, T6>(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6)",
    ),
    (
        "class System.Tuple<T1, T2, T3, T4, T5, T6, T7>",
        "(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6, T7 item7)",
        "static Tuple<T1, T2, T3, T4, T5, T6, T7> \
         Create<T1, T2, T3, T4, T5, T6, T7>(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6, T7 item7)",
    ),
];

const ITEMS: [(&str, crate::expression::native::Native); 7] = [
    ("T1 Item1", |call| item::<0>(call)),
    ("T2 Item2", |call| item::<1>(call)),
    ("T3 Item3", |call| item::<2>(call)),
    ("T4 Item4", |call| item::<3>(call)),
    ("T5 Item5", |call| item::<4>(call)),
    ("T6 Item6", |call| item::<5>(call)),
    ("T7 Item7", |call| item::<6>(call)),
];

pub(super) fn declare(library: &mut Library) {
    for (size, (header, constructor, creation)) in SIZES.into_iter().enumerate() {
        let mut builder = library.declare(header).constructor(constructor, create);
        for (signature, native) in ITEMS.into_iter().take(size + 1) {
            builder = builder.getter(signature, native);
        }
        library.declare("static class System.Tuple").method(creation, create);
    }
    let mut builder = library
        .declare("class System.Tuple<T1, T2, T3, T4, T5, T6, T7, TRest>")
        .constructor("(T1 item1, T2 item2, T3 item3, T4 item4, T5 item5, T6 item6, T7 item7, TRest rest)", create_long)
        .getter("TRest Rest", item::<REST>);
    for (signature, native) in ITEMS {
        builder = builder.getter(signature, native);
    }
    library.declare("static class System.Tuple").method(
        "static Tuple<T1, T2, T3, T4, T5, T6, T7, Tuple<T8>> Create<T1, T2, T3, T4, T5, T6, T7, T8>(T1 item1, T2 item2, T3 item3, T4 item4, \
         T5 item5, T6 item6, T7 item7, T8 item8)",
        create_of_eight,
    );
}
