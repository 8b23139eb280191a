//! Subscription parts: 256 shards, of which only those with a change are made again.

use std::collections::{BTreeMap, BTreeSet};

use postern_bundle::{
    Diagnostic, EncodedPart, Part, PartKey, Secret, Subscription, SubscriptionScope, SubscriptionState, limits,
};
use postern_model::{
    Inventory, Name, ResourceId, SubscriptionProperties, UserState, id::last_segment, inventory::Resource,
    subscription::SubscriptionScope as Written, subscription::SubscriptionState as WrittenState,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::file_of;
use crate::source::Dirty;

/// Names as they stand in the bundle, by name without regard to case.
pub(super) struct Known<'a> {
    /// APIs, without revision.
    pub(super) apis: &'a BTreeMap<Name, String>,
    /// Products.
    pub(super) products: &'a BTreeMap<Name, String>,
}

/// The shards of the last compile.
#[derive(Default)]
pub(super) struct Shards {
    members: BTreeMap<u16, BTreeSet<Name>>,
    parts: BTreeMap<u16, EncodedPart>,
    findings: BTreeMap<u16, Vec<Diagnostic>>,
    /// Names the scopes were written with.
    known: (BTreeMap<Name, String>, BTreeMap<Name, String>),
}

impl Shards {
    /// Brings the shards up to date.
    pub(super) fn update(&mut self, inventory: &Inventory, dirty: &Dirty, known: &Known<'_>) {
        let touched: BTreeSet<u16> = if dirty.all {
            self.members.clear();
            for name in inventory.subscriptions.keys() {
                self.members.entry(shard_of(name)).or_default().insert(name.clone());
            }
            (0..limits::SHARDS).collect()
        } else {
            let mut touched: BTreeSet<u16> = dirty.ids.iter().filter_map(|id| self.touch(inventory, id)).collect();
            touched.extend(of_changed_users(inventory, dirty));
            touched.extend(self.respelled(inventory, known));
            touched
        };
        if self.known.0 != *known.apis || self.known.1 != *known.products {
            self.known = (known.apis.clone(), known.products.clone());
        }
        for shard in touched {
            self.rebuild(shard, inventory, known);
        }
    }

    /// The parts, empty shards left out.
    pub(super) fn parts(&self) -> impl Iterator<Item = (PartKey, EncodedPart)> {
        self.parts.iter().map(|(shard, part)| (PartKey::Subscriptions(*shard), part.clone()))
    }

    /// What was found.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.values().flatten()
    }

    fn touch(&mut self, inventory: &Inventory, id: &ResourceId) -> Option<u16> {
        let ResourceId::Subscription(name) = id else { return None };
        let shard = shard_of(name);
        let members = self.members.entry(shard).or_default();
        members.remove(name);
        if let Some((name, _)) = inventory.subscriptions.get_key_value(name) {
            members.insert(name.clone());
        }
        Some(shard)
    }

    /// Shards with a subscription whose scope is written differently, because the name of its API or product came, went or changed
    /// its case. Most often there is none: a new API has no subscriptions of its own yet.
    fn respelled(&self, inventory: &Inventory, known: &Known<'_>) -> BTreeSet<u16> {
        let apis = differing(&self.known.0, known.apis);
        let products = differing(&self.known.1, known.products);
        if apis.is_empty() && products.is_empty() {
            return BTreeSet::new();
        }
        let concerned = inventory.subscriptions.iter().filter(|(_, resource)| match resource.properties.scope() {
            Some(Written::Api(api)) => apis.contains(&postern_model::ApiName::parse(api.as_str()).base),
            Some(Written::Product(product)) => products.contains(&product),
            _ => false,
        });
        concerned.map(|(name, _)| shard_of(name)).collect()
    }

    fn rebuild(&mut self, shard: u16, inventory: &Inventory, known: &Known<'_>) {
        let mut list = Vec::new();
        let mut findings = Vec::new();
        for name in self.members.get(&shard).into_iter().flatten() {
            let Some(resource) = inventory.subscriptions.get(name) else { continue };
            match subscription(inventory, name, resource, known) {
                Ok(subscription) => list.push(subscription),
                Err(finding) => findings.push(*finding),
            }
        }
        let key = PartKey::Subscriptions(shard);
        match EncodedPart::encode(&key, &Part::Subscriptions(list)) {
            Ok(part) if self.members.get(&shard).is_some_and(|members| !members.is_empty()) => {
                self.parts.insert(shard, part);
            }
            Ok(_) => drop(self.parts.remove(&shard)),
            // The shard before stays: 65,000 subscriptions of one shard would have to be too large together.
            Err(error) => findings.push(Diagnostic::error("part-too-large", "/subscriptions", error.to_string())),
        }
        self.findings.insert(shard, findings);
    }
}

