//! What a resolver's program sees: a request and response of its own, and around them the request it is part of.
//!
//! The headers of the caller's request can be read, but only those that the resolver sets are sent: a data source is not to get what the
//! caller meant for the API. The body that the request comes with is `{"arguments":{…}}`; it is not sent either unless `set-body` says so.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use postern_dotnet::crypto::Certificate;

use super::{GraphqlApi, GraphqlField};
use crate::effect::{ClientCertificate, ForwardOptions, HttpProxy, HttpRequest, HttpResponse};
use crate::exchange::{
    ApiDetails, BackendTarget, DeploymentDetails, Exchange, ListedApi, Metric, MockExample, OperationDetails,
    ProductDetails, Revocation, Side, SubscriptionDetails, TraceEvent, UrlParts, UserDetails,
};
use crate::policies::{FRAMING, encoded};

/// Request and response of one resolver.
#[derive(Debug)]
pub(super) struct Message {
    method: Vec<u8>,
    /// Scheme, host and port of `set-url`.
    origin: String,
    path: Vec<u8>,
    query: Vec<u8>,
    target: Option<BackendTarget>,
    headers: Lines,
    /// Names of the caller's headers that the resolver has replaced or removed.
    hidden: Vec<String>,
    /// `{"arguments":{…}}`
    given: Vec<u8>,
    body: Option<Vec<u8>>,
    certificate: Option<ClientCertificate>,
    proxy: Option<HttpProxy>,
    pub(super) response: Option<Response>,
}

type Lines = Vec<(String, Vec<u8>)>;

#[derive(Debug, Default)]
pub(super) struct Response {
    pub(super) status: u16,
    reason: String,
    headers: Lines,
    pub(super) body: Vec<u8>,
}

impl Message {
    pub(super) fn new(arguments: &str) -> Message {
        Message {
            method: b"GET".to_vec(),
            origin: String::new(),
            path: b"/".to_vec(),
            query: Vec::new(),
            target: None,
            headers: Vec::new(),
            hidden: Vec::new(),
            given: format!("{{\"arguments\":{arguments}}}").into_bytes(),
            body: None,
            certificate: None,
            proxy: None,
            response: None,
        }
    }

    /// What is sent to the data source; `None`: nobody said where to.
    pub(super) fn request(&self, options: &ForwardOptions) -> Option<HttpRequest> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut target = text(&self.path);
        if !self.query.is_empty() {
            target.push('?');
            target.push_str(&text(&self.query));
        }
        let (url, backend) = match &self.target {
            Some(BackendTarget::Id(id)) => (target, Some(id.clone())),
            Some(BackendTarget::BaseUrl(base)) => (format!("{}{target}", base.trim_end_matches('/')), None),
            None if self.origin.is_empty() => return None,
            None => (format!("{}{target}", self.origin), None),
        };
        Some(HttpRequest {
            method: text(&self.method).into(),
            url: url.into(),
            backend,
            headers: self.headers.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect(),
            body: self.body.clone(),
            timeout_ms: options.timeout_ms,
            certificate: self.certificate.clone(),
            proxy: self.proxy.clone(),
            one_way: false,
        })
    }

    /// Takes what the data source answered.
    pub(super) fn answered(&mut self, response: HttpResponse) {
        let kept = response
            .headers
            .into_iter()
            .filter(|(name, _)| !FRAMING.iter().any(|other| name.eq_ignore_ascii_case(other)));
        self.response = Some(Response {
            status: response.status,
            reason: response.reason.into(),
            headers: kept.map(|(name, value)| (name.into(), value)).collect(),
            body: response.body,
        });
    }

    fn lines(&self, side: Side) -> &[(String, Vec<u8>)] {
        match (side, &self.response) {
            (Side::Request, _) => &self.headers,
            (Side::Response, Some(response)) => &response.headers,
            (Side::Response, None) => &[],
        }
    }

    fn lines_mut(&mut self, side: Side) -> &mut Lines {
        match side {
            Side::Request => &mut self.headers,
            Side::Response => &mut self.response_mut().headers,
        }
    }

    fn response_mut(&mut self) -> &mut Response {
        self.response.get_or_insert_with(|| Response { status: 200, ..Response::default() })
    }

    fn hides(&self, name: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
    }

    fn hide(&mut self, side: Side, name: &str) {
        if side == Side::Request && !self.hides(name) {
            self.hidden.push(name.to_owned());
        }
    }

    fn url(&self) -> UrlParts<'_> {
        let base = match &self.target {
            Some(BackendTarget::BaseUrl(base)) => base,
            _ => self.origin.as_str(),
        };
        let (scheme, rest) = base.split_once("://").unwrap_or(("https", ""));
        let authority = rest.split('/').next().unwrap_or_default();
        let usual = if scheme == "http" { 80 } else { 443 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().unwrap_or(usual)),
            _ => (authority, usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        UrlParts { scheme, host, port, path: self.path.as_slice().into(), query: &self.query }
    }
}

