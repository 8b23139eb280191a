//! Resources to bundle: references resolved, named values filled in, policies checked.
//!
//! What always holds:
//! - One bad API, backend, fragment or product never takes another down: it stays at its last good form, or is left out when there
//!   never was one, and a finding says so.
//! - What protects is never silently missing. Without its global policy nothing is served; an open product whose policy is
//!   broken closes its APIs, because without the product they would be called without that policy.
//! - The result depends on the resources alone (and on the last good forms): what is remembered between compiles only saves time.

mod api;
mod backends;
mod certificates;
mod graphql;
mod hostnames;
mod loggers;
mod names;
mod odata;
mod policies;
mod positions;
mod products;
mod schemas;
mod service;
mod subscriptions;
mod users;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use postern_bundle::{Api, ApiVersion, Bundle, Diagnostic, EncodedPart, Part, PartKey};
use postern_model::{ApiName, Inventory, Name, PolicyScope, ResourceId, inventory::Origin};

use self::{
    policies::{Fragments, PolicyChecker, Uses, Written, check_fragment},
    subscriptions::{Known, Shards},
    users::Users,
    values::NamedValues,
};
use crate::source::{Dirty, Problem};

/// What is compiled.
pub struct Input<'a> {
    /// The resources, all sources merged.
    pub inventory: &'a Inventory,
    /// What could not be read.
    pub problems: Vec<&'a Problem>,
    /// Expose only APIs assigned to this gateway resource.
    pub gateway: Option<&'a Name>,
    /// Gateway resource the sources are for, when none is named: only its name and region are taken from it.
    pub identity: Option<&'a Name>,
    /// What was touched since the last compile.
    pub dirty: &'a Dirty,
}

/// The result of a compile.
pub struct Compiled {
    /// The parts of the new generation; `None` when nothing can be served, with the reason among the findings.
    pub parts: Option<BTreeMap<PartKey, EncodedPart>>,
    /// Everything that is wrong at the moment, not only what is new.
    pub findings: Vec<Diagnostic>,
    /// APIs that are served.
    pub api_count: usize,
    /// APIs that are left out.
    pub left_out_count: usize,
    /// APIs that are kept at their last good form.
    pub kept_count: usize,
}

/// Compiles, and remembers what did not change.
#[derive(Default)]
pub struct Compiler {
    checker: PolicyChecker,
    values: NamedValues,
    fragments: Fragments,
    apis: BTreeMap<Name, Entry>,
    global_xml: schemas::GlobalXml,
    shards: Shards,
    users: Users,
    last_good: BTreeMap<PartKey, EncodedPart>,
    compiled_once: bool,
}

/// What is remembered of an API.
struct Entry {
    part: Option<(PartKey, EncodedPart, Place)>,
    /// Its schemas.
    schemas: Option<(PartKey, EncodedPart)>,
    findings: Vec<Diagnostic>,
    uses: Uses,
}

/// Where an API answers: no two may answer at the same place.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    path: String,
    version: Option<(String, String)>,
    /// `None` for the current revision.
    revision: Option<String>,
    kind: String,
}

/// Compiles once, with nothing remembered.
pub fn compile(
    inventory: &Inventory,
    gateway: Option<&Name>,
    problems: &[Problem],
) -> (Option<Bundle>, Vec<Diagnostic>) {
    let input =
        Input { inventory, problems: problems.iter().collect(), gateway, identity: None, dirty: &Dirty::everything() };
    let mut compiled = Compiler::default().compile(&input);
    let bundle = compiled.parts.take().map(|parts| Bundle::from_encoded(1, parts));
    match bundle.transpose() {
        Ok(bundle) => (bundle, compiled.findings),
        Err(error) => {
            compiled.findings.push(Diagnostic::error("bundle-too-large", "/", error.to_string()));
            (None, compiled.findings)
        }
    }
}

impl Compiler {
    /// Takes the parts of a bundle that was served before (from the backup) as last good forms.
    pub fn seed(&mut self, bundle: &Bundle) {
        self.last_good = bundle.parts().clone();
    }

