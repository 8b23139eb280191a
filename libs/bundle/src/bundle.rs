//! A complete configuration: all its parts, addressed.

use std::collections::BTreeMap;

use crate::{
    hash::Hash,
    limits,
    part::{EncodedPart, Part, PartError, PartKey},
};

/// A generation of the configuration. Cloning copies the map, not the parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    generation: u64,
    root_hash: Hash,
    parts: BTreeMap<PartKey, EncodedPart>,
}

/// What has to be sent to make one bundle out of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// New and changed parts, in key order.
    pub put: Vec<(PartKey, EncodedPart)>,
    /// Parts that are no longer there, in key order.
    pub drop: Vec<PartKey>,
}

impl Bundle {
    /// Encodes `parts` into a bundle. A key that occurs twice keeps its last content.
    pub fn from_parts(generation: u64, parts: impl IntoIterator<Item = (PartKey, Part)>) -> Result<Bundle, PartError> {
        let mut encoded = BTreeMap::new();
        for (key, part) in parts {
            let part = EncodedPart::encode(&key, &part)?;
            encoded.insert(key, part);
        }
        Bundle::from_encoded(generation, encoded)
    }

    /// Makes a bundle of parts that are encoded already (kept from an earlier generation, or received).
    pub fn from_encoded(generation: u64, parts: BTreeMap<PartKey, EncodedPart>) -> Result<Bundle, PartError> {
        if parts.len() > limits::PARTS_MAX {
            return Err(PartError::TooMany);
        }
        let root_hash = root_hash(&parts);
        Ok(Bundle { generation, root_hash, parts })
    }

    /// Number of this generation; grows with each change an agent pushes, not comparable between agents.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The same content under another number.
    pub fn with_generation(mut self, generation: u64) -> Bundle {
        self.generation = generation;
        self
    }

    /// Address of the whole content (keys and part addresses); the generation number is not in it, so that equal
    /// configurations are equal after a restart.
    pub fn root_hash(&self) -> Hash {
        self.root_hash
    }

    /// All parts in key order.
    pub fn parts(&self) -> &BTreeMap<PartKey, EncodedPart> {
        &self.parts
    }

    /// One part.
    pub fn get(&self, key: &PartKey) -> Option<&EncodedPart> {
        self.parts.get(key)
    }

    /// Decodes all parts, in key order.
    pub fn decode(&self) -> impl Iterator<Item = (&PartKey, Result<Part, PartError>)> {
        self.parts.iter().map(|(key, part)| (key, part.decode(key)))
    }

    /// What turns `base` into this bundle; without a base, everything.
    pub fn delta_from(&self, base: Option<&Bundle>) -> Delta {
        let empty = BTreeMap::new();
        let old = base.map_or(&empty, |base| &base.parts);
        let put = self
            .parts
            .iter()
            .filter(|(key, part)| old.get(*key).is_none_or(|old| old.hash() != part.hash()))
            .map(|(key, part)| (key.clone(), part.clone()))
            .collect();
        let drop = old.keys().filter(|key| !self.parts.contains_key(*key)).cloned().collect();
        Delta { put, drop }
    }
}

fn root_hash(parts: &BTreeMap<PartKey, EncodedPart>) -> Hash {
    let entries: Vec<(String, Hash)> = parts.iter().map(|(key, part)| (key.to_string(), part.hash())).collect();
    Hash::of_chunks(entries.iter().flat_map(|(key, hash)| [key.as_bytes(), hash.0.as_slice()]))
}
