//! Which (API, operation) pairs have a place of their own in the metrics.
//!
//! What must hold: an id means the same pair for the life of the process, whatever configurations come and go, because
//! workers keep plain arrays indexed by it. The number of ids is bounded, so a configuration cannot grow the metrics
//! without end: what comes after the bound is counted together under [`OTHER`].

use std::sync::Arc;

use ahash::AHashMap;

use crate::limits::{SERIES_APIS_MAX, SERIES_OPERATIONS_MAX};

/// Where a request is counted: indexes into a worker's arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeriesId {
    pub(crate) api: u32,
    pub(crate) operation: u32,
}

impl SeriesId {
    /// Requests that met no operation: unknown paths, malformed heads, no configuration.
    pub const UNMATCHED: Self = Self { api: 0, operation: 0 };
}

impl Default for SeriesId {
    fn default() -> Self {
        Self::UNMATCHED
    }
}

/// Label of series that share one place because the bound was met.
pub const OTHER: &str = "_other";
/// Label of [`SeriesId::UNMATCHED`].
pub const UNMATCHED: &str = "_unmatched";

/// The pairs that have ids. Only ever grows.
#[derive(Debug, Clone)]
pub struct SeriesTable {
    apis: Vec<Api>,
    /// Operation name and its API, by [`SeriesId::operation`].
    operations: Vec<(u32, Arc<str>)>,
    by_name: AHashMap<Arc<str>, u32>,
}

#[derive(Debug, Clone)]
struct Api {
    name: Arc<str>,
    operations: AHashMap<Arc<str>, u32>,
}

/// Places 0 (unmatched) and 1 (other) exist from the start; every API's own `_other` comes on top of the bound.
const FIXED: usize = 2;

/// How many places a worker needs for APIs.
pub(crate) const API_PLACES: usize = SERIES_APIS_MAX + FIXED;
/// How many places a worker needs for operations.
pub(crate) const OPERATION_PLACES: usize = SERIES_OPERATIONS_MAX + SERIES_APIS_MAX + FIXED;

const OTHER_ID: SeriesId = SeriesId { api: 1, operation: 1 };

impl Default for SeriesTable {
    fn default() -> Self {
        let api = |name: &str| Api { name: name.into(), operations: AHashMap::new() };
        Self {
            apis: vec![api(UNMATCHED), api(OTHER)],
            operations: vec![(0, UNMATCHED.into()), (1, OTHER.into())],
            by_name: AHashMap::new(),
        }
    }
}

impl SeriesTable {
    /// The id of a pair, given out now if it has none. Copies the table only when something is added while a scraper
    /// or an older snapshot still holds it.
    pub fn assign(table: &mut Arc<Self>, api: &str, operation: &str) -> SeriesId {
        match table.find(api, operation) {
            Some(id) => id,
            None => Arc::make_mut(table).add(api, operation),
        }
    }

    /// The id of a pair that has one, or the shared one of a pair past the bounds.
    pub fn find(&self, api: &str, operation: &str) -> Option<SeriesId> {
        let Some(&index) = self.by_name.get(api) else {
            return (self.by_name.len() >= SERIES_APIS_MAX).then_some(OTHER_ID);
        };
        let operations = &self.apis[index as usize].operations;
        if let Some(&operation) = operations.get(operation) {
            return Some(SeriesId { api: index, operation });
        }
        if !self.has_room() {
            return operations.get(OTHER).map(|&operation| SeriesId { api: index, operation });
        }
        None
    }

    /// API and operation of an id, for labels.
    pub fn names(&self, id: SeriesId) -> Option<(&str, &str)> {
        let api = self.apis.get(id.api as usize)?;
        let (_, operation) = self.operations.get(id.operation as usize)?;
        Some((&api.name, operation))
    }

    /// Every id given out, with its names, in the order of giving.
    pub fn iter(&self) -> impl Iterator<Item = (SeriesId, &str, &str)> {
        self.operations.iter().enumerate().filter_map(|(index, (api, operation))| {
            let id = SeriesId { api: *api, operation: u32::try_from(index).ok()? };
            Some((id, &*self.apis.get(*api as usize)?.name, &**operation))
        })
    }

