//! Users by name, shared from snapshot to snapshot. Looked at only by policies that ask for `context.User`.

use std::collections::HashMap;
use std::sync::Arc;

use postern_bundle::{Hash, limits, shard_of};

use super::product::named;

/// A user as policies see it.
#[derive(Debug)]
pub struct User {
    /// Resource name.
    pub id: Box<str>,
    pub(crate) email: Box<str>,
    pub(crate) first_name: Box<str>,
    pub(crate) last_name: Box<str>,
    pub(crate) note: Box<str>,
    pub(crate) registered_s: Option<i64>,
    /// Ids and display names.
    pub(crate) groups: Box<[(Box<str>, Box<str>)]>,
    /// Ids and providers.
    pub(crate) identities: Box<[(Box<str>, Box<str>)]>,
}

/// Users of one shard, by name in lower case.
type Shard = HashMap<Box<str>, User>;

/// All users of a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Users {
    shards: Vec<Option<(Hash, Arc<Shard>)>>,
}

impl Default for Users {
    fn default() -> Self {
        Self { shards: vec![None; usize::from(limits::SHARDS)] }
    }
}

impl Users {
    pub(crate) fn shard_hash(&self, shard: u16) -> Option<Hash> {
        self.shards.get(usize::from(shard))?.as_ref().map(|(hash, _)| *hash)
    }

    pub(crate) fn replace(&mut self, shard: u16, users: Option<(Hash, Vec<postern_bundle::User>)>) {
        let Some(place) = self.shards.get_mut(usize::from(shard)) else { return };
        *place = users.map(|(hash, users)| {
            let users = users.into_iter().map(|user| (user.name.to_ascii_lowercase().into(), User::from(user)));
            (hash, Arc::new(users.collect()))
        });
    }

    /// The user of that name, whatever its case.
    pub(crate) fn get(&self, name: &str) -> Option<&User> {
        let folded = name.to_ascii_lowercase();
        let (_, shard) = self.shards.get(usize::from(shard_of(&folded)))?.as_ref()?;
        shard.get(&*folded)
    }
}

impl From<postern_bundle::User> for User {
    fn from(user: postern_bundle::User) -> Self {
        Self {
            id: user.name.into(),
            email: user.email.into(),
            first_name: user.first_name.into(),
            last_name: user.last_name.into(),
            note: user.note.into(),
            registered_s: user.registered_s,
            groups: named(user.groups),
            identities: named(user.identities),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> postern_bundle::User {
        postern_bundle::User {
            name: name.to_owned(),
            email: format!("{name}@example.com"),
            first_name: String::new(),
            last_name: String::new(),
            note: String::new(),
            registered_s: None,
            groups: Vec::new(),
            identities: Vec::new(),
        }
    }

    #[test]
    fn users_are_found_whatever_the_case_until_their_shard_is_replaced() {
        let mut users = Users::default();
        let shard = shard_of("ann");
        users.replace(shard, Some((Hash::of(b"1"), vec![user("Ann")])));
        assert_eq!(users.get("aNN").map(|user| &*user.email), Some("Ann@example.com"));
        assert_eq!(users.shard_hash(shard), Some(Hash::of(b"1")));
        let before = users.clone();
        users.replace(shard, None);
        assert!(users.get("ann").is_none() && users.shard_hash(shard).is_none());
        assert!(before.get("ann").is_some(), "the older snapshot is as it was");
    }
}
