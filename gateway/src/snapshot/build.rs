//! `Snapshot::build`: what changed is made anew, everything else is shared.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use postern_bundle::{Bundle, Diagnostic, EncodedPart, Hash, Part, PartKey};
use postern_policy::{Compiler, Document, DocumentKind};

use crate::observe::series::SeriesTable;
use crate::route::{ApiIndex, Hosts, PlaceError, PrefixBuilder};

use super::authorities::Authorities;
use super::certificates::Certificates;
use super::contract::{Documents, documents, global_documents};
use super::definition::{define, place};
use super::hostnames::Hostnames;
use super::link::{CheckedProduct, Entities, Linker};
use super::product::{Product, named};
use super::source::Source;
use super::subscriptions::Changes;
use super::upstream::Upstream;
use super::users::Users;
use super::{ApiSlot, BackendSlot, Fragment, Service, Snapshot, Subscriptions};

impl Snapshot {
    /// Builds the snapshot of a bundle, sharing with `previous` whatever did not change. Parts that cannot be used are
    /// left out and reported; the diagnostics are those of the whole bundle, not only of what changed.
    pub fn build(previous: Option<&Self>, bundle: &Bundle, series: &mut Arc<SeriesTable>) -> (Self, Vec<Diagnostic>) {
        let mut build = Build { previous, bundle, left_out: BTreeSet::new(), diagnostics: Vec::new() };
        let service = build.service();
        let (fragments, changed_fragments) = build.fragments();
        let certificates = build.certificates();
        let schemas = build.schemas();
        let loggers = build.loggers();
        let backends = build.backends(&certificates);
        let lookup = |id: &str| -> Option<Arc<Document>> {
            fragments.get(&*id.to_ascii_lowercase()).and_then(|fragment| fragment.source.document.clone())
        };
        let mut linker = Linker::new(Compiler::new(&lookup), service.policy.clone());
        let (service_program, found) = linker.service_program();
        build.diagnostics.extend(found);
        if service_program.is_none() {
            build.left_out.insert(PartKey::Service);
        }
        let same_service = previous.is_some_and(|old| same_policy(&old.service, &service))
            && !changed_fragments.touch(service.policy.as_deref());
        let same_entities = previous.is_some_and(|old| {
            Arc::ptr_eq(&old.schemas, &schemas)
                && Arc::ptr_eq(&old.certificates, &certificates)
                && Arc::ptr_eq(&old.loggers, &loggers)
        });
        let entities = Entities { schemas: &schemas.documents, certificates: &certificates, loggers: &loggers.by_id };
        let refusal = previous.map_or_else(Linker::refusal, |old| Arc::clone(&old.refusal));
        let products = build.products(&mut linker, same_service, &changed_fragments);
        let memberships = build.memberships(&products);
        let context = Context {
            products: &products,
            memberships: &memberships,
            same_service,
            changed_fragments: &changed_fragments,
            refusal: &refusal,
            entities: &entities,
            same_entities,
            servable: service_program.is_some(),
        };
        let slots = build.apis(&mut linker, &context, series);
        let (prefixes, place_diagnostics) = build.prefixes(&slots);
        let subscriptions = build.subscriptions();
        let users = build.users();
        let apis: Arc<[_]> = slots.iter().filter_map(|slot| slot.api.clone()).collect();
        let snapshot = Self {
            generation: bundle.generation(),
            root_hash: bundle.root_hash(),
            service_program,
            refusal,
            hosts: Hosts::new(&service.hosts),
            routes: apis.iter().map(|api| Arc::clone(&api.definition.routes)).collect(),
            operation_count: apis.iter().map(|api| api.operations().len()).sum(),
            apis,
            service,
            fragments: Arc::clone(&fragments),
            certificates: Arc::clone(&certificates),
            hostnames: build.hostnames(&certificates),
            authorities: build.authorities(&certificates),
            schemas: Arc::clone(&schemas),
            loggers: Arc::clone(&loggers),
            backends,
            products,
            memberships,
            slots,
            prefixes,
            place_diagnostics,
            subscriptions,
            users,
            left_out: build.left_out.into_iter().collect(),
        };
        (snapshot, build.diagnostics)
    }
}

