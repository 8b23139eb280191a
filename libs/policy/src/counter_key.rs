//! Identities of counters: 128 bits that mean the same on every worker, after every restart and on every gateway that shares its counters.
//!
//! SHA-256 cut to its first half: keys of different callers must not meet, also not on purpose.

use sha2::{Digest as _, Sha256};

/// Digest of a scope: its name and the id of the product, API or operation.
pub(crate) fn scope(name: &str, entity: &str) -> u128 {
    digest(&[b"scope", name.as_bytes(), entity.as_bytes()])
}

/// The counter of one caller (subscription or key value) for one policy at one scope.
pub(crate) fn caller(policy: &str, scope: u128, caller: &str) -> u128 {
    digest(&[policy.as_bytes(), &scope.to_be_bytes(), caller.as_bytes()])
}

/// A caller's counter for one API or operation; with neither it is the caller's own.
pub(crate) fn narrowed(caller: u128, api: &str, operation: &str) -> u128 {
    if api.is_empty() && operation.is_empty() {
        return caller;
    }
    digest(&[&caller.to_be_bytes(), api.as_bytes(), operation.as_bytes()])
}

fn digest(parts: &[&[u8]]) -> u128 {
    let mut digest = Digest(Sha256::new());
    parts.iter().for_each(|part| digest.part(part));
    digest.finish()
}

/// A digest of parts one after the other. Every part goes in with its length, so that no two lists of parts give the same text.
pub(crate) struct Digest(Sha256);

impl Digest {
    /// `kind` comes first, so that keys of different things never meet.
    pub(crate) fn new(kind: &str) -> Digest {
        let mut digest = Digest(Sha256::new());
        digest.part(kind.as_bytes());
        digest
    }

    pub(crate) fn part(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    pub(crate) fn finish(self) -> u128 {
        let bytes = self.0.finalize();
        bytes.iter().take(16).fold(0, |key, byte| key << 8 | u128::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::{caller, narrowed, scope};

    #[test]
    fn keys_differ_in_every_part_and_are_stable() {
        let product = scope("product", "starter");
        let keys = [
            caller("rate-limit", product, "a"),
            caller("rate-limit", product, "b"),
            caller("quota", product, "a"),
            caller("rate-limit", scope("api", "starter"), "a"),
            narrowed(caller("rate-limit", product, "a"), "x", ""),
            narrowed(caller("rate-limit", product, "a"), "", "x"),
            narrowed(caller("rate-limit", product, "a"), "x", "y"),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "key {index} is not unique");
        }
        assert_eq!(narrowed(keys[0], "", ""), keys[0]);
        assert_eq!(caller("rate-limit", product, "a"), keys[0]);
    }
}
