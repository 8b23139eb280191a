//! `System.Collections.Generic`: lists, dictionaries, sets, queues and stacks, the interfaces over them and over the collections of others,
//! and the comparers they take.
//!
//! What must hold: no borrow of a collection's content lives while code of an expression runs; every item that is added is paid for; looking
//! up a key costs the same however many there are; what code sees of order and errors is what .NET 8 shows.

pub(crate) mod arguments;
mod array_creation;
mod array_rare;
pub(super) mod array_search;
mod array_statics;
pub(crate) mod class_name;
mod comparers;
mod dictionary;
mod dictionary_interfaces;
mod dictionary_members;
mod dispatch;
pub(crate) mod enumerator;
pub(crate) mod equality;
mod hash_set;
mod hash_set_members;
mod interfaces;
mod list;
pub(super) mod list_members;
mod list_search;
pub(crate) mod order;
pub(super) mod predicate_search;
mod queue;
mod rare;
pub(crate) mod table;
mod value_search;
mod value_tuple;
mod view;

#[cfg(test)]
pub(crate) mod tests;

use super::Library;

pub(crate) use dictionary::DictionaryObject;
pub(crate) use hash_set::HashSetObject;
pub(crate) use list::{ListObject, is_collection};

pub(super) fn declare(library: &mut Library) {
    array_statics::declare(library);
    array_creation::declare(library);
    array_rare::declare(library);
    array_search::declare(library);
    comparers::declare(library);
    dictionary_interfaces::declare(library);
    dictionary_members::declare(library);
    enumerator::declare(library);
    hash_set_members::declare(library);
    interfaces::declare(library);
    list_members::declare(library);
    list_search::declare(library);
    queue::declare(library);
    rare::declare(library);
    value_tuple::declare(library);
    view::declare(library);
}
