//! The service part: identity and global policy.

use postern_bundle::{Diagnostic, Part, PartKey, Service};
use postern_model::{Inventory, Name, PolicyScope};
use postern_policy::ScopeName;

use super::{
    names,
    policies::{Fragments, PolicyChecker, Written},
    values::NamedValues,
};

/// The service part, or `None` when its policy must not be used.
pub(super) fn compile(
    inventory: &Inventory,
    gateway: Option<&Name>,
    checker: &mut PolicyChecker,
    values: &NamedValues,
    fragments: &Fragments,
    findings: &mut Vec<Diagnostic>,
) -> Option<(PartKey, Part)> {
    let named = gateway.and_then(|name| inventory.gateways.get_key_value(name));
    let region = named.and_then(|(_, resource)| resource.properties.location_data.as_ref()?.name.clone());
    let service = inventory.service.as_ref().map(|resource| &resource.properties);
    let mut part = Service {
        name: service.and_then(|service| service.name.clone()).unwrap_or_default(),
        gateway: named.map(|(name, _)| name).or(gateway).map(|name| name.as_str().to_owned()),
        region: region.unwrap_or_default(),
        hosts: Vec::new(),
        policy: None,
    };
    if let Some(policy) = inventory.policies.get(&PolicyScope::Global) {
        let id = PolicyScope::Global.id();
        let written = Written { text: &policy.properties.text, origin: &policy.origin, id: &id };
        let checked = checker.policy(&written, ScopeName::Global, values, fragments);
        findings.extend(checked.findings);
        findings.extend(names::unknown(inventory, &checked.uses.named));
        part.policy = Some(checked.source?);
    }
    Some((PartKey::Service, Part::Service(part)))
}
