//! Product parts.

use std::collections::BTreeMap;

use postern_bundle::{Diagnostic, Part, PartKey, Product, ProductState};
use postern_model::{Inventory, Name, PolicyScope, ProductProperties, inventory::Resource};
use postern_policy::ScopeName;

use super::{
    names,
    policies::{Fragments, PolicyChecker, Written},
    values::NamedValues,
};

/// The part of a product, or `None` when its policy must not be used. `apis` are the APIs of the bundle: name without regard to
/// case → the name as it stands in the bundle.
pub(super) fn compile(
    inventory: &Inventory,
    (name, resource): (&Name, &Resource<ProductProperties>),
    apis: &BTreeMap<Name, String>,
    checker: &mut PolicyChecker,
    (values, fragments): (&NamedValues, &Fragments),
    findings: &mut Vec<Diagnostic>,
) -> Option<(PartKey, Part)> {
    let policy = match inventory.policies.get(&PolicyScope::Product(name.clone())) {
        None => None,
        Some(policy) => {
            let id = PolicyScope::Product(name.clone()).id();
            let written = Written { text: &policy.properties.text, origin: &policy.origin, id: &id };
            let checked = checker.policy(&written, ScopeName::Product, values, fragments);
            findings.extend(checked.findings);
            findings.extend(names::unknown(inventory, &checked.uses.named));
            Some(checked.source?)
        }
    };
    let properties = &resource.properties;
    let mut linked: Vec<String> = inventory.apis_of_product(name).filter_map(|api| apis.get(api).cloned()).collect();
    linked.sort();
    let product = Product {
        name: name.as_str().to_owned(),
        display_name: properties.display_name.clone().unwrap_or_else(|| name.as_str().to_owned()),
        subscription_required: properties.subscription_required(),
        approval_required: properties.approval_required.unwrap_or(false),
        subscriptions_limit: properties.subscriptions_limit,
        groups: inventory.groups_of_product(name),
        state: match properties.state.unwrap_or_default() {
            postern_model::ProductState::NotPublished => ProductState::NotPublished,
            postern_model::ProductState::Published => ProductState::Published,
        },
        policy,
        apis: linked,
    };
    Some((PartKey::Product(product.name.clone()), Part::Product(product)))
}
