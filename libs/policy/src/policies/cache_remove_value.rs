//! `cache-remove-value`: takes a value out of the cache.
//!
//! `<cache-remove-value key="key" caching-type="internal|external|prefer-external"/>` – key required, may be an expression; all sections. A
//! key that is not there is no error.

use super::cache_key::{self, CACHING_TYPE};
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, required,
};
use crate::effect::Effect;
use crate::given::Given;
use crate::policy::{Policy, PolicyContext, Step};
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "cache-remove-value",
        attributes: &[required("key", Expression::Allowed, ValueRule::Text), CACHING_TYPE],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| Built::policy(CacheRemoveValue { key: builder.text_attribute(element, "key")?? }),
};

#[derive(Debug)]
struct CacheRemoveValue {
    key: Given<Box<str>>,
}

impl Policy for CacheRemoveValue {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        Step::Perform(Effect::CacheRemove { key: cache_key::of_value(self.key.text(context.values)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::ForwardOptions;
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn the_key_is_removed() {
        for key in ["echo", "@(context.Api.Id)"] {
            let policy = format!("<cache-remove-value key='{key}'/>");
            let effects =
                [Effect::CacheRemove { key: cache_key::of_value("echo") }, Effect::Forward(ForwardOptions::default())];
            check(&policy, MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
        }
        check("<cache-remove-value/>", MemoryExchange::get("/"), &[Expect::Codes(&["attribute-missing"])]);
    }
}
