//! `set-backend-service`: chooses where the request is sent.
//!
//! `<set-backend-service base-url="https://…"/>` or `<set-backend-service backend-id="id"/>` – exactly one; all sections. A query in
//! `base-url` goes in front of the request's own. A `backend-id` set by an outer scope can be overridden with another `backend-id` only: a `base-url` then has no effect.
//! `<set-backend-service backend-id="dapr" dapr-app-id="a" dapr-method="m" dapr-namespace="n"/>` sends to the method of an application at the gateway's
//! Dapr sidecar; the method takes the place of the path, and without one the path is the method. `/` in the names of application and namespace is encoded; empty
//! ones, and `.` and `..` also in the method, are refused.
//! Deviation: the Service Fabric form (`sf-…`) fails: self-hosted gateways reach no Service Fabric, so no request that comes to it goes anywhere.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional,
};
use crate::exchange::BackendTarget;
use crate::policies::dapr::{DAPR_PORT, sidecar_url};
use crate::policies::path_name;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::{Attribute, Element};
use crate::section::Sections;
use crate::url;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "set-backend-service",
        attributes: &[
            optional("base-url", Expression::Allowed, ValueRule::NonEmpty),
            optional("backend-id", Expression::Allowed, ValueRule::NonEmpty),
            optional("sf-resolve-condition", Expression::Allowed, ValueRule::Text),
            optional("sf-service-instance-name", Expression::Allowed, ValueRule::Text),
            optional("sf-partition-key", Expression::Allowed, ValueRule::Text),
            optional("sf-listener-name", Expression::Allowed, ValueRule::Text),
            optional("sf-replica-type", Expression::Allowed, ValueRule::Text),
            optional("dapr-app-id", Expression::Allowed, ValueRule::NonEmpty),
            optional("dapr-method", Expression::Allowed, ValueRule::NonEmpty),
            optional("dapr-namespace", Expression::Allowed, ValueRule::Text),
        ],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::LateIf(has_one_target),
    build,
};

#[derive(Debug)]
struct SetBackendService {
    target: BackendTarget,
    /// The query of `base-url`; goes in front of the request's.
    query: Box<[u8]>,
    /// Takes the place of the request's path.
    path: Option<Box<[u8]>>,
    /// The path of a target at the Dapr sidecar.
    below_sidecar: Option<Box<str>>,
}

/// Whether it is clear what kind of target it has; and says so if that cannot be reached.
fn has_one_target(element: &Element, builder: &mut Builder<'_, '_>) -> bool {
    let id = element.attribute("backend-id");
    let fault = match (element.attribute("base-url"), id) {
        (Some(_), Some(_)) => Some((
            element.offset,
            "attribute-conflict",
            "`<set-backend-service>` takes `base-url` or `backend-id`, not both".to_owned(),
        )),
        (None, None) => Some((
            element.offset,
            "attribute-missing",
            "`<set-backend-service>` needs attribute `base-url` or `backend-id`".to_owned(),
        )),
        _ => {
            // An id that is computed may be that of the sidecar.
            let may_be_dapr = id.is_some_and(|id| !id.value.is_literal() || is_dapr(&id.value.text));
            let attribute = element.attributes.iter().find(|attribute| attribute.name.starts_with("dapr-"));
            attribute.filter(|_| !may_be_dapr).map(|attribute| {
                let message = format!("`{}` goes with backend-id=\"dapr\"", attribute.name);
                (attribute.offset, "attribute-conflict", message)
            })
        }
    };
    if let Some((offset, code, message)) = fault {
        builder.error(offset, code, message);
        return false;
    }
    if let Some(attribute) = service_fabric(element) {
        let message = format!(
            "`{}` needs Service Fabric, which self-hosted gateways do not reach: requests that come here fail",
            attribute.name
        );
        let suggestion = "give the service an address of its own and name it with base-url".to_owned();
        builder.warning(attribute.offset, "service-fabric", message, Some(suggestion));
    }
    true
}

fn is_dapr(id: &str) -> bool {
    id.trim().eq_ignore_ascii_case("dapr")
}

fn service_fabric(element: &Element) -> Option<&Attribute> {
    element.attributes.iter().find(|attribute| attribute.name.starts_with("sf-"))
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    if service_fabric(element).is_some() {
        return Built::policy(ServiceFabric);
    }
    if element.literal("backend-id").is_some_and(is_dapr) {
        return dapr(element, builder).and_then(Built::policy);
    }
    let policy = match (element.literal("base-url"), element.literal("backend-id")) {
        (Some(url), None) => base_url(url, element, builder)?,
        (None, Some(id)) => SetBackendService {
            target: BackendTarget::Id(id.into()),
            query: Box::default(),
            path: None,
            below_sidecar: None,
        },
        // Has been reported.
        _ => return None,
    };
    Built::policy(policy)
}