    /// Compiles what was touched and puts it together with what was not.
    pub fn compile(&mut self, input: &Input<'_>) -> Compiled {
        let everything = Dirty::everything();
        let dirty = if self.compiled_once { input.dirty } else { &everything };
        self.compiled_once = true;
        if dirty.all {
            self.checker.age();
        }
        let mut findings: Vec<Diagnostic> = input.problems.iter().map(|problem| problem.diagnostic.clone()).collect();
        let broken = Broken::of(&input.problems);
        let values = NamedValues::of(input.inventory);
        let changed_values = values.changed_since(&self.values);
        self.values = values;
        let mut parts = BTreeMap::new();
        let changed_fragments = self.update_fragments(input.inventory, &broken, &mut parts, &mut findings);
        self.update_resources(input.inventory, &broken, &mut parts, &mut findings);
        self.update_hostnames(input, &broken, &mut parts, &mut findings);
        let serviceable = self.update_service(input, &broken, &mut parts, &mut findings);
        let closed = self.closed_apis(input.inventory, &broken, &mut findings);
        let changed = Changed { dirty, values: &changed_values, fragments: &changed_fragments };
        let exposed = exposed(input, &broken);
        self.update_apis(input.inventory, &exposed, &changed);
        let counts = self.assemble_apis(&exposed, &broken, &closed, &mut parts, &mut findings);
        let named = self.apis.values().flat_map(|entry| names::unknown(input.inventory, &entry.uses.named));
        findings.extend(named);
        let apis = names_in(&parts, |key| match key {
            PartKey::Api(name) => Some(ApiName::parse(name).base),
            _ => None,
        });
        self.update_products(input.inventory, &broken, &apis, &mut parts, &mut findings);
        let products = names_in(&parts, |key| match key {
            PartKey::Product(name) => Some(Name::from(name.as_str())),
            _ => None,
        });
        self.shards.update(input.inventory, dirty, &Known { apis: &apis, products: &products });
        parts.extend(self.shards.parts());
        findings.extend(self.shards.findings().cloned());
        self.users.update(input.inventory, dirty);
        parts.extend(self.users.parts());
        findings.extend(self.users.findings().cloned());
        if serviceable {
            self.last_good.clone_from(&parts);
        }
        Compiled {
            parts: serviceable.then_some(parts),
            findings,
            api_count: counts.served,
            left_out_count: counts.left_out,
            kept_count: counts.kept,
        }
    }

    /// Fragments first: other documents include them. Returns those whose content, or the content of one they include, changed.
    fn update_fragments(
        &mut self,
        inventory: &Inventory,
        broken: &Broken,
        parts: &mut BTreeMap<PartKey, EncodedPart>,
        findings: &mut Vec<Diagnostic>,
    ) -> BTreeSet<Name> {
        let mut fragments = Fragments::default();
        let mut includes: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
        for (name, resource) in &inventory.fragments {
            let id = format!("/policyFragments/{name}");
            let written = Written { text: &resource.properties.text, origin: &resource.origin, id: &id };
            let checked = check_fragment(&written, &self.values);
            findings.extend(checked.findings);
            findings.extend(names::unknown(inventory, &checked.uses.named));
            let key = PartKey::Fragment(name.as_str().to_owned());
            let source = checked.source.filter(|_| !broken.keys.contains(&key));
            let Some((source, document)) = source.zip(checked.document) else {
                self.keep(&key, parts, findings);
                if let Some(Part::Fragment(kept)) = parts.get(&key).and_then(|part| part.decode(&key).ok()) {
                    let (document, _) =
                        postern_policy::parse_document(&kept.policy.text, postern_policy::DocumentKind::Fragment);
                    fragments.insert(name.clone(), &kept.policy.text, std::sync::Arc::new(document));
                }
                continue;
            };
            includes.insert(name.clone(), checked.uses.fragments);
            fragments.insert(name.clone(), &source.text, document);
            let part = postern_bundle::Fragment { name: name.as_str().to_owned(), policy: source };
            self.encode(key, &Part::Fragment(part), parts, findings);
        }
        fragments.seal();
        let mut changed = fragments.changed_since(&self.fragments);
        self.fragments = fragments;
        // A fragment that includes a changed one is as good as changed. Each round adds at least one.
        while let Some(more) = includes
            .iter()
            .find(|(name, included)| !changed.contains(*name) && !included.is_disjoint(&changed))
            .map(|(name, _)| name.clone())
        {
            changed.insert(more);
        }
        changed
    }

