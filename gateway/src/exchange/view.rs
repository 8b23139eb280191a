//! The exchange as policies see and change it (`postern_policy::Exchange`): the received head with overlays.
//!
//! What must hold: reading copies nothing; a change that cannot be made is not silently lost, it fails the exchange.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use postern_dotnet::crypto::RevocationLists;
use postern_http::{BodyLength, EditError, HeaderEdits, Headers, reason_phrase};
use postern_odata::Model;
use postern_policy::contract::{Contract, Schema, SchemaDocument};
use postern_policy::{
    ApiDetails, BackendTarget, Certificate, ClientCertificate, DeploymentDetails, GraphqlApi, HttpProxy, ListedApi,
    Metric, MockExample, OperationDetails, ProductDetails, Revocation, Side, SubscriptionDetails, TraceEvent,
    TraceSeverity, UrlParts, UserDetails,
};

use super::{Content, Exchange, KEPT_BYTES, Response, Source, Target};
use crate::snapshot::Via;

impl Exchange<'_> {
    pub(super) fn side(&self, side: Side) -> (&[u8], &Headers, &HeaderEdits) {
        match (side, &self.backend) {
            (Side::Request, _) => (self.bytes, &self.head.headers, self.edits(side)),
            (Side::Response, Some(backend)) if self.response.source == Source::Backend => {
                (&backend.received, &self.response_head.headers, self.edits(side))
            }
            (Side::Response, _) => (&[], &self.context.no_headers, self.edits(side)),
        }
    }

    /// What policies changed of a head.
    pub(super) fn edits(&self, side: Side) -> &HeaderEdits {
        match side {
            _ if !self.work.is_changed => &self.context.no_edits,
            Side::Request => &self.work.changes.request_edits,
            Side::Response => &self.work.changes.response_edits,
        }
    }

    /// A policy named a content coding after the body that it is for was last set.
    fn named_coding(&mut self, side: Side) -> &mut bool {
        match side {
            Side::Request => &mut self.replaced.request_coding,
            Side::Response => &mut self.replaced.response_coding,
        }
    }

    /// Where a body is held.
    pub(super) fn body_buffer(&mut self, side: Side) -> &mut Vec<u8> {
        match side {
            Side::Request => &mut self.work.change().request_body,
            Side::Response => &mut self.work.change().response_body,
        }
    }

    /// What a body says, when it was decoded.
    pub(super) fn decoded(&mut self, side: Side) -> &mut Option<Vec<u8>> {
        match side {
            Side::Request => &mut self.work.change().request_content,
            Side::Response => &mut self.work.change().response_content,
        }
    }

    /// Another body takes the place of the one there is.
    fn body_is_replaced(&mut self, side: Side) {
        let was_decoded = self.decoded(side).take().is_some();
        // A coding that a policy names is meant for the body that it sets.
        let is_for_this = *self.named_coding(side) && !was_decoded;
        let (bytes, headers, edits) = self.side(side);
        if !is_for_this && edits.first(bytes, headers, b"Content-Encoding").is_some() {
            self.edit(side, "Content-Encoding", |edits| edits.remove(b"Content-Encoding"));
        }
        *self.named_coding(side) = false;
        match side {
            Side::Request => self.replaced.body = true,
            Side::Response => self.response.content = Content::Own,
        }
    }

    fn edit(&mut self, side: Side, name: &str, edit: impl FnOnce(&mut HeaderEdits) -> Result<(), EditError>) {
        if name.eq_ignore_ascii_case("Content-Encoding") {
            *self.named_coding(side) = true;
        }
        let edits = match side {
            Side::Request => &mut self.work.change().request_edits,
            Side::Response => &mut self.work.change().response_edits,
        };
        if let Err(error) = edit(edits) {
            self.fault.get_or_insert_with(|| format!("the header {name} cannot be set: {error}"));
        }
    }

    /// Adds to the way in which the backend is reached.
    fn choose(&mut self, chosen: Result<Via, String>) {
        match chosen {
            Ok(Via { certificate, proxy }) => {
                let via = self.via.get_or_insert_default();
                via.certificate = certificate.or(via.certificate.take());
                via.proxy = proxy.or(via.proxy.take());
            }
            Err(error) => {
                self.fault.get_or_insert(error);
            }
        }
    }

    /// The path sent below the backend's base URL, as matched; empty when the API's own path was asked for.
    pub(super) fn received_path(&self) -> &[u8] {
        self.found.forward_path(self.head.path.of(self.bytes))
    }
}

