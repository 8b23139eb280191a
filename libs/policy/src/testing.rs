//! An exchange in memory and one way to test policies with it: no socket, no clock, no gateway.
//!
//! Not behind `cfg(test)`: the gateway's tests use the same exchange.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use postern_dotnet::crypto::Certificate;
use postern_odata::Model;

use crate::compile::{Scope, compile};
use crate::contract::{Contract, SchemaDocument};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::document::{Document, DocumentKind, parse_document};
use crate::effect::{
    Advance, ClientCertificate, CountResult, Effect, HttpProxy, Lead, Outcome, QuotaResult, TokenBalance,
};
use crate::exchange::{
    ApiDetails, BackendTarget, Exchange, Metric, MockExample, Revocation, Side, SubscriptionDetails, TraceEvent,
    UrlParts, UserDetails,
};
use crate::expression::value::Value;
use crate::graphql::GraphqlApi;
use crate::program::Program;
use crate::run::Run;
use crate::section::{ScopeName, Section};

/// Header lines in order.
pub type HeaderLines = Vec<(String, Vec<u8>)>;

/// An [`Exchange`] made of owned values.
#[derive(Debug, Clone)]
pub struct MemoryExchange {
    /// Milliseconds by which the clock goes on each time it is looked at.
    pub tick: Duration,
    /// Where the clock stands.
    pub clock: std::cell::Cell<Duration>,
    /// Bytes that the thread holds, as an allocator would count them; `None`: nobody counts.
    pub thread_bytes: Option<i64>,
    /// `context.RequestId`.
    pub request_id: String,
    /// `context.Api.Id`.
    pub api_id: String,
    /// `context.Api.Name`.
    pub api_name: String,
    /// `context.Operation.Id`.
    pub operation_id: String,
    /// `context.Operation.Name`.
    pub operation_name: String,
    /// `context.Subscription.Id`.
    pub subscription_id: Option<String>,
    /// When the subscription was made and when it starts, in seconds since 1970; with both `None` it has no details.
    pub subscription_dates_s: (Option<i64>, Option<i64>),
    /// `context.User.Id`.
    pub user_id: Option<String>,
    /// Ids and names of the user's groups.
    pub user_groups: Vec<(Box<str>, Box<str>)>,
    /// `context.Request.IpAddress`.
    pub caller_ip: Option<IpAddr>,
    /// The clock: time since 1970.
    pub unix_time: Duration,
    /// Request method.
    pub method: Vec<u8>,
    /// Path below the backend's base URL.
    pub path: Vec<u8>,
    /// Query without `?`.
    pub query: Vec<u8>,
    /// Path and query as the caller sent them to `https://gateway.test`.
    pub original_target: (Vec<u8>, Vec<u8>),
    /// `context.Api.Path`.
    pub api_path: String,
    /// Parameters of the operation's URL template.
    pub matched_parameters: Vec<(String, Vec<u8>)>,
    /// Names of query parameters in the operation's URL template.
    pub template_query_parameters: Vec<String>,
    /// The backend chosen by a policy.
    pub backend: Option<BackendTarget>,
    /// Headers of the request.
    pub request_headers: HeaderLines,
    /// Body of the request, when a policy set it.
    pub request_body: Option<Vec<u8>>,
    /// What the request's body says, when that is in a content coding.
    pub request_content: Option<Vec<u8>>,
    /// Status of the response.
    pub status: u16,
    /// Reason phrase of the response; empty for the registered one.
    pub reason: String,
    /// Headers of the response.
    pub response_headers: HeaderLines,
    /// Body of the response.
    pub response_body: Vec<u8>,
    /// What the response's body says, when that is in a content coding.
    pub response_content: Option<Vec<u8>>,
    /// The response's body has not been read from the backend.
    pub is_response_unread: bool,
    /// A policy has set the request's body.
    pub is_request_body_set: bool,
    /// A policy has set the response's body.
    pub is_response_body_set: bool,
    /// Whether there is a response yet.
    pub has_response: bool,
    /// State of the random numbers.
    pub random: u64,
    /// The response gets to the caller as a whole.
    pub is_sent_whole: bool,
    /// Examples: status, media type, body.
    pub examples: Vec<(u16, String, Vec<u8>)>,
    /// The client certificate chosen by a policy.
    pub chosen_certificate: Option<ClientCertificate>,
    /// The proxy chosen by a policy.
    pub proxy: Option<HttpProxy>,
    /// The caller's certificate in DER.
    pub client_certificate: Option<Vec<u8>>,
    /// Certificates of the service: id, PFX or PEM.
    pub certificates: Vec<(String, Vec<u8>)>,
    /// Ids of those that are listed.
    pub certificate_ids: Vec<Box<str>>,
    /// What the caller sent along with its certificate, in DER.
    pub client_issuers: Vec<Vec<u8>>,
    /// What the operation's definition says.
    pub contract: Option<Arc<Contract>>,
    /// Schemas of the service by id.
    pub schemas: Vec<(String, Arc<SchemaDocument>)>,
    /// Whether every certificate is trusted.
    pub trusts_all: bool,
    /// Whether every certificate is on a list of revoked ones.
    pub is_revoked: bool,
    /// Events of `trace`: severity, source, message, metadata.
    pub traced: Vec<String>,
    /// Values of `emit-metric`: namespace, name, value, dimensions.
    pub emitted: Vec<String>,
    /// What the "backend" sends, in turn.
    pub outcomes: VecDeque<Outcome>,
    /// The GraphQL API that the request is for.
    pub graphql: Option<Arc<GraphqlApi>>,
    /// The model of the OData API that the request is for.
    pub odata: Option<Arc<Model>>,
    /// Response that takes the place of the exchange's when an effect is answered with [`Outcome::Forwarded`].
    pub backend_response: (u16, HeaderLines, Vec<u8>),
}