    /// Resources that become a part each, whatever else there is.
    fn update_resources(
        &mut self,
        inventory: &Inventory,
        broken: &Broken,
        parts: &mut BTreeMap<PartKey, EncodedPart>,
        findings: &mut Vec<Diagnostic>,
    ) {
        findings.extend_from_slice(self.global_xml.findings(inventory));
        let values = &self.values;
        let key = |kind: fn(String) -> PartKey, name: &Name| kind(name.as_str().to_owned());
        let certificates = inventory.certificates.iter();
        let certificates = certificates
            .map(|(name, resource)| (key(PartKey::Certificate, name), certificates::compile(name, resource)));
        let loggers = inventory.loggers.iter();
        let loggers =
            loggers.map(|(name, resource)| (key(PartKey::Logger, name), loggers::compile(name, resource, values)));
        let schemas = inventory.schemas.iter();
        let schemas = schemas.map(|(name, resource)| (key(PartKey::Schema, name), schemas::compile(name, resource)));
        let backends = inventory.backends.iter();
        let backends = backends.map(|(name, resource)| {
            (key(PartKey::Backend, name), backends::compile(inventory, name, resource, values))
        });
        for (key, compiled) in certificates.chain(loggers).chain(schemas).chain(backends) {
            match compiled {
                Ok(part) if !broken.keys.contains(&key) => self.encode(key, &part, parts, findings),
                Ok(_) => self.keep(&key, parts, findings),
                Err(more) => {
                    findings.extend(more);
                    self.keep(&key, parts, findings);
                }
            }
        }
    }

    /// Host names and authorities of the gateway resource.
    fn update_hostnames(
        &self,
        input: &Input<'_>,
        broken: &Broken,
        parts: &mut BTreeMap<PartKey, EncodedPart>,
        findings: &mut Vec<Diagnostic>,
    ) {
        for compiled in hostnames::compile(input.inventory, input.gateway.or(input.identity)) {
            findings.extend(compiled.remarks);
            match compiled.part {
                Ok(part) if !broken.keys.contains(&compiled.key) => self.encode(compiled.key, &part, parts, findings),
                Ok(_) => self.keep(&compiled.key, parts, findings),
                Err(more) => {
                    findings.extend(more);
                    self.keep(&compiled.key, parts, findings);
                }
            }
        }
    }

    /// `false`: there is no usable global policy, neither now nor from before, so nothing may be served.
    fn update_service(
        &mut self,
        input: &Input<'_>,
        broken: &Broken,
        parts: &mut BTreeMap<PartKey, EncodedPart>,
        findings: &mut Vec<Diagnostic>,
    ) -> bool {
        let (checker, values, fragments) = (&mut self.checker, &self.values, &self.fragments);
        let gateway = input.gateway.or(input.identity);
        let part = service::compile(input.inventory, gateway, checker, values, fragments, findings);
        match part.filter(|(key, _)| !broken.keys.contains(key)) {
            Some((key, part)) => self.encode(key, &part, parts, findings),
            None => self.keep(&PartKey::Service, parts, findings),
        }
        let serviceable = parts.contains_key(&PartKey::Service);
        if !serviceable {
            let message = "nothing can be served: the global policy must not be used and there is no earlier one";
            findings.push(Diagnostic::error("global-policy-unusable", PolicyScope::Global.id(), message));
        }
        serviceable
    }

    /// APIs (without revision) of open products whose policy can be used neither now nor in an earlier form.
    fn closed_apis(
        &mut self,
        inventory: &Inventory,
        broken: &Broken,
        findings: &mut Vec<Diagnostic>,
    ) -> BTreeMap<Name, Name> {
        let mut closed = BTreeMap::new();
        for (name, resource) in &inventory.products {
            let key = PartKey::Product(name.as_str().to_owned());
            if resource.properties.subscription_required() || self.last_good.contains_key(&key) {
                continue;
            }
            let (checker, values, fragments) = (&mut self.checker, &self.values, &self.fragments);
            let context = (values, fragments);
            let part =
                products::compile(inventory, (name, resource), &BTreeMap::new(), checker, context, &mut Vec::new());
            if part.is_some() && !broken.keys.contains(&key) {
                continue;
            }
            for api in inventory.apis_of_product(name) {
                let message =
                    format!("it is in the open product {name}, whose policy must not be used: it is not served");
                findings.push(Diagnostic::error("product-policy-unusable", format!("/apis/{api}"), message));
                closed.insert(api.clone(), name.clone());
            }
        }
        closed
    }

