//! `HashSet<T>` as an object.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use super::arguments::modified;
use super::class_name::ClassName;
use super::equality::Equality;
use super::table::{ENTRY_BYTES, Table};
use crate::expression::library::linq::Source;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::{Enumerator, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Steps for looking an item up, beside those for its content.
const LOOKED_UP_STEPS: usize = 6;

static HASH_SET: ClassName = ClassName::new("System.Collections.Generic.HashSet");

/// A set. No borrow of its table lives while code runs.
pub(crate) struct HashSetObject {
    element: Type,
    equality: Equality,
    pub(super) table: RefCell<Table>,
}

impl HashSetObject {
    pub(crate) fn new(element: Type, equality: Equality) -> HashSetObject {
        HashSetObject { element, equality, table: RefCell::new(Table::new(equality)) }
    }

    /// One of these items.
    pub(crate) fn of_stored(element: Type, equality: Equality, items: impl Iterator<Item = Value>) -> HashSetObject {
        let set = HashSetObject::new(element, equality);
        for item in items {
            set.table.borrow_mut().add(item, Value::Null);
        }
        set
    }

    /// Its items.
    pub(crate) fn stored(&self) -> Vec<Value> {
        self.table.borrow().entries().map(|entry| entry.key.clone()).collect()
    }

    pub(crate) fn element(&self) -> &Type {
        &self.element
    }

    /// How it compares items.
    pub(crate) fn equality(&self) -> Equality {
        self.table.borrow().equality()
    }

    /// `Add`, paid for. False: it is there already.
    pub(crate) fn add(&self, machine: &mut Machine<'_>, item: Value) -> Result<bool, Thrown> {
        self.table.borrow().charge_key(machine, &item)?;
        machine.charge(LOOKED_UP_STEPS + self.table.borrow().growth())?;
        let is_new = self.table.borrow_mut().add(item, Value::Null);
        self.table.borrow_mut().charge_moved(machine);
        if is_new {
            machine.charge_memory(ENTRY_BYTES)?;
        }
        Ok(is_new)
    }

    /// Adds all items of a sequence, until the turn ends.
    pub(super) fn add_all(&self, machine: &mut Machine<'_>, items: &mut Source) -> Result<(), Thrown> {
        while let Some(item) = items.next(machine)? {
            self.add(machine, item)?;
            machine.end_turn()?;
        }
        Ok(())
    }

    pub(crate) fn contains(&self, machine: &mut Machine<'_>, item: &Value) -> Result<bool, Thrown> {
        self.table.borrow().charge_key(machine, item)?;
        Ok(self.table.borrow().find(item).is_some())
    }

    /// `Remove`, paid for.
    pub(crate) fn remove(&self, machine: &mut Machine<'_>, item: &Value) -> Result<bool, Thrown> {
        self.table.borrow().charge_key(machine, item)?;
        Ok(self.table.borrow_mut().remove(item).is_some())
    }

    pub(super) fn len(&self) -> usize {
        self.table.borrow().len()
    }

    /// A copy of all items, paid for.
    pub(super) fn items(&self, machine: &mut Machine<'_>) -> Result<Vec<Value>, Thrown> {
        machine.charge(self.table.borrow().slots())?;
        machine.take_memory(self.len() * size_of::<Value>())?;
        Ok(self.table.borrow().entries().map(|entry| entry.key.clone()).collect())
    }

    /// An empty set that compares as this one.
    pub(super) fn empty(&self) -> HashSetObject {
        HashSetObject::new(self.element.clone(), self.equality)
    }
}

impl Object for HashSetObject {
    fn of(&self) -> Type {
        HASH_SET.of([self.element.clone()])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        let version = self.table.borrow().version();
        Some(Box::new(Walk { set: self, next: 0, version }))
    }

    fn count(&self) -> Option<usize> {
        Some(self.len())
    }
}

struct Walk {
    set: Rc<HashSetObject>,
    next: usize,
    version: u32,
}

impl Enumerator for Walk {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        let table = self.set.table.borrow();
        if table.version() != self.version {
            return Err(modified());
        }
        let Some((slot, entry)) = table.entry_from(self.next) else {
            machine.charge(table.slots() - self.next.min(table.slots()))?;
            return Ok(None);
        };
        machine.charge(slot - self.next)?;
        self.next = slot + 1;
        Ok(Some(entry.key.clone()))
    }
}