impl Default for MemoryExchange {
    fn default() -> Self {
        MemoryExchange {
            tick: Duration::ZERO,
            clock: std::cell::Cell::default(),
            thread_bytes: None,
            request_id: "87aeb87f-192c-424c-84d1-32d5bbfec437".to_owned(),
            api_id: "echo".to_owned(),
            api_name: "Echo API".to_owned(),
            operation_id: "get-item".to_owned(),
            operation_name: "Get item".to_owned(),
            subscription_id: Some("sub-1".to_owned()),
            subscription_dates_s: (None, None),
            user_id: None,
            user_groups: Vec::new(),
            caller_ip: Some(IpAddr::from([203, 0, 113, 7])),
            // 2024-05-01T12:30:45.5Z
            unix_time: Duration::from_millis(1_714_566_645_500),
            method: b"GET".to_vec(),
            path: b"/items/5".to_vec(),
            query: Vec::new(),
            original_target: (b"/items/5".to_vec(), Vec::new()),
            api_path: String::new(),
            matched_parameters: Vec::new(),
            template_query_parameters: Vec::new(),
            backend: None,
            request_headers: Vec::new(),
            request_body: None,
            request_content: None,
            status: 200,
            reason: String::new(),
            response_headers: Vec::new(),
            response_body: Vec::new(),
            response_content: None,
            is_response_unread: false,
            is_request_body_set: false,
            is_response_body_set: false,
            has_response: false,
            random: 1,
            is_sent_whole: true,
            examples: Vec::new(),
            chosen_certificate: None,
            proxy: None,
            client_certificate: None,
            certificates: Vec::new(),
            certificate_ids: Vec::new(),
            client_issuers: Vec::new(),
            contract: None,
            schemas: Vec::new(),
            trusts_all: false,
            is_revoked: false,
            traced: Vec::new(),
            emitted: Vec::new(),
            outcomes: VecDeque::new(),
            graphql: None,
            odata: None,
            backend_response: (200, vec![("Server".to_owned(), b"origin".to_vec())], b"from the backend".to_vec()),
        }
    }
}