    fn update_apis(&mut self, inventory: &Inventory, exposed: &BTreeSet<Name>, changed: &Changed<'_>) {
        self.apis.retain(|name, _| {
            inventory.apis.contains_key(name) && exposed.contains(&ApiName::parse(name.as_str()).base)
        });
        for (name, resource) in &inventory.apis {
            let ApiName { base, revision } = ApiName::parse(name.as_str());
            // The current revision also stands under its bare name in some sources; one of the two is enough.
            let twice =
                revision.is_some() && resource.properties.is_current(name) && inventory.apis.contains_key(&base);
            if !exposed.contains(&base) || twice {
                self.apis.remove(name);
                continue;
            }
            if self.apis.get(name).is_some_and(|entry| !changed.concerns(inventory, name, entry)) {
                continue;
            }
            let outcome = api::compile(inventory, name, resource, &mut self.checker, &self.values, &self.fragments);
            let mut findings = outcome.findings;
            let part = outcome.api.and_then(|api| match encode_api(api) {
                Ok(part) => Some(part),
                Err(finding) => {
                    findings.push(*finding);
                    None
                }
            });
            let schemas = schemas::of_api(inventory, name, &mut findings);
            let schemas = schemas.and_then(|(key, part)| match EncodedPart::encode(&key, &part) {
                Ok(part) => Some((key, part)),
                Err(error) => {
                    findings.push(Diagnostic::warning("part-too-large", key.to_string(), error.to_string()));
                    None
                }
            });
            self.apis.remove(name);
            self.apis.insert(name.clone(), Entry { part, schemas, findings, uses: outcome.uses });
        }
    }

    /// Puts the API parts in: those that are good, and the last good form of the others.
    fn assemble_apis(
        &self,
        exposed: &BTreeSet<Name>,
        broken: &Broken,
        closed: &BTreeMap<Name, Name>,
        parts: &mut BTreeMap<PartKey, EncodedPart>,
        findings: &mut Vec<Diagnostic>,
    ) -> Counts {
        let mut counts = Counts::default();
        let mut places: HashMap<Place, Name> = HashMap::new();
        let lost = broken.apis.iter().filter(|name| !self.apis.contains_key(*name));
        for name in self.apis.keys().chain(lost) {
            let base = ApiName::parse(name.as_str()).base;
            if !exposed.contains(&base) || closed.contains_key(&base) {
                counts.left_out += usize::from(closed.contains_key(&base));
                continue;
            }
            let entry = self.apis.get(name);
            findings.extend(entry.into_iter().flat_map(|entry| entry.findings.iter().cloned()));
            let good = entry.and_then(|entry| entry.part.clone()).filter(|_| !broken.apis.contains(name));
            let kept = good.is_none();
            let Some((key, part, place)) = good.or_else(|| self.last_good_api(name)) else {
                counts.left_out += 1;
                findings.push(left_out(&format!("/apis/{name}"), "API"));
                continue;
            };
            if let Some(other) = places.get(&place) {
                counts.left_out += 1;
                let message = format!("the API {other} already answers at /{}: this one is left out", place.path);
                findings.push(Diagnostic::error("api-path-conflict", format!("/apis/{name}"), message));
                continue;
            }
            if kept {
                counts.kept += 1;
                findings.push(kept_at_last_good(&format!("/apis/{name}"), "API"));
            }
            places.insert(place, name.clone());
            counts.served += 1;
            parts.insert(key, part);
            // An API is served with the schemas it was made for.
            let own = entry.and_then(|entry| entry.schemas.clone());
            let schemas = if kept { self.last_good_schemas(name) } else { own };
            parts.extend(schemas);
        }
        counts
    }

    fn last_good_api(&self, name: &Name) -> Option<(PartKey, EncodedPart, Place)> {
        let key = PartKey::Api(name.as_str().to_owned());
        let part = self.last_good.get(&key)?.clone();
        match part.decode(&key) {
            Ok(Part::Api(api)) => Some((key, part, place_of(&api))),
            _ => None,
        }
    }