struct Build<'a> {
    previous: Option<&'a Snapshot>,
    bundle: &'a Bundle,
    left_out: BTreeSet<PartKey>,
    diagnostics: Vec<Diagnostic>,
}

/// What the linking of an API depends on, apart from the API.
struct Context<'a> {
    products: &'a [Arc<CheckedProduct>],
    memberships: &'a HashMap<Box<str>, Vec<u32>>,
    same_service: bool,
    changed_fragments: &'a ChangedFragments,
    refusal: &'a Arc<postern_policy::Program>,
    entities: &'a Entities<'a>,
    same_entities: bool,
    /// Whether the service's policy can be used.
    servable: bool,
}

/// Fragments that are not as in the snapshot before. (A fragment cannot include another one.)
#[derive(Default)]
struct ChangedFragments(BTreeSet<Box<str>>);

impl ChangedFragments {
    fn touch(&self, source: Option<&Source>) -> bool {
        source.is_some_and(|source| self.contain_any(&source.fragments))
    }

    fn contain_any(&self, ids: &[Box<str>]) -> bool {
        !self.0.is_empty() && ids.iter().any(|id| self.0.contains(id))
    }
}

impl<'a> Build<'a> {
    /// Decodes a part; a failure is reported.
    fn decode(&mut self, key: &PartKey, part: &EncodedPart) -> Option<Part> {
        match part.decode(key) {
            Ok(part) => Some(part),
            Err(error) => {
                self.left_out.insert(key.clone());
                self.diagnostics.push(Diagnostic::error("part", key.to_string(), error.to_string()));
                None
            }
        }
    }

    fn service(&mut self) -> Arc<Service> {
        let part = self.bundle.get(&PartKey::Service);
        let hash = part.map(EncodedPart::hash);
        if let Some(old) = self.previous.filter(|old| old.service.hash == hash && hash.is_some()) {
            return Arc::clone(&old.service);
        }
        let service = match part.and_then(|part| self.decode(&PartKey::Service, part)) {
            Some(Part::Service(service)) => service,
            _ => postern_bundle::Service::default(),
        };
        let known = self.previous.and_then(|old| old.service.policy.as_ref());
        let policy = service.policy.as_ref();
        let policy = policy.map(|text| Source::parse(text, DocumentKind::Policy, "/policies/policy", known));
        Arc::new(Service {
            hash,
            name: service.name.into(),
            gateway: service.gateway.unwrap_or_default().into(),
            region: service.region.into(),
            hosts: service.hosts,
            policy,
        })
    }

    fn fragments(&mut self) -> (Arc<HashMap<Box<str>, Fragment>>, ChangedFragments) {
        let bundle = self.bundle;
        let old = self.previous.map(|old| &old.fragments);
        let mut fragments = HashMap::new();
        let mut changed = ChangedFragments::default();
        for (key, part) in bundle.parts() {
            let PartKey::Fragment(name) = key else { continue };
            let id: Box<str> = name.to_ascii_lowercase().into();
            let known = old.and_then(|old| old.get(&id));
            if let Some(known) = known.filter(|known| known.hash == part.hash()) {
                fragments.insert(id, known.clone());
                continue;
            }
            changed.0.insert(id.clone());
            let Some(Part::Fragment(fragment)) = self.decode(key, part) else { continue };
            let scope = format!("/policyFragments/{name}");
            let known = known.map(|known| &known.source);
            let source = Source::parse(&fragment.policy, DocumentKind::Fragment, &scope, known);
            fragments.insert(id, Fragment { hash: part.hash(), source });
        }
        let gone = old.into_iter().flat_map(|old| old.keys()).filter(|id| !fragments.contains_key(*id));
        changed.0.extend(gone.cloned());
        for (id, fragment) in &fragments {
            self.diagnostics.extend(fragment.source.diagnostics.iter().cloned());
            if fragment.source.document.is_none() {
                self.left_out.insert(PartKey::Fragment(id.to_string()));
            }
        }
        match old.filter(|_| changed.0.is_empty()) {
            Some(old) => (Arc::clone(old), changed),
            None => (Arc::new(fragments), changed),
        }
    }