impl MemoryExchange {
    /// A GET request; the target holds path and query.
    #[must_use]
    pub fn get(target: &str) -> MemoryExchange {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let original_target = (path.into(), query.into());
        MemoryExchange { path: path.into(), query: query.into(), original_target, ..MemoryExchange::default() }
    }

    /// With one more request header line.
    #[must_use]
    pub fn header_line(mut self, name: &str, value: &str) -> MemoryExchange {
        self.request_headers.push((name.to_owned(), value.into()));
        self
    }

    /// With another method.
    #[must_use]
    pub fn with_method(mut self, method: &str) -> MemoryExchange {
        self.method = method.into();
        self
    }

    /// With an answer to the next effect.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> MemoryExchange {
        self.outcomes.push_back(outcome);
        self
    }

    /// The lines of one header as text.
    #[must_use]
    pub fn lines(&self, side: Side, name: &str) -> Vec<String> {
        let lines = self.side(side).iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
    }

    fn side(&self, side: Side) -> &HeaderLines {
        match side {
            Side::Request => &self.request_headers,
            Side::Response => &self.response_headers,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut HeaderLines {
        match side {
            Side::Request => &mut self.request_headers,
            Side::Response => &mut self.response_headers,
        }
    }

    fn decoded(&mut self, side: Side) -> &mut Option<Vec<u8>> {
        match side {
            Side::Request => &mut self.request_content,
            Side::Response => &mut self.response_content,
        }
    }

    fn answer(&mut self, effect: &Effect) -> Outcome {
        if matches!(effect, Effect::ReadBody(Side::Response) | Effect::ReadContent(Side::Response)) {
            self.is_response_unread = false;
        }
        let given = if matches!(effect, Effect::Parallel { .. }) { None } else { self.outcomes.pop_front() };
        let outcome = given.unwrap_or_else(|| match effect {
            Effect::Forward(_) => Outcome::Forwarded,
            Effect::Quota(_) => Outcome::QuotaCounted(QuotaResult { exceeded: None, retry_after_s: None }),
            Effect::CacheGet { .. } => Outcome::Cached(None),
            Effect::Count(_) | Effect::CountSome(_) => {
                Outcome::Counted(CountResult { allowed: true, remaining: 9, retry_after_s: 0, which: 0 })
            }
            Effect::Acquire { .. } => Outcome::Acquired(true),
            Effect::Lead { .. } => Outcome::Led(Lead::First),
            Effect::Send(_) => Outcome::Sent(Ok(Box::default())),
            Effect::Yield
            | Effect::ReadBody(_)
            | Effect::ReadContent(_)
            | Effect::Sleep(_)
            | Effect::Release { .. }
            | Effect::CachePut { .. }
            | Effect::CacheRemove { .. }
            | Effect::PutNearest(_)
            | Effect::Emit(_) => Outcome::Done,
            Effect::Offload(offload) => {
                offload.run();
                Outcome::Done
            }
            Effect::Deliver(_) => Outcome::Delivered(Ok(())),
            Effect::CountTokens(texts) => {
                // A word is a token: enough for seeing that the right texts are counted.
                Outcome::TokenCount(texts.texts.iter().map(|text| text.split_whitespace().count() as u64).sum())
            }
            Effect::SpendTokens(_) => {
                Outcome::Spent(TokenBalance { allowed: true, retry_after_s: 0, remaining: 90, at_ms: 7 })
            }
            Effect::Nearest(_) => Outcome::Cached(None),
            Effect::Token(_) => Outcome::Token(Ok("t0ken".into())),
            Effect::Keys(_) => Outcome::Keys(Err("no provider".into())),
            Effect::Parallel { effects, any } => {
                let one = |(index, effect): (usize, &Effect)| (!any || index == 0).then(|| self.answer(effect));
                Outcome::Parallel(effects.iter().enumerate().map(one).collect())
            }
        });
        if outcome == Outcome::Forwarded {
            self.has_response = true;
            let (status, headers, body) = self.backend_response.clone();
            (self.status, self.reason, self.response_headers, self.response_body) =
                (status, String::new(), headers, body);
            self.is_response_body_set = false;
        }
        outcome
    }
}

impl Exchange for MemoryExchange {
    fn elapsed(&self) -> Duration {
        self.clock.set(self.clock.get() + self.tick);
        self.clock.get()
    }

    fn thread_bytes(&self) -> Option<i64> {
        self.thread_bytes
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn api_id(&self) -> &str {
        &self.api_id
    }

    fn api_name(&self) -> &str {
        &self.api_name
    }

    fn operation_id(&self) -> &str {
        &self.operation_id
    }

    fn operation_name(&self) -> &str {
        &self.operation_name
    }

    fn subscription_id(&self) -> Option<&str> {
        self.subscription_id.as_deref()
    }

    fn caller_ip(&self) -> Option<IpAddr> {
        self.caller_ip
    }

    fn unix_time(&self) -> Duration {
        self.unix_time
    }

    fn method(&self) -> &[u8] {
        &self.method
    }

    fn set_method(&mut self, method: &[u8]) {
        self.method = method.to_vec();
    }

    fn path(&self) -> &[u8] {
        &self.path
    }

    fn set_path(&mut self, path: &[u8]) {
        self.path = path.to_vec();
    }

    fn query(&self) -> &[u8] {
        &self.query
    }

    fn set_query(&mut self, query: &[u8]) {
        self.query = query.to_vec();
    }

    fn matched_parameter(&self, name: &str) -> Option<&[u8]> {
        let mut found = self.matched_parameters.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_slice())
    }

    fn matched_parameters(&self, visit: &mut dyn FnMut(&str, &[u8])) {
        self.matched_parameters.iter().for_each(|(name, value)| visit(name, value));
    }

    fn is_template_query_parameter(&self, name: &[u8]) -> bool {
        self.template_query_parameters.iter().any(|other| other.as_bytes() == name)
    }

    fn set_backend(&mut self, target: &BackendTarget) {
        self.backend = Some(target.clone());
    }

    fn backend_id(&self) -> &str {
        match &self.backend {
            Some(BackendTarget::Id(id)) => id,
            _ => "",
        }
    }

    fn set_client_certificate(&mut self, certificate: &ClientCertificate) {
        self.chosen_certificate = Some(certificate.clone());
    }

    fn set_proxy(&mut self, proxy: &HttpProxy) {
        self.proxy = Some(proxy.clone());
    }

    fn client_certificate(&self) -> Option<&[u8]> {
        self.client_certificate.as_deref()
    }

    fn certificate(&self, id: &str) -> Option<(&[u8], &str)> {
        let found = self.certificates.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
        found.map(|(_, bytes)| (bytes.as_slice(), ""))
    }

    fn certificate_ids(&self) -> &[Box<str>] {
        &self.certificate_ids
    }

    fn client_issuers(&self, visit: &mut dyn FnMut(&[u8])) {
        self.client_issuers.iter().for_each(|der| visit(der));
    }

    fn trusts(&self, _certificate: &Certificate, revocation: Revocation, _at: Duration) -> bool {
        self.trusts_all && !(self.is_revoked && revocation == Revocation::Checked)
    }

    fn header(&self, side: Side, name: &str) -> Option<&[u8]> {
        let mut found = self.side(side).iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_slice())
    }

    fn header_values(&self, side: Side, name: &str, visit: &mut dyn FnMut(&[u8])) {
        for (_, value) in self.side(side).iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)) {
            visit(value);
        }
    }

    fn set_header(&mut self, side: Side, name: &str, value: &[u8]) {
        self.remove_header(side, name);
        self.append_header(side, name, value);
    }

    fn append_header(&mut self, side: Side, name: &str, value: &[u8]) {
        self.side_mut(side).push((name.to_owned(), value.to_vec()));
    }

    fn remove_header(&mut self, side: Side, name: &str) {
        self.side_mut(side).retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }

    fn status(&self) -> u16 {
        self.status
    }

    fn set_status(&mut self, code: u16, reason: &str) {
        self.status = code;
        self.reason = reason.to_owned();
    }

    fn set_body(&mut self, side: Side, body: &[u8]) {
        self.put_body(side, body.to_vec());
    }

    fn is_body_set(&self, side: Side) -> bool {
        match side {
            Side::Request => self.is_request_body_set,
            Side::Response => self.is_response_body_set,
        }
    }

    fn put_body(&mut self, side: Side, body: Vec<u8>) {
        if self.decoded(side).take().is_some() {
            self.remove_header(side, "Content-Encoding");
        }
        match side {
            Side::Request => {
                self.request_body = Some(body);
                self.is_request_body_set = true;
            }
            Side::Response => {
                self.response_body = body;
                self.is_response_body_set = true;
                self.is_response_unread = false;
            }
        }
    }

    fn body(&self, side: Side) -> Option<&[u8]> {
        match side {
            Side::Request => Some(self.request_body.as_deref().unwrap_or_default()),
            Side::Response => (!self.is_response_unread).then_some(&self.response_body),
        }
    }

    fn content(&self, side: Side) -> Option<&[u8]> {
        let decoded = match side {
            Side::Request => &self.request_content,
            Side::Response => &self.response_content,
        };
        decoded.as_deref().or_else(|| self.body(side))
    }

    fn is_coded(&self, side: Side) -> bool {
        let is_decoded = match side {
            Side::Request => self.request_content.is_some(),
            Side::Response => self.response_content.is_some(),
        };
        !is_decoded && self.header(side, "Content-Encoding").is_some()
    }

    fn has_body(&self, side: Side) -> bool {
        match side {
            Side::Request => self.request_body.is_some(),
            Side::Response => self.has_response,
        }
    }

    fn has_response(&self) -> bool {
        self.has_response
    }

    fn headers(&self, side: Side, visit: &mut dyn FnMut(&[u8], &[u8])) {
        self.side(side).iter().for_each(|(name, value)| visit(name.as_bytes(), value));
    }

    fn backend_url(&self) -> UrlParts<'_> {
        let (scheme, host, port) = ("https", "backend.test", 443);
        UrlParts { scheme, host, port, path: Cow::Borrowed(&self.path), query: &self.query }
    }

    fn original_url(&self) -> UrlParts<'_> {
        let (scheme, host, port) = ("https", "gateway.test", 443);
        let (path, query) = &self.original_target;
        UrlParts { scheme, host, port, path: Cow::Borrowed(path), query }
    }

    fn subscription(&self) -> Option<SubscriptionDetails<'_>> {
        let (created_s, start_s) = self.subscription_dates_s;
        let id = self.subscription_id().filter(|_| created_s.is_some() || start_s.is_some())?;
        Some(SubscriptionDetails { id, created_s, start_s, ..SubscriptionDetails::default() })
    }

    fn user(&self) -> Option<UserDetails<'_>> {
        let groups = &self.user_groups;
        self.user_id.as_ref().map(|id| UserDetails { id, groups, ..UserDetails::default() })
    }

    fn api(&self) -> ApiDetails<'_> {
        ApiDetails { path: &self.api_path, ..ApiDetails::default() }
    }

    fn trace_event(&mut self, event: &TraceEvent<'_>) {
        let metadata: String = event.metadata.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        self.traced.push(format!("{:?} {}: {}{metadata}", event.severity, event.source, event.message));
    }

    fn emit_metric(&mut self, metric: &Metric<'_>) {
        let dimensions: String = metric.dimensions.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        self.emitted.push(format!("{}/{} {}{dimensions}", metric.namespace, metric.name, metric.value));
    }

    fn random(&mut self) -> u64 {
        // SplitMix64: any sequence will do, and tests get the same one each time.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 31)
    }

    fn begin_response(&mut self) {
        self.has_response = true;
        self.status = 200;
        self.reason.clear();
        self.response_headers.clear();
        self.response_body.clear();
    }

    fn graphql(&self) -> Option<&Arc<GraphqlApi>> {
        self.graphql.as_ref()
    }

    fn odata(&self) -> Option<&Model> {
        self.odata.as_deref()
    }

    fn path_below_api(&self) -> &[u8] {
        &self.original_target.0
    }

    fn contract(&self) -> Option<&Contract> {
        self.contract.as_deref()
    }

    fn global_schema(&self, id: &str) -> Option<&Arc<SchemaDocument>> {
        self.schemas.iter().find(|(known, _)| known.eq_ignore_ascii_case(id)).map(|(_, document)| document)
    }

    fn declares_response(&self, status: u16) -> Option<bool> {
        (!self.examples.is_empty()).then(|| self.examples.iter().any(|(of, ..)| *of == status))
    }

    fn mock_example(&self, status: u16, content_type: Option<&str>, index: Option<u32>) -> Option<MockExample<'_>> {
        let of_status = self.examples.iter().filter(|(of, ..)| *of == status);
        let content_type = content_type.or_else(|| Some(of_status.clone().next()?.1.as_str()))?;
        let mut found = of_status.filter(|(_, of, _)| of.eq_ignore_ascii_case(content_type));
        let (_, content_type, body) = found.nth(index.unwrap_or(0) as usize)?;
        Some(MockExample { content_type, body })
    }
}

