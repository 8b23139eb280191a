//! What a policy may see and change of one request and its response.
//!
//! The gateway implements [`Exchange`] over its read buffer and an overlay of edits: nothing here asks for a map, an owned string or
//! an allocation. All bytes handed in are copied or written by the implementor before it returns.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use postern_dotnet::crypto::Certificate;
use postern_odata::Model;

use crate::contract::{Contract, Schema, SchemaDocument};
use crate::effect::{ClientCertificate, HttpProxy};
use crate::graphql::{GraphqlApi, GraphqlField};
use crate::policies::DAPR_PORT;

/// One of the two messages of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The request as it will be sent to the backend (before that: as received).
    Request,
    /// The response as it will be sent to the caller.
    Response,
}

/// Whether a certificate's trust depends on its not being revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// `Verify()`
    Checked,
    /// `VerifyNoRevocation()`
    Ignored,
}

/// Where `set-backend-service` sends the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BackendTarget {
    /// An absolute `http://` or `https://` URL (lower case scheme) without query; the request's path is appended.
    BaseUrl(Box<str>),
    /// The id of a backend resource.
    Id(Box<str>),
}

/// An example response of the operation (`mock-response`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MockExample<'a> {
    /// The media type the example is declared for.
    pub content_type: &'a str,
    /// The body, verbatim.
    pub body: &'a [u8],
}

/// A URL in parts, as `IUrl` shows it. Path and query are percent-encoded as received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlParts<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// Host without port.
    pub host: &'a str,
    /// Port, the scheme's own if none is written.
    pub port: u16,
    /// Path, starting with `/`.
    pub path: Cow<'a, [u8]>,
    /// Query without `?`.
    pub query: &'a [u8],
}

/// `context.Api`, besides id and name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ApiDetails<'a> {
    /// Path below the gateway's host, without slashes at its ends.
    pub path: &'a str,
    /// Version identifier; empty without a version set.
    pub version: &'a str,
    /// Revision number.
    pub revision: &'a str,
    /// Whether the revision is the current one.
    pub is_current_revision: bool,
    /// Backend URL of the API itself; empty when it has none.
    pub service_url: &'a str,
    /// Name of the header that carries the subscription key.
    pub key_header: &'a str,
    /// Name of the query parameter that carries the subscription key.
    pub key_query: &'a str,
}

/// One of `context.Product.Apis`.
#[derive(Debug, Clone, Copy)]
pub struct ListedApi<'a> {
    /// Resource name.
    pub id: &'a str,
    /// Display name.
    pub name: &'a str,
    /// The rest.
    pub details: ApiDetails<'a>,
    /// `http`, `https` and the like.
    pub protocols: &'a [Box<str>],
}

/// `context.Operation`, besides id and name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OperationDetails<'a> {
    /// Method.
    pub method: &'a str,
    /// URL template.
    pub url_template: &'a str,
}

/// `context.Product`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProductDetails<'a> {
    /// Resource name.
    pub id: &'a str,
    /// Display name.
    pub name: &'a str,
    /// Whether a subscription is needed.
    pub subscription_required: bool,
    /// Whether subscriptions need approval.
    pub approval_required: bool,
    /// Most subscriptions of one user; `None`: no limit.
    pub subscriptions_limit: Option<u32>,
    /// Whether it is published.
    pub is_published: bool,
    /// Ids and names of the groups that see it.
    pub groups: &'a [(Box<str>, Box<str>)],
}

/// `context.Subscription`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubscriptionDetails<'a> {
    /// Resource name; `master` for the built-in all-access subscription.
    pub id: &'a str,
    /// Display name.
    pub name: &'a str,
    /// The key that the request carried.
    pub key: &'a str,
    /// First key.
    pub primary_key: &'a str,
    /// Second key.
    pub secondary_key: &'a str,
    /// When it was made, in seconds since 1970.
    pub created_s: Option<i64>,
    /// When it starts.
    pub start_s: Option<i64>,
    /// When it ends.
    pub end_s: Option<i64>,
}

