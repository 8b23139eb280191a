//! User parts: 256 shards, of which only those with a change are made again.

use std::collections::{BTreeMap, BTreeSet};

use postern_bundle::{Diagnostic, EncodedPart, Part, PartKey, User, shard_of};
use postern_model::{Inventory, Name, ResourceId, UserProperties, inventory::Resource};

use super::subscriptions::seconds;
use crate::source::Dirty;

/// The shards of the last compile.
#[derive(Default)]
pub(super) struct Users {
    parts: BTreeMap<u16, EncodedPart>,
    findings: BTreeMap<u16, Diagnostic>,
}

impl Users {
    /// Brings the shards up to date.
    pub(super) fn update(&mut self, inventory: &Inventory, dirty: &Dirty) {
        let of_user = |id: &ResourceId| match id {
            ResourceId::User(user) | ResourceId::GroupUser(_, user) => Some(shard_of(&user.folded())),
            _ => None,
        };
        // A group may have a new name, or be gone: who is in it is not remembered.
        let all = dirty.all || dirty.ids.iter().any(|id| matches!(id, ResourceId::Group(_)));
        let touched: BTreeSet<u16> = dirty.ids.iter().filter_map(of_user).collect();
        if !all && touched.is_empty() {
            return;
        }
        let mut shards: BTreeMap<u16, Vec<User>> = touched.iter().map(|shard| (*shard, Vec::new())).collect();
        for (name, resource) in &inventory.users {
            let shard = shard_of(&name.folded());
            if all || touched.contains(&shard) {
                shards.entry(shard).or_default().push(user(inventory, name, resource));
            }
        }
        if all {
            self.parts.clear();
            self.findings.clear();
        }
        for (shard, users) in shards {
            self.replace(shard, users);
        }
    }

    fn replace(&mut self, shard: u16, users: Vec<User>) {
        self.findings.remove(&shard);
        if users.is_empty() {
            self.parts.remove(&shard);
            return;
        }
        let key = PartKey::Users(shard);
        match EncodedPart::encode(&key, &Part::Users(users)) {
            Ok(part) => drop(self.parts.insert(shard, part)),
            // The shard before stays: its users would have to have megabytes of notes.
            Err(error) => {
                self.findings.insert(shard, Diagnostic::error("part-too-large", "/users", error.to_string()));
            }
        }
    }

    /// The parts, empty shards left out.
    pub(super) fn parts(&self) -> impl Iterator<Item = (PartKey, EncodedPart)> {
        self.parts.iter().map(|(shard, part)| (PartKey::Users(*shard), part.clone()))
    }

    /// What was found.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.values()
    }
}

fn user(inventory: &Inventory, name: &Name, resource: &Resource<UserProperties>) -> User {
    let properties = &resource.properties;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    User {
        name: name.as_str().to_owned(),
        email: text(&properties.email),
        first_name: text(&properties.first_name),
        last_name: text(&properties.last_name),
        note: text(&properties.note),
        registered_s: seconds(properties.registration_date.as_deref()),
        groups: inventory.groups_of_user(name),
        identities: properties.identities.iter().map(|one| (text(&one.id), text(&one.provider))).collect(),
    }
}
