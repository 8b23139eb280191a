//! Programs: the documents of service, product, API and operation compiled together, once for each context.
//!
//! What must hold: nothing is served with less policy than configured. A service policy with an error takes every API
//! with it, an error in an API's or operation's policy that API, and a product whose policy has an error answers 500 to
//! everything in its context.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use postern_bundle::{Diagnostic, Logger, PolicySource};
use postern_policy::{Compiler, DocumentKind, GraphqlApi, Program, Resolvers, Scope, ScopeName, has_errors};

use super::api::{Api, ApiDefinition, ContextPrograms, ProductIndex, literal_urls, programs};
use super::certificates::Certificates;
use super::contract::{self, GlobalDocuments};
use super::product::Product;
use super::source::Source;

/// What a broken product's context answers.
const REFUSAL: &str = r#"<policies><inbound><return-response><set-status code="500" reason="Internal Server Error"/>
<set-header name="Content-Type" exists-action="override"><value>application/json</value></set-header>
<set-body>{ "statusCode": 500, "message": "Internal server error" }</set-body></return-response></inbound>
<backend/><outbound/><on-error/></policies>"#;

/// A product and whether its policy can be used.
#[derive(Debug)]
pub(super) struct CheckedProduct {
    pub(super) product: Arc<Product>,
    pub(super) broken: bool,
    pub(super) diagnostics: Box<[Diagnostic]>,
}

/// What policies name besides backends.
pub(super) struct Entities<'a> {
    pub(super) schemas: &'a GlobalDocuments,
    pub(super) certificates: &'a Certificates,
    pub(super) loggers: &'a HashMap<Box<str>, Logger>,
}

impl Entities<'_> {
    /// Says what is named and not there.
    fn check(&self, definition: &ApiDefinition, contexts: &[ContextPrograms], findings: &mut Vec<Diagnostic>) {
        let mut warn = |code: &str, message: String| {
            let finding = Diagnostic::warning(code, format!("/apis/{}", definition.id), message);
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        };
        for program in programs(contexts) {
            for id in program.certificates().filter(|id| self.certificates.identity(id).is_none()) {
                warn("certificate-unknown", format!("a policy names the certificate `{id}`, which does not exist"));
            }
            for thumbprint in program.thumbprints() {
                // As certificate managers show it: with spaces or colons.
                let bare: String = thumbprint.chars().filter(char::is_ascii_alphanumeric).collect();
                if self.certificates.with_thumbprint(&bare).is_none() {
                    let message = format!(
                        "a policy names the certificate with the thumbprint `{thumbprint}`, which does not exist"
                    );
                    warn("certificate-unknown", message);
                }
            }
            for id in program.loggers().filter(|id| !self.loggers.contains_key(&*id.to_ascii_lowercase())) {
                let message =
                    format!("a policy names the logger `{id}`, which does not exist: its events go to the log");
                warn("logger-unknown", message);
            }
        }
    }
}

/// Compiles for one build.
pub(super) struct Linker<'a> {
    compiler: Compiler<'a>,
    service: Option<Arc<Source>>,
}

