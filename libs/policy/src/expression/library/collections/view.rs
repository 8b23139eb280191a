//! Collections that show another one: keys and values of a dictionary, `ReadOnlyCollection<T>`.

use std::any::Any;
use std::rc::Rc;

use super::arguments::{index_below, int};
use super::class_name::ClassName;
use super::dictionary::{DictionaryObject, Part, Walk};
use crate::expression::library::Library;
use crate::expression::native::Call;
use crate::expression::object::{Enumerator, List, Object};
use crate::expression::release::release;
use crate::expression::types::Type;
use crate::expression::value::Value;

static COLLECTION: ClassName = ClassName::new("System.Collections.Generic.ICollection");
static READ_ONLY: ClassName = ClassName::new("System.Collections.ObjectModel.ReadOnlyCollection");

/// `dictionary.Keys`, `dictionary.Values`: what is in the dictionary when they are looked at.
pub(super) struct KeyOrValueView {
    dictionary: Rc<DictionaryObject>,
    part: Part,
}

impl KeyOrValueView {
    pub(super) fn new(dictionary: Rc<DictionaryObject>, part: Part) -> KeyOrValueView {
        KeyOrValueView { dictionary, part }
    }
}

impl Object for KeyOrValueView {
    fn of(&self) -> Type {
        let [key, value] = self.dictionary.types().clone();
        COLLECTION.of([if self.part == Part::Key { key } else { value }])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Walk::new(Rc::clone(&self.dictionary), self.part)))
    }

    fn count(&self) -> Option<usize> {
        self.dictionary.count()
    }
}

impl Drop for KeyOrValueView {
    fn drop(&mut self) {
        release(Value::Object(Rc::clone(&self.dictionary) as Rc<dyn Object>));
    }
}

/// A list that cannot be changed through it.
pub(super) struct ReadOnlyObject {
    element: Type,
    list: Value,
}

impl ReadOnlyObject {
    pub(super) fn new(element: Type, list: Value) -> ReadOnlyObject {
        ReadOnlyObject { element, list }
    }

    fn inner(&self) -> Option<&dyn List> {
        match &self.list {
            Value::Object(list) => list.list(),
            _ => None,
        }
    }
}

impl Object for ReadOnlyObject {
    fn of(&self) -> Type {
        READ_ONLY.of([self.element.clone()])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        match &self.list {
            Value::Object(list) => Rc::clone(list).enumerate(),
            _ => None,
        }
    }

    fn count(&self) -> Option<usize> {
        Some(self.len())
    }

    fn list(&self) -> Option<&dyn List> {
        Some(self)
    }
}

impl List for ReadOnlyObject {
    fn len(&self) -> usize {
        self.inner().map_or(0, List::len)
    }

    fn get(&self, index: usize) -> Option<Value> {
        self.inner()?.get(index)
    }
}

impl Drop for ReadOnlyObject {
    fn drop(&mut self) {
        release(std::mem::take(&mut self.list));
    }
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Collections.ObjectModel.ReadOnlyCollection<T> : IList<T>, IReadOnlyList<T>, IList")
        .constructor("(IList<T> list)", |call| {
            let (element, list) = (call.type_argument(0), super::arguments::required(call, 0, "list")?);
            Ok(Value::object(ReadOnlyObject::new(element, list)))
        })
        .getter("int Count", |call| Ok(int(this(call).len())))
        .indexer("T this[int index]", |call| {
            let list = this(call);
            let index = index_below(call, 1, list.len())?;
            Ok(list.get(index).unwrap_or_default())
        })
        .method("bool Contains(T value)", super::interfaces::contains)
        .method("int IndexOf(T value)", super::interfaces::index_of)
        .method("void CopyTo(T[] array, int index)", super::interfaces::copy_to)
        .method("IEnumerator<T> GetEnumerator()", super::enumerator::start);
}

fn this(call: &Call<'_, '_>) -> Rc<ReadOnlyObject> {
    call.object(0).unwrap_or_else(|| Rc::new(ReadOnlyObject::new(Type::Object, Value::Null)))
}