/// Drives one request through all sections as the gateway does. Returns the effects asked for.
pub fn drive(program: &Program, exchange: &mut MemoryExchange, run: &mut Run) -> Vec<Effect> {
    let mut effects = Vec::new();
    for section in [Section::Inbound, Section::Backend, Section::Outbound] {
        match drive_section(program, exchange, run, section, &mut effects) {
            Advance::SectionEnd => {}
            Advance::Failed => {
                drive_section(program, exchange, run, Section::OnError, &mut effects);
                break;
            }
            Advance::Respond | Advance::Perform(_) => break,
        }
    }
    run.begin_settling();
    let effect = run.settle(exchange);
    settle(exchange, run, &mut effects, effect);
    run.finish(exchange);
    if let Some(mut meter) = run.meter(exchange) {
        // One that a policy set was never on its way.
        if exchange.is_response_unread {
            meter.read(&exchange.response_body);
        }
        let is_whole = exchange.is_sent_whole;
        let effect = run.metered(exchange, meter, is_whole);
        settle(exchange, run, &mut effects, effect);
    }
    effects
}

fn settle(exchange: &mut MemoryExchange, run: &mut Run, effects: &mut Vec<Effect>, mut effect: Option<Effect>) {
    while let Some(asked) = effect {
        let outcome = exchange.answer(&asked);
        effects.push(asked);
        effect = run.settle_on(exchange, outcome);
    }
}

