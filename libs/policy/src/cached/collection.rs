//! Lists, sets, dictionaries, tuples and anonymous objects: copied with all that is in them.

use super::{CachedValue, Room};
use crate::expression::anonymous::AnonymousObject;
use crate::expression::library::collections::equality::Equality;
use crate::expression::library::collections::{DictionaryObject, HashSetObject, ListObject};
use crate::expression::tuple::TupleObject;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCollection {
    kind: Kind,
    /// Of a dictionary: keys and values in turn.
    items: Vec<CachedValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// With the type of its elements.
    List(Type),
    /// The same.
    Set(Type, Equality),
    /// With the types of keys and values.
    Dictionary([Type; 2], Equality),
    /// With its own type.
    Tuple(Type),
    /// The same.
    Anonymous(Type),
}

impl StoredCollection {
    /// A copy of a collection; `None` of anything else.
    pub(super) fn copy(value: &Value, room: &mut Room) -> Result<Option<StoredCollection>, String> {
        let (kind, items) = if let Some(list) = value.downcast_ref::<ListObject>() {
            (Kind::List(list.element().clone()), list.read(<[Value]>::to_vec))
        } else if let Some(set) = value.downcast_ref::<HashSetObject>() {
            (Kind::Set(set.element().clone(), set.equality()), set.stored())
        } else if let Some(dictionary) = value.downcast_ref::<DictionaryObject>() {
            (Kind::Dictionary(dictionary.types().clone(), dictionary.equality()), dictionary.stored())
        } else if let Some(tuple) = value.downcast_ref::<TupleObject>() {
            (Kind::Tuple(value.of()), tuple.items().to_vec())
        } else if let Some(object) = value.downcast_ref::<AnonymousObject>() {
            (Kind::Anonymous(value.of()), object.items().to_vec())
        } else {
            return Ok(None);
        };
        Ok(Some(StoredCollection { kind, items: CachedValue::copy_all(&items, room)? }))
    }

    /// A new collection with the same content.
    pub(super) fn to_value(&self) -> Value {
        let items = self.items.iter().map(CachedValue::to_value);
        match &self.kind {
            Kind::List(element) => Value::object(ListObject::new(element.clone(), items.collect())),
            Kind::Set(element, equality) => Value::object(HashSetObject::of_stored(element.clone(), *equality, items)),
            Kind::Dictionary(types, equality) => {
                Value::object(DictionaryObject::of_stored(types.clone(), *equality, items))
            }
            Kind::Tuple(of) => Value::object(TupleObject::new(of.clone(), items.collect())),
            Kind::Anonymous(of) => Value::object(AnonymousObject::new(of.clone(), items.collect())),
        }
    }

    pub(super) fn size(&self) -> usize {
        self.items.iter().map(CachedValue::size).sum()
    }
}

#[cfg(test)]
mod tests {
    use postern_dotnet::text::StringComparison;

    use super::*;
    use crate::expression::array::Array;
    use crate::expression::library::comparers::Comparer;

    fn back(value: &Value) -> Value {
        CachedValue::from_value(value).unwrap().to_value()
    }

    #[test]
    fn collections_come_back_with_their_types_order_and_way_of_comparing() {
        let list = back(&Value::object(ListObject::new(Type::String, vec!["b".into(), Value::Null, "a".into()])));
        assert_eq!(list.of(), Type::generic("System.Collections.Generic.List", [Type::String]));
        let items = list.downcast_ref::<ListObject>().unwrap().read(<[Value]>::to_vec);
        assert!(items[0].equals(&"b".into()) && items[1].is_null() && items[2].equals(&"a".into()));

        let ignoring_case = Equality::from_argument(&Value::object(Comparer(StringComparison::OrdinalIgnoreCase)));
        let texts = || ["B", "a"].map(Value::from).into_iter();
        let set = back(&Value::object(HashSetObject::of_stored(Type::String, ignoring_case, texts())));
        let set = set.downcast_ref::<HashSetObject>().unwrap();
        assert!(set.stored()[0].equals(&"B".into()) && set.stored()[1].equals(&"a".into()));
        assert_eq!((set.equality(), set.element()), (ignoring_case, &Type::String));

        let inner = Value::object(ListObject::new(Type::INT, vec![Value::Int(1)]));
        let types = [Type::String, inner.of()];
        let entries = [Value::from("K"), inner].into_iter();
        let dictionary = back(&Value::object(DictionaryObject::of_stored(types.clone(), ignoring_case, entries)));
        let dictionary = dictionary.downcast_ref::<DictionaryObject>().unwrap();
        assert_eq!((dictionary.types(), dictionary.equality()), (&types, ignoring_case));
        let found = &dictionary.stored()[1];
        assert!(found.downcast_ref::<ListObject>().unwrap().read(|items| items[0].equals(&Value::Int(1))));

        let tuple = Type::Tuple([Type::INT, Type::String].into());
        let tuple = Value::object(TupleObject::new(tuple, vec![Value::Int(1), "x".into()]));
        assert!(back(&tuple).equals(&tuple));
        let anonymous = Type::Anonymous([("A".into(), Type::INT)].into());
        let anonymous = Value::object(AnonymousObject::new(anonymous, vec![Value::Int(1)]));
        assert!(back(&anonymous).equals(&anonymous));
    }

    #[test]
    fn what_is_nested_too_deep_cannot_be_stored() {
        let nested = |depth: usize| {
            (1..depth).fold(Value::object(ListObject::new(Type::INT, vec![])), |value, _| {
                Value::object(ListObject::new(Type::Object, vec![value]))
            })
        };
        assert!(CachedValue::from_value(&nested(super::super::DEPTH_MAX)).is_ok());
        assert!(CachedValue::from_value(&nested(super::super::DEPTH_MAX + 1)).is_err());
    }

    #[test]
    fn what_stands_in_many_places_is_stored_as_often_and_is_too_large_some_time() {
        let bytes = Value::object(Array::bytes(vec![0; super::super::BYTES_MAX / 4]));
        let list = |count| Value::object(ListObject::new(Type::Object, vec![bytes.clone(); count]));
        assert!(CachedValue::from_value(&list(3)).is_ok());
        assert!(CachedValue::from_value(&list(4)).is_err(), "each takes a little more than its bytes");
    }
}
