//! Named values by display name, as policies refer to them.

use std::collections::{BTreeSet, HashMap};

use postern_model::Inventory;
use postern_policy::nearest;

/// The values of one compile.
#[derive(Debug, Default)]
pub(super) struct NamedValues {
    /// `None`: it is there but has no value (a secret of an APIOps directory, or in a key vault).
    values: HashMap<String, Option<String>>,
}

impl NamedValues {
    /// All named values of an inventory.
    pub(super) fn of(inventory: &Inventory) -> NamedValues {
        let values = inventory.named_values.iter().map(|(name, resource)| {
            let properties = &resource.properties;
            let display_name = properties.display_name.as_deref().unwrap_or(name.as_str());
            (display_name.to_owned(), properties.value.as_ref().map(|value| value.expose().to_owned()))
        });
        NamedValues { values: values.collect() }
    }

    /// The value of a name; `None` when there is none.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned().flatten()
    }

    /// A name that an author may have meant.
    pub(super) fn similar(&self, name: &str) -> Option<&str> {
        let mut names: Vec<&str> = self.values.keys().map(String::as_str).collect();
        names.sort_unstable();
        nearest(name, names)
    }

    /// Whether a named value of this name is there, but without a value.
    pub(super) fn lacks_value(&self, name: &str) -> bool {
        matches!(self.values.get(name), Some(None))
    }

    /// Names whose value is not what it was.
    pub(super) fn changed_since(&self, earlier: &NamedValues) -> BTreeSet<String> {
        let differs = |name: &&String| self.values.get(*name) != earlier.values.get(*name);
        self.values.keys().chain(earlier.values.keys()).filter(differs).cloned().collect()
    }
}
