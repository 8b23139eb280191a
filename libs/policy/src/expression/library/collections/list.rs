//! `List<T>`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use postern_dotnet::Exception;

use super::arguments::{INDEX_OUTSIDE, modified};
use super::class_name::ClassName;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::{Enumerator, List, Object};
use crate::expression::release::release_all;
use crate::expression::types::Type;
use crate::expression::value::Value;

static LIST: ClassName = ClassName::new("System.Collections.Generic.List");

/// A list. No borrow of its items lives while code runs.
pub(crate) struct ListObject {
    element: Type,
    items: RefCell<Vec<Value>>,
    /// Changes with every change: then walks that are under way end.
    version: Cell<u32>,
    /// Items that .NET's list would have room for: that is what `Capacity` says, whatever room there is.
    capacity: Cell<u32>,
}

/// Room that a list gets with its first item (`DefaultCapacity`).
const FIRST_ROOM: u32 = 4;

/// Whether a sequence is an `ICollection<T>`: a list that is made of one has room for just its items, and does not grow item by item.
pub(crate) fn is_collection(sequence: &Value) -> bool {
    let Value::Object(object) = sequence else { return false };
    if object.count().is_none() {
        return false;
    }
    let Type::Class(class, _) = object.of() else { return true };
    let name = &*crate::expression::library::get().class(class).full_name;
    // Their number is known, but not to whoever makes a list of them.
    !matches!(name.rsplit('.').next(), Some("IEnumerable" | "ILookup" | "Queue" | "Stack"))
}

/// A number of items as what room there is for them.
fn room(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

impl ListObject {
    /// A list of items that were paid for.
    pub(crate) fn new(element: Type, items: Vec<Value>) -> ListObject {
        let capacity = Cell::new(room(items.len()));
        ListObject { element, items: RefCell::new(items), version: Cell::new(0), capacity }
    }

    /// A list of items whose number was known before they were added to it, or that were added one by one.
    pub(crate) fn of_items(element: Type, items: Vec<Value>, is_known: bool) -> ListObject {
        let count = items.len();
        let list = ListObject::new(element, items);
        if !is_known {
            list.capacity.set(0);
            list.grow_singly(count);
        }
        list
    }

    /// `Capacity`.
    pub(super) fn capacity(&self) -> usize {
        self.capacity.get() as usize
    }

    pub(super) fn set_capacity(&self, items: usize) {
        self.capacity.set(room(items));
    }

    /// Gets room for so many items at once: at least twice what there was.
    pub(super) fn grow(&self, items: usize) {
        let (present, wanted) = (self.capacity.get(), room(items));
        if wanted > present {
            self.capacity.set(present.saturating_mul(2).max(FIRST_ROOM).max(wanted));
        }
    }

    /// Gets room for so many items that are added one by one.
    pub(super) fn grow_singly(&self, items: usize) {
        let wanted = room(items);
        while self.capacity.get() < wanted {
            self.grow(self.capacity() + 1);
        }
    }

    pub(crate) fn element(&self) -> &Type {
        &self.element
    }

    /// A copy of all items, paid for.
    pub(super) fn copy(&self, machine: &mut Machine<'_>) -> Result<Vec<Value>, Thrown> {
        machine.charge(self.len())?;
        machine.take_memory(self.len() * size_of::<Value>())?;
        Ok(self.items.borrow().clone())
    }

    /// Looks at the items; runs no code.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&[Value]) -> T) -> T {
        look(&self.items.borrow())
    }

    /// Changes the items; runs no code. Ends walks that are under way.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        self.version.set(self.version.get().wrapping_add(1));
        let mut items = self.items.borrow_mut();
        let result = change(&mut items);
        if items.len() > self.capacity() {
            self.grow(items.len());
        }
        result
    }

    /// Copies an item over another of a lower position, which walks that are under way do not notice.
    pub(super) fn move_down(&self, from: usize, to: usize) {
        let mut items = self.items.borrow_mut();
        if let Some(item) = items.get(from).cloned()
            && let Some(place) = items.get_mut(to)
        {
            *place = item;
        }
    }

    pub(super) fn version(&self) -> u32 {
        self.version.get()
    }

    /// `Add`, paid for.
    pub(super) fn push(&self, machine: &mut Machine<'_>, item: Value) -> Result<(), Thrown> {
        machine.charge_memory(size_of::<Value>())?;
        self.change(|items| items.push(item));
        Ok(())
    }

    /// Pays for moving the items behind `index` by one.
    pub(super) fn charge_shift(&self, machine: &mut Machine<'_>, index: usize) -> Result<(), Thrown> {
        machine.charge(1 + self.len().saturating_sub(index) * size_of::<Value>() / 64)
    }
}

impl Object for ListObject {
    fn of(&self) -> Type {
        LIST.of([self.element.clone()])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        let version = self.version();
        Some(Box::new(Walk { list: self, next: 0, version }))
    }

    fn count(&self) -> Option<usize> {
        Some(self.len())
    }

    fn list(&self) -> Option<&dyn List> {
        Some(self)
    }
}

impl List for ListObject {
    fn len(&self) -> usize {
        self.items.borrow().len()
    }

    fn get(&self, index: usize) -> Option<Value> {
        self.items.borrow().get(index).cloned()
    }

    fn set(&self, index: usize, value: Value) -> Result<(), Exception> {
        let is_there = self.change(|items| items.get_mut(index).map(|item| *item = value).is_some());
        if is_there { Ok(()) } else { Err(Exception::argument_out_of_range("index", INDEX_OUTSIDE)) }
    }
}

impl Drop for ListObject {
    fn drop(&mut self) {
        release_all(self.items.get_mut());
    }
}

struct Walk {
    list: Rc<ListObject>,
    next: usize,
    version: u32,
}

impl Enumerator for Walk {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        if self.list.version() != self.version {
            return Err(modified());
        }
        let item = List::get(&*self.list, self.next);
        self.next += 1;
        Ok(item)
    }
}