    /// Address of all parts of a kind; `None` without any.
    fn hash_of(&self, is_it: impl Fn(&PartKey) -> bool) -> Option<Hash> {
        let parts = self.bundle.parts().iter().filter(|(key, _)| is_it(key));
        let entries: Vec<(String, Hash)> = parts.map(|(key, part)| (key.to_string(), part.hash())).collect();
        let chunks = entries.iter().flat_map(|(key, hash)| [key.as_bytes(), hash.0.as_slice()]);
        (!entries.is_empty()).then(|| Hash::of_chunks(chunks))
    }

    /// The contents of all parts of a kind.
    fn contents(&mut self, is_it: impl Fn(&PartKey) -> bool) -> Vec<Part> {
        let bundle = self.bundle;
        let parts = bundle.parts().iter().filter(|(key, _)| is_it(key));
        parts.filter_map(|(key, part)| self.decode(key, part)).collect()
    }

    fn certificates(&mut self) -> Arc<Certificates> {
        let is_it = |key: &PartKey| matches!(key, PartKey::Certificate(_));
        let hash = self.hash_of(is_it);
        let certificates = match self.previous.filter(|old| old.certificates.hash == hash) {
            Some(old) => Arc::clone(&old.certificates),
            None => {
                let parts = self.contents(is_it).into_iter().filter_map(|part| match part {
                    Part::Certificate(certificate) => Some(certificate),
                    _ => None,
                });
                Arc::new(Certificates::read(parts.collect(), hash))
            }
        };
        self.leave_out("certificate", PartKey::Certificate, &certificates.broken);
        certificates
    }

    fn hostnames(&mut self, certificates: &Certificates) -> Arc<Hostnames> {
        let is_own = |key: &PartKey| matches!(key, PartKey::Hostname(_));
        let parts = self.contents(is_own).into_iter().filter_map(|part| match part {
            Part::Hostname(hostname) => Some(hostname),
            _ => None,
        });
        let parts: Vec<_> = parts.collect();
        let hash = self.hash_with_certificates(is_own, |name| {
            parts.iter().any(|part| part.certificate.eq_ignore_ascii_case(name))
        });
        let hostnames = match self.previous.filter(|old| old.hostnames.hash == hash) {
            Some(old) => Arc::clone(&old.hostnames),
            None => Arc::new(Hostnames::new(&parts, certificates, hash)),
        };
        self.leave_out("hostname", PartKey::Hostname, &hostnames.broken);
        hostnames
    }

    fn authorities(&mut self, certificates: &Certificates) -> Arc<Authorities> {
        let is_own = |key: &PartKey| matches!(key, PartKey::Authority(_));
        let parts = self.contents(is_own).into_iter().filter_map(|part| match part {
            Part::Authority(authority) => Some(authority),
            _ => None,
        });
        let parts: Vec<_> = parts.collect();
        let hash =
            self.hash_with_certificates(is_own, |name| parts.iter().any(|part| part.name.eq_ignore_ascii_case(name)));
        let authorities = match self.previous.filter(|old| old.authorities.hash == hash) {
            Some(old) => Arc::clone(&old.authorities),
            None => Arc::new(Authorities::new(&parts, certificates, hash)),
        };
        self.leave_out("certificate-authority", PartKey::Authority, &authorities.broken);
        authorities
    }