/// The method of an application at the sidecar.
fn dapr(element: &Element, builder: &mut Builder<'_, '_>) -> Option<SetBackendService> {
    // An empty namespace is none.
    let given = |name: &str| element.literal(name).map(str::trim).filter(|text| !text.is_empty());
    for name in ["dapr-app-id", "dapr-method", "dapr-namespace"] {
        if let Some(Err(fault)) = given(name).map(|text| path_name::checked(name, text)) {
            let offset = element.attribute(name).map_or(element.offset, |attribute| attribute.value.offset);
            builder.error(offset, "value-invalid", fault);
            return None;
        }
    }
    let application = given("dapr-app-id");
    if application.is_none() {
        let message = "backend-id=\"dapr\" without `dapr-app-id` reaches no application";
        builder.warning(element.offset, "dapr-app-missing", message, Some("add dapr-app-id=\"…\"".to_owned()));
    }
    let mut base = b"/v1.0/invoke/".to_vec();
    url::encode_component(&mut base, application.unwrap_or_default());
    if let Some(namespace) = given("dapr-namespace") {
        base.push(b'.');
        url::encode_component(&mut base, namespace);
    }
    base.extend_from_slice(b"/method");
    let path = given("dapr-method").map(|method| {
        let mut path = base.clone();
        path.push(b'/');
        url::push_path(&mut path, method.trim_start_matches('/').as_bytes());
        path.into()
    });
    // Without a method the request's own path is one.
    let base = if path.is_some() { "".into() } else { String::from_utf8_lossy(&base) };
    let target = BackendTarget::BaseUrl(sidecar_url(DAPR_PORT, &base).into());
    Some(SetBackendService { target, query: Box::default(), path, below_sidecar: Some(base.into()) })
}

/// The base URL and its query, if it can be used: scheme, host, no fragment, user information or white space. A WebSocket starts as an
/// HTTP request, so `ws` and `wss` mean `http` and `https` here.
fn base_url(written: &str, element: &Element, builder: &mut Builder<'_, '_>) -> Option<SetBackendService> {
    let parts = SCHEMES.iter().find_map(|(prefix, scheme)| {
        let head = written.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| (*scheme, &written[prefix.len()..]))
    });
    let legal = !written.contains(|c: char| c == '#' || c == '\\' || c.is_whitespace() || c.is_control());
    if let Some((scheme, rest)) = parts.filter(|_| legal) {
        let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = location.split('/').next().unwrap_or("");
        if !authority.is_empty() && !authority.starts_with(':') && !authority.contains('@') {
            let target = BackendTarget::BaseUrl(format!("{scheme}{location}").into());
            return Some(SetBackendService { target, query: query.as_bytes().into(), path: None, below_sidecar: None });
        }
    }
    let offset = element.attribute("base-url").map_or(element.offset, |attribute| attribute.value.offset);
    let message = "attribute `base-url` must be an absolute URL such as https://host:port/path";
    builder.error(offset, "value-invalid", message);
    None
}

/// Schemes as written and as used.
const SCHEMES: &[(&str, &str)] =
    &[("http://", "http://"), ("https://", "https://"), ("ws://", "http://"), ("wss://", "https://")];

/// The form for Service Fabric.
#[derive(Debug)]
struct ServiceFabric;

impl Policy for ServiceFabric {
    fn start(&self, _context: &mut PolicyContext<'_>) -> Step {
        let message = "Service Fabric cannot be reached from a self-hosted gateway.";
        Step::Fail(Box::new(Failure {
            reason: "BackendConnectionFailure".into(),
            message: message.into(),
            response: DefaultResponse::Internal,
        }))
    }
}

impl Policy for SetBackendService {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        match &self.target {
            BackendTarget::Id(_) => context.state.backend_id_scope = Some(context.scope),
            BackendTarget::BaseUrl(_) => {
                if context.state.backend_id_scope.is_some_and(|scope| scope < context.scope) {
                    return Step::Next;
                }
                context.state.backend_id_scope = None;
            }
        }
        match &self.below_sidecar {
            Some(base) if context.exchange.dapr_port() != DAPR_PORT => {
                let url = sidecar_url(context.exchange.dapr_port(), base);
                context.exchange.set_backend(&BackendTarget::BaseUrl(url.into()));
            }
            _ => context.exchange.set_backend(&self.target),
        }
        if let Some(path) = &self.path {
            context.exchange.set_path(path);
        }
        if !self.query.is_empty() {
            let scratch = &mut context.state.scratch;
            scratch.clear();
            url::push_query(scratch, &self.query);
            if !context.exchange.query().is_empty() {
                scratch.push(b'&');
                scratch.extend_from_slice(context.exchange.query());
            }
            context.exchange.set_query(scratch);
            scratch.clear();
        }
        Step::Next
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Backend(&self.target)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::compile::{Scope, compile};
    use crate::document::{DocumentKind, parse_document};
    use crate::exchange::BackendTarget;
    use crate::run::Run;
    use crate::section::ScopeName;
    use crate::testing::{Expect, MemoryExchange, check, drive};

