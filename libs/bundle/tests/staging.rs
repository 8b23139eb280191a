//! A generation is taken whole or not at all, and only changed parts travel.

#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

mod sample;

use std::{collections::BTreeMap, sync::Arc};

use postern_bundle::*;

fn changed(generation: u64) -> Bundle {
    let mut parts = sample::parts();
    parts.retain(|(key, _)| !matches!(key, PartKey::Fragment(_)));
    parts.push(sample::api("orders", "<policies><inbound /></policies>"));
    parts.push(sample::api("invoices", "<policies />"));
    Bundle::from_parts(generation, parts).unwrap()
}

#[test]
fn a_full_push_arrives_as_the_same_bundle() {
    let bundle = sample::bundle(1);
    let taken = sample::stage(&mut Staging::new(), None, sample::push(None, &bundle)).unwrap().unwrap();
    assert_eq!(taken, bundle);
    for ((key, part), (sent, content)) in taken.decode().zip(sample::parts()) {
        assert_eq!((key, part), (&sent, Ok(content)));
    }
}

#[test]
fn a_delta_sends_only_what_changed() {
    let (base, next) = (sample::bundle(1), changed(2));
    let delta = next.delta_from(Some(&base));
    let put: Vec<String> = delta.put.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(put, ["/apis/invoices", "/apis/orders"]);
    assert_eq!(delta.drop, [PartKey::Fragment("auth".to_owned())]);
    let taken = sample::stage(&mut Staging::new(), Some(&base), sample::push(Some(&base), &next)).unwrap().unwrap();
    assert_eq!(taken, next);
}

#[test]
fn equal_content_has_an_equal_root_hash_whatever_its_generation() {
    assert_eq!(sample::bundle(1).root_hash(), sample::bundle(2).root_hash());
    assert_eq!(sample::bundle(2).delta_from(Some(&sample::bundle(1))), Delta { put: vec![], drop: vec![] });
    assert_ne!(sample::bundle(1).root_hash(), changed(1).root_hash());
}

#[test]
fn one_changed_subscription_of_100_000_sends_one_part() {
    let bundle = |changed: &str| {
        let mut shards: BTreeMap<u16, Vec<Subscription>> = BTreeMap::new();
        for index in 0..100_000 {
            let name = format!("subscription-{index:06}");
            let key = if name == changed { "new" } else { "old" };
            shards.entry(shard_of(&name)).or_default().push(sample::subscription(&name, key));
        }
        let parts = shards.into_iter().map(|(shard, list)| (PartKey::Subscriptions(shard), Part::Subscriptions(list)));
        Bundle::from_parts(1, parts).unwrap()
    };
    let (base, next) = (bundle(""), bundle("subscription-012345"));
    assert_eq!(base.parts().len(), usize::from(limits::SHARDS));
    let delta = next.delta_from(Some(&base));
    let shard = shard_of("subscription-012345");
    assert_eq!(delta.put.iter().map(|(key, _)| key).collect::<Vec<_>>(), [&PartKey::Subscriptions(shard)]);
    // 100,000 over 256 parts: about 390 each, so no part is near a hundredth of the whole.
    let total: usize = base.parts().values().map(|part| part.bytes().len()).sum();
    assert!(delta.put.iter().all(|(_, part)| part.bytes().len() < total / 100));
}

#[test]
fn every_prefix_of_a_push_applies_nothing() {
    let (base, next) = (sample::bundle(1), changed(2));
    let messages = sample::push(Some(&base), &next);
    for sent in 0..messages.len() {
        let mut staging = Staging::new();
        let committed = sample::stage(&mut staging, Some(&base), messages[..sent].to_vec()).unwrap();
        assert_eq!(committed, None);
        // The connection broke; the next one starts over and is complete.
        let taken = sample::stage(&mut staging, Some(&base), messages.clone()).unwrap().unwrap();
        assert_eq!(taken, next);
    }
}

#[test]
fn a_missing_message_is_noticed_at_the_commit() {
    let (base, next) = (sample::bundle(1), changed(2));
    let messages = sample::push(Some(&base), &next);
    for lost in 1..messages.len() - 1 {
        let mut messages = messages.clone();
        messages.remove(lost);
        let error = sample::stage(&mut Staging::new(), Some(&base), messages).unwrap_err();
        assert!(matches!(error, StagingError::RootHash { .. }), "{error}");
        assert_eq!(error.reason(), RejectedReason::Corrupt);
    }
}

#[test]
fn changes_relative_to_another_base_are_refused() {
    let (base, next) = (sample::bundle(1), changed(2));
    let messages = sample::push(Some(&base), &next);
    for current in [None, Some(&next)] {
        let error = sample::stage(&mut Staging::new(), current, messages.clone()).unwrap_err();
        assert_eq!(error.reason(), RejectedReason::BaseMismatch);
    }
}