    /// Address of all parts of a kind and of the certificates that they name.
    fn hash_with_certificates(
        &self,
        is_own: impl Fn(&PartKey) -> bool,
        is_named: impl Fn(&str) -> bool,
    ) -> Option<Hash> {
        self.hash_of(|key| is_own(key) || matches!(key, PartKey::Certificate(name) if is_named(name)))
    }

    /// Reports what cannot be used: the diagnostics are of the whole bundle, whatever is shared with the generation before.
    fn leave_out(&mut self, code: &str, key: fn(String) -> PartKey, broken: &[(String, String)]) {
        for (name, reason) in broken {
            let key = key(name.clone());
            self.diagnostics.push(Diagnostic::error(code, key.to_string(), reason.as_str()));
            self.left_out.insert(key);
        }
    }

    fn schemas(&mut self) -> Arc<super::Schemas> {
        let is_it = |key: &PartKey| matches!(key, PartKey::Schema(_));
        let hash = self.hash_of(is_it);
        if let Some(old) = self.previous.filter(|old| old.schemas.hash == hash) {
            return Arc::clone(&old.schemas);
        }
        let parts = self.contents(is_it).into_iter().filter_map(|part| match part {
            Part::Schema(schema) => Some(schema),
            _ => None,
        });
        Arc::new(super::Schemas { hash, documents: global_documents(parts.collect()) })
    }

    fn loggers(&mut self) -> Arc<super::Loggers> {
        let is_it = |key: &PartKey| matches!(key, PartKey::Logger(_));
        let hash = self.hash_of(is_it);
        if let Some(old) = self.previous.filter(|old| old.loggers.hash == hash) {
            return Arc::clone(&old.loggers);
        }
        let by_id = self.contents(is_it).into_iter().filter_map(|part| match part {
            Part::Logger(logger) => Some((logger.name.to_ascii_lowercase().into_boxed_str(), logger)),
            _ => None,
        });
        Arc::new(super::Loggers { hash, by_id: by_id.collect() })
    }

    fn backends(&mut self, certificates: &Arc<Certificates>) -> Arc<HashMap<Box<str>, BackendSlot>> {
        let bundle = self.bundle;
        let old = self.previous.map(|old| &old.backends);
        let same_certificates = self.previous.is_some_and(|old| Arc::ptr_eq(&old.certificates, certificates));
        let mut backends = HashMap::new();
        let mut same = 0;
        for (key, part) in bundle.parts() {
            let PartKey::Backend(name) = key else { continue };
            let known = old.and_then(|old| old.get(name.as_str())).filter(|known| known.hash == part.hash());
            let slot = match known.filter(|known| same_certificates || !known.has_certificate) {
                Some(known) => {
                    same += 1;
                    known.clone()
                }
                None => {
                    let Some(Part::Backend(backend)) = self.decode(key, part) else { continue };
                    let has_certificate = backend.credentials.certificate.is_some();
                    let upstream = Upstream::from_backend(&backend, certificates).map(Arc::new);
                    BackendSlot { hash: part.hash(), has_certificate, upstream }
                }
            };
            if let Err(error) = &slot.upstream {
                self.left_out.insert(key.clone());
                self.diagnostics.push(Diagnostic::error("backend", key.to_string(), error.to_string()));
            }
            backends.insert(name.as_str().into(), slot);
        }
        match old.filter(|old| old.len() == same && backends.len() == same) {
            Some(old) => Arc::clone(old),
            None => Arc::new(backends),
        }
    }

