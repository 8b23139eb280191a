//! `set-backend-service`: chooses where the request is sent.
//!
//! `<set-backend-service base-url="https://…"/>` or `<set-backend-service backend-id="id"/>` – exactly one; all sections. A `backend-id`
//! set by an outer scope can be overridden with another `backend-id` only: a `base-url` then has no effect. The Service Fabric (`sf-…`) and
//! Dapr (`dapr-…`) forms are not implemented yet.

use crate::definition::{ANY_SCOPE, Built, Content, Definition, ElementRule, Expression, Once, ValueRule, optional};
use crate::diagnostic::Findings;
use crate::exchange::BackendTarget;
use crate::policy::{Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Sections;

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
            optional("dapr-app-id", Expression::Allowed, ValueRule::Text),
            optional("dapr-method", Expression::Allowed, ValueRule::Text),
            optional("dapr-namespace", Expression::Allowed, ValueRule::Text),
        ],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    build,
};

#[derive(Debug)]
struct SetBackendService {
    target: BackendTarget,
}

fn build(element: &Element, findings: &mut Findings<'_>) -> Option<Built> {
    if let Some(attribute) =
        element.attributes.iter().find(|a| a.name.starts_with("sf-") || a.name.starts_with("dapr-"))
    {
        let message = format!("`{}` of `<set-backend-service>` is not supported yet", attribute.name);
        findings.error(attribute.offset, "attribute-not-supported", message);
        return None;
    }
    let target = match (element.literal("base-url"), element.literal("backend-id")) {
        (Some(url), None) => base_url(url, element, findings)?,
        (None, Some(id)) => BackendTarget::Id(id.into()),
        (Some(_), Some(_)) => {
            let message = "`<set-backend-service>` takes `base-url` or `backend-id`, not both";
            findings.error(element.offset, "attribute-conflict", message);
            return None;
        }
        (None, None) => {
            let message = "`<set-backend-service>` needs attribute `base-url` or `backend-id`";
            findings.error(element.offset, "attribute-missing", message);
            return None;
        }
    };
    Built::policy(SetBackendService { target })
}

/// An absolute URL: scheme `http` or `https`, a host, no query, fragment, user information or white space.
fn base_url(url: &str, element: &Element, findings: &mut Findings<'_>) -> Option<BackendTarget> {
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let head = url.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
    });
    let authority = rest.map(|rest| rest.split('/').next().unwrap_or(""));
    let host_ok = authority
        .is_some_and(|authority| !authority.is_empty() && !authority.starts_with(':') && !authority.contains('@'));
    if host_ok && !url.contains(|c: char| c == '?' || c == '#' || c == '\\' || c.is_whitespace() || c.is_control()) {
        return Some(BackendTarget::BaseUrl(url.into()));
    }
    let offset = element.attribute("base-url").map_or(element.offset, |attribute| attribute.value.offset);
    let message =
        "attribute `base-url` must be an absolute http or https URL without query, such as https://host:port/path";
    findings.error(offset, "value-invalid", message);
    None
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
        context.exchange.set_backend(&self.target);
        Step::Next
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Backend(&self.target)
    }
}
