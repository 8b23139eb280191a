//! What a policy may see and change of one request and its response.
//!
//! The gateway implements [`Exchange`] over its read buffer and an overlay of edits: nothing here asks for a map, an owned string or
//! an allocation. All bytes handed in are copied or written by the implementor before it returns.

use std::net::IpAddr;
use std::time::Duration;

/// One of the two messages of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The request as it will be sent to the backend (before that: as received).
    Request,
    /// The response as it will be sent to the caller.
    Response,
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
    /// Replaces a body. The original one, if any, is discarded; framing headers follow by themselves, `Content-Type` does not change.
    fn set_body(&mut self, side: Side, body: &[u8]);
    /// Starts a new response: `200 OK`, no headers, no body. Anything received from the backend is discarded.
    fn begin_response(&mut self);

    /// The example the operation declares for `status`: of `content_type`, else of the first content type declared; `index` counts the
    /// examples of that response from 0 and `None` means the first. `None` when there is no example.
    fn mock_example(&self, status: u16, content_type: Option<&str>, index: Option<u32>) -> Option<MockExample<'_>>;
}
