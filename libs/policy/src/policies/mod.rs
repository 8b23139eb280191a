//! The catalogue: one file per policy, each with its rules, its compiled form and its tests; this table names them all.

mod base;
mod check_header;
mod choose;
pub(crate) mod cors;
#[cfg(test)]
mod documentation;
mod forward_request;
mod include_fragment;
mod ip_filter;
mod limit_concurrency;
mod mock_response;
mod rate_limit;
mod retry;
mod return_response;
mod rewrite_uri;
mod set_backend_service;
mod set_body;
mod set_header;
mod set_method;
mod set_query_parameter;
mod set_status;
mod set_variable;

use crate::definition::Definition;
use crate::document::flow::FlowDefinition;
use crate::section::{Section, Sections};

pub(crate) use choose::jump;
pub(crate) use forward_request::default_forward;
pub(crate) use retry::Retry;

/// Every policy there is, in alphabetical order.
static CATALOGUE: &[&Definition] = &[
    &base::DEFINITION,
    &check_header::DEFINITION,
    &cors::DEFINITION,
    &forward_request::DEFINITION,
    &include_fragment::DEFINITION,
    &ip_filter::DEFINITION,
    &mock_response::DEFINITION,
    &rate_limit::DEFINITION,
    &return_response::DEFINITION,
    &rewrite_uri::DEFINITION,
    &set_backend_service::DEFINITION,
    &set_body::DEFINITION,
    &set_header::DEFINITION,
    &set_method::DEFINITION,
    &set_query_parameter::DEFINITION,
    &set_status::DEFINITION,
    &set_variable::DEFINITION,
];

const IN_OUT_ERR: Sections = Sections::of(&[Section::Inbound, Section::Outbound, Section::OnError]);
const IN_OUT: Sections = Sections::of(&[Section::Inbound, Section::Outbound]);
const OUT_ERR: Sections = Sections::of(&[Section::Outbound, Section::OnError]);

/// Policies with policies inside.
static FLOWS: &[&FlowDefinition] = &[&choose::FLOW, &limit_concurrency::FLOW, &retry::FLOW];

/// Policies of APIM that are not in the catalogue yet, with their sections (`facts/apim.md` §2.0.1): using one is an error, since
/// leaving it out silently would change what the document means.
static NOT_YET: &[(&str, Sections)] = &[
    ("authentication-basic", Sections::INBOUND),
    ("authentication-certificate", Sections::INBOUND),
    ("authentication-managed-identity", IN_OUT),
    ("azure-openai-emit-token-metric", Sections::INBOUND),
    ("azure-openai-semantic-cache-lookup", Sections::INBOUND),
    ("azure-openai-semantic-cache-store", Sections::OUTBOUND),
    ("azure-openai-token-limit", Sections::INBOUND),
    ("cache-lookup", Sections::INBOUND),
    ("cache-lookup-value", Sections::ALL),
    ("cache-remove-value", Sections::ALL),
    ("cache-store", Sections::OUTBOUND),
    ("cache-store-value", Sections::ALL),
    ("cache-value", Sections::ALL),
    ("cross-domain", Sections::INBOUND),
    ("emit-metric", Sections::ALL),
    ("find-and-replace", Sections::ALL),
    ("invoke-dapr-binding", IN_OUT_ERR),
    ("invoke-request", Sections::ALL),
    ("json-to-xml", Sections::ALL),
    ("jsonp", Sections::OUTBOUND),
    ("llm-content-safety", IN_OUT),
    ("llm-emit-token-metric", Sections::INBOUND),
    ("llm-semantic-cache-lookup", Sections::INBOUND),
    ("llm-semantic-cache-store", Sections::OUTBOUND),
    ("llm-token-limit", Sections::INBOUND),
    ("log-to-eventhub", Sections::ALL),
    ("proxy", Sections::INBOUND),
    ("publish-to-dapr", IN_OUT_ERR),
    ("quota", Sections::INBOUND),
    ("quota-by-key", Sections::INBOUND),
    ("rate-limit-by-key", Sections::INBOUND),
    ("redirect-content-urls", IN_OUT),
    ("send-one-way-request", Sections::ALL),
    ("send-request", Sections::ALL),
    ("send-service-bus-message", IN_OUT_ERR),
    ("trace", Sections::ALL),
    ("validate-azure-ad-token", Sections::INBOUND),
    ("validate-client-certificate", Sections::INBOUND),
    ("validate-content", IN_OUT_ERR),
    ("validate-headers", OUT_ERR),
    ("validate-jwt", Sections::INBOUND),
    ("validate-odata-request", Sections::INBOUND),
    ("validate-parameters", Sections::INBOUND),
    ("validate-status-code", OUT_ERR),
    ("wait", Sections::ALL),
    ("xml-to-json", Sections::ALL),
    ("xsl-transform", IN_OUT_ERR),
];

/// Policies that a self-hosted gateway of the original skips (`facts/apim.md` §1.3).
static SKIPPED: &[&str] = &[
    "cosmosdb-data-source",
    "get-authorization-context",
    "http-data-source",
    "publish-event",
    "sql-data-source",
    "validate-graphql-request",
];

/// What is known of a policy name.
pub(crate) enum Known {
    Implemented(&'static Definition),
    Flow(&'static FlowDefinition),
    NotYet(Sections),
    Skipped,
}

/// Looks up an element name.
pub(crate) fn find(element: &str) -> Option<Known> {
    if let Some(definition) = CATALOGUE.iter().find(|definition| definition.rule.element == element) {
        return Some(Known::Implemented(definition));
    }
    if let Some(flow) = FLOWS.iter().find(|flow| flow.rule.element == element) {
        return Some(Known::Flow(flow));
    }
    if let Some((_, sections)) = NOT_YET.iter().find(|(name, _)| *name == element) {
        return Some(Known::NotYet(*sections));
    }
    SKIPPED.contains(&element).then_some(Known::Skipped)
}

/// Every policy name, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let implemented = CATALOGUE.iter().map(|definition| definition.rule.element);
    let implemented = implemented.chain(FLOWS.iter().map(|flow| flow.rule.element));
    implemented.chain(NOT_YET.iter().map(|(name, _)| *name)).chain(SKIPPED.iter().copied())
}