    fn last_good_schemas(&self, name: &Name) -> Option<(PartKey, EncodedPart)> {
        let key = PartKey::ApiSchemas(name.as_str().to_owned());
        self.last_good.get_key_value(&key).map(|(key, part)| (key.clone(), part.clone()))
    }

    fn update_products(
        &mut self,
        inventory: &Inventory,
        broken: &Broken,
        apis: &BTreeMap<Name, String>,
        parts: &mut BTreeMap<PartKey, EncodedPart>,
        findings: &mut Vec<Diagnostic>,
    ) {
        for (name, resource) in &inventory.products {
            let (checker, values, fragments) = (&mut self.checker, &self.values, &self.fragments);
            let part = products::compile(inventory, (name, resource), apis, checker, (values, fragments), findings);
            let key = PartKey::Product(name.as_str().to_owned());
            match part.filter(|_| !broken.keys.contains(&key)) {
                Some((key, part)) => self.encode(key, &part, parts, findings),
                None => self.keep(&key, parts, findings),
            }
        }
    }

    fn encode(
        &self,
        key: PartKey,
        part: &Part,
        parts: &mut BTreeMap<PartKey, EncodedPart>,
        findings: &mut Vec<Diagnostic>,
    ) {
        match EncodedPart::encode(&key, part) {
            Ok(part) => drop(parts.insert(key, part)),
            Err(error) => {
                findings.push(Diagnostic::error("part-too-large", key.to_string(), error.to_string()));
                self.keep(&key, parts, findings);
            }
        }
    }

    /// Falls back to the last good form.
    fn keep(&self, key: &PartKey, parts: &mut BTreeMap<PartKey, EncodedPart>, findings: &mut Vec<Diagnostic>) {
        let what = match key {
            PartKey::Service => "global policy",
            PartKey::Fragment(_) => "policy fragment",
            PartKey::Certificate(_) => "certificate",
            PartKey::Authority(_) => "certificate authority",
            PartKey::Hostname(_) => "host name",
            PartKey::Logger(_) => "logger",
            PartKey::Schema(_) => "schema",
            PartKey::Backend(_) => "backend",
            PartKey::ApiSchemas(_) => "group of schemas",
            PartKey::Api(_) => "API",
            PartKey::Product(_) => "product",
            PartKey::Subscriptions(_) => "group of subscriptions",
            PartKey::Users(_) => "group of users",
        };
        match self.last_good.get(key) {
            Some(part) => {
                parts.insert(key.clone(), part.clone());
                findings.push(kept_at_last_good(&key.to_string(), what));
            }
            None if *key == PartKey::Service => {}
            None => findings.push(left_out(&key.to_string(), what)),
        }
    }
}

#[derive(Default)]
struct Counts {
    served: usize,
    left_out: usize,
    kept: usize,
}

/// What changed besides the APIs themselves.
struct Changed<'a> {
    dirty: &'a Dirty,
    values: &'a BTreeSet<String>,
    fragments: &'a BTreeSet<Name>,
}

impl Changed<'_> {
    fn concerns(&self, inventory: &Inventory, name: &Name, entry: &Entry) -> bool {
        let base = ApiName::parse(name.as_str()).base;
        let version_set = inventory.apis.get(name).and_then(|api| api.properties.version_set());
        let touched = |id: &ResourceId| match id {
            ResourceId::VersionSet(set) => version_set.as_ref() == Some(set),
            id => id.api().is_some_and(|api| api == base),
        };
        self.dirty.all
            || self.dirty.ids.iter().any(touched)
            || !self.values.is_disjoint(&entry.uses.named_values)
            || !self.fragments.is_disjoint(&entry.uses.fragments)
    }
}

/// What must not be used because it, or something in it, could not be read.
#[derive(Default)]
struct Broken {
    /// APIs by id (with revision).
    apis: BTreeSet<Name>,
    /// Other parts.
    keys: BTreeSet<PartKey>,
}

