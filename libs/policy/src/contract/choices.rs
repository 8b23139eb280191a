//! How far errors may be looked for in detail.
//!
//! Whether a value is valid is decided in one pass. To say *why* it is not, every part of a composition is gone through, and where schemas
//! with compositions refer to themselves, each level of the value multiplies the work: a caller could make it take forever.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// Parts that may be gone through for one value.
const STEPS_MAX: u64 = 4096;

/// Most alternatives of a composition in a document that can lead back to itself; 1: none can.
pub(super) fn recursive_alternatives(root: &Value) -> u64 {
    let mut nodes: HashMap<String, Node> = HashMap::new();
    let mut whole = Node { references: HashSet::new(), alternatives: 1 };
    whole.collect(root);
    // Only what is referred to can be on a circle.
    let mut waiting: Vec<String> = whole.references.into_iter().collect();
    while let Some(pointer) = waiting.pop() {
        if nodes.contains_key(&pointer) {
            continue;
        }
        let mut node = Node { references: HashSet::new(), alternatives: 1 };
        let written = percent_decoded(&pointer);
        if let Some(schema) = root.pointer(&written) {
            node.collect(schema);
        }
        waiting.extend(node.references.iter().cloned());
        nodes.insert(pointer, node);
    }
    only_circles(&mut nodes);
    nodes.values().map(|node| node.alternatives).max().unwrap_or(1)
}

fn percent_decoded(pointer: &str) -> String {
    String::from_utf8_lossy(&crate::url::decode(pointer.replace('+', "%2B").as_bytes())).into_owned()
}

/// Whether a value is shallow enough.
pub(super) fn may_be_explained(value: &Value, alternatives: u64) -> bool {
    alternatives <= 1
        || u32::try_from(depth(value))
            .ok()
            .and_then(|depth| alternatives.checked_pow(depth))
            .is_some_and(|steps| steps <= STEPS_MAX)
}

struct Node {
    references: HashSet<String>,
    alternatives: u64,
}

impl Node {
    /// The depth is that of the parser.
    fn collect(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(reference) if name == "$ref" => {
                            self.references.extend(reference.strip_prefix('#').map(str::to_owned));
                        }
                        Value::Array(parts) if matches!(name.as_str(), "allOf" | "anyOf" | "oneOf") => {
                            self.alternatives = self.alternatives.max(parts.len() as u64);
                        }
                        _ => {}
                    }
                    self.collect(value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            _ => {}
        }
    }
}

/// Takes out schemas that are on no circle: those that lead nowhere, until none is left.
fn only_circles(nodes: &mut HashMap<String, Node>) {
    loop {
        let ends: HashSet<String> =
            nodes.iter().filter(|(_, node)| node.references.is_empty()).map(|(at, _)| at.clone()).collect();
        if ends.is_empty() {
            return;
        }
        for end in &ends {
            nodes.remove(end);
        }
        for node in nodes.values_mut() {
            node.references.retain(|reference| !ends.contains(reference));
        }
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