    /// Every API's place and name.
    pub fn apis(&self) -> impl Iterator<Item = (u32, &str)> {
        self.apis.iter().enumerate().filter_map(|(index, api)| Some((u32::try_from(index).ok()?, &*api.name)))
    }

    /// How many places are taken by operations, the fixed and shared ones included.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Never: the fixed places are always there.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    fn add(&mut self, api: &str, operation: &str) -> SeriesId {
        let index = match self.by_name.get(api) {
            Some(&index) => index,
            None if self.by_name.len() >= SERIES_APIS_MAX => return OTHER_ID,
            None => self.add_api(api),
        };
        let operation = if self.has_room() { operation } else { OTHER };
        if let Some(&operation) = self.apis[index as usize].operations.get(operation) {
            return SeriesId { api: index, operation };
        }
        let place = u32::try_from(self.operations.len()).unwrap_or(OTHER_ID.operation);
        let name: Arc<str> = operation.into();
        self.operations.push((index, Arc::clone(&name)));
        self.apis[index as usize].operations.insert(name, place);
        SeriesId { api: index, operation: place }
    }

    fn add_api(&mut self, api: &str) -> u32 {
        let index = u32::try_from(self.apis.len()).unwrap_or(OTHER_ID.api);
        let name: Arc<str> = api.into();
        self.apis.push(Api { name: Arc::clone(&name), operations: AHashMap::new() });
        self.by_name.insert(name, index);
        index
    }

    /// Whether one more operation may have a place of its own.
    fn has_room(&self) -> bool {
        self.operations.len() < SERIES_OPERATIONS_MAX + FIXED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_keeps_its_id_and_new_pairs_get_new_ones() {
        let mut table = Arc::new(SeriesTable::default());
        let first = SeriesTable::assign(&mut table, "orders", "list");
        let second = SeriesTable::assign(&mut table, "orders", "get");
        let third = SeriesTable::assign(&mut table, "users", "list");
        assert_eq!(SeriesTable::assign(&mut table, "orders", "list"), first);
        assert_ne!(first, second);
        assert_ne!(second.operation, third.operation);
        assert_eq!(first.api, second.api);
        assert_eq!(table.names(third), Some(("users", "list")));
        assert_eq!(table.names(SeriesId::UNMATCHED), Some((UNMATCHED, UNMATCHED)));
    }

    #[test]
    fn known_pairs_do_not_copy_a_table_that_is_held_elsewhere() {
        let mut table = Arc::new(SeriesTable::default());
        SeriesTable::assign(&mut table, "orders", "list");
        let held = Arc::clone(&table);
        SeriesTable::assign(&mut table, "orders", "list");
        assert!(Arc::ptr_eq(&table, &held));
        SeriesTable::assign(&mut table, "orders", "get");
        assert!(!Arc::ptr_eq(&table, &held), "the held table stays as it was");
        assert_eq!(held.find("orders", "get"), None);
    }

    #[test]
    fn operations_past_the_bound_share_their_apis_other() {
        let mut table = Arc::new(SeriesTable::default());
        for operation in 0..SERIES_OPERATIONS_MAX {
            SeriesTable::assign(&mut table, "orders", &operation.to_string());
        }
        let at_bound = table.find("orders", &(SERIES_OPERATIONS_MAX - 1).to_string());
        assert_eq!(table.names(at_bound.unwrap()), Some(("orders", "9999")));
        let past = SeriesTable::assign(&mut table, "orders", "one more");
        assert_eq!(table.names(past), Some(("orders", OTHER)));
        assert_eq!(SeriesTable::assign(&mut table, "orders", "and one"), past);
        let other_api = SeriesTable::assign(&mut table, "users", "list");
        assert_eq!(table.names(other_api), Some(("users", OTHER)));
        assert!(table.iter().all(|(id, ..)| (id.operation as usize) < OPERATION_PLACES));
    }

    #[test]
    fn apis_past_the_bound_share_one_place() {
        let mut table = Arc::new(SeriesTable::default());
        for api in 0..SERIES_APIS_MAX {
            SeriesTable::assign(&mut table, &api.to_string(), "get");
        }
        let past = SeriesTable::assign(&mut table, "one more", "get");
        assert_eq!(table.names(past), Some((OTHER, OTHER)));
        assert_eq!(table.apis().count(), API_PLACES);
    }
}
