//! Tokens that were verified lately, per thread: a caller sends the same token with every request, and its signature costs far more than
//! looking up a digest.
//!
//! What must hold: an entry is found only with the same token, policy and values of the policy's expressions; it does not outlive the token,
//! and is believed for [`TRUSTED_S`] at most, so that a key that a provider withdraws stops counting; the number of entries is bounded.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use postern_dotnet::jwt::{Jwt, VerifiedToken};
use sha2::{Digest, Sha256};

use crate::expression::value::Value;

/// Longest time for which a verification is believed, in seconds: as often as a provider may be asked for new keys.
const TRUSTED_S: i64 = 300;
/// Entries in each of the two generations; at about 2 KB a token a thread keeps at most 16 MB.
const GENERATION_MAX: usize = 4096;

/// Digest of everything a verification depends on, but for time and keys.
pub(super) type CacheKey = [u8; 32];

#[derive(Debug)]
struct Entry {
    jwt: Rc<Jwt>,
    from_s: i64,
    until_s: i64,
}

/// Two generations: what is used moves to the young one; when that is full it becomes the old one, whose rest is forgotten.
#[derive(Default)]
struct Cache {
    young: HashMap<CacheKey, Entry>,
    old: HashMap<CacheKey, Entry>,
}

thread_local! {
    static VERIFIED: RefCell<Cache> = RefCell::default();
}

/// The key of a token for a policy; `None`: the values cannot be told apart cheaply.
pub(super) fn key(policy: u64, values: &[Value], token: &[u8]) -> Option<CacheKey> {
    let mut hash = Sha256::new();
    hash.update(policy.to_be_bytes());
    for value in values {
        match value {
            Value::String(text) => {
                hash.update([1]);
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text.as_bytes());
            }
            Value::Bool(flag) => hash.update([2, u8::from(*flag)]),
            Value::ULong(number) => {
                hash.update([3]);
                hash.update(number.to_be_bytes());
            }
            _ => return None,
        }
    }
    hash.update(token);
    Some(hash.finalize().into())
}

/// A token that was verified and still holds.
pub(super) fn get(key: &CacheKey, now_s: i64) -> Option<Rc<Jwt>> {
    VERIFIED.with_borrow_mut(|cache| {
        if let Some(entry) = cache.young.get(key) {
            return entry.holds(now_s).then(|| Rc::clone(&entry.jwt));
        }
        let entry = cache.old.remove(key).filter(|entry| entry.holds(now_s))?;
        let jwt = Rc::clone(&entry.jwt);
        cache.put(*key, entry);
        Some(jwt)
    })
}

/// Remembers a token that was verified now.
pub(super) fn put(key: CacheKey, token: VerifiedToken, now_s: i64) -> Rc<Jwt> {
    let until_s = token.valid_until_s.unwrap_or(i64::MAX).min(now_s.saturating_add(TRUSTED_S));
    let entry = Entry { jwt: Rc::new(token.jwt), from_s: token.valid_from_s.unwrap_or(i64::MIN), until_s };
    let jwt = Rc::clone(&entry.jwt);
    VERIFIED.with_borrow_mut(|cache| cache.put(key, entry));
    jwt
}

impl Entry {
    fn holds(&self, now_s: i64) -> bool {
        self.from_s <= now_s && now_s <= self.until_s
    }
}

impl Cache {
    fn put(&mut self, key: CacheKey, entry: Entry) {
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::{GENERATION_MAX, VERIFIED, get, key, put};
    use crate::expression::value::Value;
    use postern_dotnet::jwt::{Jwt, VerifiedToken};

    fn verified(until_s: Option<i64>) -> VerifiedToken {
        VerifiedToken { jwt: Jwt::default(), valid_from_s: Some(100), valid_until_s: until_s, sha256: [0; 32] }
    }

    #[test]
    fn entries_hold_within_the_tokens_time_and_five_minutes_at_most() {
        let first = key(1, &[], b"a").unwrap();
        put(first, verified(Some(200)), 150);
        for (now_s, found) in [(99, false), (100, true), (200, true), (201, false)] {
            assert_eq!(get(&first, now_s).is_some(), found, "{now_s}");
        }
        let second = key(1, &[], b"b").unwrap();
        put(second, verified(None), 1000);
        assert!(get(&second, 1300).is_some() && get(&second, 1301).is_none());
    }

    #[test]
    fn keys_differ_by_policy_values_and_token() {
        let texts = |texts: &[&str]| texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>();
        let keys = [
            key(1, &[], b"a"),
            key(2, &[], b"a"),
            key(1, &[], b"b"),
            key(1, &texts(&["x", "y"]), b"a"),
            key(1, &texts(&["xy", ""]), b"a"),
            key(1, &[Value::Bool(true)], b"a"),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(one.is_some() && !keys[..index].contains(one), "{index}");
        }
        assert_eq!(key(1, &[Value::Null], b"a"), None);
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        for number in 0..3 * GENERATION_MAX as u64 {
            put(key(number, &[], b"many").unwrap(), verified(None), 0);
        }
        VERIFIED.with_borrow(|cache| assert!(cache.young.len() + cache.old.len() <= 2 * GENERATION_MAX));
        assert!(get(&key(3 * GENERATION_MAX as u64 - 1, &[], b"many").unwrap(), 200).is_some());
        assert!(get(&key(0, &[], b"many").unwrap(), 200).is_none());
    }
}