#[test]
fn a_push_without_base_replaces_everything() {
    let (current, next) = (sample::bundle(1), changed(2));
    let taken = sample::stage(&mut Staging::new(), Some(&current), sample::push(None, &next)).unwrap().unwrap();
    assert_eq!(taken, next);
}

#[test]
fn a_part_with_another_hash_is_refused() {
    let mut staging = Staging::new();
    staging.begin(Begin { generation: 1, base: None }, None).unwrap();
    let put = Put { key: PartKey::Service, hash: Hash::of(b"other"), bytes: Arc::from(b"bytes".as_slice()) };
    assert_eq!(staging.put(put), Err(StagingError::PartHash { key: PartKey::Service }));
}

#[test]
fn messages_out_of_order_are_refused() {
    let mut staging = Staging::new();
    let commit = Commit { generation: 1, root_hash: Hash::of(b"") };
    assert_eq!(staging.commit(commit), Err(StagingError::NotOpen));
    assert_eq!(staging.drop_part(&PartKey::Service), Err(StagingError::NotOpen));
    staging.begin(Begin { generation: 2, base: None }, None).unwrap();
    assert_eq!(staging.commit(commit), Err(StagingError::Generation { opened: 2, committed: 1 }));
    assert!(!staging.is_open());
}

#[test]
fn a_bundle_with_too_many_parts_is_refused_at_the_part_over_the_limit() {
    let mut staging = Staging::new();
    staging.begin(Begin { generation: 1, base: None }, None).unwrap();
    let put = |name: usize| {
        let key = PartKey::Backend(name.to_string());
        let part = EncodedPart::from_bytes(&key, Arc::from([].as_slice())).unwrap();
        Put { key, hash: part.hash(), bytes: Arc::clone(part.bytes()) }
    };
    for name in 0..limits::PARTS_MAX {
        staging.put(put(name)).unwrap();
    }
    assert_eq!(staging.put(put(limits::PARTS_MAX)), Err(StagingError::Part(PartError::TooMany)));
    // Replacing one that is there is no new part.
    staging.put(put(0)).unwrap();
}

#[test]
fn keys_a_peer_makes_up_are_bounded() {
    let bytes: Arc<[u8]> = Arc::from([].as_slice());
    let named = |length: usize| EncodedPart::from_bytes(&PartKey::Api("x".repeat(length)), Arc::clone(&bytes));
    assert!(named(limits::NAME_BYTES_MAX).is_ok());
    assert!(matches!(named(limits::NAME_BYTES_MAX + 1), Err(PartError::NameTooLong { .. })));
    let shard = |shard: u16| EncodedPart::from_bytes(&PartKey::Subscriptions(shard), Arc::clone(&bytes));
    assert!(shard(limits::SHARDS - 1).is_ok());
    assert!(matches!(shard(limits::SHARDS), Err(PartError::NoSuchShard { .. })));
}

#[test]
fn content_under_a_foreign_key_is_not_decoded() {
    let (key, part) = sample::api("orders", "<policies />");
    let encoded = EncodedPart::encode(&key, &part).unwrap();
    let other = PartKey::Api("invoices".to_owned());
    assert_eq!(encoded.decode(&other), Err(PartError::OtherKey { key: other.clone() }));
    assert_eq!(EncodedPart::encode(&other, &part), Err(PartError::OtherKey { key: other }));
    let garbage = EncodedPart::from_bytes(&key, Arc::from([0xff; 40].as_slice())).unwrap();
    assert!(matches!(garbage.decode(&key), Err(PartError::Encoding { .. })));
}

#[test]
fn a_lost_generation_is_refused_once_and_again_at_its_commit_then_the_next_is_taken() {
    let (base, next) = (sample::bundle(1), changed(2));
    let messages = sample::push(Some(&base), &next);
    let mut staging = Staging::new();
    let mut refused = Vec::new();
    for message in messages {
        if let Err(error) = sample::stage(&mut staging, None, vec![message]) {
            // What a gateway does after each error must not bring the others back.
            staging.abort();
            refused.push(error);
        }
    }
    assert!(matches!(refused.as_slice(), [StagingError::Base { .. }, StagingError::NotOpen]), "{refused:?}");
    let whole = sample::stage(&mut staging, None, sample::push(None, &next)).unwrap();
    assert_eq!(whole, Some(next));
    assert_eq!(staging.begin(Begin { generation: 3, base: None }, None), Ok(()));
    assert!(matches!(staging.drop_part(&PartKey::Service), Err(StagingError::NoSuchPart { .. })));
    assert_eq!(staging.drop_part(&PartKey::Service), Ok(()), "told already");
    assert!(!staging.is_open());
}
