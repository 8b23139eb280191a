//! The decision itself.

use postern_bundle::{Subscription, SubscriptionScope, SubscriptionState};

use crate::route::{Decoded, RouteMatch, query_value};
use crate::snapshot::{Api, ProductIndex, Snapshot, SubscriptionIndex};

use super::challenge::Denial;
use super::limits::KEY_BYTES_MAX;

/// What a request runs under.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Grant {
    /// The product whose policies apply.
    pub product: Option<ProductIndex>,
    /// The subscription the request is counted under.
    pub subscription: Option<SubscriptionIndex>,
}

/// Whether a request may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Granted(Grant),
    Denied(Denial),
}

/// Decides for a matched request. `key_header` is the first value of the API's key header ([`Api::key_header`]); the
/// key's query parameter is looked up here, only when that header is absent or empty.
pub fn decide(snapshot: &Snapshot, found: &RouteMatch, key_header: Option<&[u8]>, query: &[u8]) -> Decision {
    let Some(api) = found.api().map(|api| snapshot.api(api)) else { return Decision::Denied(Denial::Missing) };
    let mut buffer = [0; KEY_BYTES_MAX];
    match key(api, key_header, query, &mut buffer) {
        Key::Given(key) => with_key(snapshot, api, key).map_or(Decision::Denied(Denial::Invalid), Decision::Granted),
        Key::Unusable => Decision::Denied(Denial::Invalid),
        Key::Absent => without_key(api).map_or(Decision::Denied(Denial::Missing), Decision::Granted),
    }
}

/// The context of a CORS preflight, which carries no key header and is never refused for that: only `cors` runs. A key in
/// the query still selects its product, so that a product's `cors` applies (apim.md §2.7).
pub fn decide_preflight(snapshot: &Snapshot, found: &RouteMatch, query: &[u8]) -> Grant {
    let Some(api) = found.api().map(|api| snapshot.api(api)) else { return Grant::default() };
    let mut buffer = [0; KEY_BYTES_MAX];
    let keyed = match key(api, None, query, &mut buffer) {
        Key::Given(key) => with_key(snapshot, api, key),
        Key::Unusable | Key::Absent => None,
    };
    keyed.or_else(|| without_key(api)).unwrap_or_default()
}

enum Key<'a> {
    Given(&'a [u8]),
    /// There is one, but it is longer than any key.
    Unusable,
    Absent,
}

fn key<'a>(api: &Api, header: Option<&'a [u8]>, query: &'a [u8], buffer: &'a mut [u8; KEY_BYTES_MAX]) -> Key<'a> {
    if let Some(value) = header.map(<[u8]>::trim_ascii).filter(|value| !value.is_empty()) {
        return if value.len() > KEY_BYTES_MAX { Key::Unusable } else { Key::Given(value) };
    }
    let value = query_value(query, api.key_query_folded()).map_or(&b""[..], |pair| pair.value);
    if value.is_empty() {
        return Key::Absent;
    }
    if !value.contains(&b'%') && !value.contains(&b'+') && value.len() <= KEY_BYTES_MAX {
        return Key::Given(value);
    }
    let mut length = 0;
    for byte in Decoded::new(value) {
        let Some(place) = buffer.get_mut(length) else { return Key::Unusable };
        *place = byte;
        length += 1;
    }
    Key::Given(&buffer[..length])
}

/// A key must belong to an active subscription for this API; where two subscriptions share a key, one that passes is
/// enough.
fn with_key(snapshot: &Snapshot, api: &Api, key: &[u8]) -> Option<Grant> {
    let mut fallback = None;
    for (index, subscription) in snapshot.subscriptions_with_key(key) {
        if subscription.state != SubscriptionState::Active {
            continue;
        }
        match context(api, subscription) {
            Some(product) => return Some(Grant { product, subscription: Some(index) }),
            // Since 01/2025 a key of another product no longer shuts out of an open product.
            None if matches!(subscription.scope, SubscriptionScope::Product(_)) => {
                let open = api.open_product();
                fallback = fallback.or(open.map(|open| Grant { product: Some(open), subscription: None }));
            }
            None => {}
        }
    }
    fallback
}

/// The product context (if any) a subscription gives on this API; `None` when it does not cover the API. Keys for one API,
/// for all APIs and for everything get no product's policies.
fn context(api: &Api, subscription: &Subscription) -> Option<Option<ProductIndex>> {
    match &subscription.scope {
        SubscriptionScope::AllAccess | SubscriptionScope::AllApis => Some(None),
        SubscriptionScope::Api(name) => name.eq_ignore_ascii_case(api.base_id()).then_some(None),
        SubscriptionScope::Product(name) => {
            let mut products = api.products();
            products.find(|(_, product)| product.id().eq_ignore_ascii_case(name)).map(|(index, _)| Some(index))
        }
    }
}

/// First an open product's context, then an API that needs no subscription.
fn without_key(api: &Api) -> Option<Grant> {
    if let Some(open) = api.open_product() {
        return Some(Grant { product: Some(open), subscription: None });
    }
    (!api.subscription_required()).then(Grant::default)
}

#[cfg(test)]
mod tests;