    fn url(url: &str) -> Option<BackendTarget> {
        Some(BackendTarget::BaseUrl(url.into()))
    }

    fn id(id: &str) -> Option<BackendTarget> {
        Some(BackendTarget::Id(id.into()))
    }

    #[test]
    fn the_last_one_of_a_scope_chooses_the_backend() {
        for (policy, target) in [
            ("<set-backend-service base-url=' https://a.example:8443/x '/>", url("https://a.example:8443/x")),
            ("<set-backend-service backend-id='b'/>", id("b")),
            ("<set-backend-service base-url='http://a'/><set-backend-service backend-id='b'/>", id("b")),
            ("<set-backend-service backend-id='b'/><set-backend-service base-url='HTTP://a'/>", url("http://a")),
            ("<set-backend-service base-url='wss://a/rt'/>", url("https://a/rt")),
            ("<set-backend-service base-url='ws://a:81'/>", url("http://a:81")),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Backend(target)]);
        }
        let backend = "<policies><backend><set-backend-service backend-id='b'/><forward-request/></backend></policies>";
        check(backend, MemoryExchange::get("/"), &[Expect::Backend(id("b")), Expect::EffectCount(1)]);
    }

    #[test]
    fn the_query_of_a_base_url_goes_in_front_of_the_requests() {
        let policy = "<set-backend-service base-url='https://a/x?api-version=1'/>";
        check(
            policy,
            MemoryExchange::get("/p?q=2"),
            &[Expect::Backend(url("https://a/x")), Expect::Request("GET", "/p?api-version=1&q=2")],
        );
        check(policy, MemoryExchange::get("/p"), &[Expect::Request("GET", "/p?api-version=1")]);
    }

    #[test]
    fn exactly_one_absolute_target_is_required() {
        for (attributes, code) in [
            ("", "attribute-missing"),
            ("base-url='http://a' backend-id='b'", "attribute-conflict"),
            ("base-url='a.example'", "value-invalid"),
            ("base-url='ftp://a'", "value-invalid"),
            ("base-url='http://'", "value-invalid"),
            ("base-url='http://:80'", "value-invalid"),
            ("base-url='http://u:p@a'", "value-invalid"),
            ("base-url='http://?b=c'", "value-invalid"),
            ("base-url='http://a/#b'", "value-invalid"),
            ("base-url='http://a b'", "value-invalid"),
            ("backend-id=''", "value-invalid"),
            ("backend-id='@(a)'", "expression-invalid"),
            ("backend-id='dapr' dapr-method='a'", "dapr-app-missing"),
            ("backend-id='b' dapr-app-id='a' dapr-method='m'", "attribute-conflict"),
            ("backend-id='@(\"b\")' base-url='http://a'", "attribute-conflict"),
            ("backend-id='dapr' base-url='@(\"b\")'", "attribute-conflict"),
            ("base-url='@(\"http://a\")' dapr-method='m'", "attribute-conflict"),
            ("sf-partition-key='@(1)'", "attribute-missing"),
        ] {
            check(&format!("<set-backend-service {attributes}/>"), MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }

    #[test]
    fn requests_for_service_fabric_fail_and_a_warning_says_so() {
        let message = "Service Fabric cannot be reached from a self-hosted gateway.";
        for attributes in [
            "backend-id='f' sf-service-instance-name='fabric:/a/b' sf-resolve-condition='@(context.LastError?.Reason == \"BackendConnectionFailure\")'",
            "base-url='fabric:/a/b' sf-partition-key='1' sf-listener-name='l' sf-replica-type='primary'",
        ] {
            let expected =
                [Expect::Codes(&["service-fabric"]), Expect::LastError(Some(("BackendConnectionFailure", message)))];
            check(&format!("<set-backend-service {attributes}/>"), MemoryExchange::get("/"), &expected);
        }
    }

    #[test]
    fn a_dapr_application_is_reached_over_the_sidecar() {
        for (attributes, path) in [
            ("dapr-app-id='app' dapr-method='m'", "/v1.0/invoke/app/method/m"),
            (
                "dapr-app-id='@(\"a\" + 1)' dapr-method='/x/y z' dapr-namespace='ns'",
                "/v1.0/invoke/a1.ns/method/x/y%20z",
            ),
        ] {
            let policy = format!("<set-backend-service backend-id='dapr' {attributes}/>");
            let expected = [
                Expect::Backend(Some(BackendTarget::BaseUrl("http://localhost:3500".into()))),
                Expect::Request("GET", &format!("{path}?a=1")),
            ];
            check(&policy, MemoryExchange::get("/old?a=1"), &expected);
        }
        let target = BackendTarget::BaseUrl("http://localhost:3500/v1.0/invoke/app/method".into());
        let expected = [Expect::Backend(Some(target)), Expect::Request("GET", "/old")];
        let policy = "<set-backend-service backend-id='dapr' dapr-app-id='app'/>";
        check(policy, MemoryExchange::get("/old"), &expected);
    }

    #[test]
    fn names_of_dapr_stay_in_their_place_in_the_path() {
        let policy = "<set-backend-service backend-id='dapr' dapr-app-id='@(\"a/b?\")' dapr-method='@(\"x/y?z\")' dapr-namespace='@(\"\")'/>";
        let path = "/v1.0/invoke/a%2Fb%3F/method/x/y%3Fz";
        check(policy, MemoryExchange::get("/old"), &[Expect::Codes(&[]), Expect::Request("GET", path)]);
        let policy =
            "<set-backend-service backend-id='dapr' dapr-app-id='a' dapr-method='m' dapr-namespace='@(\"n/m\")'/>";
        let path = "/v1.0/invoke/a.n%2Fm/method/m";
        check(policy, MemoryExchange::get("/old"), &[Expect::Codes(&[]), Expect::Request("GET", path)]);
    }

    #[test]
    fn names_of_dapr_that_are_empty_or_climb_out_of_the_path_are_refused() {
        let dots = "must not have `.` or `..` as a name";
        for (attribute, name, rule) in [
            ("dapr-app-id", "../x", dots),
            ("dapr-app-id", "%2e%2e", dots),
            ("dapr-app-id", "", "must be some text"),
            ("dapr-method", "m/../../x", dots),
            ("dapr-method", "m/%2E.", dots),
            ("dapr-method", "", "must be some text"),
            ("dapr-method", "/", "must be some text"),
            ("dapr-namespace", "..", dots),
        ] {
            let policy = |value: &str| {
                let others = ["dapr-app-id", "dapr-method"].into_iter().filter(|other| *other != attribute);
                let others: String = others.map(|other| format!("{other}='o' ")).collect();
                format!("<set-backend-service backend-id='dapr' {others}{attribute}='{value}'/>")
            };
            let of = if name.is_empty() { " of `<set-backend-service>`" } else { "" };
            let message = format!(
                "The value of an expression cannot be used: attribute `{attribute}`{of} {rule}, found `{name}`"
            );
            let error = Some(("ExpressionValueEvaluationFailure", &*message));
            let expected = [Expect::Codes(&[]), Expect::LastError(error), Expect::EffectCount(0)];
            check(&policy(&format!("@(\"{name}\" + \"\")")), MemoryExchange::get("/"), &expected);
            check(&policy(name), MemoryExchange::get("/"), &[Expect::Codes(&["value-invalid"])]);
        }
    }

    #[test]
    fn an_inherited_backend_id_is_overridden_by_backend_id_only() {
        let scopes = |outer: &str, inner: &str| {
            let document = |text: &str| {
                let text = format!("<policies><inbound>{text}</inbound></policies>");
                let (document, diagnostics) = parse_document(&text, DocumentKind::Policy);
                assert_eq!(diagnostics, []);
                Arc::new(document)
            };
            let (api, operation) = (document(outer), document(&format!("<base/>{inner}")));
            let (program, diagnostics) = compile(
                &[
                    Scope { name: ScopeName::Api, entity: "a", document: &api },
                    Scope { name: ScopeName::Operation, entity: "o", document: &operation },
                ],
                &|_| None,
            );
            let mut exchange = MemoryExchange::get("/");
            drive(&program, &mut exchange, &mut Run::new());
            (exchange.backend, diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), program.backends().count())
        };
        let by_id = "<set-backend-service backend-id='outer'/>";
        let by_url = "<set-backend-service base-url='http://outer'/>";
        assert_eq!(
            scopes(by_id, "<set-backend-service base-url='http://a'/>"),
            (id("outer"), vec!["backend-id-inherited"], 2)
        );
        assert_eq!(scopes(by_id, "<set-backend-service backend-id='inner'/>"), (id("inner"), vec![], 2));
        assert_eq!(scopes(by_url, "<set-backend-service base-url='http://a'/>"), (url("http://a"), vec![], 2));
        assert_eq!(scopes(by_url, "<set-backend-service backend-id='inner'/>"), (id("inner"), vec![], 2));
    }
}
