//! The catalogue: one file per policy, each with its rules, its compiled form and its tests; this table names them all.

mod authentication_basic;
mod authentication_certificate;
mod authentication_managed_identity;
mod azure_openai_emit_token_metric;
mod azure_openai_semantic_cache_lookup;
mod azure_openai_semantic_cache_store;
mod azure_openai_token_limit;
mod base;
mod body_conversion;
mod cache_key;
mod cache_lookup;
mod cache_lookup_value;
mod cache_remove_value;
mod cache_store;
mod cache_store_value;
mod cache_value;
mod call_limit;
mod check_header;
mod choose;
pub(crate) mod cors;
mod cross_domain;
mod dapr;
#[cfg(test)]
mod documentation;
mod elsewhere;
mod emit_metric;
#[cfg(test)]
mod facts;
mod find_and_replace;
mod forward_request;
mod get_authorization_context;
mod http_data_source;
mod in_turns;
mod include_fragment;
mod invoke_dapr_binding;
mod invoke_request;
mod ip_filter;
mod json_to_xml;
mod jsonp;
mod limit_concurrency;
mod llm_content_safety;
mod llm_emit_token_metric;
mod llm_response;
mod llm_semantic_cache_lookup;
mod llm_semantic_cache_store;
mod llm_token_limit;
mod log_to_eventhub;
mod message_body;
mod mock_response;
mod parameter_check;
mod path_name;
mod proxy;
mod publish_event;
mod publish_to_dapr;
mod quota;
mod quota_by_key;
mod quota_limit;
mod rate_limit;
mod rate_limit_by_key;
mod reading;
mod redirect_content_urls;
mod retry;
mod return_response;
mod rewrite_uri;
mod send_one_way_request;
mod send_request;
mod send_service_bus_message;
mod set_backend_service;
mod set_body;
mod set_header;
mod set_method;
mod set_query_parameter;
mod set_status;
mod set_url;
mod set_variable;
mod trace;
mod validate_azure_ad_token;
mod validate_client_certificate;
mod validate_content;
mod validate_graphql_request;
mod validate_headers;
mod validate_jwt;
mod validate_odata_request;
mod validate_parameters;
mod validate_status_code;
mod validation;
mod wait;
mod xml_to_json;
mod xsl_transform;

use crate::definition::{Definition, ElementRule};
use crate::document::flow::FlowDefinition;
use crate::section::{Section, Sections};

pub(crate) use body_conversion::Format;
pub(crate) use cache_lookup::ResponseKey;
pub(crate) use cache_value::PendingValue;
pub(crate) use choose::jump;
pub use dapr::DAPR_PORT;
pub(crate) use forward_request::default_forward;
pub(crate) use in_turns::Underway;
pub(crate) use llm_content_safety::SafetyCheck;
pub(crate) use llm_response::{llm_request, llm_response};
pub(crate) use llm_semantic_cache_lookup::SemanticKey;
pub(crate) use llm_semantic_cache_store::Recording;
pub(crate) use retry::Retry;
pub(crate) use return_response::FRAMING;
pub(crate) use send_request::encoded;

/// Every policy there is, in alphabetical order.
static CATALOGUE: &[&Definition] = &[
    &authentication_basic::DEFINITION,
    &authentication_certificate::DEFINITION,
    &authentication_managed_identity::DEFINITION,
    &azure_openai_emit_token_metric::DEFINITION,
    &azure_openai_semantic_cache_lookup::DEFINITION,
    &azure_openai_semantic_cache_store::DEFINITION,
    &azure_openai_token_limit::DEFINITION,
    &base::DEFINITION,
    &cache_lookup::DEFINITION,
    &cache_lookup_value::DEFINITION,
    &cache_remove_value::DEFINITION,
    &cache_store::DEFINITION,
    &cache_store_value::DEFINITION,
    &check_header::DEFINITION,
    &cors::DEFINITION,
    &cross_domain::DEFINITION,
    &emit_metric::DEFINITION,
    &find_and_replace::DEFINITION,
    &forward_request::DEFINITION,
    &get_authorization_context::DEFINITION,
    &include_fragment::DEFINITION,
    &invoke_dapr_binding::DEFINITION,
    &invoke_request::DEFINITION,
    &ip_filter::DEFINITION,
    &json_to_xml::DEFINITION,
    &jsonp::DEFINITION,
    &llm_content_safety::DEFINITION,
    &llm_emit_token_metric::DEFINITION,
    &llm_semantic_cache_lookup::DEFINITION,
    &llm_semantic_cache_store::DEFINITION,
    &llm_token_limit::DEFINITION,
    &log_to_eventhub::DEFINITION,
    &mock_response::DEFINITION,
    &proxy::DEFINITION,
    &publish_to_dapr::DEFINITION,
    &quota::DEFINITION,
    &quota_by_key::DEFINITION,
    &rate_limit::DEFINITION,
    &rate_limit_by_key::DEFINITION,
    &redirect_content_urls::DEFINITION,
    &return_response::DEFINITION,
    &rewrite_uri::DEFINITION,
    &send_one_way_request::DEFINITION,
    &send_request::DEFINITION,
    &send_service_bus_message::DEFINITION,
    &set_backend_service::DEFINITION,
    &set_body::DEFINITION,
    &set_header::DEFINITION,
    &set_method::DEFINITION,
    &set_query_parameter::DEFINITION,
    &set_status::DEFINITION,
    &set_variable::DEFINITION,
    &validate_azure_ad_token::DEFINITION,
    &validate_client_certificate::DEFINITION,
    &validate_content::DEFINITION,
    &validate_graphql_request::DEFINITION,
    &validate_headers::DEFINITION,
    &validate_jwt::DEFINITION,
    &validate_odata_request::DEFINITION,
    &validate_parameters::DEFINITION,
    &validate_status_code::DEFINITION,
    &trace::DEFINITION,
    &xml_to_json::DEFINITION,
    &xsl_transform::DEFINITION,
];

const IN_OUT_ERR: Sections = Sections::of(&[Section::Inbound, Section::Outbound, Section::OnError]);
const IN_OUT: Sections = Sections::of(&[Section::Inbound, Section::Outbound]);
const OUT_ERR: Sections = Sections::of(&[Section::Outbound, Section::OnError]);

/// Policies with policies inside.
static FLOWS: &[&FlowDefinition] =
    &[&cache_value::FLOW, &choose::FLOW, &limit_concurrency::FLOW, &retry::FLOW, &wait::FLOW];

/// Policies of resolvers only.
static RESOLVER: &[&Definition] = &[&publish_event::DEFINITION, &set_url::DEFINITION];

/// The root of a resolver's document.
pub(crate) static HTTP_DATA_SOURCE: &ElementRule = &http_data_source::RULE;

/// What has no meaning outside of resolvers.
static SKIPPED: &[&str] = &["cosmosdb-data-source", "http-data-source", "publish-event", "sql-data-source"];

/// What is known of a policy name.
pub(crate) enum Known {
    Implemented(&'static Definition),
    Flow(&'static FlowDefinition),
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
    SKIPPED.contains(&element).then_some(Known::Skipped)
}

/// Looks up an element name in the document of a resolver.
pub(crate) fn find_in_resolver(element: &str) -> Option<Known> {
    let own = RESOLVER.iter().find(|definition| definition.rule.element == element);
    own.map(|definition| Known::Implemented(definition)).or_else(|| find(element))
}

/// Every policy name, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let implemented = CATALOGUE.iter().map(|definition| definition.rule.element);
    let implemented = implemented.chain(FLOWS.iter().map(|flow| flow.rule.element));
    implemented.chain(SKIPPED.iter().copied())
}
