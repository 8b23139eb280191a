//! What the caching policies have in common: keys, and the attribute `caching-type`.

use crate::counter_key;
use crate::definition::{AttributeRule, Expression, ValueRule, optional};

/// Which cache is meant. There is one, built in, and every word means it: documents written for APIM work without an external cache.
pub(super) const CACHING_TYPE: AttributeRule =
    optional("caching-type", Expression::Forbidden, ValueRule::OneOf(&["internal", "external", "prefer-external"]));

/// The cache's own key for one of `cache-…-value`; all APIs share them.
pub(super) fn of_value(key: &str) -> u128 {
    counter_key::scope("cache-value", key)
}