    fn products(
        &mut self,
        linker: &mut Linker<'_>,
        same_service: bool,
        changed_fragments: &ChangedFragments,
    ) -> Vec<Arc<CheckedProduct>> {
        let bundle = self.bundle;
        let mut old = self.previous.map_or(&[][..], |old| &old.products).iter().peekable();
        let mut products = Vec::new();
        for (key, part) in bundle.parts() {
            let PartKey::Product(name) = key else { continue };
            while old.next_if(|old| *old.product.id < **name).is_some() {}
            let known = old.next_if(|old| *old.product.id == **name);
            let policy_of = |known: &Arc<CheckedProduct>| changed_fragments.touch(known.product.policy.as_deref());
            let unchanged = known.filter(|known| known.product.hash == part.hash());
            let checked = match unchanged {
                Some(known) if same_service && !policy_of(known) => Arc::clone(known),
                Some(known) => Arc::new(linker.check(Arc::clone(&known.product))),
                None => {
                    let Some(Part::Product(product)) = self.decode(key, part) else { continue };
                    Arc::new(linker.check(Arc::new(new_product(product, part, known))))
                }
            };
            self.diagnostics.extend(checked.diagnostics.iter().cloned());
            if checked.broken {
                self.left_out.insert(key.clone());
            }
            products.push(checked);
        }
        products
    }

    /// Which products contain an API. Only products know; this is the other direction.
    fn memberships(&self, products: &[Arc<CheckedProduct>]) -> Arc<HashMap<Box<str>, Vec<u32>>> {
        if let Some(old) = self.previous.filter(|old| same_list(&old.products, products)) {
            return Arc::clone(&old.memberships);
        }
        let mut memberships: HashMap<Box<str>, Vec<u32>> = HashMap::new();
        for (index, checked) in products.iter().enumerate() {
            for api in &checked.product.apis {
                memberships.entry(api.clone()).or_default().push(index as u32);
            }
        }
        Arc::new(memberships)
    }

    fn apis(
        &mut self,
        linker: &mut Linker<'_>,
        context: &Context<'_>,
        series: &mut Arc<SeriesTable>,
    ) -> Vec<Arc<ApiSlot>> {
        let bundle = self.bundle;
        let same_products = self.previous.is_some_and(|old| same_list(&old.products, context.products));
        let mut old = self.previous.map_or(&[][..], |old| &old.slots).iter().peekable();
        let mut slots = Vec::with_capacity(old.len() + 1);
        for (key, part) in bundle.parts() {
            let PartKey::Api(name) = key else { continue };
            while old.next_if(|old| *old.name < **name).is_some() {}
            let known = old.next_if(|old| *old.name == **name);
            let schemas = bundle.get(&PartKey::ApiSchemas(name.clone()));
            let hash = with_schemas(part, schemas);
            let unchanged = known.filter(|known| known.hash == hash);
            let linked = unchanged.filter(|known| {
                context.same_service
                    && context.same_entities
                    && !context.changed_fragments.contain_any(&known.fragments)
                    && (same_products || same_list(&known.products, &context.products_of(name)))
            });
            let slot = match (linked, unchanged) {
                (Some(known), _) => Arc::clone(known),
                (None, Some(known)) => Arc::new(relink(known, linker, context)),
                (None, None) => {
                    let fresh = self.define(key, (part, schemas), known.map(|known| &**known), series);
                    Arc::new(relink(&fresh, linker, context))
                }
            };
            self.diagnostics.extend(slot.definition_diagnostics.iter().chain(&slot.link_diagnostics).cloned());
            if slot.api.is_none() {
                self.left_out.insert(key.clone());
            }
            slots.push(slot);
        }
        slots
    }

