//! `JContainer.Merge`.

use std::collections::HashMap;

use super::JTokenType;
use super::token::{Content, JToken};
use crate::Exception;
use crate::text::StringComparison;

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

impl JToken {
    /// `Merge(content, settings)` of a container. Content of another kind than the container's changes nothing.
    ///
    /// # Errors
    /// What adding or copying tokens fails with.
    pub fn merge(&self, content: &JToken, settings: MergeSettings) -> Result<(), Exception> {
        let mut pending = vec![(self.clone(), content.clone())];
        while let Some((target, content)) = pending.pop() {
            match (&target.node.content, &content.node.content) {
                (Content::Object(_), Content::Object(_)) => merge_objects(&target, &content, settings, &mut pending)?,
                (Content::Array(..), Content::Array(..)) => merge_items(&target, &content, settings, &mut pending)?,
                (Content::Constructor { name, .. }, Content::Constructor { name: other, .. }) => {
                    let other = other.borrow().clone();
                    *name.borrow_mut() = other;
                    merge_items(&target, &content, settings, &mut pending)?;
                }
                (Content::Property { .. }, Content::Property { .. }) => {
                    let value = content.property_value().filter(|value| value.token_type() != JTokenType::Null);
                    if let Some(value) = value {
                        target.set_property_value(Some(&value))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn merge_objects(
    target: &JToken,
    content: &JToken,
    settings: MergeSettings,
    pending: &mut Pending,
) -> Result<(), Exception> {
    for property in content.properties() {
        let (Some(name), Some(value)) = (property.name(), property.property_value()) else {
            continue;
        };
        let Some(existing) = target.property_compared(&name, settings.names) else {
            target.add_property(name, Some(&value))?;
            continue;
        };
        let own = existing.property_value();
        let container = own.filter(|own| own.is_container() && own.token_type() == value.token_type());
        if let Some(container) = container {
            pending.push((container, value));
        } else if !value.scalar().is_some_and(|value| value.is_null())
            || settings.nulls == MergeNullValueHandling::Merge
        {
            existing.set_property_value(Some(&value))?;
        }
    }
    Ok(())
}

fn merge_items(
    target: &JToken,
    content: &JToken,
    settings: MergeSettings,
    pending: &mut Pending,
) -> Result<(), Exception> {
    let items = content.children();
    match settings.arrays {
        MergeArrayHandling::Concat => items.iter().try_for_each(|item| target.add(Some(item))),
        MergeArrayHandling::Union => merge_union(target, items),
        MergeArrayHandling::Replace if target.is_same(content) => Ok(()),
        MergeArrayHandling::Replace => {
            target.clear()?;
            items.iter().try_for_each(|item| target.add(Some(item)))
        }
        MergeArrayHandling::Merge => {
            for (index, item) in items.iter().enumerate() {
                match target.child(index) {
                    Some(own) if own.is_container() => pending.push((own, item.clone())),
                    Some(_) if item.token_type() == JTokenType::Null => {}
                    Some(_) => target.set_item(i64::try_from(index).unwrap_or(-1), Some(item))?,
                    None => target.add(Some(item))?,
                }
            }
            Ok(())
        }
    }
}

/// Adds the items that equal none of the target's. Candidates are found by their hash, so that the work stays linear.
fn merge_union(target: &JToken, items: Vec<JToken>) -> Result<(), Exception> {
    let mut known: HashMap<u64, Vec<JToken>, ahash::RandomState> = HashMap::default();
    for own in target.children() {
        known.entry(own.deep_hash()).or_default().push(own);
    }
    for item in items {
        let alike = known.entry(item.deep_hash()).or_default();
        if !alike.iter().any(|own| own.deep_equals(&item)) {
            target.add(Some(&item))?;
            alike.push(item);
        }
    }
    Ok(())
}