/// A resolver's exchange.
pub(super) struct View<'a> {
    pub(super) outer: &'a mut dyn Exchange,
    pub(super) message: &'a mut Message,
    pub(super) field: GraphqlField<'a>,
}

impl Exchange for View<'_> {
    fn method(&self) -> &[u8] {
        &self.message.method
    }

    fn set_method(&mut self, method: &[u8]) {
        self.message.method = method.to_vec();
    }

    fn path(&self) -> &[u8] {
        &self.message.path
    }

    fn set_path(&mut self, path: &[u8]) {
        self.message.path = path.to_vec();
    }

    fn query(&self) -> &[u8] {
        &self.message.query
    }

    fn set_query(&mut self, query: &[u8]) {
        self.message.query = query.to_vec();
    }

    fn set_url(&mut self, url: &str) {
        let url = encoded(url);
        let (location, query) = url.split_once('?').unwrap_or((&url, ""));
        let path_from =
            location.find("://").map_or(Some(0), |at| location.get(at + 3..)?.find('/').map(|slash| at + 3 + slash));
        let (origin, path) = location.split_at(path_from.unwrap_or(location.len()));
        self.message.origin = origin.to_owned();
        self.message.path = if path.starts_with('/') { path.into() } else { format!("/{path}").into_bytes() };
        self.message.query = query.into();
    }

    fn set_backend(&mut self, target: &BackendTarget) {
        self.message.target = Some(target.clone());
    }

    fn set_client_certificate(&mut self, certificate: &ClientCertificate) {
        self.message.certificate = Some(certificate.clone());
    }

    fn set_proxy(&mut self, proxy: &HttpProxy) {
        self.message.proxy = Some(proxy.clone());
    }

    fn header(&self, side: Side, name: &str) -> Option<&[u8]> {
        let mut own = self.message.lines(side).iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((_, value)) = own.next() {
            return Some(value);
        }
        if side == Side::Response || self.message.hides(name) {
            return None;
        }
        // The body the request comes with is JSON, whatever the caller's query came as.
        if self.message.body.is_none() && name.eq_ignore_ascii_case("Content-Type") {
            return Some(b"application/json");
        }
        self.outer.header(side, name)
    }

    fn header_values(&self, side: Side, name: &str, visit: &mut dyn FnMut(&[u8])) {
        let own = self.message.lines(side).iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        own.for_each(|(_, value)| visit(value));
        if side == Side::Request && !self.message.hides(name) {
            self.outer.header_values(side, name, visit);
        }
    }

    fn headers(&self, side: Side, visit: &mut dyn FnMut(&[u8], &[u8])) {
        self.message.lines(side).iter().for_each(|(name, value)| visit(name.as_bytes(), value));
        if side == Side::Request {
            self.outer.headers(side, &mut |name, value| {
                if !std::str::from_utf8(name).is_ok_and(|name| self.message.hides(name)) {
                    visit(name, value);
                }
            });
        }
    }

    fn set_header(&mut self, side: Side, name: &str, value: &[u8]) {
        self.remove_header(side, name);
        self.append_header(side, name, value);
    }

    fn append_header(&mut self, side: Side, name: &str, value: &[u8]) {
        self.message.lines_mut(side).push((name.to_owned(), value.to_vec()));
    }

    fn remove_header(&mut self, side: Side, name: &str) {
        self.message.hide(side, name);
        self.message.lines_mut(side).retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    fn status(&self) -> u16 {
        self.message.response.as_ref().map_or(200, |response| response.status)
    }

    fn set_status(&mut self, code: u16, reason: &str) {
        let response = self.message.response_mut();
        response.status = code;
        reason.clone_into(&mut response.reason);
    }

    fn reason(&self) -> &str {
        self.message.response.as_ref().map_or("", |response| &response.reason)
    }

    fn set_body(&mut self, side: Side, body: &[u8]) {
        self.put_body(side, body.to_vec());
    }

    fn put_body(&mut self, side: Side, body: Vec<u8>) {
        match side {
            Side::Request => self.message.body = Some(body),
            Side::Response => self.message.response_mut().body = body,
        }
    }

    fn body(&self, side: Side) -> Option<&[u8]> {
        Some(match side {
            Side::Request => self.message.body.as_deref().unwrap_or(&self.message.given),
            Side::Response => {
                self.message.response.as_ref().map(|response| response.body.as_slice()).unwrap_or_default()
            }
        })
    }

    fn content(&self, side: Side) -> Option<&[u8]> {
        self.body(side)
    }

    fn is_coded(&self, _side: Side) -> bool {
        false
    }

    fn has_body(&self, side: Side) -> bool {
        side == Side::Request || self.message.response.is_some()
    }

    fn begin_response(&mut self) {
        self.message.response = Some(Response { status: 200, ..Response::default() });
    }

    fn has_response(&self) -> bool {
        self.message.response.is_some()
    }

    fn backend_url(&self) -> UrlParts<'_> {
        self.message.url()
    }

    fn graphql_field(&self) -> Option<GraphqlField<'_>> {
        Some(self.field)
    }

    fn mock_example(&self, _status: u16, _content_type: Option<&str>, _index: Option<u32>) -> Option<MockExample<'_>> {
        None
    }

    fn graphql(&self) -> Option<&Arc<GraphqlApi>> {
        None
    }

    fn request_id(&self) -> &str {
        self.outer.request_id()
    }

    fn api_id(&self) -> &str {
        self.outer.api_id()
    }

    fn api_name(&self) -> &str {
        self.outer.api_name()
    }

    fn operation_id(&self) -> &str {
        self.outer.operation_id()
    }

    fn operation_name(&self) -> &str {
        self.outer.operation_name()
    }

    fn subscription_id(&self) -> Option<&str> {
        self.outer.subscription_id()
    }

    fn caller_ip(&self) -> Option<IpAddr> {
        self.outer.caller_ip()
    }

    fn unix_time(&self) -> Duration {
        self.outer.unix_time()
    }

    fn trusts(&self, certificate: &Certificate, revocation: Revocation, at: Duration) -> bool {
        self.outer.trusts(certificate, revocation, at)
    }

    fn matched_parameter(&self, name: &str) -> Option<&[u8]> {
        self.outer.matched_parameter(name)
    }

    fn matched_parameters(&self, visit: &mut dyn FnMut(&str, &[u8])) {
        self.outer.matched_parameters(visit);
    }

    fn is_template_query_parameter(&self, _name: &[u8]) -> bool {
        false
    }

    fn original_url(&self) -> UrlParts<'_> {
        self.outer.original_url()
    }

    fn api(&self) -> ApiDetails<'_> {
        self.outer.api()
    }

    fn operation(&self) -> OperationDetails<'_> {
        self.outer.operation()
    }

    fn product(&self) -> Option<ProductDetails<'_>> {
        self.outer.product()
    }

    fn product_apis(&self, visit: &mut dyn FnMut(ListedApi<'_>)) {
        self.outer.product_apis(visit);
    }

    fn subscription(&self) -> Option<SubscriptionDetails<'_>> {
        self.outer.subscription()
    }

    fn user(&self) -> Option<UserDetails<'_>> {
        self.outer.user()
    }

    fn api_protocols(&self) -> &[Box<str>] {
        self.outer.api_protocols()
    }

    fn deployment(&self) -> DeploymentDetails<'_> {
        self.outer.deployment()
    }

    fn client_certificate(&self) -> Option<&[u8]> {
        self.outer.client_certificate()
    }

    fn client_issuers(&self, visit: &mut dyn FnMut(&[u8])) {
        self.outer.client_issuers(visit);
    }

    fn certificate(&self, id: &str) -> Option<(&[u8], &str)> {
        self.outer.certificate(id)
    }

    fn dapr_port(&self) -> u16 {
        self.outer.dapr_port()
    }

    fn certificate_ids(&self) -> &[Box<str>] {
        self.outer.certificate_ids()
    }

    fn elapsed(&self) -> Duration {
        self.outer.elapsed()
    }

    fn trace(&mut self, source: &str, message: &str) {
        self.outer.trace(source, message);
    }

    fn trace_event(&mut self, event: &TraceEvent<'_>) {
        self.outer.trace_event(event);
    }

    fn emit_metric(&mut self, metric: &Metric<'_>) {
        self.outer.emit_metric(metric);
    }

    fn is_tracing(&self) -> bool {
        self.outer.is_tracing()
    }

    fn random(&mut self) -> u64 {
        self.outer.random()
    }
}
