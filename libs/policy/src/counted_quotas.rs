//! The quotas that one request is counted against. A request counts once against a key, however many policies name it (APIM), and what it
//! has counted is not held against it by the policies that name the key again.

use smallvec::SmallVec;

use crate::effect::Quota;

#[derive(Debug, Default)]
pub(crate) struct CountedQuotas {
    /// Keys with the calls that were counted against them.
    calls: SmallVec<[(u128, u64); 1]>,
    /// The quotas that the bytes of this request count against, one of each key.
    bytes: SmallVec<[Quota; 1]>,
}

impl CountedQuotas {
    /// The calls that this request has counted against a key; `None`: it has not been counted.
    pub(crate) fn calls(&self, key: u128) -> Option<u64> {
        self.calls.iter().find(|(counted, _)| *counted == key).map(|(_, calls)| *calls)
    }

    /// The request has been counted against a quota, now or before.
    pub(crate) fn add(&mut self, quota: &Quota, calls: u64) {
        if self.calls(quota.key).is_none() {
            self.calls.push((quota.key, calls));
        }
        // The policy that counted the calls need not be the one that limits the bytes.
        if quota.bytes.is_some() && self.bytes.iter().all(|other| other.key != quota.key) {
            self.bytes.push(*quota);
        }
    }

    /// The quotas to count the bytes of this request against.
    pub(crate) fn bandwidth(&self) -> &[Quota] {
        &self.bytes
    }

    /// What is refused transfers nothing that counts.
    pub(crate) fn refused(&mut self) {
        self.bytes.clear();
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
        self.bytes.clear();
    }
}