fn drive_section(
    program: &Program,
    exchange: &mut MemoryExchange,
    run: &mut Run,
    section: Section,
    effects: &mut Vec<Effect>,
) -> Advance {
    run.enter(section);
    let mut advance = run.advance(program, exchange);
    while let Advance::Perform(effect) = advance {
        let outcome = exchange.answer(&effect);
        effects.push(effect);
        advance = run.resume(program, exchange, outcome);
    }
    advance
}

/// What is expected of a request.
#[derive(Debug, Clone)]
pub enum Expect<'a> {
    /// The document is refused or remarked upon: every code, in order.
    Codes(&'a [&'a str]),
    /// Exact status and body of the response.
    Response(u16, &'a str),
    /// Lines of a response header.
    ResponseHeader(&'a str, &'a [&'a str]),
    /// Lines of a request header.
    RequestHeader(&'a str, &'a [&'a str]),
    /// Method and target sent to the backend.
    Request(&'a str, &'a str),
    /// Request body as set by a policy.
    RequestBody(&'a str),
    /// The reason phrase set.
    ReasonPhrase(&'a str),
    /// The backend chosen.
    Backend(Option<BackendTarget>),
    /// The proxy chosen.
    Proxy(Option<HttpProxy>),
    /// Values of metrics, as [`MemoryExchange::emitted`] has them.
    Emitted(&'a [&'a str]),
    /// `LastError` reason and message; `None`: no error.
    LastError(Option<(&'a str, &'a str)>),
    /// A variable's text.
    Variable(&'a str, Option<&'a str>),
    /// The effects asked for.
    Effects(&'a [Effect]),
    /// How many effects were asked for.
    EffectCount(usize),
}

/// Parses one document, compiles it alone at API scope, drives `exchange` through it and checks every expectation. A text without a root
/// element is put into `<inbound>` with the default forwarding behind it.
///
/// # Panics
/// When an expectation does not hold.
#[track_caller]
pub fn check(policy: &str, mut exchange: MemoryExchange, expectations: &[Expect<'_>]) {
    let text = if policy.trim_start().starts_with("<policies") {
        policy.to_owned()
    } else {
        format!("<policies><inbound>{policy}</inbound></policies>")
    };
    let (program, diagnostics) = compile_one(&text);
    let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    if let Some(Expect::Codes(expected)) = expectations.iter().find(|expect| matches!(expect, Expect::Codes(_))) {
        assert_eq!(codes, **expected, "{policy}\n{diagnostics:#?}");
    } else {
        assert!(codes.is_empty(), "{policy}\n{diagnostics:#?}");
    }
    if has_errors(&diagnostics) {
        return;
    }
    let mut run = Run::new();
    let effects = drive(&program, &mut exchange, &mut run);
    for expect in expectations {
        verify(policy, expect, &exchange, &run, &effects);
    }
}

/// Parses one document and compiles it alone at API scope.
#[must_use]
pub fn compile_one(text: &str) -> (Arc<Program>, Vec<Diagnostic>) {
    let (document, mut diagnostics) = parse_document(text, DocumentKind::Policy);
    let document: Arc<Document> = Arc::new(document);
    let scope = Scope { name: ScopeName::Api, entity: "echo", document: &document };
    let (program, more) = compile(&[scope], &|_| None);
    diagnostics.extend(more);
    (program, diagnostics)
}

#[track_caller]
fn verify(policy: &str, expect: &Expect<'_>, exchange: &MemoryExchange, run: &Run, effects: &[Effect]) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match expect {
        Expect::Codes(_) => {}
        Expect::Response(status, body) => {
            assert_eq!((exchange.status, text(&exchange.response_body).as_str()), (*status, *body), "{policy}");
        }
        Expect::ResponseHeader(name, lines) => {
            assert_eq!(exchange.lines(Side::Response, name), *lines, "{name}: {policy}");
        }
        Expect::RequestHeader(name, lines) => {
            assert_eq!(exchange.lines(Side::Request, name), *lines, "{name}: {policy}");
        }
        Expect::Request(method, target) => {
            let question = if exchange.query.is_empty() { "" } else { "?" };
            let sent = format!("{}{question}{}", text(&exchange.path), text(&exchange.query));
            assert_eq!((text(&exchange.method).as_str(), sent.as_str()), (*method, *target), "{policy}");
        }
        Expect::RequestBody(body) => {
            assert_eq!(exchange.request_body.as_deref().map(text).as_deref(), Some(*body), "{policy}");
        }
        Expect::ReasonPhrase(reason) => assert_eq!(exchange.reason, *reason, "{policy}"),
        Expect::Backend(target) => assert_eq!(exchange.backend, *target, "{policy}"),
        Expect::Emitted(lines) => assert_eq!(exchange.emitted, *lines, "{policy}"),
        Expect::Proxy(proxy) => assert_eq!(exchange.proxy, *proxy, "{policy}"),
        Expect::LastError(expected) => {
            let found = run.last_error().map(|error| (&*error.reason, &*error.message));
            assert_eq!(found, *expected, "{policy}");
        }
        Expect::Variable(name, expected) => {
            let found = run.variables().get(name).map(|value| match value {
                Value::String(text) => text.to_string(),
                other => format!("{other:?}"),
            });
            assert_eq!(found.as_deref(), *expected, "{policy}");
        }
        Expect::Effects(expected) => assert_eq!(effects, *expected, "{policy}"),
        Expect::EffectCount(count) => assert_eq!(effects.len(), *count, "{policy}"),
    }
}