/// One API as far as linking goes.
pub(super) struct Linked {
    pub(super) api: Option<Api>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'a> Linker<'a> {
    pub(super) fn new(compiler: Compiler<'a>, service: Option<Arc<Source>>) -> Self {
        Self { compiler, service }
    }

    /// The program of requests that match no API; `None` when the service's policy cannot be used.
    pub(super) fn service_program(&mut self) -> (Option<Arc<Program>>, Vec<Diagnostic>) {
        let mut findings = Findings::default();
        let mut good = true;
        if let Some(source) = &self.service {
            findings.all.extend(source.diagnostics.iter().cloned());
            good = source.document.is_some();
        }
        let (program, compiled) = self.compile(None, None, None);
        good &= !has_errors(&compiled);
        findings.add(&compiled, None, None, None);
        (good.then_some(program), findings.all)
    }

    /// The program for requests in the context of a product that cannot be used.
    pub(super) fn refusal() -> Arc<Program> {
        let source = PolicySource::new(REFUSAL);
        let source = Source::parse(&source, DocumentKind::Policy, "/", None);
        let document = source.document.clone();
        let scopes: Vec<Scope<'_>> =
            document.iter().map(|document| Scope { name: ScopeName::Global, entity: "", document }).collect();
        postern_policy::compile(&scopes, &|_| None).0
    }

    pub(super) fn check(&mut self, product: Arc<Product>) -> CheckedProduct {
        let mut findings = Findings::default();
        let mut broken = false;
        if let Some(source) = &product.policy {
            findings.all.extend(source.diagnostics.iter().cloned());
            let (_, compiled) = self.compile(Some(&product), None, None);
            broken = source.document.is_none() || has_errors(&compiled);
            findings.add(&compiled, Some(&product), None, None);
        }
        CheckedProduct { product, broken, diagnostics: findings.all.into() }
    }

    /// Compiles an API for no product and for each of its products.
    pub(super) fn link(
        &mut self,
        definition: &Arc<ApiDefinition>,
        products: &[Arc<CheckedProduct>],
        refusal: &Arc<Program>,
        entities: &Entities<'_>,
    ) -> Linked {
        let mut findings = Findings::default();
        let sources = definition.operations.iter().filter_map(|operation| operation.policy.as_ref());
        let resolvers = definition.graphql.iter().flat_map(|graphql| graphql.sources());
        let unusable = definition.policy.iter().chain(sources).chain(resolvers).any(|source| source.document.is_none());
        if unusable {
            return Linked { api: None, diagnostics: findings.all };
        }
        let mut good = true;
        let mut contexts = Vec::with_capacity(products.len() + 1);
        for product in std::iter::once(None).chain(products.iter().map(Some)) {
            if product.is_some_and(|product| product.broken) {
                let own_programs = definition.operations.iter().filter(|o| o.own_program.is_some()).count();
                let operations = vec![Arc::clone(refusal); own_programs].into();
                contexts.push(ContextPrograms { api: Arc::clone(refusal), operations });
                continue;
            }
            let product = product.map(|checked| &*checked.product);
            contexts.push(self.context(definition, product, &mut findings, &mut good));
        }
        let graphql = self.graphql(definition, &mut findings, &mut good);
        if !good {
            return Linked { api: None, diagnostics: findings.all };
        }
        let contexts: Box<[ContextPrograms]> = contexts.into();
        let (urls, wrong) = literal_urls(programs(&contexts));
        for (url, error) in wrong {
            let scope = format!("/apis/{}", definition.id);
            findings.all.push(Diagnostic::error(
                "backend-url",
                scope,
                format!("backend URL `{url}` cannot be used: {error}"),
            ));
        }
        let schemas = contract::link(definition, &contexts, entities.schemas, &mut findings.all);
        entities.check(definition, &contexts, &mut findings.all);
        let products: Box<[Arc<Product>]> = products.iter().map(|checked| Arc::clone(&checked.product)).collect();
        let open_product = products.iter().position(|product| product.is_open());
        let open_product = open_product.map(|index| ProductIndex(index as u32));
        let api = Api { definition: Arc::clone(definition), products, open_product, contexts, urls, graphql, schemas };
        Linked { api: Some(api), diagnostics: findings.all }
    }

    /// The GraphQL API with the programs of its resolvers.
    fn graphql(
        &mut self,
        definition: &ApiDefinition,
        findings: &mut Findings,
        good: &mut bool,
    ) -> Option<Arc<GraphqlApi>> {
        let graphql = definition.graphql.as_ref()?;
        let resolvers = graphql.resolvers.as_ref().map(|resolvers| {
            let mut programs = Resolvers::default();
            for resolver in resolvers {
                let Some(document) = &resolver.policy.document else { continue };
                let (program, found) = self.compiler.compile_resolver(document, &resolver.name);
                *good &= !has_errors(&found);
                let scope = format!("/apis/{}/resolvers/{}/policies/policy", definition.id, resolver.name);
                findings.all.extend(found.iter().map(|finding| Diagnostic::from_policy(scope.clone(), finding)));
                programs.add(&resolver.type_name, &resolver.field, program);
            }
            programs
        });
        Some(Arc::new(GraphqlApi { schema: graphql.schema.clone(), resolvers }))
    }

    fn context(
        &mut self,
        definition: &ApiDefinition,
        product: Option<&Product>,
        findings: &mut Findings,
        good: &mut bool,
    ) -> ContextPrograms {
        let (api, found) = self.compile(product, Some(definition), None);
        *good &= !has_errors(&found);
        findings.add(&found, product, Some(definition), None);
        let mut own = Vec::new();
        for operation in &definition.operations {
            let Some(source) = &operation.policy else { continue };
            let (program, found) = self.compile(product, Some(definition), Some((&operation.id, source)));
            *good &= !has_errors(&found);
            findings.add(&found, product, Some(definition), Some(&operation.id));
            own.push(program);
        }
        ContextPrograms { api, operations: own.into() }
    }

    fn compile(
        &mut self,
        product: Option<&Product>,
        api: Option<&ApiDefinition>,
        operation: Option<(&str, &Arc<Source>)>,
    ) -> (Arc<Program>, Vec<postern_policy::Diagnostic>) {
        let documents = [
            (ScopeName::Global, "", self.service.as_ref()),
            (ScopeName::Product, product.map_or("", |p| &*p.id), product.and_then(|p| p.policy.as_ref())),
            (ScopeName::Api, api.map_or("", |a| &*a.id), api.and_then(|a| a.policy.as_ref())),
            (ScopeName::Operation, operation.map_or("", |(name, _)| name), operation.map(|(_, source)| source)),
        ];
        let mut scopes = smallvec::SmallVec::<[Scope<'_>; 4]>::new();
        for (name, entity, source) in documents {
            if let Some(document) = source.and_then(|source| source.document.as_ref()) {
                scopes.push(Scope { name, entity, document });
            }
        }
        self.compiler.compile(&scopes)
    }
}

/// Findings of compilation, each document's once although it takes part in many programs.
#[derive(Default)]
struct Findings {
    all: Vec<Diagnostic>,
    seen: HashSet<(String, &'static str, u32, u32)>,
}

impl Findings {
    fn add(
        &mut self,
        found: &[postern_policy::Diagnostic],
        product: Option<&Product>,
        api: Option<&ApiDefinition>,
        operation: Option<&str>,
    ) {
        for finding in found {
            let document = finding.document.as_deref().unwrap_or_default();
            let api_name = api.map_or("", |api| &*api.id);
            // A finding in a document of an outer scope has been reported there.
            let scope = match document {
                "global" if product.is_none() && api.is_none() => "/policies/policy".to_owned(),
                "product" if api.is_none() => {
                    format!("/products/{}/policies/policy", product.map_or("", |product| &*product.id))
                }
                "global" | "product" => continue,
                "operation" => {
                    format!("/apis/{api_name}/operations/{}/policies/policy", operation.unwrap_or_default())
                }
                _ => match (document.strip_prefix("fragment "), api, product) {
                    (Some(fragment), _, _) => format!("/policyFragments/{fragment}"),
                    (None, Some(api), _) => format!("/apis/{}/policies/policy", api.id),
                    (None, None, Some(product)) => format!("/products/{}/policies/policy", product.id),
                    (None, None, None) => "/policies/policy".to_owned(),
                },
            };
            if self.seen.insert((scope.clone(), finding.code, finding.line, finding.column)) {
                self.all.push(Diagnostic::from_policy(scope, finding));
            }
        }
    }
}