    /// A slot with its definition, not linked yet.
    fn define(
        &mut self,
        key: &PartKey,
        (part, schemas): (&EncodedPart, Option<&EncodedPart>),
        known: Option<&ApiSlot>,
        series: &mut Arc<SeriesTable>,
    ) -> ApiSlot {
        let mut slot = ApiSlot {
            name: key.name().into(),
            hash: with_schemas(part, schemas),
            place: known.and_then(|known| known.place.clone()),
            definition: None,
            definition_diagnostics: Arc::default(),
            products: Box::default(),
            fragments: Arc::default(),
            api: None,
            link_diagnostics: Box::default(),
        };
        let api = match part.decode(key) {
            Ok(Part::Api(api)) => api,
            other => {
                let message = other.err().map_or_else(|| "not an API".to_owned(), |error| error.to_string());
                slot.definition_diagnostics = [Diagnostic::error("part", key.to_string(), message)].into();
                return slot;
            }
        };
        slot.place = Some(place(&api));
        let mut diagnostics = Vec::new();
        let old = known.and_then(|known| known.definition.as_deref());
        let schemas_key = PartKey::ApiSchemas(key.name().to_owned());
        let documents = match schemas.and_then(|part| self.decode(&schemas_key, part)) {
            Some(Part::ApiSchemas(part)) => documents(part),
            _ => Documents::default(),
        };
        slot.definition = define(api, documents, old, series, &mut diagnostics).map(Arc::new);
        slot.definition_diagnostics = diagnostics.into();
        if let Some(definition) = &slot.definition {
            let operations = definition.operations.iter().filter_map(|operation| operation.policy.as_ref());
            let resolvers = definition.graphql.iter().flat_map(|graphql| graphql.sources());
            let sources = definition.policy.iter().chain(operations).chain(resolvers);
            let ids: BTreeSet<Box<str>> = sources.flat_map(|source| source.fragments.iter().cloned()).collect();
            slot.fragments = ids.into_iter().collect();
        }
        slot
    }

    fn prefixes(&mut self, slots: &[Arc<ApiSlot>]) -> (Arc<crate::route::Prefixes>, Arc<[Diagnostic]>) {
        let same_place = |(new, old): (&Arc<ApiSlot>, &Arc<ApiSlot>)| {
            Arc::ptr_eq(new, old)
                || (new.name == old.name && new.place == old.place && new.api.is_some() == old.api.is_some())
        };
        let unchanged =
            self.previous.filter(|old| old.slots.len() == slots.len() && slots.iter().zip(&old.slots).all(same_place));
        let (prefixes, diagnostics) = match unchanged {
            Some(old) => (Arc::clone(&old.prefixes), Arc::clone(&old.place_diagnostics)),
            None => build_prefixes(slots),
        };
        for diagnostic in &*diagnostics {
            if let Some(name) = diagnostic.scope.strip_prefix("/apis/") {
                self.left_out.insert(PartKey::Api(name.to_owned()));
            }
        }
        self.diagnostics.extend(diagnostics.iter().cloned());
        (prefixes, diagnostics)
    }

    fn subscriptions(&mut self) -> Subscriptions {
        let bundle = self.bundle;
        let mut all = self.previous.map(|old| old.subscriptions.clone()).unwrap_or_default();
        let mut changes = Changes::default();
        for shard in 0..postern_bundle::limits::SHARDS {
            let key = PartKey::Subscriptions(shard);
            let part = bundle.get(&key);
            let hash = part.map(EncodedPart::hash);
            if hash == all.shard_hash(shard) {
                continue;
            }
            // A shard that cannot be decoded opens nothing, and is tried again at the next build.
            match part.and_then(|part| self.decode(&key, part)) {
                Some(Part::Subscriptions(list)) => all.replace(shard, hash, list, &mut changes),
                _ => all.replace(shard, None, Vec::new(), &mut changes),
            }
        }
        all.apply(&changes);
        all
    }

    fn users(&mut self) -> Users {
        let bundle = self.bundle;
        let mut all = self.previous.map(|old| old.users.clone()).unwrap_or_default();
        for shard in 0..postern_bundle::limits::SHARDS {
            let key = PartKey::Users(shard);
            let part = bundle.get(&key);
            if part.map(EncodedPart::hash) == all.shard_hash(shard) {
                continue;
            }
            let users = part.and_then(|part| match self.decode(&key, part)? {
                Part::Users(users) => Some((part.hash(), users)),
                _ => None,
            });
            all.replace(shard, users);
        }
        all
    }
}