impl Broken {
    fn of(problems: &[&Problem]) -> Broken {
        let mut broken = Broken::default();
        for problem in problems.iter().filter(|problem| problem.diagnostic.is_error()) {
            match &problem.id {
                Some(
                    ResourceId::Api(api)
                    | ResourceId::Operation(api, _)
                    | ResourceId::ApiSchema(api, _)
                    | ResourceId::Resolver(api, _)
                    | ResourceId::Policy(
                        PolicyScope::Api(api) | PolicyScope::Operation(api, _) | PolicyScope::Resolver(api, _),
                    ),
                ) => drop(broken.apis.insert(api.clone())),
                Some(ResourceId::Policy(PolicyScope::Global) | ResourceId::Service) => {
                    broken.keys.insert(PartKey::Service);
                }
                Some(
                    ResourceId::Product(name)
                    | ResourceId::ProductApi(name, _)
                    | ResourceId::ProductGroup(name, _)
                    | ResourceId::Policy(PolicyScope::Product(name)),
                ) => drop(broken.keys.insert(PartKey::Product(name.as_str().to_owned()))),
                Some(ResourceId::PolicyFragment(name)) => {
                    broken.keys.insert(PartKey::Fragment(name.as_str().to_owned()));
                }
                Some(ResourceId::Certificate(name)) => {
                    broken.keys.insert(PartKey::Certificate(name.as_str().to_owned()));
                }
                Some(ResourceId::GatewayHostname(_, name)) => {
                    broken.keys.insert(PartKey::Hostname(name.as_str().to_owned()));
                }
                Some(ResourceId::GatewayAuthority(_, name)) => {
                    broken.keys.insert(PartKey::Authority(name.as_str().to_owned()));
                }
                Some(ResourceId::Logger(name)) => drop(broken.keys.insert(PartKey::Logger(name.as_str().to_owned()))),
                Some(ResourceId::Schema(name)) => drop(broken.keys.insert(PartKey::Schema(name.as_str().to_owned()))),
                Some(ResourceId::Backend(name)) => drop(broken.keys.insert(PartKey::Backend(name.as_str().to_owned()))),
                _ => {}
            }
        }
        broken
    }
}

/// APIs (without revision) that are served if they can be. An API whose own file cannot be read is one that is there.
fn exposed(input: &Input<'_>, broken: &Broken) -> BTreeSet<Name> {
    let mut exposed = input.inventory.exposed_apis(input.gateway);
    if input.gateway.is_none() {
        exposed.extend(broken.apis.iter().map(|name| ApiName::parse(name.as_str()).base));
    }
    exposed
}

fn encode_api(api: Api) -> Result<(PartKey, EncodedPart, Place), Box<Diagnostic>> {
    let place = place_of(&api);
    let key = PartKey::Api(api.name.clone());
    match EncodedPart::encode(&key, &Part::Api(api)) {
        Ok(part) => Ok((key, part, place)),
        Err(error) => Err(Box::new(Diagnostic::error("part-too-large", key.to_string(), error.to_string()))),
    }
}

fn place_of(api: &Api) -> Place {
    let version = api.version.as_ref().map(|ApiVersion { set, value, .. }| (set.clone(), value.clone()));
    Place {
        path: api.path.to_ascii_lowercase(),
        version,
        revision: (!api.is_current).then(|| api.revision.clone()),
        kind: api.kind.clone(),
    }
}

fn names_in(parts: &BTreeMap<PartKey, EncodedPart>, name: impl Fn(&PartKey) -> Option<Name>) -> BTreeMap<Name, String> {
    parts.keys().filter_map(name).map(|name| (name.clone(), name.as_str().to_owned())).collect()
}

fn left_out(scope: &str, what: &str) -> Diagnostic {
    Diagnostic::error("left-out", scope, format!("this {what} is left out until its errors are put right"))
}

fn kept_at_last_good(scope: &str, what: &str) -> Diagnostic {
    Diagnostic::warning(
        "kept-at-last-good",
        scope,
        format!("this {what} stays at its last good form until its errors are put right"),
    )
}

/// A finding with its place in the text of a resource; a line or column of 0 is not known.
fn placed(finding: Diagnostic, file: Option<String>, (line, column): (usize, usize)) -> Diagnostic {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Diagnostic { file, line: number(line), column: number(column), ..finding }
}

/// The file a resource came from; resources of a configuration endpoint have their id as origin and no file.
fn file_of(origin: &Origin, id: &str) -> Option<String> {
    (!origin.0.is_empty() && origin.0 != id && !origin.0.starts_with('/')).then(|| origin.0.clone())
}
