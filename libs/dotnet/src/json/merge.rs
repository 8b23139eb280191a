//! `JContainer.Merge`.

use std::collections::HashMap;

use super::JTokenType;
use super::clone::Copying;
use super::token::{Content, JToken};
use crate::Exception;
use crate::text::StringComparison;
use crate::work::{Pace, Paced, in_one_go};

/// `MergeArrayHandling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MergeArrayHandling {
    /// Adds the other array's items.
    #[default]
    Concat,
    /// Adds those items that are not there yet.
    Union,
    /// Puts the other array's items in place of its own.
    Replace,
    /// Merges item by item.
    Merge,
}

/// `MergeNullValueHandling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MergeNullValueHandling {
    /// A null of the other document changes nothing.
    #[default]
    Ignore,
    /// A null of the other document replaces the value.
    Merge,
}

/// `JsonMergeSettings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeSettings {
    /// How arrays are merged.
    pub arrays: MergeArrayHandling,
    /// How nulls are merged.
    pub nulls: MergeNullValueHandling,
    /// How names are matched.
    pub names: StringComparison,
}

impl Default for MergeSettings {
    fn default() -> MergeSettings {
        MergeSettings {
            arrays: MergeArrayHandling::default(),
            nulls: MergeNullValueHandling::default(),
            names: StringComparison::Ordinal,
        }
    }
}

/// Pairs of containers that remain to be merged.
type Pending = Vec<(JToken, JToken)>;

/// Steps for an item that is looked at and found in the other document.
const STEPS_EACH: u64 = 15;

impl JToken {
    /// `Merge(content, settings)` of a container. Content of another kind than the container's changes nothing.
    ///
    /// # Errors
    /// What adding or copying tokens fails with.
    pub fn merge(&self, content: &JToken, settings: MergeSettings) -> Result<(), Exception> {
        in_one_go(self.merging(content, settings))
    }

    /// The same in pieces. The document is changed bit by bit.
    #[must_use]
    pub fn merging(&self, content: &JToken, settings: MergeSettings) -> Paced<Result<(), Exception>> {
        let both = (self.clone(), content.clone());
        Paced::new(move |pace| async move {
            let mut pending = vec![both];
            while let Some((target, content)) = pending.pop() {
                match (&target.node.content, &content.node.content) {
                    (Content::Object(_), Content::Object(_)) => {
                        merge_objects(&pace, &target, &content, settings, &mut pending).await?;
                    }
                    (Content::Array(..), Content::Array(..)) => {
                        merge_items(&pace, &target, &content, settings, &mut pending).await?;
                    }
                    (Content::Constructor { name, .. }, Content::Constructor { name: other, .. }) => {
                        let other = other.borrow().clone();
                        *name.borrow_mut() = other;
                        merge_items(&pace, &target, &content, settings, &mut pending).await?;
                    }
                    (Content::Property { .. }, Content::Property { .. }) => {
                        let value = content.property_value().filter(|value| value.token_type() != JTokenType::Null);
                        if let Some(value) = value {
                            target.set_property_value(Some(&copied(&pace, &value).await?))?;
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        })
    }
}

/// A copy of a token of the other document, which has a parent there.
async fn copied(pace: &Pace, token: &JToken) -> Result<JToken, Exception> {
    pace.run(Copying::new(token)).await
}

async fn merge_objects(
    pace: &Pace,
    target: &JToken,
    content: &JToken,
    settings: MergeSettings,
    pending: &mut Pending,
) -> Result<(), Exception> {
    for place in 0..content.count() {
        // Names that differ in case are looked for one by one.
        let compared = if settings.names == StringComparison::Ordinal { 0 } else { target.count() as u64 };
        pace.take(STEPS_EACH + compared).await;
        let Some(property) = content.child(place) else { break };
        let (Some(name), Some(value)) = (property.name(), property.property_value()) else {
            continue;
        };
        let Some(existing) = target.property_compared(&name, settings.names) else {
            target.add_property(name, Some(&copied(pace, &value).await?))?;
            continue;
        };
        let own = existing.property_value();
        let container = own.filter(|own| own.is_container() && own.token_type() == value.token_type());
        if let Some(container) = container {
            pending.push((container, value));
        } else if !value.scalar().is_some_and(|value| value.is_null())
            || settings.nulls == MergeNullValueHandling::Merge
        {
            existing.set_property_value(Some(&copied(pace, &value).await?))?;
        }
    }
    Ok(())
}

async fn merge_items(
    pace: &Pace,
    target: &JToken,
    content: &JToken,
    settings: MergeSettings,
    pending: &mut Pending,
) -> Result<(), Exception> {
    match settings.arrays {
        MergeArrayHandling::Union => return merge_union(pace, target, content).await,
        MergeArrayHandling::Replace if target.is_same(content) => return Ok(()),
        MergeArrayHandling::Replace => target.clear()?,
        MergeArrayHandling::Concat | MergeArrayHandling::Merge => {}
    }
    // What is added to an array that is merged with itself is not added again.
    for place in 0..content.count() {
        pace.take(STEPS_EACH).await;
        let Some(item) = content.child(place) else { break };
        let own = (settings.arrays == MergeArrayHandling::Merge).then(|| target.child(place)).flatten();
        match own {
            Some(own) if own.is_container() => pending.push((own, item)),
            Some(_) if item.token_type() == JTokenType::Null => {}
            Some(_) => target.set_item(i64::try_from(place).unwrap_or(-1), Some(&copied(pace, &item).await?))?,
            None => target.add(Some(&copied(pace, &item).await?))?,
        }
    }
    Ok(())
}

/// Adds the items that equal none of the target's. Candidates are found by their hash, so that the work stays linear.
async fn merge_union(pace: &Pace, target: &JToken, content: &JToken) -> Result<(), Exception> {
    /// Steps for hashing and comparing a token.
    const STEPS: u64 = 10;
    let mut known: HashMap<u64, Vec<JToken>, ahash::RandomState> = HashMap::default();
    for place in 0..target.count() {
        let Some(own) = target.child(place) else { break };
        pace.take(STEPS * own.token_count() as u64).await;
        known.entry(own.deep_hash()).or_default().push(own);
    }
    for place in 0..content.count() {
        let Some(item) = content.child(place) else { break };
        pace.take(STEPS * item.token_count() as u64).await;
        let alike = known.entry(item.deep_hash()).or_default();
        if !alike.iter().any(|own| own.deep_equals(&item)) {
            target.add(Some(&copied(pace, &item).await?))?;
            alike.push(item);
        }
    }
    Ok(())
}