/// `context.User`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserDetails<'a> {
    /// Resource name.
    pub id: &'a str,
    /// E-mail address.
    pub email: &'a str,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// Note of the operator.
    pub note: &'a str,
    /// When the user registered, in seconds since 1970.
    pub registration_s: Option<i64>,
    /// Ids and names of groups.
    pub groups: &'a [(Box<str>, Box<str>)],
    /// Ids and providers of identities.
    pub identities: &'a [(Box<str>, Box<str>)],
}

/// `context.Deployment`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeploymentDetails<'a> {
    /// Name of the gateway resource.
    pub gateway_id: &'a str,
    /// This process among those of its name.
    pub instance_id: &'a str,
    /// Region.
    pub region: &'a str,
    /// Service id.
    pub service_id: &'a str,
    /// Host name of the service.
    pub service_name: &'a str,
}

/// How important an event of `trace` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceSeverity {
    /// `verbose`
    Verbose,
    /// `information`
    Information,
    /// `error`
    Error,
}

/// What `trace` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceEvent<'a> {
    /// Literal text that tells events apart.
    pub source: &'a str,
    /// How important it is.
    pub severity: TraceSeverity,
    /// The text.
    pub message: &'a str,
    /// Names and values.
    pub metadata: &'a [(Box<str>, Box<str>)],
}

/// What `emit-metric` says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The value of this request.
    pub value: f64,
    /// Names and values of its dimensions, in the order of the document.
    pub dimensions: &'a [(Box<str>, Box<str>)],
}

/// One request/response pair on its way through the gateway. Header names compare without case everywhere.
pub trait Exchange {
    /// `context.RequestId`: the GUID text that error bodies carry as `activityId`.
    fn request_id(&self) -> &str;
    /// `context.Api.Id`.
    fn api_id(&self) -> &str;
    /// `context.Api.Name`.
    fn api_name(&self) -> &str;
    /// `context.Operation.Id`; empty when no operation matched (preflight).
    fn operation_id(&self) -> &str;
    /// `context.Operation.Name`; empty when no operation matched.
    fn operation_name(&self) -> &str;
    /// `context.Subscription.Id`; `None` for a request without subscription context.
    fn subscription_id(&self) -> Option<&str>;
    /// `context.Request.IpAddress`; `None` when it cannot be established.
    fn caller_ip(&self) -> Option<IpAddr>;
    /// The clock: time since 1970-01-01T00:00:00Z, what `DateTime.UtcNow` reads.
    fn unix_time(&self) -> Duration;
    /// `X509Certificate2.Verify()`: whether a certificate leads to an authority that the gateway trusts, at a time since 1970. None does unless
    /// the gateway says so.
    fn trusts(&self, _certificate: &Certificate, _revocation: Revocation, _at: Duration) -> bool {
        false
    }

    /// The request method as it will be sent.
    fn method(&self) -> &[u8];
    /// Replaces the request method.
    fn set_method(&mut self, method: &[u8]);

    /// The path sent below the backend's base URL, percent-encoded as received, starting with `/`.
    fn path(&self) -> &[u8];
    /// Replaces [`path`](Exchange::path); always starts with `/`, never holds `?`, `#` or bytes a path may not hold.
    fn set_path(&mut self, path: &[u8]);
    /// The query sent to the backend, percent-encoded, without `?`; empty when there is none.
    fn query(&self) -> &[u8];
    /// Replaces [`query`](Exchange::query); empty removes it.
    fn set_query(&mut self, query: &[u8]);
    /// The value of a parameter of the operation's URL template (path or query), percent-encoded as received. A `*` or `{*rest}`
    /// segment has the name `*` or `rest`. `name` compares without case.
    fn matched_parameter(&self, name: &str) -> Option<&[u8]>;
    /// Whether the operation's URL template names this query parameter (`/get?a={b}` names `a`).
    fn is_template_query_parameter(&self, name: &[u8]) -> bool;
    /// Chooses the backend. Ids and URLs of literal policies are known beforehand: [`Program::backends`](crate::Program::backends).
    fn set_backend(&mut self, target: &BackendTarget);

    /// The id of the backend that the request goes to, or went; empty when it goes to a URL.
    fn backend_id(&self) -> &str {
        ""
    }

