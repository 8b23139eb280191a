//! `Dictionary<TKey, TValue>` as an object.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::{Exception, ExceptionType};

use super::arguments::modified;
use super::class_name::ClassName;
use super::equality::Equality;
use super::table::{ENTRY_BYTES, Entry, Table};
use crate::expression::display;
use crate::expression::library::pair::PairValue;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::{Dictionary, Enumerator, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

static DICTIONARY: ClassName = ClassName::new("System.Collections.Generic.Dictionary");

/// A dictionary. No borrow of its table lives while code runs.
pub(crate) struct DictionaryObject {
    types: [Type; 2],
    pub(super) table: RefCell<Table>,
}

impl DictionaryObject {
    pub(crate) fn new(types: [Type; 2], equality: Equality) -> DictionaryObject {
        DictionaryObject { types, table: RefCell::new(Table::new(equality)) }
    }

    /// Types of key and value.
    pub(crate) fn types(&self) -> &[Type; 2] {
        &self.types
    }

    /// One of keys and values in turn.
    pub(crate) fn of_stored(
        types: [Type; 2],
        equality: Equality,
        mut items: impl Iterator<Item = Value>,
    ) -> DictionaryObject {
        let dictionary = DictionaryObject::new(types, equality);
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            dictionary.table.borrow_mut().add(key, value);
        }
        dictionary
    }

    /// Its keys and values in turn.
    pub(crate) fn stored(&self) -> Vec<Value> {
        self.table.borrow().entries().flat_map(|entry| [entry.key.clone(), entry.value.clone()]).collect()
    }

    /// How it compares keys.
    pub(crate) fn equality(&self) -> Equality {
        self.table.borrow().equality()
    }

    /// `Add`, paid for.
    ///
    /// # Errors
    /// `ArgumentException` for a key that is there already.
    pub(crate) fn add(&self, machine: &mut Machine<'_>, key: &Value, value: Value) -> Result<(), Thrown> {
        if self.try_add(machine, key, value)? { Ok(()) } else { Err(duplicate(machine, key)?) }
    }

    /// `TryAdd`, paid for. False: the key is there already.
    pub(super) fn try_add(&self, machine: &mut Machine<'_>, key: &Value, value: Value) -> Result<bool, Thrown> {
        self.table.borrow().charge_key(machine, key)?;
        if key.is_null() {
            return Err(Exception::argument_null("key").into());
        }
        machine.charge_memory(ENTRY_BYTES)?;
        machine.charge(self.table.borrow().growth())?;
        let is_new = self.table.borrow_mut().add(key.clone(), value);
        self.table.borrow_mut().charge_moved(machine);
        Ok(is_new)
    }

    /// `this[key] = value`, paid for.
    pub(super) fn put(&self, machine: &mut Machine<'_>, key: &Value, value: Value) -> Result<(), Thrown> {
        self.table.borrow().charge_key(machine, key)?;
        if !key.is_null() && self.table.borrow_mut().replace(key, &value) {
            return Ok(());
        }
        self.try_add(machine, key, value).map(drop)
    }

    /// The value of a key that was paid for.
    pub(super) fn get(&self, key: &Value) -> Option<Value> {
        self.table.borrow().get(key).cloned()
    }

    /// Copies of all entries, paid for.
    pub(super) fn entries(&self, machine: &mut Machine<'_>) -> Result<Vec<Entry>, Thrown> {
        let table = self.table.borrow();
        machine.charge(table.slots())?;
        machine.charge(table.len())?;
        machine.take_memory(table.len() * size_of::<Entry>())?;
        Ok(table.entries().cloned().collect())
    }

    fn pair(&self, entry: &Entry) -> Value {
        Value::object(PairValue::new(self.types.clone(), entry.key.clone(), entry.value.clone()))
    }
}

/// `ArgumentException` of a key that is there already.
fn duplicate(machine: &mut Machine<'_>, key: &Value) -> Result<Thrown, Thrown> {
    let key = display::to_text(key, machine)?;
    let message = format!("An item with the same key has already been added. Key: {key}");
    Ok(Exception::new(ExceptionType::Argument, message).into())
}

/// `KeyNotFoundException`.
pub(super) fn not_found(machine: &mut Machine<'_>, key: &Value) -> Result<Thrown, Thrown> {
    let key = display::to_text(key, machine)?;
    let message = format!("The given key '{key}' was not present in the dictionary.");
    Ok(Exception::new(ExceptionType::KeyNotFound, message).into())
}

impl Object for DictionaryObject {
    fn of(&self) -> Type {
        DICTIONARY.of(self.types.clone())
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Walk::new(self, Part::Pair)))
    }

    fn count(&self) -> Option<usize> {
        Some(self.table.borrow().len())
    }

    fn dictionary(&self) -> Option<&dyn Dictionary> {
        Some(self)
    }
}

impl Dictionary for DictionaryObject {
    fn get(&self, _machine: &Machine<'_>, key: &Value) -> Option<Value> {
        self.table.borrow().get(key).cloned()
    }

    fn keys(&self, _machine: &Machine<'_>) -> Vec<Value> {
        self.table.borrow().entries().map(|entry| entry.key.clone()).collect()
    }

    fn set(&self, key: &Value, value: Value) -> Result<(), Exception> {
        if key.is_null() {
            return Err(Exception::argument_null("key"));
        }
        let mut table = self.table.borrow_mut();
        if !table.replace(key, &value) {
            table.add(key.clone(), value);
        }
        Ok(())
    }

    fn remove(&self, key: &Value) -> Result<bool, Exception> {
        Ok(self.table.borrow_mut().remove(key).is_some())
    }
}

/// What of an entry a walk gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Pair,
    Key,
    Value,
}

/// A walk over a dictionary, its keys or its values.
pub(super) struct Walk {
    dictionary: Rc<DictionaryObject>,
    part: Part,
    next: usize,
    version: u32,
}

impl Walk {
    pub(super) fn new(dictionary: Rc<DictionaryObject>, part: Part) -> Walk {
        let version = dictionary.table.borrow().version();
        Walk { dictionary, part, next: 0, version }
    }
}

impl Enumerator for Walk {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        let table = self.dictionary.table.borrow();
        if table.version() != self.version {
            return Err(modified());
        }
        let Some((slot, entry)) = table.entry_from(self.next) else {
            machine.charge(table.slots() - self.next.min(table.slots()))?;
            return Ok(None);
        };
        machine.charge(slot - self.next)?;
        self.next = slot + 1;
        Ok(Some(match self.part {
            Part::Pair => {
                machine.charge_memory(size_of::<PairValue>())?;
                self.dictionary.pair(entry)
            }
            Part::Key => entry.key.clone(),
            Part::Value => entry.value.clone(),
        }))
    }
}