impl Context<'_> {
    fn products_of(&self, api: &str) -> Vec<Arc<CheckedProduct>> {
        let base = api.split(';').next().unwrap_or(api);
        let indexes = self.memberships.get(base).map_or(&[][..], Vec::as_slice);
        indexes.iter().map(|&index| Arc::clone(&self.products[index as usize])).collect()
    }
}

/// Address of an API together with its schemas.
fn with_schemas(api: &EncodedPart, schemas: Option<&EncodedPart>) -> Hash {
    match schemas {
        None => api.hash(),
        Some(schemas) => Hash::of_chunks([api.hash().0.as_slice(), schemas.hash().0.as_slice()].into_iter()),
    }
}

/// The slot with programs for the current service, products and fragments.
fn relink(slot: &ApiSlot, linker: &mut Linker<'_>, context: &Context<'_>) -> ApiSlot {
    let products = context.products_of(&slot.name);
    let definition = slot.definition.as_ref().filter(|_| context.servable);
    let linked = definition.map(|definition| linker.link(definition, &products, context.refusal, context.entities));
    let (api, link_diagnostics) = linked.map(|linked| (linked.api, linked.diagnostics)).unwrap_or_default();
    ApiSlot {
        name: slot.name.clone(),
        hash: slot.hash,
        place: slot.place.clone(),
        definition: slot.definition.clone(),
        definition_diagnostics: Arc::clone(&slot.definition_diagnostics),
        products: products.into(),
        fragments: Arc::clone(&slot.fragments),
        api: api.map(Arc::new),
        link_diagnostics: link_diagnostics.into(),
    }
}

fn new_product(product: postern_bundle::Product, part: &EncodedPart, known: Option<&Arc<CheckedProduct>>) -> Product {
    let scope = format!("/products/{}/policies/policy", product.name);
    let known = known.and_then(|known| known.product.policy.as_ref());
    let policy = product.policy.as_ref().map(|text| Source::parse(text, DocumentKind::Policy, &scope, known));
    Product {
        hash: part.hash(),
        id: product.name.into(),
        name: product.display_name.into(),
        subscription_required: product.subscription_required,
        approval_required: product.approval_required,
        subscriptions_limit: product.subscriptions_limit,
        groups: named(product.groups),
        state: product.state,
        policy,
        apis: product.apis.into_iter().map(Into::into).collect(),
    }
}

fn build_prefixes(slots: &[Arc<ApiSlot>]) -> (Arc<crate::route::Prefixes>, Arc<[Diagnostic]>) {
    let mut builder = PrefixBuilder::default();
    let mut diagnostics = Vec::new();
    let mut served = Vec::with_capacity(slots.len());
    for slot in slots {
        let index = slot.api.as_ref().map(|_| {
            served.push(&*slot.name);
            ApiIndex(served.len() as u32 - 1)
        });
        let Some(place) = &slot.place else { continue };
        let Err(error) = builder.add(place, index) else { continue };
        let message = match error {
            PlaceError::Taken { by } => {
                let owner = by.and_then(|by| served.get(by.0 as usize)).copied();
                let owner = owner.map_or("an API that is left out".to_owned(), |owner| format!("API `{owner}`"));
                format!("the API cannot be reached: {owner} has the same path, version and revision")
            }
            other => format!("the API cannot be reached: {other}"),
        };
        diagnostics.push(Diagnostic::error("api-path", format!("/apis/{}", slot.name), message));
    }
    (Arc::new(builder.finish()), diagnostics.into())
}

fn same_policy(old: &Service, new: &Service) -> bool {
    match (&old.policy, &new.policy) {
        (None, None) => true,
        (Some(old), Some(new)) => Arc::ptr_eq(old, new) || old.hash == new.hash,
        _ => false,
    }
}

fn same_list(left: &[Arc<CheckedProduct>], right: &[Arc<CheckedProduct>]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| Arc::ptr_eq(left, right))
}
