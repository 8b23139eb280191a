//! Tokens that were verified lately, per thread: a caller sends the same token with every request, and its signature costs far more than
//! looking it up.
//!
//! What must hold: an entry is found only with the same token, policy and values of the policy's expressions, compared in full; it does not
//! outlive the token, and is believed for [`TRUSTED_S`] at most, so that a key that a provider withdraws stops counting; the number of entries
//! and their size are bounded.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use ahash::RandomState;
use postern_dotnet::jwt::VerifiedToken;

use crate::expression::library::JwtObject;
use crate::expression::value::Value;

/// Longest time for which a verification is believed, in seconds: as often as a provider may be asked for new keys.
const TRUSTED_S: i64 = 300;
/// Entries in each of the two generations; at about 3 KB a token a thread keeps at most 24 MB.
const GENERATION_MAX: usize = 4096;
/// Longest token, with the values that go with it, that is remembered: larger ones do not fit into a request's head as most servers take it.
const KEY_BYTES_MAX: usize = 16 * 1024;

struct Entry {
    /// As expressions see it, so that it is not made for each request.
    jwt: Rc<JwtObject>,
    from_s: i64,
    until_s: i64,
}

/// Entries by everything a verification depends on, but for time and keys ([`write_key`]).
///
/// Not by a digest of it: hashing a token so that nobody can make two with the same digest takes three times as long as a keyed hash, that
/// need only spread, and a comparison.
type Generation = HashMap<Box<[u8]>, Entry, RandomState>;

/// Two generations: what is used moves to the young one; when that is full it becomes the old one, whose rest is forgotten.
#[derive(Default)]
struct Cache {
    young: Generation,
    old: Generation,
    /// Work space for a key.
    key: Vec<u8>,
}

thread_local! {
    static VERIFIED: RefCell<Cache> = RefCell::default();
}

/// What a verification is about: the policy, the values of its expressions, and the token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) policy: u64,
    pub(super) values: &'a [Value],
    pub(super) token: &'a [u8],
}

/// Writes the key. `None`: the values cannot be told apart cheaply, or it would be too long.
fn write_key(subject: Subject<'_>, key: &mut Vec<u8>) -> Option<()> {
    key.clear();
    key.extend_from_slice(&subject.policy.to_be_bytes());
    for value in subject.values {
        match value {
            Value::String(text) => {
                key.push(1);
                key.extend_from_slice(&(text.len() as u64).to_be_bytes());
                key.extend_from_slice(text.as_bytes());
            }
            Value::Bool(flag) => key.extend_from_slice(&[2, u8::from(*flag)]),
            Value::ULong(number) => {
                key.push(3);
                key.extend_from_slice(&number.to_be_bytes());
            }
            _ => return None,
        }
        if key.len() > KEY_BYTES_MAX {
            return None;
        }
    }
    key.push(0);
    key.extend_from_slice(subject.token);
    (key.len() <= KEY_BYTES_MAX).then_some(())
}

/// A token that was verified and still holds.
pub(super) fn get(subject: Subject<'_>, now_s: i64) -> Option<Rc<JwtObject>> {
    VERIFIED.with_borrow_mut(|cache| {
        write_key(subject, &mut cache.key)?;
        if let Some(entry) = cache.young.get(&*cache.key) {
            return entry.holds(now_s).then(|| Rc::clone(&entry.jwt));
        }
        let (key, entry) = cache.old.remove_entry(&*cache.key).filter(|(_, entry)| entry.holds(now_s))?;
        let jwt = Rc::clone(&entry.jwt);
        cache.put(key, entry);
        Some(jwt)
    })
}

/// Remembers a token that was verified now.
pub(super) fn put(subject: Subject<'_>, token: VerifiedToken, now_s: i64) -> Rc<JwtObject> {
    let until_s = token.valid_until_s.unwrap_or(i64::MAX).min(now_s.saturating_add(TRUSTED_S));
    let entry =
        Entry { jwt: Rc::new(JwtObject(Rc::new(token.jwt))), from_s: token.valid_from_s.unwrap_or(i64::MIN), until_s };
    let jwt = Rc::clone(&entry.jwt);
    VERIFIED.with_borrow_mut(|cache| {
        if write_key(subject, &mut cache.key).is_some() {
            let key = Box::from(cache.key.as_slice());
            cache.put(key, entry);
        }
    });
    jwt
}

impl Entry {
    fn holds(&self, now_s: i64) -> bool {
        self.from_s <= now_s && now_s <= self.until_s
    }
}

impl Cache {
    fn put(&mut self, key: Box<[u8]>, entry: Entry) {
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::{GENERATION_MAX, KEY_BYTES_MAX, Subject, VERIFIED, get, put};
    use crate::expression::value::Value;
    use postern_dotnet::jwt::{Jwt, VerifiedToken};

    fn verified(until_s: Option<i64>) -> VerifiedToken {
        VerifiedToken { jwt: Jwt::default(), valid_from_s: Some(100), valid_until_s: until_s, sha256: [0; 32] }
    }

    fn subject<'a>(policy: u64, values: &'a [Value], token: &'a [u8]) -> Subject<'a> {
        Subject { policy, values, token }
    }

    #[test]
    fn entries_hold_within_the_tokens_time_and_five_minutes_at_most() {
        let first = subject(1, &[], b"a");
        put(first, verified(Some(200)), 150);
        for (now_s, found) in [(99, false), (100, true), (200, true), (201, false)] {
            assert_eq!(get(first, now_s).is_some(), found, "{now_s}");
        }
        let second = subject(1, &[], b"b");
        put(second, verified(None), 1000);
        assert!(get(second, 1300).is_some() && get(second, 1301).is_none());
    }

    #[test]
    fn entries_differ_by_policy_values_and_token() {
        let texts = |texts: &[&str]| texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>();
        let (two, joined) = (texts(&["x", "y"]), texts(&["xy", ""]));
        let subjects = [
            subject(1, &[], b"a"),
            subject(2, &[], b"a"),
            subject(1, &[], b"b"),
            subject(1, &two, b"a"),
            subject(1, &joined, b"a"),
            subject(1, &[Value::Bool(true)], b"a"),
        ];
        for (index, one) in subjects.iter().enumerate() {
            assert!(get(*one, 150).is_none(), "{index}");
            put(*one, verified(Some(200)), 150);
            assert!(get(*one, 150).is_some(), "{index}");
        }
    }

    #[test]
    fn what_cannot_be_compared_or_is_too_long_is_not_remembered() {
        let long = vec![b'a'; KEY_BYTES_MAX];
        let long_text = [Value::from(std::str::from_utf8(&long).unwrap())];
        for one in [subject(1, &[Value::Null], b"a"), subject(1, &[], &long), subject(1, &long_text, b"a")] {
            put(one, verified(None), 150);
            assert!(get(one, 150).is_none());
        }
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        for number in 0..3 * GENERATION_MAX as u64 {
            put(subject(number, &[], b"many"), verified(None), 0);
        }
        VERIFIED.with_borrow(|cache| assert!(cache.young.len() + cache.old.len() <= 2 * GENERATION_MAX));
        assert!(get(subject(3 * GENERATION_MAX as u64 - 1, &[], b"many"), 200).is_some());
        assert!(get(subject(0, &[], b"many"), 200).is_none());
    }
}