impl postern_policy::Exchange for Exchange<'_> {
    fn request_id(&self) -> &str {
        self.request_id_text.get_or_init(|| guid(self.request_id))
    }

    fn api_id(&self) -> &str {
        self.api.map_or("", |api| api.id())
    }

    fn api_name(&self) -> &str {
        self.api.map_or("", |api| api.name())
    }

    fn operation_id(&self) -> &str {
        self.operation.map_or("", |operation| operation.id())
    }

    fn operation_name(&self) -> &str {
        self.operation.map_or("", |operation| operation.name())
    }

    fn subscription_id(&self) -> Option<&str> {
        self.active.snapshot.subscription(self.grant.subscription?).map(|subscription| &*subscription.name)
    }

    fn caller_ip(&self) -> Option<IpAddr> {
        Some(self.peer.address())
    }

    fn unix_time(&self) -> Duration {
        Duration::from_micros(self.context.clock.unix_us(Instant::now()))
    }

    fn method(&self) -> &[u8] {
        if self.replaced.method { &self.work.changes.method } else { self.head.method_range.of(self.bytes) }
    }

    fn set_method(&mut self, method: &[u8]) {
        if postern_http::is_token(method) {
            replace(&mut self.work.change().method, method);
            self.replaced.method = true;
        } else {
            self.fault.get_or_insert_with(|| "the method set by a policy is not a token".to_owned());
        }
    }

    fn path(&self) -> &[u8] {
        if self.replaced.path {
            return &self.work.changes.path;
        }
        match self.received_path() {
            [] => b"/",
            path => path,
        }
    }

    fn set_path(&mut self, path: &[u8]) {
        replace(&mut self.work.change().path, path);
        self.replaced.path = true;
    }

    fn query(&self) -> &[u8] {
        if self.replaced.query { &self.work.changes.query } else { self.head.query.of(self.bytes) }
    }

    fn set_query(&mut self, query: &[u8]) {
        replace(&mut self.work.change().query, query);
        self.replaced.query = true;
    }

    fn matched_parameter(&self, name: &str) -> Option<&[u8]> {
        let (path, query) = (self.head.path.of(self.bytes), self.head.query.of(self.bytes));
        self.found.named(name, self.api?, path, query)
    }

    fn is_template_query_parameter(&self, name: &[u8]) -> bool {
        self.operation.is_some_and(|operation| operation.is_query_parameter(name))
    }

    fn set_backend(&mut self, target: &BackendTarget) {
        let active = self.active;
        let known = self.found.api().and_then(|api| active.snapshot.upstream(api, target));
        match (known, target) {
            (Some(upstream), _) => self.target = Target::Configured(upstream),
            (None, BackendTarget::Id(id)) => self.fault = Some(format!("the backend {id} does not exist")),
            // Not one of the literal URLs, which were parsed with the snapshot.
            (None, BackendTarget::BaseUrl(url)) => match active.upstream_of(url) {
                Ok(upstream) => self.target = Target::Url(upstream),
                Err(error) => self.fault = Some(format!("the backend URL {url} cannot be used: {error}")),
            },
        }
    }

    fn backend_id(&self) -> &str {
        match &self.target {
            Target::Configured(upstream) => &upstream.name,
            Target::Url(_) | Target::Unusable(_) => "",
        }
    }

    fn set_client_certificate(&mut self, certificate: &ClientCertificate) {
        self.choose(Via::of(self.active.snapshot.certificates(), Some(certificate), None));
    }

    fn set_proxy(&mut self, proxy: &HttpProxy) {
        self.choose(Via::of(self.active.snapshot.certificates(), None, Some(proxy)));
    }

    fn header(&self, side: Side, name: &str) -> Option<&[u8]> {
        let (bytes, headers, edits) = self.side(side);
        edits.first(bytes, headers, name.as_bytes())
    }

    fn header_values(&self, side: Side, name: &str, visit: &mut dyn FnMut(&[u8])) {
        let (bytes, headers, edits) = self.side(side);
        edits.all(bytes, headers, name.as_bytes()).for_each(visit);
    }

    fn set_header(&mut self, side: Side, name: &str, value: &[u8]) {
        self.edit(side, name, |edits| edits.set(name.as_bytes(), value));
    }

    fn append_header(&mut self, side: Side, name: &str, value: &[u8]) {
        self.edit(side, name, |edits| edits.append(name.as_bytes(), value));
    }

    fn remove_header(&mut self, side: Side, name: &str) {
        self.edit(side, name, |edits| edits.remove(name.as_bytes()));
    }

    fn status(&self) -> u16 {
        self.response.status
    }

    fn set_status(&mut self, code: u16, reason: &str) {
        self.response.status = code;
        self.response.status_set = true;
        let kept = &mut self.work.change().reason;
        kept.clear();
        kept.push_str(if reason.is_empty() { reason_phrase(code) } else { reason });
    }

    fn dapr_port(&self) -> u16 {
        self.context.settings.dapr_port
    }

    fn set_body(&mut self, side: Side, body: &[u8]) {
        self.body_is_replaced(side);
        replace(self.body_buffer(side), body);
    }

    fn put_body(&mut self, side: Side, body: Vec<u8>) {
        // The buffer is kept for other exchanges.
        if body.len() <= KEPT_BYTES {
            return self.set_body(side, &body);
        }
        self.body_is_replaced(side);
        *self.body_buffer(side) = body;
    }

    fn body(&self, side: Side) -> Option<&[u8]> {
        match side {
            Side::Request if self.replaced.body => Some(&self.work.changes.request_body),
            Side::Request if self.head.body == BodyLength::None => Some(&[]),
            Side::Request => None,
            Side::Response => match self.response.content {
                Content::Own => Some(&self.work.changes.response_body),
                Content::Backend => None,
            },
        }
    }

    fn content(&self, side: Side) -> Option<&[u8]> {
        let body = self.body(side)?;
        let decoded = match side {
            Side::Request => &self.work.changes.request_content,
            Side::Response => &self.work.changes.response_content,
        };
        if decoded.is_some() {
            return decoded.as_deref();
        }
        let has_nothing_on = body.is_empty() || self.codings(side).is_none_or(|codings| codings.is_empty());
        has_nothing_on.then_some(body)
    }

    fn is_coded(&self, side: Side) -> bool {
        let is_empty = self.body(side).is_some_and(<[u8]>::is_empty);
        !is_empty && self.header(side, "Content-Encoding").is_some() && self.codings(side).is_none()
    }

    fn has_body(&self, side: Side) -> bool {
        match (side, self.response.content) {
            (Side::Request, _) => self.replaced.body || self.head.body != BodyLength::None,
            (Side::Response, Content::Own) => !self.work.changes.response_body.is_empty(),
            (Side::Response, Content::Backend) => self.response_head.body != BodyLength::None,
        }
    }

    fn has_response(&self) -> bool {
        self.response.source == Source::Backend || self.response.status_set
    }

    fn original_url(&self) -> UrlParts<'_> {
        let authority = std::str::from_utf8(self.head.authority.of(self.bytes)).unwrap_or_default();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(self.peer.default_port())),
            _ => (authority, self.peer.default_port()),
        };
        let path = Cow::Borrowed(self.head.path.of(self.bytes));
        UrlParts { scheme: self.peer.scheme().as_str(), host, port, path, query: self.head.query.of(self.bytes) }
    }

    fn backend_url(&self) -> UrlParts<'_> {
        let upstream = match &self.target {
            Target::Configured(upstream) => *upstream,
            Target::Url(upstream) => upstream,
            Target::Unusable(_) => return UrlParts { path: Cow::Borrowed(self.path()), ..self.original_url() },
        };
        let path = [&*upstream.base_path, self.path()].concat();
        UrlParts {
            scheme: upstream.scheme.as_str(),
            host: &upstream.host,
            port: upstream.port,
            path: Cow::Owned(path),
            query: self.query(),
        }
    }

    fn matched_parameters(&self, visit: &mut dyn FnMut(&str, &[u8])) {
        let Some(operation) = self.operation else { return };
        for name in operation.parameters() {
            if let Some(value) = self.matched_parameter(name) {
                visit(name, value);
            }
        }
    }

    fn headers(&self, side: Side, visit: &mut dyn FnMut(&[u8], &[u8])) {
        let (bytes, headers, edits) = self.side(side);
        for (name, value) in edits.iter(bytes, headers) {
            visit(name, value);
        }
    }

    fn reason(&self) -> &str {
        if self.response.status_set || self.response.source == Source::Local {
            return &self.work.changes.reason;
        }
        let received = self.backend.as_ref().map_or(&[][..], |backend| &backend.received);
        std::str::from_utf8(self.response_head.reason.of(received)).unwrap_or_default()
    }

    fn api(&self) -> ApiDetails<'_> {
        self.api.map_or_else(ApiDetails::default, |api| api.details())
    }

    fn operation(&self) -> OperationDetails<'_> {
        self.operation.map_or_else(OperationDetails::default, |operation| operation.details())
    }

    fn product(&self) -> Option<ProductDetails<'_>> {
        let product = self.api?.product(self.grant.product?)?;
        Some(ProductDetails {
            id: product.id(),
            name: product.name(),
            subscription_required: product.subscription_required(),
            approval_required: product.approval_required(),
            subscriptions_limit: product.subscriptions_limit(),
            is_published: product.is_published(),
            groups: product.groups(),
        })
    }

    fn product_apis(&self, visit: &mut dyn FnMut(ListedApi<'_>)) {
        let Some(product) = self.api.zip(self.grant.product).and_then(|(api, product)| api.product(product)) else {
            return;
        };
        for name in product.apis() {
            if let Some(api) = self.active.snapshot.current_api(name) {
                visit(ListedApi {
                    id: api.id(),
                    name: api.name(),
                    details: api.details(),
                    protocols: api.protocol_names(),
                });
            }
        }
    }

    fn subscription(&self) -> Option<SubscriptionDetails<'_>> {
        let subscription = self.active.snapshot.subscription(self.grant.subscription?)?;
        let primary_key = subscription.primary_key.as_ref().map_or("", |key| key.expose());
        let secondary_key = subscription.secondary_key.as_ref().map_or("", |key| key.expose());
        let given = self.api.and_then(|api| self.head.headers.find(self.bytes, api.key_header().as_bytes()));
        let is_second = given.is_some_and(|header| header.value.of(self.bytes) == secondary_key.as_bytes());
        Some(SubscriptionDetails {
            id: &subscription.name,
            name: &subscription.display_name,
            key: if is_second { secondary_key } else { primary_key },
            primary_key,
            secondary_key,
            created_s: subscription.created_s,
            start_s: subscription.start_s,
            end_s: subscription.expiration_s,
        })
    }

    fn user(&self) -> Option<UserDetails<'_>> {
        let subscription = self.active.snapshot.subscription(self.grant.subscription?)?;
        let id = subscription.owner.as_deref()?;
        // A source without users (APIOps) still tells whose a subscription is.
        let Some(user) = self.active.snapshot.user(id) else {
            return Some(UserDetails { id, ..UserDetails::default() });
        };
        Some(UserDetails {
            id: &user.id,
            email: &user.email,
            first_name: &user.first_name,
            last_name: &user.last_name,
            note: &user.note,
            registration_s: user.registered_s,
            groups: &user.groups,
            identities: &user.identities,
        })
    }

    fn api_protocols(&self) -> &[Box<str>] {
        self.api.map_or(&[], |api| api.protocol_names())
    }

    fn deployment(&self) -> DeploymentDetails<'_> {
        self.active.snapshot.deployment()
    }

    fn client_certificate(&self) -> Option<&[u8]> {
        self.peer.certificates().first().map(|certificate| &**certificate)
    }

    fn client_issuers(&self, visit: &mut dyn FnMut(&[u8])) {
        self.peer.certificates().iter().skip(1).for_each(|certificate| visit(certificate));
    }

    fn trusts(&self, certificate: &Certificate, revocation: Revocation, at: Duration) -> bool {
        let none = RevocationLists::default();
        let revoked = match (revocation, &self.context.shared.server_tls) {
            (Revocation::Checked, Some(tls)) => tls.revoked(),
            _ => &none,
        };
        let authorities = self.active.snapshot.authorities();
        let system = self.context.shared.tls.roots(&self.context.settings.client_tls);
        self.peer.trust(certificate, authorities, system, revoked, at.as_secs())
    }

    fn certificate(&self, id: &str) -> Option<(&[u8], &str)> {
        self.active.snapshot.certificates().store(id)
    }

    fn certificate_ids(&self) -> &[Box<str>] {
        self.active.snapshot.certificates().ids()
    }

    fn contract(&self) -> Option<&Contract> {
        self.operation?.contract()
    }

    fn declares_response(&self, status: u16) -> Option<bool> {
        // Known without a contract, which only programs with schemas have.
        Some(self.operation?.responses().iter().any(|response| response.status == status))
    }

    fn global_definition(&self, id: &str, reference: &str) -> Option<&Arc<Schema>> {
        self.api?.global_schema(id, reference)
    }

    fn global_schema(&self, id: &str) -> Option<&Arc<SchemaDocument>> {
        self.active.snapshot.schema(id)
    }

    fn thread_bytes(&self) -> Option<i64> {
        crate::sys::allocator::thread_bytes()
    }

    fn elapsed(&self) -> Duration {
        self.times.began.elapsed()
    }

    fn trace_event(&mut self, event: &TraceEvent<'_>) {
        use std::fmt::Write as _;
        let mut metadata = String::new();
        for (name, value) in event.metadata {
            // Writing to a String cannot fail.
            let _ = write!(metadata, "{}{name}={value:?}", if metadata.is_empty() { "" } else { " " });
        }
        let (source, message, request) = (event.source, event.message, self.request_id());
        let (api, operation) = (self.api_id(), self.operation_id());
        match event.severity {
            TraceSeverity::Verbose => {
                tracing::debug!(target: "postern_gateway::trace", source, api, operation, request, text = message, metadata, "trace");
            }
            TraceSeverity::Information => {
                tracing::info!(target: "postern_gateway::trace", source, api, operation, request, text = message, metadata, "trace");
            }
            TraceSeverity::Error => {
                tracing::error!(target: "postern_gateway::trace", source, api, operation, request, text = message, metadata, "trace");
            }
        }
        self.trace(event.source, event.message);
    }

    fn emit_metric(&mut self, metric: &Metric<'_>) {
        if !self.context.shared.emitted.add(metric) {
            let (namespace, name, value) = (metric.namespace, metric.name, metric.value);
            tracing::info!(namespace, name, value, dimensions = ?metric.dimensions, "no room for a metric of emit-metric");
        }
    }

    fn is_body_set(&self, side: Side) -> bool {
        match side {
            Side::Request => self.replaced.body,
            Side::Response => self.response.content == Content::Own,
        }
    }

    fn take_fault(&mut self) -> Option<String> {
        self.fault.take()
    }

    fn random(&mut self) -> u64 {
        // The mixed half of a fresh request id: no system call, and never the same again.
        (self.context.next_request_id() >> 64) as u64 ^ self.context.next_request_id() as u64
    }

    fn begin_response(&mut self) {
        self.response = Response { source: Source::Local, content: Content::Own, status: 200, status_set: false };
        self.replaced.response_coding = false;
        self.work.change().forget_response();
    }

    fn graphql(&self) -> Option<&Arc<GraphqlApi>> {
        self.api?.graphql()
    }

    fn odata(&self) -> Option<&Model> {
        self.api?.odata()
    }

    fn path_below_api(&self) -> &[u8] {
        self.received_path()
    }

    fn mock_example(&self, status: u16, content_type: Option<&str>, index: Option<u32>) -> Option<MockExample<'_>> {
        let response = self.operation?.responses().iter().find(|response| response.status == status)?;
        let mut representations = response.representations.iter();
        let representation = match content_type {
            Some(wanted) => representations.find(|known| known.content_type.eq_ignore_ascii_case(wanted)),
            None => None,
        };
        let representation = representation.or_else(|| response.representations.first())?;
        let example = usize::try_from(index.unwrap_or(0)).ok().and_then(|index| representation.examples.get(index));
        // Without an example, the one made from the schema serves (apim.md section 2.6, mock-response).
        let body = example.map(|example| &example.value).or(representation.sample.as_ref())?;
        Some(MockExample { content_type: &representation.content_type, body: body.as_bytes() })
    }
}

fn replace(buffer: &mut Vec<u8>, value: &[u8]) {
    buffer.clear();
    buffer.extend_from_slice(value);
}

/// The text form of a GUID: 8-4-4-4-12 digits.
fn guid(id: u128) -> String {
    let hex = format!("{id:032x}");
    let part = |range| hex.get(range).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_written_in_five_groups() {
        assert_eq!(guid(0x87ae_b87f_192c_424c_84d1_32d5_bbfe_c437), "87aeb87f-192c-424c-84d1-32d5bbfec437");
        assert_eq!(guid(1), "00000000-0000-0000-0000-000000000001");
    }
}