    /// The client certificate to present to the backend.
    fn set_client_certificate(&mut self, certificate: &ClientCertificate);
    /// The proxy over which the backend is reached.
    fn set_proxy(&mut self, proxy: &HttpProxy);

    /// The first value of a header.
    fn header(&self, side: Side, name: &str) -> Option<&[u8]>;
    /// Every value line of a header, in order.
    fn header_values(&self, side: Side, name: &str, visit: &mut dyn FnMut(&[u8]));
    /// Replaces all lines of a header with one. On [`Side::Request`], `Host` sets the host sent to the backend.
    fn set_header(&mut self, side: Side, name: &str, value: &[u8]);
    /// Adds a line.
    fn append_header(&mut self, side: Side, name: &str, value: &[u8]);
    /// Removes all lines of a header.
    fn remove_header(&mut self, side: Side, name: &str);

    /// The response's status code.
    fn status(&self) -> u16;
    /// Sets the response's status line; an empty reason means the registered phrase of the code.
    fn set_status(&mut self, code: u16, reason: &str);
    /// The port on which a Dapr sidecar listens on this machine.
    fn dapr_port(&self) -> u16 {
        DAPR_PORT
    }

    /// Replaces a body. The original one, if any, is discarded; framing headers follow by themselves, `Content-Type` does not change. The new one
    /// is in no content coding, so the `Content-Encoding` that the message came with goes.
    fn set_body(&mut self, side: Side, body: &[u8]);
    /// The same with a body that is handed over, for long ones: copying some megabytes takes some milliseconds.
    fn put_body(&mut self, side: Side, body: Vec<u8>) {
        self.set_body(side, &body);
    }
    /// Whether the body is one that a policy set: that is UTF-8, whatever the message says of the characters of the body that it came with.
    fn is_body_set(&self, _side: Side) -> bool {
        false
    }
    /// The bytes of a body as it is sent, if they are all in hand: after [`Effect::ReadBody`](crate::Effect::ReadBody), or when a policy set
    /// them. `None`: not read yet. A message without a body has an empty one.
    fn body(&self, side: Side) -> Option<&[u8]>;
    /// What a body says: its bytes without their content codings (RFC 9110 section 8.4), if they are in hand: after
    /// [`Effect::ReadContent`](crate::Effect::ReadContent), or when there is nothing to take off. `None`: not read yet.
    fn content(&self, side: Side) -> Option<&[u8]>;
    /// Whether [`content`](Self::content) still has a content coding, one that is not known here.
    fn is_coded(&self, side: Side) -> bool;
    /// Whether the message came with a body (`context.Request.Body` is null without).
    fn has_body(&self, side: Side) -> bool;
    /// Starts a new response: `200 OK`, no headers, no body. Anything received from the backend is discarded.
    fn begin_response(&mut self);
    /// Whether the pipeline has a response yet (`context.Response` is null before).
    fn has_response(&self) -> bool;