/// Names are compared without regard to case, so the shard must not depend on it.
fn shard_of(name: &Name) -> u16 {
    postern_bundle::shard_of(&name.folded())
}

/// Shards with a subscription whose owner changed: it may be blocked now, or no longer.
fn of_changed_users(inventory: &Inventory, dirty: &Dirty) -> BTreeSet<u16> {
    let users: BTreeSet<&Name> =
        dirty.ids.iter().filter_map(|id| if let ResourceId::User(name) = id { Some(name) } else { None }).collect();
    if users.is_empty() {
        return BTreeSet::new();
    }
    let owned = inventory
        .subscriptions
        .iter()
        .filter(|(_, resource)| owner(&resource.properties).is_some_and(|owner| users.contains(&owner)));
    owned.map(|(name, _)| shard_of(name)).collect()
}

fn owner(properties: &SubscriptionProperties) -> Option<Name> {
    properties.owner_id.as_deref().map(last_segment).filter(|name| !name.is_empty()).map(Name::from)
}

/// "Blocked users are unable to … call any APIs of subscribed products" (ARM reference, `UserState`).
fn is_blocked(inventory: &Inventory, owner: Option<&Name>) -> bool {
    let user = owner.and_then(|owner| inventory.users.get(owner));
    user.is_some_and(|user| user.properties.state == Some(UserState::Blocked))
}

fn subscription(
    inventory: &Inventory,
    name: &Name,
    resource: &Resource<SubscriptionProperties>,
    known: &Known<'_>,
) -> Result<Subscription, Box<Diagnostic>> {
    let properties = &resource.properties;
    let refuse = |code: &str, message: String| {
        let id = format!("/subscriptions/{name}");
        Box::new(Diagnostic { file: file_of(&resource.origin, &id), ..Diagnostic::warning(code, id, message) })
    };
    let Some(scope) = properties.scope() else {
        let scope = properties.scope.as_deref().unwrap_or_default();
        return Err(refuse("subscription-scope-invalid", format!("the scope {scope:?} names no API and no product")));
    };
    let key = |key: &Option<postern_model::Secret>| {
        key.as_ref().map(postern_model::Secret::expose).filter(|key| !key.is_empty()).map(Secret::new)
    };
    let (primary_key, secondary_key) = (key(&properties.primary_key), key(&properties.secondary_key));
    if primary_key.is_none() && secondary_key.is_none() {
        return Err(refuse("subscription-without-key", "it has no key here, so it cannot be used".to_owned()));
    }
    let owner = owner(properties);
    Ok(Subscription {
        name: name.as_str().to_owned(),
        display_name: properties.display_name.clone().unwrap_or_default(),
        scope: match scope {
            Written::AllAccess => SubscriptionScope::AllAccess,
            Written::AllApis => SubscriptionScope::AllApis,
            Written::Api(api) => {
                let base = postern_model::ApiName::parse(api.as_str()).base;
                SubscriptionScope::Api(as_known(known.apis, &base))
            }
            Written::Product(product) => SubscriptionScope::Product(as_known(known.products, &product)),
        },
        state: if is_blocked(inventory, owner.as_ref()) && properties.is_active() {
            SubscriptionState::Suspended
        } else {
            state(properties.state())
        },
        primary_key,
        secondary_key,
        owner: owner.map(|owner| owner.as_str().to_owned()),
        allow_tracing: properties.allow_tracing.unwrap_or(false),
        created_s: seconds(properties.created_date.as_deref()),
        start_s: seconds(properties.start_date.as_deref()),
        expiration_s: seconds(properties.expiration_date.as_deref()),
    })
}

/// Names that are spelled differently, or are in only one of two lists.
fn differing<'a>(one: &'a BTreeMap<Name, String>, other: &'a BTreeMap<Name, String>) -> BTreeSet<&'a Name> {
    one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name)).collect()
}

fn as_known(known: &BTreeMap<Name, String>, name: &Name) -> String {
    known.get(name).cloned().unwrap_or_else(|| name.as_str().to_owned())
}

fn state(state: WrittenState) -> SubscriptionState {
    match state {
        WrittenState::Suspended => SubscriptionState::Suspended,
        WrittenState::Active => SubscriptionState::Active,
        WrittenState::Expired => SubscriptionState::Expired,
        WrittenState::Submitted => SubscriptionState::Submitted,
        WrittenState::Rejected => SubscriptionState::Rejected,
        WrittenState::Cancelled => SubscriptionState::Cancelled,
    }
}

pub(super) fn seconds(date: Option<&str>) -> Option<i64> {
    OffsetDateTime::parse(date?, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}
