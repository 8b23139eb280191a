//! Groups of items with one key: what `GroupBy`, `ToLookup` and the joins are made of.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use super::query::Source;
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::library::collections::arguments::{Answer, int};
use crate::expression::library::collections::class_name::ClassName;
use crate::expression::library::collections::equality::Equality;
use crate::expression::library::collections::table::Table;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::{Enumerator, List, Object};
use crate::expression::release::{release, release_all};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Steps for finding the group of an item.
const GROUPED_STEPS: usize = 5;

static GROUPING: ClassName = ClassName::new("System.Linq.IGrouping");
static LOOKUP: ClassName = ClassName::new("System.Linq.ILookup");

/// `IGrouping<TKey, TElement>`: a key with its items. It grows while its lookup is made, never after.
pub(super) struct Group {
    types: [Type; 2],
    pub(super) key: Value,
    items: RefCell<Vec<Value>>,
}

impl Object for Group {
    fn of(&self) -> Type {
        GROUPING.of(self.types.clone())
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Walk { group: self, next: 0 }))
    }

    fn count(&self) -> Option<usize> {
        Some(self.len())
    }

    fn list(&self) -> Option<&dyn List> {
        Some(self)
    }
}

impl List for Group {
    fn len(&self) -> usize {
        self.items.borrow().len()
    }

    fn get(&self, index: usize) -> Option<Value> {
        self.items.borrow().get(index).cloned()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        release(std::mem::take(&mut self.key));
        release_all(self.items.get_mut());
    }
}

struct Walk {
    group: Rc<Group>,
    next: usize,
}

impl Enumerator for Walk {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        let item = List::get(&*self.group, self.next);
        self.next += 1;
        Ok(item)
    }
}

/// `ILookup<TKey, TElement>`: groups by key, in the order of their first items. A null key is one like any other.
pub(super) struct Lookup {
    types: [Type; 2],
    groups: Table,
}

impl Lookup {
    pub(super) fn new(types: [Type; 2], equality: Equality) -> Lookup {
        Lookup { types, groups: Table::new(equality) }
    }

    /// Adds an item to the group of its key, paid for.
    pub(super) fn add(&mut self, machine: &mut Machine<'_>, key: Value, item: Value) -> Result<(), Thrown> {
        self.groups.charge_key(machine, &key)?;
        machine.charge(GROUPED_STEPS + self.groups.growth())?;
        machine.charge_memory(size_of::<Value>())?;
        if let Some(group) = self.group(&key) {
            group.items.borrow_mut().push(item);
            return Ok(());
        }
        machine.charge_memory(size_of::<Group>() + 8 * size_of::<Value>())?;
        let group = Group { types: self.types.clone(), key: key.clone(), items: RefCell::new(vec![item]) };
        self.groups.add(key, Value::object(group));
        self.groups.charge_moved(machine);
        Ok(())
    }

    pub(super) fn group(&self, key: &Value) -> Option<Rc<Group>> {
        self.groups.get(key)?.downcast::<Group>()
    }

    /// All groups in order, paid for.
    pub(super) fn groups(&self, machine: &mut Machine<'_>) -> Result<Vec<Value>, Thrown> {
        machine.charge_memory(self.groups.len() * size_of::<Value>())?;
        Ok(self.groups.entries().map(|entry| entry.value.clone()).collect())
    }

    /// The items of a key; none is an empty sequence.
    pub(super) fn items(&self, machine: &mut Machine<'_>, key: &Value) -> Answer {
        self.groups.charge_key(machine, key)?;
        Ok(match self.groups.get(key) {
            Some(group) => group.clone(),
            None => Value::object(Array::values(self.types[1].clone(), Vec::new())),
        })
    }

    /// Groups the items of a source, until all are or the turn ends.
    pub(super) fn fill(&mut self, machine: &mut Machine<'_>, filling: &mut Filling) -> Result<(), Thrown> {
        while let Some((key, item)) = filling.next(machine)? {
            if !(filling.skips_null && key.is_null()) {
                self.add(machine, key, item)?;
            }
            machine.end_turn()?;
        }
        Ok(())
    }
}

/// What goes into a lookup.
pub(super) struct Filling {
    source: Source,
    key: Value,
    /// Null stands for the items themselves.
    element: Value,
    /// Items with a null key are left out, as joins do.
    skips_null: bool,
    /// An item whose key is known, and whose element is being made.
    keyed: Option<(Value, Value)>,
}

impl Filling {
    pub(super) fn new(source: Source, (key, element): (Value, Value), skips_null: bool) -> Filling {
        Filling { source, key, element, skips_null, keyed: None }
    }

    /// The next key with its element.
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<(Value, Value)>, Thrown> {
        let keyed = match self.keyed.take() {
            Some(keyed) => Some(keyed),
            None => {
                let key = &self.key;
                self.source
                    .next_with(machine, |machine, item| machine.invoke_in_turns(key, std::slice::from_ref(item)))?
            }
        };
        let Some((item, key)) = keyed else { return Ok(None) };
        if self.element.is_null() || (self.skips_null && key.is_null()) {
            return Ok(Some((key, item)));
        }
        match machine.invoke_in_turns(&self.element, std::slice::from_ref(&item)) {
            Ok(element) => Ok(Some((key, element))),
            Err(thrown) => {
                self.keyed = Some((item, key));
                Err(thrown)
            }
        }
    }
}

impl Object for Lookup {
    fn of(&self) -> Type {
        LOOKUP.of(self.types.clone())
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(LookupWalk { lookup: self, next: 0 }))
    }

    fn count(&self) -> Option<usize> {
        Some(self.groups.len())
    }
}

/// A walk over the groups, which never change.
struct LookupWalk {
    lookup: Rc<Lookup>,
    next: usize,
}

impl Enumerator for LookupWalk {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        let group = self.lookup.groups.entry(self.next).map(|entry| entry.value.clone());
        self.next += 1;
        Ok(group)
    }
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("interface System.Linq.IGrouping<out TKey, out TElement> : IEnumerable<TElement>")
        .getter("TKey Key", |call| Ok(call.this::<Group>()?.key.clone()));
    library
        .declare("interface System.Linq.ILookup<TKey, TElement> : IEnumerable<IGrouping<TKey, TElement>>")
        .getter("int Count", |call| Ok(int(call.this::<Lookup>()?.groups.len())))
        .indexer("IEnumerable<TElement> this[TKey key]", |call| -> Answer {
            let (lookup, key) = (call.this::<Lookup>()?, call.take(1));
            lookup.items(call.machine, &key)
        })
        .method("bool Contains(TKey key)", |call| {
            let (lookup, key) = (call.this::<Lookup>()?, call.take(1));
            lookup.groups.charge_key(call.machine, &key)?;
            Ok(lookup.group(&key).is_some().into())
        });
}