    /// `context.Request.OriginalUrl`: as the caller sent it.
    fn original_url(&self) -> UrlParts<'_> {
        UrlParts::default()
    }
    /// `context.Request.Url`: as it will be sent to the backend; before a backend is known, as received.
    fn backend_url(&self) -> UrlParts<'_> {
        self.original_url()
    }
    /// `context.Request.MatchedParameters`: every parameter of the operation's URL template with its value, percent-encoded as received.
    fn matched_parameters(&self, _visit: &mut dyn FnMut(&str, &[u8])) {}
    /// Every header line, in order.
    fn headers(&self, _side: Side, _visit: &mut dyn FnMut(&[u8], &[u8])) {}
    /// `context.Response.StatusReason`.
    fn reason(&self) -> &str {
        ""
    }
    /// `context.Api`, besides id and name.
    fn api(&self) -> ApiDetails<'_> {
        ApiDetails::default()
    }
    /// `context.Operation`, besides id and name.
    fn operation(&self) -> OperationDetails<'_> {
        OperationDetails::default()
    }
    /// `context.Product`; `None` for a request without product context.
    fn product(&self) -> Option<ProductDetails<'_>> {
        None
    }
    /// Shows the APIs of `context.Product`, as far as they are served here, in the order of their names.
    fn product_apis(&self, _visit: &mut dyn FnMut(ListedApi<'_>)) {}
    /// `context.Subscription`; `None` for a request without subscription context.
    fn subscription(&self) -> Option<SubscriptionDetails<'_>> {
        None
    }
    /// `context.User`; `None` for a request without a user.
    fn user(&self) -> Option<UserDetails<'_>> {
        None
    }
    /// `context.Api.Protocols`.
    fn api_protocols(&self) -> &[Box<str>] {
        &[]
    }
    /// `context.Deployment`.
    fn deployment(&self) -> DeploymentDetails<'_> {
        DeploymentDetails::default()
    }
    /// The caller's TLS certificate in DER.
    fn client_certificate(&self) -> Option<&[u8]> {
        None
    }
    /// The certificates in DER that the caller sent behind its own, which lead towards its authority; nothing is known of them yet.
    fn client_issuers(&self, _visit: &mut dyn FnMut(&[u8])) {}
    /// A certificate of the service by id, without case: PFX or PEM, with its password if it has one.
    fn certificate(&self, _id: &str) -> Option<(&[u8], &str)> {
        None
    }
    /// The ids of the service's certificates.
    fn certificate_ids(&self) -> &[Box<str>] {
        &[]
    }
    /// Time since the request's head was complete.
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
    /// Bytes that the calling thread has allocated, less those that it has freed: differences say what an expression keeps. `None`: nobody counts.
    fn thread_bytes(&self) -> Option<i64> {
        None
    }
    /// A line of `context.Trace` and `trace`; nobody reads them unless tracing is on.
    fn trace(&mut self, _source: &str, _message: &str) {}
    /// An event of `trace`, for the gateway's own log and for traces of requests.
    fn trace_event(&mut self, event: &TraceEvent<'_>) {
        self.trace(event.source, event.message);
    }
    /// A value of `emit-metric`.
    fn emit_metric(&mut self, _metric: &Metric<'_>) {}
    /// Whether tracing is on (`context.Tracing`).
    fn is_tracing(&self) -> bool {
        false
    }

    /// Unpredictable bits: `Random`, `Guid.NewGuid()`, jitter.
    fn random(&mut self) -> u64;
    /// Why a change that a policy made cannot be made (a backend that does not exist, a header line too many), the first since this was asked last. It is
    /// asked behind each policy, which then has failed.
    fn take_fault(&mut self) -> Option<String> {
        None
    }

    /// The GraphQL API that the request is for; `None`: an API of another kind, or nothing is known of it.
    fn graphql(&self) -> Option<&Arc<GraphqlApi>> {
        None
    }
    /// What the OData API that the request is for consists of; `None`: an API of another kind, or nothing is known of it.
    fn odata(&self) -> Option<&Model> {
        None
    }
    /// The path below the API's own, as the caller asked for it: policies do not change it. Empty when the API's own path was asked for.
    fn path_below_api(&self) -> &[u8] {
        self.path()
    }
    /// The field that is being resolved; `None` outside of resolvers.
    fn graphql_field(&self) -> Option<GraphqlField<'_>> {
        None
    }
    /// Replaces the URL that the request of a resolver goes to. Nothing happens outside of resolvers.
    fn set_url(&mut self, _url: &str) {}

    /// What the operation's definition says of its messages; `None`: no operation matched.
    fn contract(&self) -> Option<&Contract> {
        None
    }
    /// Whether the operation declares a response with this status; `None`: not known.
    fn declares_response(&self, status: u16) -> Option<bool> {
        self.contract().map(|contract| contract.response(status).is_some())
    }
    /// A schema of the service that a policy names literally, by `schema-id` (without case) and `schema-ref`.
    fn global_definition(&self, _id: &str, _reference: &str) -> Option<&Arc<Schema>> {
        None
    }
    /// A schema of the service by id, without case.
    fn global_schema(&self, _id: &str) -> Option<&Arc<SchemaDocument>> {
        None
    }
    /// The example the operation declares for `status`: of `content_type`, else of the first content type declared; `index` counts the
    /// examples of that response from 0 and `None` means the first. `None` when there is no example.
    fn mock_example(&self, status: u16, content_type: Option<&str>, index: Option<u32>) -> Option<MockExample<'_>>;
}
